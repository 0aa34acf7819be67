"""The transport against servers that answer well, badly, late or never: how far a request came is always known."""

from __future__ import annotations

import asyncio
import socket
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import discord
import pytest
from aiohttp import WSMsgType, web
from discord import DiscordException
from discord.http import Route

from adapters.discord.budget import MOST, Budget
from adapters.discord.pace import Doing
from adapters.discord.request import (
    MESSAGES,
    Answered,
    Complaint,
    DiscordHTTP,
    NeverLeft,
    Oversized,
    Spared,
    Unanswered,
    safe,
)
from tests.adapters.bare_server import (
    BareServer,
    Script,
    answers,
    drips,
    hangs,
    http,
    says_and_leaves,
    serving,
)

TOKEN = "MTE3MDAwMDAwMDAwMDAwMDAwMQ.GabcdE.abcdefghijklmnopqrstuvwxyz0123456789AB"  # noqa: S105 nobody's
ASKING = "aW50ZXJhY3Rpb246MTE3MDAwMDAwMDAwMDAwMDAwMTpzZWNyZXRzZWNyZXRzZWNyZXRzZWNyZXQ"
OK = http(200, {"id": "7"})
SEND = Route("POST", MESSAGES, channel_id="42")
ME = Route("GET", "/users/@me")


class Recorder:
    """A pace that writes down what it is told; every place is free at once."""

    def __init__(self) -> None:
        self.learned: list[tuple[Doing, str, int, float]] = []
        self.claimed = 0

    def learn(self, doing: Doing, channel: str, *, remaining: int, reset_after: float, now: float) -> None:
        """Write it down."""
        del now
        self.learned.append((doing, channel, remaining, reset_after))

    def claim_other(self, now: float) -> float:
        """Write it down."""
        del now
        self.claimed += 1
        return 0.0


def budget() -> Budget:
    """A budget of which nothing is spent."""
    return Budget(asyncio.get_running_loop().time)


@asynccontextmanager
async def requesting(url: str, **settings: Any) -> AsyncIterator[DiscordHTTP]:
    """A transport that is open, and shut behind."""
    async with DiscordHTTP(TOKEN, **{"budget": budget(), "api_url": f"{url}/api/v10", **settings}) as found:
        yield found


@asynccontextmanager
async def exchanging(script: Script, **settings: Any) -> AsyncIterator[tuple[BareServer, DiscordHTTP]]:
    """A transport whose server follows the script."""
    async with serving(script) as server, requesting(server.url, **settings) as found:
        yield server, found


async def failure(script: Script, route: Route = SEND, **settings: Any) -> DiscordException:
    """How a request fails whose server follows the script."""
    async with exchanging(script, **{"total": 5.0, **settings}) as (server, found):
        with pytest.raises(DiscordException) as caught:
            await found.request(route, json={"content": "x"})
    assert len(server.asked) == 1
    return without_token(caught.value)


async def refusal(said: bytes, **settings: Any) -> Answered:
    """The refusal that an answer is."""
    found = await failure(answers(said), **settings)
    assert isinstance(found, Answered)
    return found


def without_token(error: DiscordException) -> DiscordException:
    """The error, if nothing that a log may show of it holds a token."""
    shown = "".join(traceback.format_exception(error)) + repr(error)
    context: BaseException | None = error
    while context is not None:
        shown += repr(context)
        context = context.__cause__ or context.__context__
    assert TOKEN not in shown
    assert ASKING not in shown
    return error


# --- What leaves -------------------------------------------------------------------------------------------------


async def test_a_request_leaves_as_compact_json() -> None:
    """A body is compact JSON in UTF-8; the token, a reason and what is asked stand where Discord wants them."""
    async with exchanging(answers(OK)) as (server, found):
        assert await found.request(SEND, json={"content": "速递", "tts": False}, reason="撤回 a/b") == {"id": "7"}
        await found.request(ME, params={"limit": 2, "after": "3"})
    [sent, asked] = server.asked
    assert sent.line == "POST /api/v10/channels/42/messages HTTP/1.1"
    assert sent.body.decode() == '{"content":"速递","tts":false}'
    assert sent.headers["content-type"] == "application/json"
    assert sent.headers["authorization"] == f"Bot {TOKEN}"
    assert sent.headers["user-agent"].startswith("DiscordBot (")
    assert sent.headers["x-audit-log-reason"] == "%E6%92%A4%E5%9B%9E a/b"
    assert asked.line == "GET /api/v10/users/@me?limit=2&after=3 HTTP/1.1"
    assert "content-type" not in asked.headers


