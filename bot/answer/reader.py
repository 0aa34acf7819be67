"""What readers ask: what there is, and what they are subscribed to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Final

from adapters.platform import Button, Dialect, Platform, Reply
from bot.answer import speech
from bot.answer.command import Asked, Command, cut
from bot.answer.shelf import RulesOf, Shelf, known_series, zone_for
from bot.answer.wishes import Wishes, series_called, wishes
from bot.catalogue import say, say_code, say_reason
from bot.config import Settings, WhoMaySubscribe
from digest.choices import EVERY_SERIES, Choices, Layout
from digest.compose import Document
from digest.model import BREAKING
from digest.richtext import Block
from storage import alerts, digests, ledger, standing, subscriptions
from storage.database import Database
from storage.records import DeliveryState, DigestId, SubscriptionState
from storage.store import Store
from storage.subscriptions import Place, Subscription

SERIES_BUTTONS: Final = 8
"""Any other series is chosen by typing its name: more buttons would push the answer out of sight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a wish to subscribe: the subscription as it is now, and what was before."""

    wishes: Wishes
    known: tuple[str, ...]
    before: Subscription | None
    now: Subscription | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What `/status` tells: the chat's own standing, and for admins the whole site's."""

    standing: standing.Standing | None
    zone: tzinfo
    active: int
    totals: Mapping[DeliveryState, int]
    held: tuple[str, ...]
    lanes: tuple[ledger.LaneRow, ...]
    alerts: tuple[alerts.Alert, ...]


