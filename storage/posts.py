"""How sources and their posts are kept: what was seen of each file, and what became of it.

Every change names what it was decided from (the text and state before), and changes nothing when that is no longer
so: any number of processes may look at one source.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from digest.model import Revision
from digest.problems import Code, Problem
from storage.database import Database, Row
from storage.records import DigestId, PostId, PostState
from storage.times import from_ms, to_ms

UNREAD = Revision("")
"""In place of the name of a text that could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSource:
    """A source as kept. `looked_at` is None until the first look is done; `error` is a code while it is failing.

    `posts` counts what is there, `backlog` what of it is held; both only in `sources`. `seen_at` is a look not long
    before the last. Of a repository: the commit that was `received` and when, when its remote is asked next, and
    `fetch_error`, a code while it cannot be received.
    """

    name: str
    looked_at: datetime | None = None
    failing_since: datetime | None = None
    error: str | None = None
    believe: bool = False
    seen_at: datetime | None = None
    received: str = ""
    fetched_at: datetime | None = None
    next_fetch: datetime | None = None
    fetch_error: str | None = None
    fetch_failing_since: datetime | None = None
    posts: int = 0
    backlog: int = 0


class Stamp(NamedTuple):
    """What tells an unchanged file without reading it: bytes, and nanoseconds since 1970 by its file system.

    A tuple, because every look makes and compares one for every file.
    """

    size: int
    modified_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What one look saw of a file."""

    path: str
    stamp: Stamp
    revision: Revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A post as kept, for deciding: `revision` is its text as last seen; `settled`: it was acted upon.

    `due_at` is its own date, where it waits for it.
    """

    id: PostId
    path: str
    stamp: Stamp
    revision: Revision
    settled: bool
    state: PostState
    was: PostState | None
    first_seen: datetime
    changed_at: datetime
    missing_since: datetime | None = None
    unreadable: bool = False
    due_at: datetime | None = None

    @property
    def sight(self) -> Sight:
        """What was last seen of its file."""
        return Sight(path=self.path, stamp=self.stamp, revision=self.revision)

    @property
    def before(self) -> PostState | None:
        """The state from which a newer text leads on: settling is none."""
        return self.was if self.state is PostState.SETTLING else self.state

    @property
    def lasting(self) -> PostState | None:
        """Its state; of one that is gone, the state before."""
        return self.was if self.state is PostState.GONE else self.state

    @property
    def pending(self) -> bool:
        """Whether its text as last seen has not been acted upon."""
        return not self.settled and self.state is not PostState.COPY

    def waits(self, now: datetime) -> bool:
        """Whether its own date is still to come, and it waits for it."""
        return self.due_at is not None and now < self.due_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What tells a post again under another path. `published` is the post's own time, or None."""

    slug: str
    series: str
    title: str
    published: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A post that waits, since its text was that of another path when it was seen; `of_earlier` as in `KeptPost`."""

    path: str
    copy_of: str
    of_earlier: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPost:
    """A post for people. `settling`: a text newer than the one in use waits. `digest` is None before one is made.

    `of_earlier`: what it is a copy of has another text by now. A copy goes by the title of what it is a copy of.

    `due_at` is the date that it waits for, if it does.
    """

    id: PostId
    source: str
    path: str
    state: PostState
    title: str
    first_seen: datetime
    changed_at: datetime
    settling: bool
    missing: bool
    withdrawn: bool
    series: str = ""
    published_at: datetime | None = None
    stories: int = 0
    copy_of: str | None = None
    of_earlier: bool = False
    due_at: datetime | None = None
    digest: DigestId | None = None
    revision: Revision | None = None
    problems: tuple[Problem, ...] = ()


# --- Sources -----------------------------------------------------------------------------------------------------


def source(db: Database, name: str) -> KeptSource:
    """What is kept of a source; nothing yet for one that was never looked at."""
    row = db.one("posts.source", name=name)
    return _source(row) if row else KeptSource(name=name)


def sources(db: Database) -> list[KeptSource]:
    """Every source, by name."""
    return [_source(row) for row in db.all("posts.sources")]


def add_source(db: Database, name: str) -> None:
    """Begin to know a source; harmless for a known one."""
    db.run("posts.add_source", name=name)


def mark_looked(db: Database, name: str, now: datetime) -> None:
    """The first look is done: what is new from now on is published."""
    db.run("posts.mark_looked", name=name, now=to_ms(now))


def fail_source(db: Database, name: str, error: str, now: datetime) -> None:
    """Nothing can be concluded from the source; `error` is a code."""
    db.run("posts.fail", name=name, error=error, now=to_ms(now))


def recover_source(db: Database, name: str) -> None:
    """The source is well again."""
    db.run("posts.recover", name=name)


def note_look(db: Database, name: str, now: datetime) -> None:
    """The source was looked at."""
    db.run("posts.note_look", name=name, now=to_ms(now))


def note_fetch(db: Database, name: str, commit: str, now: datetime, *, following: datetime) -> None:
    """The source's repository was received at this commit; its remote is asked again at `following`."""
    db.run("posts.note_fetch", name=name, received=commit, now=to_ms(now), next=to_ms(following))