async def test_an_interactions_address_carries_its_own_token() -> None:
    """Where the address holds a token, the account's own is not sent along, and what is odd in it is spelled safely."""
    callback = Route("POST", "/interactions/{id}/{token}/callback", id="1", token="a/b?c")  # noqa: S106
    follow_up = Route("POST", "/webhooks/{id}/{webhook_token}", id="1", webhook_token=ASKING)
    async with exchanging(answers(http(204, ""), OK)) as (server, found):
        assert await found.request(callback, json={"type": 5}) is None
        assert await found.request(follow_up, json={"content": "x"}) == {"id": "7"}
    assert server.asked[0].line == "POST /api/v10/interactions/1/a%2Fb%3Fc/callback HTTP/1.1"
    assert all("authorization" not in asked.headers for asked in server.asked)


async def test_fault_40_half_a_character() -> None:
    """Half a character, which cannot be sent, becomes a question mark."""
    async with exchanging(answers(OK)) as (server, found):
        await found.request(SEND, json={"content": "a\ud83db"})
    assert server.asked[0].json == {"content": "a?b"}


async def test_what_is_too_large_never_leaves() -> None:
    """A body over what its caller allows, which Discord would answer with 500 for ever, is kept back."""
    async with exchanging(answers(OK)) as (server, found):
        with pytest.raises(Oversized, match="too-many-bytes: 36"):
            await found.request(SEND, json={"content": "字" * 7 + "x"}, within=35)
        await found.request(SEND, json={"content": "字" * 7}, within=35)
    assert len(server.asked) == 1


async def test_files_never_leave() -> None:
    """A file is refused before anything leaves."""
    async with exchanging(answers(OK)) as (server, found):
        with pytest.raises(NeverLeft, match="files"):
            await found.request(SEND, form=[{"name": "x", "value": "y"}])
    assert server.connections == 0


# --- What never left ---------------------------------------------------------------------------------------------


def closed_port() -> int:
    """A port of loopback where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


async def test_fault_13_never_left() -> None:
    """A refused connection, a name that does not resolve, and no TLS where it is asked for: nothing has left."""
    async with serving(hangs(), greeting=b"SSH-2.0-OpenSSH_9.2\r\n") as server:
        for url, said in (
            (f"http://127.0.0.1:{closed_port()}", "no-connection: 127.0.0.1"),
            ("http://name.invalid", "no-host: name.invalid"),
            (f"https://127.0.0.1:{server.port}", "no-tls: 127.0.0.1"),
            ("http://[", "bad-address"),
        ):
            async with requesting(url) as found:
                with pytest.raises(NeverLeft) as caught:
                    await found.request(SEND, json={})
                assert str(without_token(caught.value)) == said
    assert server.asked == []


async def test_it_carries_nothing_while_it_is_shut() -> None:
    """Before it is open and behind its end nothing leaves; it can be opened again, and shut twice."""
    async with serving(answers(OK)) as server:
        found = DiscordHTTP(TOKEN, budget=budget(), api_url=server.url)
        with pytest.raises(NeverLeft, match="closed"):
            await found.request(ME)
        await found.open()
        assert await found.request(ME) == {"id": "7"}
        await found.shut()
        await found.shut()
        with pytest.raises(NeverLeft, match="closed"):
            await found.request(ME)
        async with found:
            assert await found.request(ME) == {"id": "7"}


# --- What left and was not answered ------------------------------------------------------------------------------

HALF = '{"id": "7", "content": "'


@pytest.mark.parametrize(
    "script",
    [
        hangs(),
        says_and_leaves(),
        says_and_leaves(reset=True),
        says_and_leaves(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + HALF.encode()),
        says_and_leaves(b"SSH-2.0-OpenSSH_9.2\r\n"),
        drips(OK, every=0.02),
    ],
    ids=["hang", "eof", "reset", "half-body", "no-http", "drip"],
)
async def test_fault_11_and_12_no_answer(script: Script) -> None:
    """A request that was written and is not answered whole, or not in time, may have been done; it is not repeated."""
    assert isinstance(await failure(script, total=0.3), Unanswered)


@pytest.mark.parametrize("body", [HALF, "", "null", '"ok"', "7", "<html>", "[" * 200_000, b"\x80\x81"])
async def test_fault_11_no_usable_answer(body: str | bytes) -> None:
    """A 200 without an object or a list, as half a JSON, may have been done."""
    assert isinstance(await failure(answers(http(200, body))), Unanswered)


@pytest.mark.parametrize("status", [300, 303, 500, 502, 503, 504, 524, 599])
@pytest.mark.parametrize("body", ['{"id": "7"}', '{"message": "x", "code": 0}', "<html>"])
async def test_fault_10_no_result(status: int, body: str) -> None:
    """A 5xx, and whatever else is neither a success nor a refusal, may have been done; it is not tried again."""
    error = await failure(answers(http(status, body, "Location: /elsewhere")))
    assert isinstance(error, Unanswered)
    assert error.status == status


async def test_a_huge_answer() -> None:
    """No more of an answer is taken than was allowed."""
    huge = http(200, {"id": "7", "content": "x" * 100_000})
    assert isinstance(await failure(answers(huge), largest=50_000), Unanswered)


async def test_patience_is_a_callers_choice() -> None:
    """A caller may wait for less than is usual."""
    async with exchanging(hangs(), connect=0.1) as (_, found):
        with pytest.raises(Unanswered, match="no-answer"):
            await found.request(SEND, json={}, patience=0.1)


# --- What was refused --------------------------------------------------------------------------------------------


async def test_a_refusal_says_why() -> None:
    """A 4xx of Discord's brings its code, its words, and what is wrong with each field."""
    too_long = {"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 4096 or fewer in length."}
    errors = {"embeds": {"0": {"description": {"_errors": [too_long]}}}, "nonce": {"_errors": [{"code": "X"}, 7]}}
    error = await refusal(http(400, {"code": 50_035, "message": "Invalid Form Body", "errors": errors}))
    assert (error.status, error.code, error.text) == (400, 50_035, "Invalid Form Body")
    assert set(error.complaints) == {
        Complaint(field="embeds.0.description", code="BASE_TYPE_MAX_LENGTH", words="Must be 4096 or fewer in length."),
        Complaint(field="nonce", code="X", words=""),
    }
    assert str(error).startswith("400: Invalid Form Body (50035): ")


