"""A hundred thousand chats, and readers who ask meanwhile: whom a lane lets wait, and for how long."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.pacing import ANSWERS_AT_ONCE
from adapters.platform import Receipt, Throttled
from adapters.telegram.pace import EVERY, TelegramPace
from bot.rendition import Rendition
from storage import alerts, ledger, queue
from tests.world import laws
from tests.world.life import Spot, World, post
from tests.world.test_faults import in_chat, telegram

PACE = 1 / EVERY
"""Messages a second."""


TELEGRAM = Spot(pace=lambda started: TelegramPace(born=started), in_flight=64)
"""An account that keeps Telegram's own pace."""


class Readers:
    """People who ask, and how long each waited until the answer stood there; None where it never did."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._asking: list[asyncio.Task[None]] = []
        self.waited: list[float | None] = []

    def ask(self, chat: str, number: int = 0) -> None:
        """Somebody asks, and waits."""
        self._asking.append(asyncio.ensure_future(self._wait(self._world.ask(chat, number))))

    async def _wait(self, coming: asyncio.Future[Receipt | None]) -> None:
        began = self._world.loop.time()
        receipt = await coming
        shown = telegram(self._world).shown
        self.waited.append(None if receipt is None else shown[int(receipt.message) - 1].at - began)

    async def keep_asking(self, often: float, seconds: float) -> None:
        """Others ask, so often a second on average, and everybody waits."""
        loop = self._world.loop
        until = loop.time() + seconds
        while loop.time() < until:
            self.ask(f"r{len(self._asking)}")
            await asyncio.sleep(self._world.random.expovariate(often))

    @property
    def waited_and_answered(self) -> list[float]:
        """How long those waited who were answered."""
        return [waited for waited in self.waited if waited is not None]

    async def all_answered(self) -> None:
        """Wait until nobody waits any more."""
        await asyncio.gather(*self._asking)


async def live_with_all(world: World) -> None:
    """Live, with a promiser that takes pages as large as the real one's."""
    life = world.born()
    life.promiser._most = 5000


def of_digest(world: World, title: str) -> list[float]:
    """When each message of a digest left, in order."""
    return sorted(shown.at for shown in telegram(world).shown if shown.message["digest"] == title)


def parts_in_order(world: World, title: str) -> bool:
    """Whether every chat was shown the parts of a digest in their order."""
    parts: defaultdict[str, list[int]] = defaultdict(list)
    for shown in telegram(world).shown:
        if shown.message["digest"] == title:
            parts[shown.place[0]].append(shown.message["k"])
    return all(of_chat == sorted(of_chat) for of_chat in parts.values())


def rate(moments: list[float], since: float, until: float) -> float:
    """How many a second, within a stretch."""
    return sum(since <= moment < until for moment in moments) / (until - since)


@pytest.mark.long
def test_fault_43_and_49_push_in_the_middle_of_a_digest_for_100_000(world_folder: Path) -> None:
    """A push in the middle of a digest for 100,000 chats leaves within a second, at three quarters of the pace or more.

    Readers who ask meanwhile are answered within their second, and a chat keeps its order.
    """
    world = World(world_folder, spots=(TELEGRAM,), budget=500_000)
    readers = Readers(world)

    async def tell() -> tuple[float, float]:
        await world.crowd(100_000)
        await live_with_all(world)
        await world.publish("daily/1.md", post("D", "one", "two"))
        await asyncio.sleep(10)
        pushed = world.loop.time()
        await world.publish("breaking/1.md", post("B", "now"))
        await readers.keep_asking(5, 30)
        ended = world.loop.time()
        await world.stop()
        return pushed, ended

    pushed, ended = world.run(tell())
    laws.windows_are_kept(world)
    push, daily = of_digest(world, "B"), of_digest(world, "D")
    assert push[0] - pushed < 1
    assert len(push) >= 0.75 * PACE * (ended - pushed - 1)
    assert len([moment for moment in daily if moment > pushed + 1]) <= 2
    assert len(readers.waited) > 100
    assert max(readers.waited_and_answered) < 1
    assert None not in readers.waited
    assert parts_in_order(world, "D")


