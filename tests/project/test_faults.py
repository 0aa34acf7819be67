"""The list of faults: what can go wrong, and that each row has tests which are named after it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.towns import TOWNS

TESTS = Path(__file__).parents[1]

FAULTS = {
    1: "killed while deliveries are promised",
    2: "killed before the intent",
    3: "killed after the intent, before a byte",
    4: "killed after it was posted, before the answer",
    5: "killed after the answer, before its commit",
    6: "power loss in the middle of a write",
    7: "told to wait in one chat, or in several",
    8: "told to wait for hours",
    9: "told to wait without, with negative or with absurd seconds, or in HTML",
    10: "a server error",
    11: "no answer, a slow one, half a one, one of wrong types",
    12: "executed, then the connection breaks",
    13: "no connection, no name, no certificate",
    14: "the wall clock jumps",
    17: "the disk is full",
    18: "the database is locked by another program",
    19: "the database is damaged, or from a newer version",
    22: "half-written posts, editors' files, renames",
    23: "a rewritten history, times reset, everything touched",
    24: "a post is renamed or moved",
    25: "a post is deleted, or withdrawn",
    26: "a copy of a post beside it",
    27: "very many posts at once; a folder that vanishes or is empty",
    28: "a post is edited while it is delivered",
    29: "an edit of what is deleted, too old or unchanged",
    30: "a group becomes a supergroup",
    31: "thrown out, blocked, or the chat deleted, in the middle",
    32: "refused by thousands, until the address is banned",
    33: "the token is revoked",
    34: "two programs on one data folder, or with one token",
    35: "a gateway that closes, refuses, forgets or falls silent",
    36: "updates come again, in the wrong order, unknown, huge",
    37: "wrong secrets, huge bodies, forms of other sites, foreign names of the host",
    38: "one reader asks very much",
    39: "who is no admin pushes; a button is pressed twice, or by somebody else",
    40: "hostile text",
    41: "hostile files",
    42: "one chat fails every time",
    43: "a push in the middle of a large digest",
    44: "subscribing or leaving during a delivery",
    45: "stopped in the middle, once or twice",
    46: "an upgrade with open rows, and back",
    47: "nobody reads what is printed",
    48: "held in its middle, restarted, released",
    49: "a push while readers ask",
    50: "a digest or choices change between two parts",
}
"""The rows that can happen here; those that are missing concern what is not built: several machines."""

ANYWHERE = {7, 8, 9, 10, 11, 12, 13, 29, 31, 33, 34, 36, 38, 39, 40, 42, 43, 44, 45, 48, 49}
"""Those that any platform brings about, or that are met while it is used."""

PLATFORMS = {"telegram": ANYWHERE | {30, 37}, "discord": ANYWHERE | {32, 35}}
"""Groups that migrate and webhooks are Telegram's, gateways and the budget of refusals are Discord's."""

CROWDED = {32, 49}
"""Those that need thousands of chats, and therefore a virtual clock."""

NOWHERE_ELSE = {"telegram": {49}, "discord": set[int]()}
"""Those of them that the whole bot is not shown in."""

DEATHS = {3, 4, 5}
"""Those that need a process that is killed."""


def _named(folder: str = "", pattern: str = "test_*.py") -> dict[int, list[str]]:
    """The tests that are named after each fault."""
    found: dict[int, list[str]] = {}
    for number, name in _names(TESTS / folder, pattern):
        found.setdefault(number, []).append(name)
    return found


def _names(folder: Path, pattern: str) -> Iterator[tuple[int, str]]:
    for path in folder.rglob(pattern):
        for name in re.findall(r"^(?:async )?def (test_fault_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE):
            numbers = re.match(r"test_fault_(\d\d(?:_and_\d\d)*)_", name)
            assert numbers, name
            for number in numbers[1].split("_and_"):
                yield int(number), name


@pytest.mark.parametrize("fault", FAULTS, ids=FAULTS.values())
def test_every_fault_has_a_test(fault: int) -> None:
    """Each row of the list has a test that bears its number."""
    assert _named().get(fault)


def test_no_test_bears_a_number_that_is_not_listed() -> None:
    """A number in a test's name is that of a row."""
    assert set(_named()) <= set(FAULTS)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_platform_is_shown_in_its_bad_days(platform: str) -> None:
    """What can happen on a platform is shown on the whole bot, and for very many chats in a simulated world."""
    shared = set(_named("acceptance", "test_faults.py")) if platform in TOWNS else set()
    shown = set(_named("acceptance", f"test_{platform}*.py")) | shared
    assert shown >= PLATFORMS[platform] - NOWHERE_ELSE[platform] | DEATHS
    assert set(_named("world")) >= PLATFORMS[platform] & CROWDED
