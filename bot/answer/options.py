"""What may stand behind a command, as platforms with options ask for it. The words stand in the catalogues."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from adapters.platform import PUBLIC, Option, Suggestion, Taking
from bot.catalogue import LANGUAGES, say
from digest.choices import Calls, Layout

NOBODY: Final = "role:none"
"""What says that no role is to be called any more."""

_TAKING: Final = {
    "chat": Taking.CHAT,
    "series": Taking.SUGGESTED,
    "layout": Taking.CHOICE,
    "language": Taking.CHOICE,
    "role": Taking.ROLE,
    "calls": Taking.CHOICE,
    "digest": Taking.SUGGESTED,
    "code": Taking.WORDS,
    "text": Taking.WORDS,
    PUBLIC: Taking.CHOICE,
}

_REQUIRED: Final = frozenset({"text"})

CHOOSING: Final = ("series", "layout", "language", "role", "calls")
"""What a subscription's choices are given with."""


def option(name: str, about: str = "") -> Option:
    """An option by its name; `about` is the key of what it is for, where that is not its name."""
    return Option(
        name=name,
        names=told(lambda language: say(language, f"options.{name}.name")),
        about=told(lambda language: say(language, f"options.{about or name}.about")),
        taking=_TAKING[name],
        choices=_choices(name),
        required=name in _REQUIRED,
    )


def told(words: Callable[[str], str]) -> Mapping[str, str]:
    """The same in every language."""
    return {language: words(language) for language in LANGUAGES}


def _choices(name: str) -> tuple[Suggestion, ...]:
    match name:
        case "layout":
            return tuple(_choice(f"words.layout_{layout}", layout) for layout in Layout)
        case "language":
            return tuple(_choice(f"words.language_{language}", language) for language in LANGUAGES)
        case "calls":
            when = (_choice(f"words.calls_{calls}", f"calls:{calls}") for calls in Calls)
            return (*when, _choice("words.calls_nobody", NOBODY))
        case "public":
            return (_choice("answers.everyone_sees", PUBLIC),)
        case _:
            return ()


def _choice(key: str, says: str) -> Suggestion:
    return Suggestion(labels=told(lambda language: say(language, key)), says=says)
