"""When a post says it was published: in its front matter, its name, its title, its folder."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

_EARLIEST, _LATEST = 1970, 2199
"""Years that a date may have; anything else is a slip."""

_LONGEST = 80
"""Characters. Whoever writes more writes no date."""

_LOOKED_AT = 300
"""Characters of a title in which a date is looked for."""

_MONTH_NAMES = (
    "january jan janvier janv januar jän jänner enero ene",
    "february feb février févr fév fevrier februar febrero",
    "march mar mars märz mrz marzo",
    "april apr avril avr abril abr",
    "may mai mayo",
    "june jun juin juni junio",
    "july jul juillet juil juli julio",
    "august aug août aout agosto ago",
    "september sep sept septembre septiembre",
    "october oct octobre oktober okt octubre",
    "november nov novembre noviembre",
    "december dec décembre déc decembre dezember dez diciembre dic",
)
_MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split()}
_MONTH = rf"(?:{'|'.join(sorted(_MONTHS, key=len, reverse=True))})(?![^\W\d_])\.?"
_GAP = r"[ ,./_-]{1,3}"

_DAY = (
    r"(?P<year>\d{4})[-/._年]\s?(?P<month>\d{1,2})[-/._月]\s?(?P<day>\d{1,2})(?!\d)"
    r"(?:[日号號](?![报報刊記记志]))?"
)
_NUMBERED = re.compile(_DAY)
_NAMED = re.compile(
    rf"(?<![^\W_])(?:(?P<month1>{_MONTH}){_GAP}(?P<day1>\d{{1,2}})(?:st|nd|rd|th)?{_GAP}(?P<year1>\d{{4}})"
    rf"|(?P<day2>\d{{1,2}})(?:st|nd|rd|th|er|ème)?\.?{_GAP}(?:de |of )?"
    rf"(?P<month2>{_MONTH}){_GAP}(?:de )?(?P<year2>\d{{4}})"
    rf"|(?P<year3>\d{{4}}){_GAP}(?P<month3>{_MONTH}){_GAP}(?P<day3>\d{{1,2}}))(?![^\W_])",
    re.IGNORECASE,
)
_TURNED = re.compile(r"(?P<first>\d{1,2})(?P<mark>[./-])(?P<second>\d{1,2})(?P=mark)(?P<year>\d{4})")
_COMPACT = re.compile(r"(?<![\d.])(?P<year>20\d{2})(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])(?![\d.])")
_STAMP = re.compile(
    r"(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})"
    r"[T_ -]?(?P<hour>\d{2}):?(?P<minute>\d{2}):?(?P<second>\d{2})?"
    r"\s?(?P<zone>Z|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_EPOCH = re.compile(r"(?P<seconds>[1-4]\d{9})(?P<millis>\d{3})?(?:\.\d+)?")
_OFFSETS = {
    name: hours
    for hours, names in {
        0: "Z UTC GMT WET",
        1: "CET BST WEST",
        2: "CEST EET",
        3: "EEST MSK",
        8: "HKT SGT 北京时间",
        9: "JST KST",
        10: "AEST",
        11: "AEDT",
        -4: "EDT",
        -5: "EST",
        -6: "MDT",
        -7: "MST PDT",
        -8: "PST",
    }.items()
    for name in names.split()
}
"""Hours."""

_SEVERAL = ("CST", "CDT", "IST")
"""What has several meanings (China's and Chicago's, India's and Israel's) is the source's zone."""

