"""What a reader may choose with `/subscribe`, read from words in any order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from bot.catalogue import LANGUAGES, catalogue
from digest.choices import EVERY_SERIES, Calls, Choices, Layout

_BETWEEN = re.compile(r"[\s,，、]+")
_ROLE = re.compile(r"role[:：](?P<id>[0-9]{1,20}|none|everyone)(?![^\s,，、])", re.IGNORECASE)

EVERYONE: Final = "everyone"
"""In place of a role's id: everybody in the server."""


@dataclass(frozen=True, slots=True)
class Series:
    """A word that names a series."""

    name: str


@dataclass(frozen=True, slots=True)
class Language:
    """A word that names a language."""

    name: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A word that names a role to be called, by its id; empty for none."""

    role: str


Meaning = Series | Layout | Language | Mention | Calls


class Sign(StrEnum):
    """What stands before a series: nothing (only these), or that it joins or leaves those that are chosen."""

    ONLY = ""
    MORE = "+"
    LESS = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What was asked for. Nothing in a place leaves what was chosen; `strange` is the first word that means nothing.

    `mention` is the id of a role, `everyone`, or empty for no role any more.
    """

    only: frozenset[str] = frozenset()
    more: frozenset[str] = frozenset()
    less: frozenset[str] = frozenset()
    layout: Layout | None = None
    language: str | None = None
    mention: str | None = None
    calls: Calls | None = None
    strange: str | None = None

    def leaves_none(self, choices: Choices, known: Iterable[str]) -> bool:
        """Whether no series would be left of the choices."""
        return not self._series(choices, known)

    def _series(self, choices: Choices, known: Iterable[str]) -> frozenset[str]:
        wanted = (self.only or choices.series) | self.more
        if EVERY_SERIES in wanted and self.less:
            wanted = frozenset(known)
        return wanted - self.less

    def applied(self, choices: Choices, known: Iterable[str]) -> Choices:
        """The choices with these wishes; every series less one is all the others that are known.

        Whoever wants no series at all wants to stop: the series stay as they are (`leaves_none`).
        """
        series = self._series(choices, known) or choices.series
        return replace(
            choices,
            series=frozenset({EVERY_SERIES}) if EVERY_SERIES in series else series,
            layout=self.layout or choices.layout,
            language=self.language or choices.language,
            mention=choices.mention if self.mention is None else self.mention,
            calls=self.calls or choices.calls,
        )


def wishes(words: str, known: Iterable[str]) -> Wishes:
    """What the words ask for, in any language: series (`all` for every one), a layout, a language, whom to call.

    Of a thing that is asked for twice the last counts.
    """
    series: dict[Sign, set[str]] = {sign: set() for sign in Sign}
    wanted = Wishes()
    for sign, meaning in _meanings(words, _called(known)):
        match meaning:
            case Series(name):
                series[sign].add(name)
            case Layout():
                wanted = replace(wanted, layout=meaning)
            case Language(name):
                wanted = replace(wanted, language=name)
            case Mention(role):
                wanted = replace(wanted, mention=role)
            case Calls():
                wanted = replace(wanted, calls=meaning)
            case _:
                return Wishes(strange=meaning)
    only, more, less = (frozenset(series[sign]) for sign in Sign)
    return replace(wanted, only=only, more=more, less=less)


def series_called(word: str, known: Iterable[str]) -> str | None:
    """The series that a word names."""
    meaning = _called(known).get(word.lower())
    return meaning.name if isinstance(meaning, Series) else None


def _meanings(words: str, called: Mapping[str, Meaning]) -> Iterator[tuple[Sign, Meaning | str]]:
    """What each word means, or the word itself. A series may be called by several words: the longest name counts."""
    rest = words.strip()
    while rest:
        if role := _ROLE.match(rest):
            yield Sign.ONLY, Mention("" if role["id"].lower() == "none" else role["id"].lower())
            rest = _BETWEEN.sub("", rest[role.end() :], count=1)
            continue
        sign = Sign(rest[0]) if rest[0] in "+-" else Sign.ONLY
        name = _longest(rest[len(sign) :], called)
        if name is None:
            yield sign, _BETWEEN.split(rest, maxsplit=1)[0]
            return
        yield sign, called[name]
        rest = _BETWEEN.sub("", rest[len(sign) + len(name) :], count=1)


def _longest(text: str, called: Mapping[str, Meaning]) -> str | None:
    """The longest known name that the text begins with, up to the end of a word."""
    lower = text.lower()
    if len(lower) != len(text):
        return None  # a letter that changes its length is in no name of ours, and would shift the rest
    fits = (name for name in called if lower.startswith(name) and not _goes_on(lower[len(name) :]))
    return max(fits, key=len, default=None)


def _goes_on(rest: str) -> bool:
    return bool(rest) and not _BETWEEN.match(rest)


def _called(known: Iterable[str]) -> dict[str, Meaning]:
    """Every word that means something, in lower case."""
    called: dict[str, Meaning] = {"all": Series(EVERY_SERIES), EVERY_SERIES: Series(EVERY_SERIES)}
    series = sorted(known)
    for texts in map(catalogue, LANGUAGES):
        called |= {texts[f"words.language_{name}"].lower(): Language(name) for name in LANGUAGES}
        called |= {texts[f"words.layout_{layout}"].lower(): layout for layout in Layout}
        called |= {texts[f"words.calls_{calls}"].lower(): calls for calls in Calls}
        called[texts["words.calls_nobody"].lower()] = Mention("")
        called[texts["answers.every_series"].lower()] = Series(EVERY_SERIES)
        named = ((texts.get(f"words.series_{name}"), name) for name in series)
        called |= {word.lower(): Series(name) for word, name in named if word}
    called |= {language: Language(language) for language in LANGUAGES}
    called |= {str(layout): layout for layout in Layout}
    called |= {f"calls:{calls}": calls for calls in Calls}
    return called | {name.lower(): Series(name) for name in series}
