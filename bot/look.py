"""Looks at sources: what is new or changed in a folder becomes posts, and settled posts become digests in the store.

Reading the disk is done in a thread; what a look means is decided by pure functions (`bot.looking.notice`,
`bot.looking.outcome`); what was decided is kept in small units (`bot.looking.record`), each of which names what it was
decided from. So a look may be cut off anywhere, and any number of processes may look at one source.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog

from bot.looking import examine, folder, record
from bot.looking.aside import aside
from bot.looking.examine import Source
from bot.looking.notice import (
    EMPTY_FOLDER,
    Change,
    Decision,
    Due,
    Fail,
    Look,
    Unreadable,
    decide,
    due_at_first,
    puzzling,
    to_read,
)
from bot.looking.outcome import Future, Settling
from bot.looking.record import Done, Read
from storage import posts
from storage.database import Database
from storage.posts import KeptSource, Known, Stamp
from storage.records import PostState
from storage.store import Store

__all__ = ["Looked", "Looker", "Settling", "Source"]

PAGE = 50
"""So many decisions are kept in one unit of work, so that nobody waits long for the writer."""
TOGETHER = 4 * PAGE
"""So many texts that came together are put in order, and in memory at once; an archive's first look has no order."""

NOTED_EVERY = timedelta(minutes=1)
"""So often it is noted that a source was looked at."""
NOT_RECEIVED = "not-received"
"""Why nothing is concluded from a repository: it is not there, or not whole."""

