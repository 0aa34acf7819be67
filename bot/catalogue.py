"""The words for people: two catalogues with the same keys, looked up at the last moment.

A key names a text (`answers.stopped`). Where its count matters, the entry is a table of `zero`, `one` and `other`
(`zero` and `one` may be left out). Values are put in as they are: they are never read as a template.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import cache, partial
from importlib.resources import files
from typing import Final

from adapters.causes import in_words, reason_in_words
from adapters.details import details_in_words, lane_in_words
from digest.compose import Words

LANGUAGES: Final = ("zh", "en")
"""The languages that people are spoken to in; the first is the one to fall back on."""

_FORMS = frozenset({"zero", "one", "other"})


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Every text of a language by its dotted key; a text that counts has a key for each form."""
    text = files("bot").joinpath("locales", f"{language}.toml").read_text(encoding="utf-8")
    return dict(_flat("", tomllib.loads(text)))


def _flat(above: str, table: Mapping[str, object]) -> Iterable[tuple[str, str]]:
    for name, value in table.items():
        key = f"{above}.{name}" if above else name
        if isinstance(value, Mapping):
            yield from _flat(key, value)
        else:
            yield key, str(value)


def say(language: str, key: str, /, **values: object) -> str:
    """The words of a key with its placeholders filled; raises KeyError for an unknown key.

    `count` among the values chooses the form. A language that nobody speaks here is answered in the first one.
    """
    texts = catalogue(spoken(language))
    for form in _forms(values.get("count")):
        template = texts.get(key + form)
        if template is not None:
            return template.format_map(values)
    raise KeyError(key)


def _forms(count: object) -> tuple[str, ...]:
    if not isinstance(count, int):
        return ("", ".other")
    exact = {0: (".zero",), 1: (".one",)}.get(count, ())
    return (*exact, ".other", "")


def say_on(language: str, platform: str, key: str, /, **values: object) -> str:
    """The words of an answer; as a platform puts them, where they are put otherwise there."""
    own = f"answers_{platform}.{key}"
    return say(language, own if knows(own) else f"answers.{key}", **values)


def knows(key: str) -> bool:
    """Whether there are words for a key."""
    return any(key + form in catalogue(LANGUAGES[0]) for form in ("", ".other"))


def say_code(language: str, section: str, code: str, /, **values: object) -> str:
    """The words of a stable code, or the code itself where it has none (a platform's own words, a code of tomorrow)."""
    key = f"{section}.{code}"
    try:
        return say(language, key, **details_in_words(values, partial(say, language)))
    except KeyError:
        return code


@cache
def series_names(series: str) -> tuple[str, ...]:
    """What a series is called: by its source, and by readers in each language, where they call it otherwise."""
    key = f"words.series_{series}"
    called = (say(language, key) for language in LANGUAGES) if knows(key) else ()
    return tuple(dict.fromkeys((series, *called)))


def say_lane(language: str, lane: str, called: str = "") -> str:
    """A lane as people know it: its platform, and the name of its account where it has one, or else its number."""
    return lane_in_words(lane, partial(say, language), called=called)


def say_reason(language: str, reason: str) -> str:
    """Why something is as it is: a code's words, with what stands behind the code (`refused: …`)."""
    return reason_in_words(reason, partial(say, language))


def say_why(language: str, why: str) -> str:
    """The words of what an error says of itself: its causes, and in quotes what a platform or a system said."""
    return in_words(why, partial(say, language))


def say_store(language: str, trouble: str, details: Mapping[str, str | int]) -> str:
    """What is wrong with the store, and in quotes what the database or the system said itself."""
    what, said = say(language, f"stores.{trouble}", **details), str(details.get("said", ""))
    return (
        say(language, "words.with_detail", what=what, detail=say(language, "words.quoted", said=said)) if said else what
    )


def spoken(*wishes: str) -> str:
    """The first wish that is spoken here (`zh-Hans-CN`, `en_US.UTF-8`, `EN`), or else the first language."""
    for wish in wishes:
        primary = re.split(r"[-_.@]", wish.strip().lower(), maxsplit=1)[0]
        if primary in LANGUAGES:
            return primary
    return LANGUAGES[0]


@cache
def words(language: str) -> Words:
    """The words that composing adds, in a language."""
    return Words(**{field.name: say(language, f"words.{field.name}") for field in fields(Words)})


def base_key(key: str) -> str:
    """The key without the form that counts."""
    head, _, form = key.rpartition(".")
    return head if form in _FORMS else key
