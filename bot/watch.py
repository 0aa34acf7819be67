"""Watches the sources: each is looked at in its own time, and one that fails is left alone for a while."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final

import structlog

from bot.answer.shelf import rules_of, zone_for
from bot.config import Settings, SourceSettings
from bot.desk import bring_latest
from bot.look import Looker, Settling, Source
from bot.looking.checkout import Checkout, place_of
from bot.looking.git import Git
from bot.looking.patience import Patience
from bot.schedule import Schedule, guarded
from digest.model import Rules
from storage.database import Database
from storage.store import Store, StoreError

LONGEST_REST: Final = timedelta(minutes=1)
"""So long at most is a failing folder left alone."""
LONGEST_FIRST_LOOK: Final = 30.0
"""Seconds after which nobody is kept waiting any more for a folder that hangs."""

log = structlog.get_logger(__name__)


def zone_of(db: Database, settings: Settings) -> tzinfo:
    """The zone of times that name none: the setting, or else what the newest post says."""
    return zone_for(db, None, settings, rules_of(settings))


class Watch:
    """All sources, watched. `sources` and `checkouts` are by name; `zone` is for times that name none.

    `decided` is called when a look may have given the lanes something to do, `noticed` when a page may show something
    else; `random` gives numbers from 0 to 1.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        zone: tzinfo,
        *,
        now: Callable[[], datetime],
        random: Callable[[], float],
        decided: Callable[[], None],
        noticed: Callable[[], None],
    ) -> None:
        self.zone = zone
        self.checkouts = _checkouts(settings)
        self.sources = _sources(settings, zone, self.checkouts)
        self._settings = settings
        self._store = store
        self._now = now
        self._random = random
        self._decided = decided
        self._noticed = noticed
        self._looker = Looker(store, now)
        self._known_rules = rules_of(settings, zone)
        self._failures: dict[str, int] = {}
        self._beats_to_skip: dict[str, int] = {}

    def rules(self, source: str) -> Rules:
        """How the posts of a source are read."""
        return self._known_rules(source)

    def looked_at(self, source: str) -> datetime | None:
        """When a source was last looked at."""
        return self._looker.looked_at(source)

    def rest_no_more(self) -> None:
        """Somebody decided something: look at failing sources, too, at the next beat."""
        self._beats_to_skip.clear()

    async def begin(self, schedule: Schedule, then: Callable[[], Awaitable[None]]) -> None:
        """Look at each source, now and from now on; `then` follows when all were looked at, though one may hang."""
        async with asyncio.TaskGroup() as group:
            looks = [group.create_task(self._begin(name, schedule)) for name in self.sources]
            if looks:
                await asyncio.wait(looks, timeout=LONGEST_FIRST_LOOK)
            await then()

    async def _begin(self, source: str, schedule: Schedule) -> None:
        """Look at one source: another whose folder hangs keeps nothing of it back."""
        name, look = f"look:{source}", self._looking(source)
        await guarded(name, look)
        schedule.every(timedelta(seconds=self._settings.look_seconds), name, look, at_once=False)

    def _looking(self, source: str) -> Callable[[], Coroutine[Any, Any, None]]:
        async def look() -> None:
            await self._look(self.sources[source])

        return look

    async def _look(self, source: Source) -> None:
        if (skip := self._beats_to_skip.get(source.name, 0)) > 0:
            self._beats_to_skip[source.name] = skip - 1
            return
        try:
            looked = await self._looker.look(source)
        except StoreError as error:
            log.warning("look.waits_for_store", source=source.name, why=str(error))
            return
        if looked.indexed:
            await self._learn_zone()
        self._rest(source.name, failing=looked.failing is not None and source.checkout is None)
        if looked.stirred or (looked.first and await bring_latest(self._store, now=self._now)):
            self._decided()
        elif looked.eventful:
            self._noticed()

    def _rest(self, source: str, *, failing: bool) -> None:
        """Leave a failing folder alone for a while. Beats are counted: a clock that is set back prolongs no rest."""
        usual = timedelta(seconds=self._settings.look_seconds)
        self._failures[source] = self._failures.get(source, 0) + 1 if failing else 0
        patience = Patience(usual=usual, longest=LONGEST_REST)
        rest = patience.rest(self._failures[source], self._random())
        self._beats_to_skip[source] = round(rest / usual) - 1

    async def _learn_zone(self) -> None:
        """Tell times by what the posts say that were just found, where the settings say nothing."""
        zone = await self._store.read(zone_of, self._settings)
        if zone != self.zone:
            self.zone = zone
            self._known_rules = rules_of(self._settings, zone)
            self.sources.update(_sources(self._settings, zone, self.checkouts))


def _checkouts(settings: Settings) -> dict[str, Checkout]:
    """The checkouts of the sources that are Git repositories, by name."""
    git = Git(os.environ)
    return {
        source.called: Checkout(source.called, repository, home=place_of(settings.data_dir, source.called), git=git)
        for source in settings.sources
        if (repository := source.repository) is not None
    }


def _sources(settings: Settings, zone: tzinfo, checkouts: Mapping[str, Checkout]) -> dict[str, Source]:
    return {
        source.called: Source(
            folder=source.place(settings.data_dir),
            rules=source.rules(zone),
            settling=_settling(settings, source),
            selection=source.selection,
            customs=source.customs,
            checkout=checkouts.get(source.called),
        )
        for source in settings.sources
    }


def _settling(settings: Settings, source: SourceSettings) -> Settling:
    settle = timedelta(seconds=settings.settle_seconds if source.settle_seconds is None else source.settle_seconds)
    return Settling(settle=settle, push_settle=min(Settling().push_settle, settle))
