"""How fast one reader may ask: a few questions at once, then one after the other. Pure."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

AT_ONCE: Final = 5
"""So many questions are answered without a wait."""
EVERY: Final = 2.0
"""Seconds from one answer to the next for a reader who asks faster."""
WAITING: Final = 10
"""So many questions of a reader wait, at once or one after the other; then only those are answered that need not."""
MOST_READERS: Final = 10_000
"""Readers who are remembered; whoever has not asked for the longest time is forgotten first."""


class _Pace:
    """When a reader's next answer is due if nothing is saved up.

    `slowed`, `told`: since they last rested, how many of their questions waited, and whether they were told.
    """

    __slots__ = ("due", "slowed", "told")

    def __init__(self) -> None:
        self.due = 0.0
        self.slowed = 0
        self.told = False

    def rest(self) -> None:
        """The reader has rested: nothing counts any more."""
        self.slowed = 0
        self.told = False


class Haste:
    """Who asked how much, as far as it still matters. Seconds of a monotonic clock come as arguments."""

    def __init__(self) -> None:
        self._readers: OrderedDict[str, _Pace] = OrderedDict()

    def __len__(self) -> int:
        """How many readers are remembered."""
        return len(self._readers)

    def wait(self, reader: str, now: float) -> float | None:
        """Seconds for which the reader's question waits, and takes a place; None where it is not answered."""
        pace = self._remembered(reader)
        if pace.due <= now:
            pace.rest()
        due = max(pace.due, now)
        wait = max(0.0, due - now - (AT_ONCE - 1) * EVERY)
        if wait > 0:
            if pace.slowed >= WAITING:
                return None
            pace.slowed += 1
        pace.due = due + EVERY
        return wait

    def tell(self, reader: str) -> bool:
        """Whether the reader is to be told to slow down: once, until they have rested."""
        pace = self._remembered(reader)
        told, pace.told = pace.told, True
        return not told

    def _remembered(self, reader: str) -> _Pace:
        pace = self._readers.setdefault(reader, _Pace())
        self._readers.move_to_end(reader)
        while len(self._readers) > MOST_READERS:
            self._readers.popitem(last=False)
        return pace