@pytest.mark.parametrize("body", ["<html>", "", "[]", '{"message": "x"}', '{"code": ', b"\x80"])
@pytest.mark.parametrize("status", [302, 400, 403, 404, 407, 413])
async def test_a_refusal_by_somebody_else(status: int, body: str | bytes) -> None:
    """A 4xx that is not Discord's, and a redirect, is a refusal without a word; it is not followed."""
    error = await refusal(http(status, body, "Location: /elsewhere"))
    assert (error.status, error.code, error.text, str(error)) == (status, 0, "", str(status))


async def test_wrong_types_in_a_refusal() -> None:
    """A refusal whose fields are of wrong types, or nested without end, is read as far as it goes."""
    deep: dict[str, Any] = {"_errors": [{"code": "deep"}]}
    for _ in range(60):
        deep = {"a": deep}
    many = {str(number): {"_errors": [{"code": "x"}] * 50} for number in range(50)}
    for errors, most in ((deep, 0), (many, 16), (7, 0), ({"_errors": 7}, 0)):
        error = await refusal(http(400, {"code": True, "message": 5, "errors": errors}))
        assert (error.code, error.text) == (0, "")
        assert len(error.complaints) <= most


async def test_a_refusal_cut_short() -> None:
    """A 4xx whose body never comes whole is a refusal."""
    error = await failure(hangs(b"HTTP/1.1 403 X\r\nContent-Length: 100\r\n\r\n{"), total=0.2)
    assert isinstance(error, Answered)
    assert (error.status, error.code) == (403, 0)


async def test_no_token_in_an_error() -> None:
    """What Discord says is told without anything that looks like a token, on one line, and shortened."""
    said = {
        "code": 50_035,
        "message": f"no\n {TOKEN} and {ASKING} " + "x y" * 200,
        "errors": {ASKING: {"_errors": [{}]}},
    }
    follow_up = Route("POST", "/webhooks/{id}/{webhook_token}", id="1", webhook_token=ASKING)
    error = await failure(answers(http(400, said)), follow_up)
    assert str(error).startswith("400: no … and … x")
    assert len(str(error)) <= 320
    for script in (hangs(), says_and_leaves()):
        await failure(script, follow_up, total=0.2)
    assert safe("a  b\r\nc") == "a b c"


# --- Too many ----------------------------------------------------------------------------------------------------

