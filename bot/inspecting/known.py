"""What the store knows of an account that is looked at: what it brings where, and what the running Sudi says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

from adapters.platform import AccountId, Platform
from bot.config import Settings
from bot.remote import Unreachable, peeked
from storage.lock import DataFolderLock
from storage.store import StoreError

if TYPE_CHECKING:
    from storage.subscriptions import Place

T = TypeVar("T")

MOST_PLACES: Final = 100
"""Groups and channels of an account that are asked about, the newest first."""


def newest(found: Sequence[T]) -> tuple[tuple[T, ...], int]:
    """Those that are asked about, of places whose newest come first, and how many more there are."""
    return tuple(found[:MOST_PLACES]), max(0, len(found) - MOST_PLACES)


def told(settings: Settings, platform: Platform, account: AccountId) -> Mapping[str, str]:
    """What troubles the Sudi that runs with an account, by its code, and why, as it told; empty where none runs."""
    from storage.alerts import open_alerts

    lane = f"{platform}:{account}"
    try:
        if DataFolderLock(settings.data_dir).holder() is None:
            return {}
        with peeked(settings) as db:
            found = [alert for alert in open_alerts(db) if alert.name in {f"account:{lane}", f"lane:{lane}"}]
    except (Unreachable, StoreError):
        return {}
    return {alert.code: str(alert.details.get("why", "")) for alert in found}


def names(settings: Settings, platform: Platform, account: AccountId) -> Mapping[Place, str]:
    """What people call an account's chats and their threads; nobody else tells those that it does not see."""
    from storage.subscriptions import chat_names

    try:
        with peeked(settings) as db:
            return chat_names(db, platform, account)
    except (Unreachable, StoreError):
        return {}


def chats(settings: Settings, platform: Platform, account: AccountId) -> list[str]:
    """The chats that an account brings digests to, the newest first; none where there is no store yet."""
    from storage.subscriptions import subscribed_chats

    try:
        with peeked(settings) as db:
            return subscribed_chats(db, platform, account)
    except (Unreachable, StoreError):
        return []


def places(settings: Settings, platform: Platform, account: AccountId) -> list[tuple[Place, str]]:
    """The same with their threads, each with the role that is called there, if one is."""
    from storage.subscriptions import subscribed_places

    try:
        with peeked(settings) as db:
            return subscribed_places(db, platform, account)
    except (Unreachable, StoreError):
        return []
