"""`sudi sources`: where posts come from, and how it goes there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from bot.cli.setup import Setup, Stop, as_json_option
from bot.exits import Exit

if TYPE_CHECKING:
    from bot.config import Settings, SourceSettings
    from storage.alerts import Alert
    from storage.posts import KeptSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A source as set, as kept, and what is wrong with it: a code and its words."""

    source: SourceSettings
    kept: KeptSource
    error: str | None = None
    details: Mapping[str, str | int] | None = None

    @property
    def failing_since(self) -> datetime | None:
        """Since when something is wrong with it."""
        return self.kept.failing_since or self.kept.fetch_failing_since


@click.command(short_help="Show where posts come from, and how it goes there.")
@as_json_option
@click.pass_obj
def sources(setup: Setup, as_json: bool) -> None:
    """Show each source: where its posts lie, how many they are, its last look, and what is wrong with it.

    Exits with 1 while a source fails.
    """
    from bot.doctor import sourceless
    from bot.finding import said
    from bot.terminal import json_line, shown

    lines = list(_lines(setup.settings))
    for line in lines:
        if as_json:
            click.echo(json_line(_json(setup, line)))
        else:
            click.echo("\n".join(shown(words) for words in _told(setup, line)))
    if not lines and not as_json:
        click.echo(shown(said(sourceless(), setup.language)))
    if any(line.error for line in lines):
        raise Stop(Exit.WRONG)


def _lines(settings: Settings) -> Iterator[Line]:
    """Every source that is set up, with what is known of it; nothing is, before the first start."""
    from storage.posts import KeptSource

    kept, alerts = _known(settings)
    for source in settings.sources:
        known = kept.get(source.called) or KeptSource(name=source.called)
        error = known.error or known.fetch_error
        names = {f"source:{source.called}", f"fetch:{source.called}"}
        alert = next((found for found in alerts if found.code == error and found.name in names), None)
        yield Line(source=source, kept=known, error=error, details=alert.details if alert else None)


def _known(settings: Settings) -> tuple[dict[str, KeptSource], list[Alert]]:
    from bot.data_folder import DATABASE
    from bot.remote import peeked
    from storage.alerts import open_alerts
    from storage.posts import sources as kept_sources

    if not (settings.data_dir / DATABASE).exists():
        return {}, []
    with peeked(settings) as db:
        return {found.name: found for found in kept_sources(db)}, open_alerts(db)


def _json(setup: Setup, line: Line) -> dict[str, Any]:
    source, kept = line.source, line.kept
    return {
        "name": source.called,
        "kind": "git" if source.git else "folder",
        "place": source.shown,
        "branch": source.branch,
        "folder": str(source.place(setup.settings.data_dir)),
        "may_push": source.may_push,
        "posts": kept.posts,
        "backlog": kept.backlog,
        "looked": _iso(kept.seen_at),
        "fetched": _iso(kept.fetched_at),
        "commit": kept.received or None,
        "next_fetch": _iso(kept.next_fetch),
        "error": line.error,
        "message": _why(setup, line),
        "failing_since": _iso(line.failing_since),
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _why(setup: Setup, line: Line) -> str | None:
    """What is wrong, in a sentence."""
    from bot.catalogue import say_code

    if line.error is None:
        return None
    words = {"source": line.source.called, "posts": 0, "url": line.source.shown}
    words |= {"branch": line.source.branch, "folder": str(line.source.folder)}
    return say_code(setup.language, "alerts", line.error, **{**words, **(line.details or {})})


def _told(setup: Setup, line: Line) -> Iterator[str]:
    """A source in a few lines for people."""
    source, kept = line.source, line.kept
    yield f"{'✗' if line.error else '✓'} {source.called}  {source.whereabouts}"
    facts = [setup.say("source_posts", count=kept.posts)]
    if kept.backlog:
        facts.append(setup.say("source_backlog", count=kept.backlog))
    looked = setup.say("source_looked", time=_time(setup, kept.seen_at)) if kept.seen_at else ""
    facts.append(looked or setup.say("source_never"))
    if kept.fetched_at:
        facts.append(setup.say("source_fetched", time=_time(setup, kept.fetched_at), commit=kept.received[:10]))
    if line.error and kept.next_fetch:
        facts.append(setup.say("source_next", time=_time(setup, kept.next_fetch)))
    if source.may_push:
        facts.append(setup.say("source_may_push"))
    yield f"  {' · '.join(facts)}"
    if line.error:
        yield f"  {_why(setup, line)}"


def _time(setup: Setup, moment: datetime) -> str:
    return f"{moment.astimezone(setup.zone):%m-%d %H:%M:%S} {setup.zone_name(moment)}"
