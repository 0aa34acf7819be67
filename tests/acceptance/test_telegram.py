"""The whole bot on Telegram, as readers meet it: saved posts, the real library, a strict simulator, people."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from adapters.platform import Platform
from digest.model import Digest
from digest.richtext import plain
from tests.acceptance.press import long_post, post
from tests.acceptance.telegram import BOT, Town, town
from tests.acceptance.town import ADMIN, OLD, lived
from tests.golden.faces import DIALECTS, EXAMPLES, SEEDS, Case, digest_of
from tests.platforms.telegram.chats import Chat, Entry
from tests.platforms.telegram.person import Person
from tests.witnesses.shown import read


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Town]:
    """A town of its own."""
    with town(tmp_path) as made:
        yield made


# --- Subscribing everywhere, and the publisher's five posts ------------------------------------------------------


async def _group(here: Town, owner: Person, title: str = "读书会") -> Chat:
    """A group in which nobody but an administrator could subscribe, and did."""
    guest = here.simulator.person(103, "阿明")
    group = owner.creates_group(title, guest)
    owner.adds_bot(group)
    welcome = await here.shown(group, "大家好，这里是速递")
    assert "只有群管理员" in (await here.presses(guest, welcome, "订阅")).text
    await here.presses(owner, welcome, "订阅")
    await here.shown(group, "订阅好了")
    await here.shown(group, OLD)
    return group


async def _forum(here: Town, owner: Person) -> tuple[Chat, int]:
    """A forum: one topic, and General, each on its own."""
    forum = owner.creates_forum("论坛")
    topic = owner.opens_topic(forum, "新闻")
    owner.adds_bot(forum)
    await here.shown(forum, "大家好，这里是速递")
    for number, thread in enumerate((topic.id, 1), 1):
        owner.says(f"/subscribe@{BOT}", forum, thread=thread)
        assert (await here.shown(forum, "订阅好了", times=number)).thread == thread
        assert (await here.shown(forum, OLD, times=number)).thread == thread
    return forum, topic.id


async def _channel(here: Town, owner: Person, title: str = "每日新闻", username: str = "daily_news") -> Chat:
    """A channel, subscribed in the private chat of whoever added the bot to it."""
    channel = owner.creates_channel(title, username=username)
    owner.starts()
    await here.shown(owner, "你好，这里是速递")
    owner.adds_bot(channel, "can_post_messages", "can_edit_messages", "can_delete_messages")
    told = await here.shown(owner, f"我已经可以在「{title}」里发消息了")
    await here.presses(owner, told, "订阅")
    assert f"「{title}」" in (await here.shown(owner, "订阅好了")).text
    await here.shown(channel, OLD)
    return channel


POSTS = sorted(SEEDS.glob("*.txt")) or sorted((EXAMPLES / "posts").glob("*.md"))
"""The publisher's own five posts; where they are not beside this repository, our examples."""


@lived
async def test_posts_arrive_whole_in_every_kind_of_chat(here: Town) -> None:
    """Saved posts reach a private chat, a group, two topics of a forum and a channel: whole, in order, once."""
    sudi = await here.running()
    owner = here.simulator.person(102, "群主")
    lin, channel, group, (forum, topic) = await asyncio.gather(
        here.subscriber(), _channel(here, owner), _group(here, owner), _forum(here, owner)
    )
    owner.renames(group, "新读书会")
    await here.until(lambda: sudi.rows("SELECT id FROM subscription WHERE chat_name = ?", "新读书会"), "the new title")
    owner.renames(channel, "今日新闻")
    for path in POSTS:
        sudi.save(f"{path.stem}.md", path.read_text(encoding="utf-8"))
        await here.shown(lin, digest_of(path).title)
    expected = _expected(POSTS)
    for place, thread in ((lin, 0), (group, 0), (channel, 0), (forum, topic), (forum, 1)):
        arrived = await _arrived(here, place, thread, len(expected))
        assert len(arrived) == len(expected)
        for entry, (digest, message) in zip(arrived, expected, strict=True):
            _is_whole(entry, digest, message)
    named = {"", "今日新闻 (@daily_news)", "新读书会", forum.title}
    assert {name for (name,) in sudi.rows("SELECT chat_name FROM subscription")} == named
    await sudi.stop()


