"""The doors at which platforms post, by real requests on loopback."""

from __future__ import annotations

import asyncio
import gzip
import io
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.web.doors import LARGEST, Doors
from tests.adapters.web.desks import MemoryDesk
from tests.adapters.web.sites import KEY, server_for, visitor

PATH = "/telegram/123"
SECRET = "5ecret0f" * 8
SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - its name


class Bell:
    """A door that knows a secret, and what was posted there."""

    def __init__(self) -> None:
        self.rung: list[bytes] = []

    async def __call__(self, headers: Mapping[str, str], body: bytes) -> int:
        """Take what has the secret."""
        if headers.get(SECRET_HEADER) != SECRET:
            return 401
        self.rung.append(body)
        if body == b"fault":
            raise RuntimeError(body.decode())
        return 200


class House:
    """A server with a door, and a visitor without a key."""

    def __init__(self, address: str, bell: Bell, guest: aiohttp.ClientSession) -> None:
        self.address = address
        self.bell = bell
        self.guest = guest

    async def post(self, data: object, secret: str = SECRET, **headers: str) -> tuple[int, bytes, Mapping[str, str]]:
        """Post something to the door, as a platform would that calls us by a public name."""
        told = {"Host": "digest.example.org", "X-Telegram-Bot-Api-Secret-Token": secret, **headers}
        async with self.guest.post(self.address + PATH, data=data, headers=told) as answer:
            return answer.status, await answer.read(), dict(answer.headers)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """A server with one door."""
    bell = Bell()
    server = server_for(MemoryDesk(), doors={PATH: bell})
    address = await server.start()
    async with visitor() as guest:
        yield House(address, bell, guest)
    await server.stop()


async def test_a_platform_posts_under_any_host_without_a_key(house: House) -> None:
    """What a platform posts reaches the door as it is, past the key, the hosts and the origins of the pages."""
    body = "{“漢”}".encode()
    status, said, headers = await house.post(body, Origin="https://elsewhere.example")
    assert (status, said) == (200, b"")
    assert house.bell.rung == [body]
    assert "Set-Cookie" not in headers


async def test_a_body_may_be_larger_than_those_of_the_pages(house: House) -> None:
    """The doors' cap is their own: what is far too long for the page's box is taken, up to a megabyte."""
    assert (await house.post(io.BytesIO(b"x" * LARGEST)))[0] == 200
    assert [len(body) for body in house.bell.rung] == [LARGEST]


