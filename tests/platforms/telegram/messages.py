"""The methods that write: send, edit, delete, answer a press."""

from __future__ import annotations

import re
from typing import Any, Final

from tests.platforms.telegram.access import (
    may_delete,
    may_edit,
    may_speak,
    reachable,
    thread_of,
)
from tests.platforms.telegram.accounts import BotAccount, Popup
from tests.platforms.telegram.answers import bad, too_many
from tests.platforms.telegram.chats import Chat, Entry, Json, Kind
from tests.platforms.telegram.core import Core
from tests.platforms.telegram.entities import spelled, unknown_kinds
from tests.platforms.telegram.markup import keyboard

LONGEST_POPUP: Final = 200
MOST_DELETED: Final = 100
STARS_FOR_TEN: Final = 1

_NOT_SIMULATED: Final = frozenset(
    {
        "business_connection_id",
        "direct_messages_topic_id",
        "message_effect_id",
        "suggested_post_parameters",
        "inline_message_id",
        "rich_message",
        "reply_parameters.quote",
        "reply_parameters.quote_entities",
        "reply_markup.keyboard",
        "reply_markup.remove_keyboard",
        "reply_markup.force_reply",
    }
)
"""What the Bot API knows and nobody has asked for here: passing it over in silence would be too kind."""

_ACTIONS: Final = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)


def send_message(core: Core, bot: BotAccount, given: Json) -> Json:
    """A new message (Bot API, sendMessage)."""
    text, entities = _text_of(core, given)
    chat = reachable(core, bot, given.get("chat_id"))
    keys = keyboard(given.get("reply_markup"), is_channel=chat.kind is Kind.CHANNEL)
    _claim(core, bot, chat, pays=given.get("allow_paid_broadcast", False))
    may_speak(bot, chat)
    wanted = given.get("message_thread_id", 0)
    answered = _answered(core, chat, given.get("reply_parameters"), wanted)
    thread = thread_of(bot, chat, wanted, answered)
    chat.last_bot = bot.id
    entry = core.post(
        chat,
        author=bot.id,
        **_face(bot, chat),
        text=text,
        entities=entities,
        thread=thread,
        reply_to=answered.id if answered else 0,
        silent=given.get("disable_notification", False),
        keyboard=keys,
        preview=given.get("link_preview_options"),
        paid=given.get("allow_paid_broadcast", False),
    )
    return entry.json()


def edit_message_text(core: Core, bot: BotAccount, given: Json) -> Json:
    """New words for a message (Bot API, editMessageText); buttons that are not named again go."""
    text, entities = _text_of(core, given)
    entry = _to_edit(core, bot, given)
    keys = keyboard(given.get("reply_markup"), is_channel=entry.chat.kind is Kind.CHANNEL)
    _claim(core, bot, entry.chat, pays=False)
    may_edit(bot, entry)
    if (text, entities, keys) == (entry.text, entry.entities, entry.keyboard):
        raise bad(NOT_MODIFIED)
    core.revise(entry, text=text, entities=entities, keyboard=keys, preview=given.get("link_preview_options"))
    return entry.json()


def edit_message_reply_markup(core: Core, bot: BotAccount, given: Json) -> Json:
    """New buttons for a message (Bot API, editMessageReplyMarkup)."""
    entry = _to_edit(core, bot, given)
    keys = keyboard(given.get("reply_markup"), is_channel=entry.chat.kind is Kind.CHANNEL)
    _claim(core, bot, entry.chat, pays=False)
    may_edit(bot, entry)
    if keys == entry.keyboard:
        raise bad(NOT_MODIFIED)
    core.revise(entry, keyboard=keys)
    return entry.json()


NOT_MODIFIED: Final = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)


def delete_message(core: Core, bot: BotAccount, given: Json) -> bool:
    """Take a message back (Bot API, deleteMessage)."""
    chat = reachable(core, bot, given.get("chat_id"))
    entry = chat.entries.get(given.get("message_id", 0))
    if entry is None:
        raise bad("message to delete not found")
    may_delete(bot, entry, core.date - entry.date, core.limits.deletable)
    _remove(core, entry)
    return True


def delete_messages(core: Core, bot: BotAccount, given: Json) -> bool:
    """Take several messages back; those that are not there are passed over (Bot API, deleteMessages)."""
    chat = reachable(core, bot, given.get("chat_id"))
    numbers = given.get("message_ids", [])
    if not 1 <= len(numbers) <= MOST_DELETED:
        raise bad("there are too many messages to delete" if numbers else "message identifiers are not specified")
    entries = [chat.entries[number] for number in numbers if number in chat.entries]
    for entry in entries:
        may_delete(bot, entry, core.date - entry.date, core.limits.deletable)
    for entry in entries:
        _remove(core, entry)
    return True


