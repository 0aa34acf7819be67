"""Which post that vanished is which path that appeared. Pure; in doubt, none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from typing import TypeVar

from storage.posts import UNREAD, Known, Marks, Sight
from storage.records import PostId, PostState


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A path that is new: just found, or kept as a post (`row`) that waits and has no digest yet."""

    sight: Sight
    marks: Marks | None = None
    row: PostId | None = None
    copy: bool = False

    @property
    def path(self) -> str:
        """Where it is."""
        return self.sight.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A post whose file is not where it was; `marks` are None before it has a digest."""

    post: Known
    marks: Marks | None = None

    @property
    def path(self) -> str:
        """Where it was."""
        return self.post.path

    @property
    def sight(self) -> Sight:
        """What was last seen of it."""
        return self.post.sight


Pairs = dict[str, Known]
"""The post that moved, by its new path."""

Sign = Callable[[Sight, Marks | None], Hashable | None]
"""What two sightings of one post share; None where there is nothing to share."""

_CORRECTED_BY = timedelta(hours=3)
"""A post that moves and says another time by more than this is another issue: some come every four hours."""

_MIDNIGHT = time()
"""The time of a post that says its day only, of which all issues of that day are."""

Seen = TypeVar("Seen", Arrival, Lost)


def pair(missing: Iterable[Lost], gone: Iterable[Known], arrivals: Iterable[Arrival]) -> Pairs:
    """Who is where now.

    The same text at a new path is the strongest sign, however long ago it vanished; then the path of a post that is
    gone; then, for a post that has only just vanished, an id with the title or the time, or a series and time, that
    nobody else has. Ids are copied from post to post and titles shared: where both are, hours apart means another
    post, and so does another title where only the day is known. A copy that has stood beside a post takes its place
    only when nothing else does.
    """
    lost = sorted(missing, key=lambda found: (_is_copy(found.post), found.path))
    own = [found for found in lost if not _is_copy(found.post)]
    past = [Lost(post=post) for post in sorted(gone, key=lambda post: (_is_copy(post), -post.id))]
    came = sorted(arrivals, key=lambda found: found.path)
    fresh = [found for found in came if found.row is None]
    pairs = _match(lost, fresh, _text)
    for sign in (_path, _text):
        pairs |= _match(_left(past, pairs), _open(fresh, pairs), sign)
    for trait in (_id_and_title, _id_and_time, _series_and_time):
        single = [found for found in _open(came, pairs) if not found.copy]
        pairs |= _match(_left(own, pairs), single, trait, alone=True)
    return pairs | _match(_left(own, pairs), _open(came, pairs), _text)


def _is_copy(post: Known) -> bool:
    return post.lasting is PostState.COPY


def has_text(sight: Sight) -> bool:
    """Whether the text says who it is: an empty or unread one could be anyone's."""
    return sight.stamp.size > 0 and sight.revision != UNREAD


def _match(lost: Iterable[Lost], came: Iterable[Arrival], sign: Sign, *, alone: bool = False) -> Pairs:
    """Pairs that share a sign, in their order; `alone`: only where no third one has it."""
    losers, comers = _by_sign(lost, sign), _by_sign(came, sign)
    pairs: Pairs = {}
    for shared in losers.keys() & comers.keys():
        if not alone or _are_one(losers[shared], comers[shared]):
            for left, found in zip(losers[shared], comers[shared], strict=False):
                pairs[found.path] = left.post
    return pairs


def _are_one(lost: Sequence[Lost], came: Sequence[Arrival]) -> bool:
    """Whether there is one of each, and they are not two issues: by their times, or of one day by their titles."""
    if not len(lost) == len(came) == 1:
        return False
    before, now = lost[0].marks, came[0].marks
    if before is None or now is None or before.published is None or now.published is None:
        return True
    if now.published.time() == _MIDNIGHT and before.title != now.title:
        return False
    return abs(now.published - before.published) <= _CORRECTED_BY


def _by_sign(seen: Iterable[Seen], sign: Sign) -> dict[Hashable, list[Seen]]:
    signed: defaultdict[Hashable, list[Seen]] = defaultdict(list)
    for one in seen:
        if (shared := sign(one.sight, one.marks)) is not None:
            signed[shared].append(one)
    return signed


def _left(lost: Iterable[Lost], pairs: Pairs) -> list[Lost]:
    matched = {post.id for post in pairs.values()}
    return [found for found in lost if found.post.id not in matched]


def _open(came: Iterable[Arrival], pairs: Pairs) -> list[Arrival]:
    return [found for found in came if found.path not in pairs]


# --- Signs -------------------------------------------------------------------------------------------------------


def _text(sight: Sight, _marks: Marks | None) -> Hashable | None:
    return sight.revision if has_text(sight) else None


def _path(sight: Sight, _marks: Marks | None) -> Hashable | None:
    return sight.path


def _id_and_title(_sight: Sight, marks: Marks | None) -> Hashable | None:
    """An id alone is no sign: front matter is copied from post to post."""
    return (marks.slug, marks.title) if marks and marks.slug else None


def _id_and_time(_sight: Sight, marks: Marks | None) -> Hashable | None:
    return (marks.slug, marks.published) if marks and marks.slug and marks.published else None


def _series_and_time(_sight: Sight, marks: Marks | None) -> Hashable | None:
    return (marks.series, marks.published) if marks and marks.published else None
