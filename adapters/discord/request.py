"""Carries discord.py's requests, one try each, and knows of each failure whether the request had left.

    DiscordException (the library's)
    ├── NeverLeft               not a byte was written: name, connection, TLS, no free connection
    │   ├── Spared(retry_after) it was kept back, so that the address is not banned
    │   └── Oversized           it was kept back, because Discord would answer 500 for ever
    ├── Unanswered(status)      it was written, and no usable answer came
    └── HTTPException
        └── Answered(status, …) it was refused: 4xx, with what Discord says of it, or sent elsewhere by a proxy

The library's own client waits within a call and looks through all its buckets for each new one, which at thousands of
channels costs more than all the rest; here nothing waits, and what an answer says of its bucket is told to whoever
listens. No text of these errors names an address, because that of an interaction holds a token; nor do they keep the
foreign error that caused them, because its text may.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, Protocol, Self
from urllib.parse import quote

import aiohttp
from discord import DiscordException, HTTPException
from discord.gateway import DiscordClientWebSocketResponse
from discord.http import HTTPClient, Route
from discord.utils import MISSING
from yarl import URL

from adapters.causes import Cause, because
from adapters.discord.budget import Budget
from adapters.discord.pace import Doing
from adapters.wire import (
    IDLE,
    REDIRECTS,
    Trip,
    Wire,
    is_refusal,
    kind_of,
    one_line,
    parsed,
    proxy_of,
    readable_wait,
    spelled,
)

API_URL: Final = "https://discord.com/api/v10"

LARGEST: Final = 1 << 23
"""Bytes of one answer: the channels of the largest servers."""

MOST_COMPLAINTS: Final = 8
"""What is wrong with a body, as an error keeps it."""

_DEEPEST: Final = 16
_TOKEN = re.compile(r"[\w-]{18,}\.[\w-]{5,8}\.[\w-]{20,}|[\w+/=-]{60,}", re.ASCII)
"""A bot's token, and whatever else is too long for a word, as an interaction's is."""


class NeverLeft(DiscordException):
    """It failed before a byte of the request was written."""


class Spared(NeverLeft):
    """It was kept back for another `retry_after` seconds: too much was refused, or the address is banned."""

    def __init__(self, retry_after: float) -> None:
        self.retry_after = retry_after
        super().__init__(because(Cause.KEPT_BACK, f"{retry_after:.0f}"))


class Oversized(NeverLeft):
    """Its body is larger than Discord takes, so it was kept back."""


class Unanswered(DiscordException):
    """The request was written, at least in part, and no usable answer came: it may have been done.

    `status`: what was answered, or 0.
    """

    def __init__(self, words: str, status: int = 0) -> None:
        self.status = status
        super().__init__(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What is wrong with one field of a body: its path, as `embeds.0.title`, Discord's name of the fault, its words."""

    field: str
    code: str
    words: str


class Answered(HTTPException):
    """The request was refused with a 4xx, or redirected.

    `code`, `text` and `complaints` are what Discord says of it; 0 and empty where something else answered, a gateway or
    a firewall, or where the body could not be read. `retry_after` in seconds and `scope` (`user`, `global`, `shared`)
    belong to a 429 and to codes that are one; `banned`: it is the address that is refused.
    Source: https://docs.discord.com/developers/reference#error-messages
    """

    def __init__(
        self,
        status: int,
        said: Mapping[str, Any],
        *,
        retry_after: float | None = None,
        scope: str = "",
        banned: bool = False,
    ) -> None:
        code, text = said.get("code"), said.get("message")
        self.status = status
        self.code = code if isinstance(code, int) and not isinstance(code, bool) else 0
        self.text = safe(text) if isinstance(text, str) else ""
        self.complaints = tuple(_complaints(said.get("errors")))
        self.retry_after = retry_after
        self.scope = scope
        self.banned = banned
        DiscordException.__init__(self, self._words())  # the library's own wants aiohttp's response

    def _words(self) -> str:
        if not self.text and not self.code:
            return str(self.status)
        wrong = "; ".join(f"{one.field}: {one.code}" for one in self.complaints)
        return one_line(f"{self.status}: {self.text} ({self.code}){': ' if wrong else ''}{wrong}")


def safe(text: str) -> str:
    """One line of a foreign text, short, and without anything that looks like a token."""
    return one_line(_TOKEN.sub("…", text))


def _complaints(errors: object) -> Iterator[Complaint]:
    """What is said of each field, the first few."""
    waiting: list[tuple[str, object, int]] = [("", errors, 0)]
    found = 0
    while waiting and found < MOST_COMPLAINTS:
        path, node, depth = waiting.pop(0)
        if not isinstance(node, dict) or depth > _DEEPEST:
            continue
        faults = node.get("_errors")
        for fault in faults[:MOST_COMPLAINTS] if isinstance(faults, list) else []:
            if isinstance(fault, dict):
                found += 1
                yield Complaint(
                    field=safe(path), code=safe(str(fault.get("code", ""))), words=safe(str(fault.get("message", "")))
                )
        below = ((name, inner) for name, inner in node.items() if name != "_errors")
        waiting += [(f"{path}.{name}".strip("."), inner, depth + 1) for name, inner in below]


