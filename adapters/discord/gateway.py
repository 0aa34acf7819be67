"""Hears an account's gateway for as long as it lives, however often it is lost, and tells when nobody is heard.

Every shard begins, resumes and begins again by itself; sending goes on meanwhile.
Source: https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from math import inf
from typing import Any, Final

from discord.http import Route
from yarl import URL

from adapters import health as telling
from adapters.causes import Cause, because
from adapters.discord.errors import ours
from adapters.discord.health import Patience, failures_now, rest, trouble_in
from adapters.discord.request import DiscordHTTP
from adapters.discord.shard import LOST, Client, Ended, Hear, Json, Shard
from adapters.health import Health
from adapters.platform import AccountTrouble
from adapters.wire import kind_of

DEAD: Final = 4004
"""The token is refused."""
MORE_SHARDS: Final = 4011
"""The account is in more servers than its shards may hear."""
FATAL: Final = {
    4010: Cause.NO_SUCH_SHARD,
    MORE_SHARDS: Cause.TOO_MANY_SERVERS,
    4012: Cause.OLD_GATEWAY,
    4013: Cause.BAD_INTENT,
    4014: Cause.INTENT_DENIED,
}
"""Codes after which nothing gets better by itself."""

FAILURES: Final = 3
"""How often in a row Discord does not say where its gateway is before it is told."""

DAY: Final = 86_400.0
"""Seconds for which sessions are counted, from the first on."""

BEGINNINGS: Final = frozenset({"READY", "RESUMED"})

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What Discord says of its gateway: the address, how many shards to take, and the sessions that may begin.

    `starts` may begin until `resets_at`, in seconds of the clock, and `at_once` in one slot of time.
    """

    gateway: URL
    shards: int
    starts: int
    resets_at: float
    at_once: int


def about_in(said: Json, now: float) -> About:
    """What `GET /gateway/bot` answers. Raises ValueError, KeyError or TypeError for what is no such answer."""
    limit = said["session_start_limit"]
    starts, reset_after = int(limit["remaining"]), max(0, int(limit["reset_after"])) / 1_000
    return About(
        gateway=URL(said["url"]),
        shards=max(1, int(said["shards"])),
        starts=starts,
        resets_at=now + (reset_after or (DAY if starts else 0.0)),
        at_once=max(1, int(limit["max_concurrency"])),
    )


class Turns:
    """Lets sessions begin: so many at once, and no more than Discord allows in a day.

    `ask`: what Discord says now, for when the day is over of which `about` tells. `gap`: seconds between two sessions.
    """

    def __init__(
        self, about: About, gap: float, clock: Callable[[], float], ask: Callable[[], Awaitable[About]]
    ) -> None:
        self._about = about
        self._left = about.starts
        self._gap = gap
        self._clock = clock
        self._ask = ask
        self._asking = asyncio.Lock()
        self._locks = [asyncio.Lock() for _ in range(about.at_once)]
        self._free_at = [0.0] * about.at_once

    @property
    def wait(self) -> float:
        """Seconds until a session may begin, where the day's are used up."""
        return max(0.0, self._about.resets_at - self._clock()) if self._left <= 0 else 0.0

    async def count(self) -> None:
        """Count anew on another day: whoever begins more sessions than it may loses its token."""
        async with self._asking:
            if self._clock() >= self._about.resets_at:
                self._about = await self._ask()
                self._left = self._about.starts

    @asynccontextmanager
    async def turn(self, shard: int) -> AsyncIterator[None]:
        """A shard's turn to begin a session; the next in its slot waits until some time after its end."""
        slot = shard % len(self._locks)
        async with self._locks[slot]:
            await asyncio.sleep(max(self.wait, self._free_at[slot] - self._clock()))
            self._left -= 1
            try:
                yield
            finally:
                self._free_at[slot] = self._clock() + self._gap


