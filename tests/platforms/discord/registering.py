"""Application commands: what may be registered, and how it comes back (interactions/application-commands)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import regex

from tests.platforms.discord.answers import Mistake, bad_length, invalid, refusal
from tests.platforms.discord.core import Asking
from tests.platforms.discord.servers import Json

NAME: Final = regex.compile(r"[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}")
MOST_COMMANDS: Final = 100
MOST_OPTIONS: Final = 25
MOST_CHOICES: Final = 25
MOST_LETTERS: Final = 8_000
"""Code points of all names, descriptions and values of a command."""
DAY: Final = 86_400.0

LOCALES: Final = frozenset(
    re.findall(
        r"[\w-]+",
        "id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE vi tr cs el bg ru uk hi th "
        "zh-CN ja zh-TW ko",
    )
)
_LOCALISED: Final = ("name_localizations", "description_localizations")


def listed(asking: Asking) -> list[Json]:
    """GET /applications/{application_id}/commands."""
    _check_own(asking)
    full = asking.wants("with_localizations")
    return [command if full else _without_localisations(command) for command in asking.bot.commands]


def overwrite(asking: Asking) -> list[Json]:
    """PUT /applications/{application_id}/commands: these and no others; a new name is a creation."""
    _check_own(asking)
    given: list[Json] = asking.body
    if mistakes := list(_mistakes(given)):
        raise invalid(*mistakes)
    known = {command["name"]: command for command in asking.bot.commands}
    _count_creations(asking, [command for command in given if command["name"] not in known])
    asking.bot.commands = [_registered(asking, command, known.get(command["name"])) for command in given]
    asking.core.changed()
    return [_without_localisations(command) for command in asking.bot.commands]


def _check_own(asking: Asking) -> None:
    if asking.given["application_id"] != asking.bot.application:
        raise refusal(50001)


def _count_creations(asking: Asking, new: list[Json]) -> None:
    """Raises 30034 for more than two hundred in a day."""
    created, now = asking.bot.created, asking.core.now()
    while created and created[0] + DAY <= now:
        created.popleft()
    if len(created) + len(new) > asking.core.limits.commands_a_day:
        wait = created[0] + DAY - now if created else DAY
        raise refusal(30034, retry_after=round(wait, 3), **{"global": False})
    created.extend(now for _ in new)


def _registered(asking: Asking, command: Json, before: Json | None) -> Json:
    """A command as it comes back: with what was left out, and without what says no."""
    told: Json = {
        "id": before["id"] if before else str(asking.core.new_id()),
        "application_id": str(asking.bot.application),
        "version": str(asking.core.new_id()),
        "type": command.get("type") or 1,
        "name": command["name"],
        "name_localizations": command.get("name_localizations") or None,
        "description": command.get("description") or "",
        "description_localizations": command.get("description_localizations") or None,
        "default_member_permissions": _permissions(command.get("default_member_permissions")),
        "dm_permission": 1 in (command.get("contexts") or [0, 1, 2]),
        "contexts": command.get("contexts"),
        "integration_types": command.get("integration_types") or [0],
        "nsfw": False,
    }
    options = [_shown_option(option) for option in command.get("options") or []]
    return told | ({"options": options} if options else {})


def _permissions(given: Any) -> str | None:
    return None if given is None else str(int(given))


def _shown_option(option: Json) -> Json:
    """`required` and `autocomplete` come back only where they say yes; localisations always, with null for none."""
    told = {name: value for name, value in option.items() if value not in (None, False, [], {})}
    told |= {name: option.get(name) or None for name in _LOCALISED}
    if "options" in told:
        told["options"] = [_shown_option(inner) for inner in told["options"]]
    if "choices" in told:
        told["choices"] = [choice | {_LOCALISED[0]: choice.get(_LOCALISED[0]) or None} for choice in told["choices"]]
    return told


def _without_localisations(told: Any) -> Any:
    if isinstance(told, list):
        return [_without_localisations(each) for each in told]
    if isinstance(told, dict):
        return {name: _without_localisations(value) for name, value in told.items() if name not in _LOCALISED}
    return told


# --- What is wrong with them


def _mistakes(commands: list[Json]) -> Iterator[Mistake]:
    if len(commands) > MOST_COMMANDS:
        yield Mistake(path=(), code="APPLICATION_COMMANDS_MAX", words="There are more than 100 commands")
    if _repeats(commands):
        words = "Application command names must be unique"
        yield Mistake(path=(), code="APPLICATION_COMMANDS_DUPLICATE_NAME", words=words)
    for place, command in enumerate(commands):
        at = (str(place),)
        yield from _spelling(command, at)
        yield from _options(command.get("options") or [], (*at, "options"))
        if sum(_letters(command)) > MOST_LETTERS:
            words = f"Must be {MOST_LETTERS} or fewer characters in all"
            yield Mistake(path=at, code="APPLICATION_COMMAND_TOO_LARGE", words=words)


def _spelling(thing: Json, at: tuple[str, ...]) -> Iterator[Mistake]:
    names = thing.get("name_localizations") or {}
    for path, name in [(("name",), thing.get("name")), *((("name_localizations", key), names[key]) for key in names)]:
        if not isinstance(name, str) or not NAME.fullmatch(name) or name != name.lower():
            words = "Command name is invalid"
            yield Mistake(path=(*at, *path), code="APPLICATION_COMMAND_INVALID_NAME", words=words)
    about = thing.get("description_localizations") or {}
    texts = [
        (("description",), thing.get("description")),
        *((("description_localizations", k), about[k]) for k in about),
    ]
    for path, text in texts:
        if not isinstance(text, str) or not 1 <= len(text) <= 100:
            yield bad_length((*at, *path), 1, 100)
    for key in (*names, *about):
        if key not in LOCALES:
            words = f"{key} is no locale"
            yield Mistake(path=(*at, "name_localizations", key), code="BASE_TYPE_CHOICES", words=words)


def _repeats(things: list[Json]) -> bool:
    """Whether two are called the same, in any language; strictly, for the documentation speaks of names alone."""
    for locale in (None, *LOCALES):
        names = [_called(thing, locale) for thing in things]
        if len(set(names)) < len(names):
            return True
    return False


def _called(thing: Json, locale: str | None) -> str:
    return str((thing.get(_LOCALISED[0]) or {}).get(locale) or thing.get("name"))


def _options(options: list[Json], at: tuple[str, ...]) -> Iterator[Mistake]:
    if len(options) > MOST_OPTIONS:
        yield bad_length(at, 0, MOST_OPTIONS)
    if _repeats(options):
        words = "Option names must be unique"
        yield Mistake(path=at, code="APPLICATION_COMMAND_OPTIONS_NAME_INVALID", words=words)
    required = [bool(option.get("required")) for option in options]
    if required != sorted(required, reverse=True):
        words = "Required options must be placed before non-required options"
        yield Mistake(path=at, code="APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", words=words)
    for place, option in enumerate(options):
        here = (*at, str(place))
        yield from _spelling(option, here)
        yield from _choices(option, here)
        yield from _options(option.get("options") or [], (*here, "options"))


def _choices(option: Json, at: tuple[str, ...]) -> Iterator[Mistake]:
    choices = option.get("choices") or []
    if len(choices) > MOST_CHOICES:
        yield bad_length((*at, "choices"), 0, MOST_CHOICES)
    if choices and option.get("autocomplete"):
        words = "Choices and autocomplete exclude each other"
        yield Mistake(path=at, code="APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", words=words)
    for place, choice in enumerate(choices):
        texts = (choice.get("name"), str(choice.get("value")), *(choice.get(_LOCALISED[0]) or {}).values())
        if not all(1 <= len(text or "") <= 100 for text in texts):
            yield bad_length((*at, "choices", str(place), "name"), 1, 100)
    if _repeats(choices) or len({str(choice.get("value")) for choice in choices}) < len(choices):
        words = "The names and values of choices must be unique"
        yield Mistake(path=(*at, "choices"), code="APPLICATION_COMMAND_OPTIONS_CHOICES_DUPLICATE", words=words)


def _letters(thing: Json) -> Iterator[int]:
    """What counts: the longest spelling of each name and description, and every value (limits of commands)."""
    for name, more in (("name", _LOCALISED[0]), ("description", _LOCALISED[1])):
        yield max(len(str(text)) for text in (thing.get(name) or "", *(thing.get(more) or {}).values()))
    for inner in (*(thing.get("options") or []), *(thing.get("choices") or [])):
        yield from _letters(inner)
    yield len(str(thing.get("value") or ""))
