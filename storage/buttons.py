"""What buttons say for which their platform has no room."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from digest.identity import name_of
from storage.database import Database
from storage.times import to_ms

KEPT: Final = timedelta(days=180)
"""A button that is older says nothing any more."""

_NAME_LENGTH = 16


def keep_button(db: Database, says: str, *, now: datetime) -> str:
    """Keep what a button says from now on for `KEPT`; returns its name (16 letters and digits), the same for the same.

    What is too old goes with it.
    """
    name = name_of(says.encode())[:_NAME_LENGTH]
    db.run("buttons.forget_older", before=to_ms(now - KEPT))
    db.run("buttons.keep", name=name, says=says, now=to_ms(now))
    return name


def kept_button(db: Database, name: str, *, now: datetime) -> str | None:
    """What the button of a name says; None when nobody knows, or not any more."""
    row = db.one("buttons.kept", name=name, since=to_ms(now - KEPT))
    return None if row is None else str(row["says"])
