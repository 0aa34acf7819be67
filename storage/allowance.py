"""How many messages an account may still pay for today: taken in blocks, so that no restart gives any twice."""

from __future__ import annotations

from datetime import date

from storage.database import Database


def take_allowance(db: Database, lane: str, *, day: date, block: int, per_day: int) -> int:
    """Take up to so many messages of a lane's allowance for a day; how many were left to take.

    What is taken and not used is forfeited. A clock that is set back to the day before begins no day again.
    """
    row = db.one("allowance.taken", name=_name(lane))
    known, _, count = ("" if row is None else str(row["value"])).partition(" ")
    counted = max(known, day.isoformat())
    taken = int(count) if known == counted else 0
    given = max(0, min(block, per_day - taken))
    if given:
        db.run("allowance.take", name=_name(lane), value=f"{counted} {taken + given}")
    return given


def _name(lane: str) -> str:
    return f"paid:{lane}"
