"""Doubts on Discord: a message whose outcome nobody knows is sent again under its nonce while the nonce is young."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from adapters.discord.pace import DiscordPace
from adapters.platform import Address, Courier, DoubtPolicy, Parcel, Platform, Receipt
from bot.standing import NONCE_HOLDS
from digest.choices import Calls, Choices
from storage import ledger, subscriptions
from storage.records import DeliveryState, PartState
from storage.subscriptions import Place
from tests.world.life import BEGINNING, Spot, World, post
from tests.world.platform import Faults, Shown, SimulatedCourier
from tests.world.test_faults import deliveries

YOUNG = NONCE_HOLDS / 1000
"""Seconds for which a nonce is surely known again."""


@dataclass(kw_only=True)
class Noting:
    """A courier that notes everything that it is given to send or to edit."""

    courier: SimulatedCourier
    sent: list[tuple[float, Parcel]]
    edited: list[Parcel]

    async def send(self, parcel: Parcel) -> Receipt:
        """As `Courier.send`."""
        self.sent.append((asyncio.get_running_loop().time(), parcel))
        return await self.courier.send(parcel)

    async def edit(self, parcel: Parcel, receipt: Receipt) -> Receipt:
        """As `Courier.edit`."""
        self.edited.append(parcel)
        return await self.courier.edit(parcel, receipt)

    async def delete(self, address: Address, receipt: Receipt) -> None:
        """As `Courier.delete`."""
        await self.courier.delete(address, receipt)


@dataclass(kw_only=True)
class Stage:
    """A world with one account on Discord, and what its couriers were given in all lives."""

    folder: Path
    times: list[tuple[float, Parcel]] = field(default_factory=list)
    edited: list[Parcel] = field(default_factory=list)
    world: World = field(init=False)

    def __post_init__(self) -> None:
        spot = Spot(
            platform=Platform.DISCORD,
            doubt=DoubtPolicy.REPLAY_NONCE,
            doubt_push=DoubtPolicy.REPLAY_NONCE,
            pace=lambda born: DiscordPace(born=born),
            wrap=self._noting,
        )
        self.world = World(self.folder, spots=(spot,))

    def _noting(self, courier: SimulatedCourier) -> Courier:
        return Noting(courier=courier, sent=self.times, edited=self.edited)

    @property
    def sent(self) -> list[Parcel]:
        """What was given to be sent, in order."""
        return [parcel for _, parcel in self.times]

    @property
    def shown(self) -> list[Shown]:
        """Every message that was ever shown."""
        return self.world.platforms[Platform.DISCORD].shown

    def break_down(self, **faults: float) -> None:
        """From now on these faults happen, and no others; none: everything is well again."""
        self.world.platforms[Platform.DISCORD].faults = Faults(**faults)  # type: ignore[arg-type]

    async def begin(self, choices: Choices | None = None) -> None:
        """Live, with one channel that has subscribed."""
        self.world.born()
        place = Place(platform=Platform.DISCORD, account="7", chat="c0")
        wanted = choices or Choices()
        await self.world.do(lambda db: subscriptions.subscribe(db, place, wanted, now=self.world.now()))

    async def state(self) -> DeliveryState:
        """How the channel's newest delivery stands."""
        return (await deliveries(self.world))["c0"].state


@pytest.mark.parametrize("fault", ["answer_lost", "request_lost"])
def test_fault_10_and_12_the_same_nonce_again(world_folder: Path, fault: str) -> None:
    """After a 5xx or a reset a message is sent again under its nonce, whether it was posted or not: there is one.

    It ends as sent, and so do the tries that were in doubt: nothing is left for an admin to decide.
    """
    stage = Stage(folder=world_folder)

    async def tell() -> None:
        await stage.begin()
        stage.break_down(**{fault: 1.0})
        await stage.world.publish("daily/1.md", post("D", "one"))
        await asyncio.sleep(4)
        stage.break_down()
        await stage.world.settle()
        row = (await deliveries(stage.world))["c0"]
        assert row.state is DeliveryState.SENT
        parts = await stage.world.do(ledger.parts_of, row.id)
        assert {part.state for part in parts} == {PartState.SENT}
        assert await stage.world.do(ledger.unknown_parts) == []
        await stage.world.stop()

    stage.world.run(tell())
    assert len(stage.shown) == 1
    assert len(stage.sent) > 1
    assert len({parcel.nonce for parcel in stage.sent}) == 1
    first, *again = (parcel.doubted_at for parcel in stage.sent)
    assert first is None
    assert len(set(again)) == 1
    assert again[0] is not None
    assert 0 <= (again[0] - BEGINNING).total_seconds() < 1


@pytest.mark.parametrize(
    ("away", "state", "tries"), [(5.0, DeliveryState.SENT, 2), (YOUNG + 10, DeliveryState.UNKNOWN, 1)]
)
def test_fault_04_and_12_death_before_the_answer(
    world_folder: Path, away: float, state: DeliveryState, tries: int
) -> None:
    """What was on its way at a death is sent again under its nonce while that is young, and else left alone."""
    stage = Stage(folder=world_folder)

    async def tell() -> None:
        await stage.begin()
        await stage.world.publish("daily/1.md", post("D", "one"))
        while not stage.shown:  # noqa: ASYNC110 nobody tells
            await asyncio.sleep(0.001)
        stage.world.die()
        await asyncio.sleep(away)
        stage.world.born()
        await stage.world.settle()
        assert await stage.state() is state
        await stage.world.stop()

    stage.world.run(tell())
    assert len(stage.shown) == 1
    assert len(stage.sent) == tries
    assert len({parcel.nonce for parcel in stage.sent}) == 1


