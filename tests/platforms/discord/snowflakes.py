"""Discord's ids: a moment in milliseconds and a running number, so that a younger thing has the larger id."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

EPOCH: Final = 1_420_070_400.0
"""Seconds since 1970 at which Discord's ids begin (the first moment of 2015)."""

_LATER_BITS: Final = 22


class Snowflakes:
    """Makes ids, each larger than the one before. `date`: seconds since 1970, now."""

    def __init__(self, date: Callable[[], float]) -> None:
        self._date = date
        self._last = 0

    def __call__(self) -> int:
        """A new id."""
        self._last = max(self._last + 1, at(self._date()))
        return self._last


def at(date: float) -> int:
    """The first id of a moment in seconds since 1970."""
    return round((date - EPOCH) * 1_000) << _LATER_BITS


def born(snowflake: int) -> float:
    """Seconds since 1970 at which the thing with this id was made."""
    return (snowflake >> _LATER_BITS) / 1_000 + EPOCH


def timestamp(date: float) -> str:
    """Seconds since 1970 as Discord writes a moment."""
    return datetime.fromtimestamp(date, UTC).isoformat()
