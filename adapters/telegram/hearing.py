"""What an update says: a question, a press of a button, or news of a chat. Pure.

Most updates say nothing to us: words between people in a group, other bots' words, our own, edits, a channel's posts
and their copies in its discussion group. In a group a command without a bot's name may be meant for any bot there.

Source of what the fields mean: https://core.telegram.org/bots/api#message and the objects that it names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from telegram import (
    CallbackQuery,
    Chat,
    ChatFullInfo,
    ChatMember,
    ChatMemberAdministrator,
    ChatMemberMember,
    ChatMemberRestricted,
    ChatMemberUpdated,
    Message,
    MessageOriginChannel,
    Update,
    User,
)

from adapters.naming import chat_name
from adapters.platform import AccountId, Address, Asker, ChatEvent, ChatKind, Fate, Platform

WANTED: Final = ("message", "callback_query", "my_chat_member")
"""The kinds of update that Telegram is asked for."""

LONGEST_WORDS: Final = 16_384
"""Code points. Telegram's own limit is 4,096; what is longer did not come from a person."""

CHANNEL_COMMAND: Final = "/channel"
"""What somebody asks who forwards a channel's message."""

_COMMAND = re.compile(r"\s*[/／][^\s@＠/／]{1,64}(?:[@＠](?P<bot>\w{1,64}))?(?=\s|\Z)")
CONTENT: Final = (
    "animation",
    "audio",
    "contact",
    "dice",
    "document",
    "location",
    "photo",
    "poll",
    "sticker",
    "story",
    "video",
    "video_note",
    "voice",
)
"""What a person can send instead of words; a message with none of it tells of the chat itself."""

_OUTSIDE: Final = frozenset({ChatMember.LEFT, ChatMember.BANNED})

_KINDS: Final = {
    "private": ChatKind.PRIVATE,
    "group": ChatKind.GROUP,
    "supergroup": ChatKind.GROUP,
    "channel": ChatKind.CHANNEL,
}


class Speaker(StrEnum):
    """In whose name something is said."""

    PERSON = "person"
    CHAT = "chat"
    """An administrator who stays anonymous."""
    CHANNEL = "channel"
    """Somebody who speaks as a channel of theirs: who, Telegram does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """The account as Telegram knows it; `username` comes without `@`."""

    account: AccountId
    username: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Words to us. `message` is their id; `album` names the messages that were sent as one.

    `chat_name`: what people call the chat; empty for a person's.
    """

    update: str
    asker: Asker
    text: str
    message: str
    addressed: bool = True
    speaker: Speaker = Speaker.PERSON
    album: str = ""
    chat_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A press of a button below one of our messages. `press` is what Telegram wants answered.

    `reachable`: the message is young enough to be changed. `genuine`: it has the button; a hostile client makes any up.
    `chat_name`: what people call the chat; empty for a person's.
    """

    update: str
    asker: Asker
    press: str
    data: str
    message: str
    reachable: bool = True
    genuine: bool = True
    chat_name: str = ""


Heard = Said | Pressed | ChatEvent


def hear(update: Update, me: Me) -> Heard | None:
    """What the update says to us, if anything."""
    if update.message is not None:
        return _message(update.message, str(update.update_id), me)
    if update.callback_query is not None:
        return _press(update.callback_query, str(update.update_id), me)
    if update.my_chat_member is not None:
        return _change(update.my_chat_member, str(update.update_id), me)
    return None


def kind_of(chat: Chat | ChatFullInfo) -> ChatKind | None:
    """What the chat is to those who are in it; None for kinds in which nothing is asked."""
    return None if chat.is_direct_messages else _KINDS.get(chat.type)


def written(username: object) -> str:
    """A public name as people write it; empty for none."""
    return f"@{username}" if isinstance(username, str) and username else ""


def name_of(chat: Chat | ChatFullInfo) -> str:
    """What people call a group or a channel, as `AI 频道 (@aidaily)`; empty for a person's chat, which has no title."""
    return chat_name(chat.title, written(chat.username)) if isinstance(chat.title, str) else ""


