"""Units of work that keep what a look decided. Each says what it did, to be counted and told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never

from bot.looking import notice
from bot.looking.outcome import Outcome
from digest.model import Digest
from digest.problems import Code, Problem
from storage import alerts, digests, ledger, posts
from storage.database import Database
from storage.posts import Known
from storage.records import PostState, Reason

DELETED = Reason.POST_DELETED
"""Why deliveries of a vanished post are skipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One thing that was done: what (a field of `Looked`), where, and what a log line says of it."""

    what: str
    path: str = ""
    details: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A post whose text was read, and what is to become of it."""

    post: Known
    data: bytes
    digest: Digest
    outcome: Outcome


# --- Where posts are ---------------------------------------------------------------------------------------------


def record(db: Database, source: str, decisions: Iterable[notice.Decision], now: datetime) -> list[Done]:
    """Keep what was decided of where posts are; a decision that somebody else was faster with has no effect.

    What is due is acted upon later, and a failing source has its own unit.
    """
    done = [one for decision in decisions if (one := _record(db, source, decision, now)) is not None]
    if any(one.what in _OF_TEXTS for one in done) and posts.source(db, source).looked_at is not None:
        _retell_copies(db, source)
    return done


_OF_TEXTS = frozenset({"changed", "copies", "moved", "gone"})
"""What may make a copy one of an earlier text."""


def _retell_copies(db: Database, source: str) -> None:
    """What is said of copies stays true when what they are copies of changes."""
    for copy in posts.copies(db, source):
        code = "copied-earlier" if copy.of_earlier else "copied-post"
        details = {"source": source, "path": copy.path, "copy_of": copy.copy_of}
        alerts.turn_alert(db, alert_of(source, copy.path), code, details)


def _record(db: Database, source: str, decision: notice.Decision, now: datetime) -> Done | None:
    match decision:
        case notice.Appear() | notice.Change() | notice.Move() | notice.Unreadable():
            return _sighting(db, source, decision, now)
        case notice.Touch() | notice.Miss() | notice.Return() | notice.Hold() | notice.Go():
            return _notch(db, source, decision, now)
        case notice.Recover():
            return _recover(db, source, now)
        case notice.Fail() | notice.Due():
            return None
        case _:
            assert_never(decision)


def _sighting(db: Database, source: str, decision: notice.Sighting, now: datetime) -> Done | None:
    match decision:
        case notice.Appear():
            return _appear(db, source, decision, now)
        case notice.Change():
            return _change(db, source, decision, now)
        case notice.Move():
            return _move(db, source, decision, now)
        case notice.Unreadable():
            return _unreadable(db, source, decision, now)
        case _:
            assert_never(decision)


def _notch(db: Database, source: str, decision: notice.Notch, now: datetime) -> Done | None:
    path = decision.post.path
    match decision:
        case notice.Touch(post=post, stamp=stamp):
            return _done("touched", path, it=posts.touch(db, post, stamp))
        case notice.Miss(post=post):
            return _done("missing", path, it=posts.miss(db, post, now))
        case notice.Return(post=post):
            return _done("returned", path, it=posts.come_back(db, post))
        case notice.Hold(post=post):
            return _done("crowded", path, it=posts.enter(db, post, PostState.BACKLOG))
        case notice.Go(post=post):
            return _go(db, source, post, now)
        case _:
            assert_never(decision)


def _done(what: str, path: str, *, it: bool) -> Done | None:
    return Done(what=what, path=path) if it else None


def _appear(db: Database, source: str, found: notice.Appear, now: datetime) -> Done | None:
    sight, copy_of = found.sight, found.copy_of
    if not posts.add(db, source, sight, found.state, now, copy_of=copy_of):
        return None
    if copy_of is None:
        return Done(what="new", path=sight.path)
    return _copied(db, source, sight.path, copy_of, now)


def _change(db: Database, source: str, found: notice.Change, now: datetime) -> Done | None:
    if not posts.change(db, found.post, found.sight, found.state, now, copy_of=found.copy_of):
        return None
    if found.copy_of is None:
        return Done(what="changed", path=found.post.path)
    return _copied(db, source, found.post.path, found.copy_of, now)


def _copied(db: Database, source: str, path: str, copy_of: str, now: datetime) -> Done:
    """A copy is told, except at the first look: an archive may hold hundreds of them."""
    if posts.source(db, source).looked_at is not None:
        details = {"source": source, "path": path, "copy_of": copy_of}
        alerts.raise_alert(db, alert_of(source, path), "copied-post", details, now)
    return Done(what="copies", path=path, details={"copy_of": copy_of})


def _move(db: Database, source: str, found: notice.Move, now: datetime) -> Done | None:
    post, path = found.post, found.sight.path
    if not posts.move(db, source, post, found.sight, found.state, now=now, replaces=found.replaces):
        return None
    for place in (post.path, path):
        alerts.settle_alert(db, alert_of(source, place), now)
    if post.state is PostState.GONE and (digest := digests.id_of(db, post.id)) is not None:
        ledger.unskip_digest(db, digest)
    return Done(what="moved", path=path, details={"from": post.path})


def _unreadable(db: Database, source: str, found: notice.Unreadable, now: datetime) -> Done | None:
    problem = Problem(code=Code.UNREADABLE_FILE)
    if found.post is None:
        noted = posts.add_unreadable(db, source, found.sight, problem, now)
    else:
        noted = posts.cannot_read(db, found.post, problem)
    return _bad(db, source, found.sight.path, problem, now) if noted else None


