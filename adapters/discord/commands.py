"""The slash commands, as Discord registers them: from the one declaration, in every language. Pure.

Discord guards a command by what it is registered with: where it can be used, and who may at first; a server's
administrators may decide otherwise for theirs. Source: https://docs.discord.com/developers/interactions/application-commands
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, assert_never

from adapters.discord.rights import CHANNELS, THREADS, Right
from adapters.platform import Audience, Offered, Option, Suggestion, Taking

LOCALES: Final = {"zh": ("zh-CN", "zh-TW"), "en": ("en-US", "en-GB")}
"""Discord's locales that read a language of ours (https://docs.discord.com/developers/reference#locales)."""

LONGEST_ABOUT: Final = 100
"""Code points of what a command or an option is for, and of a choice's name and value."""
MOST_OPTIONS: Final = 25
"""Options of a command, and choices of an option."""
MOST_COMMANDS: Final = 100

COMMAND: Final = 1
STRING, CHANNEL, ROLE = 3, 7, 8
"""The kinds of option that are used here."""

IN_SERVER, IN_PRIVATE = 0, 1
"""Where a command can be used: in a server, in private with the account."""
INSTALLED_IN_SERVERS: Final = 0

_NAME = re.compile(r"[-_\w]{1,32}")

Json = dict[str, Any]


def registered(offered: Iterable[Offered], language: str) -> list[Json]:
    """The commands as they are to be registered; `language` is for whoever reads none of ours."""
    return [_command(command, language) for command in offered][:MOST_COMMANDS]


def _command(command: Offered, language: str) -> Json:
    options = sorted(command.options, key=lambda option: not option.required)
    said: Json = {
        "type": COMMAND,
        "name": command.name,
        **_about(command.about, language),
        "options": [_option(option, language) for option in options][:MOST_OPTIONS],
        "default_member_permissions": int(Right.MANAGE_SERVER) if is_guarded(command) else None,
        "contexts": [IN_PRIVATE] if command.audience is Audience.ADMINS else [IN_SERVER, IN_PRIVATE],
        "integration_types": [INSTALLED_IN_SERVERS],
    }
    names = {locale: name for locale, name in _localized(command.names) if _is_name(name)}
    return said | ({"name_localizations": names} if names else {})


def is_guarded(command: Offered) -> bool:
    """Whether Discord lets only those use it in a server whom the server's administrators let decide."""
    return command.audience is Audience.DECIDERS


def _about(about: Mapping[str, str], language: str) -> Json:
    words = {locale: _short(text) for locale, text in _localized(about)}
    return {"description": _short(chosen(about, language)), "description_localizations": words}


def _option(option: Option, language: str) -> Json:
    said: Json = {"name": option.name, **_about(option.about, language)}
    names = {locale: name for locale, name in _localized(option.names) if _is_name(name)}
    if names:
        said["name_localizations"] = names
    if option.required:
        said["required"] = True
    match option.taking:
        case Taking.CHAT:
            return said | {"type": CHANNEL, "channel_types": sorted(map(int, CHANNELS | THREADS))}
        case Taking.ROLE:
            return said | {"type": ROLE}
        case Taking.SUGGESTED:
            return said | {"type": STRING, "autocomplete": True}
        case Taking.CHOICE:
            return said | {"type": STRING, "choices": choices(option.choices, language)}
        case Taking.WORDS:
            return said | {"type": STRING}
        case _:
            assert_never(option.taking)


def choices(suggestions: Sequence[Suggestion], *languages: str) -> list[Json]:
    """What can be chosen, as Discord lists it; what is too long to be said back is left out.

    `languages`: in which it is named, the first of them that is spoken.
    """
    found = [suggestion for suggestion in suggestions if 0 < len(suggestion.says) <= LONGEST_ABOUT]
    return [
        {
            "name": _short(chosen(suggestion.labels, *languages)),
            "name_localizations": {locale: _short(label) for locale, label in _localized(suggestion.labels)},
            "value": suggestion.says,
        }
        for suggestion in found[:MOST_OPTIONS]
    ]


def chosen(words: Mapping[str, str], *languages: str) -> str:
    """The words in the first of the languages, or of its locales, that has any; else in any language."""
    spoken = (words.get(language) or words.get(language.partition("-")[0]) for language in languages)
    return next(filter(None, spoken), None) or next(iter(words.values()), "?")


def _localized(words: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    return ((locale, text) for language, text in words.items() if text for locale in LOCALES.get(language, ()))


def _is_name(name: str) -> bool:
    """Whether Discord takes it as a name: letters, digits, `-` and `_`, none of them in upper case."""
    return _NAME.fullmatch(name) is not None and name == name.lower()


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_ABOUT else f"{text[: LONGEST_ABOUT - 1]}…"


# --- What is registered already -----------------------------------------------------------------------------------

_COMPARED: Final = (
    "type",
    "name",
    "name_localizations",
    "description",
    "description_localizations",
    "options",
    "default_member_permissions",
    "contexts",
    "integration_types",
)


def are_same(wanted: Sequence[Json], there: Sequence[Mapping[str, Any]]) -> bool:
    """Whether what is registered says the same; Discord tells back more than it was told, and in any order."""
    return sorted(map(_compared, wanted), key=_named) == sorted(map(_compared, there), key=_named)


def _compared(command: Mapping[str, Any]) -> Json:
    said = {name: _plain(command.get(name)) for name in _COMPARED}
    rights = command.get("default_member_permissions")
    said["default_member_permissions"] = None if rights is None else str(rights)
    for places in ("contexts", "integration_types"):
        said[places] = sorted(command.get(places) or ())
    return said


def _plain(said: Any) -> Any:
    """What is said, less all that says nothing: no words, no options, not required."""
    if isinstance(said, Mapping):
        plain = {name: _plain(value) for name, value in said.items()}
        return {name: value for name, value in plain.items() if value not in (None, False, [], {})} or None
    if isinstance(said, list):
        return [_plain(value) for value in said] or None
    return said


def _named(command: Json) -> str:
    return str(command["name"])
