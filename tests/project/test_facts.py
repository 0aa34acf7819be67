"""What the documentation lists is what the code has: codes, states, tables, exit codes, the promise in its words."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.platform import Platform
from bot.answer.answerer import Answerer
from bot.config import Settings
from bot.exits import Exit
from bot.looking.selection import WhyNot
from digest.choices import Layout
from digest.problems import FATAL, Code
from storage.records import DeliveryState, PostState, Urgency
from tests.world.store import SyncSqliteStore

FAULTS = {"missing", "not-a-file", "unreadable", "unwritable", "changed-meanwhile", "crashed"}
"""Why a path that `sudi check` was given could not be opened, checked or mended."""


@pytest.fixture(scope="module")
def docs(root: Path) -> dict[str, str]:
    """The pages of `docs/` by their names."""
    return {path.stem: path.read_text(encoding="utf-8") for path in (root / "docs").glob("*.md")}


def _rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the first table below a heading."""
    section = re.split(rf"^#+ {re.escape(heading)}$", page, maxsplit=1, flags=re.MULTILINE)[1]
    table = re.search(r"(?:^\|.*\|\n)+", section, re.MULTILINE)
    assert table
    lines = table[0].splitlines()[2:]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]


def test_every_problem_is_documented(docs: dict[str, str]) -> None:
    """Every code that `sudi check --json` may print is listed, and whether it keeps a post from being delivered."""
    listed = {code: fatal == "yes" for code, fatal, _ in _rows(docs["interfaces"], "Codes")}
    told = {str(code): code in FATAL for code in Code}
    assert listed == told | dict.fromkeys(FAULTS, True) | dict.fromkeys(map(str, WhyNot), False)


async def test_every_command_is_documented(docs: dict[str, str], tmp_path: Path) -> None:
    """Every command that people type is listed in the order of the help, with its words and for whom it is."""
    listed = _rows(docs["commands"].replace("\\|", "/"), "What there is")
    store = SyncSqliteStore(tmp_path / "sudi.db")
    answerer = Answerer(store=store, dialects={}, settings=Settings(), now=lambda: datetime.now(UTC), token=str)
    await store.close()
    typed = [command for command in answerer.commands if not command.hidden]
    assert [row[0].split()[0] for row in listed] == [f"/{command.name}" for command in typed]
    assert [set(row[1].split(", ")) for row in listed] == [set(command.words) for command in typed]
    assert [row[2] for row in listed] == [command.audience for command in typed]


async def test_every_option_is_documented(docs: dict[str, str], tmp_path: Path) -> None:
    """Every option that Discord asks for is listed by its names in both languages, with the commands that have it."""
    listed = {
        (english, chinese): set(re.findall(r"/\w+", row[2]))
        for row in _rows(docs["commands"], "On Discord")
        for english, chinese in zip(row[0].replace("`", "").split(", "), row[1].split(", "), strict=True)
    }
    store = SyncSqliteStore(tmp_path / "sudi.db")
    answerer = Answerer(store=store, dialects={}, settings=Settings(), now=lambda: datetime.now(UTC), token=str)
    await store.close()
    offered: dict[tuple[str, str], set[str]] = {}
    for command in answerer.offered(Platform.DISCORD):
        for option in command.offered.options:
            offered.setdefault((option.names["en"], option.names["zh"]), set()).add(f"/{command.name}")
    assert listed == offered


def test_every_exit_code_is_documented(docs: dict[str, str]) -> None:
    """Every exit code is listed, and no other."""
    assert [int(code) for code, _ in _rows(docs["operating"], "Exit codes")] == sorted(Exit)


def test_every_state_is_documented(docs: dict[str, str]) -> None:
    """An operator can look up what each state of a delivery means; a post's states are named as well."""
    assert {state for state, _ in _rows(docs["operating"], "What a delivery's state means")} == set(DeliveryState)
    assert all(re.search(rf"\b{state}\b", docs["architecture"]) for state in PostState)


def test_every_layout_is_documented(docs: dict[str, str]) -> None:
    """A writer can look up what each layout keeps."""
    assert all(f"`{layout}`" in docs["writing-posts"] for layout in Layout)


def test_every_table_is_documented(docs: dict[str, str], root: Path) -> None:
    """The architecture names every table of the database."""
    schema = "".join(path.read_text(encoding="utf-8") for path in (root / "storage/migrations").glob("*.sql"))
    tables = set(re.findall(r"^CREATE TABLE (\w+)", schema, re.MULTILINE))
    assert tables
    assert not {table for table in tables if f"`{table}`" not in docs["architecture"]}


def test_the_promise_stands_in_its_words(docs: dict[str, str]) -> None:
    """The promise stands in the same words where developers and operators read it."""
    promise = re.search(r"(?:^> .*\n)+", docs["architecture"], re.MULTILINE)
    assert promise
    words = promise[0].replace("\n> ", " ")
    assert words.startswith("> Every (digest, chat) has one durable record before anything is sent.")
    assert "each message ends as sent, failed, skipped or unknown; none is lost" in words
    assert "A digest is never posted twice in a chat because of us." in words
    assert promise[0] in docs["operating"]


def test_every_decision_is_indexed_and_numbered(root: Path) -> None:
    """Decisions are numbered without a gap, and each has a context, a decision and consequences."""
    pages = sorted((root / "docs/decisions").glob("0*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {page.name[:4]} · ")
        assert re.findall(r"^## (.+)$", text, re.MULTILINE)[:3] == ["Context", "Decision", "Consequences"]


def test_urgencies_are_explained_in_order(docs: dict[str, str]) -> None:
    """The order in which a lane sends is documented."""
    names = [urgency.name.lower().replace("_", "-") for urgency in sorted(Urgency)]
    told = re.search(r"urgency: answers, then ([a-z, -]+)\.", docs["architecture"].replace("\n", " "))
    assert told
    assert told[1].split(", ") == names
