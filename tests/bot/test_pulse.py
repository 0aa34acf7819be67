"""The pulse that live pages follow."""

from __future__ import annotations

import asyncio

from bot.pulse import Pulse


async def _listen(pulse: Pulse, heard: list[int]) -> None:
    heard.extend([number async for number in pulse.follow()])


async def test_many_changes_in_a_short_time_are_told_once() -> None:
    """A follower hears of a burst of changes once, and of what came during its rest once more."""
    pulse, heard = Pulse(interval=0.05), list[int]()
    follower = asyncio.create_task(_listen(pulse, heard))
    await asyncio.sleep(0)
    for _ in range(1000):
        pulse.beat()
    await asyncio.sleep(0.01)
    pulse.beat()
    await asyncio.sleep(0.1)
    pulse.end()
    await follower
    assert heard == [1000, 1001]


async def test_a_follower_ends_with_the_pulse_even_while_it_rests() -> None:
    """Shutting down ends every follower at once, however long its interval."""
    pulse, heard = Pulse(interval=3600), list[int]()
    followers = [asyncio.create_task(_listen(pulse, heard)) for _ in range(3)]
    await asyncio.sleep(0)
    pulse.beat()
    await asyncio.sleep(0)
    pulse.end()
    await asyncio.wait_for(asyncio.gather(*followers), timeout=60)
    assert heard == [1, 1, 1]


async def test_following_an_ended_pulse_ends_at_once() -> None:
    """Whoever follows too late is told that it is over, and does not wait."""
    pulse = Pulse()
    pulse.end()
    assert [number async for number in pulse.follow()] == []
