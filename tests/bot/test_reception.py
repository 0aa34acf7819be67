"""What an account's listener is answered, what follows from what happens to chats, and how trouble is told."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.platform import (
    Account,
    AccountId,
    AccountTrouble,
    Address,
    Asker,
    Audience,
    ChatEvent,
    ChatKind,
    DoubtPolicy,
    Fate,
    Forbidden,
    Parcel,
    Platform,
    Query,
    Receipt,
    Reply,
)
from adapters.web.courier import WebCourier, WebPace
from bot.answer.answerer import MOST_TOLD, Answerer
from bot.catalogue import LANGUAGES, say
from bot.checking.faces import dialects
from bot.config import Settings
from bot.haste import AT_ONCE, EVERY, MOST_READERS, WAITING, Haste
from bot.reception import FrontDesk
from digest.choices import Choices, Layout
from digest.identity import name_of
from digest.model import Digest
from storage import alerts, digests, ledger, queue, subscriptions
from storage.store import StoreBusy
from storage.subscriptions import Place, Subscription
from tests.bot.test_answer import words_of
from tests.world.loop import VirtualLoop
from tests.world.store import SyncSqliteStore

START = datetime(2025, 11, 21, 4, 0, tzinfo=UTC)
LANE = "telegram:42"


@dataclass
class Spoken:
    """Brings answers nowhere, and remembers them."""

    sent: list[Parcel] = field(default_factory=list)
    edited: list[tuple[Parcel, Receipt]] = field(default_factory=list)

    async def send(self, parcel: Parcel) -> Receipt | None:
        """Brought as message 9."""
        self.sent.append(parcel)
        return Receipt(message="9")

    async def edit(self, parcel: Parcel, receipt: Receipt) -> Receipt | None:
        """Edited as asked."""
        self.edited.append((parcel, receipt))
        return receipt


class Lobby:
    """A reception, the store behind it, and a clock."""

    def __init__(self, store: SyncSqliteStore, settings: Settings | None = None, **account_has: Any) -> None:
        self.store = store
        self.now = START
        self.changes = 0
        self.updates = count(1)
        self.voice = Spoken()
        account = Account(
            id=AccountId("42"),
            courier=WebCourier(),
            pace=WebPace(),
            doubt=DoubtPolicy.ASSUME_SENT,
            doubt_push=DoubtPolicy.RESEND_ONCE,
            **({"platform": Platform.TELEGRAM} | account_has),
        )
        answerer = Answerer(
            store=store,
            dialects=dialects(),
            settings=settings or Settings(),
            now=lambda: self.now,
            token=lambda: f"name{next(self.updates):08}",
        )
        self.desk = FrontDesk(
            account, store=store, answerer=answerer, voice=self.voice, now=lambda: self.now, decided=self._decided
        )

    def _decided(self) -> None:
        self.changes += 1

    async def note(self, fate: Fate, kind: ChatKind = ChatKind.GROUP, chat: str = "-7", **more: Any) -> Reply | None:
        """Something happens to a chat; somebody who reads English did it."""
        asked: dict[str, Any] = {"update": str(next(self.updates)), "by": asker("5"), "title": "AI News"} | more
        return await self.desk.note(ChatEvent(kind=kind, fate=fate, **({"address": address(chat)} | asked)))

    async def subscribe(self, chat: str = "-7", thread: str = "", *, by: str = "", **choices: Any) -> None:
        """Subscribe a chat, in somebody's name."""
        place = Place(platform="telegram", account="42", chat=chat, thread=thread)
        chosen = Choices(**({"language": "en"} | choices))
        await self.store.write(subscriptions.subscribe, place, chosen, now=self.now, by=by)

    async def subscription(self, chat: str = "-7", thread: str = "") -> Subscription | None:
        """The subscription of a chat."""
        place = Place(platform="telegram", account="42", chat=chat, thread=thread)
        return await self.store.read(subscriptions.subscription_at, place)

    async def state(self, chat: str = "-7", thread: str = "") -> tuple[str, str | None]:
        """How a subscription stands, and why."""
        found = await self.subscription(chat, thread)
        assert found is not None
        return str(found.state), found.reason

    async def publish(self, title: str) -> None:
        """Keep a digest."""
        data = title.encode()
        digest = Digest(revision=name_of(data), series="daily", title=title, language="en", published=self.now)
        kept: dict[str, Any] = {"path": f"{title}.md", "data": data, "digest": digest, "now": self.now}
        await self.store.write(lambda db: digests.publish(db, **kept))

    async def alerts(self) -> dict[str, str]:
        """What is wrong now."""
        return {alert.name: alert.code for alert in await self.store.read(alerts.open_alerts)}


def address(chat: str) -> Address:
    """A chat of the account."""
    return Address(platform=Platform.TELEGRAM, account=AccountId("42"), chat=chat)


