"""Answers queries: finds the command, asks whether the asker may use it, and never raises for what a person said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import structlog

from adapters.platform import Dialect, Platform, Query, Reply
from bot.answer import speech
from bot.answer.command import Asked, Command, Spoken, Who, cut, named, nearest, taken_apart
from bot.answer.editor import EditorAnswers
from bot.answer.reader import ReaderAnswers, place_of
from bot.answer.shelf import RulesOf, rules_of
from bot.catalogue import spoken as spoken_here
from bot.config import Settings
from digest.richtext import List
from storage import subscriptions
from storage.store import Store, StoreError

log = structlog.get_logger(__name__)


def _nothing() -> None:
    """Nobody waits to hear of a change."""


class Answerer:
    """Every command, served to every listener.

    `dialects` are those of the platforms that may ask; `rules` say how the posts of a source are read; `token` makes
    names of 8 to 32 lower-case letters and digits that nobody guesses; `changed` is called after a committed effect.
    `idle`: nothing is sent before the next start.
    """

    def __init__(
        self,
        *,
        store: Store,
        dialects: Mapping[Platform, Dialect],
        settings: Settings,
        now: Callable[[], datetime],
        token: Callable[[], str],
        rules: RulesOf | None = None,
        changed: Callable[[], None] = _nothing,
        idle: bool = False,
    ) -> None:
        self._store = store
        self._settings = settings
        self._now = now
        known = rules or rules_of(settings)
        readers = ReaderAnswers(store, dialects, settings, known, changed)
        editors = EditorAnswers(store, dialects, known, token, changed, idle=idle)
        help_ = Command(name="help", run=self._help)
        self._commands = (*readers.commands(), help_, *editors.commands())

    @property
    def commands(self) -> tuple[Command, ...]:
        """All commands, for listeners that register them with their platform."""
        return self._commands

    async def answer(self, query: Query) -> Reply:
        """The reply to whatever was said. Never raises for it; trouble of ours is logged, and told in a sentence."""
        asked = Asked(query=query, arguments="", language=self._spoken(query, None), now=self._now())
        try:
            return await self._answer(query, asked)
        except StoreError as error:
            log.warning("answer.no_store", error=str(error))
            return speech.tell(asked, asked.say("busy"), only_asker=True)
        except Exception:
            log.exception("answer.failed", said=cut(query.text))
            return speech.tell(asked, asked.say("trouble"), only_asker=True)

    async def _answer(self, query: Query, asked: Asked) -> Reply:
        subscription = await self._store.read(subscriptions.subscription_at, place_of(asked))
        language = self._spoken(query, subscription.choices.language if subscription else None)
        spoken = taken_apart(query.text)
        command = named(self._commands, spoken) if spoken else None
        asked = Asked(query=query, arguments=spoken.rest if spoken else "", language=language, now=asked.now)
        if command is None:
            return self._unknown(asked, spoken)
        if command.who is Who.ADMINS and not query.asker.is_admin:
            log.info("answer.refused", command=command.name, person=query.asker.person)
            return speech.tell(asked, asked.say("admins_only", command=command.name), only_asker=True)
        return await command.run(asked)

    def _spoken(self, query: Query, chosen: str | None) -> str:
        """The chat's language where many read the answer; on the page, where one looks, the looker's."""
        said = query.asker.language
        wishes = [said, chosen] if query.asker.address.platform is Platform.WEB else [chosen, said]
        return spoken_here(*(wish for wish in (*wishes, self._settings.language) if wish))

    def _unknown(self, asked: Asked, spoken: Spoken | None) -> Reply:
        if spoken is None or not spoken.slash:
            today, help_ = speech.button(asked, "today", "/today"), speech.button(asked, "help", "/help")
            return speech.tell(asked, asked.say("hint"), today, help_, only_asker=True)
        close = nearest(spoken.word, [command.name for command in self._usable(asked)])
        said = "/" + cut(spoken.word.lstrip("/／"), 32)
        if close is None:
            return speech.tell(asked, asked.say("unknown", command=said), only_asker=True)
        return speech.tell(asked, asked.say("unknown_near", command=said, nearest=close), only_asker=True)

    def _usable(self, asked: Asked) -> list[Command]:
        admin = asked.query.asker.is_admin
        return [command for command in self._commands if command.who is Who.EVERYONE or admin]

    async def _help(self, asked: Asked) -> Reply:
        """Every command that the asker may use, a line each."""
        usable = self._usable(asked)
        everyone = _listed(asked, [command for command in usable if command.who is Who.EVERYONE])
        documents = [speech.spoken(everyone, title=asked.say("help_title"))]
        if admins := [command for command in usable if command.who is Who.ADMINS]:
            documents.append(speech.spoken(_listed(asked, admins), title=asked.say("help_admins")))
        return speech.reply(asked, *documents)


def _listed(asked: Asked, commands: list[Command]) -> List:
    return speech.points(f"{command.usage(asked.language)} · {command.about(asked.language)}" for command in commands)
