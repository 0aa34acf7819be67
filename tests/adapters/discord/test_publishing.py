"""Messages of announcement channels are published, ten an hour, in order, whatever happens in between."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from discord.http import Route
from structlog.testing import capture_logs

from adapters.discord.courier import DiscordCourier
from adapters.discord.publishing import HOUR, Publishing
from adapters.discord.request import Answered, DiscordHTTP, NeverLeft, Unanswered
from adapters.discord.venues import Kind, Venue
from adapters.platform import AccountId, Address, Parcel, Platform, Reception
from tests.world.loop import VirtualLoop

ME = AccountId("1170000000000000001")
CROSSPOST = "/channels/{channel_id}/messages/{message_id}/crosspost"


@dataclass(slots=True)
class Notes:
    """What is written down of publishing: the part of a reception that publishing asks for."""

    left: list[tuple[str, str]] = field(default_factory=list)
    broken: int = 0

    async def note_unpublished(self, chat: str, message: str) -> None:
        """Write it down."""
        self.left.append((chat, message))

    async def unpublished(self) -> Sequence[tuple[str, str]]:
        """What is left; at first the store may be out of order."""
        if self.broken:
            self.broken -= 1
            raise OSError("locked")
        return tuple(self.left)

    async def note_published(self, chat: str, message: str) -> None:
        """Strike it out."""
        self.left.remove((chat, message))


class Requests:
    """Takes requests in the place of the transport, a second each; fails the first of them as it is told to."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.asked: list[tuple[float, str, str]] = []

    async def request(self, route: Route, **said: object) -> dict[str, str]:
        """One request."""
        del said
        clock = asyncio.get_running_loop().time
        _, _, chat, _, message, *_ = (*route.url.removeprefix(route.BASE).split("/"), "")
        self.asked.append((clock(), chat, message))
        await asyncio.sleep(1.0)
        if self.failures:
            raise self.failures.pop(0)
        return {"id": "7"}


class Press:
    """A publisher, what it asks for, and what is written down."""

    def __init__(self, *failures: Exception, notes: Notes | None = None) -> None:
        self.requests = Requests(*failures)
        self.notes = notes or Notes()
        self.http = cast("DiscordHTTP", self.requests)
        clock = asyncio.get_running_loop().time
        self.publishing = Publishing(self.http, clock=clock, random=lambda: 0.5)

    @property
    def order(self) -> list[str]:
        """The messages that were asked for."""
        return [message for _, _, message in self.requests.asked]

    @property
    def times(self) -> list[float]:
        """When each of them was."""
        return [at for at, _, _ in self.requests.asked]

    async def until_left(self, count: int) -> None:
        """Wait until no more than so many are left to publish."""
        while len(self.notes.left) > count:  # noqa: ASYNC110 - nobody is told, as in a database
            await asyncio.sleep(0.5)

    async def begin(self) -> None:
        """Let it work."""
        await self.publishing.begin(cast("Reception", self.notes))


def within_hours(test: Callable[[], Awaitable[None]]) -> None:
    """Run a test on virtual time, in which whoever waits for ever is found."""

    async def bounded() -> None:
        async with asyncio.timeout(24 * HOUR):
            await test()

    with asyncio.Runner(loop_factory=lambda: VirtualLoop(budget=1_000_000)) as runner:
        runner.run(bounded())


def test_ten_an_hour_in_order() -> None:
    """A channel publishes ten messages within an hour, the oldest first; another one is not kept waiting by it."""

    async def test() -> None:
        found = Press()
        await found.begin()
        for number in range(100, 112):
            await found.publishing.add("1", str(number))
        await found.publishing.add("2", "200")
        assert len(found.notes.left) == 13
        await found.until_left(0)
        await found.publishing.stop()
        of_one = [(at, message) for at, chat, message in found.requests.asked if chat == "1"]
        assert [message for _, message in of_one] == [str(number) for number in range(100, 112)]
        assert of_one[10][0] - of_one[0][0] == HOUR
        other = next(at for at, chat, _ in found.requests.asked if chat == "2")
        assert other < of_one[10][0]

    within_hours(test)


def test_what_was_left_is_published_after_a_restart() -> None:
    """What is written down is published first, however long the store cannot tell it, and each message once."""

    async def test() -> None:
        found = Press(notes=Notes(left=[("1", "10"), ("1", "11")], broken=2))
        with capture_logs() as logs:
            await found.begin()
            await found.publishing.add("1", "12")
            await found.until_left(0)
        await found.publishing.stop()
        assert found.order == ["10", "11", "12"]
        assert [line["event"] for line in logs] == ["discord.cannot_remember_unpublished"] * 2

    within_hours(test)


def test_stopped_in_the_middle() -> None:
    """What is not published when it stops stays written down; it begins and stops twice without harm."""

    async def test() -> None:
        found = Press()
        await found.publishing.stop()
        await found.begin()
        await found.begin()
        for number in range(20, 31):
            await found.publishing.add("1", str(number))
        await found.until_left(3)
        await found.publishing.stop()
        await found.publishing.stop()
        await asyncio.sleep(HOUR)
        assert found.notes.left == [("1", "28"), ("1", "29"), ("1", "30")]
        assert found.order[-1] in {"27", "28"}

    within_hours(test)


def test_begun_again() -> None:
    """Stopped while a message is on its way, and begun again, it publishes that one again and then all others."""

    async def test() -> None:
        found = Press()
        await found.begin()
        for number in range(20, 24):
            await found.publishing.add("1", str(number))
        await asyncio.sleep(1.5)
        await found.publishing.stop()
        await found.publishing.add("2", "30")
        await found.begin()
        await found.until_left(0)
        await found.publishing.stop()
        assert [message for message in found.order if message != "30"] == ["20", "21", "21", "22", "23"]
        assert found.order.count("30") == 1

    within_hours(test)


