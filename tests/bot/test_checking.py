"""Checking files: where a problem is and how it looks, mending in place, many files on several cores."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalogue import say
from bot.checking.across import Across
from bot.checking.crew import Crew, cores, reports
from bot.checking.files import Errand, errand_of, examined, posts_under
from bot.checking.report import Finding, Level, Report, Summary, fault, finding_json, report_of
from bot.checking.rewriting import ChangedMeanwhileError, Wish, checked_file, checked_text, overwrite
from bot.config import Settings
from bot.terminal import cells, fitted, visible
from digest.model import Rules
from digest.problems import Code

HEAD = "---\ntitle: 题\ndate: 2026-11-21T09:00:00+08:00\n---\n\n"
STORIES = "1. [甲](https://example.com/1)\n\n    正文。\n\n2. [乙](https://example.com/2)\n\n    正文。\n"
RULES = Rules(source="demo", zone=UTC)


def _errand(path: Path) -> Errand:
    return Errand(path=path, within=path.name, rules=RULES)


def _report(text: str) -> Report:
    return checked_text(_errand(Path("post.md")), text.encode(), Wish())


def _found(text: str, code: Code) -> Finding:
    return next(finding for finding in _report(text).findings if finding.code == code)


# --- Where, and how it looks -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "line", "marked", "seen"),
    [
        (
            f"{HEAD}{STORIES}\n多了**一个，[链接](https://example.com/3)\n",
            Code.LEFTOVER_STARS,
            14,
            "**",
            "多了一个，链接",
        ),
        (f"{HEAD}{STORIES}\n见[这里](x.html)和**粗**\n", Code.BAD_LINK, 14, "x.html", "见这里和粗"),
        (f"{HEAD}{STORIES}\n看\x1b不见\n", Code.UNREADABLE_CHARACTERS, 14, "\x1b", "看不见"),
        (f"{HEAD.replace('2026-11', '2026-13')}{STORIES}", Code.BAD_DATE, 3, "2026-13-21T09:00:00+08:00", ""),
        (f"---\ntitle: 题\ndraft: true\n---\n\n{STORIES}", Code.DRAFT, 3, "true", None),
        (f"---\ntitle: 题\n草稿：是\n---\n\n{STORIES}", Code.DRAFT, 3, "是", None),
        (f"---\ntitle: 题\nhidden: yes\n---\n\n{STORIES}", Code.DRAFT, 3, "yes", None),
        (f"{HEAD}{STORIES}3. [丙](https://example.com/1)\n", Code.REPEATED_LINK, 13, "https://example.com/1", "3. 丙"),
        ("---\ntitle: [\n---\n\ntext\n", Code.BROKEN_FRONT_MATTER, 2, "title: [", None),
    ],
)
def test_a_problem_shows_its_place_and_what_readers_see(
    text: str, code: Code, line: int, marked: str, seen: str | None
) -> None:
    """A problem names its line, the characters that are meant of it, and what readers see instead."""
    place = _found(text, code).excerpt
    assert place.line == line
    assert place.text == text.split("\n")[line - 1]
    assert place.text[place.start : place.end] == marked
    assert place.seen == seen


def test_links_that_are_defined_elsewhere_are_shown_as_links() -> None:
    """A line is shown as it reads within its post: what it refers to may be defined elsewhere."""
    text = f"{HEAD}{STORIES}\n见[那里][1]，多了**一个\n\n[1]: https://example.com/9\n"
    assert _found(text, Code.LEFTOVER_STARS).excerpt.seen == "见那里，多了一个"


def test_stars_in_html_are_shown_where_they_stand() -> None:
    """Of the lines of a block of HTML, the one is shown whose stars are meant, not one with stars in code."""
    text = f"{HEAD}{STORIES}\n<div>\n第一行 `x**y` 没事\n第二行**未配对的词\n</div>\n"
    place = _found(text, Code.LEFTOVER_STARS).excerpt
    assert (place.text, place.text[place.start : place.end]) == ("第二行**未配对的词", "**")


def test_notes_from_elsewhere_are_not_shown_in_a_line() -> None:
    """How a line will look has no words in it that stand elsewhere in the post: notes define no links."""
    text = f"{HEAD}{STORIES}\n![封面](/images/q.png)\n\n末[^1]\n\n[^1]: 这是脚注 [链接](https://example.com/9).\n"
    assert _found(text, Code.BAD_LINK).excerpt.seen == "封面"


def test_a_missing_date_says_what_is_used(tmp_path: Path) -> None:
    """Where the date is wrong, the one that is used is said: the file name's, or none."""
    text = f"---\ntitle: 题\ndate: soon\n---\n\n{STORIES}"
    named = checked_text(_errand(tmp_path / "2026-11-21-x.md"), text.encode(), Wish())
    assert named.findings[0].excerpt.seen == "2026-11-21 00:00 +0000"
    assert _found(text, Code.BAD_DATE).excerpt.seen == ""


