"""Mishaps that no list of faults has: each happens once in a world made for it, and must come to an end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.platform import Address, Courier, Doubt, Parcel, Receipt
from digest.choices import Choices
from storage import ledger, queue, subscriptions
from storage.database import Database
from storage.ledger import Settlement
from storage.queue import Intent, Kept
from storage.records import Action, DeliveryState, LaneId
from storage.times import to_ms
from tests.world import laws
from tests.world.life import Spot, World, post
from tests.world.platform import Faults, StrictPace
from tests.world.test_faults import STORIES, deliveries, half_way, in_chat, slow_chats, telegram

HALF = "\ud83d"
"""Half of a character: no store can keep it."""


@dataclass(frozen=True, kw_only=True)
class Odd:
    """A courier that has its own way of sending the first digest to chat c0."""

    courier: Courier
    answer: Callable[[Receipt], Receipt]

    async def send(self, parcel: Parcel) -> Receipt:
        """As `Courier.send`."""
        receipt = await self.courier.send(parcel)
        return self.answer(receipt) if (parcel.address.chat, receipt.message) == ("c0", "1") else receipt

    async def edit(self, parcel: Parcel, receipt: Receipt) -> Receipt:
        """As `Courier.edit`."""
        return await self.courier.edit(parcel, receipt)

    async def delete(self, address: Address, receipt: Receipt) -> None:
        """As `Courier.delete`."""
        await self.courier.delete(address, receipt)


def test_refused_deletion_is_asked_once(world_folder: Path) -> None:
    """A message that its chat never lets go of is asked back once; its delivery fails and says why."""
    world = World(world_folder)

    async def tell() -> None:
        world.born()
        await world.subscribe("c0")
        telegram(world).rooms["c0"].keeps = True
        digest = await world.publish("daily/1.md", post("D", "one"))
        await world.settle()
        await world.withdraw(digest)
        await asyncio.sleep(600)
        assert [what for _, _, what in telegram(world).calls] == ["send", "delete"]
        assert len(in_chat(world, "c0")) == 1
        row = (await deliveries(world))["c0"]
        assert (row.state, row.reason) == (DeliveryState.FAILED, "refused: what is said is said")
        await world.stop()

    world.run(tell())


def _doubt(receipt: Receipt) -> Receipt:
    raise Doubt(f"answer {receipt.message}: {HALF}")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [(_doubt, "doubt: answer 1: ?"), (lambda _: Receipt(message=HALF), "mistake")],
    ids=["words", "receipt"],
)
def test_answer_that_cannot_be_stored(world_folder: Path, answer: Callable[[Receipt], Receipt], reason: str) -> None:
    """A message whose answer we cannot record is in doubt, and neither its chat nor its lane stays without the next."""
    world = World(world_folder, spots=(Spot(wrap=lambda courier: Odd(courier=courier, answer=answer)),))

    async def tell() -> None:
        world.born()
        await world.subscribe("c0")
        await world.publish("daily/1.md", post("D", "one"))
        await world.settle()
        row = (await deliveries(world))["c0"]
        assert (row.state, row.reason) == (DeliveryState.UNKNOWN, reason)
        await world.publish("daily/2.md", post("E", "two"))
        await world.settle()
        assert [shown.message["text"].split()[0] for shown in in_chat(world, "c0")] == ["one", "two"]
        await world.stop()

    world.run(tell())


def test_intent_that_nobody_carries(world_folder: Path) -> None:
    """An intent that was left behind becomes a doubt, and keeps neither its chat nor its lane from going on."""
    world = World(world_folder)

    def leave(db: Database) -> None:
        """Let everything go, with an intent in its way."""
        ledger.release(db, "all")
        (row,) = queue.due_page(db, LaneId(1), "telegram", now=queue_time(world), limit=9).rows
        intent = Intent(queued=row, number=1, action=Action.SEND, epoch=1)
        kept = Kept(name="left", platform="telegram", messages='[{"text":"one"}]')
        assert queue.intend(db, intent, kept, now=queue_time(world)) is not None

    async def tell() -> None:
        world.born()
        await world.subscribe("c0")
        await world.do(ledger.hold, "all", by="an admin", now=world.now())
        await world.publish("daily/1.md", post("D", "one"))
        await world.do(leave)
        await world.settle()
        row = (await deliveries(world))["c0"]
        assert (row.state, row.reason) == (DeliveryState.UNKNOWN, "mistake")
        assert telegram(world).calls == []
        await world.publish("daily/2.md", post("E", "two"))
        await world.settle()
        assert len(in_chat(world, "c0")) == 1
        await world.stop()

    world.run(tell())


def test_correction_after_a_move(world_folder: Path) -> None:
    """After its chat has moved, a correction touches no message there that has the old one's id by chance."""
    world = World(world_folder)

    async def tell() -> None:
        world.born()
        await world.subscribe("old")
        digest = await world.publish("daily/1.md", post("D", "one"))
        await world.settle()
        telegram(world).rooms["old"].moved_to = "new"
        await world.publish("daily/2.md", post("E", "two"))
        await world.settle()
        await world.revise(digest, post("D", "ONE"))
        await world.settle()
        assert [what for _, _, what in telegram(world).calls] == ["send"] * 3
        rows = {row.title: (row.chat, row.state, row.reason) for row in await world.do(ledger.deliveries)}
        assert rows == {
            "D": ("new", DeliveryState.FAILED, "message-lost"),
            "E": ("new", DeliveryState.SENT, None),
        }
        await world.stop()

    world.run(tell())


