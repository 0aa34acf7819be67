"""What goes wrong on Discord, and what must happen: the whole bot, the real library, a simulator with bad days.

The numbers are those of the list of faults; what any platform may do stands in `test_faults.py`, and what a virtual
clock or a killed process shows better has its test there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from adapters.discord.budget import MOST
from adapters.platform import Platform
from tests.acceptance.discord import THREADS, Town, chosen, text_of, town
from tests.acceptance.press import long_post, post
from tests.acceptance.town import ADMIN, OLD, lived
from tests.golden.faces import DIALECTS
from tests.platforms.discord.faults import Fault
from tests.platforms.discord.servers import Pings
from tests.platforms.discord.sessions import Gateway
from tests.witnesses.shown import read

NEWS = "二日新闻"
MORE = "三日新闻"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Town]:
    """A town of its own."""
    with town(tmp_path) as made:
        yield made


# --- Being told to wait ------------------------------------------------------------------------------------------


@lived
async def test_fault_07_a_digest_for_many_channels_is_never_told_to_wait(here: Town) -> None:
    """At its own pace, many channels are brought a digest of one message and one of many without a 429."""
    sudi = await here.running(crowd=16)
    sudi.save("a.md", post(NEWS, "头条"))
    sudi.save("b.md", long_post(MORE, 12))
    assert await here.over(sudi, NEWS) == {"sent": 16}
    assert await here.over(sudi, MORE) == {"sent": 16}
    assert len(here.sends()) > 100
    assert not here.simulator.floods


@lived
async def test_fault_09_odd_waits_are_clamped_and_a_ban_of_the_address_is_told(here: Town) -> None:
    """A 429 without seconds, with negative or absurd ones is a wait; one in HTML bans the address: alert, then on."""
    sudi = await here.running(crowd=4)
    for number, fault in enumerate([*map(Fault.flood, (None, -5, "soon")), Fault.banned()]):
        here.fail(fault, here.crowd(number))
    sudi.save("a.md", post(NEWS, "头条"))
    told = "SELECT 1 FROM alert WHERE code = 'address-banned'"  # what was on its way and arrives may have ended it
    await here.until(lambda: sudi.rows(told), "the alert")
    assert await here.over(sudi, NEWS) == {"sent": 4}
    await here.until(lambda: not sudi.alert("address-banned"), "its end")
    here.fail(Fault.flood(10**12, scope="global"))
    sudi.save("b.md", post(MORE, "头条"))
    await here.until(lambda: sudi.rows("SELECT 1 FROM lane WHERE paused_until IS NOT NULL"), "the rest")
    day = sudi.rows("SELECT 1 FROM lane WHERE paused_until <= (strftime('%s', 'now') + 86401) * 1000")
    assert day == [(1,)]


# --- What nobody can know ----------------------------------------------------------------------------------------


@lived
async def test_fault_12_a_forum_post_whose_answer_is_lost_is_found_again(here: Town) -> None:
    """A post has no nonce: what may be there already is looked for first, and its later parts go into it."""
    forum = here.owner.creates_forum(here.server, "论坛")
    sudi = await here.running()
    await here.asks(here.owner, "subscribe", here.channel("闲聊"), 频道=forum)
    await here.until(lambda: len(here.posts(forum)) == 1, "the latest issue")
    here.fail(Fault.lost_answer(), path=THREADS)
    sudi.save("a.md", long_post(NEWS))
    assert await here.over(sudi, NEWS) == {"sent": 1}
    [_, thread] = here.posts(forum)
    assert len(here.texts(thread, NEWS)) >= 3
    here.fail(Fault.reset(executed=False), path=THREADS)
    sudi.save("b.md", post(MORE, "头条"))
    assert await here.over(sudi, MORE) == {"sent": 1}
    assert len(here.posts(forum)) == 3


# --- What is not there any more ----------------------------------------------------------------------------------


@lived
async def test_fault_29_what_is_gone_is_neither_edited_nor_deleted_again(here: Town) -> None:
    """A message that somebody deleted is not edited any more, and harms neither its channel nor a withdrawal."""
    sudi = await here.running(crowd=2)
    gone, other = here.crowd(0), here.crowd(1)
    sudi.save("a.md", post(NEWS, "头条"))
    assert await here.over(sudi, NEWS) == {"sent": 2}
    here.owner.deletes(here.texts(gone, NEWS)[0])
    sudi.save("a.md", post(NEWS, "头条", "补充"))
    await here.shown(other, "补充")
    await here.over(sudi, NEWS)
    sudi.save("a.md", post(NEWS, "头条", "补充", head="withdrawn: true\n"))
    await here.until(lambda: not here.texts(other, NEWS), "the withdrawal")
    await here.over(sudi, NEWS)
    sudi.save("b.md", post(MORE, "头条"))
    assert await here.over(sudi, MORE) == {"sent": 2}
    assert len(here.texts(gone, MORE)) == 1
    assert len(here.simulator.calls("PATCH", channel=gone)) == 1


@lived
async def test_fault_32_an_address_that_was_refused_too_often_is_left_alone(here: Town) -> None:
    """What was refused before a restart counts: nothing is asked any more, by the next start too, until it is old."""
    sudi = here.sudi()
    await here.let_subscribe(sudi, [here.crowd(0)])
    await here.has_been_refused(sudi, MOST - 1)
    await here.with_old_post(sudi)
    here.fail(Fault.says(50013), here.crowd(0))
    sudi.save("a.md", post(NEWS, "头条"))
    noted = "SELECT 1 FROM fact WHERE name = 'refused:discord' AND value NOT LIKE '0 %'"
    await here.until(lambda: sudi.rows(noted), "the last refusal")
    await sudi.stop()
    asked = len(here.simulator.calls())
    await sudi.start()
    await asyncio.sleep(10)
    await sudi.stop()
    assert len(here.simulator.calls()) == asked
    await here.has_been_refused(sudi, 0)
    await here.connected(sudi)
    await sudi.stop()


@lived
async def test_fault_31_a_server_that_is_left_and_joined_again_keeps_its_settings(here: Town) -> None:
    """Thrown out in the middle: the rest is skipped; back again, all choices are there, and what is newest comes."""
    sudi = await here.running()
    news = here.channel("每日新闻")
    choices = await here.asks(here.owner, "subscribe", news)
    await here.chooses(here.owner, choices, "版式", "简版")
    await here.shown(news, OLD)
    stories = [f"{NEWS}的第{number}条" for number in range(200)]  # in brief: more than a channel takes at once
    sudi.save("a.md", post(NEWS, *stories, body="这一条写得很长。" * 9))
    await here.shown(news, NEWS)
    here.owner.removes_bot(here.server)
    await here.until(lambda: sudi.rows("SELECT 1 FROM subscription WHERE state = 'suspended'"), "the suspension")
    assert await here.over(sudi, NEWS) == {"skipped": 1}
    sudi.save("b.md", post(MORE, "头条"))
    await here.until(lambda: sudi.rows("SELECT 1 FROM digest WHERE title = ?", MORE), "the next issue")
    here.owner.adds_bot(here.server)
    active = "SELECT 1 FROM subscription WHERE state = 'active' AND chat = ?"
    await here.until(lambda: sudi.rows(active, str(news.id)), "its return")
    assert chosen(await here.asks(here.owner, "settings", news))["版式"] == ["简版"]
    sudi.save("c.md", post("四日新闻", "头条"))
    await here.shown(news, "四日新闻")
    await here.shown(news, MORE)
    assert len(here.texts(news, MORE)) == 1
    assert not [call for call in here.sends() if call.status == 403]


@lived
async def test_fault_31_a_permission_that_is_taken_and_given_back(here: Town) -> None:
    """A channel in which the bot may not write is suspended and told of, and goes on when it may, over a restart."""
    sudi = await here.running()
    news, quiet, chat = here.channel("每日新闻"), here.channel("静默"), here.channel("闲聊")
    for channel in (news, quiet):
        await here.asks(here.owner, "subscribe", chat, 频道=channel)
        await here.shown(channel, OLD)
    here.owner.denies(news, "SEND_MESSAGES")
    await here.until(lambda: sudi.rows("SELECT 1 FROM subscription WHERE state = 'suspended'"), "the suspension")
    assert "订阅已中断" in text_of(await here.asks(here.owner, "status", chat, 频道=news))
    sudi.save("a.md", post(NEWS, "头条"))
    await here.shown(quiet, NEWS)
    await sudi.stop()
    assert not here.simulator.gateway.of()
    here.owner.clears(news)
    await here.connected(sudi)
    await here.shown(news, NEWS)
    sudi.save("b.md", post(MORE, "要闻"))
    await here.shown(news, MORE)
    assert not [call for call in here.sends() if not call.is_ok]


@lived
async def test_fault_31_a_permission_that_comes_back_while_the_gateway_is_away(here: Town) -> None:
    """What was refused while nobody heard why leaves as soon as the gateway tells that the bot may write again."""
    sudi = await here.running()
    news, gateway = here.channel("每日新闻"), here.simulator.gateway
    await here.asks(here.owner, "subscribe", news)
    await here.shown(news, OLD)
    gateway.refuse()
    here.owner.denies(news, "SEND_MESSAGES")
    sudi.save("a.md", post(NEWS, "头条"))
    await here.until(lambda: sudi.rows("SELECT 1 FROM subscription WHERE refusals > 0"), "the refusal")
    here.owner.clears(news)
    gateway.listen()
    await here.shown(news, NEWS)
    await sudi.stop()


@lived
async def test_fault_31_an_outage_of_a_server_is_no_loss(here: Town) -> None:
    """A server that is unavailable for a while is not left: its channels stay subscribed and go on."""
    sudi = await here.running(crowd=1)
    here.simulator.core.suffer_outage(here.server)
    chat = here.owner.creates_channel(here.found("别处"), "闲聊")
    await here.asks(here.owner, "help", chat)
    await asyncio.sleep(5)
    assert not sudi.rows("SELECT 1 FROM subscription WHERE state != 'active'")
    here.simulator.core.recover_from_outage(here.server)
    sudi.save("a.md", post(NEWS, "头条"))
    await here.shown(here.crowd(0), NEWS)
    assert not sudi.rows("SELECT 1 FROM subscription WHERE state != 'active'")
    await sudi.stop()


@lived
async def test_fault_31_deleted_channels_and_threads_end_alone(here: Town) -> None:
    """A channel or a thread that is deleted in the middle gets no more, and nothing is posted in its parent instead."""
    sudi = await here.running()
    chat, news = here.channel("闲聊"), here.channel("每日新闻")
    thread = here.owner.opens_thread(chat, "新闻")
    for place in (news, thread):
        await here.asks(here.owner, "subscribe", chat, 频道=place)
        await here.shown(place, OLD)
    sudi.save("a.md", long_post(NEWS))
    await here.shown(news, NEWS)
    await here.shown(thread, NEWS)
    here.owner.deletes(news)
    here.owner.deletes(thread)
    assert await here.over(sudi, NEWS) == {"skipped": 2}
    sudi.save("b.md", post(MORE, "头条"))
    await here.until(lambda: sudi.rows("SELECT 1 FROM digest WHERE title = ?", MORE), "the next issue")
    await sudi.stop()
    assert not here.sent(chat)


# --- Other programs ----------------------------------------------------------------------------------------------


@lived
async def test_fault_34_another_program_with_the_same_token_is_told(here: Town) -> None:
    """When another program answers readers with the same token, the operator is told; what is sent goes on."""
    first = await here.running(crowd=1)
    second = here.sudi("second")
    second.save("old.md", post(OLD, "旧的一条"))
    lin, chat = here.member(101, "小林"), here.channel("闲聊")
    async with second.as_process() as other:
        await other.prints("已连接")
        assert "/today" in text_of(await here.asks(lin, "help", chat))
        await here.until(lambda: first.alert("account-rival") or second.alert("account-rival"), "the alert")
        first.save("a.md", post(NEWS, "头条"))
        assert await here.over(first, NEWS) == {"sent": 1}
        assert await other.ends() == 0
    assert len(here.texts(here.crowd(0), NEWS)) == 1
    await first.stop()


# --- The gateway -------------------------------------------------------------------------------------------------


@lived
async def test_fault_35_what_is_sent_goes_on_while_the_gateway_is_away(here: Town) -> None:
    """A gateway that is lost in the middle of a digest delays nothing; when it is back, it resumes and hears again."""
    sudi = await here.running(crowd=40)
    gateway, chat = here.simulator.gateway, here.crowd(0)
    sudi.save("a.md", long_post(NEWS))
    await here.until(lambda: len(here.brought()) >= 10, "the middle")
    gateway.refuse()
    assert await here.over(sudi, NEWS) == {"sent": 40}
    await here.until(lambda: sudi.alert("account-deaf"), "the alert")
    gateway.listen()
    await here.until(lambda: not sudi.alert("account-deaf"), "its end")
    assert gateway.resumed
    assert NEWS in text_of(await here.asks(here.owner, "latest", chat))


def _forget(gateway: Gateway) -> None:
    gateway.forget()
    gateway.close(4009)


LOSSES: Mapping[str, Callable[[Gateway], None]] = {
    "closed": lambda gateway: gateway.close(4000),
    "cut": lambda gateway: gateway.drop(),
    "asked to come again": lambda gateway: gateway.ask_to_reconnect(),
    "invalid, and may resume": lambda gateway: gateway.invalidate(resumable=True),
    "invalid for good": lambda gateway: gateway.invalidate(),
    "forgotten": _forget,
    "silent": lambda gateway: gateway.mute(),
}
"""Ways in which the gateway is lost while everything else is well."""


@lived
async def test_fault_35_every_loss_of_the_gateway_is_got_over(here: Town) -> None:
    """Closed, cut, silent, a session that nobody knows any more: what is asked afterwards is answered."""
    sudi = await here.running()
    gateway, chat = here.simulator.gateway, here.channel("闲聊")
    for name, lose in LOSSES.items():
        lines = list(gateway.lines)
        lose(gateway)
        with here.waiting_long():
            await here.until(lambda: gateway.of() and lines[0] not in gateway.lines, f"a connection after: {name}")  # noqa: B023
        gateway.listen()
        assert OLD in text_of(await here.asks(here.owner, "latest", chat)), name
    await sudi.stop()


@lived
async def test_fault_35_a_fatal_code_stops_listening_and_not_sending(here: Town) -> None:
    """4014 is told and not tried again; what is sent goes on over REST."""
    sudi = await here.running(crowd=1)
    here.simulator.gateway.refuse(4014)
    await here.until(lambda: sudi.alert("account-deaf"), "the alert")
    sudi.save("a.md", post(NEWS, "头条"))
    assert await here.over(sudi, NEWS) == {"sent": 1}
    with here.waiting_long():
        await asyncio.sleep(20)
    assert not here.simulator.gateway.refused
    await sudi.stop()


@lived
async def test_fault_35_a_token_that_the_gateway_refuses_is_dead(here: Town) -> None:
    """4004 is told as a dead token."""
    sudi = await here.running(crowd=1)
    here.simulator.gateway.refuse(4004)
    await here.until(lambda: sudi.alert("account-dead"), "the alert")
    await sudi.stop()


# --- What is heard -----------------------------------------------------------------------------------------------


@lived
async def test_fault_36_odd_events_are_ignored_and_replays_answered_once(here: Town) -> None:
    """Unknown, broken and huge events stop nobody; an interaction that comes again is done once."""
    sudi = await here.running()
    gateway, news = here.simulator.gateway, here.channel("每日新闻")
    choices = await here.asks(here.owner, "subscribe", news)
    strange: list[Any] = [{}, [], None, {"id": "x", "token": 7}, {"guild_id": "1", "threads": "长" * 1_000_000}]
    for name in ("FROM_THE_FUTURE", "GUILD_CREATE", "CHANNEL_UPDATE", "INTERACTION_CREATE", "THREAD_LIST_SYNC"):
        for data in strange:
            gateway.tell(name, data)
    asked = here.owner.selects(choices, "版式", "只看标题")
    await here.answered(asked)
    here.owner.replays(asked)
    gateway.replay(3)
    assert "只看标题" in text_of(await here.asks(here.owner, "settings", news))
    here.owner.presses_data(choices, "x" * 100)
    here.owner.presses_data(choices, "")
    assert "/today" in text_of(await here.asks(here.owner, "help", news))
    assert sudi.rows("SELECT layout FROM subscription WHERE chat = ?", str(news.id)) == [("headlines",)]
    await here.shown(news, OLD)
    assert len(here.texts(news, OLD)) == 1
    await sudi.stop()


@lived
async def test_fault_39_only_its_author_confirms_a_push_and_only_once(here: Town) -> None:
    """Who is no admin cannot push; a push's button counts for whoever wrote it; two presses send one."""
    sudi = await here.running(crowd=2)
    admin, lin = here.member(ADMIN, "站长"), here.member(101, "小林")
    refused = await here.asks(lin, "push", 内容="假消息")
    assert "只有管理员可以使用" in text_of(refused)
    preview = await here.asks(admin, "push", 内容="机房恢复供电")
    [data] = [key["custom_id"] for key in preview.buttons if key.get("label") == "确认发送"]
    forged = lin.presses_data(refused, data)
    await here.answered(forged)
    assert "只有管理员可以使用" in "".join(map(text_of, forged.answers))
    first, second = admin.presses(preview, "确认发送"), admin.presses_data(preview, data)
    await here.until(lambda: first.is_answered and second.is_answered, "both answers")
    for number in range(2):
        await here.shown(here.crowd(number), "机房恢复供电")
    await asyncio.sleep(5)
    assert [len(here.texts(here.crowd(number), "机房恢复供电")) for number in range(2)] == [1, 1]
    assert len(sudi.rows("SELECT 1 FROM digest WHERE series = 'breaking'")) == 1
    await sudi.stop()


