"""The accounts that the settings name, made; a platform's library is loaded only where there is a token for it."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from adapters.discord.budget import Budget
from adapters.platform import Account, AccountId, Dialect, DoubtPolicy, Platform
from adapters.web.courier import WebCourier, WebPace
from bot.config import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What accounts are made of, beside the settings.

    `random` gives numbers from 0 to 1, `now` is the wall clock; `key` is the secret of the data folder; `budget` is of
    what Discord refuses, one for all accounts: what is refused to one counts for the network address of all.
    """

    dialects: Mapping[Platform, Dialect]
    random: Callable[[], float]
    now: Callable[[], datetime]
    key: str
    budget: Budget


def accounts(settings: Settings, around: Surroundings) -> list[Account]:
    """Every account that the settings name, and the local inbox; made within a running loop."""
    return [_local(), *_telegram(settings, around), *_discord(settings, around)]


def _local() -> Account:
    return Account(
        platform=Platform.WEB,
        id=AccountId("local"),
        courier=WebCourier(),
        pace=WebPace(),
        doubt=DoubtPolicy.REPEAT,
        doubt_push=DoubtPolicy.REPEAT,
    )


def _telegram(settings: Settings, around: Surroundings) -> Iterator[Account]:
    """Telegram's accounts. Its library is slow to import, and is not where there is no token."""
    if not settings.telegram_token:
        return
    from adapters.telegram.account import Webhook, identity_of, telegram_account

    for secret in settings.telegram_token:
        token = secret.get_secret_value()
        account = identity_of(token)
        url = webhook_url(settings, account)
        webhook = Webhook(url=url, secret=webhook_secret(around.key, account)) if url else None
        yield telegram_account(
            token,
            api_url=settings.telegram_api_url,
            webhook=webhook,
            dialect=around.dialects[Platform.TELEGRAM],
            language=settings.language,
            random=around.random,
            paid=settings.telegram_paid_per_day > 0,
        )


def _discord(settings: Settings, around: Surroundings) -> Iterator[Account]:
    """Discord's accounts. Its library is slow to import, and is not where there is no token."""
    if not settings.discord_token:
        return
    from adapters.discord.account import discord_account

    for secret in settings.discord_token:
        yield discord_account(
            secret.get_secret_value(),
            api_url=settings.discord_api_url,
            dialect=around.dialects[Platform.DISCORD],
            language=settings.language,
            random=around.random,
            now=around.now,
            budget=around.budget,
        )


def webhook_url(settings: Settings, account: AccountId) -> str:
    """Where Telegram posts what an account hears; empty where it polls."""
    base = settings.telegram_webhook_url
    return f"{base}/{Platform.TELEGRAM}/{account}" if base else ""


def webhook_secret(key: str, account: AccountId) -> str:
    """What a platform says to prove that it is it: 64 letters and digits, the same after a restart, kept nowhere."""
    return hmac.new(key.encode(), f"webhook {account}".encode(), "sha256").hexdigest()
