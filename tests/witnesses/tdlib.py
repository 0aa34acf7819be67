"""Telegram's own code as a witness: the library that every client and the Bot API's server are built on, offline.

What it can say without a login: whether it takes a text with its entities, what it makes of them (`mended`), what it
reads in HTML (`read_html`), and what it would link by itself (`found`). What it cannot say: that the server keeps at
most 100 entities, that it trims the text, and what a client looks like.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import pytest

from adapters.platform import Message

tdjson = pytest.importorskip("tdjson", reason="Telegram's own parser (tdjson) is not built for this machine")

_NAMES: Final = {
    "bold": "Bold",
    "italic": "Italic",
    "underline": "Underline",
    "strikethrough": "Strikethrough",
    "spoiler": "Spoiler",
    "code": "Code",
    "pre": "Pre",
    "text_link": "TextUrl",
    "blockquote": "BlockQuote",
    "expandable_blockquote": "ExpandableBlockQuote",
}
_KINDS: Final = {f"textEntityType{name}": kind for kind, name in _NAMES.items()} | {"textEntityTypePreCode": "pre"}

_MARKUP: Final = str.maketrans("*_~|`[]\t", "xxxxxxx ")
"""`parseMarkdown` mends entities as sending does, and reads Markdown besides: letters stand for what it would read.
Telegram shows a tab as one space."""

Form = tuple[str, str]
"""A kind of entity, and its address or language."""


class Refusal(Exception):
    """Telegram does not take it; the text says why."""


def mended(message: Message) -> list[frozenset[Form]]:
    """The forms of each UTF-16 unit, once Telegram has checked and mended the entities; raises Refusal.

    A text that would come out otherwise than it went in is refused, too: every offset would be wrong.
    """
    return forms(message["text"].translate(_MARKUP), kept(message))


def kept(message: Message) -> list[Message]:
    """The entities that Telegram keeps, as it mends them; raises Refusal, also for a text that would be changed."""
    text = message["text"].translate(_MARKUP)
    entities = [_as_tdlib(entity) for entity in message.get("entities", [])]
    answer = _execute("parseMarkdown", text={"@type": "formattedText", "text": text, "entities": entities})
    if answer["text"] != text:
        raise Refusal(f"the text is changed to {answer['text']!r}")
    return [_as_api(entity) for entity in answer["entities"]]


def read(text: str, mode: str) -> tuple[str, list[Message]]:
    """The text and entities that Telegram reads in markup; `mode`: `HTML` or `MarkdownV2`. Raises Refusal."""
    parsers = {"html": {"@type": "textParseModeHTML"}, "markdownv2": {"@type": "textParseModeMarkdown", "version": 2}}
    answer = _execute("parseTextEntities", text=text, parse_mode=parsers[mode.lower()])
    return answer["text"], [_as_api(entity) for entity in answer["entities"]]


def read_html(html: str) -> tuple[str, list[frozenset[Form]]]:
    """The text that Telegram reads in its HTML, and the forms of each UTF-16 unit; raises Refusal."""
    text, entities = read(html, "HTML")
    return text, forms(text, entities)


def found(text: str) -> list[tuple[str, int, int]]:
    """What Telegram links by itself in a text: the kind, where it begins and where it ends."""
    entities = _execute("getTextEntities", text=text)["entities"]
    return [
        (
            entity["type"]["@type"].removeprefix("textEntityType"),
            entity["offset"],
            entity["offset"] + entity["length"],
        )
        for entity in entities
    ]


def forms(text: str, entities: Sequence[Message]) -> list[frozenset[Form]]:
    """The forms of each UTF-16 unit of a text that can be seen; white space has none, for it shows none."""
    units = text.encode("utf-16-le")
    of_each: list[set[Form]] = [set() for _ in range(len(units) // 2)]
    for entity in entities:
        value = entity.get("url", entity.get("language", ""))
        for at in range(entity["offset"], entity["offset"] + entity["length"]):
            if not units[2 * at : 2 * at + 2].decode("utf-16-le", "replace").isspace():
                of_each[at].add((entity["type"], value.rstrip("/") if entity["type"] == "text_link" else value))
    return [frozenset(those) for those in of_each]


def _as_tdlib(entity: Message) -> dict[str, Any]:
    kind: dict[str, Any] = {"@type": f"textEntityType{_NAMES[entity['type']]}"}
    if entity["type"] == "text_link":
        kind["url"] = entity["url"]
    if "language" in entity:
        kind = {"@type": "textEntityTypePreCode", "language": entity["language"]}
    return {"@type": "textEntity", "offset": entity["offset"], "length": entity["length"], "type": kind}


def _as_api(entity: Message) -> dict[str, Any]:
    kind = {name: value for name, value in entity["type"].items() if name != "@type"}
    name = _KINDS[entity["type"]["@type"]]
    return {"type": name, "offset": entity["offset"], "length": entity["length"], **kind}


@cache
def _silence() -> None:
    tdjson.td_execute(json.dumps({"@type": "setLogVerbosityLevel", "new_verbosity_level": 0}).encode())


def _execute(method: str, **arguments: Any) -> dict[str, Any]:
    _silence()
    answer: dict[str, Any] = json.loads(tdjson.td_execute(json.dumps({"@type": method, **arguments}).encode()))
    if answer["@type"] == "error":
        raise Refusal(answer["message"])
    return answer
