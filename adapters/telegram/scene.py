"""What can be found out around a question on Telegram: who decides in a chat, what another chat is, how to get here."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, assert_never

from telegram import Bot, ChatFullInfo, ChatMember

from adapters.platform import (
    AccountDead,
    Address,
    Asker,
    ChatKind,
    CourierError,
    Elsewhere,
    Grant,
    Moved,
    Platform,
    Refused,
)
from adapters.telegram.errors import ours
from adapters.telegram.hearing import Me, Voice, kind_of
from adapters.telegram.inspection import Seat, seat_of

LASTING: Final = 30.0
"""Seconds for which a person's rights in a chat are believed."""

MOST_REMEMBERED: Final = 10_000

LEADING: Final = frozenset({ChatMember.OWNER, ChatMember.ADMINISTRATOR})

CHANNEL_RIGHTS: Final = "post_messages+edit_messages+delete_messages"
"""What the account asks for in a channel: bring, correct, withdraw (https://core.telegram.org/api/links#bot-links)."""

_NAME = re.compile(r"(@[A-Za-z][A-Za-z0-9_]{3,31})|@?(-[1-9]\d{0,18})", re.ASCII)
_PERSON = re.compile(r"[1-9]\d{0,18}", re.ASCII)
_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{0,64}", re.ASCII)


class Rights:
    """Who administers which chat, as Telegram says; believed for a while. `clock` gives seconds."""

    def __init__(self, bot: Bot, clock: Callable[[], float]) -> None:
        self._bot = bot
        self._clock = clock
        self._known: dict[tuple[str, str], tuple[bool, float]] = {}

    async def leads(self, chat: str, person: str) -> bool:
        """Whether the person administers the chat. Raises CourierError."""
        known = self._known.get((chat, person))
        if known is not None and self._clock() < known[1]:
            return known[0]
        found = await self.checked(chat, person)
        self._known.pop((chat, person), None)
        self._known[chat, person] = found, self._clock() + LASTING
        if len(self._known) > MOST_REMEMBERED:
            del self._known[next(iter(self._known))]
        return found

    async def checked(self, chat: str, person: str) -> bool:
        """The same, as it is now."""
        if not _PERSON.fullmatch(person):
            return False
        try:
            member = await self._bot.get_chat_member(chat, int(person))
        except Exception as error:
            known = ours(error)
            if _is_no(known):
                return False
            raise known from error
        return member.status in LEADING


def _is_no(error: CourierError) -> bool:
    """Whether it was answered that there is nothing of the kind, or nothing for us to see."""
    return isinstance(error, Refused) and not isinstance(error, Moved | AccountDead)


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramScene:
    """Keeps `adapters.platform.Scene` for one question."""

    bot: Bot = field(repr=False)
    rights: Rights
    me: Me
    asker: Asker
    voice: Voice = Voice.PERSON

    async def decides(self) -> bool:
        """Whether the asker may decide for the chat they ask in, as it is now. Raises CourierError."""
        if self.asker.kind is ChatKind.PRIVATE:
            return True
        match self.voice:
            case Voice.CHAT:
                return True
            case Voice.CHANNEL:
                return False
            case Voice.PERSON:
                return await self.rights.leads(self.asker.address.chat, self.asker.person)
            case _:
                assert_never(self.voice)

    async def elsewhere(self, name: str) -> Elsewhere:
        """The chat that the asker names, `@name` or `-100…` with or without `@`; checked now. Raises CourierError."""
        found = _NAME.fullmatch(name.strip())
        if found is None:
            return Elsewhere(grant=Grant.UNKNOWN)
        try:
            return await self._elsewhere(found[1] or found[2])
        except Moved as moved:
            return await self._elsewhere(moved.to)

    async def _elsewhere(self, name: str) -> Elsewhere:
        try:
            chat = await self.bot.get_chat(name)
            seat = await self._seat(chat)
        except Exception as error:
            known = ours(error)
            if _is_no(known):
                return Elsewhere(grant=Grant.UNKNOWN)
            raise known from error
        kind = kind_of(chat)
        if seat is Seat.ABSENT or kind is None or kind is ChatKind.PRIVATE:
            return Elsewhere(grant=Grant.UNKNOWN)
        address = Address(platform=Platform.TELEGRAM, account=self.me.account, chat=str(chat.id))
        grant = Grant.GRANTED if seat is Seat.WRITES else Grant.CANNOT_POST
        if not await self.rights.checked(address.chat, self.asker.person):
            grant = Grant.NOT_YOURS
        return Elsewhere(grant=grant, address=address, title=chat.title or "", kind=kind)

    async def _seat(self, chat: ChatFullInfo) -> Seat:
        return seat_of(chat, await self.bot.get_chat_member(chat.id, int(self.me.account)))

    def link(self, payload: str = "", *, into: ChatKind = ChatKind.PRIVATE) -> str:
        """An address that opens the account with `/start payload`, or adds it to a group or a channel; or empty.

        Source: https://core.telegram.org/bots/features#deep-linking. A channel takes no payload.
        """
        if not self.me.username or not _PAYLOAD.fullmatch(payload):
            return ""
        place = f"https://t.me/{self.me.username}"
        match into:
            case ChatKind.PRIVATE:
                return f"{place}?start={payload}" if payload else place
            case ChatKind.GROUP:
                return f"{place}?startgroup={payload}" if payload else f"{place}?startgroup"
            case ChatKind.CHANNEL:
                return f"{place}?startchannel&admin={CHANNEL_RIGHTS}"
            case _:
                assert_never(into)
