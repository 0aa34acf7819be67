"""`sudi`: the program's verbs on the command line.

Everything heavy is imported where it is used: the help must not wait for platforms' libraries. The sentences that
people read are looked up in the catalogues; what click itself says is English.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

import click

from bot.exits import Exit

if TYPE_CHECKING:
    from adapters.platform import Dialect, Message
    from bot.checking import Checked, Found
    from bot.config import Settings
    from bot.remote import Ask, Means, Said
    from bot.rendition import Rendition
    from digest.model import Digest
    from storage.ledger import DeliveryRow

_LANGUAGES = ("zh", "en")
_PLATFORMS = ("telegram", "discord", "web")
_LAYOUTS = ("full", "brief", "headlines")
_STATES = ("open", "sent", "unknown", "failed", "skipped")
_PROGRESS_FROM = 50
"""From so many files on, checking shows how far it is."""

_PATHS = click.Path(path_type=Path)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line.")


class Stop(click.exceptions.Exit):
    """The command ends here with one of our codes, having said why."""


@dataclass(slots=True)
class Setup:
    """What the options before the command say; the settings are read when a command first needs them."""

    config: Path | None
    wish: str | None
    _settings: Settings | None = None

    @property
    def settings(self) -> Settings:
        """The settings; raises ConfigError."""
        if self._settings is None:
            from bot.config import load

            self._settings = load(self.config)
        return self._settings

    @property
    def language(self) -> str:
        """The language that the user is spoken to in: as wished, as the terminal's, as set."""
        return self.wish or _terminal_language() or self.settings.language

    def say(self, key: str, /, **values: object) -> str:
        """Words of the command line."""
        from bot.catalogue import say

        return say(self.language, f"cli.{key}", **values)

    def means(self) -> Means:
        """What asking the program takes. What goes wrong meanwhile is logged to stderr, never among the answers."""
        from bot.remote import Means

        _log(self.settings, "error")
        return Means(settings=self.settings, language=self.language, now=_now, token=lambda: secrets.token_hex(6))


def _now() -> datetime:
    return datetime.now(UTC)


def _terminal_language() -> str | None:
    """The language of the terminal, where it names one that is spoken here."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            primary = value.replace("-", "_").partition("_")[0].lower()
            return primary if primary in _LANGUAGES else None
    return None


def _version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        click.echo(f"sudi {version()}")
        context.exit()


def version() -> str:
    """The version of the installed program."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("sudi")
    except PackageNotFoundError:
        return "unknown"


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--config", type=_PATHS, metavar="FILE", help="Settings file instead of ./sudi.toml.")
@click.option("--language", "wish", type=click.Choice(_LANGUAGES), help="Language of what is printed.")
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print the version."
)
@click.pass_context
def main(context: click.Context, config: Path | None, wish: str | None) -> None:
    """Sudi brings Markdown digests to the chats that subscribed, on Telegram, Discord and the web."""
    context.obj = Setup(config=config, wish=wish)


# --- Running -----------------------------------------------------------------------------------------------------


@main.command(short_help="Watch the sources, deliver, answer, serve the page.")
@click.option("--demo", is_flag=True, help="Use the example posts in var/posts, and show an arrival.")
@click.pass_obj
def run(setup: Setup, demo: bool) -> None:
    """Watch the sources, deliver digests, answer, and serve the page."""
    from bot.app import run as run_app

    settings = setup.settings
    _log(settings, settings.log_level)
    code = asyncio.run(run_app(settings, demo=demo))
    _flushed(sys.stdout)  # whether anybody read the address is no part of how it ended
    raise Stop(code)


def _log(settings: Settings, level: str) -> None:
    from bot.logs import Redactor, configure

    configure(level, settings.log_format, Redactor(settings.secrets()))


# --- Looking at posts --------------------------------------------------------------------------------------------


@main.command(short_help="Read posts as Sudi will, and say what is odd.")
@click.argument("paths", nargs=-1, required=True, type=_PATHS)
@_json
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


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """For whom a preview is: a platform (None: each), a layout, a language."""

    platform: str | None
    layout: str
    language: str


