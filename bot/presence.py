"""An account's life on its platform: it listens, then it sends, and it ends in order.

Until its platform has admitted an account, another program may be using it, so nothing is sent: what is due stays open,
and nobody else waits for it. Once it is admitted it sends, whether or not it hears at the moment. A mistake of ours in
a listener is told, and the listener begins again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from datetime import datetime
from typing import Final

import structlog

from adapters.platform import Account, AccountTrouble, Fallible, Listener, Reception
from bot.answer.answerer import Answerer
from bot.dispatch import Lane
from bot.reception import FrontDesk
from bot.voice import Voice
from storage import alerts, ledger
from storage.database import Database
from storage.names import call_account
from storage.store import Store, StoreError

GRACE: Final = 35.0
"""Seconds that an account has to answer what it has heard: as long as an answer may take to leave, and 5."""
LAST_WORDS: Final = 1.5
"""Seconds for an account's connections to close."""
STORE_RESTS: Final = 1.0
"""Seconds until a store that could not do its work is asked again."""
FIRST_REST: Final = 2.0
LONGEST_REST: Final = 300.0
"""Seconds until a listener in which we made a mistake begins again: first, and at most."""

HEARING_FAILED: Final = "account-failed"
SENDING_FAILED: Final = "lane-failed"
"""The codes of the alerts about a mistake of ours: in a listener, and in a lane."""

_TROUBLES: Final = {
    AccountTrouble.DEAD: "run_refused",
    AccountTrouble.RIVAL: "run_rival",
    AccountTrouble.UNREACHABLE: "run_waits",
    AccountTrouble.DEAF: "run_deaf",
}

log = structlog.get_logger(__name__)


class Announcing(FrontDesk):
    """A front desk that also tells whoever sits at the terminal how the account is: each change once, by its key."""

    def __init__(
        self,
        account: Account,
        *,
        store: Store,
        answerer: Answerer,
        voice: Voice,
        now: Callable[[], datetime],
        decided: Callable[[], None],
        tell: Callable[[Account, str], None],
    ) -> None:
        super().__init__(account, store=store, answerer=answerer, voice=voice, now=now, decided=decided)
        self._told_of = account
        self._announce = tell
        self._told = ""

    async def trouble(self, what: AccountTrouble, why: str = "") -> None:
        """As `Reception.trouble`."""
        self._tell_once(_TROUBLES[what])
        await super().trouble(what, why)

    async def well(self) -> None:
        """As `Reception.well`."""
        self._tell_once("run_connected")
        await super().well()

    def _tell_once(self, key: str) -> None:
        if key != self._told:
            self._told = key
            self._announce(self._told_of, key)


