"""Hears the local reader in the inbox, asks in the inbox's name, and keeps what was said for the page to show.

It is started and stopped with the server whose forms it hears, and the desk answers for it: a `start` and a
`stop` of its own would have nothing to do.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from adapters.platform import AccountId, Address, Asker, Button, Dialect, Platform, Query, Reply
from adapters.web.desk import Desk

INBOX = Address(platform=Platform.WEB, account=AccountId("local"), chat="inbox")
"""The one chat of the web platform."""

REMEMBERED = 100
"""So many exchanges are kept; they are a conversation, not a record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What was said in the inbox, and the answer as it is drawn there."""

    name: str
    said: str
    asked_at: datetime
    bubbles: tuple[str, ...]
    buttons: tuple[Button, ...]


def local_query(text: str, *, language: str, update: str) -> Query:
    """What the local reader, who holds the key and is an admin, asks."""
    asker = Asker(address=INBOX, person=INBOX.account, language=language, is_admin=True)
    return Query(asker=asker, text=text, update=f"web:{update}")


class LocalChat:
    """The conversation with the local reader."""

    def __init__(self, desk: Desk, dialect: Dialect, now: Callable[[], datetime]) -> None:
        self._desk = desk
        self._dialect = dialect
        self._now = now
        self._exchanges: deque[Exchange] = deque(maxlen=REMEMBERED)
        self._taken: deque[tuple[str, str]] = deque(maxlen=REMEMBERED)
        self._numbers = itertools.count(1)

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """What was said, oldest first."""
        return tuple(self._exchanges)

    async def say(self, text: str, *, language: str, once: str, pressed: bool = False) -> None:
        """Ask, and keep the answer. The same words from the same form (a double click) are one question.

        `pressed`: a button said it, and is shown by what it is called.
        """
        if (once, text) in self._taken:
            return
        self._taken.append((once, text))
        asked_at, said = self._now(), self._label(text) if pressed else text
        try:
            reply = await self._desk.answer(local_query(text, language=language, update=once))
        except BaseException:
            self._taken.remove((once, text))
            raise
        name, bubbles = f"said-{next(self._numbers)}", tuple(self._draw(reply))
        exchange = Exchange(name=name, said=said, asked_at=asked_at, bubbles=bubbles, buttons=reply.buttons)
        self._exchanges.append(exchange)

    def _draw(self, reply: Reply) -> Iterable[str]:
        for document in reply.documents:
            for message in self._dialect.spell(document, reply.words).messages:
                yield self._dialect.draw(message)

    def _label(self, text: str) -> str:
        """What a pressed button was called; else the words themselves."""
        buttons = (button for exchange in reversed(self._exchanges) for button in exchange.buttons)
        return next((button.label for button in buttons if button.says == text), text)
