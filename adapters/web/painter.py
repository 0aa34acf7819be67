"""Draws pages: templates filled with values, in the language, zone and theme of whoever looks."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from adapters.platform import Message
from adapters.web.access import Access, local_path
from adapters.web.assets import Assets
from adapters.web.desk import Desk, Say
from adapters.web.live import Beacon
from adapters.web.looker import LANGUAGES, Looker, Theme, looker_of
from adapters.web.wording import Wording, thousands


def environment() -> Environment:
    """The templates of this package, autoescaped, and strict about names."""
    loader = FileSystemLoader(Path(__file__).parent / "templates")
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters["thousands"] = thousands
    made.filters["readable"] = readable
    return made


def see_other(path: str) -> web.Response:
    """Lead on to another page of ours, by GET."""
    return web.Response(status=303, headers={"Location": path})


def readable(message: Message) -> str:
    """A message as JSON for people: what a platform's API would be given."""
    return json.dumps(message, ensure_ascii=False, indent=2, default=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Painter:
    """What every page is drawn with."""

    desk: Desk
    say: Say
    access: Access
    assets: Assets
    beacon: Beacon
    now: Callable[[], datetime]
    token: Callable[[], str]
    zone: tzinfo
    templates: Environment

    def looker(self, request: web.Request) -> Looker:
        """Who looks."""
        return looker_of(request.cookies, request.headers.get("Accept-Language", ""), self.zone)

    def wording(self, request: web.Request) -> Wording:
        """The words for whoever looks."""
        return Wording(say=self.say, looker=self.looker(request), now=self.now())

    async def page(self, request: web.Request, template: str, **values: Any) -> web.Response:
        """A page of somebody who has the key, with what is wrong now on top."""
        seen = self.beacon.count
        alerts = await self.desk.alerts()
        return self._drawn(
            request,
            template,
            seen=seen,
            alerts=alerts,
            here=local_path(request.path_qs),
            form_token=self.access.form_token,
            once=self.token(),
            **values,
        )

    def notice(self, request: web.Request, code: str, status: int) -> web.Response:
        """A page that says one thing, to anybody: it shows nothing of the desk and takes nothing from the request."""
        return self._drawn(request, "notice.html", status=status, code=code)

    def locked(self, request: web.Request, status: int) -> web.Response:
        """Where the key is found, in every language."""
        first = self.looker(request).language
        languages = sorted(LANGUAGES, key=lambda language: language != first)
        return self._drawn(request, "locked.html", status=status, languages=languages)

    def onward(self, request: web.Request, target: str) -> web.Response:
        """A page of ours that leads on to another."""
        return self._drawn(request, "onward.html", target=target)

    def _drawn(self, request: web.Request, template: str, *, status: int = 200, **values: Any) -> web.Response:
        wording = self.wording(request)
        common = {"w": wording, "t": wording.page, "looker": wording.looker, "asset": self.assets.path}
        text = self.templates.get_template(template).render(**common, themes=tuple(Theme), **values)
        return web.Response(text=text, status=status, content_type="text/html")
