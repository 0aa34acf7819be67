"""What the simulator was asked and what it did, request by request; a token never stands in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as it came.

    `path`: below `/api/v10`. `headers`: their names in lower case. `size`: bytes of the body as it was sent.
    `problem`: what kept the body from being read, if anything did.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    size: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request. `at`: seconds of the simulator's clock. `bot`: 0 for a token that is none.

    `route`: the path's template, so that no token stands in it; `given`: what the template's places hold, but for
    tokens; `body` as it was sent. `status` and `answer`: what was decided, even if a fault kept it from arriving;
    `status` 0: it was not carried out. `scope`: of a 429. `fault`: what went wrong on the way, if anything. `hasty`:
    seconds since the bot was told to wait, if it did not. `repeats`: whether the nonce was known, and nothing was
    posted.
    """

    number: int
    at: float
    bot: int
    method: str
    route: str
    given: Mapping[str, int]
    body: Any
    status: int
    answer: Any
    scope: str = ""
    fault: str = ""
    hasty: float | None = None
    repeats: bool = False
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_ok(self) -> bool:
        """Whether it was done."""
        return 200 <= self.status < 300

    @property
    def code(self) -> int:
        """Discord's code of a refusal; 0 if there is none."""
        return int(self.answer.get("code", 0)) if isinstance(self.answer, dict) and not self.is_ok else 0

    @property
    def words(self) -> str:
        """The words of a refusal."""
        return str(self.answer.get("message", "")) if isinstance(self.answer, dict) and not self.is_ok else ""

    @property
    def channel(self) -> int:
        """The channel that was named; 0 if none was."""
        return self.given.get("channel_id", 0)

    @property
    def line(self) -> str:
        """As one reads it: the method and the path."""
        path = self.route
        for name, value in self.given.items():
            path = path.replace(f"{{{name}}}", str(value))
        return f"{self.method} {path}"
