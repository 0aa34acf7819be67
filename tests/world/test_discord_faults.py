"""The faults of the list that concern sending on Discord, each by its number, before the strict simulator."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from adapters.discord.budget import WINDOW as REFUSED_IN
from bot.standing import NONCE_HOLDS
from storage import ledger
from storage.records import DeliveryState, SubscriptionState
from storage.subscriptions import Place
from tests.platforms.discord.faults import Fault
from tests.platforms.discord.permissions import Permission
from tests.platforms.discord.servers import REQUIRE_TAG, ChannelKind, Tag
from tests.platforms.discord.transcript import Call
from tests.world import laws
from tests.world.discord import DiscordStage
from tests.world.laws import Books
from tests.world.life import long_post, post

PARTS = 4
"""Messages of the long post here."""


async def states(stage: DiscordStage) -> list[DeliveryState]:
    """How all deliveries stand, in the order of their channels."""
    rows = await stage.world.do(ledger.deliveries)
    return [row.state for row in sorted(rows, key=lambda row: int(row.chat))]


def posted_in(stage: DiscordStage, place: Place, since: float = 0.0) -> list[Call]:
    """The messages that were asked for in a channel, refused or not."""
    return [call for call in stage.brought(since) if call.channel == int(place.thread or place.chat)]


# --- 429: 7, 8 ---------------------------------------------------------------------------------------------------


def test_fault_07_throttled_in_one_channel(world_folder: Path) -> None:
    """A channel that answers 429 waits as long as it says, and uses up no attempt; all others are brought theirs."""
    stage = DiscordStage(world_folder)
    places = stage.channels(30)
    stage.fail(Fault.flood(20.0), places[4])

    async def tell() -> None:
        await stage.begin(places)
        await stage.world.publish("daily/1.md", post("D", "one"))
        await asyncio.sleep(5)
        found = await states(stage)
        assert found.count(DeliveryState.SENT) == 29
        await stage.world.settle()
        rows = await stage.world.do(ledger.deliveries)
        assert {(row.state, row.attempts) for row in rows} == {(DeliveryState.SENT, 0)}
        await stage.end()

    stage.world.run(tell())
    first, again = posted_in(stage, places[4])
    assert again.at - first.at >= 20


def test_fault_07_a_storm_of_429s(world_folder: Path) -> None:
    """429s in several channels at once let the lane rest: few are asked for, none is lost, and nothing comes twice."""
    stage = DiscordStage(world_folder)
    places = stage.channels(100)
    storm = stage.fail(Fault.flood(3.0), times=10_000)

    async def tell() -> None:
        await stage.begin(places)
        await stage.world.publish("daily/1.md", post("D", "one"))
        await asyncio.sleep(30)
        storm.cancel()
        await stage.world.settle()
        assert set(await states(stage)) == {DeliveryState.SENT}
        assert {len(stage.messages(place)) for place in places} == {1}
        await stage.end()

    stage.world.run(tell())
    assert storm.hits < 150
    assert stage.budget.wait() == 0


def test_fault_08_long_rest_survives_a_restart(world_folder: Path) -> None:
    """A 429 of two hours for the whole account lets its lane rest, over a restart, and status says why."""
    stage = DiscordStage(world_folder)

    async def tell() -> None:
        stage.fail(Fault.flood(7200.0, scope="global"))
        await stage.begin(stage.channels(30))
        await stage.world.publish("daily/1.md", post("D", "one"))
        await asyncio.sleep(10)
        before = len(stage.brought())
        stage.world.die()
        stage.world.born()
        await asyncio.sleep(7000)
        assert len(stage.brought()) == before < 10
        (lane,) = await stage.world.do(ledger.lanes)
        assert lane.reason == "throttled"
        await stage.world.settle()
        assert set(await states(stage)) == {DeliveryState.SENT}
        await stage.end()

    stage.world.run(tell())


# --- Doubts: 10, 12 ----------------------------------------------------------------------------------------------

KINDS = (ChannelKind.TEXT, ChannelKind.PUBLIC_THREAD, ChannelKind.ANNOUNCEMENT, ChannelKind.FORUM)


def shown(stage: DiscordStage, place: Place, kind: ChannelKind) -> int:
    """How many messages stand there; in a forum, in its threads."""
    if kind is not ChannelKind.FORUM:
        return len(stage.messages(place))
    posts = [thread for thread in stage.guild.threads.values() if thread.parent and str(thread.parent.id) == place.chat]
    assert len(posts) == 1
    return len(posts[0].messages)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", [Fault.server_error(500, executed=True), Fault.reset(executed=True)])
def test_fault_10_and_12_answer_lost(world_folder: Path, kind: ChannelKind, fault: Fault) -> None:
    """A message that was posted, and whose answer was a 500 or none, stands there once, and so do its later parts.

    Channels know it by its nonce; in a forum its thread is found, so that the later parts come into it.
    """
    stage = DiscordStage(world_folder)

    async def tell() -> None:
        (place,) = stage.channels(1, kind)
        stage.fail(fault)
        await stage.begin([place])
        await stage.world.publish("daily/1.md", long_post("D"))
        await stage.world.settle()
        assert await states(stage) == [DeliveryState.SENT]
        assert shown(stage, place, kind) == PARTS
        await stage.end()

    stage.world.run(tell())
    assert len([call for call in stage.calls if call.repeats]) == (kind is not ChannelKind.FORUM)


@pytest.mark.parametrize("kind", [ChannelKind.TEXT, ChannelKind.FORUM])
def test_fault_12_death_behind_the_first_part(world_folder: Path, kind: ChannelKind) -> None:
    """A death between a posted first part and its answer leaves one message, and after the restart the rest follows."""
    stage = DiscordStage(world_folder)

    async def tell() -> None:
        (place,) = stage.channels(1, kind)
        await stage.begin([place])
        await stage.world.publish("daily/1.md", long_post("D"))
        while not stage.brought():  # noqa: ASYNC110 nobody tells
            await asyncio.sleep(0.001)
        stage.world.die()
        await asyncio.sleep(5)
        stage.world.born()
        await stage.world.settle()
        assert await states(stage) == [DeliveryState.SENT]
        assert shown(stage, place, kind) == PARTS
        await stage.end()

    stage.world.run(tell())


def test_fault_12_and_14_a_post_in_doubt_is_found_whatever_the_clock_says(world_folder: Path) -> None:
    """A wall clock that is set forward while a post in a forum is in doubt does not hide it: it is not opened twice."""
    stage = DiscordStage(world_folder)

    async def tell() -> None:
        (place,) = stage.channels(1, ChannelKind.FORUM)
        stage.fail(Fault.reset(executed=True))
        await stage.begin([place])
        await stage.world.publish("daily/1.md", long_post("D"))
        while not stage.brought():  # noqa: ASYNC110 nobody tells
            await asyncio.sleep(0.001)
        stage.world.jump = 3600.0
        await stage.world.settle()
        assert await states(stage) == [DeliveryState.SENT]
        await stage.end()

    stage.world.run(tell())
    assert [len(thread.messages) for thread in stage.guild.threads.values()] == [PARTS]


def test_fault_12_the_first_part_stays_in_doubt_in_a_forum(world_folder: Path) -> None:
    """Of a digest whose first part stays in doubt in a forum, the later parts stand together in one more thread."""
    stage = DiscordStage(world_folder)

    async def tell() -> None:
        (place,) = stage.channels(1, ChannelKind.FORUM)
        await stage.begin([place])
        await stage.world.publish("daily/1.md", long_post("D"))
        while not stage.brought():  # noqa: ASYNC110 nobody tells
            await asyncio.sleep(0.001)
        stage.world.die()
        await asyncio.sleep(NONCE_HOLDS / 1000 + 5)
        stage.world.born()
        await stage.world.settle()
        assert await states(stage) == [DeliveryState.UNKNOWN]
        await stage.end()

    stage.world.run(tell())
    assert [len(thread.messages) for thread in stage.guild.threads.values()] == [1, PARTS - 1]


def test_fault_12_restart_in_the_middle(world_folder: Path) -> None:
    """A restart while channels are brought as much as they take: each has every part once, though it may answer 429.

    What the life before left of a channel is told by its first answer, so there is one 429 a channel and life, at most.
    """
    stage = DiscordStage(world_folder)

    async def tell() -> None:
        places = stage.channels(8)
        await stage.begin(places, whole=1)
        await stage.world.publish("daily/1.md", long_post("D1"))
        await stage.world.publish("daily/2.md", long_post("D2"))
        for _ in range(2):
            await asyncio.sleep(1)
            stage.world.die()
            stage.world.born()
        await stage.world.settle()
        assert {len(stage.messages(place)) for place in places} == {2 * PARTS}
        await stage.end()

    stage.world.run(tell())
    assert {call.status for call in stage.calls} <= {200, 429}
    assert max(Counter(call.channel for call in stage.calls if not call.is_ok).values(), default=0) <= 2
    books = Books.of(stage.world)
    laws.every_promise_is_kept(books)
    assert {row["state"] for row in books.deliveries} == {"sent"}


# --- Refusals: 32, 42 --------------------------------------------------------------------------------------------


@pytest.mark.long
def test_fault_32_thousands_of_channels_refuse(world_folder: Path) -> None:
    """A server that takes the bot's permission in 3,000 channels: the lane stops long before the address is banned."""
    stage = DiscordStage(world_folder)

    async def tell() -> None:
        await stage.crowd(3000)
        stage.core.edit_role(stage.guild, stage.role, permissions=Permission.VIEW_CHANNEL)
        await stage.world.publish("daily/1.md", post("D", "one"))
        await asyncio.sleep(0.9 * REFUSED_IN)
        (lane,) = await stage.world.do(ledger.lanes)
        assert lane.reason == "throttled"
        await stage.world.stop(now=True)

    stage.world.run(tell())
    assert {call.status for call in stage.calls} == {403}
    assert len(stage.calls) <= 2_500
    assert stage.core.gate.banned_until < 0


