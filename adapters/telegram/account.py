"""One bot on Telegram, wired: its library, courier, pace, listener and webhook."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Final

from telegram import Bot

from adapters.platform import Account, AccountId, Dialect, Door, DoubtPolicy, Platform
from adapters.telegram.courier import TelegramCourier
from adapters.telegram.health import Patience
from adapters.telegram.listener import Ears, TelegramListener
from adapters.telegram.pace import TelegramPace
from adapters.telegram.polling import PollRequest
from adapters.telegram.request import AiohttpRequest
from adapters.telegram.webhook import Webhook, WebhookDoor

__all__ = ["Webhook", "identity_of", "telegram_account"]

IN_FLIGHT: Final = 32
IN_FLIGHT_PAID: Final = 256
"""Messages on their way at a time: enough where an answer takes a second at 30 a second, or a quarter at 1,000."""

_TOKEN = re.compile(r"([1-9]\d{0,18}):[A-Za-z0-9_-]{3,100}", re.ASCII)


def identity_of(token: str) -> AccountId:
    """The account that a token belongs to: the number before the colon, the same in every token of one bot.

    Raises ValueError for what is no token, without its text. Source: https://core.telegram.org/bots/api#authorizing-your-bot
    """
    found = _TOKEN.fullmatch(token)
    if found is None:
        raise ValueError("this is no token of a Telegram bot")
    return AccountId(found[1])


def telegram_account(
    token: str,
    *,
    api_url: str,
    webhook: Webhook | None,
    dialect: Dialect,
    language: str,
    random: Callable[[], float],
    paid: bool,
    patience: Patience | None = None,
) -> Account:
    """The account of a token, made within a running loop; it opens no connection before its listener starts.

    `api_url`: the Bot API server, without `/bot`; without a webhook it polls; `language`: of commands where Telegram
    names none of ours; `random` gives numbers from 0 to 1; `paid`: messages above the free pace may be paid for. Raises
    ValueError for what is no token.
    """
    account, clock = identity_of(token), asyncio.get_running_loop().time
    bot = Bot(token, base_url=f"{api_url}/bot", request=AiohttpRequest(), get_updates_request=PollRequest())
    door = WebhookDoor(webhook) if webhook else None
    ears = Ears(
        bot=bot,
        account=account,
        dialect=dialect,
        language=language,
        random=random,
        clock=clock,
        door=door,
        patience=patience or Patience(),
    )
    return _wired(ears, TelegramPace(born=clock(), paid=paid), paid=paid)


def _wired(ears: Ears, pace: TelegramPace, *, paid: bool) -> Account:
    async def close() -> None:  # a bound method would show the bot, and the bot its token
        await ears.bot.shutdown()

    doors: dict[str, Door] = {f"/telegram/{ears.account}": ears.door.take} if ears.door else {}
    return Account(
        platform=Platform.TELEGRAM,
        id=ears.account,
        courier=TelegramCourier(ears.bot, paid=lambda: pace.pays),
        pace=pace,
        doubt=DoubtPolicy.ASSUME_SENT,
        doubt_push=DoubtPolicy.RESEND_ONCE,
        listener=TelegramListener(ears),
        in_flight=IN_FLIGHT_PAID if paid else IN_FLIGHT,
        doors=doors,
        close=close,
    )
