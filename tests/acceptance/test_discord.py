"""The whole bot on Discord, as readers meet it: saved posts, the real library, a strict simulator, people."""

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
from tests.acceptance.discord import Town, buttons, chosen, text_of, town
from tests.acceptance.press import long_post, post
from tests.acceptance.town import ADMIN, OLD, lived
from tests.golden.faces import DIALECTS, EXAMPLES, SEEDS, Case, digest_of
from tests.platforms.discord.asked import FIRST_ANSWER
from tests.platforms.discord.protocol import shard_of
from tests.platforms.discord.servers import Channel, ChannelKind, Message, Pings
from tests.platforms.discord.slash import NotAllowed
from tests.platforms.discord.transcript import Call
from tests.witnesses.shown import read


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Town]:
    """A town of its own."""
    with town(tmp_path) as made:
        yield made


# --- Subscribing everywhere, and the publisher's five posts ------------------------------------------------------

POSTS = sorted(SEEDS.glob("*.txt")) or sorted((EXAMPLES / "posts").glob("*.md"))
"""The publisher's own five posts; where they are not beside this repository, our examples."""


def _places(here: Town) -> tuple[Channel, Channel, Channel, Channel]:
    """A text channel, a thread of it, a forum in which every post needs a tag, and an announcement channel."""
    text = here.channel("每日新闻")
    thread = here.owner.opens_thread(text, "人工智能")
    topics = dict.fromkeys(topic for path in POSTS for topic in digest_of(path).topics)
    forum = here.owner.creates_forum(here.server, "新闻论坛", [*topics, "旧闻"], needs_tag=True)
    return text, thread, forum, here.owner.creates_announcements(here.server, "公告")


@lived
async def test_posts_arrive_whole_in_every_kind_of_channel(here: Town) -> None:
    """Saved posts reach a text channel, a thread, a forum, an announcement channel and a private chat: whole, once."""
    sudi = await here.running()
    text, thread, forum, news = _places(here)
    for place in (text, thread, forum, news):
        told = await here.asks(here.owner, "subscribe", text, 频道=place)
        assert "订阅好了" in text_of(told)
        assert told.seen_by == here.owner.user.id
    here.owner.archives(thread)
    lin = here.member(101, "小林")
    assert "订阅好了" in text_of(await here.asks(lin, "订阅"))
    here.owner.renames(news, "官方公告")
    for path in POSTS:
        sudi.save(f"{path.stem}.md", path.read_text(encoding="utf-8"))
        await here.shown(text, digest_of(path).title)
    expected = _expected(POSTS)
    for channel in (text, thread, news, lin.dm):
        for message, (digest, spelled) in zip(await _arrived(here, channel), expected, strict=True):
            _is_whole(message, digest, spelled)
    await here.until(lambda: all(message.is_published for message in here.sent(news)), "their publication")
    await _is_a_thread_each(here, forum, expected)
    assert {name for (name,) in sudi.rows("SELECT chat_name FROM subscription")} == {
        *(f"{name} (读书会)" for name in ("#每日新闻", "#新闻论坛", "#官方公告")),
        "#人工智能 (#每日新闻 · 读书会)",
        "",
    }
    await sudi.stop()


async def _is_a_thread_each(here: Town, forum: Channel, expected: list[tuple[Digest, dict[str, Any]]]) -> None:
    """Each digest is a post of the forum, called as it is, with tags of its topics."""
    opened = await here.until(lambda: found if len(found := here.posts(forum)) > len(POSTS) else None, "the threads")
    for thread, (digest, spelled) in zip(opened[1:], expected, strict=True):
        assert thread.name == digest.title
        assert {forum.tags[tag].name for tag in thread.applied_tags} == set(digest.topics[:5])
        [message] = here.sent(thread)
        _is_whole(message, digest, spelled)


async def _arrived(here: Town, channel: Channel) -> list[Message]:
    """What was brought to a channel behind the issue that was there before, once it is as much as was saved."""

    def look() -> list[Message] | None:
        found = [message for message in here.sent(channel) if message.embeds and OLD not in text_of(message)]
        return found if len(found) >= len(POSTS) else None

    return await here.until(look, f"{len(POSTS)} digests in {channel.name}")