class Pacing(Protocol):
    """What is told of every answer, and asked before a request that nobody has paid for (`DiscordPace`)."""

    def learn(self, doing: Doing, channel: str, *, remaining: int, reset_after: float, now: float) -> None:
        """A bucket has so much left, for so many seconds."""

    def claim_other(self, now: float) -> float:
        """Take the next place; seconds until it."""


class DiscordHTTP(HTTPClient):
    """discord.py's way to Discord's API, also for the couriers; ready between `open` and `shut`.

    `api_url`: the API with its version; `budget`: that of the process; `pace`: that of the account. `connections`: open
    at once, at most; `connect`: seconds until one is free and open; `total`: seconds for a whole request, unless its
    caller asks for another time; `largest`: bytes of an answer. What the library closes is only the session over which
    the gateway speaks, which is opened again with it.
    """

    def __init__(
        self,
        token: str,
        *,
        budget: Budget,
        api_url: str = API_URL,
        pace: Pacing | None = None,
        connections: int = 64,
        connect: float = 10.0,
        total: float = 30.0,
        largest: int = LARGEST,
        idle: float = IDLE,
    ) -> None:
        super().__init__(asyncio.get_running_loop())
        self.token = token
        self.api_url = api_url.rstrip("/")
        self._host = _host_of(self.api_url)
        self._budget = budget
        self._pace = pace
        self._date = ""
        self._wire = Wire(
            user_agent=self.user_agent,
            connections=connections,
            connect=connect,
            total=total,
            largest=largest,
            idle=idle,
        )

    @property
    def told_at(self) -> datetime | None:
        """What time it was where the last answer came from, by the second; None where it does not say."""
        try:
            told = parsedate_to_datetime(self._date)
        except ValueError:
            return None
        return told if told.tzinfo is not None else None

    async def open(self) -> None:
        """Get ready; harmless when it is."""
        await self._wire.open()

    async def shut(self) -> None:
        """Close all connections, the library's too; harmless when they are."""
        await self.close()
        await self._wire.shut()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.shut()

    # --- What the library does -----------------------------------------------------------------------------------

    async def static_login(self, token: str) -> Any:
        """Log the library in, again if need be."""
        await self.close()
        return await super().static_login(token)

    async def ws_connect(self, url: str, *, compress: int = 0) -> aiohttp.ClientWebSocketResponse:
        """Open the gateway, through the environment's proxy if there is one; no login is needed before."""
        if getattr(self, _SESSION) is MISSING:
            setattr(self, _SESSION, _gateway_session())
        place = URL(url)
        proxy = proxy_of(place.with_scheme("http" if place.scheme == "ws" else "https"))
        self.proxy = None if proxy is None else str(proxy)
        return await super().ws_connect(url, compress=compress)

    async def close(self) -> None:
        """Close what the gateway speaks over; requests go on."""
        await super().close()
        setattr(self, _SESSION, MISSING)
        self.connector = MISSING  # it was closed with the session, and the library would take it again

    # --- Requests ------------------------------------------------------------------------------------------------

    async def request(
        self,
        route: Route,
        *,
        json: object = MISSING,
        params: Mapping[str, Any] | None = None,
        reason: str | None = None,
        patience: float | None = None,
        paid: bool = False,
        within: int | None = None,
        **more: Any,
    ) -> Any:
        """One request; returns the answer's JSON, None where there is none (204).

        `patience`: seconds for the answer, instead of the usual; `paid`: the lane has spent the place that it takes, so
        it waits for none; `within`: bytes of the body, at most. Raises NeverLeft, Unanswered, Answered.
        """
        if any(more.values()):
            raise NeverLeft(Cause.NO_FILES)
        if not paid and self._pace is not None and not _is_by_token(route):
            await asyncio.sleep(self._pace.claim_other(self.loop.time()))
        if (rest := self._budget.wait()) > 0:
            raise Spared(rest)
        place, trip = self._place(route, params), Trip()
        body = None if json is MISSING else spelled(json)
        if within is not None and body is not None and len(body) > within:
            raise Oversized(because(Cause.TOO_MANY_BYTES, len(body)))
        headers = self._headers(route, is_json=body is not None, reason=reason)
        try:
            payload = await self._wire.exchange(
                route.method, place, body=body, headers=headers, trip=trip, patience=patience
            )
        except Exception as error:  # noqa: BLE001 whatever breaks, how far it came decides what it means
            failure = self._failure(route, error, trip)
        else:
            return self._answer(route, trip, payload)
        raise failure  # here, so that it does not keep what may name the address

    def _place(self, route: Route, params: Mapping[str, Any] | None) -> URL:
        try:
            place = URL(self.api_url + route.url.removeprefix(route.BASE), encoded=True)
            return place.update_query(params) if params else place
        except (TypeError, ValueError):
            pass
        raise NeverLeft(Cause.BAD_ADDRESS)

    def _headers(self, route: Route, *, is_json: bool, reason: str | None) -> dict[str, str]:
        """The headers; where the address holds a token, the account's own has no business."""
        headers = {"Content-Type": "application/json"} if is_json else {}
        if not _is_by_token(route):
            headers["Authorization"] = f"Bot {self.token}"
        if reason:
            headers["X-Audit-Log-Reason"] = quote(reason, safe="/ ")
        return headers

    # --- What an answer says -------------------------------------------------------------------------------------

    def _answer(self, route: Route, trip: Trip, payload: bytes) -> Any:
        """What was answered; raises unless it is a success that can be read."""
        said = parsed(payload) if payload else None
        if is_refusal(trip.status):
            raise self._refusal(route, trip, said)
        self._learn(route, trip)
        if trip.status == HTTPStatus.NO_CONTENT:
            return None
        if HTTPStatus.OK <= trip.status < HTTPStatus.MULTIPLE_CHOICES and isinstance(said, dict | list):
            return said
        raise Unanswered(because(Cause.NO_RESULT, trip.status), trip.status)

    def _failure(self, route: Route, error: Exception, trip: Trip) -> DiscordException:
        if is_refusal(trip.status):
            return self._refusal(route, trip, None)
        words = f"{kind_of(error)}: {self._host}"
        return Unanswered(words, trip.status) if trip.left else NeverLeft(words)

    def _refusal(self, route: Route, trip: Trip, said: object) -> Answered:
        if trip.status == HTTPStatus.TOO_MANY_REQUESTS:
            return self._too_many(route, trip, said)
        self._learn(route, trip)
        if not isinstance(said, dict) or "code" not in said or trip.status in REDIRECTS:
            return Answered(trip.status, {})
        return Answered(trip.status, said, retry_after=readable_wait(said.get("retry_after")))

    def _too_many(self, route: Route, trip: Trip, said: object) -> Answered:
        """A 429: one that is not Discord's own means the address; the budget then lets nothing leave for a while."""
        body = said if isinstance(said, dict) else {}
        scope = "global" if body.get("global") is True else trip.headers.get("X-RateLimit-Scope", "")
        wait = readable_wait(body.get("retry_after"))
        if wait is None:
            wait = readable_wait(trip.headers.get("Retry-After"))
        banned = "Via" not in trip.headers or not body
        if banned:
            wait = self._budget.bar(wait)
        self._learn(route, trip, scope)
        return Answered(trip.status, body, retry_after=wait, scope=scope, banned=banned)

    def _learn(self, route: Route, trip: Trip, scope: str = "") -> None:
        """Tell the budget of the answer, and the pace what it says of its bucket."""
        self._budget.note(trip.status, scope)
        self._date = trip.headers.get("Date", "")
        remaining = _number(trip.headers.get("X-RateLimit-Remaining"))
        reset_after = _number(trip.headers.get("X-RateLimit-Reset-After"))
        if self._pace is None or scope == "global" or remaining is None or reset_after is None:
            return
        doing = _DOINGS.get((route.method, route.path), Doing.OTHER)
        now = self.loop.time()
        self._pace.learn(doing, str(route.channel_id or ""), remaining=int(remaining), reset_after=reset_after, now=now)


