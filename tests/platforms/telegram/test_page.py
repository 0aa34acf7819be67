"""The page on which a developer is a person: what it shows is what is there, and what it does is what was clicked."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.platforms.telegram.acts import FAULTS
from tests.platforms.telegram.page import Page
from tests.platforms.telegram.server import Server
from tests.platforms.telegram.simulator import Simulation


class Desk:
    """The page of a simulation, and a browser before it."""

    def __init__(self, simulation: Simulation, url: str, client: aiohttp.ClientSession) -> None:
        self.simulation = simulation
        self._url = url
        self._client = client

    async def see(self, **query: str | int) -> str:
        """The page's HTML."""
        async with self._client.get(self._url, params=query) as answer:
            assert answer.status == 200
            return await answer.text()

    async def do(self, act: str, **form: str | int) -> str:
        """Click, and see the page after it."""
        async with self._client.post(f"{self._url}/do", data={"act": act, "who": 101, **form}) as answer:
            assert answer.status == 200
            return await answer.text()


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """A page of its own."""
    simulation = Simulation()

    async def refuse(seconds: float) -> None:
        del seconds
        await server.refuse()

    server = Server(simulation.wire, more=Page(simulation, refuse=refuse).serve)
    await server.start()
    async with aiohttp.ClientSession() as client:
        yield Desk(simulation, server.url, client)
    await server.stop()
    assert not simulation.violations


async def test_talking(desk: Desk) -> None:
    """What is typed is said, what the bot sends is drawn with its entities and escaped, and its buttons are pressed."""
    await desk.do("starts", payload="x")
    keys = {"inline_keyboard": [[{"text": "全文", "callback_data": "x"}]]}
    text = {"text": "<b>快讯</b> 号外", "entities": [{"type": "bold", "offset": 10, "length": 2}]}
    simulation = desk.simulation
    simulation.core.call(simulation.token, "sendMessage", {"chat_id": 101, "reply_markup": keys, **text})
    seen = await desk.see(who=101)
    assert "/start x" in seen
    assert "&lt;b&gt;快讯&lt;/b&gt; <strong>号外</strong>" in seen
    await desk.do("press", chat=101, entry=2, label="全文")
    [press] = simulation.bot.presses.values()
    answer = {"callback_query_id": press.id, "text": "没有了"}
    simulation.core.call(simulation.token, "answerCallbackQuery", answer)
    assert "没有了" in await desk.see(who=101, part=1)


async def test_founding_and_leading(desk: Desk) -> None:
    """Chats of every kind are founded, the bot is added, promoted and thrown out, topics come and go."""
    for kind in ("group", "supergroup", "forum", "channel"):
        await desk.do("founds", kind=kind, title=f"{kind} 聊天")
    group, _, forum, channel = desk.simulation.core.chats.values()
    await desk.do("adds bot", chat=channel.id, can_post_messages="on")
    assert channel.member(desk.simulation.bot.user).may("can_post_messages")
    await desk.do("removes bot", chat=channel.id)
    assert not channel.member(desk.simulation.bot.user).is_present
    seen = await desk.do("opens topic", chat=forum.id, title="日报")
    assert "# 日报" in seen
    await desk.do("adds bot", chat=group.id)
    assert "group 聊天" in await desk.do("upgrades", chat=group.id)
    assert group.migrated_to


async def test_what_cannot_be_done_is_said(desk: Desk) -> None:
    """A click that Telegram would not allow changes nothing, and the page says so."""
    await desk.do("founds", kind="channel", title="频道")
    [channel] = desk.simulation.core.chats.values()
    assert "Telegram would not let you" in await desk.do("says", who=102, chat=channel.id, text="我也说")
    assert len(channel.shown) == 1


@pytest.mark.parametrize("fault", FAULTS)
async def test_faults_on_the_page(desk: Desk, fault: str) -> None:
    """Every fault can be switched on for some calls, and off again."""
    await desk.do("fails", fault=fault, method="sendMessage", times=5)
    [trap] = desk.simulation.wire.traps
    assert (trap.method, trap.times) == ("sendMessage", 5)
    await desk.do("recovers")
    assert not desk.simulation.wire.traps