def answer_callback_query(core: Core, bot: BotAccount, given: Json) -> bool:
    """Tell whoever pressed a button (Bot API, answerCallbackQuery); once, and soon."""
    press = bot.presses.get(given.get("callback_query_id", ""))
    if press is None or press.answer is not None or core.now() - press.at > core.limits.query_life:
        raise bad("query is too old and response timeout expired or query ID is invalid")
    text, url = given.get("text", ""), given.get("url", "")
    if len(text) > LONGEST_POPUP:
        raise bad("MESSAGE_TOO_LONG")
    if url and not _opens_the_bot(bot, url):
        raise bad("URL_INVALID")
    press.answer = Popup(text=text, is_alert=given.get("show_alert", False), url=url)
    core.changed()
    return True


def send_chat_action(core: Core, bot: BotAccount, given: Json) -> bool:
    """Show that the bot is busy (Bot API, sendChatAction); not in channels."""
    chat = reachable(core, bot, given.get("chat_id"))
    if given.get("action") not in _ACTIONS:
        raise bad("wrong parameter action in request")
    if chat.kind is Kind.CHANNEL:
        raise bad("chat actions can't be sent to channels")
    may_speak(bot, chat)
    thread_of(bot, chat, given.get("message_thread_id", 0), None)
    return True


def _text_of(core: Core, given: Json) -> tuple[str, list[Json]]:
    nested = [f"{name}.{inner}" for name, value in given.items() if isinstance(value, dict) for inner in value]
    for name in sorted(_NOT_SIMULATED & {*given, *nested}):
        core.violation(f"{name} is not simulated")
    if given.get("entities") and given.get("parse_mode"):
        core.violation("both entities and parse_mode are named")
    for kind in unknown_kinds(given.get("entities")):
        core.violation(f"an entity of the kind {kind} is sent")
    return spelled(given.get("text", ""), given.get("entities"), given.get("parse_mode", ""))


def _claim(core: Core, bot: BotAccount, chat: Chat, *, pays: bool) -> None:
    """Take a place in the windows; raises ApiError where there is none."""
    if pays and bot.stars <= 0:
        raise bad("BALANCE_TOO_LOW")
    before = bot.pacer.paid
    flood = bot.pacer.claim(chat.id, core.now(), is_group=chat.kind is not Kind.PRIVATE, pays=pays)
    if flood is not None:
        core.hasty = flood.hasty
        raise too_many(flood.retry_after)
    # A paid message costs a tenth of a star.
    if bot.pacer.paid > before and bot.pacer.paid % 10 == 0:
        bot.stars -= STARS_FOR_TEN


def _answered(core: Core, chat: Chat, reply: Any, thread: int) -> Entry | None:
    """The message that is replied to; raises ApiError if it is not there and nothing else is allowed.

    In a forum, one that stands in another topic than the one that is named is not there.
    """
    if not reply:
        return None
    entry = chat.entries.get(reply["message_id"])
    if entry is not None and chat.is_forum and thread and entry.thread != thread:
        entry = None
    if reply.get("chat_id", chat.id) not in (chat.id, f"@{chat.username}"):
        core.violation("a reply to a message of another chat")
        entry = None
    if entry is None and not reply.get("allow_sending_without_reply"):
        raise bad("message to be replied not found")
    return entry


def _face(bot: BotAccount, chat: Chat) -> dict[str, Any]:
    """In a channel, it is the channel that speaks."""
    return {"sender_chat": chat} if chat.kind is Kind.CHANNEL else {"sender": bot.user}


def _to_edit(core: Core, bot: BotAccount, given: Json) -> Entry:
    chat = reachable(core, bot, given.get("chat_id"))
    if chat.kind is Kind.PRIVATE:
        may_speak(bot, chat)
    entry = chat.entries.get(given.get("message_id", 0))
    if entry is None:
        raise bad("message to edit not found")
    return entry


def _remove(core: Core, entry: Entry) -> None:
    del entry.chat.entries[entry.id]
    core.changed()


def _opens_the_bot(bot: BotAccount, url: str) -> bool:
    name = re.escape(bot.user.username)
    return (
        re.fullmatch(rf"(?:https?://)?(?:t\.me|telegram\.me)/{name}\?start=[\w-]{{1,64}}", url, re.IGNORECASE)
        is not None
    )
