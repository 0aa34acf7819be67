"""Looks at an account from outside, for whoever operates it: who it is, how it hears, where it may write.

It only asks, and never for updates: whoever listens with the same token is not disturbed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from telegram import (
    Bot,
    Chat,
    ChatFullInfo,
    ChatMember,
    ChatMemberAdministrator,
    ChatMemberRestricted,
    WebhookInfo,
)

from adapters.causes import Cause
from adapters.platform import ChatLost, CourierError, Moved, NotSent
from adapters.telegram.errors import ours
from adapters.telegram.request import AiohttpRequest, safe

PATIENCE: Final = 15.0
"""Seconds that an inspection takes at most; what was not answered by then is not known."""
AT_ONCE: Final = 4
"""Chats asked about at a time: the account may be busy sending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """The webhook as Telegram has it: the host that is posted to (empty: none), and what waits to be heard.

    `trouble` is the last failure to post there, and `troubled_at` when it was.
    """

    url: str
    waiting: int
    trouble: str = ""
    troubled_at: datetime | None = None

    @property
    def host(self) -> str:
        """Where it leads, without a path, which may hold a secret of somebody else's."""
        return urlsplit(self.url).netloc.rpartition("@")[2]


class Seat(StrEnum):
    """What an account can do in a chat."""

    WRITES = "writes"
    ABSENT = "absent"
    """It is not in the chat, or there is none."""
    MUTE = "mute"
    """It is in the chat, and may not write."""
    MOVED = "moved"
    """The chat has another id now; the next message finds it."""
    UNSEEN = "unseen"
    """Nobody could tell in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A group or channel, and what the account can do there."""

    chat: str
    seat: Seat
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What was found of an account. `joins_groups`: it may be added to groups; `hears_all`: its privacy mode is off."""

    name: str
    username: str
    joins_groups: bool
    hears_all: bool
    hook: Hook
    places: tuple[Place, ...]


def is_private(chat: str) -> bool:
    """Whether a chat is a person's: groups and channels have negative ids (https://core.telegram.org/bots/api#chat)."""
    return not chat.startswith("-")


async def inspect(token: str, *, api_url: str, chats: Sequence[str], patience: float = PATIENCE) -> Inspection:
    """Look at the account of a token, and at some groups and channels; raises CourierError where it is not answered.

    `patience`: seconds that all of it may take.
    """
    request = AiohttpRequest(connections=2 * AT_ONCE, connect=patience, total=patience)
    bot = Bot(token, base_url=f"{api_url}/bot", request=request, get_updates_request=request)
    ends = asyncio.get_running_loop().time() + patience
    try:
        async with asyncio.timeout_at(ends):
            await bot.initialize()
            hook = _hook(await bot.get_webhook_info())
        places = await _places(bot, chats, ends)
        return Inspection(
            name=bot.bot.first_name,
            username=bot.bot.username or "",
            joins_groups=bool(bot.bot.can_join_groups),
            hears_all=bool(bot.bot.can_read_all_group_messages),
            hook=hook,
            places=places,
        )
    except TimeoutError:
        raise NotSent(Cause.NO_ANSWER) from None
    except Exception as error:  # noqa: BLE001 - whatever breaks has a name of ours
        raise ours(error) from None
    finally:
        await request.shutdown()


def _hook(info: WebhookInfo) -> Hook:
    return Hook(
        url=info.url,
        waiting=info.pending_update_count,
        trouble=safe(info.last_error_message or ""),
        troubled_at=info.last_error_date,
    )


async def _places(bot: Bot, chats: Sequence[str], ends: float) -> tuple[Place, ...]:
    turn = asyncio.Semaphore(AT_ONCE)

    async def look(chat: str) -> Place:
        try:
            async with asyncio.timeout_at(ends), turn:
                return await _place(bot, chat)
        except Exception as error:  # noqa: BLE001 - one chat that nobody understands hides no other
            return Place(chat=chat, seat=_without(ours(error)))

    return tuple(await asyncio.gather(*(look(chat) for chat in chats)))


def _without(error: CourierError) -> Seat:
    """What an error instead of an answer says."""
    match error:
        case ChatLost():
            return Seat.ABSENT
        case Moved():
            return Seat.MOVED
        case _:
            return Seat.UNSEEN


async def _place(bot: Bot, chat: str) -> Place:
    about = await bot.get_chat(chat)
    member = await bot.get_chat_member(chat, bot.id)
    return Place(chat=chat, seat=seat_of(about, member), title=about.title or "")


def seat_of(chat: ChatFullInfo, member: ChatMember) -> Seat:
    """What a member of this kind can do in a chat (https://core.telegram.org/bots/api#chatmember). Pure."""
    match member:
        case ChatMemberAdministrator():
            writes = chat.type != Chat.CHANNEL or bool(member.can_post_messages)
            return Seat.WRITES if writes else Seat.MUTE
        case ChatMemberRestricted():
            if not member.is_member:
                return Seat.ABSENT
            return Seat.WRITES if member.can_send_messages else Seat.MUTE
        case _ if member.status in {ChatMember.LEFT, ChatMember.BANNED}:
            return Seat.ABSENT
        case _:
            return Seat.WRITES if _lets_members_write(chat) else Seat.MUTE


def _lets_members_write(chat: ChatFullInfo) -> bool:
    if chat.type == Chat.CHANNEL:
        return False
    return chat.permissions is None or chat.permissions.can_send_messages is not False
