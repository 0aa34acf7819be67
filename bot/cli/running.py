"""The verbs of whoever operates Sudi: start it, and ask how it is."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable, Sequence
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
@click.option("--admin-link", is_flag=True, help="Make a link or a command that makes who uses it first an admin.")
@as_json_option
@click.pass_obj
def doctor(setup: Setup, admin_link: bool, as_json: bool) -> None:
    """Say what is configured, what is missing, and what to do next. Exits with 1 if something must be mended.

    Each bot whose token is set is asked how it is. While nobody is an admin, what makes one is printed, a link for
    Telegram and a command for Discord; it works once, for a quarter of an hour.
    """
    from bot.doctor import examine
    from bot.finding import Level, finding_json, said
    from bot.terminal import json_line, shown

    findings = examine(setup.settings, config=setup.config, version=version())
    nobody = next((finding for finding in findings if finding.code == "admins_none"), None)
    if admin_link or (nobody and not as_json):
        links = _admin_link(setup, findings, wanted=admin_link)
        findings[-1:-1] = links
        if nobody and any(finding.code in {"admin_link", "admin_code"} for finding in links):
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
    """What makes an admin, for the first bot of each platform that answered; a secret, and printed nowhere else.

    Raises Unreachable where somebody wants it and neither the running Sudi nor the store can be asked.
    """
    from bot.finding import note
    from bot.remote import Unreachable
    from storage.store import StoreError

    bots = _answering(findings)
    if not bots:
        return [note("admin_link_none")] if wanted else []
    try:
        return [_WAYS[bot.code](bot, _admin_payload(setup)) for bot in bots]
    except (Unreachable, StoreError):
        if wanted:
            raise
        return []


def _answering(findings: Sequence[Finding]) -> list[Finding]:
    """The first bot of each platform that answered."""
    found = (next((one for one in findings if one.code == code), None) for code in _WAYS)
    return [one for one in found if one is not None]


def _by_link(bot: Finding, payload: str) -> Finding:
    """The link that makes an admin on Telegram."""
    from bot.finding import note

    url = f"https://t.me/{str(bot.details['name']).removeprefix('@')}?start={payload}"
    return note("admin_link", url=url, minutes=_minutes())


def _by_code(bot: Finding, payload: str) -> Finding:
    """The command that makes an admin on Discord, whose links carry nothing."""
    from bot.finding import note

    url = f"https://discord.com/users/{bot.details['account']}"
    return note("admin_code", name=bot.details["name"], url=url, secret=payload, minutes=_minutes())


def _minutes() -> int:
    from storage.admins import LINK_HOLDS

    return int(LINK_HOLDS.total_seconds() // 60)


_WAYS: Final[dict[str, Callable[[Finding, str], Finding]]] = {"telegram_fine": _by_link, "discord_fine": _by_code}
"""How somebody becomes an admin, by the finding that says that a platform's bot answered."""


def _admin_payload(setup: Setup) -> str:
    """What the link carries, made by the running Sudi, or in the store where none runs."""
    from bot.remote import Unreachable, reached

    with reached(setup.means()) as (ask, _):
        found = _PAYLOAD.search(ask("/admin").text)
    if found is None:
        raise Unreachable("admin_link_failed")
    return found[1]
