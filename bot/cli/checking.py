"""`sudi check`: read posts as Sudi will, and say what is odd."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.setup import PATHS, Setup, Stop, as_json_option
from bot.exits import Exit

if TYPE_CHECKING:
    from bot.checking import Checked, Found
    from digest.model import Digest

_PROGRESS_FROM = 50
"""From so many files on, checking shows how far it is."""


@click.command(short_help="Read posts as Sudi will, and say what is odd.")
@click.argument("paths", nargs=-1, required=True, type=PATHS)
@as_json_option
@click.pass_obj
def check(setup: Setup, paths: tuple[Path, ...], as_json: bool) -> None:
    """Read posts as Sudi will, and say what is odd. PATHS are files, or folders of posts.

    Exits with 1 if any of them cannot be delivered.
    """
    from bot.checking import checked_json, posts_under
    from bot.terminal import json_line

    files = list(posts_under(paths))
    bad = noted = 0
    for checked in _checked(setup, files):
        bad += not checked.sound
        noted += checked.sound and bool(checked.problems)
        if as_json:
            click.echo(json_line(checked_json(checked, setup.language)))
        else:
            _print_checked(setup, checked)
    if not files:
        click.echo(setup.say("check_none"), err=True)
    elif not as_json:
        _print_sum(setup, fine=len(files) - bad - noted, noted=noted, bad=bad)
    if bad:
        raise Stop(Exit.WRONG)


def _checked(setup: Setup, files: Sequence[Found]) -> Iterator[Checked]:
    """Each file as read. Where there are many, and their lines go elsewhere, the terminal shows how far it is."""
    from bot.checking import check as check_file

    settings = setup.settings
    for found in _shown_progress(files):
        yield check_file(found.path, settings, folder=found.folder)


def _shown_progress(files: Sequence[Found]) -> Iterator[Found]:
    if len(files) < _PROGRESS_FROM or sys.stdout.isatty() or not sys.stderr.isatty():
        yield from files
        return
    from rich.console import Console
    from rich.progress import Progress

    # Redirected, our lines would end in the console, and not where they were sent.
    with Progress(console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False) as bar:
        yield from bar.track(files)


def _print_checked(setup: Setup, checked: Checked) -> None:
    from bot.checking import said_problems
    from bot.terminal import shown

    mark, color = ("✗", "red") if not checked.sound else ("!", "yellow") if checked.problems else ("✓", "green")
    about = _about(setup, checked.digest) if checked.digest else ""
    click.echo(f"{click.style(mark, fg=color)} {click.style(shown(checked.file), bold=True)}{about}")
    for problem in said_problems(checked, setup.language):
        line = f"{setup.say('at_line', line=problem['line'])} · " if problem["line"] else ""
        click.echo(f"  {line}{shown(problem['message'])}")


def _about(setup: Setup, digest: Digest) -> str:
    from bot.answer.speech import series_name
    from bot.terminal import shown

    stories = setup.say("stories", count=len(digest.stories))
    return f"  {shown(digest.title)} · {series_name(setup.language, digest.series)} · {stories}"


def _print_sum(setup: Setup, *, fine: int, noted: int, bad: int) -> None:
    told = [setup.say("check_fine", count=fine)] if fine or not (noted or bad) else []
    told += [setup.say(key, count=n) for key, n in (("check_notes", noted), ("check_bad", bad)) if n]
    click.echo(f"\n{' · '.join(told)}")
