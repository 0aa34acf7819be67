"""What can be seen only across files: copies, and what was copied along with a front matter. Pure.

Each file is looked at once, in its order, and only the names of what it says are kept: ten thousand posts take a few
megabytes. What is found is a note to the writer of the later file, for both may well be meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import time

from bot.checking.report import Finding, Level, Report, Summary

_MIDNIGHT = time()


class Across:
    """Remembers what the files before said."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._slugs: dict[str, str] = {}
        self._times: dict[tuple[str, str, str], str] = {}

    def noted(self, report: Report) -> Report:
        """The report, with notes where the file repeats what another one says; it is remembered in turn."""
        if not report.ok or report.aside:
            return report
        return replace(report, notes=tuple(self._notes(report.file, report.summary)))

    def _notes(self, file: str, summary: Summary) -> Iterator[Finding]:
        first = self._texts.setdefault(summary.revision, file)
        if first != file:
            yield _note("same-text", other=first)
            return
        if summary.slug and (first := self._slugs.setdefault(summary.slug, file)) != file:
            yield _note("same-id", other=first, id=summary.slug)
        if summary.published and summary.published.time() != _MIDNIGHT:
            moment = (summary.series, summary.language, summary.published.isoformat())
            if (first := self._times.setdefault(moment, file)) != file:
                yield _note("same-time", other=first, series=summary.series)


def _note(code: str, **details: str) -> Finding:
    return Finding(level=Level.NOTE, code=code, details=details)
