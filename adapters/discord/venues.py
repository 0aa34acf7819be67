"""What a channel is to whoever brings something there: its kind, and in a forum its tags."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

MOST_TAGS: Final = 5
"""Tags of one post in a forum (https://docs.discord.com/developers/resources/channel#start-thread-in-forum-or-media-channel)."""

_NEEDS_TAG: Final = 1 << 4
"""The flag of a forum whose posts must have a tag (https://docs.discord.com/developers/resources/channel#channel-object-channel-flags)."""


class Kind(IntEnum):
    """Kinds of channels (https://docs.discord.com/developers/resources/channel#channel-object-channel-types)."""

    TEXT = 0
    DM = 1
    VOICE = 2
    GROUP_DM = 3
    CATEGORY = 4
    ANNOUNCEMENT = 5
    ANNOUNCEMENT_THREAD = 10
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    STAGE = 13
    DIRECTORY = 14
    FORUM = 15
    MEDIA = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A tag of a forum; a guarded one may be given by its moderators only."""

    id: str
    name: str
    guarded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    """A channel: its `kind` as Discord numbers it, its server (none in private), its tags, whether a post needs one.

    `moderates`: whether the account manages threads there, so that guarded tags are its own as well; None where that is
    not known.
    """

    kind: int
    server: str = ""
    tags: tuple[Tag, ...] = ()
    needs_tag: bool = False
    moderates: bool | None = None

    @property
    def is_forum(self) -> bool:
        """Whether everything that is brought there opens a thread."""
        return self.kind in {Kind.FORUM, Kind.MEDIA}

    @property
    def takes_posts(self) -> bool:
        """Whether the account can give a post the tag that it needs, as far as is known."""
        return not self.needs_tag or self._first is not None

    @property
    def _first(self) -> Tag | None:
        """The first tag that anybody may give; else a guarded one, unless the account is known not to give it."""
        first = min(self.tags, key=lambda tag: tag.guarded, default=None)
        return None if first is not None and first.guarded and self.moderates is False else first

    def tags_for(self, topics: Sequence[str], title: str, series: Sequence[str]) -> list[str]:
        """The ids of the tags for a post: those that fit; none does, and the forum needs one, the first that may be."""
        given = [tag for tag in self.tags if self.moderates or not tag.guarded]
        found = fitting(given, topics, title, series)
        if found or not self.needs_tag or self._first is None:
            return found
        return [self._first.id]


Known = Callable[[str], Venue | None]
"""What is known of a channel without asking; None where nothing is."""


def nothing_known(channel: str) -> None:
    """Nothing is known of any channel."""
    del channel


def venue_in(channel: Mapping[str, Any]) -> Venue:
    """The venue that a channel's JSON tells of; what is odd in it is left out."""
    kind, flags, tags = channel.get("type"), channel.get("flags"), channel.get("available_tags")
    return Venue(
        kind=kind if isinstance(kind, int) else Kind.TEXT,
        server=str(channel.get("guild_id") or ""),
        tags=tuple(_tags(tags)) if isinstance(tags, list) else (),
        needs_tag=isinstance(flags, int) and bool(flags & _NEEDS_TAG),
    )


def _tags(tags: Iterable[object]) -> Iterable[Tag]:
    for tag in tags:
        if isinstance(tag, dict) and tag.get("id"):
            yield Tag(id=str(tag["id"]), name=str(tag.get("name", "")), guarded=bool(tag.get("moderated")))


def fitting(tags: Sequence[Tag], topics: Sequence[str], title: str, series: Sequence[str]) -> list[str]:
    """The ids of the tags that fit a post: called as its topics are, else named by its title, else as its series."""
    named = {tag.name.strip().casefold(): tag.id for tag in reversed(tags) if tag.name.strip()}
    said = title.casefold()
    found = _called(named, topics) or [named[name] for name in reversed(named) if _stands_in(name, said)]
    return list(dict.fromkeys(found or _called(named, series)))[:MOST_TAGS]


def _called(named: Mapping[str, str], words: Iterable[str]) -> list[str]:
    """The ids of the tags that are called as one of these words, in the order of the words."""
    wanted = [word.strip().casefold() for word in words]
    return [named[word] for word in wanted if word in named]


def _stands_in(name: str, said: str) -> bool:
    """Whether a text names it: as words of its own where it begins or ends with Latin letters or digits."""
    before = r"(?<![a-z0-9])" if name[0].isascii() and name[0].isalnum() else ""
    behind = r"(?![a-z0-9])" if name[-1].isascii() and name[-1].isalnum() else ""
    return re.search(f"{before}{re.escape(name)}{behind}", said) is not None
