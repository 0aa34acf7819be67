"""What goes wrong on any platform, and what must happen: the whole bot, the real library, a simulator with bad days.

The numbers are those of the list of faults; what only one platform knows stands in its own file, and what a virtual
clock or a killed process shows better has its test there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.press import long_post, post
from tests.acceptance.town import OLD, AnyTown, inhabited, lived
from tests.acceptance.towns import TOWNS

NEWS = "二日新闻"
MORE = "三日新闻"

Town = AnyTown[Any]


@pytest.fixture(params=TOWNS)
def here(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    """A town of its own, on each platform."""
    with inhabited(TOWNS[request.param](tmp_path)) as made:
        yield made


# --- Being told to wait ------------------------------------------------------------------------------------------


@lived
async def test_fault_07_a_chat_that_must_wait_delays_no_other(here: Town) -> None:
    """A 429 in one chat lets that chat wait, and uses up no attempt; the others are brought theirs meanwhile."""
    sudi = await here.running(crowd=4)
    for number, fault in enumerate(here.floods()):
        here.fail(fault, here.crowd(number))
    sudi.save("a.md", post(NEWS, "头条"))
    assert await here.over(sudi, NEWS) == {"sent": 4}
    waited = len(here.floods())
    assert sorted(here.order()) == [0, 1, 2, 3]
    assert sorted(here.order()[-waited:]) == list(range(waited))
    assert sudi.rows("SELECT DISTINCT attempts FROM delivery") == [(0,)]


@lived
async def test_fault_07_a_bot_that_must_wait_waits_as_a_whole(here: Town) -> None:
    """A 429 in several chats at once, or a global one, lets the whole lane rest; then everything arrives, once."""
    sudi = await here.running(crowd=5)
    ways = here.general_floods(1)
    for number, (fault, times) in enumerate(ways):
        here.fail(fault, times=times)
        sudi.save(f"{number}.md", post(f"{number}日新闻", "头条"))
        await here.until(lambda: sudi.rows("SELECT 1 FROM lane WHERE pause_reason = 'throttled'"), "the rest")
        assert await here.over(sudi, f"{number}日新闻") == {"sent": 5}
    assert [len(here.sent(here.crowd(number))) for number in range(5)] == [len(ways)] * 5
    assert not here.simulator.hasty(0.5)


@lived
async def test_fault_08_a_long_rest_survives_a_restart_and_is_told(here: Town) -> None:
    """Told to wait for two hours, the lane rests for two hours, over a restart; the page says so."""
    sudi = await here.running(crowd=1)
    here.fail(here.general_floods(7_200)[0][0])
    sudi.save("a.md", post(NEWS, "头条"))
    [(until,)] = await here.until(
        lambda: sudi.rows("SELECT paused_until FROM lane WHERE paused_until IS NOT NULL"), "the rest"
    )
    await sudi.stop()
    before = len(here.all_sends())
    await here.connected(sudi)
    assert "暂停到" in await sudi.page("/deliveries")
    sudi.save("b.md", post(MORE, "头条"))
    await here.until(lambda: sudi.deliveries(MORE), "the next issue")
    with here.waiting_long():
        await asyncio.sleep(10)
    assert sudi.rows("SELECT paused_until FROM lane WHERE platform = ?", here.platform) == [(until,)]
    assert len(here.all_sends()) == before
    assert sudi.deliveries(NEWS) == {"open": 1}


# --- What nobody can know ----------------------------------------------------------------------------------------


@lived
async def test_fault_10_and_11_and_12_what_nobody_can_know_is_settled_as_the_platform_allows(here: Town) -> None:
    """A 5xx, no answer or a wrong one, a break behind a message: settled in its chat, never twice; others go on."""
    made = here.faults
    errors = [made.server_error(500), made.server_error(502, html=True, executed=True)]
    answers = [made.hang(executed=True), made.drip(), made.half_json(), made.wrong_types(), made.null(), made.huge(10)]
    faults = [*errors, *answers, made.reset(executed=True), made.lost_answer()]
    sudi = await here.running(crowd=2 * len(faults))
    for number, fault in enumerate(faults):
        here.fail(fault, here.crowd(2 * number))
    sudi.save("a.md", post(NEWS, "头条"))
    with here.waiting_long():
        ended = await here.over(sudi, NEWS)
    for number, fault in enumerate(faults):
        chat, settled = here.crowd(2 * number), here.settled(fault)
        assert (fault.name, len(here.texts(chat, NEWS))) == (fault.name, settled.messages)
        assert (fault.name, here.tries(chat, NEWS)) == (fault.name, settled.tries)
        assert len(here.texts(here.crowd(2 * number + 1), NEWS)) == 1
        ended[settled.state] -= 1
    assert +ended == {"sent": len(faults)}
    sudi.save("b.md", post(MORE, "头条"))
    assert await here.over(sudi, MORE) == {"sent": 2 * len(faults)}


@lived
async def test_fault_13_what_never_left_is_tried_again(here: Town) -> None:
    """While a platform takes no connections nothing is lost and nobody in doubt; a start then waits, and says so."""
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
async def test_fault_31_a_storm_of_lost_chats_stops_the_lane(here: Town) -> None:
    """When chat after chat is lost unannounced, something is wrong: the lane rests, and the operator is asked."""
    sudi = await here.running(crowd=16)
    for number in range(16):
        here.lose(here.crowd(number))
    sudi.save("a.md", post(NEWS, "头条"))
    await here.until(lambda: sudi.alert("chats-lost"), "the alert")
    assert sudi.rows("SELECT pause_reason FROM lane WHERE platform = ?", here.platform) == [("chats-lost",)]
    assert sudi.deliveries(NEWS)["open"] > 0


@lived
async def test_fault_42_a_chat_that_always_refuses_ends_and_disturbs_nobody(here: Town) -> None:
    """A chat into which nothing can be sent ends as failed; every other is brought everything."""
    sudi = await here.running(crowd=4)
    for number, fault in enumerate(here.refusals()):
        here.fail(fault, here.crowd(number), times=99)
    failed = len(here.refusals())
    for title, name in ((NEWS, "a.md"), (MORE, "b.md")):
        sudi.save(name, post(title, "头条"))
        assert await here.over(sudi, title) == {"sent": 4 - failed, "failed": failed}


# --- Tokens ------------------------------------------------------------------------------------------------------


@lived
async def test_fault_33_a_dead_token_pauses_only_its_lane(here: Town, capsys: pytest.CaptureFixture[str]) -> None:
    """A revoked token is told once; its rows wait; the other account goes on; a new token brings what waited."""
    old, other = here.simulator.token, here.second_token()
    new, variable = here.renewed(old), f"SUDI_{here.platform.upper()}_TOKEN"
    sudi = await here.running(crowd=0, **{variable: f"{old},{other}"})
    chat, brought = await here.subscribed(), await here.second_reader()
    here.simulator.revoke()
    sudi.save("a.md", post(NEWS, "头条"))
    await here.until(lambda: sudi.alert("account-dead"), "the alert")
    await here.until(lambda: brought(NEWS), "the other's issue")
    await here.until(lambda: sudi.deliveries(NEWS) == {"sent": 1, "open": 1}, "its receipt")
    assert len(sudi.rows("SELECT 1 FROM alert WHERE code = 'account-dead'")) == 1
    await sudi.stop()
    told = capsys.readouterr()
    assert told.out.count("的令牌被拒绝") == 1
    here.simulator.retoken(new)
    await here.connected(sudi, **{variable: f"{new},{other}"})
    await here.shown(chat, NEWS)
    await here.until(lambda: not sudi.alert("account-dead"), "its end")
    await sudi.stop()
    assert len(brought(NEWS)) == 1
    said = told.out + told.err + "".join(capsys.readouterr())
    assert not any(token in said for token in (old, new, other))


# --- What is heard, and much at once -----------------------------------------------------------------------------


@lived
async def test_fault_38_who_asks_too_fast_is_slowed_down_and_nobody_else(here: Town) -> None:
    """Twenty commands of one reader: the reader is told to slow down; another is answered before they are through."""
    sudi = await here.running(crowd=1)
    lin, anna = here.asks_for_help(101, 20), here.asks_for_help(105)
    sudi.save("a.md", post(NEWS, "头条"))
    await here.until(anna, "the other's answer")
    assert "/today" in anna()[0]
    assert len(lin()) < 8
    await here.shown(here.crowd(0), NEWS)
    await here.until(lambda: any("太快" in text for text in lin()), "the words")
    await here.until(lambda: not here.is_anybody_waiting(), "a sign for each")


@lived
async def test_fault_43_a_push_overtakes_a_running_digest(here: Town) -> None:
    """Its first message leaves within a second's worth of messages after the confirmation; each chat's order stays.

    The role that a chat chose is called there, with the push alone, and nobody is called elsewhere.
    """
    sudi = await here.running(crowd=150)
    chosen, whole = here.crowd(0), [here.crowd(number) for number in range(150)]
    role = await here.lets_call(chosen)
    shown = [len(here.sent(chat)) for chat in whole]
    confirm = await here.push("机房恢复供电")
    sudi.save("a.md", post(NEWS, "头条"))
    await here.until(lambda: sudi.deliveries(NEWS)["sent"] >= 20, "the digest on its way")
    before = len(here.said())
    await confirm()
    answers = here.asks_for_help(101)
    first = await here.until(lambda: [at for at, words in enumerate(here.said()) if "机房" in words], "the push")
    assert first[0] - before <= here.in_a_second
    assert sudi.deliveries(NEWS)["open"] > 150 - before - here.in_a_second
    assert "/today" in (await here.until(answers, "the answer"))[0]
    assert await here.over(sudi, "机房恢复供电") == {"sent": 150}
    assert await here.over(sudi, NEWS) == {"sent": 150}
    assert [len(here.sent(chat)) for chat in whole] == [number + 2 for number in shown]
    assert here.calls(chosen, "机房恢复供电") == role
    assert not any(here.calls(chat, "机房恢复供电") for chat in whole[1:])
    assert not any(here.calls(chat, NEWS) for chat in whole)
    assert not here.simulator.floods


@lived
async def test_fault_44_who_unsubscribes_in_the_middle_is_sent_no_more(here: Town) -> None:
    """`/stop` between two parts holds from the next part on."""
    sudi = await here.running()
    chat = await here.subscribed()
    sudi.save("a.md", long_post(NEWS, 36))
    await here.shown(chat, NEWS)
    await here.tells(chat, "stop", "已退订")
    before = len(here.texts(chat, NEWS))
    assert await here.over(sudi, NEWS) == {"skipped": 1}
    assert len(here.texts(chat, NEWS)) <= before + 1


# --- Ending, holding ---------------------------------------------------------------------------------------------


@lived
async def test_fault_45_a_stop_in_the_middle_leaves_no_doubt_and_a_restart_goes_on(here: Town) -> None:
    """SIGTERM in the middle of a digest drains what is in flight and what was asked; a restart sends the rest, once."""
    sudi = await here.running(crowd=60)
    sudi.save("a.md", post(NEWS, "头条"))
    await here.until(lambda: len(here.order()) >= 15, "the middle")
    answers = here.asks_for_help(101, 3)
    await here.until(answers, "the first answer")
    await sudi.stop()
    assert len(answers()) == 3
    ended = sudi.deliveries(NEWS)
    assert set(ended) == {"sent", "open"}
    assert ended["sent"] == len(here.order())
    await here.connected(sudi)
    assert await here.over(sudi, NEWS) == {"sent": 60}
    assert sorted(here.order()) == list(range(60))
    assert len(answers()) == 3


@lived
async def test_fault_45_a_second_signal_ends_now(here: Town) -> None:
    """With an answer that does not come, the first SIGTERM waits, the second does not; its doubt is recorded."""
    sudi = await here.running(crowd=3)
    hang = here.faults.hang(executed=True)
    here.fail(hang, here.crowd(0))
    sudi.save("a.md", post(NEWS, "头条"))
    await here.until(lambda: sudi.deliveries(NEWS)["sent"] == 2, "the others")
    sudi.asks_to_end()
    await asyncio.sleep(3)
    assert sudi.runs
    sudi.asks_to_end()
    await sudi.ended()
    await here.connected(sudi)
    ended = await here.over(sudi, NEWS)
    ended[here.settled(hang).state] -= 1
    assert +ended == {"sent": 2}
    assert len(here.texts(here.crowd(0), NEWS)) == 1
    assert here.tries(here.crowd(0), NEWS) == here.settled(hang).tries


@lived
async def test_fault_48_what_is_held_in_its_middle_goes_on_after_the_release(here: Town) -> None:
    """`/hold` stops a digest in its middle, over a restart; after `/release` the rest goes out, once."""
    sudi = await here.running(crowd=100)
    sudi.save("a.md", post(NEWS, "头条"))
    await here.until(lambda: len(here.order()) >= 15, "the middle")
    assert "已暂缓" in await here.commanded("hold")
    await asyncio.sleep(4)
    await sudi.stop()
    before = len(here.order())
    assert before < 100
    await here.connected(sudi)
    await asyncio.sleep(3)
    assert len(here.order()) == before
    await here.commanded("release")
    assert await here.over(sudi, NEWS) == {"sent": 100}
    assert sorted(here.order()) == list(range(100))
