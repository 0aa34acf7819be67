"""Texts and entities as Telegram takes them: its own parser judges where it is there, its server's limits always.

What the parser cannot say (the server's part) is measured: over 100 entities are dropped without a word, bold and
italic first; a text is at most 4,096 long once it is parsed, and 32,768 bytes before.
"""

from __future__ import annotations

import importlib.util
import json
import re
import unicodedata
from functools import lru_cache
from typing import Any, Final

from tests.platforms.telegram.answers import bad
from tests.platforms.telegram.chats import Json

LONGEST: Final = 4_096
LONGEST_BYTES: Final = 32_768
MOST_ENTITIES: Final = 100
MOST_ENTITY_BYTES: Final = 9_500

HAS_JUDGE: Final = importlib.util.find_spec("tdjson") is not None
"""Whether Telegram's own parser is built for this machine."""

_STYLES: Final = frozenset({"bold", "italic", "underline", "strikethrough", "spoiler"})
_MARKS: Final = _STYLES | {"code", "pre", "text_link", "blockquote", "expandable_blockquote"}
_FOUND_KINDS: Final = {
    "Url": "url",
    "BotCommand": "bot_command",
    "Mention": "mention",
    "Hashtag": "hashtag",
    "Cashtag": "cashtag",
    "EmailAddress": "email",
    "PhoneNumber": "phone_number",
}
_OPAQUE: Final = frozenset({"code", "pre", "text_link"})
_DROPPED_FIRST: Final = ("bold", "italic", "underline", "strikethrough", "spoiler")
_COMMAND: Final = re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?(?!\w)")
_AT: Final = re.compile(r"(?<![\w@])@[A-Za-z]\w{3,31}(?!\w)")

Spelled = tuple[str, list[Json]]


def units(text: str) -> int:
    """UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def spelled(text: str, entities: list[Json] | None, parse_mode: str = "") -> Spelled:
    """The text and entities that stand in the chat; raises ApiError with Telegram's words."""
    key = json.dumps(entities or [], sort_keys=True)
    kept_text, kept_entities = _spelled(text, key, parse_mode.lower())
    return kept_text, [dict(entity) for entity in json.loads(kept_entities)]


@lru_cache(maxsize=4_096)
def _spelled(text: str, entities: str, parse_mode: str) -> tuple[str, str]:
    _is_text(text)
    marked: list[Json] = json.loads(entities)
    if parse_mode:
        text, marked = _parsed(text, parse_mode)
    text, marked = _trimmed(text, marked)
    if all((unicodedata.category(letter)[0] in "ZC" and letter != "\n") or letter.isspace() for letter in text):
        raise bad("text must be non-empty")
    if units(text) > LONGEST:
        raise bad("message is too long")
    marked = _judged(text, [entity for entity in marked if entity["type"] in _MARKS])
    if sum(len(json.dumps(entity)) for entity in marked) > MOST_ENTITY_BYTES:
        raise bad("message is too long")
    return text, json.dumps(_the_first_hundred(sorted(marked + _found(text, marked), key=_order)))


def _is_text(text: str) -> None:
    if not text:
        raise bad("message text is empty")
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise bad("strings must be encoded in UTF-8") from None
    if size > LONGEST_BYTES:
        raise bad("text is too long")


def _parsed(text: str, mode: str) -> Spelled:
    if mode not in {"html", "markdownv2"}:
        raise bad("unsupported parse_mode")
    if not HAS_JUDGE:
        raise bad("can't parse entities: there is no parser on this machine")
    from tests.witnesses.tdlib import Refusal, read

    try:
        parsed, entities = read(text, mode)
    except Refusal as refusal:
        raise bad(f"can't parse entities: {refusal}") from refusal
    return parsed, [dict(entity) for entity in entities]


def _trimmed(text: str, entities: list[Json]) -> Spelled:
    """White space at both ends is taken away, and the entities move along, as on the server."""
    lead = units(text) - units(text.lstrip())
    kept = text.strip()
    size = units(kept)
    moved = []
    for entity in entities:
        start, end = entity["offset"] - lead, entity["offset"] + entity["length"] - lead
        if (lead and start < 0) or (kept != text and end > size and end <= size + units(text) - units(text.rstrip())):
            start, end = max(0, start), min(size, end)
        if end > start:
            moved.append(entity | {"offset": start, "length": end - start})
    return kept, moved


def _judged(text: str, entities: list[Json]) -> list[Json]:
    """What Telegram keeps of the entities; raises ApiError for what it refuses."""
    for entity in entities:
        _lies_within(text, entity)
    if not entities or not HAS_JUDGE:
        return entities
    from tests.witnesses.tdlib import Refusal, kept

    try:
        return [dict(entity) for entity in kept({"text": text, "entities": entities})]
    except Refusal as refusal:
        words = str(refusal)
        raise bad(words[:1].lower() + words[1:]) from refusal


def _lies_within(text: str, entity: Json) -> None:
    start, end = entity["offset"], entity["offset"] + entity["length"]
    encoded = text.encode("utf-16-le")
    if start < 0 or end > len(encoded) // 2 or entity["length"] <= 0:
        raise bad("entity ends after the end of the text" if end > 0 <= start else "entity begins before the text")
    for at in (start, end):
        if 0xDC00 <= int.from_bytes(encoded[2 * at : 2 * at + 2] or b"\0\0", "little") <= 0xDFFF:
            raise bad("entity beginning or end lies in the middle of a UTF-16 symbol")


def _found(text: str, entities: list[Json]) -> list[Json]:
    """What Telegram finds by itself, beside links and code."""
    taken = [(e["offset"], e["offset"] + e["length"]) for e in entities if e["type"] in _OPAQUE]
    return [
        {"type": kind, "offset": start, "length": stop - start}
        for kind, start, stop in found(text)
        if not any(begin < stop and start < end for begin, end in taken)
    ]


def found(text: str) -> list[tuple[str, int, int]]:
    """Commands, mentions, addresses and the like in a text: kind, begin and end in UTF-16 units."""
    if not HAS_JUDGE:
        pairs = [("bot_command", match) for match in _COMMAND.finditer(text)]
        pairs += [("mention", match) for match in _AT.finditer(text)]
        return sorted(
            ((kind, units(text[: m.start()]), units(text[: m.end()])) for kind, m in pairs), key=lambda e: e[1]
        )
    from tests.witnesses import tdlib

    return [(_FOUND_KINDS[kind], start, end) for kind, start, end in tdlib.found(text) if kind in _FOUND_KINDS]


def entities_of(text: str) -> list[Json]:
    """The entities of what a person types."""
    return [{"type": kind, "offset": start, "length": end - start} for kind, start, end in found(text)]


def _order(entity: Json) -> tuple[int, int]:
    return entity["offset"], -entity["length"]


def _the_first_hundred(entities: list[Json]) -> list[Json]:
    over = len(entities) - MOST_ENTITIES
    for kind in (*_DROPPED_FIRST, ""):
        for place in range(len(entities) - 1, -1, -1):
            if over > 0 and (not kind or entities[place]["type"] == kind):
                del entities[place]
                over -= 1
    return entities


def unknown_kinds(entities: Any) -> list[str]:
    """Kinds of entities that nobody may send, or that the simulator does not draw."""
    sent = {str(entity.get("type")) for entity in entities or [] if isinstance(entity, dict)}
    return sorted(sent - _MARKS)
