"""Reads what a look has to read: the names of texts, what tells a post again, what is due. Called in a thread."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bot import reading
from bot.looking import folder
from bot.looking.checkout import Checkout
from bot.looking.notice import Change, Due, Unreadable
from bot.looking.outcome import Customs, Settling, outcome
from bot.looking.record import Read
from bot.looking.selection import EVERYTHING, Selection
from digest.identity import name_of
from digest.model import Post, Revision, Rules
from storage.posts import UNREAD, KeptSource, Known, Marks, Sight


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A folder where a publisher's posts lie, and what its settings say of them. `name` is that of its rules.

    `checkout` brings what is in the folder, where it is that of a Git repository.
    """

    folder: Path
    rules: Rules
    settling: Settling = field(default_factory=Settling)
    selection: Selection = EVERYTHING
    customs: Customs = field(default_factory=Customs)
    checkout: Checkout | None = None

    @property
    def name(self) -> str:
        """What the source is called, in the store and in messages."""
        return self.rules.source


def names(source: Source, paths: Iterable[str]) -> tuple[dict[str, Revision | None], frozenset[str]]:
    """The names of texts, None for one that cannot be read; and the paths that vanished meanwhile."""
    found: dict[str, Revision | None] = {}
    vanished: set[str] = set()
    for path in paths:
        try:
            data = folder.read(source.folder, path)
        except OSError:
            found[path] = None
            continue
        if data is None:
            vanished.add(path)
        else:
            found[path] = name_of(data)
    return found, frozenset(vanished)


def marks(source: Source, paths: Iterable[str]) -> dict[str, Marks]:
    """What may tell posts again that moved and were edited at once."""
    found: dict[str, Marks] = {}
    for path in paths:
        try:
            data = folder.read(source.folder, path)
        except OSError:
            continue
        if data is not None:
            digest = reading.read(Post(path=path, data=data), source.rules)
            found[path] = Marks(slug=digest.slug, series=digest.series, title=digest.title, published=digest.published)
    return found


def texts(source: Source, kept: KeptSource, due: Sequence[Due], now: datetime) -> list[Read | Change | Unreadable]:
    """What is due, read, in the order of publication. What vanished meanwhile is left to the next look."""
    with ThreadPoolExecutor(reading.AT_ONCE) as threads:
        found = threads.map(lambda one: _text(source, kept, one.post, now), due)
        return sorted((text for text in found if text is not None), key=_place_in_order)


def _place_in_order(text: Read | Change | Unreadable) -> tuple[datetime, str]:
    """Digests are brought in the order in which they are kept: posts that came together, by their own date and path."""
    if not isinstance(text, Read):
        return datetime.min.replace(tzinfo=UTC), text.sight.path
    return text.digest.published or text.post.first_seen, text.post.path


def _text(source: Source, kept: KeptSource, post: Known, now: datetime) -> Read | Change | Unreadable | None:
    try:
        data = folder.read(source.folder, post.path)
    except OSError:
        return Unreadable(sight=Sight(path=post.path, stamp=post.stamp, revision=UNREAD), post=post)
    if data is None:
        return None
    if (revision := name_of(data)) != post.revision:
        # Written again within the resolution of the file system's clock, or while we read.
        return Change(post=post, sight=Sight(path=post.path, stamp=post.stamp, revision=revision), state=post.state)
    digest = reading.read(Post(path=post.path, data=data), source.rules)
    what = outcome(post, digest, source=kept, settling=source.settling, customs=source.customs, now=now)
    return Read(post=post, data=data, digest=digest, outcome=what)
