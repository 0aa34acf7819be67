"""Front matter line by line: what lines of `key: value` say where no format reads them, and where none was chosen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

IN_CHINESE = {
    key: meant
    for meant, keys in {
        "title": "标题",
        "date": "日期 时间 发布时间",
        "tags": "标签",
        "categories": "分类",
        "draft": "草稿",
        "author": "作者",
        "summary": "摘要",
        "lang": "语言",
        "series": "系列",
        "link": "链接",
    }.items()
    for key in keys.split()
}
"""Keys as some write them, and what they mean."""

KNOWN = frozenset(
    key
    for keys in (
        "title subtitle",
        "date published publish publishdate publish_date published_at pubdate pubdatetime created created_at",
        "updated lastmod modified",
        "draft isdraft is_draft unpublished withdrawn status post_status visibility hidden private unlisted",
        "categories category tags tag topics keywords series taxonomies extra params",
        "author authors description summary excerpt layout type weight aliases toc comments",
        "lang language locale slug id permalink url link image cover thumbnail",
    )
    for key in keys.split()
) | frozenset(IN_CHINESE)
"""Keys that only front matter has. A text between two rules may look like `Note: …` too."""

_KEY = re.compile(
    r"(?P<indent>[ \t\u3000]*)(?P<quote>[\"']?)(?P<key>[^\W\d][\w.-]*)(?P=quote)[ \t]*(?P<mark>[:：=])(?P<value>.*)"
)
_ITEM = re.compile(r"[ \t\u3000]*-(?!--)[ \t]*(?P<item>.*)")
_TABLE = re.compile(r"\[{1,2}[\w.\- \"']+\]{1,2}[ \t]*(?:#.*)?")
_NO_FENCE = re.compile(r"[ \t]*([-–—*_=~])\1+[ \t]*")
_MOST = 400
"""Chunks that a person writes; whatever has more is not read line by line."""


@dataclass(slots=True)
class Chunk:
    """A key's line and those that belong to it. `line` counts from 0 within the head."""

    key: str
    line: int
    value: str
    lines: list[str]
    table: str = ""


@dataclass(slots=True, kw_only=True)
class Chunks:
    """A head in chunks. `unclear` are the lines that belong to none, `blank` those without anything.

    `failed_fence` is the first unclear line where it looks as if it were to end the head: `--`, `***`, `——`.
    """

    chunks: list[Chunk] = field(default_factory=list)
    unclear: list[int] = field(default_factory=list)
    blank: list[int] = field(default_factory=list)
    failed_fence: int | None = None

    def known(self) -> list[Chunk]:
        """The chunks whose keys only front matter has."""
        return [chunk for chunk in self.chunks if chunk.key in KNOWN]


def chunks_of(head: str, *, toml: bool = False) -> Chunks:
    """The head in chunks: a line that begins as far left as the first key, or with a known key, begins one."""
    read, table, left = Chunks(), "", -1
    for at, line in enumerate(head.split("\n")):
        key = _key_in(line, toml=toml)
        if not line.strip():
            read.blank.append(at)
        elif line.lstrip().startswith("#"):
            continue
        elif toml and _TABLE.fullmatch(line.strip()):
            table = line.strip(" \t[]").partition("]")[0].lower()
        elif key and _begins(key, left, read.chunks):
            left = len(key["indent"]) if left < 0 else left
            read.chunks.append(Chunk(key["key"].lower(), at, key["value"].strip(), [line], table))
        elif read.chunks and not read.unclear and _belongs(line, read.chunks[-1]):
            read.chunks[-1].lines.append(line)
        else:
            if not read.unclear and _NO_FENCE.fullmatch(line):
                read.failed_fence = at
            read.unclear.append(at)
    if len(read.chunks) > _MOST:
        read.unclear = list(range(head.count("\n") + 1))
    return read


def _key_in(line: str, *, toml: bool) -> re.Match[str] | None:
    """The line as a key and its value; a mark that the format does not have, or glued, needs a key that is known."""
    key = _KEY.fullmatch(line)
    if key is None or key["value"].startswith("//"):
        return None
    usual = key["mark"] == "=" if toml else key["mark"] == ":" and key["value"][:1] in {"", " ", "\t", "\u3000"}
    return key if usual or key["key"].lower() in KNOWN else None


def _begins(key: re.Match[str], left: int, before: list[Chunk]) -> bool:
    """Whether it begins a chunk: it is no deeper than the first one, or the one before it has said all it has to."""
    if left < 0 or len(key["indent"]) <= left:
        return True
    last = before[-1]
    nests = not last.value or last.value[0] in "|>" or _brackets(last.value) or len(last.lines) > 1
    return not nests and key["key"].lower() in KNOWN


def _brackets(text: str) -> int:
    """How many more brackets it opens than it closes."""
    return sum(map(text.count, "[{")) - sum(map(text.count, "]}"))


