"""Brings what is due to its chats: one lane for each account.

A lane has as many workers as its account may have requests in flight, and one reader of its queue. A worker takes
the turn of a chat, has the next thing done for its delivery, and takes the next turn.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import assert_never

import structlog

from adapters.platform import Account
from bot.carry import Carrier, Change, Ended, GoOn, Habits, Look, Moved, Next, Waits
from bot.lag import Lag
from bot.outcome import record_pause
from bot.rendition import Renditions
from bot.turns import Turn, Turns
from bot.verdict import LanePauses
from bot.voice import Voice
from storage import queue, subscriptions
from storage.queue import FRONT, DuePage, LaneNow, Position, Queued
from storage.records import LaneId, Reason
from storage.store import Store, StoreError
from storage.times import to_ms

__all__ = ["Change", "Habits", "Lane"]

log = structlog.get_logger(__name__)

MISTAKE_WAIT = 60_000
"""How long a chat rests after a mistake of ours, in ms."""


RESTING_PAGES = 8
"""Pages of chats that may rest at once before no more are read: more than any pace makes rest, but for a new one."""


class Lane:
    """Sends everything that one account sends.

    `now` is the wall clock, `random` gives numbers from 0 to 1, `changed` hears of every change that was recorded.
    """

    carriers: type[Carrier] = Carrier

    def __init__(
        self,
        account: Account,
        *,
        store: Store,
        renditions: Renditions,
        now: Callable[[], datetime],
        random: Callable[[], float],
        changed: Callable[[Change], None] | None = None,
        habits: Habits | None = None,
    ) -> None:
        self._account = account
        self._store = store
        self._renditions = renditions
        self._now = now
        self._random = random
        self._changed = changed
        self._habits = habits or Habits()
        self._lag = Lag()
        self.voice = Voice(account, now=now, random=random, lag=self._lag, rest_left=self._rest_left, pauses=self._rest)
        """Brings the answers of this lane, whether it runs or not."""
        self._turns = Turns(account.platform, account.id, account.pace)
        self._log = log.bind(lane=account.lane)
        self._lane = LaneId(0)
        self._carrier: Carrier | None = None
        self._epoch = 0
        self._paused_until = 0
        self._store_rests_until = 0.0
        self._position: Position = FRONT
        self._exhausted = False
        self._reading: Position | None = None
        self._due_alarm: asyncio.TimerHandle | None = None
        self._idle: deque[asyncio.Future[None]] = deque()
        self._hungry = asyncio.Event()
        self._alarm: asyncio.TimerHandle | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False
        self._fenced = False

    # --- Beginning and ending ------------------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """Whether the lane owns its queue and takes work."""
        return bool(self._tasks) and not (self._stopping or self._fenced)

    async def run(self) -> None:
        """Own the lane and send until stopped, or until another owner takes over; raises StoreError if it cannot own.

        What the owner before left on its way is unknown from here on.
        """
        account = self._account
        self._epoch = 0  # one that failed by a mistake of ours, and runs again, is no rival of itself
        self._lane = await self._store.write(subscriptions.lane_at, account.platform, account.id)
        self._note_lane(await self._store.write(queue.own, self._lane, now=self._ms()))
        carrier = self._carrier = self._new_carrier()
        try:
            async with asyncio.TaskGroup() as group:
                self._tasks = [group.create_task(self._work(carrier)) for _ in range(account.in_flight)]
                self._tasks.append(group.create_task(self._feed()))
        finally:
            self._ring_never()
            self._tasks = []

    def _new_carrier(self) -> Carrier:
        return self.carriers(
            self._account,
            lane=self._lane,
            epoch=self._epoch,
            store=self._store,
            renditions=self._renditions,
            now=self._now,
            random=self._random,
            lag=self._lag,
            pauses=self._pause,
            rests=self.voice.chat_rests,
            store_fails=self._rest_for_store,
            changed=self._changed,
            habits=self._habits,
        )

    def wake(self) -> None:
        """Something may be due, released or changed: look at the queue now. May be called at any time, cheaply."""
        self._reading = None
        self._position = FRONT
        self._exhausted = False
        if self._carrier is not None:
            self._carrier.forget_repeats()
        self._hungry.set()

    async def stop(self, *, now: bool = False) -> None:
        """Take no new work, and return when the answers in flight are in, after the grace at most.

        What is still on its way then, or at once with `now` or when asked a second time, is recorded as unknown.
        """
        at_once = now or self._stopping
        self._stopping = True
        self._hungry.set()
        self._rouse_all()
        running = [task for task in self._tasks if not task.done()]
        if running and not at_once:
            _, late = await asyncio.wait(running, timeout=self._habits.grace)
            running = list(late)
        if running:
            await self._abandon(running)

    async def _abandon(self, running: list[asyncio.Task[None]]) -> None:
        for task in running:
            task.cancel()
        await asyncio.wait(running)
        doubts = await self._store.write(queue.doubt_sending, self._lane, reason=Reason.STOPPED, now=self._ms())
        if doubts:
            self._log.warning("lane.stopped_with_doubts", doubts=doubts)

    # --- Reading the queue ---------------------------------------------------------------------------------------

    async def _feed(self) -> None:
        while self._goes_on:
            self._hungry.clear()
            try:
                await self._read_page()
            except StoreError as error:
                self._rest_for_store(error)
                await asyncio.sleep(self._habits.patience)
                continue
            await self._until_hungry()

    @property
    def _goes_on(self) -> bool:
        return not (self._stopping or self._fenced)

    async def _read_page(self) -> None:
        place = self._reading = self._position
        page = await self._store.read(
            queue.due_page,
            self._lane,
            self._account.platform,
            now=self._ms(),
            limit=self._habits.page,
            after=place,
        )
        self._note_lane(page.lane)
        added = self._turns.add(page.rows)
        if self._reading is place:
            self._note_page(page)
        if page.next_due is not None:
            self._due_at(page.next_due)
        if added == 0 and not self._exhausted:
            self._hungry.set()
        self._rouse()

    def _note_page(self, page: DuePage) -> None:
        """Where to read on, unless somebody has asked meanwhile to begin again; at the end, nobody wants more of it."""
        self._exhausted = page.rest is None
        self._position = page.rest or FRONT
        if self._exhausted and self._goes_on:
            self._hungry.clear()

    async def _until_hungry(self) -> None:
        """Wait until somebody asks, or until the heartbeat, which begins in front."""
        try:
            async with asyncio.timeout(self._habits.heartbeat):
                await self._hungry.wait()
        except TimeoutError:
            self._position = FRONT

    def _due_at(self, moment: int) -> None:
        """Look at the queue at a moment (ms of the wall clock, which may jump: so once a minute at least)."""
        loop = asyncio.get_running_loop()
        when = loop.time() + min(60.0, max(0.0, (moment - self._ms()) / 1000))
        if self._due_alarm is not None:
            if loop.time() < self._due_alarm.when() <= when:
                return
            self._due_alarm.cancel()
        self._due_alarm = loop.call_at(when, self.wake)

    # --- Taking turns --------------------------------------------------------------------------------------------

    async def _work(self, carrier: Carrier) -> None:
        while self._goes_on:
            turn = self._take()
            if turn is None:
                await self._until_roused()
                continue
            self._rouse()
            await self._serve(carrier, turn)

    def _take(self) -> Turn | None:
        """The next turn that may leave now, paid for; or None, with an alarm for when one may."""
        now = asyncio.get_running_loop().time()
        wait = max(self._pause_left(), self._store_rests_until - now, self._account.pace.lane_wait(now))
        if wait > 0:
            self._ring_at(now + wait)
            return None
        turn = self._turns.take(now)
        if turn is not None:
            self._account.pace.spend(turn.address, now)
            turn.paid, turn.taken = True, now
        elif (rested := self._turns.rest_ends()) is not None:
            self._ring_at(rested)
        if self._wants_more:
            self._hungry.set()
        return turn

    @property
    def _wants_more(self) -> bool:
        """Whether more should be read: not while very many chats rest, as all do at the beginning."""
        page = self._habits.page
        return not self._exhausted and self._turns.ready < page // 4 and self._turns.resting < RESTING_PAGES * page

    def _pause_left(self) -> float:
        """Seconds until the lane's rest ends; looked at once a minute at least, for the wall clock may jump."""
        return min(60.0, self._rest_left())

    def _rest_left(self) -> float:
        return max(0.0, (self._paused_until - self._ms()) / 1000) if self._paused_until else 0.0

    async def _until_roused(self) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._idle.append(future)
        await future

    def _rouse(self) -> None:
        """Let one idle worker look; if it finds something, it rouses the next."""
        while self._idle:
            future = self._idle.popleft()
            if not future.done():
                future.set_result(None)
                return

    def _rouse_all(self) -> None:
        for _ in range(len(self._idle)):
            self._rouse()

    def _ring_at(self, when: float) -> None:
        if self._alarm is not None:
            if self._alarm.when() <= when:
                return
            self._alarm.cancel()
        self._alarm = asyncio.get_running_loop().call_at(when, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        self._rouse()

    def _ring_never(self) -> None:
        for alarm in (self._alarm, self._due_alarm):
            if alarm is not None:
                alarm.cancel()

    # --- Serving turns -------------------------------------------------------------------------------------------

    async def _serve(self, carrier: Carrier, turn: Turn) -> None:
        """Serve, and let neither a store that cannot write nor a mistake of ours end the lane."""
        try:
            await self._follow(turn, await self._step(carrier, turn))
        except StoreError as error:
            self._rest_for_store(error)
            self._turns.end(turn)
            self.wake()
        except Exception:  # noqa: BLE001 a mistake of ours must not end the lane
            self._log.exception("lane.mistake", delivery=turn.queued.id)
            await self._give_up(turn)

    async def _step(self, carrier: Carrier, turn: Turn) -> Next:
        """The next step of a turn; if no message left, its place in the pace is given back."""
        try:
            return await carrier.serve(turn)
        finally:
            if turn.paid:
                turn.paid = False
                self._account.pace.refund(turn.address, turn.taken)

    async def _give_up(self, turn: Turn) -> None:
        """A turn in which we made a mistake: its message may have left, and its chat rests a while."""
        self._store_rests_until = asyncio.get_running_loop().time() + self._habits.patience
        now = self._ms()
        try:
            await self._store.write(queue.give_up, turn.queued, now=now, until=now + MISTAKE_WAIT)
        except StoreError as error:
            self._rest_for_store(error)
        self._turns.end(turn)
        self._due_at(now + MISTAKE_WAIT)

    def _rest_for_store(self, error: StoreError) -> None:
        """Nothing is sent while no intent can be recorded."""
        self._store_rests_until = asyncio.get_running_loop().time() + self._habits.patience
        self._ring_at(self._store_rests_until)
        self._log.error("lane.store_fails", error=str(error))

    async def _follow(self, turn: Turn, following: Next) -> None:
        match following:
            case GoOn(queued=queued) if not turn.overtaken:
                self._turns.go_on(turn, queued)
            case GoOn() | Look():
                await self._look_again(turn)
            case Ended():
                await self._finish(turn)
            case Waits(until=until):
                self._turns.end(turn)
                self._due_at(until)
            case Moved():
                self._turns.end(turn)
                self.wake()
            case _:
                assert_never(following)

    async def _finish(self, turn: Turn) -> None:
        """The delivery has ended: the next one for this chat, until none is due of those that were passed over."""
        if not turn.more:
            self._turns.end(turn)
            return
        following = await self._store.read(queue.due_for, turn.queued.subscription, now=self._ms())
        self._restart(turn, following)

    async def _look_again(self, turn: Turn) -> None:
        """Something has changed since the turn's delivery was read, in the lane or for the chat."""
        chat = turn.queued.subscription
        lane, following = await self._store.read(queue.look_again, self._lane, chat, now=self._ms())
        self._note_lane(lane)
        self._restart(turn, following)

    def _restart(self, turn: Turn, following: Queued | None) -> None:
        if following is None:
            self._turns.end(turn)
        else:
            self._turns.restart(turn, following)

    def _note_lane(self, lane: LaneNow) -> None:
        if self._epoch and lane.epoch != self._epoch:
            self._fenced = True
            self._hungry.set()
            self._rouse_all()
            self._log.error("lane.taken_over", epoch=self._epoch, by=lane.epoch)
            return
        self._epoch = lane.epoch
        self._paused_until = lane.paused_until or 0

    async def _rest(self, pause: LanePauses) -> None:
        """The whole lane must rest, as an answer was told: recorded, so that it survives a restart."""
        account = self._account
        (self._pause if self._carrier is None else self._carrier.pause)(pause)
        try:
            lane = await self._store.write(subscriptions.lane_at, account.platform, account.id)
            await self._store.write(record_pause, lane, account.lane, pause, now=self._now())
        except StoreError as error:
            self._log.error("lane.cannot_record", error=str(error))

    def _pause(self, pause: LanePauses) -> None:
        self._paused_until = max(self._paused_until, pause.until)
        self._due_at(pause.until)
        self._log.warning("lane.pauses", reason=pause.reason, until=pause.until)

    def _ms(self) -> int:
        return to_ms(self._now())