def test_fault_10_old_nonces_are_not_used(world_folder: Path) -> None:
    """A doubt that stays one is tried again for two minutes from when it first left, and then assumed to be there."""
    stage = Stage(folder=world_folder)

    async def tell() -> None:
        await stage.begin()
        stage.break_down(answer_lost=1.0)
        await stage.world.publish("daily/1.md", post("D", "one", "two"))
        await stage.world.settle()
        assert await stage.state() is DeliveryState.UNKNOWN
        await stage.world.stop()

    stage.world.run(tell())
    assert [shown.message["k"] for shown in stage.shown] == [1, 2]
    for part in ("1", "2"):
        of_one = [at for at, parcel in stage.times if parcel.nonce.split(".")[1] == part]
        assert len(of_one) > 2
        assert of_one[-1] - of_one[0] < YOUNG


def test_fault_14_a_jump_makes_no_nonce_old(world_folder: Path) -> None:
    """A wall clock that is set forward while a message is in doubt does not make its nonce old: it is sent again."""
    stage = Stage(folder=world_folder)

    async def tell() -> None:
        await stage.begin()
        stage.break_down(request_lost=1.0)
        await stage.world.publish("daily/1.md", post("D", "one"))
        await asyncio.sleep(1)
        stage.world.jump = 3600.0
        await asyncio.sleep(3)
        stage.break_down()
        await stage.world.settle()
        assert await stage.state() is DeliveryState.SENT
        await stage.world.stop()

    stage.world.run(tell())
    assert len(stage.shown) == 1


def test_opened_again_in_doubt(world_folder: Path) -> None:
    """A delivery that ends in doubt and is opened again while the nonce is young uses the same one: no twin."""
    stage = Stage(folder=world_folder)

    async def tell() -> None:
        await stage.begin()
        stage.break_down(answer_lost=1.0)
        digest = await stage.world.publish("daily/1.md", post("D", "one"))
        await asyncio.sleep(1)
        await stage.world.withdraw(digest)
        await stage.world.settle()
        assert await stage.state() is DeliveryState.UNKNOWN
        stage.break_down()
        await stage.world.revise(digest, post("D", "one"))
        await stage.world.settle()
        assert await stage.state() is DeliveryState.SENT
        await stage.world.stop()

    stage.world.run(tell())
    assert len(stage.shown) == 1
    assert len({parcel.nonce for parcel in stage.sent}) == 1


def test_taken_back_and_brought_again(world_folder: Path) -> None:
    """What was taken back and comes again is another message: its nonce is not that of the deleted one."""
    stage = Stage(folder=world_folder)

    async def tell() -> None:
        await stage.begin(Choices(mention="77", calls=Calls.EVERY))
        digest = await stage.world.publish("daily/1.md", post("D", "one"))
        await asyncio.sleep(5)
        await stage.world.withdraw(digest)
        await asyncio.sleep(5)
        await stage.world.revise(digest, post("D", "one"))
        await stage.world.settle()
        assert await stage.state() is DeliveryState.SENT
        await stage.world.stop()

    stage.world.run(tell())
    assert [shown.gone for shown in stage.shown] == [True, False]
    assert len({parcel.nonce for parcel in stage.sent}) == 2
    assert [parcel.mention for parcel in stage.sent] == ["77", ""]


@pytest.mark.parametrize(("calls", "called"), [(Calls.EVERY, {("D", 1), ("B", 1)}), (Calls.BREAKING, {("B", 1)})])
def test_a_role_is_called_once(world_folder: Path, calls: Calls, called: set[tuple[str, int]]) -> None:
    """A chosen role is called with the first message of what it was chosen for; each message tells its series."""
    stage = Stage(folder=world_folder)

    async def tell() -> None:
        await stage.begin(Choices(mention="77", calls=calls))
        digest = await stage.world.publish("daily/1.md", post("D", "one", "two"))
        await stage.world.publish("breaking/1.md", post("B", "now"))
        await stage.world.settle()
        await stage.world.revise(digest, post("D", "one!", "two"))
        await stage.world.settle()
        await stage.world.stop()

    stage.world.run(tell())
    mentioned = [(parcel.message["digest"], parcel.message["k"]) for parcel in stage.sent if parcel.mention == "77"]
    assert set(mentioned) == called
    assert len(mentioned) == len(called)
    assert stage.edited
    assert {parcel.mention for parcel in stage.edited} == {""}
    assert {parcel.doubted_at for parcel in stage.edited} == {None}
    series = {parcel.message["digest"]: parcel.series for parcel in stage.sent}
    assert series == {"D": ("daily", "日报", "Daily"), "B": ("breaking", "突发", "Breaking")}
