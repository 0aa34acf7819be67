"""Registers the commands that Telegram offers to whoever types a slash: by language, and by who may use them.

Everybody sees what everyone may ask; a group's administrators see also what they decide there, and an admin, in their
private chat with the account, everything. What is registered already is left as it is.
Source: https://core.telegram.org/bots/api#botcommandscope
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
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

from adapters.platform import Audience, Offered, Reception
from adapters.telegram.errors import ours
from adapters.telegram.health import Patience

MOST_COMMANDS: Final = 100
LONGEST_ABOUT: Final = 256
"""Characters of what a command does (Bot API, BotCommand)."""

ONLY_PRIVATE: Final = frozenset({"start", "channel"})
"""Commands that nobody needs in a group: Telegram's own button asks the one, the other is about a chat elsewhere."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a menu stands. No audiences: there is none."""

    scope: BotCommandScope
    audiences: frozenset[Audience]
    group: bool = False


def places(admins: Iterable[str]) -> dict[str, Place]:
    """Where menus should stand, by a name for each place. Pure."""
    wanted = {
        "private": Place(scope=BotCommandScopeAllPrivateChats(), audiences=_DECIDING),
        "groups": Place(scope=BotCommandScopeAllGroupChats(), audiences=_PUBLIC, group=True),
        "deciders": Place(scope=BotCommandScopeAllChatAdministrators(), audiences=_DECIDING, group=True),
    }
    for person in sorted(filter(str.isdecimal, admins)):
        wanted[person] = Place(scope=BotCommandScopeChat(int(person)), audiences=frozenset(Audience))
    return wanted


class Menus:
    """The registered commands of one account. `language` is for whoever speaks none of ours; `clock` gives seconds."""

    def __init__(
        self, bot: Bot, reception: Reception, language: str, patience: Patience, clock: Callable[[], float]
    ) -> None:
        self._bot = bot
        self._reception = reception
        self._language = language
        self._patience = patience
        self._clock = clock
        self._there: dict[str, Place] = {}
        self._rests: dict[str, float] = {}

    async def keep(self) -> None:
        """Register them, and again when the admins change, until cancelled. What fails is tried again later."""
        while True:
            wanted = places(self._reception.admins)
            gone = {name: replace(place, audiences=frozenset()) for name, place in self._there.items()}
            for name, place in (gone | wanted).items():
                if self._there.get(name) != place and self._rests.get(name, 0.0) <= self._clock():
                    await self._try(name, place)
            await asyncio.sleep(self._patience.menus)

    async def _try(self, name: str, place: Place) -> None:
        try:
            await self._register(place)
        except Exception as error:  # noqa: BLE001 - whatever breaks, listening goes on
            log.info("the commands for %s are not registered: %s", name, ours(error))
            self._rests[name] = self._clock() + self._patience.menus_again
            return
        if place.audiences:
            self._there[name] = place
        else:
            self._there.pop(name, None)

    async def _register(self, place: Place) -> None:
        offered = self._reception.commands
        spoken = sorted({language for command in offered for language in command.about})
        for code, language in (("", self._language), *((language, language) for language in spoken)):
            await self._set(place.scope, menu(offered, place.audiences, language, group=place.group), code)

    async def _set(self, scope: BotCommandScope, wanted: Sequence[BotCommand], code: str) -> None:
        there = await self._bot.get_my_commands(scope, language_code=code or None)
        if tuple(there) == tuple(wanted):
            return
        if wanted:
            await self._bot.set_my_commands(wanted, scope, language_code=code or None)
        else:
            await self._bot.delete_my_commands(scope, language_code=code or None)
