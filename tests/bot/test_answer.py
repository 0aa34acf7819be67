"""What a chat is answered, on the real store, in both languages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.platform import (
    AccountId,
    Address,
    Asker,
    Audience,
    Platform,
    Query,
    Reply,
)
from adapters.web.api import plain_document
from adapters.web.dialect import WebDialect
from bot.answer.answerer import Answerer
from bot.answer.shelf import AT_ONCE, rules_of
from bot.answer.subscribing import SERIES_BUTTONS
from bot.catalogue import LANGUAGES, say
from bot.checking.faces import dialects
from bot.config import Settings, WhoMaySubscribe
from digest.choices import EVERY_SERIES, Choices, Layout
from digest.model import BREAKING, Post
from digest.read import read
from digest.richtext import plain
from storage import alerts, digests, ledger, subscriptions
from storage.records import DeliveryState, DigestId, SubscriptionState
from storage.sqlite import SqliteStore
from storage.store import StoreBusy
from storage.subscriptions import Place, Subscription

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
    ) -> Reply:
        """Ask in a chat of Telegram."""
        address = Address(platform=Platform.TELEGRAM, account=AccountId("42"), chat=chat)
        asker = Asker(address=address, person=person, language=language, is_admin=admin)
        reply = await self.answerer.answer(Query(asker=asker, text=text, update=update))
        self.said.append(words_of(reply))
        return reply

    async def publish(self, title: str, published: datetime, series: str = "daily", stories: int = 2) -> DigestId:
        """Keep and promise a digest."""
        data = post(title, published, series, stories).encode()
        digest = read(Post(path=f"{title}.md", data=data), rules_of(self.settings)("posts"))
        assert not digest.problems
        kept = {"path": f"{title}.md", "data": data, "digest": digest, "now": self.now, "source": "posts"}
        return await self.store.write(lambda db: digests.publish(db, **kept))  # type: ignore[arg-type]

    async def subscription(self, chat: str = "7") -> Subscription | None:
        """The chat's subscription."""
        place = Place(platform="telegram", account="42", chat=chat)
        return await self.store.read(subscriptions.subscription_at, place)

    async def choices(self) -> Choices:
        """What the chat chose."""
        found = await self.subscription()
        assert found is not None
        return found.choices


def words_of(reply: Reply) -> str:
    """Everything that a reply says."""
    return "\n\n".join(plain_document(document) for document in reply.documents)


def pressing(reply: Reply) -> dict[str, str]:
    """The buttons: what each is called, and what it says."""
    return {button.label: button.says for button in reply.buttons}


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
        "There is no series “weekly”. There are: daily, rolling, breaking."
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
    assert "daily" in words_of(reply)
    assert await room.subscription() is None
    assert room.changes == 0


async def test_the_buttons_choose_one_by_one(room: Room) -> None:
    """The choices are buttons: pressing one chooses it, pressing it again lets it go."""
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
    assert pressing(only_daily)["✓ Daily"] == "/settings daily"
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


async def test_the_language_is_the_chats_once_it_is_chosen(room: Room) -> None:
    """A chat is answered in the language that it chose, whoever asks; before, in the asker's."""
    assert words_of(await room.ask("/stop", language="zh-hans")).startswith("这个对话没有订阅")
    await room.ask("/subscribe en", language="zh")
    assert words_of(await room.ask("/status", language="zh")).startswith("Subscription")
    assert words_of(await room.ask("/subscribe 中文", language="en")).startswith("改好了")
    assert words_of(await room.ask("/xyzzy", language="en", chat="8")).startswith("There is no command")


# --- How things stand --------------------------------------------------------------------------------------------


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
    assert words_of(shown).endswith(say("en", "answers.push_confirm", count=2))
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
    assert words_of(await room.ask(cancel, admin=True)) == "Cancelled. Nothing was sent."
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
        ("/hold", "all", "Held: everything. What is unsent is kept, and goes on after the release."),
        ("/hold ALL", "all", "Held: everything. What is unsent is kept, and goes on after the release."),
        (
            "/hold telegram",
            "telegram",
            "Held: everything on Telegram. What is unsent is kept, and goes on after the release.",
        ),
        ("/hold 1", "digest:1", "Held: digest 1, “Paper”. What is unsent is kept, and goes on after the release."),
        (
            "/hold digest:1",
            "digest:1",
            "Held: digest 1, “Paper”. What is unsent is kept, and goes on after the release.",
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


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
