"""HTML within Markdown: what of it is shown, what it is made of, and where its frames lead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

from digest.links import decoded
from digest.templates import VIDEOS, linked

UNSHOWN = frozenset({"script", "style", "template", "iframe", "svg", "noscript", "object", "title", "head"})
"""Tags whose content no reader sees."""

EMBEDDING = frozenset({"iframe", "video", "audio", "embed"})
"""Tags that show something from elsewhere."""

_HIDDEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|template|svg|iframe|noscript|object|head|video|audio)\b([^<>]*)>.*?(?:</\1\s*>|\Z)"
    r"|<!\[CDATA\[.*?(?:\]\]>|\Z)|<[?!][^<>]*>",
    re.DOTALL | re.IGNORECASE,
)
_INLINE_NAMES = """
a abbr acronym applet area audio b base basefont bdi bdo big blink br button canvas cite code col colgroup data datalist
del dfn em embed font frame frameset g-emoji i iframe img input ins kbd label legend link map mark marquee menu meta
meter nobr noscript object optgroup option output param picture pre progress q rb rp rt ruby s samp script select
slot small source span strike strong style sub sup svg template textarea time title track tt u var video wbr
"""
_BLOCK_NAMES = """
address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure footer form
h1 h2 h3 h4 h5 h6 head header hr html li main nav ol p section summary table tbody td tfoot th thead tr ul
"""
BLOCKS = frozenset(_BLOCK_NAMES.split())
"""Tags that stand on lines of their own."""

_BLOCK = re.compile(
    r"<pre\b[^<>]*>(?P<code>.*?)(?:</pre\s*>|\Z)"
    rf"|<(?P<slash>/?)(?P<tag>{'|'.join(sorted(BLOCKS))})\b(?P<attributes>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>",
    re.DOTALL | re.IGNORECASE,
)

_KNOWN = BLOCKS | frozenset(_INLINE_NAMES.split())


def has_blocks(text: str) -> bool:
    """Whether a text that begins with a tag has blocks of HTML in it."""
    return _BLOCK.search(text) is not None


class Piece(NamedTuple):
    """A stretch of text and the tag behind it (`/x` closes `x`, empty: none); code is the content of a `<pre>`."""

    text: str
    at: int
    tag: str = ""
    attributes: str = ""
    code: str = ""


def pieces(content: str) -> Iterator[Piece]:
    """What can be seen of a block of HTML, parted at the tags of its blocks; `at` counts characters of what is left."""
    shown = _HIDDEN.sub(_instead, content) if "<!" in content or "<?" in content or _HIDES.search(content) else content
    at = 0
    for found in _BLOCK.finditer(shown):
        if found["tag"] is None:
            yield Piece(shown[at : found.start()], at, "pre", code=found[0])
        else:
            tag = found["slash"] + found["tag"].lower()
            yield Piece(shown[at : found.start()], at, tag, found["attributes"])
        at = found.end()
    yield Piece(shown[at:], at)


_HIDES = re.compile(r"<(?:script|style|template|svg|iframe|noscript|object|head|video|audio)\b", re.IGNORECASE)
_SOURCE = re.compile(r"<source\b[^<>]*>", re.IGNORECASE)


def _instead(found: re.Match[str]) -> str:
    """What is shown instead of what is hidden: a link to a film; and its lines, that places stay right."""
    said = ""
    if (found[1] or "").lower() in {"iframe", "video", "audio"}:
        source = _SOURCE.search(found[0])
        src = attribute("src", found[2]) or (attribute("src", source[0]) if source else "")
        url = embedded(src, found[1].lower(), found[2])
        said = linked("" if is_film(url) else embed_words(found[2], url), url) if url else ""
    return said + "\n" * found[0].count("\n")


_ATTRIBUTES = {
    name: re.compile(rf"""(?:^|\s){name}\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
    for name in ("href", "src", "data-src", "data-original", "alt", "title", "width", "height", "class", "start")
}


def attribute(name: str, attributes: str) -> str:
    """An attribute's value; empty where it has none."""
    found = _ATTRIBUTES[name].search(attributes)
    return decoded(next(filter(None, found.groups()), "")).strip() if found else ""


