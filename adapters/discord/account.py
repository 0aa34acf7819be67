"""One bot on Discord, wired: its requests, courier, pace and listener."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final

from discord.http import Route

from adapters.discord.budget import Budget
from adapters.discord.courier import DiscordCourier
from adapters.discord.errors import ours
from adapters.discord.health import Patience
from adapters.discord.identity import identity_of
from adapters.discord.listener import DiscordListener, Ears
from adapters.discord.pace import DiscordPace
from adapters.discord.places import Places
from adapters.discord.publishing import Publishing
from adapters.discord.request import DiscordHTTP
from adapters.platform import Account, Dialect, DoubtPolicy, Platform

__all__ = ["discord_account", "identity_of"]

IN_FLIGHT: Final = 32
"""Messages on their way at a time: enough where an answer takes two thirds of a second at 45 a second."""


def discord_account(
    token: str,
    *,
    api_url: str,
    dialect: Dialect,
    language: str,
    random: Callable[[], float],
    now: Callable[[], datetime],
    budget: Budget,
    patience: Patience | None = None,
) -> Account:
    """The account of a token, made within a running loop; it opens no connection before its listener starts.

    `api_url`: the REST API with its version, from which the gateway's address comes; `language`: of commands where
    Discord names none of ours; `random` gives numbers from 0 to 1, `now` is the wall clock; `budget`: of requests that
    are refused, one for all accounts, because it is the address that is banned. Raises ValueError for what is no token.
    """
    account, clock = identity_of(token), asyncio.get_running_loop().time
    pace, places = DiscordPace(born=clock()), Places(int(account), now=now)
    http = DiscordHTTP(token, api_url=api_url, budget=budget, pace=pace)
    publishing = Publishing(http, clock=clock, random=random)
    ears = Ears(
        http=http,
        account=account,
        places=places,
        publishing=publishing,
        dialect=dialect,
        language=language,
        random=random,
        clock=clock,
        patience=patience or Patience(),
    )
    return _wired(ears, DiscordCourier(http, me=account, publishing=publishing, known=places.venue), pace)


def _wired(ears: Ears, courier: DiscordCourier, pace: DiscordPace) -> Account:
    http = ears.http

    async def close() -> None:  # a bound method would show what holds the token
        await http.close()
        await http.shut()

    async def private_chat(person: str) -> str:
        """The channel in which the account and one person are alone. Raises CourierError."""
        try:
            said = await http.request(Route("POST", "/users/@me/channels"), json={"recipient_id": person})
            return str(int(said["id"]))
        except Exception as error:  # noqa: BLE001 - whatever breaks has a name of ours
            raise ours(error) from None

    return Account(
        platform=Platform.DISCORD,
        id=ears.account,
        courier=courier,
        pace=pace,
        doubt=DoubtPolicy.REPLAY_NONCE,
        doubt_push=DoubtPolicy.REPLAY_NONCE,
        listener=DiscordListener(ears),
        in_flight=IN_FLIGHT,
        close=close,
        private_chat=private_chat,
    )
