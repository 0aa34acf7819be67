"""The accounts that the settings name."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from adapters.discord.budget import Budget
from adapters.discord.courier import DiscordCourier
from adapters.discord.dialect import DiscordDialect
from adapters.platform import Account, AccountId, DoubtPolicy, Platform
from adapters.telegram.dialect import TelegramDialect
from bot.accounts import Surroundings, accounts, webhook_secret
from bot.config import Settings
from tests.platforms.discord.world import token_for

DISCORD_BOTS = (1_100_000_000_000_000_001, 1_100_000_000_000_000_002)
TOKENS = tuple(SecretStr(f"{number}:{'AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc'}") for number in (123456789, 987654321))


def made(settings: Settings) -> dict[str, Account]:
    """The accounts by their lanes."""
    around = Surroundings(
        dialects={Platform.TELEGRAM: TelegramDialect(), Platform.DISCORD: DiscordDialect()},
        random=lambda: 0.0,
        now=lambda: datetime.now(UTC),
        key="the-key",
        budget=Budget(lambda: 0.0),
    )
    return {account.lane: account for account in accounts(settings, around)}


async def test_without_a_token_there_is_the_local_inbox() -> None:
    """The local inbox is always an account, and the only one where no token is set."""
    assert list(made(Settings())) == ["web:local"]


async def test_each_token_is_an_account_of_its_own() -> None:
    """Several bots in one process are several lanes, each with its own courier and pace; they poll."""
    found = made(Settings(telegram_token=TOKENS))
    assert list(found) == ["web:local", "telegram:123456789", "telegram:987654321"]
    first, second = found["telegram:123456789"], found["telegram:987654321"]
    assert first.pace is not second.pace
    assert first.courier is not second.courier
    assert not first.doors


async def test_each_token_of_discord_is_an_account_of_its_own() -> None:
    """Several bots on Discord are several lanes; a doubt is settled by the same nonce, and no door is needed."""
    tokens = tuple(SecretStr(token_for(number)) for number in DISCORD_BOTS)
    found = made(Settings(telegram_token=TOKENS[:1], discord_token=tokens))
    assert list(found) == ["web:local", "telegram:123456789", *(f"discord:{number}" for number in DISCORD_BOTS)]
    first, second = (found[f"discord:{number}"] for number in DISCORD_BOTS)
    assert first.pace is not second.pace
    assert (first.doubt, first.doubt_push) == (DoubtPolicy.REPLAY_NONCE, DoubtPolicy.REPLAY_NONCE)
    assert not first.doors
    assert first.listener is not None


async def test_what_is_refused_to_one_bot_of_discord_counts_for_all() -> None:
    """Discord bans network addresses, not bots: one budget of refusals is that of the whole process."""
    tokens = tuple(SecretStr(token_for(number)) for number in DISCORD_BOTS)
    found = made(Settings(discord_token=tokens)).values()
    couriers = [account.courier for account in found if isinstance(account.courier, DiscordCourier)]
    first, second = (courier._http._budget for courier in couriers)
    assert first is second


async def test_a_webhook_has_a_door_for_each_account() -> None:
    """With a public address, Telegram posts to a path for each account."""
    found = made(Settings(telegram_token=TOKENS, telegram_webhook_url="https://digest.example/sudi"))
    doors = [path for account in found.values() for path in account.doors]
    assert doors == ["/telegram/123456789", "/telegram/987654321"]


def test_the_webhooks_secret_survives_a_restart_and_stands_nowhere() -> None:
    """It is derived from the key of the data folder: the same each time, another for each account, and not the key."""
    secrets = [webhook_secret(key, AccountId(account)) for key in ("one", "two") for account in ("1", "2")]
    assert secrets == [webhook_secret(key, AccountId(account)) for key in ("one", "two") for account in ("1", "2")]
    assert len(set(secrets)) == 4
    assert all(len(secret) == 64 and secret.isalnum() for secret in secrets)


def test_without_a_token_the_accounts_load_no_library_of_a_platform() -> None:
    """A program without a token makes its accounts without a platform's library."""
    asks = """
import sys
from bot.accounts import Surroundings, accounts
from bot.config import Settings
assert len(accounts(Settings(), Surroundings(dialects={}, random=None, now=None, key="k", budget=None))) == 1
sys.exit(bool({"telegram", "discord"} & sys.modules.keys()))
"""
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", asks], cwd=root, check=False).returncode == 0


def test_without_a_token_the_library_of_a_platform_is_not_loaded() -> None:
    """Neither the command line nor the program imports a platform's library before a token asks for it."""
    asks = """
import importlib, sys
for entrance in ("bot.cli.program", "bot.remote", "bot.doctor", "adapters.web.server", "bot.app"):
    importlib.import_module(entrance)
    for library in {"telegram", "httpx", "discord"} & sys.modules.keys():
        sys.exit(f"{entrance} loads {library}")
"""
    root = Path(__file__).parents[2]
    told = subprocess.run([sys.executable, "-c", asks], cwd=root, check=False, capture_output=True, text=True)
    assert (told.returncode, told.stderr) == (0, "")
