"""What the tests of the simulator share: a Discord without sockets whose clock stands still until it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.platforms.discord.quiet import QuietDiscord
from tests.platforms.discord.simulator import DiscordSimulator


@pytest.fixture
def quiet() -> Iterator[QuietDiscord]:
    """A Discord without sockets, asked directly; nobody asks or says what the API does not know."""
    discord = QuietDiscord()
    yield discord
    assert discord.violations == discord.forgiven


@pytest.fixture
async def simulator() -> AsyncIterator[DiscordSimulator]:
    """The simulator on loopback; at the end nobody has asked or said what the API does not know."""
    async with DiscordSimulator() as simulator:
        yield simulator
    assert not simulator.violations
