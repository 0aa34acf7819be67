"""Which roles of a server can be called, as its channels are found: by the names that they have now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import pytest

from adapters.discord.hearing import Where
from adapters.discord.places import Places
from adapters.discord.rights import Right
from adapters.discord.scene import DiscordScene, Outlook
from adapters.platform import AccountId, Address, Asker, ChatKind, Elsewhere, Grant, Lack, Platform, Role

ME = AccountId("7")
SERVER, CHANNEL = "900", "910"
WRITES = Right.VIEW | Right.WRITE | Right.EMBED | Right.WRITE_IN_THREADS


def role(name: str, called: str, rights: int = 0, *, mentionable: bool = False) -> dict[str, Any]:
    """A role, as the gateway tells it."""
    return {"id": name, "name": called, "permissions": str(rights), "mentionable": mentionable}


def known(rights: int = WRITES) -> Places:
    """A server with a channel, in which everybody has these rights, and two roles."""
    places = Places(int(ME), now=lambda: datetime.now(UTC))
    told = {
        "id": SERVER,
        "name": "读书会",
        "owner_id": "1",
        "roles": [role(SERVER, "@everyone", rights), role("71", "编辑部", mentionable=True), role("72", "读者")],
        "members": [{"user": {"id": ME}, "roles": []}],
        "channels": [{"id": CHANNEL, "type": 0, "name": "新闻"}],
        "threads": [],
    }
    places.read("GUILD_CREATE", told)
    return places


async def found(places: Places) -> Elsewhere:
    """The channel, as somebody who manages the server names it there; nothing has to be asked for it."""
    address = Address(platform=Platform.DISCORD, account=ME, chat=CHANNEL)
    asker = Asker(address=address, person="5", kind=ChatKind.GROUP)
    outlook = Outlook(http=cast("Any", None), me=ME, application="77", places=places, patience=1.0)
    where = Where(server=SERVER, rights=int(Right.MANAGE_SERVER))
    return await DiscordScene(outlook=outlook, asker=asker, where=where).elsewhere(f"@{CHANNEL}")


async def test_a_channel_tells_its_name_and_the_roles_of_its_server() -> None:
    """Every role but everybody's can be called; a channel is named as people write it."""
    there = await found(known())
    assert (there.grant, there.name, there.title) == (Grant.GRANTED, "#新闻", "新闻")
    assert there.roles == (Role(id="71", name="编辑部", open=True), Role(id="72", name="读者"))


async def test_roles_are_those_of_now() -> None:
    """A role that is made, renamed, opened to all or deleted is known as it is."""
    places = known()
    places.read("GUILD_ROLE_UPDATE", {"guild_id": SERVER, "role": role("72", "老读者", mentionable=True)})
    places.read("GUILD_ROLE_CREATE", {"guild_id": SERVER, "role": role("73", "新人")})
    places.read("GUILD_ROLE_DELETE", {"guild_id": SERVER, "role_id": "71"})
    there = await found(places)
    assert there.roles == (Role(id="72", name="老读者", open=True), Role(id="73", name="新人"))


@pytest.mark.parametrize(
    ("rights", "lacks"),
    [(WRITES, (Lack.MENTION,)), (WRITES | Right.MENTION, ()), (Right.ADMINISTRATOR, ())],
)
async def test_a_right_to_call_every_role_is_told_where_it_is_missing(rights: int, lacks: tuple[Lack, ...]) -> None:
    """Whether the account may call roles that not everybody may is told; it keeps nothing from being brought."""
    there = await found(known(rights))
    assert (there.grant, there.lacks) == (Grant.GRANTED, lacks)
