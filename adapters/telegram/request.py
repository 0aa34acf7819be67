"""Carries python-telegram-bot's requests over aiohttp, and knows of each failure whether the request had left.

    TelegramError (the library's)
    ├── NeverLeft               not a byte was written: name, connection, TLS, no free connection
    ├── Unanswered              it was written, and no usable answer came
    └── Answered(status, …)     it was refused: 4xx, with what the Bot API says of it, or sent elsewhere by a proxy

No text of these names an address, because a Bot API address holds the token; nor do they keep the foreign error that
caused them, because its text may.
"""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any, Final, cast
from urllib.request import getproxies, proxy_bypass

import aiohttp
from telegram.error import NetworkError, TelegramError
from telegram.request import BaseRequest, RequestData
from yarl import URL

IDLE: Final = 12.0
"""Seconds for which a connection without work is kept: the Bot API closes its own much later, so none is stale."""

LONGEST_WORDS: Final = 300
"""Code points of a description that an error keeps."""

_TOKEN = re.compile(r"\d{6,}(?::|%3A)[A-Za-z0-9_-]{20,}", re.IGNORECASE)
_OF_A_MESSAGE = frozenset({"message_id", "date", "chat"})
"""What is left of a message that was sent or edited: the library makes objects of all the rest, which we know."""
_HEADERS = {"Accept-Encoding": "identity", "Content-Type": "application/json"}


class NeverLeft(NetworkError):
    """It failed before a byte of the request was written."""


class Unanswered(NetworkError):
    """The request was written, at least in part, and no usable answer came: it may have been done."""


class Answered(TelegramError):
    """The request was refused with a 4xx, or redirected.

    `description` and `parameters` are what the Bot API says of it (https://core.telegram.org/bots/api#making-requests);
    they are empty where something else answered, a gateway or a firewall, or where the body could not be read.
    """

    def __init__(self, status: int, description: str, parameters: dict[str, Any]) -> None:
        self.status = status
        self.description = safe(description)
        self.parameters = parameters
        super().__init__(f"{status}: {self.description}" if self.description else str(status))


def safe(text: str) -> str:
    """One line of a foreign text, short, and without anything that looks like a token."""
    return _TOKEN.sub("…", " ".join(text.split()))[:LONGEST_WORDS]


@dataclass(slots=True)
class _Trip:
    """How far one request has come."""

    left: bool = False
    status: int = 0


async def _note_leaving(_session: aiohttp.ClientSession, context: SimpleNamespace, _params: object) -> None:
    """The next thing is the first byte."""
    context.trace_request_ctx.left = True


class AiohttpRequest(BaseRequest):
    """python-telegram-bot's way to the Bot API.

    `connections`: open at once, at most; `connect`: seconds until one is free and open; `total`: seconds for a whole
    request, unless its caller asks for another time for the answer, as a long poll does; `largest`: bytes of an answer;
    `idle`: seconds for which a connection without work is kept. It retries nothing and follows no redirect. A proxy is
    taken from the environment.
    """

    def __init__(
        self,
        *,
        connections: int = 256,
        connect: float = 10.0,
        total: float = 30.0,
        largest: int = 1 << 20,
        idle: float = IDLE,
    ) -> None:
        self._connections = connections
        self._idle = idle
        self._connect = connect
        self._total = total
        self._largest = largest
        self._usual = aiohttp.ClientTimeout(total=total, connect=connect)
        self._proxies: dict[str, URL | None] = {}
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """Seconds that an answer may take; the library adds those of a long poll."""
        return self._total

    async def initialize(self) -> None:
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
            headers={"User-Agent": self.USER_AGENT},
        )

    async def shutdown(self) -> None:
        """Close all connections; harmless when they are."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def do_request(  # noqa: PLR0917 the library's signature
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = BaseRequest.DEFAULT_NONE,
        write_timeout: object = BaseRequest.DEFAULT_NONE,
        connect_timeout: object = BaseRequest.DEFAULT_NONE,
        pool_timeout: object = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """One request. Of the time-outs only `read_timeout` is looked at: the others are this class's own.

        Raises NeverLeft, Unanswered, Answered; returns only what the Bot API did.
        """
        del write_timeout, connect_timeout, pool_timeout
        place = _place(url)
        body = _body(request_data)
        trip = _Trip()
        try:
            payload = await self._exchange(place, method, body, self._times(read_timeout), trip)
        except TelegramError:
            raise
        except Exception as error:  # noqa: BLE001 whatever breaks, how far it came decides what it means
            failure = _failure(error, trip, place.host or "")
        else:
            if method == "POST" or trip.status != HTTPStatus.OK:
                _check(trip.status, payload)
            return trip.status, payload
        raise failure  # here, so that it does not keep what may name the address

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The answer; of a message only what tells which one it is."""
        answer = _said(payload)
        message = answer.get("result")
        if isinstance(message, dict) and "message_id" in message:
            answer["result"] = {name: value for name, value in message.items() if name in _OF_A_MESSAGE}
        return answer

    async def _exchange(
        self, place: URL, method: str, body: bytes | None, times: aiohttp.ClientTimeout, trip: _Trip
    ) -> bytes:
        if self._session is None:
            raise NeverLeft("closed")
        await _look_around()
        async with self._session.request(
            method,
            place,
            data=body,
            headers=_HEADERS,
            timeout=times,
            allow_redirects=False,
            proxy=self._proxy(place),
            trace_request_ctx=trip,
        ) as response:
            trip.status = response.status
            return await self._read(response)

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        payload = bytearray()
        async for chunk in response.content.iter_any():
            payload += chunk
            if len(payload) > self._largest:
                raise aiohttp.ClientPayloadError("too large")
        return bytes(payload)

    def _times(self, read_timeout: object) -> aiohttp.ClientTimeout:
        if isinstance(read_timeout, int | float):
            return aiohttp.ClientTimeout(total=self._connect + read_timeout, connect=self._connect)
        return self._usual

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


