"""The faults of the list that concern dispatch, each by its number, in a world made for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import pytest

from adapters.platform import (
    DoubtPolicy,
    NotSent,
    Platform,
    Throttled,
)
from bot.outcome import record_pause
from bot.verdict import ACCOUNT_REST, LanePauses
from digest.choices import Choices, Layout
from storage import alerts, ledger, queue, subscriptions
from storage.database import Database
from storage.ledger import Settlement
from storage.records import DeliveryState, DigestId, PartState, Reason, SubscriptionId, SubscriptionState
from storage.store import StoreFull
from storage.subscriptions import Place
from storage.times import to_ms
from tests.world import laws
from tests.world.laws import Books
from tests.world.life import Spot, World, post
from tests.world.platform import Faults, Shown, StrictPace

P = ParamSpec("P")
T = TypeVar("T")

STORIES = ("one", "two", "three")


def slow_chats(started: float) -> StrictPace:
    """Ten seconds between two messages into one chat, so that there is time between two parts."""
    return StrictPace(started, chat_every=10.0)


def telegram(world: World) -> Any:
    """The platform that most stories happen on."""
    return world.platforms[Platform.TELEGRAM]


def in_chat(world: World, chat: str) -> list[Shown]:
    """What stands in a chat."""
    return [shown for shown in telegram(world).visible() if shown.place[0] == chat]


async def deliveries(world: World) -> dict[str, ledger.DeliveryRow]:
    """The newest delivery of each chat."""
    rows = await world.do(ledger.deliveries)
    return {row.chat: row for row in reversed(rows)}


# --- Deaths: 2, 3, 4 ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Death:
    """One message, and a death after so many steps: what was known and done then, and what came of it."""

    intended: bool
    called: bool
    state: DeliveryState
    shown: int


def die_after(folder: Path, steps: int) -> Death:
    """Publish one message for one chat, die after so many steps, and begin again."""
    folder.mkdir()
    world = World(folder, budget=20_000)

    async def tell() -> Death:
        world.born()
        await world.subscribe("c0")
        telegram(world).faults = Faults(request_latency=(0.1, 0.1), answer_latency=(0.1, 0.1))
        await asyncio.sleep(2)
        world.loop.after_steps(steps, world.die)
        publishing = asyncio.ensure_future(world.publish("daily/1.md", post("D", "one")))
        while world.life is not None:  # noqa: ASYNC110 death tells nobody
            await asyncio.sleep(0.01)
        intended, called = bool(Books.of(world).parts), bool(telegram(world).calls)
        world.born()
        await publishing
        await world.settle()
        state = (await deliveries(world))["c0"].state
        await world.stop()
        return Death(intended=intended, called=called, state=state, shown=len(telegram(world).shown))

    return world.run(tell())


@pytest.fixture(scope="module")
def deaths(tmp_path_factory: pytest.TempPathFactory) -> list[Death]:
    """A death after each step of one delivery."""
    folder = tmp_path_factory.mktemp("deaths")
    return [die_after(folder / str(steps), steps) for steps in range(1, 60)]


def test_fault_02_death_before_the_intent(deaths: list[Death]) -> None:
    """Killed between taking what is due and the intent, a delivery is still open: sent once after the restart."""
    found = [death for death in deaths if not death.intended]
    assert found
    assert {(death.state, death.shown) for death in found} == {(DeliveryState.SENT, 1)}


def test_fault_03_death_after_the_intent(deaths: list[Death]) -> None:
    """Killed after the intent and before a byte left, a message is unknown and never sent again unasked."""
    found = [death for death in deaths if death.intended and not death.called]
    assert found
    assert {(death.state, death.shown) for death in found} == {(DeliveryState.UNKNOWN, 0)}


def test_fault_04_death_before_the_answer(deaths: list[Death]) -> None:
    """Killed after a message left and before its answer was recorded, it is unknown and has no twin."""
    found = [death for death in deaths if death.called and death.state is DeliveryState.UNKNOWN]
    assert found
    assert {death.shown for death in found} == {1}


# --- Limits and lost answers: 7, 8, 10, 12 -----------------------------------------------------------------------


def test_fault_07_throttled_in_one_chat(world_folder: Path) -> None:
    """A 429 in one chat lets that chat wait, without using up an attempt, and nobody else."""
    world = World(world_folder)

    async def tell() -> None:
        world.born()
        for chat in range(6):
            await world.subscribe(f"c{chat}")
        telegram(world).rooms["c0"].always = lambda: Throttled("slow down", retry_after=30)
        await world.publish("daily/1.md", post("D", "one"))
        await asyncio.sleep(20)
        assert [len(in_chat(world, f"c{chat}")) for chat in range(6)] == [0, 1, 1, 1, 1, 1]
        assert (await deliveries(world))["c0"].attempts == 0
        assert [lane.paused_until for lane in await world.do(ledger.lanes)] == [None]
        telegram(world).rooms["c0"].always = None
        await world.settle()
        assert in_chat(world, "c0")[0].at >= 30
        await world.stop()

    world.run(tell())


def test_fault_07_throttled_in_several_chats(world_folder: Path) -> None:
    """A 429 in several chats within two seconds pauses the whole lane."""
    world = World(world_folder)

    async def tell() -> None:
        world.born()
        for chat in range(12):
            await world.subscribe(f"c{chat}")
            telegram(world).rooms[f"c{chat}"].always = lambda: Throttled("slow down", retry_after=30)
        await world.publish("daily/1.md", post("D", "one"))
        await asyncio.sleep(20)
        assert len(telegram(world).calls) < 12
        (lane,) = await world.do(ledger.lanes)
        assert lane.reason == "throttled"
        for chat in range(12):
            telegram(world).rooms[f"c{chat}"].always = None
        await world.settle()
        assert len(telegram(world).visible()) == 12
        await world.stop()

    world.run(tell())


def test_fault_08_long_pause_survives_a_restart(world_folder: Path) -> None:
    """A 429 with `retry_after` 7,200 pauses the lane, over a restart, and the status says so."""
    world = World(world_folder)

    async def tell() -> None:
        world.born()
        for chat in range(5):
            await world.subscribe(f"c{chat}")
        telegram(world).rooms["c0"].always = lambda: Throttled("slow down", retry_after=7200)
        await world.publish("daily/1.md", post("D", "one", "two"))
        await asyncio.sleep(5)
        telegram(world).rooms["c0"].always = None
        before = len(telegram(world).calls)
        world.die()
        world.born()
        await asyncio.sleep(7000)
        assert len(telegram(world).calls) == before
        (lane,) = await world.do(ledger.lanes)
        assert lane.reason == "throttled"
        assert lane.paused_until is not None
        assert lane.paused_until > world.now()
        await world.settle()
        assert len(telegram(world).visible()) >= 10 - world.in_flight_at_deaths
        await world.stop()

    world.run(tell())


@pytest.mark.parametrize(
    ("policy", "state"),
    [(DoubtPolicy.ASSUME_SENT, DeliveryState.UNKNOWN), (DoubtPolicy.REPLAY_NONCE, DeliveryState.SENT)],
)
def test_fault_10_server_error(world_folder: Path, policy: DoubtPolicy, state: DeliveryState) -> None:
    """A 5xx is a doubt on Telegram, and the same nonce again on Discord; neither shows a message twice."""
    world = World(world_folder, spots=(Spot(doubt=policy),))

    async def tell() -> None:
        world.born()
        await world.subscribe("c0")
        telegram(world).faults = Faults(answer_lost=1.0)
        await world.publish("daily/1.md", post("D", "one"))
        await asyncio.sleep(1.5)
        telegram(world).faults = Faults()
        await world.settle()
        assert (await deliveries(world))["c0"].state is state
        assert len(telegram(world).shown) == 1
        await world.stop()

    world.run(tell())


def test_fault_12_executed_and_reset(world_folder: Path) -> None:
    """A message that was posted and whose answer was lost is unknown, has no twin, and the next part goes on."""
    world = World(world_folder, spots=(Spot(pace=slow_chats),))

    async def tell() -> None:
        world.born()
        await world.subscribe("c0")
        telegram(world).faults = Faults(answer_lost=1.0)
        await world.publish("daily/1.md", post("D", *STORIES))
        await asyncio.sleep(25)
        telegram(world).faults = Faults()
        await world.settle()
        assert [shown.message["k"] for shown in in_chat(world, "c0")] == [1, 2, 3]
        row = (await deliveries(world))["c0"]
        parts = await world.do(ledger.parts_of, row.id)
        assert [part.state for part in parts] == [PartState.UNKNOWN, PartState.UNKNOWN, PartState.SENT]
        assert row.state is DeliveryState.UNKNOWN
        await world.stop()

    world.run(tell())


def test_push_in_doubt_is_sent_once_more(world_folder: Path) -> None:
    """For a push the policy may be to send it again once: losing it is worse."""
    world = World(world_folder, spots=(Spot(doubt_push=DoubtPolicy.RESEND_ONCE),))

    async def tell() -> None:
        world.born()
        await world.subscribe("c0")
        telegram(world).faults = Faults(answer_lost=1.0)
        await world.publish("breaking/1.md", post("B", "one"))
        await asyncio.sleep(600)
        assert len(telegram(world).shown) == 2
        await world.settle()
        await world.stop()

    world.run(tell())


def test_doubt_is_settled_by_an_admin(world_folder: Path) -> None:
    """With `ask` nothing is sent again until the admin says so; then it is, once."""
    world = World(world_folder, spots=(Spot(doubt=DoubtPolicy.ASK),))

    async def tell() -> None:
        world.born()
        for chat in ("c0", "c1"):
            await world.subscribe(chat)
        telegram(world).faults = Faults(request_lost=1.0)
        await world.publish("daily/1.md", post("D", "one"))
        await world.settle()
        telegram(world).faults = Faults()
        doubts = {doubt.chat: doubt for doubt in await world.do(ledger.unknown_parts)}
        assert set(doubts) == {"c0", "c1"}
        for chat, settlement in (("c0", Settlement.AGAIN), ("c1", Settlement.SENT)):
            assert await world.do(ledger.settle_unknown, doubts[chat].id, settlement, now=world.now())
        await world.settle()
        assert [len(in_chat(world, chat)) for chat in ("c0", "c1")] == [1, 0]
        assert {row.state for row in (await deliveries(world)).values()} == {DeliveryState.SENT}
        assert await world.do(ledger.unknown_parts) == []
        await world.stop()

    world.run(tell())


# --- Time: 14 ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jump", [3600.0, -3600.0, 365 * 86400.0])
def test_fault_14_wall_clock_jumps(world_folder: Path, jump: float) -> None:
    """The wall clock may jump by an hour or a year: the pace is unaffected, and nothing is sent twice."""
    world = World(world_folder)

    async def tell() -> None:
        world.born()
        for chat in range(40):
            await world.subscribe(f"c{chat}")
        await world.publish("daily/1.md", post("D", *STORIES))
        await asyncio.sleep(0.7)
        world.jump = jump
        await world.settle()
        await world.stop()

    world.run(tell())
    books = Books.of(world)
    laws.pace_is_kept(world)
    laws.every_promise_is_kept(books)
    laws.nothing_is_shown_twice(world, books)
    assert len(telegram(world).visible()) == 120 or jump > 86400


def test_fault_14_set_back_clock_delays_nothing(world_folder: Path) -> None:
    """A wall clock that is set back delays no promise, and no digest overtakes an earlier one."""
    world = World(world_folder, spots=(Spot(pace=slow_chats),))

    async def tell() -> None:
        world.born()
        await world.subscribe("c0")
        await world.publish("daily/1.md", post("A", "one"))
        world.jump = -3600
        await world.publish("daily/2.md", post("B", "two"))
        await asyncio.sleep(30)
        assert [shown.message["digest"] for shown in in_chat(world, "c0")] == ["A", "B"]
        await world.stop()

    world.run(tell())


def test_fault_14_set_back_clock_makes_no_nonce_young(world_folder: Path) -> None:
    """A wall clock that is set back does not make a nonce younger than it is: no twin after the platform forgot it."""
    world = World(world_folder, spots=(Spot(doubt=DoubtPolicy.REPLAY_NONCE),))

    async def tell() -> None:
        world.born()
        await world.subscribe("c0")
        telegram(world).faults = Faults(answer_lost=1.0)
        await world.publish("daily/1.md", post("D", "one"))
        await asyncio.sleep(2)
        world.jump = -3600
        telegram(world).faults = Faults()
        await world.settle()
        assert (await deliveries(world))["c0"].state is DeliveryState.UNKNOWN
        assert len(telegram(world).shown) == 1
        await world.stop()

    world.run(tell())


# --- Changes in the middle: 28, 44, 50 ---------------------------------------------------------------------------


async def half_way(world: World, **choices: Any) -> tuple[SubscriptionId, DigestId]:
    """A chat that was brought the first of three parts."""
    world.born()
    chat = await world.subscribe("c0", **choices)
    digest = await world.publish("daily/1.md", post("D", *STORIES))
    await asyncio.sleep(12)
    assert [shown.message["k"] for shown in in_chat(world, "c0")] == [1]
    return chat, digest


def test_fault_28_edited_while_delivered(world_folder: Path) -> None:
    """A post edited in the middle: unsent parts carry the new text, those that were sent are edited once."""
    world = World(world_folder, spots=(Spot(pace=slow_chats),))

    async def tell() -> None:
        _, digest = await half_way(world)
        await world.revise(digest, post("D", "ONE", "TWO", "THREE"))
        await world.settle()
        found = [(shown.message["text"].split()[0], shown.edits) for shown in in_chat(world, "c0")]
        assert found == [("ONE", 1), ("TWO", 0), ("THREE", 0)]
        await world.stop()

    world.run(tell())


def test_fault_50_choices_change_between_parts(world_folder: Path) -> None:
    """A chat's choices change between two parts: what is unsent is composed again, what was sent is corrected once."""
    world = World(world_folder, spots=(Spot(pace=slow_chats),))

    async def tell() -> None:
        chat, _ = await half_way(world)
        choices = Choices(layout=Layout.HEADLINES)
        await world.do(lambda db: subscriptions.change_choices(db, chat, choices, now=world.now()))
        await world.settle()
        found = [(shown.message["text"], shown.edits) for shown in in_chat(world, "c0")]
        assert found == [("one", 1), ("two", 0), ("three", 0)]
        await world.stop()

    world.run(tell())


