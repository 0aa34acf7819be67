"""Tells whoever watches that something changed; many changes in a short time are told once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator


class Pulse:
    """A beat for every change, and iterators that follow it.

    `interval` is the shortest time between two numbers that one follower is given, in seconds.
    """

    def __init__(self, *, interval: float = 0.25) -> None:
        self._interval = interval
        self._number = 0
        self._followers: set[asyncio.Event] = set()
        self._ended = asyncio.Event()

    def beat(self) -> None:
        """Something changed."""
        self._number += 1
        for follower in self._followers:
            follower.set()

    def end(self) -> None:
        """Nothing will change any more: every follower's iteration ends."""
        self._ended.set()
        self.beat()

    async def follow(self) -> AsyncIterator[int]:
        """Yields a growing number after each change, coalesced, until the pulse ends."""
        stirred = asyncio.Event()
        self._followers.add(stirred)
        try:
            while not self._ended.is_set():
                await stirred.wait()
                stirred.clear()
                if not self._ended.is_set():
                    yield self._number
                    await self._rest()
        finally:
            self._followers.discard(stirred)

    async def _rest(self) -> None:
        """Wait for the interval, or for the end."""
        try:
            async with asyncio.timeout(self._interval):
                await self._ended.wait()
        except TimeoutError:
            pass
