"""The gateway's sockets: a websocket each connection, in plain text or as one zlib stream, and who takes its pulse."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import time
import zlib
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from aiohttp import WSMsgType, web

from tests.platforms.discord.lines import Line
from tests.platforms.discord.protocol import LARGEST, VERSION, Code
from tests.platforms.discord.sessions import Gateway

FRAME: Final = 4_096
"""Bytes of a frame: a larger payload comes in several, as the stream's readers must expect."""

_NO_LINGER: Final = struct.pack("ii", 1, 0)

_GOING: Final = {1000, 1001}
"""With these codes a client says that it does not come back to its session."""


class HasGateway(Protocol):
    """A simulator with a gateway."""

    gateway: Gateway


class _Cut:
    """Stands in the outbox for the end without a word."""


class Link:
    """Carries a line's words over its websocket, in order; they may come from any thread."""

    def __init__(self, websocket: web.WebSocketResponse, request: web.Request) -> None:
        self._websocket = websocket
        self._request = request
        self._loop = asyncio.get_running_loop()
        self._outbox: deque[str | int | _Cut] = deque()
        self._woken = asyncio.Event()
        self._zlib = zlib.compressobj() if request.query.get("compress") == "zlib-stream" else None

    def write(self, text: str) -> None:
        """Send a payload."""
        self._put(text)

    def end(self, code: int) -> None:
        """Close with a code."""
        self._put(code)

    def cut(self) -> None:
        """Break off without a word."""
        self._put(_Cut())

    def _put(self, what: str | int | _Cut) -> None:
        self._outbox.append(what)
        with contextlib.suppress(RuntimeError):  # the loop has ended before the person went on
            self._loop.call_soon_threadsafe(self._woken.set)

    async def carry(self) -> None:
        """Carry what comes until the end of the line."""
        with contextlib.suppress(ConnectionError):
            while True:
                await self._woken.wait()
                self._woken.clear()
                while self._outbox:
                    if await self._carried(self._outbox.popleft()):
                        return

    async def _carried(self, what: str | int | _Cut) -> bool:
        """Whether that was the last."""
        if isinstance(what, str):
            await self._send(what)
            return False
        if isinstance(what, _Cut):
            self._break()
        else:
            await self._websocket.close(code=what)
        return True

    async def _send(self, text: str) -> None:
        if self._zlib is None:
            await self._websocket.send_str(text)
            return
        packed = self._zlib.compress(text.encode()) + self._zlib.flush(zlib.Z_SYNC_FLUSH)
        for start in range(0, len(packed), FRAME):
            await self._websocket.send_bytes(packed[start : start + FRAME])

    def _break(self) -> None:
        transport = self._request.transport
        if transport is None:
            return
        if (raw := transport.get_extra_info("socket")) is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        transport.abort()


def gateway_handler(simulator: HasGateway) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """What answers at the gateway's address."""

    async def connect(request: web.Request) -> web.StreamResponse:
        gateway = simulator.gateway
        if gateway.refuses is not None and gateway.refuses.code is None:
            return web.Response(status=503, text="no healthy upstream")
        websocket = web.WebSocketResponse(timeout=0.5, compress=False, max_msg_size=16 * LARGEST)
        await websocket.prepare(request)
        if request.query.get("v") != str(VERSION):
            await websocket.close(code=Code.INVALID_VERSION)
        elif request.query.get("encoding", "json") != "json" or _compression(request) not in {"", "zlib-stream"}:
            await websocket.close(code=Code.UNDECODABLE)
        else:
            await _serve(gateway, websocket, request)
        return websocket

    return connect


def _compression(request: web.Request) -> str:
    return request.query.get("compress", "")


async def _serve(gateway: Gateway, websocket: web.WebSocketResponse, request: web.Request) -> None:
    """Speak on a connection until it ends."""
    link = Link(websocket, request)
    line = Line(gateway=gateway, wire=link, beaten=time.monotonic())
    with gateway.world.lock:
        line.open()
    around = [asyncio.create_task(link.carry()), asyncio.create_task(_watch(line))]
    try:
        await _listen(line, websocket)
    finally:
        for task in around:
            task.cancel()
        with gateway.world.lock:
            gateway.leave(line, for_good=not line.has_ended and websocket.close_code in _GOING)
            line.has_ended = True


async def _listen(line: Line, websocket: web.WebSocketResponse) -> None:
    async for message in websocket:
        if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
            return
        with line.gateway.world.lock:
            line.hear(message.data, now=time.monotonic())


async def _watch(line: Line) -> None:
    """End a connection on which no heartbeat comes.

    The library beats from a thread of its own, in real time: a loop that hurries may not count it late.
    """
    while (left := line.dies_at() - time.monotonic()) > 0:  # noqa: ASYNC110 (each heartbeat puts it off)
        await asyncio.sleep(max(left, line.gateway.terms.heartbeat / 10))
    with line.gateway.world.lock:
        line.end(Code.TIMED_OUT)
