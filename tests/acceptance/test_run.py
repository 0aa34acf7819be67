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

from tests.acceptance.sudi import REPOSITORY, Sudi, sudi, until
from tests.platforms.discord.simulator import running_simulator as running_discord
from tests.platforms.discord.world import token_for
from tests.platforms.telegram.person import Person
from tests.platforms.telegram.simulator import RunningSimulator, running_simulator

NEWS = """---
title: "2026.11.22 AI新闻速递"
date: 2026-11-22T09:00:00+08:00
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


def test_a_saved_post_arrives_and_a_correction_reaches_it(folder: Path) -> None:
    """The demo brings the latest daily and rolling issue, then what is saved, then what is corrected."""
    with sudi(folder, "--demo") as running:
        visitor = running.visit()
        visitor.wait_for("2026.11.21 AI新闻速递")
        visitor.wait_for("2026.11.21.12 过去4小时AI发生了什么？")
        assert "2026.11.20 AI新闻速递" not in visitor.see()
        _save(running, "2026-11-22.md", NEWS)
        visitor.wait_for("刚刚保存，随后送到。")
        _save(running, "2026-11-22.md", NEWS.replace("随后送到", "马上更正"))
        page = visitor.wait_for("马上更正")
        assert "随后送到" not in page
        assert page.count("一条新消息") == 1


def test_without_sources_it_runs_and_says_how_to_add_one(tmp_path: Path) -> None:
    """A start without sources prints what to write into the settings, and serves the page all the same."""
    with sudi(tmp_path) as running:
        assert "sudi.toml" in running.visit().see()
        assert "[[sources]]" in running.printed
        assert "SUDI_SOURCES=" in running.printed
        assert running.stop() == 0


def test_a_second_start_brings_nothing_twice(folder: Path) -> None:
    """After a restart everything that was brought is there once, and the key is the same."""
    with sudi(folder, "--demo") as running:
        running.visit().wait_for("2026.11.21.12 过去4小时AI发生了什么？")
        key = running.key
        assert running.stop() == 0
    with sudi(folder, "--demo") as running:
        _save(running, "2026-11-22.md", NEWS)
        page = running.visit().wait_for("一条新消息")
        assert running.key == key
        assert page.count("2026.11.21.12 过去4小时AI发生了什么？") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_by_a_signal_with_a_reader_at_the_page(folder: Path, number: signal.Signals) -> None:
    """Stopping with nothing in flight ends well, though a browser holds the event stream open."""
    with sudi(folder, "--demo") as running:
        visitor = running.visit()
        visitor.wait_for("2026.11.21 AI新闻速递")
        stream = visitor.opener.open(f"{visitor.address}/events", timeout=30)
        assert stream.status == 200
        assert running.stop(number) == 0
        stream.close()


def test_fault_34_a_second_process_on_one_data_folder_is_refused(folder: Path) -> None:
    """The second process ends before it sends anything, and says who holds the folder."""
    with sudi(folder, "--demo") as first:
        address = first.visit().address
        with sudi(folder, "--demo") as second:
            assert second.process.wait(30) == 3
            told = second.printed
        assert f"PID {first.process.pid}" in told
        assert address in told


def test_no_secret_is_printed_but_the_key_in_the_address(folder: Path) -> None:
    """Tokens never appear in what is printed or logged; the key stands only in the printed address."""
    telegram = "123456789:AAF-abcdefghijklmnopqrstuvwxyz01234"
    discord = "MTE3MDAwMDAwMDAwMDAwMDAwMQ.GxY2aa.aaEhBOweik6ad9r_QXMENQjcrGbqCr4Kbc12345"
    tokens = {"SUDI_TELEGRAM_TOKEN": telegram, "SUDI_DISCORD_TOKEN": discord}
    nowhere = f"http://127.0.0.1:{_free_port()}"
    servers = {"SUDI_TELEGRAM_API_URL": nowhere, "SUDI_DISCORD_API_URL": f"{nowhere}/api/v10"}
    variables = {**tokens, **servers, "SUDI_LOG_LEVEL": "debug"}
    with sudi(folder, "--demo", **variables) as running:
        running.visit().wait_for("2026.11.21 AI新闻速递")
        until(lambda: "account.trouble" in running.printed or None, "that it was asked")
        running.stop()
        printed = running.printed
        assert telegram not in printed
        assert discord not in printed
        assert printed.count(running.key) == 1


# --- Telegram ----------------------------------------------------------------------------------------------------

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


def test_accounts_live_side_by_side_and_nobody_waits_for_an_absent_platform(folder: Path) -> None:
    """While Telegram is away Sudi says so once and goes on; then both bots answer, and the doctor makes an admin."""
    with running_simulator() as telegram:
        other = telegram.add_bot(OTHER_TOKEN, username="sudi_other_bot")
        variables = {"SUDI_TELEGRAM_TOKEN": f"{telegram.token},{OTHER_TOKEN}", "SUDI_TELEGRAM_API_URL": telegram.url}
        telegram.refuse()
        with sudi(folder, "--demo", **variables) as running:
            running.visit().wait_for("2026.11.21 AI新闻速递")
            until(lambda: running.printed.count("正在等 Telegram 回应") == 2 or None, "that it waits for two bots")
            assert "Telegram 7000000001" in running.visit().see("/deliveries")
            telegram.listen()
            until(lambda: running.printed.count("_bot 已连接") == 2 or None, "that both are connected")
            assert running.printed.count("正在等 Telegram 回应") == 2
            lin = telegram.person(101)
            payload = _doctor(running, **variables).partition("?start=")[2].split()[0]
            lin.starts(payload)
            _hears(telegram, lin, "管理员")
            mei = telegram.person(102).talks_to(other)
            mei.says("/subscribe")
            _hears(telegram, mei, "2026.11.21 AI新闻速递")
            assert "Telegram @sudi_other_bot" in running.visit().see("/deliveries")
            assert running.stop() == 0
            assert not any(secret in running.printed for secret in (telegram.token, OTHER_TOKEN, payload))
        assert not telegram.violations


# --- Discord -----------------------------------------------------------------------------------------------------


def test_bots_on_discord_live_side_by_side_and_the_doctor_looks_at_them_meanwhile(folder: Path) -> None:
    """While Discord is away Sudi says so and goes on; then both bots answer, and the doctor disturbs neither.

    What it prints makes whoever says it to the bot an admin; neither that nor a token is ever printed by Sudi.
    """
    with running_discord() as discord:
        other = discord.add_bot(token_for(1_100_000_000_000_000_002), name="二号")
        variables = {"SUDI_DISCORD_TOKEN": f"{discord.token} {other.token}", "SUDI_DISCORD_API_URL": discord.api_url}
        lin = discord.person(101)
        server = lin.creates_server("读书会")
        lin.adds_bot(server)
        discord.refuse()
        with sudi(folder, "--demo", **variables) as running:
            until(lambda: running.printed.count("正在等 Discord 回应") == 2 or None, "that it waits for two bots")
            discord.listen()
            until(lambda: running.printed.count("已连接") == 2 or None, "that both are connected")
            told = _doctor(running, **variables)
            assert all(words in told for words in ("sudi 在 1 个服务器里：读书会", "二号 还没有加入服务器"))
            assert (len(discord.gateway.sessions), discord.gateway.resumed) == (2, [])
            code = told.partition("填 ")[2].split()[0]
            use = lin.commands("/admin", lin.dm, 口令=code)
            answer = discord.until(lambda: use.answer, "an answer")
            assert "管理员" in answer.embeds[0]["description"]
            assert running.stop() == 0
            assert not any(secret in running.printed for secret in (discord.token, other.token, code))
        assert not discord.violations


def test_a_port_in_use_is_one_clear_sentence(folder: Path) -> None:
    """Without the demo's forgiveness, a taken port ends the start with a sentence and exit code 3."""
    with sudi(folder, "--demo") as first:
        port = first.visit().address.rpartition(":")[2]
        elsewhere = folder / "elsewhere"
        elsewhere.mkdir()
        with sudi(elsewhere, SUDI_PORT=port, SUDI_SOURCES=str(folder / "var/posts"), LANG="en_US.UTF-8") as second:
            assert second.process.wait(30) == 3
            assert "in use by another program" in second.printed
            assert "Traceback" not in second.printed


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