HOSTILE = """1.  [@everyone <@&1> <@900> *粗* _斜_ ||藏|| `码` <b>x</b> &lt;](https://example.com/hostile)

    点[这里](javascript:alert(1))，或者[那里](data:text/html,x)。\u202e倒过来\u200b，@here <#1> <t:1:R> </push:1>。
    邮件：[写信](mailto:a@example.com)。
"""


@lived
async def test_fault_40_hostile_text_is_shown_as_text_and_calls_nobody(here: Town) -> None:
    """Markup, mentions, direction marks and links that run something are words; only http leads anywhere."""
    sudi = await here.running(crowd=1)
    title = f"@everyone <@&{here.server.id}> 新闻"
    sudi.save("a.md", post(title, "头条").partition("1.  [")[0] + HOSTILE)
    message = await here.shown(here.crowd(0), "everyone")
    assert message.pings == Pings()
    assert not message.content
    [embed] = message.embeds
    seen = read(DIALECTS[Platform.DISCORD].draw({"embeds": message.embeds}))
    shown = "".join(one.char for one in seen)
    assert "@everyone<@&1><@900>" in shown
    assert "||藏||" in shown
    assert "@here<#1><t:1:R></push:1>" in shown
    assert "\u202e" not in str(embed)
    assert {one.url for one in seen if one.url} == {"https://example.com/hostile"}
    await sudi.stop()


# --- Much at once ------------------------------------------------------------------------------------------------


@lived
async def test_fault_49_readers_are_answered_in_the_middle_of_a_push(here: Town) -> None:
    """While a push is on its way to all channels, whoever asks is answered before it is over, and it reaches all."""
    sudi = await here.running(crowd=60)
    admin = here.member(ADMIN, "站长")
    readers = [here.member(101 + number, f"读者{number}") for number in range(5)]
    preview = await here.asks(admin, "push", 内容="机房恢复供电")
    await here.presses(admin, preview, "确认发送")
    await here.until(here.sends, "the push on its way")
    for number, reader in enumerate(readers):
        assert OLD in text_of(await here.asks(reader, "latest", here.crowd(number)))
        assert len(here.sends()) < 60
    assert await here.over(sudi, "机房恢复供电") == {"sent": 60}
    assert len(here.brought()) == 60
    assert not here.simulator.floods
    await sudi.stop()
