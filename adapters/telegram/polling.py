"""Asks Telegram for updates, and confirms those that are answered: what is not comes again after a crash.

Telegram forgets every update before the `offset` that it is asked for, and brings all behind it, also those that are
being answered. So the offset stands at the first update without an answer, and while there is one, Telegram is asked
again after a moment instead of at once. Source: https://core.telegram.org/bots/api#getupdates
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from telegram import Bot, Update

from adapters.lines import Lines
from adapters.platform import AccountTrouble
from adapters.telegram.errors import ours
from adapters.telegram.health import Health, Outrun, Patience, is_conflict, rest
from adapters.telegram.hearing import WANTED
from adapters.telegram.request import AiohttpRequest
from adapters.telegram.sifting import sifted

MOST_AT_ONCE: Final = 100
"""Updates in one answer (Bot API, getUpdates)."""

MOST_WAITING: Final = 1_000
"""So many updates wait to be answered; Telegram keeps the others meanwhile."""

LARGEST_BATCH: Final = 1 << 25
"""Bytes of one answer with updates."""

log = logging.getLogger(__name__)


class PollRequest(AiohttpRequest):
    """Carries polls, and leaves of their answers what the library can read and we look at."""

    def __init__(self) -> None:
        super().__init__(connections=4, largest=LARGEST_BATCH)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The answer with its updates sifted."""
        answer: dict[str, Any] = json.loads(payload.decode("utf-8", "replace"))
        found = answer.get("result")
        if isinstance(found, list):
            answer["result"] = [left for update in found if (left := sifted(update)) is not None]
        return answer


def _is_answered(answered: asyncio.Future[None]) -> bool:
    return answered.done() and not answered.cancelled()


class Polling:
    """Polls for one account. `clock` gives seconds, `random` numbers from 0 to 1."""

    def __init__(
        self,
        bot: Bot,
        lines: Lines[Update],
        health: Health,
        patience: Patience,
        *,
        clock: Callable[[], float],
        random: Callable[[], float],
    ) -> None:
        self._bot = bot
        self._lines = lines
        self._health = health
        self._patience = patience
        self._clock = clock
        self._random = random
        self._held: dict[int, asyncio.Future[None]] = {}
        self._behind: int | None = None
        self._pause = patience.again
        self._failures = 0
        self._conflicts: deque[float] = deque(maxlen=patience.besieged)

    @property
    def offset(self) -> int | None:
        """The first update without an answer, or what follows the last one; None where nothing is to be confirmed."""
        for number in [number for number, answered in self._held.items() if _is_answered(answered)]:
            del self._held[number]
        return min(self._held) if self._held else self._behind

    # --- Beginning and ending ------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Take the updates for this program. Raises what the library raises; where another polls, a conflict or Outrun.

        Nothing is confirmed yet, so nothing is taken from whoever is there already, and nothing may vanish.
        """
        await self._unhook()
        until = self._clock() + self._patience.probation
        first: int | None = None
        while (left := until - self._clock()) > 0:
            seconds = round(left)
            found = [update.update_id for update in await self._fetch(None, seconds=seconds)]
            if first is not None and first not in found:
                raise Outrun("another program takes the updates")
            first = min(found, default=None)
            if found or not seconds:
                await asyncio.sleep(min(left, self._patience.longest_again))

    async def _unhook(self) -> None:
        hook = (await self._bot.get_webhook_info()).url
        if hook:
            log.warning("the webhook at %s is removed, because this program polls", urlsplit(hook).hostname)
            await self._bot.delete_webhook()

    async def close(self) -> None:
        """Confirm what was answered since the last poll; what cannot be confirmed comes again, and is known then."""
        offset = self.offset
        if offset is None:
            return
        try:
            await self._bot.get_updates(offset=offset, limit=1, timeout=0, read_timeout=self._patience.answer)
        except Exception as error:  # noqa: BLE001 - it comes again
            log.info("the last answers could not be confirmed: %s", ours(error))

    # --- Polling -------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            began = self._clock()
            try:
                found = await self._fetch(self.offset, seconds=1 if self._failures else self._patience.poll)
            except Exception as error:  # noqa: BLE001 - whatever breaks, it is tried again
                await asyncio.sleep(await self._failed(error))
                continue
            await self._came_through()
            await self._rest(fresh=self._take(found))
            if not found and self._clock() - began < self._patience.longest_again:
                await asyncio.sleep(self._patience.longest_again)  # whoever answers so does not wait, and is spared

    async def _fetch(self, offset: int | None, *, seconds: int) -> Sequence[Update]:
        return await self._bot.get_updates(
            offset=offset,
            limit=MOST_AT_ONCE,
            timeout=seconds,
            allowed_updates=WANTED,
            read_timeout=self._patience.answer,
        )

    def _take(self, found: Sequence[Update]) -> bool:
        """Put what came in line; returns whether anything of it is new."""
        fresh = False
        for update in sorted(found, key=lambda update: update.update_id):
            answered = self._lines.take(update)
            if answered is not None and update.update_id not in self._held:
                self._held[update.update_id] = answered
                fresh = True
        if found:
            self._behind = max(update.update_id for update in found) + 1
        elif not self._held:
            # All of it is confirmed. After a week of silence Telegram counts from anywhere, perhaps from below.
            self._behind = None
        if len(found) >= MOST_AT_ONCE and not fresh and self._held:
            log.warning("%s updates wait for their answers, and are confirmed so that others come", len(self._held))
            self._held.clear()
            return True
        return fresh

    async def _rest(self, *, fresh: bool) -> None:
        """While something is not answered, wait for that, but a moment only: others may have come."""
        waiting = [answered for answered in self._held.values() if not _is_answered(answered)]
        self._pause = self._patience.again if fresh else min(self._pause * 2, self._patience.longest_again)
        if waiting:
            await asyncio.wait(waiting, timeout=self._pause)
        await self._lines.room(MOST_WAITING)

    # --- What goes wrong -----------------------------------------------------------------------------------------

    async def _came_through(self) -> None:
        self._failures = 0
        quiet = not self._conflicts or self._clock() - self._conflicts[-1] > self._patience.turned_away
        if quiet or not self._is_besieged():
            await self._health.well()

    async def _failed(self, error: Exception) -> float:
        """Tell what is wrong, where it lasts; returns the seconds until the next try."""
        if is_conflict(error):
            return await self._conflict(error)
        self._failures += 1
        await self._health.failed(error, self._failures, self._patience)
        return rest(self._failures, error, self._patience, self._random)

    async def _conflict(self, error: Exception) -> float:
        """A newcomer shows now and then, and is turned away by the next poll; whoever shows all the time stays."""
        self._conflicts.append(self._clock())
        if not self._is_besieged():
            return self._patience.rival
        await self._health.ill(AccountTrouble.RIVAL, str(ours(error)))
        return self._patience.siege

    def _is_besieged(self) -> bool:
        often = len(self._conflicts) == self._patience.besieged
        return often and self._conflicts[-1] - self._conflicts[0] <= self._patience.turned_away
