"""What carries requests to a platform's API over aiohttp, and knows of each how far it had come when it failed.

It retries nothing, follows no redirect, keeps no cookie, and takes a proxy from the environment. What a failure is
called there never holds an address, because an address may hold a token.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any, Final
from urllib.request import getproxies, proxy_bypass

import aiohttp
from yarl import URL

from adapters.causes import Cause

IDLE: Final = 12.0
"""Seconds for which a connection without work is kept: platforms close their own much later, so none is stale."""

LONGEST_WORDS: Final = 300
"""Code points of a foreign text that an error keeps."""

UNREADABLE_WAIT: Final = 5.0
"""Seconds to wait after a 429 that does not say for how long, or says what cannot be."""

LONGEST_WAIT: Final = 24 * 3600.0
"""Seconds. A longer wait is not believed. What a courier says is clamped once more by `bot.verdict.sane_wait`."""


class Closed(Exception):
    """Nothing is carried before it is open, and behind its end."""


@dataclass(slots=True)
class Trip:
    """How far one request has come: whether a byte of it left, and what was answered up to now."""

    left: bool = False
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)


async def _note_leaving(_session: aiohttp.ClientSession, context: SimpleNamespace, _params: object) -> None:
    """The next thing is the first byte."""
    context.trace_request_ctx.left = True


class Wire:
    """Connections to one API.

    `connections`: open at once, at most; `connect`: seconds until one is free and open; `total`: seconds for a whole
    request, unless its caller asks for another time for the answer, as a long poll does; `largest`: bytes of an answer;
    `idle`: seconds for which a connection without work is kept.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        connections: int = 256,
        connect: float = 10.0,
        total: float = 30.0,
        largest: int = 1 << 20,
        idle: float = IDLE,
    ) -> None:
        self.total = total
        self._user_agent = user_agent
        self._connections = connections
        self._idle = idle
        self._connect = connect
        self._largest = largest
        self._usual = aiohttp.ClientTimeout(total=total, connect=connect)
        self._proxies: dict[str, URL | None] = {}
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Get ready; harmless when it is."""
        if self._session is not None:
            return
        traces = aiohttp.TraceConfig()
        traces.on_request_headers_sent.append(_note_leaving)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=self._idle),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trace_configs=[traces],
            headers={"User-Agent": self._user_agent, "Accept-Encoding": "identity"},
        )

    async def shut(self) -> None:
        """Close all connections; harmless when they are."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def exchange(
        self,
        method: str,
        place: URL,
        *,
        body: bytes | None,
        headers: Mapping[str, str],
        trip: Trip,
        patience: float | None = None,
    ) -> bytes:
        """One request; returns the body of whatever is answered, and leaves in `trip` how far it came.

        `patience`: seconds for the answer, instead of the usual. Raises whatever breaks: `kind_of` names it.
        """
        if self._session is None:
            raise Closed
        await _look_around()
        async with self._session.request(
            method,
            place,
            data=body,
            headers=headers,
            timeout=self._times(patience),
            allow_redirects=False,
            proxy=self._proxy(place),
            trace_request_ctx=trip,
        ) as response:
            trip.status, trip.headers = response.status, response.headers
            return await self._read(response)

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        payload = bytearray()
        async for chunk in response.content.iter_any():
            payload += chunk
            if len(payload) > self._largest:
                raise aiohttp.ClientPayloadError("too large")
        return bytes(payload)

    def _times(self, patience: float | None) -> aiohttp.ClientTimeout:
        if patience is None:
            return self._usual
        return aiohttp.ClientTimeout(total=self._connect + patience, connect=self._connect)

    def _proxy(self, place: URL) -> URL | None:
        """The environment's proxy for a host: looked up once, because aiohttp would ask a thread for every request."""
        key = f"{place.scheme}://{place.authority}"
        if key not in self._proxies:
            self._proxies[key] = proxy_of(place)
        return self._proxies[key]


