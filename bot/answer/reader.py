"""What readers ask: what there is, one story of it, and how things stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Final

from adapters.platform import PUBLIC, ChatKind, Dialect, Elsewhere, Platform, Reply
from bot.answer import speech
from bot.answer.about import lacking, place_of
from bot.answer.command import Asked, Command, cut, presentable, title_of
from bot.answer.options import option
from bot.answer.shelf import RulesOf, Shelf, known_series, opened, zone_for
from bot.answer.wishes import series_called
from bot.catalogue import say, say_code, say_lane, say_reason
from bot.config import Settings
from digest.choices import EVERY_SERIES, Choices
from digest.compose import Document, compose_story
from digest.richtext import Block
from storage import admins, alerts, digests, ledger, posts, standing, subscriptions
from storage.database import Database
from storage.records import DeliveryState, DigestId, Reason, SubscriptionState
from storage.store import Store
from storage.subscriptions import Subscription

LATELY: Final = timedelta(days=1)
"""So long what failed is spoken of: not all is well for all time because one message was refused."""
UNSEEN: Final = timedelta(minutes=10)
"""A source that was not looked at for so long hangs; it is looked at every few seconds."""

_STORY = re.compile(r"(?P<name>[0-9a-f]{12})\s+(?P<place>[0-9]{1,5})")
"""A digest's short name, and the place of its story, from 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    """A source that should have been looked at, and was not since a moment, though nothing is known to be wrong."""

    source: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """How the whole site stands; `active` counts its subscriptions, `failed` what failed lately."""

    active: int
    totals: Mapping[DeliveryState, int]
    held: tuple[str, ...]
    lanes: tuple[ledger.LaneRow, ...]
    alerts: tuple[alerts.Alert, ...]
    admins: tuple[admins.Admin, ...]
    failed: int
    unseen: tuple[Unseen, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What `/status` tells: the chat's own standing, and for admins the whole site's."""

    subscription: Subscription | None
    standing: standing.Standing | None
    zone: tzinfo
    site: Site | None = None


class ReaderAnswers:
    """What everyone may ask, and that changes nothing. `started`: since when sources are looked at."""

    def __init__(
        self,
        store: Store,
        dialects: Mapping[Platform, Dialect],
        settings: Settings,
        rules: RulesOf,
        *,
        started: datetime,
    ) -> None:
        self._started = started
        self._store = store
        self._dialects = dialects
        self._settings = settings
        self._rules = rules

    def commands(self) -> tuple[Command, ...]:
        """These commands, in the order of the help."""
        return (
            Command(name="today", run=self.today, options=(option(PUBLIC),)),
            Command(
                name="latest",
                run=self.latest,
                arguments=True,
                options=(option("series", about="one_series"), option(PUBLIC)),
            ),
            Command(name="status", run=self.status, arguments=True, elsewhere=True),
            Command(name="story", run=self.story, arguments=True, hidden=True),
        )

    # --- What there is -------------------------------------------------------------------------------------------

    async def today(self, asked: Asked) -> Reply:
        """Today's digests, or the offer of the latest."""
        found, any_at_all = await self._store.read(self._today, asked)
        if found:
            return speech.reply(asked, *found)
        if any_at_all:
            return speech.tell(asked, asked.say("today_none"), speech.button(asked, "latest", "/latest"))
        return speech.tell(asked, asked.say("today_nothing_yet"))

    def _today(self, db: Database, asked: Asked) -> tuple[list[Document], bool]:
        shelf = self._shelf(db, asked)
        found = shelf.today(db, asked.now, zone_for(db, shelf.choices, self._settings, self._rules))
        return found, bool(found or shelf.latest(db))

    async def latest(self, asked: Asked) -> Reply:
        """The latest digest of each wanted series, or of the one that was named."""
        found, series, known = await self._store.read(self._latest, asked)
        if found:
            return speech.reply(asked, *found)
        if not asked.arguments:
            return speech.tell(asked, asked.say("today_nothing_yet"))
        if series is not None:
            return speech.tell(asked, asked.say("latest_none", series=speech.series_name(asked.language, series)))
        called = (speech.series_name(asked.language, name) for name in speech.ordered(known))
        names = speech.joined(asked.language, called)
        return speech.tell(asked, asked.say("latest_unknown", series=cut(asked.arguments), known=names))

    def _latest(self, db: Database, asked: Asked) -> tuple[list[Document], str | None, list[str]]:
        known = known_series(db)
        series = series_called(asked.arguments, known)
        if not asked.arguments or series == EVERY_SERIES:
            return self._shelf(db, asked).latest(db), None, known
        if series is None:
            return [], None, known
        return self._shelf(db, asked).latest(db, [series]), series, known

    def _shelf(self, db: Database, asked: Asked) -> Shelf:
        subscription = subscriptions.subscription_at(db, place_of(asked))
        choices = subscription.choices if active(subscription) and subscription else Choices()
        dialect = self._dialects[asked.query.asker.address.platform]
        return Shelf(choices=replace(choices, language=asked.language), folds=dialect.folds, rules=self._rules)

    async def story(self, asked: Asked) -> Reply:
        """One story of a digest, whole, as the digest is now."""
        found = await self._store.read(self._story, asked)
        if found is None:
            return speech.tell(asked, asked.say("story_gone"), speech.button(asked, "latest", "/latest"))
        return speech.reply(asked, found)

    def _story(self, db: Database, asked: Asked) -> Document | None:
        named = _STORY.fullmatch(asked.arguments)
        kept = digests.digest_named(db, named["name"]) if named else None
        return compose_story(opened(db, kept, self._rules), int(named["place"])) if named and kept else None

    # --- How things stand ----------------------------------------------------------------------------------------

    async def status(self, asked: Asked) -> Reply:
        """What the chat is subscribed to; for admins, in private, how the whole site stands."""
        situation = await self._store.read(self._status, asked)
        own = self._own(asked, situation)
        title = asked.say("status_title") if asked.elsewhere is None else _title_about(asked, asked.elsewhere)
        documents = [speech.spoken(*own, title=title)]
        if situation.site is not None:
            documents.append(
                speech.spoken(*_site(asked, situation.site, situation.zone), title=asked.say("status_site"))
            )
        names = ("settings", "stop") if active(situation.subscription) else ("subscribe",)
        buttons = [speech.button(asked, name, asked.command(name)) for name in names]
        return speech.reply(asked, *documents, buttons=buttons)

    def _status(self, db: Database, asked: Asked) -> Situation:
        """Of the whole site only what is told: counting a million subscriptions takes a tenth of a second."""
        subscription = subscriptions.subscription_at(db, place_of(asked))
        choices = subscription.choices if subscription else None
        return Situation(
            subscription=subscription,
            standing=standing.standing(db, subscription.id) if subscription else None,
            zone=zone_for(db, choices, self._settings, self._rules),
            site=self._site_now(db, asked) if _sees_all(asked) else None,
        )

    def _site_now(self, db: Database, asked: Asked) -> Site:
        return Site(
            failed=ledger.failed_since(db, asked.now - LATELY),
            unseen=tuple(_unseen(db, asked.now, self._settings, self._started)),
            active=standing.count_active(db),
            totals=ledger.overview(db, limit=0).totals,
            held=tuple(scope_name(db, asked.language, hold.scope) for hold in ledger.holds(db)),
            lanes=tuple(ledger.lanes(db)),
            alerts=tuple(alerts.open_alerts(db)),
            admins=tuple(admins.admins(db)),
        )

    def _own(self, asked: Asked, situation: Situation) -> tuple[Block, ...]:
        """How the chat stands that is spoken of."""
        subscription = situation.subscription
        if subscription is None or situation.standing is None or subscription.state is SubscriptionState.ENDED:
            return speech.lines(asked.say("status_none"))
        lacks = lacking(asked, asked.about, subscription.choices.mention) if asked.about is not None else ""
        wanting = f"\n\n{lacks}" if lacks else ""
        if subscription.state is SubscriptionState.SUSPENDED:
            return speech.lines(f"{interrupted(asked, subscription)}{wanting}")
        came, waiting = situation.standing, situation.standing.waiting
        last = asked.say("status_last_none")
        if came.last_title is not None and came.last_at is not None:
            told = speech.when(asked, came.last_at, situation.zone)
            last = asked.say("status_last", title=came.last_title, when=told)
        coming = f"\n{asked.say('status_waiting', count=waiting)}" if waiting else ""
        return speech.lines(f"{described(asked, subscription.choices)}\n\n{last}{coming}{wanting}")


def interrupted(asked: Asked, subscription: Subscription) -> str:
    """Why a subscription is interrupted, and how it goes on."""
    reason = say_reason(asked.language, subscription.reason or Reason.UNKNOWN)
    return asked.say("status_suspended", reason=reason, subscribe=asked.typed("subscribe"))


def _title_about(asked: Asked, chat: Elsewhere) -> str:
    return asked.say("status_title_about", title=title_of(chat))


def _sees_all(asked: Asked) -> bool:
    """Whether the asker is told how the whole site stands: an admin, where nobody else reads it."""
    return asked.admin and asked.about is None and asked.query.asker.kind is ChatKind.PRIVATE


def _unseen(db: Database, now: datetime, settings: Settings, started: datetime) -> Iterator[Unseen]:
    """The sources whose folder hangs; of those that fail an alert tells.

    The time before a start counts for nothing. Where a repository never came there is no folder yet.
    """
    patience = max(UNSEEN, timedelta(seconds=3 * settings.look_seconds))
    for source in settings.sources if started < now - patience else ():
        kept = posts.source(db, source.called)
        since = kept.seen_at or (None if source.git else started)
        if since is not None and since < now - patience and not (kept.error or kept.fetch_error):
            yield Unseen(source=source.called, since=since)


_COUNTS = 2
"""Lines that are there however well all is."""


def _site(asked: Asked, site: Site, zone: tzinfo) -> tuple[Block, ...]:
    """How the whole site stands, for admins."""
    totals = {str(state): site.totals.get(state, 0) for state in DeliveryState}
    told = [asked.say("status_subscriptions", count=site.active), asked.say("status_deliveries", **totals)]
    if site.held:
        told.append(asked.say("status_held", scopes=speech.joined(asked.language, site.held)))
    if unknown := site.totals.get(DeliveryState.UNKNOWN, 0):
        told.append(asked.say("status_unknown", count=unknown))
    if site.failed:
        told.append(asked.say("status_failed", count=site.failed))
    told += _pauses(asked, site, zone)
    told += [
        asked.say("status_unseen", source=unseen.source, when=speech.when(asked, unseen.since, zone))
        for unseen in site.unseen
    ]
    well = () if site.alerts or len(told) > _COUNTS else (asked.say("status_well"),)
    told += [*well, *_made_admins(asked, site, zone)]
    if not site.alerts:
        return speech.lines("\n".join(told))
    wrong = [say_code(asked.language, "alerts", alert.code, **alert.details) for alert in site.alerts[:10]]
    heading = asked.say("status_alerts", count=len(site.alerts))
    return (*speech.lines("\n".join(told)), *speech.lines(heading), speech.points(wrong))


def _made_admins(asked: Asked, site: Site, zone: tzinfo) -> Iterator[str]:
    if site.admins:
        since = ((f"{one.platform}:{one.person}", speech.when(asked, one.since, zone)) for one in site.admins)
        named = (asked.say("status_admin", person=person, when=when) for person, when in since)
        yield asked.say("status_admins", admins=speech.joined(asked.language, named))


def _pauses(asked: Asked, site: Site, zone: tzinfo) -> Iterator[str]:
    for lane in site.lanes:
        if lane.paused_until is not None and lane.paused_until > asked.now:
            until = speech.when(asked, lane.paused_until, zone)
            reason = say_reason(asked.language, lane.reason or Reason.UNKNOWN)
            name = say_lane(asked.language, lane.name, lane.called)
            yield asked.say("status_paused", lane=name, when=until, reason=reason)


def described(asked: Asked, choices: Choices) -> str:
    """The choices in words."""
    if EVERY_SERIES in choices.series:
        series = asked.say("every_series")
    else:
        names = (speech.series_name(asked.language, name) for name in speech.ordered(choices.series))
        series = speech.joined(asked.language, names)
    layout = say(asked.language, f"words.layout_{choices.layout}")
    language = say_code(asked.language, "words", f"language_{choices.language}")
    told = asked.say("choices", series=series, layout=layout, language=language)
    if not choices.mention:
        return told
    calls = say(asked.language, f"words.calls_{choices.calls}")
    role = _role_called(asked, choices.mention)
    return f"{told.rstrip()}\n{asked.say('choices_mention', role=role, calls=calls)}"


def role_name(asked: Asked, role: str) -> str:
    """What a role of the chat that is spoken of is called; empty where that is not known now."""
    roles = asked.about.roles if asked.about is not None else ()
    return next((f"@{cut(presentable(known.name), 60)}" for known in roles if known.id == role), "")


def _role_called(asked: Asked, role: str) -> str:
    is_gone = asked.about is not None and asked.about.roles
    return role_name(asked, role) or asked.say("role_gone" if is_gone else "role_by_number", number=role)


def scope_name(db: Database, language: str, scope: str) -> str:
    """What is held, in words: everything, a platform, or a digest by its number and title."""
    if scope == "all":
        return say(language, "answers.scope_all")
    if not scope.startswith("digest:"):
        return say(language, "answers.scope_platform", platform=say_code(language, "words", f"platform_{scope}"))
    number = scope.removeprefix("digest:")
    kept = digests.digest(db, DigestId(int(number))) if number.isdecimal() else None
    return say(language, "answers.scope_digest", number=number, title=cut(kept.title) if kept else "?")


def active(subscription: Subscription | None) -> bool:
    """Whether the chat is brought anything."""
    return subscription is not None and subscription.state is SubscriptionState.ACTIVE
