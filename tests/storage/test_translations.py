"""Translations are not brought twice: which telling of a work a chat is promised."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest.choices import Choices
from digest.model import Digest, Post
from digest.read import read
from digest.translations import is_translated
from storage import digests, ledger, posts, queue, subscriptions
from storage.migrate import migrations
from storage.posts import Sight, Stamp
from storage.queue import End, Intent, Kept, Queued
from storage.records import Action, DeliveryState, DigestId, PartState, PostState, SubscriptionId
from storage.sqlite import SqliteDatabase, sqlite_statements, writing
from storage.subscriptions import Place
from storage.times import to_ms
from tests.world.life import RULES, post

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


def parsed(path: str, text: str, series: str = "") -> Digest:
    """A digest of this text, in Chinese where its path says nothing else; its stories' links are of their titles."""
    lines = [*([f"series: {series}"] if series else []), *([] if is_translated(path) else ["lang: zh"])]
    front = "".join(f"{line}\n" for line in ["---", *lines])
    return read(Post(path=path, data=text.replace("---\n", front, 1).encode()), RULES)


def keep(
    db: SqliteDatabase, path: str, *stories: str, series: str = "", state: PostState = PostState.PUBLISHED
) -> DigestId:
    """A post with its digest, promised where it is published."""
    digest = parsed(path, post(path, *(stories or ("one", "two"))), series)
    posts.add_source(db, "posts")
    data = path.encode()
    assert posts.add(db, "posts", Sight(path=path, stamp=Stamp(1, 1), revision=digest.revision), state, NOW)
    known = next(one for one in posts.known(db, "posts") if one.path == path)
    return digests.keep(db, known.id, data, digest, first_seen=NOW, promised=state is PostState.PUBLISHED)


def chat(db: SqliteDatabase, name: str, language: str, *series: str) -> SubscriptionId:
    """A chat of this language that wants these series, or every one."""
    choices = Choices(series=frozenset(series or ("*",)), language=language)
    return subscriptions.subscribe(db, Place(platform="web", account="local", chat=name), choices, now=NOW)


def promise(db: SqliteDatabase, *, page: int = 100) -> None:
    """Promise and correct everything."""
    while ledger.unpromised(db):
        ledger.promise_on(db, page=page, now=NOW)


def brought(db: SqliteDatabase, *, open_only: bool = False) -> dict[str, list[str]]:
    """Which digests each chat was promised."""
    found: dict[str, list[str]] = {}
    for row in reversed(ledger.deliveries(db, limit=1000)):
        if not open_only or row.state is DeliveryState.OPEN:
            found.setdefault(row.chat, []).append(row.title)
    return found


def due(db: SqliteDatabase) -> list[Queued]:
    """What is due."""
    return list(queue.due_page(db, subscriptions.lane_at(db, "web", "local"), "web", now=MS, limit=100).rows)


def send(db: SqliteDatabase) -> None:
    """Bring everything that is due."""
    for row in due(db):
        intent = Intent(queued=row, number=1, action=Action.SEND, epoch=0)
        assert queue.intend(db, intent, KEPT, now=MS) is not None
        end = End(state=DeliveryState.SENT)
        queue.settle_part(db, row, state=PartState.SENT, message=str(row.id), thread="", now=MS, end=end)


def three(db: SqliteDatabase) -> None:
    """A chat of each language, and one of a language that nobody writes in."""
    for language in ("zh", "en", "fr"):
        chat(db, language, language)


@pytest.mark.parametrize(("own", "other"), [("x.md", "x.en.md"), ("x.en.md", "x.md")])
def test_each_chat_is_promised_the_telling_in_its_language(db: SqliteDatabase, own: str, other: str) -> None:
    """Of a post and its translation, a chat gets its language's, and who has no such the publisher's own."""
    three(db)
    for path in (own, other):
        keep(db, path)
    promise(db, page=2)
    assert brought(db) == {"zh": ["x.md"], "en": ["x.en.md"], "fr": ["x.md"]}


def test_first_telling_counts_where_none_is_the_publishers_own(db: SqliteDatabase) -> None:
    """Where every path names a language, a chat of a third language gets the telling that came first."""
    three(db)
    keep(db, "zh/x.md")
    keep(db, "en/x.md")
    promise(db)
    assert brought(db) == {"zh": ["zh/x.md"], "en": ["en/x.md"], "fr": ["zh/x.md"]}