def _expected(paths: Sequence[Path]) -> list[tuple[Digest, dict[str, Any]]]:
    """The digests of these posts, each with its message for a channel that is brought them in this order."""
    expected, told = [], frozenset[Any]()
    for path in paths:
        digest = digest_of(path)
        [message] = Case(name=path.stem, digest=digest, seen=told).spelling(Platform.DISCORD).messages
        expected.append((digest, dict(message)))
        told |= {story.key for story in digest.stories if story.key}
    return expected


def _is_whole(message: Message, digest: Digest, spelled: dict[str, Any]) -> None:
    """What stands in the channel is what was spelled; every story's title leads to its address; nobody is called."""
    [embed], [sent] = message.embeds, spelled["embeds"]
    assert {name: embed[name] for name in ("title", "description")} == {n: sent[n] for n in ("title", "description")}
    titles = {("".join(plain(story.title).split()), str(story.url)) for story in digest.stories}
    assert titles <= set(_links(message))
    assert message.pings == Pings()


def _links(message: Message) -> list[tuple[str, str]]:
    """What is linked in a message, as a reader sees it, in order."""
    seen = read(DIALECTS[Platform.DISCORD].draw({"embeds": message.embeds}))
    return [("".join(one.char for one in group), url) for url, group in groupby(seen, key=lambda one: one.url) if url]


# --- What is missing, and who decides ----------------------------------------------------------------------------


@lived
async def test_what_the_bot_lacks_is_told_at_once_and_granted_it_is_subscribed(here: Town) -> None:
    """`/subscribe` names the permissions that are missing in the channel; granted, pressing once more subscribes it."""
    sudi = await here.running()
    news = here.channel("每日新闻")
    here.owner.denies(news, "SEND_MESSAGES", "EMBED_LINKS")
    told = await here.asks(here.owner, "subscribe", here.channel("闲聊"), 频道=news)
    assert "「每日新闻」" in text_of(told)
    assert "「发送消息」" in text_of(told)
    assert not sudi.rows("SELECT 1 FROM subscription WHERE chat = ?", str(news.id))
    here.owner.clears(news)
    assert "订阅好了" in text_of(await here.presses(here.owner, told, "再试一次"))
    await here.shown(news, OLD)
    voice = here.channel("语音", ChannelKind.VOICE)
    with pytest.raises(NotAllowed):
        here.owner.commands("subscribe", news, 频道=voice)
    await sudi.stop()


@lived
async def test_a_forum_that_asks_for_tags_takes_whatever_it_has_one_for(here: Town) -> None:
    """With a tag that anybody may give every digest arrives, a push too; without one it is interrupted, and said so."""
    sudi = await here.running()
    chat = here.channel("闲聊")
    forum = here.owner.creates_forum(here.server, "论坛", ["旧闻", "突发"], needs_tag=True)
    assert "订阅好了" in text_of(await here.asks(here.owner, "subscribe", chat, 频道=forum))
    sudi.save("a.md", post("二日新闻", "头条"))
    admin = here.member(ADMIN, "站长")
    await here.presses(admin, await here.asks(admin, "push", 内容="机房恢复供电"), "确认发送")
    opened = await here.until(lambda: found if len(found := here.posts(forum)) == 3 else None, "three threads")
    tags = {thread.name: [forum.tags[tag].name for tag in thread.applied_tags] for thread in opened}
    assert tags == {OLD: ["旧闻"], "二日新闻": ["旧闻"], "机房恢复供电": ["突发"]}
    here.owner.sets_tags(forum, "旧闻", needs_tag=True, moderated=["旧闻"])
    await here.until(lambda: sudi.rows("SELECT 1 FROM subscription WHERE state = 'suspended'"), "the suspension")
    assert "没有我能用的标签" in text_of(await here.asks(here.owner, "subscribe", chat, 频道=forum))
    sudi.save("b.md", post("三日新闻", "头条"))
    here.owner.sets_tags(forum, "旧闻", "新闻", needs_tag=True, moderated=["旧闻"])
    last = await here.until(lambda: found[3] if len(found := here.posts(forum)) > 3 else None, "one more thread")
    assert (last.name, [forum.tags[tag].name for tag in last.applied_tags]) == ("三日新闻", ["新闻"])
    await sudi.stop()


