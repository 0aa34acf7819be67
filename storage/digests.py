"""How digests are kept: what was read from a post, its text and its stories, and what readers may ask for.

`promise_cursor` and `correct_cursor` are how looking tells promising what to do; see the schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from digest.identity import short_name
from digest.model import Digest, Post, Revision, StoryKey
from digest.names import untranslated
from digest.richtext import plain
from digest.translations import Telling, are_translations, is_translated
from storage import posts
from storage.alerts import settle_alert
from storage.database import Database, Row
from storage.records import DigestId, PostId, PostState
from storage.times import from_ms, to_ms

DESK = "desk"
"""The source of pushes: no folder, only what editors pushed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDigest:
    """A digest as kept. Its text is `text_of(revision)`; `first_seen` is when its news began to be new.

    Digests of one `work` tell the same in several languages; the one that is not `translated` is the publisher's own.
    """

    id: DigestId
    post: PostId
    source: str
    path: str
    state: PostState
    revision: Revision
    series: str
    language: str
    title: str
    published_at: datetime
    first_seen: datetime
    withdrawn: bool
    work: str
    translated: bool


# --- What looking and pushing do ---------------------------------------------------------------------------------


def publish(db: Database, *, path: str, data: bytes, digest: Digest, now: datetime, source: str = DESK) -> DigestId:
    """Keep a push and have it promised, in the caller's transaction. `path` is the push's own name within its source.

    A path that was pushed before gives its first digest again, and nothing is promised twice.
    """
    posts.add_source(db, source)
    row = db.one(
        "digests.add_pushed",
        source=source,
        path=path,
        revision=digest.revision,
        size=len(data),
        title=digest.title,
        now=to_ms(now),
    )
    if row is None:
        return _id(db.one("digests.pushed", source=source, path=path))
    return keep(db, row["id"], data, digest, first_seen=now, promised=True)


def keep(db: Database, post: PostId, data: bytes, digest: Digest, *, first_seen: datetime, promised: bool) -> DigestId:
    """Keep the digest of a post that had none in use; `promised`: every subscription that wants it is to be brought it.

    A digest without a time of its own was published when it was first seen.
    """
    _keep_text(db, digest.revision, data)
    row = db.one(
        "digests.keep",
        **_values(post, digest),
        first_seen=to_ms(first_seen),
        promise_cursor=0 if promised else None,
    )
    kept = _id(row)
    _keep_stories(db, kept, digest)
    _keep_work(db, kept, digest)
    return kept


def revise(db: Database, post: PostId, data: bytes, digest: Digest, *, promised: bool) -> bool:
    """Keep what a newer text of the post says; whoever has the older one is to be brought a correction.

    `promised`: the digest is one that subscriptions are promised (and not only indexed). Returns whether there is
    anything to correct: the same text at another path is none.
    """
    before = db.one("digests.of_post", post_id=post)
    if before is None:
        return False
    _keep_text(db, digest.revision, data)
    db.one("digests.revise", **_values(post, digest))
    _keep_stories(db, before["id"], digest)
    _keep_work(db, before["id"], digest)
    if before["withdrawn"]:
        db.run("digests.restore", id=before["id"])
        if promised:
            db.run("digests.promise_again", id=before["id"])
    changed = bool(before["withdrawn"]) or before["revision"] != digest.revision
    if changed:
        db.run("digests.correct", id=before["id"])
    return changed


def withdraw(db: Database, post: PostId) -> bool:
    """Take the digest of a post back; False when there is none, or it was taken back before."""
    return db.one("digests.withdraw", post_id=post) is not None


def release(db: Database, digest: DigestId, now: datetime) -> None:
    """Have a digest promised that was held back: it is new as of now."""
    db.run("digests.promise", id=digest, now=to_ms(now))


def id_of(db: Database, post: PostId) -> DigestId | None:
    """The digest of a post, whatever became of it; None when there is none."""
    row = db.one("digests.of_post", post_id=post)
    return None if row is None else DigestId(row["id"])


BACKLOG_PAGE = 200
"""Posts of a backlog that one unit decides about, so that nobody waits long for the writer."""


def release_backlog(db: Database, source: str, now: datetime) -> int:
    """Publish a page of what is held as a backlog and has settled; how many posts: 0 once nothing is left.

    With the last of them its alert is settled.
    """
    held = db.all("posts.backlog", source=source, limit=BACKLOG_PAGE)
    for row in held:
        db.run("posts.leave_backlog", id=row["id"], state=PostState.PUBLISHED)
        release(db, row["digest_id"], now)
    _settle_backlog(db, source, held, now)
    return len(held)


def keep_backlog(db: Database, source: str, now: datetime) -> int:
    """Index a page of what is held as a backlog and has settled, and send nothing; how many posts, as above."""
    held = db.all("posts.backlog", source=source, limit=BACKLOG_PAGE)
    db.many("posts.leave_backlog", [{"id": row["id"], "state": PostState.INDEXED} for row in held])
    _settle_backlog(db, source, held, now)
    return len(held)


def _settle_backlog(db: Database, source: str, held: list[Row], now: datetime) -> None:
    if len(held) < BACKLOG_PAGE:
        settle_alert(db, backlog_alert_of(source), now)


def backlog_alert_of(source: str) -> str:
    """The name of the alert that tells a source's backlog."""
    return f"backlog:{source}"


