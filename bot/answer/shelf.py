"""What can be shown of what is kept: digests read again from their texts, and the zone that times are told in.

These are units of work that only read; they run in a reader's thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from bot import reading
from bot.catalogue import words
from bot.config import Settings
from digest.choices import EVERY_SERIES, Choices, Layout
from digest.compose import Document, Folding, compose
from digest.model import BREAKING, Digest, Post, Rules
from storage import digests
from storage.database import Database
from storage.digests import KeptDigest

RulesOf = Callable[[str], Rules]
"""The rules of a source by its name; of pushes and of sources that are gone as well."""

AT_ONCE: Final = 5
"""So many digests are shown where no series is named: an archive may have hundreds of series."""

_read = lru_cache(maxsize=64)(reading.read)


def rules_of(settings: Settings, zone: tzinfo = UTC) -> RulesOf:
    """The rules of the configured sources; `zone` is for times that name none.

    What was pushed, and what is left of sources that are not configured any more, has rules of its own.
    """
    known = {source.called: source.rules(zone) for source in settings.sources}
    return lambda name: known.get(name) or Rules(source=name, zone=zone, may_push=name == digests.DESK)


def opened(db: Database, kept: KeptDigest, rules: RulesOf) -> Digest:
    """A digest as it was read, from the text that is kept."""
    return _read(digests.post_of(db, kept), rules(kept.source))


def read_push(post: Post, rules: RulesOf) -> Digest:
    """A push as it will be kept."""
    return _read(post, rules(digests.DESK))


def zone_for(db: Database, choices: Choices | None, settings: Settings, rules: RulesOf) -> tzinfo:
    """The reader's zone: the chosen one, the setting, the newest post's offset, UTC."""
    for name in (choices.zone if choices else "", settings.time_zone):
        if name:
            return ZoneInfo(name)
    for kept in digests.latest_by_series(db):
        published = opened(db, kept, rules).published if kept.series != BREAKING else None
        if published is not None and published.tzinfo is not None:
            return published.tzinfo
    return UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """How digests are shown to one reader."""

    choices: Choices
    folds: Folding
    rules: RulesOf

    def today(self, db: Database, now: datetime, zone: tzinfo) -> list[Document]:
        """Today's digests by the reader's clock: the newest of a series as chosen, earlier ones by headlines."""
        day = now.astimezone(zone).date()
        start, end = (datetime.combine(date, time(), zone) for date in (day, day + timedelta(days=1)))
        found = [kept for kept in digests.published_between(db, start, end) if self.choices.wants(kept.series)]
        found = self._once(found)
        newest = {kept.series: kept.id for kept in found}
        return [self.document(db, kept, whole=newest[kept.series] == kept.id) for kept in found]

    def latest(self, db: Database, series: Iterable[str] | None = None) -> list[Document]:
        """The newest digest of each of these series; else the newest ones of those that the reader wants, no push."""
        if series is not None:
            named = frozenset(series)
            found = self._preferred(db, digests.latest_by_series(db, named), named.__contains__)
        else:
            offered = [kept for kept in digests.latest_by_series(db) if self._is_offered(kept.series)]
            found = self._preferred(db, offered, self._is_offered)[:AT_ONCE]
        return [self.document(db, kept) for kept in reversed(found)]

    def _is_offered(self, series: str) -> bool:
        return self.choices.wants(series) and series != BREAKING

    def _preferred(self, db: Database, found: Iterable[KeptDigest], wanted: Callable[[str], bool]) -> list[KeptDigest]:
        """In place of each digest the telling of it that this reader prefers, each work once."""
        works = {kept.work: kept for kept in found}.values()
        tellings = ([told for told in digests.tellings(db, kept) if wanted(told.series)] for kept in works)
        return [min(told, key=self._preference) for told in tellings]

    def _once(self, found: Iterable[KeptDigest]) -> list[KeptDigest]:
        """Of digests that tell the same, the one that this reader prefers."""
        works: dict[str, list[KeptDigest]] = {}
        for kept in found:
            works.setdefault(kept.work, []).append(kept)
        return [min(told, key=self._preference) for told in works.values()]

    def _preference(self, kept: KeptDigest) -> tuple[bool, bool, int]:
        """Least for the one in the reader's language, then for the publisher's own, then for the first."""
        return kept.language != self.choices.language, kept.translated, kept.id

    def document(self, db: Database, kept: KeptDigest, *, whole: bool = True) -> Document:
        """One digest as this reader wants it."""
        return self.composed(opened(db, kept, self.rules), self.choices.layout if whole else Layout.HEADLINES)

    def composed(self, digest: Digest, layout: Layout) -> Document:
        """A digest as composed for a reader who has seen nothing before."""
        language = words(self.choices.language)
        return compose(digest, layout=layout, folds=self.folds, words=language, seen=frozenset())


def known_series(db: Database) -> list[str]:
    """Every series that may be chosen: those that have digests, and pushes."""
    return sorted({*digests.series(db), BREAKING} - {EVERY_SERIES})
