"""How answers are brought, on a virtual clock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
import structlog
from structlog.testing import capture_logs

from adapters.platform import (
    Account,
    AccountDead,
    AccountId,
    Address,
    ChatLost,
    CourierError,
    Doubt,
    DoubtPolicy,
    Forbidden,
    MessageLost,
    Moved,
    NotSent,
    Parcel,
    Platform,
    Receipt,
    Throttled,
)
from adapters.telegram.pace import CHAT_EVERY, EVERY, TelegramPace
from bot.lag import Lag
from bot.verdict import LanePauses
from bot.voice import MOST, MOST_OF_CHAT, PATIENCE, Voice
from tests.world.loop import VirtualLoop

T = TypeVar("T")

Answer = CourierError | None


@dataclass(kw_only=True)
class ScriptedCourier:
    """Answers each request for a chat with what the script says next, and then with success."""

    latency: float = 0.1
    script: dict[str, list[Exception]] = field(default_factory=dict)
    calls: list[tuple[float, str, str]] = field(default_factory=list)
    brought: list[tuple[str, str]] = field(default_factory=list)

    async def send(self, parcel: Parcel) -> Receipt:
        """As `Courier.send`."""
        return await self._request("send", parcel)

    async def edit(self, parcel: Parcel, receipt: Receipt) -> Receipt:
        """As `Courier.edit`."""
        del receipt
        return await self._request("edit", parcel)

    async def delete(self, address: Address, receipt: Receipt) -> None:
        """Answers are never taken back."""
        raise NotImplementedError

    async def _request(self, what: str, parcel: Parcel) -> Receipt:
        chat = parcel.address.chat
        self.calls.append((asyncio.get_running_loop().time(), what, chat))
        await asyncio.sleep(self.latency)
        if self.script.get(chat):
            raise self.script[chat].pop(0)
        self.brought.append((chat, parcel.nonce))
        return Receipt(message=str(len(self.brought)))


class Stage:
    """A voice with its courier, its pace and a lane that only remembers that it must rest."""

    def __init__(self, *, latency: float = 0.1) -> None:
        self.courier = ScriptedCourier(latency=latency)
        self.pace = TelegramPace(born=-100.0)
        self.rests_until = 0.0
        self.pauses: list[LanePauses] = []
        account = Account(
            platform=Platform.TELEGRAM,
            id=AccountId("7"),
            courier=self.courier,
            pace=self.pace,
            doubt=DoubtPolicy.ASSUME_SENT,
            doubt_push=DoubtPolicy.ASSUME_SENT,
        )
        self.voice = Voice(
            account,
            now=self._now,
            random=lambda: 0.5,
            lag=Lag(),
            rest_left=lambda: self.rests_until - _time(),
            pauses=self._pause,
        )

    def _now(self) -> datetime:
        return datetime(2025, 11, 21, tzinfo=UTC) + timedelta(seconds=_time())

    async def _pause(self, pause: LanePauses) -> None:
        self.pauses.append(pause)
        self.rests_until = pause.until / 1000 - datetime(2025, 11, 21, tzinfo=UTC).timestamp()

    async def say(self, chat: str = "5", nonce: str = "n") -> Receipt | None:
        """Send an answer."""
        return await self.voice.send(parcel(chat, nonce))


def _time() -> float:
    return asyncio.get_running_loop().time()


def parcel(chat: str = "5", nonce: str = "n") -> Parcel:
    """An answer."""
    address = Address(platform=Platform.TELEGRAM, account=AccountId("7"), chat=chat)
    return Parcel(address=address, message={"text": "…"}, nonce=nonce)


def play(story: Callable[[], Awaitable[T]]) -> T:
    """Let a story happen on a virtual clock."""
    loop = VirtualLoop(budget=200_000)

    async def tell() -> T:
        return await story()

    try:
        return loop.run_until_complete(tell())
    finally:
        loop.close()


@pytest.fixture(autouse=True)
def _plain_logs() -> None:
    structlog.reset_defaults()


# --- Order and places --------------------------------------------------------------------------------------------


def test_answer_is_brought_at_once() -> None:
    """An answer in a lane that does nothing else leaves at once, and its receipt comes back."""

    async def story() -> None:
        stage = Stage()
        assert await stage.say() == Receipt(message="1")
        assert _time() == pytest.approx(0.1)

    play(story)


def test_chat_is_answered_in_order_and_others_meanwhile() -> None:
    """A chat's answers leave one after the other, as they were given; another chat waits for none of them."""

    async def story() -> None:
        stage = Stage()
        first = [asyncio.ensure_future(stage.say("5", str(number))) for number in range(4)]
        await asyncio.sleep(0)
        await stage.say("6", "other")
        assert _time() < 0.5
        await asyncio.gather(*first)
        assert [nonce for chat, nonce in stage.courier.brought if chat == "5"] == ["0", "1", "2", "3"]
        moments = [moment for moment, _, chat in stage.courier.calls if chat == "5"]
        assert [later - moments[0] for later in moments] == pytest.approx([n * CHAT_EVERY for n in range(4)], abs=0.01)

    play(story)


