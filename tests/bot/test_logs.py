"""Logging: no secret in any line, JSON or console, and no sink that stops the program."""

from __future__ import annotations

import contextlib
import http.server
import io
import json
import logging
import os
import threading
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest
import structlog
from discord import Client, Intents, gateway
from hypothesis import given
from hypothesis import strategies as st
from telegram import Bot

from adapters.telegram.request import AiohttpRequest, NeverLeft
from bot.config import LogFormat
from bot.logs import WAITING_LINES, Redactor, configure
from bot.looking.repository import HIDDEN

TOKEN = "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"  # noqa: S105 - nobody's
DISCORD = "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs"


pytestmark = pytest.mark.usefixtures("logging_restored")


@pytest.fixture
def server() -> Iterator[str]:
    """A real server on loopback that answers everything with 404; its address."""

    class Refuses(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    found = http.server.HTTPServer(("127.0.0.1", 0), Refuses)
    thread = threading.Thread(target=found.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{found.server_port}"
    found.shutdown()
    thread.join()
    found.server_close()


def written(form: LogFormat, *secrets: str) -> tuple[io.StringIO, logging.Handler]:
    """A log on a page of its own."""
    page = io.StringIO()
    return page, configure("debug", form, Redactor(secrets), stream=page)


@pytest.mark.parametrize("form", list(LogFormat))
@pytest.mark.parametrize("token", [TOKEN, "42:short-but-known"])
def test_httpx_logs_no_token(server: str, form: LogFormat, token: str) -> None:
    """The client httpx logs Telegram's URL with the token at INFO: the token is hidden, the line stays."""
    page, sink = written(form, token)
    httpx.post(f"{server}/bot{token}/sendMessage", trust_env=False)
    sink.close()
    assert token not in page.getvalue()
    assert f"/bot{HIDDEN}/sendMessage" in page.getvalue()
    assert "404" in page.getvalue()


@pytest.mark.parametrize("form", list(LogFormat))
@pytest.mark.parametrize("token", [TOKEN, DISCORD])
def test_what_looks_like_a_token_is_hidden_unknown(form: LogFormat, token: str) -> None:
    """Anything that looks like a bot token is hidden, in texts, values, arguments and tracebacks."""
    page, sink = written(form)
    log = structlog.get_logger("sudi")
    log.info("started", token=token, nested={"url": f"https://x/bot{token}/getMe"})
    logging.getLogger("library").warning("%s and %r", token, {"a": token})
    logging.getLogger("library").warning("extra", extra={"header": f"Bot {token}"})
    try:
        int(f"refused: {token}")
    except ValueError:
        log.exception("broken")
        logging.getLogger("library").exception("broken")
    sink.close()
    assert page.getvalue().count(HIDDEN) >= 7
    assert token not in page.getvalue()


def test_the_key_of_the_page_is_hidden() -> None:
    """The key in an address, and a bearer's, are no matter for a log."""
    page, sink = written(LogFormat.CONSOLE)
    logging.getLogger("aiohttp.access").info('"GET /?key=abc-DEF_1&x=2 HTTP/1.1" Authorization: Bearer abc-DEF_1')
    sink.close()
    assert "abc-DEF_1" not in page.getvalue()
    assert "x=2" in page.getvalue()


@given(secret=st.text(min_size=4, max_size=40).filter(lambda text: text not in HIDDEN), said=st.text())
def test_a_known_secret_is_in_no_line(secret: str, said: str) -> None:
    """A secret is hidden in every spelling: as it is, in JSON, in a repr, in a URL."""
    redactor = Redactor([secret])
    for spelled in (secret, json.dumps(secret), repr(secret)):
        hidden = redactor.hide(f"{said}\n{spelled}\n")
        assert f"\n{spelled}\n" not in hidden
    if secret.isprintable():
        assert f"={quote(secret, safe='')};" not in redactor.hide(f"={quote(secret, safe='')};")


def test_a_link_that_makes_an_admin_is_hidden() -> None:
    """Whoever read it in a log within its quarter of an hour could become an admin."""
    said = Redactor().hide(
        "said='/start admin_52ed675b8524d9b71bc20a92' https://t.me/b?start=admin_52ed675b8524d9b71bc20a92"
    )
    assert "52ed675b" not in said
    assert said.count(f"admin_{HIDDEN}") == 2


async def test_the_library_of_telegram_logs_no_parameters() -> None:
    """What a request to Telegram carries is in no line, whatever the level: neither texts nor the webhook's secret."""
    page, sink = written(LogFormat.CONSOLE)
    bot = Bot(TOKEN, base_url="http://127.0.0.1:9/bot", request=AiohttpRequest(), get_updates_request=AiohttpRequest())
    with pytest.raises(NeverLeft):
        await bot.set_webhook("https://digest.example", secret_token="se-cret-5d1f")  # noqa: S106 - nobody's
    sink.close()
    assert "se-cret-5d1f" not in page.getvalue()


def test_the_library_of_discord_logs_no_events() -> None:
    """What the gateway tells is in no line, whatever the level: an interaction's token answers in our name."""
    page, sink = written(LogFormat.CONSOLE)
    Client(intents=Intents(guilds=True))
    heard = logging.getLogger(gateway.__name__)
    heard.debug("For Shard ID %s: WebSocket Event: %s", 0, {"t": "INTERACTION_CREATE", "d": {"token": "se-cret-5d1f"}})
    heard.warning("Shard ID %s has stopped responding", 0)
    sink.close()
    assert "se-cret-5d1f" not in page.getvalue()
    assert "voice" not in page.getvalue()
    assert "stopped responding" in page.getvalue()


def test_names_and_passwords_in_addresses_are_hidden() -> None:
    """Whoever logs an address with a name and a password in it: they are taken out, known or not."""
    said = Redactor().hide("fatal: unable to access 'https://bob:sesame@h.example/x.git/' and ssh://t0ken@h/x")
    assert said == f"fatal: unable to access 'https://{HIDDEN}@h.example/x.git/' and ssh://{HIDDEN}@h/x"


def test_a_line_of_json_is_an_object_and_keeps_its_language() -> None:
    """JSON lines are one object each, in UTF-8, with level, logger and time."""
    page, sink = written(LogFormat.JSON)
    structlog.get_logger("sudi.look").info("post.found", title="速递")
    logging.getLogger("library").info("said %s", "你好")
    sink.close()
    first, second = (json.loads(line) for line in page.getvalue().splitlines())
    assert (first["event"], first["title"], first["level"], first["logger"]) == (
        "post.found",
        "速递",
        "info",
        "sudi.look",
    )
    assert second["event"] == "said 你好"
    assert first["timestamp"].endswith("Z")
    assert "速递" in page.getvalue()


def test_odd_characters_end_no_line() -> None:
    """Lone surrogates and broken arguments cost a line at most, never the caller."""
    page, sink = written(LogFormat.CONSOLE)
    logging.getLogger("library").info("path \udcff")
    logging.getLogger("library").info("%d", "no number")
    logging.getLogger("library").info("goes on")
    sink.close()
    assert "\\udcff" in page.getvalue()
    assert "goes on" in page.getvalue()


def test_fault_47_a_blocked_or_closed_sink_stops_nobody() -> None:
    """The log's sink is blocked, or closed: whoever logs goes on."""
    reading, writing = os.pipe()
    stream = os.fdopen(writing, "w")
    sink = configure("info", LogFormat.CONSOLE, Redactor(), stream=stream)
    log = logging.getLogger("sudi")
    for _ in range(2 * WAITING_LINES):
        log.info("a line that nobody reads, and that soon fills the pipe")
    read = ""
    while "log lines were dropped" not in read:
        read = read[-100:] + os.read(reading, 1 << 16).decode()
    os.close(reading)
    log.info("nobody will ever read this")
    sink.close()
    with contextlib.suppress(OSError):
        stream.close()
    log.info("nor this")
