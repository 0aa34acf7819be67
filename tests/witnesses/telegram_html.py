"""Telegram's messages in Telegram's HTML: readable in tests, and understood by its own parser."""

from __future__ import annotations

from html import escape
from typing import Final

from adapters.platform import Message

_TAGS: Final = {
    "bold": ("<b>", "</b>"),
    "italic": ("<i>", "</i>"),
    "strikethrough": ("<s>", "</s>"),
    "code": ("<code>", "</code>"),
    "blockquote": ("<blockquote>", "</blockquote>"),
    "expandable_blockquote": ("<blockquote expandable>", "</blockquote>"),
}


def as_html(message: Message) -> str:
    """The message in Telegram's HTML: each entity is an element, which ends before the one that it stands in."""
    units = message["text"].encode("utf-16-le")
    marks: list[tuple[int, int, str]] = []
    for order, entity in enumerate(message.get("entities", [])):
        opening, closing = _tags(entity)
        marks.append((entity["offset"], order, opening))
        marks.append((entity["offset"] + entity["length"], -order - 1, closing))
    html, at = "", 0
    for place, _, tag in sorted(marks):
        html += escape(units[2 * at : 2 * place].decode("utf-16-le"), quote=False) + tag
        at = place
    return html + escape(units[2 * at :].decode("utf-16-le"), quote=False)


def _tags(entity: Message) -> tuple[str, str]:
    if entity["type"] == "text_link":
        return f'<a href="{escape(entity["url"])}">', "</a>"
    if entity["type"] == "pre":
        if language := entity.get("language"):
            return f'<pre><code class="language-{escape(language)}">', "</code></pre>"
        return "<pre>", "</pre>"
    return _TAGS[entity["type"]]
