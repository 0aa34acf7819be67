"""What the simulator was asked and what it did, call by call; a token never stands in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.platforms.telegram.chats import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request. `at`: seconds of the simulator's clock. `bot`: 0 for a token that is none.

    `parameters`: as they were understood. `status` and `answer`: what was decided, even if a fault kept it from
    arriving; `status` 0: it was not carried out. `fault`: what went wrong on the way, if anything. `hasty`: seconds
    since the bot was told to wait, if it did not.
    """

    number: int
    at: float
    bot: int
    method: str
    parameters: Json
    status: int
    answer: Json
    fault: str = ""
    hasty: float | None = None

    @property
    def is_ok(self) -> bool:
        """Whether it was done."""
        return self.answer.get("ok") is True

    @property
    def result(self) -> Any:
        """What came out; None if it was refused."""
        return self.answer.get("result")

    @property
    def description(self) -> str:
        """The words of a refusal."""
        return str(self.answer.get("description", ""))

    @property
    def chat(self) -> Any:
        """The chat that was named."""
        return self.parameters.get("chat_id")
