"""What a chat is answered, on the real store, in both languages."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from adapters.platform import (
    HERE,
    AccountId,
    Address,
    Asker,
    Audience,
    ChatKind,
    Elsewhere,
    Grant,
    NotSent,
    Platform,
    Query,
    Reply,
    Scene,
)
from adapters.web.api import plain_document
from adapters.web.dialect import WebDialect
from bot.answer.answerer import Answerer
from bot.answer.shelf import AT_ONCE, rules_of
from bot.answer.start import LONGEST_PAYLOAD, series_in
from bot.answer.subscribing import SERIES_BUTTONS
from bot.catalogue import LANGUAGES, say, say_reason
from bot.checking.faces import dialects
from bot.config import Settings, SourceSettings, WhoMaySubscribe
from digest.choices import EVERY_SERIES, Choices, Layout
from digest.model import BREAKING, Post
from digest.read import read
from digest.richtext import plain
from storage import alerts, digests, ledger, posts, queue, subscriptions
from storage.database import Database, Row
from storage.records import Action, DeliveryState, DigestId, PartState, SubscriptionState
from storage.sqlite import SqliteStore
from storage.store import StoreBusy, StoreFull
from storage.subscriptions import Place, Subscription
from storage.times import to_ms

START = datetime(2025, 11, 21, 4, 0, tzinfo=UTC)
ZONE = "Asia/Shanghai"


def post(title: str, published: datetime, series: str = "daily", stories: int = 2) -> str:
    """A post with stories."""
    link = f"https://example.com/{quote(title)}"
    told = "\n\n".join(
        f"{number}. [{title} {number}]({link}/{number})\n\n    第一句。第二句 of {title} {number}."
        for number in range(1, stories + 1)
    )
    return f"---\ntitle: {title}\ndate: {published.isoformat()}\nseries: {series}\n---\n\n{told}\n"


@dataclass
class Room:
    """Somebody who asks, a clock, and the store behind the answers."""

    store: SqliteStore
    settings: Settings = field(default_factory=lambda: Settings(time_zone=ZONE))
    now: datetime = START
    names: count[int] = field(default_factory=count)
    changes: int = 0
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Wire the answerer."""
        self.answerer = Answerer(
            store=self.store,
            dialects=dialects(),
            settings=self.settings,
            now=lambda: self.now,
            token=lambda: f"name{next(self.names):08}",
            changed=self._changed,
        )

    def _changed(self) -> None:
        self.changes += 1

    async def ask(
        self,
        text: str,
        *,
        language: str = "en",
        admin: bool = False,
        person: str = "5",
        chat: str = "7",
        update: str = "",
        kind: ChatKind = ChatKind.PRIVATE,
        scene: Scene = HERE,
        addressed: bool = True,
        chat_name: str = "",
    ) -> Reply:
        """Ask in a chat of Telegram."""
        address = Address(platform=Platform.TELEGRAM, account=AccountId("42"), chat=chat)
        asker = Asker(address=address, person=person, language=language, is_admin=admin, kind=kind)
        query = Query(asker=asker, text=text, update=update, scene=scene, addressed=addressed, chat_name=chat_name)
        reply = await self.answerer.answer(query)
        self.said.append(words_of(reply) if reply.documents else "silence")
        return reply

    async def publish(self, title: str, published: datetime, series: str = "daily", stories: int = 2) -> DigestId:
        """Keep and promise a digest."""
        data = post(title, published, series, stories).encode()
        digest = read(Post(path=f"{title}.md", data=data), rules_of(self.settings)("posts"))
        assert not digest.problems
        kept = {"path": f"{title}.md", "data": data, "digest": digest, "now": self.now, "source": "posts"}
        return await self.store.write(lambda db: digests.publish(db, **kept))  # type: ignore[arg-type]

    async def press(self, reply: Reply, label: str, **where: Any) -> Reply:
        """Press a button of an answer, where that stands."""
        return await self.ask(pressing(reply)[label], **where)

    async def subscription(self, chat: str = "7") -> Subscription | None:
        """The chat's subscription."""
        place = Place(platform="telegram", account="42", chat=chat)
        return await self.store.read(subscriptions.subscription_at, place)

    async def choices(self) -> Choices:
        """What the chat chose."""
        found = await self.subscription()
        assert found is not None
        return found.choices


@dataclass
class Around:
    """What a platform says: who leads, which chats there are, what the account is called. It may be out of reach."""

    leads: bool = True
    chats: dict[str, Elsewhere] = field(default_factory=dict)
    name: str = "sudi_bot"
    asked: int = 0
    away: bool = False

    async def decides(self) -> bool:
        """Whether the asker leads the chat."""
        self._reach()
        return self.leads

    async def elsewhere(self, name: str) -> Elsewhere:
        """A chat that is known by this name."""
        self._reach()
        return self.chats.get(name, Elsewhere(grant=Grant.UNKNOWN))

    def _reach(self) -> None:
        self.asked += 1
        if self.away:
            raise NotSent("refused")

    def link(self, payload: str = "", *, into: ChatKind = ChatKind.PRIVATE) -> str:
        """Addresses in Telegram's form."""
        query = {ChatKind.PRIVATE: "start", ChatKind.GROUP: "startgroup", ChatKind.CHANNEL: "startchannel"}[into]
        return f"https://t.me/{self.name}?{query}={payload}"


def channel(grant: Grant = Grant.GRANTED, chat: str = "-1001", kind: ChatKind = ChatKind.CHANNEL) -> Elsewhere:
    """A chat that somebody may name."""
    address = Address(platform=Platform.TELEGRAM, account=AccountId("42"), chat=chat)
    return Elsewhere(grant=grant, address=address, title="AI News", kind=kind)


def opening(reply: Reply) -> dict[str, str]:
    """The buttons that open an address."""
    return {button.label: button.url for button in reply.buttons if button.url}


def words_of(reply: Reply) -> str:
    """Everything that a reply says."""
    return "\n\n".join(plain_document(document) for document in reply.documents)


def pressing(reply: Reply) -> dict[str, str]:
    """The buttons: what each is called, and what it says."""
    return {button.marked: button.says for button in reply.buttons if button.says}


@dataclass
class Watched:
    """A store, and the queries with which it is read."""

    store: SqliteStore
    queries: list[str] = field(default_factory=list)

    async def read(self, unit: Any, *args: Any, **kwargs: Any) -> Any:
        """Read, and note what is asked."""
        return await self.store.read(lambda db: unit(_Noting(db, self.queries), *args, **kwargs))

    def __getattr__(self, name: str) -> Any:
        """Everything else is the store's own."""
        return getattr(self.store, name)


@dataclass
class _Noting:
    db: Database
    queries: list[str]

    def one(self, query: str, **values: Any) -> Row | None:
        self.queries.append(query)
        return self.db.one(query, **values)

    def all(self, query: str, **values: Any) -> list[Row]:
        self.queries.append(query)
        return self.db.all(query, **values)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """A room with nothing published."""
    store = await SqliteStore.open(tmp_path / "sudi.db", now=lambda: START)
    found = Room(store=store)
    yield found
    await store.close()
    for said in found.said:
        assert "{" not in said
        assert said.strip()


# --- Understanding -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        ("/tody", "en", "There is no command /tody. Did you mean /today?"),
        ("/tody", "zh", "没有 /tody 这个命令。是不是想用 /today？"),
        ("/stat", "en", "There is no command /stat. Did you mean /status?"),
        ("/sub", "en", "There is no command /sub. Did you mean /subscribe?"),
        ("/xyzzy", "en", "There is no command /xyzzy. Send /help to see what there is."),
        ("/pusch", "en", "There is no command /pusch. Send /help to see what there is."),
        ("good morning", "en", "I only understand commands. Send /help to see them, or press a button."),
        ("你好，今天有什么新闻？", "zh", "我只认得命令。发送 /help 看看能做什么，或点下面的按钮。"),
        ("", "en", "I only understand commands. Send /help to see them, or press a button."),
        ("/", "en", "There is no command /. Send /help to see what there is."),
    ],
)
async def test_what_is_not_understood_is_answered_with_a_way_on(
    room: Room, text: str, language: str, said: str
) -> None:
    """Unknown commands suggest the nearest that the asker may use; free text gets a short hint."""
    reply = await room.ask(text, language=language)
    assert words_of(reply) == said


@pytest.mark.parametrize(
    "text", ["/help", "/HELP", "／help", "/help@SudiBot", "/帮助", "帮助", "  /help  ", "/help me"]
)
async def test_a_command_is_understood_however_it_is_written(room: Room, text: str) -> None:
    """A command is known by its name or its word in any language, with the bot's name behind it or not."""
    assert words_of(await room.ask(text)).startswith("What you can ask")


async def test_help_lists_what_the_asker_may_use(room: Room) -> None:
    """Help names every command that the asker may use, admins' only for admins."""
    reader = words_of(await room.ask("/help"))
    admin = words_of(await room.ask("/help", admin=True))
    for command in room.answerer.commands:
        assert (f"/{command.name} " in admin) != command.hidden
        assert (f"/{command.name} " in reader) == (command.audience is not Audience.ADMINS and not command.hidden)
    assert "/latest [series] · the most recent issue" in reader