@lived
async def test_only_who_manages_the_server_decides_for_it(here: Town) -> None:
    """Others are not offered `/subscribe`; whoever loses the right is refused at the next press; all may ask."""
    sudi = await here.running()
    news, ming, deputy = here.channel("每日新闻"), here.member(103, "阿明"), here.member(104, "副手")
    assert "subscribe" not in ming.offered(news)
    assert {"today", "latest", "help"} <= set(ming.offered(news))
    assert "push" not in here.owner.offered(news)
    leads = here.owner.creates_role(here.server, "管理", "MANAGE_GUILD")
    here.owner.gives(here.server, leads, deputy)
    choices = await here.asks(deputy, "subscribe", news)
    here.owner.takes(here.server, leads, deputy)
    assert "服务器" in text_of(await here.chooses(deputy, choices, "版式", "只看标题"))
    assert sudi.rows("SELECT layout FROM subscription WHERE chat = ?", str(news.id)) == [("full",)]
    assert "订阅状态" in text_of(await here.asks(ming, "status", news))
    await sudi.stop()


@lived
async def test_only_admins_subscribe_where_the_settings_say_so(here: Town) -> None:
    """With `who_may_subscribe = listed` an owner is told whom to ask, and an admin subscribes."""
    sudi = await here.running(SUDI_WHO_MAY_SUBSCRIBE="listed")
    news, admin = here.channel("每日新闻"), here.member(ADMIN, "站长")
    assert "由管理员开通" in text_of(await here.asks(here.owner, "subscribe", news))
    assert "订阅好了" in text_of(await here.asks(admin, "subscribe"))
    await here.shown(admin.dm, OLD)
    await sudi.stop()
    assert not here.sent(news)


# --- What was sent changes ---------------------------------------------------------------------------------------


@lived
async def test_a_long_digest_is_corrected_in_place_and_withdrawn(here: Town) -> None:
    """Parts follow in order, in a forum within one thread; a correction edits what changed; withdrawing deletes all.

    The empty thread is archived; what a reader wrote in another one stays, also where the bot might delete the thread.
    """
    sudi = await here.running()
    text = here.channel("每日新闻")
    forum, moderated = (here.owner.creates_forum(here.server, name) for name in ("论坛", "茶馆"))
    here.owner.allows(moderated, "MANAGE_THREADS")
    for place in (text, forum, moderated):
        await here.asks(here.owner, "subscribe", text, 频道=place)
    long = long_post("二日长文")
    sudi.save("a.md", long)
    assert await here.over(sudi, "二日长文") == {"sent": 3}
    thread, talk = (next(post for post in here.posts(each) if post.name == "二日长文") for each in (forum, moderated))
    said = here.owner.says("写得好", talk)
    for channel in (text, thread, talk):
        parts = here.texts(channel, "二日长文")
        assert [number for part in parts for number in _stories(part)] == list(range(1, 10))
        assert len(parts) >= 3
    sudi.save("a.md", long.replace("第9条](", "第9条（更正）]("))
    for channel in (text, thread, talk):
        await here.shown(channel, "第9条（更正）")
        edits = [part.edits for part in here.texts(channel, "二日长文")]
        assert edits == [0] * (len(edits) - 1) + [1]
    sudi.save("a.md", long.replace("---\ntitle", "---\nwithdrawn: true\ntitle"))
    places = (text, thread, talk)
    await here.until(lambda: not any(here.texts(place, "二日长文") for place in places), "the withdrawal")
    await here.until(lambda: thread.is_archived, "the thread's end")
    await sudi.stop()
    assert (talk in here.posts(moderated), list(talk.messages.values()), talk.is_archived) == (True, [said], False)


def _stories(part: Message) -> list[int]:
    """The numbers of the stories that begin in a message."""
    return [number for number in range(1, 10) if f"[**二日长文的第{number}条" in text_of(part)]


@lived
async def test_announcements_are_published_within_their_budget_and_not_forgotten(here: Town) -> None:
    """Ten an hour are published, whatever else is sent; what is left is noted and goes on after a restart."""
    sudi = await here.running()
    news = here.owner.creates_announcements(here.server, "公告")
    await here.asks(here.owner, "subscribe", news)
    sudi.save("a.md", long_post("二日新闻", stories=30))
    await here.until(lambda: len(here.sent(news)) > 10 and sudi.deliveries("二日新闻") == {"sent": 1}, "many parts")
    await here.until(lambda: len(_published(here, news)) == 10, "ten of them")
    assert here.sent(news)[:10] == _published(here, news)
    left = [(str(message.id),) for message in here.sent(news)[10:]]
    await here.until(lambda: sudi.rows("SELECT message FROM crosspost") == left, "the others, noted")
    assert not _refused_to_publish(here)
    await sudi.stop()
    assert sudi.rows("SELECT message FROM crosspost") == left
    here.simulator.let_hours_pass()
    await here.connected(sudi)
    await here.until(lambda: _published(here, news) == here.sent(news), "the others, published")
    await here.until(lambda: not sudi.rows("SELECT message FROM crosspost"), "nothing left")
    assert not _refused_to_publish(here)
    await sudi.stop()


