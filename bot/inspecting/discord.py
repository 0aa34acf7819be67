"""What `sudi doctor` finds of the accounts on Discord."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from adapters.discord.identity import identity_of
from adapters.naming import numbered
from adapters.platform import AccountDead, AccountId, AccountTrouble, Banned, CourierError, Lack, Platform
from bot.config import Settings
from bot.finding import Finding, fine, mend, note
from bot.inspecting.known import names, newest, places, told

if TYPE_CHECKING:
    from adapters.discord.inspection import Inspection, Place, Spot
    from storage import subscriptions

MOST_NAMES: Final = 12
"""Servers that are named; of the others only how many there are is told."""
FEW_STARTS: Final = 50
"""So few more openings of the gateway are worth a note: an account may open it 1,000 times a day."""
_TOLD_APART: Final = frozenset({Lack.TAG, Lack.UNLOCKED, Lack.HUSHED, Lack.MENTION})
"""What has a sentence of its own: no permission mends it, or not only one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Account:
    """An account to look at: its token, what to ask about, how much more there is, and what the running Sudi tells.

    `names`: what people called its channels and threads when that was told last.
    """

    id: AccountId
    token: str
    spots: tuple[Spot, ...]
    more: int
    troubles: Mapping[str, str]
    names: Mapping[str, str]


async def discord(settings: Settings) -> list[Finding]:
    """How each of Discord's accounts is. No secret is in any finding."""
    accounts = [_account(settings, token.get_secret_value()) for token in settings.discord_token]
    found = await asyncio.gather(*(_look(account, settings.discord_api_url) for account in accounts))
    return [finding for findings in found for finding in findings]


def _account(settings: Settings, token: str) -> _Account:
    account = identity_of(token)
    asked, more = newest(places(settings, Platform.DISCORD, account))
    known = names(settings, Platform.DISCORD, account)
    return _Account(
        id=account,
        token=token,
        spots=tuple(_spot(place, mention) for place, mention in asked),
        more=more,
        troubles=told(settings, Platform.DISCORD, account),
        names={place.thread or place.chat: name for place, name in known.items()},
    )


def _spot(place: subscriptions.Place, mention: str) -> Spot:
    from adapters.discord.inspection import Spot

    return Spot(channel=place.thread or place.chat, parent=place.chat if place.thread else "", mention=mention)


async def _look(account: _Account, api_url: str) -> list[Finding]:
    from adapters.discord.inspection import inspect

    host = urlsplit(api_url).netloc
    try:
        seen = await inspect(account.token, api_url=api_url, spots=account.spots)
    except AccountDead:
        return [mend("discord_refused", account=account.id)]
    except Banned:
        return [mend("discord_banned", account=account.id, host=host)]
    except CourierError as error:
        return [mend("discord_unreachable", account=account.id, host=host, why=str(error))]
    return [*_itself(account, seen), *_servers(seen), *_seated(seen, account)]


def _itself(account: _Account, seen: Inspection) -> Iterator[Finding]:
    """Who the account is, and whether it hears what readers ask."""
    name = seen.name
    yield fine("discord_fine", name=name, title=seen.title, account=account.id)
    if AccountTrouble.DEAD in account.troubles:
        yield mend("discord_given_up", name=name)
    elif AccountTrouble.DEAF in account.troubles:
        yield mend("discord_deaf", name=name, why=account.troubles[AccountTrouble.DEAF])
    if seen.endpoint:
        yield mend("discord_endpoint", name=name, host=seen.endpoint)
    if seen.starts is not None and seen.starts <= FEW_STARTS:
        yield note("discord_starts", name=name, count=seen.starts, hours=round(seen.again_in / 3600) or 1)


def _servers(seen: Inspection) -> Iterator[Finding]:
    """Where the account is, and how it comes to be elsewhere."""
    name, count = seen.name, seen.count
    if count:
        shown = [server for server in seen.servers if server][:MOST_NAMES]
        yield fine("discord_servers", name=name, count=count, servers=_listed(shown, more=count > len(shown)))
    else:
        yield note("discord_no_servers", name=name)
    if seen.needs_code:
        yield mend("discord_needs_code", name=name)
    if not seen.is_public:
        yield note("discord_not_public", name=name)
    yield fine("discord_invite", name=name, url=seen.invitation)


def _listed(names: list[str], *, more: bool) -> str:
    return " · ".join([*names, "…"] if more else names)


def _seated(seen: Inspection, account: _Account) -> Iterator[Finding]:
    """What the account lacks where something is brought to, as far as asking tells."""
    from adapters.discord.inspection import Seat

    for place in seen.places:
        yield from _lacking(place, seen.name, account.names)
    seats = [place.seat for place in seen.places]
    if writes := seats.count(Seat.WRITES):
        yield fine("discord_writes", name=seen.name, count=writes)
    if unseen := seats.count(Seat.UNSEEN) + account.more:
        yield note("discord_unseen", name=seen.name, count=unseen)
    if people := seats.count(Seat.PRIVATE):
        yield fine("discord_people", name=seen.name, count=people)


def _lacking(place: Place, name: str, names: Mapping[str, str]) -> Iterator[Finding]:
    from adapters.discord.inspection import Seat

    where = _where(place, names)
    if place.seat is Seat.HIDDEN:
        yield mend("discord_hidden", name=name, channel=where)
    elif place.seat is Seat.GONE:
        yield note("discord_gone", name=name, channel=where)
    rights = [lack for lack in place.lacks if lack not in _TOLD_APART]
    if rights:
        yield mend("discord_lacks", name=name, channel=where, lacks=",".join(rights))
    if Lack.UNLOCKED in place.lacks:
        yield mend("discord_locked", name=name, channel=where)
    elif place.rests:
        yield note("discord_rests", name=name, channel=where)
    if Lack.TAG in place.lacks:
        yield mend("discord_no_tag", channel=where)
    if Lack.HUSHED in place.lacks:
        yield mend("discord_hushed", name=name, channel=where)
    if Lack.MENTION in place.lacks:
        yield note("discord_no_call", name=name, channel=where, lacks=str(Lack.MENTION))
    if place.role_gone:
        yield note("discord_role_gone", channel=where)


def _where(place: Place, names: Mapping[str, str]) -> str:
    """A channel with its server and its number, as far as they are known; of one that is not seen, as it was called."""
    title = f"#{place.title}" if place.title else ""
    channel = place.spot.channel
    if not title and channel in names:
        return numbered(names[channel], channel)
    return " · ".join(filter(None, (place.server, title))) + (f" ({channel})" if title else channel)
