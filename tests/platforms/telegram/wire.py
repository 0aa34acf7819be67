"""What lies between a request and the core: faults that somebody asked for, and waiting for updates."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.platforms.serving import Outgoing
from tests.platforms.telegram.accounts import BotAccount
from tests.platforms.telegram.answers import Answer, ApiError, conflict
from tests.platforms.telegram.core import Core
from tests.platforms.telegram.faults import Fault, Trap
from tests.platforms.telegram.parameters import Misspelled, understood
from tests.platforms.telegram.updates import LONGEST_POLL, begin_poll, confirm, may_poll


class Wire:
    """The way to the core. Lives in one event loop; the core may be changed from any thread."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.traps: list[Trap] = []
        self._late: set[asyncio.Task[Answer]] = set()

    async def ask(self, token: str, method: str, parameters: Mapping[str, Any]) -> Outgoing:
        """Carry a request to the core, through whatever trap it springs."""
        bot = self._bot(token)
        fault = self._sprung(method, parameters.get("chat_id"), bot.id if bot else 0)
        if fault is not None and not fault.executes:
            self.core.note(bot, method, _readable(parameters), None, fault=fault.name)
            return _whole(Answer(status=fault.status or 200, body={})).spoiled(fault)
        if bot is not None and method.lower() == "getupdates":
            answer = await self._poll(token, bot, parameters)
        else:
            answer = await self._carried_out(token, method, parameters, fault)
        return _whole(answer).spoiled(fault) if fault else _whole(answer)

    async def _carried_out(self, token: str, method: str, parameters: Mapping[str, Any], fault: Fault | None) -> Answer:
        if fault is None or not fault.delay:
            return self.core.call(token, method, parameters, fault=fault.name if fault else "")

        async def later() -> Answer:
            await asyncio.sleep(fault.delay)
            return self.core.call(token, method, parameters, fault=fault.name)

        task = asyncio.create_task(later())
        self._late.add(task)
        task.add_done_callback(self._late.discard)
        return await asyncio.shield(task)

    def _bot(self, token: str) -> BotAccount | None:
        try:
            return self.core.bot_of(token)
        except ApiError:
            return None

    def _sprung(self, method: str, chat: Any, bot: int) -> Fault | None:
        with self.core.lock:
            return next((trap.fault for trap in self.traps if trap.springs(method, chat, bot)), None)

    async def _poll(self, token: str, bot: BotAccount, parameters: Mapping[str, Any]) -> Answer:
        """Wait until there is an update, the time is over, or another one polls."""
        given = _readable(parameters)
        try:
            may_poll(bot)
            number = begin_poll(self.core, bot)
            with self.core.lock:
                confirm(bot, _whole_number(given.get("offset")))
            await self._something_new(token, bot, given, number)
            if bot.polls != number:
                raise conflict(bot.ended_poll)
        except ApiError as refusal:
            self.core.note(bot, "getUpdates", given, refusal.answer)
            return refusal.answer
        return self.core.call(token, "getUpdates", given)

    async def _something_new(self, token: str, bot: BotAccount, given: Mapping[str, Any], number: int) -> None:
        seconds = min(max(0, _whole_number(given.get("timeout"))), LONGEST_POLL)
        offset = _whole_number(given.get("offset"))
        with self._woken() as woken:
            loop = asyncio.get_running_loop()
            ends = loop.time() + seconds
            while not self._is_over(token, bot, offset, number) and (left := ends - loop.time()) > 0:
                woken.clear()
                try:
                    await asyncio.wait_for(woken.wait(), left)
                except TimeoutError:
                    return

    def _is_over(self, token: str, bot: BotAccount, offset: int, number: int) -> bool:
        with self.core.lock:
            ended = bot.polls != number or bot.webhook is not None or self._bot(token) is None
            return ended or bool(bot.again) or any(offset <= pending.id or offset < 0 for pending in bot.pending)

    @contextmanager
    def _woken(self) -> Iterator[asyncio.Event]:
        """An event that is set whenever something happens, from whatever thread."""
        event, loop = asyncio.Event(), asyncio.get_running_loop()

        def watcher() -> None:
            loop.call_soon_threadsafe(event.set)

        self.core.watchers.append(watcher)
        try:
            yield event
        finally:
            self.core.watchers.remove(watcher)


def _whole_number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _readable(parameters: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return understood(parameters)
    except Misspelled:
        return dict(parameters)


def _whole(answer: Answer) -> Outgoing:
    return Outgoing(status=answer.status, body=json.dumps(answer.body, ensure_ascii=False).encode())
