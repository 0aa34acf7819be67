"""The simulated Discord over HTTP: exact headers, faults, the real library and our own requests as its clients."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
import pytest
from discord.http import HTTPClient, Route
from yarl import URL

from adapters.discord.budget import Budget
from adapters.discord.request import DiscordHTTP, Unanswered
from adapters.wire import Trip
from tests.platforms.discord.faults import Fault
from tests.platforms.discord.inprocess import InProcessWire
from tests.platforms.discord.quiet import WRITER
from tests.platforms.discord.servers import Channel
from tests.platforms.discord.simulator import DiscordSimulator, Simulation, running_simulator
from tests.world.loop import VirtualLoop

AGENT = "DiscordBot (https://sudi.example, 1)"


class Asker:
    """Asks the simulator over HTTP, in the bot's name; `channel` is where it may write."""

    def __init__(self, simulator: DiscordSimulator, client: aiohttp.ClientSession, channel: Channel) -> None:
        self.simulator = simulator
        self.channel = channel
        self.messages = f"{simulator.api_url}/channels/{channel.id}/messages"
        self._client = client

    async def post(self, content: str = "x", **options: Any) -> tuple[int, bytes, dict[str, str]]:
        """A message: the status, the bytes and the headers of the answer."""
        headers = {"Authorization": f"Bot {self.simulator.token}", "User-Agent": AGENT}
        options = options or {"json": {"content": content}}
        async with self._client.post(self.messages, headers=headers, **options) as answer:
            return answer.status, await answer.read(), dict(answer.headers)


def somewhere(simulation: Simulation) -> Channel:
    """A channel in which the bot may write."""
    lin = simulation.person(101)
    server = lin.creates_server("读书会")
    lin.adds_bot(server, *WRITER)
    return simulation.core.channels[server.system_channel]


