"""Carriers and lanes that are wrong on purpose: what the world must notice."""

from __future__ import annotations

import asyncio
from typing import Any

from adapters.platform import Address, CourierError, DoubtPolicy, Receipt
from bot.carry import Carrier, Errand, Look, Next
from bot.dispatch import Lane
from bot.rendition import Rendition
from bot.standing import NOTHING, Step
from bot.turns import Turn
from storage import queue
from storage.database import Database
from storage.queue import LaneNow, Queued
from storage.records import Action, LaneId


class SendsBeforeIntent(Carrier):
    """Hands the message over first, and records the intent afterwards."""

    async def _intend(self, turn: Turn, rendition: Rendition, step: Step, now: int) -> Next:
        del now
        try:
            receipt = await self._hand_over(self._errand(turn, rendition, step))
        except CourierError:
            return Look()
        return await self._remember(turn, rendition, step, receipt)

    def _errand(self, turn: Turn, rendition: Rendition, step: Step) -> Errand:
        left = asyncio.get_running_loop().time()
        return Errand(turn=turn, rendition=rendition, step=step, at=self._ms(), left=left, before=NOTHING)

    async def _remember(self, turn: Turn, rendition: Rendition, step: Step, receipt: Receipt | None) -> Next:
        errand = self._errand(turn, rendition, step)
        intent = queue.Intent(queued=turn.queued, number=step.number, action=ACTION[type(step).__name__], epoch=1)
        kept = self._renditions.kept(rendition, self._account.platform)
        await self._store.write(_intend_anyhow, self._lane, intent, kept, now=self._ms())
        return await self._after_success(errand, receipt)


ACTION = {"Send": Action.SEND, "Edit": Action.EDIT, "Delete": Action.DELETE}


def _intend_anyhow(db: Database, lane: LaneId, intent: queue.Intent, kept: int | queue.Kept, *, now: int) -> None:
    standing = db.one("queue.lane_now", lane=lane)
    assert standing is not None
    current = queue.Intent(queued=intent.queued, number=intent.number, action=intent.action, epoch=standing["epoch"])
    queue.intend(db, current, kept, now=now)


class ResendsDoubts(Carrier):
    """Takes a message in doubt for one that did not leave."""

    def _policy(self, queued: Queued) -> DoubtPolicy:
        del queued
        return DoubtPolicy.REPEAT


class ForgetsRecovery(Lane):
    """Takes over a lane without looking at what was on its way."""

    async def run(self) -> None:
        """Own the lane without a look."""
        write = self._store.write

        async def careless(unit: Any, *args: Any, **kwargs: Any) -> Any:
            return await write(_own_carelessly if unit is queue.own else unit, *args, **kwargs)

        self._store.write = careless  # type: ignore[method-assign]
        await super().run()


def _own_carelessly(db: Database, lane: LaneId, *, now: int) -> LaneNow:
    del now
    row = db.one("queue.own", lane=lane)
    assert row is not None
    return LaneNow(epoch=row["epoch"], paused_until=None, reason=None)


class MarksBeforeSending(Carrier):
    """Records that a message was sent, and then sends it."""

    async def _carry(self, errand: Errand) -> Next:
        asyncio.get_running_loop().create_task(self._hand_over_later(errand))
        return await self._after_success(errand, Receipt(message="1"))

    async def _hand_over_later(self, errand: Errand) -> None:
        try:
            await self._hand_over(errand)
        except CourierError:
            return


class Hasty:
    """Forty a second, and no rest for any chat."""

    def __init__(self, started: float) -> None:
        self._next = started

    def lane_wait(self, now: float) -> float:
        """As `Pace.lane_wait`."""
        return max(0.0, self._next - now)

    def wait(self, address: Address, now: float) -> float:
        """As `Pace.wait`."""
        del address, now
        return 0.0

    def spend(self, address: Address, now: float) -> None:
        """As `Pace.spend`."""
        del address
        self._next = now + 1 / 40

    def refund(self, address: Address, taken: float) -> None:
        """As `Pace.refund`."""
        del address
        self._next = taken

    def answer_wait(self, address: Address, now: float) -> float:
        """As `Pace.answer_wait`."""
        del address, now
        return 0.0

    def claim(self, address: Address, now: float) -> float:
        """As `Pace.claim`."""
        wait = self.lane_wait(now)
        self.spend(address, now + wait)
        return wait


class LaneThatSendsBeforeIntent(Lane):
    """A lane with such a carrier."""

    carriers = SendsBeforeIntent


class LaneThatResendsDoubts(Lane):
    """A lane with such a carrier."""

    carriers = ResendsDoubts


class LaneThatMarksBeforeSending(Lane):
    """A lane with such a carrier."""

    carriers = MarksBeforeSending
