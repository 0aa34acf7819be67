"""The door at which Telegram posts what it hears."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from adapters.platform import Account, AccountTrouble, Query, Reply
from adapters.telegram.webhook import LARGEST, PROOF, Webhook
from tests.adapters.telegram.front import Front, account, listening, reply
from tests.adapters.telegram.updates import said
from tests.platforms.telegram.simulator import TelegramSimulator

SECRET = "s3cret-of-the-webhook"  # noqa: S105 - it opens nothing
PATH = "/telegram/7000000001"


@asynccontextmanager
async def hooked(front: Front, telegram: TelegramSimulator, **patience: float) -> AsyncIterator[Account]:
    """An account whose door stands in a web server of its own."""
    known: list[Account] = []

    async def post(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        return web.Response(status=await known[0].doors[request.path](headers, await request.read()))

    app = web.Application()
    app.router.add_post(PATH, post)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}"
    known.append(account(telegram.token, telegram.url, webhook=Webhook(url=url, secret=SECRET), **patience))
    try:
        async with listening(front, known[0]):
            yield known[0]
    finally:
        await runner.cleanup()


async def posted(known: Account, update: object, secret: str | None = SECRET) -> int:
    """The status for an update, or for what is none."""
    body = update if isinstance(update, bytes) else json.dumps(update).encode()
    return await known.doors[PATH]({PROOF: secret} if secret is not None else {}, body)


async def test_what_is_posted_is_answered(telegram: TelegramSimulator) -> None:
    """With a webhook Telegram posts to the account's door, nobody polls, and what is posted is answered once."""
    front, lin = Front(), telegram.person(101)
    async with hooked(front, telegram) as known:
        lin.says("/today")
        answer = await telegram.until(lambda: telegram.last(lin, by_bot=True))
        await telegram.until(lambda: not telegram.bot.pending)
        again = {"update_id": 700000001, "message": lin.chat.shown[0].json()}
        assert await posted(known, again) == 200
    assert answer.text == "you said /today"
    assert front.said == ["/today"]
    assert not telegram.calls("getUpdates")
    [call] = telegram.calls("setWebhook")
    assert call.parameters["allowed_updates"] == ["message", "callback_query", "my_chat_member"]


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET[:-1], f"{SECRET}x", "ключ", "\ud800"])
async def test_fault_37_a_wrong_secret_is_refused_without_a_word(
    telegram: TelegramSimulator, secret: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    """A post without the secret is refused, whatever stands in it, and nothing of it is logged."""
    front = Front()
    async with hooked(front, telegram) as known:
        caplog.set_level(logging.DEBUG)
        caplog.clear()
        assert await posted(known, said("/today attack"), secret) == 403
        assert await posted(known, b"attack" * LARGEST, secret) == 403
        ours = [record for record in caplog.records if record.name.startswith("adapters")]
        assert "attack" not in caplog.text
        assert not ours
    assert front.said == []


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"[" * 100_000, b'{"update_id": "x"}', b"\xff\xfe", b"x" * (LARGEST + 1)]
)
async def test_fault_37_what_is_no_update_is_done_with(telegram: TelegramSimulator, body: bytes) -> None:
    """What is huge or no update is taken and forgotten: refused, it would be posted again for ever."""
    front = Front()
    async with hooked(front, telegram) as known:
        assert await posted(known, body) == 200
    assert front.said == []


async def test_a_shut_door_asks_to_come_again(telegram: TelegramSimulator) -> None:
    """Before the account is admitted, and once it stops, an update is not taken, so that Telegram posts it again."""
    front, lin = Front(), telegram.person(101)
    fresh = account(telegram.token, telegram.url, webhook=Webhook(url=f"https://example.org{PATH}", secret=SECRET))
    assert await posted(fresh, said("/today")) == 503
    async with hooked(front, telegram) as known:
        lin.says("/one")
        await telegram.until(lambda: telegram.sent(lin))
        assert known.listener is not None
        await known.listener.stop()
        assert await posted(known, said("/late")) == 503
    assert front.said == ["/one"]


async def test_stopping_waits_for_what_was_posted(telegram: TelegramSimulator) -> None:
    """What was posted before the stop is answered; what is cut off is not confirmed, and comes again."""
    started = asyncio.Event()

    async def answering(query: Query) -> Reply:
        started.set()
        await asyncio.sleep(0.1 if query.text == "/short" else 3600)
        return reply()

    async with hooked(Front(answering=answering), telegram, drain=0.5) as known:
        short = asyncio.create_task(posted(known, said("/short", update=1)))
        long = asyncio.create_task(posted(known, said("/long", update=2)))
        twice = asyncio.create_task(posted(known, said("/short", update=1)))
        await started.wait()
        assert known.listener is not None
        await known.listener.stop()
        assert (await short, await twice, await long) == (200, 200, 503)


async def test_a_webhook_that_is_taken_away_is_told(telegram: TelegramSimulator) -> None:
    """A webhook that another program changes, and a token that dies, are told once, and that it is well again."""
    front = Front()
    async with hooked(front, telegram):
        ours, telegram.bot.webhook = telegram.bot.webhook, None
        await telegram.until(lambda: AccountTrouble.RIVAL in front.troubles)
        telegram.bot.webhook = ours
        await telegram.until(lambda: front.troubles[-1] is None)
        telegram.revoke()
        await telegram.until(lambda: AccountTrouble.DEAD in front.troubles)
    assert front.troubles == [None, AccountTrouble.RIVAL, None, AccountTrouble.DEAD]


async def looked_at(telegram: TelegramSimulator, times: int) -> None:
    """Wait until the webhook was looked at so often."""
    await telegram.until(lambda: len(telegram.calls("getWebhookInfo")) >= times)


async def test_what_telegram_could_not_post_is_logged_once(
    telegram: TelegramSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    """Where Telegram cannot reach the webhook, nobody is heard: why is in the log, once for each time."""
    caplog.set_level(logging.WARNING)
    async with hooked(Front(), telegram):
        hook = telegram.bot.webhook
        assert hook is not None
        for number, why in enumerate(("Connection timed out", "SSL error")):
            hook.error_date, hook.error = 1763692200 + number, why
            await looked_at(telegram, len(telegram.calls("getWebhookInfo")) + 3)
    told = [record.message for record in caplog.records if record.name == "adapters.telegram.webhook"]
    assert told == [
        "Telegram could not post what was said (2025-11-21T02:30:00+00:00): Connection timed out",
        "Telegram could not post what was said (2025-11-21T02:30:01+00:00): SSL error",
    ]


def test_a_webhook_keeps_its_secret() -> None:
    """A webhook that is printed does not show its secret."""
    assert SECRET not in repr(Webhook(url="https://example.org/", secret=SECRET))
