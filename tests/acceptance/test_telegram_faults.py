"""What goes wrong on Telegram, and what must happen: the whole bot, the real library, a simulator with bad days.

The numbers are those of the list of faults; what any platform may do stands in `test_faults.py`, and what a virtual
clock or a killed process shows better has its test there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.press import long_post, post
from tests.acceptance.telegram import BOT, Town, posted, town
from tests.acceptance.town import ADMIN, OLD, free_port, lived
from tests.platforms.telegram.faults import Fault

NEWS = "二日新闻"
MORE = "三日新闻"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Town]:
    """A town of its own."""
    with town(tmp_path) as made:
        yield made


# --- Being told to wait ------------------------------------------------------------------------------------------


@lived
async def test_fault_09_odd_waits_are_clamped(here: Town) -> None:
    """A 429 without seconds, with negative ones or in HTML is a short wait; one for ever is a day at most."""
    sudi = await here.running(crowd=1)
    lin = here.simulator.person(101, "小林")
    for number, fault in enumerate([Fault.flood(), Fault.flood(-5), Fault.flood("soon"), Fault.flood(html=True)], 1):
        here.simulator.fail(fault, method="sendMessage", chat=101)
        lin.says("/help")
        await here.shown(lin, "/today", times=number)
    here.simulator.fail(Fault.flood(10**12), method="sendMessage")
    sudi.save("a.md", post(NEWS, "头条"))
    await here.until(lambda: sudi.rows("SELECT 1 FROM lane WHERE paused_until IS NOT NULL"), "the rest")
    day = sudi.rows("SELECT 1 FROM lane WHERE paused_until <= (strftime('%s', 'now') + 86401) * 1000")
    assert day == [(1,)]


# --- What is not there any more ----------------------------------------------------------------------------------


@lived
async def test_fault_29_what_cannot_be_edited_or_deleted_is_recorded_and_left(here: Town) -> None:
    """A deleted message is not edited again, «not modified» is success, one that is too old to delete stays."""
    sudi = await here.running(crowd=3)
    sudi.save("a.md", post(NEWS, "头条"))
    assert await here.over(sudi, NEWS) == {"sent": 3}
    gone, same, old = (here.crowd(number) for number in range(3))
    gone.deletes(here.texts(gone, NEWS)[0])
    unchanged = (
        "Bad Request: message is not modified: specified new message content and reply markup are exactly the same"
    )
    here.simulator.fail(Fault.says(400, unchanged), method="editMessageText", chat=same)
    sudi.save("a.md", post(NEWS, "头条", "补充"))
    await here.until(lambda: sudi.rows("SELECT 1 FROM delivery WHERE round = 1"), "the correction")
    await here.over(sudi, NEWS)
    assert "补充" in here.texts(old, NEWS)[0].text
    assert [len(here.texts(person, NEWS)) for person in (gone, same, old)] == [0, 1, 1]
    here.simulator.fail(Fault.says(400, "Bad Request: message can't be deleted"), method="deleteMessage", chat=old)
    sudi.save("a.md", post(NEWS, "头条", "补充", head="withdrawn: true\n"))
    await here.until(lambda: not here.texts(same, NEWS), "the withdrawal")
    await here.over(sudi, NEWS)
    assert len(here.texts(old, NEWS)) == 1
    ended = dict(
        sudi.rows(
            "SELECT s.chat, p.state FROM part p JOIN delivery y ON y.id = p.delivery_id"
            " JOIN subscription s ON s.id = y.subscription_id ORDER BY p.step"
        )
    )
    assert ended[str(old.user.id)] == "failed"
    assert ended[str(same.user.id)] == "sent"


@lived
async def test_fault_30_a_group_that_migrates_in_the_middle_goes_on_where_it_is_now(here: Town) -> None:
    """Parts that are left go to the supergroup, none twice; later issues come there, once."""
    sudi = await here.running()
    owner = here.simulator.person(102, "群主")
    group = owner.creates_group("读书会")
    owner.adds_bot(group)
    await here.presses(owner, await here.shown(group, "大家好，这里是速递"), "订阅")
    await here.shown(group, OLD)
    sudi.save("a.md", long_post(NEWS))
    await here.shown(group, f"{NEWS} (1/")
    new = owner.upgrades(group)
    assert await here.over(sudi, NEWS) == {"sent": 1}
    parts = here.texts(group, NEWS) + here.texts(new, NEWS)
    assert [f"({number}/{len(parts)})" in part.text for number, part in enumerate(parts, 1)] == [True] * len(parts)
    assert len(here.texts(new, NEWS)) >= 1
    owner.says(f"/subscribe@{BOT} headlines", new)
    await here.shown(new, "改好了")
    sudi.save("b.md", post(MORE, "头条"))
    await here.shown(new, MORE)
    assert await here.over(sudi, MORE) == {"sent": 1}
    assert len(here.texts(new, MORE)) == 1


@lived
async def test_fault_30_a_group_that_migrated_unheard_moves_with_its_choices(here: Town) -> None:
    """When the news of a migration is lost, the refusal of the next message says where the group is now."""
    sudi = await here.running()
    owner = here.simulator.person(102, "群主")
    group = owner.creates_group("读书会")
    owner.adds_bot(group)
    welcome = await here.shown(group, "大家好，这里是速递")
    await here.presses(owner, welcome, "订阅")
    await here.presses(owner, await here.shown(group, "订阅好了"), "只看标题")
    await here.shown(group, OLD)
    await sudi.stop()
    new = owner.upgrades(group)
    here.simulator.bot.pending.clear()
    await here.connected(sudi)
    sudi.save("a.md", post(NEWS, "头条"))
    assert "头条：详情" not in (await here.shown(new, NEWS)).text
    assert not here.texts(group, NEWS)


@lived
async def test_fault_31_a_kick_and_a_return_keep_the_settings(here: Town) -> None:
    """Thrown out or blocked in the middle: the rest is skipped; back again, all choices are there, and the latest."""
    sudi = await here.running()
    lin, owner = await here.subscriber(), here.simulator.person(102, "群主")
    group = owner.creates_supergroup("读书会")
    owner.adds_bot(group)
    await here.presses(owner, await here.shown(group, "大家好，这里是速递"), "订阅")
    await here.shown(group, OLD)
    for person, chat in ((lin, lin.chat), (owner, group)):
        await here.presses(person, await here.shown(chat, "订阅好了"), "简版")
        await here.shown(chat, "改好了")
    sudi.save("a.md", long_post(NEWS))
    await here.shown(group, f"{NEWS} (1/")
    await here.shown(lin, f"{NEWS} (1/")
    lin.blocks()
    owner.removes_bot(group)
    assert await here.over(sudi, NEWS) == {"skipped": 2}
    sudi.save("b.md", post(MORE, "头条"))
    await here.until(lambda: sudi.rows("SELECT 1 FROM digest WHERE title = ?", MORE), "the next issue")
    owner.adds_bot(group)
    await here.shown(group, "我回来了")
    lin.starts()
    await here.shown(lin, "这个对话已经订阅")
    for person, chat in ((lin, lin.chat), (owner, group)):
        person.says(f"/settings@{BOT}", chat)
        await here.until(lambda: "✓ 简版" in here.simulator.sent(chat)[-1].buttons, "the choices")  # noqa: B023
    sudi.save("c.md", post("四日新闻", "头条"))
    for place in (group, lin.chat):
        await here.shown(place, MORE)
        await here.shown(place, "四日新闻")
    assert [len(here.texts(chat, MORE)) for chat in (group, lin.chat)] == [1, 1]


@lived
async def test_fault_31_a_right_that_is_taken_and_given_back(here: Town) -> None:
    """A channel in which the bot may not post any more is suspended, and goes on when it may; who did it is told."""
    sudi = await here.running()
    owner = here.simulator.person(102, "群主")
    channel = owner.creates_channel("每日新闻")
    owner.starts()
    owner.adds_bot(channel)
    await here.presses(owner, await here.shown(owner, "我已经可以在「每日新闻」里发消息了"), "订阅")
    await here.shown(channel, OLD)
    owner.promotes_bot(channel, "can_manage_chat")
    await here.shown(owner, "我不能在「每日新闻」里发消息了")
    sudi.save("a.md", post(NEWS, "头条"))
    await here.until(lambda: sudi.rows("SELECT 1 FROM digest WHERE title = ?", NEWS), "the issue")
    owner.promotes_bot(channel, "can_post_messages")
    await here.shown(owner, "我又可以在「每日新闻」里发消息了")
    sudi.save("b.md", post(MORE, "要闻"))
    await here.shown(channel, MORE)
    await here.shown(channel, NEWS)
    assert not [call for call in here.simulator.calls("sendMessage") if not call.is_ok]


# --- Tokens ------------------------------------------------------------------------------------------------------

# --- What is heard -----------------------------------------------------------------------------------------------


@lived
async def test_fault_36_odd_updates_are_ignored_and_replays_answered_once(here: Town) -> None:
    """Unknown, broken and huge updates stop nobody; what comes again, or in the wrong order, is done once."""
    sudi = await here.running()
    lin = await here.subscriber()
    here.simulator.emit({"from_the_future": {"what": 1}})
    here.simulator.emit({"message": {"message_id": "x"}})
    here.simulator.emit({"message": None, "callback_query": []})
    here.simulator.emit({"poll": {"question": "长" * 1_000_000}})
    lin.says("/settings 简版")
    await here.shown(lin, "版式：简版")
    here.simulator.replays(6)
    lin.says("/settings 只看标题")
    lin.says("/status")
    here.simulator.reorders()
    await here.shown(lin, "最近送达")
    await here.until(lambda: sudi.rows("SELECT 1 FROM subscription WHERE layout = 'headlines'"), "the choice")
    before = len(here.simulator.sent(lin))
    here.simulator.replays(4)
    lin.says("/help")
    await here.until(lambda: "/latest" in here.simulator.sent(lin)[-1].text, "the help")
    await asyncio.sleep(5)
    assert len(here.simulator.sent(lin)) == before + 1
    assert sudi.rows("SELECT layout FROM subscription WHERE chat = '101'") == [("headlines",)]


@lived
async def test_fault_39_only_its_author_confirms_a_push_and_only_once(here: Town) -> None:
    """Who is no admin cannot push; in a group, a push's button counts for whoever wrote it; two presses send one."""
    sudi = await here.running(crowd=2, SUDI_ADMINS=f"telegram:{ADMIN},telegram:{ADMIN + 1}")
    admin, lin = here.simulator.person(ADMIN, "站长"), here.simulator.person(101, "小林")
    editor = here.simulator.person(ADMIN + 1, "编辑")
    lin.says("/push 假消息")
    await here.shown(lin, "只有管理员可以使用")
    group = admin.creates_supergroup("编辑部", lin, editor)
    admin.adds_bot(group)
    await here.shown(group, "大家好")
    admin.says(f"/push@{BOT} 机房恢复供电", group)
    preview = await here.shown(group, "机房恢复供电")
    assert "只有管理员可以使用" in (await here.presses(lin, preview, "确认发送")).text
    assert "只能由写它的人确认" in (await here.presses(editor, preview, "确认发送")).text
    data = next(key["callback_data"] for row in preview.rows for key in row if key["text"] == "确认发送")
    first, second = admin.presses(preview, "确认发送"), admin.presses_data(preview, data)
    await here.until(lambda: first.answer and second.answer, "both answers")
    for number in range(2):
        await here.shown(here.crowd(number), "机房恢复供电")
    await asyncio.sleep(5)
    assert [len(here.texts(here.crowd(number), "机房恢复供电")) for number in range(2)] == [1, 1]
    assert len(sudi.rows("SELECT 1 FROM digest WHERE series = 'breaking'")) == 1


