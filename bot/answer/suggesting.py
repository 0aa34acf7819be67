"""What may be meant by what somebody has typed so far for an option. Units of work that only read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from adapters.platform import Platform, Suggestion
from bot.answer import speech
from bot.answer.command import cut
from bot.answer.options import told
from bot.answer.reader import scope_name
from bot.answer.shelf import known_series
from bot.answer.wishes import wishes
from bot.catalogue import say
from storage import digests, ledger
from storage.database import Database

MOST: Final = 25
"""So many are shown (Discord API, application command option choices)."""

LONGEST: Final = 100
"""Characters of what a suggestion says (as above)."""

_RECENT: Final = 18
"""Digests that can be held from a list; of each series the newest."""

_WORD = re.compile(r"(?:\A|(?<=[\s,，、]))(?P<sign>[+-]?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Something that can be named: what people call it, by language, and what says it."""

    labels: Mapping[str, str]
    says: str

    def fit(self, typed: str) -> int | None:
        """0 where a name of it begins with what was typed, 1 where one holds it, None where none does."""
        names = [name.casefold() for name in (*self.labels.values(), self.says)]
        if any(name.startswith(typed) for name in names):
            return 0
        return 1 if any(typed in name for name in names) else None


def series_suggested(db: Database, typed: str, *, many: bool) -> tuple[Suggestion, ...]:
    """The series that may be meant. `many`: several may stand in a row, with signs, and all of them may be meant."""
    series = known_series(db)
    known = [Known(labels=told(lambda language: say(language, "answers.every_series")), says="all")] if many else []
    known += [_series(name) for name in speech.ordered(series)]
    if not many:
        return tuple(_suggestions("", "", typed, known))
    for found in _WORD.finditer(typed):
        head, rest = typed[: found.start()], typed[found.end() :]
        if wishes(head, series).strange is None and (likely := tuple(_suggestions(head, found["sign"], rest, known))):
            return likely
    return ()


def _series(name: str) -> Known:
    return Known(labels=told(lambda language: speech.series_name(language, name)), says=name)


def held_suggested(db: Database, typed: str) -> tuple[Suggestion, ...]:
    """What can be let go again: whatever is held."""
    return tuple(_suggestions("", "", typed, [_scope(db, hold.scope) for hold in ledger.holds(db)]))


def holdable_suggested(db: Database, typed: str) -> tuple[Suggestion, ...]:
    """What can be held: everything, a platform, a digest of late."""
    newest = sorted(digests.latest_by_series(db), key=lambda kept: kept.id, reverse=True)[:_RECENT]
    scopes = ["all", *Platform, *(f"digest:{kept.id}" for kept in newest)]
    return tuple(_suggestions("", "", typed, [_scope(db, scope) for scope in scopes]))


def _scope(db: Database, scope: str) -> Known:
    return Known(labels=told(lambda language: cut(scope_name(db, language, scope), 80)), says=scope)


def _suggestions(head: str, sign: str, typed: str, known: Sequence[Known]) -> Iterator[Suggestion]:
    """Those that fit what was typed, the likeliest first; what stands before it stays."""
    before = f"{head}{sign}"
    sayable = [one for one in known if len(before + one.says) <= LONGEST]
    fits = ((one.fit(typed.strip().casefold()), number) for number, one in enumerate(sayable))
    for _, number in sorted((fit, number) for fit, number in fits if fit is not None)[:MOST]:
        one = sayable[number]
        labels = {language: f"{before}{label}" for language, label in one.labels.items()}
        yield Suggestion(labels=labels, says=f"{before}{one.says}")