def test_correction_of_what_was_sent(world_folder: Path) -> None:
    """An edit after everything was sent changes what differs, brings what is new, and leaves the rest alone."""
    world = World(world_folder)

    async def tell() -> None:
        world.born()
        await world.subscribe("c0")
        digest = await world.publish("daily/1.md", post("D", "one", "two"))
        await world.settle()
        await world.revise(digest, post("D", "one", "TWO", "three"))
        await world.settle()
        found = [(shown.message["text"].split()[0], shown.edits) for shown in in_chat(world, "c0")]
        assert found == [("one", 0), ("TWO", 1), ("three", 0)]
        await world.withdraw(digest)
        await world.settle()
        assert in_chat(world, "c0") == []
        row = (await deliveries(world))["c0"]
        assert (row.state, row.reason) == (DeliveryState.SENT, "withdrawn")
        await world.stop()

    world.run(tell())


def test_fault_29_edit_of_a_deleted_message(world_folder: Path) -> None:
    """A correction of a message that somebody deleted is recorded, and not tried for ever."""
    world = World(world_folder)

    async def tell() -> None:
        world.born()
        await world.subscribe("c0")
        digest = await world.publish("daily/1.md", post("D", "one"))
        await world.settle()
        in_chat(world, "c0")[0].gone = True
        await world.revise(digest, post("D", "ONE"))
        await world.settle()
        row = (await deliveries(world))["c0"]
        assert (row.state, row.reason) == (DeliveryState.FAILED, "message-lost")
        await world.stop()

    world.run(tell())


