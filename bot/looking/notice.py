"""What one look at a folder means: from what is known and what was found to a list of decisions. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.looking.moves import Arrival, Lost, Pairs, has_text, pair
from digest.model import Revision
from digest.names import untranslated
from storage.posts import UNREAD, KeptSource, Known, Marks, Sight, Stamp
from storage.records import PostId, PostState

EMPTY_FOLDER = "empty-folder"
VANISHED_POSTS = "vanished-posts"
"""Why a source is failing, as alerts and the desk name it."""

PATIENCE = 3
"""So many settle times a new post waits at most for translations that are being written."""

BACKLOG = 20
"""So many new posts within a settle time are published; more are held as a backlog."""
VANISHED = 3
"""So many posts may vanish at once; more mean that the folder is not whole."""

_USED = frozenset({PostState.INDEXED, PostState.PUBLISHED, PostState.BACKLOG})
"""States that a newer text does not end."""
_LIGHT = frozenset({PostState.SETTLING, PostState.COPY})
"""States of posts from which nothing was concluded yet: they may vanish in any number."""


# --- Decisions ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Fail:
    """The source is failing; nothing else is concluded from this look. `posts` vanished."""

    code: str
    posts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recover:
    """The source was failing and is well again, or what vanished from it is believed to be deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Appear:
    """A new post: it settles, is held with many others, or is a copy."""

    sight: Sight
    state: PostState
    copy_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A file is there and cannot be read; `post` is None for a new one."""

    sight: Sight
    post: Known | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """The same text was written again."""

    post: Known
    stamp: Stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Another text, which settles."""

    post: Known
    sight: Sight
    state: PostState
    copy_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """The post has another path, or is where it was before it was gone."""

    post: Known
    sight: Sight
    state: PostState
    replaces: PostId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """The file of a post is not there."""

    post: Known


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """The file of a post is there again, as it was."""

    post: Known


@dataclass(frozen=True, slots=True, kw_only=True)
class Go:
    """The file of a post stayed away: the post is gone."""

    post: Known


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A new post is one of too many."""

    post: Known


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """The text of a post has settled: read it and act upon it."""

    post: Known


Sighting = Appear | Unreadable | Change | Move
"""Decisions about a text or a place that is new."""
Notch = Touch | Miss | Return | Hold | Go
"""Decisions that leave a post's text and place as they are."""
Decision = Sighting | Notch | Due | Fail | Recover


