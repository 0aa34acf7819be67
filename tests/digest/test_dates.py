"""When a post says it was published."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.dates import in_folder, in_name, in_title, spelled, undated

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


@pytest.mark.parametrize(
    ("title", "rest"),
    [
        ("2025.11.21 全球AI新闻速递", "全球AI新闻速递"),
        ("2025.11.26.12 过去4小时全球AI发生了什么？", "过去4小时全球AI发生了什么？"),
        ("AI早报（2025年11月21日 星期五）", "AI早报"),
        ("AI Daily — November 21, 2025", "AI Daily"),
        ("AI Weekly #12 2025-11-21", "AI Weekly"),
        ("AI日报 2025-11-21 第12期", "AI日报"),
        ("11月21日 AI早报", "AI早报"),
        ("2025-11-26日报", "日报"),
        ("2025年11月26日日报", "日报"),
        ("11月26日报", "日报"),
        ("11月26日周刊", "周刊"),
        ("AI日报 20251126", "AI日报"),
        ("20251126", ""),
        ("2025/11/21", ""),
        ("没有日期的标题", None),
    ],
)
def test_undated(title: str, rest: str | None) -> None:
    """A title less its date, and the punctuation that held it, names the series."""
    assert undated(title) == rest


@given(st.text(max_size=40))
def test_never_raises(text: str) -> None:
    """Whatever stands where a date could, looking for one does not raise."""
    spelled(text, UTC)
    in_name(text, UTC)
    in_title(text, UTC)
    in_folder(text, UTC)
    undated(text)


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2198, 1, 1)))  # noqa: DTZ001 - it is spelled
def test_round_trip(moment: datetime) -> None:
    """A moment that was spelled in ISO is the same moment when it is read."""
    assert spelled(moment.isoformat(), UTC) == moment.replace(tzinfo=UTC)
