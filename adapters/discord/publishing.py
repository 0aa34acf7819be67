"""Publishes messages of announcement channels to those who follow them, beside the lane and never in its way.

Discord lets a channel publish ten messages an hour. What is still to be published is written down before a message
counts as sent, so that a restart goes on with it; publishing twice is harmless.
Source: https://docs.discord.com/developers/resources/message#crosspost-message
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import Final

import structlog
from discord.http import Route

from adapters.discord.errors import ALREADY_PUBLISHED, ours
from adapters.discord.request import Answered, DiscordHTTP
from adapters.platform import AccountDead, CourierError, Doubt, Reception, Refused, Throttled

log = structlog.get_logger(__name__)

HOUR: Final = 3600.0
"""Seconds of a channel's window."""
MOST: Final = 10
"""Messages that one channel publishes within it (no document says so; it is what the answers' headers say)."""

FIRST_AGAIN: Final = 2.0
LONGEST_AGAIN: Final = 600.0
"""Seconds between two tries: at first, and at most."""

CROSSPOST: Final = "/channels/{channel_id}/messages/{message_id}/crosspost"


@dataclass(slots=True)
class _Queue:
    """What one channel still has to publish, the oldest first, and when it published last."""

    waiting: list[int] = field(default_factory=list)
    published: deque[float] = field(default_factory=lambda: deque(maxlen=MOST))
    tries: int = 0

    def free_at(self, now: float) -> float:
        """When the next one may be published."""
        return self.published[0] + HOUR if len(self.published) == MOST else now

    def strike_out(self, message: int) -> None:
        """A message is published, or never will be."""
        self.waiting.remove(message)
        heapify(self.waiting)
        self.tries = 0


class Publishing:
    """Publishes for one account. `clock` gives seconds, `random` numbers from 0 to 1."""

    def __init__(self, http: DiscordHTTP, *, clock: Callable[[], float], random: Callable[[], float]) -> None:
        self._http = http
        self._clock = clock
        self._random = random
        self._reception: Reception | None = None
        self._queues: dict[str, _Queue] = {}
        self._due: list[tuple[float, str]] = []
        self._resting_until = clock()
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def begin(self, reception: Reception) -> None:
        """Publish from now on, first what was left the last time."""
        self._reception = reception
        if self._task is None:
            self._due = [(self._clock(), chat) for chat, queue in self._queues.items() if queue.waiting]
            self._task = asyncio.create_task(self._run(reception))

    async def stop(self) -> None:
        """Publish nothing more; what is left is written down."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def add(self, chat: str, message: str) -> None:
        """Publish a message as soon as its channel may; written down when this returns."""
        if self._reception is not None:
            await self._reception.note_unpublished(chat, message)
        self._enqueue(chat, message)

    def _enqueue(self, chat: str, message: str) -> None:
        queue = self._queues.setdefault(chat, _Queue())
        if not message.isdecimal() or int(message) in queue.waiting:
            return
        heappush(queue.waiting, int(message))
        if len(queue.waiting) == 1:
            self._plan(chat, self._clock())

    def _plan(self, chat: str, at: float) -> None:
        heappush(self._due, (at, chat))
        self._woken.set()

    # --- Working -------------------------------------------------------------------------------------------------

    async def _run(self, reception: Reception) -> None:
        await self._remember(reception)
        while True:
            chat = await self._next()
            queue = self._queues[chat]
            now = self._clock()
            at = queue.free_at(now)
            if queue.waiting and at <= now:
                at = await self._publish(reception, chat, queue)
            if queue.waiting:
                self._plan(chat, at)

    async def _remember(self, reception: Reception) -> None:
        """Take up what was left the last time, however long the store cannot tell it."""
        tries = 0
        while True:
            try:
                left = await reception.unpublished()
            except Exception as error:  # noqa: BLE001 whatever keeps the store, it is asked again
                log.warning("discord.cannot_remember_unpublished", error=repr(error))
                await asyncio.sleep(self._backoff(tries))
                tries += 1
            else:
                break
        for chat, message in left:
            self._enqueue(chat, message)

    async def _next(self) -> str:
        """The channel whose turn it is, when it is."""
        while True:
            self._woken.clear()
            wait = self._wait()
            if wait is not None and wait <= 0:
                return heappop(self._due)[1]
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._woken.wait()

    def _wait(self) -> float | None:
        """Seconds until there is something to do; None: nothing is planned."""
        return max(self._due[0][0], self._resting_until) - self._clock() if self._due else None

    async def _publish(self, reception: Reception, chat: str, queue: _Queue) -> float:
        """Publish the oldest message of a channel; returns when the next try may be."""
        message = queue.waiting[0]
        queue.published.append(self._clock())
        try:
            await self._http.request(Route("POST", CROSSPOST, channel_id=chat, message_id=str(message)))
        except Exception as error:  # noqa: BLE001 whatever breaks, its name decides what is done
            if not (isinstance(error, Answered) and error.code == ALREADY_PUBLISHED):
                again_at = self._failed(chat, message, queue, ours(error))
                if again_at is not None:
                    return again_at
        queue.strike_out(message)
        await reception.note_published(chat, str(message))
        return self._clock()

    def _failed(self, chat: str, message: int, queue: _Queue, error: CourierError) -> float | None:
        """When it is tried again; None: never."""
        now = self._clock()
        if not isinstance(error, Doubt):
            queue.published.pop()
        if isinstance(error, Throttled):
            if error.whole_lane:
                self._resting_until = now + error.retry_after
            return now + error.retry_after
        if isinstance(error, AccountDead):
            self._resting_until = now + LONGEST_AGAIN
        elif isinstance(error, Refused):
            log.warning("discord.not_published", chat=chat, message=str(message), error=str(error))
            return None
        queue.tries += 1
        log.info("discord.publishing_failed", chat=chat, tries=queue.tries, error=str(error))
        return now + self._backoff(queue.tries)

    def _backoff(self, tries: int) -> float:
        """Full jitter over a window that doubles, at least a little."""
        window = min(LONGEST_AGAIN, FIRST_AGAIN * 2.0 ** min(tries, 20))
        return 0.1 + self._random() * window
