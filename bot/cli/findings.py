"""How `sudi check` tells what it found: to people, as JSON, or as annotations of a continuous integration."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

import click

from bot.checking.report import Finding, Level, Report, Summary, report_json
from bot.cli.setup import Setup
from bot.terminal import cells, fitted, json_line, shown, visible

if TYPE_CHECKING:
    from bot.checking.excerpt import Excerpt
    from digest.mending import Fix

_LISTED: Final = 50
"""Of more files than that, only those are listed of which there is something to say."""

_MOST_NOTES: Final = 20
"""Of one kind of note, which may concern every file: more of them say nothing new."""

_LEAST_WIDTH: Final = 40
_WIDTH: Final = 100
"""Columns where there is no terminal."""


@dataclass(slots=True)
class Count:
    """How many files are fine, deliverable with something odd, bad, none of ours (`aside`), warned of, and mended."""

    fine: int = 0
    noted: int = 0
    bad: int = 0
    aside: int = 0
    warned: int = 0
    mended: int = 0

    def add(self, report: Report) -> None:
        """Count one more."""
        self.aside += report.aside
        self.bad += not report.ok
        self.noted += report.ok and bool(report.findings) and not report.aside
        self.fine += not report.findings
        self.warned += report.has(Level.WARNING)
        self.mended += bool(report.fixes)


class Teller(Protocol):
    """Tells of each file, and of all of them."""

    def tell(self, report: Report) -> None:
        """Tell of a file."""

    def end(self, count: Count) -> None:
        """Tell of all: how many there are of each kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonTeller:
    """One object a line and file."""

    setup: Setup

    def tell(self, report: Report) -> None:
        """Print the object."""
        click.echo(json_line(report_json(report, self.setup.language)))

    def end(self, count: Count) -> None:
        """Add nothing: every line is a file's."""


# --- For GitHub --------------------------------------------------------------------------------------------------

_COMMANDS: Final = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubTeller:
    """Workflow commands, which GitHub shows beside the lines that they are about.

    How they are written: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
    """

    setup: Setup
    fixed: bool = False

    def tell(self, report: Report) -> None:
        """Print a command for each finding, and for each mending."""
        for finding in (*report.findings, *report.notes):
            place = finding.excerpt
            where: dict[str, str | int] = {"file": report.file, "line": place.line}
            if place.end:
                where |= {"col": place.start + 1, "endColumn": place.end + 1}
            words = " ".join(filter(None, (finding.message(self.setup.language), _seen_words(self.setup, finding))))
            self._command(_COMMANDS[finding.level], words, {**where, "title": finding.code})
        for fix in report.fixes:
            words = _fix_words(self.setup, fix, fixed=self.fixed)
            self._command("notice", words, {"file": report.file, "line": fix.line, "title": str(fix.kind)})

    def end(self, count: Count) -> None:
        """Print the sum, which the job's log shows."""
        click.echo(_sum(self.setup, count, fixed=self.fixed))

    @staticmethod
    def _command(name: str, words: str, values: dict[str, str | int]) -> None:
        told = ",".join(f"{key}={_property(shown(str(value)))}" for key, value in values.items() if value)
        click.echo(f"::{name} {told}::{_data(shown(words))}")


def _data(words: str) -> str:
    return words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(words: str) -> str:
    return _data(words).replace(":", "%3A").replace(",", "%2C")


