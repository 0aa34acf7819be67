"""Our requests' way to the simulator without a socket: for tests on virtual time, with thousands of messages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

from yarl import URL

from adapters.wire import Trip
from adapters.wire import Wire as OurWire
from tests.platforms.discord.server import API
from tests.platforms.discord.transcript import Request
from tests.platforms.discord.wire import Wire
from tests.platforms.faults import Way


class InProcessWire(OurWire):
    """Asks a simulator's wire directly, its faults included.

    `there`, `back`: seconds that a request and its answer are on their way; `wait`: how long an answer is waited for.
    """

    def __init__(
        self, wire: Wire, *, user_agent: str, there: float = 0.0, back: float = 0.0, wait: float = 30.0
    ) -> None:
        super().__init__(user_agent=user_agent)
        self._to = wire
        self._agent = user_agent
        self._there = there
        self._back = back
        self._wait = wait

    async def open(self) -> None:
        """Nothing is opened."""

    async def shut(self) -> None:
        """Nothing is closed."""

    async def exchange(
        self,
        method: str,
        place: URL,
        *,
        body: bytes | None,
        headers: Mapping[str, str],
        trip: Trip,
        patience: float | None = None,
    ) -> bytes:
        """Ask, and answer; what a fault does to the connection becomes the error that a socket would give."""
        trip.left = True
        await asyncio.sleep(self._there)
        outgoing = await self._to.ask(self._request(method, place, body, headers))
        if outgoing.way in {Way.RESET, Way.CUT}:
            raise ConnectionResetError
        late = float("inf") if outgoing.way in {Way.HANG, Way.DRIP} else outgoing.wait
        most = self._wait if patience is None else patience
        if late > most:
            await asyncio.sleep(most)
            raise TimeoutError
        await asyncio.sleep(self._back + late)
        trip.status, trip.headers = outgoing.status, outgoing.headers
        return outgoing.body

    def _request(self, method: str, place: URL, body: bytes | None, headers: Mapping[str, str]) -> Request:
        return Request(
            method=method,
            path=place.path.removeprefix(API),
            query=dict(place.query),
            headers={"user-agent": self._agent} | {name.lower(): value for name, value in headers.items()},
            body=json.loads(body) if body else None,
            size=len(body or b""),
        )
