"""Brings the answers of a lane: before everything that its ledger sends, in order for each chat, and never twice.

An answer has no row in the ledger. One that cannot be brought within about a minute is given up, and logged: its reader
has gone by then, or asks again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import inf

import structlog

from adapters.platform import Account, Address, CourierError, Moved, NotSent, Parcel, Receipt, Throttled
from bot.lag import Lag
from bot.verdict import LanePauses, Weather, lane_rest, sane_wait, words_of
from storage.times import to_ms

__all__ = ["Voice"]

log = structlog.get_logger(__name__)

PATIENCE = 60.0
"""Seconds that an answer waits until it may leave."""
AGAIN_WITHIN = 30.0
"""Seconds within which an answer that did not leave is tried again."""
FIRST_AGAIN = 0.5
LONGEST_AGAIN = 8.0
"""Seconds until it is tried again, at most: the first time, and ever."""
GLANCE = 1.0
"""Seconds between two looks at a rest, which may end early or become longer."""
MOST = 1000
"""Answers that wait or are on their way at once; whoever asks then is not answered, for others have waited longer."""
MOST_OF_CHAT = 20
"""The same for one chat: as many as a group is brought within our patience."""
GRACE = 35.0
"""Seconds that stopping waits for the answers that were taken."""

Bring = Callable[[Parcel], Awaitable[Receipt]]


@dataclass(slots=True)
class _Line:
    """The answers of one chat, one at a time; `told`: that there are too many was logged."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    length: int = 0
    told: bool = False


@dataclass(slots=True, kw_only=True)
class _Tries:
    """What was tried for one answer. `follows`: it may be brought to where its chat has moved."""

    began: float
    follows: bool
    unsent: int = 0
    throttled: bool = False


