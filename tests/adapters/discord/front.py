"""An account of the tests on Discord, with quick waits, and a reception that offers commands."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from adapters.discord.account import discord_account
from adapters.discord.budget import Budget
from adapters.discord.dialect import DiscordDialect
from adapters.discord.health import Patience
from adapters.platform import Account, Audience, Offered
from tests.adapters import fronts
from tests.adapters.discord.interactions import COMMANDS
from tests.platforms.discord.person import Person
from tests.platforms.discord.servers import Channel, Guild
from tests.platforms.discord.simulator import DiscordSimulator

QUICK = Patience(
    defer=0.3,
    late=0.3,
    word=2.0,
    rights=3.0,
    again=0.02,
    first_rest=0.02,
    longest_rest=0.1,
    connect=3.0,
    away=0.2,
    silence=10.0,
    identify=0.0,
    dead=0.1,
    commands=0.05,
    drain=3.0,
    news=(0.05,),
    hush=0.05,
)
"""The waits of an account, for tests."""

RIGHTS = ("VIEW_CHANNEL", "SEND_MESSAGES", "EMBED_LINKS", "SEND_MESSAGES_IN_THREADS")

STATUS = Offered(name="status", about={"zh": "状态", "en": "Status"}, audience=Audience.EVERYONE)


@dataclass
class Front(fronts.Front):
    """A reception that offers commands."""

    commands: tuple[Offered, ...] = (*COMMANDS, STATUS)
    secrets: tuple[str, ...] = field(default_factory=tuple)


def account(simulator: DiscordSimulator, *, token: str = "", language: str = "zh", **patience: Any) -> Account:
    """The account of a token at a simulator, with quick waits."""
    return discord_account(
        token or simulator.token,
        api_url=simulator.api_url,
        dialect=DiscordDialect(),
        language=language,
        random=lambda: 0.5,
        now=lambda: datetime.fromtimestamp(simulator.core.date, UTC),
        budget=Budget(asyncio.get_running_loop().time),
        patience=replace(QUICK, **patience),
    )


def town(person: Person, *rights: str, name: str = "Town") -> tuple[Guild, Channel]:
    """A server of somebody with the account in it, and a channel."""
    server = person.creates_server(name)
    person.adds_bot(server, *(rights or RIGHTS))
    return server, person.creates_channel(server, "news")
