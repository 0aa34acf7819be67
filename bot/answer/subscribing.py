"""What whoever decides for a chat says about it: subscribe it, choose, stop, forget it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from adapters.platform import Audience, Button, Reply
from bot.answer import speech
from bot.answer.about import first_time, lacking, place_of
from bot.answer.command import Asked, Command, cut
from bot.answer.options import CHOOSING, NOBODY, option
from bot.answer.reader import active, described, interrupted, role_name
from bot.answer.shelf import known_series
from bot.answer.wishes import EVERYONE, Wishes, wishes
from bot.catalogue import LANGUAGES, say
from bot.config import Settings, WhoMaySubscribe
from digest.choices import EVERY_SERIES, Calls, Choices, Layout
from digest.model import BREAKING
from storage import subscriptions
from storage.database import Database
from storage.records import SubscriptionState
from storage.store import Store
from storage.subscriptions import Subscription

SERIES_BUTTONS: Final = 8
"""Any other series is chosen by typing its name: more buttons would push the answer out of sight."""

_SURE = "yes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a wish: the subscription as it is now (None: nothing was done), and what was before.

    `refused`: the key of the words for why it was not done, where it was understood.
    """

    wishes: Wishes
    known: tuple[str, ...]
    before: Subscription | None
    now: Subscription | None
    refused: str = ""


