"""What a message to Discord costs: processor time of our courier, beside discord.py's own client."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import count

from discord.http import HTTPClient, MultipartParameters, Ratelimit, Route

from adapters.discord.budget import Budget
from adapters.discord.courier import DiscordCourier
from adapters.discord.dialect import DiscordDialect
from adapters.discord.pace import DiscordPace
from adapters.discord.publishing import Publishing
from adapters.discord.request import DiscordHTTP
from adapters.discord.venues import Kind, Venue
from adapters.platform import AccountId, Address, Message, Parcel, Platform
from benchmarks.answering import answering
from benchmarks.figures import Figure
from benchmarks.posts import issue
from benchmarks.stage import post_of_today, read_here
from bot.catalogue import words
from bot.rendition import render
from digest.choices import Layout
from digest.model import Post

IN_FLIGHT = (1, 32, 256)
FEW, MANY = 100, 20_000
"""Channels that were written to before."""
MESSAGES = 256
WARMING = 64
TOKEN = "bench"  # noqa: S105 nobody's

_BUCKET = ("X-RateLimit-Bucket: b", "X-RateLimit-Limit: 5", "X-RateLimit-Remaining: 4", "X-RateLimit-Reset-After: 5.0")

Send = Callable[[str], Awaitable[object]]
"""Sends the message to a channel."""


async def requesting() -> list[Figure]:
    """Send the first message of an issue to one channel after the other, so many at once, with either client."""
    digest = read_here(Post(path="post.md", data=post_of_today(issue())), "bench")
    message = render(digest, dialect=DiscordDialect(), layout=Layout.FULL, words=words("zh")).messages[0]
    sent = json.dumps({"id": "7", "channel_id": "1", "author": {"id": "1"}, **message}).encode()
    async with answering(sent, *_BUCKET) as port:
        url = f"http://127.0.0.1:{port}"
        return [
            *[
                Figure(
                    name=f"a message to Discord, {in_flight} in flight",
                    value=await _ours(url, message, in_flight, FEW),
                    unit="ms",
                    reference=await _librarys(url, message, in_flight, FEW),
                    note="Processor time of the whole client, each message to another channel; beside it: the library.",
                )
                for in_flight in IN_FLIGHT
            ],
            Figure(
                name=f"a message to Discord, {MANY:,} channels",
                value=await _ours(url, message, 32, MANY),
                unit="ms",
                reference=await _ours(url, message, 32, FEW),
                note=f"Processor time after so many channels; beside it: after {FEW}.",
            ),
            Figure(
                name=f"a message to Discord, {MANY:,} channels, by the library",
                value=await _librarys(url, message, 32, MANY),
                unit="ms",
                reference=await _librarys(url, message, 32, FEW),
                note="The same with the library's own client, which looks through its buckets for each new one.",
            ),
        ]


async def _ours(url: str, message: Message, in_flight: int, channels: int) -> float:
    """Milliseconds for each message with our courier, which knows so many channels and tells the pace of each."""
    clock = asyncio.get_running_loop().time
    pace = DiscordPace(born=clock())
    for number in range(channels):
        pace.spend(_address(str(number)), clock())
    async with DiscordHTTP(TOKEN, budget=Budget(clock), api_url=url, pace=pace, connections=256) as http:
        publishing = Publishing(http, clock=clock, random=lambda: 0.5)
        text = Venue(kind=Kind.TEXT)
        courier = DiscordCourier(http, me=AccountId("1"), publishing=publishing, known=lambda _: text)

        async def send(channel: str) -> None:
            address = _address(channel)
            pace.wait(address, clock())
            pace.spend(address, clock())
            await courier.send(Parcel(address=address, message=message, nonce="1a.1.0.abcdef01"))

        return await _cost(send, in_flight, channels)


def _address(channel: str) -> Address:
    return Address(platform=Platform.DISCORD, account=AccountId("1"), chat=channel)


async def _librarys(url: str, message: Message, in_flight: int, channels: int) -> float:
    """Milliseconds for each message with the library's client, which has so many buckets."""
    async with _client() as client:
        client._bucket_hashes["POST /channels/{channel_id}/messages"] = "b"  # noqa: SLF001 what it has learned
        client._buckets.update((f"b:{number}", Ratelimit(None)) for number in range(channels))  # noqa: SLF001
        body = {**message, "nonce": "1a.1.0.abcdef01", "enforce_nonce": True}
        params = MultipartParameters(payload=body, multipart=None, files=None)

        async def send(channel: str) -> None:
            route = Route("POST", "/channels/{channel_id}/messages", channel_id=channel)
            route.url = url + route.url.removeprefix(route.BASE)
            await client.request(route, json=params.payload)

        return await _cost(send, in_flight, channels)


@asynccontextmanager
async def _client() -> AsyncIterator[HTTPClient]:
    """The library's client, as a login leaves it."""
    client = _LoggedIn(asyncio.get_running_loop())
    await client.static_login(TOKEN)
    try:
        yield client
    finally:
        await client.close()


class _LoggedIn(HTTPClient):
    """Asks nobody who it is."""

    _is_in = False

    async def request(self, route: Route, **said: object) -> object:
        if not self._is_in:
            self._is_in = True
            return {}
        return await super().request(route, **said)  # type: ignore[arg-type]


async def _cost(send: Send, in_flight: int, first: int) -> float:
    """Milliseconds of processor time for each message; every one goes to a channel that is new."""
    channels = (str(number) for number in count(first))
    await _send(send, channels, WARMING, in_flight)
    begun = time.process_time()
    await _send(send, channels, MESSAGES, in_flight)
    return (time.process_time() - begun) / MESSAGES * 1000


async def _send(send: Send, channels: Iterator[str], messages: int, in_flight: int) -> None:
    numbers = iter(range(max(messages, in_flight)))

    async def work() -> None:
        for _ in numbers:
            await send(next(channels))

    await asyncio.gather(*(work() for _ in range(in_flight)))