# --- For readers -------------------------------------------------------------------------------------------------


def digest(db: Database, id: DigestId) -> KeptDigest | None:  # noqa: A002 - a digest's id is called id
    """A digest, whatever became of its post."""
    row = db.one("digests.by_id", id=id)
    return None if row is None else _digest(row)


def digest_at(db: Database, source: str, path: str) -> KeptDigest | None:
    """The digest of the post at a path."""
    row = db.one("digests.by_path", source=source, path=path)
    return None if row is None else _digest(row)


def series(db: Database) -> list[str]:
    """The names of all series that have digests."""
    return [row["series"] for row in db.all("digests.series")]


def latest_by_series(db: Database, wanted: Iterable[str] | None = None) -> list[KeptDigest]:
    """The newest digest of each series (of all, where none are named), the newest first.

    What is withdrawn, held, a draft or gone is none.
    """
    names = series(db) if wanted is None else wanted
    rows = [db.one("digests.latest", series=name) for name in dict.fromkeys(names)]
    found = [_digest(row) for row in rows if row is not None]
    return sorted(found, key=lambda kept: (kept.published_at, kept.id), reverse=True)


def published_between(db: Database, start: datetime, end: datetime) -> list[KeptDigest]:
    """The digests published from `start` on and before `end`, in order; the same ones as in `latest_by_series`."""
    return [_digest(row) for row in db.all("digests.between", start=to_ms(start), end=to_ms(end))]


def tellings(db: Database, kept: KeptDigest) -> list[KeptDigest]:
    """The digests that tell the same as this one, itself among them, as far as readers may have them."""
    return [_digest(row) for row in db.all("digests.tellings", work=kept.work)]


def digest_named(db: Database, name: str) -> KeptDigest | None:
    """The digest of a short name; None where there is none, or readers may not have it (any more)."""
    found = (digest(db, DigestId(row["id"])) for row in _named(db, name))
    return next((kept for kept in found if kept and not kept.withdrawn and kept.state in _FOR_READERS), None)


def _named(db: Database, name: str) -> Iterator[Row]:
    """Those of a name; then, of those that were kept before there were names, those whose place has it."""
    if name:
        yield from db.all("digests.named", name=name)
        yield from (row for row in db.all("digests.named", name="") if short_name(row["source"], row["path"]) == name)


_FOR_READERS = frozenset({PostState.INDEXED, PostState.PUBLISHED})


def text_of(db: Database, revision: Revision) -> bytes:
    """The text of a revision; raises KeyError for one that was never kept."""
    row = db.one("digests.text", revision=revision)
    if row is None:
        raise KeyError(revision)
    return bytes(row["data"])


def post_of(db: Database, kept: KeptDigest) -> Post:
    """The post that a digest is read from, as reading takes it."""
    return Post(path=kept.path, data=text_of(db, kept.revision))


# --- Rows --------------------------------------------------------------------------------------------------------


def _keep_text(db: Database, revision: Revision, data: bytes) -> None:
    db.run("digests.keep_text", revision=revision, data=data)


def _keep_stories(db: Database, digest_id: DigestId, digest: Digest) -> None:
    db.run("digests.forget_stories", digest_id=digest_id)
    rows = (
        {"digest_id": digest_id, "position": position, "key": story.key, "title": plain(story.title), "url": story.url}
        for position, story in enumerate(digest.stories)
    )
    db.many("digests.keep_story", rows)


def _keep_work(db: Database, digest_id: DigestId, digest: Digest) -> None:
    """Note what the digest tells: the work of its translations, else one of its own."""
    place = db.one("digests.place", id=digest_id)
    if place is None:
        raise LookupError(f"digest {digest_id} has no post")
    path, keys = place["path"], frozenset(story.key for story in digest.stories if story.key)
    mine = Telling(path=path, language=digest.language, keys=keys)
    work = f"{place['source']}/{untranslated(path)}"
    others = [_telling(db, row) for row in db.all("digests.told_in", work=work, id=digest_id)]
    if others and not any(are_translations(mine, other) for other in others):
        work = f"{work}#{digest_id}"
    db.run("digests.tell", id=digest_id, work=work, translated=int(is_translated(path)))


def _telling(db: Database, row: Row) -> Telling:
    keys = frozenset(StoryKey(found["key"]) for found in db.all("digests.keys", digest_id=row["id"]))
    return Telling(path=row["path"], language=row["language"], keys=keys)


def _id(row: Row | None) -> DigestId:
    if row is None:
        raise LookupError("a digest that must be there is not")
    return DigestId(row["id"])


def _values(post: PostId, digest: Digest) -> dict[str, Any]:
    return {
        "post_id": post,
        "name": digest.name,
        "revision": digest.revision,
        "series": digest.series,
        "language": digest.language,
        "title": digest.title,
        "slug": digest.slug,
        "published_at": None if digest.published is None else to_ms(digest.published),
    }


def _digest(row: Row) -> KeptDigest:
    return KeptDigest(
        id=row["id"],
        post=row["post_id"],
        source=row["source"],
        path=row["path"],
        state=PostState(row["state"]),
        revision=row["revision"],
        series=row["series"],
        language=row["language"],
        title=row["title"],
        published_at=from_ms(row["published_at"]),
        first_seen=from_ms(row["first_seen"]),
        withdrawn=bool(row["withdrawn"]),
        work=row["work"],
        translated=bool(row["translated"]),
    )
