"""What an account on Discord keeps in mind of the servers that it is in."""

from __future__ import annotations

import gc
import json
import tracemalloc
from datetime import UTC, datetime
from typing import Any, Final

from adapters.discord.places import Places
from benchmarks.figures import Figure

SERVERS: Final = 500
CHANNELS: Final = 30
ROLES: Final = 20
ME: Final = 1_170_000_000_000_000_001

Json = dict[str, Any]


def server(number: int) -> str:
    """A server as the gateway tells it, with much that is not needed."""
    first = 1_200_000_000_000_000_000 + number * 1_000_000
    roles = [first, *(first + 1_000 + role for role in range(ROLES - 1))]
    said: Json = {
        "id": str(first),
        "name": f"读书会 {number}",
        "owner_id": str(first + 1),
        "system_channel_id": str(first + 2_000),
        "roles": [_role(role) for role in roles],
        "channels": [_channel(first + 2_000 + place, roles) for place in range(CHANNELS)],
        "threads": [_thread(first + 3_000 + place, first + 2_000) for place in range(5)],
        "members": [{"user": {"id": str(ME), "username": "sudi"}, "roles": [str(roles[1])]}],
        "emojis": [{"id": str(first + 4_000 + place), "name": f"emoji{place}"} for place in range(50)],
        "stickers": [{"id": str(first + 5_000 + place), "name": f"sticker{place}"} for place in range(10)],
        "presences": [],
        "voice_states": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }
    return json.dumps(said, ensure_ascii=False)


def _role(name: int) -> Json:
    return {"id": str(name), "name": f"身份组 {name % 100}", "permissions": str(0x800 + name % 1_000), "color": 0}


def _channel(name: int, roles: list[int]) -> Json:
    overwrites = [{"id": str(role), "type": 0, "allow": "1024", "deny": "2048"} for role in roles[:3]]
    overwrites += [{"id": str(name + 77), "type": 1, "allow": "1024", "deny": "0"}]
    return {
        "id": str(name),
        "type": 0,
        "name": f"频道-{name % 1_000}",
        "topic": "这里谈书。" * 20,
        "permission_overwrites": overwrites,
        "position": name % 100,
    }


def _thread(name: int, channel: int) -> Json:
    about = {"archived": False, "locked": False, "auto_archive_duration": 1440}
    return {"id": str(name), "type": 11, "name": "谈一本书", "parent_id": str(channel), "thread_metadata": about}


def kept(servers: int = SERVERS) -> float:
    """Bytes that are kept of each server."""
    tracemalloc.start()
    try:
        places = Places(ME, now=lambda: datetime.now(UTC))
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        for number in range(servers):
            places.read("GUILD_CREATE", json.loads(server(number)))
        gc.collect()
        behind, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return (behind - before) / len(places.servers)


async def remembering() -> list[Figure]:
    """Keep 500 servers of 30 channels and 20 roles in mind."""
    name = f"Discord: kept of a server of {CHANNELS} channels and {ROLES} roles"
    return [Figure(name=name, value=kept() / 1_000, unit="kB", at_most=20)]