@pytest.mark.parametrize("text", ["/push", "/push something", "/push confirm name00000000", "/hold", "/release all"])
@pytest.mark.parametrize("language", LANGUAGES)
async def test_fault_39_who_is_no_admin_is_refused(room: Room, text: str, language: str) -> None:
    """A non-admin pushes, holds or releases: refused, and nothing is done."""
    await room.ask("/push hello", admin=True)
    reply = await room.ask(text, language=language)
    command = text.split(maxsplit=1)[0].removeprefix("/")
    assert words_of(reply) == say(language, "answers.admins_only", command=command)
    assert not reply.buttons
    assert await room.store.read(ledger.holds) == []
    assert await room.store.read(digests.latest_by_series) == []


# --- What there is -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
async def test_today_without_anything_says_so(room: Room, language: str) -> None:
    """Where nothing was ever published, `/today` says so and offers nothing."""
    reply = await room.ask("/today", language=language)
    assert words_of(reply) == say(language, "answers.today_nothing_yet")
    assert not reply.buttons


@pytest.mark.parametrize("language", LANGUAGES)
async def test_today_without_digests_offers_the_latest(room: Room, language: str) -> None:
    """Where there is none yet today, `/today` says so and offers the latest."""
    await room.publish("Yesterday", START - timedelta(days=1))
    reply = await room.ask("/today", language=language)
    assert words_of(reply) == say(language, "answers.today_none")
    assert pressing(reply) == {say(language, "answers.button_latest"): "/latest"}
    latest = await room.ask(reply.buttons[0].says, language=language)
    assert "Yesterday" in words_of(latest)


async def test_today_brings_todays_digests_whole(room: Room) -> None:
    """`/today` answers with today's digests, in the order of their publication."""
    await room.publish("Morning", START - timedelta(hours=2))
    await room.publish("Noon", START - timedelta(hours=1), series="rolling")
    reply = await room.ask("/today")
    assert [document.title for document in reply.documents] == ["Morning", "Noon"]
    assert "第二句 of Morning 2." in words_of(reply)


@pytest.mark.parametrize(
    ("zone", "found"), [("Asia/Shanghai", True), ("UTC", False), ("America/Los_Angeles", True), ("Asia/Tokyo", True)]
)
async def test_today_is_the_chats_own(room: Room, zone: str, found: bool) -> None:
    """Today is the day of the chat's zone, and of no other."""
    await room.ask("/subscribe")
    subscription = await room.subscription()
    assert subscription is not None
    await room.store.write(subscriptions.change_choices, subscription.id, Choices(zone=zone), now=START)
    room.now = datetime(2025, 11, 21, 17, 0, tzinfo=UTC)
    await room.publish("Night", datetime(2025, 11, 21, 16, 30, tzinfo=UTC))
    room.now = datetime(2025, 11, 22, 2, 0, tzinfo=UTC)
    assert ("Night" in words_of(await room.ask("/today"))) == found


async def test_without_a_set_zone_the_newest_posts_offset_counts(room: Room) -> None:
    """A chat's zone defaults to the setting, and that to the newest post's offset, never to UTC."""
    room.settings = Settings()
    room.__post_init__()
    shanghai = datetime.fromisoformat("2025-11-22T00:30:00+08:00")
    room.now = datetime(2025, 11, 21, 17, 0, tzinfo=UTC)
    await room.publish("After midnight", shanghai)
    room.now = datetime(2025, 11, 22, 10, 0, tzinfo=UTC)
    assert "After midnight" in words_of(await room.ask("/today"))


async def test_today_tells_earlier_issues_of_a_series_by_their_headlines(room: Room) -> None:
    """Of several issues of one series the newest is whole, and earlier ones are told by their headlines."""
    for hour in (1, 2, 3):
        await room.publish(f"Issue{hour}", START - timedelta(hours=4 - hour), series="rolling")
    reply = await room.ask("/today")
    assert [document.title for document in reply.documents] == ["Issue1", "Issue2", "Issue3"]
    said = words_of(reply)
    assert "Issue1 2" in said
    assert "第二句 of Issue1 2." not in said
    assert "第二句 of Issue3 2." in said


@pytest.mark.parametrize(("language", "told"), [("zh", "Paper"), ("en", "Paper.en")])
@pytest.mark.parametrize("series", [("daily", "daily"), ("日报", "Daily")])
async def test_answers_tell_one_of_the_translations(
    room: Room, language: str, told: str, series: tuple[str, str]
) -> None:
    """Of a post and its translation `/today` and `/latest` tell the one in the reader's language, and no other."""
    await room.publish("Paper", START - timedelta(hours=2), series=series[0])
    await room.publish("Paper.en", START - timedelta(hours=1), series=series[1])
    for asked in ("/today", "/latest"):
        reply = await room.ask(asked, language=language)
        assert [document.title for document in reply.documents] == [told]


async def test_series_that_is_named_is_told_whatever_its_language(room: Room) -> None:
    """Who asks for a series by its name is told that one, though a translation is in the reader's language."""
    await room.publish("Paper", START - timedelta(hours=2), series="日报")
    await room.publish("Paper.en", START - timedelta(hours=1), series="Morning Paper")
    reply = await room.ask("/latest 日报", language="en")
    assert [document.title for document in reply.documents] == ["Paper"]


async def test_latest_brings_the_newest_of_each_series_or_of_one(room: Room) -> None:
    """`/latest [series]` brings the newest digest of each series, or of the one that is named in any language."""
    await room.publish("Old", START - timedelta(days=3))
    await room.publish("New", START - timedelta(days=2))
    await room.publish("Rolling", START - timedelta(days=1), series="rolling")
    assert [document.title for document in (await room.ask("/latest")).documents] == ["New", "Rolling"]
    for named in ("daily", "Daily", "日报"):
        assert [document.title for document in (await room.ask(f"/latest {named}")).documents] == ["New"]
    assert words_of(await room.ask("/latest weekly")) == (
        "There is no series “weekly”. There are: Daily, Rolling, Breaking."
    )
    assert words_of(await room.ask("/latest breaking")) == "Nothing has come out in “Breaking” yet."


async def test_an_answer_has_the_chats_layout(room: Room) -> None:
    """Answers come in the layout that the chat chose."""
    await room.publish("Paper", START)
    await room.ask("/subscribe headlines")
    said = words_of(await room.ask("/today"))
    assert "Paper 2" in said
    assert "第一句" not in said


# --- Subscribing -------------------------------------------------------------------------------------------------


async def test_whoever_subscribes_is_brought_the_latest_at_once(room: Room) -> None:
    """Whoever subscribes is promised the latest digest of each series, in every series and in full by default."""
    await room.publish("Old", START - timedelta(days=2))
    await room.publish("New", START - timedelta(days=1))
    await room.publish("Rolling", START - timedelta(hours=1), series="rolling")
    reply = await room.ask("/subscribe")
    assert words_of(reply).startswith("You are subscribed, and the latest is on its way.\nSeries: Every series\n")
    rows = await room.store.read(ledger.deliveries)
    assert {row.title for row in rows} == {"New", "Rolling"}
    assert (await room.choices()).series == {EVERY_SERIES}
    assert (await room.choices()).layout is Layout.FULL
    assert room.changes == 1


@pytest.mark.parametrize(
    ("text", "series", "layout", "language"),
    [
        ("daily", {"daily"}, Layout.FULL, "en"),
        ("daily brief", {"daily"}, Layout.BRIEF, "en"),
        ("brief rolling, daily", {"daily", "rolling"}, Layout.BRIEF, "en"),
        ("all headlines zh", {EVERY_SERIES}, Layout.HEADLINES, "zh"),
        ("日报、突发 只看标题 中文", {"daily", BREAKING}, Layout.HEADLINES, "zh"),
        ("AI Weekly news full", {"AI Weekly news"}, Layout.FULL, "en"),
        ("+daily", {EVERY_SERIES}, Layout.FULL, "en"),
        ("-日报", {"rolling", "AI Weekly news", BREAKING}, Layout.FULL, "en"),
        ("", {EVERY_SERIES}, Layout.FULL, "en"),
    ],
)
async def test_choices_are_read_in_any_order_and_language(
    room: Room, text: str, series: set[str], layout: Layout, language: str
) -> None:
    """Series, layout and language are given by name or by what readers call them, in any order."""
    for name in ("daily", "rolling", "AI Weekly news"):
        await room.publish(f"In {name}", START, series=name)
    await room.ask(f"/subscribe {text}")
    assert await room.choices() == Choices(series=frozenset(series), layout=layout, language=language)


async def test_a_word_that_means_nothing_changes_nothing(room: Room) -> None:
    """A misspelt choice is named, with what can be chosen, and nobody is subscribed to something else."""
    await room.publish("Paper", START)
    reply = await room.ask("/subscribe dayly brief")
    assert "“dayly”" in words_of(reply)
    assert await room.subscription() is None
    assert room.changes == 0
    offered = re.findall(r"\(([^)]*)\)", words_of(reply))
    assert "Daily" in offered[0]
    for choice in ", ".join(offered).split(", "):
        assert "I do not know" not in words_of(await room.ask(f"/subscribe {choice}"))


