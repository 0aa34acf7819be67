"""Whole universes of faults, deaths and changes of mind, each held against every law."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from bot.dispatch import Lane
from tests.world import bugs
from tests.world.loop import TooManySteps
from tests.world.universe import Universe

UNIVERSES = int(os.environ.get("TEST_UNIVERSES", "100"))


@pytest.mark.parametrize("seed", range(UNIVERSES))
def test_universe(world_folder: Path, seed: int) -> None:
    """After any crash, network loss or rate limit each message ends in a known state, and none is lost or doubled."""
    Universe.of(world_folder, seed).unfold()


def noticed(world_folder: Path, bug: type[Lane] | None, *, hasty: bool = False) -> str:
    """What the laws say of the first universe in which the bug shows."""
    for seed in range(60):
        folder = world_folder / str(seed)
        folder.mkdir()
        universe = Universe.of(folder, seed)
        universe.world.lane_class = bug or Lane
        if hasty:
            universe.world.spots = tuple(replace(spot, pace=bugs.Hasty) for spot in universe.world.spots)
        try:
            universe.unfold()
        except (AssertionError, TooManySteps) as error:
            return f"seed {seed}: {error}"
    return ""


def test_same_seed_same_universe(world_folder: Path) -> None:
    """The same seed makes the same world, message by message."""
    shown = []
    for run in ("first", "second"):
        folder = world_folder / run
        folder.mkdir()
        universe = Universe.of(folder, 7)
        universe.unfold()
        platforms = universe.world.platforms.values()
        shown.append([(s.at, s.place, s.nonce) for platform in platforms for s in platform.shown])
    assert shown[0] == shown[1]
    assert shown[0]


def test_planted_send_before_intent(world_folder: Path) -> None:
    """A dispatcher that sends before its intent is committed is caught."""
    assert noticed(world_folder, bugs.LaneThatSendsBeforeIntent)


def test_planted_resend_of_doubts(world_folder: Path) -> None:
    """A dispatcher that sends a message in doubt again is caught showing it twice."""
    assert "times" in noticed(world_folder, bugs.LaneThatResendsDoubts)


def test_planted_forgotten_recovery(world_folder: Path) -> None:
    """A dispatcher that forgets what was on its way when it died is caught."""
    assert noticed(world_folder, bugs.ForgetsRecovery)


def test_planted_mark_before_send(world_folder: Path) -> None:
    """A dispatcher that marks a message as sent before it is, is caught."""
    assert noticed(world_folder, bugs.LaneThatMarksBeforeSending)


def test_planted_haste(world_folder: Path) -> None:
    """Forty messages a second, or two at once into one chat, are caught."""
    assert "between two requests" in noticed(world_folder, None, hasty=True)