def test_fault_44_unsubscribed_in_the_middle(world_folder: Path) -> None:
    """Unsubscribing holds from the next part on; a return is brought the latest, and nothing twice."""
    world = World(world_folder, spots=(Spot(pace=slow_chats),))

    async def tell() -> None:
        chat, _ = await half_way(world)
        await world.do(lambda db: subscriptions.unsubscribe(db, chat, now=world.now()))
        await world.settle()
        row = (await deliveries(world))["c0"]
        assert (row.state, row.reason) == (DeliveryState.SKIPPED, "unsubscribed")
        assert len(in_chat(world, "c0")) == 1
        await world.subscribe("c0")
        await world.settle()
        assert [shown.message["k"] for shown in in_chat(world, "c0")] == [1, 2, 3]
        await world.stop()

    world.run(tell())


def test_fault_44_subscribed_in_the_middle(world_folder: Path) -> None:
    """Whoever subscribes while a digest goes out is brought it once, and the newest of every other series."""
    world = World(world_folder)

    async def tell() -> None:
        world.born()
        await world.publish("rolling/0.md", post("R0", "old"))
        await world.publish("rolling/1.md", post("R", "one"))
        for chat in range(50):
            await world.subscribe(f"c{chat}", "daily")
        await world.publish("daily/1.md", post("D", "today"))
        await asyncio.sleep(2)
        await world.subscribe("late")
        await world.settle()
        assert sorted(shown.message["digest"] for shown in in_chat(world, "late")) == ["D", "R"]
        await world.stop()

    world.run(tell())


