"""What programs ask: the health of the process, and a query as JSON (the CLI's way in while Sudi runs)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from aiohttp import web

from adapters.platform import Dialect, Reply
from adapters.web.desk import Desk
from adapters.web.listener import local_query
from adapters.web.live import Beacon
from adapters.web.looker import preferred_language
from digest.compose import Document, Passage
from digest.richtext import plain, plain_blocks


class Api:
    """Two addresses for programs."""

    def __init__(self, desk: Desk, dialect: Dialect, beacon: Beacon, token: Callable[[], str]) -> None:
        self._desk = desk
        self._dialect = dialect
        self._beacon = beacon
        self._token = token

    def routes(self) -> list[web.RouteDef]:
        """Where they are served."""
        return [web.get("/healthz", self.health), web.post("/api/query", self.query)]

    async def health(self, request: web.Request) -> web.Response:
        """200 while the store answers and the lanes run, else 503."""
        del request
        well = await self._desk.healthy()
        return web.json_response({"ok": well}, status=200 if well else 503)

    async def query(self, request: web.Request) -> web.Response:
        """Answer `{"text": …}` as the inbox would be answered. `update` (optional) names it, for doing it once."""
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType
        text, update = _asked(await request.read())
        language = preferred_language(request.headers.get("Accept-Language", ""))
        reply = await self._desk.answer(local_query(text, language=language, update=update or self._token()))
        self._beacon.stir()
        return web.json_response(self._answered(reply), dumps=_dumps)

    def _answered(self, reply: Reply) -> dict[str, Any]:
        spellings = [self._dialect.spell(document, reply.words) for document in reply.documents]
        return {
            "text": "\n\n".join(plain_document(document) for document in reply.documents),
            "documents": [dict(message) for spelling in spellings for message in spelling.messages],
            "buttons": [{"label": button.marked, "says": button.says} for button in reply.buttons],
        }


def _asked(body: bytes) -> tuple[str, str]:
    """The text and the update's name; raises HTTPBadRequest for anything but an object with a text."""
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        raise web.HTTPBadRequest from None
    text, update = (asked.get("text"), asked.get("update", "")) if isinstance(asked, dict) else (None, "")
    if not isinstance(text, str) or not text.strip() or not isinstance(update, str):
        raise web.HTTPBadRequest
    # A lone surrogate can be written in JSON, but in no answer and no row.
    return text.strip().encode(errors="replace").decode(), update.encode(errors="replace").decode()


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def plain_document(document: Document) -> str:
    """What a document says, for a terminal: its title, then each passage with its number, title, link and text."""
    heading = [part for part in (document.title, document.url) if part]
    passages = ["\n".join(_plain_passage(passage)) for passage in document.passages]
    return "\n\n".join(["\n".join(heading)] * bool(heading) + [passage for passage in passages if passage])


def _plain_passage(passage: Passage) -> Iterator[str]:
    numbered = "" if passage.number is None else f"{passage.number}. "
    if passage.title:
        yield numbered + plain(passage.title)
    if passage.url:
        yield passage.url
    if passage.body:
        yield plain_blocks(passage.body)