def test_translation_that_comes_later_is_not_brought_again(db: SqliteDatabase) -> None:
    """Who was promised the original is not brought its translation, though it is in the chat's language."""
    three(db)
    keep(db, "x.md")
    promise(db)
    send(db)
    keep(db, "x.en.md")
    promise(db)
    assert brought(db) == {"zh": ["x.md"], "en": ["x.md"], "fr": ["x.md"]}


def test_posts_that_only_sound_alike_are_both_brought(db: SqliteDatabase) -> None:
    """A folder called `it` may hold news of its own: what shares no link is no translation, and nothing is lost."""
    chat(db, "zh", "zh")
    keep(db, "x.md", "one", "two")
    keep(db, "it/x.md", "three", "four")
    promise(db)
    assert brought(db) == {"zh": ["x.md", "it/x.md"]}


def test_chat_gets_the_telling_whose_series_it_wants(db: SqliteDatabase) -> None:
    """Series are chosen by name: who wants only the Chinese one is brought that, whatever the chat's language."""
    chat(db, "only zh", "en", "日报")
    chat(db, "only en", "zh", "Daily")
    chat(db, "both", "en", "日报", "Daily")
    keep(db, "x.md", series="日报")
    keep(db, "x.en.md", series="Daily")
    promise(db)
    assert brought(db) == {"only zh": ["x.md"], "only en": ["x.en.md"], "both": ["x.en.md"]}


def test_whoever_subscribes_is_brought_one_telling(db: SqliteDatabase) -> None:
    """The latest of each series is one telling of each work, the one in the chat's language."""
    keep(db, "x.md", series="日报")
    keep(db, "x.en.md", series="Daily")
    promise(db)
    three(db)
    assert brought(db) == {"zh": ["x.md"], "en": ["x.en.md"], "fr": ["x.md"]}


def test_other_language_brings_nothing_again(db: SqliteDatabase) -> None:
    """A chat that changes its language is not brought again what it has."""
    here = chat(db, "zh", "zh")
    keep(db, "x.md", series="日报")
    keep(db, "x.en.md", series="Daily")
    promise(db)
    send(db)
    subscriptions.change_choices(db, here, Choices(language="en"), now=NOW)
    assert brought(db) == {"zh": ["x.md"]}


def test_correction_reaches_those_who_got_that_telling(db: SqliteDatabase) -> None:
    """A correction of the Chinese text goes to the chats that have the Chinese text, and to no other."""
    three(db)
    own = keep(db, "x.md")
    keep(db, "x.en.md")
    promise(db)
    send(db)
    kept = digests.digest(db, own)
    assert kept is not None
    assert digests.revise(db, kept.post, b"2", parsed("x.md", post("x.md", "one", "two", "three")), promised=True)
    promise(db)
    assert brought(db, open_only=True) == {"zh": ["x.md"], "fr": ["x.md"]}


def test_withdrawn_post_that_returns_is_not_brought_beside_its_translation(db: SqliteDatabase) -> None:
    """What was skipped for a withdrawal stays skipped where a translation came instead."""
    chat(db, "zh", "zh")
    own = keep(db, "x.md")
    promise(db)
    kept = digests.digest(db, own)
    assert kept is not None
    assert digests.withdraw(db, kept.post)
    promise(db)
    keep(db, "x.en.md")
    promise(db)
    assert brought(db, open_only=True) == {"zh": ["x.en.md"]}
    digests.revise(db, kept.post, b"2", parsed("x.md", post("x.md", "one", "two")), promised=True)
    promise(db)
    assert brought(db, open_only=True) == {"zh": ["x.en.md"]}


def test_translation_of_a_withdrawn_post_is_brought(db: SqliteDatabase) -> None:
    """A telling that was taken back keeps no other away from those who had none."""
    own = keep(db, "x.md")
    kept = digests.digest(db, own)
    assert kept is not None
    assert digests.withdraw(db, kept.post)
    promise(db)
    chat(db, "zh", "zh")
    keep(db, "x.en.md")
    promise(db)
    assert brought(db) == {"zh": ["x.en.md"]}


@pytest.mark.parametrize("first", ["x.md", "x.en.md"])
@pytest.mark.parametrize("promised", [False, True])
@pytest.mark.parametrize("deleted", [False, True])
def test_translation_comes_instead_of_a_telling_that_is_taken_back(
    db: SqliteDatabase, first: str, promised: bool, deleted: bool
) -> None:
    """Who was kept for a telling that is withdrawn, or deleted, before it was brought is brought the other one."""
    three(db)
    kept = {path: keep(db, path) for path in dict.fromkeys([first, "x.md", "x.en.md"])}
    while ledger.unpromised(db) if promised else not brought(db).get("en"):
        ledger.promise_on(db, page=1 if not promised else 100, now=NOW)
    own = digests.digest(db, kept["x.md"])
    assert own is not None
    if deleted:
        gone = next(one for one in posts.known(db, "posts") if one.path == "x.md")
        assert posts.enter(db, gone, PostState.GONE)
        ledger.skip_digest(db, own.id, reason="deleted")
    else:
        assert digests.withdraw(db, own.post)
    promise(db, page=1)
    assert brought(db, open_only=True) == {name: ["x.en.md"] for name in ("zh", "en", "fr")}


