"""An account's life: it listens before it sends, ends in order, and ends nobody else."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.platform import (
    Account,
    AccountId,
    AccountTrouble,
    Address,
    DoubtPolicy,
    Parcel,
    Platform,
    Receipt,
    Reception,
)
from adapters.telegram.dialect import TelegramDialect
from adapters.web.courier import WebPace
from bot.answer.answerer import Answerer
from bot.catalogue import say_code, say_lane, words
from bot.config import Settings
from bot.dispatch import Lane
from bot.presence import HEARING_FAILED, SENDING_FAILED, Announcing, Presence, settle_absent
from bot.rendition import Renditions
from digest.choices import Choices
from digest.model import Post, Rules
from digest.read import read
from storage import alerts, digests, ledger, queue, subscriptions
from storage.sqlite import SqliteStore
from storage.subscriptions import lane_at
from storage.times import to_ms

NOW = datetime(2025, 11, 21, 4, 0, tzinfo=UTC)
POST = "---\ntitle: 速递\n---\n\n1. [第一条](https://example.com/1)\n\n    一句话。\n"
CHAT = Address(platform=Platform.TELEGRAM, account=AccountId("123"), chat="5")


@dataclass
class Carriage:
    """A courier that remembers what it carried."""

    carried: list[str] = field(default_factory=list)

    async def send(self, parcel: Parcel) -> Receipt:
        """Carry it."""
        self.carried.append(str(parcel.message["text"]))
        return Receipt(message=str(len(self.carried)))

    async def edit(self, parcel: Parcel, receipt: Receipt) -> Receipt:
        """Carry the change."""
        del parcel
        return receipt

    async def delete(self, address: Address, receipt: Receipt) -> None:
        """Take it back."""


@dataclass
class Ear:
    """A listener that is admitted when the test says so, and answers one reader while it stops."""

    name: str = "@sudi_bot"
    admitted: asyncio.Event = field(default_factory=asyncio.Event)
    drained: asyncio.Event = field(default_factory=asyncio.Event)
    faults: list[Exception] = field(default_factory=list)
    mistakes: asyncio.Queue[Exception] = field(default_factory=asyncio.Queue)
    starts: int = 0
    stops: int = 0
    reception: Reception | None = None

    async def start(self, reception: Reception) -> None:
        """Wait to be admitted, or fail."""
        self.starts += 1
        if self.faults:
            raise self.faults.pop()
        await reception.trouble(AccountTrouble.UNREACHABLE, "no-connection")
        await self.admitted.wait()
        self.reception = reception
        await reception.well()

    async def failed(self) -> Exception:
        """Wait for a mistake."""
        return await self.mistakes.get()

    async def stop(self) -> None:
        """Answer whoever was heard."""
        self.stops += 1
        await self.drained.wait()
        assert self.reception is not None
        parcel = Parcel(address=CHAT, message={"text": "the last answer"}, nonce="a")
        assert await self.reception.send(parcel) is not None


@dataclass(kw_only=True)
class Life:
    """A presence with what it is made of, and a digest that is due in its lane."""

    presence: Presence
    courier: Carriage
    ear: Ear
    store: SqliteStore
    told: list[str]
    closed: list[bool]
    task: asyncio.Task[None]

    async def alerts(self) -> dict[str, str]:
        """What is wrong now: codes by names."""
        return {alert.name: alert.code for alert in await self.store.read(alerts.open_alerts)}


async def until(look: Callable[[], Awaitable[bool]] | Callable[[], bool]) -> None:
    """Look until it is so."""
    async with asyncio.timeout(60):
        while True:
            found = look()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.01)


@pytest.fixture
async def life(tmp_path: Path) -> AsyncIterator[Life]:
    """A presence that has begun to live."""
    store = await SqliteStore.open(tmp_path / "sudi.db", now=lambda: NOW)
    await _publish(store)
    courier, ear, closed = Carriage(), Ear(), []

    async def close() -> None:
        closed.append(True)

    account = Account(
        platform=Platform.TELEGRAM,
        id=AccountId("123"),
        courier=courier,
        pace=WebPace(),
        doubt=DoubtPolicy.ASSUME_SENT,
        doubt_push=DoubtPolicy.RESEND_ONCE,
        listener=ear,
        close=close,
    )
    told: list[str] = []
    presence = _presence(account, store, told)
    made = Life(
        presence=presence,
        courier=courier,
        ear=ear,
        store=store,
        told=told,
        closed=closed,
        task=asyncio.create_task(presence.run()),
    )
    yield made
    ear.drained.set()
    await presence.stop(now=True)
    made.task.cancel()
    await asyncio.gather(made.task, return_exceptions=True)
    await store.close()


def _presence(account: Account, store: SqliteStore, told: list[str]) -> Presence:
    dialects = {Platform.TELEGRAM: TelegramDialect()}
    lane = Lane(
        account,
        store=store,
        renditions=Renditions(store=store, read=lambda post, _: read(post, RULES), dialects=dialects, words=words),
        now=lambda: NOW,
        random=lambda: 0.0,
    )
    answerer = Answerer(store=store, dialects=dialects, settings=Settings(), now=lambda: NOW, token=lambda: "a" * 12)
    reception = Announcing(
        account,
        store=store,
        answerer=answerer,
        voice=lane.voice,
        now=lambda: NOW,
        decided=lane.wake,
        tell=lambda _, key: told.append(key),
    )
    return Presence(
        account,
        lane=lane,
        reception=reception,
        store=store,
        now=lambda: NOW,
        random=lambda: 0.0,
        first_rest=0.01,
    )


RULES = Rules(source="news", zone=UTC)


async def _publish(store: SqliteStore) -> None:
    data = POST.encode()
    digest = read(Post(path="a.md", data=data), RULES)
    await store.write(digests.publish, path="a.md", data=data, digest=digest, now=NOW)
    place = subscriptions.Place(platform=CHAT.platform, account=CHAT.account, chat=CHAT.chat)
    await store.write(subscriptions.subscribe, place, Choices(), now=NOW)
    while await store.write(ledger.promise_page, page=100, now=NOW):
        pass


async def test_nothing_is_sent_before_the_account_is_admitted(life: Life) -> None:
    """Until its platform has admitted the account, what is due stays open; then it is sent."""
    await until(lambda: life.ear.starts == 1)
    life.presence.lane.wake()
    await asyncio.sleep(0.1)
    (waiting,) = await life.store.read(ledger.deliveries, limit=10)
    assert (waiting.state, life.courier.carried) == ("open", [])
    life.ear.admitted.set()
    await until(lambda: len(life.courier.carried) == 1)
    assert "第一条" in life.courier.carried[0]


async def test_what_people_call_an_account_is_kept(life: Life) -> None:
    """Alerts, pages and answers name an account as people know it, also while its platform cannot be asked."""
    (waiting,) = await life.store.read(ledger.lanes)
    assert say_lane("zh", waiting.name, waiting.called) == "Telegram 123"
    life.ear.admitted.set()
    await until(lambda: len(life.courier.carried) == 1)
    (named,) = await life.store.read(ledger.lanes)
    assert say_lane("zh", named.name, named.called) == "Telegram @sudi_bot"
    await _reception(life).trouble(AccountTrouble.RIVAL)
    (alert,) = await life.store.read(alerts.open_alerts)
    assert "Telegram @sudi_bot" in say_code("zh", "alerts", alert.code, **alert.details)


async def test_an_alert_says_why_a_platform_does_not_let_us_in(life: Life) -> None:
    """An address that is refused and a network that is away look alike from here, so the platform's words are told."""
    await until(lambda: life.told == ["run_waits"])
    await _reception(life).trouble(AccountTrouble.UNREACHABLE, "400: Bad Request: bad webhook")
    (alert,) = await life.store.read(alerts.open_alerts)
    told = [say_code(language, "alerts", alert.code, **alert.details) for language in ("zh", "en")]
    assert all("400: Bad Request: bad webhook" in one for one in told)