def test_chat_that_moved_to_itself(world_folder: Path) -> None:
    """A chat that says it has moved to where it is takes nothing: its delivery fails and is not tried for ever."""
    world = World(world_folder)

    async def tell() -> None:
        world.born()
        await world.subscribe("c0")
        telegram(world).rooms["c0"].moved_to = "c0"
        await world.publish("daily/1.md", post("D", "one"))
        await asyncio.sleep(600)
        assert len(telegram(world).calls) == 1
        row = (await deliveries(world))["c0"]
        assert (row.state, row.reason) == (DeliveryState.FAILED, "refused: it is a supergroup now")
        await world.stop()

    world.run(tell())


def test_chats_are_called_as_their_answers_tell(world_folder: Path) -> None:
    """A chat's name is kept as its platform answers it, over a rename; a chat that tells none has none."""
    world = World(world_folder)

    async def names() -> dict[str, str]:
        return {row.chat: row.chat_name for row in await world.do(ledger.deliveries)}

    async def tell() -> None:
        world.born()
        for chat in ("c0", "c1"):
            await world.subscribe(chat)
        telegram(world).rooms["c0"].called = "News (@news)"
        await world.publish("daily/1.md", post("D", "one"))
        await world.settle()
        assert await names() == {"c0": "News (@news)", "c1": ""}
        telegram(world).rooms["c0"].called = "Old news (@news)"
        await world.publish("daily/2.md", post("E", "two"))
        await world.settle()
        assert await names() == {"c0": "Old news (@news)", "c1": ""}
        assert {row.state for row in await world.do(ledger.deliveries)} == {DeliveryState.SENT}
        await world.stop()

    world.run(tell())


def test_doubt_settled_in_an_open_delivery(world_folder: Path) -> None:
    """A doubt that a person settles while more of its delivery is to come does not count at its end."""
    world = World(world_folder, spots=(Spot(pace=slow_chats),))

    async def tell() -> None:
        world.born()
        await world.subscribe("c0")
        telegram(world).faults = Faults(answer_lost=1.0)
        await world.publish("daily/1.md", post("D", "one", "two"))
        await asyncio.sleep(15)
        telegram(world).faults = Faults()
        (doubt,) = await world.do(ledger.unknown_parts)
        assert (await deliveries(world))["c0"].state is DeliveryState.OPEN
        assert await world.do(ledger.settle_unknown, doubt.id, Settlement.SENT, now=world.now())
        await world.settle()
        row = (await deliveries(world))["c0"]
        assert (row.state, row.reason) == (DeliveryState.SENT, None)
        assert len(in_chat(world, "c0")) == 2
        await world.stop()

    world.run(tell())


