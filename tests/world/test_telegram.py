"""A lane with Telegram's own pace, courier, library and dialect, held against the strict simulator on virtual time.

What is allowed, exactly: 30 messages in any second over all chats, 20 in any minute into one group or channel. So in a
stretch of t seconds in which chats always wait to be brought something, 30 · t messages may leave; and t / 3 into a
group that always waits for more. Utilisation is what left after the first message, divided by that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

import pytest
import telegram

from adapters.platform import Platform
from adapters.telegram.courier import TelegramCourier
from adapters.telegram.dialect import TelegramDialect
from adapters.telegram.pace import TelegramPace
from digest.choices import Choices, Layout
from storage import subscriptions
from storage.database import Database
from storage.subscriptions import Place
from tests.platforms.telegram.chats import Chat
from tests.platforms.telegram.inprocess import InProcessRequest
from tests.platforms.telegram.simulator import Simulation
from tests.world import laws
from tests.world.laws import Books
from tests.world.life import Spot, World, long_post, post

LATENCY = 0.05
JITTER = 0.008
"""Seconds that a request is on its way, and by how much more or less."""

CHATS = 3000
BUSY = 12
"""Chats that are brought more than their windows let through in the time that the lane needs for the others."""


class Jittery(InProcessRequest):
    """Every request takes its own time, there and back."""

    def __init__(self, simulation: Simulation) -> None:
        super().__init__(simulation.wire, back=LATENCY)
        self._random = Random(5)  # noqa: S311 the same seed, the same way

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """As the library calls it."""
        self._there = LATENCY + self._random.uniform(-JITTER, JITTER)
        return await super().do_request(*args, **kwargs)


class Stage:
    """A world with one account, whose messages go to the simulator by the library."""

    def __init__(self, folder: Path, *, paid: bool = False) -> None:
        self.pace = TelegramPace(born=0.0, paid=paid)
        spot = Spot(
            in_flight=256, pace=lambda _: self.pace, wrap=lambda _: self._courier(), dialect=lambda _: TelegramDialect()
        )
        self.world = World(folder, spots=(spot,), budget=2_000_000)
        self.simulation = Simulation(now=self.world.loop.time, is_checked=False)

    def _courier(self) -> TelegramCourier:
        way = Jittery(self.simulation)
        bot = telegram.Bot(self.simulation.token, request=way, get_updates_request=way)
        return TelegramCourier(bot, paid=lambda: self.pace.pays)

    async def publish_for(self, chats: list[str], path: str, text: str, *, busy: Iterable[str] = ()) -> None:
        """Begin to live, let chats subscribe, and bring them a digest."""
        life = self.world.born()
        life.promiser._most = len(chats)
        await subscribe_all(self.world, chats, busy)
        await self.world.publish(path, text)


def mixed_chats(simulation: Simulation, number: int) -> list[str]:
    """Private chats, groups, supergroups and channels with the bot in them, in no order."""
    founder, chats = simulation.person(1), []
    founder.starts()
    for index in range(number):
        if index % 5:
            simulation.person(1000 + index).starts()
            chats.append(str(1000 + index))
        else:
            chats.append(str(_founded(simulation, index).id))
    Random(3).shuffle(chats)  # noqa: S311 the same seed, the same order
    return chats


def _founded(simulation: Simulation, index: int) -> Chat:
    founder = simulation.person(1)
    found = (founder.creates_group, founder.creates_supergroup, founder.creates_channel)[index // 5 % 3]
    chat = found(f"chat {index}")
    founder.adds_bot(chat, "can_post_messages", "can_edit_messages") if index // 5 % 3 == 2 else founder.adds_bot(chat)
    return chat


async def subscribe_all(world: World, chats: list[str], busy: Iterable[str] = ()) -> None:
    """Every fifth wants digests whole; the busy ones want the rolling ones as well."""
    also = frozenset(busy)

    def unit(db: Database) -> None:
        for index, chat in enumerate(chats):
            series = frozenset({"daily", "rolling"} if chat in also else {"daily"})
            layout = Layout.HEADLINES if index % 5 and chat not in also else Layout.FULL
            place = Place(platform=Platform.TELEGRAM, account="7", chat=chat)
            subscriptions.subscribe(db, place, Choices(series=series, layout=layout), now=world.now())

    await world.do(unit)


def arrivals(simulation: Simulation, since: float = 0.0) -> list[tuple[float, int]]:
    """When each message arrived, and in which chat."""
    return [(call.at, call.chat or 0) for call in simulation.calls("sendMessage") if call.at >= since]


def used(moments: list[float], allowed: float) -> float:
    """How much of so many a second left after the first."""
    return (len(moments) - 1) / (allowed * (moments[-1] - moments[0]))


def while_others_wait(sent: list[tuple[float, int]]) -> list[float]:
    """The moments until the last chat has been brought its first message: until then somebody always waited."""
    last_begun = max({chat: moment for moment, chat in reversed(sent)}.values())
    return [moment for moment, _ in sent if moment <= last_begun]


@pytest.mark.long
def test_what_is_allowed_is_used(world_folder: Path) -> None:
    """97 % of what is allowed leaves, in all and into each group, and a strict Telegram refuses nothing for haste."""
    on_stage = Stage(world_folder)
    world, simulation = on_stage.world, on_stage.simulation

    async def tell() -> float:
        chats = mixed_chats(simulation, CHATS)
        busy = [chat for chat in chats if chat.startswith("-")][:BUSY]
        await on_stage.publish_for(chats, "daily/1.md", long_post("D"), busy=busy)
        await world.settle()
        later = world.loop.time()
        for number in range(7):
            await world.publish(f"rolling/{number}.md", long_post(f"R{number}"))
        await world.settle()
        await world.stop()
        return later

    later = world.run(tell())
    assert simulation.floods == []
    assert simulation.violations == []
    sent = arrivals(simulation)
    first, then = [s for s in sent if s[0] < later], [s for s in sent if s[0] >= later]
    assert len(first) > CHATS * 1.3
    moments = while_others_wait(first)
    assert len(moments) > 0.97 * len(first)
    assert used(moments, 30.0) >= 0.97
    groups: defaultdict[int, list[float]] = defaultdict(list)
    for moment, chat in then:
        groups[chat].append(moment)
    assert len(groups) == BUSY
    assert all(len(of_one) == 21 and used(of_one, 20 / 60) >= 0.97 for of_one in groups.values())
    books = Books.of(world)
    assert {row["state"] for row in books.deliveries} == {"sent"}
    laws.every_promise_is_kept(books)


@pytest.mark.long
def test_paid_broadcast_stays_within_its_allowance(world_folder: Path) -> None:
    """Paid for, 97 % of 1,000 a second leave until the allowance is used up; then 97 % of the free pace, never more."""
    on_stage = Stage(world_folder, paid=True)
    world, simulation = on_stage.world, on_stage.simulation
    allowance, chats = 1500, 1900

    async def tell() -> None:
        for number in range(chats):
            simulation.person(1000 + number).starts()
        on_stage.pace.grant(allowance)
        await on_stage.publish_for([str(1000 + number) for number in range(chats)], "daily/1.md", post("D", "一"))
        await world.settle()
        await world.stop()

    world.run(tell())
    assert simulation.floods == []
    moments = [moment for moment, _ in arrivals(simulation)]
    assert len(moments) == chats
    assert used(moments[:allowance], 1000.0) >= 0.97
    assert 0.95 * allowance <= simulation.bot.pacer.paid <= allowance
    assert on_stage.pace.paid_left == 0
    rest = [moment for moment in moments if moment > moments[allowance + 60] + 2]
    assert used(rest, 30.0) >= 0.97