VIA = "Via: 1.1 google"


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        ({"message": "x", "retry_after": 1.5, "global": False}, ("X-RateLimit-Scope: user",), (1.5, "user")),
        ({"message": "x", "retry_after": 0.25, "global": True}, (), (0.25, "global")),
        ({"message": "x", "retry_after": 3, "global": False}, ("X-RateLimit-Scope: shared",), (3.0, "shared")),
        ({"message": "x"}, ("Retry-After: 7",), (7.0, "")),
        ({"message": "x", "retry_after": -3}, ("Retry-After: 65",), (65.0, "")),
        ({"message": "x", "retry_after": "soon"}, (), (None, "")),
        ({"message": "x", "retry_after": 1e12}, (), (86_400.0, "")),
    ],
)
async def test_fault_09_how_long_to_wait(body: object, headers: tuple[str, ...], expected: tuple[object, str]) -> None:
    """How long a 429 lasts stands in its body, else in its header, a day at most; no call waits for it."""
    error = await refusal(http(429, body, VIA, *headers))
    assert (error.retry_after, error.scope) == expected
    assert not error.banned


@pytest.mark.parametrize(
    ("said", "rest"),
    [
        (http(429, "<html>error 1015</html>", "Retry-After: 90"), 90.0),
        (http(429, "<html>error 1015</html>"), 5.0),
        (http(429, "<html>error 1015</html>", VIA), 5.0),
        (http(429, {"message": "x", "retry_after": 20.0}), 20.0),
    ],
    ids=["html", "no-wait", "html-via", "no-via"],
)
async def test_a_banned_address(said: bytes, rest: float) -> None:
    """A 429 that is not Discord's own means the address: for no account anything leaves until it is over."""
    shared = budget()
    async with (
        exchanging(answers(said), budget=shared) as (server, found),
        requesting(server.url, budget=shared) as other,
    ):
        with pytest.raises(Answered) as caught:
            await found.request(SEND, json={})
        assert (caught.value.banned, caught.value.retry_after) == (True, rest)
        for lane in (found, other):
            with pytest.raises(Spared) as spared:
                await lane.request(SEND, json={})
            assert 0 < spared.value.retry_after <= rest
    assert len(server.asked) == 1


async def test_fault_32_far_below_the_ban_nothing_leaves() -> None:
    """When an address has collected a fifth of the refusals that ban it, the next request does not leave."""
    spent = budget()
    for _ in range(MOST - 1):
        spent.note(403)
    async with exchanging(answers(http(403, {"code": 50_013, "message": "x"})), budget=spent) as (server, found):
        with pytest.raises(Answered):
            await found.request(SEND, json={})
        with pytest.raises(Spared) as caught:
            await found.request(SEND, json={})
    assert 0 < caught.value.retry_after <= 600
    assert len(server.asked) == 1


# --- The pace ----------------------------------------------------------------------------------------------------


def bucket(remaining: object, reset_after: object) -> tuple[str, ...]:
    """The headers of a bucket."""
    return (f"X-RateLimit-Remaining: {remaining}", f"X-RateLimit-Reset-After: {reset_after}")


async def test_every_answer_teaches_the_pace() -> None:
    """What an answer says of its bucket is learned, a refusal's and a 429's too, unless it is global or unreadable."""
    said = (
        http(200, {"id": "7"}, *bucket(4, "4.75")),
        http(403, {"code": 50_013, "message": "x"}, *bucket(3, 1)),
        http(429, {"message": "x", "retry_after": 2}, VIA, *bucket(0, "2.0")),
        http(429, {"message": "x", "retry_after": 2, "global": True}, VIA, *bucket(0, "2.0")),
        http(200, {"id": "7"}, *bucket("x", "soon")),
        http(200, {"id": "7"}),
        http(200, {"id": "7"}, *bucket(5, 0)),
    )
    pace = Recorder()
    async with exchanging(answers(*said), pace=pace) as (_, found):
        for _ in said:
            try:
                await found.request(SEND, json={}, paid=True)
            except Answered:
                continue
    assert pace.learned == [
        (Doing.CREATE, "42", 4, 4.75),
        (Doing.CREATE, "42", 3, 1.0),
        (Doing.CREATE, "42", 0, 2.0),
        (Doing.CREATE, "42", 5, 0.0),
    ]
    assert pace.claimed == 0


