"""The request class against servers that answer well, badly, late or never: how far a request came is always known."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import ssl
import subprocess
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import telegram
from telegram.error import TelegramError
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter
from yarl import URL

from adapters.telegram.request import AiohttpRequest, Answered, NeverLeft, Unanswered, safe
from adapters.wire import proxy_of
from tests.adapters.bare_server import Script, answers, drips, hangs, http, says_and_leaves, serving

TOKEN = "123456789:AAH_abcdefghijklmnopqrstuvwxyz01234"  # noqa: S105 nobody's
OK = http(200, {"ok": True, "result": True})


@asynccontextmanager
async def requesting(**settings: Any) -> AsyncIterator[AiohttpRequest]:
    """A request class that is ready, and closed behind."""
    async with AiohttpRequest(**settings) as request:
        yield request


def parameters(**values: object) -> RequestData:
    """Parameters as the library hands them over."""
    return RequestData([RequestParameter.from_input(name, value) for name, value in values.items()])


async def post(request: AiohttpRequest, url: str, **values: object) -> Any:
    """One method of the Bot API."""
    return await request.post(f"{url}/bot{TOKEN}/sendMessage", request_data=parameters(**values))


async def failure(script: Script, **settings: Any) -> TelegramError:
    """How a request fails whose server follows the script."""
    async with serving(script) as server, requesting(**{"total": 5.0, **settings}) as request:
        with pytest.raises(TelegramError) as caught:
            await post(request, server.url, text="x")
    assert len(server.asked) == 1
    return without_token(caught.value)


def without_token(error: TelegramError) -> TelegramError:
    """The error, if nothing that a log may show of it holds the token."""
    shown = "".join(traceback.format_exception(error)) + repr(error)
    context: BaseException | None = error
    while context is not None:
        shown += repr(context)
        context = context.__cause__ or context.__context__
    assert TOKEN not in shown
    return error


# --- What leaves -------------------------------------------------------------------------------------------------


async def test_parameters_leave_as_compact_json() -> None:
    """The body is the parameters as compact JSON in UTF-8, each with the type it has."""
    async with serving(answers(OK)) as server, requesting() as request:
        assert (
            await post(request, server.url, text="速递", entities=[{"type": "bold", "offset": 0}], silent=True) is True
        )
    [asked] = server.asked
    assert asked.line == f"POST /bot{TOKEN}/sendMessage HTTP/1.1"
    assert asked.headers["content-type"] == "application/json"
    assert asked.body.decode() == '{"text":"速递","entities":[{"type":"bold","offset":0}],"silent":true}'


async def test_half_a_character_keeps_every_offset() -> None:
    """Half a character, which cannot be sent, becomes one of the same length, so that no entity moves."""
    async with serving(answers(OK)) as server, requesting() as request:
        await post(request, server.url, text="a\ud83db")
    assert server.asked[0].json == {"text": "a?b"}


async def test_connections_are_used_again_while_they_are_young() -> None:
    """A connection carries several requests; one that has been idle too long carries none."""
    async with serving(answers(OK)) as server, requesting() as request:
        await post(request, server.url)
        await post(request, server.url)
        assert server.connections == 1
    async with serving(answers(OK)) as server, requesting(idle=0.0) as request:
        await post(request, server.url)
        await post(request, server.url)
        assert server.connections == 2


async def test_a_connection_that_the_server_closed_is_not_used() -> None:
    """What the server has closed just now is not taken for the next request."""
    async with serving(says_and_leaves(OK)) as server, requesting() as request:
        await post(request, server.url)
        await asyncio.gather(*server.tasks)
        await post(request, server.url)
    assert server.connections == 2


async def test_no_cookie_is_kept() -> None:
    """What a server gives to remember is forgotten."""
    cookie = http(200, {"ok": True, "result": True}, "Set-Cookie: a=b; Path=/")
    async with serving(answers(cookie)) as server, requesting() as request:
        await post(request, server.url)
        await post(request, server.url)
    assert [asked.headers.get("cookie") for asked in server.asked] == [None, None]


async def test_a_proxy_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that the environment names carries the request, with its own login."""
    async with serving(answers(OK)) as proxy, requesting() as request:
        monkeypatch.setenv("http_proxy", f"http://me:secret@127.0.0.1:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        assert await post(request, "http://api.invalid:8081", text="x") is True
        assert await post(request, "http://api.invalid:8081", text="y") is True
    assert proxy.asked[0].line == f"POST http://api.invalid:8081/bot{TOKEN}/sendMessage HTTP/1.1"
    assert [asked.headers["proxy-authorization"] for asked in proxy.asked] == ["Basic bWU6c2VjcmV0"] * 2


async def test_a_proxy_that_refuses_let_nothing_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a proxy that opens no tunnel, and behind one that is not there, nothing has left."""
    async with serving(answers(http(407, "no"))) as proxy:
        for port in (proxy.port, closed_port()):
            monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
            monkeypatch.delenv("no_proxy", raising=False)
            async with requesting() as request:
                with pytest.raises(NeverLeft) as caught:
                    await post(request, "https://api.invalid", text="x")
                without_token(caught.value)
    assert [asked.line.split()[0] for asked in proxy.asked] == ["CONNECT"]


def test_hosts_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hosts that the environment excepts, and schemes that aiohttp does not speak, have no proxy."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    assert proxy_of(URL("https://a.example")) is None
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("http_proxy", "socks5://proxy.example")
    monkeypatch.setenv("no_proxy", "b.example,127.0.0.1")
    assert proxy_of(URL("https://a.example")) == URL("http://proxy.example:3128")
    assert proxy_of(URL("https://b.example")) is None
    assert proxy_of(URL("https://127.0.0.1:8443")) is None
    assert proxy_of(URL("http://a.example")) is None


# --- What never left ---------------------------------------------------------------------------------------------


def closed_port() -> int:
    """A port of loopback where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


async def test_fault_13_never_left() -> None:
    """A refused connection, a name that does not resolve, and no TLS where it is asked for: nothing has left."""
    async with serving(hangs(), greeting=b"SSH-2.0-OpenSSH_9.2\r\n") as server, requesting() as request:
        for url, said in (
            (f"http://127.0.0.1:{closed_port()}", "no-connection: 127.0.0.1"),
            ("http://name.invalid", "no-host: name.invalid"),
            (f"https://127.0.0.1:{server.port}", "no-tls: 127.0.0.1"),
            ("http://[", "bad-address"),
            ("ftp://127.0.0.1", "NonHttpUrlClientError: 127.0.0.1"),
        ):
            with pytest.raises(NeverLeft) as caught:
                await post(request, url, text="x")
            assert str(without_token(caught.value)) == said
    assert server.asked == []


@pytest.fixture
def unknown(tmp_path: Path) -> ssl.SSLContext:
    """A server's side of TLS, with a certificate that it made itself."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl here to make a certificate with")
    made = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=x -out c.pem -keyout k.pem"
    subprocess.run(["openssl", *made.split()], cwd=tmp_path, check=True, capture_output=True)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(tmp_path / "c.pem", tmp_path / "k.pem")
    return tls


async def test_fault_13_a_certificate_that_nobody_vouches_for(unknown: ssl.SSLContext) -> None:
    """A server that cannot prove who it is gets nothing."""
    async with serving(answers(OK), tls=unknown) as server, requesting() as request:
        with pytest.raises(NeverLeft) as caught:
            await post(request, f"https://127.0.0.1:{server.port}", text="x")
    assert str(without_token(caught.value)) == "bad-certificate: 127.0.0.1"
    assert server.asked == []


async def test_no_free_connection() -> None:
    """A request that waits in vain for a free connection has not left."""
    async with serving(hangs()) as server, requesting(connections=1, connect=0.05, total=30.0) as request:
        first = asyncio.create_task(post(request, server.url, text="first"))
        await server.busy.wait()
        with pytest.raises(NeverLeft, match=r"connecting-too-long: 127\.0\.0\.1"):
            await post(request, server.url, text="second")
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
    assert [asked.json["text"] for asked in server.asked] == ["first"]


async def test_a_connection_that_is_never_made() -> None:
    """A server that speaks no TLS with us in time has got nothing."""
    async with serving(hangs()) as server, requesting(connect=0.05) as request:
        with pytest.raises(NeverLeft, match=r"connecting-too-long: 127\.0\.0\.1"):
            await post(request, f"https://127.0.0.1:{server.port}", text="x")
    assert server.asked == []


async def test_it_carries_nothing_while_it_is_closed() -> None:
    """Before it is ready and behind its end nothing leaves; it can be made ready again, and closed twice."""
    request = AiohttpRequest()
    async with serving(answers(OK)) as server:
        with pytest.raises(NeverLeft):
            await post(request, server.url)
        await request.initialize()
        await request.initialize()
        assert await post(request, server.url) is True
        await request.shutdown()
        await request.shutdown()
        with pytest.raises(NeverLeft):
            await post(request, server.url)
        async with request:
            assert await post(request, server.url) is True


async def test_no_files() -> None:
    """A file is refused before anything leaves."""
    file = telegram.InputFile(b"x")
    async with serving(answers(OK)) as server, requesting() as request:
        with pytest.raises(NeverLeft, match="files"):
            await post(request, server.url, document=file)
    assert server.connections == 0


# --- What left and was not answered ------------------------------------------------------------------------------

HALF = '{"ok": true, "result": {"message_id": 1'


@pytest.mark.parametrize(
    "script",
    [
        hangs(),
        says_and_leaves(),
        says_and_leaves(reset=True),
        says_and_leaves(b"HTTP/1.1 200 OK\r\n"),
        says_and_leaves(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + HALF.encode()),
        says_and_leaves(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + HALF.encode(), reset=True),
        says_and_leaves(b"SSH-2.0-OpenSSH_9.2\r\n"),
        drips(OK, every=0.02),
        drips(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 99, every=0.02),
    ],
    ids=["hang", "eof", "reset", "half-head", "half-body", "reset-in-body", "no-http", "drip", "chunks"],
)
async def test_fault_11_and_12_no_answer(script: Script) -> None:
    """A request that was written and is not answered whole, or not in time, may have been done."""
    assert isinstance(await failure(script, total=0.4), Unanswered)


@pytest.mark.parametrize(
    "body",
    [
        HALF,
        "",
        "null",
        "[]",
        '"ok"',
        '{"ok": true}',
        '{"ok": false, "result": 1}',
        '{"ok": false, "error_code": 400, "description": "Bad Request: chat not found"}',
        '{"ok": 1, "result": 1}',
        '{"result": 1}',
        "[" * 200_000,
        '{"ok": true, "result": ' + "9" * 5_000 + "}",
        "<html>",
        b"\x80\x81",
    ],
    ids=lambda body: str(body[:24]),
)
async def test_fault_11_no_usable_answer(body: str | bytes) -> None:
    """A 200 without a result, as half a JSON or wrong types, may have been done."""
    assert isinstance(await failure(answers(http(200, body))), Unanswered)


@pytest.mark.parametrize("status", [204, 300, 303, 304, 500, 502, 503, 504, 599])
@pytest.mark.parametrize("body", ['{"ok": true, "result": true}', '{"ok": false, "description": "x"}', "<html>"])
async def test_fault_10_no_result(status: int, body: str) -> None:
    """A 5xx, and whatever else is neither a 200 nor a refusal, may have been done."""
    said = http(status, "" if status == 204 else body, "Location: /elsewhere")
    assert isinstance(await failure(answers(said)), Unanswered)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("body", ["", '{"ok": false, "description": "Bad Request: x"}', "<html>"])
async def test_a_redirect_is_a_refusal_by_somebody_else(status: int, body: str) -> None:
    """Whoever sends a request elsewhere has done nothing with it; it is not followed, for its address is a secret."""
    error = await refusal(http(status, body, "Location: /elsewhere"))
    assert (error.status, error.description, error.parameters) == (status, "", {})


async def test_a_huge_answer() -> None:
    """No more of an answer is taken than was allowed."""
    huge = http(200, {"ok": True, "result": "x" * 100_000})
    assert isinstance(await failure(answers(huge), largest=50_000), Unanswered)
    async with serving(answers(huge)) as server, requesting(largest=200_000) as request:
        assert len(await post(request, server.url)) == 100_000


async def test_bytes_that_are_no_text() -> None:
    """A result with broken UTF-8 is a result: the message was posted."""
    said = http(200, b'{"ok": true, "result": "\x80"}')
    async with serving(answers(said)) as server, requesting() as request:
        assert await post(request, server.url) == "\ufffd"


# --- What was refused --------------------------------------------------------------------------------------------


async def refusal(said: bytes) -> Answered:
    """The refusal that an answer is."""
    found = await failure(answers(said))
    assert isinstance(found, Answered)
    return found


async def test_a_refusal_says_why() -> None:
    """A 4xx of the Bot API brings its description and its parameters."""
    body = {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 7",
        "parameters": {"retry_after": 7},
    }
    error = await refusal(http(429, body))
    assert (error.status, error.description, error.parameters) == (
        429,
        "Too Many Requests: retry after 7",
        {"retry_after": 7},
    )
    assert str(error) == "429: Too Many Requests: retry after 7"


@pytest.mark.parametrize(
    "body",
    [
        "<html>429</html>",
        "",
        "[]",
        '{"ok": false',
        '{"description": "x"}',
        '{"ok": false, "description": 5, "parameters": 7}',
    ],
)
async def test_fault_09_a_refusal_that_cannot_be_read(body: str) -> None:
    """A 4xx is a refusal whatever its body."""
    error = await refusal(http(429, body))
    assert (error.status, error.description, error.parameters) == (429, "", {})


async def test_fault_09_a_refusal_cut_short() -> None:
    """A 4xx whose body never comes whole is a refusal."""
    for script in (
        says_and_leaves(b"HTTP/1.1 429 X\r\nContent-Length: 100\r\n\r\n{"),
        hangs(b"HTTP/1.1 429 X\r\nContent-Length: 100\r\n\r\n{"),
    ):
        error = await failure(script, total=0.2)
        assert isinstance(error, Answered)
        assert (error.status, error.description) == (429, "")


def test_no_token_in_a_description() -> None:
    """A description that names an address is told without its token, on one line, and shortened."""
    error = Answered(404, f"no\n such /bot{TOKEN}/x {TOKEN.replace(':', '%3A')} " + "x" * 1_000, {})
    assert error.description.startswith("no such /bot…/x … xxx")
    assert len(error.description) == 300
    assert TOKEN not in str(error)
    assert safe("a  b\r\nc") == "a b c"


# --- What is not a method ----------------------------------------------------------------------------------------


async def test_a_file_is_brought_as_it_is() -> None:
    """What is fetched with GET is no JSON, and is not read as such; a refusal stays one."""
    async with serving(answers(http(200, b"\x89PNG"), http(404, "no"))) as server, requesting() as request:
        assert await request.retrieve(f"{server.url}/file/bot{TOKEN}/a.png") == b"\x89PNG"
        with pytest.raises(Answered, match="404"):
            await request.retrieve(f"{server.url}/file/bot{TOKEN}/a.png")


# --- Long polls --------------------------------------------------------------------------------------------------


async def test_a_long_poll_has_its_own_time() -> None:
    """A caller that asks for a longer time for the answer gets it; the others have the usual one."""

    async def late(_asked: object, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.4)
        writer.write(http(200, {"ok": True, "result": []}))

    async with serving(late) as server, requesting(total=0.2) as request:
        bot = telegram.Bot(TOKEN, base_url=f"{server.url}/bot", get_updates_request=request, request=request)
        assert await bot.get_updates(timeout=30) == ()
        with pytest.raises(Unanswered, match="no-answer"):
            await bot.get_me()
        with pytest.raises(Unanswered, match="no-answer"):
            await request.post(f"{server.url}/bot{TOKEN}/getMe", read_timeout=None)
    assert request.read_timeout == 0.2
    assert server.asked[0].json == {"timeout": 30}


async def test_the_library_gets_the_result() -> None:
    """The library's methods work on it."""
    me = {"id": 123456789, "is_bot": True, "first_name": "速递", "username": "sudi_bot"}
    async with serving(answers(http(200, {"ok": True, "result": me}))) as server:
        bot = telegram.Bot(
            TOKEN, base_url=f"{server.url}/bot", request=AiohttpRequest(), get_updates_request=AiohttpRequest()
        )
        async with bot:
            assert bot.username == "sudi_bot"


async def test_a_cancelled_request_closes_its_connection() -> None:
    """Whoever gives up waiting leaves no connection behind that another request could take."""
    async with serving(hangs()) as server, requesting(connections=1, connect=1.0) as request:
        first = asyncio.create_task(post(request, server.url))
        await server.busy.wait()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        server.script = answers(OK)
        assert await post(request, server.url) is True
    assert server.connections == 2


def test_of_a_message_only_its_name_is_read() -> None:
    """The library makes no objects of a message that we have spelled ourselves, whatever is in it."""
    place = {"message_id": 5, "date": 1_700_000_000, "chat": {"id": 7, "type": "private"}}
    message = {**place, "text": "题", "entities": [{"type": "bold", "offset": 0, "length": 1}], "reply_markup": {}}
    payload = json.dumps({"ok": True, "result": message}).encode()
    assert AiohttpRequest.parse_json_payload(payload) == {"ok": True, "result": place}
    for other in (True, [message], {"id": 7, "title": "频道"}):
        payload = json.dumps({"ok": True, "result": other}).encode()
        assert AiohttpRequest.parse_json_payload(payload)["result"] == other