@main.command(short_help="Show posts exactly as they would be sent.")
@click.argument("posts", nargs=-1, required=True, type=_PATHS)
@click.option("--platform", type=click.Choice(_PLATFORMS), help="Only this platform (needed with --json).")
@click.option("--layout", type=click.Choice(_LAYOUTS), default="full", show_default=True, help="How much of it.")
@click.option("--language", type=click.Choice(_LANGUAGES), help="The reader's language [default: the setting].")
@_json
@click.pass_obj
def preview(setup: Setup, /, posts: tuple[Path, ...], as_json: bool, language: str | None, **view: Any) -> None:
    """Show posts exactly as they would be sent to a new reader. POSTS are files, or folders of posts.

    Exits with 1 if any of them cannot be delivered.
    """
    from bot.checking import check as check_file
    from bot.checking import posts_under

    if as_json and view["platform"] is None:
        raise click.UsageError("--json needs --platform.")
    seen = View(language=language or setup.settings.language, **view)
    refused = False
    for found in posts_under(posts):
        checked = check_file(found.path, setup.settings, folder=found.folder)
        if checked.digest is None or not checked.sound:
            refused = True
            _print_refused(setup, checked, as_json=as_json)
        elif as_json:
            _preview_json(checked.file, checked.digest, seen)
        else:
            _preview_drawn(setup, checked.file, checked.digest, seen)
    if refused:
        raise Stop(Exit.WRONG)


def _faces(digest: Digest, view: View) -> Iterator[tuple[Dialect, Rendition]]:
    """The digest on each platform that was asked for."""
    from adapters.platform import Platform
    from bot.checking import dialects, face
    from digest.choices import Layout

    chosen = [Platform(view.platform)] if view.platform else list(Platform)
    for dialect in dialects(*chosen).values():
        yield dialect, face(digest, dialect, Layout(view.layout), view.language)


def _preview_json(file: str, digest: Digest, view: View) -> None:
    from bot.terminal import json_line

    for _, rendition in _faces(digest, view):
        click.echo(json_line({"file": file, "messages": [dict(message) for message in rendition.messages]}))


def _preview_drawn(setup: Setup, file: str, digest: Digest, view: View) -> None:
    """The messages as the platform would draw them, as far as a terminal can."""
    from bot.terminal import shown

    click.secho(shown(file), bold=True)
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


def _print_refused(setup: Setup, checked: Checked, *, as_json: bool) -> None:
    from bot.checking import said_problems
    from bot.terminal import json_line, shown

    fatal = [problem for problem in said_problems(checked, setup.language) if _is_fatal(problem, checked)]
    why = " ".join(problem["message"] for problem in fatal)
    if as_json:
        click.echo(json_line({"file": checked.file, "messages": [], "problems": fatal}))
    click.echo(shown(setup.say("preview_refused", file=checked.file, why=why)), err=True)


def _is_fatal(problem: Mapping[str, Any], checked: Checked) -> bool:
    return bool(checked.fault) or any(found.fatal and found.code == problem["code"] for found in checked.problems)


# --- Verbs that change something ---------------------------------------------------------------------------------


