"""What people call the accounts, as their platforms told it last."""

from __future__ import annotations

from collections.abc import Mapping

from storage.database import Database

_ACCOUNT = "account:"


def call_account(db: Database, lane: str, name: str) -> None:
    """Keep what people call the account of a lane, such as `@sudi_bot`."""
    db.run("names.keep", name=f"{_ACCOUNT}{lane}", value=name)


def account_names(db: Database) -> Mapping[str, str]:
    """What people call the accounts, by their lanes; an account whose platform never answered has none."""
    rows = db.all("names.of_accounts")
    return {row["name"].removeprefix(_ACCOUNT): row["value"] for row in rows}