HOSTILE = """1.  [@everyone <@&1> *粗* _斜_ `码` <b>x</b> &lt;](https://example.com/hostile)

    点[这里](javascript:alert(1))，或者[那里](data:text/html,x)。\u202e倒过来\u200b，@sudi_test_bot /push x。
    邮件：[写信](mailto:a@example.com)。
"""


@lived
async def test_fault_40_hostile_text_is_shown_as_text(here: Town) -> None:
    """Markup, mentions, direction marks and links that run something are words; only http leads anywhere."""
    sudi = await here.running(crowd=1)
    sudi.save("a.md", post(NEWS, "头条").partition("1.  [")[0] + HOSTILE)
    assert await here.over(sudi, NEWS) == {"sent": 1}
    [entry] = here.texts(here.crowd(0), NEWS)
    assert "@everyone" in entry.text
    assert "<@&1>" in entry.text
    assert "javascript" not in entry.text
    assert "\u202e" not in entry.text
    links = {entity["url"] for entity in entry.entities if entity["type"] == "text_link"}
    assert links == {"https://example.com/hostile"}


# --- Two programs, a web server ----------------------------------------------------------------------------------


@lived
async def test_fault_18_a_database_that_is_locked_at_the_start_is_waited_for(
    here: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another program's lock during the start delays what is sent, and ends nothing."""
    sudi = here.sudi()
    sudi.save("old.md", post(OLD, "旧的一条"))
    await here.let_subscribe(sudi, [here.crowd(0)])
    printed: list[str] = []

    def has_patience() -> bool:
        printed.append(capsys.readouterr().out)
        return "lane.waits_for_store" in "".join(printed)

    with sudi.locked():
        await sudi.start()
        await here.until(has_patience, "its patience")
    await here.until(lambda: sudi.rows("SELECT 1 FROM post WHERE state = 'indexed'"), "its first look")
    sudi.save("a.md", post(NEWS, "头条"))
    await here.shown(here.crowd(0), NEWS)
    await sudi.stop()


@lived
async def test_fault_34_a_second_program_with_one_token_is_turned_away(here: Town) -> None:
    """With another data folder but the same token, the newcomer sends nothing and says so; the first goes on."""
    first = await here.running(crowd=1)
    second = here.sudi("second")
    second.save("old.md", post(OLD, "旧的一条"))
    await here.let_subscribe(second, [here.crowd(0)])
    async with second.as_process() as other:
        await other.prints("正被另一个程序使用")
        second.save("a.md", post("别处的新闻", "头条"))
        await here.until(lambda: second.deliveries("别处的新闻"), "its promise")
        first.save("a.md", post(NEWS, "头条"))
        assert await here.over(first, NEWS) == {"sent": 1}
        lin = await here.subscriber(latest=NEWS)
        assert await other.ends() == 0
    first.save("b.md", post(MORE, "头条"))
    await here.shown(lin, MORE)
    assert second.deliveries("别处的新闻") == {"open": 1}
    assert not here.texts(here.crowd(0), "别处的新闻")
    assert not first.alert("account-rival")


@lived
async def test_fault_37_only_telegram_gets_through_the_webhooks_door(
    here: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    """Updates come by webhook; without the secret, or too large, they are refused, unlogged; polling comes back."""
    hook = f"http://127.0.0.1:{(port := free_port())}"
    sudi = await here.running(SUDI_PORT=str(port), SUDI_TELEGRAM_WEBHOOK_URL=hook)
    lin = here.simulator.person(101, "小林")
    lin.starts()
    await here.shown(lin, "你好，这里是速递")
    assert not here.simulator.calls("getUpdates")
    webhook = here.simulator.bot.webhook
    assert webhook is not None
    secret, door = webhook.secret, f"{hook}/telegram/{here.simulator.bot.id}"
    forged = {"update_id": 1, "message": {"text": "/forged", "chat": {"id": 101, "type": "private"}}}
    huge = forged | {"filler": "x" * (2 << 20)}
    assert await posted(door, forged) == 403
    assert await posted(door, forged, secret="x" * len(secret)) == 403
    assert await posted(door, huge, secret="x" * len(secret)) in {403, 413}
    assert await posted(door, huge, secret=secret) == 413
    lin.says("/help")
    await here.shown(lin, "/today")
    await sudi.stop()
    lin.says("/help")
    await here.connected(sudi, SUDI_TELEGRAM_WEBHOOK_URL="")
    await here.shown(lin, "/today", times=2)
    assert here.simulator.bot.webhook is None
    printed = capsys.readouterr().out
    assert "forged" not in printed
    assert secret not in printed
    assert here.simulator.token not in printed
