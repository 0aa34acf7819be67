"""Takes the next step of one delivery: the intent, the courier, the receipt, in this order, always."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Concatenate, ParamSpec, TypeVar, assert_never

import structlog

from adapters.platform import (
    Account,
    Address,
    CourierError,
    Doubt,
    DoubtPolicy,
    MessageLost,
    Parcel,
    Receipt,
    Throttled,
)
from bot.catalogue import series_names
from bot.doubts import Doubts
from bot.lag import Lag
from bot.outcome import Trouble, record
from bot.rendition import NO_MESSAGES, Kind, Rendition, Renditions, content_of
from bot.standing import (
    NOTHING,
    Delete,
    Edit,
    Event,
    Send,
    Standing,
    Standings,
    Step,
    after,
    end_of,
    first_of,
    next_step,
    stand,
)
from bot.turns import Turn
from bot.verdict import (
    Case,
    DropThread,
    Fail,
    LanePauses,
    Move,
    Retry,
    Suspend,
    Unknown,
    Verdict,
    Weather,
    judge,
    sane_wait,
    words_of,
)
from digest.identity import name_of
from digest.model import BREAKING, Revision, StoryKey
from storage import queue, subscriptions
from storage.alerts import raise_alert, settle_alert
from storage.database import Database
from storage.queue import End, Intent, Queued, Tried
from storage.records import Action, DeliveryId, DeliveryState, DigestId, LaneId, PartState, Reason, SubscriptionId
from storage.store import Store, StoreConflict, StoreError
from storage.times import from_ms, to_ms

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
    """One message whose intent is recorded: the step it takes in its turn's delivery, and since when.

    `at` is the moment in ms of the wall clock, `left` the same in seconds of a clock that never jumps; `before` is how
    the message stood until then.
    """

    turn: Turn
    rendition: Rendition
    step: Step
    at: int
    left: float
    before: Standing


# --- What follows for a turn -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class GoOn:
    """The same delivery has more to do, as it stands now."""

    queued: Queued


@dataclass(frozen=True, slots=True)
class Ended:
    """The delivery has ended: what is next for this chat?"""


@dataclass(frozen=True, slots=True)
class Look:
    """Something has changed since the delivery was read: look again before anything else."""


@dataclass(frozen=True, slots=True)
class Moved:
    """The chat, or all that was open for it, is somewhere else now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Nothing for this chat before a moment (ms)."""

    until: int


Next = GoOn | Ended | Look | Moved | Waits


class Carrier:
    """Serves the turns of a lane that somebody owns. `pauses` hears that the lane must rest, `store_fails` why it does.

    `rests` hears for how many seconds a chat must be left alone; `lag` is the lane's, whose answers keep it as well.

    `now` is the wall clock, `random` gives numbers from 0 to 1, `changed` hears of every change that was recorded.
    """

    def __init__(
        self,
        account: Account,
        *,
        lane: LaneId,
        epoch: int,
        store: Store,
        renditions: Renditions,
        now: Callable[[], datetime],
        random: Callable[[], float],
        lag: Lag,
        pauses: Callable[[LanePauses], None],
        rests: Callable[[Address, float], None],
        store_fails: Callable[[StoreError], None],
        changed: Callable[[Change], None] | None = None,
        habits: Habits,
    ) -> None:
        self._account = account
        self._name = account.lane
        self._lane = lane
        self._epoch = epoch
        self._store = store
        self._renditions = renditions
        self._now = now
        self._random = random
        self._pauses = pauses
        self._rests = rests
        self._store_fails = store_fails
        self._changed = changed
        self._habits = habits
        self._stale_ms = round(habits.stale_after.total_seconds() * 1000)
        self._weather = Weather()
        self._repeats: dict[tuple[DigestId, Revision], queue.Repeats] = {}
        self._doubts = Doubts()
        self._alerted = True
        self._lag = lag
        self._log = log.bind(lane=self._name)

    def forget_repeats(self) -> None:
        """There may be new digests, and so new repeats."""
        self._repeats.clear()

    async def serve(self, turn: Turn) -> Next:
        """Do the next thing for a turn's delivery, or end it; raises StoreError while no intent can be recorded."""
        queued = turn.queued
        if turn.standings is None:
            turn.standings = {} if queued.step == 0 else await self._stand(queued)
        rendition = turn.rendition or await self._choose(turn)
        if rendition is None:
            return await self._close(turn, End(state=DeliveryState.FAILED, reason=Reason.CANNOT_COMPOSE))
        if self._is_late(turn):
            return GoOn(queued=queued)  # composing took long; it goes on at once, from a new place in the pace
        now = self._ms()
        step = next_step(rendition.contents, self._standings(turn), self._policy(queued), now)
        if step is None or now >= queued.fresh_from + self._stale_ms:
            return await self._close(turn, _end(turn.standings, stale=step is not None, withdrawn=queued.withdrawn))
        return await self._intend(turn, rendition, step, now)

    def _is_late(self, turn: Turn) -> bool:
        """Whether the turn's place in the pace has gone by: others have left since, and it would leave beside them."""
        return turn.paid and _clock() - turn.taken > self._habits.late

    def _standings(self, turn: Turn) -> Standings:
        """What stands in the turn's chat, each doubt as old as it is."""
        return self._doubts.dated(turn.queued.id, turn.standings or {}, now=_clock(), wall=self._ms())

    def _policy(self, queued: Queued) -> DoubtPolicy:
        return self._account.doubt_push if queued.series == BREAKING else self._account.doubt

    async def _stand(self, queued: Queued) -> Standings:
        standings = stand(_event(tried) for tried in await self._store.read(queue.tried, queued.id))
        self._doubts.recall(queued.id, standings, now=_clock(), wall=self._ms())
        return standings

    async def _choose(self, turn: Turn) -> Rendition | None:
        """The rendition for this chat as things are now; None for a digest that cannot be composed."""
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
            await self._store.write(self._note_uncomposed, queued, words_of(error), now=self._now())
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
        return await self._store.read(queue.seen, queued.id, queued.subscription, repeats)

    async def _close(self, turn: Turn, end: End) -> Next:
        """End a delivery that has nothing more to send."""
        closed = await self._store.write(queue.close, turn.queued, end, now=self._ms())
        self._forget_doubts(turn.queued, ended=closed)
        self._tell(turn.queued)
        return Ended() if closed else Look()

    async def _intend(self, turn: Turn, rendition: Rendition, step: Step, now: int) -> Next:
        """The intent, committed before anything leaves; if anything has changed, the turn is read again instead."""
        intent = Intent(queued=turn.queued, number=step.number, action=_ACTIONS[type(step)], epoch=self._epoch)
        kept = self._renditions.kept(rendition, self._account.platform)
        try:
            where = await self._store.write(queue.intend, intent, kept, now=now)
        except StoreConflict:
            await self._doubt_left(turn, now)
            return Look()
        if where is None:
            return Look()
        self._renditions.note_kept(rendition, where)
        if self._is_late(turn):
            await self._keep_pace(turn)
        if (wait := self._evenly(turn)) > _NO_WAIT:
            await asyncio.sleep(wait)
        before = self._standings(turn).get(step.number, NOTHING)
        return await self._carry(
            Errand(turn=turn, rendition=rendition, step=step, at=now, left=_clock(), before=before)
        )

    async def _doubt_left(self, turn: Turn, now: int) -> None:
        """An intent was in the way that nobody carries any more; raises LookupError when there is none."""
        if not await self._store.write(queue.doubt_part, turn.queued, reason=queue.MISTAKE, now=now):
            raise LookupError(f"nothing was in the way of delivery {turn.queued.id}")

    def _evenly(self, turn: Turn) -> float:
        """Seconds until a message leaves as long after its place as the others do; 0 where there are no places."""
        if self._account.pace.lane_wait(turn.taken) <= 0:
            return 0.0
        return self._lag.left(turn.taken, _clock())

    async def _keep_pace(self, turn: Turn) -> None:
        """A message whose intent took long has lost its place in the pace, gives it back, and waits for another."""
        pace = self._account.pace
        pace.refund(turn.address, turn.taken)
        turn.paid = False
        while (wait := max(pace.lane_wait(_clock()), pace.wait(turn.address, _clock()))) > _NO_WAIT:  # noqa: ASYNC110 it waits for time
            await asyncio.sleep(wait)
        turn.taken = _clock()
        pace.spend(turn.address, turn.taken)
        turn.paid = True

    async def _carry(self, errand: Errand) -> Next:
        try:
            receipt = await self._hand_over(errand)
        except CourierError as error:
            return await self._after_error(errand, error)
        except Exception as error:  # noqa: BLE001 whatever a courier raises, its message may have left
            self._log.exception("lane.courier_mistake", delivery=errand.turn.queued.id)
            return await self._after_error(errand, Doubt(f"{type(error).__name__}: {error}"))
        return await self._after_success(errand, receipt)

    async def _hand_over(self, errand: Errand) -> Receipt | None:
        courier, turn, step = self._account.courier, errand.turn, errand.step
        if not isinstance(step, Send) and (turn.standings or {})[step.number].chat != turn.address.chat:
            raise MessageLost("the chat has moved since")
        turn.paid = False
        if isinstance(step, Delete):
            await courier.delete(turn.address, step.receipt)
            return None
        parcel = self._parcel(errand)
        return await (courier.edit(parcel, step.receipt) if isinstance(step, Edit) else courier.send(parcel))

    def _parcel(self, errand: Errand) -> Parcel:
        turn, number, before = errand.turn, errand.step.number, errand.before
        queued, sends = turn.queued, isinstance(errand.step, Send)
        return Parcel(
            address=turn.address,
            message=errand.rendition.messages[number - 1],
            nonce=nonce_of(
                queued.id,
                number,
                errand.rendition.contents[number - 1],
                place=f"{queued.chat}/{queued.thread}",
                taken_back=before.taken_back,
            ),
            reply_to=first_of(turn.standings or {}, before=number, chat=queued.chat),
            mention=queued.called if sends and number == 1 and before.taken_back == 0 else "",
            doubted_at=from_ms(before.doubted_at) if sends and before.doubts else None,
            series=series_names(queued.series),
        )

    # --- What became of it ---------------------------------------------------------------------------------------

    async def _after_success(self, errand: Errand, receipt: Receipt | None) -> Next:
        turn = errand.turn
        now = self._ms()
        end = self._advance(errand, PartState.SENT, now, receipt=receipt)
        named, replayed = _new_name(turn.queued, receipt), self._is_replay(errand)
        ended = await self._record(
            self._settle_sent, turn.queued, receipt, named=named, replayed=replayed, end=end, now=now
        )
        self._weather.clear()
        if self._alerted or turn.queued.refusals:
            self._alerted = False  # before: the lane may be told to rest while it is recorded
            if await self._record(self._note_arrival, turn.queued.subscription, now=self._now()):
                self._alerted = True
        if named:
            turn.queued = replace(turn.queued, chat_name=named)
        self._forget_doubts(turn.queued, ended=ended)
        self._tell(turn.queued)
        return _after(turn.queued, end, ended=ended)

    def _settle_sent(
        self,
        db: Database,
        queued: Queued,
        receipt: Receipt | None,
        *,
        named: str,
        replayed: bool,
        end: End | None,
        now: int,
    ) -> bool:
        """Record that a part arrived, and what its chat is called where that is news; whether its delivery ended."""
        subscriptions.name_chat(db, self._lane, queued.chat, named)
        return queue.settle_part(
            db,
            queued,
            state=PartState.SENT,
            message=None if receipt is None else receipt.message,
            thread=None if receipt is None else receipt.thread,
            replayed=replayed,
            end=end,
            now=now,
        )

    def _is_replay(self, errand: Errand) -> bool:
        """Whether an answer says of earlier tries as well what became of them: the platform knows the message again."""
        policy = self._policy(errand.turn.queued)
        again = isinstance(errand.step, Send) and errand.before.doubts > 0
        return again and policy in {DoubtPolicy.REPLAY_NONCE, DoubtPolicy.REPEAT}

    def _forget_doubts(self, queued: Queued, *, ended: bool) -> None:
        if ended:
            self._doubts.forget(queued.id)

    def _note_arrival(self, db: Database, subscription: SubscriptionId, *, now: datetime) -> bool:
        """Whether an alert may still be open: what arrives while its lane rests was on its way, and ends none."""
        subscriptions.forget_refusals(db, subscription)
        if (queue.lane_now(db, self._lane).paused_until or 0) > to_ms(now):
            return True
        settle_alert(db, f"lane:{self._account.lane}", now)
        return False

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
            chat=turn.queued.chat,
            at=errand.at,
        )
        standings = turn.standings or {}
        turn.standings = {**standings, number: after(standings.get(number, NOTHING), event)}
        if standings.get(number, NOTHING).doubts != turn.standings[number].doubts:
            self._doubts.note(turn.queued.id, number, turn.standings[number], left=errand.left)
        policy = self._policy(turn.queued)
        following = next_step(errand.rendition.contents, self._standings(turn), policy, now)
        return _end(turn.standings, withdrawn=turn.queued.withdrawn) if following is None else None

    async def _after_error(self, errand: Errand, error: CourierError) -> Next:
        turn = errand.turn
        verdict = judge(error, self._case(errand))
        rest = self._weather.after(error, turn.queued.subscription, now=self._ms(), jitter=self._random())
        end = None
        if isinstance(verdict, Fail | Unknown):
            state = PartState.FAILED if isinstance(verdict, Fail) else PartState.UNKNOWN
            end = self._advance(errand, state, self._ms(), reason=verdict.reason)
        ended = await self._record(record, self._trouble(errand, verdict, end, rest), now=self._now())
        self._log.warning("lane.trouble", delivery=turn.queued.id, error=repr(error), verdict=type(verdict).__name__)
        self._forget_doubts(turn.queued, ended=ended)
        self._tell(turn.queued)
        if isinstance(error, Throttled):
            self._rests(turn.address, sane_wait(error.retry_after))
        for pause in (rest, verdict):
            if isinstance(pause, LanePauses):
                self.pause(pause)
        return _follow(turn.queued, verdict, end, ended=ended)

    def _case(self, errand: Errand) -> Case:
        turn, queued = errand.turn, errand.turn.queued
        now = self._ms()
        standing = self._standings(turn).get(errand.step.number, NOTHING)
        return Case(
            action=_ACTIONS[type(errand.step)],
            attempts=queued.attempts,
            now=now,
            stale_at=queued.fresh_from + self._stale_ms,
            jitter=self._random(),
            policy=self._policy(queued),
            chat=queued.chat,
            refusals=queued.refusals,
            doubts=standing.doubts,
            doubted_at=standing.doubted_at if standing.doubts else now - round((_clock() - errand.left) * 1000),
            in_thread=bool(queued.thread),
        )

    def _trouble(self, errand: Errand, verdict: Verdict, end: End | None, rest: LanePauses | None) -> Trouble:
        mistaken = self._weather.lost if rest is not None and rest.reason == Reason.CHATS_LOST else ()
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

    def pause(self, pause: LanePauses) -> None:
        """The whole lane must rest, as is recorded."""
        self._alerted = True
        self._pauses(pause)
        if self._changed is not None:
            self._changed(Change(lane=self._name))

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
                self._store_fails(error)
                await asyncio.sleep(wait)
                wait = min(2 * wait, _LONGEST_RECORD_WAIT)

    def _tell(self, queued: Queued) -> None:
        if self._changed is not None:
            self._changed(Change(lane=self._name, digest=queued.digest, subscription=queued.subscription))

    def _ms(self) -> int:
        return to_ms(self._now())