class Rounding(StrictPace):
    """A pace whose sums never come out: where a chat was written to, a little is always left to wait."""

    def wait(self, address: Address, now: float) -> float:
        """As `Pace.wait`."""
        return super().wait(address, now) or (1e-17 if address.chat in self._chats else 0.0)


def test_late_intents_keep_the_pace(world_folder: Path) -> None:
    """Messages whose intents took long wait for another place in the pace, and none waits for less than a moment."""
    world = World(world_folder, spots=(Spot(pace=Rounding),), budget=20_000)

    async def tell() -> None:
        life = world.born()
        for chat in range(20):
            await world.subscribe(f"c{chat}")
        life.slow_down(queue.intend, lambda: 0.3)
        await world.publish("daily/1.md", post("D", "one"))
        await world.settle()
        assert len(telegram(world).visible()) == 20
        laws.pace_is_kept(world)
        await world.stop()

    world.run(tell())


def test_doubts_that_ended_are_forgotten(world_folder: Path) -> None:
    """A lane remembers since when a message is in doubt no longer than its delivery is open."""
    world = World(world_folder)

    async def tell() -> None:
        life = world.born()
        for chat in range(9):
            await world.subscribe(f"c{chat}")
        telegram(world).faults = Faults(answer_lost=0.5)
        await world.publish("daily/1.md", post("D", *STORIES))
        await world.settle()
        assert telegram(world).doubts > 0
        carrier = life.lanes[0]._carrier
        assert carrier is not None
        assert len(carrier._doubts) == 0
        await world.stop()

    world.run(tell())


def queue_time(world: World) -> int:
    """The wall clock, as rows keep it."""
    return to_ms(world.now())


@pytest.mark.parametrize("unwanted", [False, True])
def test_skipped_in_its_middle_and_withdrawn(world_folder: Path, *, unwanted: bool) -> None:
    """What was partly brought and then skipped is taken back with its digest; what is unwanted is brought no more."""
    world = World(world_folder, spots=(Spot(pace=slow_chats),))

    async def tell() -> None:
        chat, digest = await half_way(world)
        if unwanted:
            choices = Choices(series=frozenset({"rolling"}))
            await world.do(lambda db: subscriptions.change_choices(db, chat, choices, now=world.now()))
        else:
            await world.do(lambda db: ledger.skip_digest(db, digest, reason="post-deleted"))
            await world.settle()
            await world.do(lambda db: ledger.unskip_digest(db, digest))
        await world.settle()
        await world.revise(digest, post("D", *STORIES, "four"))
        await world.settle()
        assert len(in_chat(world, "c0")) == (1 if unwanted else 4)
        await world.withdraw(digest)
        await world.settle()
        assert in_chat(world, "c0") == []
        await world.stop()

    world.run(tell())


def test_refused_digest_that_is_mended(world_folder: Path) -> None:
    """A digest that was refused for what it said is brought once it says something else."""
    world = World(world_folder)

    async def tell() -> None:
        world.born()
        await world.subscribe("c0")
        telegram(world).faults = Faults(poison=1.0)
        digest = await world.publish("daily/1.md", post("D", "one"))
        await world.settle()
        assert (await deliveries(world))["c0"].state is DeliveryState.FAILED
        telegram(world).faults = Faults()
        await world.revise(digest, post("D", "mended"))
        await world.settle()
        assert [shown.message["text"].split()[0] for shown in in_chat(world, "c0")] == ["mended"]
        assert (await deliveries(world))["c0"].state is DeliveryState.SENT
        await world.stop()

    world.run(tell())
