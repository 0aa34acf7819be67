"""The library's way to the simulator without a socket: for tests on virtual time, with thousands of messages."""

from __future__ import annotations

import asyncio
from typing import Any

from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

from tests.platforms.faults import Way
from tests.platforms.telegram.wire import Wire


class InProcessRequest(BaseRequest):
    """Asks a wire directly. `there`, `back`: seconds that a request and its answer are on their way."""

    def __init__(self, wire: Wire, *, there: float = 0.0, back: float = 0.0, patience: float = 30.0) -> None:
        self._wire = wire
        self._there = there
        self._back = back
        self._patience = patience

    @property
    def read_timeout(self) -> float:
        """Seconds."""
        return self._patience

    async def initialize(self) -> None:
        """Nothing is opened."""

    async def shutdown(self) -> None:
        """Nothing is closed."""

    async def do_request(  # noqa: PLR0917 - as the library calls it
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Ask, and answer; what a fault does to the connection becomes the library's error for it."""
        del method, write_timeout, connect_timeout, pool_timeout
        token, _, name = url.rpartition("/bot")[2].rpartition("/")
        patience = read_timeout if isinstance(read_timeout, int | float) else self._patience
        await asyncio.sleep(self._there)
        outgoing = await self._wire.ask(token, name, request_data.json_parameters if request_data else {})
        if outgoing.way in {Way.RESET, Way.CUT}:
            raise NetworkError("the connection was reset")
        late = float("inf") if outgoing.way in {Way.HANG, Way.DRIP} else outgoing.wait
        if late > patience:
            await asyncio.sleep(patience)
            raise TimedOut
        await asyncio.sleep(self._back + late)
        return outgoing.status, outgoing.body
