"""What a platform refused of late, as its budget writes it down, so that a restart forgets none of it."""

from __future__ import annotations

from storage.database import Database


def keep_refusals(db: Database, platform: str, said: str) -> None:
    """Keep what a platform's budget says, in place of what it said before."""
    db.run("refusals.keep", name=_name(platform), value=said)


def refusals(db: Database, platform: str) -> str:
    """What a platform's budget said last; empty where it never said anything."""
    row = db.one("refusals.of", name=_name(platform))
    return "" if row is None else str(row["value"])


def _name(platform: str) -> str:
    return f"refused:{platform}"
