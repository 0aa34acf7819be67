"""A bot as the simulated server keeps it: its token, its updates, its webhook, its commands, its pace."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from tests.platforms.telegram.chats import Chat, Entry, Json, User
from tests.platforms.telegram.limits import Pacer

WELL_FORMED: Final = re.compile(r"(\d{3,15}):[\w-]{30,60}")
"""What the server takes for a token at all."""

UNASKED: Final = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""Kinds of updates that nobody gets without naming them."""


@dataclass(slots=True, kw_only=True)
class Webhook:
    """Where updates are brought, and how that went last."""

    url: str
    secret: str = ""
    connections: int = 40
    error: str = ""
    error_date: int = 0


@dataclass(slots=True, kw_only=True, eq=False)
class Press:
    """Somebody pressed a button and waits; `answer` is what the bot said, as soon as it has."""

    id: str
    at: float
    person: User
    entry: Entry
    data: str
    answer: Popup | None = None

    @property
    def is_answered(self) -> bool:
        """Whether the bot has answered."""
        return self.answer is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Popup:
    """What a press brought: a text at the top or in an alert, or an address to open. All empty: nothing but quiet."""

    text: str = ""
    is_alert: bool = False
    url: str = ""


@dataclass(slots=True, kw_only=True)
class Pending:
    """An update that waits to be fetched or brought."""

    at: float
    update: Json

    @property
    def id(self) -> int:
        """The update's number."""
        number: int = self.update["update_id"]
        return number


@dataclass(slots=True, kw_only=True, eq=False)
class BotAccount:
    """A bot. `polls` numbers its long polls: only the newest may wait. `stars` pay for messages beyond the free ones.

    `told`: the updates of late; `again`: those that come once more with the next answer, whatever was confirmed.
    """

    user: User
    token: str
    pacer: Pacer
    has_privacy: bool = True
    can_join_groups: bool = True
    is_revoked: bool = False
    stars: int = 100_000
    private: dict[int, Chat] = field(default_factory=dict)
    pending: deque[Pending] = field(default_factory=deque)
    told: deque[Json] = field(default_factory=lambda: deque(maxlen=1_000))
    again: list[Json] = field(default_factory=list)
    next_update: int = 700_000_001
    allowed: tuple[str, ...] = ()
    webhook: Webhook | None = None
    polls: int = 0
    ended_poll: str = ""
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    menus: dict[int, Json] = field(default_factory=dict)
    presses: dict[str, Press] = field(default_factory=dict)

    @property
    def id(self) -> int:
        """Its numeric id."""
        return self.user.id

    def wants(self, kind: str) -> bool:
        """Whether it gets updates of a kind."""
        return kind in self.allowed if self.allowed else kind not in UNASKED