async def test_the_buttons_choose_one_by_one(room: Room) -> None:
    """The choices are buttons: pressing one chooses it, pressing it again lets it go, unless it is the last."""
    await room.publish("Paper", START)
    await room.publish("Rolling", START, series="rolling")
    first = await room.ask("/subscribe")
    assert pressing(first) == {
        "✓ Every series": "/settings all",
        "Daily": "/settings daily",
        "Rolling": "/settings rolling",
        "Breaking": "/settings breaking",
        "✓ Full text": "/settings full",
        "Brief": "/settings brief",
        "Headlines": "/settings headlines",
        "中文": "/settings zh",
        "✓ English": "/settings en",
    }
    only_daily = await room.ask(pressing(first)["Daily"])
    assert pressing(only_daily)["✓ Daily"] == "/settings -daily"
    both = await room.ask(pressing(only_daily)["Breaking"])
    assert (await room.choices()).series == {"daily", BREAKING}
    await room.ask(pressing(both)["✓ Daily"])
    assert (await room.choices()).series == {BREAKING}
    assert words_of(both).startswith("Changed.\nSeries: Daily, Breaking\nLayout: Full text")


async def test_a_button_fits_into_what_telegram_takes(room: Room) -> None:
    """What a button of choices says fits into the 64 bytes that Telegram's `callback_data` has."""
    await room.publish("Paper", START, series="过去4小时全球AI发生了什么")
    reply = await room.ask("/subscribe")
    assert all(len(button.says.encode()) <= 64 for button in reply.buttons)


async def test_stop_ends_and_subscribe_returns_with_the_old_choices(room: Room) -> None:
    """`/stop` ends a subscription, whose choices stay for a return; there is nothing to stop twice."""
    await room.publish("Paper", START)
    await room.ask("/subscribe daily brief")
    assert words_of(await room.ask("/stop")).startswith("You are unsubscribed")
    assert (found := await room.subscription()) is not None
    assert found.state is SubscriptionState.ENDED
    rows = await room.store.read(ledger.deliveries)
    assert [row.state for row in rows] == [DeliveryState.SKIPPED]
    assert words_of(await room.ask("/stop")) == "This chat is not subscribed, so there is nothing to stop."
    assert words_of(await room.ask("/subscribe")).startswith("Welcome back.")
    assert (await room.choices()).layout is Layout.BRIEF


async def test_only_admins_subscribe_where_the_setting_says_so(room: Room) -> None:
    """With `who_may_subscribe = listed`, the admins subscribe a chat, and nobody else does."""
    room.settings = Settings(who_may_subscribe=WhoMaySubscribe.LISTED)
    room.__post_init__()
    assert words_of(await room.ask("/subscribe")).startswith("Subscriptions here are made by the admins")
    assert await room.subscription() is None
    await room.ask("/subscribe", admin=True)
    assert await room.subscription() is not None


async def test_fault_36_a_replayed_update_does_its_effect_once(room: Room) -> None:
    """A replayed update is answered again, and does its effect once."""
    await room.publish("Paper", START)
    await room.ask("/subscribe brief", update="u1")
    await room.ask("/stop", update="u2")
    again = await room.ask("/subscribe brief", update="u1")
    assert words_of(again)
    assert (found := await room.subscription()) is not None
    assert found.state is SubscriptionState.ENDED
    assert words_of(await room.ask("/stop", update="u2")).startswith("You are unsubscribed")


async def test_fault_36_a_replayed_wish_of_a_chat_that_was_forgotten_since_is_answered(room: Room) -> None:
    """What a chat asked before it was forgotten subscribes it no more, and it is told that it is not subscribed."""
    await room.ask("/subscribe brief", update="u1")
    await room.ask("/forget yes", update="u2")
    assert words_of(await room.ask("/subscribe brief", update="u1")) == say("en", "answers.status_none")
    assert words_of(await room.ask("/forget yes", update="u2")).startswith("Everything is erased")
    assert await room.subscription() is None


async def test_fault_36_a_replayed_hold_or_release_undoes_nothing_that_came_since(room: Room) -> None:
    """A hold that comes again holds nothing that was released since, and a release nothing that was held since."""
    held = await room.ask("/hold web", admin=True, update="u1")
    released = await room.ask("/release web", admin=True, update="u2")
    assert words_of(await room.ask("/hold web", admin=True, update="u1")) == words_of(held)
    assert await room.store.read(ledger.holds) == []
    await room.ask("/hold web", admin=True, update="u3")
    assert words_of(await room.ask("/release web", admin=True, update="u2")) == words_of(released)
    assert [hold.scope for hold in await room.store.read(ledger.holds)] == ["web"]
    await room.ask("/release", admin=True, update="u4")
    await room.ask("/hold all", admin=True, update="u5")
    assert words_of(await room.ask("/release", admin=True, update="u4"))
    assert [hold.scope for hold in await room.store.read(ledger.holds)] == ["all"]


async def test_the_language_is_the_chats_once_it_is_chosen(room: Room) -> None:
    """A chat is answered in the language that it chose, whoever asks; before, in the asker's."""
    assert words_of(await room.ask("/stop", language="zh-hans")).startswith("这个对话没有订阅")
    await room.ask("/subscribe en", language="zh")
    assert words_of(await room.ask("/status", language="zh")).startswith("Subscription")
    assert words_of(await room.ask("/subscribe 中文", language="en")).startswith("改好了")
    assert words_of(await room.ask("/xyzzy", language="en", chat="8")).startswith("There is no command")


# --- How things stand --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("asked", ["/settings -daily", "/settings -日报 -rolling", "/subscribe -daily -突发"])
async def test_whoever_takes_the_last_series_away_is_told_that_it_stays(room: Room, asked: str, language: str) -> None:
    """The last series cannot be taken away; it is said that it stays, and how to be brought nothing at all."""
    await room.publish("Paper", START)
    await room.publish("Rolling", START, series="rolling")
    await room.ask(f"/subscribe daily {language}")
    reply = await room.ask(asked)
    assert say(language, "answers.series_stays", stop="/stop") in words_of(reply)
    kept = await room.subscription()
    assert kept is not None
    assert kept.choices.series == {"daily"}
    # The choice itself says the same.
    (daily,) = [button for button in reply.buttons if button.chosen and button.says.endswith("daily")]
    assert say(language, "answers.series_stays", stop="/stop") in words_of(await room.ask(daily.says))


async def test_a_series_that_is_not_the_last_is_taken_away_without_a_word(room: Room) -> None:
    """Whoever takes one of several series away is told nothing of the last one."""
    await room.publish("Paper", START)
    await room.ask("/subscribe daily breaking en")
    assert say("en", "answers.series_stays", stop="/stop") not in words_of(await room.ask("/settings -daily"))


async def test_status_says_what_is_chosen_and_what_came(room: Room) -> None:
    """`/status` says what this chat is subscribed to, what came last, and what is on its way."""
    assert "not subscribed" in words_of(await room.ask("/status"))
    await room.publish("Paper", START)
    await room.ask("/subscribe daily brief")
    said = words_of(await room.ask("/status"))
    assert "Series: Daily\nLayout: Brief\nLanguage: English" in said
    assert "Nothing has been delivered yet.\nOne issue is on its way." in said
    assert "whole site" not in said


@pytest.mark.parametrize("language", LANGUAGES)
async def test_status_asks_admins_to_decide_what_is_unknown(room: Room, language: str) -> None:
    """While nobody knows whether something arrived, not all is well: an admin is asked to decide it on the page."""
    await room.ask(f"/subscribe {language}")
    await room.publish("Paper", START)
    await room.store.write(_doubt)
    said = words_of(await room.ask("/status", admin=True))
    assert say(language, "answers.status_unknown", count=1) in said
    assert say(language, "answers.status_well") not in said


def _doubt(db: Database) -> None:
    """Let nobody know whether the one delivery that is due arrived."""
    _end(db, PartState.UNKNOWN, queue.End(state=DeliveryState.UNKNOWN, reason="doubt"))


def _end(db: Database, state: PartState, end: queue.End) -> None:
    """Let the one delivery that is due end."""
    while ledger.unpromised(db):
        ledger.promise_on(db, page=9, now=START)
    lane = subscriptions.lane_at(db, "telegram", "42")
    (due,) = queue.due_page(db, lane, "telegram", now=to_ms(START), limit=9).rows
    kept = queue.Kept(name="n", platform="telegram", messages="[]")
    assert queue.intend(db, queue.Intent(queued=due, number=1, action=Action.SEND, epoch=0), kept, now=to_ms(START))
    queue.settle_part(db, due, state=state, reason=end.reason or "", end=end, now=to_ms(START))


async def test_a_readers_status_counts_nothing_of_the_whole_site(room: Room) -> None:
    """What only admins are told is not counted for readers: a million subscriptions would make each of them wait."""
    await room.ask("/subscribe daily")
    for admin in (True, False):
        watched = Watched(room.store)
        room.answerer = Answerer(
            store=watched,
            dialects=dialects(),
            settings=room.settings,
            now=lambda: room.now,
            token=str,
        )
        await room.ask("/status", admin=admin)
        asked = {"standing.active", "ledger.open_in_all"} & set(watched.queries)
        assert asked == ({"standing.active", "ledger.open_in_all"} if admin else set())


