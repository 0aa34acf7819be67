"""An account's life as it hears: first it is admitted, then it listens, and at the end it answers what it took."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from telegram import Bot, Update

from adapters.causes import Cause
from adapters.health import Impostor, first_mistake
from adapters.lines import Lines
from adapters.platform import AccountId, AccountTrouble, Dialect, Reception
from adapters.telegram.conversation import Conversation, Table
from adapters.telegram.errors import ours
from adapters.telegram.health import Health, Patience, rest, trouble_in
from adapters.telegram.hearing import Me, line_of, number_of
from adapters.telegram.menus import Menus
from adapters.telegram.polling import Polling
from adapters.telegram.webhook import WebhookDoor

LONGEST_ENDING: Final = 5.0
"""Seconds for the last words to Telegram."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ears:
    """What a listener is made of. `random` gives numbers from 0 to 1, `clock` seconds; without a door it polls."""

    bot: Bot = field(repr=False)
    account: AccountId
    dialect: Dialect
    language: str
    random: Callable[[], float]
    clock: Callable[[], float]
    patience: Patience
    door: WebhookDoor | None = None


class TelegramListener:
    """Keeps `adapters.platform.Listener` for one account."""

    def __init__(self, ears: Ears) -> None:
        self._ears = ears
        self._username = ""
        self._tasks: list[asyncio.Task[None]] = []
        self._lines: Lines[Update] | None = None
        self._polling: Polling | None = None

    @property
    def name(self) -> str:
        """What people call the account, as `@sudi_bot`; empty before it is known."""
        return f"@{self._username}" if self._username else ""

    # --- Beginning -----------------------------------------------------------------------------------------------

    async def start(self, reception: Reception) -> None:
        """Begin to listen; returns once it listens, however long Telegram is away. Cancelled, it leaves nothing."""
        health = Health(reception, self._ears.clock)
        failures = 0
        while True:
            try:
                await self._admit(reception, health)
            except asyncio.CancelledError:
                self._shut()
                raise
            except Exception as error:  # noqa: BLE001 - whatever breaks, it is tried again
                failures += 1
                await asyncio.sleep(await self._refused(health, error, failures))
            else:
                return

    async def _admit(self, reception: Reception, health: Health) -> None:
        """One try to be let in, and to hear. Raises what the library raises, and Impostor."""
        await self._ears.bot.initialize()
        me = self._ears.bot.bot
        if str(me.id) != self._ears.account:
            raise Impostor
        self._username = me.username or ""
        lines = Lines(self._conversation(reception).answer, number_of=number_of, line_of=line_of)
        if self._ears.door is not None:
            await self._ears.door.open(self._ears.bot, lines)
        else:
            self._polling = self._polls(lines, health)
            await self._polling.open()
        await health.well()
        self._lines = lines
        self._begin(reception, health)

    def _conversation(self, reception: Reception) -> Conversation:
        ears = self._ears
        table = Table(
            bot=ears.bot,
            me=Me(account=ears.account, username=self._username),
            dialect=ears.dialect,
            reception=reception,
            patience=ears.patience,
            clock=ears.clock,
        )
        return Conversation(table)

    def _polls(self, lines: Lines[Update], health: Health) -> Polling:
        ears = self._ears
        return Polling(ears.bot, lines, health, ears.patience, clock=ears.clock, random=ears.random)

    def _begin(self, reception: Reception, health: Health) -> None:
        ears = self._ears
        menus = Menus(ears.bot, reception, ears.language, ears.patience, ears.clock)
        self._tasks = [asyncio.create_task(menus.keep())]
        if ears.door is not None:
            self._tasks.append(asyncio.create_task(ears.door.watch(ears.bot, health, ears.patience)))
        elif self._polling is not None:
            self._tasks.append(asyncio.create_task(self._polling.run()))

    async def _refused(self, health: Health, error: Exception, failures: int) -> float:
        """Tell why the account is not let in; returns the seconds until the next try."""
        patience, random = self._ears.patience, self._ears.random
        if isinstance(error, Impostor):
            await health.ill(AccountTrouble.DEAD, Cause.OTHER_ACCOUNT)
            return patience.dead * (1 + random())
        trouble = trouble_in(error)
        await health.ill(trouble, str(ours(error)))
        if trouble is AccountTrouble.RIVAL:
            return patience.turned_away * (1 + random())
        return rest(failures, error, patience, random)

    async def failed(self) -> Exception:
        """As `Fallible.failed`: whatever Telegram does is no mistake, so this hardly ever returns."""
        return await first_mistake(self._tasks)

    # --- Ending --------------------------------------------------------------------------------------------------

    async def stop(self) -> None:
        """Take no new query, answer those that were taken, and confirm them; what is too slow comes again."""
        self._shut()
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        lines, self._lines = self._lines, None
        if lines is None:
            return
        if not await lines.drain(self._ears.patience.drain):
            log.warning("some updates were not answered in time, and come again")
        if self._polling is not None:
            await self._last_words(self._polling)

    def _shut(self) -> None:
        if self._ears.door is not None:
            self._ears.door.shut()

    async def _last_words(self, polling: Polling) -> None:
        try:
            async with asyncio.timeout(LONGEST_ENDING):
                await polling.close()
        except TimeoutError:
            log.info("the last answers could not be confirmed in time")