# --- Chats and accounts that fail: 30, 31, 33, 42 ----------------------------------------------------------------


def test_fault_30_moved_chat(world_folder: Path) -> None:
    """A chat that moved has its address rewritten with its open rows; when both are known, there is no twin."""
    world = World(world_folder)

    async def tell() -> None:
        world.born()
        for chat in ("group", "known", "known-super"):
            await world.subscribe(chat)
        for chat in ("group", "known"):
            telegram(world).rooms[chat].moved_to = f"{chat}-super"
        await world.publish("daily/1.md", post("D", "one", "two"))
        await world.settle()
        assert [len(in_chat(world, chat)) for chat in ("group-super", "known-super")] == [2, 2]
        place = Place(platform="telegram", account="7", chat="known")
        old = await world.do(subscriptions.subscription_at, place)
        assert old is not None
        assert (old.state, old.reason) == (SubscriptionState.ENDED, "moved")
        await world.stop()

    world.run(tell())


def test_fault_31_kicked_in_the_middle(world_folder: Path) -> None:
    """A chat that is lost in the middle is suspended with its choices, the rest is skipped, and it can come back."""
    world = World(world_folder, spots=(Spot(pace=slow_chats),))

    async def tell() -> None:
        chat, _ = await half_way(world)
        telegram(world).rooms["c0"].lost = True
        await world.settle()
        row = (await deliveries(world))["c0"]
        assert (row.state, row.reason) == (DeliveryState.SKIPPED, "chat-lost")
        found = await world.do(subscriptions.subscription_of, chat)
        assert found is not None
        assert found.state is SubscriptionState.SUSPENDED
        telegram(world).rooms["c0"].lost = False
        assert await world.do(lambda db: subscriptions.resume(db, chat, now=world.now()))
        await world.settle()
        assert [shown.message["k"] for shown in in_chat(world, "c0")] == [1, 2, 3]
        await world.stop()

    world.run(tell())


