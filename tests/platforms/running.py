"""What every simulator needs of time and threads: a clock that can be put forward, waiting, and a loop of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from threading import Thread
from typing import Any, Final, TypeVar

T = TypeVar("T")

PATIENCE: Final = 30.0
"""Seconds that a test waits for something to happen."""


class Clock:
    """Seconds since it was made; it can be put forward."""

    def __init__(self) -> None:
        self._born = time.monotonic()
        self.ahead = 0.0

    def __call__(self) -> float:
        """The moment."""
        return time.monotonic() - self._born + self.ahead


async def until(look: Callable[[], T | None], what: str = "", *, patience: float = PATIENCE) -> T:
    """What looking finds, as soon as it finds something that is true."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + patience
    while True:
        if found := look():
            return found
        if loop.time() > ends:
            raise AssertionError(f"waited {patience:.0f} s in vain for {what or 'something'}")
        await asyncio.sleep(0.01)


def until_blocking(look: Callable[[], T | None], what: str = "", *, patience: float = PATIENCE) -> T:
    """The same, in a test that is synchronous."""
    ends = time.monotonic() + patience
    while True:
        if found := look():
            return found
        if time.monotonic() > ends:
            raise AssertionError(f"waited {patience:.0f} s in vain for {what or 'something'}")
        time.sleep(0.01)


class LoopThread:
    """An event loop in a thread, for tests that are synchronous."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name=name, daemon=True)

    def start(self) -> None:
        """Run."""
        self._thread.start()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Do it there, and wait."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    def call(self, what: Callable[[], object]) -> None:
        """Call it there, some time soon."""
        self._loop.call_soon_threadsafe(what)

    def stop(self) -> None:
        """End."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()
