"""What the tests of the simulator share: a Telegram without sockets whose clock stands still until it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.platforms.telegram.quiet import QuietTelegram
from tests.platforms.telegram.simulator import TelegramSimulator


@pytest.fixture
def quiet() -> Iterator[QuietTelegram]:
    """A Telegram without sockets, asked directly; nobody asks or says what the Bot API does not know."""
    telegram = QuietTelegram()
    yield telegram
    assert telegram.violations == telegram.forgiven


@pytest.fixture
async def simulator() -> AsyncIterator[TelegramSimulator]:
    """The simulator on loopback; at the end nobody has asked or said what the Bot API does not know."""
    async with TelegramSimulator() as simulator:
        yield simulator
    assert not simulator.violations
