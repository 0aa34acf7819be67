"""When a post says it was published."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.dates import beneath, in_folder, in_name, in_title, month_in, spelled, week_in, without_dates

SHANGHAI = ZoneInfo("Asia/Shanghai")
CST = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2025-11-21T09:17:24+08:00", datetime(2025, 11, 21, 9, 17, 24, tzinfo=CST)),
        ("2025-11-10T09:10:03.447+08:00", datetime(2025, 11, 10, 9, 10, 3, 447_000, tzinfo=CST)),
        ("2026-01-27T05:44:39.731046Z", datetime(2026, 1, 27, 5, 44, 39, 731_046, tzinfo=UTC)),
        ("2022/10/17", datetime(2022, 10, 17, tzinfo=SHANGHAI)),
        ("2026-08-20 22:00:00 -0000", datetime(2026, 8, 20, 22, tzinfo=UTC)),
        ("2020-12-2", datetime(2020, 12, 2, tzinfo=SHANGHAI)),
        ("2025-11-21 09:17", datetime(2025, 11, 21, 9, 17, tzinfo=SHANGHAI)),
        ("2025-11-21T09:17:24+0800", datetime(2025, 11, 21, 9, 17, 24, tzinfo=CST)),
        ("2025.11.21", datetime(2025, 11, 21, tzinfo=SHANGHAI)),
        ("2025年11月21日 09:30", datetime(2025, 11, 21, 9, 30, tzinfo=SHANGHAI)),
        ("20251121", datetime(2025, 11, 21, tzinfo=SHANGHAI)),
        ("Nov 21, 2025", datetime(2025, 11, 21, tzinfo=SHANGHAI)),
    ],
)
def test_spellings(written: str, moment: datetime) -> None:
    """Every spelling that real posts use is read; a time without an offset is in the source's zone."""
    read = spelled(written, SHANGHAI)
    assert read == moment
    assert read is not None
    assert read.utcoffset() == moment.utcoffset()