def number_of(update: Update) -> int:
    """What the update is known by."""
    return update.update_id


def line_of(update: Update) -> str:
    """What has to be answered in order: what one person does in one chat; empty where it belongs to no chat.

    Hundreds may press a button below one message at once, and none should wait for the others.
    """
    chat, message, press = update.effective_chat, update.message, update.callback_query
    if chat is None:
        return ""
    who = press.from_user if press else (message.sender_chat or message.from_user) if message else None
    return str(chat.id) if who is None or kind_of(chat) is ChatKind.PRIVATE else f"{chat.id}/{who.id}"


# --- Words -------------------------------------------------------------------------------------------------------


def _message(message: Message, update: str, me: Me) -> Said | ChatEvent | None:
    if message.migrate_to_chat_id or message.migrate_from_chat_id:
        return _migration(message, update, me)
    if message.new_chat_title:
        return _renaming(message, update, me)
    kind, who = kind_of(message.chat), _who(message)
    if kind is None or kind is ChatKind.CHANNEL or who is None or message.is_automatic_forward:
        return None
    words = _private_words(message) if kind is ChatKind.PRIVATE else _group_words(message, me)
    if words is None or len(words[0]) > LONGEST_WORDS:
        return None
    person, language, speaker = who
    text, addressed = words
    address = _address(message.chat, me, _thread(message))
    return Said(
        update=update,
        asker=Asker(address=address, person=person, language=language, kind=kind),
        text=text,
        message=str(message.message_id),
        addressed=addressed,
        speaker=speaker,
        album=message.media_group_id or "",
        chat_name=name_of(message.chat),
    )


def _who(message: Message) -> tuple[str, str, Speaker] | None:
    """Whose words these are, their language, and in whose name; None for a bot's."""
    if (chat := message.sender_chat) is not None:
        return str(chat.id), "", Speaker.CHAT if chat.id == message.chat.id else Speaker.CHANNEL
    if message.from_user is None or message.from_user.is_bot:
        return None
    return str(message.from_user.id), message.from_user.language_code or "", Speaker.PERSON


def _private_words(message: Message) -> tuple[str, bool] | None:
    """In private everything is for us. Somebody else's words are not the forwarder's, least of all a command."""
    match message.forward_origin:
        case None:
            pass
        case MessageOriginChannel(chat=channel):
            return f"{CHANNEL_COMMAND} @{channel.id}", True
        case _:
            return "", True
    text = message.text or message.caption or ""
    if text or any(getattr(message, name) for name in CONTENT):
        return text, True
    return None


def _group_words(message: Message, me: Me) -> tuple[str, bool] | None:
    """The words that may be for us, and whether they surely are.

    Words below a message of ours are a conversation about it, and none with us; a command there is for us.
    """
    text = message.text or message.caption or ""
    if message.forward_origin is not None or not text:
        return None
    if found := _COMMAND.match(text):
        named = found["bot"]
        if named is not None:
            return (text, True) if named.lower() == me.username.lower() else None
        return text, _answers_us(message, me)
    mention = re.compile(rf"[@＠]{re.escape(me.username)}(?!\w)", re.IGNORECASE)
    if me.username and mention.search(text):
        return mention.sub("", text, count=1).strip(), True
    return None


def _answers_us(message: Message, me: Me) -> bool:
    earlier = message.reply_to_message
    return earlier is not None and earlier.from_user is not None and str(earlier.from_user.id) == me.account


def _thread(message: Message) -> str:
    """The forum topic; none for «General», which Telegram does not name."""
    return str(message.message_thread_id or "") if message.is_topic_message else ""


def _address(chat: Chat, me: Me, thread: str = "") -> Address:
    return Address(platform=Platform.TELEGRAM, account=me.account, chat=str(chat.id), thread=thread)