log = structlog.get_logger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What came of one look: `found` posts in the folder, and how many of them … `failing` is a code, or None.

    `first`: it ended the source's first look, so that what lay there before may be read by now.
    """

    found: int = 0
    failing: str | None = None
    first: bool = False
    new: int = 0
    changed: int = 0
    touched: int = 0
    moved: int = 0
    missing: int = 0
    returned: int = 0
    gone: int = 0
    copies: int = 0
    drafts: int = 0
    postponed: int = 0
    bad: int = 0
    still_bad: int = 0
    crowded: int = 0
    held: int = 0
    indexed: int = 0
    published: int = 0
    revised: int = 0
    withdrawn: int = 0
    recovered: int = 0

    @property
    def stirred(self) -> bool:
        """Whether there is anything to promise, correct or skip."""
        return bool(self.published or self.revised or self.withdrawn or self.gone)

    @property
    def eventful(self) -> bool:
        """Whether anything changed that a page shows."""
        told = (getattr(self, name.name) for name in fields(self) if name.name not in {"found", "failing", "touched"})
        return any(told)


class Looker:
    """Looks at sources, as often as it is asked.

    `now` is the clock. What it remembers between looks only saves work: the truth is in the store.
    """

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._quiet: dict[str, _Quiet] = {}
        self._last: dict[str, datetime] = {}
        self._noted: dict[str, datetime] = {}

    def looked_at(self, source: str) -> datetime | None:
        """When this process last looked at the source of this name, whatever came of it; None before it did."""
        return self._last.get(source)

    async def look(self, source: Source) -> Looked:
        """Look once; raises StoreError. Of a repository nothing is concluded before it was received whole."""
        if source.checkout is None:
            return await self._look(source)
        async with source.checkout.still:
            if not await aside(source.checkout.is_ready):
                return Looked(failing=NOT_RECEIVED)
            return await self._look(source)

    async def _look(self, source: Source) -> Looked:
        now = self._last[source.name] = self._now()
        try:
            found = await aside(folder.walk, source.folder, source.selection)
        except folder.FolderLost as lost:
            return await self._fail(source, Fail(code=lost.code), now)
        if (quiet := self._quiet.get(source.name)) is not None and quiet.still(found, now):
            await self._note(source, now)
            return Looked(found=len(found))
        look = await self._see(source, found, now)
        decisions = await asyncio.to_thread(decide, look)
        if decisions and isinstance(decisions[0], Fail):
            return await self._fail(source, decisions[0], now)
        done = await self._conclude(source, look, decisions)
        self._remember(source, look, done)
        await self._note(source, now)
        _tell(source, done, first=look.first)
        counts: dict[str, Any] = Counter(one.what for one in done)
        return Looked(found=len(look.found), first=look.first, **counts)

    async def _see(self, source: Source, found: Mapping[str, Stamp], now: datetime) -> Look:
        """Everything that the look is decided from."""
        kept, known = await self._store.read(_kept, source.name)
        if source.customs.future is not Future.WAIT:
            known = tuple(post if post.due_at is None else replace(post, due_at=None) for post in known)
        paths = to_read(known, found)
        names, vanished = await aside(examine.names, source, paths)
        look = Look(
            now=now,
            settle=source.settling.settle,
            soonest=source.settling.soonest if source.rules.may_push else source.settling.settle,
            source=kept,
            known=known,
            found={path: stamp for path, stamp in found.items() if path not in vanished},
            read=names,
        )
        puzzles = await asyncio.to_thread(puzzling, look)
        if not puzzles:
            return look
        new_marks = await aside(examine.marks, source, puzzles)
        return replace(look, new_marks=new_marks, known_marks=await self._store.read(posts.marks, source.name))

    async def _conclude(self, source: Source, look: Look, decisions: Sequence[Decision]) -> list[Done]:
        """Keep what was decided, then act upon what is due; a first look ends with reading everything."""
        if look.first:
            await self._store.write(posts.add_source, source.name)
        done: list[Done] = []
        for page in _pages([one for one in decisions if not isinstance(one, Due)]):
            done += await self._store.write(record.record, source.name, page, look.now)
        due = [one for one in decisions if isinstance(one, Due)]
        if look.first:
            _, known = await self._store.read(_kept, source.name)
            due = due_at_first(replace(look, known=known))
        for batch in _pages(due, PAGE if look.first else TOGETHER):
            texts = await aside(examine.texts, source, look.source, batch, look.now)
            for some in _pages(texts):
                done += await self._store.write(_keep_texts, source.name, some, look.now)
        if look.first:
            await self._store.write(posts.mark_looked, source.name, look.now)
        return done

    async def _fail(self, source: Source, failure: Fail, now: datetime) -> Looked:
        """Conclude nothing, and tell it once."""
        self._quiet.pop(source.name, None)
        kept, known = await self._store.read(_kept, source.name)
        if failure.code == EMPTY_FOLDER and not known and kept.looked_at is None:
            # A publisher who begins with an empty folder has had the first look: the first post is news.
            await self._store.write(_begin_empty, source.name, now)
        if kept.error != failure.code:
            news = await self._store.write(record.fail, source.name, failure.code, failure.posts, now)
            if news:
                log.warning("source.failing", source=source.name, code=failure.code, vanished=failure.posts)
        return Looked(failing=failure.code)

    def _remember(self, source: Source, look: Look, done: Sequence[Done]) -> None:
        """A look that changed nothing and left nothing open is not repeated while the folder stays as it is."""
        waits = any(_open_ended(post, look.now) for post in look.known)
        if done or waits or look.first:
            self._quiet.pop(source.name, None)
        else:
            due = [post.due_at for post in look.known if post.due_at is not None and post.waits(look.now)]
            self._quiet[source.name] = _Quiet(look.found, min(due, default=None))

    async def _note(self, source: Source, now: datetime) -> None:
        """Note now and then that the source was looked at, for those who ask when nothing runs."""
        if source.name not in self._noted or not timedelta() <= now - self._noted[source.name] < NOTED_EVERY:
            self._noted[source.name] = now
            await self._store.write(posts.note_look, source.name, now)


# --- Units of work -----------------------------------------------------------------------------------------------


def _kept(db: Database, name: str) -> tuple[KeptSource, tuple[Known, ...]]:
    return posts.source(db, name), tuple(posts.known(db, name))


def _begin_empty(db: Database, name: str, now: datetime) -> None:
    posts.add_source(db, name)
    posts.mark_looked(db, name, now)


def _keep_texts(db: Database, name: str, texts: Sequence[Read | Change | Unreadable], now: datetime) -> list[Done]:
    """Act upon what was read, and note what turned out to be otherwise."""
    changed = [text for text in texts if not isinstance(text, Read)]
    read = [text for text in texts if isinstance(text, Read)]
    return record.record(db, name, changed, now) + record.act(db, name, read, now)


# --- The rest ----------------------------------------------------------------------------------------------------


def _pages(all_of_them: Sequence[T], size: int = PAGE) -> Iterator[Sequence[T]]:
    for start in range(0, len(all_of_them), size):
        yield all_of_them[start : start + size]


@dataclass(frozen=True, slots=True)
class _Quiet:
    """A folder from which nothing follows while it stays so, until a post's own date comes."""

    found: Mapping[str, Stamp]
    until: datetime | None

    def still(self, found: Mapping[str, Stamp], now: datetime) -> bool:
        return self.found == found and (self.until is None or now < self.until)


def _open_ended(post: Known, now: datetime) -> bool:
    """Whether the next look may conclude something of a post though its file stays as it is."""
    pending = post.pending and not post.waits(now)
    return post.state is not PostState.GONE and (pending or post.missing_since is not None or post.unreadable)


_WARNED = {"bad": "post.bad", "copies": "post.copied"}
_TOLD = {what: f"post.{what}" for what in ("published", "revised", "withdrawn", "moved", "gone", "postponed")}
_COUNTED = {"held": "posts.held", "indexed": "posts.indexed"}


def _tell(source: Source, done: Sequence[Done], *, first: bool) -> None:
    """Log what an operator wants to know: what became of single posts, and how many were kept without being sent."""
    for one in done:
        if one.what in _WARNED and not (first and one.what == "copies"):
            log.warning(_WARNED[one.what], source=source.name, path=one.path, **one.details)
        elif one.what in _TOLD:
            log.info(_TOLD[one.what], source=source.name, path=one.path, **one.details)
        elif one.what == "recovered":
            log.info("source.recovered", source=source.name)
    counts = Counter(one.what for one in done)
    for what, event in _COUNTED.items():
        if counts[what]:
            log.info(event, source=source.name, posts=counts[what])