def test_fault_31_storm_of_lost_chats(world_folder: Path) -> None:
    """A storm of lost chats stops the lane, says so, and leaves every chat and row as it was."""
    world = World(world_folder)

    async def tell() -> None:
        world.born()
        for chat in range(40):
            await world.subscribe(f"c{chat}")
            telegram(world).rooms[f"c{chat}"].lost = True
        await world.publish("daily/1.md", post("D", "one"))
        await asyncio.sleep(60)
        assert len(telegram(world).calls) < 20
        (lane,) = await world.do(ledger.lanes)
        assert lane.reason == "chats-lost"
        assert [alert.code for alert in await world.do(alerts.open_alerts)] == ["chats-lost"]
        assert (await world.do(ledger.overview)).totals[DeliveryState.OPEN] >= 40 - world.spots[0].in_flight
        for chat in range(40):
            telegram(world).rooms[f"c{chat}"].lost = False
        world.die()
        world.born()
        await world.settle()
        assert len(telegram(world).visible()) >= 40 - world.spots[0].in_flight
        assert await world.do(alerts.open_alerts) == []
        await world.stop()

    world.run(tell())


def test_fault_33_dead_token(world_folder: Path) -> None:
    """A dead token pauses its lane, the others live, it is told once, and its rows stay pending."""
    world = World(world_folder, spots=(Spot(), Spot(platform=Platform.DISCORD)))

    async def tell() -> None:
        world.born()
        for chat in range(10):
            for platform in (Platform.TELEGRAM, Platform.DISCORD):
                await world.subscribe(f"c{chat}", platform=platform)
        telegram(world).dead = True
        await world.publish("daily/1.md", post("D", "one"))
        await asyncio.sleep(60)
        assert len(world.platforms[Platform.DISCORD].visible()) == 10
        assert len(telegram(world).calls) <= world.spots[0].in_flight
        assert [alert.name for alert in await world.do(alerts.open_alerts)] == ["lane:telegram:7"]
        assert (await world.do(ledger.overview)).totals[DeliveryState.OPEN] == 10
        telegram(world).dead = False
        world.die()
        world.born()
        await world.settle()
        assert len(telegram(world).visible()) == 10
        await world.stop()

    world.run(tell())


