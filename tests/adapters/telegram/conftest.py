"""The simulated Telegram on loopback, with the real library as its client."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.platforms.telegram.limits import UNLIMITED
from tests.platforms.telegram.simulator import TelegramSimulator


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramSimulator]:
    """The simulator; it limits no pace, and at the end nobody has asked or said what the Bot API does not know."""
    async with TelegramSimulator(limits=UNLIMITED) as simulator:
        yield simulator
    assert not simulator.violations