class Voice:
    """Speaks for one account, beside its lane: they share the pace and the rests.

    `lag` is the lane's; `rest_left` tells for how many seconds it rests, `pauses` hears that it must; `random` gives
    numbers from 0 to 1, `now` is the wall clock.
    """

    def __init__(
        self,
        account: Account,
        *,
        now: Callable[[], datetime],
        random: Callable[[], float],
        lag: Lag,
        rest_left: Callable[[], float],
        pauses: Callable[[LanePauses], Awaitable[None]],
    ) -> None:
        self._account = account
        self._now = now
        self._random = random
        self._lag = lag
        self._lane_rest_left = rest_left
        self._pauses = pauses
        self._weather = Weather()
        self._lines: dict[str, _Line] = {}
        self._rests: dict[str, float] = {}
        self._taken: set[asyncio.Task[Receipt | None]] = set()
        self._gate = asyncio.Lock()
        self._stopping = False
        self._log = log.bind(lane=account.lane)

    async def send(self, parcel: Parcel) -> Receipt | None:
        """Bring an answer, even when cancelled; None where it could not be brought, or nobody knows."""
        return await self._bring(parcel, self._account.courier.send, follows=True)

    async def edit(self, parcel: Parcel, receipt: Receipt) -> Receipt | None:
        """The same for an answer that changes one that was given; None also where that is gone."""
        courier = self._account.courier
        return await self._bring(parcel, lambda parcel: courier.edit(parcel, receipt), follows=False)

    async def stop(self, *, now: bool = False) -> None:
        """Take nothing new, and return when what was taken is brought, after the grace at most; with `now`, at once."""
        self._stopping = True
        if self._taken and not now:
            await asyncio.wait(self._taken, timeout=GRACE)
        left = list(self._taken)
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left)
            self._log.warning("voice.stopped_early", answers=len(left))

    def chat_rests(self, address: Address, seconds: float) -> None:
        """A chat must be left alone for so long, as whoever wrote to it was told."""
        now = _clock()
        self._rests = {chat: until for chat, until in self._rests.items() if until > now}
        self._rests[address.chat] = max(now + seconds, self._rests.get(address.chat, 0.0))

    # --- One after the other for a chat --------------------------------------------------------------------------

    async def _bring(self, parcel: Parcel, bring: Bring, *, follows: bool) -> Receipt | None:
        line = self._lines.setdefault(parcel.address.chat, _Line())
        if self._stopping or len(self._taken) >= MOST or line.length >= MOST_OF_CHAT:
            self._turn_away(parcel, line)
            return None
        line.length += 1
        tries = _Tries(began=_clock(), follows=follows)
        task = asyncio.get_running_loop().create_task(self._in_line(line, parcel, bring, tries))
        self._taken.add(task)
        task.add_done_callback(lambda task: self._leave_line(parcel.address.chat, task))
        await asyncio.wait({task})
        return None if task.cancelled() else task.result()

    def _turn_away(self, parcel: Parcel, line: _Line) -> None:
        chat = parcel.address.chat
        if not line.told:
            self._log.warning("voice.turned_away", chat=chat, waiting=len(self._taken), of_chat=line.length)
        line.told = True
        if line.length == 0:
            del self._lines[chat]

    def _leave_line(self, chat: str, task: asyncio.Task[Receipt | None]) -> None:
        self._taken.discard(task)
        line = self._lines[chat]
        line.length -= 1
        if line.length == 0:
            del self._lines[chat]

    async def _in_line(self, line: _Line, parcel: Parcel, bring: Bring, tries: _Tries) -> Receipt | None:
        try:
            async with line.turn:
                return await self._carry(parcel, bring, tries)
        except Exception:  # noqa: BLE001 a mistake of ours costs this answer and no other
            self._log.exception("voice.mistake", chat=parcel.address.chat)
            return None

    # --- One answer ----------------------------------------------------------------------------------------------

    async def _carry(self, parcel: Parcel, bring: Bring, tries: _Tries) -> Receipt | None:
        while await self._until_it_may_leave(parcel.address):
            try:
                return await bring(parcel)
            except CourierError as error:
                again = await self._after(error, parcel, tries)
            if again is None:
                return None
            parcel = again
        self._log.warning("voice.gave_up", chat=parcel.address.chat)
        return None

    async def _after(self, error: CourierError, parcel: Parcel, tries: _Tries) -> Parcel | None:
        """What to try after an error, in its time; None for nothing. A doubt is not repeated: a reader asks again."""
        await self._tell_lane(error, parcel)
        match error:
            case NotSent() if (wait := self._wait_again(tries)) is not None:
                await asyncio.sleep(wait)
                return parcel
            case Throttled() if not tries.throttled:
                tries.throttled = True
                self.chat_rests(parcel.address, sane_wait(error.retry_after))
                return parcel
            case Moved() if tries.follows and error.to != parcel.address.chat:
                tries.follows = False
                return replace(parcel, address=replace(parcel.address, chat=error.to))
            case _:
                why = f"{type(error).__name__}: {words_of(error)}"
                self._log.warning("voice.not_brought", chat=parcel.address.chat, error=why)
                return None

    def _wait_again(self, tries: _Tries) -> float | None:
        """Full jitter over a window that doubles, for about half a minute."""
        wait = self._random() * min(LONGEST_AGAIN, FIRST_AGAIN * 2**tries.unsent)
        tries.unsent += 1
        return wait if _clock() + wait < tries.began + AGAIN_WITHIN else None

    async def _tell_lane(self, error: CourierError, parcel: Parcel) -> None:
        """Where an error, alone or with others, means the whole account, everything rests."""
        now = to_ms(self._now())
        rest = lane_rest(error, now)
        if rest is None and isinstance(error, Throttled):
            rest = self._weather.after(error, hash(parcel.address.chat), now=now, jitter=self._random())
        if rest is not None:
            await self._pauses(rest)

    # --- When it may leave ---------------------------------------------------------------------------------------

    async def _until_it_may_leave(self, address: Address) -> bool:
        """Wait for the rests and for a place in the pace, and take it; False once that would take too long."""
        until = _clock() + PATIENCE
        while True:
            wait = self._rest_left(address) or await self._claim(address, until)
            if wait <= 0 or _clock() + wait > until:
                return wait <= 0
            await asyncio.sleep(min(wait, GLANCE))

    def _rest_left(self, address: Address) -> float:
        return max(0.0, self._lane_rest_left(), self._rests.get(address.chat, 0.0) - _clock())

    async def _claim(self, address: Address, until: float) -> float:
        """Take a place, in the order of coming, and wait for it: 0. Or else the seconds for which the chat must rest.

        A chat's rest keeps no other waiting.
        """
        pace = self._account.pace
        async with self._gate:
            if _clock() > until:
                return inf
            while (wait := max(self._rest_left(address), pace.answer_wait(address, _clock()))) > 0:
                if self._rest_left(address) > 0 or pace.wait(address, _clock()) > 0:
                    return wait
                await asyncio.sleep(wait)
            place = pace.claim(address, _clock())
        await asyncio.sleep(place + self._lag.at(_clock()))
        return self._rest_left(address)


def _clock() -> float:
    return asyncio.get_running_loop().time()
