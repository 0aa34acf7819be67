"""What buttons say for which their platform has no room."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from digest.identity import name_of
from storage.database import Database
from storage.times import to_ms

KEPT: Final = timedelta(days=180)
"""A button that is older says nothing any more."""

LONGEST: Final = 512
"""Code points. What is longer repeats what somebody wrote around a command, and would let one reader fill the disk."""

MOST: Final = 50_000
"""Buttons that are kept; of more the oldest are forgotten."""

_NAME_LENGTH = 16


def keep_button(db: Database, says: str, *, now: datetime, most: int = MOST) -> str:
    """Keep what a button says from now on for `KEPT`; returns its name (16 letters and digits), the same for the same.

    What is too old, or one too many, goes with it. What is longer than `LONGEST` has a name and is not kept.
    """
    name = name_of(says.encode())[:_NAME_LENGTH]
    db.run("buttons.forget_older", before=to_ms(now - KEPT))
    if len(says) <= LONGEST:
        db.run("buttons.keep", name=name, says=says, now=to_ms(now))
        db.run("buttons.forget_beyond", most=most)
    return name


def kept_button(db: Database, name: str, *, now: datetime) -> str | None:
    """What the button of a name says; None when nobody knows, or not any more."""
    row = db.one("buttons.kept", name=name, since=to_ms(now - KEPT))
    return None if row is None else str(row["says"])
