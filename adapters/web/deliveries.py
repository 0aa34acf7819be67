"""The deliveries: what is due, sent, unknown, failed, skipped, and why; hold, release, and settle."""

from __future__ import annotations

from aiohttp import web

from adapters.platform import Platform
from adapters.web.desk import Desk
from adapters.web.pages import back, number, word
from adapters.web.painter import Painter

STATES = ("open", "sent", "unknown", "failed", "skipped")
"""The states of a delivery, in the order in which they are shown."""


class DeliveryPages:
    """The ledger, and what an admin may do to it."""

    def __init__(self, desk: Desk, painter: Painter) -> None:
        self._desk = desk
        self._painter = painter

    def routes(self) -> list[web.RouteDef]:
        """Where they are served."""
        return [
            web.get("/deliveries", self.ledger),
            web.get("/deliveries/{delivery}", self.delivery),
            web.post("/hold", self.hold),
            web.post("/release", self.release),
            web.post("/settle", self.settle),
        ]

    async def ledger(self, request: web.Request) -> web.Response:
        """Totals, progress, lanes, and the rows that were asked for."""
        asked, digest = request.query.get("state"), number(request.query.get("digest"))
        state = asked if asked in STATES else None
        ledger = await self._desk.ledger(state=state, digest=digest)
        return await self._painter.page(
            request, "deliveries.html", ledger=ledger, states=STATES, state=state, digest=digest
        )

    async def delivery(self, request: web.Request) -> web.Response:
        """One delivery and what became of each of its messages."""
        asked = number(request.match_info["delivery"])
        delivery = None if asked is None else await self._desk.delivery(asked)
        if delivery is None:
            raise web.HTTPNotFound
        return await self._painter.page(request, "delivery.html", delivery=delivery)

    async def hold(self, request: web.Request) -> web.Response:
        """Keep what is unsent of a scope from leaving."""
        await self._desk.hold(await _scope(request))
        return await back(request)

    async def release(self, request: web.Request) -> web.Response:
        """Let it go again."""
        await self._desk.release(await _scope(request))
        return await back(request)

    async def settle(self, request: web.Request) -> web.Response:
        """Decide about a message of which nobody knows whether it arrived."""
        part = number(await word(request, "part"))
        if part is None:
            raise web.HTTPBadRequest
        await self._desk.settle(part, again=await word(request, "decision") == "again")
        return await back(request)


async def _scope(request: web.Request) -> str:
    """`all`, a platform, or `digest:ID`; nothing else can be held."""
    scope = await word(request, "scope")
    kind, _, digest = scope.partition(":")
    if scope == "all" or scope in set(Platform) or (kind == "digest" and number(digest) is not None):
        return scope
    raise web.HTTPBadRequest