async def test_the_alerts_of_an_account_end_with_its_token(life: Life) -> None:
    """Where a token was taken out, nothing is said of its account any more; of the others, and of sources, all is."""
    for name, details in (
        ("lane:telegram:9", {"lane": "telegram:9"}),
        ("lane:telegram:123", {"lane": "telegram:123"}),
        ("source:news", {"source": "news"}),
    ):
        await life.store.write(alerts.raise_alert, name, "account-dead", details, NOW)
    for account in ("9", "123"):
        lane = await life.store.write(lane_at, "telegram", account)
        await life.store.write(queue.pause, lane, until=to_ms(NOW) + 60_000, reason="account-dead")
    await life.store.write(settle_absent, ["web:local", "telegram:123"], NOW)
    assert set(await life.alerts()) >= {"lane:telegram:123", "source:news"}
    assert "lane:telegram:9" not in await life.alerts()
    rests = {lane.name: lane.reason for lane in await life.store.read(ledger.lanes)}
    assert (rests["telegram:9"], rests["telegram:123"]) == (None, "account-dead")


async def test_the_terminal_hears_of_each_change_once(life: Life) -> None:
    """That the platform is waited for is said once, and that the account is connected."""
    await until(lambda: life.told == ["run_waits"])
    assert life.ear.starts == 1
    await _reception(life).trouble(AccountTrouble.UNREACHABLE, "again")
    life.ear.admitted.set()
    await until(lambda: len(life.told) > 1)
    await _reception(life).well()
    await _reception(life).trouble(AccountTrouble.DEAD)
    await _reception(life).trouble(AccountTrouble.RIVAL)
    assert life.told == ["run_waits", "run_connected", "run_refused", "run_rival"]