def asker(person: str, language: str = "en") -> Asker:
    """Somebody, in private."""
    return Asker(address=address(person), person=person, language=language)


def query(text: str, person: str = "5") -> Query:
    """What somebody says in private."""
    return Query(asker=asker(person), text=text)


def pressing(reply: Reply) -> list[str]:
    """What the buttons say."""
    return [button.says for button in reply.buttons]


@pytest.fixture
async def lobby(tmp_path: Path) -> AsyncIterator[Lobby]:
    """A reception where nothing has happened."""
    store = SyncSqliteStore(tmp_path / "sudi.db")
    yield Lobby(store)
    await store.close()


ACTIVE = ("active", None)


# --- Chats -------------------------------------------------------------------------------------------------------


async def test_fault_31_a_lost_chat_is_suspended_with_its_topics_and_comes_back(lobby: Lobby) -> None:
    """Thrown out, the account suspends all of a chat; let in again, it goes on with the choices and the latest."""
    await lobby.publish("Old")
    await lobby.subscribe(layout=Layout.BRIEF)
    await lobby.subscribe(thread="3")
    assert await lobby.note(Fate.LOST) is None
    assert [await lobby.state(), await lobby.state(thread="3")] == [("suspended", "chat-lost")] * 2
    assert {row.reason for row in await lobby.store.read(ledger.deliveries)} == {"chat-lost"}
    await lobby.publish("New")
    back = await lobby.note(Fate.OPEN, new=True)
    assert back is not None
    assert words_of(back) == say("en", "answers.back_group")
    assert pressing(back) == ["/settings", "/stop"]
    assert [await lobby.state(), await lobby.state(thread="3")] == [ACTIVE] * 2
    found = await lobby.subscription()
    assert found is not None
    assert found.choices.layout is Layout.BRIEF
    open_ones = [row for row in await lobby.store.read(ledger.deliveries) if row.state == "open"]
    assert {(row.title, row.thread) for row in open_ones} == {("New", ""), ("New", "3")}
    assert lobby.changes == 2


async def test_who_left_by_command_is_not_brought_back(lobby: Lobby) -> None:
    """A chat whose reader stopped stays away, whatever becomes of the account there."""
    await lobby.subscribe()
    found = await lobby.subscription()
    assert found is not None
    await lobby.store.write(subscriptions.unsubscribe, found.id, now=START)
    for fate in (Fate.LOST, Fate.OPEN, Fate.MUTE, Fate.OPEN):
        await lobby.note(fate, new=True)
    assert await lobby.state() == ("ended", "unsubscribed")
    assert lobby.changes == 0


@pytest.mark.parametrize("fate", [Fate.LOST, Fate.MUTE])
async def test_fault_36_what_happened_is_noted_once(lobby: Lobby, fate: Fate) -> None:
    """An update that comes again, even behind a newer one, changes nothing, and is answered as before."""
    await lobby.subscribe()
    await lobby.note(fate, update="u1")
    first = await lobby.note(Fate.OPEN, update="u2", new=True)
    await lobby.note(fate, update="u1")
    assert await lobby.state() == ACTIVE
    again = await lobby.note(Fate.OPEN, update="u2", new=True)
    assert first is not None
    assert first == again
    assert lobby.changes == 2


async def test_fault_30_a_chat_that_moved_takes_its_subscriptions_along(lobby: Lobby) -> None:
    """A migration moves all topics and what is open, once though both sides tell of it and it was lost first."""
    await lobby.publish("Paper")
    await lobby.subscribe()
    await lobby.subscribe(thread="3")
    await lobby.note(Fate.LOST)
    for update in ("u1", "u2"):
        assert await lobby.note(Fate.MOVED, to="-1007", update=update) is None
    assert await lobby.subscription() is None
    assert [await lobby.state("-1007"), await lobby.state("-1007", "3")] == [ACTIVE] * 2
    rows = await lobby.store.read(ledger.deliveries)
    assert {(row.chat, row.thread, str(row.state)) for row in rows} == {("-1007", "", "open"), ("-1007", "3", "open")}


async def test_nothing_is_said_to_a_group_that_moved(lobby: Lobby) -> None:
    """A group that became a supergroup is new to the platform; nobody in it missed the bot, so it does not greet."""
    await lobby.subscribe()
    await lobby.note(Fate.MOVED, to="-1007")
    assert await lobby.note(Fate.OPEN, chat="-1007", new=True) is None