# --- For people --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleTeller:
    """A line for each file, and below it what is odd, with the place and how readers will see it.

    `files`: how many there are. `stories`: whether each file is listed with its stories.
    """

    setup: Setup
    files: int
    stories: bool = False
    fixed: bool = False
    _notes: Counter[str] = field(default_factory=Counter)

    def tell(self, report: Report) -> None:
        """Print the file and what is odd about it."""
        findings = [finding for finding in (*report.findings, *report.notes) if self._worth_saying(finding)]
        if not (findings or report.fixes or self.stories or self.files <= _LISTED):
            return
        mark, color = self._mark(report)
        about = f"  {shown(_about(self.setup, report.summary))}" if report.summary.revision else ""
        click.echo(f"{click.style(mark, fg=color)} {click.style(shown(report.file), bold=True)}{about}")
        for line in (*self._stories(report.summary), *self._findings(findings), *self._fixes(report)):
            click.echo(line)

    def end(self, count: Count) -> None:
        """Print how many there are of each."""
        more = sum(seen - _MOST_NOTES for seen in self._notes.values() if seen > _MOST_NOTES)
        if more:
            click.echo(f"\n{self.setup.say('check_more_notes', count=more)}")
        click.echo(f"\n{_sum(self.setup, count, fixed=self.fixed)}")

    def _worth_saying(self, finding: Finding) -> bool:
        if finding.level is not Level.NOTE:
            return True
        self._notes[finding.code] += 1
        return self._notes[finding.code] <= _MOST_NOTES

    @staticmethod
    def _mark(report: Report) -> tuple[str, str]:
        if not report.ok:
            return "✗", "red"
        if report.has(Level.WARNING):
            return "!", "yellow"
        return ("·", "cyan") if report.findings or report.notes else ("✓", "green")

    def _stories(self, summary: Summary) -> Iterator[str]:
        for story in summary.stories if self.stories else ():
            host = urlsplit(story.url or "").netloc.removeprefix("www.")
            number = f"{story.number}." if story.number else "·"
            title = fitted(visible(story.title), width=_width() - 8 - cells(host)).text
            yield f"   {number:>4} {title}{click.style(f'  {shown(host)}', dim=True) if host else ''}"

    def _findings(self, findings: list[Finding]) -> Iterator[str]:
        for finding in findings:
            place = finding.excerpt
            at = f"{self.setup.say('at_line', line=place.line)} · " if place.line else ""
            yield f"  {at}{shown(finding.message(self.setup.language))}"
            yield from self._looks(finding, place)

    def _looks(self, finding: Finding, place: Excerpt) -> Iterator[str]:
        """The line as it is written, what is meant of it, and what readers see instead."""
        gutter = len(str(place.line)) if place.text else 1
        if place.text:
            window = fitted(visible(place.text), place.start, place.end, width=_width() - gutter - 7)
            yield f"    {_dim(f'{place.line} │')} {window.text}"
            if place.end:
                mark = click.style("^" * window.marked, fg="yellow")
                yield f"    {_dim(' ' * gutter + ' │')} {' ' * window.before}{mark}"
        words = _seen_words(self.setup, finding)
        if words:
            window = fitted(visible(words), place.start, place.end, width=_width() - gutter - 7)
            yield f"    {_dim(' ' * gutter + ' │')} {window.text}"

    def _fixes(self, report: Report) -> Iterator[str]:
        for fix in report.fixes:
            at = self.setup.say("at_line", line=fix.line)
            yield f"  {at} · {_fix_words(self.setup, fix, fixed=self.fixed)}"
        for line in report.diff.split("\n") if report.diff else ():
            color = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
            yield click.style(visible(line), fg=color) if color else visible(line)


def _dim(words: str) -> str:
    return click.style(words, dim=True)


def _width() -> int:
    return max(_LEAST_WIDTH, shutil.get_terminal_size((_WIDTH, 0)).columns)


def _about(setup: Setup, summary: Summary) -> str:
    """The digest in one line: title, time, series, language, and what it consists of."""
    from bot.answer.speech import series_name
    from bot.catalogue import say, say_code

    language = say_code(setup.language, "words", f"language_{summary.language}").removeprefix("language_")
    parts = [
        setup.say("has_intro") if summary.intro and summary.stories else "",
        setup.say("stories", count=len(summary.stories)),
        setup.say("has_commentary") if summary.commentary else "",
    ]
    holds = say(setup.language, "words.comma").join(filter(None, parts))
    when = f"{summary.published:%Y-%m-%d %H:%M}" if summary.published else ""
    return " · ".join(filter(None, (summary.title, when, series_name(setup.language, summary.series), language, holds)))


def _seen_words(setup: Setup, finding: Finding) -> str:
    """How what the finding is about looks to readers; empty where it is not about what they see."""
    seen = finding.excerpt.seen
    if seen is None:
        return ""
    kind = "date" if finding.code in {"no-date", "bad-date"} else "words"
    return setup.say(f"seen_{kind}", words=seen) if seen else setup.say(f"seen_no_{kind}")


def _fix_words(setup: Setup, fix: Fix, *, fixed: bool) -> str:
    from bot.catalogue import say_code

    what = say_code(setup.language, "fixes", fix.kind, count=fix.count)
    return setup.say("fixed" if fixed else "fixable", what=what)


def _sum(setup: Setup, count: Count, *, fixed: bool) -> str:
    others = (
        ("check_notes", count.noted),
        ("check_bad", count.bad),
        ("check_aside", count.aside),
        ("check_fixed" if fixed else "check_fixable", count.mended),
    )
    told = [setup.say("check_fine", count=count.fine)] if count.fine or not any(n for _, n in others[:3]) else []
    return " · ".join([*told, *(setup.say(key, count=n) for key, n in others if n)])
