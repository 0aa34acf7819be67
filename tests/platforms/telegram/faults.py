"""What can go wrong on the way to Telegram: what any platform may do, and what Telegram says in its own words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Self

from tests.platforms.faults import AnyFault, AnyTrap


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault(AnyFault):
    """One way to go wrong."""

    @classmethod
    def server_error(cls, status: int = 502, *, html: bool = False, executed: bool = False) -> Self:
        """5xx: in JSON as Telegram says it, or in HTML as a proxy does."""
        if html:
            body = f"<html><head><title>{status} Bad Gateway</title></head><body>nginx</body></html>".encode()
            return cls(name=f"{status} in HTML", executes=executed, status=status, body=body, kind="text/html")
        words = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable"}.get(status, "Error")
        body = b'{"ok":false,"error_code":%d,"description":"%s"}' % (status, words.encode())
        return cls(name=str(status), executes=executed, status=status, body=body)

    @classmethod
    def flood(cls, retry_after: Any = None, *, html: bool = False) -> Self:
        """429 with whatever stands for the seconds: absent (None), negative, absurd, no number; or in HTML."""
        if html:
            body = b"<html><body><h1>429 Too Many Requests</h1></body></html>"
            return cls(name="429 in HTML", status=429, body=body, kind="text/html")
        told: dict[str, Any] = {"ok": False, "error_code": 429, "description": "Too Many Requests"}
        if retry_after is not None:
            told["description"] = f"Too Many Requests: retry after {retry_after}"
            told["parameters"] = {"retry_after": retry_after}
        return cls(name=f"429 retry_after={retry_after}", status=429, body=json.dumps(told).encode())

    @classmethod
    def half_json(cls) -> Self:
        """Carry it out, and answer half of the JSON."""
        return cls(name="half a JSON", executes=True, body=b'{"ok":true,"result":{"message_id":')

    @classmethod
    def wrong_types(cls) -> Self:
        """Carry it out, and answer with JSON in which nothing is what it should be."""
        return cls(
            name="wrong types", executes=True, body=b'{"ok":"yes","result":{"message_id":[],"date":"x","chat":7}}'
        )

    @classmethod
    def huge(cls, megabytes: int = 64) -> Self:
        """Carry it out, and answer far too much."""
        filler = b"x" * (megabytes << 20)
        return cls(name="huge", executes=True, body=b'{"ok":true,"result":"' + filler + b'"}')

    @classmethod
    def says(cls, status: int, description: str, *, executed: bool = False) -> Self:
        """Refuse with these words."""
        told = {"ok": False, "error_code": status, "description": description}
        return cls(name=f"{status} {description}", executes=executed, status=status, body=json.dumps(told).encode())


@dataclass(slots=True, kw_only=True, eq=False)
class Trap(AnyTrap):
    """Waits for calls of a method (or all), to a chat (or all), by a bot (or all)."""

    fault: Fault
    method: str = ""
    chat: int | None = None
    bot: int | None = None

    def springs(self, method: str, chat: Any, bot: int) -> bool:
        """Whether this call is spoiled; it counts."""
        fits = (
            (not self.method or self.method.lower() == method.lower())
            and (self.chat is None or str(self.chat) == str(chat))
            and (self.bot is None or self.bot == bot)
        )
        return fits and self.counts()
