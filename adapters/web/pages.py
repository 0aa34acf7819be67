"""The inbox, the posts with their preview, and the settings of whoever looks."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from aiohttp import web

from adapters.platform import Dialect
from adapters.web.access import local_path
from adapters.web.desk import Desk, InboxMessage
from adapters.web.listener import Exchange, LocalChat
from adapters.web.live import Beacon
from adapters.web.looker import LANGUAGE_COOKIE, LANGUAGES, THEME_COOKIE, Theme
from adapters.web.painter import Painter, see_other
from digest.choices import Layout

PAGE = 30
"""Messages a page of the inbox shows."""

SUGGESTED = ("/today", "/latest", "/status", "/help")
"""Commands that are offered below the box."""

PREFERENCE_SECONDS = 365 * 24 * 3600


async def word(request: web.Request, name: str) -> str:
    """A field of the form that was sent; empty where it is missing or a file."""
    value = (await request.post()).get(name, "")
    return value if isinstance(value, str) else ""


async def back(request: web.Request) -> web.Response:
    """Lead back to the page whose form was sent."""
    return see_other(local_path(await word(request, "back")))


def number(text: str | None) -> int | None:
    """A row's id from an address, or None."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) <= 18 else None  # noqa: PLR2004


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A message in the inbox, as it is drawn there."""

    name: str
    at: datetime
    html: str
    edited: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What stands under one date."""

    at: datetime
    items: tuple[Brought | Exchange, ...]


def timeline(brought: Iterable[Brought], said: Iterable[Exchange], zone: tzinfo) -> tuple[Day, ...]:
    """Messages and exchanges in the order of time, by days of this zone."""
    everything: list[Brought | Exchange] = [*brought, *said]
    items = sorted(everything, key=_moment)

    def day(item: Brought | Exchange) -> date:
        return _moment(item).astimezone(zone).date()

    groups = (tuple(group) for _, group in itertools.groupby(items, key=day))
    return tuple(Day(at=_moment(group[0]), items=group) for group in groups)


def _moment(item: Brought | Exchange) -> datetime:
    return item.asked_at if isinstance(item, Exchange) else item.at


class InboxPages:
    """The local subscriber's chat."""

    def __init__(self, desk: Desk, dialect: Dialect, chat: LocalChat, beacon: Beacon, painter: Painter) -> None:
        self._desk = desk
        self._dialect = dialect
        self._chat = chat
        self._beacon = beacon
        self._painter = painter

    def routes(self) -> list[web.RouteDef]:
        """Where they are served."""
        return [web.get("/", self.inbox), web.post("/say", self.say)]

    async def inbox(self, request: web.Request) -> web.Response:
        """Digests and answers, the newest last."""
        before = number(request.query.get("before"))
        messages = await self._desk.inbox(limit=PAGE + 1, before=before)
        more, messages = len(messages) > PAGE, messages[-PAGE:]
        said = self._said_beside(messages, newest=before is None, oldest=not more)
        return await self._painter.page(
            request,
            "inbox.html",
            days=timeline(map(self._draw, messages), said, self._painter.looker(request).zone),
            older=messages[0].id if more else None,
            newest=before is None,
            sources=await self._desk.sources(),
            suggested=SUGGESTED,
        )

    def _said_beside(self, messages: tuple[InboxMessage, ...], *, newest: bool, oldest: bool) -> tuple[Exchange, ...]:
        """The exchanges that belong between these messages."""
        if not messages:
            return self._chat.exchanges if newest else ()
        first, last = messages[0].sent_at, messages[-1].sent_at
        return tuple(
            said
            for said in self._chat.exchanges
            if (oldest or said.asked_at >= first) and (newest or said.asked_at <= last)
        )

    def _draw(self, message: InboxMessage) -> Brought:
        html = self._dialect.draw(message.message)
        return Brought(name=f"message-{message.id}", at=message.sent_at, html=html, edited=message.edited)

    async def say(self, request: web.Request) -> web.Response:
        """What was typed, or what a pressed button says."""
        pressed, typed = (await word(request, "says")).strip(), (await word(request, "text")).strip()
        if text := pressed or typed:
            language = self._painter.looker(request).language
            once = await word(request, "once") or self._painter.token()
            await self._chat.say(text, language=language, once=once, pressed=bool(pressed))
            self._beacon.stir()
        return see_other("/#latest")


class PostPages:
    """What was found, and how each post will look."""

    def __init__(self, desk: Desk, painter: Painter) -> None:
        self._desk = desk
        self._painter = painter

    def routes(self) -> list[web.RouteDef]:
        """Where they are served."""
        return [
            web.get("/posts", self.posts),
            web.get("/posts/{post}", self.preview),
            web.post("/backlog", self.backlog),
            web.post("/vanished", self.vanished),
        ]

    async def posts(self, request: web.Request) -> web.Response:
        """The posts, with what is odd about each, and the folders they came from."""
        posts, sources = await self._desk.posts(), await self._desk.sources()
        return await self._painter.page(request, "posts.html", posts=posts, sources=sources)

    async def preview(self, request: web.Request) -> web.Response:
        """One post on every platform, in the layout that was chosen."""
        post, asked = number(request.match_info["post"]), request.query.get("layout", "")
        layout = Layout(asked) if asked in set(Layout) else Layout.FULL
        language = self._painter.looker(request).language
        preview = None if post is None else await self._desk.preview(post, layout, language)
        if preview is None:
            raise web.HTTPNotFound
        return await self._painter.page(request, "preview.html", preview=preview, layouts=tuple(Layout))

    async def backlog(self, request: web.Request) -> web.Response:
        """Promise what a source holds back, or only keep it."""
        source = await word(request, "source")
        if await word(request, "decision") == "release":
            await self._desk.release_backlog(source)
        else:
            await self._desk.keep_backlog(source)
        return await back(request)

    async def vanished(self, request: web.Request) -> web.Response:
        """Believe that the posts that vanished from a source were deleted."""
        await self._desk.believe_vanished(await word(request, "source"))
        return await back(request)


class SettingPages:
    """The language and the theme, which each browser keeps for itself."""

    def routes(self) -> list[web.RouteDef]:
        """Where they are served."""
        return [web.post("/settings", self.settings)]

    async def settings(self, request: web.Request) -> web.Response:
        """Keep what was chosen in a cookie."""
        answer = await back(request)
        for cookie, known in ((LANGUAGE_COOKIE, LANGUAGES), (THEME_COOKIE, tuple(Theme))):
            chosen = await word(request, cookie)
            if chosen in known:
                answer.set_cookie(cookie, chosen, max_age=PREFERENCE_SECONDS, httponly=True, samesite="Strict")
        return answer
