"""Mishaps that no list of faults has: each happens once in a world made for it, and must come to an end."""

from __future__ import annotations

import asyncio
from pathlib import Path

from storage.records import DeliveryState
from tests.world.life import World, post
from tests.world.test_faults import deliveries, in_chat, telegram


def test_refused_deletion_is_asked_once(world_folder: Path) -> None:
    """A message that its chat never lets go of is asked back once; its delivery fails and says why."""
    world = World(world_folder)

    async def tell() -> None:
        world.born()
        await world.subscribe("c0")
        telegram(world).rooms["c0"].keeps = True
        digest = await world.publish("daily/1.md", post("D", "one"))
        await world.settle()
        await world.withdraw(digest)
        await asyncio.sleep(600)
        assert [what for _, _, what in telegram(world).calls] == ["send", "delete"]
        assert len(in_chat(world, "c0")) == 1
        row = (await deliveries(world))["c0"]
        assert (row.state, row.reason) == (DeliveryState.FAILED, "refused: what is said is said")
        await world.stop()

    world.run(tell())