@pytest.mark.parametrize("language", LANGUAGES)
async def test_status_tells_admins_how_the_site_stands(room: Room, language: str) -> None:
    """For admins `/status` also tells totals, holds and alerts."""
    quiet = words_of(await room.ask("/status", language=language, admin=True))
    assert say(language, "answers.status_well") in quiet
    assert say(language, "answers.status_subscriptions", count=0) in quiet
    number = await room.publish("Paper", START)
    await room.ask(f"/subscribe {language}")
    await room.ask(f"/hold {number}", admin=True)
    details: dict[str, str | int] = {"source": "posts", "path": "a.md", "problem": "empty", "line": 0}
    await room.store.write(alerts.raise_alert, "post:posts:a.md", "bad-post", details, START)
    said = words_of(await room.ask("/status", admin=True))
    assert say(language, "answers.status_well") not in said
    assert say(language, "answers.status_subscriptions", count=1) in said
    assert say(language, "answers.scope_digest", number=number, title="Paper") in said
    assert say(language, "answers.status_alerts", count=1) in said
    assert say(language, "alerts.bad-post", **details) in said


@dataclass(frozen=True)
class Ill:
    """Something that is not well: how it comes to be, and words of what an admin is told (Chinese, English).

    `after`: how long after a start that is told.
    """

    unit: Callable[[Database], object]
    chinese: str
    english: str
    after: timedelta = timedelta(0)


def _rests(db: Database) -> None:
    lane = subscriptions.lane_at(db, "telegram", "42")
    queue.pause(db, lane, until=to_ms(START) + 60_000, reason="throttled")


def _fails(db: Database) -> None:
    _end(db, PartState.FAILED, queue.End(state=DeliveryState.FAILED, reason="refused: X"))


def _hangs(db: Database) -> None:
    posts.add_source(db, "posts")
    posts.note_look(db, "posts", START - timedelta(hours=3))


def _never_looked_at(db: Database) -> None:
    posts.add_source(db, "posts")


