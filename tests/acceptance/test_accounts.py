"""Accounts of the whole bot: a second program with the same token, a webhook, and two platforms side by side."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from telegram import Bot

from adapters.telegram.request import AiohttpRequest, Answered
from tests.acceptance import discord
from tests.acceptance.press import post
from tests.acceptance.telegram import Town, town
from tests.acceptance.town import OLD, lived
from tests.platforms.telegram.chats import Entry
from tests.platforms.telegram.person import Person
from tests.platforms.telegram.simulator import TelegramSimulator


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Town]:
    """A town of its own."""
    with town(tmp_path) as made:
        yield made


async def _polls(here: Town) -> None:
    """Another program that listens with the same token, and persists."""
    request = AiohttpRequest()
    bot = Bot(here.simulator.token, base_url=f"{here.simulator.url}/bot", request=request, get_updates_request=request)
    await request.initialize()
    try:
        while True:
            try:
                await bot.get_updates(timeout=20)
            except Answered:
                await asyncio.sleep(0.2)
    finally:
        await request.shutdown()


@lived
async def test_fault_34_whoever_comes_later_with_the_same_token_sends_nothing(
    here: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    """While another program listens with its token, Sudi says so and sends nothing; it begins when that has ended."""
    sudi = await here.running()
    lin = await here.subscriber()
    await sudi.stop()
    before = len(here.simulator.sent(lin))
    rival = asyncio.create_task(_polls(here))
    await here.until(
        lambda: here.simulator.calls("getUpdates")[-1].parameters.get("timeout") == 20, "the other program"
    )
    sudi.save("new.md", post("先来后到", "第一条"))
    await sudi.start()
    alerted = "SELECT code FROM alert WHERE settled_at IS NULL"
    await here.until(lambda: ("account-rival",) in sudi.rows(alerted), "that it knows")
    await here.until(lambda: sudi.rows("SELECT count(*) FROM delivery WHERE state = 'open'") == [(1,)], "what is due")
    assert "正被另一个程序使用" in capsys.readouterr().out
    assert len(here.simulator.sent(lin)) == before
    rival.cancel()
    await asyncio.wait({rival})
    await here.shown(lin, "先来后到")
    await here.until(lambda: not sudi.rows(alerted), "the end of the alert")
    await sudi.stop()


@lived
async def test_a_webhook_is_served_by_the_same_server(here: Town, capsys: pytest.CaptureFixture[str]) -> None:
    """With a public address Telegram posts to the page's server, past its key, and is answered as when it is polled."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    sudi = await here.running(SUDI_PORT=str(port), SUDI_TELEGRAM_WEBHOOK_URL=f"http://127.0.0.1:{port}")
    lin = await here.subscriber()
    hook = here.simulator.bot.webhook
    assert hook is not None
    assert len(hook.secret) == 64
    sudi.save("new.md", post("经由 webhook", "第一条"))
    await here.shown(lin, "经由 webhook")
    async with aiohttp.ClientSession() as stranger:
        update = {"update_id": 1, "message": {"text": "/stop"}}
        headers = {"X-Telegram-Bot-Api-Secret-Token": "a" * 64}
        async with stranger.post(hook.url, json=update, headers=headers) as answer:
            assert (answer.status, await answer.read()) == (403, b"")
    await sudi.stop()
    assert not here.simulator.calls("getUpdates")
    await sudi.start(SUDI_PORT=str(port), SUDI_TELEGRAM_WEBHOOK_URL=f"http://127.0.0.1:{port}")
    lin.says("/status")
    await here.shown(lin, "订阅状态")
    assert here.simulator.bot.webhook is not None
    assert here.simulator.bot.webhook.secret == hook.secret
    await sudi.stop()
    told = capsys.readouterr()
    assert hook.secret not in told.out + told.err


@pytest.fixture
def there(tmp_path: Path) -> Iterator[discord.Town]:
    """A town of Discord, beside which there may be a Telegram."""
    with discord.town(tmp_path) as made:
        yield made


def test_fault_33_platforms_live_side_by_side_and_die_alone(there: discord.Town) -> None:
    """One Sudi serves Telegram and Discord; when one of their tokens dies, the other platform's readers go on."""
    there.live(_side_by_side(there))


async def _side_by_side(there: discord.Town) -> None:
    async with TelegramSimulator(now=there.loop.time) as telegram:
        settings = {"SUDI_TELEGRAM_TOKEN": telegram.token, "SUDI_TELEGRAM_API_URL": telegram.url}
        sudi = await there.running(crowd=1, **settings)
        lin = telegram.person(101, "小林")
        lin.says("/subscribe")
        await there.until(lambda: _in(telegram, lin, OLD), "the latest issue on Telegram")
        sudi.save("a.md", post("两边都有的一期", "头条"))
        await there.shown(there.crowd(0), "两边都有的一期")
        await there.until(lambda: _in(telegram, lin, "两边都有的一期"), "the same on Telegram")
        there.simulator.revoke()
        sudi.save("b.md", post("只到一边的一期", "头条"))
        await there.until(lambda: sudi.alert("account-dead"), "the alert")
        await there.until(lambda: _in(telegram, lin, "只到一边的一期"), "the issue on Telegram")
        assert sudi.deliveries("只到一边的一期") == {"open": 1}
        assert "Telegram" in await sudi.page("/deliveries")
        await sudi.stop()
        assert not telegram.violations


def _in(telegram: TelegramSimulator, person: Person, words: str) -> list[Entry]:
    return [entry for entry in telegram.sent(person) if words in entry.text]
