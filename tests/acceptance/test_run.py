"""The whole program as a new user meets it: a real process, a folder of posts, a page."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.acceptance.sudi import REPOSITORY, Sudi, Visitor, sudi, until
from tests.platforms.discord.accounts import BotAccount
from tests.platforms.discord.simulator import RunningSimulator as RunningDiscord
from tests.platforms.discord.simulator import running_simulator as running_discord
from tests.platforms.discord.world import token_for
from tests.platforms.telegram.person import Person
from tests.platforms.telegram.simulator import RunningSimulator, running_simulator

NEWS = """---
title: "2026.11.22 AI新闻速递"
date: 2026-11-22T09:00:00
---

今天只有**一条**。

---

1.  [一条新消息](https://example.com/news/one)

    刚刚保存，随后送到。
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working folder with the example posts, as `make run` prepares it."""
    shutil.copytree(REPOSITORY / "examples", tmp_path / "examples")
    shutil.copytree(REPOSITORY / "examples/posts", tmp_path / "var/posts")
    return tmp_path


def _save(running: Sudi, name: str, text: str) -> None:
    (running.folder / "var/posts" / name).write_text(text, encoding="utf-8")


def _ends_with_a_reader(running: Sudi, visitor: Visitor, number: signal.Signals) -> int:
    """Its exit code, though a browser holds the event stream open."""
    with visitor.opener.open(f"{visitor.address}/events", timeout=30) as stream:
        assert stream.status == 200
        return running.stop(number)


def test_posts_arrive_and_are_corrected_and_stay_over_a_restart(folder: Path) -> None:
    """The demo brings the latest daily and rolling issue, what is saved and what is corrected; a restart nothing twice.

    A time that names no zone is told by the zone that the posts of the first start name. SIGTERM and SIGINT end it
    well, with a reader at the page.
    """
    with sudi(folder, "--demo") as running:
        visitor, key = running.visit(), running.key
        visitor.wait_for("2026.11.21 AI新闻速递")
        visitor.wait_for("2026.11.21.12 过去4小时AI发生了什么？")
        assert "2026.11.20 AI新闻速递" not in visitor.see()
        _save(running, "2026-11-22.md", NEWS)
        visitor.wait_for("刚刚保存，随后送到。")
        _save(running, "2026-11-22.md", NEWS.replace("随后送到", "马上更正"))
        page = visitor.wait_for("马上更正")
        assert "随后送到" not in page
        assert page.count("一条新消息") == 1
        assert _ends_with_a_reader(running, visitor, signal.SIGTERM) == 0
    with closing(sqlite3.connect(folder / "var/data/sudi.db")) as db:
        (published,) = db.execute("SELECT published_at FROM digest WHERE title LIKE '2026.11.22%'").fetchone()
    assert datetime.fromtimestamp(published / 1000, UTC) == datetime(2026, 11, 22, 1, tzinfo=UTC)
    with sudi(folder, "--demo") as running:
        visitor = running.visit()
        _save(running, "2026-11-23.md", NEWS.replace("2026.11.22", "2026.11.23").replace("一条新消息", "再一条消息"))
        page = visitor.wait_for("再一条消息")
        assert running.key == key
        assert page.count("2026.11.21.12 过去4小时AI发生了什么？") == 1
        assert page.count("一条新消息") == 1
        assert _ends_with_a_reader(running, visitor, signal.SIGINT) == 0


def test_without_sources_it_runs_and_says_how_to_add_one(tmp_path: Path) -> None:
    """A start without sources prints what to write into the settings, and serves the page all the same."""
    with sudi(tmp_path) as running:
        assert "sudi.toml" in running.visit().see()
        assert "[[sources]]" in running.printed
        assert "SUDI_SOURCES=" in running.printed
        assert running.stop() == 0


def test_fault_34_a_second_process_on_one_data_folder_or_one_port_is_refused(folder: Path) -> None:
    """The second process ends before it sends anything, and says in one sentence who holds the folder, or the port."""
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    with sudi(folder, "--demo") as first:
        address = first.visit().address
        port = address.rpartition(":")[2]
        with (
            sudi(folder, "--demo") as second,
            sudi(elsewhere, SUDI_PORT=port, SUDI_SOURCES=str(folder / "var/posts"), LANG="en_US.UTF-8") as third,
        ):
            assert second.process.wait(30) == 3
            assert third.process.wait(30) == 3
            assert f"PID {first.process.pid}" in second.printed
            assert address in second.printed
            assert "in use by another program" in third.printed
            assert "Traceback" not in second.printed + third.printed


# --- Platforms ---------------------------------------------------------------------------------------------------

OTHER_TOKEN = f"7000000002:{'BBHsimulated' * 3}"[:46]  # a token that opens nothing


def _doctor(running: Sudi, **variables: str) -> str:
    """What `sudi doctor` says while Sudi runs."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SUDI_")}
    environment = inherited | {"PYTHONPATH": str(REPOSITORY)} | variables
    command = [sys.executable, "-m", "bot", "--language", "zh", "doctor"]
    told = subprocess.run(command, cwd=running.folder, env=environment, capture_output=True, text=True, check=False)
    return told.stdout


