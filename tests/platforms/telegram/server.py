"""The simulated Bot API over HTTP on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from typing import Any, Final

from aiohttp import web

from tests.platforms.telegram.faults import Way
from tests.platforms.telegram.webhook import WebhookCourier
from tests.platforms.telegram.wire import Outgoing, Wire

LARGEST: Final = 50 << 20
"""Bytes of a request."""

_ABORT: Final = struct.pack("ii", 1, 0)


class Server:
    """Serves a wire on loopback. `port` 0 takes a free one, and keeps it when it stops and comes back.

    `more` adds pages of its own.
    """

    def __init__(self, wire: Wire, *, port: int = 0, more: Callable[[web.Application], None] | None = None) -> None:
        self.wire = wire
        self.port = port
        self._more = more
        self._runner: web.AppRunner | None = None
        self._webhooks = WebhookCourier(wire.core)

    @property
    def url(self) -> str:
        """Where it is, as the setting for the API's address wants it."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen, and bring updates to webhooks."""
        await self.listen()
        self._webhooks.start()

    async def stop(self) -> None:
        """End everything."""
        await self._webhooks.stop()
        await self.refuse()

    async def listen(self) -> None:
        """Take connections, at the same port as before."""
        if self._runner is not None:
            return
        app = web.Application(client_max_size=LARGEST)
        app.router.add_route("*", "/bot{token}/{method}", self._answer)
        if self._more is not None:
            self._more(app)
        self._runner = web.AppRunner(app, shutdown_timeout=0.05, access_log=None, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def refuse(self) -> None:
        """Take no connections until `listen`; those that are open are closed."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    def hang_up(self) -> None:
        """Close every connection that is open, and take new ones."""
        server = self._runner.server if self._runner else None
        for connection in list(server.connections if server else []):
            connection.force_close()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        parameters: dict[str, Any] = dict(request.query)
        try:
            parameters |= await _parameters(request)
        except ValueError:
            return web.json_response(_UNREADABLE, status=400)
        outgoing = await self.wire.ask(request.match_info["token"], request.match_info["method"], parameters)
        return await _sent(request, outgoing)


_UNREADABLE: Final = {
    "ok": False,
    "error_code": 400,
    "description": "Bad Request: strings must be encoded in UTF-8, and JSON must be JSON",
}


async def _parameters(request: web.Request) -> dict[str, Any]:
    """What stands in the body: JSON, urlencoded, or multipart."""
    if request.content_type == "application/json":
        if not request.body_exists:
            return {}
        given = await request.json()
        if not isinstance(given, dict):
            raise ValueError("no object")
        return given
    return {name: value if isinstance(value, str) else "<file>" for name, value in (await request.post()).items()}


async def _sent(request: web.Request, outgoing: Outgoing) -> web.StreamResponse:
    if outgoing.way is Way.HANG:
        await asyncio.Event().wait()
    if outgoing.way is Way.DRIP:
        return await _dripped(request, outgoing)
    if outgoing.wait:
        await asyncio.sleep(outgoing.wait)
    if outgoing.way in {Way.RESET, Way.CUT}:
        return _broken(request, abort=outgoing.way is Way.RESET)
    return web.Response(body=outgoing.body, status=outgoing.status, content_type=outgoing.kind)


async def _dripped(request: web.Request, outgoing: Outgoing) -> web.StreamResponse:
    response = web.StreamResponse(status=outgoing.status)
    response.content_type = outgoing.kind
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
