"""The simulator's HTTP server on loopback: the REST API, the gateway's address, and whatever pages are added."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web

from tests.platforms.discord.transcript import Request
from tests.platforms.discord.wire import Wire
from tests.platforms.serving import Loopback, sent

API: Final = "/api/v10"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server(Loopback):
    """Serves a wire. `gateway`: what answers at `/gateway`; `more` adds pages of its own."""

    def __init__(
        self,
        wire: Wire,
        *,
        port: int = 0,
        gateway: Handler | None = None,
        more: Callable[[web.Application], None] | None = None,
    ) -> None:
        super().__init__(self._add_to, port=port)
        self.wire = wire
        self._gateway = gateway
        self._more = more

    @property
    def api_url(self) -> str:
        """The REST API's address."""
        return self.url + API

    @property
    def gateway_url(self) -> str:
        """The gateway's address."""
        return f"ws://127.0.0.1:{self.port}/gateway"

    def _add_to(self, app: web.Application) -> None:
        app.router.add_route("*", API + "/{path:.*}", self._answer)
        if self._gateway is not None:
            app.router.add_get("/gateway{tail:.*}", self._gateway)
        if self._more is not None:
            self._more(app)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        return await sent(request, await self.wire.ask(await read(request)))


async def read(request: web.Request) -> Request:
    """What was asked; bodies are JSON, as nothing of ours sends files."""
    raw = await request.read()
    body, problem = understood(raw, request.content_type)
    return Request(
        method=request.method,
        path="/" + request.match_info["path"],
        query=dict(request.query),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
        size=len(raw),
        problem=problem,
    )


def understood(raw: bytes, kind: str) -> tuple[Any, str]:
    """The body and what is wrong with it."""
    if not raw:
        return None, ""
    if kind != "application/json":
        return None, f"the body is {kind}"
    try:
        return json.loads(raw), ""
    except ValueError:
        return None, "the body is no JSON"
