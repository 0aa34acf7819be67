"""A simulator's server on loopback: it can refuse, come back, hang up, and send bytes in every bad way."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from tests.listening import hear_no_more, let_turns_pass
from tests.platforms.faults import AnyFault, Way

LARGEST: Final = 50 << 20
"""Bytes of a request."""

_ABORT: Final = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """An answer in bytes and how it travels. `wait`: seconds before it, or between two bytes if it drips."""

    status: int
    body: bytes
    kind: str = "application/json"
    way: Way = Way.WHOLE
    wait: float = 0.0
    headers: Mapping[str, str] = field(default_factory=dict)

    def spoiled(self, fault: AnyFault) -> Outgoing:
        """As a fault leaves it."""
        return Outgoing(
            status=fault.status or self.status,
            body=self.body if fault.body is None else fault.body,
            kind=self.kind if fault.body is None else fault.kind,
            way=fault.way,
            wait=fault.wait,
            headers=self.headers,
        )


class Loopback:
    """Serves what `routes` adds. `port` 0 takes a free one, and keeps it when it stops and comes back."""

    def __init__(self, routes: Callable[[web.Application], None], *, port: int = 0) -> None:
        self.port = port
        self._routes = routes
        self._runner: web.AppRunner | None = None
        self._listening: socket.socket | None = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Begin all that it does."""
        await self.listen()

    async def stop(self) -> None:
        """End everything."""
        await self.refuse()

    async def listen(self) -> None:
        """Take connections, at the same port as before."""
        if self._runner is not None:
            return
        self._listening = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listening.getsockname()[1]
        app = web.Application(client_max_size=LARGEST)
        self._routes(app)
        self._runner = web.AppRunner(app, shutdown_timeout=0.05, access_log=None, handler_cancellation=True)
        await self._runner.setup()
        await web.SockSite(self._runner, self._listening).start()

    async def refuse(self) -> None:
        """Take no connections until `listen`; those that are open are closed."""
        runner, self._runner = self._runner, None
        if runner is not None and self._listening is not None:
            await hear_no_more([self._listening])
            await runner.cleanup()
            await let_turns_pass()

    def hang_up(self) -> None:
        """Close every connection that is open, and take new ones."""
        server = self._runner.server if self._runner else None
        for connection in list(server.connections if server else []):
            connection.force_close()


async def sent(request: web.Request, outgoing: Outgoing) -> web.StreamResponse:
    """Send it the way it travels."""
    if outgoing.way is Way.HANG:
        await asyncio.Event().wait()
    if outgoing.way is Way.DRIP:
        return await _dripped(request, outgoing)
    if outgoing.wait:
        await asyncio.sleep(outgoing.wait)
    if outgoing.way in {Way.RESET, Way.CUT}:
        return _broken(request, abort=outgoing.way is Way.RESET)
    headers = {**outgoing.headers, "Content-Type": outgoing.kind}
    return web.Response(body=outgoing.body or None, status=outgoing.status, headers=headers)


async def _dripped(request: web.Request, outgoing: Outgoing) -> web.StreamResponse:
    response = web.StreamResponse(status=outgoing.status, headers={**outgoing.headers, "Content-Type": outgoing.kind})
    response.content_length = len(outgoing.body)
    with contextlib.suppress(ConnectionError):
        await response.prepare(request)
        for byte in outgoing.body:
            await response.write(bytes([byte]))
            await asyncio.sleep(outgoing.wait)
    return response


def _broken(request: web.Request, *, abort: bool) -> web.StreamResponse:
    """Close without a word; as a reset (RST) or properly (FIN)."""
    transport = request.transport
    if transport is not None:
        if abort and (raw := transport.get_extra_info("socket")) is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
            transport.abort()
        else:
            transport.close()
    return web.Response()