class SubscribingAnswers:
    """The commands with which chats are decided about. `changed` is called after a committed effect."""

    def __init__(self, store: Store, settings: Settings, changed: Callable[[], None]) -> None:
        self._store = store
        self._listed = settings.who_may_subscribe is WhoMaySubscribe.LISTED
        self._changed = changed

    def commands(self) -> tuple[Command, ...]:
        """These commands, in the order of the help."""
        return (
            self._command("subscribe", self.subscribe, chooses=True),
            self._command("settings", self.settings, chooses=True),
            self._command("stop", self.stop),
            self._command("forget", self.forget),
        )

    def _command(self, name: str, run: Callable[[Asked], Awaitable[Reply]], *, chooses: bool = False) -> Command:
        return Command(
            name=name,
            run=run,
            audience=Audience.DECIDERS,
            arguments=True,
            elsewhere=True,
            posts=chooses,
            options=tuple(map(option, CHOOSING)) if chooses else (),
        )

    # --- Choosing ------------------------------------------------------------------------------------------------

    async def subscribe(self, asked: Asked) -> Reply:
        """Subscribe the chat, or change what it wants; show the choices."""
        if not self.may_subscribe(asked):
            return speech.tell(asked, asked.say("subscribe_listed"), only_asker=True)
        taken = await self._store.write(self._take, asked, anew=True)
        return self._taken(asked, taken)

    async def settings(self, asked: Asked) -> Reply:
        """Show the choices of a chat that is subscribed, and change them as asked; a chat that is not stays so."""
        if asked.arguments and not self.may_subscribe(asked):
            return speech.tell(asked, asked.say("subscribe_listed"), only_asker=True)
        taken = await self._store.write(self._take, asked, anew=False)
        return self._taken(asked, taken)

    def may_subscribe(self, asked: Asked) -> bool:
        """Whether the settings let the asker subscribe chats and change what they get."""
        return asked.admin or not self._listed

    def _take(self, db: Database, asked: Asked, *, anew: bool) -> Taken:
        """Do what was wished for. `anew`: a chat that is not subscribed is, or comes back."""
        place, known = place_of(asked), known_series(db)
        before, wanted = subscriptions.subscription_at(db, place), wishes(asked.arguments, known)
        refused = _refused(asked, wanted)
        if wanted.strange is not None or refused or not (anew or active(before)):
            return Taken(wishes=wanted, known=tuple(known), before=before, now=None, refused=refused)
        chosen = wanted.applied(before.choices if before else Choices(language=asked.language), known)
        if (anew or asked.arguments) and first_time(db, asked):
            if before is not None and active(before):
                subscriptions.change_choices(db, before.id, chosen, now=asked.now)
            else:
                subscriptions.subscribe(db, place, chosen, now=asked.now, by=asked.query.asker.person)
        lane = subscriptions.lane_at(db, place.platform, place.account)
        subscriptions.name_chat(db, lane, place.chat, asked.chat_name, thread=place.thread)
        now = subscriptions.subscription_at(db, place)
        if now is not None and (name := role_name(asked, now.choices.mention)):
            subscriptions.name_role(db, now.id, now.choices.mention, name)
        return Taken(wishes=wanted, known=tuple(known), before=before, now=now)

    def _taken(self, asked: Asked, taken: Taken) -> Reply:
        if taken.refused:
            return speech.tell(asked, asked.say(taken.refused), only_asker=True)
        if taken.now is None and taken.wishes.strange is None:
            return self._without(asked, taken.before)
        if taken.now is None:
            series = speech.joined(asked.language, [asked.say("every_series"), *_called(asked, taken.known)])
            word = cut(taken.wishes.strange or "", 30)
            return speech.tell(asked, asked.say("subscribe_unknown", word=word, series=series), only_asker=True)
        if taken.before != taken.now:
            self._changed()
        if asked.elsewhere is None:
            asked = replace(asked, language=taken.now.choices.language)
        return self._choices(asked, taken, taken.now)

    def _without(self, asked: Asked, before: Subscription | None) -> Reply:
        """There is nothing to choose for a chat that is brought nothing; why that is, and how it is changed."""
        suspended = before is not None and before.state is SubscriptionState.SUSPENDED
        said = interrupted(asked, before) if before is not None and suspended else asked.say("status_none")
        return speech.tell(asked, asked.tells(said), speech.button(asked, "subscribe", asked.command("subscribe")))

    def _choices(self, asked: Asked, taken: Taken, now: Subscription) -> Reply:
        """What is chosen now, with a button for each thing that could be chosen instead."""
        opening = (self._welcome(asked, taken), _stays(asked, taken, now.choices))
        lines = (*opening, described(asked, now.choices), *_drawbacks(asked, taken, now.choices))
        told = "\n".join(line for line in lines if line)
        if not self.may_subscribe(asked):
            return speech.tell(asked, asked.tells(told))
        said = f"{told}\n\n{asked.say('choices_more', stop=asked.typed('stop'))}"
        return speech.tell(asked, asked.tells(said), *self._choosable(asked, taken.known, now.choices))

    def _welcome(self, asked: Asked, taken: Taken) -> str:
        if active(taken.before):
            changed = taken.before is not None and taken.now is not None and taken.before.choices != taken.now.choices
            return asked.say("changed") if changed else ""
        if taken.before is not None:
            return asked.say("resumed")
        choices = taken.now.choices if taken.now is not None else Choices()
        coming = any(choices.wants(series) for series in taken.known if series != BREAKING)
        return asked.say("subscribed_coming" if coming else "subscribed")

    def _choosable(self, asked: Asked, known: tuple[str, ...], choices: Choices) -> Iterator[Button]:
        every = EVERY_SERIES in choices.series
        yield _option(asked, "series", asked.say("every_series"), "all", every)
        for series in _offered(known, choices):
            chosen = not every and series in choices.series
            sign = "" if every else "-" if chosen else "+"
            yield _option(asked, "series", speech.series_name(asked.language, series), f"{sign}{series}", chosen)
        for layout in Layout:
            words = say(asked.language, f"words.layout_{layout}")
            yield _option(asked, "layout", words, layout, layout is choices.layout, apart=layout is next(iter(Layout)))
        for language in LANGUAGES:
            words = say(asked.language, f"words.language_{language}")
            chosen = language == choices.language
            yield _option(asked, "language", words, language, chosen, apart=language == LANGUAGES[0])
        if choices.mention:
            yield from _calling(asked, choices)

    # --- Leaving -------------------------------------------------------------------------------------------------

    async def stop(self, asked: Asked) -> Reply:
        """End the chat's subscription."""
        ended = await self._store.write(self._stop, asked)
        if not ended:
            return speech.tell(asked, asked.tells(asked.say("stop_none")))
        self._changed()
        said = asked.tells(asked.say("stopped", subscribe=asked.typed("subscribe")))
        return speech.tell(asked, said, speech.button(asked, "subscribe", asked.command("subscribe")))

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

    async def forget(self, asked: Asked) -> Reply:
        """Erase what is known of the chat, once that is confirmed."""
        if asked.arguments != _SURE:
            sure = speech.button(asked, "forget", asked.command("forget", _SURE), in_place=True)
            return speech.tell(asked, asked.tells(asked.say("forget_confirm", stop=asked.typed("stop"))), sure)
        forgotten = await self._store.write(self._forget, asked)
        if not forgotten:
            return speech.tell(asked, asked.tells(asked.say("forget_none")))
        self._changed()
        return speech.tell(asked, asked.tells(asked.say("forgotten", subscribe=asked.typed("subscribe"))))

    def _forget(self, db: Database, asked: Asked) -> bool:
        """Whether there was anything to forget: for this update, if it is repeated.

        A thread that was named is forgotten alone: where threads have names they are chats of their own.
        """
        place = place_of(asked)
        if not first_time(db, asked):
            return True
        lane, thread = subscriptions.lane_at(db, place.platform, place.account), place.thread if asked.about else ""
        return subscriptions.forget_chat(db, lane, place.chat, thread=thread) > 0

    # --- Coming back ---------------------------------------------------------------------------------------------

    async def resume(self, asked: Asked) -> bool:
        """Let a subscription go on that was interrupted; whether there was one, for this update if it is repeated."""
        resumed = await self._store.write(self._resume, asked)
        if resumed:
            self._changed()
        return resumed

    def _resume(self, db: Database, asked: Asked) -> bool:
        subscription = subscriptions.subscription_at(db, place_of(asked))
        if subscription is None or subscription.state is not SubscriptionState.SUSPENDED or not first_time(db, asked):
            return False
        return subscriptions.resume(db, subscription.id, now=asked.now)