async def test_fault_30_a_chat_that_is_known_at_both_ids_is_one(lobby: Lobby) -> None:
    """Where the new chat is subscribed as well, it is brought everything once."""
    await lobby.publish("Paper")
    await lobby.subscribe()
    await lobby.subscribe(chat="-1007")
    await lobby.note(Fate.MOVED, to="-1007")
    assert await lobby.state() == ("ended", "moved")
    assert await lobby.state("-1007") == ACTIVE
    open_ones = [row for row in await lobby.store.read(ledger.deliveries) if row.state == "open"]
    assert [(row.title, row.chat) for row in open_ones] == [("Paper", "-1007")]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_new_group_is_told_how_it_is_subscribed(lobby: Lobby, language: str) -> None:
    """Added to a group, the account says how an administrator subscribes it, with a button."""
    welcome = await lobby.note(Fate.OPEN, new=True, by=asker("5", language))
    assert welcome is not None
    assert words_of(welcome) == say(language, "answers.welcome_group").strip().replace("\n\n", "\n")
    assert pressing(welcome) == ["/subscribe"]
    assert not welcome.only_asker


@pytest.mark.parametrize("language", LANGUAGES)
async def test_whoever_added_the_account_to_a_channel_is_told_in_private(lobby: Lobby, language: str) -> None:
    """Whoever added the account to a channel hears what it may not do yet, then what it may, with a button about it."""
    where: dict[str, Any] = {"kind": ChatKind.CHANNEL, "chat": "-1001", "by": asker("5", language)}
    mute = await lobby.note(Fate.MUTE, new=True, **where)
    assert mute is not None
    assert words_of(mute) == say(language, "answers.mute_new_channel", title="AI News")
    assert not mute.buttons
    welcome = await lobby.note(Fate.OPEN, **where)
    assert welcome is not None
    assert words_of(welcome) == say(language, "answers.welcome_channel", title="AI News")
    assert pressing(welcome) == ["/subscribe @-1001"]
    assert mute.only_asker
    assert welcome.only_asker


async def test_a_channel_that_was_closed_and_opened_again(lobby: Lobby) -> None:
    """Who takes the right to post away is told what that means, and who gives it back, that it goes on."""
    where: dict[str, Any] = {"kind": ChatKind.CHANNEL, "chat": "-1001"}
    await lobby.subscribe(chat="-1001", language="zh")
    closed = await lobby.note(Fate.MUTE, **where)
    assert closed is not None
    assert words_of(closed) == say("en", "answers.mute_channel", title="AI News")
    assert await lobby.state("-1001") == ("suspended", "forbidden")
    opened = await lobby.note(Fate.OPEN, **where)
    assert opened is not None
    assert words_of(opened) == say("en", "answers.back_channel", title="AI News")
    assert pressing(opened) == ["/settings @-1001", "/stop @-1001"]
    assert await lobby.note(Fate.OPEN, **where) is None
    assert await lobby.note(Fate.MUTE, **where | {"by": None}) is None


async def test_in_private_nothing_is_said_unasked(lobby: Lobby) -> None:
    """Who blocks the account and lets it in again is brought what they want, without a word."""
    await lobby.subscribe(chat="5")
    for fate, state in ((Fate.LOST, ("suspended", "chat-lost")), (Fate.OPEN, ACTIVE)):
        assert await lobby.note(fate, kind=ChatKind.PRIVATE, chat="5") is None
        assert await lobby.state("5") == state


async def test_a_group_that_falls_silent_is_told_nothing(lobby: Lobby) -> None:
    """Where the account may not write nothing is said, and a group that is known needs no second welcome."""
    await lobby.subscribe()
    assert await lobby.note(Fate.MUTE, new=True) is None
    assert await lobby.state() == ("suspended", "forbidden")
    assert await lobby.note(Fate.OPEN) is None
    assert await lobby.state() == ACTIVE


@pytest.mark.parametrize("title", ["", "A\u202eB\nC", "天" * 300])
async def test_a_title_is_told_on_one_line(lobby: Lobby, title: str) -> None:
    """A chat's title is somebody's words: it is shown short, on one line, without characters that turn the text."""
    reply = await lobby.note(Fate.OPEN, kind=ChatKind.CHANNEL, chat="-1001", new=True, title=title)
    assert reply is not None
    told = words_of(reply)
    assert "\u202e" not in told
    assert "\n" not in told
    assert len(told) < 200
    assert "“”" not in told


async def test_whoever_subscribed_is_told_once_that_nothing_may_be_posted(lobby: Lobby) -> None:
    """Where a chat is suspended because the account may not write, whoever subscribed it is told in private, once."""
    await lobby.subscribe(by="5")
    await lobby.subscribe(thread="3", by="5")
    found = [await lobby.subscription(thread=thread) for thread in ("", "3")]
    for one in found:
        assert one is not None
        await lobby.store.write(subscriptions.suspend, one.id, reason="forbidden", now=START)
    await lobby.desk.tell_subscribers()
    assert lobby.voice.sent == []
    await lobby.desk.well()
    for _ in range(2):
        await lobby.desk.tell_subscribers()
    (parcel,) = lobby.voice.sent
    assert parcel.address == address("5")
    assert parcel.message["text"] == say("en", "answers.mute_told", chat="-7")