class ReaderAnswers:
    """The commands that everyone may use. `changed` is called after a committed effect."""

    def __init__(
        self,
        store: Store,
        dialects: Mapping[Platform, Dialect],
        settings: Settings,
        rules: RulesOf,
        changed: Callable[[], None],
    ) -> None:
        self._store = store
        self._dialects = dialects
        self._settings = settings
        self._rules = rules
        self._changed = changed

    def commands(self) -> tuple[Command, ...]:
        """These commands, in the order of the help."""
        return (
            Command(name="start", run=self.start),
            Command(name="today", run=self.today),
            Command(name="latest", run=self.latest, arguments=True),
            Command(name="subscribe", run=self.subscribe, arguments=True),
            Command(name="stop", run=self.stop),
            Command(name="status", run=self.status),
        )

    # --- What there is -------------------------------------------------------------------------------------------

    async def start(self, asked: Asked) -> Reply:
        """A greeting, and what to press next."""
        subscription = await self._store.read(subscriptions.subscription_at, place_of(asked))
        active = subscription is not None and subscription.state is SubscriptionState.ACTIVE
        text = asked.say("greeting_subscribed" if active else "greeting")
        buttons = [speech.button(asked, "today", "/today"), speech.button(asked, "help", "/help")]
        if not active:
            buttons.insert(1, speech.button(asked, "subscribe", "/subscribe"))
        greeting = speech.spoken(*speech.lines(text), title=asked.say("greeting_title"))
        return speech.reply(asked, greeting, buttons=buttons)

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
        names = speech.joined(asked.language, speech.ordered(known))
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

    # --- Subscribing ---------------------------------------------------------------------------------------------

    async def subscribe(self, asked: Asked) -> Reply:
        """Subscribe the chat, or change what it wants; show the choices."""
        listed = self._settings.who_may_subscribe is WhoMaySubscribe.LISTED
        if listed and not asked.query.asker.is_admin:
            return speech.tell(asked, asked.say("subscribe_listed"), only_asker=True)
        taken = await self._store.write(self._subscribe, asked)
        if taken.now is None:
            series = speech.joined(asked.language, ["all", *speech.ordered(taken.known)])
            word = cut(taken.wishes.strange or "", 30)
            return speech.tell(asked, asked.say("subscribe_unknown", word=word, series=series), only_asker=True)
        self._changed()
        return self._choices(replace(asked, language=taken.now.choices.language), taken, taken.now)

    def _subscribe(self, db: Database, asked: Asked) -> Taken:
        place, known = place_of(asked), known_series(db)
        before, wanted = subscriptions.subscription_at(db, place), wishes(asked.arguments, known)
        if wanted.strange is not None:
            return Taken(wishes=wanted, known=tuple(known), before=before, now=None)
        chosen = wanted.applied(before.choices if before else Choices(language=asked.language))
        if first_time(db, asked):
            if before is not None and active(before):
                subscriptions.change_choices(db, before.id, chosen, now=asked.now)
            else:
                subscriptions.subscribe(db, place, chosen, now=asked.now)
        after = subscriptions.subscription_at(db, place)
        return Taken(wishes=wanted, known=tuple(known), before=before, now=after)

    def _choices(self, asked: Asked, taken: Taken, now: Subscription) -> Reply:
        """What is chosen now, with a button for each thing that could be chosen instead."""
        said = f"{self._welcome(asked, taken)}\n{described(asked, now.choices)}\n\n{asked.say('choices_more')}"
        return speech.tell(asked, said, *self._choosable(asked, taken.known, now.choices))

    def _welcome(self, asked: Asked, taken: Taken) -> str:
        if active(taken.before):
            changed = taken.before is not None and taken.now is not None and taken.before.choices != taken.now.choices
            return asked.say("changed") if changed else ""
        if taken.before is not None:
            return asked.say("resumed")
        return asked.say("subscribed_coming" if len(taken.known) > 1 else "subscribed")

    def _choosable(self, asked: Asked, known: tuple[str, ...], choices: Choices) -> Iterator[Button]:
        every = EVERY_SERIES in choices.series
        yield self._option(asked, asked.say("every_series"), every, "all")
        for series in _offered(known, choices):
            chosen = not every and series in choices.series
            sign = "" if every or choices.series == {series} else "-" if chosen else "+"
            yield self._option(asked, speech.series_name(asked.language, series), chosen, f"{sign}{series}")
        for layout in Layout:
            words = say(asked.language, f"words.layout_{layout}")
            yield self._option(asked, words, layout is choices.layout, layout)

    def _option(self, asked: Asked, choice: str, chosen: bool, says: str) -> Button:
        label = asked.say("chosen", choice=choice) if chosen else choice
        return Button(label=label, says=f"/subscribe {says}")

    async def stop(self, asked: Asked) -> Reply:
        """End the chat's subscription."""
        ended = await self._store.write(self._stop, asked)
        if not ended:
            return speech.tell(asked, asked.say("stop_none"))
        self._changed()
        return speech.tell(asked, asked.say("stopped"), speech.button(asked, "subscribe", "/subscribe"))

    def _stop(self, db: Database, asked: Asked) -> bool:
        """Whether there was a subscription to end: by this update, if it is repeated."""
        subscription = subscriptions.subscription_at(db, place_of(asked))
        if subscription is None:
            return False
        if not first_time(db, asked):
            return True
        if subscription.state is SubscriptionState.ENDED:
            return False
        subscriptions.unsubscribe(db, subscription.id, now=asked.now)
        return True

    # --- How things stand ----------------------------------------------------------------------------------------

    async def status(self, asked: Asked) -> Reply:
        """What the chat is subscribed to; for admins, how the whole site stands."""
        subscription, situation = await self._store.read(self._status, asked)
        own = speech.spoken(*self._own(asked, subscription, situation), title=asked.say("status_title"))
        documents = [own]
        if asked.query.asker.is_admin:
            documents.append(speech.spoken(*site(asked, situation), title=asked.say("status_site")))
        toggle = ("stop", "/stop") if active(subscription) else ("subscribe", "/subscribe")
        return speech.reply(asked, *documents, buttons=[speech.button(asked, *toggle)])

    def _status(self, db: Database, asked: Asked) -> tuple[Subscription | None, Situation]:
        subscription = subscriptions.subscription_at(db, place_of(asked))
        choices = subscription.choices if subscription else None
        return subscription, Situation(
            standing=standing.standing(db, subscription.id) if subscription else None,
            zone=zone_for(db, choices, self._settings, self._rules),
            active=standing.count_active(db),
            totals=ledger.overview(db, limit=0).totals,
            held=tuple(scope_name(db, asked, hold.scope) for hold in ledger.holds(db)),
            lanes=tuple(ledger.lanes(db)),
            alerts=tuple(alerts.open_alerts(db)),
        )

    def _own(self, asked: Asked, subscription: Subscription | None, situation: Situation) -> tuple[Block, ...]:
        if subscription is None or situation.standing is None or subscription.state is SubscriptionState.ENDED:
            return speech.lines(asked.say("status_none"))
        if subscription.state is SubscriptionState.SUSPENDED:
            reason = say_reason(asked.language, subscription.reason or "unknown")
            return speech.lines(asked.say("status_suspended", reason=reason))
        came, waiting = situation.standing, situation.standing.waiting
        last = asked.say("status_last_none")
        if came.last_title is not None and came.last_at is not None:
            told = speech.when(asked, came.last_at, situation.zone)
            last = asked.say("status_last", title=came.last_title, when=told)
        coming = f"\n{asked.say('status_waiting', count=waiting)}" if waiting else ""
        return speech.lines(f"{described(asked, subscription.choices)}\n\n{last}{coming}")


