"""The data folder: the database, the key of the page, and the lock that one process holds."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from storage.store import StoreTrouble, StoreUnusable

DATABASE: Final = "sudi.db"
"""The database within the data folder."""
KEY: Final = "key"
"""The file of the page's key within the data folder."""


def prepare(folder: Path) -> None:
    """Make the data folder, for its owner alone; raises StoreUnusable where that cannot be.

    A folder that is there stays as it is, but nobody else reads the database in it.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        details = {"folder": str(folder), "said": error.strerror or str(error)}
        message = f"The data folder {folder} cannot be made: {error.strerror}."
        raise StoreUnusable(message, StoreTrouble.NO_FOLDER, details) from error
    # Where this fails, opening the database says why. SQLite gives its other files the mode of this one.
    with suppress(OSError):
        os.close(os.open(folder / DATABASE, os.O_RDWR | os.O_CREAT, 0o600))
        (folder / DATABASE).chmod(0o600)


def key_of(folder: Path, token: Callable[[], str]) -> str:
    """The key of the page, made at the first start for its owner alone; raises StoreUnusable.

    `token` makes a secret that nobody guesses.
    """
    path = folder / KEY
    try:
        with suppress(FileNotFoundError):
            if key := path.read_text(encoding="ascii").strip():
                return key
        key = token()
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(f"{key}\n")
    except (OSError, UnicodeError) as error:
        details = {"file": str(path), "said": getattr(error, "strerror", None) or str(error)}
        message = f"The key of the page, {path}, can be neither read nor made: {error}."
        raise StoreUnusable(message, StoreTrouble.NO_KEY, details) from error
    return key