_SESSION: Final = "_HTTPClient__session"
"""Where the library keeps the session that its gateway speaks over."""


def _gateway_session() -> aiohttp.ClientSession:
    """A session as the library makes it at a login."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        ws_response_class=DiscordClientWebSocketResponse,
        cookie_jar=aiohttp.DummyCookieJar(),
    )


CHANNEL: Final = "/channels/{channel_id}"
MESSAGES: Final = "/channels/{channel_id}/messages"
MESSAGE: Final = "/channels/{channel_id}/messages/{message_id}"
THREADS: Final = "/channels/{channel_id}/threads"

_DOINGS: Final = {
    ("POST", MESSAGES): Doing.CREATE,
    ("POST", THREADS): Doing.CREATE,
    ("PATCH", MESSAGE): Doing.EDIT,
    ("DELETE", MESSAGE): Doing.DELETE,
}


def _is_by_token(route: Route) -> bool:
    """Whether the address itself holds a token, an interaction's: no account's pace is spent, and none is named."""
    return route.path.startswith(("/interactions/", "/webhooks/"))


def _host_of(base: str) -> str:
    try:
        return URL(base).host or ""
    except ValueError:
        return ""


def _number(said: str | None) -> float | None:
    """A number of a header; None for what is none."""
    return 0.0 if said in {"0", "0.0", "0.00", "0.000"} else readable_wait(said)
