"""What goes wrong on Discord, and what must happen: the whole bot, the real library, a simulator with bad days.

The numbers are those of the list of faults; what a virtual clock or a killed process shows better has its test there.
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
from tests.platforms.discord.servers import Channel, Message, Pings
from tests.platforms.discord.sessions import Gateway
from tests.platforms.discord.world import token_for
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
async def test_fault_07_a_channel_that_must_wait_delays_no_other(here: Town) -> None:
    """A 429 in one channel lets that channel wait, and uses up no attempt; the others are brought theirs meanwhile."""
    sudi = await here.running(crowd=4)
    here.fail(Fault.flood(1), here.crowd(0))
    here.fail(Fault.flood(1, scope="shared"), here.crowd(1))
    sudi.save("a.md", post(NEWS, "头条"))
    assert await here.over(sudi, NEWS) == {"sent": 4}
    order = here.brought()
    assert {channel.name for channel in order[2:]} == {here.crowd(0).name, here.crowd(1).name}
    assert len(order) == 4
    assert sudi.rows("SELECT DISTINCT attempts FROM delivery") == [(0,)]


@lived
async def test_fault_07_a_bot_that_must_wait_waits_as_a_whole(here: Town) -> None:
    """A global 429, or several channels that must wait at once, let the whole lane rest; then all arrives, once."""
    sudi = await here.running(crowd=5)
    for number, (fault, times) in enumerate([(Fault.flood(2, scope="global"), 1), (Fault.flood(2), 3)]):
        here.fail(fault, times=times)
        sudi.save(f"{number}.md", post(f"{number}日新闻", "头条"))
        await here.until(lambda: sudi.rows("SELECT 1 FROM lane WHERE pause_reason = 'throttled'"), "the rest")
        assert await here.over(sudi, f"{number}日新闻") == {"sent": 5}
    assert [len(here.sent(here.crowd(number))) for number in range(5)] == [2] * 5
    assert not here.simulator.hasty(0.5)


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
async def test_fault_08_a_long_rest_survives_a_restart_and_is_told(here: Town) -> None:
    """Told to wait for two hours, the lane rests for two hours, over a restart; the page says so."""
    sudi = await here.running(crowd=1)
    here.fail(Fault.flood(7_200, scope="global"))
    sudi.save("a.md", post(NEWS, "头条"))
    [(until,)] = await here.until(
        lambda: sudi.rows("SELECT paused_until FROM lane WHERE paused_until IS NOT NULL"), "the rest"
    )
    await sudi.stop()
    before = len(here.sends())
    await here.connected(sudi)
    assert "暂停到" in await sudi.page("/deliveries")
    sudi.save("b.md", post(MORE, "头条"))
    await here.until(lambda: sudi.deliveries(MORE), "the next issue")
    await asyncio.sleep(10)
    assert sudi.rows("SELECT paused_until FROM lane WHERE platform = 'discord'") == [(until,)]
    assert len(here.sends()) == before
    assert sudi.deliveries(NEWS) == {"open": 1}


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


async def _replayed(here: Town, *faults: Fault) -> None:
    """One channel for each fault: the message is sent again with its nonce, and stands there once; others go on."""
    sudi = await here.running(crowd=2 * len(faults))
    for number, fault in enumerate(faults):
        here.fail(fault, here.crowd(2 * number))
    sudi.save("a.md", post(NEWS, "头条"))
    assert await here.over(sudi, NEWS) == {"sent": 2 * len(faults)}
    for number, fault in enumerate(faults):
        channel = here.crowd(2 * number)
        assert len(here.texts(channel, NEWS)) == 1, fault.name
        calls = here.sends(channel)
        assert len({call.body["nonce"] for call in calls}) == 1, fault.name
        assert [call.repeats for call in calls] == [False, fault.executes], fault.name
        assert len(here.texts(here.crowd(2 * number + 1), NEWS)) == 1


@lived
async def test_fault_10_a_server_error_is_sent_again_with_the_same_nonce(here: Town) -> None:
    """5xx may have been carried out: the same nonce again, and one message."""
    await _replayed(here, Fault.server_error(500), Fault.server_error(502, html=True, executed=True))


@lived
async def test_fault_11_answers_that_are_none_are_doubts_and_replayed(here: Town) -> None:
    """No answer, a byte a second, half a JSON, wrong types, far too much: the nonce again, one message each."""
    faults = [Fault.hang(executed=True), Fault.drip(), Fault.half_json(), Fault.wrong_types(), Fault.null()]
    await _replayed(here, *faults, Fault.huge(10))


@lived
async def test_fault_12_a_reset_after_it_was_posted_leaves_no_twin(here: Town) -> None:
    """Carried out, then the connection breaks: the nonce again, and one message in the channel."""
    await _replayed(here, Fault.reset(executed=True), Fault.lost_answer())


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


@lived
async def test_fault_13_what_never_left_is_tried_again(here: Town) -> None:
    """While Discord takes no connections nothing is lost and nobody in doubt; a start then waits, and says so."""
    sudi = here.sudi()
    sudi.save("old.md", post(OLD, "旧的一条"))
    await here.let_subscribe(sudi, [here.crowd(number) for number in range(3)])
    await here.simulator.refuse()
    await sudi.start()
    await here.until(lambda: sudi.alert("account-unreachable"), "the alert")
    await here.until(lambda: sudi.rows("SELECT 1 FROM post WHERE state = 'indexed'"), "the first look")
    sudi.save("a.md", post(NEWS, "头条"))
    await here.until(lambda: sudi.deliveries(NEWS), "the promise")
    await here.simulator.listen()
    assert await here.over(sudi, NEWS) == {"sent": 3}
    await here.until(lambda: not sudi.alert("account-unreachable"), "its end")
    await here.simulator.refuse()
    sudi.save("b.md", post(MORE, "头条"))
    await here.until(lambda: sudi.rows("SELECT 1 FROM delivery WHERE attempts > 0 AND state = 'open'"), "a try")
    await here.simulator.listen()
    assert await here.over(sudi, MORE) == {"sent": 3}
    assert [len(here.texts(here.crowd(number), MORE)) for number in range(3)] == [1] * 3


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
    sudi.save("a.md", long_post(NEWS, 36))
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


@lived
async def test_fault_31_a_storm_of_lost_channels_stops_the_lane(here: Town) -> None:
    """When channel after channel is lost unannounced, something is wrong: the lane rests, and the operator is asked."""
    sudi = await here.running(crowd=16)
    here.fail(Fault.says(10003), times=99)
    sudi.save("a.md", post(NEWS, "头条"))
    await here.until(lambda: sudi.alert("chats-lost"), "the alert")
    assert sudi.rows("SELECT pause_reason FROM lane WHERE platform = 'discord'") == [("chats-lost",)]
    assert sudi.deliveries(NEWS)["open"] > 0


# --- Tokens and other programs -----------------------------------------------------------------------------------

OTHER = token_for(1_170_000_000_000_000_002)


@lived
async def test_fault_33_a_dead_token_pauses_only_its_lane(here: Town, capsys: pytest.CaptureFixture[str]) -> None:
    """A revoked token is told once; its rows wait; the other account goes on; a new token brings what waited."""
    other = here.simulator.add_bot(OTHER, name="Other")
    old = here.simulator.token
    sudi = await here.running(SUDI_DISCORD_TOKEN=f"{old},{OTHER}")
    news, theirs = here.channel("每日新闻"), here.channel("另一处")
    here.owner.adds_bot(here.server, bot=other)
    await here.asks(here.owner, "subscribe", news)
    await here.shown(news, OLD)
    second = here.owner.talks_to(other)
    await here.until(lambda: "subscribe" in second.offered(theirs), "its commands")
    await here.asks(second, "subscribe", theirs)
    await here.until(lambda: _of(theirs, other.id, OLD), "the other's latest issue")
    here.simulator.revoke()
    sudi.save("a.md", post(NEWS, "头条"))
    await here.until(lambda: sudi.alert("account-dead"), "the alert")
    await here.until(lambda: _of(theirs, other.id, NEWS), "the other's issue")
    await here.until(lambda: sudi.deliveries(NEWS) == {"sent": 1, "open": 1}, "its receipt")
    assert len(sudi.rows("SELECT 1 FROM alert WHERE code = 'account-dead'")) == 1
    await sudi.stop()
    new = f"{old[:-4]}anew"
    here.simulator.retoken(new)
    await here.connected(sudi, SUDI_DISCORD_TOKEN=f"{new},{OTHER}")
    await here.shown(news, NEWS)
    await here.until(lambda: not sudi.alert("account-dead"), "its end")
    await sudi.stop()
    told = capsys.readouterr()
    assert not any(token in told.out + told.err for token in (old, new, OTHER))


def _of(channel: Channel, author: int, words: str) -> list[Message]:
    return [message for message in channel.shown() if message.author.id == author and words in text_of(message)]


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
async def test_fault_38_who_asks_too_fast_is_slowed_down_and_nobody_else(here: Town) -> None:
    """Twenty commands of one reader: the reader is told to slow down; another is answered before they are through."""
    sudi = await here.running(crowd=1)
    lin, anna, chat = here.member(101, "小林"), here.member(105, "安娜"), here.channel("闲聊")
    uses = [lin.commands("help", chat) for _ in range(20)]
    asked = anna.commands("help", chat)
    sudi.save("a.md", post(NEWS, "头条"))
    await here.answered(asked)
    assert len([use for use in uses if use.answer]) < 8
    await here.shown(here.crowd(0), NEWS)
    await here.until(lambda: [use for use in uses if use.answer and "太快" in text_of(use.answer)], "the words")
    await here.until(lambda: all(use.is_answered for use in uses), "a sign for each")
    assert not [use for use in uses if use.interaction.refusals]
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


@lived
async def test_fault_42_a_channel_that_always_refuses_ends_and_disturbs_nobody(here: Town) -> None:
    """A channel into which nothing can be sent ends as failed; every other is brought everything."""
    sudi = await here.running(crowd=4)
    here.fail(Fault.says(200000), here.crowd(0), times=99)
    here.fail(Fault.says(50035), here.crowd(1), times=99)
    for title, name in ((NEWS, "a.md"), (MORE, "b.md")):
        sudi.save(name, post(title, "头条"))
        assert await here.over(sudi, title) == {"sent": 2, "failed": 2}
    await sudi.stop()


# --- Much at once ------------------------------------------------------------------------------------------------


@lived
async def test_fault_43_a_push_overtakes_a_running_digest(here: Town) -> None:
    """Its first message leaves within a second's worth of messages after the confirmation; order stays."""
    sudi = await here.running(crowd=150)
    admin, lin = here.member(ADMIN, "站长"), here.member(101, "小林")
    readers = here.owner.creates_role(here.server, "突发读者", mentionable=True)
    await here.asks(here.owner, "subscribe", here.crowd(0), 身份组=readers)
    await here.shown(here.crowd(0), OLD)
    preview = await here.asks(admin, "push", 内容="机房恢复供电")
    sudi.save("a.md", post(NEWS, "头条"))
    await here.until(lambda: sudi.deliveries(NEWS)["sent"] >= 20, "the digest on its way")
    before = len(here.sends())
    await here.presses(admin, preview, "确认发送")
    asked = lin.commands("help", here.crowd(0))
    first = await here.until(lambda: [at for at, call in enumerate(here.sends()) if "机房" in str(call.body)], "it")
    assert first[0] - before <= 45
    assert sudi.deliveries(NEWS)["open"] > 50
    await here.answered(asked)
    await here.over(sudi, "机房恢复供电")
    assert await here.over(sudi, NEWS) == {"sent": 150}
    assert [len(here.sent(here.crowd(number))) for number in range(150)] == [3] + [2] * 149
    assert [one.pings for one in here.texts(here.crowd(0), "机房")] == [Pings(roles=(readers.id,))]
    assert [one.pings for one in here.texts(here.crowd(1), "机房")] == [Pings()]
    assert not here.simulator.floods
    await sudi.stop()


