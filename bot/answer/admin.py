"""Who the admins are, and how somebody becomes one: a link that works once, for a quarter of an hour."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from adapters.platform import Audience, Button, ChatKind, Platform, Reply
from bot.answer import speech
from bot.answer.about import author, first_time
from bot.answer.command import Asked, Command
from bot.answer.options import option
from bot.catalogue import say
from bot.config import Settings
from digest.richtext import Block, Link, Paragraph, Text
from storage import admins
from storage.admins import Admin
from storage.database import Database
from storage.store import Store

log = structlog.get_logger(__name__)

_REMOVE = re.compile(r"remove (?P<platform>[a-z]{1,16}):(?P<person>-?[0-9]{1,20})")


_SAID: Final = {Platform.TELEGRAM: "/start {payload}", Platform.DISCORD: "/admin {code}:{payload}"}
"""What is said in private to become an admin; Discord's people call an option by its name in their language."""


class Admins:
    """The admins: those that the settings name, and those whom links made, as they were last read."""

    def __init__(self, settings: Settings) -> None:
        self._named = frozenset(settings.admins)
        self._made: frozenset[str] = frozenset()

    def note(self, made: Sequence[Admin]) -> None:
        """Take in what was read."""
        self._made = frozenset(f"{one.platform}:{one.person}" for one in made)

    def names(self, person: str) -> bool:
        """Whether the settings name a person, as `telegram:5`."""
        return person in self._named

    def includes(self, platform: str, person: str) -> bool:
        """Whether a person of a platform is an admin."""
        return f"{platform}:{person}" in self._named | self._made

    def of(self, platform: Platform) -> frozenset[str]:
        """The persons of a platform who are."""
        beginning = f"{platform}:"
        return frozenset(
            name.removeprefix(beginning) for name in self._named | self._made if name.startswith(beginning)
        )


class AdminAnswers:
    """The command that makes links, and what becomes of whoever opens one. `token` makes names that nobody guesses."""

    def __init__(self, store: Store, known: Admins, token: Callable[[], str]) -> None:
        self._store = store
        self._known = known
        self._token = token

    def command(self) -> Command:
        """The command."""
        return Command(
            name="admin",
            run=self.admin,
            audience=Audience.ADMINS,
            arguments=True,
            options=(option("code"),),
            opened_by=admins.PAYLOAD,
        )

    async def admin(self, asked: Asked) -> Reply:
        """Make a link, and show whom earlier ones made admins; or take that back from one of the others.

        Whoever has the code of a link becomes an admin with it, where there are no links that do it.
        Nobody can take it from themself: somebody is left who can take it back.
        """
        if asked.query.asker.kind is not ChatKind.PRIVATE:
            private = speech.opener(asked, "private", asked.query.scene.link())
            return speech.tell(asked, asked.say("admin_in_private"), *private, only_asker=True)
        if asked.arguments.startswith(admins.PAYLOAD):
            return await self.open(asked)
        if found := _REMOVE.fullmatch(asked.arguments):
            return await self._remove(asked, found["platform"], found["person"])
        payload, made = await self._store.write(self._make, asked)
        return self._link(asked, payload, made)

    def _make(self, db: Database, asked: Asked) -> tuple[str, list[Admin]]:
        """On a platform the link is one for this platform; the page and the command line cannot know for which."""
        address = asked.query.asker.address
        platform = "" if address.platform is Platform.WEB else address.platform
        payload = admins.make_admin_link(db, platform, asked.now, self._token() + self._token())
        return payload, admins.admins(db)

    def _link(self, asked: Asked, payload: str, made: list[Admin]) -> Reply:
        buttons = [self._remover(asked, one) for one in made if f"{one.platform}:{one.person}" != author(asked)]
        return speech.reply(asked, speech.spoken(*_opens(asked, payload)), buttons=buttons, only_asker=True)

    def _remover(self, asked: Asked, made: Admin) -> Button:
        named = f"{made.platform}:{made.person}"
        return Button(
            label=asked.say("button_remove_admin", person=named), says=f"/admin remove {named}", in_place=True
        )

    async def _remove(self, asked: Asked, platform: str, person: str) -> Reply:
        named = f"{platform}:{person}"
        if named == author(asked):
            return speech.tell(asked, asked.say("admin_self"), only_asker=True)
        removed, made = await self._store.write(_removed, asked, platform, person)
        self._known.note(made)
        if removed:
            log.info("admin.removed", platform=platform, person=person, by=asked.query.asker.person)
        key = "admin_stays" if self._known.names(named) else "admin_removed"
        return speech.tell(asked, asked.say(key, person=named), only_asker=True)

    async def open(self, asked: Asked) -> Reply:
        """Make whoever came through a link an admin. All links that do not hold are answered alike."""
        opened, made = await self._store.write(_opened, asked)
        if not opened:
            log.info("admin.refused", platform=asked.query.asker.address.platform, person=asked.query.asker.person)
            return speech.tell(asked, asked.say("admin_link_gone"), only_asker=True)
        self._known.note(made)
        log.info("admin.made", platform=asked.query.asker.address.platform, person=asked.query.asker.person)
        return speech.tell(asked, asked.say("admin_made"), speech.button(asked, "help", "/help"), only_asker=True)


def _opens(asked: Asked, payload: str) -> tuple[Block, ...]:
    """What is to be done with a payload: open a link; else say it, as the platform's people say it."""
    if link := asked.query.scene.link(payload):
        return (*speech.lines(asked.say("admin_link")), Paragraph((Link((Text(link),), link),)))
    platform = asked.query.asker.address.platform
    if platform in _SAID:
        return speech.lines(f"{asked.say('admin_payload')}\n\n{_line(asked, platform, payload)}")
    said = (asked.say("admin_line", platform=_name(asked, one), line=_line(asked, one, payload)) for one in _SAID)
    return speech.lines("\n\n".join([asked.say("admin_payloads"), *said]))


def _line(asked: Asked, platform: Platform, payload: str) -> str:
    return _SAID[platform].format(payload=payload, code=say(asked.language, "options.code.name"))


def _name(asked: Asked, platform: Platform) -> str:
    return say(asked.language, f"words.platform_{platform}")


def _opened(db: Database, asked: Asked) -> tuple[bool, list[Admin]]:
    asker = asked.query.asker
    opened = admins.open_admin_link(
        db, asked.arguments, platform=asker.address.platform, person=asker.person, now=asked.now
    )
    return opened, admins.admins(db)


def _removed(db: Database, asked: Asked, platform: str, person: str) -> tuple[bool, list[Admin]]:
    return first_time(db, asked) and admins.remove_admin(db, platform, person), admins.admins(db)
