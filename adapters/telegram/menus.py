"""Registers the commands that Telegram offers to whoever types a slash: by language, and by who may use them.

Everybody sees what everyone may ask; a group's administrators see also what they decide there, and an admin, in their
private chat with the account, everything. What is registered already is left as it is.
Source: https://core.telegram.org/bots/api#botcommandscope
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)

from adapters.platform import Audience, Offered, Reception, Refused
from adapters.telegram.errors import ours
from adapters.telegram.health import Patience

MOST_COMMANDS: Final = 100
LONGEST_ABOUT: Final = 256
"""Characters of what a command does (Bot API, BotCommand)."""

ONLY_PRIVATE: Final = frozenset({"start"})
"""Commands that Telegram's own buttons ask; in a group nobody types them."""

_PUBLIC: Final = frozenset({Audience.EVERYONE})
_DECIDING: Final = frozenset({Audience.EVERYONE, Audience.DECIDERS})

log = logging.getLogger(__name__)

Menu = tuple[BotCommand, ...]


def menu(offered: Iterable[Offered], audiences: frozenset[Audience], language: str, *, group: bool = False) -> Menu:
    """The commands for these audiences, in a language; one without words in it is not listed. Pure."""
    listed = [
        BotCommand(command.name, command.about[language][:LONGEST_ABOUT])
        for command in offered
        if command.audience in audiences and language in command.about
        if not (group and command.name in ONLY_PRIVATE)
    ]
    return tuple(listed[:MOST_COMMANDS])


class Menus:
    """The registered commands of one account. `language` is for whoever speaks none of ours."""

    def __init__(self, bot: Bot, reception: Reception, language: str, patience: Patience) -> None:
        self._bot = bot
        self._reception = reception
        self._language = language
        self._patience = patience
        self._admins: frozenset[str] = frozenset()

    async def keep(self) -> None:
        """Register them, and again when the admins change, until cancelled. What fails is tried again later."""
        general = False
        while True:
            before = self._admins
            general = general or await self._registered(self._general())
            await self._admin_menus()
            settled = general and self._admins == self._reception.admins
            changed = before != self._admins
            await asyncio.sleep(self._patience.menus if settled or changed else self._patience.menus_again)

    def _general(self) -> Iterator[tuple[BotCommandScope, frozenset[Audience], bool]]:
        yield BotCommandScopeAllPrivateChats(), _DECIDING, False
        yield BotCommandScopeAllGroupChats(), _PUBLIC, True
        yield BotCommandScopeAllChatAdministrators(), _DECIDING, True

    async def _registered(self, scopes: Iterable[tuple[BotCommandScope, frozenset[Audience], bool]]) -> bool:
        """Whether each of these scopes has its commands now."""
        done = True
        for scope, audiences, group in scopes:
            done = await self._scope(scope, audiences, group=group) and done
        return done

    async def _scope(self, scope: BotCommandScope, audiences: frozenset[Audience], *, group: bool) -> bool:
        offered = self._reception.commands
        spoken = sorted({language for command in offered for language in command.about})
        try:
            for code, language in (("", self._language), *((language, language) for language in spoken)):
                await self._set(scope, menu(offered, audiences, language, group=group), code)
        except Exception as error:  # noqa: BLE001 - whatever breaks, listening goes on
            log.warning("the commands for %s were not registered: %s", scope.type, ours(error))
            return isinstance(ours(error), Refused)  # an admin who never opened the account has no menu there
        return True

    async def _set(self, scope: BotCommandScope, wanted: Sequence[BotCommand], code: str) -> None:
        there = await self._bot.get_my_commands(scope, language_code=code or None)
        if tuple(there) == tuple(wanted):
            return
        if wanted:
            await self._bot.set_my_commands(wanted, scope, language_code=code or None)
        else:
            await self._bot.delete_my_commands(scope, language_code=code or None)

    async def _admin_menus(self) -> None:
        """Give each new admin the whole menu, and take it from who is none any more."""
        now = self._reception.admins
        for person in sorted(self._admins ^ now):
            scope, audiences = BotCommandScopeChat(int(person)), frozenset(Audience) if person in now else frozenset()
            if await self._scope(scope, audiences, group=False):
                self._admins = self._admins | {person} if person in now else self._admins - {person}
