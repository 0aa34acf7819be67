"""A real server on loopback before a desk in memory, and clients that have the key or have not."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import aiohttp

from adapters.platform import Door
from adapters.web.dialect import WebDialect
from adapters.web.server import WebServer
from bot.catalogue import say
from tests.adapters.web.desks import NOW, MemoryDesk

KEY = "the-key-of-these-tests-0123456789abcdef"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A server that runs, and two visitors."""

    address: str
    desk: MemoryDesk
    server: WebServer
    stranger: aiohttp.ClientSession
    editor: aiohttp.ClientSession

    async def page(self, path: str, **headers: str) -> str:
        """A page as the editor sees it."""
        async with self.editor.get(self.address + path, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.text()

    async def form_token(self) -> str:
        """The token that the forms of the editor's pages carry."""
        text = await self.page("/")
        return text.partition('name="form_token" value="')[2].partition('"')[0]

    async def send(self, path: str, **fields: str) -> aiohttp.ClientResponse:
        """Send one of our forms as the editor; the redirect is not followed."""
        data = {"form_token": await self.form_token(), **fields}
        return await self.editor.post(self.address + path, data=data, allow_redirects=False)


def server_for(
    desk: MemoryDesk,
    *,
    port: int = 0,
    host: str = "127.0.0.1",
    hosts: tuple[str, ...] = (),
    doors: Mapping[str, Door] | None = None,
) -> WebServer:
    """A server whose clock stands still and whose tokens count."""
    numbers = itertools.count(1)
    return WebServer(
        desk=desk,
        say=say,
        dialect=WebDialect(),
        key=KEY,
        now=lambda: NOW,
        token=lambda: f"once-{next(numbers)}",
        host=host,
        port=port,
        hosts=hosts,
        zone=ZoneInfo("Asia/Shanghai"),
        doors=doors,
    )


def visitor() -> aiohttp.ClientSession:
    """A browser's cookies, for an address that is a number."""
    return aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
