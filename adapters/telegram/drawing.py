"""Draws a message the way Telegram shows it, from its text, its entities and its buttons alone."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from adapters.platform import Message
from adapters.spelling import is_web

_TAGS: Final = {
    "bold": ("<strong>", "</strong>"),
    "italic": ("<em>", "</em>"),
    "strikethrough": ("<s>", "</s>"),
    "code": ('<code class="tg-code">', "</code>"),
    "blockquote": ('<blockquote class="tg-quote">', "</blockquote>"),
    # It can be focused, so that the style sheet can open it without a script.
    "expandable_blockquote": ('<blockquote class="tg-quote tg-expandable" tabindex="0">', "</blockquote>"),
}


_BLOCKS: Final = frozenset({"pre", "blockquote", "expandable_blockquote"})


def drawn(message: Message) -> str:
    """The bubble of the message and the buttons below it as safe HTML."""
    entities = message.get("entities", [])
    encoded = message["text"].encode("utf-16-le")
    text = _drawn_range(encoded, 0, len(encoded) // 2, entities)
    preview = message["link_preview_options"].get("url")
    above = message["link_preview_options"].get("show_above_text", False)
    shown = f'<div class="tg-preview">{escape(preview)}</div>' if preview else ""
    body = f'<div class="tg-text">{text}</div>'
    bubble = f'<div class="tg-bubble">{shown + body if above else body + shown}</div>'
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return f'<div class="tg-message">{bubble}{_drawn_keyboard(rows)}</div>' if rows else bubble


def _drawn_keyboard(rows: Sequence[Sequence[Message]]) -> str:
    """The buttons, row by row; they show what is sent and do nothing."""
    drawn = [f'<div class="tg-row">{" ".join(map(_drawn_key, row))}</div>' for row in rows]
    return f'<div class="tg-keyboard">{"".join(drawn)}</div>'


def _drawn_key(key: Message) -> str:
    return f'<span class="tg-key">{escape(key["text"])}</span>'


def _drawn_range(text: bytes, start: int, end: int, entities: Sequence[Message]) -> str:
    """The text from unit `start` to `end`, drawn with the entities that lie in it; those within others inside these."""
    drawn = []
    at, place, behind_block = start, 0, False
    while place < len(entities):
        entity = entities[place]
        begin, stop = entity["offset"], entity["offset"] + entity["length"]
        inner = place + 1
        while inner < len(entities) and entities[inner]["offset"] < stop:
            inner += 1
        opening, closing = _tags(entity)
        is_block = entity["type"] in _BLOCKS
        drawn += [_said(_slice(text, at, begin), behind_block=behind_block, before_block=is_block), opening]
        drawn.append(
            escape(_slice(text, begin, stop))
            if entity["type"] == "pre"
            else _drawn_range(text, begin, stop, entities[place + 1 : inner])
        )
        drawn.append(closing)
        at, place, behind_block = stop, inner, is_block
    return "".join([*drawn, _said(_slice(text, at, end), behind_block=behind_block, before_block=False)])


def _tags(entity: Message) -> tuple[str, str]:
    if entity["type"] == "text_link":
        if not is_web(entity["url"]):
            return "", ""
        return f'<a href="{escape(entity["url"])}" rel="noopener noreferrer nofollow" target="_blank">', "</a>"
    if entity["type"] == "pre":
        language = escape(entity.get("language", ""))
        return f'<pre class="tg-pre" data-language="{language}">' if language else '<pre class="tg-pre">', "</pre>"
    return _TAGS[entity["type"]]


def _slice(text: bytes, start: int, end: int) -> str:
    return text[2 * start : 2 * end].decode("utf-16-le")


def _said(text: str, *, behind_block: bool, before_block: bool) -> str:
    """Text with its line breaks, less the ones that a quote or a code block makes by itself."""
    text = text.removeprefix("\n") if behind_block else text
    text = text.removesuffix("\n") if before_block else text
    return escape(text).replace("\n", "<br>")
