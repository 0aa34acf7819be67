"""Which stories of a digest were told before, and which links are no stories because they stand everywhere. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Generic, TypeVar

from digest.model import StoryKey

LOOK_BACK = 14
"""Issues before one, of its source and of all sources, among which its stories are looked for."""

SHARE_OF = 50
"""Issues of a source before one, among which its landing pages are looked for."""

_OFTEN = 4
"""A link in over one of so many issues is a landing page."""

_HOT = 7
"""In so many issues running a story may be news; a landing page stood there before."""

Id = TypeVar("Id", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier(Generic[Id]):
    """A digest before another: the `work` it tells, whether it is of the other's `source`, the keys that both have."""

    id: Id
    work: str
    same_source: bool
    keys: frozenset[StoryKey]


def told_before(earlier: Sequence[Earlier[Id]]) -> dict[Id, frozenset[StoryKey]]:
    """Where the stories of a digest stood before, less landing pages; `earlier` begins with the newest.

    The tellings of one work are one issue.
    """
    own = [one for one in earlier if one.same_source]
    everywhere = landing_pages([_keys(issue) for issue in _issues(own, SHARE_OF)])
    near = [*_issues(own, LOOK_BACK), *_issues(earlier, LOOK_BACK)]
    found = {one.id: one.keys - everywhere for issue in near for one in issue}
    return {id: keys for id, keys in found.items() if keys}  # noqa: A001 - a digest's id is called id


def landing_pages(issues: Sequence[AbstractSet[StoryKey]]) -> frozenset[StoryKey]:
    """The keys that stand in over a quarter of a source's issues, the newest first, and not only in the last ones.

    A story that is hot stands in most of the last issues of a young source, and is news all the same.
    """
    lasting = frozenset[StoryKey]().union(*issues[_HOT:])
    return frozenset(key for key in lasting if _OFTEN * sum(key in keys for keys in issues) > len(issues))


def _issues(earlier: Iterable[Earlier[Id]], most: int) -> Iterator[list[Earlier[Id]]]:
    """The first issues, each the tellings of one work."""
    works: dict[str, list[Earlier[Id]]] = {}
    for one in earlier:
        if one.work in works or len(works) < most:
            works.setdefault(one.work, []).append(one)
    yield from works.values()


def _keys(issue: Iterable[Earlier[Id]]) -> AbstractSet[StoryKey]:
    return frozenset[StoryKey]().union(*(one.keys for one in issue))
