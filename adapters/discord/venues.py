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
    """A channel: its `kind` as Discord numbers it, its server (none in private), its tags, whether a post needs one."""

    kind: int
    server: str = ""
    tags: tuple[Tag, ...] = ()
    needs_tag: bool = False

    @property
    def is_forum(self) -> bool:
        """Whether everything that is brought there opens a thread."""
        return self.kind in {Kind.FORUM, Kind.MEDIA}


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


def fitting(tags: Sequence[Tag], topics: Sequence[str], title: str) -> list[str]:
    """The ids of the tags for a post: those that are called as its topics; without any, those that its title names."""
    named = {tag.name.strip().casefold(): tag.id for tag in reversed(tags) if not tag.guarded and tag.name.strip()}
    wanted = [topic.strip().casefold() for topic in topics]
    found = dict.fromkeys(named[topic] for topic in wanted if topic in named)
    if not found:
        said = title.casefold()
        found = dict.fromkeys(named[name] for name in reversed(named) if _stands_in(name, said))
    return list(found)[:MOST_TAGS]


def _stands_in(name: str, said: str) -> bool:
    """Whether a text names it: as words of its own where it begins or ends with Latin letters or digits."""
    before = r"(?<![a-z0-9])" if name[0].isascii() and name[0].isalnum() else ""
    behind = r"(?![a-z0-9])" if name[-1].isascii() and name[-1].isalnum() else ""
    return re.search(f"{before}{re.escape(name)}{behind}", said) is not None
