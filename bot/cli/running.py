"""The verbs of whoever operates Sudi: start it, and ask how it is."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import click

from bot.cli.setup import Setup, Stop, as_json_option, flushed, log, version
from bot.exits import Exit

if TYPE_CHECKING:
    from bot.finding import Finding

_PAYLOAD: Final = re.compile(r"/start (admin_[0-9A-Za-z_-]{8,58})")
"""How `/admin` says what a link carries to whoever asks from elsewhere."""


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
@click.option("--admin-link", is_flag=True, help="Make a link that makes whoever opens it first an admin.")
@as_json_option
@click.pass_obj
def doctor(setup: Setup, admin_link: bool, as_json: bool) -> None:
    """Say what is configured, what is missing, and what to do next. Exits with 1 if something must be mended.

    With a Telegram token each bot is asked how it is. While nobody is an admin, a link that makes one is printed; it
    works once, for a quarter of an hour.
    """
    from bot.doctor import examine
    from bot.finding import Level, finding_json, said
    from bot.terminal import json_line, shown

    findings = examine(setup.settings, config=setup.config, version=version())
    nobody = next((finding for finding in findings if finding.code == "admins_none"), None)
    if admin_link or (nobody and not as_json):
        links = _admin_link(setup, findings, wanted=admin_link)
        findings[-1:-1] = links
        if nobody and any(finding.code == "admin_link" for finding in links):
            findings.remove(nobody)  # the link is what it advises
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


def _admin_link(setup: Setup, findings: Sequence[Finding], *, wanted: bool) -> list[Finding]:
    """A link that makes an admin, for the first bot that answered; it is a secret, and printed nowhere else.

    Raises Unreachable where somebody wants one and neither the running Sudi nor the store can be asked.
    """
    from bot.finding import note
    from bot.remote import Unreachable
    from storage.admins import LINK_HOLDS
    from storage.store import StoreError

    bot = next((finding.details["name"] for finding in findings if finding.code == "telegram_fine"), None)
    if bot is None:
        return [note("admin_link_none")] if wanted else []
    try:
        payload = _admin_payload(setup)
    except (Unreachable, StoreError):
        if wanted:
            raise
        return []
    url = f"https://t.me/{str(bot).removeprefix('@')}?start={payload}"
    return [note("admin_link", url=url, minutes=int(LINK_HOLDS.total_seconds() // 60))]


def _admin_payload(setup: Setup) -> str:
    """What the link carries, made by the running Sudi, or in the store where none runs."""
    from bot.remote import Unreachable, reached

    with reached(setup.means()) as (ask, _):
        found = _PAYLOAD.search(ask("/admin").text)
    if found is None:
        raise Unreachable("admin_link_failed")
    return found[1]
