"""What is said of a file that was checked: small enough to travel between processes, and the JSON of `sudi check`.

The JSON is an interface that others rely on: one object a line and file. Sentences are looked up when it is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from bot.catalogue import say_code
from bot.checking.excerpt import Excerpt, Page
from bot.checking.files import Checked, Errand
from bot.looking.selection import WhyNot
from digest.mending import Fix
from digest.model import Digest
from digest.problems import Code, Problem
from digest.richtext import plain

_STATES: Final = frozenset({Code.DRAFT, Code.WITHDRAWN})
"""What an author may well mean."""


class Level(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    """The post cannot be delivered."""
    WARNING = "warning"
    """It is delivered, and looks other than its author may think."""
    NOTE = "note"
    """Something to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing about a file: a stable code, the values of its sentence, and the place in the file, if it has one."""

    level: Level
    code: str
    details: Mapping[str, str | int] = field(default_factory=dict)
    excerpt: Excerpt = field(default_factory=Excerpt)

    def message(self, language: str) -> str:
        """Its sentence."""
        return say_code(language, "problems", self.code, **self.details)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A story in a summary."""

    title: str
    number: int | None
    url: str | None
    key: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A digest, as far as a writer wants to see at once whether it was understood."""

    revision: str = ""
    slug: str = ""
    title: str = ""
    published: datetime | None = None
    series: str = ""
    language: str = ""
    intro: bool = False
    stories: tuple[Told, ...] = ()
    commentary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A file, what it tells, what is odd about it, and what was (or would be) mended; `diff` shows that.

    `notes` say what was seen by comparing it with other files. `aside`: it is no post, and was not read.
    """

    file: str
    summary: Summary = field(default_factory=Summary)
    findings: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()
    fixes: tuple[Fix, ...] = ()
    diff: str = ""
    aside: bool = False

    @property
    def ok(self) -> bool:
        """Whether it can be delivered."""
        return not self.has(Level.ERROR)

    def has(self, level: Level) -> bool:
        """Whether there is a finding of this level."""
        return any(finding.level is level for finding in self.findings)


def set_aside(errand: Errand, why: WhyNot) -> Report:
    """What is to be said of a file that is no post."""
    finding = Finding(level=Level.NOTE, code=str(why), details={"file": errand.path.name})
    return Report(file=str(errand.path), findings=(finding,), aside=True)


def report_of(checked: Checked, errand: Errand) -> Report:
    """What is to be said of a file that was read."""
    if checked.digest is None:
        return Report(file=checked.file, findings=(fault(checked.fault, why=checked.why),))
    findings = sorted(_findings(checked.data, checked.digest, errand), key=_in_order)
    return Report(file=checked.file, summary=_summary(checked.digest), findings=tuple(findings))


def _in_order(finding: Finding) -> tuple[bool, int]:
    """What forbids the delivery first, then from line to line."""
    return finding.level is not Level.ERROR, finding.excerpt.line


def fault(code: str, **details: str) -> Finding:
    """Why a file could not be read, or written."""
    return Finding(level=Level.ERROR, code=code, details=details)


def _findings(data: bytes, digest: Digest, errand: Errand) -> Iterator[Finding]:
    page = Page(data, digest, errand.rules.base_url) if digest.problems else None
    for problem in digest.problems:
        excerpt = page.excerpt(problem) if page else Excerpt()
        yield Finding(level=_level(problem), code=str(problem.code), details=problem.details, excerpt=excerpt)


def _level(problem: Problem) -> Level:
    if problem.fatal:
        return Level.ERROR
    return Level.NOTE if problem.code in _STATES else Level.WARNING


def _summary(digest: Digest) -> Summary:
    return Summary(
        revision=digest.revision,
        slug=digest.slug,
        title=digest.title,
        published=digest.published,
        series=digest.series,
        language=digest.language,
        intro=bool(digest.intro),
        stories=tuple(
            Told(title=plain(story.title), number=story.number, url=story.url, key=story.key)
            for story in digest.stories
        ),
        commentary=bool(digest.commentary),
    )


# --- JSON --------------------------------------------------------------------------------------------------------


def report_json(report: Report, language: str) -> dict[str, Any]:
    """The line of `sudi check --json`."""
    summary = report.summary
    return {
        "file": report.file,
        "ok": report.ok,
        "title": summary.title,
        "published": summary.published.isoformat() if summary.published else None,
        "series": summary.series,
        "language": summary.language,
        "intro": summary.intro,
        "stories": [
            {"number": story.number, "title": story.title, "url": story.url, "key": story.key}
            for story in summary.stories
        ],
        "commentary": summary.commentary,
        "problems": [finding_json(finding, language) for finding in report.findings],
        "notes": [_note_json(note, language) for note in report.notes],
        "fixes": [_fix_json(fix) for fix in report.fixes],
    }


def finding_json(finding: Finding, language: str) -> dict[str, Any]:
    """A finding as a problem in JSON: its place counts from 1, 0 is none."""
    place = finding.excerpt
    told: dict[str, Any] = {"line": place.line, "code": finding.code, "message": finding.message(language)}
    told["level"] = str(finding.level)
    if place.end:
        told |= {"column": place.start + 1, "end_column": place.end + 1}
    if place.text:
        told["written"] = place.text
    if place.seen is not None:
        told["shown"] = place.seen
    return told


def _note_json(note: Finding, language: str) -> dict[str, Any]:
    return {"code": note.code, "message": note.message(language), "other": note.details["other"]}


def _fix_json(fix: Fix) -> dict[str, Any]:
    return {"line": fix.line, "code": str(fix.kind), "count": fix.count, "before": fix.before, "after": fix.after}
