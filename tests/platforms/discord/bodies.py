"""What the body of a message may hold, by Discord's limits, in code points; and how Discord gives it back.

Sources: resources/message (create message, embed limits, allowed mentions), components/reference.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import count
from typing import Any, Final
from urllib.parse import urlsplit

from tests.platforms.discord.answers import (
    Mistake,
    bad_length,
    invalid,
    missing,
    not_among,
    refusal,
    server_error,
    too_long,
)
from tests.platforms.discord.servers import Json

LONGEST_CONTENT: Final = 2_000
LONGEST_EMBEDS: Final = 6_000
"""Code points of all texts of all embeds together."""
MOST_EMBEDS: Final = 10
MOST_FIELDS: Final = 25
MOST_ROWS: Final = 5
MOST_BUTTONS: Final = 5
MOST_OPTIONS: Final = 25
TOO_MANY_BYTES: Final = 10_000
"""UTF-8 bytes of a body from which on the answer is 500."""

Path = tuple[str, ...]


class Kind:
    """Kinds of components (components/reference)."""

    ROW = 1
    BUTTON = 2
    SELECT = 3


_LINK: Final = 5
_EMBED_TEXTS: Final = (("title", 256), ("description", 4_096))


def check_bytes(size: int, body: Any) -> None:
    """Raises the 500 of a body that is too large, in bytes as it was sent (0: not known, then as compact UTF-8)."""
    if (size or len(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())) >= TOO_MANY_BYTES:
        raise server_error()


def check_message(body: Json, at: Path = ()) -> None:
    """Raises ApiError for what no message may hold; whether it is empty is another question."""
    mistakes = [
        *_content(body.get("content"), at),
        *_embeds(body.get("embeds"), at),
        *_components(body.get("components"), at),
        *_mentions(body.get("allowed_mentions"), at),
    ]
    if mistakes:
        raise invalid(*mistakes)


def check_not_empty(content: str, embeds: list[Json]) -> None:
    """Raises 50006 for a message in which nothing is to be seen; components alone do not make one."""
    if not content.strip() and not any(map(_has_something, embeds)):
        raise refusal(50006)


def _has_something(embed: Json) -> bool:
    texts = (embed.get("title"), embed.get("description"), (embed.get("footer") or {}).get("text"))
    told = any((text or "").strip() for text in (*texts, (embed.get("author") or {}).get("name")))
    return told or any(embed.get(name) for name in ("fields", "image", "thumbnail"))


def _content(content: Any, at: Path) -> Iterator[Mistake]:
    if content is not None and not isinstance(content, str):
        yield Mistake(path=(*at, "content"), code="BASE_TYPE_STRING", words="Could not interpret value as string.")
    elif content is not None and len(content) > LONGEST_CONTENT:
        yield too_long((*at, "content"), LONGEST_CONTENT)


# --- Embeds


def _embeds(embeds: Any, at: Path) -> Iterator[Mistake]:
    embeds = embeds or []
    if len(embeds) > MOST_EMBEDS:
        yield bad_length((*at, "embeds"), 0, MOST_EMBEDS)
    for place, embed in enumerate(embeds):
        yield from _embed(embed, (*at, "embeds", str(place)))
    if sum(len(text) for embed in embeds for text in _texts(embed)) > LONGEST_EMBEDS:
        words = f"Embed size exceeds maximum size of {LONGEST_EMBEDS}"
        yield Mistake(path=(*at, "embeds"), code="MAX_EMBED_SIZE_EXCEEDED", words=words)


def _texts(embed: Json) -> Iterator[str]:
    """What counts for the sum: title, description, fields, footer and author."""
    yield from (embed.get(name) or "" for name, _ in _EMBED_TEXTS)
    for field in embed.get("fields") or []:
        yield from (field.get("name") or "", field.get("value") or "")
    yield (embed.get("footer") or {}).get("text") or ""
    yield (embed.get("author") or {}).get("name") or ""


def _embed(embed: Json, at: Path) -> Iterator[Mistake]:
    for name, most in _EMBED_TEXTS:
        yield from _text(embed.get(name), (*at, name), most)
    yield from _text((embed.get("footer") or {}).get("text"), (*at, "footer", "text"), 2_048)
    yield from _text((embed.get("author") or {}).get("name"), (*at, "author", "name"), 256)
    yield from _fields(embed.get("fields") or [], (*at, "fields"))
    yield from _address(embed.get("url"), (*at, "url"))
    for inner, name in (("author", "url"), ("image", "url"), ("thumbnail", "url"), ("footer", "icon_url")):
        yield from _address((embed.get(inner) or {}).get(name), (*at, inner, name))
    if not _is_moment(embed.get("timestamp")):
        yield Mistake(path=(*at, "timestamp"), code="DATE_TIME_TYPE_PARSE", words="Could not parse the moment.")
    color = embed.get("color")
    if color is not None and not 0 <= color <= 0xFFFFFF:
        yield Mistake(path=(*at, "color"), code="NUMBER_TYPE_MAX", words="int value should be at most 16777215.")


def _fields(fields: list[Json], at: Path) -> Iterator[Mistake]:
    if len(fields) > MOST_FIELDS:
        yield bad_length(at, 0, MOST_FIELDS)
    for place, field in enumerate(fields):
        for name, most in (("name", 256), ("value", 1_024)):
            if not (field.get(name) or "").strip():
                yield missing((*at, str(place), name))
            yield from _text(field.get(name), (*at, str(place), name), most)


def _text(text: Any, at: Path, most: int) -> Iterator[Mistake]:
    if text is not None and len(text) > most:
        yield too_long(at, most)


def _address(url: Any, at: Path) -> Iterator[Mistake]:
    if url is None or url == "":
        return
    scheme = urlsplit(url).scheme
    if scheme not in {"http", "https"}:
        words = f"Scheme \"{scheme}\" is not supported. Scheme must be one of ('http', 'https')."
        yield Mistake(path=at, code="URL_TYPE_INVALID_SCHEME", words=words)
    elif len(url) > 2_048 or not urlsplit(url).hostname or any(letter.isspace() for letter in url):
        yield Mistake(path=at, code="URL_TYPE_INVALID_URL", words="Not a well formed URL.")


def _is_moment(moment: Any) -> bool:
    try:
        return moment is None or bool(datetime.fromisoformat(moment))
    except (TypeError, ValueError):
        return False


# --- Components


def _components(rows: Any, at: Path) -> Iterator[Mistake]:
    rows = rows or []
    at = (*at, "components")
    if len(rows) > MOST_ROWS:
        yield bad_length(at, 0, MOST_ROWS)
    names: list[str] = []
    for place, row in enumerate(rows):
        here = (*at, str(place))
        if row.get("type") != Kind.ROW:
            yield Mistake(path=(*here, "type"), code="UNION_TYPE_CHOICES", words="Value of field must be one of (1,).")
            continue
        yield from _row(row.get("components") or [], (*here, "components"))
        names += [inner["custom_id"] for inner in row.get("components") or [] if inner.get("custom_id")]
    for name in {name for name in names if names.count(name) > 1}:
        words = f"Component custom id cannot be duplicated: {name}"
        yield Mistake(path=at, code="COMPONENT_CUSTOM_ID_DUPLICATED", words=words)


def _row(inner: list[Json], at: Path) -> Iterator[Mistake]:
    menus = [component for component in inner if component.get("type") != Kind.BUTTON]
    if not inner or len(inner) > MOST_BUTTONS or (menus and len(inner) > 1):
        yield bad_length(at, 1, 1 if menus else MOST_BUTTONS)
    for place, component in enumerate(inner):
        here = (*at, str(place))
        if component.get("type") == Kind.BUTTON:
            yield from _button(component, here)
        elif component.get("type") == Kind.SELECT:
            yield from _menu(component, here)
        else:
            yield not_among((*here, "type"), "(2, 3)")


def _button(button: Json, at: Path) -> Iterator[Mistake]:
    if not button.get("label") and not button.get("emoji"):
        words = "A button must have a label or an emoji"
        yield Mistake(path=at, code="BUTTON_COMPONENT_INVALID_LABEL", words=words)
    yield from _text(button.get("label"), (*at, "label"), 80)
    if button.get("style") == _LINK:
        yield from _address(button.get("url") or "x", (*at, "url"))
        yield from _text(button.get("url"), (*at, "url"), 512)
        if button.get("custom_id"):
            words = "A custom id and url cannot both be specified"
            yield Mistake(path=at, code="BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", words=words)
        return
    if button.get("style") not in {1, 2, 3, 4}:
        yield not_among((*at, "style"), "(1, 2, 3, 4, 5)")
    yield from _custom_id(button, at)


def _custom_id(component: Json, at: Path) -> Iterator[Mistake]:
    if not component.get("custom_id"):
        yield missing((*at, "custom_id"))
    elif len(component["custom_id"]) > 100:
        yield bad_length((*at, "custom_id"), 1, 100)


def _menu(menu: Json, at: Path) -> Iterator[Mistake]:
    yield from _custom_id(menu, at)
    yield from _text(menu.get("placeholder"), (*at, "placeholder"), 150)
    options = menu.get("options") or []
    if not 1 <= len(options) <= MOST_OPTIONS:
        yield bad_length((*at, "options"), 1, MOST_OPTIONS)
    least, most = _bounds(menu)
    if not 0 <= least <= most <= max(1, len(options)):
        words = "max_values must be between min_values and the number of options"
        yield Mistake(path=(*at, "max_values"), code="NUMBER_TYPE_MAX", words=words)
    for place, option in enumerate(options):
        yield from _option(option, (*at, "options", str(place)))
    values = [option.get("value") for option in options]
    if len(set(values)) < len(values):
        words = "The specified option value is already used"
        yield Mistake(path=(*at, "options"), code="SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", words=words)
    if sum(bool(option.get("default")) for option in options) > most:
        words = "There are more defaults than may be chosen"
        yield Mistake(path=(*at, "options"), code="SELECT_COMPONENT_TOO_MANY_DEFAULT_OPTIONS", words=words)


def _bounds(menu: Json) -> tuple[int, int]:
    """How many may be chosen, at least and at most."""
    least, most = menu.get("min_values"), menu.get("max_values")
    return 1 if least is None else least, 1 if most is None else most


def _option(option: Json, at: Path) -> Iterator[Mistake]:
    for name in ("label", "value"):
        if not option.get(name):
            yield missing((*at, name))
        yield from _text(option.get(name), (*at, name), 100)
    yield from _text(option.get("description"), (*at, "description"), 100)


# --- Allowed mentions


def _mentions(allowed: Any, at: Path) -> Iterator[Mistake]:
    """A kind of mention is either parsed or named one by one."""
    if not isinstance(allowed, dict):
        return
    for kind in ("users", "roles"):
        if kind in (allowed.get("parse") or []) and allowed.get(kind):
            words = f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.'
            code = "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"
            yield Mistake(path=(*at, "allowed_mentions"), code=code, words=words)
        if len(allowed.get(kind) or []) > 100:
            yield bad_length((*at, "allowed_mentions", kind), 0, 100)


# --- As Discord gives it back


def shown_embeds(embeds: Iterable[Json] | None) -> list[Json]:
    """Embeds as they come back: of kind «rich», without what is null or empty."""
    return [_shown_embed(embed) for embed in embeds or [] if _has_something(embed)]


def _shown_embed(embed: Json) -> Json:
    told = {name: value for name, value in embed.items() if value not in (None, "", [], {})}
    for name in ("title", "description"):
        if name in told:
            told[name] = told[name].strip()
    if "timestamp" in told:
        told["timestamp"] = datetime.fromisoformat(told["timestamp"]).isoformat()
    if "fields" in told:
        told["fields"] = [{"inline": False} | field for field in told["fields"]]
    return told | {"type": "rich"}


def shown_components(rows: Iterable[Json] | None) -> list[Json]:
    """Components as they come back: each with a number, a menu with its bounds."""
    numbers = count(1)
    return [
        {"type": Kind.ROW, "id": next(numbers), "components": _numbered(row["components"], numbers)}
        for row in rows or []
    ]


def _numbered(inner: list[Json], numbers: Iterator[int]) -> list[Json]:
    return [_shown_component(component) | {"id": next(numbers)} for component in inner]


def _shown_component(component: Json) -> Json:
    told = {name: value for name, value in component.items() if value is not None and name != "id"}
    if told["type"] == Kind.SELECT:
        told["min_values"], told["max_values"] = _bounds(told)
        told.pop("required", None)
    return told
