"""How long after their places in the pace the messages of a lane leave: all of them alike, however the store writes.

A place is taken before a message's intent is written, and the message leaves when it is. Where one takes longer than
the next, they would come closer to each other than their places are, and one too many could fall into a second. Answers
have no intent, and leave between those that have: so they keep the same lag.
"""

from __future__ import annotations

from typing import Final

FADES: Final = 0.002
"""Seconds a second by which it becomes shorter again: less than a pace notices."""


class Lag:
    """As long as intents took lately. Seconds of a monotonic clock come as arguments. Pure."""

    def __init__(self) -> None:
        self._longest = 0.0
        self._since = 0.0

    def at(self, now: float) -> float:
        """Seconds from a place to its message, as things are."""
        return max(0.0, self._longest - FADES * (now - self._since))

    def left(self, taken: float, now: float) -> float:
        """Seconds until a message leaves whose place was taken at a moment, and whose intent is written now."""
        self._longest = max(now - taken, self.at(now))
        self._since = now
        return self._longest - (now - taken)