_ZONES = "|".join(sorted((*_OFFSETS, *_SEVERAL), key=len, reverse=True))
_CLOCK = re.compile(
    r"(?:(?<=\d)[T_]\s*|(?<![A-Za-z0-9:.+-]))(?:(?P<half>上午|下午|晚上|傍晚|凌晨|早上|清晨|中午)\s*)?"
    r"(?P<hour>\d{1,2})(?:[:h](?P<minute>\d{2})(?:[:](?P<second>\d{2})(?:[.,](?P<fraction>\d+))?)?"
    r"|\s?[时時点點]\s?(?:(?P<minutes>\d{1,2})\s?分(?:\s?(?P<seconds>\d{1,2})\s?秒)?)?"
    r"|(?=\s?[ap]\.?m\b))(?![\d:])"
    r"\s?(?P<noon>[ap]\.?m\b\.?)?"
    rf"\s?(?P<zone>(?:(?:UTC|GMT)\s?)?[+-]\d{{1,2}}(?::?\d{{2}})?(?![\d:])|(?:{_ZONES})\b)?",
    re.IGNORECASE,
)
_REGION = re.compile(r"\b[A-Z][A-Za-z]+/[A-Z][A-Za-z_]+(?:/[A-Z][A-Za-z_]+)?\b")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
WEEKDAY = re.compile(
    r"(?:星期|周|週|礼拜)[一二三四五六日天]|[月火水木金土日]曜日?"
    r"|(?<![^\W_])(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|lundi|mardi"
    r"|mercredi|jeudi|vendredi|samedi|dimanche|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag)(?![^\W_])",
    re.IGNORECASE,
)
_SHORT_WEEKDAY = re.compile(
    r"\b(?:mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun|mo|di|mi|do|fr|sa|so|at|um|à|le|uhr)\b\.?", re.IGNORECASE
)

# --- What a front matter spells ----------------------------------------------------------------------------------


def spelled(written: str, zone: tzinfo) -> datetime | None:
    """The moment that a front matter spells, aware: without an offset it is in `zone`. None for what is no date.

    A month alone is its first day. A time that a change of clocks leaves out is the one that clocks then showed.
    """
    text = " ".join(unicodedata.normalize("NFKC", written[: _LONGEST * 2]).split()).strip("\"'“”‘’ ")
    if len(text) > _LONGEST:
        return None
    if stamp := _STAMP.fullmatch(text):
        return _stamped(stamp, zone)
    if epoch := _EPOCH.fullmatch(text):
        return _since_1970(epoch)
    clock = _CLOCK.search(text)
    around = f"{text[: clock.start()]} {text[clock.end() :]}" if clock else text
    region = _REGION.search(around)
    day = _spelled_day(_REGION.sub(" ", around) if region else around)
    if day is None or clock is None:
        return _moment(day, (0, 0, 0, 0), zone) if day else None
    inside = _region(region[0]) if region else zone
    offset = _offset(clock["zone"], inside) if inside else None
    return _moment(day, _time(clock), offset) if offset else None


def _spelled_day(text: str) -> tuple[int, int, int] | None:
    rest = _SHORT_WEEKDAY.sub(" ", WEEKDAY.sub(" ", _BRACKETS.sub(" ", text)))
    rest = " ".join(rest.split()).strip(" ,")
    if found := _NUMBERED.fullmatch(rest) or _COMPACT.fullmatch(rest):
        return _numbers(found)
    if found := _NAMED.fullmatch(rest):
        return _named(found)
    if found := _TURNED.fullmatch(rest):
        return _turned(found)
    return next(
        (_first_of(month) for month in (_A_MONTH.fullmatch(rest), _A_NAMED_MONTH.fullmatch(rest)) if month), None
    )


def _numbers(found: re.Match[str]) -> tuple[int, int, int]:
    return int(found["year"]), int(found["month"]), int(found["day"])


def _named(found: re.Match[str]) -> tuple[int, int, int]:
    year, month, day = (
        next(filter(None, (found[f"{part}{n}"] for n in (1, 2, 3)))) for part in ("year", "month", "day")
    )
    return int(year), _MONTHS[month.lower().rstrip(".")], int(day)


def _turned(found: re.Match[str]) -> tuple[int, int, int] | None:
    """A day with its year at the end: with dots the day comes first; with strokes only where one number is no month."""
    first, second, year = int(found["first"]), int(found["second"]), int(found["year"])
    if found["mark"] == "." or first > 12 or first == second:  # noqa: PLR2004 - months of a year
        return year, second, first
    return (year, first, second) if second > 12 else None  # noqa: PLR2004 - months of a year


def _time(clock: re.Match[str]) -> tuple[int, int, int, int]:
    """Hour, minute, second, microsecond. An afternoon's hour counts from noon; 24, or 12 at night, is the day's end."""
    hour = int(clock["hour"])
    half = (clock["half"] or clock["noon"] or "").lower()
    if half == "晚上" and hour == 12:  # noqa: PLR2004 - hours of a clock
        hour = 24
    elif half and half[0] in "p下晚傍" and hour < 12:  # noqa: PLR2004 - hours of a clock
        hour += 12
    elif half and half[0] in "a上凌" and hour == 12:  # noqa: PLR2004 - hours of a clock
        hour = 0
    minute = int(clock["minute"] or clock["minutes"] or 0)
    second = int(clock["second"] or clock["seconds"] or 0)
    return hour, minute, second, int((clock["fraction"] or "0")[:6].ljust(6, "0"))


