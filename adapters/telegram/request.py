"""Carries python-telegram-bot's requests over aiohttp, and knows of each failure whether the request had left.

    TelegramError (the library's)
    ├── NeverLeft               not a byte was written: name, connection, TLS, no free connection
    ├── Unanswered              it was written, and no usable answer came
    └── Answered(status, …)     it was refused: 4xx, with what the Bot API says of it, or sent elsewhere by a proxy

No text of these names an address, because a Bot API address holds the token; nor do they keep the foreign error that
caused them, because its text may.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from telegram.error import NetworkError, TelegramError
from telegram.request import BaseRequest, RequestData
from yarl import URL

from adapters.causes import Cause, because
from adapters.wire import IDLE, REDIRECTS, Trip, Wire, is_refusal, kind_of, one_line, parsed, spelled

_TOKEN = re.compile(r"\d{6,}(?::|%3A)[A-Za-z0-9_-]{20,}", re.IGNORECASE)
_OF_A_MESSAGE = frozenset({"message_id", "date", "chat"})
"""What is left of a message that was sent or edited: the library makes objects of all the rest, which we know."""
_HEADERS = {"Content-Type": "application/json"}


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
    return one_line(_TOKEN.sub("…", text))


class AiohttpRequest(BaseRequest):
    """python-telegram-bot's way to the Bot API.

    `connections`: open at once, at most; `connect`: seconds until one is free and open; `total`: seconds for a whole
    request, unless its caller asks for another time for the answer, as a long poll does; `largest`: bytes of an answer;
    `idle`: seconds for which a connection without work is kept.
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
        self._wire = Wire(
            user_agent=self.USER_AGENT,
            connections=connections,
            connect=connect,
            total=total,
            largest=largest,
            idle=idle,
        )

    @property
    def read_timeout(self) -> float:
        """Seconds that an answer may take; the library adds those of a long poll."""
        return self._wire.total

    async def initialize(self) -> None:
        """Get ready; harmless when it is."""
        await self._wire.open()

    async def shutdown(self) -> None:
        """Close all connections; harmless when they are."""
        await self._wire.shut()

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
        place, body, trip = _place(url), _body(request_data), Trip()
        patience = read_timeout if isinstance(read_timeout, int | float) else None
        try:
            payload = await self._wire.exchange(
                method, place, body=body, headers=_HEADERS, trip=trip, patience=patience
            )
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


def _place(url: str) -> URL:
    try:
        return URL(url)
    except ValueError:
        pass
    raise NeverLeft(Cause.BAD_ADDRESS)


def _body(request: RequestData | None) -> bytes | None:
    if request is None:
        return None
    if request.contains_files:
        raise NeverLeft(Cause.NO_FILES)
    return spelled(request.parameters)


# --- What an answer says -----------------------------------------------------------------------------------------


def _check(status: int, payload: bytes) -> None:
    """Raise unless the Bot API answered with a result."""
    said = _said(payload)
    if status == HTTPStatus.OK and said.get("ok") is True and "result" in said:
        return
    if is_refusal(status):
        raise _refusal(status, said)
    raise Unanswered(because(Cause.NO_RESULT, status))


def _refusal(status: int, said: dict[str, Any]) -> Answered:
    if said.get("ok") is not False or status in REDIRECTS:
        return Answered(status, "", {})
    description, parameters = said.get("description"), said.get("parameters")
    return Answered(
        status,
        description if isinstance(description, str) else "",
        parameters if isinstance(parameters, dict) else {},
    )


def _said(payload: bytes) -> dict[str, Any]:
    """An answer's JSON object; empty where it is none."""
    said = parsed(payload)
    return said if isinstance(said, dict) else {}


def _failure(error: Exception, trip: Trip, host: str) -> TelegramError:
    if is_refusal(trip.status):
        return Answered(trip.status, "", {})
    words = f"{kind_of(error)}: {host}"
    return Unanswered(words) if trip.left else NeverLeft(words)
