"""Whatever happens in a folder: each post is published at most once, never before it has settled."""

from __future__ import annotations

import asyncio
import os
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.look import Looker, Settling, Source
from digest.choices import Choices
from digest.model import Rules
from storage import ledger, posts
from storage.records import PostId, PostState
from storage.subscriptions import Place, subscribe
from tests.bot.newsroom import START, post
from tests.world.store import SyncSqliteStore

SETTLE = timedelta(seconds=60)

Verb = Literal["save", "edit", "rename", "delete", "touch", "copy", "move out", "move in", "look"]
Act = tuple[Verb, int, int]

acts = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "save",
                "edit",
                "rename",
                "rename",
                "delete",
                "touch",
                "copy",
                "move out",
                "move out",
                "move in",
                "move in",
            ]
            + ["look"] * 12
        ),
        st.integers(0, 30),
        st.sampled_from([1, 30, 59, 60, 61, 200]),
    ),
    min_size=30,
    max_size=60,
)


@dataclass
class Folder:
    """A folder to which things happen, and what a reader of it would expect.

    `titles` names what each path holds; `seen` is when a look first saw the text that a title has now. What nobody
    could tell apart does not happen: a text that no look has seen is not copied and does not leave to come back
    later, what has just been copied is not renamed, an original does not leave its copy alone, nor does it leave its
    text and its name to its copy at once, and to a post that came back or has no date (every second one) only one
    thing happens between two looks.
    """

    place: Path
    titles: dict[str, str] = field(default_factory=dict)
    copies: set[str] = field(default_factory=set)
    away: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    seen: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    unseen: set[str] = field(default_factory=set)
    copied: set[str] = field(default_factory=set)
    returned: set[str] = field(default_factory=set)
    ticks: int = 0

    def act(self, verb: Verb, number: int) -> None:
        """Let one thing happen, if it can."""
        self.ticks += 1
        path = self._pick([path for path in self.titles if self._free(path)], number)
        match verb:
            case "save":
                self._write(f"{self.ticks}.md", f"P{self.ticks}", f"Words {self.ticks}.")
            case "edit" if path:
                self._write(path, self.titles[path], f"Words {self.ticks}.")
            case "rename" if anything := self._pick(
                [path, *sorted(self.copies)] if path else sorted(self.copies), number
            ):
                self._rename(anything)
            case "touch" if path:
                self._stamp(path)
            case "copy" if path and self.titles[path] not in self.unseen:
                self._copy(path)
            case "delete" if anything := self._pick(list(self.titles), number):
                (self.place / anything).unlink()
                self._forget(anything)
            case "move out" if path and self._may_leave(self.titles[path]):
                (self.place / path).rename(self.place.parent / f"away-{path}")
                self.away[path] = self._forget(path)
            case "move in" if path := self._pick(list(self.away), number):
                (self.place.parent / f"away-{path}").rename(self.place / path)
                self.titles[path] = self.away.pop(path)
                self.unseen.add(self.titles[path])
                self.returned.add(self.titles[path])
            case _:
                pass

    def look(self, now: datetime) -> None:
        """Somebody looks: note since when each title's text has been there."""
        self.unseen.clear()
        self.copied.clear()
        self.returned.clear()
        for path, title in self.titles.items():
            text = self.texts[title]
            if path not in self.copies and self.seen.get(title, ("", now))[0] != text:
                self.seen[title] = (text, now)

    def _write(self, path: str, title: str, words: str) -> None:
        self.titles[path] = title
        self.texts[title] = words
        self.unseen.add(title)
        minutes, seconds = divmod(int(title[1:]), 60)
        date = {} if self._undated(title) else {"date": f"2026-01-05T08:{minutes:02}:{seconds:02}+08:00"}
        (self.place / path).write_text(post(title, words, **date))
        self._stamp(path)

    def _rename(self, path: str) -> None:
        title = self.titles[path]
        if title in self.copied or (title in self.unseen and list(self.titles.values()).count(title) > 1):
            return
        new = f"r{self.ticks}.md"
        (self.place / path).rename(self.place / new)
        copy = path in self.copies
        self.titles[new] = self._forget(path)
        self.unseen.add(self.titles[new])
        self.copies |= {new} if copy else set()

    def _copy(self, path: str) -> None:
        new = f"c{self.ticks}.md"
        (self.place / new).write_bytes((self.place / path).read_bytes())
        self._stamp(new)
        self.titles[new] = self.titles[path]
        self.copies.add(new)
        self.copied.add(self.titles[path])

    def _forget(self, path: str) -> str:
        self.copies.discard(path)
        return self.titles.pop(path)

    def _stamp(self, path: str) -> None:
        os.utime(self.place / path, ns=(self.ticks * 1000, self.ticks * 1000))

    def _free(self, path: str) -> bool:
        title = self.titles[path]
        busy = title in self.returned or (self._undated(title) and title in self.unseen)
        return path not in self.copies and not busy

    def _may_leave(self, title: str) -> bool:
        return title not in self.unseen and list(self.titles.values()).count(title) == 1

    @staticmethod
    def _undated(title: str) -> bool:
        return int(title[1:]) % 2 == 1

    @staticmethod
    def _pick(paths: list[str], number: int) -> str | None:
        return paths[number % len(paths)] if paths else None


@pytest.mark.long
@settings(max_examples=25)
@given(acts)
def test_each_post_is_published_at_most_once_and_never_before_it_settled(happenings: list[Act]) -> None:
    """Saves, edits, renames, deletions, touches, copies and detours: one publication a post, after the settle time."""
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "posts").mkdir()
        asyncio.run(_live_through(Path(place), happenings))


async def _live_through(place: Path, happenings: list[Act]) -> None:
    folder = Folder(place / "posts")
    folder.act("save", 0)
    folder.act("save", 0)
    folder.ticks = 10
    store = SyncSqliteStore(place / "sudi.db")
    clock = [START]
    looker = Looker(store, lambda: clock[0])
    source = Source(folder=folder.place, rules=Rules(source="news", zone=UTC), settling=Settling(settle=SETTLE))
    await store.write(subscribe, Place(platform="web", account="local", chat="x"), Choices(), now=START)
    ids: dict[str, PostId] = {}
    told: list[str] = []
    try:
        for verb, number, seconds in [("look", 0, 1), *happenings, ("look", 0, 1), ("look", 0, 61), ("look", 0, 61)]:
            if verb != "look":
                folder.act(verb, number)
                continue
            clock[0] += timedelta(seconds=seconds)
            if not (await looker.look(source)).failing:
                folder.look(clock[0])
            await _check(folder, store, clock[0], told=told, ids=ids)
    finally:
        await store.close()


async def _check(
    folder: Folder, store: SyncSqliteStore, now: datetime, *, told: list[str], ids: dict[str, PostId]
) -> None:
    while await store.write(ledger.promise_page, page=100, now=now):
        pass
    titles = [row.title for row in reversed(await store.read(ledger.deliveries, limit=1000))]
    assert len(titles) == len(set(titles)), "a post was promised twice"
    assert not {"P1", "P2"} & set(titles), "the first look is sent"
    for title in titles[len(told) :]:
        assert now - folder.seen[title][1] >= SETTLE, "a post was published before it had settled"
    told[:] = titles
    for kept in await store.read(posts.posts, None, 1000):
        if kept.state is PostState.PUBLISHED:
            assert ids.setdefault(kept.title, kept.id) == kept.id, "a post that moved became another"