class Gateway:
    """An account's gateway. `hear` gets the events of these names; `random` gives 0 to 1, `clock` seconds."""

    def __init__(
        self,
        http: DiscordHTTP,
        health: Health,
        patience: Patience,
        *,
        events: Collection[str],
        hear: Hear,
        clock: Callable[[], float],
        random: Callable[[], float],
    ) -> None:
        self._http = http
        self._health = health
        self._patience = patience
        self._events = BEGINNINGS | frozenset(events)
        self._hear = hear
        self._clock = clock
        self._random = random
        self._shards: list[Shard] = []
        self._ready: set[int] = set()
        self._changed = asyncio.Event()
        self._trouble = AccountTrouble.DEAF, str(Cause.GATEWAY_SILENT)
        self._told_at = 0.0

    @property
    def is_ready(self) -> bool:
        """Whether every shard is heard, so that what is known is as it is."""
        return bool(self._shards) and len(self._ready) == len(self._shards)

    async def run(self) -> None:
        """Hear until cancelled; then leave, so that the account is seen to be gone."""
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._watch())
                while True:
                    await self._live(await self._about())
        finally:
            await self._http.close()

    # --- Where the gateway is ------------------------------------------------------------------------------------

    async def _about(self) -> About:
        """What Discord says of its gateway, however long it does not."""
        failures = 0
        while True:
            try:
                return about_in(await self._http.request(Route("GET", "/gateway/bot")), self._clock())
            except (*LOST, ValueError, KeyError, TypeError) as error:
                failures += 1
                trouble = trouble_in(error)
                if trouble is AccountTrouble.DEAD or failures >= FAILURES:
                    self._trouble = trouble, str(Cause.GATEWAY_UNKNOWN)
                    await self._health.ill(*self._trouble)
                await asyncio.sleep(rest(failures, error, self._patience, self._random))

    # --- Shards --------------------------------------------------------------------------------------------------

    async def _live(self, about: About) -> None:
        """Hear by so many shards as Discord says, until that is of no use any more, or the token is refused."""
        client = Client(self._http, about.shards, self._events, self._heard, silence=self._patience.silence)
        turns = Turns(about, self._patience.identify, self._clock, self._about)
        self._shards = [Shard(client, number) for number in range(about.shards)]
        self._ready.clear()
        self._told_at = self._clock() + self._patience.away + self._patience.identify * (about.shards // about.at_once)
        tasks = [asyncio.create_task(self._keep(shard, about, turns)) for shard in self._shards]
        try:
            ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            await self._leave(tasks)
        await self._end(next(error for task in ended if (error := task.exception()) is not None), about)

    async def _leave(self, tasks: Collection[asyncio.Task[None]]) -> None:
        for shard in self._shards:
            shard.leave()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        self._shards = []

    async def _end(self, error: BaseException, about: About) -> None:
        """Tell why it ended, and wait until it may go on."""
        if not isinstance(error, Ended):
            raise error
        if error.code == DEAD:
            self._trouble = AccountTrouble.DEAD, str(Cause.GATEWAY_REFUSES)
            await self._health.ill(*self._trouble)
            await asyncio.sleep(self._patience.dead * (1 + self._random()))
        elif error.code != MORE_SHARDS or (await self._about()).shards <= about.shards:
            self._trouble = AccountTrouble.DEAF, because(FATAL[error.code], error.code)
            log.error("the gateway is closed for good: %s", self._trouble[1])
            await self._health.ill(*self._trouble)
            await asyncio.Event().wait()

    async def _keep(self, shard: Shard, about: About, turns: Turns) -> None:
        """Hear by one shard, however often its connection is lost. Raises Ended where that is for good."""
        failures = 0
        while True:
            began = inf
            try:
                await self._connect(shard, about, turns)
                began = self._clock()
                await shard.hear()
                why = str(Cause.DISCONNECTED)
            except Ended as ended:
                if ended.code == DEAD or ended.code in FATAL:
                    raise
                why = because(Cause.CLOSED_WITH, ended.code)
            except LOST as error:
                why = kind_of(error)  # its text may hold an address
            except Exception:
                log.exception("the gateway said what cannot be read")
                shard.forget()
                why = str(Cause.UNREADABLE)
            failures = failures_now(failures, self._clock() - began, self._patience)
            log.info("shard %d of the gateway is away: %s", shard.number, why)
            if shard.number not in self._ready:
                shard.return_home()
            self._lose(shard, why)
            await asyncio.sleep(self._random() * self._longest(failures))

    def _longest(self, failures: int) -> float:
        patience = self._patience
        return telling.ceiling(failures, first=patience.first_rest, longest=patience.longest_rest)

    async def _connect(self, shard: Shard, about: About, turns: Turns) -> None:
        if shard.can_resume:
            await shard.connect(about.gateway, self._patience.connect)
            return
        await turns.count()
        if (wait := turns.wait) > 0:
            self._trouble = AccountTrouble.DEAF, because(Cause.NO_SESSION, f"{wait:.0f}")
            await self._health.ill(*self._trouble)
        async with turns.turn(shard.number):
            await shard.connect(about.gateway, self._patience.connect)

    # --- How it is -----------------------------------------------------------------------------------------------

    def _heard(self, event: str, said: Json) -> None:
        if event in BEGINNINGS:
            self._ready.add(_shard_of(said))
            self._changed.set()
        if event in self._events:
            self._hear(event, said)

    def _lose(self, shard: Shard, why: str) -> None:
        if shard.number in self._ready:
            self._told_at = max(self._told_at, self._clock() + self._patience.away)
        self._ready.discard(shard.number)
        self._trouble = AccountTrouble.DEAF, why
        self._changed.set()

    async def _watch(self) -> None:
        """Tell how it is: that all is well at once, and that somebody is not heard where it lasts."""
        while True:
            self._changed.clear()
            wait = self._told_at - self._clock()
            if self.is_ready:
                await self._health.well(but=AccountTrouble.RIVAL)
                wait = self._patience.told
            elif wait <= 0 and self._shards:
                await self._tell_absence()
                wait = self._patience.away
            with suppress(TimeoutError):
                async with asyncio.timeout(max(wait, self._patience.away / 10)):
                    await self._changed.wait()

    async def _tell_absence(self) -> None:
        """Tell that the gateway is away, unless Discord answers nothing else either: then nothing is sent, too."""
        trouble = self._trouble
        try:
            await self._http.request(Route("GET", "/gateway/bot"), patience=self._patience.rights)
        except LOST as error:
            trouble = trouble_in(error), str(ours(error))
        if not self.is_ready:
            await self._health.ill(*trouble)


def _shard_of(said: Json) -> int:
    """Which shard's session begins or goes on; the library adds a name of its own to RESUMED."""
    if "__shard_id__" in said:
        return int(said["__shard_id__"] or 0)
    shard: Any = said.get("shard") or (0, 1)
    return int(shard[0])