@pytest.mark.parametrize("platform", [Platform.TELEGRAM, Platform.DISCORD])
@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_is_told_of_a_chat_is_told_its_name(tmp_path: Path, platform: Platform, language: str) -> None:
    """A chat that does not let the account post is told by what people call it, and nothing in a name is markup."""
    store = SyncSqliteStore(tmp_path / "sudi.db")
    lobby = Lobby(store, platform=platform)
    name = "#**new** <@1> [a](https://a.example) @everyone `x"
    place = Place(platform=platform, account="42", chat="700")
    await store.write(subscriptions.subscribe, place, Choices(language=language), now=START, by="5", chat_name=name)
    await lobby.note(Fate.MUTE, address=replace(address("700"), platform=platform), alone=True, by=None)
    await lobby.desk.well()
    await lobby.desk.tell_subscribers()
    (parcel,) = lobby.voice.sent
    section = "answers_discord" if platform is Platform.DISCORD else "answers"
    expected = say(language, f"{section}.mute_told_named", name=name, chat="700")
    shown = re.sub("<[^>]+>", "", dialects()[platform].draw(parcel.message))
    assert unescape(shown).strip() == expected
    assert "<a " not in dialects()[platform].draw(parcel.message)
    await store.close()


@pytest.mark.parametrize("platform", [Platform.TELEGRAM, Platform.DISCORD])
@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_is_told_of_many_chats_is_told_once(tmp_path: Path, platform: Platform, language: str) -> None:
    """Many chats that close at once are told to their subscriber together, some by name, and how many others."""
    store = SyncSqliteStore(tmp_path / "sudi.db")
    lobby = Lobby(store, platform=platform)
    section = "answers_discord" if platform is Platform.DISCORD else "answers"
    for number in range(MOST_TOLD + 5):
        place = Place(platform=platform, account="42", chat=str(700 + number))
        by, named = "5" if number else "6", f"#news {number}"
        await store.write(subscriptions.subscribe, place, Choices(language=language), now=START, by=by, chat_name=named)
        await lobby.note(Fate.MUTE, address=replace(address(place.chat), platform=platform), alone=True, by=None)
    await lobby.desk.well()
    await lobby.desk.tell_subscribers()
    single, several = sorted(lobby.voice.sent, key=lambda parcel: parcel.address.chat, reverse=True)
    assert [parcel.address.chat for parcel in (single, several)] == ["6", "5"]
    shown = unescape(re.sub("<[^>]+>", "\n", dialects()[platform].draw(several.message)))
    said = [line.strip() for line in shown.splitlines() if line.strip()]
    assert said[0] == say(language, f"{section}.mute_told_many", count=MOST_TOLD + 4)
    assert [line.lstrip("• ") for line in said[1:-1] if line != "•"] == [
        *(f"#news {number} {700 + number}" for number in range(1, MOST_TOLD + 1)),
        say(language, "answers.mute_told_rest", count=4),
    ]
    assert said[-1] == say(language, f"{section}.mute_told_again")
    assert len(several.nonce) <= 25
    await store.close()


@pytest.mark.parametrize("by", ["", "8", "-7", "5"])
async def test_nobody_is_told_who_knows_or_cannot_hear(lobby: Lobby, by: str) -> None:
    """Who closed a channel knows it; a chat that subscribed itself cannot hear it; what goes on needs no words."""
    await lobby.desk.well()
    await lobby.subscribe(chat="-1001", by="5")
    await lobby.note(Fate.MUTE, kind=ChatKind.CHANNEL, chat="-1001")
    await lobby.subscribe(by=by)
    await lobby.note(Fate.LOST)
    await lobby.note(Fate.OPEN)
    await lobby.note(Fate.MUTE)
    if by == "8":
        await lobby.note(Fate.OPEN)
    await lobby.desk.tell_subscribers()
    assert [parcel.address.chat for parcel in lobby.voice.sent] == (["5"] if by == "5" else [])


# --- Readers -----------------------------------------------------------------------------------------------------


def test_fault_38_a_reader_who_floods_is_slowed_told_once_and_nobody_else_waits(tmp_path: Path) -> None:
    """A few questions are answered at once, more one after the other, too many not; others are answered at once."""
    loop = VirtualLoop(budget=100_000)
    answered: list[tuple[float, str]] = []

    async def ask(lobby: Lobby, person: str) -> None:
        reply = await lobby.desk.answer(query("/help", person))
        said = "slow" if words_of(reply) == say("en", "answers.slow_down") else "help"
        answered.append((loop.time(), said if reply.documents else "silence"))

    async def flood() -> None:
        lobby = Lobby(SyncSqliteStore(tmp_path / "sudi.db"))
        await asyncio.gather(*(ask(lobby, "5") for _ in range(100)), ask(lobby, "6"))
        await asyncio.sleep(2 * EVERY)
        await ask(lobby, "5")

    loop.run_until_complete(flood())
    loop.close()
    helped = [round(moment) for moment, said in answered if said == "help"]
    waits = [round(number * EVERY) for number in range(1, WAITING + 1)]
    assert helped == [0] * (AT_ONCE + 1) + waits + [waits[-1] + round(2 * EVERY)]
    assert [said for _, said in answered].count("slow") == 1
    assert [said for _, said in answered].count("silence") == 100 - AT_ONCE - WAITING - 1


