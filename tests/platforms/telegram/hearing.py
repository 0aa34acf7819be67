"""Which bots hear of a message: never of their own, and in groups less if privacy mode is on."""

from __future__ import annotations

from tests.platforms.telegram.accounts import BotAccount
from tests.platforms.telegram.chats import Chat, Entry, Json, Kind


def kind_of_update(entry: Entry, *, edited: bool) -> str:
    """The kind of update that tells of the message."""
    what = "channel_post" if entry.chat.kind is Kind.CHANNEL else "message"
    return f"edited_{what}" if edited else what


def hears(bot: BotAccount, entry: Entry) -> bool:
    """Whether the bot is told."""
    chat = entry.chat
    if entry.author == bot.id:
        return False
    if chat.kind is Kind.PRIVATE:
        return bot.private.get(chat.id) is chat
    member = chat.member(bot.user)
    if not member.is_present:
        # Whoever is thrown out is told by my_chat_member alone.
        return False
    if chat.kind is Kind.CHANNEL:
        return True
    if entry.sender is not None and entry.sender.is_bot and not _speaks_for_a_chat(entry):
        return False
    return bool(entry.service) or not bot.has_privacy or member.leads or _is_meant(bot, entry)


def _speaks_for_a_chat(entry: Entry) -> bool:
    return entry.sender_chat is not None


def _is_meant(bot: BotAccount, entry: Entry) -> bool:
    answered = entry.chat.entries.get(entry.reply_to)
    if answered is not None and answered.author == bot.id:
        return True
    return any(_names(bot, entry.chat, word) for word in _words(entry))


def _words(entry: Entry) -> list[tuple[str, str]]:
    encoded = entry.text.encode("utf-16-le")

    def cut(entity: Json) -> str:
        start = entity["offset"]
        return encoded[2 * start : 2 * (start + entity["length"])].decode("utf-16-le")

    return [(entity["type"], cut(entity)) for entity in entry.entities]


def _names(bot: BotAccount, chat: Chat, word: tuple[str, str]) -> bool:
    """A mention, a command with the bot's name, or one with none if this bot spoke last or is the only one."""
    kind, text = word
    name = f"@{bot.user.username}".lower()
    if kind == "mention":
        return text.lower() == name
    if kind != "bot_command":
        return False
    if "@" in text:
        return text.lower().endswith(name)
    others = [member for member in chat.present if member.user.is_bot and member.user is not bot.user]
    return not others or chat.last_bot in {0, bot.id}
