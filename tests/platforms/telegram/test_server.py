"""The simulator over HTTP: bodies, long polls, webhooks, faults, and the real library as its client."""

from __future__ import annotations

import asyncio
import json
import socket
import urllib.request
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import telegram
from aiohttp import web

from tests.platforms.telegram.faults import Fault
from tests.platforms.telegram.inprocess import InProcessRequest
from tests.platforms.telegram.quiet import QuietTelegram
from tests.platforms.telegram.simulator import TOKEN, Simulation, TelegramSimulator, running_simulator
from tests.platforms.telegram.updates import HOOKED, RIVAL
from tests.world.loop import VirtualLoop


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    """A bare HTTP client."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as client:
        yield client


class Asker:
    """Asks the simulator over HTTP."""

    def __init__(self, simulator: TelegramSimulator, client: aiohttp.ClientSession) -> None:
        self._base = f"{simulator.url}/bot{simulator.token}"
        self._client = client

    async def __call__(self, method: str, **parameters: Any) -> Any:
        """The result, or the words of the refusal."""
        async with self._client.post(f"{self._base}/{method}", json=parameters) as answer:
            told = await answer.json()
            return told["result"] if told["ok"] else told["description"]

    async def raw(self, method: str, **options: Any) -> tuple[int, bytes]:
        """The status and the bytes of an answer."""
        async with self._client.post(f"{self._base}/{method}", **options) as answer:
            return answer.status, await answer.read()


@pytest.fixture
async def ask(simulator: TelegramSimulator, client: aiohttp.ClientSession) -> Asker:
    """Asks in the bot's name."""
    return Asker(simulator, client)


async def test_every_kind_of_body(simulator: TelegramSimulator, ask: Asker) -> None:
    """Parameters come as JSON, urlencoded, multipart or in the address, and mean the same."""
    group = simulator.person(101).creates_group("群")
    simulator.person(101).adds_bot(group)
    entities = [{"type": "bold", "offset": 0, "length": 1}]
    given = {"chat_id": str(group.id), "text": "快讯", "entities": json.dumps(entities), "disable_notification": "true"}
    form = aiohttp.FormData(given)
    part = aiohttp.FormData(given, default_to_multipart=True)
    for options in ({"json": given | {"chat_id": group.id, "entities": entities}}, {"data": form}, {"data": part}):
        status, _ = await ask.raw("sendmessage", **options)
        assert status == 200
        simulator.advance(60)
    assert (await ask.raw("sendMessage", params=given))[0] == 200
    entries = simulator.sent(group)
    assert [(entry.text, entry.silent, entry.entities) for entry in entries] == [("快讯", True, entities)] * 4


async def test_long_poll(simulator: TelegramSimulator, ask: Asker) -> None:
    """A poll waits for an update; an offset confirms what is before it, a negative one counts from the end."""
    lin = simulator.person(101)
    polling = asyncio.create_task(ask("getUpdates", timeout=5))
    await simulator.until(lambda: simulator.bot.polls)
    lin.starts()
    [first] = await polling
    lin.says("二")
    lin.says("三")
    assert [update["update_id"] - first["update_id"] for update in await ask("getUpdates", limit=2)] == [0, 1]
    [last] = await ask("getUpdates", offset=-1)
    assert last["message"]["text"] == "三"
    assert await ask("getUpdates", offset=last["update_id"] + 1) == []
    simulator.replays(1)
    assert await ask("getUpdates", offset=last["update_id"] + 1) == [last]


async def test_only_the_newest_polls(simulator: TelegramSimulator, ask: Asker) -> None:
    """A second poll ends the first one with 409; a webhook ends it as well, and forbids the next."""
    first = asyncio.create_task(ask("getUpdates", timeout=5))
    await simulator.until(lambda: simulator.bot.polls == 1)
    second = asyncio.create_task(ask("getUpdates", timeout=5))
    assert await first == f"Conflict: {RIVAL}"
    await ask("setWebhook", url="http://127.0.0.1:9/")
    assert await second == f"Conflict: {HOOKED}"
    assert (await ask("getUpdates")).startswith("Conflict: can't use getUpdates method while webhook is active")
    await ask("deleteWebhook")
    assert await ask("getUpdates") == []


async def test_kinds_of_updates(simulator: TelegramSimulator, ask: Asker) -> None:
    """Only the kinds that were asked for come, until others are asked for."""
    await ask("getUpdates", allowed_updates=["my_chat_member"])
    simulator.person(101).starts()
    simulator.person(101).blocks()
    [update] = await ask("getUpdates")
    assert "my_chat_member" in update


