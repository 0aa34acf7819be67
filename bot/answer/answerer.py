"""Answers queries: finds the command, asks whether the asker may use it, and never raises for what a person said."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final

import structlog

from adapters.naming import numbered
from adapters.platform import (
    Asker,
    Audience,
    ChatEvent,
    ChatKind,
    CourierError,
    Dialect,
    Message,
    Notice,
    Platform,
    Query,
    Reply,
    Suggestion,
)
from bot.answer import speech
from bot.answer.about import place_of, sighted
from bot.answer.admin import AdminAnswers, Admins
from bot.answer.channel import ChannelAnswers
from bot.answer.command import Asked, Command, Spoken, cut, named, nearest, presentable, taken_apart
from bot.answer.editor import EditorAnswers
from bot.answer.reader import ReaderAnswers
from bot.answer.shelf import RulesOf, rules_of
from bot.answer.start import StartAnswers
from bot.answer.subscribing import SubscribingAnswers
from bot.answer.suggesting import held_suggested, holdable_suggested, series_suggested
from bot.answer.welcome import Noted, told
from bot.catalogue import say, say_on, words
from bot.catalogue import spoken as spoken_here
from bot.config import Settings
from digest.compose import Document
from digest.richtext import Block, List
from storage import admins, subscriptions
from storage.admins import Admin
from storage.database import Database
from storage.store import Store, StoreError
from storage.subscriptions import Place, Subscription, Untold

log = structlog.get_logger(__name__)


ORDER: Final = (
    *("start", "today", "latest", "subscribe", "settings", "status", "stop", "channel", "forget", "help", "story"),
    *("push", "hold", "release", "admin"),
)
"""The commands, what is wanted most in front."""

MOST_TOLD: Final = 20
"""Chats that are named to somebody to whom many were closed at once."""


def _nothing() -> None:
    """Nobody waits to hear of a change."""


class Answerer:
    """Every command, served to every listener.

    `dialects` are those of the platforms that may ask; `rules` say how the posts of a source are read; `token` makes
    names of 8 to 32 lower-case letters and digits that nobody guesses; `changed` is called after a committed effect.
    `idle`: nothing is sent before the next start. It is made when sources begin to be looked at.
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
        self._dialects = dialects
        self._settings = settings
        self._now = now
        self._admins = Admins(settings)
        known = rules or rules_of(settings)
        readers = ReaderAnswers(store, dialects, settings, known, started=now())
        subscribing = SubscribingAnswers(store, settings, changed)
        admin = AdminAnswers(store, self._admins, token)
        editors = EditorAnswers(store, dialects, known, token, changed, idle=idle)
        found = (
            StartAnswers(store, readers, subscribing, admin).command(),
            *readers.commands(),
            *subscribing.commands(),
            ChannelAnswers(readers).command(),
            Command(name="help", run=self._help),
            *editors.commands(),
            admin.command(),
        )
        self._commands = tuple(sorted(found, key=lambda command: ORDER.index(command.name)))

    @property
    def commands(self) -> tuple[Command, ...]:
        """All commands, in the order of the help; hidden ones are for no list."""
        return self._commands

    def offered(self, platform: Platform) -> tuple[Command, ...]:
        """The commands that people of a platform type, in the order of the help."""
        return tuple(one for one in self._commands if platform in one.platforms and not one.hidden)

    # --- Answering -----------------------------------------------------------------------------------------------

    def heeds(self, query: Query) -> bool:
        """Whether anything is said to it: what is not surely meant for us is left alone unless it is our command."""
        return query.addressed or self._meant(query, taken_apart(query.text)) is not None

    def _meant(self, query: Query, spoken: Spoken | None) -> Command | None:
        return named(self._commands, spoken) if spoken and (spoken.slash or query.addressed) else None

    async def answer(self, query: Query) -> Reply:
        """The reply to whatever was said. Never raises for it; trouble of ours is logged, and told in a sentence."""
        asked = Asked(query=query, arguments="", language=self._spoken(query, None), now=self._now())
        try:
            return await self._answer(query, asked)
        except StoreError as error:
            log.warning("answer.no_store", error=str(error))
            return speech.tell(asked, asked.say("busy"), only_asker=True)
        except CourierError as error:
            log.warning("answer.platform_silent", error=str(error))
            platform = say(asked.language, f"words.platform_{query.asker.address.platform}")
            return speech.tell(asked, asked.say("cannot_ask", platform=platform), only_asker=True)
        except Exception:
            spoken = taken_apart(query.text)
            log.exception("answer.failed", command=cut(spoken.word) if spoken and spoken.slash else "")
            return speech.tell(asked, asked.say("trouble"), only_asker=True)

    async def _answer(self, query: Query, asked: Asked) -> Reply:
        if not self.heeds(query):
            return speech.reply(asked)
        spoken = taken_apart(query.text)
        command = self._meant(query, spoken)
        subscription, made = await self._store.read(_known, place_of(asked))
        self._admins.note(made)
        if subscription is not None and query.chat_name not in {"", subscription.chat_name}:
            await self._name_chat(subscription.place, query.chat_name)
        asked = Asked(
            query=query,
            arguments=spoken.rest if spoken else "",
            language=self._spoken(query, subscription.choices.language if subscription else None),
            now=asked.now,
            admin=query.asker.is_admin or self._admins.includes(query.asker.address.platform, query.asker.person),
        )
        return self._unknown(asked, spoken) if command is None else await self._run(command, asked)

    async def _name_chat(self, place: Place, chat_name: str) -> None:
        """Keep what people call a chat now; where that cannot be kept, the question is answered all the same."""
        try:
            await self._store.write(_named, place, chat_name)
        except StoreError as error:
            log.warning("answer.name_not_kept", error=str(error))

    async def _run(self, command: Command, asked: Asked) -> Reply:
        opened = bool(command.opened_by) and asked.arguments.startswith(command.opened_by)
        if command.audience is Audience.ADMINS and not (asked.admin or opened):
            log.info("answer.refused", command=command.name, person=asked.query.asker.person)
            return speech.tell(asked, _refused(command, asked), only_asker=True)
        seen = await sighted(command, asked)
        return await command.run(seen) if isinstance(seen, Asked) else seen

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
        usable = dict.fromkeys(Audience, True) | {Audience.ADMINS: asked.admin}
        return [one for one in self.offered(asked.query.asker.address.platform) if usable[one.audience]]

    async def _help(self, asked: Asked) -> Reply:
        """Every command that the asker may use, a line each; in a group, apart which are for its administrators."""
        private = asked.query.asker.kind is ChatKind.PRIVATE
        lists: dict[str, list[Command]] = {"help_title": [], "help_deciders": [], "help_admins": []}
        headings = dict(zip(Audience, lists, strict=True))
        for command in self._usable(asked):
            heading = headings[command.audience]
            lists["help_title" if private and heading == "help_deciders" else heading].append(command)
        return speech.reply(asked, *(_listed(asked, heading, found) for heading, found in lists.items() if found))

    async def suggest(self, asker: Asker, command: str, option: str, typed: str) -> tuple[Suggestion, ...]:
        """What may be meant by what was typed so far for an option. Never raises; what fails is logged."""
        platform = asker.address.platform
        is_admin = asker.is_admin or self._admins.includes(platform, asker.person)
        unit = _suggesting(command, option, is_admin=is_admin)
        try:
            return await self._store.read(unit, presentable(typed)) if unit is not None else ()
        except StoreError as error:
            log.warning("suggest.no_store", error=str(error))
        except Exception:
            log.exception("suggest.failed", command=cut(command), option=cut(option))
        return ()

    # --- Answers that nobody asked for ---------------------------------------------------------------------------

    def slow_down(self, query: Query) -> Reply:
        """What somebody is told who asks faster than answers are given."""
        asked = Asked(query=query, arguments="", language=self._spoken(query, None), now=self._now())
        return speech.tell(asked, asked.say("slow_down"), only_asker=True)

    def notice(self, notice: Notice, asker: Asker) -> Reply:
        """The words of a listener's own notice, in the language of whoever pressed."""
        query = Query(asker=asker, text="")
        language = spoken_here(*(wish for wish in (asker.language, self._settings.language) if wish))
        asked = Asked(query=query, arguments="", language=language, now=self._now())
        return speech.tell(asked, asked.say(f"notice_{notice}"), only_asker=True)

    def silence(self, query: Query) -> Reply:
        """Nothing is said."""
        return Reply(documents=(), words=words(self._spoken(query, None)))

    def told_of(self, event: ChatEvent, noted: Noted) -> Reply | None:
        """What is said about something that happened to a chat; None where nothing needs to be."""
        return told(event, noted, self._settings.language)

    def told_subscriber(self, untold: Sequence[Untold], platform: Platform) -> tuple[Message, ...]:
        """The messages for somebody in whose chats the account may not write any more."""
        language = spoken_here(untold[0].language)
        blocks = _of_one(language, platform, *untold) if len(untold) == 1 else _of_many(language, platform, untold)
        return self._dialects[platform].spell(speech.spoken(*blocks), words(language)).messages

    # --- Admins --------------------------------------------------------------------------------------------------

    def admins(self, platform: Platform) -> frozenset[str]:
        """The persons of a platform who are admins, as far as was read."""
        return self._admins.of(platform)

    async def learn_admins(self) -> None:
        """Read who the admins are now. Raises StoreError."""
        self._admins.note(await self._store.read(admins.admins))


