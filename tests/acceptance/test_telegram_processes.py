"""The bot on Telegram as a process of its own: killed while it sends, and asked by the doctor."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.press import post
from tests.acceptance.telegram import OLD, Town, lived, town
from tests.platforms.telegram.faults import Fault

NEWS = "二日新闻"
CROWD = 45
POSTED = range(3)
"""Readers who are brought the message, while its answer does not come."""
LOST = range(3, 6)
"""Readers whose message gets lost on its way."""


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Town]:
    """A town of its own."""
    with town(tmp_path) as made:
        yield made


@lived
async def test_fault_04_killed_while_it_sends_it_leaves_no_twin(here: Town) -> None:
    """After SIGKILL what was on its way is unknown, whether it was posted or not; all others are brought it, once."""
    sudi = here.sudi()
    sudi.save("old.md", post(OLD, "很久以前的一条"))
    await here.let_subscribe(sudi, [here.reader(number) for number in range(CROWD)])
    for number in (*POSTED, *LOST):
        hang = Fault.hang(executed=number in POSTED)
        here.simulator.fail(hang, method="sendMessage", chat=here.reader(number))
    async with sudi.as_process() as child:
        await child.prints("已连接")
        await here.until(lambda: sudi.rows("SELECT 1 FROM post WHERE state = 'indexed'"), "its first look")
        sudi.save("a.md", post(NEWS, "头条"))
        await here.until(lambda: sum(_messages(here)) >= CROWD // 2, "the middle")
        child.process.kill()
    before = sum(_messages(here))
    assert before < CROWD - len(LOST)
    await here.connected(sudi)
    ended = await here.over(sudi, NEWS)
    assert set(ended) == {"sent", "unknown"}
    assert len(POSTED) + len(LOST) <= ended["unknown"] <= 32
    messages = _messages(here)
    assert max(messages) == 1
    assert [messages[number] for number in POSTED] == [1] * len(POSTED)
    assert [messages[number] for number in LOST] == [0] * len(LOST)
    assert sum(messages) >= ended["sent"]
    await sudi.stop()


def _messages(here: Town) -> list[int]:
    return [len(here.texts(here.reader(number), NEWS)) for number in range(CROWD)]


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