async def _arrived(here: Town, chat: Chat | Person, thread: int, number: int) -> list[Entry]:
    """The digests that were brought to a chat, or to a topic of it, as soon as there are so many."""

    def look() -> list[Entry] | None:
        sent = here.simulator.sent(chat)
        found = [one for one in sent if (not thread or one.thread == thread) and one.text.startswith("202")]
        return found if len(found) >= number else None

    return await here.until(look, f"{number} digests")


def _expected(paths: Sequence[Path]) -> list[tuple[Digest, dict[str, Any]]]:
    """The digests of these posts, each with its message for a chat that is brought them in this order."""
    expected, told = [], frozenset[Any]()
    for path in paths:
        digest = digest_of(path)
        [message] = Case(name=path.stem, digest=digest, seen=told).spelling(Platform.TELEGRAM).messages
        expected.append((digest, dict(message)))
        told |= {story.key for story in digest.stories if story.key}
    return expected


def _is_whole(entry: Entry, digest: Digest, message: dict[str, Any]) -> None:
    """What stands in the chat is what was spelled, with every form; and every story's title leads to its address."""
    assert entry.text == message["text"]
    assert {_form(entity) for entity in message["entities"]} <= {_form(entity) for entity in entry.entities}
    assert (entry.preview or {}).get("url") == message["link_preview_options"].get("url")
    titles = {("".join(plain(story.title).split()), str(story.url)) for story in digest.stories}
    assert set(_links(entry)) == titles


def _form(entity: dict[str, Any]) -> tuple[str, int, int, str]:
    return entity["type"], entity["offset"], entity["length"], entity.get("url", "")


def _links(entry: Entry) -> list[tuple[str, str]]:
    """What is linked in a message, as a reader sees it, in order."""
    shown = {"text": entry.text, "entities": entry.entities, "link_preview_options": entry.preview or {}}
    seen = read(DIALECTS[Platform.TELEGRAM].draw(shown))
    return [("".join(one.char for one in group), url) for url, group in groupby(seen, key=lambda one: one.url) if url]


# --- Channels ----------------------------------------------------------------------------------------------------


@lived
async def test_a_channel_is_managed_by_whoever_administers_it_and_by_nobody_else(here: Town) -> None:
    """By its name, or by forwarding a message of it; each press is checked on the spot; others are refused."""
    sudi = await here.running()
    owner, stranger = here.simulator.person(102, "群主"), here.simulator.person(104, "路人")
    channel = owner.creates_channel("晚报", username="evening_news")
    note = owner.says("这里是晚报", channel)
    stranger.says("/subscribe @evening_news")
    await here.shown(stranger, "找不到 @evening_news")
    owner.starts()
    owner.adds_bot(channel)
    stranger.says("/subscribe @evening_news")
    await here.shown(stranger, "的管理员，不能替它设置")
    stranger.forwards(note)
    await here.shown(stranger, "的管理员，不能替它设置", times=2)
    owner.forwards(note)
    status = await here.shown(owner, "「晚报」的订阅状态")
    await here.presses(owner, status, "订阅")
    choices = await here.shown(owner, "订阅好了")
    await here.shown(channel, OLD)
    owner.promotes(channel, stranger)
    stranger.says("/settings @evening_news")
    theirs = await here.shown(stranger, "系列：全部系列")
    owner.demotes(channel, stranger)
    await here.presses(stranger, theirs, "简版")
    await here.until(lambda: "的管理员，不能替它设置" in theirs.text, "the refusal")
    await here.presses(owner, choices, "只看标题")
    await here.until(lambda: "✓ 只看标题" in choices.buttons, "the choice")
    sudi.save("a.md", post("二日晚报", "头条", "次条"))
    brought = await here.shown(channel, "二日晚报")
    assert "头条：详情" not in brought.text
    owner.says("/stop @evening_news")
    await here.shown(owner, "已退订")
    sudi.save("b.md", post("三日晚报", "三条"))
    await here.until(lambda: sudi.rows("SELECT 1 FROM digest WHERE title = '三日晚报'"), "the issue")
    await sudi.stop()
    assert len(here.simulator.sent(channel)) == 2


