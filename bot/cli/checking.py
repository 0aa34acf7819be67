"""`sudi check`: read posts as Sudi will, say what is odd and how it will look, and mend what is safe."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from bot.cli.setup import PATHS, Setup, Stop, as_json_option, log
from bot.exits import Exit

if TYPE_CHECKING:
    from bot.checking.files import Found
    from bot.checking.report import Report
    from bot.checking.rewriting import Wish
    from bot.cli.findings import Teller

_PROGRESS_FROM: Final = 50
"""From so many files on, checking shows how far it is."""

_STDIN: Final = Path("-")
_FORMATS: Final = ("people", "json", "github")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked of `sudi check`, besides the files."""

    form: str
    stories: bool
    strict: bool
    fix: bool
    diff: bool
    jobs: int | None
    stdin_name: Path

    @property
    def wish(self) -> Wish:
        """What is to be done with each file."""
        from bot.checking.rewriting import Wish

        return Wish(fix=self.fix, diff=self.diff)


@click.command(short_help="Read posts as Sudi will, and say what is odd.")
@click.argument("paths", nargs=-1, required=True, type=PATHS)
@click.option("--stories", "-v", is_flag=True, help="List every file, with its stories.")
@click.option("--fix", is_flag=True, help="Mend what is safe: line ends, byte order marks, bold beside CJK.")
@click.option("--diff", is_flag=True, help="Show what --fix changes. Without --fix nothing is written.")
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings as well.")
@click.option("--format", "form", type=click.Choice(_FORMATS), default="people", help="How it is told.")
@click.option("--jobs", type=click.IntRange(1, 256), metavar="NUMBER", help="Processes [default: one a core].")
@click.option("--stdin-name", type=PATHS, default="stdin.md", metavar="FILE", help="The name of what is on stdin.")
@as_json_option
@click.pass_obj
def check(setup: Setup, /, paths: tuple[Path, ...], as_json: bool, **asked: Any) -> None:
    """Read posts as Sudi will; say what is odd, and how it will look. PATHS are files, folders, or «-» for stdin.

    Exits with 1 if any of them cannot be delivered.
    """
    from bot.checking.across import Across
    from bot.checking.files import posts_under
    from bot.cli.findings import Count

    wanted = Asked(**(asked | ({"form": "json"} if as_json else {})))
    _refuse_misuse(setup, paths, wanted)
    log(setup.settings, "error")
    found = [] if _STDIN in paths else list(posts_under(paths, setup.settings))
    teller = _teller(setup, wanted, files=len(found) or 1)
    count, across = Count(), Across()
    for report in _reports(setup, found, wanted) if _STDIN not in paths else _from_stdin(setup, wanted):
        told = across.noted(report)
        count.add(told)
        teller.tell(told)
    if found or _STDIN in paths:
        teller.end(count)
    else:
        click.echo(setup.say("check_none"), err=True)
    if count.bad or (wanted.strict and count.warned):
        raise Stop(Exit.WRONG)


def _refuse_misuse(setup: Setup, paths: Sequence[Path], asked: Asked) -> None:
    if _STDIN in paths and len(paths) > 1:
        raise click.UsageError(setup.say("check_stdin_alone"))
    if _STDIN in paths and asked.fix:
        raise click.UsageError(setup.say("check_stdin_fix"))


def _teller(setup: Setup, asked: Asked, *, files: int) -> Teller:
    from bot.cli.findings import GitHubTeller, JsonTeller, PeopleTeller

    if asked.form == "json":
        return JsonTeller(setup=setup)
    if asked.form == "github":
        return GitHubTeller(setup=setup, fixed=asked.fix)
    return PeopleTeller(setup=setup, files=files, stories=asked.stories, fixed=asked.fix)


def _from_stdin(setup: Setup, asked: Asked) -> Iterator[Report]:
    from bot.checking.files import Found, errand_of
    from bot.checking.rewriting import checked_text

    errand = errand_of(Found(path=asked.stdin_name), setup.settings)
    yield checked_text(errand, sys.stdin.buffer.read(), asked.wish)


def _reports(setup: Setup, found: Sequence[Found], asked: Asked) -> Iterator[Report]:
    """A report for each file. Where there are many, all cores work, and the terminal shows how far it is."""
    from bot.checking.crew import WORTH_A_CREW, cores, reports
    from bot.checking.files import errand_of
    from bot.checking.rewriting import checked_file

    errands = (errand_of(one, setup.settings) for one in found)
    jobs = asked.jobs or (cores() if len(found) >= WORTH_A_CREW else 1)
    if jobs > 1:
        made = reports(errands, asked.wish, jobs=jobs)
    else:
        made = (checked_file(errand, asked.wish) for errand in errands)
    return _shown_progress(made, len(found))


def _shown_progress(made: Iterable[Report], files: int) -> Iterator[Report]:
    if files < _PROGRESS_FROM or not sys.stderr.isatty():
        yield from made
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    # Redirected, our lines would end in the console, and not where they were sent: only a terminal shares it.
    shared = sys.stdout.isatty()
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, redirect_stdout=shared, redirect_stderr=False) as bar:
        yield from bar.track(made, total=files)