def _belongs(line: str, to: Chunk) -> bool:
    """Whether it continues a chunk: by its indentation, or as an item of a key that says nothing itself."""
    if line[:1] in {" ", "\t", "\u3000"}:
        return True
    if not to.value:
        return bool(_ITEM.fullmatch(line))
    return to.value[0] in "[{" and line.strip() in {"]", "}"}


def plainly(chunk: Chunk) -> object:
    """What a chunk says when its lines are taken as they stand: a text, a list, or a mapping of texts."""
    rest = [line for line in chunk.lines[1:] if line.strip()]
    if not chunk.value and rest:
        items = [_ITEM.fullmatch(line) for line in rest]
        if all(items):
            return [unquoted(item["item"]) for item in items if item]
        keys = [_KEY.fullmatch(line) for line in rest]
        if all(keys):
            return {key["key"].lower(): unquoted(key["value"]) for key in keys if key}
    first = "" if chunk.value in {"|", ">", "|-", ">-"} else chunk.value
    return _listed(" ".join([first, *map(str.strip, rest)]).strip())


def _listed(text: str) -> object:
    """A list within brackets that close where they should; any other text is a text."""
    if text.startswith("[") and _closes_last(text):
        return [word for word in map(unquoted, re.split(r"[,，、]", re.sub(r"[\[\]]", "", text))) if word]
    return unquoted(text)


def _closes_last(text: str) -> bool:
    """Whether the bracket that opens the text is closed by its last character."""
    depth = 0
    for at, char in enumerate(text):
        depth += (char == "[") - (char == "]")
        if not depth:
            return at == len(text) - 1
    return False


def unquoted(text: str) -> str:
    """The text without a comment behind it and without the quotes around it, of which one may be missing."""
    text = re.sub(r"(?<=\s)#\s.*$", "", text).strip()
    quote = text[:1]
    if quote in {'"', "'"} and not _closes_early(text):
        return text[1:].removesuffix(quote).replace(f"\\{quote}", quote).strip()
    if text[-1:] in {'"', "'"} and text.count(text[-1]) == 1:
        return text[:-1].strip()
    return text


def _closes_early(text: str) -> bool:
    """Whether the quote that opens the text is closed within it: `"one" and "two"`."""
    at = text.find(text[0], 1)
    return (
        1 < at < len(text) - 1 and not text[at - 1].isspace() and not text[at + 1].isalnum() and text[at + 1] != text[0]
    )


def says_something(value: object) -> bool:
    """Whether there is a word in it."""
    return bool(re.search(r"\w", str(value)))


# --- Heads without a fence ---------------------------------------------------------------------------------------

_LONGEST_HEAD = 16_384
_FREE_KEY = re.compile(r"(?P<key>[A-Za-z][\w -]{0,40}?)[ \t]{0,8}[:：][ \t]*(?P<value>.*)")
_CLOSING = re.compile(r"(?:-{3,}|\.{3,})[ \t]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfenced:
    """A head that nothing encloses: what it says, and how many lines it has with what ends it."""

    values: Mapping[str, object]
    length: int


def unfenced(text: str, dated: Callable[[str], bool]) -> Unfenced | None:
    """Lines of Pelican or MultiMarkdown at the top of a text: every line up to the first blank one belongs to a key.

    There must be a title, a date (`dated` says what is one) or a word about drafts: `Note: …` begins a text.
    """
    chunks: list[Chunk] = []
    length = 0
    for at, line in enumerate(_head_lines(text)):
        length = at + 1
        if not line.strip() or _CLOSING.fullmatch(line):
            break
        key = _FREE_KEY.fullmatch(line)
        if key and not key["value"].startswith("//"):
            chunks.append(Chunk(key["key"].lower(), at, key["value"].strip(), [line]))
        elif chunks and _belongs(line, chunks[-1]):
            chunks[-1].lines.append(line)
        else:
            return None
    if not chunks or chunks[0].key not in KNOWN or not _is_head({chunk.key: chunk.value for chunk in chunks}, dated):
        return None
    values = {chunk.key.replace(" ", "_"): plainly(chunk) for chunk in chunks}
    return Unfenced(values=values, length=length)


def _head_lines(text: str) -> Iterator[str]:
    """The lines that may be a head, one by one: most texts are known for none by their first line."""
    begin = 0
    while begin <= min(len(text), _LONGEST_HEAD):
        end = text.find("\n", begin)
        yield text[begin : end if end >= 0 else len(text)]
        if end < 0:
            return
        begin = end + 1


def _is_head(said: Mapping[str, str], dated: Callable[[str], bool]) -> bool:
    if said.get("title", "").strip() or dated(said.get("date", "")):
        return True
    return "draft" in said or said.get("status", "").lower() in {"draft", "hidden", "published"}