async def test_webhook(simulator: TelegramSimulator, ask: Asker) -> None:
    """Updates are brought to the webhook with its secret until it takes them; what went wrong last is told."""
    heard: list[tuple[str | None, Any]] = []

    async def hook(request: web.Request) -> web.Response:
        heard.append((request.headers.get("X-Telegram-Bot-Api-Secret-Token"), await request.json()))
        return web.Response(status=500 if len(heard) == 1 else 200)

    app = web.Application()
    app.router.add_post("/hook", hook)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
        assert await ask("setWebhook", url=url, secret_token="a_b-1") is True  # noqa: S106 - not a secret
        simulator.person(101).starts()
        await simulator.until(lambda: len(heard) == 2 and not simulator.bot.pending)
        assert [secret for secret, _ in heard] == ["a_b-1", "a_b-1"]
        assert heard[0] == heard[1]
        info = await ask("getWebhookInfo")
        assert info["last_error_message"] == "Wrong response from the webhook: 500 Internal Server Error"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://a.example/", "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"),
        (
            "https://a.example:81/",
            "Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
        ),
        ("https://a.example:8443/x", True),
        ("http://127.0.0.1:81/", True),
    ],
)
def test_addresses_of_webhooks(quiet: QuietTelegram, url: str, words: Any) -> None:
    """A webhook is reached by HTTPS at one of four ports; on loopback anything goes."""
    told = quiet.ask("setWebhook", url=url).body
    assert told.get("result", told.get("description")) == words


ANSWERED = [
    (Fault.server_error(502), 502, b"Bad Gateway", 0),
    (Fault.server_error(503, html=True, executed=True), 503, b"<html>", 1),
    (Fault.flood(-5), 429, b'"retry_after": -5', 0),
    (Fault.flood(), 429, b"Too Many Requests", 0),
    (Fault.flood(html=True), 429, b"<html>", 0),
    (Fault.half_json(), 200, b'{"ok":true,"result":{"message_id":', 1),
    (Fault.wrong_types(), 200, b'"yes"', 1),
    (Fault.null(), 200, b"null", 1),
    (Fault.huge(1), 200, b"xxxx", 1),
    (Fault.latency(0.05), 200, b'"ok": true', 1),
    (Fault.late(0.05), 200, b'"ok": true', 1),
    (Fault.says(400, "Bad Request: chat not found"), 400, b"chat not found", 0),
]


@pytest.mark.parametrize(("fault", "status", "body", "written"), ANSWERED, ids=[row[0].name for row in ANSWERED])
async def test_faults_with_an_answer(  # noqa: PLR0917 - a row of the table
    simulator: TelegramSimulator, ask: Asker, fault: Fault, status: int, body: bytes, written: int
) -> None:
    """A fault answers what it should, and the message is there or not, as the fault says."""
    lin = simulator.person(101)
    lin.starts()
    trap = simulator.fail(fault, method="sendMessage", chat=101)
    got, told = await ask.raw("sendMessage", json={"chat_id": 101, "text": "x"})
    assert (got, body in told, len(simulator.sent(lin))) == (status, True, written)
    assert trap.is_spent
    assert simulator.calls("sendMessage")[0].fault == fault.name


BROKEN = [
    (Fault.reset(executed=False), aiohttp.ClientError, 0),
    (Fault.reset(executed=True), aiohttp.ClientError, 1),
    (Fault.lost_answer(), aiohttp.ClientError, 1),
    (Fault.hang(), TimeoutError, 0),
    (Fault.hang(executed=True), TimeoutError, 1),
    (Fault.drip(), TimeoutError, 1),
]


@pytest.mark.parametrize(("fault", "error", "written"), BROKEN, ids=[row[0].name for row in BROKEN])
async def test_faults_without_an_answer(
    simulator: TelegramSimulator, ask: Asker, fault: Fault, error: type[Exception], written: int
) -> None:
    """A connection is reset or silent, and the message is there or not, as the fault says."""
    lin = simulator.person(101)
    lin.starts()
    simulator.fail(fault)
    with pytest.raises(error):
        await ask.raw("sendMessage", json={"chat_id": 101, "text": "x"}, timeout=aiohttp.ClientTimeout(total=0.3))
    assert len(simulator.sent(lin)) == written


async def test_carried_out_although_nobody_waits(simulator: TelegramSimulator, ask: Asker) -> None:
    """A call that is carried out late is carried out, also if its client has gone meanwhile."""
    lin = simulator.person(101)
    lin.starts()
    simulator.fail(Fault.late(0.2))
    with pytest.raises(TimeoutError):
        await ask.raw("sendMessage", json={"chat_id": 101, "text": "x"}, timeout=aiohttp.ClientTimeout(total=0.05))
    assert not simulator.sent(lin)
    await simulator.until(lambda: simulator.sent(lin))


