"""`sudi`: its JSON, its exit codes, its sentences, as people and other programs meet them."""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import shlex
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.web.server import WebServer
from bot.catalogue import say
from bot.cli import start
from bot.cli.ending import told
from bot.cli.setup import Setup
from bot.exits import Exit
from bot.terminal import json_line, segments, shown
from digest.choices import Choices
from storage import posts
from storage.admins import open_admin_link
from storage.lock import DataFolderLock
from storage.migrate import migrations
from storage.sqlite import SqliteStore, writing
from storage.store import StoreBusy, StoreError
from storage.subscriptions import Place, subscribe
from tests.platforms.discord.simulator import running_simulator as running_discord
from tests.platforms.telegram.simulator import running_simulator

ROOT = Path(__file__).parents[2]
TOKEN = "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"  # noqa: S105 - nobody's
DISCORD_TOKEN = "MTE3MDAwMDAwMDAwMDAwMDAwMQ.GxY2aa.aaEhBOweik6ad9r_QXMENQjcrGbqCr4Kbc12345"  # noqa: S105 - nobody's
NOW = datetime(2025, 11, 21, 4, 0, tzinfo=UTC)
GOOD = """---
title: 2025.11.21 日报
date: 2025-11-21T09:17:24+08:00
series: daily
---

1. [第一条](https://example.com/1)

    正文一。

2. [第二条](https://www.example.com/2?utm_source=x)

    **正文**二。
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How the program ended, and what it said."""

    code: int
    out: str
    err: str

    def lines(self) -> list[dict[str, Any]]:
        """The lines of JSON that were printed."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A folder to work in, and the program: run here, or as a process of its own."""

    folder: Path
    capture: pytest.CaptureFixture[str]
    patch: pytest.MonkeyPatch

    def sudi(self, *arguments: str | bytes | Path, text: str = "", **environment: str) -> Ended:
        """Run the program to its end, in this process."""
        self.capture.readouterr()
        with self.patch.context() as patch:
            patch.chdir(self.folder)
            patch.setattr(sys, "stdin", io.StringIO(text))
            for name, value in environment.items():
                patch.setenv(name, value)
            with pytest.raises(SystemExit) as ended:
                start([os.fsdecode(argument) for argument in arguments])
        out, err = self.capture.readouterr()
        assert "Traceback" not in err
        assert isinstance(ended.value.code, int)
        return Ended(code=ended.value.code, out=out, err=err)

    def process(self, *command: str) -> Ended:
        """Run a command to its end, as a process of its own."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        ended = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, check=False, text=True)
        assert "Traceback" not in ended.stderr
        return Ended(code=ended.returncode, out=ended.stdout, err=ended.stderr)

    def save(self, name: str, text: str | bytes = GOOD) -> Path:
        """Write a file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def store(self, *, subscribed: int = 0) -> Path:
        """Make a database with so many subscriptions."""
        data = self.folder / "var/data"
        data.mkdir(parents=True, exist_ok=True)
        asyncio.run(_filled(data / "sudi.db", subscribed))
        return data


async def _filled(path: Path, subscribed: int) -> None:
    store = await SqliteStore.open(path, now=lambda: NOW)
    for chat in range(subscribed):
        place = Place(platform="web", account="local", chat=str(chat))
        await store.write(lambda db, place=place: subscribe(db, place, Choices(), now=NOW))  # type: ignore[misc]
    await store.close()


pytestmark = pytest.mark.usefixtures("logging_restored")