def test_fault_49_more_readers_than_can_be_answered(world_folder: Path) -> None:
    """However many ask, a push keeps three quarters of the pace; they are answered at the other quarter."""
    world = World(world_folder, spots=(TELEGRAM,), budget=500_000)
    readers = Readers(world)

    async def tell() -> float:
        await world.crowd(3000)
        await live_with_all(world)
        await world.publish("breaking/1.md", post("B", "now"))
        await asyncio.sleep(5)
        began = world.loop.time()
        await readers.keep_asking(20, 40)
        lasted = world.loop.time() - began
        push = [moment for moment in of_digest(world, "B") if moment >= began]
        assert len(push) >= 0.75 * PACE * lasted - ANSWERS_AT_ONCE
        await world.stop()
        return lasted

    lasted = world.run(tell())
    laws.windows_are_kept(world)
    assert len(readers.waited_and_answered) >= 0.97 * lasted * PACE / 4


def test_fault_38_one_reader_floods(world_folder: Path) -> None:
    """A reader who asks a hundred times a second slows nobody but themself: not the lane, and no other reader."""
    world = World(world_folder, spots=(TELEGRAM,), budget=500_000)
    flood, others = Readers(world), Readers(world)

    async def tell() -> float:
        await world.crowd(2000)
        await live_with_all(world)
        await world.publish("daily/1.md", post("D", "one"))
        await asyncio.sleep(5)
        began = world.loop.time()
        for number in range(3000):
            flood.ask("pest", number)
            if number % 50 == 0:
                others.ask(f"r{number}")
            await asyncio.sleep(0.01)
        await asyncio.gather(flood.all_answered(), others.all_answered())
        await world.stop()
        assert rate(of_digest(world, "D"), began, began + 30) >= 0.85 * PACE
        return world.loop.time() - began

    lasted = world.run(tell())
    laws.windows_are_kept(world)
    assert max(others.waited_and_answered) < 1
    assert None not in others.waited
    assert len(flood.waited_and_answered) <= lasted + 1


# --- Answers, and what deliveries were told ----------------------------------------------------------------------


def test_fault_07_answers_wait_with_their_chat(world_folder: Path) -> None:
    """While a chat is to be left alone, as a delivery was told there, its reader is not answered; others are."""
    world = World(world_folder, spots=(TELEGRAM,))
    readers, others = Readers(world), Readers(world)

    async def tell() -> None:
        world.born()
        for chat in range(3):
            await world.subscribe(f"c{chat}")
        telegram(world).rooms["c0"].always = lambda: Throttled("slow down", retry_after=20)
        await world.publish("daily/1.md", post("D", "one"))
        await asyncio.sleep(3)
        telegram(world).rooms["c0"].always = None
        readers.ask("c0")
        others.ask("c1")
        await asyncio.gather(readers.all_answered(), others.all_answered())
        await world.settle()
        await world.stop()

    world.run(tell())
    laws.windows_are_kept(world)
    to_chat = [moment for moment, (chat, _), _ in telegram(world).calls if chat == "c0"]
    assert to_chat[1] - to_chat[0] > 20
    assert len(to_chat) == 3
    assert others.waited_and_answered[0] < 1


def test_fault_08_answer_is_told_to_wait_for_hours(world_folder: Path) -> None:
    """An answer that is told to wait for two hours lets the whole lane rest, over a restart, and is given up."""
    world = World(world_folder, spots=(TELEGRAM,))
    readers = Readers(world)

    async def tell() -> None:
        world.born()
        await world.subscribe("c1")
        await asyncio.sleep(3)
        telegram(world).rooms["c0"].always = lambda: Throttled("slow down", retry_after=7200)
        readers.ask("c0")
        await readers.all_answered()
        world.die()
        world.born()
        await world.publish("daily/1.md", post("D", "one"))
        readers.ask("c1")
        await asyncio.sleep(7000)
        assert len(telegram(world).calls) == 1
        (lane,) = await world.do(ledger.lanes)
        assert lane.reason == "throttled"
        await world.settle()
        assert len(in_chat(world, "c1")) == 1
        await world.stop()

    world.run(tell())
    assert readers.waited == [None, None]


def test_dead_token_is_noticed_by_an_answer(world_folder: Path) -> None:
    """An answer that finds the token dead lets the lane rest, and alerts; a delivery that arrives ends the alert."""
    world = World(world_folder, spots=(TELEGRAM,))
    readers = Readers(world)

    async def tell() -> None:
        world.born()
        await world.subscribe("c1")
        await asyncio.sleep(3)
        telegram(world).dead = True
        readers.ask("c0")
        await readers.all_answered()
        telegram(world).dead = False
        assert [alert.code for alert in await world.do(alerts.open_alerts)] == ["account-dead"]
        await world.publish("daily/1.md", post("D", "one"))
        await world.settle()
        assert await world.do(alerts.open_alerts) == []
        await world.stop()

    world.run(tell())
    assert in_chat(world, "c1")[0].at > 3600


