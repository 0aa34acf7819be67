"""How the tests' own servers stop listening without leaving a connection behind that nobody closes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Protocol


class Listening(Protocol):
    """A socket that listens."""

    def fileno(self) -> int:
        """Its number."""


async def hear_no_more(sockets: Iterable[Listening]) -> None:
    """Take no more connections, and let those begin that were just taken: asyncio forgets one whose server ends."""
    loop = asyncio.get_running_loop()
    for listening in sockets:
        loop.remove_reader(listening.fileno())
    await let_turns_pass()


async def let_turns_pass() -> None:
    """As many turns of the loop as a connection that was just taken needs to begin, or one that is closed to end."""
    for _ in range(5):
        await asyncio.sleep(0)
