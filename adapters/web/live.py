"""Tells open pages that something changed: one watcher of the desk, any number of event streams."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress

from aiohttp import web

log = logging.getLogger(__name__)

HEARTBEAT = 20.0
"""Seconds after which an idle stream says something, so that a lost connection is noticed."""

RETRY = 2000
"""Milliseconds after which a page whose stream broke comes back."""


class Beacon:
    """Counts the changes, wakes whoever waits for the next one, and lets all of them go at the end."""

    def __init__(self) -> None:
        self.count = 0
        self.over = False
        self._next = asyncio.Event()

    def stir(self) -> None:
        """Something changed."""
        self.count += 1
        self._wake()

    def end(self) -> None:
        """There will be no more changes: every stream ends now."""
        self.over = True
        self._wake()

    def _wake(self) -> None:
        waiting, self._next = self._next, asyncio.Event()
        waiting.set()

    async def watch(self, changes: AsyncIterator[int]) -> None:
        """Stir whenever the desk says that something changed, until it ends."""
        try:
            async for _ in changes:
                self.stir()
        except Exception:
            log.exception("open pages are no longer told of changes")

    async def after(self, seen: int, patience: float) -> int:
        """The count once it differs from `seen`, or after `patience` seconds, or at the end."""
        if self.count == seen and not self.over:
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._next.wait()
        return self.count


class Live:
    """The event stream that open pages listen to."""

    def __init__(self, beacon: Beacon) -> None:
        self._beacon = beacon

    def routes(self) -> list[web.RouteDef]:
        """Where it is served."""
        return [web.get("/events", self.events, allow_head=False)]

    async def events(self, request: web.Request) -> web.StreamResponse:
        """A number whenever something changed; the page then fetches itself again."""
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        # A browser that goes away, even before the first word, is no trouble of ours.
        with suppress(ConnectionError):
            await stream.prepare(request)
            seen = self._beacon.count
            await stream.write(f"retry: {RETRY}\ndata: {seen}\n\n".encode())
            while not self._beacon.over:
                count = await self._beacon.after(seen, HEARTBEAT)
                if not self._beacon.over:
                    await stream.write(b":\n\n" if count == seen else f"data: {count}\n\n".encode())
                seen = count
        return stream
