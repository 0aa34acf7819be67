"""What a look means: the decisions, by tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.looking.moves import Arrival, Lost, pair
from bot.looking.notice import (
    Appear,
    Change,
    Decision,
    Due,
    Fail,
    Go,
    Hold,
    Look,
    Miss,
    Move,
    Recover,
    Return,
    Touch,
    Unreadable,
    decide,
    puzzling,
    to_read,
)
from bot.looking.outcome import Customs, Drafts, Future, Outcome, Settling, outcome
from digest.model import BREAKING, Digest, Revision
from digest.problems import Code, Problem
from digest.richtext import Paragraph
from storage.posts import UNREAD, KeptSource, Known, Marks, Sight, Stamp
from storage.records import PostId, PostState

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
SETTLE = timedelta(seconds=60)
STAMP = Stamp(100, 1)
OTHER = Stamp(100, 2)
LOOKED = KeptSource(name="news", looked_at=NOW - timedelta(days=9))


def known(path: str, text: str = "", *, id: int = 1, ago: int = 600, **values: object) -> Known:  # noqa: A002
    """A published post whose text was last seen so many seconds ago to change."""
    post = Known(
        id=PostId(id),
        path=path,
        stamp=STAMP,
        revision=Revision(text or f"text of {path}"),
        settled=True,
        state=PostState.PUBLISHED,
        was=None,
        first_seen=NOW - timedelta(days=1),
        changed_at=NOW - timedelta(seconds=ago),
    )
    return replace(post, **values)  # type: ignore[arg-type]


def look(*posts: Known, found: dict[str, Stamp], source: KeptSource = LOOKED, **read: str | None) -> Look:
    """A look at these files; `read` by path, where a `_` stands for the dot."""
    texts = {path.replace("_", "."): None if text is None else Revision(text) for path, text in read.items()}
    return Look(now=NOW, settle=SETTLE, soonest=SETTLE, source=source, known=posts, found=found, read=texts)


PUBLISHED = known("a.md", "A")
SETTLING = known("a.md", "A", state=PostState.SETTLING, settled=False)
MISSING = known("a.md", "A", missing_since=NOW - timedelta(seconds=30))
BROKEN = known("a.md", "A", unreadable=True)
GONE = known("a.md", "A", state=PostState.GONE, was=PostState.PUBLISHED)
BESIDE = known("b.md", "B", id=2)
SEEN_A = Sight(path="a.md", stamp=OTHER, revision=Revision("A"))
SEEN_A2 = Sight(path="a.md", stamp=OTHER, revision=Revision("A2"))
SEEN_C = Sight(path="c.md", stamp=OTHER, revision=Revision("A"))
UNREAD_A = Sight(path="a.md", stamp=OTHER, revision=UNREAD)
BOTH = {"a.md": STAMP, "b.md": STAMP}
TOUCHED = {"a.md": OTHER, "b.md": STAMP}
AWAY = {"b.md": STAMP}


@pytest.mark.parametrize(
    ("seen", "decisions"),
    [
        (look(PUBLISHED, BESIDE, found=BOTH), ()),
        (look(PUBLISHED, BESIDE, found=TOUCHED, a_md="A"), (Touch(post=PUBLISHED, stamp=OTHER),)),
        (
            look(PUBLISHED, BESIDE, found=TOUCHED, a_md="A2"),
            (Change(post=PUBLISHED, sight=SEEN_A2, state=PostState.PUBLISHED),),
        ),
        (look(PUBLISHED, BESIDE, found=TOUCHED, a_md=None), (Unreadable(sight=UNREAD_A, post=PUBLISHED),)),
        (look(BROKEN, BESIDE, found=TOUCHED, a_md=None), ()),
        (
            look(BROKEN, BESIDE, found=TOUCHED, a_md="A"),
            (Change(post=BROKEN, sight=SEEN_A, state=PostState.PUBLISHED),),
        ),
        (look(SETTLING, BESIDE, found=BOTH), (Due(post=SETTLING),)),
        (look(SETTLING, BESIDE, found=TOUCHED, a_md="A"), (Touch(post=SETTLING, stamp=OTHER),)),
        (look(replace(SETTLING, changed_at=NOW - timedelta(seconds=59)), BESIDE, found=BOTH), ()),
        (look(PUBLISHED, BESIDE, found=AWAY), (Miss(post=PUBLISHED),)),
        (look(MISSING, BESIDE, found=AWAY), ()),
        (look(MISSING, BESIDE, found=BOTH), (Return(post=MISSING),)),
        (
            look(replace(MISSING, missing_since=NOW - SETTLE), BESIDE, found=AWAY),
            (Go(post=replace(MISSING, missing_since=NOW - SETTLE)),),
        ),
        (
            look(PUBLISHED, BESIDE, found={"b.md": STAMP, "c.md": OTHER}, c_md="A"),
            (Move(post=PUBLISHED, sight=SEEN_C, state=PostState.PUBLISHED),),
        ),
        (
            look(GONE, BESIDE, found={"b.md": STAMP, "c.md": OTHER}, c_md="A"),
            (Move(post=GONE, sight=SEEN_C, state=PostState.PUBLISHED),),
        ),
        (
            look(PUBLISHED, BESIDE, found={**BOTH, "c.md": OTHER}, c_md="A"),
            (Appear(sight=SEEN_C, state=PostState.COPY, copy_of="a.md"),),
        ),
        (
            look(BESIDE, found={"a.md": OTHER, "b.md": STAMP}, a_md="A"),
            (Appear(sight=SEEN_A, state=PostState.SETTLING),),
        ),
        (look(BESIDE, found={"a.md": OTHER, "b.md": STAMP}, a_md=None), (Unreadable(sight=UNREAD_A, post=None),)),
        (look(PUBLISHED, BESIDE, found={}), (Fail(code="empty-folder"),)),
        (
            look(PUBLISHED, BESIDE, found=BOTH, source=replace(LOOKED, failing_since=NOW)),
            (Recover(),),
        ),
    ],
    ids=[
        "nothing new",
        "touched",
        "edited",
        "unreadable",
        "still unreadable",
        "readable again",
        "settled",
        "settled but just touched",
        "not settled",
        "not there",
        "still not there",
        "there again",
        "gone",
        "moved",
        "gone and back elsewhere",
        "copied",
        "new",
        "new and unreadable",
        "empty folder",
        "well again",
    ],
)
def test_decisions(seen: Look, decisions: tuple[Decision, ...]) -> None:
    """Each thing that can have happened to a file has its decision."""
    assert decide(seen) == decisions


def test_more_than_three_vanished_posts_conclude_nothing() -> None:
    """Beyond three vanished posts a look has one decision, whatever else it saw; what only settles is no loss."""
    posts = [known(f"{number}.md", id=number) for number in range(1, 6)]
    light = replace(posts[0], state=PostState.SETTLING)
    found = {"5.md": STAMP, "new.md": STAMP}
    assert decide(look(*posts, found=found, new_md="N")) == (Fail(code="vanished-posts", posts=4),)
    assert Miss(post=posts[1]) in decide(look(light, *posts[1:], found=found, new_md="N"))
    believed = decide(look(*posts, found=found, new_md="N", source=replace(LOOKED, believe=True)))
    assert [type(decision) for decision in believed] == [Appear, Go, Go, Go, Go]


@pytest.mark.parametrize(("new", "waiting", "held"), [(20, 0, 0), (21, 0, 21), (10, 10, 0), (10, 11, 21), (1, 20, 21)])
def test_backlog(new: int, waiting: int, held: int) -> None:
    """More than twenty posts that are new within one settle time are held, those that already settle included."""
    posts = [
        known(f"w{number}.md", id=number, ago=30, state=PostState.SETTLING, settled=False) for number in range(waiting)
    ]
    names = [f"n{number}.md" for number in range(new)]
    found = {post.path: STAMP for post in posts} | dict.fromkeys(names, STAMP)
    seen = replace(look(*posts, found=found), read={name: Revision(name) for name in names})
    decisions = decide(seen)
    kept_back = [
        found
        for found in decisions
        if isinstance(found, Hold) or (isinstance(found, Appear) and found.state is PostState.BACKLOG)
    ]
    assert len(kept_back) == held
    first = decide(replace(seen, source=KeptSource(name="news")))
    assert not any(isinstance(found, Hold) for found in first)
    assert {found.state for found in first if isinstance(found, Appear)} == {PostState.SETTLING}


def test_only_what_is_new_or_changed_is_read() -> None:
    """A file is read when it is new, when its size or time is another, or when it could not be read before."""
    posts = [PUBLISHED, BESIDE, known("c.md", unreadable=True, id=3), replace(GONE, path="d.md", id=PostId(4))]
    found = {"a.md": OTHER, "b.md": STAMP, "c.md": STAMP, "d.md": STAMP, "e.md": STAMP}
    assert to_read(posts, found) == ["a.md", "c.md", "d.md", "e.md"]


def test_new_posts_are_compared_only_with_what_vanished() -> None:
    """Where every post is in its place, or where it moved to with its text, no new post is read to find out."""
    found = {"b.md": STAMP, "new.md": STAMP}
    assert puzzling(look(PUBLISHED, BESIDE, found={**found, "a.md": STAMP}, new_md="N")) == []
    assert puzzling(look(PUBLISHED, BESIDE, found=found, new_md="A")) == []
    assert puzzling(look(PUBLISHED, BESIDE, found=found, new_md="N")) == ["new.md"]
    lost = [known(f"{number}.md", id=number) for number in range(10, 20)]
    assert puzzling(look(*lost, BESIDE, found=found, new_md="N")) == []


MONDAY = Marks(slug="x", series="daily", title="Monday", published=NOW)


@pytest.mark.parametrize(
    ("marks", "moved"),
    [
        (MONDAY, True),
        (replace(MONDAY, title="Monday, corrected"), True),
        (replace(MONDAY, published=NOW + timedelta(hours=1)), True),
        (replace(MONDAY, published=NOW + timedelta(hours=4)), False),
        (replace(MONDAY, slug=""), True),
        (replace(MONDAY, slug="y", title="Another"), True),
        (replace(MONDAY, title="Tuesday", published=NOW + timedelta(days=1)), False),
        (replace(MONDAY, slug="y", series="weekly"), False),
        (replace(MONDAY, slug="y", published=None), False),
        (None, False),
    ],
    ids=[
        "all the same",
        "id and time",
        "id and title",
        "id and title of another issue",
        "series and time",
        "series and time, another id",
        "only a copied id",
        "only the time",
        "no time",
        "nothing known",
    ],
)
def test_signs_of_a_move(marks: Marks | None, moved: bool) -> None:
    """An id with the title or the time, or the series with the time, tell a post that was moved and edited."""
    lost = [Lost(post=PUBLISHED, marks=MONDAY)]
    came = [Arrival(sight=Sight(path="c.md", stamp=STAMP, revision=Revision("C")), marks=marks)]
    assert pair(lost, [], came) == ({"c.md": PUBLISHED} if moved else {})


@pytest.mark.parametrize(
    ("slug", "title", "moved"),
    [("x", "Morning", True), ("y", "Morning", True), ("x", "Evening", False), ("y", "Evening", False)],
)
def test_issues_of_one_day_are_told_apart_by_their_titles(slug: str, title: str, moved: bool) -> None:
    """Where only a day is known, a morning's post that is replaced by the evening's has not moved."""
    zone = timezone(timedelta(hours=8))
    morning = Marks(slug="x", series="daily", title="Morning", published=datetime(2025, 11, 21, tzinfo=zone))
    kept = replace(morning, published=datetime(2025, 11, 20, 16, tzinfo=UTC))
    sight = Sight(path="c.md", stamp=STAMP, revision=Revision("C"))
    pairs = pair(
        [Lost(post=PUBLISHED, marks=kept)], [], [Arrival(sight=sight, marks=replace(morning, slug=slug, title=title))]
    )
    assert pairs == ({"c.md": PUBLISHED} if moved else {})


def test_signs_that_two_share_are_none() -> None:
    """Where two paths, or two lost posts, have the same marks, nobody knows, and nothing is merged."""
    lost = [Lost(post=PUBLISHED, marks=MONDAY)]
    came = [Arrival(sight=Sight(path=path, stamp=STAMP, revision=Revision(path)), marks=MONDAY) for path in ("c", "d")]
    assert pair(lost, [], came) == {}
    assert pair([*lost, Lost(post=BESIDE, marks=MONDAY)], [], came[:1]) == {}


def test_empty_texts_are_no_sign() -> None:
    """Two empty files are neither one post that moved nor copies of each other."""
    empty = replace(PUBLISHED, stamp=Stamp(0, 1))
    came = Arrival(sight=Sight(path="c.md", stamp=Stamp(0, 2), revision=empty.revision))
    assert pair([Lost(post=empty)], [], [came]) == {}
    found = {"a.md": Stamp(0, 1), "b.md": STAMP, "c.md": Stamp(0, 2)}
    assert decide(look(empty, BESIDE, found=found, c_md="A")) == (Appear(sight=came.sight, state=PostState.SETTLING),)


GOOD = Digest(revision=Revision("A"), series="daily", title="A")
BAD = replace(GOOD, problems=(Problem(code=Code.EMPTY),))
DRAFT = replace(GOOD, draft=True, intro=(Paragraph(spans=()),))
BARE = replace(GOOD, draft=True)
TAKEN_BACK = replace(GOOD, withdrawn=True)
PUSH = replace(GOOD, series=BREAKING)
NEVER = KeptSource(name="news")
MENDED = replace(SETTLING, was=PostState.BAD, first_seen=NOW - timedelta(days=9))


@pytest.mark.parametrize(
    ("post", "digest", "source", "expected"),
    [
        (SETTLING, GOOD, LOOKED, Outcome.PUBLISH),
        (SETTLING, GOOD, NEVER, Outcome.INDEX),
        (SETTLING, BAD, LOOKED, Outcome.REFUSE),
        (SETTLING, BAD, NEVER, Outcome.REFUSE),
        (SETTLING, DRAFT, LOOKED, Outcome.DRAFT),
        (SETTLING, DRAFT, NEVER, Outcome.DRAFT),
        (SETTLING, TAKEN_BACK, LOOKED, Outcome.DRAFT),
        (MENDED, GOOD, LOOKED, Outcome.INDEX),
        (replace(MENDED, first_seen=NOW), GOOD, LOOKED, Outcome.PUBLISH),
        (replace(SETTLING, state=PostState.BACKLOG), GOOD, LOOKED, Outcome.HOLD),
        (replace(SETTLING, state=PostState.BACKLOG), BAD, LOOKED, Outcome.REFUSE),
        (PUBLISHED, GOOD, LOOKED, Outcome.REVISE),
        (PUBLISHED, BAD, LOOKED, Outcome.REPORT),
        (PUBLISHED, DRAFT, LOOKED, Outcome.WITHDRAW),
        (PUBLISHED, TAKEN_BACK, LOOKED, Outcome.WITHDRAW),
        (replace(PUBLISHED, state=PostState.INDEXED), GOOD, LOOKED, Outcome.REVISE),
        (replace(SETTLING, changed_at=NOW - timedelta(seconds=59)), GOOD, LOOKED, Outcome.WAIT),
        (replace(SETTLING, changed_at=NOW - timedelta(seconds=5)), PUSH, LOOKED, Outcome.PUBLISH),
        (replace(SETTLING, changed_at=NOW - timedelta(seconds=4)), PUSH, LOOKED, Outcome.WAIT),
    ],
)
def test_outcomes(post: Known, digest: Digest, source: KeptSource, expected: Outcome) -> None:
    """What becomes of a text depends on what its post was, on what it says, and on how long it has stood."""
    assert outcome(post, digest, source=source, settling=Settling(), customs=Customs(), now=NOW) is expected


COMING = replace(GOOD, published=NOW + timedelta(hours=1))
WAITS = Customs(future=Future.WAIT)
OPEN = Customs(drafts=Drafts.PUBLISH)


@pytest.mark.parametrize(
    ("post", "digest", "source", "customs", "expected"),
    [
        (SETTLING, COMING, LOOKED, Customs(), Outcome.PUBLISH),
        (SETTLING, COMING, LOOKED, WAITS, Outcome.POSTPONE),
        (SETTLING, COMING, NEVER, WAITS, Outcome.POSTPONE),
        (SETTLING, replace(COMING, published=NOW), LOOKED, WAITS, Outcome.PUBLISH),
        (SETTLING, GOOD, LOOKED, WAITS, Outcome.PUBLISH),
        (SETTLING, replace(COMING, draft=True), LOOKED, WAITS, Outcome.DRAFT),
        (replace(SETTLING, state=PostState.BACKLOG), COMING, LOOKED, WAITS, Outcome.POSTPONE),
        (PUBLISHED, COMING, LOOKED, WAITS, Outcome.REVISE),
        (SETTLING, DRAFT, LOOKED, OPEN, Outcome.PUBLISH),
        (SETTLING, DRAFT, NEVER, OPEN, Outcome.INDEX),
        (PUBLISHED, DRAFT, LOOKED, OPEN, Outcome.REVISE),
        (SETTLING, BARE, LOOKED, OPEN, Outcome.DRAFT),
        (PUBLISHED, BARE, LOOKED, OPEN, Outcome.WITHDRAW),
        (PUBLISHED, TAKEN_BACK, LOOKED, OPEN, Outcome.WITHDRAW),
    ],
)
def test_customs(post: Known, digest: Digest, source: KeptSource, customs: Customs, expected: Outcome) -> None:
    """A source says whether drafts with a text are published, and whether what is to come waits for its date."""
    assert outcome(post, digest, source=source, settling=Settling(), customs=customs, now=NOW) is expected


def test_post_that_waits_for_its_date_is_due_when_it_comes() -> None:
    """A post whose own date is to come is left alone until then, and is due from then on."""
    post = replace(SETTLING, due_at=NOW)
    seen = look(post, found={"a.md": STAMP})
    assert list(decide(replace(seen, now=NOW - timedelta(seconds=1)))) == []
    assert list(decide(seen)) == [Due(post=post)]
