"""The web server: wires pages, gate and event stream to the desk, and starts and stops them."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, tzinfo

from aiohttp import web

from adapters.platform import Dialect, Door
from adapters.web.access import Access, allowed_hosts, bracketed
from adapters.web.api import Api
from adapters.web.assets import read_assets
from adapters.web.deliveries import DeliveryPages
from adapters.web.desk import Desk, Say
from adapters.web.doors import Doors
from adapters.web.gate import Gate, dress
from adapters.web.listener import LocalChat
from adapters.web.live import Beacon, Live
from adapters.web.pages import InboxPages, PostPages, SettingPages
from adapters.web.painter import Painter, environment

BODY_LIMIT = 128 * 1024
"""Bytes of a request's body; the largest is the inbox's box, full of Chinese: 8,000 characters of nine bytes each."""

LAST_ANSWERS = 2.0
"""Seconds that answers in flight have when the server stops."""


class CannotListen(Exception):
    """The page's address cannot be used; the text says why, for the operator."""


class PortTaken(CannotListen):
    """Somebody else listens at this port."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"port {port} on {host} is in use by another program")
        self.host = host
        self.port = port


class WebServer:
    """Sudi's pages at one address.

    `key` admits; `token` makes names that are never made twice; `hosts` are further names (with or without a
    port) under which the page may be called; `zone` is for browsers that do not say theirs. Port 0 takes any.
    `doors`, by their paths, are where platforms post what they hear.
    """

    def __init__(
        self,
        *,
        desk: Desk,
        say: Say,
        dialect: Dialect,
        key: str,
        now: Callable[[], datetime],
        token: Callable[[], str],
        host: str = "127.0.0.1",
        port: int = 0,
        hosts: Iterable[str] = (),
        zone: tzinfo = UTC,
        body_limit: int = BODY_LIMIT,
        doors: Mapping[str, Door] | None = None,
    ) -> None:
        self._desk = desk
        self._say = say
        self._dialect = dialect
        self._key = key
        self._now = now
        self._token = token
        self._host = host
        self._port = port
        self._hosts = tuple(hosts)
        self._zone = zone
        self._body_limit = body_limit
        self._doors = Doors(doors or {})
        self._beacon = Beacon()
        self._runner: web.AppRunner | None = None
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> str:
        """Listen; returns the address (without the key). Raises CannotListen, or PortTaken."""
        listening = _bind(self._host, self._port)
        port = listening.getsockname()[1]
        self._runner = web.AppRunner(
            self._app(port), access_log=None, logger=_discreet(), handle_signals=False, shutdown_timeout=LAST_ANSWERS
        )
        await self._runner.setup()
        await web.SockSite(self._runner, listening).start()
        self._watch = asyncio.create_task(self._beacon.watch(self._desk.changes()), name="web: changes")
        return f"http://{_reachable(self._host)}:{port}"

    async def stop(self) -> None:
        """Take no new visit, end the event streams at once, and return when the answers in flight are given."""
        self._beacon.end()
        if self._watch:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        if self._runner:
            await self._runner.cleanup()

    def _app(self, port: int) -> web.Application:
        access = Access(key=self._key, hosts=allowed_hosts(port, self._host, self._hosts))
        painter = self._painter(access)
        gate = Gate(access, painter, self._body_limit)
        app = web.Application(middlewares=(self._doors.serve, *gate.middlewares), client_max_size=self._body_limit)
        app.on_response_prepare.append(dress)
        for group in self._pages(painter):
            app.add_routes(group)
        return app

    def _painter(self, access: Access) -> Painter:
        return Painter(
            desk=self._desk,
            say=self._say,
            access=access,
            assets=read_assets(),
            beacon=self._beacon,
            now=self._now,
            token=self._token,
            zone=self._zone,
            templates=environment(),
        )

    def _pages(self, painter: Painter) -> Iterable[list[web.RouteDef]]:
        chat = LocalChat(self._desk, self._dialect, self._now)
        yield InboxPages(self._desk, self._dialect, chat, self._beacon, painter).routes()
        yield PostPages(self._desk, painter).routes()
        yield DeliveryPages(self._desk, painter).routes()
        yield SettingPages().routes()
        yield Api(self._desk, self._dialect, self._beacon, self._token).routes()
        yield Live(self._beacon).routes()
        yield painter.assets.routes()


def entrance(address: str, key: str) -> str:
    """The address that is printed for the operator: it carries the key, so it belongs in no log."""
    return f"{address}/?key={key}"


def _discreet() -> logging.Logger:
    """A log for what aiohttp cannot parse or answer: it tells the kind of an error, and none of a stranger's bytes."""
    log = logging.getLogger(f"{__name__}.protocol")
    if not log.filters:
        log.addFilter(_kind_alone)
    return log


def _kind_alone(record: logging.LogRecord) -> bool:
    kind = record.exc_info[0] if record.exc_info else None
    record.msg = f"{record.getMessage()}: {kind.__name__}" if kind else record.getMessage()
    record.args, record.exc_info, record.exc_text = (), None, None
    return True


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as fault:
        if fault.errno == errno.EADDRINUSE:
            raise PortTaken(host, port) from fault
        raise CannotListen(f"cannot listen at {host}:{port}: {fault.strerror or fault}") from fault


def _reachable(host: str) -> str:
    """How a browser on this machine calls the host that was bound."""
    return {"": "localhost", "0.0.0.0": "localhost", "::": "localhost"}.get(host, bracketed(host))  # noqa: S104