def test_fault_33_what_was_on_its_way_ends_no_alert(world_folder: Path) -> None:
    """What arrives while its lane rests was on its way: the alert stands until something arrives after the rest."""
    world = World(world_folder)

    async def tell() -> None:
        telegram(world).faults = Faults(answer_latency=(20.0, 20.0))
        world.born()
        await world.subscribe("c0")
        await world.publish("daily/1.md", post("D", "one"))
        await asyncio.sleep(10)
        assert len(telegram(world).calls) == 1
        rest = LanePauses(until=to_ms(world.now()) + ACCOUNT_REST, reason=Reason.ACCOUNT_DEAD)
        (lane,) = await world.do(ledger.lanes)
        await world.do(lambda db: record_pause(db, lane.id, lane.name, rest, now=world.now()))
        await world.settle()
        assert len(telegram(world).visible()) == 1
        assert [alert.code for alert in await world.do(alerts.open_alerts)] == ["account-dead"]
        await asyncio.sleep(ACCOUNT_REST / 1000)
        await world.publish("daily/2.md", post("E", "two"))
        await world.settle()
        assert len(telegram(world).visible()) == 2
        assert await world.do(alerts.open_alerts) == []
        await world.stop()

    world.run(tell())


def test_lost_thread_falls_back_to_the_chat(world_folder: Path) -> None:
    """A thread that is gone never costs the chat: its messages come into the chat itself, and it is said."""
    world = World(world_folder)

    async def tell() -> None:
        world.born()
        await world.subscribe("forum", thread="9")
        telegram(world).rooms["forum"].closed_threads.add("9")
        await world.publish("daily/1.md", post("D", "one"))
        await world.settle()
        assert [shown.place for shown in telegram(world).visible()] == [("forum", "")]
        assert [alert.code for alert in await world.do(alerts.open_alerts)] == ["thread-lost"]
        await world.stop()

    world.run(tell())


