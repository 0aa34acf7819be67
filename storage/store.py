"""What a store is: it runs units of work, one writer at a time, readers apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from storage.database import Database

P = ParamSpec("P")
T = TypeVar("T")


class StoreTrouble(StrEnum):
    """What is wrong with a store; what is said of it to people stands under this code (`stores.<code>`)."""

    LOCKED = "locked"
    DAMAGED = "damaged"
    BARRED = "barred"
    """It cannot be opened, or not written."""
    FULL = "full"
    NEWER = "newer"
    """A newer Sudi wrote it: `version`, `known`."""
    FOREIGN = "foreign"
    """`file` belongs to another program."""
    OLD_SQLITE = "old-sqlite"
    """`sqlite` is its version."""
    NO_FOLDER = "no-folder"
    """The data `folder` cannot be used."""
    NO_KEY = "no-key"
    """The page's key, `file`, can be neither read nor made."""
    FAILED = "failed"


class StoreError(Exception):
    """The store cannot do its work. The text says why and what to do, for logs; `trouble` and `details` for people.

    `said` among the details is what the database or the system said itself.
    """

    def __init__(
        self, message: str, trouble: StoreTrouble = StoreTrouble.FAILED, details: Mapping[str, str | int] | None = None
    ) -> None:
        super().__init__(message)
        self.trouble = trouble
        self.details = {"said": message} if details is None and trouble is StoreTrouble.FAILED else dict(details or {})


class StoreBusy(StoreError):
    """Somebody else holds the database: try again later.

    Where it is a data folder that is held, `folder` is it, and `holder` tells by whom.
    """

    def __init__(
        self,
        message: str,
        trouble: StoreTrouble = StoreTrouble.LOCKED,
        details: Mapping[str, str | int] | None = None,
        *,
        folder: str = "",
        holder: str = "",
    ) -> None:
        super().__init__(message, trouble, details)
        self.folder = folder
        self.holder = holder


class StoreFull(StoreError):
    """The disk is full: nothing can be recorded, so nothing may be sent."""


class StoreUnusable(StoreError):
    """The database is damaged, or from a newer version: do not start."""


class StoreConflict(StoreError):
    """A row that the schema forbids (a key twice, a missing parent): a mistake of the unit, which alone is undone."""


class Store(Protocol):
    """Runs units of work (plain functions of a `Database`), durably."""

    async def write(self, unit: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a unit in a savepoint of the next transaction; returns after its commit.

        A cancelled caller does not cancel its unit. Raises what the unit raised (which undoes only this unit),
        or StoreError when the transaction could not be committed (then nothing of it is kept).
        """

    async def read(self, unit: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a unit that only reads, on a reader's connection: it sees what was committed, never waits for writers."""

    async def close(self) -> None:
        """Finish the units that wait, then close."""
