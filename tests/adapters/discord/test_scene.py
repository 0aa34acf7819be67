"""What is found out about channels that somebody names, as it is now, at the strict simulator."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.platform import ChatKind, Elsewhere, Grant, Lack, Query, Reply
from tests.adapters.discord.front import Front, account, town
from tests.adapters.fronts import listening, reply
from tests.platforms.discord.asked import InteractionKind
from tests.platforms.discord.person import Person
from tests.platforms.discord.servers import Channel, ChannelKind, Message
from tests.platforms.discord.simulator import DiscordSimulator
from tests.platforms.discord.uses import Use


class Looking(Front):
    """A reception that looks up the channel that is named, and whether the asker decides."""

    found: Elsewhere | None = None
    decides: bool | None = None
    link: str = ""

    async def answer(self, query: Query) -> Reply:
        """Say that it was looked up."""
        self.heard.append(query)
        named = next((word for word in query.text.split() if word.startswith("@")), "")
        self.decides = await query.scene.decides()
        self.found = await query.scene.elsewhere(named) if named else None
        self.link = query.scene.link(into=ChatKind.GROUP)
        return reply("looked up")


@pytest.fixture
async def front(discord: DiscordSimulator) -> AsyncIterator[Looking]:
    """A reception that looks up what is named, for an account that listens."""
    front = Looking()
    async with listening(front, account(discord)):
        await discord.until(lambda: None in front.troubles, "the account is well")
        yield front


async def shown(discord: DiscordSimulator, use: Use) -> Message:
    """The answer, once it stands there."""
    return await discord.until(lambda: use.answer, "an answer")


def missing(found: Elsewhere) -> tuple[Lack, ...]:
    """What the account lacks there, beside the right to call any role, which it is not invited with."""
    return tuple(lack for lack in found.lacks if lack is not Lack.MENTION)


async def named(
    discord: DiscordSimulator, front: Looking, person: Person, around: Channel, **options: object
) -> Elsewhere:
    """What is found of the channel that somebody names with `/subscribe`, or of the one around."""
    await shown(discord, person.commands("/subscribe", around, **options))
    assert front.found is not None
    assert front.said[-1].startswith("/subscribe")
    return front.found


@pytest.mark.parametrize("kind", [ChannelKind.TEXT, ChannelKind.ANNOUNCEMENT, ChannelKind.FORUM, ChannelKind.MEDIA])
async def test_a_channel_of_every_kind(
    discord: DiscordSimulator, lin: Person, front: Looking, kind: ChannelKind
) -> None:
    """Text, announcement, forum and media channels of the server can be named, and nothing is missing there."""
    server, news = town(lin)
    place = lin.creates_channel(server, "daily", kind)
    found = await named(discord, front, lin, news, channel=place)
    assert (found.grant, found.title, missing(found)) == (Grant.GRANTED, "daily", ())
    assert found.address is not None
    assert (found.address.chat, found.address.thread, found.id) == (str(place.id), "", str(place.id))
    assert found.chat_name == "#daily (Town)"


async def test_a_thread(discord: DiscordSimulator, lin: Person, front: Looking) -> None:
    """A thread is addressed by the channel that it stands below, and itself; asked within it, it is the one meant."""
    _, news = town(lin)
    thread = lin.opens_thread(news, "talk", "hello")
    for found in (
        await named(discord, front, lin, news, channel=thread),
        await named(discord, front, lin, thread),
    ):
        assert (found.grant, found.title, found.chat_name) == (Grant.GRANTED, "talk", "#talk (#news · Town)")
        assert found.address is not None
        assert (found.address.chat, found.address.thread) == (str(news.id), str(thread.id))
    assert front.heard[-1].asker.address == found.address


async def test_a_private_thread(discord: DiscordSimulator, lin: Person, front: Looking) -> None:
    """Of a private thread in which the account is not, that is said; once it is added, it brings there."""
    _, news = town(lin)
    thread = lin.opens_thread(news, "talk", "hello", private=True)
    found = await named(discord, front, lin, thread)
    assert (found.grant, found.title, found.lacks) == (Grant.CANNOT_POST, "talk", (Lack.JOINED,))
    assert found.chat_name == "#talk (Town)"
    assert found.address == front.heard[-1].asker.address
    lin.adds_to_thread(thread, discord.bot.user)
    assert (await named(discord, front, lin, thread)).grant is Grant.GRANTED


async def test_the_channel_around_is_looked_at(discord: DiscordSimulator, lin: Person, front: Looking) -> None:
    """Where no channel is named, the one around is, so that what is missing there is known at once."""
    _, news = town(lin)
    lin.denies(news, "EMBED_LINKS")
    found = await named(discord, front, lin, news)
    assert (found.grant, missing(found)) == (Grant.CANNOT_POST, (Lack.EMBED,))
    assert found.address == front.heard[-1].asker.address


@pytest.mark.parametrize(
    ("denied", "expected"),
    [
        (("VIEW_CHANNEL",), (Grant.CANNOT_POST, (Lack.VIEW,))),
        (("SEND_MESSAGES",), (Grant.CANNOT_POST, (Lack.WRITE,))),
        (("SEND_MESSAGES", "EMBED_LINKS"), (Grant.CANNOT_POST, (Lack.WRITE, Lack.EMBED))),
        (("SEND_MESSAGES_IN_THREADS",), (Grant.GRANTED, ())),
    ],
)
async def test_what_is_missing_is_known_at_once(
    discord: DiscordSimulator,
    lin: Person,
    front: Looking,
    denied: tuple[str, ...],
    expected: tuple[Grant, tuple[Lack, ...]],
) -> None:
    """The account's rights in the channel that is named are looked at in the same moment."""
    server, news = town(lin)
    secret = lin.creates_channel(server, "secret")
    lin.denies(secret, *denied)
    found = await named(discord, front, lin, news, channel=secret)
    assert (found.grant, missing(found)) == expected
    assert found.title == "secret"
    lin.allows(secret, *denied)
    assert (await named(discord, front, lin, news, channel=secret)).grant is Grant.GRANTED