def site(asked: Asked, situation: Situation) -> tuple[Block, ...]:
    """How the whole site stands, for admins."""
    totals = {str(state): situation.totals.get(state, 0) for state in DeliveryState}
    told = [asked.say("status_subscriptions", count=situation.active), asked.say("status_deliveries", **totals)]
    if situation.held:
        told.append(asked.say("status_held", scopes=speech.joined(asked.language, situation.held)))
    told += _pauses(asked, situation)
    if not situation.alerts:
        return speech.lines("\n".join([*told, asked.say("status_well")] if len(told) == 2 else told))  # noqa: PLR2004
    wrong = [say_code(asked.language, "alerts", alert.code, **alert.details) for alert in situation.alerts[:10]]
    heading = asked.say("status_alerts", count=len(situation.alerts))
    return (*speech.lines("\n".join(told)), *speech.lines(heading), speech.points(wrong))


def _pauses(asked: Asked, situation: Situation) -> Iterator[str]:
    for lane in situation.lanes:
        if lane.paused_until is not None and lane.paused_until > asked.now:
            until = speech.when(asked, lane.paused_until, situation.zone)
            reason = say_reason(asked.language, lane.reason or "unknown")
            platform = say_code(asked.language, "words", f"platform_{lane.platform}")
            yield asked.say("status_paused", lane=platform, when=until, reason=reason)


def described(asked: Asked, choices: Choices) -> str:
    """The choices in words."""
    if EVERY_SERIES in choices.series:
        series = asked.say("every_series")
    else:
        names = (speech.series_name(asked.language, name) for name in speech.ordered(choices.series))
        series = speech.joined(asked.language, names)
    layout = say(asked.language, f"words.layout_{choices.layout}")
    language = say_code(asked.language, "words", f"language_{choices.language}")
    return asked.say("choices", series=series, layout=layout, language=language)


def scope_name(db: Database, asked: Asked, scope: str) -> str:
    """What is held, in words: everything, a platform, or a digest by its number and title."""
    if scope == "all":
        return asked.say("scope_all")
    if not scope.startswith("digest:"):
        return asked.say("scope_platform", platform=say_code(asked.language, "words", f"platform_{scope}"))
    number = scope.removeprefix("digest:")
    kept = digests.digest(db, DigestId(int(number))) if number.isdecimal() else None
    return asked.say("scope_digest", number=number, title=cut(kept.title) if kept else "?")


def _offered(known: tuple[str, ...], choices: Choices) -> list[str]:
    """The series that have a button: those that are chosen and pushes before the rest."""
    first = sorted(speech.ordered(known), key=lambda name: name not in choices.series and name != BREAKING)
    return speech.ordered(first[:SERIES_BUTTONS])


def active(subscription: Subscription | None) -> bool:
    """Whether the chat is brought anything."""
    return subscription is not None and subscription.state is SubscriptionState.ACTIVE


def place_of(asked: Asked) -> Place:
    """The chat that asks, as rows keep an address."""
    address = asked.query.asker.address
    return Place(platform=address.platform, account=address.account, chat=address.chat, thread=address.thread)


def first_time(db: Database, asked: Asked) -> bool:
    """Whether this update's effect is still to be done; noted in the unit that does it."""
    if not asked.query.update:
        return True
    place = place_of(asked)
    lane = subscriptions.lane_at(db, place.platform, place.account)
    return ledger.answered(db, lane, asked.query.update, now=asked.now)