# --- Presses -----------------------------------------------------------------------------------------------------


def _press(query: CallbackQuery, update: str, me: Me) -> Pressed | None:
    message, data = query.message, query.data
    if message is None or not data or query.from_user.is_bot:
        return None
    kind = kind_of(message.chat)
    if kind is None:
        return None
    thread = _thread(message) if isinstance(message, Message) else ""
    address = _address(message.chat, me, thread)
    language = query.from_user.language_code or ""
    return Pressed(
        update=update,
        asker=Asker(address=address, person=str(query.from_user.id), language=language, kind=kind),
        press=query.id,
        data=data,
        message=str(message.message_id),
        reachable=message.is_accessible,  # its class says nothing: the library takes every one for a whole message
        genuine=isinstance(message, Message) and data in _buttons(message),
        chat_name=name_of(message.chat),
    )


def _buttons(message: Message) -> Iterator[object]:
    """What the buttons below a message say."""
    rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
    return (button.callback_data for row in rows for button in row)


# --- News of a chat ----------------------------------------------------------------------------------------------


def _migration(message: Message, update: str, me: Me) -> ChatEvent:
    """Both chats tell of a migration: the old one where it goes, the new one where it came from."""
    old, new = message.chat.id, message.migrate_to_chat_id
    if new is None:
        old, new = message.migrate_from_chat_id or old, message.chat.id
    address = Address(platform=Platform.TELEGRAM, account=me.account, chat=str(old))
    return ChatEvent(
        address=address,
        kind=ChatKind.GROUP,
        fate=Fate.MOVED,
        update=update,
        title=message.chat.title or "",
        to=str(new),
        chat_name=name_of(message.chat),
    )


def _renaming(message: Message, update: str, me: Me) -> ChatEvent | None:
    """Somebody gave a group another title; channels do not tell it."""
    kind = kind_of(message.chat)
    if kind is None:
        return None
    return ChatEvent(
        address=_address(message.chat, me),
        kind=kind,
        fate=Fate.NAMED,
        update=update,
        title=message.new_chat_title or "",
        chat_name=chat_name(str(message.new_chat_title), written(message.chat.username)),
    )


def _change(change: ChatMemberUpdated, update: str, me: Me) -> ChatEvent | None:
    kind = kind_of(change.chat)
    if kind is None or str(change.new_chat_member.user.id) != me.account:
        return None
    fate = fate_of(change.new_chat_member, kind)
    if fate is None:
        return None
    was = fate_of(change.old_chat_member, kind)
    return ChatEvent(
        address=_address(change.chat, me),
        kind=kind,
        fate=fate,
        update=update,
        by=None if was is fate else _author(change.from_user, me),  # other rights: of that there is nothing to say
        title=change.chat.title or "",
        new=kind is not ChatKind.PRIVATE and was is Fate.LOST and fate is not Fate.LOST,
        chat_name=name_of(change.chat),
    )


def fate_of(member: ChatMember, kind: ChatKind) -> Fate | None:
    """What an account in this position may do in a chat of this kind; None for a position that is not known here."""
    if member.status in _OUTSIDE:
        return Fate.LOST
    match member:
        case ChatMemberRestricted(is_member=False):
            return Fate.LOST
        case ChatMemberRestricted(can_send_messages=may):
            return Fate.OPEN if may else Fate.MUTE
        case ChatMemberAdministrator(can_post_messages=may):
            return Fate.OPEN if may or kind is not ChatKind.CHANNEL else Fate.MUTE
        case ChatMemberMember():
            return Fate.MUTE if kind is ChatKind.CHANNEL else Fate.OPEN
        case _:
            return None


def _author(user: User, me: Me) -> Asker | None:
    """Who did it, at the private chat in which they can be told."""
    if user.is_bot:
        return None
    address = Address(platform=Platform.TELEGRAM, account=me.account, chat=str(user.id))
    return Asker(address=address, person=str(user.id), language=user.language_code or "")
