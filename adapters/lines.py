"""Serves what is heard: what one person does in one chat in its order, all else side by side, each of it once."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from typing import Final, Generic, TypeVar

AT_ONCE: Final = 256
"""Lines that are served at a time. A reader who is slowed down stays among them, so they are many."""

LONGEST_LINE: Final = 30
"""Updates that wait in one line; what comes while there are so many is not answered."""

REMEMBERED: Final = 10_000
"""Updates that are known to be answered, should they come again."""

log = logging.getLogger(__name__)

Heard = TypeVar("Heard")
"""What is served, with a number of its own."""


class Recent:
    """Remembers what was there lately."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._order: deque[Hashable] = deque()
        self._known: set[Hashable] = set()
        self._most = most

    def add(self, what: Hashable) -> bool:
        """Remember it; returns whether it was new."""
        if what in self._known:
            return False
        self._known.add(what)
        self._order.append(what)
        if len(self._order) > self._most:
            self._known.discard(self._order.popleft())
        return True

    def __contains__(self, what: Hashable) -> bool:
        return what in self._known


class Lines(Generic[Heard]):
    """One line for each person in each chat.

    `serve` answers an update; where that fails, it counts as answered. `number_of` is what an update is known by,
    `line_of` the line that it belongs to; empty where nothing has to wait for it.
    """

    def __init__(
        self,
        serve: Callable[[Heard], Awaitable[None]],
        *,
        number_of: Callable[[Heard], int],
        line_of: Callable[[Heard], str],
        at_once: int = AT_ONCE,
        longest: int = LONGEST_LINE,
    ) -> None:
        self._serve = serve
        self._number_of = number_of
        self._line_of = line_of
        self._longest = longest
        self._places = asyncio.Semaphore(at_once)
        self._lines: dict[str, deque[tuple[Heard, asyncio.Future[None]]]] = {}
        self._servers: set[asyncio.Task[None]] = set()
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._answered = Recent()
        self._full: set[str] = set()

    def __len__(self) -> int:
        """How many updates are not answered yet."""
        return len(self._waiting)

    def knows(self, number: int) -> bool:
        """Whether an update is in line, or was answered lately."""
        return number in self._waiting or number in self._answered

    def take(self, update: Heard) -> asyncio.Future[None] | None:
        """Put an update in line; what is returned ends with its answer, and is None where it was answered before.

        An update that is in line already is not put there again.
        """
        number = self._number_of(update)
        if number in self._answered:
            return None
        if (known := self._waiting.get(number)) is not None:
            return known
        name = self._line_of(update) or f"update {number}"
        if len(self._lines.get(name, ())) >= self._longest:
            self._drop(name, number)
            return None
        return self._join(name, update)

    def _drop(self, name: str, number: int) -> None:
        self._answered.add(number)
        if name not in self._full:
            self._full.add(name)
            log.warning("%s says too much at once: what does not fit in the line is not answered", name)

    def _join(self, name: str, update: Heard) -> asyncio.Future[None]:
        answered = self._waiting[self._number_of(update)] = asyncio.get_running_loop().create_future()
        if name in self._lines:
            self._lines[name].append((update, answered))
            return answered
        self._lines[name] = deque([(update, answered)])
        server = asyncio.create_task(self._serve_line(name))
        self._servers.add(server)
        server.add_done_callback(self._servers.discard)
        return answered

    async def _serve_line(self, name: str) -> None:
        line = self._lines[name]
        try:
            while line:
                async with self._places:
                    await self._serve_one(*line[0])
                line.popleft()
        finally:
            del self._lines[name]
            self._full.discard(name)
            for update, answered in line:
                self._waiting.pop(self._number_of(update), None)
                answered.cancel()

    async def _serve_one(self, update: Heard, answered: asyncio.Future[None]) -> None:
        number = self._number_of(update)
        try:
            await self._serve(update)
        except Exception:
            log.exception("an update could not be answered", extra={"update": number})
        self._answered.add(number)
        self._waiting.pop(number, None)
        if not answered.done():
            answered.set_result(None)

    async def room(self, most: int) -> None:
        """Wait until fewer than so many updates are not answered."""
        while len(self._waiting) >= most:
            await asyncio.wait(list(self._waiting.values()), return_when=asyncio.FIRST_COMPLETED)

    async def drain(self, seconds: float) -> bool:
        """Wait until everything in line is answered, at most so long; what is not is left. Returns whether all is."""
        servers = set(self._servers)
        if not servers:
            return True
        _, late = await asyncio.wait(servers, timeout=seconds)
        for server in late:
            server.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        return not late
