"""Reads the named queries: all SQL lives in `queries/*.sql`, each query under a name and a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).with_name("queries")

_TOKEN = re.compile(
    r"""
      (?P<quoted> '(?:[^']|'')*' | "(?:[^"]|"")*" )
    | (?P<comment> --[^\n]* | /\*.*?\*/ )
    | (?P<cast> :: )
    | :(?P<parameter> [A-Za-z_][A-Za-z0-9_]* )
    """,
    re.VERBOSE | re.DOTALL,
)
_NAME = re.compile(r"^-- name:[ \t]*(?P<name>\S*)[ \t]*$", re.MULTILINE)


class QueryMistake(Exception):
    """A query file is wrong; the text names the file and what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One statement: its name (`file.query`), what it does in a sentence, its SQL, and its parameters in order."""

    name: str
    sentence: str
    sql: str
    parameters: tuple[str, ...]


def respell(sql: str, spell: Callable[[str], str]) -> str:
    """Spell each `:name` as a driver wants it; strings, comments and `::casts` stay as they are."""
    return _TOKEN.sub(lambda found: spell(found["parameter"]) if found["parameter"] else found[0], sql)


def read_queries(text: str, *, file: str) -> Iterator[Query]:
    """The queries of one file; raises QueryMistake for one that lacks its name, its sentence or its SQL."""
    before, *rest = _NAME.split(text)
    if _without_comments(before):
        raise QueryMistake(f"{file}.sql: a query stands before the first «-- name:»")
    for name, body in zip(rest[::2], rest[1::2], strict=True):
        yield _read_query(f"{file}.{name}", body)


@cache
def queries(folder: Path = FOLDER) -> Mapping[str, Query]:
    """Every query by its name; raises QueryMistake, also for a name that is used twice."""
    found: dict[str, Query] = {}
    for path in sorted(folder.glob("*.sql")):
        for query in read_queries(path.read_text(encoding="utf-8"), file=path.stem):
            if query.name in found:
                raise QueryMistake(f"{query.name} stands twice in {path.name}")
            found[query.name] = query
    return found


def _read_query(name: str, body: str) -> Query:
    if not name.partition(".")[2].isidentifier():
        raise QueryMistake(f"{name}: a query's name is one word")
    comments, sql = _split_sentence(body)
    if not comments:
        raise QueryMistake(f"{name}: a sentence must say what the query does")
    if not _without_comments(sql):
        raise QueryMistake(f"{name}: the query is empty")
    return Query(name=name, sentence=" ".join(comments), sql=sql.rstrip().rstrip(";"), parameters=_parameters(sql))


def _split_sentence(body: str) -> tuple[list[str], str]:
    """The comment lines that open a query, and what follows them."""
    lines = body.strip().splitlines()
    comments: list[str] = []
    while lines and lines[0].startswith("--"):
        comments.append(lines.pop(0).removeprefix("--").strip())
    return [line for line in comments if line], "\n".join(lines)


def _parameters(sql: str) -> tuple[str, ...]:
    found = (token["parameter"] for token in _TOKEN.finditer(sql))
    return tuple(dict.fromkeys(name for name in found if name))


def _without_comments(sql: str) -> str:
    return _TOKEN.sub(lambda found: "" if found["comment"] else found[0], sql).strip(" \t\r\n;")