# --- The look ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Everything that one look is decided from.

    `found` is every post in the folder; `read` the names of the texts of those that `to_read` asked for (None where
    one could not be read); `marks` tell posts again: of known ones by id, of new paths by path, where `puzzling`
    asked for them. A text has settled after `settle`; it may be due, if it is a push, after `soonest`.
    """

    now: datetime
    settle: timedelta
    soonest: timedelta
    source: KeptSource
    known: tuple[Known, ...]
    found: Mapping[str, Stamp]
    read: Mapping[str, Revision | None] = field(default_factory=dict)
    known_marks: Mapping[PostId, Marks] = field(default_factory=dict)
    new_marks: Mapping[str, Marks] = field(default_factory=dict)

    @property
    def first(self) -> bool:
        """Whether the source was never looked at to the end."""
        return self.source.looked_at is None

    @property
    def present(self) -> list[Known]:
        """The known posts whose files are there."""
        return [post for post in self.known if post.state is not PostState.GONE and post.path in self.found]

    @property
    def missing(self) -> list[Known]:
        """The known posts whose files are not there."""
        return [post for post in self.known if post.state is not PostState.GONE and post.path not in self.found]

    @property
    def gone(self) -> list[Known]:
        """The posts that were in use, or copies of such, before they were gone."""
        return [post for post in self.known if post.state is PostState.GONE and post.was in _USED | {PostState.COPY}]

    def sight(self, path: str) -> Sight:
        """What was seen at a path that was read."""
        return Sight(path=path, stamp=self.found[path], revision=self.read.get(path) or UNREAD)


def to_read(known: Iterable[Known], found: Mapping[str, Stamp]) -> list[str]:
    """The paths whose text must be read: new ones, and those whose size or time is another."""
    same = {
        post.path
        for post in known
        if post.state is not PostState.GONE and not post.unreadable and found.get(post.path) == post.stamp
    }
    return [path for path in found if path not in same]


def puzzling(look: Look) -> list[str]:
    """The paths that might be posts which vanished, though their text is another: their marks must be read."""
    if not look.missing:
        return []
    came = [found for found in _arrivals(look) if not found.copy]
    pairs = pair([Lost(post=post) for post in look.missing], look.gone, came)
    moved = {post.id for post in pairs.values()}
    missing = sum(post.id not in moved and not _is_copy(post) for post in look.missing)
    paths = [found.path for found in came if found.path not in pairs]
    return paths if 0 < missing <= VANISHED + len(paths) else []


def decide(look: Look) -> tuple[Decision, ...]:
    """What follows from a look. A failing source has one decision."""
    if not look.found and not look.source.believe:
        return (Fail(code=EMPTY_FOLDER),)
    pairs = _pairs(look)
    moved = {post.id for post in pairs.values()}
    missing = [post for post in look.missing if post.id not in moved]
    vanished = sum(post.state not in _LIGHT for post in missing)
    if vanished > VANISHED and not look.source.believe:
        return (Fail(code=VANISHED_POSTS, posts=vanished),)
    recovered = [Recover()] if look.source.failing_since is not None else []
    decisions = [*_there(look, pairs), *(found for post in missing for found in _away(look, post))]
    return (*recovered, *_together(look, _hold_backlog(look, decisions)))


def due_at_first(look: Look) -> list[Due]:
    """At the end of a first look everything is read: nothing has to settle, for nothing is sent."""
    return [Due(post=post) for post in look.present if post.pending and not post.unreadable]


# --- Where posts are ---------------------------------------------------------------------------------------------


def _pairs(look: Look) -> Pairs:
    lost = [Lost(post=post, marks=look.known_marks.get(post.id)) for post in look.missing]
    return pair(lost, look.gone, _arrivals(look))


def _arrivals(look: Look) -> list[Arrival]:
    """New paths, and kept ones that may yet turn out to be a post that moved."""
    present = look.present
    known = {post.path for post in present}
    fresh = [
        Arrival(sight=look.sight(path), marks=look.new_marks.get(path)) for path in look.found if path not in known
    ]
    waiting = [
        Arrival(
            sight=look.sight(post.path) if post.path in look.read else post.sight,
            marks=look.new_marks.get(post.path),
            row=post.id,
            copy=_is_copy(post),
        )
        for post in present
        if _is_copy(post) or (post.state is PostState.SETTLING and post.was is None)
    ]
    return fresh + waiting


def _there(look: Look, pairs: Pairs) -> Iterator[Decision]:
    """What follows from the files that are there."""
    arrivals = sorted(_arrivals(look), key=lambda found: (len(found.path), found.path))
    texts = sorted((post for post in look.present if has_text(post.sight)), key=_is_copy, reverse=True)
    originals = {post.revision: post.path for post in texts}
    for found in arrivals:
        if (post := pairs.get(found.path)) is not None:
            originals |= dict.fromkeys((post.revision, found.sight.revision), found.path)
            yield _moved(post, found)
    moved = {found.row for found in arrivals if found.path in pairs}
    for post in look.present:
        if post.id not in moved:
            yield from _again(look, post, originals)
    for found in arrivals:
        if found.row is None and found.path not in pairs:
            yield _new(found.sight, originals)


def _moved(post: Known, found: Arrival) -> Move:
    """What was in use stays so, and its text is read again at its new path; a copy stays one; the rest begins anew."""
    same = post.lasting is PostState.COPY and found.sight.revision == post.revision
    state = post.lasting if post.lasting in _USED or same else None
    return Move(post=post, sight=found.sight, state=state or PostState.SETTLING, replaces=found.row)


def _again(look: Look, post: Known, originals: dict[Revision, str]) -> Iterator[Decision]:
    """A known path that is there."""
    if post.path not in look.read:
        if post.missing_since is not None:
            yield Return(post=post)
        if post.pending and not look.first and look.now - post.changed_at >= look.soonest and not post.waits(look.now):
            yield Due(post=post)
        return
    sight = look.sight(post.path)
    if sight.revision == UNREAD:
        if not post.unreadable:
            yield Unreadable(sight=sight, post=post)
    elif sight.revision == post.revision and not post.unreadable:
        yield Touch(post=post, stamp=sight.stamp)
    else:
        yield _changed(post, sight, originals)


def _changed(post: Known, sight: Sight, originals: dict[Revision, str]) -> Change:
    if post.state in _USED:
        originals.setdefault(sight.revision, post.path)
        return Change(post=post, sight=sight, state=post.state)
    copy_of = _copy_of(sight, originals)
    return Change(post=post, sight=sight, state=PostState.COPY if copy_of else PostState.SETTLING, copy_of=copy_of)


def _new(sight: Sight, originals: dict[Revision, str]) -> Decision:
    if sight.revision == UNREAD:
        return Unreadable(sight=sight, post=None)
    copy_of = _copy_of(sight, originals)
    return Appear(sight=sight, state=PostState.COPY if copy_of else PostState.SETTLING, copy_of=copy_of)


def _is_copy(post: Known) -> bool:
    return post.state is PostState.COPY


def _copy_of(sight: Sight, originals: dict[Revision, str]) -> str | None:
    """The other path that has, or had until now, the same text; where there is none, this one is the original."""
    if not has_text(sight):
        return None
    original = originals.setdefault(sight.revision, sight.path)
    return None if original == sight.path else original


def _away(look: Look, post: Known) -> Iterator[Decision]:
    """A file that is not there may have been renamed, or be about to be written anew: it has the settle time for it."""
    if look.source.believe or (post.missing_since is not None and look.now - post.missing_since >= look.settle):
        yield Go(post=post)
    elif post.missing_since is None:
        yield Miss(post=post)


# --- Translations ------------------------------------------------------------------------------------------------


def _together(look: Look, decisions: Sequence[Decision]) -> Sequence[Decision]:
    """New posts wait for their translations that settle, so that each chat is brought the one in its language."""
    if not any(isinstance(found, Due) for found in decisions):
        return decisions
    ages: defaultdict[str, dict[str, timedelta]] = defaultdict(dict)
    for post in look.present:
        if post.state is PostState.SETTLING:
            ages[untranslated(post.path)][post.path] = look.now - post.changed_at
    for found in decisions:
        if isinstance(found, Appear | Change) and _is_new(found):
            ages[untranslated(found.sight.path)][found.sight.path] = timedelta()
    return [found for found in decisions if not isinstance(found, Due) or not _awaits(look, found.post, ages)]


def _awaits(look: Look, post: Known, ages: Mapping[str, Mapping[str, timedelta]]) -> bool:
    """Whether a new post is still young enough to wait for another telling of it, which settles.

    Before it has settled itself only a push may leave, and a push waits for pushes only.
    """
    age = look.now - post.changed_at
    settle = look.settle if age >= look.settle else look.soonest
    if post.state is not PostState.SETTLING or age >= PATIENCE * settle:
        return False
    tellings = ages.get(untranslated(post.path), {})
    return any(young < settle for path, young in tellings.items() if path != post.path)


# --- Too many at once --------------------------------------------------------------------------------------------


def _hold_backlog(look: Look, decisions: list[Decision]) -> list[Decision]:
    """Hold what is new, if there is too much of it: the files of a slow copy arrive over several looks."""
    if look.first:
        return decisions
    again = {found.post.id for found in decisions if isinstance(found, Change | Move | Unreadable) and found.post}
    recent = [post for post in look.present if post.id not in again and _recent(look, post)]
    if sum(_is_new(found) for found in decisions) + len(recent) <= BACKLOG:
        return decisions
    held = [Hold(post=post) for post in recent if post.state is PostState.SETTLING]
    return [_held(found) for found in decisions] + held


def _recent(look: Look, post: Known) -> bool:
    """Whether a post is new since less than the settle time, and was not published."""
    waits = post.state is PostState.SETTLING or post.state is PostState.BACKLOG
    return waits and look.now - post.changed_at < look.settle


def _is_new(found: Decision) -> bool:
    return isinstance(found, Appear | Change | Move) and found.state is PostState.SETTLING


def _held(found: Decision) -> Decision:
    if isinstance(found, Appear | Change | Move) and found.state is PostState.SETTLING:
        return replace(found, state=PostState.BACKLOG)
    return found
