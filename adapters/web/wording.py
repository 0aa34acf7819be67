"""Turns values into words: numbers, times, codes, in the language and the zone of whoever looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from markupsafe import Markup

from adapters.causes import reason_in_words
from adapters.details import details_in_words, lane_in_words
from adapters.platform import Count, Loss
from adapters.web.desk import AlertView, Say, SourceView
from adapters.web.looker import Looker
from digest.problems import Problem

THIN = "\u202f"
"""The narrow no-break space that sets thousands apart in every language."""


def thousands(number: int) -> str:
    """A number as readers of any language can take it in: 3 812."""
    return f"{number:,}".replace(",", THIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The words of one page, for one looker."""

    say: Say
    looker: Looker
    now: datetime

    def _say(self, key: str, /, **values: object) -> str:
        return self.say(self.looker.language, key, **values)

    def page(self, key: str, /, **values: object) -> str:
        """Words of the pages themselves."""
        return self._say(f"pages.{key}", **values)

    def known(self, section: str, code: str, /, **values: object) -> str | None:
        """The catalogue's words for a code, or None where it has none (a platform's own words, say)."""
        try:
            return self._say(f"{section}.{code}", **details_in_words(values, self._say))
        except (KeyError, IndexError, ValueError):
            return None

    def coded(self, section: str, code: str, /, **values: object) -> str:
        """The catalogue's words for a code, or the code itself: nothing is hidden for want of a word."""
        return self.known(section, code, **values) or code

    def reason(self, reason: str | None) -> str:
        """Why something is as it is, with what stands behind its code; empty where there is nothing to say."""
        return reason_in_words(reason, self._say) if reason else ""

    def problem(self, problem: Problem) -> str:
        """What is odd about a post, with its line."""
        words = self.coded("problems", problem.code, **{"line": problem.line, **problem.details})
        return self.page("at_line", line=problem.line, words=words) if problem.line else words

    def loss(self, loss: Loss) -> str:
        """What a dialect gave up, and how often."""
        return self.coded("losses", loss.what, times=loss.times)

    def alert(self, code: str, details: Mapping[str, str | int]) -> str:
        """What an operator should see."""
        return self.coded("alerts", code, **details)

    def source_error(self, source: SourceView, alerts: tuple[AlertView, ...]) -> str:
        """Why a source fails: the alert of this name and source tells it with its details."""
        told = (alert.details for alert in alerts if alert.code == source.error)
        details = next((details for details in told if details.get("source") == source.name), {"source": source.name})
        return self.alert(source.error or "", details)

    def unit(self, count: Count) -> str:
        """The name of what is counted."""
        return self.coded("units", count.unit)

    def usage(self, count: Count) -> str:
        """How much of a limit is used: «3 812 / 4 096»."""
        return f"{thousands(count.used)} / {thousands(count.limit)}"

    def usages(self, counts: tuple[Count, ...]) -> str:
        """All counts of a message, in one line."""
        return " · ".join(f"{self.unit(count)} {self.usage(count)}" for count in counts)

    def platform(self, platform: str) -> str:
        """A platform's name."""
        return self._say(f"words.platform_{platform}")

    def lane(self, lane: str, called: str = "") -> str:
        """A lane's name: its platform, and what its account is called, or its number, where there can be several."""
        return lane_in_words(lane, self._say, called=called)

    def series(self, series: str) -> str:
        """A series as readers call it, or as its source names it."""
        return self.known("words", f"series_{series}") or series

    def moment(self, at: datetime) -> str:
        """When: the time today, the day before that, the year only where it is another."""
        return self._dated("when", at)

    def day(self, at: datetime) -> str:
        """On which day."""
        return self._dated("day", at)

    def _dated(self, kind: str, at: datetime) -> str:
        here, today = at.astimezone(self.looker.zone), self.now.astimezone(self.looker.zone)
        age = "long_ago" if here.year != today.year else "this_year" if here.date() != today.date() else "today"
        month = self.page("months").split()[here.month - 1]
        return self.page(f"{kind}_{age}", year=here.year, month=month, day=here.day, time=f"{here:%H:%M}")

    def clock(self, at: datetime) -> str:
        """The time of day alone, where the day is said above."""
        return f"{at.astimezone(self.looker.zone):%H:%M}"

    def time(self, at: datetime, words: str = "") -> Markup:
        """A moment as an element: in words, for machines, and in full on request."""
        here = at.astimezone(self.looker.zone)
        element = Markup('<time datetime="{}" title="{}">{}</time>')
        return element.format(_machine(at), f"{here:%Y-%m-%d %H:%M:%S %z}", words or self.moment(at))


def _machine(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