async def _look_around() -> None:
    """Let the loop hear of connections that were closed meanwhile: one turn to see them, one to take them away.

    Without it, a request that comes right behind a long stretch of work could be written to one, and be a doubt.
    """
    await asyncio.sleep(0)
    await asyncio.sleep(0)


def proxy_of(place: URL) -> URL | None:
    """The HTTP proxy that the environment names for an address (`HTTPS_PROXY`, `NO_PROXY`, …)."""
    named = getproxies().get(place.scheme, "")
    if not named.startswith(("http://", "https://")) or proxy_bypass(place.host_port_subcomponent or ""):
        return None
    return URL(named)


# --- What is said and answered -----------------------------------------------------------------------------------


def spelled(said: object) -> bytes:
    """Compact JSON; half a character, which UTF-8 cannot say, becomes a question mark of the same length."""
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def parsed(payload: bytes) -> Any:
    """An answer's JSON; None where it is none."""
    try:
        return json.loads(payload.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None


def one_line(text: str) -> str:
    """A foreign text without line breaks, and short."""
    return " ".join(text.split())[:LONGEST_WORDS]


def readable_wait(said: object) -> float | None:
    """Seconds to wait, as an answer says it, a day at most; None for what cannot be read, or cannot be."""
    if isinstance(said, str):
        said = _number(said)
    if isinstance(said, bool) or not isinstance(said, int | float) or not said > 0:
        return None
    return float(min(said, LONGEST_WAIT))


def wait_of(said: object) -> float:
    """The same; five seconds for what cannot be read."""
    wait = readable_wait(said)
    return UNREADABLE_WAIT if wait is None else wait


def _number(said: str) -> float | None:
    whole, _, rest = said[:20].partition(".")
    is_number = whole.isascii() and whole.isdecimal() and (not rest or (rest.isascii() and rest.isdecimal()))
    return float(f"{whole}.{rest or 0}") if is_number else None


# --- What a failure says -----------------------------------------------------------------------------------------


def is_refusal(status: int) -> bool:
    """Whether a status says that nothing was done: a 4xx, or that something else sends the request elsewhere."""
    return status in REDIRECTS or HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR


REDIRECTS: Final = frozenset(
    {
        HTTPStatus.MOVED_PERMANENTLY,
        HTTPStatus.FOUND,
        HTTPStatus.TEMPORARY_REDIRECT,
        HTTPStatus.PERMANENT_REDIRECT,
    }
)
"""What a proxy or a portal in between says; the platforms redirect nobody. (After a 303 the request was done.)"""


def kind_of(error: Exception) -> str:
    """The line of a failure's cause; of one that is not known, the name of its class."""
    return next((str(cause) for known, cause in _KINDS if isinstance(error, known)), type(error).__name__)


_KINDS: Final[tuple[tuple[type[Exception], Cause], ...]] = (
    (Closed, Cause.CLOSED),
    (aiohttp.ClientConnectorDNSError, Cause.NO_HOST),
    (aiohttp.ClientConnectorCertificateError, Cause.BAD_CERTIFICATE),
    (aiohttp.ClientSSLError, Cause.NO_TLS),
    (aiohttp.ClientProxyConnectionError, Cause.NO_PROXY),
    (aiohttp.ClientHttpProxyError, Cause.PROXY_REFUSES),
    (aiohttp.ConnectionTimeoutError, Cause.CONNECTING_TOO_LONG),
    (aiohttp.ClientConnectorError, Cause.NO_CONNECTION),
    (TimeoutError, Cause.NO_ANSWER),
    (aiohttp.WSServerHandshakeError, Cause.NOT_GRANTED),
    (aiohttp.ClientPayloadError, Cause.CUT_SHORT),
    (aiohttp.ClientResponseError, Cause.NO_HTTP),
    (aiohttp.ServerDisconnectedError, Cause.DISCONNECTED),
    (OSError, Cause.BROKEN_OFF),
)
"""The causes of the kinds of failure, the narrower before the wider."""