@pytest.mark.parametrize("streams", [">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full 2>/dev/full", "2>/dev/null", "2>&1"])
def test_fault_47_it_runs_though_nobody_can_read_what_it_prints(folder: Path, streams: str) -> None:
    """Closed, full and broken output (of a pipe without a reader) neither ends the program nor changes how it ends."""
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


def test_fault_18_a_database_that_is_locked_at_the_start_is_waited_for(folder: Path) -> None:
    """Another program's lock during the start delays what is sent, and ends nothing."""
    with sudi(folder, "--demo") as running:
        running.visit().wait_for("2026.11.21 AI新闻速递")
        assert running.stop() == 0
    other = sqlite3.connect(folder / "var/data/sudi.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with sudi(folder, "--demo") as running:
        until(lambda: "lane.waits_for_store" in running.printed or None, "its patience")
        other.execute("ROLLBACK")
        other.close()
        _save(running, "2026-11-22.md", NEWS)
        running.visit().wait_for("一条新消息")
        assert running.stop() == 0


def test_a_time_without_a_zone_is_that_of_the_posts_found_at_the_first_start(folder: Path) -> None:
    """In a new folder, too, a time that names no zone is told by the zone that the other posts name."""
    with sudi(folder, "--demo") as running:
        running.visit().wait_for("2026.11.21 AI新闻速递")
        _save(running, "2026-11-22.md", NEWS.replace("09:00:00+08:00", "09:00:00"))
        running.visit().wait_for("一条新消息")
        assert running.stop() == 0
    with closing(sqlite3.connect(folder / "var/data/sudi.db")) as db:
        (published,) = db.execute("SELECT published_at FROM digest WHERE title LIKE '2026.11.22%'").fetchone()
    assert datetime.fromtimestamp(published / 1000, UTC) == datetime(2026, 11, 22, 1, tzinfo=UTC)
