"""A message as the page shows it: its embeds drawn by Sudi's own hand, its text as it stands, its buttons and menus."""

from __future__ import annotations

from typing import Any

from adapters.discord.drawing import drawn
from tests.platforms.discord.servers import EPHEMERAL, LOADING, Json, Message


def bubble(message: Message, viewer: int) -> dict[str, Any]:
    """What the template needs of a message."""
    return {
        "message": message,
        "mine": message.author.id == viewer,
        "name": message.author.name,
        "time": message.json()["timestamp"][11:16],
        "notes": _notes(message),
        "drawn": [drawn({"embeds": [embed]}) for embed in message.embeds],
        "rows": [row.get("components", []) for row in message.components],
    }


def _notes(message: Message) -> list[str]:
    """What a client shows beside a message."""
    roles = message.channel.guild.roles if message.channel.guild else {}
    told = {
        "is thinking …": bool(message.flags & LOADING),
        "only you see this": bool(message.flags & EPHEMERAL),
        "silent": message.is_silent,
        "published": message.is_published,
        "edited": message.edited is not None,
    }
    pinged = [f"calls @{roles[role].name}" for role in message.pings.roles if role in roles]
    return [note for note, is_so in told.items() if is_so] + pinged


def label(part: Json) -> str:
    """What stands on a button: its emoji and its label."""
    return " ".join(filter(None, [(part.get("emoji") or {}).get("name"), part.get("label")]))