def test_what_leaves_nothing_uses_no_place(world_folder: Path) -> None:
    """Deliveries that end without a message, as stale ones do, give their places back: they delay nobody."""
    world = World(world_folder, spots=(TELEGRAM,), budget=200_000)

    async def tell() -> None:
        await world.crowd(2000)
        await live_with_all(world)
        await world.publish("daily/1.md", post("D", "one"))
        world.jump = 25 * 3600.0
        began = world.loop.time()
        await world.publish("rolling/1.md", post("R", "other"))
        while not of_digest(world, "R"):  # noqa: ASYNC110 nobody tells
            await asyncio.sleep(0.5)
        assert world.loop.time() - began < 5
        await world.stop()

    world.run(tell())
    assert of_digest(world, "D") == []


def test_late_intents_pay_once(world_folder: Path) -> None:
    """A message whose intent took long gives its place back: a group's next free moment is not three seconds later."""
    world = World(world_folder, spots=(TELEGRAM,))

    async def tell() -> float:
        life = world.born()
        for chat in range(-40, 0):
            await world.subscribe(str(chat))
        await asyncio.sleep(5)
        life.slow_down(queue.intend, lambda: 0.3)
        published = world.loop.time()
        await world.publish("daily/1.md", post("D", "one"))
        await world.settle()
        await world.stop()
        return published

    published = world.run(tell())
    laws.windows_are_kept(world)
    moments = [moment for moment, _, _ in telegram(world).calls]
    assert len(moments) == 40
    assert max(moments) - published < 2 * 40 * EVERY + 0.5


def test_uneven_store_makes_no_haste(world_folder: Path) -> None:
    """However unevenly the store writes, messages leave evenly: no window is broken, and 97 % of the pace is used."""
    world = World(world_folder, spots=(TELEGRAM,), budget=200_000)

    async def tell() -> None:
        await world.crowd(1500)
        await live_with_all(world)
        assert world.life is not None
        world.life.slow_down(queue.intend, lambda: world.random.choice((0.001, 0.01, 0.15)))
        await world.publish("daily/1.md", post("D", "one"))
        await world.settle()
        await world.stop()

    world.run(tell())
    laws.windows_are_kept(world)
    moments = sorted(moment for moment, _, _ in telegram(world).calls)
    assert len(moments) == 1500
    assert 1499 / (moments[-1] - moments[0]) >= 0.97 * 30


def test_a_digest_that_takes_long_to_compose_leaves_evenly(world_folder: Path) -> None:
    """Chats that wait together for the first composing do not leave at once beside those whose turn it is."""
    world = World(world_folder, spots=(TELEGRAM,), budget=100_000)

    async def slowly(work: Callable[[], Rendition]) -> Rendition:
        await asyncio.sleep(0.8)
        return work()

    async def tell() -> None:
        await world.crowd(200)
        life = world.born()
        life.promiser._most = 5000
        life.lanes[0]._renditions._run = slowly
        await world.publish("daily/1.md", post("D", "one"))
        await world.settle()
        await world.stop()

    world.run(tell())
    laws.windows_are_kept(world)
    assert len(of_digest(world, "D")) == 200


@pytest.mark.parametrize("takes", [(0.02,), (0.001, 0.15, 0.3)])
def test_fault_49_answers_leave_between_late_deliveries(world_folder: Path, takes: tuple[float, ...]) -> None:
    """While intents take long and readers come in crowds, answers and deliveries together break no window."""
    world = World(world_folder, spots=(TELEGRAM,), budget=500_000)
    readers = Readers(world)

    async def tell() -> None:
        await world.crowd(500)
        await live_with_all(world)
        assert world.life is not None
        world.life.slow_down(queue.intend, lambda: world.random.choice(takes))
        await world.publish("daily/1.md", post("D", "one"))
        await asyncio.sleep(3)
        for second in range(8):
            for number in range(ANSWERS_AT_ONCE):
                readers.ask(f"r{second}-{number}")
            await asyncio.sleep(1.7)
        await readers.all_answered()
        await world.stop()

    world.run(tell())
    laws.windows_are_kept(world)
    assert None not in readers.waited
    assert max(readers.waited_and_answered) < 1
