"""Brings what is due to its chats: for each message the intent, the courier, the receipt, in this order, always.

A lane has as many workers as its account may have requests in flight, and one reader of its queue. A worker takes
the turn of a chat, does the next thing for its delivery, records what became of it, and takes the next turn.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Concatenate, ParamSpec, TypeVar

import structlog

from adapters.platform import Account, CourierError, Doubt, DoubtPolicy, Parcel, Receipt
from bot.outcome import Trouble, record
from bot.rendition import NO_MESSAGES, Kind, Rendition, Renditions, content_of
from bot.standing import NOTHING, Delete, Edit, Event, Send, Standings, Step, after, end_of, next_step, stand
from bot.turns import Turn, Turns
from bot.verdict import Case, DropThread, Fail, LanePauses, Move, Retry, Suspend, Unknown, Verdict, Weather, judge
from digest.model import BREAKING, Revision, StoryKey
from storage import queue, subscriptions
from storage.alerts import raise_alert, settle_alert
from storage.database import Database
from storage.queue import FRONT, DuePage, End, Intent, LaneNow, Position, Queued, Tried
from storage.records import Action, DeliveryState, DigestId, LaneId, PartState, SubscriptionId
from storage.store import Store, StoreConflict, StoreError
from storage.times import to_ms

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How a lane goes about it.

    `stale_after`: how long news is worth bringing, from first seen on; `page`: deliveries read at once; `heartbeat`:
    seconds between two looks at the queue that nobody asked for; `late`: seconds after which a turn's place in the
    pace has gone by; `patience`: seconds that a lane waits for a store that cannot write; `grace`: seconds that
    stopping waits for answers.
    """

    stale_after: timedelta = timedelta(hours=24)
    page: int = 512
    heartbeat: float = 5.0
    late: float = 0.2
    patience: float = 1.0
    grace: float = 35.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that a page may show has changed in a lane: a delivery, or (both None) the lane itself."""

    lane: str
    digest: DigestId | None = None
    subscription: SubscriptionId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One message whose intent is recorded: the step it takes in its turn's delivery, and since when (ms)."""

    turn: Turn
    rendition: Rendition
    step: Step
    at: int