ILLS = {
    "unknown": Ill(_doubt, "有 1 次投递不知道是否送达", "Nobody knows whether one delivery arrived"),
    "rest": Ill(
        _rests, "暂停发送，今天 12:01 恢复：平台要求放慢速度", "is paused until today at 12:01: the platform asked"
    ),
    "failed": Ill(_fails, "最近 24 小时有 1 次投递失败", "1 delivery failed within the last 24 hours"),
    "hanging": Ill(
        _hangs,
        "来源「posts」：今天 09:00 之后就没能查看过",
        "Source “posts” has not been looked at since today at 09:00",
        after=timedelta(minutes=11),
    ),
    "unlooked": Ill(
        _never_looked_at,
        "来源「posts」：今天 12:00 之后就没能查看过",
        "Source “posts” has not been looked at since today at 12:00",
        after=timedelta(minutes=11),
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("ill", ILLS)
async def test_all_is_well_only_where_nothing_is_ill(room: Room, tmp_path: Path, ill: str, language: str) -> None:
    """Not all is well while a lane rests, nobody knows what arrived, deliveries failed lately or a folder hangs."""
    sources = (SourceSettings(folder=tmp_path / "posts"),) if ILLS[ill].after else ()
    room.settings = Settings(time_zone=ZONE, sources=sources)
    room.__post_init__()
    await room.ask(f"/subscribe {language}")
    await room.publish("Paper", START)
    assert say(language, "answers.status_well") in words_of(await room.ask("/status", admin=True))
    await room.store.write(ILLS[ill].unit)
    room.now += ILLS[ill].after
    said = words_of(await room.ask("/status", admin=True))
    room.now += timedelta(days=2)
    later = words_of(await room.ask("/status", admin=True))
    assert (say(language, "answers.status_well") in later) == (ill in {"failed", "rest"})
    assert (ILLS[ill].chinese if language == "zh" else ILLS[ill].english) in said
    assert say(language, "answers.status_well") not in said


@pytest.mark.parametrize("unit", [_hangs, _never_looked_at])
async def test_no_folder_hangs_just_after_a_start(
    room: Room, tmp_path: Path, unit: Callable[[Database], object]
) -> None:
    """A source that was last looked at before a stop, or never, hangs only once it had time for a look since."""
    room.settings = Settings(time_zone=ZONE, sources=(SourceSettings(folder=tmp_path / "posts"),))
    room.__post_init__()
    await room.store.write(unit)
    for minutes, hangs in ((0, False), (9, False), (11, True)):
        room.now = START + timedelta(minutes=minutes)
        said = words_of(await room.ask("/status", admin=True))
        assert ("has not been looked at" in said) is hangs
        assert (say("en", "answers.status_well") in said) is not hangs


async def test_a_repository_that_is_fetched_for_the_first_time_hangs_no_folder(room: Room) -> None:
    """A repository may take its time to come for the first time: nothing is looked at before it is there."""
    room.settings = Settings(time_zone=ZONE, sources=(SourceSettings(git="https://example.com/posts.git"),))
    room.__post_init__()
    room.now += timedelta(hours=1)
    assert "has not been looked at" not in words_of(await room.ask("/status", admin=True))


async def test_the_whole_site_is_no_groups_business(room: Room) -> None:
    """An admin who asks in a group is told how the group stands: alerts and who the admins are is for no other eyes."""
    await room.store.write(alerts.raise_alert, "lane:telegram:42", "account-dead", {"lane": "telegram:42"}, START)
    said = words_of(await room.ask("/status", admin=True, **GROUP, scene=Around()))
    assert said.startswith(say("en", "answers.status_title"))
    assert say("en", "answers.status_site") not in said
    assert "token" not in said


# --- Deciding ----------------------------------------------------------------------------------------------------

GROUP: dict[str, Any] = {"kind": ChatKind.GROUP, "chat": "-7"}


@pytest.mark.parametrize(
    "text", ["/subscribe", "/settings", "/settings brief", "/stop", "/forget", "/forget yes", "/start s_ZGFpbHk"]
)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_fault_39_only_a_groups_administrators_decide_for_it(room: Room, text: str, language: str) -> None:
    """In a group only its administrators subscribe, choose, stop and erase; a press is such a question, too."""
    await room.publish("Paper", START)
    await room.ask("/subscribe", **GROUP, scene=Around())
    before = await room.subscription("-7")
    reply = await room.ask(text, **GROUP, scene=Around(leads=False), language=language)
    assert await room.subscription("-7") == before
    if not text.startswith("/start"):
        command = text.split(maxsplit=1)[0].removeprefix("/")
        # The group has chosen its language.
        assert words_of(reply) == say("en", "answers.deciders_only", command=command)
        assert reply.only_asker


@pytest.mark.parametrize("text", ["/today", "/latest", "/status", "/help", "/start", "/channel", "/push x", "今天"])
async def test_who_decides_is_asked_only_where_it_matters(room: Room, text: str) -> None:
    """Telegram is not asked who administers a group for what everybody may ask."""
    around = Around(leads=False)
    assert words_of(await room.ask(text, **GROUP, scene=around))
    assert around.asked == 0


@pytest.mark.parametrize("text", ["/subscribe", "/stop", "/subscribe @ainews"])
@pytest.mark.parametrize("language", LANGUAGES)
async def test_while_the_platform_cannot_be_asked_nothing_changes(room: Room, text: str, language: str) -> None:
    """Where authority cannot be checked now, the asker is told so in a sentence, and nothing is done."""
    where: dict[str, Any] = {} if "@" in text else GROUP
    reply = await room.ask(text, **where, scene=Around(away=True), language=language)
    assert words_of(reply) == say(language, "answers.cannot_ask", platform="Telegram")
    assert await room.subscription("-7") is None


@pytest.mark.parametrize(
    ("text", "addressed", "silent"),
    [
        ("/tody", False, True),
        ("/tody", True, False),
        ("good morning", False, True),
        ("help", False, True),
        ("帮助", True, False),
        ("/help", False, False),
        ("", False, True),
    ],
)
async def test_what_may_be_meant_for_others_is_left_alone(room: Room, text: str, addressed: bool, silent: bool) -> None:
    """In a group nothing is said to words and unknown commands that may be meant for somebody else."""
    reply = await room.ask(text, **GROUP, scene=Around(), addressed=addressed)
    assert (reply.documents == ()) == silent


async def test_help_in_a_group_says_what_is_for_its_administrators(room: Room) -> None:
    """In a group, help lists apart what its administrators may use."""
    everyone, deciders = (await room.ask("/help", **GROUP, scene=Around())).documents
    assert "/today" in plain_document(everyone)
    assert "/subscribe" not in plain_document(everyone)
    assert plain_document(deciders).startswith("For this group’s administrators")
    assert "/subscribe" in plain_document(deciders)
    (all_,) = (await room.ask("/help")).documents
    assert "/subscribe" in plain_document(all_)


async def test_settings_change_in_place_and_subscribe_nobody(room: Room) -> None:
    """`/settings` shows and changes what a subscribed chat gets, in place; whoever has left stays away."""
    await room.publish("Paper", START)
    none = await room.ask("/settings brief")
    assert words_of(none) == "This chat is not subscribed."
    assert pressing(none) == {"Subscribe": "/subscribe"}
    assert await room.subscription() is None
    await room.ask("/subscribe")
    shown = await room.ask("/settings")
    assert words_of(shown).startswith("Series: Every series\nLayout: Full text")
    assert all(button.in_place for button in shown.buttons)
    changed = await room.press(shown, "Brief")
    assert words_of(changed).startswith("Changed.\nSeries: Every series\nLayout: Brief")
    chinese = await room.press(changed, "中文")
    assert words_of(chinese).startswith("改好了。\n系列：全部系列\n版式：简版")
    await room.ask("/stop")
    assert words_of(await room.press(shown, "Headlines")).startswith("这个对话还没有订阅")
    assert (await room.choices()).layout is Layout.BRIEF


@pytest.mark.parametrize("language", LANGUAGES)
async def test_settings_of_an_interrupted_chat_say_why(room: Room, language: str) -> None:
    """A chat whose subscription is interrupted is told so, and how it goes on, not that it never subscribed."""
    await room.ask("/subscribe")
    found = await room.subscription()
    assert found is not None
    await room.store.write(subscriptions.suspend, found.id, reason="forbidden", now=START)
    for text in ("/settings", "/settings brief"):
        shown = await room.ask(text, language=language)
        said = say("en", "answers.status_suspended", reason=say_reason("en", "forbidden"), subscribe="/subscribe")
        assert words_of(shown) == said
        assert list(pressing(shown).values()) == ["/subscribe"]
    assert (await room.choices()).layout is Layout.FULL


async def test_choices_of_listed_chats_are_shown_without_buttons(room: Room) -> None:
    """With `who_may_subscribe = listed`, others than admins see the choices, and cannot change them."""
    await room.ask("/subscribe", admin=True)
    room.settings = Settings(who_may_subscribe=WhoMaySubscribe.LISTED)
    room.__post_init__()
    shown = await room.ask("/settings")
    assert words_of(shown).startswith("Series: Every series")
    assert not shown.buttons
    for text in ("/settings brief", "/start s_YnJlYWtpbmc"):
        assert words_of(await room.ask(text)).startswith("Subscriptions here are made by the admins")
    assert (await room.choices()).layout is Layout.FULL


@pytest.mark.parametrize("language", LANGUAGES)
async def test_to_forget_erases_a_chat_once_confirmed(room: Room, language: str) -> None:
    """`/forget` asks once, then erases what is known of the chat; a repeated update is answered alike."""
    await room.publish("Paper", START)
    await room.ask("/subscribe", language=language)
    asks = await room.ask("/forget")
    assert words_of(asks) == say(language, "answers.forget_confirm", stop="/stop")
    assert await room.subscription() is not None
    (button,) = asks.buttons
    assert button.in_place
    for _ in range(2):
        done = await room.ask(button.says, update="u9", language=language)
        assert words_of(done) == say(language, "answers.forgotten", subscribe="/subscribe")
    assert await room.subscription() is None
    assert await room.store.read(ledger.deliveries) == []
    again = await room.ask(button.says, update="u10", language=language)
    assert words_of(again) == say(language, "answers.forget_none")


# --- Another chat ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", ["@ainews", "＠ainews", "@-1001", "t.me/ainews", "https://t.me/ainews/"])
async def test_a_channel_is_subscribed_from_a_private_chat(room: Room, named: str) -> None:
    """Who administers a channel subscribes it by its name or id; the answer's buttons are about it."""
    await room.publish("Paper", START)
    around = Around(chats={"@ainews": channel(), "@-1001": channel()})
    reply = await room.ask(f"/subscribe {named} daily zh", scene=around)
    assert words_of(reply).startswith("“AI News”\nYou are subscribed, and the latest is on its way.\nSeries: Daily")
    assert pressing(reply)["Brief"] == "/settings @-1001 brief"
    assert "send /stop @-1001 to unsubscribe" in words_of(reply)
    assert (found := await room.subscription("-1001")) is not None
    assert found.choices == Choices(series=frozenset({"daily"}), language="zh")
    assert await room.subscription() is None


@pytest.mark.parametrize("language", LANGUAGES)
async def test_words_name_a_channel_by_its_public_name(room: Room, language: str) -> None:
    """What a person is asked to type has a channel's public name in it; buttons keep the id, for names change."""
    named = replace(channel(), name="@ainews")
    where: dict[str, Any] = {"scene": Around(chats={"@ainews": named, "@-1001": named}), "language": language}
    subscribed = await room.ask("/subscribe @-1001", **where)
    assert words_of(subscribed).endswith(say(language, "answers.choices_more", stop="/stop @ainews"))
    asked = await room.ask("/forget @-1001", **where)
    assert words_of(asked).endswith(say(language, "answers.forget_confirm", stop="/stop @ainews"))
    assert [button.says for button in asked.buttons] == ["/forget @-1001 yes"]
    stopped = await room.ask("/stop @-1001", **where)
    assert words_of(stopped).endswith(say(language, "answers.stopped", subscribe="/subscribe @ainews"))
    assert [button.says for button in stopped.buttons] == ["/subscribe @-1001"]


async def test_what_people_call_a_chat_is_kept_with_its_subscription(room: Room) -> None:
    """A chat's name is kept as it is subscribed and with any later question, and erased by `/forget`."""

    async def named(chat: str) -> str | None:
        found = await room.subscription(chat)
        return None if found is None else found.chat_name

    group: dict[str, Any] = {"chat": "-7", "kind": ChatKind.GROUP, "scene": Around(leads=True)}
    await room.ask("/today", **group, chat_name="Readers")
    assert await named("-7") is None
    await room.ask("/subscribe", **group, chat_name="Readers")
    assert await named("-7") == "Readers"
    await room.ask("/today", **group, chat_name="Good readers")
    assert await named("-7") == "Good readers"
    await room.ask("/status", **group)
    assert await named("-7") == "Good readers"
    news = Around(chats={"@ainews": replace(channel(), chat_name="AI News (@ainews)")})
    await room.ask("/subscribe @ainews", scene=news)
    assert await named("-1001") == "AI News (@ainews)"
    await room.ask("/settings @ainews", scene=Around(chats={"@ainews": replace(channel(), chat_name="AI (@ainews)")}))
    assert await named("-1001") == "AI (@ainews)"
    for asked, where in (("/forget yes", group), ("/forget @ainews yes", {"scene": news})):
        await room.ask(asked, **where, chat_name="")
    assert [await named("-7"), await named("-1001")] == [None, None]


class FullStore:
    """A store that can only be read."""

    def __init__(self, store: SqliteStore) -> None:
        self.read = store.read

    async def write(self, *_: object, **__: object) -> object:
        """As a store whose disk is full."""
        raise StoreFull("full")


async def test_a_name_that_cannot_be_kept_keeps_no_answer_back(room: Room) -> None:
    """While nothing can be written, who asks in a chat that was renamed is answered."""
    await room.publish("Paper", START)
    await room.ask("/subscribe", chat_name="Readers")
    full = Room(store=FullStore(room.store), settings=room.settings)  # type: ignore[arg-type]
    assert "Paper" in words_of(await full.ask("/today", chat_name="Good readers"))


async def test_who_subscribed_a_channel_is_known(room: Room) -> None:
    """Whoever subscribed a chat last is whom the account tells once it may not write there any more."""
    around = Around(chats={"@ainews": channel()})
    for person in ("5", "6"):
        await room.ask("/subscribe @ainews", scene=around, person=person)
        await room.ask("/stop @ainews", scene=around, person=person)
    await room.ask("/subscribe @ainews", scene=around, person="6")
    found = await room.subscription("-1001")
    assert found is not None
    await room.store.write(subscriptions.suspend, found.id, reason="forbidden", now=START)
    lane = await room.store.write(subscriptions.lane_at, "telegram", "42")
    (untold,) = await room.store.write(subscriptions.take_untold, lane)
    assert (untold.person, untold.chat) == ("6", "-1001")


@pytest.mark.parametrize("command", ["/subscribe", "/settings", "/stop", "/status", "/channel", "/forget"])
@pytest.mark.parametrize("grant", [Grant.UNKNOWN, Grant.NOT_YOURS, Grant.CANNOT_POST])
@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_is_in_the_way_of_another_chat_is_said(
    room: Room, command: str, grant: Grant, language: str
) -> None:
    """A chat that is unknown, not the asker's or closed to the account is answered with what to do, and stays so."""
    found = Elsewhere(grant=grant) if grant is Grant.UNKNOWN else channel(grant)
    reply = await room.ask(f"{command} @ainews", scene=Around(chats={"@ainews": found}), language=language)
    assert await room.subscription("-1001") is None
    if grant is Grant.CANNOT_POST and command in {"/stop", "/status", "/forget"}:
        assert "AI News" in words_of(reply)
        return
    # What a chat is called is nothing for those who do not lead it.
    title = "AI News" if grant is Grant.CANNOT_POST else "@ainews"
    assert words_of(reply) == say(language, f"answers.grant_{grant}", title=title)
    assert pressing(reply) == {say(language, "answers.button_again"): "/channel @ainews"}
    adds = {say(language, "answers.button_add_channel"): "https://t.me/sudi_bot?startchannel="}
    assert opening(reply) == ({} if grant is Grant.NOT_YOURS else adds)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_is_in_the_way_of_a_forwarded_channel_is_said_without_its_number(room: Room, language: str) -> None:
    """Of a channel that was named by forwarding its message, nobody is told a number."""
    for grant in (Grant.UNKNOWN, Grant.NOT_YOURS):
        around = Around(chats={"@-1001": channel(grant)})
        reply = await room.ask("/channel @-1001", scene=around, language=language)
        assert words_of(reply) == say(language, f"answers.grant_{grant}_id")


async def test_authority_over_a_channel_is_checked_at_each_press(room: Room) -> None:
    """A button about a channel does nothing for somebody who does not administer it, or does no longer."""
    mine = Around(chats={"@-1001": channel()})
    reply = await room.ask("/subscribe @-1001", scene=mine)
    for around in (Around(chats={"@-1001": channel(Grant.NOT_YOURS)}), Around()):
        refused = await room.press(reply, "Brief", scene=around, person="6", chat="6")
        assert "Changed" not in words_of(refused)
    assert (found := await room.subscription("-1001")) is not None
    assert found.choices.layout is Layout.FULL
    assert words_of(await room.press(reply, "Brief", scene=mine)).startswith("“AI News”\nChanged.")


async def test_a_group_closed_to_the_account_has_its_own_advice(room: Room) -> None:
    """For a group in which the account may not write, the advice is a group's."""
    around = Around(chats={"@our_group": channel(Grant.CANNOT_POST, kind=ChatKind.GROUP)})
    reply = await room.ask("/subscribe @our_group", scene=around)
    assert words_of(reply) == say("en", "answers.grant_cannot_post_group", title="AI News")
    assert not opening(reply)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_channel_is_managed_from_a_private_chat(room: Room, language: str) -> None:
    """`/channel` shows how a channel stands, and its buttons subscribe, change and stop it."""
    around = Around(chats={"@-1001": channel()})
    where: dict[str, Any] = {"scene": around, "language": language}
    none = await room.ask("/channel @-1001", **where)
    assert words_of(none).startswith(say(language, "answers.status_title_about", title="AI News"))
    subscribed = await room.press(none, say(language, "answers.button_subscribe"), **where)
    assert words_of(subscribed).startswith(say(language, "answers.about_chat", title="AI News", text=""))
    shown = await room.ask("/channel @-1001", **where)
    assert pressing(shown) == {
        say(language, "answers.button_settings"): "/settings @-1001",
        say(language, "answers.button_stop"): "/stop @-1001",
    }
    stopped = await room.press(shown, say(language, "answers.button_stop"), **where)
    assert words_of(stopped).endswith(say(language, "answers.stopped", subscribe="/subscribe @-1001"))
    assert [button.says for button in stopped.buttons] == ["/subscribe @-1001"]
    found = await room.subscription("-1001")
    assert found is not None
    assert found.state is SubscriptionState.ENDED


@pytest.mark.parametrize("text", ["/channel", "频道"])
async def test_how_a_channel_is_connected_is_explained(room: Room, text: str) -> None:
    """`/channel` alone says in three lines how a channel is connected, with a button that begins it."""
    reply = await room.ask(text, scene=Around(), language="zh")
    lines = say("zh", "answers.channel_how").splitlines()
    assert len(lines) == 3
    assert all(line in words_of(reply) for line in lines)
    assert opening(reply) == {"添加到频道": "https://t.me/sudi_bot?startchannel="}
    assert not (await room.ask(text, language="zh")).buttons


async def test_other_chats_are_managed_in_private(room: Room) -> None:
    """Nobody manages another chat before a group's eyes: they are asked into the private chat."""
    around = Around(chats={"@ainews": Elsewhere(grant=Grant.NOT_HERE)})
    reply = await room.ask("/status @ainews", **GROUP, scene=around)
    assert words_of(reply) == say("en", "answers.elsewhere_in_private")
    assert opening(reply) == {"Ask in private": "https://t.me/sudi_bot?start="}


async def test_only_admins_subscribe_channels_where_the_setting_says_so(room: Room) -> None:
    """With `who_may_subscribe = listed`, an admin subscribes a channel that they administer, and nobody else does."""
    room.settings = Settings(who_may_subscribe=WhoMaySubscribe.LISTED, admins=("telegram:9",))
    room.__post_init__()
    around = Around(chats={"@ainews": channel()})
    assert words_of(await room.ask("/subscribe @ainews", scene=around)).startswith("Subscriptions here are made by")
    assert await room.subscription("-1001") is None
    foreign = Around(chats={"@ainews": channel(Grant.NOT_YOURS)})
    await room.ask("/subscribe @ainews", scene=foreign, person="9")
    assert await room.subscription("-1001") is None
    await room.ask("/subscribe @ainews", scene=around, person="9")
    assert await room.subscription("-1001") is not None


async def test_only_what_comes_at_once_is_promised(room: Room) -> None:
    """A chat that wants nothing but breaking items is not told that an issue is on its way: older ones are not news."""
    await room.publish("Paper", START)
    assert words_of(await room.ask("/subscribe breaking")).startswith("You are subscribed.\n")


# --- Starting ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("kind", "subscribed", "key"),
    [
        (ChatKind.PRIVATE, False, "greeting"),
        (ChatKind.PRIVATE, True, "greeting_subscribed"),
        (ChatKind.GROUP, False, "greeting_group"),
        (ChatKind.GROUP, True, "greeting_group_subscribed"),
    ],
)
async def test_a_greeting_suits_the_chat(room: Room, language: str, kind: ChatKind, subscribed: bool, key: str) -> None:
    """`/start` greets a person and a group each in their way, and offers what comes next."""
    if subscribed:
        await room.ask("/subscribe", kind=kind, scene=Around(), language=language)
    for text in ("/start", "/start whatever", "/start s_!!", "/start s_5bm9", "/start story_x_1", "/start admin"):
        reply = await room.ask(text, kind=kind, scene=Around(), language=language)
        said = say(language, f"answers.{key}").strip().replace("\n\n", "\n")
        assert words_of(reply) == f"{say(language, 'answers.greeting_title')}\n\n{said}"
        assert [button.says for button in reply.buttons] == [
            "/today",
            "/settings" if subscribed else "/subscribe",
            "/help",
        ]


@pytest.mark.parametrize("reason", ["chat-lost", "forbidden"])
async def test_start_resumes_what_was_interrupted(room: Room, reason: str) -> None:
    """Who comes back with `/start` goes on with their choices, is told so, and is brought the latest."""
    await room.publish("Paper", START)
    await room.ask("/subscribe daily brief")
    found = await room.subscription()
    assert found is not None
    await room.store.write(subscriptions.suspend, found.id, reason=reason, now=START)
    reply = await room.ask("/start", update="u5")
    assert "Welcome back. The subscription goes on" in words_of(reply)
    assert (await room.subscription()) == found
    assert [row.state for row in await room.store.read(ledger.deliveries)] == [DeliveryState.OPEN]
    await room.store.write(subscriptions.suspend, found.id, reason=reason, now=START)
    await room.ask("/start", update="u5")
    assert (again := await room.subscription()) is not None
    assert again.state is SubscriptionState.SUSPENDED


async def test_start_resumes_nobody_who_left(room: Room) -> None:
    """Who stopped stays away: `/start` greets and offers to subscribe."""
    await room.ask("/subscribe")
    await room.ask("/stop")
    reply = await room.ask("/start")
    assert words_of(reply).startswith("Hello, this is Sudi")
    assert (found := await room.subscription()) is not None
    assert found.state is SubscriptionState.ENDED


def payload_of(series: str) -> str:
    """What a link to a series says, as `docs/commands.md` tells publishers to write it."""
    return "s_" + base64.urlsafe_b64encode(series.encode()).decode().rstrip("=")


@pytest.mark.parametrize("series", ["daily", "日报", "AI Weekly news"])
async def test_a_link_subscribes_to_a_series(room: Room, series: str) -> None:
    """`/start s_…` subscribes to the series that it names, and adds it to what was chosen before."""
    await room.publish("Paper", START, series=series)
    payload = payload_of(series)
    assert series_in(payload) == series
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", payload)
    await room.ask(f"/start {payload}")
    assert (await room.choices()).series == {series}
    await room.ask("/subscribe breaking brief")
    await room.ask(f"/start {payload}")
    assert await room.choices() == Choices(series=frozenset({series, BREAKING}), layout=Layout.BRIEF, language="en")


def test_a_series_with_too_long_a_name_has_no_link() -> None:
    """A link's payload has 64 characters at most; a series whose name is over 46 bytes has none."""
    assert len(payload_of("x" * 46)) == LONGEST_PAYLOAD
    assert series_in(payload_of("x" * 46)) == "x" * 46
    assert series_in(payload_of("x" * 47)) is None
    assert payload_of("daily") == "s_ZGFpbHk"


# --- One story ---------------------------------------------------------------------------------------------------


async def test_a_story_is_told_whole(room: Room) -> None:
    """A button below headlines, and the link of it, open one story with its number, title, link and body."""
    await room.publish("Paper", START, stories=3)
    await room.ask("/subscribe headlines")
    document = (await room.ask("/latest")).documents[0]
    place = document.passages[1].hides
    assert place == 1
    for text in (f"/story {document.name} {place}", f"/start story_{document.name}_{place}"):
        reply = await room.ask(text)
        (passage,) = reply.documents[0].passages
        assert (passage.number, plain(passage.title)) == (2, "Paper 2")
        assert passage.url == "https://example.com/Paper/2"
        assert "第二句 of Paper 2." in words_of(reply)


@pytest.mark.parametrize(
    "text", ["/story", "/story x", "/story {name} 3", "/story 000000000000 0", "/start story_{name}_9"]
)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_story_that_is_gone_is_said(room: Room, text: str, language: str) -> None:
    """A story that is not there (any more) is answered with a sentence and a way on."""
    await room.publish("Paper", START, stories=3)
    (document,) = (await room.ask("/latest")).documents
    reply = await room.ask(text.format(name=document.name), language=language)
    assert words_of(reply) == say(language, "answers.story_gone")
    assert [button.says for button in reply.buttons] == ["/latest"]


async def test_a_story_that_was_withdrawn_is_gone(room: Room) -> None:
    """Of a withdrawn digest no story is told, and what was corrected is told as it is now."""
    made = await room.publish("Paper", START, stories=3)
    (document,) = (await room.ask("/latest")).documents
    kept = await room.store.read(digests.digest, made)
    assert kept is not None
    await room.store.write(digests.withdraw, kept.post)
    assert words_of(await room.ask(f"/story {document.name} 0")) == say("en", "answers.story_gone")


# --- Admins ------------------------------------------------------------------------------------------------------


async def test_fault_39_a_link_makes_its_first_opener_an_admin(room: Room) -> None:
    """The first who opens the link becomes an admin, which a replay does not undo; all who are late hear the same."""
    made = await room.ask("/admin", admin=True, scene=Around())
    address = words_of(made).splitlines()[-1]
    assert address.startswith("https://t.me/sudi_bot?start=admin_")
    payload = address.partition("start=")[2]
    assert words_of(await room.ask("/push x", person="6")).startswith("Only admins")
    for _ in range(2):
        assert words_of(await room.ask(f"/start {payload}", person="6", update="u1")).startswith("You are an admin now")
    late = [await room.ask(f"/start {text}", person="8") for text in (payload, "admin_wrong", "admin_")]
    assert {words_of(reply) for reply in late} == {say("en", "answers.admin_link_gone")}
    assert room.answerer.admins(Platform.TELEGRAM) == {"6"}
    assert pressing(await room.ask("/push Something broke", person="6"))
    assert words_of(await room.ask("/push x", person="8")).startswith("Only admins")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_link_is_for_a_quarter_of_an_hour(room: Room, language: str) -> None:
    """A link that nobody opened in 15 minutes makes nobody an admin."""
    payload = words_of(await room.ask("/admin", admin=True)).splitlines()[-1].removeprefix("/start ")
    room.now += timedelta(minutes=15, seconds=1)
    reply = await room.ask(f"/start {payload}", language=language)
    assert words_of(reply) == say(language, "answers.admin_link_gone")
    assert room.answerer.admins(Platform.TELEGRAM) == frozenset()


async def test_nobody_becomes_an_admin_before_a_groups_eyes(room: Room) -> None:
    """A link is neither made nor opened in a group, where others see it."""
    reply = await room.ask("/admin", admin=True, **GROUP, scene=Around())
    assert words_of(reply) == say("en", "answers.admin_in_private")
    payload = words_of(await room.ask("/admin", admin=True)).splitlines()[-1].removeprefix("/start ")
    assert words_of(await room.ask(f"/start {payload}", **GROUP, scene=Around())).startswith("Hello, this is Sudi")
    assert room.answerer.admins(Platform.TELEGRAM) == frozenset()


async def test_the_page_makes_a_link_for_any_platform(room: Room) -> None:
    """The page knows no account's address: it tells what is to be sent to the bot, on whichever platform."""
    inbox = Address(platform=Platform.WEB, account=AccountId("local"), chat="inbox")
    asker = Asker(address=inbox, person="local", language="en", is_admin=True)
    said = words_of(await room.answerer.answer(Query(asker=asker, text="/admin"))).splitlines()
    (line,) = [line.removeprefix("Telegram: ") for line in said if line.startswith("Telegram: ")]
    assert words_of(await room.ask(line, person="6")).startswith("You are an admin now")


async def test_admins_by_link_are_shown_and_can_be_removed(room: Room) -> None:
    """Admins see who became one through a link, and can take it back; those whom the settings name stay."""
    room.settings = Settings(time_zone=ZONE, admins=("telegram:5", "telegram:8"))
    room.__post_init__()
    payload = words_of(await room.ask("/admin")).splitlines()[-1].removeprefix("/start ")
    await room.ask(f"/start {payload}", person="6")
    assert "Admins who came through a link: telegram:6 (today at 12:00)" in words_of(await room.ask("/status"))
    shown = await room.ask("/admin")
    removed = await room.press(shown, "Remove telegram:6")
    assert words_of(removed) == "telegram:6 is no longer an admin."
    assert words_of(await room.ask("/admin remove telegram:6", update="u1")) == words_of(removed)
    assert words_of(await room.ask("/push x", person="6")).startswith("Only admins")
    assert words_of(await room.ask("/admin remove telegram:8")).startswith("telegram:8 is named in the setting admins.")
    assert room.answerer.admins(Platform.TELEGRAM) == {"5", "8"}
    payload = words_of(await room.ask("/admin")).splitlines()[-1].removeprefix("/start ")
    await room.ask(f"/start {payload}", person="6")
    await room.ask("/admin remove telegram:6", update="u1")
    assert room.answerer.admins(Platform.TELEGRAM) == {"5", "6", "8"}, "an update that comes twice"


async def test_nobody_removes_themself(room: Room) -> None:
    """An admin is offered the others only, and is told who can: a slip leaves nobody without an admin."""
    room.settings = Settings(time_zone=ZONE, admins=("telegram:5",))
    room.__post_init__()
    payload = words_of(await room.ask("/admin")).splitlines()[-1].removeprefix("/start ")
    await room.ask(f"/start {payload}", person="6")
    assert (await room.ask("/admin", person="6")).buttons == ()
    assert words_of(await room.ask("/admin remove telegram:6", person="6")).startswith("You cannot remove yourself")
    assert room.answerer.admins(Platform.TELEGRAM) == {"5", "6"}


# --- Pushing -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_push_is_shown_counted_and_sent_once_confirmed(room: Room, language: str) -> None:
    """`/push` shows its messages and the number of chats, and is published only once confirmed."""
    for chat in ("7", "8"):
        await room.ask("/subscribe", chat=chat, language=language)
    text = "OpenAI 发布新模型 https://example.com/new\n细节 *不是* 标记。"
    shown = await room.ask(f"/push {text}", admin=True, language=language)
    assert plain(shown.documents[0].passages[0].title).startswith("OpenAI 发布新模型")
    assert "细节 *不是* 标记。" in words_of(shown)
    assert say(language, "answers.push_reach", count=2) in words_of(shown)
    assert words_of(shown).endswith(say(language, "answers.push_confirm", count=2))
    assert shown.only_asker
    assert await room.store.read(digests.latest_by_series) == []
    sent = await room.ask(shown.buttons[0].says, admin=True, language=language)
    assert words_of(sent) == say(language, "answers.push_sent", count=2)
    (kept,) = await room.store.read(digests.latest_by_series)
    assert (kept.series, kept.title) == (BREAKING, "OpenAI 发布新模型")
    assert "OpenAI 发布新模型" in words_of(await room.ask("/today", language=language))


async def test_a_push_leaves_ahead_of_every_digest(room: Room) -> None:
    """Once confirmed, a push is promised before any digest, with the greatest urgency."""
    await room.ask("/subscribe")
    await room.publish("Paper", START)
    shown = await room.ask("/push Something broke", admin=True)
    await room.ask(shown.buttons[0].says, admin=True)
    page = await room.store.write(ledger.promise_page, page=10, now=START)
    assert page is not None
    (kept,) = [one for one in await room.store.read(digests.latest_by_series) if one.series == BREAKING]
    assert page.digest == kept.id


async def test_fault_39_a_confirmation_counts_once_and_only_its_authors(room: Room) -> None:
    """A confirm button is pressed by somebody else: refused; it is pressed twice: done once."""
    shown = await room.ask("/push Something broke", admin=True, person="5")
    confirm, cancel = (button.says for button in shown.buttons)
    for said in (confirm, cancel):
        stranger = await room.ask(said, admin=True, person="6")
        assert words_of(stranger) == "Only the person who wrote this push can confirm it."
    assert words_of(await room.ask(confirm, admin=True, update="1")).startswith("Published")
    assert words_of(await room.ask(confirm, admin=True, update="2")).startswith("This was sent already")
    assert words_of(await room.ask(confirm, admin=True, update="1")).startswith("This was sent already")
    assert words_of(await room.ask(cancel, admin=True)).startswith("This was sent already")
    assert len(await room.store.read(lambda db: digests.published_between(db, START, START + timedelta(days=1)))) == 1


async def test_fault_39_a_push_that_is_asked_for_again_has_the_same_buttons(room: Room) -> None:
    """An update that comes twice is one push: either answer's buttons decide about it, once."""
    asks = [await room.ask("/push Something broke", admin=True, update="9") for _ in range(2)]
    assert asks[0].buttons == asks[1].buttons
    other = await room.ask("/push Something broke", admin=True, update="10")
    assert other.buttons != asks[0].buttons
    confirm = asks[1].buttons[0].says
    assert words_of(await room.ask(confirm, admin=True)).startswith("Published")
    assert words_of(await room.ask(asks[0].buttons[0].says, admin=True)).startswith("This was sent already")


async def test_an_archive_of_many_series_is_shown_in_part(room: Room) -> None:
    """`/latest` shows the newest few series, and `/subscribe` has buttons for a few, those that are chosen first."""
    for number in range(1, 13):
        await room.publish(f"Paper {number}", START + timedelta(minutes=number), series=f"series{number:02}")
    assert len((await room.ask("/latest")).documents) == AT_ONCE
    chosen = await room.ask("/subscribe series11 series12")
    series = [button.says for button in chosen.buttons if button.says.removeprefix("/settings ")[0] in "+-"]
    assert len(series) == SERIES_BUTTONS
    assert {"/settings -series11", "/settings -series12", "/settings +breaking"} <= set(series)


async def test_a_push_is_counted_once_for_each_chat_that_wants_it(room: Room) -> None:
    """It goes to chats that want every series and to those that want pushes, and to none that left."""
    await room.publish("Paper", START)
    await room.ask("/subscribe", chat="7")
    await room.ask("/subscribe daily breaking", chat="8")
    await room.ask("/subscribe daily", chat="9")
    await room.ask("/subscribe", chat="10")
    await room.ask("/stop", chat="10")
    shown = await room.ask("/push Something broke", admin=True)
    assert say("en", "answers.push_reach", count=2) in words_of(shown)
    sent = await room.ask(shown.buttons[0].says, admin=True)
    assert words_of(sent) == say("en", "answers.push_sent", count=2)


async def test_a_push_survives_a_restart_until_it_is_cancelled_or_too_old(room: Room) -> None:
    """A push waits for its confirmation over a restart; cancelled, or an hour old, it is gone."""
    confirm, _ = (button.says for button in (await room.ask("/push One", admin=True)).buttons)
    _, cancel = (button.says for button in (await room.ask("/push Two", admin=True)).buttons)
    late, _ = (button.says for button in (await room.ask("/push Three", admin=True)).buttons)
    room.names = count(100)
    room.__post_init__()
    assert words_of(await room.ask(confirm, admin=True)).startswith("Published")
    cancelled = await room.ask(cancel, admin=True)
    assert words_of(cancelled) == "Cancelled. Nothing was sent."
    assert not cancelled.only_asker, "it takes the place of the preview and its buttons"
    assert words_of(await room.ask(cancel, admin=True)).startswith("This push was cancelled")
    room.now += timedelta(hours=2)
    assert words_of(await room.ask(late, admin=True)).startswith("This push was cancelled or is too old")
    assert len(await room.store.read(digests.latest_by_series)) == 1


@pytest.mark.parametrize("text", ["/push", "/push    ", "/push ***", "/push \u200b"])
async def test_a_push_of_nothing_is_told_how(room: Room, text: str) -> None:
    """A push without words is answered with how to write one."""
    reply = await room.ask(text, admin=True)
    assert words_of(reply).startswith("Write what happened after /push")
    assert not reply.buttons


async def test_a_push_may_be_a_link_alone(room: Room) -> None:
    """`/push <link>` makes a story of the link."""
    shown = await room.ask("/push https://example.com/a/b?c=1", admin=True)
    assert "https://example.com/a/b?c=1" in words_of(shown)
    assert pressing(shown)


async def test_a_push_while_everything_is_held_says_so(room: Room) -> None:
    """Whoever pushes while sending is held is told that it waits, before and after confirming."""
    await room.ask("/hold", admin=True)
    shown = await room.ask("/push Something broke", admin=True)
    assert "Note that sending is held" in words_of(shown)
    kept = await room.ask(shown.buttons[0].says, admin=True)
    assert words_of(kept) == "Confirmed. Sending is held: it leaves once you release the hold."
    assert [button.says for button in kept.buttons] == ["/release"]


# --- Holding -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "scope", "said"),
    [
        ("/hold", "all", "Held: everything. What is unsent is kept, and leaves once it is released."),
        ("/hold ALL", "all", "Held: everything. What is unsent is kept, and leaves once it is released."),
        (
            "/hold telegram",
            "telegram",
            "Held: everything on Telegram. What is unsent is kept, and leaves once it is released.",
        ),
        ("/hold 1", "digest:1", "Held: digest 1, “Paper”. What is unsent is kept, and leaves once it is released."),
        (
            "/hold digest:1",
            "digest:1",
            "Held: digest 1, “Paper”. What is unsent is kept, and leaves once it is released.",
        ),
    ],
)
async def test_a_hold_keeps_what_was_named(room: Room, text: str, scope: str, said: str) -> None:
    """`/hold [digest|platform|all]` holds it, and its button releases it."""
    await room.publish("Paper", START)
    reply = await room.ask(text, admin=True)
    assert words_of(reply) == said
    assert [held.scope for held in await room.store.read(ledger.holds)] == [scope]
    assert words_of(await room.ask(text, admin=True)).startswith("Already held")
    assert words_of(await room.ask(reply.buttons[0].says, admin=True)).startswith("Released: ")
    assert await room.store.read(ledger.holds) == []


