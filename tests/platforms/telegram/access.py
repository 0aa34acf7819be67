"""Which chats a bot reaches and where it may write, with the words in which Telegram refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.platforms.telegram.accounts import BotAccount
from tests.platforms.telegram.answers import bad, forbidden
from tests.platforms.telegram.chats import GENERAL, Chat, Entry, Kind, Status, User

if TYPE_CHECKING:
    from tests.platforms.telegram.core import Core


def named_chat(core: Core, bot: BotAccount, name: Any) -> Chat:
    """The chat that a request names, if the bot knows it; raises ApiError."""
    if name in ("", None):
        raise bad("chat_id is empty")
    found = _by_name(core, bot, name) if isinstance(name, str) and name.startswith("@") else _by_id(core, bot, name)
    if found is None:
        raise bad("chat not found")
    return found


def _by_name(core: Core, bot: BotAccount, name: str) -> Chat | None:
    """A person's username does not do: only chats that are public are found by it."""
    del bot
    wanted = name[1:].lower()
    return next((chat for chat in core.chats.values() if wanted and chat.username.lower() == wanted), None)


def _by_id(core: Core, bot: BotAccount, name: Any) -> Chat | None:
    try:
        number = int(name)
    except ValueError:
        return None
    if number > 0:
        return bot.private.get(number) or _met(core, bot, number)
    chat = core.chats.get(number)
    return chat if chat is not None and (bot.id in chat.members or chat.username) else None


def _met(core: Core, bot: BotAccount, number: int) -> Chat | None:
    """A private chat that nobody began, with somebody whom the bot knows from elsewhere."""
    user = core.users.get(number)
    if user is None:
        return None
    if user.is_bot:
        raise forbidden("bot can't send messages to bots")
    known = any(bot.id in chat.members and number in chat.members for chat in core.chats.values())
    return core.private(bot, user) if known else None


def reachable(core: Core, bot: BotAccount, name: Any) -> Chat:
    """The chat, if the bot is in it; raises ApiError with what happened to it."""
    chat = named_chat(core, bot, name)
    if chat.migrated_to is not None:
        raise bad("group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.migrated_to.id)
    if chat.is_deleted:
        raise forbidden("the group chat was deleted") if chat.kind is Kind.GROUP else bad("chat not found")
    if chat.kind is not Kind.PRIVATE:
        status = chat.member(bot.user).status
        if status is Status.KICKED:
            raise forbidden(f"bot was kicked from the {chat.kind} chat")
        if status is Status.LEFT:
            raise forbidden(f"bot is not a member of the {chat.kind} chat")
    return chat


def may_speak(bot: BotAccount, chat: Chat) -> None:
    """Raise ApiError unless the bot may send a text there."""
    if chat.kind is Kind.PRIVATE:
        _listens(chat)
        return
    member = chat.member(bot.user)
    if chat.kind is Kind.CHANNEL:
        if not member.may("can_post_messages"):
            raise bad("need administrator rights in the channel chat")
    elif not member.leads and not (member.may_send if member.status is Status.RESTRICTED else chat.may_send):
        raise bad(chat.silenced)


def _listens(chat: Chat) -> None:
    assert chat.person is not None
    if chat.person.is_deactivated:
        raise forbidden("user is deactivated")
    if chat.is_blocked:
        raise forbidden("bot was blocked by the user")
    if not chat.is_started:
        raise forbidden("bot can't initiate conversation with a user")


def thread_of(bot: BotAccount, chat: Chat, wanted: int, answered: Entry | None) -> int:
    """The topic or thread that a message comes to stand in; raises ApiError. `wanted`: 0 for none named."""
    if not chat.is_forum:
        return _reply_thread(chat, wanted, answered)
    if wanted == GENERAL or (wanted and wanted not in chat.topics):
        raise bad("message thread not found")
    thread = wanted or (answered.thread if answered else 0) or GENERAL
    topic = chat.topics[thread]
    if topic.gone:
        raise bad(topic.gone)
    if topic.is_closed and not chat.member(bot.user).may("can_manage_topics"):
        raise bad("TOPIC_CLOSED")
    return thread


def _reply_thread(chat: Chat, wanted: int, answered: Entry | None) -> int:
    """In a supergroup without topics, replies to a message make a thread that is named after it."""
    if wanted and (chat.kind is not Kind.SUPERGROUP or wanted not in chat.entries):
        raise bad("message thread not found")
    if answered is None or chat.kind is not Kind.SUPERGROUP:
        return wanted
    return answered.thread or answered.id


def may_delete(bot: BotAccount, entry: Entry, age: float, deletable: float) -> None:
    """Raise ApiError unless the bot may delete the message (Bot API, deleteMessage)."""
    chat, member = entry.chat, entry.chat.member(bot.user)
    if entry.service.keys() & {"supergroup_chat_created", "channel_chat_created", "forum_topic_created"}:
        raise bad("message can't be deleted")
    is_mine = is_own(bot, entry)
    if chat.kind is Kind.PRIVATE:
        allowed = True
    elif chat.kind is Kind.CHANNEL:
        allowed = member.may("can_delete_messages") or (is_mine and member.may("can_post_messages"))
    else:
        allowed = is_mine or member.may("can_delete_messages") or (chat.kind is Kind.GROUP and member.leads)
    if not allowed:
        raise bad("message can't be deleted")
    # Telegram's moderators are not bound by the age; our bot is only where it deletes by right.
    if age > deletable and not (chat.kind is not Kind.PRIVATE and member.may("can_delete_messages")):
        raise bad("message can't be deleted for everyone")


def is_own(bot: BotAccount, entry: Entry) -> bool:
    """Whether the bot itself wrote the message."""
    return entry.author == bot.id


def may_edit(bot: BotAccount, entry: Entry) -> None:
    """Raise ApiError unless the bot may edit the message."""
    member = entry.chat.member(bot.user)
    if entry.service or entry.is_automatic or entry.origin is not None:
        raise bad("message can't be edited")
    if entry.chat.kind is Kind.CHANNEL:
        if not member.may("can_edit_messages") and not (is_own(bot, entry) and member.may("can_post_messages")):
            raise bad("message can't be edited")
    elif not is_own(bot, entry):
        raise bad("message can't be edited")


def person_named(core: Core, number: int) -> User:
    """Somebody by their id; raises ApiError."""
    user = core.users.get(number)
    if user is None:
        raise bad("user not found")
    return user