# --- Groups ------------------------------------------------------------------------------------------------------


@lived
async def test_an_anonymous_administrator_decides_and_a_deleted_topic_is_not_the_end(here: Town) -> None:
    """Who speaks in the group's own name may subscribe a topic; when that is deleted, issues come to the group."""
    sudi = await here.running()
    owner = here.simulator.person(102, "群主")
    forum = owner.creates_forum("论坛")
    topic = owner.opens_topic(forum, "新闻")
    owner.adds_bot(forum)
    owner.hides(forum)
    owner.says(f"/subscribe@{BOT}", forum, thread=topic)
    await here.shown(forum, "订阅好了")
    await here.shown(forum, OLD)
    owner.deletes_topic(forum, topic)
    sudi.save("a.md", post("二日新闻", "头条"))
    brought = await here.shown(forum, "二日新闻")
    assert brought.thread == 1
    await sudi.stop()


@lived
async def test_only_admins_subscribe_where_the_settings_say_so(here: Town) -> None:
    """With `who_may_subscribe = listed` a reader is told whom to ask, and an admin subscribes."""
    sudi = await here.running(SUDI_WHO_MAY_SUBSCRIBE="listed")
    lin, admin = here.simulator.person(101, "小林"), here.simulator.person(ADMIN, "站长")
    lin.starts()
    popup = await here.presses(lin, await here.shown(lin, "你好"), "订阅")
    assert "由管理员开通" in popup.text
    admin.says("/subscribe")
    await here.shown(admin, "订阅好了")
    await here.shown(admin, OLD)
    sudi.save("a.md", post("二日新闻", "头条"))
    await here.shown(admin, "二日新闻")
    await sudi.stop()
    assert not [entry for entry in here.simulator.sent(lin) if "二日" in entry.text]


# --- What was sent changes ---------------------------------------------------------------------------------------


@lived
async def test_a_long_digest_is_a_thread_that_is_corrected_and_withdrawn(here: Town) -> None:
    """Part k replies to part 1; a correction edits the message that changed; withdrawing deletes all of them."""
    sudi = await here.running()
    lin = await here.subscriber()
    channel = await _channel(here, here.simulator.person(102, "群主"))
    long = long_post("二日长文")
    sudi.save("a.md", long)
    for chat in (lin.chat, channel):
        await here.shown(chat, "二日长文的第9条")
        first, *others = _parts(here, chat)
        assert len(others) >= 2
        assert first.reply_to == 0
        assert {part.reply_to for part in others} == {first.id}
        assert [number for part in (first, *others) for number in _stories(part)] == list(range(1, 10))
    sudi.save("a.md", long.replace("第9条](", "第9条（更正）]("))
    for chat in (lin.chat, channel):
        await here.shown(chat, "第9条（更正）")
        assert [part.edits for part in _parts(here, chat)] == [0] * len(others) + [1]
    sudi.save("a.md", long.replace("---\ntitle", "---\nwithdrawn: true\ntitle"))
    for chat in (lin.chat, channel):
        await here.until(lambda: not _parts(here, chat), "the withdrawal")  # noqa: B023 - it is awaited here
    await sudi.stop()


def _parts(here: Town, chat: Chat) -> list[Entry]:
    return [entry for entry in here.simulator.sent(chat) if "二日长文" in entry.text]


def _stories(part: Entry) -> list[int]:
    """The numbers of the stories that begin in a message."""
    return [number for number in range(1, 10) if f"{number}. 二日长文的第{number}条" in part.text]


# --- Asking ------------------------------------------------------------------------------------------------------


