"""What a message to Telegram costs: processor time of the library on our request class, beside httpx, its own."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import telegram
from telegram.request import BaseRequest, HTTPXRequest

from adapters.platform import AccountId, Address, Message, Parcel, Platform
from adapters.telegram.courier import TelegramCourier
from adapters.telegram.dialect import TelegramDialect
from adapters.telegram.request import AiohttpRequest
from benchmarks.answering import answering
from benchmarks.figures import Figure
from benchmarks.posts import issue
from benchmarks.stage import post_of_today, read_here
from bot.catalogue import words
from bot.rendition import render
from digest.choices import Layout
from digest.model import Post

IN_FLIGHT = (1, 32, 256)
MESSAGES = 256
WARMING = 64
TOKEN = "1:bench"  # noqa: S105 nobody's


@asynccontextmanager
async def _server(message: Message) -> AsyncIterator[int]:
    """The port of a server that answers with a sent message."""
    chat = {"id": 1, "type": "private", "first_name": "x"}
    sent = {"message_id": 1, "date": 1, "chat": chat, "text": message["text"], "entities": message["entities"]}
    async with answering(json.dumps({"ok": True, "result": sent}).encode()) as port:
        yield port


async def requesting() -> list[Figure]:
    """Send the first message of an issue again and again, so many at once, on either request class."""
    digest = read_here(Post(path="post.md", data=post_of_today(issue())), "bench")
    message = render(digest, dialect=TelegramDialect(), layout=Layout.FULL, words=words("zh")).messages[0]
    async with _server(message) as port:
        return [
            Figure(
                name=f"a message to Telegram, {in_flight} in flight",
                value=await _cost(AiohttpRequest(connections=256), port, message, in_flight),
                unit="ms",
                reference=await _cost(_httpx(), port, message, in_flight),
                note="Processor time of the whole client; beside it: the library on httpx.",
            )
            for in_flight in IN_FLIGHT
        ]


def _httpx() -> BaseRequest:
    return HTTPXRequest(connection_pool_size=256, connect_timeout=60, read_timeout=60, pool_timeout=60)


async def _cost(request: BaseRequest, port: int, message: Message, in_flight: int) -> float:
    """Milliseconds of processor time for each message."""
    async with request:
        bot = telegram.Bot(TOKEN, base_url=f"http://127.0.0.1:{port}/bot", request=request)
        courier = TelegramCourier(bot)
        await _send(courier, message, WARMING, in_flight)
        begun = time.process_time()
        await _send(courier, message, MESSAGES, in_flight)
        return (time.process_time() - begun) / MESSAGES * 1000


async def _send(courier: TelegramCourier, message: Message, count: int, in_flight: int) -> None:
    address = Address(platform=Platform.TELEGRAM, account=AccountId("1"), chat="1")
    parcel = Parcel(address=address, message=message, nonce="1")
    numbers = iter(range(max(count, in_flight)))

    async def work() -> None:
        for _ in numbers:
            await courier.send(parcel)

    await asyncio.gather(*(work() for _ in range(in_flight)))
