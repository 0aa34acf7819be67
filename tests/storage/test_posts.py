"""Posts, digests and alerts as the store keeps them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest.identity import name_of
from digest.model import BREAKING, Digest, Story, StoryKey
from digest.problems import Code, Problem
from digest.richtext import Bold, Text
from storage import digests, ledger, posts
from storage.alerts import open_alerts, raise_alert, settle_alert
from storage.database import Database
from storage.posts import Known, Sight, Stamp
from storage.records import DigestId, PostId, PostState
from storage.sqlite import SqliteStore

NOW = datetime(2026, 1, 5, 8, 0, 0, 250_000, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """A fresh store."""
    opened = await SqliteStore.open(tmp_path / "sudi.db", now=lambda: NOW)
    yield opened
    await opened.close()


def written(text: str, **values: object) -> tuple[bytes, Digest]:
    """A text, and the digest it might have been read as."""
    data = text.encode()
    story = Story(title=(Bold((Text("One"),)), Text(" story")), url="https://a.example/1", key=StoryKey("a.example/1"))
    digest = Digest(revision=name_of(data), series="daily", title=text, language="zh", stories=(story,))
    return data, replace(digest, **values)  # type: ignore[arg-type]


def keep(db: Database, /, path: str, *, promised: bool = True, **values: object) -> tuple[Known, DigestId]:
    """A post of the source `news` with its digest."""
    data, digest = written(path, **values)
    posts.add_source(db, "news")
    sight = Sight(path=path, stamp=Stamp(len(data), 1), revision=digest.revision)
    assert posts.add(db, "news", sight, PostState.SETTLING, NOW)
    post = find(db, path)
    assert posts.take(db, post, PostState.PUBLISHED if promised else PostState.INDEXED, digest.title, ())
    return find(db, path), digests.keep(db, post.id, data, digest, first_seen=NOW, promised=promised)


def find(db: Database, path: str) -> Known:
    """What is known of the post at a path."""
    return next(post for post in posts.known(db, "news") if post.path == path)


async def test_change_that_was_decided_from_something_else_has_no_effect(store: SqliteStore) -> None:
    """Every change names the text and the state it was decided from; who comes second changes nothing."""

    def unit(db: Database) -> list[bool]:
        before, _ = keep(db, "a.md")
        newer = Sight(path="a.md", stamp=Stamp(9, 9), revision=name_of(b"newer"))
        return [
            posts.change(db, before, newer, PostState.PUBLISHED, NOW),
            posts.change(db, before, newer, PostState.PUBLISHED, NOW),
            posts.touch(db, before, Stamp(1, 1)),
            posts.take(db, before, PostState.PUBLISHED, "", ()),
            posts.enter(db, before, PostState.GONE),
            posts.move(db, "news", before, newer, PostState.PUBLISHED, now=NOW),
            posts.take(db, find(db, "a.md"), PostState.PUBLISHED, "", ()),
            posts.take(db, find(db, "a.md"), PostState.PUBLISHED, "", ()),
            posts.add(db, "news", newer, PostState.SETTLING, NOW),
        ]

    done = await store.write(unit)
    assert done == [True, False, False, False, False, False, True, False, False]


async def test_path_of_a_post_that_is_gone_is_free(store: SqliteStore) -> None:
    """A path may hold another post when the one before is gone; both are kept."""

    def unit(db: Database) -> tuple[PostId, PostId]:
        gone, _ = keep(db, "a.md")
        assert posts.enter(db, gone, PostState.GONE)
        sight = Sight(path="a.md", stamp=Stamp(1, 1), revision=name_of(b"new"))
        assert posts.add(db, "news", sight, PostState.SETTLING, NOW)
        newer = next(post for post in posts.known(db, "news") if post.state is not PostState.GONE)
        return gone.id, newer.id

    first, second = await store.write(unit)
    assert first != second
    assert [kept.path for kept in await store.read(posts.posts)] == ["a.md", "a.md"]


async def test_digest_is_kept_with_its_text_and_stories(store: SqliteStore) -> None:
    """A digest is kept with the text it was read from, and with the keys of its stories."""
    _, kept_id = await store.write(keep, "a.md")
    kept = await store.read(digests.digest, kept_id)
    assert kept is not None
    assert (kept.source, kept.path, kept.title, kept.state) == ("news", "a.md", "a.md", PostState.PUBLISHED)
    assert await store.read(digests.digest_at, "news", "a.md") == kept
    post = await store.read(digests.post_of, kept)
    assert (post.path, post.data) == ("a.md", b"a.md")
    assert await store.read(digests.digest, DigestId(99)) is None
    with pytest.raises(KeyError):
        await store.read(digests.text_of, name_of(b"never kept"))


async def test_times_are_kept_to_the_millisecond(store: SqliteStore) -> None:
    """A digest without a time of its own was published when first seen; all times come back aware, in UTC."""
    _, kept_id = await store.write(keep, "a.md")
    kept = await store.read(digests.digest, kept_id)
    assert kept is not None
    assert (kept.published_at, kept.first_seen) == (NOW, NOW)
    assert kept.published_at.tzinfo is UTC


async def test_latest_of_each_series(store: SqliteStore) -> None:
    """Readers are offered the newest digest of each series, and nothing that is withdrawn, held or gone."""

    def unit(db: Database) -> None:
        keep(db, "old.md", published=NOW - HOUR)
        keep(db, "new.md", published=NOW)
        keep(db, "weekly.md", published=NOW - 2 * HOUR, series="weekly", promised=False)
        for number, path in enumerate(("withdrawn.md", "gone.md", "held.md"), start=1):
            keep(db, path, published=NOW + number * HOUR)
        digests.withdraw(db, find(db, "withdrawn.md").id)
        posts.enter(db, find(db, "gone.md"), PostState.GONE)
        posts.enter(db, find(db, "held.md"), PostState.BACKLOG)

    await store.write(unit)
    assert [kept.path for kept in await store.read(digests.latest_by_series)] == ["new.md", "weekly.md"]
    assert [kept.path for kept in await store.read(digests.latest_by_series, ["weekly", "none"])] == ["weekly.md"]
    found = await store.read(digests.published_between, NOW - HOUR, NOW)
    assert [kept.path for kept in found] == ["old.md"]
    assert await store.read(digests.series) == ["daily", "weekly"]


async def test_push_is_kept_and_promised_once(store: SqliteStore) -> None:
    """A push is kept and promised in one unit; the same push again gives the same digest."""
    data, digest = written("Flash", series=BREAKING)

    def push(db: Database) -> DigestId:
        return digests.publish(db, path="push-1.md", data=data, digest=digest, now=NOW)

    first = await store.write(push)
    assert await store.write(push) == first
    promised = await store.write(ledger.promise_page, page=10, now=NOW)
    assert promised is not None
    assert promised.digest == first
    assert [kept.source for kept in await store.read(posts.posts)] == [digests.DESK]
    (latest,) = await store.read(digests.latest_by_series)
    assert (latest.id, latest.series, latest.state) == (first, BREAKING, PostState.PUBLISHED)


async def test_same_text_revised_is_no_correction(store: SqliteStore) -> None:
    """A post that moved with its text is read again at its new place, and there is nothing to correct."""

    def revise(db: Database, path: str, text: str) -> bool:
        data, digest = written(text, title="Another title")
        return digests.revise(db, find(db, path).id, data, digest, promised=True)

    _, kept_id = await store.write(keep, "a.md")
    assert not await store.write(revise, "a.md", "a.md")
    assert await store.read(lambda db: db.one("ledger.correcting")) is None
    assert await store.write(revise, "a.md", "newer")
    kept = await store.read(digests.digest, kept_id)
    assert kept is not None
    assert (kept.title, kept.revision, kept.published_at) == ("Another title", name_of(b"newer"), NOW)
    correcting = await store.read(lambda db: db.one("ledger.correcting"))
    assert correcting is not None
    assert correcting["id"] == kept_id


async def test_problems_are_kept_with_the_post(store: SqliteStore) -> None:
    """What is odd about a post is kept as codes, lines and words, and read back as it was."""
    problems = (
        Problem(code=Code.BAD_DATE, line=3, details={"value": "14:4g5:00"}),
        Problem(code=Code.NO_STORIES, details={"count": 2}),
    )

    def unit(db: Database) -> None:
        posts.add_source(db, "news")
        sight = Sight(path="a.md", stamp=Stamp(1, 1), revision=name_of(b"a"))
        posts.add(db, "news", sight, PostState.SETTLING, NOW)
        assert posts.take(db, find(db, "a.md"), PostState.DRAFT, "草稿", problems)

    await store.write(unit)
    (kept,) = await store.read(posts.posts, "news", 10)
    assert (kept.title, kept.problems, kept.settling) == ("草稿", problems, False)
    assert await store.read(posts.posts, "elsewhere") == []


async def test_sources_count_their_posts(store: SqliteStore) -> None:
    """A source is listed with what it holds, what of it is held back, and why it is failing."""

    def unit(db: Database) -> None:
        keep(db, "a.md")
        keep(db, "b.md")
        posts.enter(db, find(db, "b.md"), PostState.BACKLOG)
        posts.mark_looked(db, "news", NOW)
        posts.mark_looked(db, "news", NOW + HOUR)
        posts.fail_source(db, "news", "missing-folder", NOW + HOUR)
        posts.fail_source(db, "news", "empty-folder", NOW + 2 * HOUR)

    await store.write(unit)
    (kept,) = await store.read(posts.sources)
    assert (kept.posts, kept.backlog, kept.looked_at) == (2, 1, NOW)
    assert (kept.error, kept.failing_since) == ("empty-folder", NOW + HOUR)
    assert await store.write(posts.believe_vanished, "news")
    await store.write(posts.recover_source, "news")
    assert await store.read(posts.source, "news") == replace(
        kept, error=None, failing_since=None, posts=0, backlog=0, believe=False
    )
    assert not await store.write(posts.believe_vanished, "news")


async def test_alert_is_new_once(store: SqliteStore) -> None:
    """An alert is news when it opens, when it is about something else, and when it opens again; never in between."""

    def unit(db: Database) -> list[bool]:
        def tell(code: str, count: int) -> bool:
            return raise_alert(db, "source:news", code, {"posts": count}, NOW)

        return [
            tell("missing", 1),
            tell("missing", 2),
            tell("empty", 3),
            settle_alert(db, "source:news", NOW),
            settle_alert(db, "source:news", NOW),
            tell("empty", 4),
            tell("empty", 5),
        ]

    assert await store.write(unit) == [True, False, True, True, False, True, False]
    (alert,) = await store.read(open_alerts)
    assert (alert.name, alert.code, alert.details) == ("source:news", "empty", {"posts": 5})
    assert alert.raised_at == NOW