async def test_it_is_known_without_the_gateway(discord: DiscordSimulator, lin: Person, front: Looking) -> None:
    """What is not known from the gateway is asked of the API, with the same result."""
    server, news = town(lin)
    quiet = lin.creates_channel(server, "quiet")
    thread = lin.opens_thread(quiet, "talk", "hello")
    lin.denies(quiet, "SEND_MESSAGES")
    voice = lin.creates_channel(server, "voice", ChannelKind.VOICE)
    await named(discord, front, lin, news)
    outlook = front.heard[-1].scene.outlook  # type: ignore[attr-defined]
    outlook.places.servers.clear()
    found = await front.heard[-1].scene.elsewhere(f"@{quiet.id}")
    assert (found.grant, missing(found), found.title) == (Grant.CANNOT_POST, (Lack.WRITE,), "quiet")
    below = await front.heard[-1].scene.elsewhere(f"@{thread.id}")
    assert (below.grant, below.title, below.id) == (Grant.GRANTED, "talk", str(thread.id))
    assert (await front.heard[-1].scene.elsewhere(f"@{voice.id}")).grant is Grant.WRONG_KIND


async def test_roles_of_the_server(discord: DiscordSimulator, lin: Person, front: Looking) -> None:
    """The server's roles are told, with those that everybody may call; the right to call any is missing until given."""
    server, news = town(lin)
    quiet, loud = lin.creates_role(server, "quiet"), lin.creates_role(server, "loud", mentionable=True)
    found = await named(discord, front, lin, news, role=loud)
    assert Lack.MENTION in found.lacks
    roles = {role.id: (role.name, role.open) for role in found.roles}
    assert (roles[str(quiet.id)], roles[str(loud.id)]) == (("quiet", False), ("loud", True))
    assert str(server.id) not in roles
    lin.allows(news, "MENTION_EVERYONE")
    assert (await named(discord, front, lin, news, role=quiet)).lacks == ()


async def test_a_forum_without_tags_that_wants_one(discord: DiscordSimulator, lin: Person, front: Looking) -> None:
    """To a forum in which every post must have a tag, and that has none to give, nothing can be brought."""
    server, news = town(lin)
    forum = lin.creates_forum(server, "forum", needs_tag=True)
    found = await named(discord, front, lin, news, channel=forum)
    assert (found.grant, found.lacks[0]) == (Grant.CANNOT_POST, Lack.TAG)


async def test_a_time_out(discord: DiscordSimulator, lin: Person, front: Looking) -> None:
    """While the account is timed out nothing can be brought to the server, and its permissions are not to blame."""
    server, news = town(lin)
    lin.times_out_bot(server, 600)
    talk = lin.opens_thread(news, "talk", "hello")
    for place in (news, talk):
        found = await named(discord, front, lin, news, channel=place)
        assert (found.grant, missing(found)) == (Grant.CANNOT_POST, (Lack.HUSHED,))
    discord.advance(610)
    assert (await named(discord, front, lin, news, channel=news)).grant is Grant.GRANTED


async def test_a_locked_thread(discord: DiscordSimulator, lin: Person, front: Looking) -> None:
    """A locked thread is closed to the account until it is unlocked."""
    _, news = town(lin)
    thread = lin.opens_thread(news, "talk", "hello")
    lin.locks(thread)
    found = await named(discord, front, lin, news, channel=thread)
    assert (found.grant, missing(found)) == (Grant.CANNOT_POST, (Lack.UNLOCKED,))


# --- Who decides --------------------------------------------------------------------------------------------------


async def test_another_servers_channels_are_not_spoken_of(
    discord: DiscordSimulator, lin: Person, front: Looking
) -> None:
    """A made-up press that names a channel of another server finds that it is not spoken of here."""
    _, news = town(lin)
    _, other = town(lin, name="Elsewhere")
    use = lin.commands("/today", news, public="public")
    message = await shown(discord, use)
    press = lin.presses_data(message, f"0:/settings @{other.id} full")
    await shown(discord, press)
    assert front.found is not None
    assert front.found.grant is Grant.NOT_HERE