def test_answers_leave_a_quarter_at_most() -> None:
    """However many chats are answered, answers take a quarter of the pace, in the order in which they were given."""

    async def story() -> None:
        stage = Stage()
        await asyncio.gather(*(stage.say(str(chat), str(chat)) for chat in range(100)))
        moments = [moment for moment, _, _ in stage.courier.calls]
        assert moments[-1] == pytest.approx((100 - 9) * 4 * EVERY, rel=0.05)
        assert [chat for _, _, chat in stage.courier.calls] == [str(chat) for chat in range(100)]

    play(story)


def test_too_many_answers_are_turned_away() -> None:
    """Only so much of what a chat asks waits, and of what all ask; the rest is turned away, which is logged once."""

    async def story() -> None:
        stage = Stage()
        with capture_logs() as logs:
            said = await asyncio.gather(*(stage.say("-5", str(number)) for number in range(MOST_OF_CHAT + 5)))
        assert [receipt is None for receipt in said].count(True) == 5
        assert [line["event"] for line in logs] == ["voice.turned_away"]
        said = await asyncio.gather(*(stage.say(str(chat)) for chat in range(MOST + 5)))
        assert said[MOST:] == [None] * 5
        assert said[0] is not None
        assert not stage.voice._lines
        assert not stage.voice._taken

    play(story)


def test_nobody_waits_for_a_place_for_longer_than_a_minute() -> None:
    """Where more ask than can be answered, those are answered whose place comes within a minute."""

    async def story() -> None:
        stage = Stage()
        said = await asyncio.gather(*(stage.say(str(chat)) for chat in range(700)))
        answered = [receipt is not None for receipt in said].count(True)
        assert answered == pytest.approx(PATIENCE / (4 * EVERY), rel=0.05)
        assert None not in said[:answered]
        assert _time() < PATIENCE + 1

    play(story)


# --- Rests -------------------------------------------------------------------------------------------------------


def test_answer_waits_for_the_lanes_rest() -> None:
    """While the lane rests, no answer leaves; when it ends early, answers leave then."""

    async def story() -> None:
        stage = Stage()
        stage.rests_until = 30.0
        saying = asyncio.ensure_future(stage.say())
        await asyncio.sleep(10)
        assert stage.courier.calls == []
        stage.rests_until = 0.0
        assert await saying is not None
        assert _time() < 12

    play(story)


def test_answer_does_not_wait_for_hours() -> None:
    """Where the lane rests for longer than a reader waits, an answer is given up at once, and logged."""

    async def story() -> None:
        stage = Stage()
        stage.rests_until = 7200.0
        with capture_logs() as logs:
            assert await stage.say() is None
        assert _time() == 0
        assert [line["event"] for line in logs] == ["voice.gave_up"]

    play(story)


def test_rest_that_becomes_longer_is_given_up() -> None:
    """An answer waits for about a minute altogether, however often the rest becomes longer."""

    async def story() -> None:
        stage = Stage()
        stage.rests_until = 30.0
        saying = asyncio.ensure_future(stage.say())
        await asyncio.sleep(29.5)
        stage.rests_until = 300.0
        assert await saying is None
        assert _time() <= PATIENCE + 1
        assert stage.courier.calls == []

    play(story)


def test_answer_waits_while_its_chat_is_throttled() -> None:
    """A chat that deliveries were told to leave alone is not answered meanwhile; others are."""

    async def story() -> None:
        stage = Stage()
        stage.voice.chat_rests(parcel().address, 20.0)
        other = asyncio.ensure_future(stage.say("6"))
        assert await stage.say("5") is not None
        assert stage.courier.calls[0][2] == "6"
        assert stage.courier.calls[1][0] == pytest.approx(20.0)
        assert await other is not None

    play(story)


# --- What can go wrong -------------------------------------------------------------------------------------------


def test_answer_that_never_left_is_tried_again() -> None:
    """What never left is tried again with jitter, a few times within half a minute, and not for ever."""

    async def story() -> None:
        stage = Stage()
        stage.courier.script["5"] = [NotSent("refused")] * 3
        assert await stage.say("5") is not None
        assert len(stage.courier.calls) == 4
        stage.courier.script["6"] = [NotSent("refused")] * 99
        began = _time()
        assert await stage.say("6") is None
        assert 20 < _time() - began < 31
        assert 5 < len(stage.courier.script["6"]) < 95

    play(story)


def test_throttled_answer_waits_once() -> None:
    """An answer that is throttled waits as long as it is told to, once, without a rest for the lane."""

    async def story() -> None:
        stage = Stage()
        stage.courier.script["5"] = [Throttled("slow", retry_after=17)]
        assert await stage.say("5") is not None
        assert stage.courier.calls[1][0] == pytest.approx(17.1, abs=1.1)
        stage.courier.script["5"] = [Throttled("slow", retry_after=17)] * 2
        assert await stage.say("5") is None
        assert stage.pauses == []
        stage.courier.script["6"] = [Throttled("slow", retry_after=90)]
        assert await stage.say("6") is None

    play(story)