def _hears(simulator: RunningSimulator, person: Person, words: str) -> None:
    simulator.until(lambda: any(words in entry.text for entry in simulator.messages(person.chat)), words)


def _is_away(running: Sudi, times: int) -> bool | None:
    """Whether it was told of each account that its platform is away, and of none twice."""
    told = [running.printed.count(f"正在等 {platform} 回应") for platform in ("Telegram", "Discord")]
    return told == [times, times] or None


def test_accounts_live_side_by_side_and_nobody_waits_for_an_absent_platform(folder: Path) -> None:
    """While its platforms are away Sudi says so once and goes on; then all its bots answer, beside the doctor.

    What the doctor prints makes whoever says it to a bot an admin. It disturbs nobody. Neither that nor a token is ever
    printed or logged, and the key stands only in the printed address.
    """
    with running_simulator() as telegram, running_discord() as discord:
        others = telegram.add_bot(OTHER_TOKEN, username="sudi_other_bot"), _other(discord)
        lin = discord.person(101)
        lin.adds_bot(lin.creates_server("读书会"))
        variables = {
            "SUDI_TELEGRAM_TOKEN": f"{telegram.token},{OTHER_TOKEN}",
            "SUDI_TELEGRAM_API_URL": telegram.url,
            "SUDI_DISCORD_TOKEN": f"{discord.token} {others[1].token}",
            "SUDI_DISCORD_API_URL": discord.api_url,
            "SUDI_LOG_LEVEL": "debug",
        }
        telegram.refuse()
        discord.refuse()
        with sudi(folder, "--demo", **variables) as running:
            running.visit().wait_for("2026.11.21 AI新闻速递")
            until(lambda: _is_away(running, 2), "that it waits for four bots")
            assert "Telegram 7000000001" in running.visit().see("/deliveries")
            telegram.listen()
            discord.listen()
            until(lambda: running.printed.count("已连接") == 4 or None, "that all are connected")
            assert _is_away(running, 2)
            told = _doctor(running, **variables)
            secrets = _make_admins(telegram, discord, told)
            mei = telegram.person(102).talks_to(others[0])
            mei.says("/subscribe")
            _hears(telegram, mei, "2026.11.21 AI新闻速递")
            assert "Telegram @sudi_other_bot" in running.visit().see("/deliveries")
            assert running.stop() == 0
            tokens = telegram.token, OTHER_TOKEN, discord.token, others[1].token
            assert not any(secret in running.printed for secret in (*tokens, *secrets))
            assert running.printed.count(running.key) == 1
        assert not [*telegram.violations, *discord.violations]


def _other(discord: RunningDiscord) -> BotAccount:
    """A second bot, which is in no server."""
    return discord.add_bot(token_for(1_100_000_000_000_000_002), name="二号")


def _make_admins(telegram: RunningSimulator, discord: RunningDiscord, told: str) -> tuple[str, str]:
    """What the doctor printed makes admins; it heard nothing in place of the bots."""
    assert all(words in told for words in ("sudi 在 1 个服务器里：读书会", "二号 还没有加入服务器"))
    assert (len(discord.gateway.sessions), discord.gateway.resumed) == (2, [])
    payload, code = told.partition("?start=")[2].split()[0], told.partition("填 ")[2].split()[0]
    person, lin = telegram.person(101), discord.person(101)
    person.starts(payload)
    _hears(telegram, person, "管理员")
    use = lin.commands("/admin", lin.dm, 口令=code)
    assert "管理员" in discord.until(lambda: use.answer, "an answer").embeds[0]["description"]
    return payload, code


# --- Outputs -----------------------------------------------------------------------------------------------------


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _healthy(port: int) -> bool | None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return bool(answer.status == 200) or None
    except OSError:
        return None


@pytest.mark.parametrize(
    "streams",
    [
        *(">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full 2>/dev/full", "2>/dev/null", "2>&1"),
        *(">&- 2>/dev/full", "2>&1 >/dev/full"),
    ],
)
def test_fault_47_it_runs_though_nobody_can_read_what_it_prints(folder: Path, streams: str) -> None:
    """Closed, full and broken output (of a pipe without a reader) neither ends the program nor changes how it ends.

    Where nothing else is said, what it prints goes to such a pipe.
    """
    port = _free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SUDI_")}
    environment |= {"PYTHONPATH": str(REPOSITORY), "SUDI_PORT": str(port), "SUDI_SOURCES": str(folder / "var/posts")}
    reader, unread = os.pipe()
    os.close(reader)
    script = f'exec "{sys.executable}" -m bot run {streams}'
    process = subprocess.Popen(["sh", "-c", script], cwd=folder, env=environment, stdout=unread)
    os.close(unread)
    try:
        assert until(lambda: _healthy(port), "its health")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait(30)