PST = timezone(timedelta(hours=-8))


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("Mon, 02 Jan 2006 15:04:05 +0800", datetime(2006, 1, 2, 15, 4, 5, tzinfo=CST)),
        ("Mon, 02 Jan 2006 15:04:05 GMT", datetime(2006, 1, 2, 15, 4, 5, tzinfo=UTC)),
        ("Mon Jan  2 15:04:05 PST 2006", datetime(2006, 1, 2, 15, 4, 5, tzinfo=PST)),
        ("Mon Jan 02 2006 15:04:05 GMT+0800 (China Standard Time)", datetime(2006, 1, 2, 15, 4, 5, tzinfo=CST)),
        ("Jan 2, 2026", datetime(2026, 1, 2, tzinfo=SHANGHAI)),
        ("January 2nd, 2026 at 3:04 PM", datetime(2026, 1, 2, 15, 4, tzinfo=SHANGHAI)),
        ("2 January 2026 3pm", datetime(2026, 1, 2, 15, tzinfo=SHANGHAI)),
        ("2026-01-02 12:30 AM", datetime(2026, 1, 2, 0, 30, tzinfo=SHANGHAI)),
        ("2026-01-02 晚上12点", datetime(2026, 1, 3, tzinfo=SHANGHAI)),
        ("2026-01-02 12:30 p.m.", datetime(2026, 1, 2, 12, 30, tzinfo=SHANGHAI)),
        ("2 janvier 2026", datetime(2026, 1, 2, tzinfo=SHANGHAI)),
        ("vendredi 2 janvier 2026 à 15h04", datetime(2026, 1, 2, 15, 4, tzinfo=SHANGHAI)),
        ("1er août 2026", datetime(2026, 8, 1, tzinfo=SHANGHAI)),
        ("2. Januar 2026", datetime(2026, 1, 2, tzinfo=SHANGHAI)),
        ("Freitag, 2. März 2026, 15:04 Uhr", datetime(2026, 3, 2, 15, 4, tzinfo=SHANGHAI)),
        ("2.1.2026", datetime(2026, 1, 2, tzinfo=SHANGHAI)),
        ("2026年1月2日", datetime(2026, 1, 2, tzinfo=SHANGHAI)),
        ("2026年1月2日 星期五 下午3:04", datetime(2026, 1, 2, 15, 4, tzinfo=SHANGHAI)),
        ("2026年1月2日（金）15時04分", datetime(2026, 1, 2, 15, 4, tzinfo=SHANGHAI)),
        ("2026年1月2号 9点", datetime(2026, 1, 2, 9, tzinfo=SHANGHAI)),
        ("２０２６－０１－０２ １５：０４", datetime(2026, 1, 2, 15, 4, tzinfo=SHANGHAI)),
        ("“2026-01-02”", datetime(2026, 1, 2, tzinfo=SHANGHAI)),
        ("2026-01-02 Fri 15:04", datetime(2026, 1, 2, 15, 4, tzinfo=SHANGHAI)),
        ("20260102T150405Z", datetime(2026, 1, 2, 15, 4, 5, tzinfo=UTC)),
        ("20260102150405", datetime(2026, 1, 2, 15, 4, 5, tzinfo=SHANGHAI)),
        ("202601021504", datetime(2026, 1, 2, 15, 4, tzinfo=SHANGHAI)),
        ("1767337445", datetime(2026, 1, 2, 7, 4, 5, tzinfo=UTC)),
        ("1767337445123", datetime(2026, 1, 2, 7, 4, 5, 123_000, tzinfo=UTC)),
        ("2026-01-02 24:00", datetime(2026, 1, 3, tzinfo=SHANGHAI)),
        ("2026-01-02 15:04 CST", datetime(2026, 1, 2, 15, 4, tzinfo=SHANGHAI)),
        ("2026-01-02 15:04 JST", datetime(2026, 1, 2, 15, 4, tzinfo=timezone(timedelta(hours=9)))),
        ("2026-01-02 15:04 UTC+8", datetime(2026, 1, 2, 15, 4, tzinfo=CST)),
        ("2026-01-02 15:04:05 +8", datetime(2026, 1, 2, 15, 4, 5, tzinfo=CST)),
        ("2026-01-02T15:04:05+08:00[Asia/Shanghai]", datetime(2026, 1, 2, 15, 4, 5, tzinfo=CST)),
        ("2026-01-02 15:04 Asia/Tokyo", datetime(2026, 1, 2, 15, 4, tzinfo=ZoneInfo("Asia/Tokyo"))),
        ("2026-01-02T15:04:05.123456789Z", datetime(2026, 1, 2, 15, 4, 5, 123_456, tzinfo=UTC)),
        ("13/01/2026", datetime(2026, 1, 13, tzinfo=SHANGHAI)),
        ("01/13/2026", datetime(2026, 1, 13, tzinfo=SHANGHAI)),
        ("2026-05", datetime(2026, 5, 1, tzinfo=SHANGHAI)),
        ("May 2026", datetime(2026, 5, 1, tzinfo=SHANGHAI)),
    ],
)
def test_more_spellings(written: str, moment: datetime) -> None:
    """Dates: spellings of mail, browsers, shells and people, in four languages, short clocks and names of zones."""
    read = spelled(written, SHANGHAI)
    assert read == moment
    assert read is not None
    assert read.utcoffset() == moment.utcoffset()


def test_changes_of_clocks() -> None:
    """Dates: naive times take the source's zone, also where its clocks skip an hour or show one twice."""
    berlin = ZoneInfo("Europe/Berlin")
    assert spelled("2026-03-29 02:30", berlin) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert spelled("2026-10-25 02:30", berlin) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert spelled("2026-07-01", berlin) == datetime(2026, 6, 30, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-W05", (2026, 1, 26)),
        ("2026W5", (2026, 1, 26)),
        ("2026-week-05", (2026, 1, 26)),
        ("weekly/2026/week-05", (2026, 1, 26)),
        ("AI 周报 2026年第5周", (2026, 1, 26)),
        ("KW 5/2026", (2026, 1, 26)),
        ("2026-W01", (2025, 12, 29)),
        ("2026-W60", None),
        ("week-05", None),
        ("2026-05", None),
    ],
)
def test_weeks(text: str, day: tuple[int, int, int] | None) -> None:
    """Dates: a weekly that is called by its week was published on that week's Monday, as far as anybody can know."""
    assert week_in(text, UTC) == (datetime(*day, tzinfo=UTC) if day else None)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-05", (2026, 5, 1)),
        ("2026.05-x", (2026, 5, 1)),
        ("202605", (2026, 5, 1)),
        ("AI 月报 2026年5月", (2026, 5, 1)),
        ("The best of May 2026", (2026, 5, 1)),
        ("2026-05-12", None),
        ("2026-13", None),
        ("201112", None),
        ("v1.2026.05", None),
    ],
)
def test_months(text: str, day: tuple[int, int, int] | None) -> None:
    """Dates: a monthly that is called by its month was published on the first day of it."""
    assert month_in(text, UTC) == (datetime(*day, tzinfo=UTC) if day else None)


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("2026-05/12", (2026, 5, 12)),
        ("a/2026/05/12", (2026, 5, 12)),
        ("2026/05-12", (2026, 5, 12)),
        ("2026/0512", (2026, 5, 12)),
        ("2026年/5月/12日", (2026, 5, 12)),
        ("2026/05/05-12", (2026, 5, 12)),
        ("2026/05/12/index", (2026, 5, 12)),
        ("2026/05/10-things", None),
        ("2026/05", None),
        ("notes/12", None),
    ],
)
def test_beneath_folders(path: str, day: tuple[int, int, int] | None) -> None:
    """Dates: the folder and the file's name tell a day together where neither does alone."""
    assert beneath(path, UTC) == (datetime(*day, tzinfo=UTC) if day else None)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "2026-01-01 14:4g5:00",
        "2025-13-01",
        "2025-02-30",
        "2025-11-21 25:00",
        "0001-01-01",
        "9999-12-31",
        "2025-11-21T09:17+99:00",
        "yesterday",
        "02/01/2026",
        "2026",
        "12345",
        "2026-01-02 15:04 XYZ",
        "2026-01-02 and more",
        "2026-01-02 15:04 Nowhere/Land",
        "9" * 10_000,
        "true",
    ],
)
def test_garbage(written: str) -> None:
    """What is no date is none, rather than a guess."""
    assert spelled(written, UTC) is None