@pytest.mark.parametrize(
    "text", ["/hold 99", "/hold mastodon", "/hold digest:x", "/release 99999999999999999999", "/hold ²"]
)
async def test_what_cannot_be_held_is_said(room: Room, text: str) -> None:
    """A scope that nobody knows is named, with what can be held."""
    assert words_of(await room.ask(text, admin=True)).startswith("I do not know “")
    assert await room.store.read(ledger.holds) == []


async def test_release_lets_everything_go(room: Room) -> None:
    """`/release` alone lets go of everything that is held, and says what that was."""
    assert words_of(await room.ask("/release", admin=True)) == "Nothing is held."
    assert words_of(await room.ask("/release web", admin=True)) == "Not held: everything on Web."
    await room.ask("/hold telegram", admin=True)
    await room.ask("/hold web", admin=True)
    said = words_of(await room.ask("/release", admin=True))
    assert said == "Released: everything on Telegram, everything on Web."
    assert await room.store.read(ledger.holds) == []


# --- Trouble -----------------------------------------------------------------------------------------------------


_COMMANDS = ("", "/push ", "/subscribe ", "/latest ", "/hold ", "/release ", "/status ", "/", "/today@")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.sampled_from(_COMMANDS), rest=st.text(st.characters(), max_size=200), language=st.text(max_size=8))
async def test_fault_36_whatever_is_said_is_answered(room: Room, start: str, rest: str, language: str) -> None:
    """Odd text, lone surrogates and all, is answered in documents that every dialect can spell; never a crash."""
    reply = await room.ask(start + rest, language=language, admin=True)
    assert words_of(reply) not in {say("zh", "answers.trouble"), say("en", "answers.trouble")}
    for dialect in dialects().values():
        for document in reply.documents:
            assert dialect.spell(document, reply.words).messages
    room.said.clear()