_NO_WAIT = 1e-6
"""Seconds too few to sleep: what sums of fractions leave over."""

_FIRST_RECORD_WAIT = 0.1
_LONGEST_RECORD_WAIT = 5.0
"""Seconds between two tries to record what became of a message."""

_ACTIONS = {Send: Action.SEND, Edit: Action.EDIT, Delete: Action.DELETE}


def _follow(queued: Queued, verdict: Verdict, end: End | None, *, ended: bool) -> Next:
    """What follows from a verdict that is recorded."""
    match verdict:
        case Retry(at=at):
            return Waits(until=at)
        case LanePauses(until=until):
            return Waits(until=until)
        case Suspend():
            return Look()
        case DropThread() | Move():
            return Moved()
        case Unknown(again_at=at) if at is not None:
            return Waits(until=at)
        case Fail() | Unknown():
            return _after(queued, end, ended=ended)
        case _:
            assert_never(verdict)


def _new_name(queued: Queued, receipt: Receipt | None) -> str:
    """What people call a chat now, as a receipt tells; empty where that is no news."""
    return "" if receipt is None or receipt.chat_name == queued.chat_name else receipt.chat_name


def _after(queued: Queued, end: End | None, *, ended: bool) -> Next:
    """What follows a part that is settled; a delivery that should have ended and has not was overtaken by a change."""
    if end is None:
        return GoOn(queued=replace(queued, step=queued.step + 1, attempts=0))
    return Ended() if ended else Look()


def nonce_of(delivery: DeliveryId, number: int, content: str, *, place: str, taken_back: int = 0) -> str:
    """What names a message for good, so that a platform can tell that it has it already: at most 25 characters.

    One that was taken back before, so often, is another when it comes again. The place counts as well: deliveries of a
    new data folder bear the numbers of those before, which the platform may still remember.
    """
    return f"{delivery:x}.{number:x}.{taken_back:x}.{name_of(f'{place} {content}'.encode())[:8]}"[:25]


def _clock() -> float:
    """Seconds of a clock that never jumps."""
    return asyncio.get_running_loop().time()


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
        chat=tried.chat,
        at=tried.intended_at,
    )


def _end(standings: Standings, *, stale: bool = False, withdrawn: bool = False) -> End:
    """How a delivery ends that has nothing more to send, or whose news has become stale before it was all sent."""
    state, reason = end_of(standings)
    if stale:
        return End(state=DeliveryState.FAILED if state is DeliveryState.SENT else state, reason=Reason.STALE)
    if withdrawn and state in {DeliveryState.SENT, DeliveryState.SKIPPED}:
        return End(state=state, reason=Reason.WITHDRAWN)
    return End(state=state, reason=reason)