def test_refusing_chat_is_suspended_after_a_few(world_folder: Path) -> None:
    """A chat that may not be written to is asked a few times, then suspended."""
    world = World(world_folder)

    async def tell() -> None:
        world.born()
        chat = await world.subscribe("c0")
        telegram(world).rooms["c0"].forbidden = True
        await world.publish("daily/1.md", post("D", "one"))
        await world.settle()
        found = await world.do(subscriptions.subscription_of, chat)
        assert found is not None
        assert (found.state, found.reason) == (SubscriptionState.SUSPENDED, "forbidden")
        assert len(telegram(world).calls) == 3
        await world.stop()

    world.run(tell())


def test_fault_42_one_chat_always_fails(world_folder: Path) -> None:
    """One chat that fails every time affects no other, and ends when the news is stale."""
    world = World(world_folder)

    async def tell() -> None:
        world.born()
        for chat in range(5):
            await world.subscribe(f"c{chat}")
        telegram(world).rooms["c0"].always = lambda: NotSent("connection refused")
        await world.publish("daily/1.md", post("D", "one"))
        await asyncio.sleep(10)
        assert [len(in_chat(world, f"c{chat}")) for chat in range(5)] == [0, 1, 1, 1, 1]
        await world.settle()
        row = (await deliveries(world))["c0"]
        assert row.reason == "stale: connection refused"
        assert row.ended_at is not None
        assert row.state in {DeliveryState.FAILED, DeliveryState.SKIPPED}
        assert 20 * 3600 < world.loop.time() < 30 * 3600
        await world.stop()

    world.run(tell())


# --- Pushes and holds: 43, 48 ------------------------------------------------------------------------------------


def test_fault_43_push_in_the_middle_of_a_digest(world_folder: Path) -> None:
    """A push in the middle of a digest for many chats leaves within a second, and each chat keeps its order."""
    world = World(world_folder, spots=(Spot(in_flight=16),), budget=200_000)
    world.habits = replace(world.habits, page=16)
    chats = 400

    def fill(db: Database) -> None:
        for chat in range(chats):
            place = Place(platform="telegram", account="7", chat=f"c{chat}")
            subscriptions.subscribe(db, place, Choices(), now=world.now())

    async def tell() -> None:
        life = world.born()
        life.promiser._most = 400
        await world.do(fill)
        await world.publish("daily/1.md", post("D", "one", "two"))
        await asyncio.sleep(5)
        pushed = world.loop.time()
        await world.publish("breaking/1.md", post("B", "now"))
        await asyncio.sleep(30)
        first = min(shown.at for shown in telegram(world).shown if shown.message["digest"] == "B")
        assert first - pushed < 1
        await world.settle()
        assert len(telegram(world).visible()) == 3 * chats
        await world.stop()

    world.run(tell())
    laws.order_is_kept(world, Books.of(world))
    laws.pace_is_kept(world)


