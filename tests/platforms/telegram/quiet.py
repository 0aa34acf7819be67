"""The simulator without sockets, its clock in the test's hand: a call is a function call."""

from __future__ import annotations

from typing import Any

from tests.platforms.telegram.answers import Answer
from tests.platforms.telegram.chats import Json
from tests.platforms.telegram.limits import STRICT, Limits
from tests.platforms.telegram.simulator import Simulation


class QuietTelegram(Simulation):
    """`moment` is the clock, in seconds; `forgiven` are the violations that a test expects."""

    def __init__(self, *, limits: Limits = STRICT, has_privacy: bool = True) -> None:
        self.moment = 0.0
        self.forgiven: list[str] = []
        super().__init__(now=lambda: self.moment, limits=limits, has_privacy=has_privacy)

    def ask(self, method: str, **parameters: Any) -> Answer:
        """A call, now."""
        return self.core.call(self.token, method, parameters)

    def send(self, chat: Any, text: str = "x", **parameters: Any) -> str:
        """A message, two minutes after whatever came before: what was said, or «ok»."""
        self.moment += 120
        return said(self.ask("sendMessage", chat_id=chat, text=text, **parameters))

    def updates(self) -> list[Json]:
        """What waits, all of it, and confirm it."""
        found: list[Json] = self.ask("getUpdates").body["result"]
        assert len(found) < 100
        if found:
            self.ask("getUpdates", offset=found[-1]["update_id"] + 1)
        return found

    def kinds(self) -> list[str]:
        """The kinds of updates that wait; they are confirmed."""
        return [next(kind for kind in update if kind != "update_id") for update in self.updates()]


def said(answer: Answer) -> str:
    """«ok», or the words of the refusal."""
    return "ok" if answer.is_ok else str(answer.body["description"])