@pytest.mark.parametrize("start", ["", "/", "/push ", "/subscribe ", "/latest ", "/hold "])
async def test_fault_36_huge_text_is_answered(room: Room, start: str) -> None:
    """A megabyte of text is answered shortly, and crashes nothing."""
    reply = await room.ask(start + "天" * 350_000, admin=True)
    assert len(words_of(reply)) < 1_000


class BrokenStore:
    """A store that cannot be reached now."""

    async def read(self, *_: object, **__: object) -> object:
        """As a store whose database somebody else keeps."""
        raise StoreBusy("locked")

    write = read

    async def close(self) -> None:
        """Nothing to close."""


@pytest.mark.parametrize("language", LANGUAGES)
async def test_trouble_of_ours_is_a_sentence(language: str) -> None:
    """When the store cannot be used, the asker is told so in a sentence."""
    asker = Asker(
        address=Address(platform=Platform.WEB, account=AccountId("local"), chat="inbox"),
        person="local",
        language=language,
    )
    answerer = Answerer(
        store=BrokenStore(),  # type: ignore[arg-type]
        dialects={Platform.WEB: WebDialect()},
        settings=Settings(),
        now=lambda: START,
        token=lambda: "x",
    )
    reply = await answerer.answer(Query(asker=asker, text="/today"))
    assert words_of(reply) == say(language, "answers.busy")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_mistake_of_ours_is_logged_without_what_was_said(room: Room, language: str) -> None:
    """A mistake is told in a sentence and logged with the command alone: behind it may stand an admin link's token."""

    def fails() -> datetime:
        raise RuntimeError("a mistake")

    payload = words_of(await room.ask("/admin", admin=True)).splitlines()[-1]
    assert payload.startswith("/start admin_")
    room.answerer._admins.note = lambda _: fails()  # type: ignore[assignment, method-assign]
    with capture_logs() as logs:
        reply = await room.ask(payload, language=language)
    assert words_of(reply) == say(language, "answers.trouble")
    (logged,) = [entry for entry in logs if entry["event"] == "answer.failed"]
    assert logged["command"] == "start"
    assert payload.removeprefix("/start ")[:10] not in str(logs)