async def test_hanging_up(simulator: TelegramSimulator, ask: Asker) -> None:
    """Connections can be closed under their clients; new ones are taken."""
    polling = asyncio.create_task(ask("getUpdates", timeout=5))
    await simulator.until(lambda: simulator.bot.polls)
    simulator.hang_up()
    with pytest.raises(aiohttp.ClientError):
        await polling
    assert (await ask("getMe"))["is_bot"]


async def test_a_trap_waits_for_its_call(simulator: TelegramSimulator, ask: Asker) -> None:
    """A trap lets other methods and the first calls pass, and spoils as many as it should."""
    simulator.fail(Fault.server_error(), method="getMe", after=1, times=2)
    assert (await ask.raw("getWebhookInfo"))[0] == 200
    assert [(await ask.raw("getMe"))[0] for _ in range(4)] == [200, 502, 502, 200]


async def test_refused_and_back(simulator: TelegramSimulator, ask: Asker) -> None:
    """While it refuses nobody gets through; then it is back at the same port, with everything it knew."""
    simulator.person(101).starts()
    await simulator.refuse()
    with pytest.raises(aiohttp.ClientConnectorError):
        await ask("getMe")
    await simulator.listen()
    assert len(await ask("getUpdates")) == 1


@pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")
async def test_with_the_library(simulator: TelegramSimulator) -> None:
    """The real library gets along: it sends, edits, polls, and raises its own errors for the refusals."""
    lin = simulator.person(101)
    lin.starts()
    async with telegram.Bot(simulator.token, base_url=f"{simulator.url}/bot") as bot:
        keys = telegram.InlineKeyboardMarkup.from_button(telegram.InlineKeyboardButton("全文", callback_data="x"))
        sent = await bot.send_message(101, "快讯 /today", reply_markup=keys, disable_notification=True)
        assert sent.entities[0].type == "bot_command"
        with pytest.raises(telegram.error.RetryAfter):
            await bot.send_message(101, "又")
        updates = await bot.get_updates()
        press = lin.presses(simulator.sent(lin)[0], "全文")
        [update] = await bot.get_updates(offset=updates[-1].update_id + 1, timeout=1)
        assert update.callback_query
        await update.callback_query.answer("好", show_alert=True)
        assert press.answer
        assert (press.answer.text, press.answer.is_alert) == ("好", True)
        simulator.revoke()
        with pytest.raises(telegram.error.InvalidToken):
            await bot.get_me()


def test_thousands_on_virtual_time() -> None:
    """Without sockets, on virtual time, the library sends 1,000 messages at their pace, and none is refused."""
    loop = VirtualLoop(budget=100_000)
    simulation = Simulation(now=loop.time)
    for number in range(1, 1_001):
        simulation.person(number).starts()

    async def send() -> None:
        request = InProcessRequest(simulation.wire, there=0.02, back=0.03)
        bot = telegram.Bot(simulation.token, request=request, get_updates_request=request)
        for number in range(1, 1_001):
            await bot.send_message(number, "快讯")

    loop.run_until_complete(send())
    loop.close()
    assert len(simulation.calls("sendMessage")) == 1_000
    assert not simulation.floods
    assert not simulation.violations


def test_waiting_on_virtual_time() -> None:
    """A poll waits for as long as it asked on virtual time as well, and ends when something comes."""
    loop = VirtualLoop(budget=10_000)
    simulation = Simulation(now=loop.time)

    async def poll() -> tuple[float, float]:
        request = InProcessRequest(simulation.wire)
        bot = telegram.Bot(simulation.token, request=request, get_updates_request=request)
        assert await bot.get_updates(timeout=50) == ()
        waited = loop.time()
        loop.call_later(7, simulation.person(101).starts)
        assert len(await bot.get_updates(timeout=50)) == 1
        return waited, loop.time()

    assert loop.run_until_complete(poll()) == pytest.approx((50, 57))
    loop.close()


def test_in_a_thread() -> None:
    """Synchronous tests have it in a thread: it is asked over HTTP, and looked into from outside."""
    with running_simulator() as simulator:
        simulator.person(101).starts()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        data = json.dumps({"chat_id": 101, "text": "快讯"}).encode()
        asked = urllib.request.Request(  # noqa: S310 - our own address
            f"{simulator.url}/bot{TOKEN}/sendMessage", data=data, headers={"Content-Type": "application/json"}
        )
        with opener.open(asked, timeout=5) as answer:
            assert json.load(answer)["ok"]
        entry = simulator.until(lambda: simulator.last(101, by_bot=True))
        assert entry.text == "快讯"
        simulator.refuse()
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", int(simulator.url.rpartition(":")[2]))) != 0
