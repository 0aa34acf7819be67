"""The store of the simulated world keeps the contract of every store, and dies as a process does."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from storage.store import StoreError
from tests.contracts.store_contract import StoreContract, names, note
from tests.world.store import SyncSqliteStore


class TestSyncSqliteStore(StoreContract):
    """The suite, on plain sqlite3 without threads."""

    async def opened(self, folder: Path) -> SyncSqliteStore:
        """Opened in the same loop."""
        return SyncSqliteStore(folder / "sudi.db")


@pytest.mark.parametrize("turns", range(6))
async def test_a_kill_keeps_what_was_acknowledged(tmp_path: Path, turns: int) -> None:
    """Whenever it falls, a kill keeps what was acknowledged, and nobody is told that something is done which is not."""
    store = SyncSqliteStore(tmp_path / "sudi.db")
    await store.write(note, "acknowledged")
    late = asyncio.ensure_future(store.write(note, "late"))
    for _ in range(turns):
        await asyncio.sleep(0)
    store.kill()
    (outcome,) = await asyncio.gather(late, return_exceptions=True)
    assert outcome == 1 or isinstance(outcome, StoreError)
    again = SyncSqliteStore(tmp_path / "sudi.db")
    kept = await again.read(names)
    await again.close()
    assert "acknowledged" in kept
    if outcome == 1:
        assert "late" in kept
    if turns == 0:
        assert "late" not in kept