@lived
async def test_pages_of_a_long_answer_are_turned_by_whoever_asked_also_after_a_restart(here: Town) -> None:
    """A long `/today` is one message that its asker turns; others in the group may not; a restart forgets no button."""
    sudi = await here.running()
    sudi.save("a.md", long_post("二日长文"))
    ming, other = here.simulator.person(103, "阿明"), here.simulator.person(104, "路人")
    group = here.simulator.person(102, "群主").creates_supergroup("读书会", ming, other)
    here.simulator.person(102).adds_bot(group)
    await here.until(lambda: sudi.rows("SELECT 1 FROM digest WHERE title = '二日长文'"), "the issue")
    asked = ming.says(f"/today@{BOT}", group)
    answer = await here.shown(group, OLD)
    assert answer.reply_to == asked.id
    [pages] = [int(label[2:]) for label in answer.buttons if label.startswith("1/")]
    assert "只有" in (await here.presses(other, answer, "▶")).text
    seen = [answer.text]
    for page in range(2, pages + 1):
        if page == pages:
            await sudi.stop()
            await here.connected(sudi)
        await here.presses(ming, answer, "▶")
        await here.until(lambda: f"{page}/{pages}" in answer.buttons, f"page {page}")  # noqa: B023 - it is awaited here
        seen.append(answer.text)
    assert all(f"第{number}条" in "".join(seen) for number in range(1, 10))
    await sudi.stop()


@lived
async def test_settings_are_changed_by_buttons_and_stories_unfold(here: Town) -> None:
    """A press changes the choices in place; headlines have a button for each story, which shows it whole in private."""
    sudi = await here.running()
    lin, owner = await here.subscriber(), here.simulator.person(102, "群主")
    group = await _group(here, owner)
    for person, chat in ((lin, lin.chat), (owner, group)):
        choices = await here.shown(chat, "订阅好了")
        await here.presses(person, choices, "只看标题")
        await here.until(lambda: "✓ 只看标题" in choices.buttons, "the choice")  # noqa: B023 - it is awaited here
    sudi.save("a.md", post("二日新闻", "头条", "次条"))
    private, public = await here.shown(lin, "二日新闻"), await here.shown(group, "二日新闻")
    assert "详情" not in private.text
    assert public.buttons == ["1", "2"]
    await here.presses(lin, private, "2")
    assert "次条：详情" in (await here.shown(lin, "次条：详情")).text
    ming = here.simulator.person(103, "阿明")
    opened = await here.presses(ming, public, "1")
    place, _, payload = opened.url.partition("?start=")
    assert place == f"https://t.me/{BOT}"
    ming.starts(payload)
    await here.shown(ming, "头条：详情")
    assert "头条：详情" not in "".join(entry.text for entry in here.simulator.sent(group))
    lin.says("/settings")
    await here.presses(lin, await here.shown(lin, "✓" and "系列："), "English")
    await here.shown(lin, "Series:")
    await sudi.stop()


@lived
async def test_commands_are_registered_for_each_language_and_kind_of_reader(here: Town) -> None:
    """Everybody, group administrators and admins have lists of their own, in Chinese and English; a link subscribes."""
    admin = here.simulator.person(ADMIN, "站长")
    admin.starts()
    sudi = await here.running()
    await here.shown(admin, "你好")
    kept = here.simulator.bot.commands
    await here.until(lambda: any("chat" in str(scope) and str(ADMIN) in str(scope) for scope, _ in kept), "the admin's")
    named = {key: {command["command"] for command in commands} for key, commands in kept.items()}
    assert {language for _, language in named} >= {"", "en"}
    assert any("push" in names for names in named.values())
    assert any("today" in names and "push" not in names for names in named.values())
    anna = here.simulator.person(105, "Anna", language_code="en")
    anna.starts()
    await here.shown(anna, "Hello")
    await sudi.stop()


# --- Paying ------------------------------------------------------------------------------------------------------


def test_what_goes_beyond_the_free_pace_is_paid_for_up_to_the_allowance(tmp_path: Path) -> None:
    """With an allowance for 60 a day, a digest for 90 chats costs 60 messages at most, and arrives everywhere, once."""
    with town(tmp_path, SUDI_TELEGRAM_PAID_PER_DAY="60") as here:
        here.live(_paid(here))


async def _paid(here: Town) -> None:
    sudi = await here.running(crowd=90)
    with here.loop.hurrying(1.0):
        sudi.save("a.md", post("二日新闻", "头条"))
        assert await here.over(sudi, "二日新闻") == {"sent": 90}
    assert any(call.parameters.get("allow_paid_broadcast") for call in here.simulator.calls("sendMessage"))
    assert here.simulator.bot.pacer.paid <= 60
    assert [len(here.simulator.sent(here.crowd(number))) for number in range(90)] == [1] * 90
    await sudi.stop()