@given(st.text(), st.text())
def test_any_problem_of_any_post_has_a_place_within_it(head: str, text: str) -> None:
    """Whatever a post says, each problem's line is a line of it, and its mark lies within that line."""
    data = f"---\n{head}\n---\n{text}\n[x](y) ** {text}".encode("utf-8", "surrogatepass")
    lines = data.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for finding in checked_text(_errand(Path("a.md")), data, Wish()).findings:
        place = finding.excerpt
        assert 0 <= place.line <= len(lines)
        assert place.line == 0 or place.text == lines[place.line - 1]
        assert 0 <= place.start <= place.end <= len(place.text)
        assert finding_json(finding, "en")["message"] not in {"", finding.code}


def test_problems_come_in_the_order_of_their_lines() -> None:
    """What forbids the delivery comes first, and everything else from line to line."""
    text = f"---\ntitle: 题\ndraft: true\ndate: soon\n---\n\n{STORIES}\n[x](y) 多**了\n"
    lines = [finding.excerpt.line for finding in _report(text).findings]
    assert lines == sorted(lines)


def test_every_fault_has_its_sentence() -> None:
    """What is said of a file itself, and across files, is said in both languages."""
    details = {"why": "x", "other": "a.md", "id": "x", "series": "x"}
    ours = ("missing", "not-a-file", "unreadable", "unwritable", "changed-meanwhile", "crashed")
    for code in (*ours, "same-text", "same-id", "same-time"):
        for language in ("zh", "en"):
            assert say(language, f"problems.{code}", **details)


# --- Lines in a terminal -----------------------------------------------------------------------------------------


@given(st.text(), st.integers(0, 200), st.integers(0, 20), st.integers(8, 60))
def test_a_line_fits_the_terminal(text: str, start: int, length: int, width: int) -> None:
    """A line is cut to the columns there are, and what is meant of it stands within them."""
    line = visible(text)
    start = min(start, len(line))
    window = fitted(line, start, min(len(line), start + length), width=width)
    assert cells(window.text) <= width
    assert window.text == line or "…" in window.text
    assert 0 <= window.before <= width


def test_a_mark_stands_below_its_characters() -> None:
    """The mark counts two columns for each wide character, and the line is cut so that it can be seen."""
    short = fitted("多了**一个", 2, 4, width=40)
    assert (short.text, short.before, short.marked) == ("多了**一个", 4, 2)
    line = f"{'长' * 60}**{'尾' * 60}"
    long = fitted(line, 60, 62, width=40)
    assert long.text.startswith("…长")
    assert long.text.endswith("尾…")
    assert cells(long.text[: long.text.index("**")]) == long.before


def test_control_characters_can_be_seen() -> None:
    """A control character is shown as its picture, at its place."""
    assert visible("a\x1bb\x00c\td\x7f") == "a␛b␀c d␡"


# --- Mending in place --------------------------------------------------------------------------------------------


def test_a_file_is_mended_in_its_place(tmp_path: Path) -> None:
    """A file is mended whole: its mode stays, a link stays a link, and nothing is left beside it."""
    path = tmp_path / "post.md"
    path.write_bytes(b"\xef\xbb\xbf" + f"{HEAD}{STORIES}".replace("\n", "\r\n").encode())
    path.chmod(0o640)
    link = tmp_path / "link.md"
    link.symlink_to(path.name)
    report = checked_file(_errand(link), Wish(fix=True))
    assert (report.ok, report.findings) == (True, ())
    assert [str(fix.kind) for fix in report.fixes] == ["byte-order-mark", "line-ends"]
    assert path.read_text(encoding="utf-8") == f"{HEAD}{STORIES}"
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["link.md", "post.md"]
    assert checked_file(_errand(link), Wish(fix=True)).fixes == ()


def test_a_difference_is_shown_and_nothing_written(tmp_path: Path) -> None:
    """To show what would change changes nothing; a carriage return and a byte order mark can be seen in it."""
    path = tmp_path / "post.md"
    path.write_bytes(b"\xef\xbb\xbf" + f"{HEAD}的**“词”**的\r\n".encode())
    before = path.read_bytes()
    report = checked_file(_errand(path), Wish(diff=True))
    assert path.read_bytes() == before
    assert "-<U+FEFF>---" in report.diff
    assert len(report.fixes) == 3
    assert report.diff.endswith("\n-的**“词”**的␍\n+的“**词**”的")


def test_lines_that_end_otherwise_are_shown_beside_each_other(tmp_path: Path) -> None:
    """The difference of a file with line ends of Windows has its lines, each taken out and put in, and no more."""
    path = tmp_path / "post.md"
    path.write_bytes(b"a\r\n\r\nb\r\n")
    diff = checked_file(_errand(path), Wish(diff=True)).diff.split("\n")
    assert diff[2:] == ["@@ -1,3 +1,3 @@", "-a␍", "-␍", "-b␍", "+a", "+", "+b"]