def fail_fetch(db: Database, name: str, error: str, now: datetime, *, following: datetime) -> None:
    """The source's repository could not be received; `error` is a code."""
    db.run("posts.fail_fetch", name=name, error=error, now=to_ms(now), next=to_ms(following))


def believe_vanished(db: Database, name: str) -> bool:
    """An admin says that what vanished is deleted: the next look believes it. False for a source that is well."""
    return db.run("posts.believe", name=name) > 0


# --- For deciding ------------------------------------------------------------------------------------------------


def known(db: Database, source: str) -> list[Known]:
    """Everything known of a source's posts."""
    return [_known(row) for row in db.all("posts.known", source=source)]


def marks(db: Database, source: str) -> dict[PostId, Marks]:
    """What tells the posts again, for those that have a digest."""
    return {
        row["post_id"]: Marks(
            slug=row["slug"], series=row["series"], title=row["title"], published=from_ms(row["published_at"])
        )
        for row in db.all("posts.marks", source=source)
    }


# --- What a look does --------------------------------------------------------------------------------------------


def add(
    db: Database, source: str, sight: Sight, state: PostState, now: datetime, *, copy_of: str | None = None
) -> bool:
    """Keep a new post; False when the path is known already."""
    return _add(db, source, sight, now, state=state, copy_of=copy_of)


def add_unreadable(db: Database, source: str, sight: Sight, problem: Problem, now: datetime) -> bool:
    """Keep a new post whose file cannot be read; `sight.revision` is UNREAD."""
    problems = problems_to_json((problem,))
    return _add(db, source, sight, now, state=PostState.BAD, unreadable=1, problems=problems)


def touch(db: Database, post: Known, stamp: Stamp) -> bool:
    """The same text with another size or time on disk."""
    return db.run("posts.touch", **_stamp(stamp), **_guard(post)) > 0


def change(
    db: Database, post: Known, sight: Sight, state: PostState, now: datetime, *, copy_of: str | None = None
) -> bool:
    """Another text was seen; it settles from `now` on."""
    values = {"revision": sight.revision, "state": state, "was": post.before, "now": to_ms(now), "copy_of": copy_of}
    return db.run("posts.change", **values, **_stamp(sight.stamp), **_guard(post)) > 0


def move(
    db: Database,
    source: str,
    post: Known,
    sight: Sight,
    state: PostState,
    *,
    now: datetime,
    replaces: PostId | None = None,
) -> bool:
    """The post has another path; `replaces` is the row that was made for that path while it looked like a new post."""
    if replaces is not None and not db.run("posts.drop_waiting", id=replaces):
        return False
    values = {"path": sight.path, "revision": sight.revision, "state": state, "was": post.before, "now": to_ms(now)}
    moved = db.run("posts.move", **values, **_stamp(sight.stamp), **_guard(post)) > 0
    db.run("posts.rename_original", source=source, path=sight.path, old_path=post.path)
    return moved


def copies(db: Database, source: str) -> list[Copy]:
    """The posts of a source that wait as copies."""
    return [
        Copy(path=row["path"], copy_of=row["copy_of"] or "", of_earlier=bool(row["of_earlier"]))
        for row in db.all("posts.copies", source=source)
    ]


def cannot_read(db: Database, post: Known, problem: Problem) -> bool:
    """The post's file is there and cannot be read."""
    return db.run("posts.cannot_read", problems=problems_to_json((problem,)), **_guard(post)) > 0


def miss(db: Database, post: Known, now: datetime) -> bool:
    """The post's file is not there."""
    return db.run("posts.miss", id=post.id, state_before=post.state, now=to_ms(now)) > 0


def come_back(db: Database, post: Known) -> bool:
    """The post's file is there again, as it was."""
    return db.run("posts.come_back", id=post.id, state_before=post.state) > 0


def enter(db: Database, post: Known, state: PostState) -> bool:
    """The post gets another state, its text unchanged."""
    return db.run("posts.enter", state=state, **_guard(post)) > 0


