"""The survey of real posts names a test for each thing that was found, and every test that it names is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
FOUND = [
    "The publisher's own posts",
    "Length",
    "Metadata",
    "Dates",
    "Item shapes",
    "Commentary",
    "Markup",
    "CJK emphasis",
    "Heads that common parsers stumble over",
    "New means first seen",
    "Edits",
    "Repeats",
    "Identity",
    "Size",
    "Junk in the folder",
    "What hurt before",
]


@pytest.fixture(scope="module")
def survey(root: Path) -> str:
    """The page."""
    return (root / "docs/survey.md").read_text(encoding="utf-8")


def _rows(text: str) -> list[str]:
    """The rows of all tables, without their heads."""
    return [row for table in re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE) for row in table.splitlines()[2:]]


def _tests(path: Path) -> set[str]:
    """The tests that a file defines."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_everything_found_has_a_table(survey: str) -> None:
    """Everything that was looked at in real posts has a section with a table."""
    sections = re.split(r"^## (.+)$", survey, flags=re.MULTILINE)[1:]
    assert sections[::2] == FOUND
    assert all(_rows(body) for body in sections[1::2])


def test_every_row_is_proven(survey: str) -> None:
    """Each row says what is found, what it becomes, and at least one test that proves it."""
    for row in _rows(survey):
        found, becomes, proven = (cell.strip() for cell in re.split(r"(?<!\\)\|", row.strip("|")))
        assert found, row
        assert becomes, row
        assert NAMED.sub("", proven).strip(", ") == "", row
        assert NAMED.search(proven), row


def test_every_shape_is_proven(survey: str) -> None:
    """The thirteen shapes of stories each have a row, in their order."""
    assert [int(shape) for shape in re.findall(r"^\| S(\d+) ", survey, re.MULTILINE)] == list(range(1, 14))


def test_every_test_that_is_named_exists(survey: str, root: Path) -> None:
    """Every test that the survey names is there, under that name."""
    named = set(NAMED.findall(survey))
    assert named
    files = {path: _tests(root / path) for path in {path for path, _ in named}}
    assert not {f"{path}::{name}" for path, name in named if name not in files[path]}


def test_every_test_of_stories_is_named(survey: str, root: Path) -> None:
    """The survey leaves out no shape that is tested."""
    shapes = {name for name in _tests(root / "tests/digest/test_stories.py") if re.match(r"test_s\d+_", name)}
    assert len(shapes) == 13
    assert shapes <= {name for _, name in NAMED.findall(survey)}
