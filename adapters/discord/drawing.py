"""Draws a message the way Discord shows it, from itself alone: reads the Markdown that our dialect writes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape, unescape
from typing import Final

from adapters.platform import Message
from adapters.spelling import is_web

_DEEPEST: Final = 12
"""Levels of marks or lists that are drawn; deeper ones are shown as they are written."""

_FENCE = re.compile(r"```(?:([A-Za-z0-9-]+)\n|\n)?(.+?)\n?```(?:\n|$)", re.DOTALL)
_HEADING = re.compile(r"(#{1,3}) +([^\n]+)(?:\n|$)")
_QUOTE = re.compile(r"> [^\n]*(?:\n> [^\n]*)*(?:\n|$)")
_BULLET = r"(?:[*-]|\d+\.)"
_LIST = re.compile(rf"{_BULLET} [^\n]*(?:\n(?: |{_BULLET} )[^\n]*)*(?:\n+|$)")
_TAG = re.compile(r"<[^>]*>")
_ITEM = re.compile(rf"^({_BULLET}) +", re.MULTILINE)

_INLINE = re.compile(
    r"\\(?P<escaped>[^0-9A-Za-z\s])"
    r"|\[(?P<text>(?:\[[^\]]*\]|[^\[\]]|\](?=[^\[]*\]))*)\]\(<(?P<target>[^>]*)>\)"
    r"|<(?P<address>https?://[^ >]+)>"
    r"|(?P<fence>`{1,2})(?P<code>.*?[^`])(?P=fence)(?!`)"
    r"|\*\*(?P<strong>(?:\\.|[^\\])+?)\*\*(?!\*)"
    r"|_(?P<em>(?:\\.|[^\\_])+?)_(?![0-9A-Za-z_])"
    r"|~~(?P<del>(?:\\.|[^\\])+?)~~(?!_)",
    re.DOTALL,
)


def drawn(message: Message) -> str:
    """The embed of the message, and what stands below it, as safe HTML."""
    embed = message["embeds"][0]
    parts = [
        _title(embed),
        f'<div class="dc-description">{"".join(_blocks(embed.get("description", ""), 0))}</div>',
        _image(embed),
        _footer(embed),
    ]
    return f'<div class="dc-message"><div class="dc-embed">{"".join(parts)}</div>{_below(message)}</div>'


def read(line: str) -> str:
    """What people read of a line: links by their texts, and no marks."""
    return unescape(_TAG.sub("", "".join(_blocks(line, 0))))


def _title(embed: Message) -> str:
    if "title" not in embed:
        return ""
    title = _inline(embed["title"], 0)
    if is_web(embed.get("url", "")):
        title = _anchor(embed["url"], title)
    return f'<div class="dc-title">{title}</div>'


def _image(embed: Message) -> str:
    url = embed.get("image", {}).get("url", "")
    return f'<div class="dc-image">{_anchor(url, escape(url))}</div>' if is_web(url) else ""


def _footer(embed: Message) -> str:
    text = escape(embed.get("footer", {}).get("text", ""))
    time = escape(embed.get("timestamp", ""))
    if time:
        shown = time[:16].replace("T", " ")
        time = f'<time class="dc-time" datetime="{time}">{shown}</time>'
    said = " • ".join(part for part in (text, time) if part)
    return f'<div class="dc-footer">{said}</div>' if said else ""


def _anchor(url: str, text: str) -> str:
    return f'<a href="{escape(url)}" rel="noopener noreferrer nofollow" target="_blank">{text}</a>'


def _below(message: Message) -> str:
    """Menus and buttons; a menu shows what can be chosen, and nothing asks anything."""
    parts = [part for row in message.get("components", ()) for part in row["components"]]
    return f'<div class="dc-below">{"".join(map(_component, parts))}</div>' if parts else ""


def _component(part: Message) -> str:
    if "options" not in part:
        return f'<span class="dc-button">{escape(part["label"])}</span>'
    options = "".join([f"<li>{escape(option['label'])}</li>" for option in part["options"]])
    return (
        f'<details class="dc-menu"><summary>{escape(part["placeholder"])}</summary>'
        f'<ul class="dc-options">{options}</ul></details>'
    )


def _blocks(text: str, depth: int) -> Iterator[str]:
    """The blocks of a text, each from the beginning of a line."""
    at, begun = 0, 0
    while at < len(text):
        found = _block(text, at, depth)
        if found is None:
            at = _next_line(text, at)
            continue
        yield _inline(text[begun:at], depth)
        html, at = found
        yield html
        begun = at
    yield _inline(text[begun:], depth)


def _next_line(text: str, at: int) -> int:
    newline = text.find("\n", at)
    return len(text) if newline < 0 else newline + 1


def _block(text: str, at: int, depth: int) -> tuple[str, int] | None:
    if fence := _FENCE.match(text, at):
        return f'<pre class="dc-pre"><code>{escape(fence[2])}</code></pre>', fence.end()
    if heading := _HEADING.match(text, at):
        level = len(heading[1])
        return f'<div class="dc-heading dc-heading-{level}">{_inline(heading[2], depth)}</div>', heading.end()
    if depth >= _DEEPEST:
        return None
    if quote := _QUOTE.match(text, at):
        inner = "".join(_blocks(re.sub(r"^> ", "", quote[0], flags=re.MULTILINE), depth + 1))
        return f'<blockquote class="dc-quote">{inner}</blockquote>', quote.end()
    if listed := _LIST.match(text, at):
        return _list(listed[0], depth), listed.end()
    return None


def _list(text: str, depth: int) -> str:
    marks = list(_ITEM.finditer(text))
    ends = [*[mark.start() for mark in marks[1:]], len(text)]
    items = []
    for mark, end in zip(marks, ends, strict=True):
        content = re.sub(rf"^ {{1,{len(mark[0])}}}", "", text[mark.end() : end], flags=re.MULTILINE)
        items.append(f"<li>{''.join(_blocks(content.strip(chr(10)), depth + 1))}</li>")
    number = marks[0][1].rstrip(".")
    if number.isdigit():
        return f'<ol class="dc-list" start="{number}">{"".join(items)}</ol>'
    return f'<ul class="dc-list">{"".join(items)}</ul>'


def _inline(text: str, depth: int) -> str:
    drawn_parts = []
    at = 0
    for found in _INLINE.finditer(text):
        drawn_parts += [_said(text[at : found.start()]), _mark(found, depth)]
        at = found.end()
    drawn_parts.append(_said(text[at:]))
    return "".join(drawn_parts)


def _said(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _mark(found: re.Match[str], depth: int) -> str:  # noqa: PLR0911 - one for each mark
    if depth >= _DEEPEST:
        return _said(found[0])
    match found.lastgroup:
        case "escaped":
            return escape(found["escaped"])
        case "target":
            inner = _inline(found["text"], depth + 1)
            return _anchor(found["target"], inner) if is_web(found["target"]) else inner
        case "address":
            return _anchor(found["address"], escape(found["address"]))
        case "code":
            return f'<code class="dc-code">{escape(_without_padding(found["code"]))}</code>'
        case "strong" | "em" | "del" as tag:
            return f"<{tag}>{_inline(found[tag], depth + 1)}</{tag}>"
        case _:
            return _said(found[0])


def _without_padding(code: str) -> str:
    """The code, less the spaces that keep its backticks from its fence."""
    if code.lstrip(" ").startswith("`"):
        code = code[1:]
    return code[:-1] if code.rstrip(" ").endswith("`") and code.endswith(" ") else code
