"""What every platform's pace promises, whatever its windows are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pytest

from adapters.discord import pace as discord
from adapters.pacing import ANSWERS_AT_ONCE, SLACK
from adapters.platform import AccountId, Address, Pace, Platform
from adapters.telegram import pace as telegram


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A platform's pace. `begins`: makes it, born then; `every`: seconds between two places of its lane."""

    platform: Platform
    begins: Callable[[float], Pace]
    every: float

    def chat(self, name: str) -> Address:
        """A chat of the account."""
        return Address(platform=self.platform, account=AccountId("7"), chat=name)


LANES: Final = (
    Lane(platform=Platform.TELEGRAM, begins=lambda born: telegram.TelegramPace(born=born), every=telegram.EVERY),
    Lane(platform=Platform.DISCORD, begins=lambda born: discord.DiscordPace(born=born), every=discord.EVERY),
)


@pytest.fixture(params=LANES, ids=lambda lane: str(lane.platform))
def lane(request: pytest.FixtureRequest) -> Lane:
    """One of the platforms."""
    found: Lane = request.param
    return found


def test_new_owner_gives_way(lane: Lane) -> None:
    """Whoever begins knows nothing of what was sent just before, and gives way evenly."""
    assert lane.begins(100.0).lane_wait(100.0) == pytest.approx(lane.every)


def test_refund_moves_nobody_else(lane: Lane) -> None:
    """Once a later place is taken, a refund gives back the chat's window only: two never leave at once."""
    pace = lane.begins(0.0)
    pace.spend(lane.chat("5"), 10.0)
    pace.spend(lane.chat("6"), 10.0 + lane.every)
    pace.refund(lane.chat("5"), 10.0)
    assert pace.wait(lane.chat("5"), 10.0 + lane.every) == 0
    assert pace.lane_wait(10.0 + lane.every) >= lane.every - SLACK - 1e-9


def test_answers_go_before_everything_else(lane: Lane) -> None:
    """An answer has the lane's next place, and what waits for it waits for the one behind."""
    pace = lane.begins(0.0)
    pace.spend(lane.chat("5"), 10.0)
    place = pace.lane_wait(10.0)
    assert pace.claim(lane.chat("6"), 10.0) == place
    assert pace.lane_wait(10.0) == pytest.approx(place + lane.every)


def test_answers_take_a_quarter_at_most(lane: Lane) -> None:
    """However many readers ask, answers take a quarter of the pace, but for a few at once."""
    pace, now, answers, deliveries = lane.begins(0.0), 10.0, 0, 0
    while now < 70.0:
        while pace.answer_wait(lane.chat(f"a{answers}"), now) <= 0:
            pace.claim(lane.chat(f"a{answers}"), now)
            answers += 1
        now += pace.lane_wait(now)
        pace.spend(lane.chat(f"d{deliveries}"), now)
        deliveries += 1
    assert answers <= 60 / lane.every / 4 + ANSWERS_AT_ONCE + 1
    assert deliveries >= 0.74 * 60 / lane.every
