"""What can be found out around a question on Telegram: who decides in a chat, what another chat is, how to get here."""

from __future__ import annotations

import re
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
from adapters.telegram.hearing import Me, Speaker, kind_of, name_of, written
from adapters.telegram.inspection import Seat, seat_of

LEADING: Final = frozenset({ChatMember.OWNER, ChatMember.ADMINISTRATOR})

CHANNEL_RIGHTS: Final = "post_messages+edit_messages+delete_messages"
"""What the account asks for in a channel: bring, correct, withdraw (https://core.telegram.org/api/links#bot-links)."""

_NAME = re.compile(r"(@[A-Za-z][A-Za-z0-9_]{3,31})|@?(-[1-9]\d{0,18})", re.ASCII)
_PERSON = re.compile(r"[1-9]\d{0,18}", re.ASCII)
_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{0,64}", re.ASCII)


async def leads(bot: Bot, chat: str, person: str) -> bool:
    """Whether the person administers the chat, as it is now: nothing is remembered. Raises CourierError.

    A group may hide who is in it from ordinary members, as the account may be one; who leads it, it hides from nobody
    (Bot API, ChatFullInfo.has_hidden_members).
    """
    if not _PERSON.fullmatch(person):
        return False
    try:
        return (await bot.get_chat_member(chat, int(person))).status in LEADING
    except Exception as error:
        known = ours(error)
        if not _is_no(known):
            raise known from error
    return await _is_listed(bot, chat, person)


async def _is_listed(bot: Bot, chat: str, person: str) -> bool:
    """Whether the person is among those who administer the chat. Raises CourierError."""
    try:
        return any(str(leader.user.id) == person for leader in await bot.get_chat_administrators(chat))
    except Exception as error:
        known = ours(error)
        if _is_no(known):
            return False
        raise known from error


def _is_no(error: CourierError) -> bool:
    """Whether it was answered that there is nothing of the kind, or nothing for us to see."""
    return isinstance(error, Refused) and not isinstance(error, Moved | AccountDead)


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramScene:
    """Keeps `adapters.platform.Scene` for one question."""

    bot: Bot = field(repr=False)
    me: Me
    asker: Asker
    speaker: Speaker = Speaker.PERSON

    async def decides(self) -> bool:
        """Whether the asker may decide for the chat they ask in, as it is now. Raises CourierError."""
        if self.asker.kind is ChatKind.PRIVATE:
            return True
        match self.speaker:
            case Speaker.CHAT:
                return True
            case Speaker.CHANNEL:
                return False
            case Speaker.PERSON:
                return await leads(self.bot, self.asker.address.chat, self.asker.person)
            case _:
                assert_never(self.speaker)

    async def elsewhere(self, name: str) -> Elsewhere:
        """The chat that the asker names, `@name` or `-100…` with or without `@`; checked now. Raises CourierError.

        It is spoken of where only the asker reads it.
        """
        if self.asker.kind is not ChatKind.PRIVATE:
            return Elsewhere(grant=Grant.NOT_HERE)
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
        if not await leads(self.bot, address.chat, self.asker.person):
            grant = Grant.NOT_YOURS
        return Elsewhere(
            grant=grant,
            address=address,
            title=chat.title or "",
            name=written(chat.username),
            kind=kind,
            chat_name=name_of(chat),
        )

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
