"""What can go wrong on the way, on request: a trap waits for calls that fit and spoils so many of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Way(StrEnum):
    """What becomes of an answer's bytes."""

    WHOLE = "whole"
    HANG = "hang"
    RESET = "reset"
    DRIP = "drip"
    CUT = "cut"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way to go wrong. `executes`: whether the call is carried out all the same.

    `status`, `body`, `kind`: what is answered in place of the answer; `way`: how its bytes travel; `wait`: seconds
    before anything is answered; `delay`: seconds before it is carried out. Made by the functions below.
    """

    name: str
    executes: bool = False
    way: Way = Way.WHOLE
    status: int | None = None
    body: bytes | None = None
    kind: str = "application/json"
    wait: float = 0.0
    delay: float = 0.0

    @classmethod
    def server_error(cls, status: int = 502, *, html: bool = False, executed: bool = False) -> Fault:
        """5xx: in JSON as Telegram says it, or in HTML as a proxy does."""
        if html:
            body = f"<html><head><title>{status} Bad Gateway</title></head><body>nginx</body></html>".encode()
            return cls(name=f"{status} in HTML", executes=executed, status=status, body=body, kind="text/html")
        words = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable"}.get(status, "Error")
        body = b'{"ok":false,"error_code":%d,"description":"%s"}' % (status, words.encode())
        return cls(name=str(status), executes=executed, status=status, body=body)

    @classmethod
    def flood(cls, retry_after: Any = None, *, html: bool = False) -> Fault:
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
    def hang(cls, *, executed: bool = False) -> Fault:
        """Accept and never answer."""
        return cls(name="hang", executes=executed, way=Way.HANG)

    @classmethod
    def lost_answer(cls) -> Fault:
        """Carry it out, then close without an answer."""
        return cls(name="executed, answer lost", executes=True, way=Way.CUT, body=b"")

    @classmethod
    def reset(cls, *, executed: bool) -> Fault:
        """Reset the connection, before or after carrying it out."""
        return cls(name=f"reset {'after' if executed else 'before'}", executes=executed, way=Way.RESET)

    @classmethod
    def drip(cls, *, executed: bool = True, seconds: float = 1.0) -> Fault:
        """A byte in so many seconds."""
        return cls(name="drip", executes=executed, way=Way.DRIP, wait=seconds)

    @classmethod
    def half_json(cls) -> Fault:
        """Carry it out, and answer half of the JSON."""
        return cls(name="half a JSON", executes=True, body=b'{"ok":true,"result":{"message_id":')

    @classmethod
    def wrong_types(cls) -> Fault:
        """Carry it out, and answer with JSON in which nothing is what it should be."""
        return cls(
            name="wrong types", executes=True, body=b'{"ok":"yes","result":{"message_id":[],"date":"x","chat":7}}'
        )

    @classmethod
    def null(cls) -> Fault:
        """Carry it out, and answer null."""
        return cls(name="null", executes=True, body=b"null")

    @classmethod
    def huge(cls, megabytes: int = 64) -> Fault:
        """Carry it out, and answer far too much."""
        filler = b"x" * (megabytes << 20)
        return cls(name="huge", executes=True, body=b'{"ok":true,"result":"' + filler + b'"}')

    @classmethod
    def latency(cls, seconds: float) -> Fault:
        """Answer properly, but late."""
        return cls(name=f"{seconds} s late", executes=True, wait=seconds)

    @classmethod
    def late(cls, seconds: float) -> Fault:
        """Carry it out only then, whether or not somebody still waits for the answer."""
        return cls(name=f"carried out {seconds} s late", executes=True, delay=seconds)

    @classmethod
    def says(cls, status: int, description: str, *, executed: bool = False) -> Fault:
        """Refuse with these words."""
        told = {"ok": False, "error_code": status, "description": description}
        return cls(name=f"{status} {description}", executes=executed, status=status, body=json.dumps(told).encode())


@dataclass(slots=True, kw_only=True, eq=False)
class Trap:
    """Waits for calls of a method (or all), to a chat (or all), by a bot (or all); passes `after`, spoils `times`."""

    fault: Fault
    method: str = ""
    chat: int | None = None
    bot: int | None = None
    after: int = 0
    times: int = 1
    hits: int = 0
    passed: int = 0

    def springs(self, method: str, chat: Any, bot: int) -> bool:
        """Whether this call is spoiled; it counts."""
        fits = (
            (not self.method or self.method.lower() == method.lower())
            and (self.chat is None or str(self.chat) == str(chat))
            and (self.bot is None or self.bot == bot)
        )
        if not fits or self.hits >= self.times:
            return False
        if self.passed < self.after:
            self.passed += 1
            return False
        self.hits += 1
        return True

    def cancel(self) -> None:
        """Let everything pass from now on."""
        self.times = self.hits

    @property
    def is_spent(self) -> bool:
        """Whether it has spoiled all that it should."""
        return self.hits >= self.times