@main.command(short_help="Push a breaking item, once confirmed.")
@click.argument("text", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Send it without asking.")
@_json
@click.pass_obj
def push(setup: Setup, text: tuple[str, ...], yes: bool, as_json: bool) -> None:
    """Push a breaking item to every chat that wants them; TEXT is what happened, or a link. «-» reads it from stdin.

    It is shown first, with the number of chats, and is sent once confirmed.
    """
    from bot.remote import reached

    words = sys.stdin.read() if text == ("-",) else " ".join(text)
    with reached(setup.means()) as (ask, running):
        said = ask(f"/push {words}")
        confirm, cancel = said.pressing("/push confirm "), said.pressing("/push cancel ")
        if confirm is None or cancel is None:
            _print_said(said, as_json=as_json)
            raise Stop(Exit.WRONG)
        if not yes and (as_json or not _confirmed(setup, said)):
            _leave(setup, ask, said, cancel, as_json=as_json)
            return
        _print_said(ask(confirm), as_json=as_json)
    _say_not_running(setup, running=running)


def _confirmed(setup: Setup, said: Said) -> bool:
    """Whether whoever sits at the terminal wants it sent."""
    _print_said(said, as_json=False)
    return sys.stdin.isatty() and click.confirm(setup.say("ask_confirm"), default=False)


def _leave(setup: Setup, ask: Ask, said: Said, cancel: str, *, as_json: bool) -> None:
    """It is not sent. A program that reads JSON has the buttons, and may still press one; a person has said no."""
    if as_json:
        _print_said(said, as_json=True)
        return
    ask(cancel)
    asked = sys.stdin.isatty()
    click.echo(setup.say("not_confirmed" if asked else "yes_needed"), err=True)
    raise Stop(Exit.WRONG if asked else Exit.MISUSE)


@main.command(short_help="Keep messages from leaving.")
@click.argument("scope", default="all", metavar="[DIGEST|PLATFORM]")
@_json
@click.pass_obj
def hold(setup: Setup, scope: str, as_json: bool) -> None:
    """Keep everything unsent from leaving, or only what is of a digest (its number) or a platform."""
    _scope_verb(setup, f"/hold {scope}", scope, as_json=as_json)


@main.command(short_help="Let messages leave again.")
@click.argument("scope", default="", metavar="[DIGEST|PLATFORM]")
@_json
@click.pass_obj
def release(setup: Setup, scope: str, as_json: bool) -> None:
    """Let go what was held: everything, or only what is named."""
    _scope_verb(setup, f"/release {scope}".strip(), scope, as_json=as_json)


def _scope_verb(setup: Setup, says: str, scope: str, *, as_json: bool) -> None:
    from bot.catalogue import say
    from bot.remote import reached
    from bot.terminal import shown

    with reached(setup.means()) as (ask, running):
        if not _is_scope(setup, scope):
            click.echo(say(setup.language, "answers.scope_unknown", scope=shown(scope)[:40]), err=True)
            raise Stop(Exit.WRONG)
        _print_said(ask(says), as_json=as_json)
    _say_not_running(setup, running=running)


def _is_scope(setup: Setup, scope: str) -> bool:
    """Whether this can be held: everything, a platform, or a digest that is there."""
    from bot.answer.editor import scope_of
    from bot.remote import Unreachable, peeked

    if not scope or scope.lower() in {"all", *_PLATFORMS}:
        return True
    try:
        with peeked(setup.settings) as db:
            return scope_of(db, scope) is not None
    except Unreachable:
        return False


def _print_said(said: Said, *, as_json: bool) -> None:
    from bot.terminal import json_line, shown

    if as_json:
        click.echo(json_line(said.json()))
    else:
        click.echo("\n".join(shown(line) for line in said.text.splitlines()))


def _say_not_running(setup: Setup, *, running: bool) -> None:
    if not running:
        click.echo(setup.say("not_running"), err=True)


# --- Looking at the ledger ---------------------------------------------------------------------------------------


@main.command(short_help="Show what is due, sent, unknown, failed or skipped.")
@click.option("--state", type=click.Choice(_STATES), help="Only those in this state.")
@click.option("--digest", type=click.IntRange(1, 2**63 - 1), metavar="NUMBER", help="Only those of this digest.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True, help="So many at most.")
@_json
@click.pass_obj
def deliveries(setup: Setup, state: str | None, digest: int | None, limit: int, as_json: bool) -> None:
    """Show what is due, sent, unknown, failed or skipped, and why; the newest first."""
    from bot.remote import peeked
    from bot.terminal import json_line
    from storage.ledger import deliveries as find
    from storage.records import DeliveryState, DigestId

    with peeked(setup.settings) as db:
        wanted = DeliveryState(state) if state else None
        rows = find(db, state=wanted, digest=DigestId(digest) if digest else None, limit=limit)
    if as_json:
        for row in rows:
            click.echo(json_line(_delivery_json(row)))
    elif rows:
        _print_deliveries(setup, rows)
    else:
        click.echo(setup.say("deliveries_none"))


def _delivery_json(row: DeliveryRow) -> dict[str, Any]:
    return {
        "delivery": row.id,
        "digest": row.digest,
        "title": row.title,
        "series": row.series,
        "lane": row.lane,
        "chat": row.chat,
        "thread": row.thread,
        "state": str(row.state),
        "reason": row.reason,
        "urgency": int(row.urgency),
        "attempts": row.attempts,
        "due": row.due.isoformat(),
        "ended": row.ended_at.isoformat() if row.ended_at else None,
    }


def _print_deliveries(setup: Setup, rows: Sequence[DeliveryRow]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from bot.catalogue import say_reason
    from bot.terminal import shown

    table = Table(box=None, pad_edge=False)
    for column in ("number", "digest", "chat", "state", "when", "reason"):
        table.add_column(setup.say(f"column_{column}"), overflow="fold")
    for row in rows:
        at = (row.ended_at or row.due).astimezone()
        chat = f"{row.lane} {row.chat} {row.thread}".strip()
        reason = say_reason(setup.language, row.reason) if row.reason else ""
        told = (f"{row.digest}", row.title, chat, setup.say(f"state_{row.state}"), f"{at:%m-%d %H:%M:%S}", reason)
        table.add_row(*(Text(shown(cell)) for cell in told))
    Console(highlight=False).print(table)


@main.command(short_help="Say what is configured, what is missing, what to do.")
@_json
@click.pass_obj
def doctor(setup: Setup, as_json: bool) -> None:
    """Say what is configured, what is missing, and what to do next. Exits with 1 if something must be mended."""
    from bot.doctor import Level, examine, finding_json, said
    from bot.terminal import json_line, shown

    findings = examine(setup.settings, config=setup.config, version=version())
    ok = not any(finding.level is Level.MEND for finding in findings)
    if as_json:
        told = [finding_json(finding, setup.language) for finding in findings]
        click.echo(json_line({"ok": ok, "version": version(), "findings": told}))
    else:
        marks = {Level.FINE: ("✓", "green"), Level.NOTE: ("·", "yellow"), Level.MEND: ("✗", "red")}
        for finding in findings:
            mark, color = marks[finding.level]
            click.echo(f"{click.style(mark, fg=color)} {shown(said(finding, setup.language))}")
    if not ok:
        raise Stop(Exit.WRONG)


# --- The end -----------------------------------------------------------------------------------------------------


def start(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line, and end the process with one of `Exit`. Whatever goes wrong is one sentence."""
    _open_streams()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    if "_SUDI_COMPLETE" in os.environ:
        main.main(prog_name="sudi")
    code = _guarded(list(arguments) if arguments is not None else sys.argv[1:])
    _flushed(sys.stderr)
    if not _flushed(sys.stdout):
        code = Exit.UNREAD
    sys.exit(int(code))


def _open_streams() -> None:
    """Put the null device where a stream was closed: its number is then given to no file and no connection."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115


def _flushed(stream: TextIO) -> bool:
    """Whether everything could be written out; what could not is thrown away, so that the exit stumbles over none."""
    try:
        stream.flush()
    except OSError:
        with Path(os.devnull).open("wb") as nothing:
            os.dup2(nothing.fileno(), stream.fileno())
        return False
    return True


def _guarded(arguments: list[str]) -> int:
    """The exit code of a command; every error is told on stderr."""
    try:
        with main.make_context("sudi", list(arguments)) as context:
            main.invoke(context)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        error.show()
        return Exit.MISUSE
    except (click.Abort, KeyboardInterrupt):
        return Exit.INTERRUPTED
    except BrokenPipeError:
        _flushed(sys.stdout)
        return Exit.UNREAD  # whoever read our output has gone, as `head` does
    except Exception as error:  # noqa: BLE001 - the last gate: a person gets a sentence, not a traceback
        return _told(error, arguments)
    return Exit.FINE


def _told(error: Exception, arguments: Sequence[str]) -> Exit:
    """Say what went wrong in a sentence."""
    from bot.catalogue import say
    from bot.config import ConfigError
    from bot.remote import Unreachable
    from storage.store import StoreError

    language = _wished(arguments) or _terminal_language() or _LANGUAGES[0]
    error = _known(error, (StoreError, Unreachable))
    match error:
        case ConfigError():
            click.echo(say(language, "mistakes.heading", count=len(error.mistakes)), err=True)
            for mistake in error.mistakes:
                what = say(language, f"mistakes.{mistake.code}", **mistake.details)
                click.echo(f"  {say(language, 'mistakes.line', key=mistake.key, what=what)}", err=True)
            return Exit.MISUSE
        case Unreachable():
            click.echo(say(language, f"cli.{error.key}", **error.values), err=True)
            return Exit.UNREACHABLE
        case StoreError():
            click.echo(str(error), err=True)
            return Exit.UNREACHABLE
        case _:
            return _broken(error, language)


def _known(error: Exception, kinds: tuple[type[Exception], ...]) -> Exception:
    """The error that a group of tasks failed with, where it is of a kind that a sentence tells; else as it came."""
    if isinstance(error, ExceptionGroup) and (found := error.subgroup(kinds)) is not None:
        return next(_leaves(found))
    return error


def _leaves(error: Exception) -> Iterator[Exception]:
    if not isinstance(error, ExceptionGroup):
        yield error
        return
    for inner in error.exceptions:
        yield from _leaves(inner)


def _broken(error: Exception, language: str) -> Exit:
    """A mistake of our own; its traceback is for those who ask for it."""
    from bot.catalogue import say
    from bot.logs import Redactor

    if os.environ.get("SUDI_LOG_LEVEL", "").lower() == "debug":
        import traceback

        click.echo(Redactor().hide("".join(traceback.format_exception(error))), err=True)
    why = Redactor().hide(f"{type(error).__name__}: {error}")
    click.echo(say(language, "cli.broken", why=why), err=True)
    return Exit.BROKEN


def _wished(arguments: Sequence[str]) -> str | None:
    """The language that was asked for before the command, where it was never got to."""
    for word, following in zip(arguments, [*arguments[1:], ""], strict=True):
        given = following if word == "--language" else word.removeprefix("--language=")
        if given in _LANGUAGES:
            return given
        if not word.startswith("-") and word in main.commands:
            return None
    return None