@pytest.mark.parametrize("data", [b"\xff\xfe1\x00", "标题\r\n".encode("gb18030"), b"text\r\n\x00"])
def test_what_cannot_be_read_is_never_written(tmp_path: Path, data: bytes) -> None:
    """A file that is no UTF-8 text is not touched, and that it cannot be delivered is said."""
    path = tmp_path / "post.md"
    path.write_bytes(data)
    report = checked_file(_errand(path), Wish(fix=True))
    assert path.read_bytes() == data
    assert (report.ok, report.fixes) == (False, ())


def test_who_saves_meanwhile_loses_nothing(tmp_path: Path) -> None:
    """A file that somebody saved since it was read is left as it is."""
    path = tmp_path / "post.md"
    path.write_bytes(b"theirs")
    with pytest.raises(ChangedMeanwhileError):
        overwrite(path, b"as it was", b"ours")
    assert path.read_bytes() == b"theirs"
    assert [entry.name for entry in tmp_path.iterdir()] == ["post.md"]


# --- Across files ------------------------------------------------------------------------------------------------


def _noted(*told: Report) -> list[list[tuple[str, object]]]:
    across = Across()
    return [[(one.code, one.details["other"]) for one in across.noted(report).notes] for report in told]


def _told(
    file: str, revision: str, *, slug: str = "", series: str = "x", hour: int = 0, language: str = "zh"
) -> Report:
    at = datetime(2026, 11, 21, tzinfo=UTC) + timedelta(hours=hour)
    summary = Summary(revision=revision, slug=slug, series=series, published=at, language=language)
    return Report(file=file, summary=summary)


def test_copies_are_noted_with_the_first_of_them() -> None:
    """The same text, the same id, the same series and time: the later file has a note that names the first one."""
    assert _noted(
        _told("a", "1", slug="s", hour=9),
        _told("b", "1", slug="s", hour=9),
        _told("c", "2", slug="s", hour=8),
        _told("d", "3", hour=9),
        _told("e", "4", hour=9, language="en"),
        _told("f", "5"),
        _told("g", "6"),
    ) == [[], [("same-text", "a")], [("same-id", "a")], [("same-time", "a")], [], [], []]


def test_what_cannot_be_delivered_is_no_copy() -> None:
    """A file that cannot be delivered is compared with none."""
    bad = Report(file="b", summary=Summary(revision="1"), findings=(fault("unreadable", why="x"),))
    across = Across()
    across.noted(_told("a", "1"))
    assert across.noted(bad) == bad


# --- Many files --------------------------------------------------------------------------------------------------


@pytest.fixture
def many(tmp_path: Path) -> Sequence[Errand]:
    """Forty posts, one of which cannot be delivered."""
    for number in range(40):
        (tmp_path / f"{number:02}.md").write_text(
            "" if number == 7 else f"{HEAD}{STORIES}\n{number}\n", encoding="utf-8"
        )
    return [errand_of(found, Settings()) for found in posts_under([tmp_path], Settings())]


def test_a_crew_tells_what_one_process_tells(many: Sequence[Errand]) -> None:
    """Several processes make the same reports as one, in the order of the files."""
    assert list(reports(many, Wish(), jobs=2)) == [checked_file(errand, Wish()) for errand in many]


def _killing(victim: subprocess.Popen[bytes], errands: Sequence[Errand]) -> Iterator[Errand]:
    """Hands out the files, and kills the process before the last of them, when it has had its share."""
    yield from errands[:-1]
    victim.kill()
    victim.wait()
    yield errands[-1]


def test_a_death_costs_one_file(many: Sequence[Errand]) -> None:
    """A process that dies is told of with the file that it was at; every other file has its report."""
    with Crew.started(2, Wish()) as crew:
        victim = crew._mates[0].program
        os.kill(victim.pid, signal.SIGSTOP)
        made = crew.reports(_killing(victim, many))
        told = list(made)
    assert [report.file for report in told] == [str(errand.path) for errand in many]
    crashed = [report for report in told if any(finding.code == "crashed" for finding in report.findings)]
    assert len(crashed) == 1
    assert sum(report.ok for report in told) == 38


def test_nobody_is_left_behind(many: Sequence[Errand]) -> None:
    """Whoever stops listening leaves no process behind."""
    with Crew.started(2, Wish()) as crew:
        made = crew.reports(iter(many))
        next(made)
        programs = [mate.program for mate in crew._mates]
    assert all(program.poll() is not None for program in programs)


def test_there_is_a_core() -> None:
    """At least one processor is there to work."""
    assert cores() >= 1


def test_a_file_is_read_where_it_lies(tmp_path: Path) -> None:
    """A missing file is a report like any other."""
    errand = _errand(tmp_path / "missing.md")
    report = report_of(examined(errand), errand)
    assert [(finding.level, finding.code) for finding in report.findings] == [(Level.ERROR, "missing")]
