"""The verbs of whoever operates Sudi: start it, and ask how it is."""

from __future__ import annotations

import asyncio
import sys

import click

from bot.cli.setup import Setup, Stop, as_json_option, flushed, log, version
from bot.exits import Exit


@click.command(short_help="Watch the sources, deliver, answer, serve the page.")
@click.option("--demo", is_flag=True, help="Use the example posts in var/posts, and show an arrival.")
@click.pass_obj
def run(setup: Setup, demo: bool) -> None:
    """Watch the sources, deliver digests, answer, and serve the page."""
    from bot.app import run as run_app

    settings = setup.settings
    log(settings, settings.log_level)
    code = asyncio.run(run_app(settings, demo=demo))
    flushed(sys.stdout)  # whether anybody read the address is no part of how it ended
    raise Stop(code)


@click.command(short_help="Say what is configured, what is missing, what to do.")
@as_json_option
@click.pass_obj
def doctor(setup: Setup, as_json: bool) -> None:
    """Say what is configured, what is missing, and what to do next. Exits with 1 if something must be mended."""
    from bot.doctor import examine
    from bot.finding import Level, finding_json, said
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
