"""What becomes of a post whose text was read. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from digest.model import BREAKING, Digest
from storage.posts import KeptSource, Known
from storage.records import PostState


class Outcome(StrEnum):
    """One thing to do with a text that was read."""

    WAIT = "wait"
    """It has not settled for its kind."""
    PUBLISH = "publish"
    """Its digest is promised."""
    POSTPONE = "postpone"
    """It waits for its own date."""
    INDEX = "index"
    """Its digest is kept, and nothing is sent."""
    HOLD = "hold"
    """Its digest is kept until an admin decides."""
    REVISE = "revise"
    """Its digest gets the newer text; what was sent is corrected."""
    WITHDRAW = "withdraw"
    """Its digest is taken back."""
    DRAFT = "draft"
    """It waits for its next text."""
    REFUSE = "refuse"
    """It cannot be delivered."""
    REPORT = "report"
    """It cannot be delivered, and the text before it stays in use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """How long a text stands unchanged before it is acted upon."""

    settle: timedelta = timedelta(seconds=60)
    push_settle: timedelta = timedelta(seconds=5)

    @property
    def soonest(self) -> timedelta:
        """The time after which the text of some post may be due, where pushes are possible."""
        return min(self.settle, self.push_settle)

    def of(self, digest: Digest) -> timedelta:
        """The time for this digest."""
        return self.soonest if digest.series == BREAKING and digest.deliverable else self.settle


class Drafts(StrEnum):
    """What a source does with posts that call themselves drafts."""

    SKIP = "skip"
    PUBLISH = "publish"


class Future(StrEnum):
    """What a source does with posts whose own date is to come."""

    PUBLISH = "publish"
    """Publishers commit posts before their date: it says when they are dated, not when they are news."""
    WAIT = "wait"


@dataclass(frozen=True, slots=True, kw_only=True)
class Customs:
    """What a source does with drafts, and with dates that are to come."""

    drafts: Drafts = Drafts.SKIP
    future: Future = Future.PUBLISH

    def skips(self, digest: Digest) -> bool:
        """Whether this is not to be published, or not any more. A draft without a text waits for one everywhere."""
        waits = self.drafts is Drafts.SKIP or not (digest.intro or digest.stories or digest.commentary)
        return digest.withdrawn or (digest.draft and waits)

    def postpones(self, digest: Digest, now: datetime) -> bool:
        """Whether this waits for its date."""
        return self.future is Future.WAIT and digest.published is not None and digest.published > now


def outcome(
    post: Known, digest: Digest, *, source: KeptSource, settling: Settling, customs: Customs, now: datetime
) -> Outcome:
    """What to do with the text of `post` that was read as `digest`."""
    first = source.looked_at is None
    if not first and now - post.changed_at < settling.of(digest):
        return Outcome.WAIT
    used = post.state is PostState.INDEXED or post.state is PostState.PUBLISHED
    if not digest.deliverable:
        return Outcome.REPORT if used else Outcome.REFUSE
    if customs.skips(digest):
        return Outcome.WITHDRAW if used else Outcome.DRAFT
    if post.state in _NEWS and customs.postpones(digest, now):
        return Outcome.POSTPONE
    if first and not used:
        return Outcome.INDEX
    return _sound(post, source)


_NEWS = frozenset({PostState.SETTLING, PostState.BACKLOG})
"""States of posts that may yet be published."""


def _sound(post: Known, source: KeptSource) -> Outcome:
    """A text that can be delivered, after the first look."""
    match post.state:
        case PostState.SETTLING:
            return Outcome.INDEX if _mended_old(post, source) else Outcome.PUBLISH
        case PostState.BACKLOG:
            return Outcome.HOLD
        case PostState.INDEXED | PostState.PUBLISHED:
            return Outcome.REVISE
        case PostState.DRAFT | PostState.COPY | PostState.BAD | PostState.GONE:
            return Outcome.WAIT
        case _:
            assert_never(post.state)


def _mended_old(post: Known, source: KeptSource) -> bool:
    """Whether a post was bad at the first look: had it been sound, it would have been indexed."""
    return post.was is PostState.BAD and source.looked_at is not None and post.first_seen <= source.looked_at
