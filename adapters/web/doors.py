"""Doors of the web server: paths at which a platform posts what it hears, beside the pages and past their gate.

Whoever posts proves who they are by the platform's secret, which the door compares; there is no key, no cookie and no
form. What was posted is neither logged nor repeated: an answer is a status, and nothing else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from adapters.platform import Door

log = logging.getLogger(__name__)

LARGEST: Final = 1 << 20
"""Bytes of what a platform may post: an update is some kilobytes, a long text with all its entities some dozens."""
PATIENCE: Final = 10.0
"""Seconds within which all of it must have come."""
MOST: Final = 32 << 20
"""Bytes of bodies that are on their way at once: who posts is known only when all was said, and may be anybody."""

NOT_ALLOWED: Final = web.HTTPMethodNotAllowed.status_code


class Doors:
    """Serves the doors, by their paths; every other path goes on to the pages."""

    def __init__(
        self, doors: Mapping[str, Door], *, largest: int = LARGEST, patience: float = PATIENCE, most: int = MOST
    ) -> None:
        self._doors = dict(doors)
        self._largest = largest
        self._patience = patience
        self._most = most
        self._coming = 0

    @web.middleware
    async def serve(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer what is posted to a door; stands before the gate."""
        door = self._doors.get(request.path)
        if door is None:
            return await handler(request)
        status = await self._status(request, door)
        answer = web.Response(status=status, headers={"Allow": "POST"} if status == NOT_ALLOWED else None)
        if status >= web.HTTPBadRequest.status_code:
            answer.force_close()
        return answer

    async def _status(self, request: web.Request, door: Door) -> int:
        if request.method != "POST":
            return NOT_ALLOWED
        try:
            async with asyncio.timeout(self._patience):
                body = await self._body(request)
        except web.HTTPException as refusal:
            return refusal.status
        except (TimeoutError, web.RequestPayloadError, ValueError, OSError):
            return web.HTTPBadRequest.status_code  # half a body, too slow, or in an encoding that it is not in
        return await _opened(door, {name.lower(): value for name, value in request.headers.items()}, body)

    async def _body(self, request: web.Request) -> bytes:
        """What was posted; no more of it is read than shows that it is too large, alone or with all the others."""
        if (request.content_length or 0) > self._largest:
            raise web.HTTPRequestEntityTooLarge(max_size=self._largest)
        body = bytearray()
        try:
            async for chunk in request.content.iter_any():
                body += chunk
                self._coming += len(chunk)
                if len(body) > self._largest:
                    raise web.HTTPRequestEntityTooLarge(max_size=self._largest)
                if self._coming > self._most:
                    raise web.HTTPServiceUnavailable
        finally:
            self._coming -= len(body)
        return bytes(body)


async def _opened(door: Door, headers: Mapping[str, str], body: bytes) -> int:
    try:
        return await door(headers, body)
    except Exception as fault:  # noqa: BLE001 - what failed may hold what was posted: only its kind is told
        log.error("a door failed: %s", type(fault).__name__)  # noqa: TRY400
        return web.HTTPInternalServerError.status_code