@pytest.mark.parametrize("error", [Throttled("slow", retry_after=20, whole_lane=True), AccountDead("dead")])
def test_trouble_of_the_account_is_told_to_the_lane(error: CourierError) -> None:
    """What concerns the whole account lets the lane rest, as it does after a delivery."""

    async def story() -> None:
        stage = Stage()
        stage.courier.script["5"] = [error]
        receipt = await stage.say("5")
        assert [pause.reason for pause in stage.pauses] == [
            "throttled" if isinstance(error, Throttled) else "account-dead"
        ]
        assert (receipt is None) is isinstance(error, AccountDead)
        assert _time() >= (20 if isinstance(error, Throttled) else 0)

    play(story)


def test_several_throttled_chats_mean_the_account() -> None:
    """Answers throttled in three chats within two seconds let the lane rest."""

    async def story() -> None:
        stage = Stage()
        for chat in ("5", "6", "7"):
            stage.courier.script[chat] = [Throttled("slow", retry_after=10)]
        said = await asyncio.gather(*(stage.say(chat) for chat in ("5", "6", "7")))
        assert None not in said
        assert [pause.reason for pause in stage.pauses] == ["throttled"]

    play(story)


@pytest.mark.parametrize(
    "error", [Doubt("reset"), ChatLost("gone"), Forbidden("no"), MessageLost("gone"), RuntimeError("ours")]
)
def test_other_errors_are_not_tried_again(error: Exception) -> None:
    """A doubt, a refusal and a mistake of ours cost one answer, which is logged and never sent twice."""

    async def story() -> None:
        stage = Stage()
        stage.courier.script["5"] = [error]
        with capture_logs() as logs:
            assert await stage.say("5") is None
        assert [line["event"] for line in logs] == [
            "voice.mistake" if isinstance(error, RuntimeError) else "voice.not_brought"
        ]
        assert len(stage.courier.calls) == 1
        assert await stage.say("5") is not None

    play(story)


def test_answer_follows_its_chat() -> None:
    """An answer to a chat that has moved is brought to its new id, once; an edit has nothing to edit there."""

    async def story() -> None:
        stage = Stage()
        stage.courier.script["-5"] = [Moved("moved", to="-1005")] * 3
        stage.courier.script["-1006"] = [Moved("moved", to="-1007")]
        assert await stage.say("-5") is not None
        assert stage.courier.brought == [("-1005", "n")]
        assert await stage.voice.edit(parcel("-5"), Receipt(message="3")) is None
        stage.courier.script["-5"] = [Moved("moved", to="-1006")]
        assert await stage.say("-5") is None

    play(story)


def test_edits_share_the_place_of_answers() -> None:
    """An edit is paced like an answer, and brings its receipt back."""

    async def story() -> None:
        stage = Stage()
        receipt = await stage.say("5")
        assert receipt is not None
        assert await stage.voice.edit(parcel("5"), receipt) is not None
        assert [what for _, what, _ in stage.courier.calls] == ["send", "edit"]
        assert stage.courier.calls[1][0] >= CHAT_EVERY

    play(story)


# --- Stopping ----------------------------------------------------------------------------------------------------


def test_cancelled_asker_is_answered() -> None:
    """An answer that was taken is brought, though whoever gave it waits for it no more."""

    async def story() -> None:
        stage = Stage()
        saying = asyncio.ensure_future(stage.say("5"))
        await asyncio.sleep(0.01)
        saying.cancel()
        await asyncio.gather(saying, return_exceptions=True)
        await stage.voice.stop()
        assert stage.courier.brought == [("5", "n")]

    play(story)


def test_stopping_waits_for_what_was_taken() -> None:
    """Stopping brings what was taken and takes nothing new."""

    async def story() -> None:
        stage = Stage()
        saying = [asyncio.ensure_future(stage.say(str(chat))) for chat in range(20)]
        await asyncio.sleep(0)
        stopping = asyncio.ensure_future(stage.voice.stop())
        await asyncio.sleep(0)
        assert await stage.say("new") is None
        await stopping
        assert None not in await asyncio.gather(*saying)

    play(story)


@pytest.mark.parametrize("now", [True, False])
def test_stopping_waits_for_no_more_than_the_grace(*, now: bool) -> None:
    """What hangs keeps nobody from stopping: after the grace, or at once when asked so, it is given up, and logged."""

    async def story() -> None:
        stage = Stage(latency=3600.0)
        saying = asyncio.ensure_future(stage.say("5"))
        await asyncio.sleep(0.01)
        with capture_logs() as logs:
            await stage.voice.stop(now=now)
        assert _time() == pytest.approx(0.01 if now else 35.01)
        assert [line["event"] for line in logs] == ["voice.stopped_early"]
        assert await saying is None

    play(story)