def _place(url: str) -> URL:
    try:
        return URL(url)
    except ValueError:
        pass
    raise NeverLeft("the API's address is none")


def _body(request: RequestData | None) -> bytes | None:
    """The parameters as JSON; half a character, which UTF-8 cannot say, becomes a question mark of the same length."""
    if request is None:
        return None
    if request.contains_files:
        raise NeverLeft("files are not uploaded")
    return json.dumps(request.parameters, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


# --- What an answer says -----------------------------------------------------------------------------------------


def _check(status: int, payload: bytes) -> None:
    """Raise unless the Bot API answered with a result."""
    said = _said(payload)
    if status == HTTPStatus.OK and said.get("ok") is True and "result" in said:
        return
    if is_refusal(status):
        raise _refusal(status, said)
    raise Unanswered(f"answered {status} without a result")


def is_refusal(status: int) -> bool:
    """Whether a status says that nothing was done: a 4xx, or that something else sends the request elsewhere."""
    return status in _REDIRECTS or HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR


_REDIRECTS: Final = frozenset(
    {
        HTTPStatus.MOVED_PERMANENTLY,
        HTTPStatus.FOUND,
        HTTPStatus.TEMPORARY_REDIRECT,
        HTTPStatus.PERMANENT_REDIRECT,
    }
)
"""What a proxy or a portal in between says; the Bot API redirects nobody. (After a 303 the request was done.)"""


def _refusal(status: int, said: dict[str, Any]) -> Answered:
    if said.get("ok") is not False or status in _REDIRECTS:
        return Answered(status, "", {})
    description, parameters = said.get("description"), said.get("parameters")
    return Answered(
        status,
        description if isinstance(description, str) else "",
        parameters if isinstance(parameters, dict) else {},
    )


def _said(payload: bytes) -> dict[str, Any]:
    """An answer's JSON object; empty where it is none."""
    try:
        said = json.loads(payload.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", said) if isinstance(said, dict) else {}


# --- What a failure says -----------------------------------------------------------------------------------------

_KINDS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (aiohttp.ClientConnectorDNSError, "no such host"),
    (aiohttp.ClientConnectorCertificateError, "its certificate is not trusted"),
    (aiohttp.ClientSSLError, "no secure connection"),
    (aiohttp.ClientProxyConnectionError, "the proxy is not reached"),
    (aiohttp.ClientHttpProxyError, "the proxy refuses"),
    (aiohttp.ConnectionTimeoutError, "no connection in time"),
    (aiohttp.ClientConnectorError, "no connection"),
    (TimeoutError, "no answer in time"),
    (aiohttp.ClientPayloadError, "the answer is cut short or too large"),
    (aiohttp.ClientResponseError, "the answer is no HTTP"),
    (aiohttp.ServerDisconnectedError, "disconnected"),
    (OSError, "the connection broke"),
)
"""What kinds of failure are called, the narrower before the wider."""


def _failure(error: Exception, trip: _Trip, host: str) -> TelegramError:
    if is_refusal(trip.status):
        return Answered(trip.status, "", {})
    kind = next((words for known, words in _KINDS if isinstance(error, known)), type(error).__name__)
    return Unanswered(f"{kind}: {host}") if trip.left else NeverLeft(f"{kind}: {host}")