@lived
async def test_fault_44_who_unsubscribes_in_the_middle_is_sent_no_more(here: Town) -> None:
    """`/stop` between two parts holds from the next part on."""
    sudi = await here.running()
    news = here.channel("每日新闻")
    await here.asks(here.owner, "subscribe", news)
    await here.shown(news, OLD)
    sudi.save("a.md", long_post(NEWS, 36))
    await here.shown(news, NEWS)
    assert "已退订" in text_of(await here.asks(here.owner, "stop", news))
    assert await here.over(sudi, NEWS) == {"skipped": 1}
    await sudi.stop()


# --- Ending, holding ---------------------------------------------------------------------------------------------


@lived
async def test_fault_45_a_stop_in_the_middle_leaves_no_doubt_and_a_restart_goes_on(here: Town) -> None:
    """SIGTERM in the middle of a digest waits for the answers in flight; after the restart the rest is sent, once."""
    sudi = await here.running(crowd=60)
    sudi.save("a.md", post(NEWS, "头条"))
    await here.until(lambda: len(here.sends()) >= 15, "the middle")
    asked = here.owner.commands("status", here.crowd(0))
    await here.until(lambda: asked.is_answered, "what is heard")
    await sudi.stop()
    ended = sudi.deliveries(NEWS)
    assert set(ended) == {"sent", "open"}
    assert ended["sent"] == len(here.brought())
    assert asked.answer is not None
    assert not here.simulator.gateway.of()
    await here.connected(sudi)
    assert await here.over(sudi, NEWS) == {"sent": 60}
    assert len(here.brought()) == 60
    await sudi.stop()


