"""Which posts tell the same in other languages. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from digest.model import StoryKey
from digest.names import certain_language, folders_of, language_in, stem_of, untranslated


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One post's way of telling something: where it lies, in which language it is, and the stories it tells."""

    path: str
    language: str
    keys: frozenset[StoryKey]


def are_translations(one: Telling, other: Telling) -> bool:
    """Whether two posts of one source tell the same, each in its own language.

    Their paths differ in nothing but a language. A file beside the other (`x.md`, `x.en.md`) is its translation by
    its name; a folder `uk/` or a name `market-cn` may mean a country's own news, and then the links tell: translations
    share at least half of them.
    """
    if untranslated(one.path) != untranslated(other.path) or not (is_translated(one.path) or is_translated(other.path)):
        return False
    if one.language != other.language and (_beside(one, other) or _tells_by_path(one, other)):
        return True
    return 2 * len(one.keys & other.keys) >= max(1, min(len(one.keys), len(other.keys)))


def _tells_by_path(one: Telling, other: Telling) -> bool:
    """Whether the paths have to do, because there are no links on one side, and can mean nothing else."""
    named = [told.path for told in (one, other) if is_translated(told.path)]
    return not (one.keys and other.keys) and all(map(certain_language, named))


def is_translated(path: str) -> bool:
    """Whether the path names a language; of several tellings, the one whose path does not is the publisher's own."""
    return bool(language_in(path))


def _beside(one: Telling, other: Telling) -> bool:
    return folders_of(one.path) == folders_of(other.path) and stem_of(one.path) == stem_of(other.path)
