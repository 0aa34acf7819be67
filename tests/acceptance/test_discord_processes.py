"""The bot on Discord as a process of its own: killed while it sends, and asked by the doctor."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.discord import THREADS, Town, text_of, town
from tests.acceptance.press import post
from tests.acceptance.town import OLD, Sudi, lived
from tests.platforms.discord.faults import Fault
from tests.platforms.discord.servers import Channel

NEWS = "二日新闻"
CROWD = 30
POSTED = range(CROWD - 6, CROWD - 3)
"""Channels that are brought the message, while its answer does not come."""
LOST = range(CROWD - 3, CROWD)
"""Channels whose message gets lost on its way."""
LATENCY = 0.4
"""Seconds after which all others are answered."""


@pytest.fixture
def punctual(tmp_path: Path) -> Iterator[Town]:
    """A town whose clock does not hurry: what a process of its own waits for, the town waits for as well."""
    with town(tmp_path, haste=1.0) as made:
        yield made


# --- Killed ------------------------------------------------------------------------------------------------------


def test_fault_03_and_04_and_05_a_death_while_it_sends_leaves_no_twin_and_no_gap(punctual: Town) -> None:
    """What was on its way is sent again under its nonce, whether it was posted or not; a forum's post is looked for."""
    punctual.live(_killed(punctual))


async def _killed(here: Town) -> None:
    sudi = here.sudi()
    sudi.save("old.md", post(OLD, "很久以前的一条"))
    forum = here.owner.creates_forum(here.server, "论坛")
    await here.let_subscribe(sudi, [forum, *(here.crowd(number) for number in range(CROWD))])
    _spoil(here, forum)
    uncommitted = await _die(here, sudi, forum)
    here.simulator.recover()
    await sudi.start()
    assert await here.over(sudi, NEWS) == {"sent": CROWD + 1}
    await sudi.stop()
    [thread] = here.posts(forum)
    assert [len(here.texts(place, NEWS)) for place in (thread, *map(here.crowd, range(CROWD)))] == [1] * (CROWD + 1)
    for number in (*POSTED, *uncommitted):
        assert any(call.repeats for call in here.sends(here.crowd(number)))
    for number in LOST:
        assert not any(call.repeats for call in here.sends(here.crowd(number)))


def _spoil(here: Town, forum: Channel) -> None:
    """Some answers never come, some messages are never posted, and all other answers are late."""
    here.fail(Fault.hang(executed=True), forum, path=THREADS)
    for number in (*POSTED, *LOST):
        here.fail(Fault.hang(executed=number in POSTED), here.crowd(number))
    here.fail(Fault.latency(LATENCY), times=CROWD)


async def _die(here: Town, sudi: Sudi, forum: Channel) -> list[int]:
    """Send in a process until its database is locked, and kill it once answers have come in that it cannot commit.

    Returns whose messages were answered and not committed.
    """
    hanging = {*POSTED, *LOST}
    async with sudi.as_process() as child:
        await child.prints("已连接")
        await here.until(lambda: sudi.rows("SELECT 1 FROM post WHERE state = 'indexed'"), "its first look")
        sudi.save("a.md", post(NEWS, "头条"))
        await here.until(lambda: here.posts(forum) and all(here.sends(here.crowd(at)) for at in hanging), "the middle")
        with sudi.locked():
            sending = {chat for (chat,) in sudi.rows("SELECT chat FROM part WHERE state = 'sending'")}
            found = [at for at in range(CROWD) if str(here.crowd(at).id) in sending and at not in hanging]
            await here.until(lambda: all(here.texts(here.crowd(at), NEWS) for at in found), "what it had begun")
            await asyncio.sleep(2 * LATENCY)
            child.process.kill()
            await child.process.wait()
    assert found
    return found


# --- The doctor --------------------------------------------------------------------------------------------------


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Town]:
    """A town of its own."""
    with town(tmp_path) as made:
        yield made


@lived
async def test_the_doctors_code_makes_the_first_admin_and_its_look_says_what_is_missing(here: Town) -> None:
    """`sudi doctor` tells the servers, what a subscribed channel lacks, how to invite, and the first admin's code."""
    sudi = await here.running(crowd=2, SUDI_ADMINS="")
    lin, late = here.member(101, "小林"), here.member(104, "路人")
    assert "只有管理员可以使用" in text_of(await here.asks(lin, "push", 内容="试试"))
    here.owner.denies(here.crowd(1), "EMBED_LINKS")
    async with sudi.as_process("doctor") as doctor:
        await doctor.process.wait()
        await doctor.prints("admin_")
        code = re.search(r"admin_[\w-]+", doctor.printed)
    assert code is not None
    for words in ("在 1 个服务器里", "读书会", "「嵌入链接」", f"client_id={here.simulator.bot.application}"):
        assert words in doctor.printed
    assert "permissions=274877926400" in doctor.printed
    assert here.simulator.token not in doctor.printed
    assert "你现在是管理员了" in text_of(await here.asks(lin, "admin", 口令=code[0]))
    assert "已经用过" in text_of(await here.asks(late, "admin", 口令=code[0]))
    assert "以上是预览" in text_of(await here.asks(lin, "push", 内容="机房恢复供电"))
    await sudi.stop()
