"""The data folder and the key of the page."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from bot.data_folder import DATABASE, key_of, prepare
from storage.store import StoreUnusable


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    """The first start makes the key (mode 0600 in a folder of mode 0700), every later one reads it."""
    folder = tmp_path / "var" / "data"
    prepare(folder)
    assert key_of(folder, lambda: "first-secret") == "first-secret"
    assert key_of(folder, lambda: "second-secret") == "first-secret"
    assert stat.S_IMODE((folder / "key").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("there", [True, False])
def test_the_database_is_its_owners_alone(tmp_path: Path, there: bool) -> None:
    """In a folder that others may read the database and the files beside it are made, or become, the owner's alone."""
    tmp_path.chmod(0o755)
    if there:
        (tmp_path / DATABASE).touch(0o644)
    prepare(tmp_path)
    with closing(sqlite3.connect(tmp_path / DATABASE)) as db:
        db.execute("PRAGMA journal_mode = wal")
        db.execute("CREATE TABLE a (b)")
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == dict.fromkeys((DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm"), 0o600)


def test_a_folder_that_cannot_be_made_is_said_in_a_sentence(tmp_path: Path) -> None:
    """Where the data folder cannot be, starting ends with its name and the reason."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnusable, match="file/data cannot be made"):
        prepare(tmp_path / "file" / "data")


def test_a_key_that_cannot_be_read_is_said_in_a_sentence(tmp_path: Path) -> None:
    """A key file that is no key file is named; its content is not shown."""
    (tmp_path / "key").mkdir()
    with pytest.raises(StoreUnusable, match="key of the page"):
        key_of(tmp_path, lambda: "secret")
