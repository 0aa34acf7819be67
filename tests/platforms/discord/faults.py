"""What can go wrong on the way to Discord, on request: what any platform may do, and what Discord says in its words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any, Self

from tests.platforms.discord.answers import status_and_words
from tests.platforms.discord.limits import VIA
from tests.platforms.faults import AnyFault, AnyTrap


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault(AnyFault):
    """One way to go wrong. `headers` are added to those of the answer; `is_outside`: Discord itself never saw it."""

    headers: Mapping[str, str] = field(default_factory=dict)
    is_outside: bool = False

    @classmethod
    def server_error(cls, status: int = 502, *, html: bool = False, executed: bool = False) -> Self:
        """5xx: in JSON as Discord says it, or in HTML as what stands before it does."""
        if html:
            body = f"<html><head><title>{status} Bad Gateway</title></head><body>cloudflare</body></html>".encode()
            name = f"{status} in HTML"
            return cls(name=name, executes=executed, status=status, body=body, kind="text/html", is_outside=True)
        words = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable"}.get(status, "Error")
        told = {"message": f"{status}: {words}", "code": 0}
        return cls(name=str(status), executes=executed, status=status, body=json.dumps(told).encode())

    @classmethod
    def flood(cls, retry_after: Any = None, *, scope: str = "user", html: bool = False) -> Self:
        """429 with whatever stands for the seconds: absent (None), negative, absurd, no number.

        In HTML it is not Discord that refuses but what stands before it, and there is no `Via`.
        """
        if html:
            body = b"<html><body><h1>429 Too Many Requests</h1></body></html>"
            return cls(name="429 in HTML", status=429, body=body, kind="text/html", is_outside=True)
        told: dict[str, Any] = {"message": "You are being rate limited.", "global": scope == "global"}
        headers = {"Via": VIA, "X-RateLimit-Scope": scope} | (
            {"X-RateLimit-Global": "true"} if scope == "global" else {}
        )
        if retry_after is not None:
            told["retry_after"] = retry_after
        if isinstance(retry_after, int | float):
            headers["Retry-After"] = str(ceil(retry_after))
        name = f"429 {scope} retry_after={retry_after}"
        return cls(name=name, status=429, body=json.dumps(told).encode(), headers=headers)

    @classmethod
    def half_json(cls) -> Self:
        """Carry it out, and answer half of the JSON."""
        return cls(name="half a JSON", executes=True, body=b'{"id":"12345678901234')

    @classmethod
    def wrong_types(cls) -> Self:
        """Carry it out, and answer with JSON in which nothing is what it should be."""
        body = b'{"id":[],"channel_id":{},"type":"x","author":7,"content":null,"timestamp":3}'
        return cls(name="wrong types", executes=True, body=body)

    @classmethod
    def huge(cls, megabytes: int = 64) -> Self:
        """Carry it out, and answer far too much."""
        return cls(name="huge", executes=True, body=b'{"id":"' + b"x" * (megabytes << 20) + b'"}')

    @classmethod
    def says(cls, code: int, *, status: int = 0, words: str = "", executed: bool = False, **more: Any) -> Self:
        """Refuse with this code of Discord's, its status and its words; `more` stands in the body."""
        usual, said = status_and_words(code)
        told = {"message": words or said, "code": code, **more}
        body = json.dumps(told).encode()
        return cls(name=f"{code} {words or said}", executes=executed, status=status or usual, body=body)

    @classmethod
    def banned(cls) -> Self:
        """The address is banned by what stands before Discord."""
        return cls.flood(html=True)


@dataclass(slots=True, kw_only=True, eq=False)
class Trap(AnyTrap):
    """Waits for requests with a method (or any) to a path (or any) that is found in it, by a bot (or all).

    `path`: a regular expression, looked for in the path below `/api/v10`; `channel`: the id of the channel it names.
    """

    fault: Fault
    method: str = ""
    path: str = ""
    channel: int | None = None
    bot: int | None = None

    def springs(self, method: str, path: str, bot: int) -> bool:
        """Whether this request is spoiled; it counts."""
        fits = (
            self.method in {"", method}
            and re.search(self.path, path) is not None
            and (self.channel is None or f"/channels/{self.channel}" in path)
            and (self.bot is None or self.bot == bot)
        )
        return fits and self.counts()
