"""The verbs that change something: push, hold, release. They ask the running Sudi, or open the store themselves."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from bot.cli.setup import PLATFORMS, Setup, Stop, as_json_option
from bot.exits import Exit

if TYPE_CHECKING:
    from bot.remote import Ask, Said


@click.command(short_help="Push a breaking item, once confirmed.")
@click.argument("text", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Send it without asking.")
@as_json_option
@click.pass_obj
def push(setup: Setup, text: tuple[str, ...], yes: bool, as_json: bool) -> None:
    """Push a breaking item to every chat that wants them; TEXT is what happened, or a link. «-» reads it from stdin.

    It is shown first, with the number of chats, and is sent once confirmed.
    """
    from bot.remote import reached

    words = sys.stdin.read() if text == ("-",) else " ".join(text)
    with reached(setup.means()) as (ask, _):
        said = ask(f"/push {words}")
        confirm, cancel = said.pressing("/push confirm "), said.pressing("/push cancel ")
        if confirm is None or cancel is None:
            _print_said(said, as_json=as_json)
            raise Stop(Exit.WRONG)
        if not yes and (as_json or not _confirmed(setup, said)):
            _leave(setup, ask, said, cancel, as_json=as_json)
            return
        _print_said(ask(confirm), as_json=as_json)


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


@click.command(short_help="Keep messages from leaving.")
@click.argument("scope", default="all", metavar="[DIGEST|PLATFORM]")
@as_json_option
@click.pass_obj
def hold(setup: Setup, scope: str, as_json: bool) -> None:
    """Keep everything unsent from leaving, or only what is of a digest (its number) or a platform."""
    _scope_verb(setup, f"/hold {scope}", scope, as_json=as_json)


@click.command(short_help="Let messages leave again.")
@click.argument("scope", default="", metavar="[DIGEST|PLATFORM]")
@as_json_option
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

    if not scope or scope.lower() in {"all", *PLATFORMS}:
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
