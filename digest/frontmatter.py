"""The front matter of a post: where it ends, what it says, and when it is none.

YAML is loaded through python-frontmatter's handler, but split and typed here: a byte order mark hides nothing, a
leading rule swallows nothing, `no` stays «no» and `12:30` stays «12:30», no tag makes an object and no alias
multiplies. TOML between `+++` is read as well, unless it is made to cost.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, time

import yaml
from frontmatter.default_handlers import YAMLHandler

from digest.problems import Code, Problem
from digest.writing import one_line

_LARGEST = 65_536
"""Characters. What is longer is no front matter that a person wrote."""

_MOST_ALIASES = 20
_MOST_BRACKETS = 50
_DEEPEST = 32

_LOADER: type[yaml.CBaseLoader | yaml.BaseLoader] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""Leaves every scalar as it was written: what it means is decided by who asks for it."""

_FENCE = re.compile(r"(?:[ \t]*\n)*(-{3,}|\+{3})[ \t]*\n")
_KEY = re.compile(r"(?:\s*#[^\n]*\n)*\s*[\"']?([A-Za-z_][\w.-]*)[\"']?[ \t]*(?::(?=\s|$)|=)", re.MULTILINE)
_PLAIN_KEY = re.compile(r"[a-z_][\w.-]*")
_UNUSUAL = re.compile(r"[!&*]|(?:[-?:][ \t]+){8}")
"""What a tag, an alias or a deep nesting needs. Where nothing of it is written, there is none to look for."""

