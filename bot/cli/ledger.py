"""`sudi deliveries`: what is due, sent, unknown, failed or skipped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from bot.cli.setup import Setup, as_json_option

if TYPE_CHECKING:
    from storage.ledger import DeliveryRow

_STATES: Final = ("open", "sent", "unknown", "failed", "skipped")


@click.command(short_help="Show what is due, sent, unknown, failed or skipped.")
@click.option("--state", type=click.Choice(_STATES), help="Only those in this state.")
@click.option("--digest", type=click.IntRange(1, 2**63 - 1), metavar="NUMBER", help="Only those of this digest.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True, help="So many at most.")
@as_json_option
@click.pass_obj
def deliveries(setup: Setup, state: str | None, digest: int | None, limit: int, as_json: bool) -> None:
    """Show what is due, sent, unknown, failed or skipped, and why; the newest first."""
    from bot.remote import peeked
    from bot.terminal import json_line
    from storage.ledger import deliveries as find
    from storage.names import account_names
    from storage.records import DeliveryState, DigestId

    with peeked(setup.settings, current=True) as db:
        wanted = DeliveryState(state) if state else None
        rows = find(db, state=wanted, digest=DigestId(digest) if digest else None, limit=limit)
        called = account_names(db)
    if as_json:
        for row in rows:
            click.echo(json_line(_delivery_json(row)))
    elif rows:
        _print_deliveries(setup, rows, called)
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
        "chat_name": row.chat_name,
        "state": str(row.state),
        "reason": row.reason,
        "urgency": int(row.urgency),
        "attempts": row.attempts,
        "due": row.due.isoformat(),
        "ended": row.ended_at.isoformat() if row.ended_at else None,
    }


def _print_deliveries(setup: Setup, rows: Sequence[DeliveryRow], called: Mapping[str, str]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from adapters.naming import numbered
    from bot.catalogue import say_lane, say_reason
    from bot.terminal import shown

    table = Table(box=None, pad_edge=False)
    zone = setup.zone_name(rows[0].ended_at or rows[0].due)
    for column in ("number", "digest", "chat", "state", "when", "reason"):
        table.add_column(setup.say(f"column_{column}", zone=zone), overflow="fold")
    for row in rows:
        at = (row.ended_at or row.due).astimezone(setup.zone)
        lane = say_lane(setup.language, row.lane, called.get(row.lane, ""))
        chat = f"{lane} {numbered(row.chat_name, row.chat, row.thread)}"
        reason = say_reason(setup.language, row.reason) if row.reason else ""
        told = (f"{row.digest}", row.title, chat, setup.say(f"state_{row.state}"), f"{at:%m-%d %H:%M:%S}", reason)
        table.add_row(*(Text(shown(cell)) for cell in told))
    Console(highlight=False).print(table)