def _refused_to_publish(here: Town) -> list[Call]:
    return [call for call in here.simulator.calls() if call.route.endswith("/crosspost") and call.status == 429]


def _published(here: Town, channel: Channel) -> list[Message]:
    return [message for message in here.sent(channel) if message.is_published]


# --- Asking ------------------------------------------------------------------------------------------------------


@lived
async def test_answers_are_for_whoever_asks_and_public_on_request(here: Town) -> None:
    """`/today` in a server is ephemeral unless it is to be public; typing offers the series that there are."""
    sudi = await here.running(SUDI_LANGUAGE="zh")
    sudi.save("a.md", post("二日新闻", "头条"))
    await here.until(lambda: sudi.rows("SELECT 1 FROM digest WHERE title = '二日新闻'"), "the issue")
    ming, news = here.member(103, "阿明"), here.channel("闲聊")
    for options, seen_by in (({}, ming.user.id), ({"公开": "大家都能看到"}, 0)):
        answer = await here.asks(ming, "today", news, **options)
        assert "头条：详情" in text_of(answer)
        assert answer.seen_by == seen_by
    [series] = {row[0] for row in sudi.rows("SELECT series FROM digest WHERE title = '二日新闻'")}
    typing = await here.answered(ming.types("latest", news, 系列=series[:1]))
    assert [choice["value"] for choice in typing.choices or []] == [series]
    assert "二日新闻" in text_of(await here.asks(ming, "latest", news, 系列=series))
    anna = here.member(105, "Anna", locale="en-US")
    assert "what came out today" in text_of(await here.asks(anna, "help", news))
    await sudi.stop()
    assert not here.sends()


@lived
async def test_pages_of_a_long_answer_are_turned_by_whoever_asked_also_after_a_restart(here: Town) -> None:
    """A long `/today` is one message that its asker turns; others may not; a restart forgets no button."""
    sudi = await here.running()
    sudi.save("a.md", long_post("二日长文"))
    await here.until(lambda: sudi.rows("SELECT 1 FROM digest WHERE title = '二日长文'"), "the issue")
    ming, other, chat = here.member(103, "阿明"), here.member(104, "路人"), here.channel("闲聊")
    answer = await here.asks(ming, "today", chat, 公开="大家都能看到")
    [pages] = [int(label[2:]) for label in buttons(answer) if label.startswith("1/")]
    refusal = await here.presses(other, answer, "▶")
    assert refusal.seen_by == other.user.id
    assert "只有" in text_of(refusal)
    seen = [text_of(answer)]
    for page in range(2, pages + 1):
        if page == pages:
            await sudi.stop()
            await here.connected(sudi)
        assert await here.presses(ming, answer, "▶") is answer
        assert f"{page}/{pages}" in buttons(answer)
        seen.append(text_of(answer))
    assert all(f"第{number}条" in "".join(seen) for number in range(1, 10))
    await sudi.stop()


@lived
async def test_settings_are_changed_by_menus(here: Town) -> None:
    """Each choice of a menu changes what the channel gets, in place; the next issue comes as it was chosen."""
    sudi = await here.running()
    news = here.channel("每日新闻")
    choices = await here.asks(here.owner, "subscribe", news)
    assert chosen(choices)["版式"] == ["全文"]
    assert await here.chooses(here.owner, choices, "版式", "只看标题") is choices
    assert chosen(choices)["版式"] == ["只看标题"]
    sudi.save("a.md", post("二日新闻", "头条", "次条"))
    brought = await here.shown(news, "二日新闻")
    assert "头条" in text_of(brought)
    assert "详情" not in text_of(brought)
    await here.chooses(here.owner, choices, "语言", "English")
    assert "Series" in text_of(choices)
    sudi.save("b.md", post("三日新闻", "头条", "次条"))
    await here.shown(news, "三日新闻")
    assert "unsubscribed" in text_of(await here.asks(here.owner, "stop", news))
    sudi.save("c.md", post("四日新闻", "头条"))
    await here.until(lambda: sudi.rows("SELECT 1 FROM digest WHERE title = '四日新闻'"), "the issue")
    await sudi.stop()
    assert not here.texts(news, "四日新闻")


