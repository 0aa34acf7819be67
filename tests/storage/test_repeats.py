"""Repeats as the store finds them: where a digest's stories stood before, and what of it a chat was brought."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest.choices import Choices
from digest.identity import name_of
from digest.model import Digest, Story, StoryKey
from digest.richtext import Text
from storage import digests, ledger, queue, subscriptions
from storage.queue import End, Intent, Kept, Queued
from storage.records import Action, DeliveryState, DigestId, PartState, SubscriptionId
from storage.sqlite import SqliteDatabase, sqlite_statements, writing
from storage.subscriptions import Place
from storage.times import to_ms

NOW = datetime(2025, 11, 21, 1, tzinfo=UTC)
MS = to_ms(NOW)
KEPT = Kept(name="n", platform="web", messages='[{"text":"one"}]')


@pytest.fixture
def db(tmp_path: Path) -> Iterator[SqliteDatabase]:
    """A database of this schema, within a transaction."""
    connection = writing(tmp_path / "x.db", now=lambda: NOW)
    database = SqliteDatabase(connection, sqlite_statements())
    database.begin()
    yield database
    connection.close()


def publish(db: SqliteDatabase, number: int, *keys: str, source: str = "news", language: str = "") -> DigestId:
    """An issue with stories of these keys, each an hour after the one before."""
    path = f"{number:03}{language}.md"
    data = f"{source} {path}".encode()
    stories = tuple(Story(title=(Text(key),), key=StoryKey(key)) for key in keys)
    digest = Digest(
        revision=name_of(data),
        series=source,
        title=path,
        language=language[1:] or "zh",
        published=NOW + timedelta(hours=number),
        stories=stories,
    )
    return digests.publish(db, path=path, data=data, digest=digest, now=NOW, source=source)


def chat(db: SqliteDatabase, name: str = "1") -> SubscriptionId:
    """A chat that wants everything."""
    return subscriptions.subscribe(db, Place(platform="web", account="local", chat=name), Choices(), now=NOW)


def due(db: SqliteDatabase) -> list[Queued]:
    """What is promised and due."""
    while ledger.unpromised(db):
        ledger.promise_on(db, page=100, now=NOW)
    return list(queue.due_page(db, subscriptions.lane_at(db, "web", "local"), "web", now=MS, limit=1000).rows)


def send(db: SqliteDatabase) -> None:
    """Bring everything that is due."""
    for row in due(db):
        intent = Intent(queued=row, number=1, action=Action.SEND, epoch=0)
        assert queue.intend(db, intent, KEPT, now=MS) is not None
        end = End(state=DeliveryState.SENT)
        queue.settle_part(db, row, state=PartState.SENT, message=str(row.id), thread="", now=MS, end=end)


def seen(db: SqliteDatabase, row: Queued) -> frozenset[str]:
    """The stories of a delivery that its chat knows."""
    return queue.seen(db, row.id, row.subscription, queue.repeats(db, row.digest))


def test_hot_story_of_a_young_source_folds(db: SqliteDatabase) -> None:
    """A story in three consecutive issues of eight is a repeat, though it stands in over a quarter of them."""
    chat(db)
    for number in range(8):
        publish(db, number, f"a.b/{number}", *(["a.b/hot"] if number >= 5 else []))
    send(db)
    publish(db, 8, "a.b/8", "a.b/hot")
    (row,) = due(db)
    assert seen(db, row) == {"a.b/hot"}


def test_landing_page_is_never_seen(db: SqliteDatabase) -> None:
    """A link that stands in over a quarter of a source's posts folds nothing, and the stories beside it still fold."""
    chat(db)
    for number in range(12):
        landing = ["a.b/home"] if number % 3 == 0 else []
        publish(db, number, f"a.b/{number}", *landing)
    send(db)
    publish(db, 12, "a.b/12", "a.b/home", "a.b/11")
    (row,) = due(db)
    assert seen(db, row) == {"a.b/11"}


def test_landing_page_of_one_source_is_a_story_of_another(db: SqliteDatabase) -> None:
    """Each source has landing pages of its own."""
    chat(db)
    for number in range(12):
        publish(db, number, "a.b/home")
    send(db)
    publish(db, 12, "a.b/home", source="other")
    (row,) = due(db)
    assert seen(db, row) == {"a.b/home"}


def test_weekly_beside_an_hourly_source_looks_back_at_its_own(db: SqliteDatabase) -> None:
    """At least the last 7 issues of the source are looked back at, however many others have come between."""
    chat(db)
    for number in range(0, 7 * 20, 20):
        publish(db, number, f"a.b/{number}", source="weekly")
        for hour in range(1, 20):
            publish(db, number + hour, f"c.d/{number + hour}", source="hourly")
    send(db)
    publish(db, 7 * 20, "a.b/0", "a.b/120", "c.d/1", source="weekly")
    (row,) = due(db)
    assert seen(db, row) == {"a.b/0", "a.b/120"}


def test_only_what_the_chat_was_brought_is_seen(db: SqliteDatabase) -> None:
    """A chat that came later knows nothing of the issues before."""
    first = chat(db)
    publish(db, 0, "a.b/0", "a.b/1")
    send(db)
    publish(db, 1, "a.b/1", "a.b/2")
    due(db)
    second = chat(db, "2")
    known = {row.subscription: seen(db, row) for row in due(db) if row.digest == 2}
    assert known == {first: {"a.b/1"}, second: frozenset()}


def test_what_was_withdrawn_is_told_anew(db: SqliteDatabase) -> None:
    """Stories that were taken back with their digest are no repeats in the one that comes instead."""
    chat(db)
    wrong = publish(db, 0, "a.b/1", "a.b/2")
    send(db)
    kept = digests.digest(db, wrong)
    assert kept is not None
    assert digests.withdraw(db, kept.post)
    right = publish(db, 1, "a.b/1", "a.b/2")
    (row,) = (row for row in due(db) if row.digest == right)
    assert seen(db, row) == frozenset()


def test_translation_repeats_what_another_telling_of_an_earlier_issue_told(db: SqliteDatabase) -> None:
    """A chat that was brought one language yesterday and another today is not told a story twice."""
    chat(db)
    publish(db, 0, "a.b/1", "a.b/2")
    send(db)
    english = publish(db, 1, "a.b/2", "a.b/3", language=".en")
    (row,) = due(db)
    assert row.digest == english
    assert seen(db, row) == {"a.b/2"}


def test_translation_of_the_same_issue_is_no_repeat(db: SqliteDatabase) -> None:
    """Tellings of one work are not before each other."""
    publish(db, 0, "a.b/1")
    english = publish(db, 0, "a.b/1", language=".en")
    assert queue.repeats(db, english) == {}