def _go(db: Database, source: str, post: Known, now: datetime) -> Done | None:
    """What is open is skipped, and what was sent stays."""
    if not posts.enter(db, post, PostState.GONE):
        return None
    alerts.settle_alert(db, alert_of(source, post.path), now)
    if (digest := digests.id_of(db, post.id)) is not None:
        ledger.skip_digest(db, digest, reason=DELETED)
    return Done(what="gone", path=post.path)


# --- What is read ------------------------------------------------------------------------------------------------


def act(db: Database, source: str, texts: Iterable[Read], now: datetime) -> list[Done]:
    """Act upon texts that were read, except where somebody else was faster or another text is there by now."""
    done = [one for text in texts if (one := _act(db, source, text, now)) is not None]
    if any(one.what == "held" for one in done):
        details: dict[str, str | int] = {"source": source, "posts": posts.backlog(db, source)}
        alerts.raise_alert(db, digests.backlog_alert_of(source), "backlog", details, now)
    return done


def _act(db: Database, source: str, text: Read, now: datetime) -> Done | None:
    if text.outcome is Outcome.POSTPONE:
        return _postpone(db, source, text, now)
    state = _STATES.get(text.outcome, text.post.state)
    waits = text.outcome is Outcome.WAIT
    if waits or not posts.take(db, text.post, state, text.digest.title, text.digest.problems):
        return None
    if text.outcome is Outcome.REFUSE or text.outcome is Outcome.REPORT:
        worst = next(problem for problem in text.digest.problems if problem.fatal)
        return _bad(db, source, text.post.path, worst, now)
    alerts.settle_alert(db, alert_of(source, text.post.path), now)
    return _keep(db, text)


def _postpone(db: Database, source: str, text: Read, now: datetime) -> Done | None:
    """It waits for its date, which is no trouble."""
    post, digest = text.post, text.digest
    due = digest.published or now
    if post.due_at == due or not posts.postpone(db, post, due, digest.title, digest.problems):
        return None
    alerts.settle_alert(db, alert_of(source, post.path), now)
    return Done(what="postponed", path=post.path, details={"until": due.isoformat()})


_STATES = {
    Outcome.PUBLISH: PostState.PUBLISHED,
    Outcome.INDEX: PostState.INDEXED,
    Outcome.HOLD: PostState.BACKLOG,
    Outcome.DRAFT: PostState.DRAFT,
    Outcome.REFUSE: PostState.BAD,
}
"""What a post becomes; any other outcome leaves it what it is."""


def _keep(db: Database, text: Read) -> Done | None:
    """What happens to the digest."""
    post, path = text.post, text.post.path
    match text.outcome:
        case Outcome.PUBLISH | Outcome.INDEX | Outcome.HOLD:
            return _keep_new(db, text)
        case Outcome.REVISE:
            promised = post.state is PostState.PUBLISHED
            return _done("revised", path, it=digests.revise(db, post.id, text.data, text.digest, promised=promised))
        case Outcome.WITHDRAW:
            return _done("withdrawn", path, it=digests.withdraw(db, post.id))
        case Outcome.DRAFT:
            return Done(what="drafts", path=path)
        case Outcome.WAIT | Outcome.POSTPONE | Outcome.REFUSE | Outcome.REPORT:
            return None
        case _:
            assert_never(text.outcome)


_KEPT = {Outcome.PUBLISH: "published", Outcome.INDEX: "indexed", Outcome.HOLD: "held"}


def _keep_new(db: Database, text: Read) -> Done:
    """News is new from when its file was first seen; what was a draft, or bad, from when its text was.

    What waited for its date is news from then on.
    """
    post = text.post
    first_seen = post.first_seen if post.was is None else post.changed_at
    first_seen = max(first_seen, post.due_at or first_seen)
    promised = text.outcome is Outcome.PUBLISH
    digests.keep(db, post.id, text.data, text.digest, first_seen=first_seen, promised=promised)
    return Done(what=_KEPT[text.outcome], path=post.path, details={"title": text.digest.title})


def _bad(db: Database, source: str, path: str, problem: Problem, now: datetime) -> Done:
    details = {"source": source, "path": path, "problem": problem.code.value, "line": problem.line}
    news = alerts.raise_alert(db, alert_of(source, path), "bad-post", details, now)
    what = "bad" if news else "still_bad"
    return Done(what=what, path=path, details={"problem": problem.code.value, "line": problem.line})


# --- The source -------------------------------------------------------------------------------------------------


def fail(db: Database, source: str, code: str, vanished: int, now: datetime) -> bool:
    """Nothing is concluded from a source; True when it is news."""
    posts.add_source(db, source)
    posts.fail_source(db, source, code, now)
    return alerts.raise_alert(db, source_alert_of(source), code, {"source": source, "posts": vanished}, now)


def _recover(db: Database, source: str, now: datetime) -> Done:
    posts.recover_source(db, source)
    alerts.settle_alert(db, source_alert_of(source), now)
    return Done(what="recovered")


def alert_of(source: str, path: str) -> str:
    """The name of what is wrong with a post."""
    return f"post:{source}/{path}"


def source_alert_of(source: str) -> str:
    """The name of what is wrong with a source."""
    return f"source:{source}"