@pytest.mark.parametrize(
    ("stem", "day"),
    [
        ("2026-04-09-x", (2026, 4, 9)),
        ("2025.11.21", (2025, 11, 21)),
        ("20251121", (2025, 11, 21)),
        ("daily-2026-04-09", (2026, 4, 9)),
        ("2026_4_9", (2026, 4, 9)),
        ("000_ad3989e2e981c679", None),
        ("12345678", None),
        ("99920260409", None),
        ("ai-news-jan-2-2026", (2026, 1, 2)),
        ("2-january-2026", (2026, 1, 2)),
        ("2026年1月2日", (2026, 1, 2)),
    ],
)
def test_file_names(stem: str, day: tuple[int, int, int] | None) -> None:
    """A file's name tells a day in the ways that publishers name files."""
    assert in_name(stem, UTC) == (datetime(*day, tzinfo=UTC) if day else None)


@pytest.mark.parametrize(
    ("folder", "day"),
    [
        ("2026-05/12", (2026, 5, 12)),
        ("a/2026/05/12/b", (2026, 5, 12)),
        ("2026-05-12", (2026, 5, 12)),
        ("2026/05", None),
    ],
)
def test_folders(folder: str, day: tuple[int, int, int] | None) -> None:
    """The folders tell a day where the names do not."""
    assert in_folder(folder, UTC) == (datetime(*day, tzinfo=UTC) if day else None)


@pytest.mark.parametrize(
    ("title", "moment"),
    [
        ("2025.11.26.12 过去4小时全球AI发生了什么？", datetime(2025, 11, 26, 12, tzinfo=UTC)),
        ("2025.11.27.00 过去4小时", datetime(2025, 11, 27, tzinfo=UTC)),
        ("2025-11-21 09:30 快讯", datetime(2025, 11, 21, 9, 30, tzinfo=UTC)),
        ("2025年11月21日12时 快讯", datetime(2025, 11, 21, 12, tzinfo=UTC)),
        ("2025-11-21 9 things", datetime(2025, 11, 21, tzinfo=UTC)),
        ("AI Daily, 21 November 2025", datetime(2025, 11, 21, tzinfo=UTC)),
        ("AI日报 20251126", datetime(2025, 11, 26, tzinfo=UTC)),
        ("AI日报 20251399", None),
        ("GPT-5 2025", None),
    ],
)
def test_titles(title: str, moment: datetime | None) -> None:
    """A title tells the day, and the hour of a rolling issue."""
    assert in_title(title, UTC) == moment


@given(st.text(max_size=40))
def test_never_raises(text: str) -> None:
    """Whatever stands where a date could, looking for one does not raise."""
    spelled(text, UTC)
    in_name(text, UTC)
    in_title(text, UTC)
    in_folder(text, UTC)
    beneath(text, UTC)
    week_in(text, UTC)
    month_in(text, UTC)
    assert len(without_dates(text, "")) <= len(text)


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2198, 1, 1)))  # noqa: DTZ001 - it is spelled
def test_round_trip(moment: datetime) -> None:
    """A moment that was spelled in ISO is the same moment when it is read."""
    assert spelled(moment.isoformat(), UTC) == moment.replace(tzinfo=UTC)
