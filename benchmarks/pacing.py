"""What a message through a lane at Discord's pace costs among many channels, beside what it costs among few."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

import structlog

from adapters.discord.pace import DiscordPace, Doing
from adapters.platform import Address, DoubtPolicy, Parcel, Platform, Receipt
from benchmarks.figures import Figure
from tests.world.life import Spot, World, post

FEW, MANY = 100, 20_000
"""Channels."""
MESSAGES = 4000
MOST_TIMES = 1.5


class _Answering:
    """A courier whose every message is answered at once, with what Discord's headers say."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._now = loop.time
        self.pace = DiscordPace(born=loop.time())
        self.sent = 0
        self._awaited: dict[int, asyncio.Event] = {}

    async def send(self, parcel: Parcel) -> Receipt:
        """As `Courier.send`."""
        self.sent += 1
        if self.sent in self._awaited:
            self._awaited[self.sent].set()
        self.pace.learn(Doing.CREATE, parcel.address.chat, remaining=4, reset_after=5.0, now=self._now())
        return Receipt(message=str(self.sent))

    async def until(self, sent: int) -> None:
        """Wait until so many messages were sent."""
        await self._awaited.setdefault(sent, asyncio.Event()).wait()

    async def edit(self, parcel: Parcel, receipt: Receipt) -> Receipt:
        """As `Courier.edit`: there is nothing to edit."""
        raise NotImplementedError

    async def delete(self, address: Address, receipt: Receipt) -> None:
        """As `Courier.delete`: there is nothing to take back."""
        raise NotImplementedError


class _Stage:
    """A world with so many channels, and one account on Discord."""

    def __init__(self, folder: Path, channels: int) -> None:
        self._channels = channels
        spot = Spot(
            platform=Platform.DISCORD,
            doubt=DoubtPolicy.REPLAY_NONCE,
            in_flight=64,
            wrap=lambda _: self._answering(),
            pace=lambda _: self._courier.pace,
        )
        self.world = World(folder, spots=(spot,), budget=10_000_000)

    def _answering(self) -> _Answering:
        self._courier = _Answering()
        return self._courier

    async def cost(self) -> float:
        """Milliseconds of processor time for each message."""
        await self.world.crowd(self._channels, platform=Platform.DISCORD)
        self.world.born()
        spent, sent = 0.0, 0
        while sent < MESSAGES:
            sent = min(sent + self._channels, MESSAGES)
            await self.world.publish(f"daily/{sent}.md", post(f"D{sent}", "one"))
            begun = time.process_time()
            await self._courier.until(sent)
            spent += time.process_time() - begun
        await self.world.stop(now=True)
        return spent / MESSAGES * 1000


def _measure(channels: int) -> float:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "world"
        folder.mkdir()
        stage = _Stage(folder, channels)
        return stage.world.run(stage.cost())


async def pacing() -> list[Figure]:
    """Deliver on virtual time at 45 messages a second, the courier answering at once."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    few = await asyncio.to_thread(_measure, FEW)
    many = await asyncio.to_thread(_measure, MANY)
    return [
        Figure(name=f"a message to Discord among {MANY:,} channels", value=many, unit="ms", reference=few),
        Figure(
            name=f"the same to one among {FEW}",
            value=many / few,
            unit="times",
            at_most=MOST_TIMES,
            note="Processor time of the whole dispatcher with a database, the courier answering at once.",
        ),
    ]
