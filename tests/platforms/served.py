"""A simulator with its server: inside the event loop of a test, or in a thread for tests that are synchronous."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self, TypeVar

from tests.platforms.running import PATIENCE, LoopThread, until, until_blocking
from tests.platforms.serving import Loopback

T = TypeVar("T")


class Served:
    """What has a server."""

    server: Loopback

    @property
    def url(self) -> str:
        """Where it is."""
        return self.server.url


class InLoop(Served):
    """A simulator inside the event loop of a test."""

    async def __aenter__(self) -> Self:
        await self.server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.server.stop()

    async def refuse(self) -> None:
        """Take no connections, and close those that are open."""
        await self.server.refuse()

    async def listen(self) -> None:
        """Take connections again, at the same port."""
        await self.server.listen()

    def hang_up(self) -> None:
        """Close every connection that is open, idle or not, and take new ones."""
        self.server.hang_up()

    async def until(self, look: Callable[[], T | None], what: str = "", *, patience: float = PATIENCE) -> T:
        """What looking finds, as soon as it finds something that is true."""
        return await until(look, what, patience=patience)


class InThread(Served):
    """A simulator in a thread of its own, from `start` on."""

    _thread: LoopThread

    def start(self) -> None:
        """Run."""
        self._thread = LoopThread("simulator")
        self._thread.start()
        self._thread.do(self.server.start())

    def stop(self) -> None:
        """End."""
        self._thread.do(self.server.stop())
        self._thread.stop()

    def refuse(self) -> None:
        """Take no connections, and close those that are open."""
        self._thread.do(self.server.refuse())

    def listen(self) -> None:
        """Take connections again, at the same port."""
        self._thread.do(self.server.listen())

    def hang_up(self) -> None:
        """Close every connection that is open, idle or not, and take new ones."""
        self._thread.call(self.server.hang_up)

    def until(self, look: Callable[[], T | None], what: str = "", *, patience: float = PATIENCE) -> T:
        """What looking finds, as soon as it finds something that is true."""
        return until_blocking(look, what, patience=patience)


S = TypeVar("S", bound=InThread)


@contextmanager
def running(simulator: S) -> Iterator[S]:
    """The simulator, in its thread for a while."""
    simulator.start()
    try:
        yield simulator
    finally:
        simulator.stop()
