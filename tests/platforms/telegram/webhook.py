"""Brings updates to the webhooks that bots have set, again and again until they are taken."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Final

import aiohttp

from tests.platforms.telegram.accounts import BotAccount, Pending, Webhook
from tests.platforms.telegram.core import Core

PATIENCE: Final = 60.0
"""Seconds that a webhook may take for its answer."""

FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 5.0
"""Seconds between two attempts: the real ones are longer, and nobody wants to wait for them."""


@dataclass(slots=True)
class _Errand:
    update: int
    task: asyncio.Task[None]


class WebhookCourier:
    """Up to as many at once as the bot asked for; in the order of the updates, as far as all go well."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._errands: dict[tuple[int, int], _Errand] = {}
        self._runs: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to bring."""
        self._runs = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Bring no more."""
        tasks = [errand.task for errand in self._errands.values()]
        for task in [*tasks, *([self._runs] if self._runs else [])]:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        woken, loop = asyncio.Event(), asyncio.get_running_loop()

        def watcher() -> None:
            loop.call_soon_threadsafe(woken.set)

        self._core.watchers.append(watcher)
        try:
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE)) as session:
                while True:
                    woken.clear()
                    for bot in self._core.bots:
                        self._begin(bot, session)
                    await woken.wait()
        finally:
            self._core.watchers.remove(watcher)

    def _begin(self, bot: BotAccount, session: aiohttp.ClientSession) -> None:
        hook = bot.webhook
        if hook is None:
            return
        with self._core.lock:
            waiting = list(bot.pending)
        for pending in waiting:
            running = [key for key in self._errands if key[0] == bot.id]
            if len(running) >= hook.connections:
                return
            key = (bot.id, pending.id)
            if key not in self._errands:
                task = asyncio.create_task(self._bring(bot, hook, pending, session))
                self._errands[key] = _Errand(pending.id, task)

    async def _bring(self, bot: BotAccount, hook: Webhook, pending: Pending, session: aiohttp.ClientSession) -> None:
        pause = FIRST_PAUSE
        try:
            while bot.webhook is hook and pending in bot.pending:
                if wrong := await _attempt(hook, pending, session):
                    hook.error, hook.error_date = wrong, self._core.date
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, LONGEST_PAUSE)
                else:
                    with self._core.lock, contextlib.suppress(ValueError):
                        bot.pending.remove(pending)
        finally:
            self._errands.pop((bot.id, pending.id), None)
            self._core.changed()


async def _attempt(hook: Webhook, pending: Pending, session: aiohttp.ClientSession) -> str:
    """What went wrong; empty if it was taken."""
    headers = {"X-Telegram-Bot-Api-Secret-Token": hook.secret} if hook.secret else {}
    try:
        async with session.post(hook.url, json=pending.update, headers=headers, allow_redirects=False) as answer:
            await answer.read()
            fine = 200 <= answer.status < 300
            return "" if fine else f"Wrong response from the webhook: {answer.status} {answer.reason}"
    except TimeoutError:
        return "Read timeout expired"
    except aiohttp.ClientConnectorError:
        return "Connection refused"
    except aiohttp.ClientError:
        return "Connection reset by peer"