def take(db: Database, post: Known, state: PostState, title: str, problems: Iterable[Problem]) -> bool:
    """The text as last seen is acted upon; False when somebody was faster, or another text is there."""
    values = {"state": state, "title": title, "problems": problems_to_json(problems)}
    return db.run("posts.take", **values, **_guard(post)) > 0


def postpone(db: Database, post: Known, due: datetime, title: str, problems: Iterable[Problem]) -> bool:
    """The text as last seen waits until `due`; False when somebody was faster, or another text is there."""
    values = {"due": to_ms(due), "title": title, "problems": problems_to_json(problems)}
    return db.run("posts.postpone", **values, **_guard(post)) > 0


# --- For people --------------------------------------------------------------------------------------------------


def posts(db: Database, source: str | None = None, limit: int = 200) -> list[KeptPost]:
    """The posts of one source or of all, the newest first, the ones that are gone included."""
    return [_post(row) for row in db.all("posts.page", source=source or "", limit=limit)]


def post(db: Database, id: PostId) -> KeptPost | None:  # noqa: A002 - a post's id is called id
    """One post, or None."""
    row = db.one("posts.by_id", id=id)
    return None if row is None else _post(row)


def backlog(db: Database, source: str) -> int:
    """How many posts of a source are held as a backlog."""
    row = db.one("posts.count_backlog", source=source)
    return int(row["posts"]) if row else 0


def problems_to_json(problems: Iterable[Problem]) -> str:
    """Problems as a row keeps them."""
    return json.dumps(
        [{"code": found.code, "line": found.line, "details": dict(found.details)} for found in problems],
        ensure_ascii=False,
    )


def problems_from_json(text: str) -> tuple[Problem, ...]:
    """Problems as a row kept them."""
    return tuple(
        Problem(code=Code(found["code"]), line=found["line"], details=found["details"]) for found in json.loads(text)
    )


# --- Rows --------------------------------------------------------------------------------------------------------


def _add(db: Database, source: str, sight: Sight, now: datetime, **values: Any) -> bool:
    row = {"unreadable": 0, "copy_of": None, "problems": "[]", **values}
    seen = {"source": source, "path": sight.path, "revision": sight.revision, "now": to_ms(now)}
    return db.run("posts.add", **seen, **_stamp(sight.stamp), **row) > 0


def _stamp(stamp: Stamp) -> dict[str, int]:
    return {"size": stamp.size, "modified_ns": stamp.modified_ns}


def _guard(post: Known) -> dict[str, Any]:
    return {"id": post.id, "before": post.revision, "state_before": post.state}


def _source(row: Row) -> KeptSource:
    return KeptSource(
        name=row["name"],
        looked_at=_moment(row["looked_at"]),
        failing_since=_moment(row["failing_since"]),
        error=row["error"],
        believe=bool(row["believe"]),
        seen_at=_moment(row["seen_at"]),
        received=row["received"] or "",
        fetched_at=_moment(row["fetched_at"]),
        next_fetch=_moment(row["next_fetch"]),
        fetch_error=row["fetch_error"],
        fetch_failing_since=_moment(row["fetch_failing_since"]),
        posts=row.get("posts", 0),
        backlog=row.get("backlog", 0),
    )


def _known(row: Row) -> Known:
    return Known(
        id=row["id"],
        path=row["path"],
        stamp=Stamp(row["size"], row["modified_ns"]),
        revision=row["revision"],
        settled=bool(row["settled"]),
        state=PostState(row["state"]),
        was=PostState(row["was"]) if row["was"] else None,
        first_seen=from_ms(row["first_seen"]),
        changed_at=from_ms(row["changed_at"]),
        missing_since=_moment(row["missing_since"]),
        unreadable=bool(row["unreadable"]),
        due_at=_moment(row["due_at"]),
    )


def _post(row: Row) -> KeptPost:
    state = PostState(row["state"])
    return KeptPost(
        id=row["id"],
        source=row["source"],
        path=row["path"],
        state=state,
        title=row["title"],
        first_seen=from_ms(row["first_seen"]),
        changed_at=from_ms(row["changed_at"]),
        settling=not row["settled"] and state not in {PostState.COPY, PostState.GONE},
        missing=row["missing_since"] is not None,
        withdrawn=bool(row["withdrawn"]),
        series=row["series"],
        published_at=_moment(row["published_at"]),
        stories=row["stories"],
        copy_of=row["copy_of"],
        of_earlier=row["copy_of"] is not None and bool(row["of_earlier"]),
        due_at=_moment(row["due_at"]),
        digest=row["digest_id"],
        revision=row["revision"],
        problems=problems_from_json(row["problems"]),
    )


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else from_ms(milliseconds)