@lived
async def test_commands_are_registered_once_over_restarts(here: Town) -> None:
    """Names and descriptions are in Chinese and English; a start with the same commands registers nothing."""
    sudi = await here.running()
    commands = {command["name"]: command for command in here.simulator.bot.commands}
    assert commands["subscribe"]["name_localizations"]["zh-CN"] == "订阅"
    assert {"zh-CN", "en-US"} <= set(commands["today"]["description_localizations"])
    assert commands["push"]["contexts"] == [1]
    await sudi.stop()
    await here.connected(sudi)
    await sudi.stop()
    assert len(here.simulator.calls("PUT")) == 1


@lived
async def test_what_takes_long_is_promised_first(here: Town) -> None:
    """An answer that takes longer than Discord waits is deferred within its three seconds, and comes later."""
    sudi = await here.running()
    ming, chat = here.member(103, "阿明"), here.channel("闲聊")
    with sudi.locked():
        use = here.owner.commands("subscribe", chat)
        await here.until(lambda: use.is_deferred, "the promise")
        assert use.waited is not None
        assert use.waited < FIRST_ANSWER
        assert use.is_ephemeral
        await asyncio.sleep(4)
        assert use.answer is None
    [answer] = (await here.answered(use)).answers
    assert "订阅好了" in text_of(answer)
    assert not ming.sees(chat)[:-1]
    await sudi.stop()


# --- Pushing -----------------------------------------------------------------------------------------------------


@lived
async def test_a_push_calls_exactly_the_role_that_was_chosen(here: Town) -> None:
    """With a role chosen, a push calls its members and nobody else, once; an ordinary issue calls nobody."""
    sudi = await here.running()
    readers = here.owner.creates_role(here.server, "突发读者", mentionable=True)
    news = here.channel("每日新闻")
    told = await here.asks(here.owner, "subscribe", news, 身份组=readers)
    assert "突发读者" in text_of(told)
    sudi.save("a.md", post("二日新闻", "头条 @everyone"))
    assert (await here.shown(news, "二日新闻")).pings == Pings()
    admin = here.member(ADMIN, "站长")
    preview = await here.asks(admin, "push", 内容=f"<@&{readers.id}> @here 机房恢复供电")
    await here.presses(admin, preview, "确认发送")
    pushed = await here.shown(news, "机房恢复供电")
    assert pushed.pings == Pings(roles=(readers.id,))
    await here.chooses(here.owner, told, "提及身份组", "每一期都提及")
    sudi.save("b.md", post("三日新闻", "头条"))
    assert (await here.shown(news, "三日新闻")).pings == Pings(roles=(readers.id,))
    await sudi.stop()


@lived
async def test_a_stop_while_nothing_is_on_its_way_waits_for_nobody(here: Town) -> None:
    """A signal ends it without one more request, its session in good order; a gateway that is frozen keeps it not."""
    sudi = await here.running(crowd=1)
    before = len(here.simulator.calls())
    await sudi.stop()
    assert len(here.simulator.calls()) == before
    assert not here.simulator.gateway.sessions
    await here.connected(sudi)
    here.simulator.gateway.freeze()
    await sudi.stop()


@lived
async def test_a_bot_in_very_many_servers_hears_each_by_its_shard(here: Town) -> None:
    """With as many shards as Discord recommends, a question from a server of each is answered."""
    here.simulator.bot.shards = 2
    servers = {shard_of(here.server.id, 2): here.server}
    while len(servers) < 2:
        found = here.found("另一个读书会")
        servers[shard_of(found.id, 2)] = found
    sudi = await here.running()
    await here.until(lambda: {session.shard for session in here.simulator.gateway.of()} == {0, 1}, "both shards")
    for server in servers.values():
        chat = here.owner.creates_channel(server, "闲聊")
        assert OLD in text_of(await here.asks(here.owner, "latest", chat))
    await sudi.stop()