@lived
async def test_fault_45_a_second_signal_ends_now(here: Town) -> None:
    """With an answer that does not come, the first SIGTERM waits, the second does not; the nonce settles its doubt."""
    sudi = await here.running(crowd=3)
    here.fail(Fault.hang(executed=True), here.crowd(0))
    sudi.save("a.md", post(NEWS, "头条"))
    await here.until(lambda: sudi.deliveries(NEWS)["sent"] == 2, "the others")
    sudi.asks_to_end()
    await asyncio.sleep(3)
    assert sudi.runs
    sudi.asks_to_end()
    await sudi.ended()
    await here.connected(sudi)
    assert await here.over(sudi, NEWS) == {"sent": 3}
    assert len(here.texts(here.crowd(0), NEWS)) == 1
    assert [call.repeats for call in here.sends(here.crowd(0))] == [False, True]
    await sudi.stop()


@lived
async def test_fault_48_what_is_held_in_its_middle_goes_on_after_the_release(here: Town) -> None:
    """`/hold` stops a digest in its middle, over a restart; after `/release` the rest goes out, once."""
    sudi = await here.running(crowd=100)
    admin = here.member(ADMIN, "站长")
    sudi.save("a.md", post(NEWS, "头条"))
    await here.until(lambda: len(here.sends()) >= 15, "the middle")
    assert "已暂缓" in text_of(await here.asks(admin, "hold"))
    await asyncio.sleep(4)
    await sudi.stop()
    before = len(here.sends())
    assert before < 100
    await here.connected(sudi)
    await asyncio.sleep(3)
    assert len(here.sends()) == before
    await here.asks(admin, "release")
    assert await here.over(sudi, NEWS) == {"sent": 100}
    assert len(here.brought()) == 100
    await sudi.stop()


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
