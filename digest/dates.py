"""When a post says it was published: in its front matter, its name, its title, its folder."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

_EARLIEST, _LATEST = 1970, 2199
"""Years that a date may have; anything else is a slip."""

_DAY = r"(?P<year>\d{4})(?P<mark>[-/.年])(?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})(?!\d)(?:日(?![报報刊记記志]))?"
_CLOCK = r"(?P<hour>\d{1,2})[:：](?P<minute>\d{2})(?:[:：](?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
_OFFSET = r"(?P<zone>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)"
_SPELLED = re.compile(rf"{_DAY}(?:(?:[T\s]\s*){_CLOCK}\s*{_OFFSET}?)?", re.IGNORECASE)

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()  # noqa: SIM905 - twelve short words
_MONTH = r"(?P<name>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_ENGLISH = re.compile(
    rf"(?:\b{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>\d{{4}})\b"
    rf"|\b(?P<day2>\d{{1,2}})(?:st|nd|rd|th)? {_MONTH.replace('name', 'name2')},? (?P<year2>\d{{4}})\b)",
    re.IGNORECASE,
)
_IN_TITLE = re.compile(
    rf"(?<!\d){_DAY}(?:(?:[.\-T_]|\s*)(?P<hour>\d{{1,2}})(?=[:：时時点點])[:：时時点點](?P<minute>\d{{2}})?(?!\d)分?"
    r"|\.(?P<bare_hour>[01]\d|2[0-3])(?!\d))?"
)
_IN_NAME = re.compile(
    r"(?<!\d)(?P<year>(?:19|20|21)\d{2})(?P<mark>_?)(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})(?!\d)"
)
_IN_FOLDER = re.compile(r"(?:^|/)(?P<year>(?:19|20|21)\d{2})[-/.]?(?P<month>\d{2})[-/.](?P<day>\d{2})(?=/|$)")
_COMPACT = re.compile(r"(?<![\d.])(?P<year>20\d{2})(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])(?![\d.])")
_WITHOUT_YEAR = re.compile(r"(?<!\d)\d{1,2}月\d{1,2}(?:日(?![报報刊记記志])|(?=日[报報刊记記志]))")


def spelled(written: str, zone: tzinfo) -> datetime | None:
    """The moment that a front matter spells, aware: without an offset it is in `zone`. None for what is no date."""
    found = _SPELLED.fullmatch(written.strip())
    if found is None:
        compact, english = _COMPACT.fullmatch(written.strip()), _ENGLISH.fullmatch(written.strip())
        return _day(compact, zone) if compact else _english(english, zone) if english else None
    offset = _offset(found["zone"], zone)
    if offset is None:
        return None
    micros = int((found["fraction"] or "0").ljust(6, "0")[:6])
    clock = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    return _moment((int(found["year"]), int(found["month"]), int(found["day"])), (*clock, micros), offset)


def _offset(written: str | None, zone: tzinfo) -> tzinfo | None:
    if not written:
        return zone
    if written.upper() in {"Z", "UTC", "GMT"}:
        return UTC
    digits = written[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    if offset >= timedelta(hours=24):
        return None
    return timezone(-offset if written.startswith("-") else offset)


def _moment(day: tuple[int, int, int], clock: tuple[int, ...], zone: tzinfo) -> datetime | None:
    if not _EARLIEST < day[0] <= _LATEST:
        return None
    hour, minute, second, micros = clock
    try:
        return datetime(*day, hour, minute, second, micros, tzinfo=zone)
    except ValueError:
        return None


def _day(found: re.Match[str], zone: tzinfo) -> datetime | None:
    return _moment((int(found["year"]), int(found["month"]), int(found["day"])), (0, 0, 0, 0), zone)


def _english(found: re.Match[str], zone: tzinfo) -> datetime | None:
    name, day, year = (found[part] or found[f"{part}2"] for part in ("name", "day", "year"))
    return _moment((int(year), _MONTHS.index(name[:3].lower()) + 1, int(day)), (0, 0, 0, 0), zone)


def in_name(stem: str, zone: tzinfo) -> datetime | None:
    """The day that a file's name tells: `2026-04-09-x`, `2025.11.21`, `20251121`."""
    if moment := in_title(stem, zone):
        return moment
    found = _IN_NAME.search(stem)
    return _day(found, zone) if found else None


def in_folder(folder: str, zone: tzinfo) -> datetime | None:
    """The day that the folders tell: `2026-05/12`, `2026/05/12`, `2026-05-12`."""
    found = _IN_FOLDER.search(folder)
    return _day(found, zone) if found else None


def in_title(title: str, zone: tzinfo) -> datetime | None:
    """The day, and the hour if it is there, that a title tells: `2025.11.26.12 …`."""
    if found := _IN_TITLE.search(title):
        hour = int(found["hour"] or found["bare_hour"] or 0)
        clock = (hour, int(found["minute"] or 0), 0, 0)
        return _moment((int(found["year"]), int(found["month"]), int(found["day"])), clock, zone)
    if english := _ENGLISH.search(title):
        return _english(english, zone)
    compact = _COMPACT.search(title)
    return _day(compact, zone) if compact else None


_ISSUE = re.compile(
    r"第\s*[0-9〇零一二三四五六七八九十百千]+\s*[期号號刊集回辑輯]|(?:\b(?:issue|vol|volume|no|episode)\.?\s*|[#＃])\d+",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(
    r"(?:星期|周|週|礼拜)[一二三四五六日天]|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b", re.IGNORECASE
)
_EMPTY_BRACKETS = re.compile(r"[(（\[【「《]\s*[)）\]】」》]")
_STRAY = " \t\u3000-–—_·・•|｜/:：,，.。、;；~～#"


def undated(title: str) -> str | None:
    """The title less its date, weekday and issue number, and the punctuation that held them; None without a date."""
    rest, days = _IN_TITLE.subn(" ", title)
    rest, english = _ENGLISH.subn(" ", rest)
    rest, compact = _COMPACT.subn(" ", rest)
    rest, short = _WITHOUT_YEAR.subn(" ", rest)
    if not days + english + compact + short:
        return None
    rest = _EMPTY_BRACKETS.sub(" ", _WEEKDAY.sub(" ", _ISSUE.sub(" ", rest)))
    return " ".join(rest.split()).strip(_STRAY)
