"""What `sudi doctor` finds of the accounts on Telegram."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from adapters.naming import numbered
from adapters.platform import AccountDead, AccountId, AccountTrouble, CourierError, Platform
from bot.accounts import webhook_url
from bot.config import Settings
from bot.finding import Finding, fine, mend, note
from bot.inspecting.known import chats, names, newest, told

if TYPE_CHECKING:
    from adapters.telegram.inspection import Hook, Inspection, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class _Account:
    """An account to look at: its token, the groups and channels to ask about, how many more there are, and people.

    `refused`: why the running Sudi is not let in; empty where it is, or where none runs. `given_up`: whether that one
    takes the token for dead, and waits for a restart. `names`: what people called its chats when that was told last.
    """

    id: AccountId
    token: str
    webhook: str
    refused: str = ""
    given_up: bool = False
    chats: tuple[str, ...] = ()
    more: int = 0
    people: int = 0
    names: Mapping[str, str] = field(default_factory=dict)


async def telegram(settings: Settings) -> list[Finding]:
    """How each of Telegram's accounts is. No secret is in any finding."""
    accounts = [_account(settings, token.get_secret_value()) for token in settings.telegram_token]
    found = await asyncio.gather(*(_look(account, settings.telegram_api_url) for account in accounts))
    return [finding for findings in found for finding in findings]


def _account(settings: Settings, token: str) -> _Account:
    from adapters.telegram.inspection import is_private

    account = AccountId(token.partition(":")[0])
    known = chats(settings, Platform.TELEGRAM, account)
    troubles = told(settings, Platform.TELEGRAM, account)
    public = [chat for chat in known if not is_private(chat)]
    asked, more = newest(public)
    return _Account(
        id=account,
        token=token,
        webhook=webhook_url(settings, account),
        refused=troubles.get(AccountTrouble.UNREACHABLE, ""),
        given_up=AccountTrouble.DEAD in troubles,
        chats=asked,
        more=more,
        people=len(known) - len(public),
        names={place.chat: name for place, name in names(settings, Platform.TELEGRAM, account).items()},
    )


async def _look(account: _Account, api_url: str) -> list[Finding]:
    from adapters.telegram.inspection import inspect

    try:
        seen = await inspect(account.token, api_url=api_url, chats=account.chats)
    except AccountDead:
        return [mend("telegram_refused", account=account.id)]
    except CourierError as error:
        host = urlsplit(api_url).netloc
        return [mend("telegram_unreachable", account=account.id, host=host, why=str(error))]
    return list(_seen(account, seen))


def _seen(account: _Account, seen: Inspection) -> Iterator[Finding]:
    """What there is to say of an account that answered."""
    name = f"@{seen.username}"
    yield fine("telegram_fine", name=name, title=seen.name, account=account.id)
    if account.given_up:
        yield mend("telegram_given_up", name=name)
    if not seen.joins_groups:
        yield note("telegram_no_groups", name=name)
    yield note("telegram_hears_all", name=name) if seen.hears_all else fine("telegram_privacy", name=name)
    yield from _hooked(seen.hook, account, name)
    yield from _seated(seen.places, account, name)


def _hooked(hook: Hook, account: _Account, name: str) -> Iterator[Finding]:
    """How the account hears, and what waits to be heard."""
    wanted = account.webhook
    if not wanted and not hook.url:
        yield fine("telegram_polls", name=name)
    elif not wanted:
        yield note("telegram_hook_foreign", name=name, host=hook.host)
    elif hook.url == wanted:
        yield fine("telegram_hook_fine", name=name, host=hook.host)
    elif account.refused:
        yield mend("telegram_hook_refused", name=name, host=urlsplit(wanted).netloc, why=account.refused)
    else:
        yield note("telegram_hook_to_set", name=name, host=urlsplit(wanted).netloc)
    if hook.trouble and hook.url:
        said = mend if hook.waiting else note
        when = f"{hook.troubled_at:%Y-%m-%d %H:%M} UTC" if hook.troubled_at else "?"
        yield said("telegram_hook_trouble", name=name, host=hook.host, why=hook.trouble, when=when)
    if hook.waiting:
        yield note("telegram_waiting", name=name, count=hook.waiting)


def _seated(places: tuple[Place, ...], account: _Account, name: str) -> Iterator[Finding]:
    """Where the account may write, as far as asking tells."""
    from adapters.telegram.inspection import Seat

    for place in places:
        called = account.names.get(place.chat, "")
        chat = f"{place.title} ({place.chat})" if place.title else numbered(called, place.chat)
        if place.seat is Seat.MUTE:
            yield mend("telegram_mute", name=name, chat=chat)
        elif place.seat is Seat.ABSENT:
            yield note("telegram_absent", name=name, chat=chat)  # whoever sent it away may have meant it
    seats = [place.seat for place in places]
    if writes := seats.count(Seat.WRITES) + seats.count(Seat.MOVED):
        yield fine("telegram_writes", name=name, count=writes)
    if unseen := seats.count(Seat.UNSEEN) + account.more:
        yield note("telegram_unseen", name=name, count=unseen)
    if account.people:
        yield fine("telegram_people", name=name, count=account.people)