async def test_who_decides_is_asked_at_each_press(discord: DiscordSimulator, lin: Person, front: Looking) -> None:
    """Whoever may not manage the server decides nothing, whatever button they press; rights are those of the press."""
    server, news = town(lin)
    ada = discord.person(102, "Ada")
    ada.joins(server)
    use = lin.commands("/today", news, public="public")
    message = await shown(discord, use)
    grants: list[tuple[Grant, bool | None]] = []
    leader = lin.creates_role(server, "leaders", "MANAGE_GUILD")
    for _ in range(2):
        press = ada.presses_data(message, f"0:/settings @{news.id} full {len(grants)}")
        await shown(discord, press)
        assert front.found is not None
        grants.append((front.found.grant, front.decides))
        lin.gives(server, leader, ada)
    assert grants == [(Grant.NOT_YOURS, False), (Grant.GRANTED, True)]


async def test_whom_discord_lets_ask_decides(discord: DiscordSimulator, lin: Person, front: Looking) -> None:
    """A command that Discord guards is for whomever the server's administrators let use it."""
    server, news = town(lin)
    ada = discord.person(102, "Ada")
    ada.joins(server)
    assert "subscribe" not in ada.offered(news)
    lin.lets(server, "/subscribe", ada.user)
    assert (await named(discord, front, ada, news)).grant is Grant.GRANTED
    assert front.decides is True


async def test_what_others_registered_guards_nothing(discord: DiscordSimulator, lin: Person, front: Looking) -> None:
    """A command of our name that other software registered lets nobody decide who does not manage the server."""
    server, news = town(lin)
    ada = discord.person(102, "Ada")
    ada.joins(server)
    data = {"id": "7", "guild_id": str(server.id), "name": "subscribe", "type": 1, "options": []}
    asked = discord.core.ask(discord.bot, InteractionKind.COMMAND, ada.user, news, data)
    await discord.until(lambda: asked.answers, "an answer")
    assert front.decides is False
    assert front.found is not None
    assert front.found.grant is Grant.NOT_YOURS


async def test_in_private_ones_own_servers_are_decided_about(
    discord: DiscordSimulator, lin: Person, front: Looking
) -> None:
    """In private any channel of a server that the asker manages can be named, and no other."""
    server, news = town(lin)
    ada = discord.person(102, "Ada")
    ada.joins(server)
    for person, grant in ((lin, Grant.GRANTED), (ada, Grant.NOT_YOURS)):
        use = person.commands("/today")
        message = await shown(discord, use)
        press = person.presses_data(message, f"0:/settings @{news.id} full")
        await shown(discord, press)
        assert front.found is not None
        assert (front.found.grant, front.decides) == (grant, True)


async def test_who_decides_is_asked_anew_in_private(discord: DiscordSimulator, lin: Person, front: Looking) -> None:
    """In private the question does not say what its asker may do: it is asked of Discord, whatever was heard before."""
    server, news = town(lin)
    ada = discord.person(102, "Ada")
    ada.joins(server)
    helper = lin.creates_role(server, "helper", "MANAGE_GUILD")
    lin.gives(server, helper, ada)
    for grant in (Grant.GRANTED, Grant.NOT_YOURS):
        message = await shown(discord, ada.commands("/today"))
        await shown(discord, ada.presses_data(message, f"0:/settings @{news.id} full"))
        assert front.found is not None
        assert front.found.grant is grant
        discord.core.listeners.remove(discord.gateway.hear)
        lin.changes_role(server, helper, "VIEW_CHANNEL")
        discord.core.listeners.append(discord.gateway.hear)


async def test_a_server_with_the_commands_and_without_the_account(
    discord: DiscordSimulator, lin: Person, front: Looking
) -> None:
    """Where only the commands were let in, the account is not there, and no permission is named as missing."""
    server, news = town(lin)
    await shown(discord, lin.commands("/today", news))
    lin.removes_bot(server)
    data = {"id": "1", "name": "subscribe", "type": 1, "options": []}
    asked = discord.core.ask(discord.bot, InteractionKind.COMMAND, lin.user, news, data)
    await discord.until(lambda: asked.answers, "an answer")
    assert front.found == Elsewhere(grant=Grant.UNKNOWN)


@pytest.mark.parametrize("name", ["@news", "@1", "@-100", "@99999999999999999999999", "@"])
async def test_what_nobody_knows(discord: DiscordSimulator, lin: Person, front: Looking, name: str) -> None:
    """A name that is none, or of no channel, is of none that is known."""
    town(lin)
    use = lin.commands("/today")
    message = await shown(discord, use)
    press = lin.presses_data(message, f"0:/settings {name} full")
    await shown(discord, press)
    assert front.found is not None
    assert front.found.grant is Grant.UNKNOWN


async def test_how_it_is_invited(discord: DiscordSimulator, lin: Person, front: Looking) -> None:
    """The address that lets the account into a server names its application and the rights that it needs."""
    town(lin)
    use = lin.commands("/today")
    await shown(discord, use)
    assert f"client_id={discord.bot.application}" in front.link
    assert f"permissions={(1 << 10) + (1 << 11) + (1 << 14) + (1 << 38)}" in front.link
