"""What the tests of an account on Discord share: a simulated Discord, and somebody who leads servers there."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.platforms.discord.beats import no_beats
from tests.platforms.discord.limits import UNLIMITED
from tests.platforms.discord.person import Person
from tests.platforms.discord.sessions import Terms
from tests.platforms.discord.simulator import DiscordSimulator


@pytest.fixture
async def discord() -> AsyncIterator[DiscordSimulator]:
    """The simulator; it limits no pace, and at the end nobody has asked or said what the API does not know."""
    async with DiscordSimulator(limits=UNLIMITED, terms=Terms(identify_gap=0.0)) as simulator:
        yield simulator
    await no_beats()
    assert not simulator.violations


@pytest.fixture
def lin(discord: DiscordSimulator) -> Person:
    """小林, who leads servers."""
    return discord.person(101, "小林")
