"""A real server on loopback before a desk in memory, and two visitors."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.adapters.web.desks import MemoryDesk
from tests.adapters.web.sites import KEY, Site, server_for, visitor


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """A site, ready to be visited."""
    desk = MemoryDesk()
    server = server_for(desk, hosts=("sudi.example.org",))
    address = await server.start()
    async with visitor() as stranger, visitor() as editor:
        async with editor.get(f"{address}/?key={KEY}") as answer:
            assert answer.status == 200
        yield Site(address=address, desk=desk, server=server, stranger=stranger, editor=editor)
    await server.stop()