def test_fault_48_held_in_its_middle(world_folder: Path) -> None:
    """A digest held in its middle stops within a second, stays held over a restart, and goes on once when released."""
    world = World(world_folder)

    async def tell() -> None:
        world.born()
        for chat in range(60):
            await world.subscribe(f"c{chat}")
        digest = await world.publish("daily/1.md", post("D", "one"))
        await asyncio.sleep(2)
        held = world.loop.time()
        await world.do(lambda db: ledger.hold(db, f"digest:{digest}", by="an admin", now=world.now()))
        await asyncio.sleep(60)
        assert max(moment for moment, _, _ in telegram(world).calls) < held + 1
        before = len(telegram(world).shown)
        assert 0 < before < 60
        world.die()
        world.born()
        await asyncio.sleep(60)
        await world.publish("rolling/1.md", post("R", "other"))
        await asyncio.sleep(60)
        assert len([shown for shown in telegram(world).shown if shown.message["digest"] == "D"]) == before
        assert len(telegram(world).shown) == before + 60
        await world.do(ledger.release, f"digest:{digest}")
        await world.settle()
        await world.stop()
        assert len(telegram(world).shown) == 120

    world.run(tell())
    laws.nothing_is_shown_twice(world, Books.of(world))


def test_everything_for_a_chat_comes_by_itself(world_folder: Path) -> None:
    """A chat that several digests are due for is brought them one after the other, without waiting for a heartbeat."""
    world = World(world_folder)

    async def tell() -> None:
        world.born()
        await world.do(lambda db: ledger.hold(db, "all", by="an admin", now=world.now()))
        await world.subscribe("c0")
        for number in range(6):
            await world.publish(f"daily/{number}.md", post(f"D{number}", f"story {number}"))
        await world.do(ledger.release, "all")
        await asyncio.sleep(15)
        assert [shown.message["digest"] for shown in in_chat(world, "c0")] == [f"D{number}" for number in range(6)]
        await world.stop()

    world.run(tell())


# --- Stopping, and a store that cannot write: 17, 45 -------------------------------------------------------------


@pytest.mark.parametrize("now", [False, True])
def test_fault_45_stopped_in_the_middle(world_folder: Path, *, now: bool) -> None:
    """Stopping takes no new work and waits for the answers in flight; asked again, it ends now and records doubts."""
    world = World(world_folder)

    async def tell() -> None:
        world.born()
        for chat in range(60):
            await world.subscribe(f"c{chat}")
        telegram(world).faults = Faults(answer_latency=(2.0, 2.0))
        await world.publish("daily/1.md", post("D", "one"))
        await asyncio.sleep(3)
        calls, began = len(telegram(world).calls), world.loop.time()
        await world.stop(now=now)
        assert world.loop.time() - began < (0.1 if now else 3.0)
        assert len(telegram(world).calls) == calls

    world.run(tell())
    states = [row["state"] for row in Books.of(world).parts]
    assert "sending" not in states
    assert ("unknown" in states) is now


def test_fault_17_full_disk(world_folder: Path) -> None:
    """While no intent can be recorded, nothing is sent; when the disk has room again, sending goes on."""
    world = World(world_folder)
    full = [True]

    async def tell() -> None:
        life = world.born()
        for chat in range(5):
            await world.subscribe(f"c{chat}")
        write = life.store.write

        async def refuse(unit: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
            if full[0] and unit is queue.intend:
                raise StoreFull("The disk is full.")
            return await write(unit, *args, **kwargs)

        life.store.write = refuse  # type: ignore[method-assign]
        await world.publish("daily/1.md", post("D", "one"))
        await asyncio.sleep(60)
        assert telegram(world).calls == []
        full[0] = False
        await world.settle()
        assert len(telegram(world).visible()) == 5
        await world.stop()

    world.run(tell())


def test_repeated_stories_stand_behind_the_new_ones(world_folder: Path) -> None:
    """Nobody reads the same story twice: what a chat was brought before is a line behind what is new to it."""
    world = World(world_folder)

    async def tell() -> None:
        world.born()
        await world.subscribe("old")
        await world.publish("rolling/1.md", post("R1", "one", "two"))
        await world.settle()
        await world.publish("rolling/2.md", post("R2", "two", "three"))
        await world.settle()
        lines = [shown.message["text"].split(",")[0] for shown in in_chat(world, "old")]
        assert lines == ["one one", "two two", "three three", "seen before", "two"]
        await world.stop()

    world.run(tell())
