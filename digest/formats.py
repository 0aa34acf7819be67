"""What YAML and TOML say in front matter: scalars as they were written, and nothing that is made to cost.

YAML is loaded through python-frontmatter's handler, with a loader that leaves every scalar a text: `no` stays «no» and
`12:30` stays «12:30», no tag makes an object and no alias multiplies. TOML has its own types, which become text again.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date, time

import yaml
from frontmatter.default_handlers import YAMLHandler

_MOST_ALIASES = 20
_MOST_BRACKETS = 50
_DEEPEST = 32

_LOADER: type[yaml.CBaseLoader | yaml.BaseLoader] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""Leaves every scalar as it was written: what it means is decided by who asks for it."""

_UNUSUAL = re.compile(r"[!&*]|(?:[-?:][ \t]+){8}")
"""What a tag, an alias or a deep nesting needs. Where nothing of it is written, there is none to look for."""


class Unreadable(Exception):
    """The front matter cannot be read; `line` counts from 0 within it. What is made to cost is not mended either."""

    def __init__(self, line: int = 0, *, made_to_cost: bool = False) -> None:
        super().__init__(line)
        self.line = line
        self.made_to_cost = made_to_cost


def loaded_yaml(head: str) -> Mapping[str, object] | None:
    """What YAML says, every scalar as it was written; None where it is no mapping. Raises Unreadable."""
    try:
        if _UNUSUAL.search(head) or head.count("[") + head.count("{") > _MOST_BRACKETS:
            _refuse_tricks(head)
        loaded = YAMLHandler().load(head, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        raise Unreadable(error.problem_mark.line if error.problem_mark else 0) from error
    except (yaml.YAMLError, ValueError) as error:
        raise Unreadable from error
    except RecursionError as error:
        raise Unreadable(made_to_cost=True) from error
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
            costs = depth > _DEEPEST or aliases > _MOST_ALIASES or not str(tag).startswith("!")
            raise Unreadable(event.start_mark.line if event.start_mark else 0, made_to_cost=costs)


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
        raise Unreadable(made_to_cost=True)
    for at, line in enumerate(bare.split("\n")):
        if any(key.count(".") > _MOST_DOTS for key in _NO_TOML_KEY.split(line)):
            raise Unreadable(at, made_to_cost=True)


def loaded_toml(head: str) -> Mapping[str, object]:
    """What TOML says, scalars as text. Raises Unreadable."""
    _refuse_dots(head)
    try:
        loaded = tomllib.loads(head)
    except (ValueError, RecursionError) as error:
        line = re.search(r"at line (\d+)", str(error))
        raise Unreadable(int(line[1]) - 1 if line else 0) from error
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