@pytest.mark.parametrize(
    ("failure", "rest"),
    [
        (Answered(429, {"code": 0, "message": "x"}, retry_after=700.0, scope="user"), 700.0),
        (Answered(429, {"code": 0, "message": "x"}, retry_after=700.0, scope="global"), 700.0),
        (Answered(429, {}, retry_after=700.0, banned=True), 700.0),
        (Answered(401, {"code": 0, "message": "401: Unauthorized"}), 600.0),
        (Answered(403, {}), 0.1),
        (Unanswered("no-result: 502", 502), 0.1),
        (NeverLeft("no-connection"), 0.1),
    ],
    ids=["429", "global", "banned", "dead", "portal", "5xx", "no-network"],
)
def test_what_may_pass_is_tried_again(failure: Exception, rest: float) -> None:
    """A 429, a failure of the way and a token that may be renewed are waited out; no message is lost or overtaken."""

    async def test() -> None:
        found = Press(failure)
        await found.begin()
        await found.publishing.add("1", "10")
        await found.publishing.add("1", "11")
        await found.until_left(0)
        await found.publishing.stop()
        assert found.order == ["10", "10", "11"]
        assert found.times[1] - found.times[0] >= rest

    within_hours(test)


def test_what_comes_meanwhile_waits_as_well() -> None:
    """A message that is added while another is refused waits as long as that one must: no 429 is asked for twice."""

    async def test() -> None:
        found = Press(Answered(429, {"code": 0, "message": "x"}, retry_after=700.0, scope="user"))
        await found.begin()
        await found.publishing.add("1", "10")
        await asyncio.sleep(0.5)
        for number in range(11, 15):
            await found.publishing.add("1", str(number))
        await found.until_left(0)
        await found.publishing.stop()
        assert found.order == ["10", "10", "11", "12", "13", "14"]
        assert found.times[1] - found.times[0] >= 700

    within_hours(test)


def test_a_rest_of_all() -> None:
    """After a global 429 no channel publishes before it is over; after one of a channel, the others do."""

    async def test() -> None:
        for scope, waits in (("global", True), ("user", False)):
            found = Press(Answered(429, {"code": 0, "message": "x"}, retry_after=700.0, scope=scope))
            await found.begin()
            await found.publishing.add("1", "10")
            await found.publishing.add("2", "20")
            await found.until_left(0)
            await found.publishing.stop()
            assert (found.times[1] - found.times[0] >= 700) is waits

    within_hours(test)


def test_failures_do_not_use_up_the_hour() -> None:
    """A message that certainly was not published takes none of the ten places."""

    async def test() -> None:
        found = Press(*(NeverLeft("no-connection") for _ in range(12)))
        await found.begin()
        await found.publishing.add("1", "10")
        await found.until_left(0)
        await found.publishing.stop()
        assert found.order == ["10"] * 13
        pairs = zip(found.times, found.times[1:], strict=False)
        tries = [round(later - earlier, 6) for earlier, later in pairs]
        assert tries == sorted(tries)
        assert max(tries) < 302

    within_hours(test)


def test_doubts_use_up_the_hour() -> None:
    """A message that may have been published takes one of the ten places."""

    async def test() -> None:
        found = Press(Unanswered("lost"), Unanswered("lost"))
        await found.begin()
        for number in range(10, 19):
            await found.publishing.add("1", str(number))
        await found.until_left(0)
        await found.publishing.stop()
        assert found.order == ["10", "10", *map(str, range(10, 19))]
        assert found.times[9] < HOUR / 10
        assert found.times[10] >= found.times[0] + HOUR

    within_hours(test)


@pytest.mark.parametrize(
    ("status", "code", "told"),
    [(404, 10_008, True), (404, 10_003, True), (403, 50_013, True), (400, 40_033, False)],
    ids=["message-gone", "channel-gone", "no-right", "published-already"],
)
def test_what_is_given_up(status: int, code: int, told: bool) -> None:
    """What can never be published is struck out and stands in the log; what is published already is done."""

    async def test() -> None:
        found = Press(Answered(status, {"code": code, "message": "the words"}))
        await found.begin()
        with capture_logs() as logs:
            await found.publishing.add("1", "10")
            await found.publishing.add("1", "11")
            await found.until_left(0)
        await found.publishing.stop()
        assert found.order == ["10", "11"]
        assert [line["event"] for line in logs] == ["discord.not_published"] * told

    within_hours(test)


def parcel(**more: Any) -> Parcel:
    """A message on its way to a channel."""
    address = Address(platform=Platform.DISCORD, account=ME, chat="1", **more)
    return Parcel(address=address, message={"embeds": [{"description": "x"}]}, nonce="1")


@pytest.mark.parametrize(
    ("kind", "thread", "noted"),
    [(Kind.ANNOUNCEMENT, "", True), (Kind.TEXT, "", False), (Kind.ANNOUNCEMENT, "5", False)],
    ids=["announcements", "text", "thread"],
)
def test_what_the_courier_has_published(kind: Kind, thread: str, noted: bool) -> None:
    """What is brought to an announcement channel is written down to be published before it counts as sent; no other."""

    async def test() -> None:
        found = Press()
        courier = DiscordCourier(found.http, me=ME, publishing=found.publishing, known=lambda _: Venue(kind=kind))
        await found.begin()
        await courier.send(parcel(thread=thread))
        assert found.notes.left == [("1", "7")] * noted
        await found.until_left(0)
        await found.publishing.stop()
        assert found.order == ["", "7"] if noted else [""]

    within_hours(test)