@pytest.fixture
async def ask(simulator: DiscordSimulator) -> AsyncIterator[Asker]:
    """Asks in the bot's name."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as client:
        yield Asker(simulator, client, somewhere(simulator))


async def test_headers_are_discords(ask: Asker) -> None:
    """JSON is `application/json` and nothing more, and each answer has `Via` and its bucket."""
    status, body, headers = await ask.post("好")
    assert (status, json.loads(body)["content"]) == (200, "好")
    assert headers["Content-Type"] == "application/json"
    assert headers["Via"]
    assert headers["X-RateLimit-Remaining"] == "4"
    assert (await ask.post(data=b"{"))[0] == 400


@pytest.mark.parametrize(
    ("fault", "status", "part"),
    [
        (Fault.server_error(503), 503, b"503: Service Unavailable"),
        (Fault.server_error(html=True), 502, b"<html>"),
        (Fault.flood(), 429, b'"global": false'),
        (Fault.flood(-3), 429, b'"retry_after": -3'),
        (Fault.flood("soon", scope="shared"), 429, b'"soon"'),
        (Fault.banned(), 429, b"<html>"),
        (Fault.half_json(), 200, b'{"id":'),
        (Fault.wrong_types(), 200, b'"author":7'),
        (Fault.null(), 200, b"null"),
        (Fault.says(30046, retry_after=5), 429, b"30046"),
    ],
)
async def test_bad_answers(ask: Asker, fault: Fault, status: int, part: bytes) -> None:
    """Each fault answers what it says, in kind, and only what should be carried out is."""
    ask.simulator.fail(fault, method="POST", path="/messages$")
    found, body, headers = await ask.post()
    assert (found, part in body) == (status, True)
    assert ("Via" in headers) == (not fault.is_outside)
    assert len(ask.simulator.sent(ask.channel)) == fault.executes
    assert (await ask.post())[0] == 200
    assert [call.fault for call in ask.simulator.calls("POST")] == [fault.name, ""]


@pytest.mark.parametrize("fault", [Fault.reset(executed=False), Fault.reset(executed=True), Fault.lost_answer()])
async def test_broken_connections(ask: Asker, fault: Fault) -> None:
    """A connection breaks before or after the request was carried out."""
    ask.simulator.fail(fault)
    with pytest.raises(aiohttp.ClientError):
        await ask.post()
    assert len(ask.simulator.sent(ask.channel)) == fault.executes


async def test_slow_answers(ask: Asker) -> None:
    """An answer may never come, or come byte by byte, or late, though the request is carried out."""
    for fault in (Fault.hang(executed=True), Fault.drip(), Fault.latency(5.0), Fault.late(0.0)):
        ask.simulator.fail(fault)
    for number in range(1, 4):
        waiting = asyncio.ensure_future(ask.post())
        while len(ask.simulator.sent(ask.channel)) < number and not waiting.done():  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
        assert not waiting.done()
        waiting.cancel()
        await asyncio.wait({waiting})
    assert (await ask.post())[0] == 200
    assert len(ask.simulator.sent(ask.channel)) == 4


async def test_nobody_listens(ask: Asker) -> None:
    """Connections are refused until it listens again, at the same port."""
    await ask.simulator.refuse()
    with pytest.raises(aiohttp.ClientConnectionError):
        await ask.post()
    await ask.simulator.listen()
    assert (await ask.post())[0] == 200
    ask.simulator.hang_up()


async def test_the_real_library(simulator: DiscordSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """discord.py itself logs in, writes, is told what is wrong, and takes the message back."""
    channel = somewhere(simulator)
    monkeypatch.setattr(Route, "BASE", simulator.api_url)
    client = discord.Client(intents=discord.Intents(guilds=True))
    async with client:
        await client.login(simulator.token)
        there = client.get_partial_messageable(channel.id)
        message = await there.send("你好", silent=True, nonce="n1")
        assert simulator.sent(channel)[0].is_silent
        with pytest.raises(discord.HTTPException, match="Must be 2000 or fewer") as refused:
            await there.send("字" * 2_001)
        assert refused.value.code == 50035
        await message.delete()
        with pytest.raises(discord.NotFound) as gone:
            await message.edit(content="x")
        assert gone.value.code == 10008
    assert isinstance(client.http, HTTPClient)
    simulator.violations[:] = [each for each in simulator.violations if not each.endswith(".tts is unknown")]


async def test_our_own_requests(simulator: DiscordSimulator) -> None:
    """What our accounts send with is understood, and a lost answer is one that nobody knows of."""
    channel = somewhere(simulator)
    budget = Budget(asyncio.get_running_loop().time)
    async with DiscordHTTP(simulator.token, budget=budget, api_url=simulator.api_url) as http:
        route = Route("POST", "/channels/{channel_id}/messages", channel_id=channel.id)
        sent = await http.request(route, json={"content": "一", "nonce": "n1", "enforce_nonce": True})
        simulator.fail(Fault.lost_answer())
        with pytest.raises(Unanswered):
            await http.request(route, json={"content": "二", "nonce": "n2", "enforce_nonce": True})
        again = await http.request(route, json={"content": "二", "nonce": "n2", "enforce_nonce": True})
    assert [message.id for message in simulator.sent(channel)] == [int(sent["id"]), int(again["id"])]


def test_without_sockets() -> None:
    """On virtual time a request takes the time that it is given, and faults are errors of the connection."""
    loop = VirtualLoop(budget=10_000)
    simulation = Simulation(now=loop.time)
    channel = somewhere(simulation)
    wire = InProcessWire(simulation.wire, user_agent=AGENT, there=0.1, back=0.2)
    place = URL(f"http://discord.test/api/v10/channels/{channel.id}/messages")
    headers = {"Authorization": f"Bot {simulation.token}"}

    async def post() -> float:
        trip, start = Trip(), loop.time()
        body = b'{"content":"x"}'
        payload = await wire.exchange("POST", place, body=body, headers=headers, trip=trip)
        assert (trip.status, json.loads(payload)["content"]) == (200, "x")
        return loop.time() - start

    assert loop.run_until_complete(post()) == pytest.approx(0.3)
    simulation.fail(Fault.lost_answer())
    with pytest.raises(ConnectionResetError):
        loop.run_until_complete(post())
    simulation.fail(Fault.hang())
    with pytest.raises(TimeoutError):
        loop.run_until_complete(post())
    assert len(simulation.sent(channel)) == 2
    assert not simulation.violations
    loop.close()


def test_in_a_thread() -> None:
    """The simulator serves a test that is synchronous from a thread of its own."""
    with running_simulator() as simulator:
        channel = somewhere(simulator)
        simulator.core.post(channel, simulator.bot.user, content="好")
        found = simulator.until(lambda: simulator.last(channel))
        assert found.content == "好"
        simulator.refuse()
        simulator.listen()
        assert simulator.url in simulator.api_url
