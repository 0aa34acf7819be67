"""How named queries are read, and that the project's own are complete, right and used."""

from __future__ import annotations

import ast
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.query import QueryMistake, queries, read_queries, respell
from storage.sqlite import statement, writing

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "adapters", "storage", "digest")
ASKED_BY = {"run", "many", "one", "all"}


def test_a_query_has_its_name_its_sentence_and_its_parameters() -> None:
    """A query is read under `file.name`, with its sentence and its parameters, each once, in order."""
    text = "-- name: find\n-- Finds a thing,\n-- whatever it is.\nSELECT :b, :a, :b; -- as :c said\n"
    (query,) = read_queries(text, file="things")
    assert query.name == "things.find"
    assert query.sentence == "Finds a thing, whatever it is."
    assert query.parameters == ("b", "a")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("SELECT 1;", "before the first"),
        ("-- name: a\nSELECT 1;", "a sentence must say"),
        ("-- name: a\n--\nSELECT 1;", "a sentence must say"),
        ("-- name: a\n-- Does nothing.\n", "is empty"),
        ("-- name: a\n-- Does nothing.\n;\n/* nothing */", "is empty"),
        ("-- name:\n-- Has no name.\nSELECT 1;", "one word"),
        ("-- name: a-b\n-- Has two names.\nSELECT 1;", "one word"),
    ],
)
def test_a_query_that_lacks_something_is_refused(text: str, complaint: str) -> None:
    """A query without a name, a sentence or SQL is a mistake that is found when the file is read."""
    with pytest.raises(QueryMistake, match=complaint):
        list(read_queries(text, file="things"))


def test_a_name_stands_once(tmp_path: Path) -> None:
    """Two queries of one name are refused."""
    (tmp_path / "things.sql").write_text("-- name: a\n-- One.\nSELECT 1;\n-- name: a\n-- Two.\nSELECT 2;\n")
    with pytest.raises(QueryMistake, match=r"things\.a stands twice"):
        queries(tmp_path)


@pytest.mark.parametrize(
    ("sql", "spelled"),
    [
        ("SELECT :a", "SELECT %(a)s"),
        ("SELECT :a::text, b::int", "SELECT %(a)s::text, b::int"),
        ("SELECT ':a', 'it''s :a', \"a:b\", :b", "SELECT ':a', 'it''s :a', \"a:b\", %(b)s"),
        ("SELECT 1 -- :a\n, :b", "SELECT 1 -- :a\n, %(b)s"),
        ("SELECT /* :a\n:b */ :c", "SELECT /* :a\n:b */ %(c)s"),
        ("SELECT '-- :a', :b", "SELECT '-- :a', %(b)s"),
        ("SELECT ':' || :a || ':'", "SELECT ':' || %(a)s || ':'"),
    ],
)
def test_only_parameters_are_respelled(sql: str, spelled: str) -> None:
    """A driver's spelling replaces parameters, and nothing in strings, comments or casts."""
    assert respell(sql, lambda name: f"%({name})s") == spelled


@given(st.lists(st.sampled_from(["'x:y'", '":q"', "-- :no\n", "/* :no */", "::int", " ", ",", "a", ":p", ":q "])))
def test_respelling_parameters_as_they_were_changes_nothing(pieces: list[str]) -> None:
    """Whatever stands around them, parameters spelled as before give the SQL as before."""
    sql = "".join(pieces)
    assert respell(sql, lambda name: f":{name}") == sql


def test_every_query_fits_the_schema(tmp_path: Path) -> None:
    """SQLite can prepare every query on the schema that the migrations make."""
    connection = writing(tmp_path / "sudi.db", now=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    try:
        for query in queries().values():
            known = statement(query)
            try:
                connection.execute(f"EXPLAIN {known.sql}", known.bind(dict.fromkeys(query.parameters)))
            except sqlite3.Error as error:
                pytest.fail(f"{query.name}: {error}")
    finally:
        connection.close()


def test_every_query_is_used() -> None:
    """No query outlives its use: each name stands in the code."""
    assert sorted(set(queries()) - set(names_in_code())) == []


def test_every_name_in_the_code_is_a_query() -> None:
    """Each name of a query in the code exists."""
    files = {name.partition(".")[0] for name in queries()}
    asked = {name for name in names_in_code() if name.partition(".")[0] in files}
    assert sorted(asked - set(queries())) == []


def test_every_call_gives_a_query_what_it_takes() -> None:
    """Where a query is called by its name, the values are exactly its parameters."""
    wrong = [
        f"{place}: {name} takes {sorted(queries()[name].parameters)}, not {sorted(given)}"
        for place, name, given in calls_in_code()
        if given != set(queries()[name].parameters)
    ]
    assert wrong == []


def code() -> Iterator[tuple[Path, ast.Module]]:
    """The modules of the packages."""
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def names_in_code() -> Iterator[str]:
    """Every string of the storage modules that looks like the name of a query."""
    for path, module in code():
        for node in ast.walk(module):
            if path.parts[0] == "storage" and isinstance(node, ast.Constant) and isinstance(node.value, str):
                file, dot, name = node.value.partition(".")
                if dot and file.isidentifier() and name.isidentifier():
                    yield node.value


def calls_in_code() -> Iterator[tuple[str, str, set[str]]]:
    """Every call of a query with its name and its values written out: where, which, and the values' names."""
    for path, module in code():
        for node in ast.walk(module):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            name = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
            given = {keyword.arg for keyword in node.keywords}
            if node.func.attr in ASKED_BY - {"many"} and name in queries() and None not in given:
                yield f"{path}:{node.lineno}", str(name), {each for each in given if each}
