"""What can be found out around a question on Discord: who decides in a server, what a channel is, how to get here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, assert_never

from discord import DiscordException
from discord.http import Route

from adapters.discord.errors import ours
from adapters.discord.hearing import Where, address_of
from adapters.discord.inviting import invitation
from adapters.discord.places import Places, Spot, marked
from adapters.discord.request import DiscordHTTP
from adapters.discord.rights import (
    DECIDING,
    Channel,
    Server,
    channel_in,
    may_call,
    number,
    rights_in,
    rights_of,
    server_in,
    silences,
)
from adapters.discord.venues import Kind
from adapters.naming import chat_name
from adapters.platform import (
    AccountDead,
    AccountId,
    Asker,
    ChatKind,
    CourierError,
    Elsewhere,
    Grant,
    Lack,
    Poison,
    Refused,
    Role,
)

PROFILE: Final = "https://discord.com/users/{}"

_NAME = re.compile(r"@?([1-9]\d{0,19})", re.ASCII)

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """From where an account looks around. `patience`: seconds for one answer."""

    http: DiscordHTTP = field(repr=False)
    me: AccountId
    application: str
    places: Places
    patience: float

    async def spot(self, place: str) -> Spot | None:
        """A channel or a thread, from what the gateway told or as it is now; None where we see none.

        Raises CourierError.
        """
        known = self.places.spot(number(place))
        if known is not None and known.thread is None:
            return known
        said = await self._asked("/channels/{channel_id}", channel_id=place)
        if said is None or not said.get("guild_id"):
            return None
        if known is not None:
            return replace(known, thread=channel_in(said, int(self.me)))
        return await self._looked_up(said)

    async def _looked_up(self, said: Json) -> Spot | None:
        me, itself = int(self.me), channel_in(said, int(self.me))
        above = await self._asked("/channels/{channel_id}", channel_id=itself.parent) if itself.is_thread else said
        server = await self.server(str(said["guild_id"]))
        if above is None or server is None:
            return None
        channel = channel_in(above, me)
        thread = itself if itself.is_thread else None
        rights, hushed = rights_in(server, channel, me), self.places.is_hushed(server)
        return Spot(server=server, channel=channel, thread=thread, rights=rights, hushed=hushed)

    async def server(self, name: str) -> Server | None:
        """A server as it is now, less its channels. Raises CourierError."""
        said = await self._asked("/guilds/{guild_id}", guild_id=name)
        member = await self._asked("/guilds/{guild_id}/members/{user_id}", guild_id=name, user_id=self.me)
        return None if said is None or member is None else server_in(said, int(self.me), member=member, channels=())

    async def leads(self, server: int, person: str) -> bool:
        """Whether somebody decides for a server, as Discord says now, not the gateway. Raises CourierError."""
        said = await self._asked("/guilds/{guild_id}", guild_id=server)
        member = await self._asked("/guilds/{guild_id}/members/{user_id}", guild_id=server, user_id=person)
        if said is None or member is None:
            return False
        now = server_in(said, int(person), member=member, channels=())
        return bool(rights_of(now, int(person), now.mine) & DECIDING)

    async def _asked(self, path: str, **ids: Any) -> Json | None:
        """What Discord says; None where there is nothing of the kind, or nothing for us to see. Raises CourierError."""
        try:
            said = await self.http.request(Route("GET", path, **ids), patience=self.patience)
        except DiscordException as error:
            known = ours(error)
            if _is_no(known):
                return None
            raise known from None
        return said if isinstance(said, dict) else None


def _roles(server: Server) -> tuple[Role, ...]:
    """The roles that can be called: all but everybody's, which has the server's id."""
    return tuple(
        Role(id=str(role), name=name, open=may_call(server, str(role)))
        for role, name in server.named.items()
        if role != server.id
    )


def _is_no(error: CourierError) -> bool:
    return isinstance(error, Refused) and not isinstance(error, AccountDead | Poison)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordScene:
    """Keeps `adapters.platform.Scene` for one question."""

    outlook: Outlook
    asker: Asker
    where: Where

    async def decides(self) -> bool:
        """Whether the asker may decide for the server they ask in, as Discord says with the question itself."""
        return self.asker.kind is ChatKind.PRIVATE or self.where.guarded or bool(self.where.rights & DECIDING)

    async def elsewhere(self, name: str) -> Elsewhere:
        """The channel or thread that the asker names by its id; checked now. Raises CourierError."""
        found = _NAME.fullmatch(name.strip())
        if found is None:
            return Elsewhere(grant=Grant.UNKNOWN)
        told = self.where.channels.get(found[1])
        spot = await self.outlook.spot(found[1])
        if spot is None:
            return await self._unseen(told)
        itself = spot.itself
        titled = Elsewhere(
            grant=Grant.GRANTED,
            address=address_of({"id": itself.id, "type": itself.kind, "parent_id": itself.parent}, self.outlook.me),
            title=itself.name or str((told or {}).get("name") or ""),
            name=marked(itself.name),
            kind=ChatKind.GROUP,
            roles=_roles(spot.server),
            chat_name=spot.chat_name,
        )
        lacks = spot.lacks(calls=True) if itself.can_receive else ()
        return replace(titled, grant=await self._grant(spot, lacks), lacks=lacks)

    async def _unseen(self, told: Json | None) -> Elsewhere:
        """A channel that the account does not see; the question itself may tell of it."""
        server = self.outlook.places.servers.get(number(self.where.server))
        if told is None or server is None:
            return Elsewhere(grant=Grant.UNKNOWN)
        channel = channel_in(told, int(self.outlook.me))
        grant = Grant.CANNOT_POST if channel.can_receive else Grant.WRONG_KIND
        return Elsewhere(
            grant=grant if await self.decides() else Grant.NOT_YOURS,
            address=address_of(told, self.outlook.me),
            title=channel.name,
            kind=ChatKind.GROUP,
            lacks=(Lack.JOINED if self._is_apart(channel) else Lack.VIEW,),
            chat_name=chat_name(marked(channel.name), server.name),
        )

    def _is_apart(self, channel: Channel) -> bool:
        """Whether it is a private thread of a channel that the account sees."""
        above = self.outlook.places.spot(channel.parent)
        return channel.kind == Kind.PRIVATE_THREAD and above is not None and Lack.VIEW not in above.lacks()

    async def _grant(self, spot: Spot, lacks: tuple[Lack, ...]) -> Grant:
        here = self.where.server
        if here and here != str(spot.server.id):
            return Grant.NOT_HERE
        if not await (self.decides() if here else self.outlook.leads(spot.server.id, self.asker.person)):
            return Grant.NOT_YOURS
        if not spot.itself.can_receive:
            return Grant.WRONG_KIND
        return Grant.CANNOT_POST if any(silences(lack, spot.itself) for lack in lacks) else Grant.GRANTED

    def link(self, payload: str = "", *, into: ChatKind = ChatKind.PRIVATE) -> str:
        """An address that shows the account, or lets it into a server; none that asks something."""
        match into:
            case ChatKind.PRIVATE:
                return "" if payload else PROFILE.format(self.outlook.me)
            case ChatKind.GROUP | ChatKind.CHANNEL:
                return invitation(self.outlook.application)
            case _:
                assert_never(into)