def _of_one(language: str, platform: Platform, untold: Untold) -> tuple[Block, ...]:
    key = "mute_told_named" if untold.chat_name else "mute_told"
    chat = _number_of(untold, platform)
    return speech.lines(say_on(language, platform, key, chat=chat, name=untold.chat_name))


def _of_many(language: str, platform: Platform, untold: Sequence[Untold]) -> tuple[Block, ...]:
    """Which they are, the first by their names; what to do about it stands once below them."""
    named = [numbered(one.chat_name, _number_of(one, platform)) for one in untold[:MOST_TOLD]]
    others = len(untold) - len(named)
    rest = [say_on(language, platform, "mute_told_rest", count=others)] if others else []
    return (
        *speech.lines(say_on(language, platform, "mute_told_many", count=len(untold))),
        speech.points([*named, *rest]),
        *speech.lines(say_on(language, platform, "mute_told_again")),
    )


def _number_of(untold: Untold, platform: Platform) -> str:
    return untold.thread if platform is Platform.DISCORD and untold.thread else untold.chat


def _refused(command: Command, asked: Asked) -> str:
    """Why somebody may not use a command for admins. One word after `/admin` on Discord is a code that was mistyped."""
    a_code = command.opened_by and len(asked.arguments.split()) == 1
    if a_code and asked.query.asker.address.platform is Platform.DISCORD:
        return asked.say("admin_link_gone")
    return asked.say("admins_only", command=command.name)


def _known(db: Database, place: Place) -> tuple[Subscription | None, list[Admin]]:
    return subscriptions.subscription_at(db, place), admins.admins(db)


def _named(db: Database, place: Place, chat_name: str) -> None:
    lane = subscriptions.lane_at(db, place.platform, place.account)
    subscriptions.name_chat(db, lane, place.chat, chat_name)


def _suggesting(
    command: str, option: str, *, is_admin: bool
) -> Callable[[Database, str], tuple[Suggestion, ...]] | None:
    """The unit of work that knows what may be meant for an option; None where nothing does."""
    match command, option:
        case "latest", "series":
            return partial(series_suggested, many=False)
        case "subscribe" | "settings", "series":
            return partial(series_suggested, many=True)
        case "hold", "digest" if is_admin:
            return holdable_suggested
        case "release", "digest" if is_admin:
            return held_suggested
        case _:
            return None


def _listed(asked: Asked, heading: str, commands: list[Command]) -> Document:
    platform = asked.query.asker.address.platform
    lines: Iterator[str] = (f"{one.usage(asked.language, platform)} · {one.about(asked.language)}" for one in commands)
    points: List = speech.points(lines)
    return speech.spoken(points, title=asked.say(heading))