@pytest.fixture
def desk(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk in an empty folder, without settings of the machine, at an English terminal."""
    for name in list(os.environ):
        if name.startswith(("SUDI_", "LC_", "LANG")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    return Desk(folder=tmp_path, capture=capfd, patch=monkeypatch)


# --- doctor ------------------------------------------------------------------------------------------------------


@pytest.fixture
def telegram() -> Iterator[dict[str, str]]:
    """The settings of a simulated Telegram's bot, as variables."""
    with running_simulator() as simulator:
        yield {"SUDI_TELEGRAM_TOKEN": simulator.token, "SUDI_TELEGRAM_API_URL": simulator.url}


@pytest.fixture
def discord() -> Iterator[dict[str, str]]:
    """The settings of a simulated Discord's bot, as variables."""
    with running_discord() as simulator:
        yield {"SUDI_DISCORD_TOKEN": simulator.token, "SUDI_DISCORD_API_URL": simulator.api_url}


def _opens(desk: Desk, payload: str, person: str = "5", *, platform: str = "telegram") -> bool:
    """Whether somebody becomes an admin by a link, or by its code."""

    async def opened() -> bool:
        store = await SqliteStore.open(desk.folder / "var/data/sudi.db", now=lambda: NOW)
        now = datetime.now(UTC)
        try:
            return await store.write(open_admin_link, payload, platform=platform, person=person, now=now)
        finally:
            await store.close()

    return asyncio.run(opened())


def test_the_doctor_makes_the_first_admin(desk: Desk, telegram: dict[str, str]) -> None:
    """While nobody is an admin a link is printed that makes one, once; with an admin only where it is asked for."""
    link = re.compile(r"https://t\.me/sudi_test_bot\?start=(admin_\w+)")
    desk.store()
    told = desk.sudi("doctor", **telegram).out
    assert "--admin-link" not in told
    found = link.search(told)
    assert found is not None
    assert _opens(desk, found[1])
    assert not _opens(desk, found[1], "6")
    assert not link.search(desk.sudi("doctor", **telegram).out)
    again = link.search(desk.sudi("doctor", "--admin-link", **telegram).out)
    assert again is not None
    assert again[1] != found[1]
    assert _opens(desk, again[1], "6")


def test_the_doctor_makes_the_first_admin_on_discord(
    desk: Desk, telegram: dict[str, str], discord: dict[str, str]
) -> None:
    """Where links carry nothing a code is printed for the command; beside a bot on Telegram each has one of its own."""
    code = re.compile(r"Discord \(https://discord\.com/users/\d+\).+: (admin_\w+)$", re.MULTILINE)
    desk.store()
    told = desk.sudi("doctor", **telegram, **discord).out
    found, link = code.search(told), re.search(r"start=(admin_\w+)", told)
    assert found is not None
    assert link is not None
    assert found[1] != link[1]
    assert _opens(desk, found[1], platform="discord")
    asked = desk.sudi("doctor", "--json", **discord)
    assert "admin_" not in asked.out.replace("admin_link", "")
    (wanted,) = desk.sudi("doctor", "--json", "--admin-link", **discord).lines()
    (secret,) = [finding["secret"] for finding in wanted["findings"] if finding["code"] == "admin_code"]
    assert _opens(desk, secret, "6", platform="discord")


def test_the_link_that_makes_an_admin_is_in_json_only_where_it_is_asked_for(
    desk: Desk, telegram: dict[str, str]
) -> None:
    """What a program keeps of the doctor's JSON holds no link, unless it wants one; no log line ever does."""
    desk.store()
    assert "start=admin_" not in desk.sudi("doctor", "--json", **telegram).out
    asked = desk.sudi("doctor", "--json", "--admin-link", **telegram, SUDI_LOG_LEVEL="debug")
    (told,) = asked.lines()
    (url,) = [finding["url"] for finding in told["findings"] if finding["code"] == "admin_link"]
    assert url.startswith("https://t.me/sudi_test_bot?start=admin_")
    assert "admin_" not in asked.err


def test_no_link_is_made_where_nobody_could_use_it(desk: Desk, telegram: dict[str, str]) -> None:
    """Without a database there is none to make, and without a bot none to open; asked for, that is said."""
    assert "start=admin_" not in desk.sudi("doctor", **telegram).out
    asked = desk.sudi("doctor", "--admin-link", **telegram)
    assert asked.code == Exit.UNREACHABLE
    desk.store()
    assert "no admin link was made" in desk.sudi("doctor", "--admin-link").out


# --- check -------------------------------------------------------------------------------------------------------


def test_check_prints_one_object_a_file(desk: Desk) -> None:
    """`check --json` prints one object a line and file, with these fields and no others."""
    desk.save("posts/a.md")
    ended = desk.sudi("check", "posts", "--json")
    assert ended.code == Exit.FINE
    assert ended.lines() == [
        {
            "file": "posts/a.md",
            "ok": True,
            "title": "2025.11.21 日报",
            "published": "2025-11-21T09:17:24+08:00",
            "series": "daily",
            "language": "zh",
            "intro": False,
            "stories": [
                {"number": 1, "title": "第一条", "url": "https://example.com/1", "key": "example.com/1"},
                {
                    "number": 2,
                    "title": "第二条",
                    "url": "https://www.example.com/2?utm_source=x",
                    "key": "example.com/2",
                },
            ],
            "commentary": False,
            "problems": [],
            "notes": [],
            "fixes": [],
        }
    ]
    assert "日报" in ended.out


BAD: dict[str, tuple[str | bytes, str]] = {
    "empty.md": ("", "empty"),
    "binary.md": (bytes(range(256)) * 8, "not-text"),
    "large.md": ("# T\n\n" + "words " * 100_000, "too-large"),
    "broken.md": ("---\ntitle: [\n---\n\ntext\n", "broken-front-matter"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_delivered_is_not_ok(desk: Desk, name: str) -> None:
    """`ok` is false for what cannot be delivered, the reason is the first problem, and the exit code is 1."""
    text, code = BAD[name]
    desk.save(name, text)
    ended = desk.sudi("check", name, "--json")
    assert ended.code == Exit.WRONG
    (found,) = ended.lines()
    assert not found["ok"]
    assert found["problems"][0]["code"] == code
    assert found["problems"][0]["message"]


def test_a_draft_is_ok_and_named(desk: Desk) -> None:
    """A draft is ok, and named among the problems."""
    desk.save("draft.md", GOOD.replace("series: daily", "series: daily\ndraft: true"))
    ended = desk.sudi("check", "draft.md", "--json")
    assert ended.code == Exit.FINE
    assert [problem["code"] for problem in ended.lines()[0]["problems"]] == ["draft"]


def test_a_preview_of_a_draft_says_so(desk: Desk) -> None:
    """The preview of a draft says above it that it is one, with the words that make it one."""
    desk.save("draft.md", GOOD.replace("series: daily", "draft: false\nStatus: draft"))
    ended = desk.sudi("preview", "draft.md", "--platform", "web")
    assert ended.code == Exit.FINE
    assert "marked as a draft (Status: draft)" in ended.out.splitlines()[1]
    desk.save("draft.md", GOOD)
    assert "draft (" not in desk.sudi("preview", "draft.md").out


def test_a_sentence_is_in_one_language(desk: Desk) -> None:
    """What is said in Chinese has no English words that are no names: binaries, stdin, a data folder in use."""
    desk.save("a.md", "\0binary")
    assert "看起来是「二进制文件」" in desk.sudi("--language", "zh", "check", "a.md").out
    assert "标准输入没有可以写回的文件" in desk.sudi("--language", "zh", "check", "--fix", "-").err
    error = StoreBusy("var is in use", folder="var", holder="7")
    desk.capture.readouterr()
    assert told(error, ["--language", "zh"]) is Exit.UNREACHABLE
    assert desk.capture.readouterr().err.startswith("数据文件夹 var 正被另一个速递占用（7）")


def test_the_sum_says_how_many_files_were_mended(desk: Desk) -> None:
    """The last line of a check counts the files that can be mended, or were."""
    for name in ("a.md", "b.md"):
        desk.save(name, GOOD.replace("\n", "\r\n"))
    desk.save("c.md")
    assert desk.sudi("check", ".", "--diff").out.splitlines()[-1].endswith("2 can be mended (sudi check --fix)")
    assert desk.sudi("check", ".", "--fix").out.splitlines()[-1].endswith("2 mended")
    assert "mended" not in desk.sudi("check", ".", "--fix").out


def test_a_draft_without_a_text_is_only_noted(desk: Desk) -> None:
    """A draft that has no text yet, as generators of sites make them, is ok; without the draft it is empty."""
    made = '---\ntitle: "My Post"\ndate: 2025-11-21T10:00:00+08:00\ndraft: true\n---\n'
    desk.save("draft.md", made)
    ended = desk.sudi("check", "draft.md", "--json")
    assert ended.code == Exit.FINE
    assert [(found["code"], found["level"]) for found in ended.lines()[0]["problems"]] == [("draft", "note")]
    desk.save("draft.md", made.replace("draft: true\n", ""))
    ended = desk.sudi("check", "draft.md", "--json")
    assert ended.code == Exit.WRONG
    assert [found["code"] for found in ended.lines()[0]["problems"]] == ["empty"]


def test_what_is_not_there_is_a_result_like_any_other(desk: Desk) -> None:
    """A path that is missing, no file, or not readable is reported on a line of its own, and the others as well."""
    desk.save("good.md")
    os.mkfifo(desk.folder / "pipe.md")
    ended = desk.sudi("check", "good.md", "missing.md", "pipe.md", "good.md/deeper.md", "--json")
    assert ended.code == Exit.WRONG
    assert [(found["ok"], [problem["code"] for problem in found["problems"]]) for found in ended.lines()] == [
        (True, []),
        (False, ["missing"]),
        (False, ["not-a-file"]),
        (False, ["missing"]),
    ]


@pytest.mark.parametrize(
    "name",
    [b"a b#\xe4\xbb\x8a.md", b"\xff\xfe\x80.md", b"tab\tnew\nline.md", b"\x1b[31mred.md", b'quote"back\\slash.md'],
)
def test_check_survives_any_name(desk: Desk, name: bytes) -> None:
    """Whatever bytes are in a file's name, its line is JSON in UTF-8, from which the very name is got back."""
    path = os.fsdecode(os.fsencode(desk.folder) + b"/" + name)
    Path(path).write_text(GOOD, encoding="utf-8")
    ended = desk.sudi("check", name, "--json")
    assert ended.code == Exit.FINE
    assert os.fsencode(ended.lines()[0]["file"]) == name
    people = desk.sudi("check", name)
    assert people.code == Exit.FINE
    assert "\x1b[31m" not in people.out
    assert len(people.out.splitlines()) == 3


def test_check_finds_posts_below_folders(desk: Desk) -> None:
    """A path may be a folder: every post below it is checked, in order; what is hidden or no post is not."""
    for name in ("b/2.md", "b/1.md", "a.md", ".hidden/x.md", "b/.x.md", "notes.txt", "README.md"):
        desk.save(f"posts/{name}")
    ended = desk.sudi("check", "posts", "--json")
    assert [found["file"] for found in ended.lines()] == ["posts/a.md", "posts/b/1.md", "posts/b/2.md"]


def test_check_speaks_to_people(desk: Desk) -> None:
    """For people, each file has a line, each oddity its sentence, and the sum is said, in either language."""
    desk.save("a.md")
    desk.save("b.md", GOOD.replace("[第二条](https://www.example.com/2?utm_source=x)", "第二条"))
    desk.save("c.md", "")
    english = desk.sudi("check", ".")
    assert english.code == Exit.WRONG
    assert "✓ a.md  2025.11.21 日报 · 2025-11-21 09:17 · Daily · 中文 · 2 stories" in english.out
    assert "✗ c.md" in english.out
    assert english.out.endswith("1 post is fine · 1 can be delivered, with notes · 1 cannot be delivered\n")
    chinese = desk.sudi("--language", "zh", "check", ".")
    assert chinese.out.endswith("1 篇没有问题 · 1 篇可以投递，但有提示 · 1 篇不能投递\n")
    assert desk.sudi("check", ".", LANG="zh_CN.UTF-8").out == chinese.out


@pytest.mark.parametrize("named", ["variable", ".env", "file"])
def test_mistakes_are_told_in_the_language_that_is_set(desk: Desk, named: str) -> None:
    """Settings that cannot be used are told of in the language that they name, where the terminal names none."""
    english = say("en", "mistakes.heading", count=1)
    environment = {"LANG": "C.UTF-8", "SUDI_DISCORD_TOKEN": "your-token"}
    assert english not in desk.sudi("doctor", **environment).err
    match named:
        case "variable":
            environment["SUDI_LANGUAGE"] = "en"
        case ".env":
            desk.save(".env", "SUDI_LANGUAGE=en\n")
        case _:
            desk.save("sudi.toml", 'language = "en"\n')
    assert desk.sudi("doctor", **environment).err.startswith(english)
    environment["LANG"] = "zh_CN.UTF-8"
    assert desk.sudi("doctor", **environment).err.startswith(say("zh", "mistakes.heading", count=1))


def test_errors_are_told_in_the_language_that_is_set(desk: Desk) -> None:
    """What a command cannot do is told in the language of the settings, where the terminal names none."""
    sentence = {language: say(language, "cli.no_store", folder="var/data") for language in ("zh", "en")}
    assert desk.sudi("deliveries", LANG="C.UTF-8").err.strip() == sentence["zh"]
    assert desk.sudi("deliveries", LANG="C.UTF-8", SUDI_LANGUAGE="en").err.strip() == sentence["en"]
    assert desk.sudi("deliveries", LANG="zh_CN.UTF-8", SUDI_LANGUAGE="en").err.strip() == sentence["zh"]
    desk.save("sudi.toml", 'language = "en"\n')
    assert desk.sudi("deliveries", LANG="C.UTF-8").err.strip() == sentence["en"]


def test_long_work_shows_progress_and_keeps_its_lines(desk: Desk) -> None:
    """Checking many files shows how far it is on the terminal, while every line goes where it was sent."""
    for number in range(60):
        desk.save(f"posts/{number:03}.md", GOOD)
    ours, terminal = os.openpty()
    ended = subprocess.run(
        [sys.executable, "-m", "bot", "check", "posts", "--json"],
        cwd=desk.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"},
        stdout=subprocess.PIPE,
        stderr=terminal,
        check=True,
    )
    os.close(terminal)
    assert len([json.loads(line) for line in ended.stdout.splitlines()]) == 60
    assert b"60/60" in os.read(ours, 1 << 16)
    os.close(ours)


def test_a_folder_without_posts_is_said(desk: Desk) -> None:
    """Where there is nothing to check, that is said, and it is no fault."""
    ended = desk.sudi("check", ".")
    assert (ended.code, ended.out) == (Exit.FINE, "")
    assert ended.err == "No posts (*.md) were found.\n"


def test_the_rules_of_a_source_count_for_its_posts(desk: Desk) -> None:
    """A file within a configured source is read with that source's rules."""
    desk.save(
        "posts/a.md",
        "---\ntitle: A\ndate: 2025-11-21 09:00\n---\n\n"
        "1. [First story](/1)\n\n    Words.\n\n2. [Second story](/2)\n\n    Words.\n",
    )
    desk.save(
        "sudi.toml",
        '[[sources]]\nfolder = "posts"\ntime_zone = "Asia/Tokyo"\nbase_url = "https://example.com"\n'
        '[[sources.series]]\nseries = "weekly"\n',
    )
    (found,) = desk.sudi("check", "posts/a.md", "--json").lines()
    assert (found["published"], found["series"]) == ("2025-11-21T09:00:00+09:00", "weekly")
    assert found["stories"][0]["url"] == "https://example.com/1"


def test_a_source_is_checked_as_it_is_looked_at(desk: Desk) -> None:
    """Of a folder within a source those files are checked that the source selects, wherever in it the folder lies."""
    for name in ("posts/2026/a.md", "posts/2026/b.txt", "posts/old/c.md", "posts/2026/drafts/d.md"):
        desk.save(name)
    desk.save(
        "sudi.toml", '[[sources]]\nfolder = "posts"\ninclude = ["*.md", "*.txt"]\nexclude = ["old/", "2026/drafts/"]\n'
    )
    assert [found["file"] for found in desk.sudi("check", "posts", "--json").lines()] == [
        "posts/2026/a.md",
        "posts/2026/b.txt",
    ]
    assert [found["file"] for found in desk.sudi("check", "posts/2026", "--json").lines()] == [
        "posts/2026/a.md",
        "posts/2026/b.txt",
    ]
    within = desk.sudi("check", "posts/2026/drafts", "--json").lines()
    assert [found["file"] for found in within] == ["posts/2026/drafts/d.md"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("posts/_index.md", "section"),
        ("posts/x.bak.md", "backup"),
        ("posts/abak.md", "backup"),
        ("posts/README.md", "project"),
        ("posts/.a.md", "hidden"),
        ("posts/node_modules/x.md", "folder"),
        ("posts/old/a.md", "folder"),
        ("posts/a.txt", "unselected"),
        ("other/_index.md", "section"),
    ],
)
def test_what_is_no_post_is_said_and_stops_nothing(desk: Desk, name: str, code: str) -> None:
    """Of a named file that Sudi would not look at, `check` says why it is no post, reads nothing and ends with 0."""
    desk.save("posts/a.md")
    before = b"---\ntitle: [\r\n---\r\n"
    path = desk.save(name, before)
    desk.save("sudi.toml", '[[sources]]\nfolder = "posts"\nexclude = ["old/"]\n')
    ended = desk.sudi("check", "--fix", "--strict", name, "--json")
    assert ended.code == Exit.FINE
    (found,) = ended.lines()
    assert [(problem["code"], problem["level"]) for problem in found["problems"]] == [(f"no-post-{code}", "note")]
    assert path.read_bytes() == before
    assert "1 file is not a post and was not checked" in desk.sudi("check", name).out


def test_whoever_names_a_file_outside_every_source_may_call_it_as_he_likes(desk: Desk) -> None:
    """A named file in no source is read whatever its ending, and one that is not there is missing."""
    desk.save("a.txt")
    assert desk.sudi("check", "a.txt", "--json").lines()[0]["title"] == "2025.11.21 日报"
    assert desk.sudi("check", "_index.md", "--json").lines()[0]["problems"][0]["code"] == "missing"


def test_a_source_of_which_nothing_is_selected_has_no_posts(desk: Desk) -> None:
    """A source's whole folder is checked as selected, even if nothing in it is: its hook stops no commit then."""
    desk.save("posts/old/a.md", "")
    desk.save("sudi.toml", '[[sources]]\nfolder = "posts"\nexclude = ["old/"]\n')
    assert desk.sudi("check", "posts").code == Exit.FINE


def test_a_folder_outside_every_source_is_taken_for_one(desk: Desk) -> None:
    """Checked before it is configured, a folder is read as the source that it could be."""
    desk.save("mine/2026-05-04/story.md", "1. [First story](https://example.com/1)\n\n    Words.\n")
    below, named = (desk.sudi("check", path, "--json").lines()[0] for path in ("mine", "mine/2026-05-04/story.md"))
    assert below["published"].startswith("2026-05-04T")
    assert named["published"] == below["published"]
    assert below["series"] == "mine"


WARNED = GOOD.replace("**正文**二。", "正文二，多了**一个。")


def test_check_shows_the_line_and_what_readers_see(desk: Desk) -> None:
    """Below each oddity stands its line as it is written, a mark, and the line as readers see it."""
    desk.save("a.md", WARNED)
    assert (
        "    13 │     正文二，多了**一个。\n       │                 ^^\n       │ readers see: 正文二，多了一个。\n"
    ) in desk.sudi("check", "a.md").out


def test_strict_fails_on_warnings_and_not_on_notes(desk: Desk) -> None:
    """With `--strict` a warning ends with 1; a draft and a copy are no warnings."""
    desk.save("a.md", WARNED)
    assert desk.sudi("check", "a.md").code == Exit.FINE
    assert desk.sudi("check", "a.md", "--strict").code == Exit.WRONG
    for name in ("b.md", "c.md"):
        desk.save(name, GOOD.replace("series: daily", "series: daily\ndraft: true"))
    ended = desk.sudi("check", "b.md", "c.md", "--strict", "--json")
    assert ended.code == Exit.FINE
    assert [problem["code"] for problem in ended.lines()[1]["problems"]] == ["draft"]
    assert [(note["code"], note["other"]) for note in ended.lines()[1]["notes"]] == [("same-text", "b.md")]
    assert {problem["level"] for found in ended.lines() for problem in found["problems"]} == {"note"}


def test_a_problem_in_json_has_its_place(desk: Desk) -> None:
    """A problem's object has its line, the columns of what is meant, the line as written and as readers see it."""
    desk.save("a.md", WARNED)
    (problem,) = desk.sudi("check", "a.md", "--json").lines()[0]["problems"]
    assert problem.pop("message")
    assert problem == {
        "line": 13,
        "code": "leftover-stars",
        "level": "warning",
        "column": 11,
        "end_column": 13,
        "written": "    正文二，多了**一个。",
        "shown": "正文二，多了一个。",
    }


def test_colours_are_for_terminals(desk: Desk) -> None:
    """A terminal is shown colours, unless NO_COLOR is set."""
    desk.save("a.md", WARNED)
    said = {}
    for wish in ("", "1"):
        ours, terminal = os.openpty()
        command = [sys.executable, "-m", "bot", "check", "a.md"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "NO_COLOR": wish}
        subprocess.run(command, cwd=desk.folder, env=environment, stdout=terminal, check=True)
        os.close(terminal)
        said[wish] = os.read(ours, 1 << 16)
        os.close(ours)
    assert b"\x1b[33m^^\x1b[0m" in said[""]
    assert b"\x1b[" not in said["1"]
    assert b"^^" in said["1"]


def test_annotations_for_github(desk: Desk) -> None:
    """`--format github` prints a workflow command for each finding, with its place, escaped; then the sum."""
    desk.save("a,b.md", WARNED.replace("series: daily", "series: daily\ndraft: true"))
    desk.save("c.md", "")
    ended = desk.sudi("check", ".", "--format", "github")
    assert ended.code == Exit.WRONG
    draft, stars, empty, total = ended.out.splitlines()
    assert draft.startswith("::notice file=a%2Cb.md,line=5,col=8,endColumn=12,title=draft::This post is marked")
    assert stars.startswith("::warning file=a%2Cb.md,line=14,col=11,endColumn=13,title=leftover-stars::")
    assert stars.endswith("readers see: 正文二，多了一个。")
    assert empty.startswith("::error file=c.md,title=empty::")
    assert total == "1 can be delivered, with notes · 1 cannot be delivered"


def test_fix_mends_and_says_what(desk: Desk) -> None:
    """`--fix` mends the file and says on which line what was mended; `--diff` alone shows it and writes nothing."""
    path = desk.save(
        "a.md", b"\xef\xbb\xbf" + GOOD.replace("正文一。", "的**“词”**的。").replace("\n", "\r\n").encode()
    )
    before = path.read_bytes()
    shown_ = desk.sudi("check", "a.md", "--diff")
    assert path.read_bytes() == before
    assert "line 9 · can be mended (sudi check --fix): bold text" in shown_.out
    assert "\n-    的**“词”**的。␍\n" in shown_.out
    assert "\n+    的“**词**”的。\n" in shown_.out
    mended = desk.sudi("check", "a.md", "--fix")
    assert mended.code == Exit.FINE
    assert "  line 1 · mended: the byte order mark" in mended.out
    assert "  line 9 · mended: bold text" in mended.out
    assert path.read_text(encoding="utf-8") == GOOD.replace("正文一。", "的“**词**”的。")
    assert [fix["code"] for fix in desk.sudi("check", "a.md", "--fix", "--json").lines()[0]["fixes"]] == []


def test_fix_in_json_names_what_was_mended(desk: Desk) -> None:
    """With `--json` each mending is an object: its line, its code, and the line before and after."""
    desk.save("a.md", GOOD.replace("正文一。", "的**“词”**的。"))
    (fix,) = desk.sudi("check", "a.md", "--fix", "--json").lines()[0]["fixes"]
    assert fix == {
        "line": 9,
        "code": "emphasis",
        "count": 1,
        "before": "    的**“词”**的。",
        "after": "    的“**词**”的。",
    }


def test_a_text_on_stdin_is_checked_under_its_name(desk: Desk) -> None:
    """«-» is the text on stdin, read as the file that `--stdin-name` names; it comes alone, and has no file to mend."""
    command = f"printf '1. [甲](https://example.com/1)' | {shlex.quote(sys.executable)} -m bot check - --json"
    (found,) = desk.process("sh", "-c", f"{command} --stdin-name weekly/2026-11-21.md").lines()
    assert (found["file"], found["published"]) == ("weekly/2026-11-21.md", "2026-11-21T00:00:00+00:00")
    for arguments in (("-", "a.md"), ("-", "--fix")):
        assert desk.sudi("check", *arguments).code == Exit.MISUSE


def test_stories_are_listed_on_request(desk: Desk) -> None:
    """`--stories` lists every file with its stories: number, title, host."""
    desk.save("a.md")
    out = desk.sudi("check", "a.md", "-v").out
    assert "     1. 第一条  example.com\n     2. 第二条  example.com\n" in out


def test_of_many_files_only_those_with_something_to_say_are_listed(desk: Desk) -> None:
    """Of many files, those of which there is nothing to say are only counted, unless they are asked for."""
    for number in range(60):
        desk.save(f"posts/{number:03}.md", GOOD.replace("09:17", f"09:{number:02}"))
    desk.save("posts/x.md", WARNED)
    out = desk.sudi("check", "posts").out
    assert out.startswith("! posts/x.md")
    assert out.endswith("60 posts are fine · 1 can be delivered, with notes\n")
    assert desk.sudi("check", "posts", "-v").out.count("✓ ") == 60


def test_several_processes_print_what_one_prints(desk: Desk) -> None:
    """`--jobs` changes how fast it goes, and nothing of what is printed."""
    for number in range(30):
        desk.save(f"posts/{number:03}.md", GOOD if number % 3 else WARNED)
    alone, together = (desk.sudi("check", "posts", "--json", "--jobs", jobs) for jobs in ("1", "2"))
    assert together.out == alone.out
    assert len(alone.lines()) == 30


def test_an_interrupted_check_ends_cleanly(desk: Desk) -> None:
    """Ctrl-c ends a check of many files with its own code, in silence, and leaves no process behind."""
    for number in range(2_000):  # more than a pipe holds of what is said of them: it cannot end before it is read
        desk.save(f"posts/{number:04}.md", GOOD)
    running = subprocess.Popen(
        [sys.executable, "-m", "bot", "check", "posts", "--json", "--jobs", "2"],
        cwd=desk.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert running.stdout
    running.stdout.readline()
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text(encoding="ascii").split()
    running.send_signal(signal.SIGINT)
    _, said = running.communicate()
    assert (running.returncode, said) == (Exit.INTERRUPTED, b"")
    assert len(children) == 2
    assert not any(Path(f"/proc/{child}").exists() for child in children)


# --- preview -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("platform", "fields"),
    [("telegram", {"text", "entities"}), ("discord", {"embeds", "allowed_mentions"}), ("web", {"html"})],
)
@pytest.mark.parametrize("layout", ["full", "brief", "headlines"])
def test_preview_prints_the_messages(desk: Desk, platform: str, fields: set[str], layout: str) -> None:
    """`preview --json` prints one object a line and file, with the messages of that platform and layout."""
    desk.save("a.md")
    desk.save("b.md")
    ended = desk.sudi("preview", "a.md", "b.md", "--platform", platform, "--layout", layout, "--json")
    assert ended.code == Exit.FINE
    assert [set(found) for found in ended.lines()] == [{"file", "messages"}] * 2
    for found in ended.lines():
        assert fields <= set(found["messages"][0])
        assert ("正文" in json.dumps(found, ensure_ascii=False)) == (layout != "headlines")
        assert not {"chat_id", "message_thread_id", "nonce", "reply_parameters", "content"} & set(found["messages"][0])


def test_preview_of_a_bad_post_is_refused(desk: Desk) -> None:
    """A post that cannot be delivered has no preview: it is said why, the others are shown, and the exit code is 1."""
    desk.save("bad.md", "")
    desk.save("good.md")
    ended = desk.sudi("preview", "bad.md", "missing.md", "good.md", "--platform", "web", "--json")
    assert ended.code == Exit.WRONG
    bad, missing, good = ended.lines()
    assert bad["messages"] == missing["messages"] == []
    assert bad["problems"][0]["code"] == "empty"
    assert good["messages"]
    assert ended.err.splitlines()[0].startswith("bad.md: there is nothing to preview. There is no text in the file")


def test_preview_draws_every_platform_for_people(desk: Desk) -> None:
    """For people, a post is drawn for each platform with its counts."""
    desk.save("a.md")
    out = desk.sudi("preview", "a.md").out
    for name in ("Telegram", "Discord", "Web"):
        assert f"── {name} · " in out
    assert "/ 4096" in out
    assert out.count("正文二。") == 3
    assert "<" not in out


def test_json_needs_a_platform(desk: Desk) -> None:
    """What would be sent is a question about one platform."""
    ended = desk.sudi("preview", desk.save("a.md"), "--json")
    assert ended.code == Exit.MISUSE
    assert "--platform" in ended.err


# --- Verbs that change something ---------------------------------------------------------------------------------


def test_without_a_database_nothing_is_done_or_made(desk: Desk) -> None:
    """A verb in a folder where Sudi never ran says so, and makes nothing."""
    for arguments in (("push", "x", "--yes"), ("hold",), ("release",), ("deliveries",)):
        ended = desk.sudi(*arguments)
        assert ended.code == Exit.UNREACHABLE
        assert ended.err.startswith("There is no database in var/data yet")
    assert list(desk.folder.iterdir()) == []


def test_a_push_is_confirmed_on_the_command_line(desk: Desk) -> None:
    """`push --yes` publishes, without Sudi running, and the next start sends it."""
    desk.store(subscribed=2)
    ended = desk.sudi("push", "Something", "broke", "https://example.com/x", "--yes")
    assert ended.code == Exit.FINE
    assert ended.out == "Confirmed. Sudi is not running: it goes to 2 chats at the next start.\n"
    assert ended.err == ""


def test_a_push_without_a_terminal_needs_yes(desk: Desk) -> None:
    """Without a terminal and without `--yes`, a push is shown and cancelled; nothing is sent."""
    desk.store()
    ended = desk.sudi("push", "Something broke")
    assert ended.code == Exit.MISUSE
    assert "This is the preview." in ended.out
    assert ended.err == "There is no terminal to confirm on: add --yes.\n"


def test_a_push_in_json_can_be_confirmed_by_its_button(desk: Desk) -> None:
    """With `--json` a program gets the buttons, and confirms by what they say; a second time does nothing."""
    desk.store(subscribed=1)
    (shown_,) = desk.sudi("push", "-", "--json", text="Something broke\nand more").lines()
    assert set(shown_) == {"text", "documents", "buttons"}
    confirm = shown_["buttons"][0]["says"].removeprefix("/push ")
    assert "it goes to 1 chat at the next start" in desk.sudi("push", confirm).out
    again = desk.sudi("push", confirm)
    assert again.code == Exit.WRONG
    assert "sent already" in again.out


def test_a_push_of_nothing_is_refused(desk: Desk) -> None:
    """A push without words ends with 1, and says how to write one."""
    desk.store()
    ended = desk.sudi("push", "-", text="")
    assert ended.code == Exit.WRONG
    assert ended.out.startswith("Write what happened after /push")


def test_hold_and_release(desk: Desk) -> None:
    """`hold` and `release` do what an admin's commands do."""
    desk.store()
    assert desk.sudi("hold").out.startswith("Held: everything.")
    assert desk.sudi("hold", "telegram", "--json").lines()[0]["buttons"][0]["says"] == "/release telegram"
    unknown = desk.sudi("hold", "99")
    assert unknown.code == Exit.WRONG
    assert "I do not know “99”" in unknown.err
    assert desk.sudi("release").out == "Released: everything, everything on Telegram.\n"
    assert desk.sudi("--language", "zh", "release").out == "现在没有暂缓任何消息。\n"


def test_trouble_of_ours_is_told_and_logged_apart(desk: Desk) -> None:
    """What goes wrong while a verb is answered is logged to stderr; the answer on stdout stays one object."""
    data = desk.store()
    with sqlite3.connect(data / "sudi.db") as connection:
        connection.execute("DROP TABLE proposed_push")
    ended = desk.process(sys.executable, "-m", "bot", "push", "x", "--yes", "--json")
    assert ended.code == Exit.WRONG
    assert ended.lines()[0]["text"] == say("en", "answers.busy")
    (data / "sudi.db").unlink()


class Answering:
    """A desk that a running program would have, as far as a query goes."""

    def __init__(self, store: SqliteStore) -> None:
        from adapters.platform import Platform
        from adapters.web.dialect import WebDialect
        from bot.answer.answerer import Answerer
        from bot.config import Settings

        self.numbers: tuple[int, ...] = ()
        names = iter(f"name{number:04}" for number in range(100))
        self.answer = Answerer(
            store=store,
            dialects={Platform.WEB: WebDialect()},
            settings=Settings(),
            now=lambda: NOW,
            token=lambda: next(names),
        ).answer

    async def healthy(self) -> bool:
        """Well."""
        return True

    async def changes(self) -> AsyncIterator[int]:
        """Nothing changes while anybody looks."""
        for number in self.numbers:
            yield number


async def test_while_sudi_runs_the_verbs_are_queries_to_it(desk: Desk) -> None:
    """While Sudi runs, a verb is a query to it over the page's address with the key from the data folder."""
    from adapters.web.dialect import WebDialect

    data = await asyncio.to_thread(desk.store, subscribed=3)
    (data / "key").write_text("the-key\n")
    store = await SqliteStore.open(data / "sudi.db", now=lambda: NOW)
    server = WebServer(
        desk=Answering(store),  # type: ignore[arg-type]
        say=say,
        dialect=WebDialect(),
        key="the-key",
        now=lambda: NOW,
        token=lambda: "token",
    )
    address = await server.start()
    with DataFolderLock(data) as lock:
        lock.tell(address)
        proxies = {"http_proxy": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
        pushed = await asyncio.to_thread(desk.sudi, "push", "Something broke", "--yes", **proxies)
        assert (pushed.code, pushed.out, pushed.err) == (Exit.FINE, "Confirmed. It is on its way to 3 chats.\n", "")
        held = await asyncio.to_thread(desk.sudi, "--language", "zh", "hold", "web")
        assert held.out.startswith("已暂缓：发往「网页」的消息")
        (data / "key").write_text("another-key\n")
        refused = await asyncio.to_thread(desk.sudi, "hold")
        assert refused.code == Exit.UNREACHABLE
        assert "another-key" not in refused.err
    await server.stop()
    await store.close()


def test_a_folder_that_is_held_by_somebody_silent_is_said(desk: Desk) -> None:
    """A program that holds the folder and has no page cannot be asked: it is said who holds it."""
    data = desk.store()
    with DataFolderLock(data) as lock:
        silent = desk.sudi("hold")
        assert silent.code == Exit.UNREACHABLE
        assert str(os.getpid()) in silent.err
        (data / "key").write_text("the-key\n")
        lock.tell("http://127.0.0.1:9")
        dead = desk.sudi("hold")
        assert dead.code == Exit.UNREACHABLE
        assert dead.err.startswith("Sudi is running, but http://127.0.0.1:9 does not answer")


# --- sources -----------------------------------------------------------------------------------------------------


def test_sources_are_listed(desk: Desk) -> None:
    """`sources` lists where posts come from, an object a source, with what is wrong with each; no secret is shown.

    While a source fails it ends with 1.
    """
    (desk.folder / "sudi.toml").write_text(
        '[[sources]]\nfolder = "posts"\nmay_push = true\n[[sources]]\ngit = "https://bob:sesame@h.example/news.git"\n'
    )
    assert desk.sudi("sources").code == 0
    before = desk.sudi("sources", "--json").lines()
    assert [(one["name"], one["kind"], one["posts"], one["error"]) for one in before] == [
        ("posts", "folder", 0, None),
        ("news", "git", 0, None),
    ]
    asyncio.run(_fail_source(desk.folder / "var/data/sudi.db"))
    here, there = desk.sudi("sources", "--json").lines()
    assert (here["may_push"], here["looked"]) == (True, NOW.isoformat())
    assert (there["place"], there["error"]) == ("https://h.example/news.git", "git-refused")
    assert there["next_fetch"] == there["failing_since"] == NOW.isoformat()
    for language in ("zh", "en"):
        told = desk.sudi("--language", language, "sources")
        assert told.code == Exit.WRONG
        assert "https://h.example/news.git" in told.out
        assert "sesame" not in told.out
        assert "{" not in told.out
    assert "11-21 13:00:00 Asia/Tokyo" in desk.sudi("sources", SUDI_TIME_ZONE="Asia/Tokyo").out


def test_times_name_their_zone(desk: Desk) -> None:
    """Times that are printed are in the zone that is set, else in the machine's, and its name stands with them."""
    (desk.folder / "sudi.toml").write_text("")
    setup = Setup(config=desk.folder / "sudi.toml", wish=None)
    here = NOW.astimezone()
    assert setup.zone_name(NOW) == f"UTC{here:%z}"[:6] + ":" + f"{here:%z}"[3:]
    (desk.folder / "sudi.toml").write_text('time_zone = "Asia/Tokyo"')
    assert Setup(config=desk.folder / "sudi.toml", wish=None).zone_name(NOW) == "Asia/Tokyo"


async def _fail_source(path: Path) -> None:
    path.parent.mkdir(parents=True, mode=0o700)
    store = await SqliteStore.open(path, now=lambda: NOW)
    for name in ("posts", "news"):
        await store.write(posts.add_source, name)
    await store.write(posts.note_look, "posts", NOW)
    await store.write(posts.fail_fetch, "news", "git-refused", NOW, following=NOW)
    await store.close()


def test_without_sources_there_is_nothing_to_list(desk: Desk) -> None:
    """Where no source is set up, `sources` says so as the doctor does, the demo's too, and prints no JSON."""
    for folder in (None, desk.folder / "var/posts"):
        if folder is not None:
            folder.mkdir(parents=True)
        told = desk.sudi("sources")
        assert told.code == 0
        assert told.out.strip() in desk.sudi("doctor").out
        assert "No source" in told.out
    assert "var/posts" in told.out
    assert desk.sudi("sources", "--json").out == ""


# --- deliveries --------------------------------------------------------------------------------------------------


def test_deliveries_are_listed(desk: Desk) -> None:
    """`deliveries` lists what is in the ledger, one object a line, of one state or digest."""
    data = desk.store(subscribed=1)
    desk.sudi("push", "Something broke", "--yes")
    asyncio.run(_promised(data / "sudi.db"))
    (row,) = desk.sudi("deliveries", "--json").lines()
    assert (row["title"], row["series"], row["state"], row["lane"]) == (
        "Something broke",
        "breaking",
        "open",
        "web:local",
    )
    assert datetime.fromisoformat(row["due"]).tzinfo is not None
    assert desk.sudi("deliveries", "--state", "sent", "--json").out == ""
    assert desk.sudi("deliveries", "--digest", "99").out == "There are no such deliveries.\n"
    table = desk.sudi("deliveries", "--digest", str(row["digest"]))
    assert "Something broke" in table.out
    assert "waiting" in table.out
    due = datetime.fromisoformat(row["due"]).astimezone(ZoneInfo("Asia/Tokyo"))
    table = desk.sudi("deliveries", SUDI_TIME_ZONE="Asia/Tokyo")
    assert f"{due:%m-%d %H:%M:%S}" in table.out
    assert "(Asia/Tokyo)" in table.out


def test_deliveries_tell_chats_by_their_names(desk: Desk) -> None:
    """A chat is told by what people call it, with its number behind, and no name of it breaks the terminal."""
    data = desk.store(subscribed=1)
    desk.sudi("push", "Something broke", "--yes")
    asyncio.run(_promised(data / "sudi.db"))
    (row,) = desk.sudi("deliveries", "--json").lines()
    assert row["chat_name"] == ""
    with sqlite3.connect(data / "sudi.db") as connection:
        connection.execute("UPDATE subscription SET chat_name = ?", ("#新闻 [red](AI)\x1b[2J\u202e",))
    (row,) = desk.sudi("deliveries", "--json").lines()
    assert row["chat_name"].startswith("#新闻")
    table = desk.sudi("deliveries", COLUMNS="200").out
    assert re.search(rf"#新闻 \[red\]\(AI\) \[2J +{re.escape(str(row['chat']))} ", table)
    assert not {"\x1b", "\u202e"} & set(table)


async def _promised(path: Path) -> None:
    from storage import ledger

    store = await SqliteStore.open(path, now=lambda: NOW)
    await store.write(ledger.promise_page, page=10, now=NOW)
    await store.close()


def test_fault_46_an_older_database_is_told_and_not_touched(desk: Desk) -> None:
    """Before an upgraded Sudi was started once, `deliveries` says so, and changes nothing."""
    place = desk.store() / "sudi.db"
    place.unlink()
    with closing(writing(place, now=lambda: NOW, known=migrations()[:5])):
        pass
    ended = desk.sudi("deliveries")
    assert (ended.code, ended.out) == (Exit.UNREACHABLE, "")
    assert "sudi run" in ended.err
    with closing(sqlite3.connect(place)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (5,)


def test_a_newer_database_is_told_and_not_touched(desk: Desk) -> None:
    """A database from a newer version ends every verb with a sentence."""
    data = desk.store()
    with sqlite3.connect(data / "sudi.db") as connection:
        connection.execute("PRAGMA user_version = 999")
    for arguments in (("deliveries",), ("hold",)):
        ended = desk.sudi(*arguments)
        assert ended.code == Exit.UNREACHABLE
        assert "version 999" in ended.err
        assert "版本 999" in desk.sudi("--language", "zh", *arguments).err


# --- Wrong use ---------------------------------------------------------------------------------------------------


def test_mistakes_in_the_settings_are_told_at_once(desk: Desk) -> None:
    """All mistakes of the settings are told in sentences, and the exit code is 2."""
    desk.save("sudi.toml", 'prot = 1\nport = "x"\n')
    ended = desk.sudi("check", ".")
    assert ended.code == Exit.MISUSE
    assert ended.err.splitlines() == [
        "2 settings need fixing:",
        "  prot: there is no such setting. Did you mean port?",
        "  port: this must be a number.",
    ] or ended.err.splitlines() == [
        "2 settings need fixing:",
        "  port: this must be a number.",
        "  prot: there is no such setting. Did you mean port?",
    ]
    assert desk.sudi("--language", "zh", "doctor").err.startswith("设置里有 2 处需要改：")


@pytest.mark.parametrize(
    "arguments",
    [
        ("chekc",),
        ("check",),
        ("preview", "a.md", "--platform", "icq"),
        ("deliveries", "--state", "x"),
        ("--nope",),
        ("push",),
    ],
)
def test_wrong_use_ends_with_two(desk: Desk, arguments: Sequence[str]) -> None:
    """Wrong use of the command line ends with 2 and a sentence."""
    ended = desk.sudi(*arguments)
    assert ended.code == Exit.MISUSE
    assert "Error: " in ended.err


def test_help_needs_no_settings(desk: Desk) -> None:
    """Help and version work whatever is in the settings."""
    desk.save("sudi.toml", "port = ")
    for arguments in (("--help",), ("run", "--help"), ("--version",), ("check", "-h")):
        assert desk.sudi(*arguments).code == Exit.FINE


def test_help_imports_nothing_heavy(desk: Desk) -> None:
    """The help waits for no platform's library, nor for rich, nor for the settings."""
    program = (
        "import sys, bot.cli\n"
        "try: bot.cli.start(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'telegram', 'discord', 'rich', 'aiohttp', 'pydantic', 'jinja2', 'apscheduler', 'structlog'}\n"
        "print('imported:', sorted(heavy & set(sys.modules)))"
    )
    assert desk.process(sys.executable, "-c", program).out.endswith("imported: []\n")


def test_a_process_that_has_ended_is_not_tidied_up(desk: Desk) -> None:
    """Whatever is in memory when a command has ended is left as it is: Python does not look through it once more."""
    program = (
        "import atexit, gc, sys, bot.__main__\n"
        "atexit.register(lambda: print('left as it is:', gc.get_freeze_count() > 0))\n"
        "sys.argv = ['sudi', '--version']\n"
        "bot.__main__.main()"
    )
    ended = desk.process(sys.executable, "-c", program)
    assert (ended.code, ended.out.splitlines()[-1]) == (Exit.FINE, "left as it is: True")


def test_a_reader_who_leaves_is_no_error(desk: Desk) -> None:
    """When whoever reads our output has gone, as `head` does, nothing is complained of."""
    for number in range(200):
        desk.save(f"posts/{number:03}.md")
    command = f"{shlex.quote(sys.executable)} -m bot check posts --json | head -n 1"
    ended = desk.process("bash", "-o", "pipefail", "-c", command)
    assert (ended.code, ended.err) == (Exit.UNREAD, "")
    assert len(ended.out.splitlines()) == 1


def test_a_number_too_large_for_any_digest_is_misuse(desk: Desk) -> None:
    """A number that no store can hold is refused in a sentence."""
    ended = desk.sudi("deliveries", "--digest", "9999999999999999999")
    assert ended.code == Exit.MISUSE
    assert "9999999999999999999" in ended.err


def test_what_several_tasks_failed_with_is_told_in_its_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """A store that fails a task of many is the store's sentence and code, and no mistake of ours."""
    failed = ExceptionGroup("tasks", [ExceptionGroup("lane", [StoreError("The disk is full.")]), ValueError("x")])
    assert told(failed, ["run"]) == Exit.UNREACHABLE
    assert capsys.readouterr().err == "数据库没能完成这次操作。（「The disk is full.」）\n"


def test_it_is_a_program(desk: Desk) -> None:
    """`python -m bot` is `sudi`, with its output and its exit codes."""
    desk.save("a.md", "")
    ended = desk.process(sys.executable, "-m", "bot", "--language", "zh", "check", "a.md")
    assert (ended.code, ended.err) == (Exit.WRONG, "")
    assert "文件里没有正文" in ended.out


def test_no_token_is_ever_printed(desk: Desk) -> None:
    """Whatever is asked and goes wrong, a token is in no output."""
    desk.save("a.md")
    desk.store()
    settings = {
        "SUDI_TELEGRAM_TOKEN": TOKEN,
        "SUDI_TELEGRAM_API_URL": "http://127.0.0.1:9",
        "SUDI_DISCORD_TOKEN": DISCORD_TOKEN,
        "SUDI_DISCORD_API_URL": "http://127.0.0.1:9",
        "SUDI_LOG_LEVEL": "debug",
    }
    for arguments in (
        ("doctor",),
        ("doctor", "--json"),
        ("check", "a.md"),
        ("hold",),
        ("preview", "a.md"),
        ("deliveries",),
    ):
        ended = desk.sudi(*arguments, **settings)
        assert not any(token in ended.out + ended.err for token in (TOKEN, DISCORD_TOKEN))
    wrong = desk.sudi("doctor", **settings, SUDI_PORT="x", SUDI_TELEGRAM_TOKN=TOKEN)
    assert wrong.code == Exit.MISUSE
    assert not any(token in wrong.out + wrong.err for token in (TOKEN, DISCORD_TOKEN))


# --- Pure --------------------------------------------------------------------------------------------------------


@given(
    st.recursive(
        st.text(st.characters()), lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner)
    )
)
def test_any_value_is_one_line_of_json(value: Any) -> None:
    """Whatever is printed as JSON is one line of UTF-8 that reads back as it was."""
    line = json_line(value)
    assert "\n" not in line
    assert json.loads(line.encode()) == value


def test_lists_are_counted_in_a_terminal() -> None:
    """An ordered list keeps its numbers, a list within it has its own marks."""
    html = '<ol start="3"><li>a</li><li>b<ul><li>c</li></ul></li><li>d</li></ol>'
    assert "".join(text for text, _ in segments(html)).split() == ["3.", "a", "4.", "b", "•", "c", "5.", "d"]


@given(st.text(st.characters()))
def test_what_is_shown_cannot_steer_a_terminal(text: str) -> None:
    """What somebody wrote is shown without control characters, and can be printed."""
    said = shown(text).encode().decode()
    assert not {"\x1b", "\n", "\r", "\x9b", "\u202e"} & set(said)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a <b>b</b></p><p>c</p>", "a b\nc\n"),
        ("<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>", "  • a\n  • b\n    • c\n"),
        ("a<br>b<br><br><br><br>c", "a\nb\n\nc"),
        ("<pre>x\n  y</pre>", "x\n  y\n"),
        ("&lt;b&gt; &amp;\n \n  <i>z</i>", "<b> &\n\nz"),
        ('<img src="x" alt="图">', "[图]"),
    ],
)
def test_drawn_messages_are_shown_as_text(html: str, text: str) -> None:
    """A drawn message is shown as text: blocks are lines, lists are set in, nothing is markup."""
    assert "".join(words for words, _ in segments(html)) == text


def test_styles_are_kept() -> None:
    """Bold, italic, struck and linked words are styled."""
    found: Iterator[tuple[str, str]] = (
        (words.strip(), style) for words, style in segments("<b>a <i>b</i></b> <a>c</a>")
    )
    assert [pair for pair in found if pair[0]] == [("a", "bold"), ("b", "bold italic"), ("c", "underline")]
