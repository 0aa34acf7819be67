"""Values in words."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import adapters.web
from adapters.platform import Count, Loss
from adapters.web.desk import AlertView, SourceView
from adapters.web.looker import Looker, Theme
from adapters.web.wording import Wording, thousands
from bot.catalogue import LANGUAGES, catalogue, knows, say, say_code
from digest.problems import Code, Problem
from tests.adapters.web.desks import NOW

SHANGHAI = ZoneInfo("Asia/Shanghai")


def wording(language: str = "zh", zone: str = "Asia/Shanghai") -> Wording:
    """The words for somebody who looks now."""
    looker = Looker(language=language, theme=Theme.AUTO, zone=ZoneInfo(zone))
    return Wording(say=say, looker=looker, now=NOW)


def test_thousands_are_set_apart_by_a_thin_space() -> None:
    """Counts read «3 812 / 4 096»."""
    assert thousands(1234567) == "1\u202f234\u202f567"
    assert wording().usage(Count(unit="utf16", used=3812, limit=4096)) == "3\u202f812 / 4\u202f096"


@pytest.mark.parametrize(
    ("at", "zh", "en"),
    [
        (NOW - timedelta(hours=2), "08:30", "08:30"),
        (NOW - timedelta(hours=12), "11月20日 22:30", "20 Nov, 22:30"),
        (datetime(2024, 2, 29, 1, 5, tzinfo=UTC), "2024年2月29日 09:05", "29 Feb 2024, 09:05"),
    ],
)
def test_a_moment_says_no_more_than_is_needed(at: datetime, zh: str, en: str) -> None:
    """Today is the time alone; the year is said only where it is another."""
    assert wording("zh").moment(at) == zh
    assert wording("en").moment(at) == en


def test_times_are_elements_in_the_zone_of_whoever_looks() -> None:
    """A time is an element: machines read UTC, people their own zone."""
    drawn = wording(zone="America/New_York").time(datetime(2025, 11, 21, 2, 0, tzinfo=UTC))
    assert 'datetime="2025-11-21T02:00:00Z"' in drawn
    assert 'title="2025-11-20 21:00:00 -0500"' in drawn
    assert drawn.endswith(">21:00</time>")


def test_a_code_without_words_is_shown_as_it_is() -> None:
    """A platform's own words, or a code of tomorrow, are never hidden."""
    words = wording()
    assert words.reason("refused: BUTTON_DATA_INVALID") == "平台拒绝了这条消息（「BUTTON_DATA_INVALID」）"
    assert words.reason("403: bot was {blocked} by the user") == "「403: bot was {blocked} by the user」"
    assert words.loss(Loss(what="hologram", times=2)) == "hologram"
    assert words.reason(None) == ""
    assert words.lane("smoke:1") == "smoke:1"
    assert words.lane("telegram:123") == "Telegram 123"
    assert words.lane("telegram:123", "@sudi_bot") == "Telegram @sudi_bot"
    assert words.alert("account-dead", {"lane": "telegram:123"}).startswith("Telegram 123 ")
    deaf = words.alert("account-deaf", {"lane": "discord:1", "why": "closed-with: 1006"})
    assert deaf == "Discord 1 暂时收不到消息（网关断开了连接，代码 1006），命令和按钮没有反应；发送照常。"
    assert words.series("my-series") == "my-series"


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_alert_about_a_chat_names_it(language: str) -> None:
    """A chat is told by what people call it, with its number behind; by its number alone where nobody told that."""
    details: dict[str, str | int] = {"lane": "telegram:1", "chat": "-1001", "thread": "7"}
    named = wording(language).alert("thread-lost", {**details, "chat_name": "Readers (@readers)"})
    assert "Readers (@readers) -1001" in named
    assert named == say_code(language, "alerts", "thread-lost", **details, chat_name="Readers (@readers)")
    assert wording(language).alert("thread-lost", details) == named.replace("Readers (@readers) ", "")


def test_a_failing_source_says_what_its_alert_says() -> None:
    """Why a source fails is told in the alert's words, with its details where there are any."""
    words = wording()
    source = SourceView(name="稿库", folder="/posts", looked_at=None, error="vanished-posts")
    details: dict[str, str | int] = {"source": "稿库", "posts": 7}
    alert = AlertView(name="x", code="vanished-posts", details=details, raised_at=NOW)
    assert words.source_error(source, (alert,)) == words.alert("vanished-posts", details)
    assert "稿库" in words.source_error(replace(source, error="missing-folder"), ())


def test_a_problem_names_its_line() -> None:
    """What is odd about a post says where."""
    words = wording()
    assert words.problem(Problem(code=Code.DRAFT, line=3)).startswith("第 3 行：")
    assert not words.problem(Problem(code=Code.DRAFT)).startswith("第")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("code", "details"),
    [
        (Code.MENDED_FRONT_MATTER, {"near": "title: [a", "slip": "bracket"}),
        (Code.BROKEN_FRONT_MATTER, {"near": "title: a: b"}),
        (Code.NOT_TEXT, {"encoding": "binary"}),
        (Code.NOT_TEXT, {"encoding": "UTF-16"}),
        (Code.DRAFT, {}),
        (Code.DRAFT, {"written": "published: false"}),
    ],
)
def test_a_problem_is_told_as_everywhere_else(code: Code, details: dict[str, str | int], language: str) -> None:
    """The page tells a problem in the words of `sudi check`, with the advice for its slip, and never as a bare code."""
    told = wording(language).problem(Problem(code=code, details=details))
    assert told == say_code(language, "problems", code, **details)
    assert told != code


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_word_that_a_template_asks_for_is_in_the_catalogue(language: str) -> None:
    """No page asks for a word that the catalogues do not have, and they have none that no page asks for."""
    folder = Path(adapters.web.__file__).parent
    sources = [*folder.glob("templates/*.html"), *folder.glob("*.py")]
    text = "\n".join(source.read_text(encoding="utf-8") for source in sources)
    asked = set(re.findall(r"""(?:\bt|\.page)\("(\w+)"[,)]""", text)) | set(re.findall(r'"pages\.(\w+)"', text))
    assert len(asked) > 60
    assert {key for key in asked if not knows(f"pages.{key}")} == set()
    kept = {key.removeprefix("pages.").split(".")[0] for key in catalogue(language) if key.startswith("pages.")}
    stems = set(re.findall(r'"(\w+_)" ?~', text)) | {"trouble_", "when_", "day_"}
    quoted = set(re.findall(r'"(\w+)"', text))
    assert {key for key in kept - asked - quoted if not key.startswith(tuple(stems))} == set()