def _option(asked: Asked, menu: str, label: str, says: str, chosen: bool, *, apart: bool = False) -> Button:
    """One of several choices, which together have a name."""
    return Button(
        label=label,
        says=asked.command("settings", says),
        in_place=True,
        apart=apart,
        chosen=chosen,
        menu=asked.say(f"menu_{menu}"),
    )


def _calling(asked: Asked, choices: Choices) -> Iterator[Button]:
    """With what the chosen role is called, or that it is not any more; another role is chosen with the command."""
    for calls in Calls:
        words, chosen = say(asked.language, f"words.calls_{calls}"), calls is choices.calls
        yield _option(asked, "calls", words, f"calls:{calls}", chosen, apart=calls is next(iter(Calls)))
    yield _option(asked, "calls", say(asked.language, "words.calls_nobody"), NOBODY, chosen=False)


def _refused(asked: Asked, wanted: Wishes) -> str:
    """The key of the words for why the role cannot be called that is wished for; empty where it can, or none is."""
    if not wanted.mention:
        return ""
    if wanted.mention == EVERYONE:
        return "role_everyone"
    roles = asked.about.roles if asked.about is not None else ()
    if not roles:
        return "role_nowhere"
    return "" if any(role.id == wanted.mention for role in roles) else "role_unknown"


def _stays(asked: Asked, taken: Taken, now: Choices) -> str:
    """That the last series stays, where it was to be taken away."""
    before = taken.before.choices if taken.before is not None else now
    stays = taken.wishes.leaves_none(before, taken.known)
    return asked.say("series_stays", stop=asked.typed("stop")) if stays else ""


def _drawbacks(asked: Asked, taken: Taken, choices: Choices) -> Iterator[str]:
    """What of the choices will not work as things are."""
    if taken.wishes.calls is not None and not choices.mention:
        yield asked.say("calls_without_role")
    if asked.about is not None:
        yield lacking(asked, asked.about, choices.mention)


def _called(asked: Asked, known: Iterable[str]) -> Iterator[str]:
    """The series by what readers call them, which is understood as well as their names."""
    return (speech.series_name(asked.language, series) for series in speech.ordered(known))


def _offered(known: tuple[str, ...], choices: Choices) -> list[str]:
    """The series that have a button: those that are chosen and pushes before the rest."""
    first = sorted(speech.ordered(known), key=lambda name: name not in choices.series and name != BREAKING)
    return speech.ordered(first[:SERIES_BUTTONS])
