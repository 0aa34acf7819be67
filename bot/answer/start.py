"""What `/start` is answered: a greeting for the kind of chat, or what the link asked for that somebody followed."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import replace
from typing import Final

from adapters.platform import Button, ChatKind, Platform, Reply
from bot.answer import speech
from bot.answer.about import decides, place_of
from bot.answer.admin import AdminAnswers
from bot.answer.command import Asked, Command
from bot.answer.reader import ReaderAnswers, active
from bot.answer.shelf import known_series
from bot.answer.subscribing import SubscribingAnswers
from storage import subscriptions
from storage.admins import PAYLOAD
from storage.database import Database
from storage.records import SubscriptionState
from storage.store import Store
from storage.subscriptions import Subscription

SERIES: Final = "s_"
"""What a payload begins with that subscribes to a series."""

LONGEST_PAYLOAD: Final = 64
"""Letters, digits, `_` and `-` that Telegram takes behind `/start` (https://core.telegram.org/bots/features#deep-linking)."""

_STORY = re.compile(r"story_([0-9a-f]{12})_([0-9]{1,5})")


class StartAnswers:
    """How somebody is received."""

    def __init__(
        self, store: Store, readers: ReaderAnswers, subscribing: SubscribingAnswers, admins: AdminAnswers
    ) -> None:
        self._store = store
        self._readers = readers
        self._subscribing = subscribing
        self._admins = admins

    def command(self) -> Command:
        """The command."""
        return Command(name="start", run=self.start, arguments=True, platforms=frozenset(Platform) - {Platform.DISCORD})

    async def start(self, asked: Asked) -> Reply:
        """What the payload asks for; else a greeting. An interrupted subscription of whoever may decide goes on."""
        payload = asked.arguments
        if payload.startswith(PAYLOAD) and asked.query.asker.kind is ChatKind.PRIVATE:
            return await self._admins.open(asked)
        if story := _STORY.fullmatch(payload):
            return await self._readers.story(replace(asked, arguments=" ".join(story.groups())))
        subscription, known = await self._store.read(_standing, asked)
        series = series_in(payload)
        if series in known and await decides(asked):
            # Whoever chose before keeps what they chose.
            return await self._subscribing.subscribe(replace(asked, arguments=f"{'+' if subscription else ''}{series}"))
        if _is_suspended(subscription) and await decides(asked) and await self._subscribing.resume(asked):
            return self._greeting(asked, "greeting_resumed", subscribed=True)
        return self._greet(asked, subscription)

    def _greet(self, asked: Asked, subscription: Subscription | None) -> Reply:
        subscribed = active(subscription)
        if asked.query.asker.kind is ChatKind.PRIVATE:
            return self._greeting(asked, "greeting_subscribed" if subscribed else "greeting", subscribed=subscribed)
        key = "greeting_group_subscribed" if subscribed else "greeting_group"
        return self._greeting(asked, key, subscribed=subscribed)

    def _greeting(self, asked: Asked, key: str, *, subscribed: bool) -> Reply:
        greeting = speech.spoken(*speech.lines(asked.say(key)), title=asked.say("greeting_title"))
        return speech.reply(asked, greeting, buttons=tuple(_onward(asked, subscribed=subscribed)))


def _onward(asked: Asked, *, subscribed: bool) -> list[Button]:
    """What to press next."""
    names = ["today", "settings" if subscribed else "subscribe", "help"]
    return [speech.button(asked, name, f"/{name}") for name in names]


def _standing(db: Database, asked: Asked) -> tuple[Subscription | None, list[str]]:
    return subscriptions.subscription_at(db, place_of(asked)), known_series(db)


def _is_suspended(subscription: Subscription | None) -> bool:
    return subscription is not None and subscription.state is SubscriptionState.SUSPENDED


def series_in(payload: str) -> str | None:
    """The series that a payload names; None for one that names none."""
    if not payload.startswith(SERIES) or len(payload) > LONGEST_PAYLOAD:
        return None
    coded = payload.removeprefix(SERIES)
    try:
        padded = coded + "=" * (-len(coded) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return None
