"""Brings a database to this version's schema: numbered migrations, each in one transaction, never backwards."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from storage.store import StoreTrouble, StoreUnusable

FOLDER = Path(__file__).with_name("migrations")


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One step of the schema: its number (1, 2, 3, …), its file's name, its SQL."""

    number: int
    name: str
    sql: str


@cache
def migrations(folder: Path = FOLDER) -> tuple[Migration, ...]:
    """All migrations in order; raises ValueError when a number is missing or stands twice."""
    found = tuple(_read(path) for path in sorted(folder.glob("*.sql")))
    if [migration.number for migration in found] != list(range(1, len(found) + 1)):
        raise ValueError(f"the migrations of {folder.name} are not numbered 1, 2, 3, …")
    return found


def pending(version: int, known: tuple[Migration, ...]) -> tuple[Migration, ...]:
    """The migrations that a database of this version lacks; raises StoreUnusable for a newer one."""
    if version > len(known):
        raise StoreUnusable(
            f"The database is of version {version}, and this Sudi knows only versions up to {len(known)}: "
            "start the newer Sudi that wrote it, or restore a backup from before.",
            StoreTrouble.NEWER,
            {"version": version, "known": len(known)},
        )
    return known[version:]


def statements(sql: str) -> Iterator[str]:
    """The statements of a script, one by one, so that they can run within a transaction of ours."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _read(path: Path) -> Migration:
    return Migration(number=int(path.stem.partition("_")[0]), name=path.stem, sql=path.read_text(encoding="utf-8"))