def _offset(written: str | None, zone: tzinfo) -> tzinfo | None:
    if not written:
        return zone
    bare = re.sub(r"^(?:UTC|GMT)\s?(?=[+-])", "", written.upper())
    if bare[0] not in "+-":
        return timezone(timedelta(hours=_OFFSETS[bare])) if _OFFSETS.get(bare) else UTC if bare in _OFFSETS else zone
    hours, _, minutes = bare[1:].partition(":")
    if len(hours) > 2:  # noqa: PLR2004 - two digits of hours, two of minutes
        hours, minutes = hours[:-2], hours[-2:]
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
    if offset >= timedelta(hours=24):
        return None
    return timezone(-offset if bare.startswith("-") else offset)


def _region(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return None


def _since_1970(found: re.Match[str]) -> datetime | None:
    return datetime.fromtimestamp(int(found["seconds"]), UTC) + timedelta(milliseconds=int(found["millis"] or 0))


def _stamped(found: re.Match[str], zone: tzinfo) -> datetime | None:
    offset = _offset(found["zone"], zone)
    clock = (int(found["hour"]), int(found["minute"]), int(found["second"] or 0), 0)
    return _moment(_numbers(found), clock, offset) if offset else None


def _moment(day: tuple[int, int, int], clock: tuple[int, int, int, int], zone: tzinfo) -> datetime | None:
    if not _EARLIEST < day[0] <= _LATEST:
        return None
    hour, minute, second, micros = clock
    late = hour == 24 and not minute + second + micros  # noqa: PLR2004 - the end of a day
    try:
        at = datetime(*day, 0 if late else hour, minute, second, micros, tzinfo=zone)
    except ValueError:
        return None
    at = (at + timedelta(days=late)).astimezone(UTC).astimezone(zone)
    return at.replace(tzinfo=timezone(at.utcoffset() or timedelta()))


# --- What names, titles and folders tell -------------------------------------------------------------------------

_IN_TITLE = re.compile(
    rf"(?<!\d){_DAY}(?:(?:[.\-T_]|\s*)(?P<hour>\d{{1,2}})(?=[:：时時点點])[:：时時点點](?P<minute>\d{{2}})?(?!\d)分?"
    r"|\.(?P<bare_hour>[01]\d|2[0-3])(?!\d))?"
)
_IN_FOLDER = re.compile(r"(?:^|/)(?P<year>(?:19|20|21)\d{2})[-/.]?(?P<month>\d{2})[-/.](?P<day>\d{2})(?=/|$)")
_BENEATH = re.compile(
    r"(?:^|/)(?P<year>20\d{2})年?(?:[-/._]?(?P<month1>0[1-9]|1[0-2]|[1-9](?=月))月?/(?:(?P=month1)[-._月]?)?(?P<day1>\d{1,2})日?"
    r"|(?:/[^/]+)?/(?P<month2>0[1-9]|1[0-2]|[1-9](?=月))[-._月]?(?P<day2>\d{1,2})日?)(?:/index)?$"
)
"""A file that is called by its day, `12`, or by month and day, `05-12`, beneath the folder of its month or year."""

_WITHOUT_YEAR = re.compile(r"(?<!\d)\d{1,2}月\d{1,2}(?:日(?![报報刊记記志])|(?=日[报報刊记記志]))")
_NAMED_WITHOUT_YEAR = re.compile(rf"(?<![^\W_]){_MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?![^\W_])", re.IGNORECASE)
_A_WEEK = re.compile(
    r"(?<!\d)(?P<year>20\d{2})年?[-_./ ]{0,2}"
    r"(?:(?:W|wk|week|KW)[-_ ]?(?P<week>\d{1,2})(?!\d)|第\s?(?P<week2>\d{1,2})\s?[周週])"
    r"|(?<![^\W_])(?:week|KW|wk)[-_ ]?(?P<week3>\d{1,2})[-_/, ]{1,2}(?P<year3>20\d{2})(?!\d)",
    re.IGNORECASE,
)
_A_MONTH = re.compile(
    r"(?<![\d.])(?P<year>20\d{2})(?:[-_./]|\s?年\s?)(?P<month>0[1-9]|1[0-2]|[1-9](?=\s?月))(?:\s?月)?(?![\d月]|[-_./]\d)"
    r"|(?<![\d.])(?P<year2>20(?:1[3-9]|[2-9]\d))(?P<month2>0[1-9]|1[0-2])(?![\d.])"
)
_A_NAMED_MONTH = re.compile(rf"(?<![^\W_])(?P<name>{_MONTH})[ ,_-]{{1,2}}(?P<year>20\d{{2}})(?![^\W_])", re.IGNORECASE)


def in_name(stem: str, zone: tzinfo) -> datetime | None:
    """The day that a file's name tells: `2026-04-09-x`, `2025.11.21`, `20251121`, `jan-2-2026`."""
    return in_title(stem, zone)


def in_folder(folder: str, zone: tzinfo) -> datetime | None:
    """The day that the folders tell: `2026-05/12`, `2026/05/12`, `2026-05-12`."""
    found = _IN_FOLDER.search(folder)
    return _moment(_numbers(found), (0, 0, 0, 0), zone) if found else None


def beneath(path: str, zone: tzinfo) -> datetime | None:
    """The day that a file's name and its folders tell together: `2026-05/12`, `2026/05-12`, without the extension."""
    found = _BENEATH.search(path)
    if found is None:
        return None
    month, day = found["month1"] or found["month2"], found["day1"] or found["day2"]
    return _moment((int(found["year"]), int(month), int(day)), (0, 0, 0, 0), zone)


def in_title(title: str, zone: tzinfo) -> datetime | None:
    """The day, and the hour if it is there, that a title tells: `2025.11.26.12 …`."""
    title = title[:_LOOKED_AT]
    if found := _IN_TITLE.search(title):
        hour = int(found["hour"] or found["bare_hour"] or 0)
        return _moment(_numbers(found), (hour, int(found["minute"] or 0), 0, 0), zone)
    if named := _NAMED.search(title):
        return _moment(_named(named), (0, 0, 0, 0), zone)
    compact = _COMPACT.search(title)
    return _moment(_numbers(compact), (0, 0, 0, 0), zone) if compact else None


def refined(moment: datetime, told: datetime | None) -> datetime:
    """A moment with the hour that a title or a name tells of the same day, where it is known to the day only."""
    bare = moment.time() == time()
    return told if told and bare and told.date() == moment.date() else moment


def week_in(text: str, zone: tzinfo) -> datetime | None:
    """The Monday of the week that a name, a title or a path tells: `2026-W05`, `2026/week-05`, `2026年第5周`."""
    for found in reversed(list(_A_WEEK.finditer(text[-_LOOKED_AT:]))):
        year, week = found["year"] or found["year3"], found["week"] or found["week2"] or found["week3"]
        try:
            monday = date.fromisocalendar(int(year), int(week), 1)
        except ValueError:
            continue
        return _moment((monday.year, monday.month, monday.day), (0, 0, 0, 0), zone)
    return None


def month_in(text: str, zone: tzinfo) -> datetime | None:
    """The first day of the month that a name or a title tells: `2026-05`, `2026年5月`, `May 2026`."""
    found = _A_MONTH.search(text[:_LOOKED_AT]) or _A_NAMED_MONTH.search(text[:_LOOKED_AT])
    return _moment(_first_of(found), (0, 0, 0, 0), zone) if found else None


def _first_of(found: re.Match[str]) -> tuple[int, int, int]:
    said = found.groupdict()
    if name := said.get("name"):
        return int(said["year"]), _MONTHS[name.lower().rstrip(".")], 1
    return int(said["year"] or said["year2"]), int(said["month"] or said["month2"]), 1


_DATED = (_IN_TITLE, _NAMED, _COMPACT, _A_WEEK, _A_MONTH, _A_NAMED_MONTH, _WITHOUT_YEAR, _NAMED_WITHOUT_YEAR)


def without_dates(title: str, instead: str) -> str:
    """The title with `instead` where it tells a day, a week or a month."""
    for dated in _DATED:
        title = dated.sub(instead, title)
    return title