def test_fault_38_a_reader_whose_questions_come_one_by_one_is_slowed_as_well(tmp_path: Path) -> None:
    """Questions that are put one after the other wait as long, and the rest of a flood is left alone at once."""
    loop = VirtualLoop(budget=100_000)

    async def flood() -> list[tuple[int, str]]:
        lobby, answered = Lobby(SyncSqliteStore(tmp_path / "sudi.db")), []
        for number in range(43):
            if number >= 40:
                await asyncio.sleep(EVERY if number < 42 else EVERY * (AT_ONCE + 1))
            reply = await lobby.desk.answer(query("/help"))
            answered.append((round(loop.time()), words_of(reply)[:13] if reply.documents else "silence"))
        return answered

    answered = loop.run_until_complete(flood())
    loop.close()
    waits = [round(EVERY) * number for number in range(1, WAITING + 1)]
    assert [moment for moment, said in answered[: AT_ONCE + WAITING] if said == "What you can "] == [
        0
    ] * AT_ONCE + waits
    assert answered[AT_ONCE + WAITING] == (waits[-1], "That was too ")
    assert set(answered[AT_ONCE + WAITING + 1 : 40]) == {(waits[-1], "silence")}
    assert [said for _, said in answered[40:]] == ["What you can "] * 3


def test_fault_38_what_is_said_to_other_bots_slows_nobody_down(tmp_path: Path) -> None:
    """Who gives a game's bot a hundred commands in a group is not told to slow down, and is answered at once."""
    loop = VirtualLoop(budget=100_000)

    async def play() -> None:
        lobby = Lobby(SyncSqliteStore(tmp_path / "sudi.db"))
        for text in ("/roll", "let us play"):
            for _ in range(100):
                assert not (await lobby.desk.answer(replace(query(text), addressed=False))).documents
        assert (await lobby.desk.answer(replace(query("/help"), addressed=False))).documents

    loop.run_until_complete(play())
    assert loop.time() == 0
    loop.close()


def test_readers_are_remembered_as_long_as_it_matters() -> None:
    """Memory is bounded: of very many readers the earliest are forgotten; who has slowed down is told anew."""
    haste = Haste()
    for number in range(MOST_READERS + 5):
        assert haste.wait(str(number), 0.0) == 0
    assert len(haste) == MOST_READERS
    for _ in range(2):
        told = [haste.tell("5") for _ in range(100) if haste.wait("5", 0.0) is None]
        assert told[0]
        assert not any(told[1:])
        assert haste.wait("5", 1_000.0) == 0
        haste = Haste()


async def test_an_answer_is_brought_by_the_lanes_voice(lobby: Lobby) -> None:
    """What is sent or edited goes through the voice of the lane."""
    parcel = Parcel(address=address("5"), message={"text": "x"}, nonce="n")
    receipt = await lobby.desk.send(parcel)
    assert receipt == Receipt(message="9")
    assert await lobby.desk.edit(parcel, receipt) == receipt
    assert (lobby.voice.sent, lobby.voice.edited) == ([parcel], [(parcel, receipt)])


async def test_a_long_button_is_kept_over_a_restart(lobby: Lobby) -> None:
    """What a button says is found again by its name, for 180 days."""
    name = await lobby.desk.keep("/settings a very long name")
    restarted = Lobby(lobby.store)
    assert await restarted.desk.kept(name) == "/settings a very long name"
    assert await restarted.desk.kept("0" * 16) is None
    restarted.now += timedelta(days=181)
    assert await restarted.desk.kept(name) is None


async def test_what_is_offered_is_what_people_type(lobby: Lobby) -> None:
    """Every command but hidden ones is offered, with words in each language and whom it is for."""
    offered = {one.name: one for one in lobby.desk.commands}
    assert list(offered)[:2] == ["start", "today"]
    assert "story" not in offered
    assert {offered[name].audience for name in ("subscribe", "settings", "stop", "forget")} == {Audience.DECIDERS}
    assert {offered[name].audience for name in ("push", "hold", "release", "admin")} == {Audience.ADMINS}
    assert offered["today"].audience is Audience.EVERYONE
    assert all(set(one.about) == set(LANGUAGES) for one in offered.values())
    assert all(1 <= len(words) <= 256 for one in offered.values() for words in one.about.values())