def _reception(life: Life) -> Reception:
    """What a listener is given."""
    return life.presence._reception


async def test_a_mistake_in_a_listener_is_told_and_it_begins_again(life: Life) -> None:
    """A listener that fails by a mistake of ours is told as an alert, begins again, and the alert ends."""
    await life.presence.stop(now=True)
    life.ear.faults = [ZeroDivisionError("a secret of somebody"), ValueError("x")]
    again = _presence(life.presence.account, life.store, life.told)
    task = asyncio.create_task(again.run())

    async def alerted() -> bool:
        return (await life.alerts()).get("listener:telegram:123") == HEARING_FAILED

    await until(alerted)
    life.ear.admitted.set()
    life.ear.drained.set()

    async def settled() -> bool:
        return "listener:telegram:123" not in await life.alerts()

    await until(settled)
    await until(lambda: len(life.courier.carried) == 1)
    await again.stop()
    await task


class Aloof(Ear):
    """A listener that is admitted at once, though nothing is heard yet."""

    async def start(self, reception: Reception) -> None:
        """Tell that nothing is heard."""
        self.reception = reception
        await reception.trouble(AccountTrouble.DEAF, "the gateway is away")


async def test_an_account_that_hears_nobody_yet_sends(life: Life) -> None:
    """Where hearing and sending go different ways, what is due leaves meanwhile; the terminal and an alert tell."""
    await life.presence.stop(now=True)
    ear = Aloof()
    ear.drained.set()
    told: list[str] = []
    again = _presence(replace(life.presence.account, listener=ear), life.store, told)
    task = asyncio.create_task(again.run())
    await until(lambda: len(life.courier.carried) == 1)
    assert told == ["run_deaf"]
    assert await life.alerts() == {"account:telegram:123": AccountTrouble.DEAF}
    assert ear.reception is not None
    await ear.reception.well()
    assert (told, await life.alerts()) == (["run_deaf", "run_connected"], {})
    await again.stop()
    await task
    assert ear.stops == 1


async def test_a_listener_that_breaks_off_is_started_again_while_its_lane_goes_on(life: Life) -> None:
    """A mistake of ours in the middle of listening stops the listener in order and starts it again; the lane lives."""
    life.ear.admitted.set()
    life.ear.drained.set()
    await until(lambda: len(life.courier.carried) == 1)
    life.ear.mistakes.put_nowait(KeyError("update"))
    await until(lambda: life.ear.starts == 2)
    assert life.ear.stops == 1
    assert life.presence.lane.running
    assert life.courier.carried[-1] == "the last answer"


async def test_stopping_drains_the_listener_then_silences_the_voice(life: Life) -> None:
    """Whoever was heard is answered before the account goes silent, and then its connections are closed."""
    life.ear.admitted.set()
    await until(lambda: len(life.courier.carried) == 1)
    stopping = asyncio.create_task(life.presence.stop())
    await until(lambda: life.ear.stops == 1)
    assert not life.closed
    life.ear.drained.set()
    await stopping
    assert (life.courier.carried[-1], life.closed) == ("the last answer", [True])
    assert await life.presence.lane.voice.send(Parcel(address=CHAT, message={"text": "late"}, nonce="b")) is None


async def test_who_was_never_admitted_stops_at_once(life: Life) -> None:
    """An account that still waits for its platform has heard nobody: there is nothing to drain, and nothing is sent."""
    await until(lambda: life.ear.starts == 1)
    async with asyncio.timeout(10):
        await life.presence.stop()
        await life.task
    assert (life.ear.stops, life.courier.carried, life.closed) == (0, [], [True])


async def test_a_second_signal_waits_for_nobody(life: Life) -> None:
    """Asked again, the account ends though its listener still answers somebody."""
    life.ear.admitted.set()
    await until(lambda: len(life.courier.carried) == 1)
    first = asyncio.create_task(life.presence.stop())
    await until(lambda: life.ear.stops == 1)
    async with asyncio.timeout(10):
        await life.presence.stop(now=True)
        await first
    assert life.closed == [True]


async def test_a_mistake_in_a_lane_ends_nobody_else_and_it_sends_again(life: Life, tmp_path: Path) -> None:
    """What is wrong with one queue stops nobody else; it is told, and the lane begins again once it is mended."""

    def choose(layout: str) -> None:
        with closing(sqlite3.connect(tmp_path / "sudi.db")) as rows, rows:
            rows.execute("UPDATE subscription SET layout = ?", (layout,))

    async def told() -> bool:
        return (await life.alerts()).get("lane:telegram:123") == SENDING_FAILED

    async def over() -> bool:
        return not await told()

    choose("unheard-of")
    life.ear.admitted.set()
    await until(told)
    assert not life.task.done()
    choose("full")
    await until(lambda: len(life.courier.carried) == 1)
    await until(over)
