"""The bot on Telegram as a process of its own: killed while it sends, and asked by the doctor."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.press import post
from tests.acceptance.telegram import FIRST, Town, town
from tests.acceptance.town import OLD, Sudi, lived
from tests.platforms.telegram.faults import Fault
from tests.platforms.telegram.person import Person

NEWS = "二日新闻"
CROWD = 45
POSTED = range(3)
"""Readers who are brought the message, while its answer does not come."""
LOST = range(3, 6)
"""Readers whose message gets lost on its way."""
HANGING = (*POSTED, *LOST)
CHOICES = "系列：全部系列"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Town]:
    """A town of its own."""
    with town(tmp_path) as made:
        yield made


# --- Killed ------------------------------------------------------------------------------------------------------


@lived
async def test_fault_03_and_04_and_05_and_36_a_death_while_it_sends_and_answers(here: Town) -> None:
    """What was on its way is unknown, whether it was posted or not, and has no twin; what was asked is answered."""
    sudi = here.sudi()
    sudi.save("old.md", post(OLD, "很久以前的一条"))
    await here.let_subscribe(sudi, [here.crowd(number) for number in range(CROWD)])
    lin = here.simulator.person(101, "小林")
    _spoil(here, lin)
    killed_at, uncommitted = await _die(here, sudi, lin)
    assert CROWD // 2 <= killed_at < CROWD
    await here.connected(sudi)
    await here.over(sudi, NEWS)
    await here.shown(lin, CHOICES)
    await sudi.stop()
    states, messages = _states(sudi), _messages(here)
    assert set(states) == {"sent", "unknown"}
    assert {(states[number], messages[number]) for number in LOST} == {("unknown", 0)}
    assert {(states[number], messages[number]) for number in (*POSTED, *uncommitted)} == {("unknown", 1)}
    assert [count for at, count in enumerate(messages) if at not in LOST] == [1] * (CROWD - len(LOST))
    assert len(here.texts(lin, CHOICES)) == 1
    assert len(sudi.rows("SELECT 1 FROM subscription WHERE chat = '101'")) == 1


def _spoil(here: Town, lin: Person) -> None:
    """Some answers never come, some messages are never posted, and all other answers are late."""
    for number in HANGING:
        hang = Fault.hang(executed=number in POSTED)
        here.simulator.fail(hang, method="sendMessage", chat=here.crowd(number))
    here.simulator.fail(Fault.hang(), method="sendMessage", chat=lin)
    here.simulator.fail(Fault.latency(4), method="sendMessage", times=CROWD)


async def _die(here: Town, sudi: Sudi, lin: Person) -> tuple[int, list[int]]:
    """Send in a process until its database is locked, and kill it once answers have come in that it cannot commit.

    Returns how many messages were posted by then, and whose were answered and not committed.
    """
    async with sudi.as_process() as child:
        await child.prints("已连接")
        await here.until(lambda: sudi.rows("SELECT 1 FROM post WHERE state = 'indexed'"), "its first look")
        sudi.save("a.md", post(NEWS, "头条"))
        lin.says("/subscribe")
        await here.until(lambda: sum(_messages(here)) >= CROWD // 2 and here.simulator.calls(chat=101), "the middle")
        with sudi.locked():
            await asyncio.sleep(20)
            uncommitted = [at for at, state in enumerate(_states(sudi)) if state == "sending" and at not in HANGING]
            killed_at = sum(_messages(here))
            child.process.kill()
            await child.process.wait()
    assert uncommitted
    return killed_at, uncommitted


def _states(sudi: Sudi) -> list[str]:
    """The state of each reader's message, as the ledger has it; empty where nothing was intended."""
    parts = dict(
        sudi.rows(
            "SELECT p.chat, p.state FROM part p JOIN delivery y ON y.id = p.delivery_id"
            " JOIN digest d ON d.id = y.digest_id WHERE d.title = ?",
            NEWS,
        )
    )
    return [parts.get(str(FIRST + number), "") for number in range(CROWD)]


def _messages(here: Town) -> list[int]:
    return [len(here.texts(here.crowd(number), NEWS)) for number in range(CROWD)]


# --- The doctor --------------------------------------------------------------------------------------------------


@lived
async def test_the_doctors_link_makes_the_first_admin(here: Town) -> None:
    """While nobody is an admin, `sudi doctor` prints a link; whoever opens it first is one, and nobody after them."""
    sudi = await here.running(SUDI_ADMINS="")
    lin, late = here.simulator.person(101, "小林"), here.simulator.person(104, "路人")
    lin.says("/push 试试")
    await here.shown(lin, "只有管理员可以使用")
    async with sudi.as_process("doctor") as doctor:
        await doctor.prints("一切就绪")
    assert "@sudi_test_bot" in doctor.printed
    assert here.simulator.token not in doctor.printed
    link = re.search(r"https://t\.me/sudi_test_bot\?start=(\S+?)[（\s]", doctor.printed)
    assert link is not None
    lin.starts(link[1])
    await here.shown(lin, "你现在是管理员了")
    late.starts(link[1])
    await here.shown(late, "这个链接已经用过")
    lin.says("/push 机房恢复供电")
    await here.shown(lin, "以上是预览")
    mine = await here.until(lambda: _commands(here, lin.user.id), "the admin's commands")
    assert "push" in mine
    await sudi.stop()


def _commands(here: Town, person: int) -> set[str]:
    """The commands that a person's client shows because they are who they are."""
    kept = here.simulator.bot.commands.items()
    return {command["command"] for (scope, _), commands in kept for command in commands if str(person) in scope}
