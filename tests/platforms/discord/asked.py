"""An interaction: what a person asked of a bot, and what the bot has answered so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from tests.platforms.discord.permissions import ALL, permissions_in
from tests.platforms.discord.servers import Channel, Json, Message, User

FIRST_ANSWER: Final = 3.0
"""Seconds until the first answer (interactions/receiving-and-responding)."""

LIFE: Final = 900.0
"""Seconds that an interaction's token lives (the same)."""


class InteractionKind(IntEnum):
    """What a person did, by Discord's own numbers."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4


class Callback(IntEnum):
    """How a bot answers first, by Discord's own numbers."""

    PONG = 1
    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


@dataclass(slots=True, kw_only=True, eq=False)
class Interaction:
    """What a person asked of a bot. `born`, `answered_at`: seconds of the simulator's clock.

    `bot`: the bot's user id. `data`: as the gateway tells it. `message`: the one that was pressed. Of the answer:
    `callback` is the first one (None while there is none); `original` the message that `@original` means; `choices`
    what autocomplete offered; `follow_ups` the messages after it. `seen_by_bot`: whether the gateway told the bot.
    """

    id: int
    token: str
    bot: int
    application: int
    kind: InteractionKind
    user: User
    channel: Channel
    data: Json
    born: float
    message: Message | None = None
    callback: Callback | None = None
    answered_at: float | None = None
    original: Message | None = None
    choices: list[Json] | None = None
    follow_ups: list[Message] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)
    """The codes with which answers to it were refused."""

    @property
    def is_thinking(self) -> bool:
        """Whether the person sees that the bot is thinking."""
        original = self.original
        if self.callback is not Callback.DEFERRED_MESSAGE or original is None:
            return False
        return bool(original.flags & 128) and original.id in original.channel.messages

    def has_failed(self, now: float) -> bool:
        """Whether the person is told that the application did not respond."""
        return self.callback is None and now - self.born >= FIRST_ANSWER

    @property
    def answers(self) -> list[Message]:
        """The messages that answer it, in order: the original and what followed; deleted ones are gone."""
        found = [*([self.original] if self.original else []), *self.follow_ups]
        return [message for message in found if message.id in message.channel.messages]

    def json(self) -> Json:
        """As INTERACTION_CREATE tells it (interactions/receiving-and-responding, «Interaction Object»)."""
        guild = self.channel.guild
        told: Json = {
            "id": str(self.id),
            "application_id": str(self.application),
            "type": int(self.kind),
            "data": self.data,
            "channel": self.channel.json(),
            "channel_id": str(self.channel.id),
            "token": self.token,
            "version": 1,
            "app_permissions": str(int(permissions_in(self.channel, self.bot) if guild else ALL)),
            "locale": self.user.locale,
            "entitlements": [],
            "authorizing_integration_owners": {"0": str(guild.id if guild else 0)},
            "context": 0 if guild else 1,
            "attachment_size_limit": 10_485_760,
        }
        if self.message is not None:
            told["message"] = self.message.json()
        if guild is None:
            return told | {"user": self.user.json()}
        allowed = str(int(permissions_in(self.channel, self.user.id)))
        return told | {
            "guild_id": str(guild.id),
            "guild_locale": guild.locale,
            "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
            "member": guild.members[self.user.id].json() | {"permissions": allowed},
        }