class Presence:
    """One account on its platform.

    `random` gives numbers from 0 to 1; `first_rest`: seconds until a listener in which we made a mistake begins again.
    """

    def __init__(
        self,
        account: Account,
        *,
        lane: Lane,
        reception: Reception,
        store: Store,
        now: Callable[[], datetime],
        random: Callable[[], float],
        first_rest: float = FIRST_REST,
    ) -> None:
        self.account = account
        self.lane = lane
        self._reception = reception
        self._store = store
        self._now = now
        self._random = random
        self._first_rest = first_rest
        self._log = log.bind(lane=account.lane)
        self._hearing: asyncio.Task[None] | None = None
        self._hushing: asyncio.Task[None] | None = None
        self._admitted = asyncio.Event()
        self._listens = False
        self._closed = False

    async def run(self) -> None:
        """Listen, then send, until stopped."""
        if (listener := self.account.listener) is not None:
            self._hearing = asyncio.ensure_future(self._hear(listener))
            try:
                await self._admitted.wait()
                if self._listens and self._hushing is None:
                    await self._carry()
            finally:
                self._hearing.cancel()
        else:
            await self._carry()

    async def _hear(self, listener: Listener) -> None:
        """Listen, however often that takes; what is our mistake must end nobody else."""
        failures = 0
        while True:
            try:
                await self._begin(listener)
                if not isinstance(listener, Fallible):
                    return
                fault, lasted = await _lasting(listener.failed())
                failures = 0 if lasted > LONGEST_REST else failures
                await self._tried(listener.stop())
            except Exception as error:  # noqa: BLE001 - logged, told, and tried again
                fault = error
            failures += 1
            self._log.error("listener.failed", failures=failures, exc_info=fault)
            await self._alert(f"listener:{self.account.lane}", HEARING_FAILED, fault)
            await asyncio.sleep(_rest(self._first_rest, failures, self._random()))

    async def _begin(self, listener: Listener) -> None:
        await listener.start(self._reception)
        self._listens = True
        await self._guarded(self._store.write(self._note_admission, listener.name), "listener.alert_stays")
        self._admitted.set()

    async def _alert(self, name: str, code: str, fault: Exception) -> None:
        details: dict[str, str | int] = {"lane": self.account.lane, "error": _kind(fault)}
        await self._guarded(self._store.write(alerts.raise_alert, name, code, details, self._now()), "alert.lost")

    def _note_admission(self, db: Database, name: str) -> None:
        """What people call the account is kept for when it cannot be asked."""
        alerts.settle_alert(db, f"listener:{self.account.lane}", self._now())
        if name:
            call_account(db, self.account.lane, name)

    async def _guarded(self, work: Awaitable[object], event: str) -> None:
        try:
            await work
        except StoreError as error:
            self._log.warning(event, why=str(error))

    async def _carry(self) -> None:
        """Have the lane send, as soon as the store lets it own its queue; what is our mistake must end nobody else."""
        failures = 0
        while True:
            try:
                return await self.lane.run()
            except StoreError as error:
                self._log.warning("lane.waits_for_store", why=str(error))
                await asyncio.sleep(STORE_RESTS)
            except Exception as error:  # noqa: BLE001 - logged, told, and tried again
                failures += 1
                self._log.error("lane.failed", failures=failures, exc_info=error)
                await self._alert(f"lane:{self.account.lane}", SENDING_FAILED, error)  # the next arrival settles it
                await asyncio.sleep(_rest(self._first_rest, failures, self._random()))

    # --- Ending --------------------------------------------------------------------------------------------------

    async def stop(self, *, now: bool = False) -> None:
        """Hear nothing new, answer what was heard, let arrive what is on its way; all within the grace.

        With `now`, also while somebody else stops it, it waits for nothing: what is on its way is recorded as unknown.
        """
        hushing = self._hushing = self._hushing or asyncio.ensure_future(self._hush())
        if now:
            hushing.cancel()
        await asyncio.gather(self._stop_lane(now=now), asyncio.wait({hushing}, timeout=GRACE))
        hushing.cancel()
        await self._tried(self.lane.voice.stop(now=True))
        await self._close()

    async def _hush(self) -> None:
        """Answer what was heard, and be silent. Who was never admitted has heard nothing."""
        if self._hearing is not None:
            self._hearing.cancel()
            await asyncio.wait({self._hearing})
        self._admitted.set()
        if self.account.listener is not None and self._listens:
            await self._tried(self.account.listener.stop())
        await self._tried(self.lane.voice.stop())

    async def _tried(self, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception:  # noqa: BLE001 - the others still have to end
            self._log.exception("account.does_not_end_well")

    async def _stop_lane(self, *, now: bool) -> None:
        """Doubts that the store cannot take now are recorded by the next start, which finds them on their way."""
        try:
            await self.lane.stop(now=now)
        except StoreError as error:
            self._log.warning("lane.stopped_without_store", why=str(error))

    async def _close(self) -> None:
        close = self.account.close
        if close is None or self._closed:
            return
        self._closed = True
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS):
                await self._tried(close())


def _kind(fault: Exception) -> str:
    """What a fault is called; of several that come together, the first."""
    while isinstance(fault, ExceptionGroup):
        fault = fault.exceptions[0]
    return type(fault).__name__


async def _lasting(waits: Awaitable[Exception]) -> tuple[Exception, float]:
    """What is waited for, and the seconds that it took."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    return await waits, loop.time() - began


def settle_absent(db: Database, lanes: Collection[str], now: datetime) -> None:
    """End the alerts and rests of accounts whose token was taken out: there is nothing to mend any more."""
    for alert in alerts.open_alerts(db):
        if alert.details.get("lane", alert.name) not in {*lanes, alert.name}:
            alerts.settle_alert(db, alert.name, now)
    for lane in ledger.lanes(db):
        if lane.name not in lanes:
            ledger.unpause(db, lane.id, reason=AccountTrouble.DEAD)


def _rest(first: float, failures: int, random: float) -> float:
    """Seconds until the next beginning: twice as long each time, and never at a moment that others choose as well."""
    return min(LONGEST_REST, first * 2.0 ** min(failures - 1, 16)) * (0.5 + random / 2)