async def test_fault_37_a_wrong_secret_gets_the_doors_status_and_nothing_else(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """A wrong secret is answered with the door's own status and no words; nothing of it is logged."""
    caplog.set_level(logging.DEBUG)
    status, said, _ = await house.post(b"gigantic words", secret="wrong-secret-5d1f")  # noqa: S106 - wrong
    assert (status, said) == (401, b"")
    assert house.bell.rung == []
    assert not {"wrong-secret-5d1f", "gigantic"} & set(caplog.text.split())


async def test_fault_37_a_huge_body_is_refused_by_its_length_or_as_it_comes(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """A body over the cap is refused, whether it names its length, trickles in or is packed; nothing is logged."""
    caplog.set_level(logging.DEBUG)

    async def trickle() -> AsyncIterator[bytes]:
        for _ in range(LARGEST // 65_536 + 2):
            yield b"gigantic" * 8192

    bomb = gzip.compress(b"gigantic" * (LARGEST // 4))
    huge = io.BytesIO(b"gigantic" * (LARGEST // 8 + 1))
    for data, headers in ((huge, {}), (trickle(), {}), (bomb, {"Content-Encoding": "gzip"})):
        with suppress(aiohttp.ClientConnectionError):  # refused before it was all said
            assert (await house.post(data, **headers))[:2] == (413, b"")
    assert house.bell.rung == []
    assert "gigantic" not in caplog.text


@pytest.mark.parametrize(
    ("packed", "status"), [(b"no gzip", 400), (gzip.compress(b"whole"), 200)], ids=["a lie", "true"]
)
async def test_fault_37_what_cannot_be_unpacked_is_refused_without_a_fault(
    house: House, caplog: pytest.LogCaptureFixture, packed: bytes, status: int
) -> None:
    """A body that is not packed as it says is its sender's fault, not ours: refused, and nothing of it is logged."""
    caplog.set_level(logging.DEBUG)
    assert (await house.post(packed, **{"Content-Encoding": "gzip"}))[:2] == (status, b"")
    assert house.bell.rung == ([b"whole"] if status == 200 else [])
    assert "no gzip" not in caplog.text


async def test_fault_37_strangers_fill_no_memory() -> None:
    """What strangers post slowly, all at once, is bounded in sum; whoever posts a whole body is heard meanwhile."""
    bell = Bell()
    doors = Doors({PATH: bell}, largest=1000, most=2500)
    async with TestServer(web.Application(middlewares=(doors.serve,))) as server, visitor() as guest:
        fill: list[asyncio.Event] = [asyncio.Event() for _ in range(4)]

        async def slowly(end: asyncio.Event) -> AsyncIterator[bytes]:
            yield b"x" * 900
            await end.wait()
            yield b"end"

        async def posts(end: asyncio.Event) -> int:
            told = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
            async with guest.post(server.make_url(PATH), data=slowly(end), headers=told) as answer:
                return answer.status

        slow = [asyncio.create_task(posts(end)) for end in fill]
        refused, waiting = await asyncio.wait(slow, timeout=10, return_when=asyncio.FIRST_COMPLETED)
        while len(refused) < 2:
            more, waiting = await asyncio.wait(waiting, timeout=10, return_when=asyncio.FIRST_COMPLETED)
            refused |= more
        assert [task.result() for task in refused] == [503, 503]
        told = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        async with guest.post(server.make_url(PATH), data=b"small", headers=told) as answer:
            assert answer.status == 200
        for end in fill:
            end.set()
        assert sorted([await task for task in waiting]) == [200, 200]
        async with guest.post(server.make_url(PATH), data=b"y" * 1000, headers=told) as answer:
            assert answer.status == 200
    assert bell.rung[0] == b"small"


async def test_who_is_too_slow_is_left() -> None:
    """A body that does not come within the patience is refused; the door hears nothing of it."""
    bell = Bell()
    doors = Doors({PATH: bell}, patience=0.05)
    async with TestServer(web.Application(middlewares=(doors.serve,))) as server, visitor() as guest:

        async def endless() -> AsyncIterator[bytes]:
            yield b"x"
            await asyncio.Event().wait()

        with suppress(aiohttp.ClientConnectionError):
            async with guest.post(server.make_url(PATH), data=endless()) as answer:
                assert answer.status == 400
    assert bell.rung == []


async def test_only_posting_opens_a_door(house: House) -> None:
    """Whoever only looks at a door, also with the page's key, sees neither a page nor a cookie."""
    async with house.guest.get(f"{house.address}{PATH}?key={KEY}") as answer:
        assert (answer.status, await answer.read(), answer.headers["Allow"]) == (405, b"", "POST")
        assert "Set-Cookie" not in answer.headers


async def test_beside_the_doors_the_pages_stay_locked(house: House) -> None:
    """A path that is no door is judged as before, however near it is to one."""
    for path in ("/telegram/1234", f"{PATH}/", "/telegram"):
        async with house.guest.post(house.address + path, data=b"x", headers={"Host": "a.example"}) as answer:
            assert answer.status == 421
    assert house.bell.rung == []


async def test_a_door_that_fails_says_only_that(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """A fault behind a door is a status for the platform, which posts again; the log names its kind alone."""
    status, said, _ = await house.post(b"fault")
    assert (status, said) == (500, b"")
    assert "RuntimeError" in caplog.text
    assert ": fault" not in caplog.text


async def test_half_a_body_ends_with_its_connection(house: House) -> None:
    """Whoever hangs up in the middle of a body is forgotten: the door hears nothing of it, and goes on."""
    _, port = house.address.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection("127.0.0.1", int(port))
    writer.write(f"POST {PATH} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf".encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert (await house.post(b"whole"))[0] == 200
    assert house.bell.rung == [b"whole"]
