"""The bot on Telegram as a process of its own: killed while it sends, and asked by the doctor."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.press import post
from tests.acceptance.telegram import FIRST, OLD, Sudi, Town, lived, town
from tests.platforms.telegram.faults import Fault

NEWS = "二日新闻"
CROWD = 45
POSTED = range(3)
"""Readers who are brought the message, while its answer does not come."""
LOST = range(3, 6)
"""Readers whose message gets lost on its way."""
HANGING = (*POSTED, *LOST)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Town]:
    """A town of its own."""
    with town(tmp_path) as made:
        yield made


# --- Killed ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Aftermath:
    """How the deliveries ended, by the reader's number, and how many messages each reader has."""

    states: list[str]
    messages: list[int]
    killed_at: int
    """So many messages had been posted by then."""
    uncommitted: list[int]
    """The readers whose messages were answered, and whose receipts nobody could commit."""
    answers: list[str]
    """What somebody was answered who asked to subscribe just before, and whose first answer got lost."""
    subscribed: int
    """How often they are subscribed."""


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory: pytest.TempPathFactory) -> Aftermath:
    """One death for all tests of this module."""
    with town(tmp_path_factory.mktemp("killed")) as made:
        return made.live(_die_and_live_on(made))


async def _die_and_live_on(here: Town) -> Aftermath:
    """Send in a process, kill it while its database is locked and answers come in, and send what is left in another."""
    sudi = here.sudi()
    sudi.save("old.md", post(OLD, "很久以前的一条"))
    await here.let_subscribe(sudi, [here.reader(number) for number in range(CROWD)])
    for number in HANGING:
        hang = Fault.hang(executed=number in POSTED)
        here.simulator.fail(hang, method="sendMessage", chat=here.reader(number))
    lin = here.simulator.person(101, "小林")
    here.simulator.fail(Fault.hang(), method="sendMessage", chat=lin)
    here.simulator.fail(Fault.latency(4), method="sendMessage", times=CROWD)
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
    await here.connected(sudi)
    await here.over(sudi, NEWS)
    await here.shown(lin, "系列：全部系列")
    await sudi.stop()
    return Aftermath(
        states=_states(sudi),
        messages=_messages(here),
        killed_at=killed_at,
        uncommitted=uncommitted,
        answers=[entry.text for entry in here.texts(lin, "系列：全部系列")],
        subscribed=len(sudi.rows("SELECT 1 FROM subscription WHERE chat = '101'")),
    )


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
    return [len(here.texts(here.reader(number), NEWS)) for number in range(CROWD)]


def test_killed_in_the_middle(aftermath: Aftermath) -> None:
    """The death that counts was in the middle, and after it everybody's delivery ended."""
    assert CROWD // 2 <= aftermath.killed_at < CROWD
    assert set(aftermath.states) == {"sent", "unknown"}


def test_fault_03_killed_after_the_intent_it_is_not_sent_again(aftermath: Aftermath) -> None:
    """What was intended and never posted is unknown, and is not sent unasked."""
    assert {(aftermath.states[number], aftermath.messages[number]) for number in LOST} == {("unknown", 0)}


def test_fault_04_killed_before_the_answer_it_leaves_no_twin(aftermath: Aftermath) -> None:
    """What was posted and not answered is unknown, and is in the chat once; so is all that arrived."""
    assert {(aftermath.states[number], aftermath.messages[number]) for number in POSTED} == {("unknown", 1)}
    assert [count for at, count in enumerate(aftermath.messages) if at not in LOST] == [1] * (CROWD - len(LOST))


def test_fault_05_killed_before_the_receipt_is_committed_it_leaves_no_twin(aftermath: Aftermath) -> None:
    """What was answered while nothing could be committed is unknown, and is in the chat once."""
    assert aftermath.uncommitted
    found = {(aftermath.states[number], aftermath.messages[number]) for number in aftermath.uncommitted}
    assert found == {("unknown", 1)}


def test_fault_36_what_was_asked_before_the_death_is_answered_after_it(aftermath: Aftermath) -> None:
    """An update that was fetched and not answered comes again: its effect is done once, and it is answered."""
    assert len(aftermath.answers) == 1
    assert aftermath.subscribed == 1


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
