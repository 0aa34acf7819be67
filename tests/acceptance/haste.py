"""An event loop that hurries while nobody works: what waits for a minute waits for seconds, and no rule is changed.

Everything in it lives by its clock (the bot, the library, the simulated Telegram), so that the minute of a group's
twenty messages is a minute for all of them. Only waiting is made short: while something is done, a second is a second.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

HASTE: Final = 16.0
"""Seconds of the loop's clock in a second of waiting."""


class _Impatient(selectors.DefaultSelector):
    """Waits for a part of the time, and counts all of it; being late is not multiplied. `gained`: seconds."""

    def __init__(self, haste: float) -> None:
        super().__init__()
        self.haste = haste
        self.gained = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready, at the latest after the loop's own seconds."""
        if timeout is not None and timeout <= 0:
            return super().select(timeout)
        began = time.monotonic()
        found = super().select(None if timeout is None else timeout / self.haste)
        waited = time.monotonic() - began
        counted = waited if timeout is None else min(waited, timeout / self.haste)
        self.gained += counted * (self.haste - 1)
        return found


class HastyLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock runs faster while it waits."""

    def __init__(self, haste: float = HASTE) -> None:
        self._impatient = _Impatient(haste)
        super().__init__(self._impatient)

    @contextmanager
    def hurrying(self, haste: float) -> Iterator[None]:
        """Hurry more for a while, or less."""
        before, self._impatient.haste = self._impatient.haste, haste
        try:
            yield
        finally:
            self._impatient.haste = before

    def time(self) -> float:
        """Seconds of a clock that only goes forward."""
        return super().time() + self._impatient.gained