_KNOWN = frozenset(
    {
        *(
            "title",
            "date",
            "published",
            "publishdate",
            "pubdate",
            "pubdatetime",
            "created",
            "updated",
            "lastmod",
            "modified",
        ),
        *(
            "draft",
            "withdrawn",
            "status",
            "categories",
            "category",
            "tags",
            "tag",
            "topics",
            "series",
            "author",
            "authors",
        ),
        *(
            "description",
            "summary",
            "excerpt",
            "layout",
            "type",
            "lang",
            "language",
            "slug",
            "id",
            "permalink",
            "url",
            "link",
        ),
        *("image", "cover", "thumbnail", "keywords", "weight", "aliases", "toc", "comments", "subtitle"),
    }
)
"""Keys that only front matter has. A text between two rules may look like `Note: …` too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontMatter:
    """What stood before the text. Keys are lower case; a value is text, a list or a mapping, scalars as written.

    `first_line` is the line of the file, counted from 1, on which `text` begins.
    """

    values: Mapping[str, object] = field(default_factory=dict)
    text: str = ""
    first_line: int = 1
    problem: Problem | None = None

    def word(self, *keys: str) -> str:
        """What the first of the keys that says something says, on one line; of a list, its first item."""
        return next(filter(None, (_word(self.values.get(key)) for key in keys)), "")

    def words(self, *keys: str) -> tuple[str, ...]:
        """Every word that the first of the keys that says something lists; a text is split at its commas."""
        return next(filter(None, (_words(self.values.get(key)) for key in keys)), ())

    def says(self, key: str, *answers: str) -> bool:
        """Whether the key is answered with one of these words, by default with a yes."""
        return self.word(key).lower() in (answers or ("true", "yes", "on", "1"))


def _word(value: object) -> str:
    match value:
        case str():
            return one_line(value)
        case [first, *_]:
            return _word(first) if isinstance(first, str) else ""
        case {"image": str() as inner} | {"url": str() as inner} | {"src": str() as inner}:
            return one_line(inner)
        case _:
            return ""


def _words(value: object) -> tuple[str, ...]:
    match value:
        case str():
            listed = re.split(r"[,，、]", value)
        case list():
            listed = [item for item in value if isinstance(item, str)]
        case _:
            listed = []
    return tuple(dict.fromkeys(filter(None, map(one_line, listed))))


def split(text: str) -> FrontMatter:
    """Part the front matter from the text, whose lines end in line feeds. What is broken becomes a problem."""
    fence = _FENCE.match(text)
    if fence is None:
        return FrontMatter(text=text)
    head = text[fence.end() :]
    mark = fence[1][0]
    closing = re.compile(r"^(?:\+{3}|-{3,}|\.{3})[ \t]*$" if mark == "-" else r"^\+{3}[ \t]*$", re.MULTILINE)
    end = closing.search(head)
    line = text.count("\n", 0, fence.end()) + 1
    key = _KEY.match(head)
    meant = key is not None and _is_front_matter([key[1]])
    if end is None or end.start() > _LARGEST:
        return _broken(text, line, head) if meant else FrontMatter(text=text)
    return _read(text, head[: end.start()], head[end.end() :], line, mark=mark, meant=meant)


def _read(whole: str, head: str, rest: str, line: int, *, mark: str, meant: bool) -> FrontMatter:
    try:
        values = _loaded_yaml(head) if mark == "-" else _loaded_toml(head)
    except _Unreadable as unreadable:
        return _broken(whole, line, head, unreadable.line) if meant else FrontMatter(text=whole)
    if values is None or not _is_front_matter(values.keys()):
        return FrontMatter(text=whole)
    first_line = line + head.count("\n") + 1
    lowered = {key.lower(): value for key, value in values.items()}
    return FrontMatter(values=lowered, text=rest.removeprefix("\n"), first_line=first_line)


def _broken(whole: str, line: int, head: str, offset: int = 0) -> FrontMatter:
    """What is wrong on a line of the head, or on the last one before it that says something."""
    lines = head.split("\n", offset + 1)[: offset + 1]
    while len(lines) > 1 and not lines[-1].strip():
        lines.pop()
    near = one_line(lines[-1][:200])[:60]
    problem = Problem(code=Code.BROKEN_FRONT_MATTER, line=line + len(lines) - 1, details={"near": near})
    return FrontMatter(text=whole, problem=problem)


def _is_front_matter(keys: Collection[str]) -> bool:
    """Whether these are keys of front matter, and not words before a colon in a text that begins with a rule."""
    return any(key.lower() in _KNOWN for key in keys) or all(map(_PLAIN_KEY.fullmatch, keys))


class _Unreadable(Exception):
    """The front matter cannot be read; `line` counts from 0 within it."""

    def __init__(self, line: int = 0) -> None:
        super().__init__(line)
        self.line = line


def _loaded_yaml(head: str) -> Mapping[str, object] | None:
    try:
        if _UNUSUAL.search(head) or head.count("[") + head.count("{") > _MOST_BRACKETS:
            _refuse_tricks(head)
        loaded = YAMLHandler().load(head, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        raise _Unreadable(error.problem_mark.line if error.problem_mark else 0) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _Unreadable from error
    if isinstance(loaded, dict):
        return {str(key): value for key, value in loaded.items()}
    return None if head.strip() else {}


def _refuse_tricks(head: str) -> None:
    """Look for tags that make objects, for aliases that multiply and for depth, before anything is made of them."""
    depth = aliases = 0
    for event in yaml.parse(head, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        aliases += isinstance(event, yaml.AliasEvent)
        tag = getattr(event, "tag", None)
        if tag not in _HARMLESS_TAGS or depth > _DEEPEST or aliases > _MOST_ALIASES:
            raise _Unreadable(event.start_mark.line if event.start_mark else 0)


_HARMLESS_TAGS = frozenset(
    {
        None,
        "!",
        *(f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "timestamp", "seq", "map")),
    }
)


_LONGEST_TOML = 16_384
"""Characters. What tomllib makes of a head grows faster than the head does."""

_MOST_DOTS = 10
"""Tables within each other that one TOML key may name."""

_QUOTED_IN_TOML = re.compile(
    r'"{3}(?:\\.|[^\\])*?(?:"{3}|\Z)|\'{3}.*?(?:\'{3}|\Z)'
    r'|"(?:\\.|[^"\\\n])*"?|\'[^\'\n]*\'?|#[^\n]*',
    re.DOTALL,
)
_NO_TOML_KEY = re.compile(r"[^\w.\- \t]+")


def _refuse_dots(head: str) -> None:
    """Look for length, depth and keys of many dots, which cost time and memory without end."""
    bare = _QUOTED_IN_TOML.sub(lambda quoted: "\n" * quoted[0].count("\n"), head)
    if len(head) > _LONGEST_TOML or bare.count("[") + bare.count("{") > _MOST_BRACKETS:
        raise _Unreadable
    for at, line in enumerate(bare.split("\n")):
        if any(key.count(".") > _MOST_DOTS for key in _NO_TOML_KEY.split(line)):
            raise _Unreadable(at)


def _loaded_toml(head: str) -> Mapping[str, object]:
    _refuse_dots(head)
    try:
        loaded = tomllib.loads(head)
    except (ValueError, RecursionError) as error:
        line = re.search(r"at line (\d+)", str(error))
        raise _Unreadable(int(line[1]) - 1 if line else 0) from error
    return {key: _as_written(value) for key, value in loaded.items()}


def _as_written(value: object) -> object:
    match value:
        case bool():
            return "true" if value else "false"
        case date() | time():
            return value.isoformat()
        case list():
            return [_as_written(item) if not isinstance(item, list | dict) else item for item in value]
        case dict():
            return value
        case _:
            return str(value)
