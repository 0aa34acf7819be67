"""An account of the tests, with quick waits, and a reception that carries its answers with the real courier."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from adapters.platform import Account, Audience, Offered
from adapters.telegram.account import telegram_account
from adapters.telegram.dialect import TelegramDialect
from adapters.telegram.health import Patience
from adapters.telegram.webhook import Webhook
from tests.adapters import fronts
from tests.adapters.fronts import Answering, beginning, document, listening, ours, reply

__all__ = ["COMMANDS", "QUICK", "Answering", "Front", "account", "beginning", "document", "listening", "ours", "reply"]

QUICK = Patience(
    poll=5,
    probation=0.1,
    first_rest=0.05,
    longest_rest=0.1,
    dead=0.1,
    rival=0.1,
    siege=0.3,
    turned_away=0.2,
    again=0.02,
    longest_again=0.05,
    drain=3.0,
    spinner=0.1,
    news=(0.05,),
    hook=0.05,
    menus=0.05,
    menus_again=0.1,
)
"""The waits of a listener, for tests."""

COMMANDS = (
    Offered(name="start", about={"zh": "开始", "en": "Begin"}, audience=Audience.EVERYONE),
    Offered(name="today", about={"zh": "今天的", "en": "Today's"}, audience=Audience.EVERYONE),
    Offered(name="subscribe", about={"zh": "订阅", "en": "Subscribe"}, audience=Audience.DECIDERS),
    Offered(name="push", about={"zh": "推送", "en": "Push"}, audience=Audience.ADMINS),
)


@dataclass
class Front(fronts.Front):
    """A reception that offers commands."""

    commands: tuple[Offered, ...] = COMMANDS


def account(token: str, url: str, *, webhook: Webhook | None = None, **patience: Any) -> Account:
    """The account of a token at a simulator, with quick waits."""
    return telegram_account(
        token,
        api_url=url,
        webhook=webhook,
        dialect=TelegramDialect(),
        language="zh",
        random=lambda: 0.5,
        paid=False,
        patience=replace(QUICK, **patience),
    )