@pytest.mark.parametrize(
    ("route", "doing", "claimed"),
    [
        (Route("PATCH", "/channels/{channel_id}/messages/{message_id}", channel_id="1", message_id="2"), Doing.EDIT, 1),
        (
            Route("DELETE", "/channels/{channel_id}/messages/{message_id}", channel_id="1", message_id="2"),
            Doing.DELETE,
            1,
        ),
        (Route("POST", "/channels/{channel_id}/threads", channel_id="1"), Doing.CREATE, 1),
        (Route("GET", "/channels/{channel_id}", channel_id="1"), Doing.OTHER, 1),
        (Route("POST", "/interactions/{id}/{token}/callback", id="1", token="x"), Doing.OTHER, 0),  # noqa: S106
        (Route("POST", "/webhooks/{id}/{webhook_token}", id="1", webhook_token="x"), Doing.OTHER, 0),  # noqa: S106
    ],
    ids=["edit", "delete", "thread", "look-up", "callback", "follow-up"],
)
async def test_whose_place_a_request_takes(route: Route, doing: Doing, claimed: int) -> None:
    """What no lane has paid for takes a place of the pace, an interaction's answer takes none; each counts apart."""
    pace = Recorder()
    async with exchanging(answers(http(200, {"id": "7"}, *bucket(1, 2))), pace=pace) as (_, found):
        await found.request(route, json={})
    assert pace.learned == [(doing, str(route.channel_id or ""), 1, 2.0)]
    assert pace.claimed == claimed


# --- The library -------------------------------------------------------------------------------------------------


@asynccontextmanager
async def discordish() -> AsyncIterator[str]:
    """The address of a server that knows an account, its gateway, and one token."""

    async def me(request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bot {TOKEN}":
            return web.json_response({"message": "401: Unauthorized", "code": 0}, status=401)
        return web.json_response(
            {"id": "1170000000000000001", "username": "sudi", "discriminator": "0", "avatar": None}
        )

    async def gateway(request: web.Request) -> web.Response:
        url = f"ws://{request.host}/gateway"
        return web.json_response({"url": url, "shards": 1, "session_start_limit": {"total": 1000}})

    async def socket_(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        await ws.send_str("hello")
        await ws.receive()
        return ws

    app = web.Application()
    app.router.add_get("/api/v10/users/@me", me)
    app.router.add_get("/api/v10/gateway/bot", gateway)
    app.router.add_get("/gateway", socket_)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield site.name
    finally:
        await runner.cleanup()


async def test_the_library_works_on_it() -> None:
    """The library logs in, finds the gateway and speaks to it; what it closes is opened again, and requests go on."""
    async with discordish() as url, requesting(url) as found:
        for _ in range(2):
            assert (await found.static_login(TOKEN))["username"] == "sudi"
            shards, address, _limit = await found.get_bot_gateway()
            ws = await found.ws_connect(address)
            assert (shards, (await ws.receive()).data) == (1, "hello")
            await ws.close()
            await found.close()
            assert (await found.request(ME))["username"] == "sudi"


async def test_the_gateway_needs_no_login() -> None:
    """The gateway is reached without a login of the library, on a socket of its own class, again and again."""
    async with discordish() as url, requesting(url) as found:
        for _ in range(2):
            _, address, _ = await found.get_bot_gateway()
            ws = await found.ws_connect(address)
            assert isinstance(ws, discord.gateway.DiscordClientWebSocketResponse)
            assert (await ws.receive()).type is WSMsgType.TEXT
            await ws.close()
            await found.close()


async def test_a_dead_token_fails_the_librarys_login() -> None:
    """A token that Discord refuses fails the login as the library says it, and the token before it stays."""
    async with discordish() as url, requesting(url) as found:
        with pytest.raises(discord.LoginFailure):
            await found.static_login("another")
        assert found.token == TOKEN


async def test_a_gateway_that_is_not_told_of() -> None:
    """A refusal to tell the gateway is the library's own error, with ours behind it."""
    async with exchanging(answers(http(404, {"code": 0, "message": "404: Not Found"}))) as (_, found):
        with pytest.raises(discord.GatewayNotFound) as caught:
            await found.get_bot_gateway()
        assert isinstance(caught.value.__cause__, Answered)


async def test_the_proxy_serves_the_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gateway is reached through the proxy that the environment names for its kind of address."""
    async with exchanging(answers(http(407, "no"))) as (server, found):
        monkeypatch.setenv("https_proxy", server.url)
        monkeypatch.delenv("no_proxy", raising=False)
        with pytest.raises(Exception, match="407"):
            await found.ws_connect("wss://gateway.invalid/")
    assert server.asked[0].line == "CONNECT gateway.invalid:443 HTTP/1.1"


async def test_a_cancelled_request_closes_its_connection() -> None:
    """Whoever gives up waiting leaves no connection behind that another request could take."""
    async with exchanging(hangs(), connections=1, connect=1.0) as (server, found):
        first = asyncio.create_task(found.request(SEND, json={}))
        await server.busy.wait()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        server.script = answers(OK)
        assert await found.request(SEND, json={}) == {"id": "7"}
    assert server.connections == 2