async def test_admins_are_known_before_anybody_asks(tmp_path: Path) -> None:
    """Once the account is well, its admins are those of the settings and those whom links made."""
    store = SyncSqliteStore(tmp_path / "sudi.db")
    lobby = Lobby(store, Settings(admins=("telegram:5", "discord:8")))
    assert lobby.desk.admins == {"5"}
    link = await lobby.desk.answer(query("/admin"))
    payload = words_of(link).splitlines()[-1]
    await lobby.desk.answer(query(payload, "6"))
    assert lobby.desk.admins == {"5", "6"}
    restarted = Lobby(store)
    assert restarted.desk.admins == frozenset()
    await restarted.desk.well()
    assert restarted.desk.admins == {"6"}
    await store.close()


# --- The account -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", [AccountTrouble.RIVAL, AccountTrouble.UNREACHABLE])
@pytest.mark.parametrize("language", LANGUAGES)
async def test_trouble_is_told_once_until_all_is_well(lobby: Lobby, what: AccountTrouble, language: str) -> None:
    """Told again and again, a trouble is one alert, with a sentence; well, it is settled, and nothing rests."""
    for _ in range(3):
        lobby.now += timedelta(minutes=1)
        await lobby.desk.trouble(what, "Conflict")
    (alert,) = await lobby.store.read(alerts.open_alerts)
    assert (alert.name, alert.code) == (f"account:{LANE}", what)
    assert alert.raised_at == START + timedelta(minutes=1)
    assert LANE in say(language, f"alerts.{what}", **alert.details)
    assert [lane.paused_until for lane in await lobby.store.read(ledger.lanes)] in ([], [None])
    await lobby.desk.well()
    assert await lobby.alerts() == {}


async def test_fault_33_a_dead_token_rests_this_lane_alone_until_it_is_well(lobby: Lobby) -> None:
    """A revoked token is told once and its lane rests, in no other lane's way; accepted again, it goes on at once."""
    await lobby.store.write(subscriptions.lane_at, "telegram", "43")
    for _ in range(2):
        await lobby.desk.trouble(AccountTrouble.DEAD, "Unauthorized")
    assert list((await lobby.alerts()).values()) == ["account-dead"]
    lanes = {lane.name: (lane.paused_until, lane.reason) for lane in await lobby.store.read(ledger.lanes)}
    assert lanes["telegram:43"] == (None, None)
    until, reason = lanes[LANE]
    assert reason == "account-dead"
    assert until is not None
    assert until > lobby.now
    assert lobby.changes
    await lobby.desk.well()
    assert await lobby.alerts() == {}
    assert {lane.paused_until for lane in await lobby.store.read(ledger.lanes)} == {None}


async def test_well_ends_no_other_rest(lobby: Lobby) -> None:
    """That the account listens lifts no rest that its platform asked for, and settles no other alert."""
    lane = await lobby.store.write(subscriptions.lane_at, "telegram", "42")
    await lobby.store.write(queue.pause, lane, until=10**13, reason="throttled")
    await lobby.store.write(alerts.raise_alert, f"lane:{LANE}", "chats-lost", {"lane": LANE}, START)
    await lobby.desk.well()
    (found,) = await lobby.store.read(ledger.lanes)
    assert found.reason == "throttled"
    assert await lobby.alerts() == {f"lane:{LANE}": "chats-lost"}


async def _well_and_telling(desk: FrontDesk) -> None:
    await desk.well()
    await desk.tell_subscribers()


class BusyStore(SyncSqliteStore):
    """A store that can do nothing now."""

    async def write(self, *_: Any, **__: Any) -> Any:
        """As one whose database somebody else keeps."""
        raise StoreBusy("locked")

    read = write


@pytest.mark.parametrize(
    "tells",
    [
        lambda desk: desk.trouble(AccountTrouble.DEAD),
        lambda desk: desk.well(),
        _well_and_telling,
        lambda desk: desk.answer(query("/status")),
        lambda desk: desk.suggest(asker("5"), "latest", "series", "d"),
        lambda desk: desk.note_unpublished("7", "1"),
        lambda desk: desk.note_published("7", "1"),
    ],
)
async def test_a_store_that_is_busy_stops_no_listener(tmp_path: Path, tells: Callable[[FrontDesk], Any]) -> None:
    """While nothing can be recorded, the listener is told nothing it could fail at."""
    store = BusyStore(tmp_path / "sudi.db")
    await tells(Lobby(store).desk)
    await store.close()


# --- Where threads have rights of their own, and channels are followed -------------------------------------------


