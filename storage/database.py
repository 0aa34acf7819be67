"""What a unit of work sees of a database: named queries, on one connection, within one transaction.

A unit of work is a plain function whose first argument is a `Database`. It neither awaits nor commits: the store
runs it in a transaction, and one that raises undoes only itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

Row = Mapping[str, Any]
"""A row by column names."""


class Database(Protocol):
    """One connection within a transaction. Queries are named `file.query`, as in `queries/file.sql`."""

    def run(self, query: str, **values: Any) -> int:
        """Run a statement; returns how many rows it changed."""

    def many(self, query: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Run a statement once for each mapping of values."""

    def one(self, query: str, **values: Any) -> Row | None:
        """The first row, or None. Statements with RETURNING count as queries."""

    def all(self, query: str, **values: Any) -> list[Row]:
        """All rows."""