def test_fault_42_a_forum_without_a_tag_to_give(world_folder: Path) -> None:
    """A forum whose posts need a tag takes digests that none fits as well; one that has none to give is left alone."""
    stage = DiscordStage(world_folder, knows=False)

    async def tell() -> None:
        places = takes, refuses = stage.channels(2, ChannelKind.FORUM)
        for place in places:
            tag = Tag(id=stage.core.new_id(), name="Daily", is_moderated=place is refuses)
            stage.core.edit_channel(stage.core.channels[int(place.chat)], tags={tag.id: tag}, flags=REQUIRE_TAG)
        await stage.begin(places)
        for number, title in enumerate(("Daily 1", "Weekly 2", "Daily 3"), 1):
            await stage.world.publish(f"daily/{number}.md", long_post(title))
        await stage.world.settle()
        assert await states(stage) == [DeliveryState.SENT] * 3 + [DeliveryState.SKIPPED] * 3
        assert [call.channel for call in stage.calls if not call.is_ok] == [int(refuses.chat)] * 3
        assert {str(thread.parent.id) for thread in stage.guild.threads.values() if thread.parent} == {takes.chat}
        await stage.end()

    stage.world.run(tell())
    assert {thread.name for thread in stage.guild.threads.values()} == {"Daily 1", "Weekly 2", "Daily 3"}
    assert {call.status for call in stage.calls} <= {200, 201, 403}


def test_fault_42_one_channel_always_fails(world_folder: Path) -> None:
    """A channel that fails every time, however it does, costs the others nothing, and is left alone in the end."""
    stage = DiscordStage(world_folder)

    async def tell() -> None:
        places = stage.channels(30)
        everyone = stage.guild.roles[stage.guild.id]
        stage.core.overwrite(stage.core.channels[int(places[3].chat)], everyone, deny=Permission.SEND_MESSAGES)
        stage.fail(Fault.server_error(500, executed=True), places[9], times=10_000)
        await stage.begin(places)
        await stage.world.publish("daily/1.md", post("D", "one"))
        await asyncio.sleep(5)
        assert (await states(stage)).count(DeliveryState.SENT) == 28
        await stage.world.settle()
        found = await states(stage)
        assert found[9] is DeliveryState.UNKNOWN
        assert len(stage.messages(places[9])) == 1
        assert len(posted_in(stage, places[3])) == 3
        await stage.end()

    stage.world.run(tell())
    books = Books.of(stage.world)
    assert [row["active"] for row in books.deliveries].count(SubscriptionState.SUSPENDED) == 1
