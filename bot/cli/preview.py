"""`sudi preview`: posts exactly as they would be sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from bot.cli.setup import LANGUAGES, PATHS, PLATFORMS, Setup, Stop, as_json_option, log
from bot.exits import Exit

if TYPE_CHECKING:
    from adapters.platform import Dialect, Message
    from bot.checking.report import Report
    from bot.rendition import Rendition
    from digest.model import Digest

_LAYOUTS: Final = ("full", "brief", "headlines")


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """For whom a preview is: a platform (None: each), a layout, a language."""

    platform: str | None
    layout: str
    language: str


@click.command(short_help="Show posts exactly as they would be sent.")
@click.argument("posts", nargs=-1, required=True, type=PATHS)
@click.option("--platform", type=click.Choice(PLATFORMS), help="Only this platform (needed with --json).")
@click.option("--layout", type=click.Choice(_LAYOUTS), default="full", show_default=True, help="How much of it.")
@click.option("--language", type=click.Choice(LANGUAGES), help="The reader's language [default: the setting].")
@as_json_option
@click.pass_obj
def preview(setup: Setup, /, posts: tuple[Path, ...], as_json: bool, language: str | None, **view: Any) -> None:
    """Show posts exactly as they would be sent to a new reader. POSTS are files, or folders of posts.

    Exits with 1 if any of them cannot be delivered.
    """
    from bot.checking.files import errand_of, examined, posts_under
    from bot.checking.report import report_of

    if as_json and view["platform"] is None:
        raise click.UsageError("--json needs --platform.")
    log(setup.settings, "error")
    seen = View(language=language or setup.settings.language, **view)
    refused = False
    for found in posts_under(posts, setup.settings):
        errand = errand_of(found, setup.settings)
        checked = examined(errand)
        if checked.digest is None or not checked.sound:
            refused = True
            _print_refused(setup, report_of(checked, errand), as_json=as_json)
        elif as_json:
            _preview_json(checked.file, checked.digest, seen)
        else:
            _preview_drawn(setup, report_of(checked, errand), checked.digest, seen)
    if refused:
        raise Stop(Exit.WRONG)


def _faces(digest: Digest, view: View) -> Iterator[tuple[Dialect, Rendition]]:
    """The digest on each platform that was asked for."""
    from adapters.platform import Platform
    from bot.checking.faces import dialects, face
    from digest.choices import Layout

    chosen = [Platform(view.platform)] if view.platform else list(Platform)
    for dialect in dialects(*chosen).values():
        yield dialect, face(digest, dialect, Layout(view.layout), view.language)


def _preview_json(file: str, digest: Digest, view: View) -> None:
    from bot.terminal import json_line

    for _, rendition in _faces(digest, view):
        click.echo(json_line({"file": file, "messages": [dict(message) for message in rendition.messages]}))


def _preview_drawn(setup: Setup, report: Report, digest: Digest, view: View) -> None:
    """The messages as the platform would draw them, as far as a terminal can; whether they wait stands above."""
    from bot.checking.report import Level
    from bot.terminal import shown

    click.secho(shown(report.file), bold=True)
    for finding in report.findings:
        if finding.level is Level.NOTE:
            click.secho(shown(finding.message(setup.language)), fg="yellow")
    for dialect, rendition in _faces(digest, view):
        for number, message in enumerate(rendition.messages, 1):
            place = setup.say("message", number=number, total=len(rendition.messages))
            click.secho(f"\n── {_heading(setup, dialect, message)} · {place}", fg="cyan")
            _print_html(dialect.draw(message))
        if rendition.losses:
            click.secho(_losses(setup, rendition), fg="yellow")
    click.echo()


def _heading(setup: Setup, dialect: Dialect, message: Message) -> str:
    """The platform's name, and how much of each limit the message uses."""
    from bot.catalogue import say, say_code

    counts = (
        f"{say_code(setup.language, 'units', count.unit)} {count.used} / {count.limit}"
        for count in dialect.count(message)
    )
    return " · ".join([say(setup.language, f"words.platform_{dialect.platform}"), *counts])


def _losses(setup: Setup, rendition: Rendition) -> str:
    from bot.catalogue import say, say_code

    losses = (say_code(setup.language, "losses", loss.what, times=loss.times) for loss in rendition.losses)
    return setup.say("loses", losses=say(setup.language, "words.comma").join(losses))


def _print_html(html: str) -> None:
    from rich.console import Console
    from rich.text import Text

    from bot.terminal import segments

    text = Text()
    for words, style in segments(html):
        text.append(words, style=style)
    text.rstrip()
    console = Console(highlight=False)
    console.print(text, soft_wrap=not console.is_terminal)


def _print_refused(setup: Setup, report: Report, *, as_json: bool) -> None:
    from bot.checking.report import Level, finding_json
    from bot.terminal import json_line, shown

    fatal = [finding for finding in report.findings if finding.level is Level.ERROR]
    why = " ".join(finding.message(setup.language) for finding in fatal)
    if as_json:
        problems = [finding_json(finding, setup.language) for finding in fatal]
        click.echo(json_line({"file": report.file, "messages": [], "problems": problems}))
    click.echo(shown(setup.say("preview_refused", file=report.file, why=why)), err=True)