def test_translation_does_not_follow_a_telling_that_was_brought(db: SqliteDatabase) -> None:
    """What was brought and is taken back is not told a second time in another language."""
    three(db)
    own = keep(db, "x.md")
    keep(db, "x.en.md")
    promise(db)
    send(db)
    kept = digests.digest(db, own)
    assert kept is not None
    assert digests.withdraw(db, kept.post)
    promise(db)
    assert brought(db) == {"zh": ["x.md"], "en": ["x.en.md"], "fr": ["x.md"]}


def test_translation_of_what_was_only_indexed_is_no_news(db: SqliteDatabase) -> None:
    """What lay there at the first look is not news; neither is its translation, whenever that comes."""
    chat(db, "en", "en")
    keep(db, "x.md", state=PostState.INDEXED)
    keep(db, "x.en.md")
    promise(db)
    assert brought(db) == {}


def test_chat_that_moves_into_another_has_one_telling(db: SqliteDatabase) -> None:
    """Where two chats become one, it is not brought a translation of what it was promised."""
    one, _ = chat(db, "zh", "zh"), chat(db, "en", "en")
    for path in ("x.md", "x.en.md"):
        keep(db, path)
    promise(db)
    subscriptions.readdress(db, one, chat="en", thread="", reason="moved", now=NOW)
    assert brought(db, open_only=True) == {"en": ["x.en.md"]}


def test_post_that_moves_away_is_a_translation_no_more(db: SqliteDatabase) -> None:
    """A post's work follows its path."""
    own, other = keep(db, "x.md"), keep(db, "x.en.md")
    kept = digests.digest(db, other)
    assert kept is not None
    known = next(one for one in posts.known(db, "posts") if one.path == "x.en.md")
    sight = Sight(path="y.en.md", stamp=known.stamp, revision=known.revision)
    assert posts.move(db, "posts", known, sight, PostState.PUBLISHED, now=NOW + timedelta(minutes=1))
    digests.revise(db, kept.post, b"x.en.md", parsed("y.en.md", post("x.en.md", "one", "two")), promised=True)
    here = digests.digest(db, own)
    assert here is not None
    assert [told.path for told in digests.tellings(db, here)] == ["x.md"]


def test_older_database_learns_which_work_its_digests_tell(tmp_path: Path) -> None:
    """A digest that was kept before translations were known is one work with the translation that comes after."""
    with closing(writing(tmp_path / "old.db", now=lambda: NOW, known=migrations()[:1])) as old:
        old.execute("INSERT INTO source (name) VALUES ('posts')")
        old.execute(
            "INSERT INTO post (id, source, path, revision, size, modified_ns, state, first_seen, changed_at)"
            " VALUES (1, 'posts', '2026/x.md', 'r', 1, 1, 'published', 1, 1)"
        )
        old.execute("INSERT INTO text VALUES ('r', x'00')")
        old.execute(
            "INSERT INTO digest (id, post_id, revision, series, language, title, published_at, first_seen)"
            " VALUES (1, 1, 'r', 'daily', 'zh', 'x', 1, 1)"
        )
    with closing(writing(tmp_path / "old.db", now=lambda: NOW)) as connection:
        db = SqliteDatabase(connection, sqlite_statements())
        db.begin()
        english = digests.digest(db, keep(db, "2026/x.en.md"))
        assert english is not None
        assert [told.path for told in digests.tellings(db, english)] == ["2026/x.md", "2026/x.en.md"]
        assert connection.execute("SELECT source FROM digest WHERE id = 1").fetchone() == {"source": "posts"}


def test_counts_are_of_those_who_were_promised(db: SqliteDatabase) -> None:
    """The desk counts each chat once, at the telling that it is brought."""
    three(db)
    keep(db, "x.md")
    keep(db, "x.en.md")
    promise(db)
    overview = ledger.overview(db)
    assert {tally.title: tally.counts[DeliveryState.OPEN] for tally in overview.digests} == {"x.md": 2, "x.en.md": 1}
    assert overview.totals[DeliveryState.OPEN] == 3
