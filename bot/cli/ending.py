"""How the program starts and ends: one of our exit codes, and a sentence for whatever goes wrong."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

import click

from bot.cli.program import main
from bot.cli.setup import LANGUAGES, Setup, flushed, terminal_language
from bot.exits import Exit


def start(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line, and end the process with one of `Exit`. Whatever goes wrong is one sentence."""
    _open_streams()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    if "_SUDI_COMPLETE" in os.environ:
        main.main(prog_name="sudi")
    code = _guarded(list(arguments) if arguments is not None else sys.argv[1:])
    flushed(sys.stderr)
    if not flushed(sys.stdout):
        code = Exit.UNREAD
    sys.exit(int(code))


def _open_streams() -> None:
    """Put the null device where a stream was closed: its number is then given to no file and no connection."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115


def _guarded(arguments: list[str]) -> int:
    """The exit code of a command; every error is told on stderr."""
    context: click.Context | None = None
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
        flushed(sys.stdout)
        return Exit.UNREAD  # whoever read our output has gone, as `head` does
    except Exception as error:  # noqa: BLE001 - the last gate: a person gets a sentence, not a traceback
        return told(error, arguments, context.obj if context else None)
    return Exit.FINE


def told(error: Exception, arguments: Sequence[str], setup: Setup | None = None) -> Exit:
    """Say what went wrong in a sentence, in the language of the settings where `setup` could read them."""
    from bot.catalogue import say, say_store
    from bot.config import ConfigError
    from bot.remote import Unreachable
    from storage.store import StoreBusy, StoreError

    error = _known(error, (StoreError, Unreachable))
    named = error.language if isinstance(error, ConfigError) else setup and setup.language_set
    language = (
        _wished(arguments) or terminal_language() or next((one for one in LANGUAGES if one == named), LANGUAGES[0])
    )
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
        case StoreBusy() if error.folder:
            click.echo(say(language, "cli.in_use", folder=error.folder, holder=error.holder), err=True)
            return Exit.UNREACHABLE
        case StoreError():
            click.echo(say_store(language, error.trouble, error.details), err=True)
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
        if given in LANGUAGES:
            return given
        if not word.startswith("-") and word in main.commands:
            return None
    return None
