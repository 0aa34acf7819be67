"""A lane with Discord's own pace, requests, courier and dialect, held against the strict simulator on virtual time.

What is allowed: 50 requests in any second, whatever they are; five messages in five seconds into one channel. We use
45: utilisation is what was asked after the first request, divided by 45 a second.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from tests.platforms.discord.faults import Fault, Trap
from tests.platforms.discord.servers import ChannelKind
from tests.platforms.discord.transcript import Call
from tests.world import laws
from tests.world.discord import DiscordStage
from tests.world.laws import Books
from tests.world.life import BEGINNING, long_post, post

ALL_KINDS = (
    ChannelKind.TEXT,
    ChannelKind.TEXT,
    ChannelKind.PUBLIC_THREAD,
    ChannelKind.ANNOUNCEMENT,
    ChannelKind.FORUM,
)

BUSY = 8
"""Channels that are brought more than they take in the time that the lane needs for the others."""


def used(calls: list[Call]) -> float:
    """How much of 45 a second was asked after the first request."""
    return (len(calls) - 1) / (45.0 * (calls[-1].at - calls[0].at))


def refused(stage: DiscordStage) -> Counter[int]:
    """How often what was answered that is no success."""
    return Counter(call.status for call in stage.calls if not call.is_ok)


def test_what_is_allowed_is_used(world_folder: Path) -> None:
    """97 % of 45 requests a second leave, look-ups and publishing among them, and a strict Discord refuses none.

    Channels that are brought more than they take wait, and let the others pass.
    """
    stage = DiscordStage(world_folder, knows=False)

    async def tell() -> None:
        places = stage.channels(300, *ALL_KINDS)
        await stage.begin(places, whole=4)
        await stage.subscribe(places[:BUSY], "daily", "rolling", whole=1)
        for number in range(4):
            await stage.world.publish(f"rolling/{number}.md", long_post(f"R{number}"))
        await stage.world.publish("daily/1.md", long_post("D"))
        await stage.world.settle()
        await stage.end()

    stage.world.run(tell())
    assert refused(stage) == {}
    assert stage.core.violations == []
    into_busy = Counter(call.channel for call in stage.brought())
    assert max(into_busy.values()) > 12
    books = Books.of(stage.world)
    others = [row["ended_at"] for row in books.parts if row["subscription_id"] > BUSY and row["number"] == 1]
    waited_until = max(others) / 1000 - BEGINNING.timestamp()
    assert used([call for call in stage.calls if call.at <= waited_until]) >= 0.97
    assert {row["state"] for row in books.deliveries} == {"sent"}
    unpublished = Counter(int(chat) for chat, _ in stage.following.left)
    assert unpublished == {channel: into_busy[channel] - 10 for channel in unpublished}
    laws.every_promise_is_kept(books)


def test_slow_answers_let_nothing_leave_in_haste(world_folder: Path) -> None:
    """Messages that wait for a slow answer about their channel take places of their own: never over 50 a second."""
    stage = DiscordStage(world_folder, knows=False)

    async def tell() -> None:
        await stage.begin(stage.channels(300))
        stage._wire.traps.append(Trap(fault=Fault(name="slow", executes=True, wait=1.0), method="GET", times=60))
        await stage.world.publish("daily/1.md", post("D", "one"))
        await stage.world.settle()
        await stage.end()

    stage.world.run(tell())
    assert refused(stage) == {}
    assert len(stage.brought()) == 300


@pytest.mark.long
def test_20_000_channels(world_folder: Path) -> None:
    """Among 20,000 channels 97 % of 45 a second leave, and a push overtakes a running digest within a second."""
    stage = DiscordStage(world_folder)

    async def tell() -> float:
        await stage.crowd(20_000)
        await stage.world.publish("daily/1.md", post("D", "one"))
        await asyncio.sleep(8)
        pushed = stage.world.loop.time()
        await stage.world.publish("breaking/1.md", post("B", "now"))
        await asyncio.sleep(4)
        await stage.world.stop(now=True)
        return pushed

    pushed = stage.world.run(tell())
    assert refused(stage) == {}
    assert used(stage.calls) >= 0.97
    after = stage.brought(since=pushed)
    titles = [call.body["embeds"][0]["title"] for call in after]
    assert after[titles.index("B")].at - pushed < 1
    assert set(titles[titles.index("B") + 10 :]) == {"B"}