class Lane:
    """Sends everything that one account sends.

    `now` is the wall clock, `random` gives numbers from 0 to 1, `changed` hears of every change that was recorded.
    """

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
        self._stale_ms = round(self._habits.stale_after.total_seconds() * 1000)
        self._turns = Turns(account.platform, account.id, account.pace)
        self._weather = Weather()
        self._name = account.lane
        self._log = log.bind(lane=account.lane)
        self._lane = LaneId(0)
        self._epoch = 0
        self._paused_until = 0
        self._store_rests_until = 0.0
        self._position: Position = FRONT
        self._exhausted = False
        self._reading: Position | None = None
        self._due_alarm: asyncio.TimerHandle | None = None
        self._repeats: dict[tuple[DigestId, Revision], bool] = {}
        self._idle: deque[asyncio.Future[None]] = deque()
        self._hungry = asyncio.Event()
        self._alarm: asyncio.TimerHandle | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False
        self._fenced = False
        self._alerted = True

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
        self._lane = await self._store.write(subscriptions.lane_at, account.platform, account.id)
        self._note_lane(await self._store.write(queue.own, self._lane, now=self._ms()))
        try:
            async with asyncio.TaskGroup() as group:
                self._tasks = [group.create_task(self._work()) for _ in range(account.in_flight)]
                self._tasks.append(group.create_task(self._feed()))
        finally:
            self._ring_never()
            self._tasks = []

    def wake(self) -> None:
        """Something may be due, released or changed: look at the queue now. May be called at any time, cheaply."""
        self._reading = None
        self._position = FRONT
        self._exhausted = False
        self._repeats.clear()
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
        doubts = await self._store.write(queue.doubt_sending, self._lane, reason="stopped", now=self._ms())
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
        added = self._turns.add(page.rows)
        if self._reading is place:
            self._note_page(page)
        if page.next_due is not None:
            self._due_at(page.next_due)
        if added == 0 and not self._exhausted:
            self._hungry.set()
        self._rouse()

    def _note_page(self, page: DuePage) -> None:
        """Where to read on, unless somebody has asked meanwhile to begin again."""
        self._exhausted = page.rest is None
        self._position = page.rest or FRONT

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

    async def _work(self) -> None:
        while self._goes_on:
            turn = self._take()
            if turn is None:
                await self._until_roused()
                continue
            self._rouse()
            await self._serve_safely(turn)

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
        elif (rested := self._turns.rest_ends()) is not None:
            self._ring_at(rested)
        if not self._exhausted and self._turns.ready < self._habits.page // 4:
            self._hungry.set()
        return turn

    def _pause_left(self) -> float:
        """Seconds until the lane's rest ends; looked at once a minute at least, for the wall clock may jump."""
        return min(60.0, (self._paused_until - self._ms()) / 1000) if self._paused_until else 0.0

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

    # --- Serving a turn ------------------------------------------------------------------------------------------

    async def _serve_safely(self, turn: Turn) -> None:
        """Serve, and let neither a store that cannot write nor a mistake of ours end the lane."""
        try:
            await self._serve(turn)
        except StoreError as error:
            self._rest_for_store(error)
            self._turns.end(turn)
        except Exception:  # noqa: BLE001 a mistake of ours must not end the lane
            self._log.exception("lane.mistake", delivery=turn.queued.id)
            self._store_rests_until = asyncio.get_running_loop().time() + self._habits.patience
            self._turns.end(turn)

    def _rest_for_store(self, error: StoreError) -> None:
        """Nothing is sent while no intent can be recorded."""
        self._store_rests_until = asyncio.get_running_loop().time() + self._habits.patience
        self._ring_at(self._store_rests_until)
        self.wake()
        self._log.error("lane.store_fails", error=str(error))

    async def _serve(self, turn: Turn) -> None:
        """Do the next thing for a turn's delivery, or end it."""
        queued = turn.queued
        if turn.standings is None:
            turn.standings = {} if queued.step == 0 else await self._stand(queued)
        rendition = turn.rendition or await self._choose(turn)
        if rendition is None:
            return
        now = self._ms()
        step = next_step(rendition.contents, turn.standings, self._policy(queued), now)
        if step is None or now >= queued.fresh_from + self._stale_ms:
            await self._close(turn, _end(turn.standings, stale=step is not None, withdrawn=queued.withdrawn))
        else:
            await self._intend(turn, rendition, step, now)

    def _policy(self, queued: Queued) -> DoubtPolicy:
        return self._account.doubt_push if queued.series == BREAKING else self._account.doubt

    async def _stand(self, queued: Queued) -> Standings:
        return stand(_event(tried) for tried in await self._store.read(queue.tried, queued.id))

    async def _choose(self, turn: Turn) -> Rendition | None:
        """The rendition for this chat as things are now; a delivery that cannot be composed ends."""
        queued = turn.queued
        if queued.withdrawn:
            turn.rendition = NO_MESSAGES
            return NO_MESSAGES
        kind = Kind(
            queued.digest,
            queued.revision,
            self._account.platform,
            queued.layout,
            queued.language,
            await self._seen(queued),
        )
        try:
            turn.rendition = self._renditions.known(kind) or await self._renditions.make(kind)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 a digest that cannot be composed must not stop the others
            self._log.exception("lane.cannot_compose", digest=queued.digest)
            await self._store.write(self._note_uncomposed, queued, str(error), now=self._now())
            await self._close(turn, End(state=DeliveryState.FAILED, reason="cannot-compose"))
        return turn.rendition

    def _note_uncomposed(self, db: Database, queued: Queued, error: str, *, now: datetime) -> None:
        raise_alert(db, f"digest:{queued.digest}", "cannot-compose", {"digest": queued.digest, "error": error}, now)

    async def _seen(self, queued: Queued) -> frozenset[StoryKey]:
        """The stories that this chat knows; the usual digest repeats none, and costs no chat a question."""
        key = (queued.digest, queued.revision)
        repeats = self._repeats.get(key)
        if repeats is None:
            repeats = self._repeats[key] = await self._store.read(queue.repeats, queued.digest)
        if not repeats:
            return frozenset()
        return await self._store.read(queue.seen, queued.id, queued.digest, queued.subscription)

    async def _close(self, turn: Turn, end: End) -> None:
        """End a delivery that has nothing more to send."""
        closed = await self._store.write(queue.close, turn.queued, end, now=self._ms())
        self._tell(turn.queued)
        await (self._finish(turn) if closed else self._take_again(turn))

    async def _intend(self, turn: Turn, rendition: Rendition, step: Step, now: int) -> None:
        """The intent, committed before anything leaves; if anything has changed, the turn is read again instead."""
        taken = asyncio.get_running_loop().time()
        intent = Intent(queued=turn.queued, number=step.number, action=_ACTIONS[type(step)], epoch=self._epoch)
        kept = self._renditions.kept(rendition, self._account.platform)
        where = await self._store.write(queue.intend, intent, kept, now=now)
        if where is None:
            await self._take_again(turn)
            return
        self._renditions.note_kept(rendition, where)
        if asyncio.get_running_loop().time() - taken > self._habits.late:
            await self._keep_pace(turn)
        await self._carry(Errand(turn=turn, rendition=rendition, step=step, at=now))

    async def _keep_pace(self, turn: Turn) -> None:
        """A message whose intent took long has lost its place in the pace, and waits for another."""
        loop, pace = asyncio.get_running_loop(), self._account.pace
        while (wait := max(pace.lane_wait(loop.time()), pace.wait(turn.address, loop.time()))) > 0:  # noqa: ASYNC110 it waits for time
            await asyncio.sleep(wait)
        pace.spend(turn.address, loop.time())

    async def _carry(self, errand: Errand) -> None:
        try:
            receipt = await self._hand_over(errand)
        except CourierError as error:
            await self._after_error(errand, error)
        except Exception as error:  # noqa: BLE001 whatever a courier raises, its message may have left
            self._log.exception("lane.courier_mistake", delivery=errand.turn.queued.id)
            await self._after_error(errand, Doubt(f"{type(error).__name__}: {error}"))
        else:
            await self._after_success(errand, receipt)

    async def _hand_over(self, errand: Errand) -> Receipt | None:
        courier, turn, step = self._account.courier, errand.turn, errand.step
        if isinstance(step, Delete):
            await courier.delete(turn.address, step.receipt)
            return None
        parcel = self._parcel(turn, errand.rendition, step.number)
        return await (courier.edit(parcel, step.receipt) if isinstance(step, Edit) else courier.send(parcel))

    def _parcel(self, turn: Turn, rendition: Rendition, number: int) -> Parcel:
        queued = turn.queued
        first = None if number == 1 or turn.standings is None else turn.standings.get(1)
        return Parcel(
            address=turn.address,
            message=rendition.messages[number - 1],
            nonce=nonce_of(queued, number, rendition.contents[number - 1]),
            reply_to=None if first is None else first.receipt,
        )

    # --- What became of it ---------------------------------------------------------------------------------------

    async def _after_success(self, errand: Errand, receipt: Receipt | None) -> None:
        turn = errand.turn
        now = self._ms()
        end = self._advance(errand, PartState.SENT, now, receipt=receipt)
        ended = await self._record(
            queue.settle_part,
            turn.queued,
            state=PartState.SENT,
            message=None if receipt is None else receipt.message,
            thread=None if receipt is None else receipt.thread,
            end=end,
            now=now,
        )
        self._weather.clear()
        if self._alerted or turn.queued.refusals:
            await self._record(self._note_arrival, turn.queued.subscription, now=self._now())
            self._alerted = False
        self._tell(turn.queued)
        await self._move_on(turn, end, ended=ended)

    def _note_arrival(self, db: Database, subscription: SubscriptionId, *, now: datetime) -> None:
        subscriptions.forget_refusals(db, subscription)
        settle_alert(db, f"lane:{self._account.lane}", now)

    def _advance(
        self, errand: Errand, state: PartState, now: int, *, receipt: Receipt | None = None, reason: str | None = None
    ) -> End | None:
        """Note what became of a part; how its delivery ends, if that was all."""
        turn, number = errand.turn, errand.step.number
        event = Event(
            number=number,
            action=_ACTIONS[type(errand.step)],
            state=state,
            content=None if isinstance(errand.step, Delete) else errand.rendition.contents[number - 1],
            receipt=receipt,
            reason=reason,
            at=errand.at,
        )
        standings = turn.standings or {}
        turn.standings = {**standings, number: after(standings.get(number, NOTHING), event)}
        following = next_step(errand.rendition.contents, turn.standings, self._policy(turn.queued), now)
        return _end(turn.standings, withdrawn=turn.queued.withdrawn) if following is None else None

    async def _after_error(self, errand: Errand, error: CourierError) -> None:
        turn = errand.turn
        verdict = judge(error, self._case(errand))
        rest = self._weather.after(error, turn.queued.subscription, now=self._ms(), jitter=self._random())
        end = None
        if isinstance(verdict, Fail | Unknown):
            state = PartState.FAILED if isinstance(verdict, Fail) else PartState.UNKNOWN
            end = self._advance(errand, state, self._ms(), reason=verdict.reason)
        await self._record(record, self._trouble(errand, verdict, end, rest), now=self._now())
        self._log.warning("lane.trouble", delivery=turn.queued.id, error=repr(error), verdict=type(verdict).__name__)
        self._tell(turn.queued)
        for pause in (rest, verdict):
            if isinstance(pause, LanePauses):
                self._pause(pause)
        await self._follow(turn, verdict, end)

    def _case(self, errand: Errand) -> Case:
        turn, queued = errand.turn, errand.turn.queued
        standing = (turn.standings or {}).get(errand.step.number, NOTHING)
        return Case(
            action=_ACTIONS[type(errand.step)],
            attempts=queued.attempts,
            now=self._ms(),
            stale_at=queued.fresh_from + self._stale_ms,
            jitter=self._random(),
            policy=self._policy(queued),
            refusals=queued.refusals,
            doubts=standing.doubts,
            doubted_at=standing.doubted_at or errand.at,
            in_thread=bool(queued.thread),
        )

    def _trouble(self, errand: Errand, verdict: Verdict, end: End | None, rest: LanePauses | None) -> Trouble:
        mistaken = self._weather.lost if rest is not None and rest.reason == "chats-lost" else ()
        return Trouble(
            lane=self._lane,
            lane_name=self._account.lane,
            queued=errand.turn.queued,
            verdict=verdict,
            end=end,
            rest=rest,
            mistaken=tuple(SubscriptionId(chat) for chat in mistaken),
            mistaken_since=self._weather.lost_since,
        )

    def _pause(self, pause: LanePauses) -> None:
        self._paused_until = max(self._paused_until, pause.until)
        self._alerted = True
        self._due_at(pause.until)
        if self._changed is not None:
            self._changed(Change(lane=self._name))
        self._log.warning("lane.pauses", reason=pause.reason, until=pause.until)

    async def _follow(self, turn: Turn, verdict: Verdict, end: End | None) -> None:
        """Go on after an error, as the verdict has it."""
        match verdict:
            case Fail() | Unknown(again_at=None):
                await self._move_on(turn, end)
            case Retry(at=at) | Unknown(again_at=int(at)):
                self._turns.end(turn)
                self._due_at(at)
            case LanePauses() | Suspend():
                self._turns.end(turn)
            case DropThread() | Move():
                self._turns.end(turn)
                self.wake()

    async def _move_on(self, turn: Turn, end: End | None, *, ended: bool = True) -> None:
        """Go on with the same delivery, or with the next one for this chat."""
        if end is not None and ended:
            await self._finish(turn)
        elif end is not None or turn.overtaken:
            await self._take_again(turn)
        else:
            queued = turn.queued
            self._turns.go_on(turn, replace(queued, step=queued.step + 1, attempts=0))

    async def _finish(self, turn: Turn) -> None:
        """The delivery has ended: the next one for this chat, if one was read and passed over."""
        if not turn.more:
            self._turns.end(turn)
            return
        turn.more = False
        following = await self._store.read(queue.due_for, turn.queued.subscription, now=self._ms())
        self._restart(turn, following)

    async def _take_again(self, turn: Turn) -> None:
        """Something has changed since the turn's delivery was read: look at the lane and at the chat again."""
        lane, following = await self._store.read(queue.take_again, self._lane, turn.queued.subscription, now=self._ms())
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

    async def _record(self, unit: Callable[Concatenate[Database, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Write what became of a message, however long the store cannot: forgetting it would make a doubt of it."""
        wait = _FIRST_RECORD_WAIT
        while True:
            try:
                return await self._store.write(unit, *args, **kwargs)
            except StoreConflict:
                raise
            except StoreError as error:
                self._log.error("lane.cannot_record", error=str(error))
                self._rest_for_store(error)
                await asyncio.sleep(wait)
                wait = min(2 * wait, _LONGEST_RECORD_WAIT)

    def _tell(self, queued: Queued) -> None:
        if self._changed is not None:
            self._changed(Change(lane=self._name, digest=queued.digest, subscription=queued.subscription))

    def _ms(self) -> int:
        return to_ms(self._now())


_FIRST_RECORD_WAIT = 0.1
_LONGEST_RECORD_WAIT = 5.0
"""Seconds between two tries to record what became of a message."""

_ACTIONS = {Send: Action.SEND, Edit: Action.EDIT, Delete: Action.DELETE}


def nonce_of(queued: Queued, number: int, content: str) -> str:
    """What names a message for good, so that a platform can tell that it has it already: at most 25 characters."""
    return f"{queued.id:x}.{number:x}.{queued.round:x}.{content[:8]}"[:25]


def _event(tried: Tried) -> Event:
    """A part that was tried, as it stands in the rows."""
    receipt = None if tried.message is None else Receipt(message=tried.message, thread=tried.thread)
    return Event(
        number=tried.number,
        action=tried.action,
        state=tried.state,
        content=None if tried.content is None or tried.action is Action.DELETE else content_of(tried.content),
        receipt=receipt,
        reason=tried.reason,
        at=tried.intended_at,
    )


def _end(standings: Standings, *, stale: bool = False, withdrawn: bool = False) -> End:
    """How a delivery ends that has nothing more to send, or whose news has become stale before it was all sent."""
    state, reason = end_of(standings)
    if stale:
        return End(state=DeliveryState.FAILED if state is DeliveryState.SENT else state, reason="stale")
    if withdrawn and state in {DeliveryState.SENT, DeliveryState.SKIPPED}:
        return End(state=state, reason="withdrawn")
    return End(state=state, reason=reason)
