"""Renditions: named by their content, made once, kept once."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.platform import Platform
from adapters.telegram.dialect import TelegramDialect
from bot.rendition import NO_MESSAGES, Kind, Read, Renditions, TextLost, content_of, render, rendition_of
from digest.choices import Layout
from digest.model import Digest, Post, Revision
from storage import digests
from storage.database import Database
from storage.queue import Kept
from storage.records import DigestId
from tests.world.life import SOURCE, WORDS, post, read_post
from tests.world.platform import PassageDialect
from tests.world.store import SyncSqliteStore

NOW = datetime(2025, 11, 21, tzinfo=UTC)
TEXT = post("D", "one", "two").encode()
POST = Post(path="daily/1.md", data=TEXT)


class Reader:
    """Reads posts and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, found: Post, source: str) -> Digest:
        """Read."""
        self.times += 1
        return read_post(found, source)


def publish(db: Database) -> DigestId:
    """Keep a digest."""
    return digests.publish(db, path=POST.path, data=TEXT, digest=read_post(POST, SOURCE), now=NOW, source=SOURCE)


def kind_of(digest: DigestId, **changed: object) -> Kind:
    """The usual kind of reader."""
    revision = read_post(POST, SOURCE).revision
    kind = Kind(digest, revision, Platform.TELEGRAM, Layout.FULL, "en", frozenset())
    return kind._replace(**changed)  # type: ignore[arg-type]


async def made(folder: Path, reader: Read, *, remembered: int = 8) -> tuple[Renditions, DigestId]:
    """Renditions over a store that holds one digest."""
    store = SyncSqliteStore(folder / "x.db")
    dialects = {Platform.TELEGRAM: PassageDialect(Platform.TELEGRAM)}
    digest = await store.write(publish)
    return Renditions(store=store, read=reader, dialects=dialects, words=lambda _: WORDS, remembered=remembered), digest


async def test_rendition_is_what_the_preview_shows(tmp_path: Path) -> None:
    """The messages that are sent are those of `render`, which the preview calls as well."""
    renditions, digest = await made(tmp_path, Reader())
    rendition = await renditions.make(kind_of(digest))
    dialect = PassageDialect(Platform.TELEGRAM)
    shown = render(read_post(POST, SOURCE), dialect=dialect, layout=Layout.FULL, words=WORDS)
    assert rendition == shown
    assert len(rendition.messages) == 2


async def test_renditions_are_remembered_by_what_they_depend_on(tmp_path: Path) -> None:
    """The same kind of reader costs one reading; another layout, language or history is another kind."""
    reader = Reader()
    renditions, digest = await made(tmp_path, reader)
    rendition = await renditions.make(kind_of(digest))
    assert renditions.known(kind_of(digest)) is rendition
    assert renditions.known(kind_of(digest, layout=Layout.HEADLINES)) is None
    seen = frozenset(story.key for story in read_post(POST, SOURCE).stories[:1] if story.key)
    assert renditions.known(kind_of(digest, seen=seen)) is None
    other = await renditions.make(kind_of(digest, seen=seen))
    assert other.name != rendition.name
    assert reader.times == 2


async def test_memory_of_renditions_is_bounded(tmp_path: Path) -> None:
    """The rendition that was not used for longest is forgotten first."""
    renditions, digest = await made(tmp_path, Reader(), remembered=2)
    kinds = [kind_of(digest, layout=layout) for layout in (Layout.FULL, Layout.BRIEF)]
    for kind in kinds:
        await renditions.make(kind)
    assert renditions.known(kinds[0])
    await renditions.make(kind_of(digest, layout=Layout.HEADLINES))
    assert renditions.known(kinds[0])
    assert renditions.known(kinds[1]) is None


async def test_lost_text_is_an_error(tmp_path: Path) -> None:
    """Nothing is composed of a text that is not kept."""
    renditions, digest = await made(tmp_path, Reader())
    with pytest.raises(TextLost):
        await renditions.make(kind_of(digest, revision=Revision("another")))


async def test_rendition_is_handed_to_the_store_until_it_is_kept(tmp_path: Path) -> None:
    """A rendition goes with its first intent, and by its number alone from then on."""
    renditions, _ = await made(tmp_path, Reader())
    rendition = rendition_of(({"text": "速递"},))
    first = renditions.kept(rendition, Platform.TELEGRAM)
    assert first == Kept(name=rendition.name, platform="telegram", messages='[{"text":"速递"}]')
    renditions.note_kept(rendition, 7)
    assert renditions.kept(rendition, Platform.TELEGRAM) == 7


@pytest.mark.parametrize("layout", Layout)
def test_a_correction_of_a_body_changes_no_headlines(layout: Layout) -> None:
    """A word that is corrected in a body is no news for chats that show titles alone: nothing there is edited."""
    text = "---\ntitle: D\n---\n\n1. [one](https://a.example/1)\n\n   Teh body.\n\n2. [two](https://a.example/2)\n"
    digests_read = [
        read_post(Post(path=POST.path, data=said.encode()), SOURCE) for said in (text, text.replace("Teh", "The"))
    ]
    before, after = (render(digest, dialect=TelegramDialect(), layout=layout, words=WORDS) for digest in digests_read)
    assert "reply_markup" in before.messages[0] or layout is not Layout.HEADLINES
    assert (before.contents == after.contents) is (layout is Layout.HEADLINES)


def test_contents_are_named_by_what_they_say() -> None:
    """Two messages have one name if, and only if, they say the same, whatever the order of their keys."""
    assert content_of({"a": 1, "b": 2}) == content_of({"b": 2, "a": 1})
    assert content_of({"a": 1}) != content_of({"a": 2})
    assert NO_MESSAGES.contents == ()


async def test_workers_that_want_the_same_rendition_wait_for_one(tmp_path: Path) -> None:
    """A post is read once for all who want it at the same time, and the loop goes on meanwhile."""
    reads, reader = threading.Event(), Reader()

    def patient(found: Post, source: str) -> Digest:
        assert reads.wait(30)
        return reader(found, source)

    renditions, digest = await made(tmp_path, patient)
    wanted = [asyncio.ensure_future(renditions.make(kind_of(digest))) for _ in range(3)]
    await asyncio.sleep(0)
    reads.set()
    first, *others = await asyncio.gather(*wanted)
    assert all(other is first for other in others)
    assert (reader.times, renditions.known(kind_of(digest))) == (1, first)


async def test_worker_that_is_stopped_takes_no_rendition_from_the_others(tmp_path: Path) -> None:
    """One of those who wait is cancelled; the others get what they wait for."""
    renditions, digest = await made(tmp_path, Reader())
    stopped, other = (asyncio.ensure_future(renditions.make(kind_of(digest))) for _ in range(2))
    await asyncio.sleep(0)
    stopped.cancel()
    assert (await other).messages