async def test_what_happens_to_one_address_alone_touches_no_other(lobby: Lobby) -> None:
    """A thread that is closed, or a channel whose threads have other rights, leaves what is around it as it is."""
    for thread in ("", "3", "4"):
        await lobby.subscribe(thread=thread)
    await lobby.note(Fate.LOST, address=replace(address("-7"), thread="3"), alone=True)
    assert await lobby.state(thread="3") == ("suspended", "chat-lost")
    assert [await lobby.state(thread=thread) for thread in ("", "4")] == [("active", None)] * 2
    await lobby.note(Fate.MUTE, alone=True)
    assert await lobby.state() == ("suspended", "forbidden")
    assert await lobby.state(thread="4") == ("active", None)
    await lobby.note(Fate.OPEN, alone=True)
    assert await lobby.state() == ("active", None)
    assert await lobby.state(thread="3") == ("suspended", "chat-lost")
    await lobby.note(Fate.LOST)
    assert await lobby.state(thread="4") == ("suspended", "chat-lost")


async def test_what_changes_nothing_fills_no_log(lobby: Lobby) -> None:
    """Platforms tell again and again that a chat is open: only what follows from news is in the log."""
    await lobby.subscribe()
    with capture_logs() as logged:
        for fate in (Fate.OPEN, Fate.MUTE, Fate.MUTE, Fate.OPEN):
            await lobby.note(fate, alone=True)
    told = [entry["fate"] for entry in logged if entry["event"] == "chat.changed" and entry["log_level"] != "debug"]
    assert told == [Fate.MUTE, Fate.OPEN]


async def test_which_chats_something_is_brought_to_is_known(lobby: Lobby) -> None:
    """Of many chats and threads those are named that are subscribed themselves, or were until it was interrupted."""
    await lobby.subscribe(chat="1")
    await lobby.subscribe(chat="2", thread="22")
    await lobby.subscribe(chat="3")
    await lobby.note(Fate.MUTE, chat="3")
    await lobby.subscribe(chat="4")
    ended = await lobby.subscription(chat="4")
    assert ended is not None
    await lobby.store.write(subscriptions.unsubscribe, ended.id, now=START)
    asked = ["1", "2", "22", "3", "4", "5", ""]
    assert await lobby.desk.concerned(asked) == {"1", "22", "3"}
    assert await lobby.desk.concerned([]) == frozenset()


async def named(lobby: Lobby, thread: str = "", chat: str = "-7") -> str:
    """What a chat is called, as far as is known."""
    found = await lobby.subscription(chat, thread)
    assert found is not None
    return found.chat_name


async def test_what_people_call_a_chat_is_kept_as_it_is_told(lobby: Lobby) -> None:
    """News of a chat names all of it, or one thread alone, over a move as well; what tells no name changes none."""
    for thread in ("", "3"):
        await lobby.subscribe(thread=thread)
    await lobby.note(Fate.OPEN, chat_name="AI News (@ainews)")
    assert [await named(lobby), await named(lobby, "3")] == ["AI News (@ainews)"] * 2
    await lobby.note(Fate.NAMED, address=replace(address("-7"), thread="3"), alone=True, chat_name="Talk (AI News)")
    assert [await named(lobby), await named(lobby, "3")] == ["AI News (@ainews)", "Talk (AI News)"]
    changes = lobby.changes
    await lobby.note(Fate.LOST)
    assert await named(lobby) == "AI News (@ainews)"
    await lobby.note(Fate.MOVED, to="-100", chat_name="AI Newer")
    assert await named(lobby, chat="-100") == "AI Newer"
    assert await lobby.note(Fate.NAMED, chat="-100", chat_name="AI Newest") is None
    assert await named(lobby, chat="-100") == "AI Newest"
    assert lobby.changes == changes + 2


async def test_only_what_is_not_known_yet_is_noted(lobby: Lobby) -> None:
    """Of what a platform tells at each beginning, that is news which changes a name, or whether it may write."""
    await lobby.subscribe(chat="1")
    await lobby.subscribe(chat="2", thread="22")
    await lobby.subscribe(chat="3")
    await lobby.note(Fate.MUTE, chat="3", alone=True, chat_name="#three")

    def told(fate: Fate, chat: str, thread: str = "", **more: Any) -> ChatEvent:
        where = replace(address(chat), thread=thread)
        return ChatEvent(address=where, kind=ChatKind.GROUP, fate=fate, update="", alone=True, **more)

    news = [
        told(Fate.OPEN, "1", chat_name="#one"),
        told(Fate.MUTE, "1"),
        told(Fate.LOST, "2", "22"),
        told(Fate.OPEN, "3"),
        told(Fate.MUTE, "3", chat_name="#third"),
        replace(told(Fate.OPEN, "1"), update="7"),
        replace(told(Fate.OPEN, "1"), new=True),
        replace(told(Fate.OPEN, "1"), alone=False),
        replace(told(Fate.MOVED, "1"), to="9"),
    ]
    known = [
        told(Fate.OPEN, "1"),
        told(Fate.OPEN, "2", "22"),
        told(Fate.MUTE, "3", chat_name="#three"),
        told(Fate.LOST, "3"),
        told(Fate.MUTE, "2"),
        told(Fate.OPEN, "4", chat_name="#four"),
    ]
    assert await lobby.desk.unheard([*news, *known]) == frozenset(news)
    for event in news[:3]:
        await lobby.desk.note(event)
        assert not await lobby.desk.unheard([event])


