"""The methods that ask or tell what is: the bot, its commands and words, chats and their members."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from tests.platforms.telegram.access import named_chat, person_named, reachable
from tests.platforms.telegram.accounts import BotAccount
from tests.platforms.telegram.answers import bad
from tests.platforms.telegram.chats import Chat, Json, Kind, Member, Status, User
from tests.platforms.telegram.core import Core

MOST_COMMANDS: Final = 100
_COMMAND: Final = re.compile(r"[a-z0-9_]{1,32}")
_LONGEST_TEXTS: Final = {"description": 512, "short_description": 120}
_SCOPES: Final = frozenset(
    {
        "default",
        "all_private_chats",
        "all_group_chats",
        "all_chat_administrators",
        "chat",
        "chat_administrators",
        "chat_member",
    }
)


def get_me(core: Core, bot: BotAccount, given: Json) -> Json:
    """The bot itself (Bot API, getMe)."""
    del core, given
    return bot.user.json() | {
        "can_join_groups": bot.can_join_groups,
        "can_read_all_group_messages": not bot.has_privacy,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


# --- Commands and words


def set_my_commands(core: Core, bot: BotAccount, given: Json) -> bool:
    """The commands that clients offer (Bot API, setMyCommands)."""
    commands = given.get("commands", [])
    if len(commands) > MOST_COMMANDS:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not _COMMAND.fullmatch(command["command"]):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(command["description"]) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    bot.commands[_scope(core, bot, given)] = commands
    core.changed()
    return True


def get_my_commands(core: Core, bot: BotAccount, given: Json) -> list[Json]:
    """The commands of one scope and language (Bot API, getMyCommands)."""
    return bot.commands.get(_scope(core, bot, given), [])


def delete_my_commands(core: Core, bot: BotAccount, given: Json) -> bool:
    """No commands of its own for a scope and language (Bot API, deleteMyCommands)."""
    bot.commands.pop(_scope(core, bot, given), None)
    return True


def set_text(what: str) -> Callable[[Core, BotAccount, Json], bool]:
    """The method that sets the bot's description or short description."""

    def method(core: Core, bot: BotAccount, given: Json) -> bool:
        text = given.get(what, "")
        if len(text) > _LONGEST_TEXTS[what]:
            raise bad(f"BOT_{what.upper()}_TOO_LONG")
        bot.texts[what, _language(given)] = text
        core.changed()
        return True

    return method


def get_text(what: str) -> Callable[[Core, BotAccount, Json], Json]:
    """The method that tells the bot's description or short description."""

    def method(core: Core, bot: BotAccount, given: Json) -> Json:
        del core
        return {what: bot.texts.get((what, _language(given))) or bot.texts.get((what, ""), "")}

    return method


def set_chat_menu_button(core: Core, bot: BotAccount, given: Json) -> bool:
    """What opens beside the input field (Bot API, setChatMenuButton)."""
    chat = reachable(core, bot, given["chat_id"]).id if "chat_id" in given else 0
    bot.menus[chat] = given.get("menu_button", {"type": "default"})
    return True


def _scope(core: Core, bot: BotAccount, given: Json) -> tuple[str, str]:
    scope = given.get("scope", {"type": "default"})
    kind = scope["type"]
    if kind not in _SCOPES:
        raise bad("can't parse BotCommandScope: unsupported type specified")
    if "chat_id" in scope:
        kind += f":{reachable(core, bot, scope['chat_id']).id}"
    if "user_id" in scope:
        kind += f":{person_named(core, scope['user_id']).id}"
    return kind, _language(given)


def _language(given: Json) -> str:
    language: str = given.get("language_code", "")
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad("Invalid language code specified")
    return language


# --- Chats and members


def get_chat(core: Core, bot: BotAccount, given: Json) -> Json:
    """Everything about a chat (Bot API, getChat)."""
    chat = named_chat(core, bot, given.get("chat_id"))
    if not (chat.kind is Kind.CHANNEL and chat.username):
        chat = reachable(core, bot, chat.id if chat.kind is not Kind.PRIVATE else given.get("chat_id"))
    gifts = dict.fromkeys(("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription"), False)
    told = chat.json() | {
        "accent_color_id": chat.id % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": gifts | {"gifts_from_channels": False},
    }
    if chat.linked is not None:
        told["linked_chat_id"] = chat.linked.id
    if chat.username:
        told["active_usernames"] = [chat.username]
    return told


def get_chat_member(core: Core, bot: BotAccount, given: Json) -> Json:
    """What somebody is in a chat (Bot API, getChatMember)."""
    chat = _with_members(core, bot, given)
    user = person_named(core, given.get("user_id", 0))
    if chat.kind is Kind.PRIVATE:
        return Member(user=user, status=Status.MEMBER).json(chat.kind)
    if chat.hides_members and user is not bot.user and not chat.member(bot.user).leads:
        raise bad("CHAT_ADMIN_REQUIRED")
    return chat.member(user).json(chat.kind)


def get_chat_administrators(core: Core, bot: BotAccount, given: Json) -> list[Json]:
    """Who leads a chat (Bot API, getChatAdministrators); other bots only if asked for."""
    chat = _with_members(core, bot, given)
    if chat.kind is Kind.PRIVATE:
        raise bad("there are no administrators in the private chat")
    leaders = [member for member in chat.present if member.leads]
    shown = [m for m in leaders if not m.user.is_bot or m.user is bot.user or given.get("return_bots")]
    return [member.json(chat.kind) for member in shown]


def get_chat_member_count(core: Core, bot: BotAccount, given: Json) -> int:
    """How many are in a chat (Bot API, getChatMemberCount)."""
    chat = _with_members(core, bot, given)
    return 2 if chat.kind is Kind.PRIVATE else len(chat.present)


def leave_chat(core: Core, bot: BotAccount, given: Json) -> bool:
    """Go (Bot API, leaveChat); of its own going a bot hears, as of being thrown out."""
    chat = reachable(core, bot, given.get("chat_id"))
    if chat.kind is Kind.PRIVATE:
        raise bad("chat member status can't be changed in private chats")
    change_member(core, bot, chat, Member(user=bot.user, status=Status.LEFT), by=bot.user)
    return True


def change_member(core: Core, bot: BotAccount, chat: Chat, new: Member, *, by: User) -> None:
    """The bot's own place in a chat changes, and it hears of it."""
    with core.lock:
        old = chat.member(bot.user)
        chat.members[bot.id] = new
        told = {"chat": chat.json(), "from": by.json(), "date": core.date}
        told |= {"old_chat_member": old.json(chat.kind), "new_chat_member": new.json(chat.kind)}
        core.emit(bot, "my_chat_member", told)


def _with_members(core: Core, bot: BotAccount, given: Json) -> Chat:
    chat = named_chat(core, bot, given.get("chat_id"))
    if chat.kind is Kind.CHANNEL and chat.member(bot.user).status is Status.LEFT:
        raise bad("member list is inaccessible")
    return reachable(core, bot, given.get("chat_id"))
