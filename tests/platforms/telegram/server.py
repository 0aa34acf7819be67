"""The simulated Bot API over HTTP on loopback."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from aiohttp import web

from tests.platforms.serving import Loopback, sent
from tests.platforms.telegram.webhook import WebhookCourier
from tests.platforms.telegram.wire import Wire


class Server(Loopback):
    """Serves a wire on loopback; its `url` is what the setting for the API's address wants. `more` adds pages."""

    def __init__(self, wire: Wire, *, port: int = 0, more: Callable[[web.Application], None] | None = None) -> None:
        super().__init__(self._add_to, port=port)
        self.wire = wire
        self._more = more
        self._webhooks = WebhookCourier(wire.core)

    async def start(self) -> None:
        """Listen, and bring updates to webhooks."""
        await self.listen()
        self._webhooks.start()

    async def stop(self) -> None:
        """End everything."""
        await self._webhooks.stop()
        await self.refuse()

    def _add_to(self, app: web.Application) -> None:
        app.router.add_route("*", "/bot{token}/{method}", self._answer)
        if self._more is not None:
            self._more(app)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        parameters: dict[str, Any] = dict(request.query)
        try:
            parameters |= await _parameters(request)
        except ValueError:
            return web.json_response(_UNREADABLE, status=400)
        outgoing = await self.wire.ask(request.match_info["token"], request.match_info["method"], parameters)
        return await sent(request, outgoing)


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