async def test_a_chat_that_refused_and_is_open_is_news(lobby: Lobby) -> None:
    """That the account may write where it was refused is news, once, before the chat is suspended for it."""
    await lobby.subscribe(chat="1")
    found = await lobby.subscription(chat="1")
    assert found is not None
    opened = ChatEvent(address=address("1"), kind=ChatKind.GROUP, fate=Fate.OPEN, update="", alone=True)
    for refusals in (0, 1):
        if refusals:
            await lobby.store.write(subscriptions.count_refusal, found.id)
        changes = lobby.changes
        assert await lobby.desk.unheard([opened]) == frozenset([opened] * refusals)
        await lobby.desk.note(opened)
        assert lobby.changes == changes + refusals
    assert not await lobby.desk.unheard([opened])


async def test_what_is_to_be_published_is_kept_over_a_restart(lobby: Lobby) -> None:
    """Messages wait in their order until they are published, each once, and belong to their account."""
    for message in ("11", "12", "11"):
        await lobby.desk.note_unpublished("7", message)
    await lobby.desk.note_unpublished("8", "11")
    restarted = Lobby(lobby.store)
    assert list(await restarted.desk.unpublished()) == [("7", "11"), ("7", "12"), ("8", "11")]
    await restarted.desk.note_published("7", "11")
    await restarted.desk.note_published("9", "99")
    assert list(await restarted.desk.unpublished()) == [("7", "12"), ("8", "11")]
    other = Lobby(lobby.store, platform=Platform.DISCORD)
    assert list(await other.desk.unpublished()) == []


@pytest.mark.parametrize("reached", [True, False])
async def test_who_is_no_chat_is_told_where_the_platform_says(tmp_path: Path, reached: bool) -> None:
    """Where a person's number names no chat, the platform is asked for one; where it has none, nothing is said."""

    async def private_chat(person: str) -> str:
        if not reached:
            raise Forbidden("no messages from this server")
        return f"dm-of-{person}"

    store = SyncSqliteStore(tmp_path / "sudi.db")
    lobby = Lobby(store, platform=Platform.DISCORD, private_chat=private_chat)
    place = Place(platform="discord", account="42", chat="700")
    await store.write(subscriptions.subscribe, place, Choices(language="en"), now=START, by="5")
    await lobby.note(Fate.MUTE, address=replace(address("700"), platform=Platform.DISCORD), alone=True, by=None)
    await lobby.desk.well()
    await lobby.desk.tell_subscribers()
    assert [parcel.address.chat for parcel in lobby.voice.sent] == ["dm-of-5"] * reached
    if reached:
        told = "".join(str(embed["description"]) for embed in lobby.voice.sent[0].message["embeds"])
        assert told == say("en", "answers_discord.mute_told", chat="700")
        assert len(lobby.voice.sent[0].nonce) <= 25
    await store.close()


@pytest.mark.parametrize(("threads", "named"), [(("8",), "8"), (("8", "9"), "700"), (("", "8"), "700")])
async def test_the_thread_that_is_closed_is_named(tmp_path: Path, threads: tuple[str, ...], named: str) -> None:
    """Whoever subscribed a thread of Discord is told of it by its own number, not by that of the channel above it."""
    store = SyncSqliteStore(tmp_path / "sudi.db")
    lobby = Lobby(store, platform=Platform.DISCORD)
    for thread in ("", "8", "9"):
        place = Place(platform="discord", account="42", chat="700", thread=thread)
        await store.write(subscriptions.subscribe, place, Choices(language="en"), now=START, by="5")
    for thread in threads:
        where = replace(address("700"), platform=Platform.DISCORD, thread=thread)
        await lobby.note(Fate.MUTE, address=where, alone=True, by=None)
    await lobby.desk.well()
    await lobby.desk.tell_subscribers()
    (parcel,) = lobby.voice.sent
    assert [str(embed["description"]) for embed in parcel.message["embeds"]] == [
        say("en", "answers_discord.mute_told", chat=named)
    ]
    await store.close()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_server_is_greeted_in_its_own_words(tmp_path: Path, language: str) -> None:
    """Who is added to a server says how its channels are subscribed there."""
    store = SyncSqliteStore(tmp_path / "sudi.db")
    lobby = Lobby(store, platform=Platform.DISCORD)
    where = replace(address("700"), platform=Platform.DISCORD)
    welcome = await lobby.note(Fate.OPEN, address=where, new=True, by=asker("5", language))
    assert welcome is not None
    expected = say(language, "answers_discord.welcome_group").strip().replace("\n\n", "\n")
    assert words_of(welcome) == expected
    assert pressing(welcome) == ["/subscribe @700"]
    assert "start" not in {command.name for command in lobby.desk.commands}
    await store.close()