_EMBEDS = (
    (re.compile(r"(?:https?:)?//(?:www\.)?youtube(?:-nocookie)?\.com/embed/([\w-]{6,20})"), VIDEOS["youtube"]),
    (re.compile(r"(?:https?:)?//player\.bilibili\.com/[^\s]*[?&]bvid=(\w{6,20})"), VIDEOS["bilibili"]),
    (
        re.compile(r"(?:https?:)?//player\.bilibili\.com/[^\s]*[?&]aid=(\d{1,20})"),
        "https://www.bilibili.com/video/av{}",
    ),
    (re.compile(r"(?:https?:)?//player\.vimeo\.com/video/(\d{1,20})"), VIDEOS["vimeo"]),
)


_ADDRESS = re.compile(r"https?://[^\s<>/?#]+[^\s<>]*")
_UNSEEN_FRAME = re.compile(
    r"""display\s*:\s*none|(?:^|\s)(?:hidden\b|(?:width|height)\s*=\s*["']?[01](?!\d))""", re.IGNORECASE
)
_FILM = re.compile(
    rf"(?:{'|'.join(re.escape(page.replace('{}', '')) for page in VIDEOS.values())})"
    r"|[^?#]*\.(?:mp[34]|m4[av]|mov|og[agv]|opus|wav|webm|flac|m3u8)(?:[?#]|\Z)",
    re.IGNORECASE,
)


def embedded(src: str, tag: str, attributes: str) -> str:
    """Where what is shown from elsewhere can be seen: a film's page, its file, what a frame shows; empty if nowhere."""
    for looks, page in _EMBEDS:
        if found := looks.match(src):
            return page.format(found[1])
    if tag == "iframe":
        src = "" if _UNSEEN_FRAME.search(attributes) else f"https:{src}" if src.startswith("//") else src
    return src.replace("(", "%28").replace(")", "%29") if _ADDRESS.fullmatch(src) else ""


def is_film(url: str) -> bool:
    """Whether an address is that of a film or a sound, as a tag shows it."""
    return _FILM.match(url) is not None


def embed_words(attributes: str, url: str) -> str:
    """The words of the link to what a tag shows: its title, else a film's address, else the host."""
    return attribute("title", attributes) or (url if is_film(url) else url.split("/")[2])


_NAMED = re.compile(r"<(/?[A-Za-z][A-Za-z0-9-]*)")


def tags_in(source: str) -> frozenset[str]:
    """The names of what looks like tags in the text, in lower case; `/x` for those that close."""
    return frozenset(name.lower() for name in _NAMED.findall(source))


def is_known(name: str, attributes: str) -> bool:
    """Whether a tag is HTML's, or has attributes as only tags have: `List<int>` has none."""
    return name in _KNOWN or attributes.endswith("/") or "=" in attributes


_CODE_LANGUAGE = re.compile(r"""\bclass\s*=\s*["'][^"']*?\b(?:language|lang|highlight-source)-([\w+#-]{1,30})""")
_ANY_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_BREAKS = re.compile(r"<br\s*/?>", re.IGNORECASE)


def preformatted(written: str) -> tuple[str, str]:
    """The text and the language of a `<pre>` with everything in it."""
    language = _CODE_LANGUAGE.search(written[:400])
    text = unescape(_ANY_TAG.sub("", _BREAKS.sub("\n", written)))
    return text.strip("\n").rstrip(), language[1] if language else ""


_ANCHOR = re.compile(r"<a\b[^<>]*>|</a\s*>", re.IGNORECASE)


def is_anchor(text: str) -> bool:
    """Whether a text is nothing but the beginning or the end of a link."""
    return _ANCHOR.fullmatch(text) is not None


def open_anchor(text: str) -> str:
    """The last `<a …>` of a text that is not closed in it, as it is written; empty where there is none."""
    last = ""
    for found in _ANCHOR.finditer(text):
        last = "" if found[0].startswith("</") else found[0]
    return last
