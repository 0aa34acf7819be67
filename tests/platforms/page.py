"""A page on which a developer is a person on a simulated platform: what every platform's page does alike."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, ClassVar, Final, Generic, Protocol, TypeVar
from urllib.parse import urlencode

from aiohttp import web
from jinja2 import Environment, FileSystemLoader

HERE: Final = Path(__file__).parent
STYLE: Final = HERE.parents[1] / "adapters/web/static/page.css"


class AnySeat(Protocol):
    """Who the developer is, and what is open before them."""

    @property
    def fields(self) -> Mapping[str, int]:
        """What says so, in an address and in a form."""


S = TypeVar("S", bound=AnySeat)


class AnyPage(ABC, Generic[S]):
    """The page of one simulation. `refuse` takes no connections for so many seconds; `lock` guards what is shown."""

    platform: ClassVar[str]
    folder: ClassVar[str]
    """Where `page.html` and `live.html` lie, below this folder."""

    def __init__(
        self, *, lock: AbstractContextManager[Any], refuse: Callable[[float], Awaitable[None]] | None = None
    ) -> None:
        self._lock = lock
        self._refuse = refuse
        self._problem = ""
        self._tasks: set[asyncio.Task[None]] = set()
        self._html = Environment(loader=FileSystemLoader([HERE / self.folder, HERE]), autoescape=True)

    @abstractmethod
    def seat(self, given: Mapping[str, str]) -> S:
        """The seat that an address or a form names."""

    @abstractmethod
    def act(self, seat: S, form: Mapping[str, str]) -> None:
        """Do what was clicked."""

    @abstractmethod
    def seen(self, seat: S) -> dict[str, Any]:
        """What the templates need."""

    def serve(self, app: web.Application) -> None:
        """Add the page to a server."""
        app.router.add_get("/", self._show)
        app.router.add_post("/do", self._do)
        app.router.add_get("/sudi.css", _style)

    async def _show(self, request: web.Request) -> web.Response:
        seat = self.seat(request.query)
        name = "live.html" if "part" in request.query else "page.html"
        with self._lock:
            known = {"seat": seat, "query": urlencode(dict(seat.fields)), "problem": self._problem}
            text = self._html.get_template(name).render(**known, **self.seen(seat))
        return web.Response(text=text, content_type="text/html")

    async def _do(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        seat = self.seat(form)
        self._problem = ""
        try:
            self._done(seat, form)
        except (AssertionError, KeyError, ValueError) as problem:
            self._problem = f"{self.platform} would not let you: {form['act']} {problem}"
        raise web.HTTPSeeOther(f"/?{urlencode(dict(seat.fields))}")

    def _done(self, seat: S, form: Mapping[str, str]) -> None:
        if form["act"] != "refuse":
            self.act(seat, form)
        elif self._refuse is not None:
            task = asyncio.create_task(_later(self._refuse(float(form["seconds"]))))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


async def _later(work: Awaitable[None]) -> None:
    """Once the answer to whoever asked is on its way."""
    await asyncio.sleep(0.2)
    await work


async def _style(_: web.Request) -> web.Response:
    return web.Response(text=STYLE.read_text(encoding="utf-8"), content_type="text/css")
