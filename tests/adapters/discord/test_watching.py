"""What happens to channels and servers, as the reception is told of it, at the strict simulator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from datetime import UTC, datetime

import pytest

from adapters.discord.conversation import Showing
from adapters.discord.dialect import DiscordDialect
from adapters.discord.listener import DiscordListener
from adapters.discord.places import Places
from adapters.discord.watching import AT_ONCE, Watch, Watched
from adapters.platform import AccountId, Button, ChatEvent, ChatKind, Fate, Reply
from tests.adapters.discord.front import QUICK, RIGHTS, Front, account, town
from tests.adapters.fronts import listening, reply
from tests.platforms.discord.person import Person
from tests.platforms.discord.simulator import DiscordSimulator


@pytest.fixture
async def front(discord: DiscordSimulator) -> AsyncIterator[Front]:
    """The reception of an account that listens."""
    front = Front()
    async with listening(front, account(discord)):
        await discord.until(lambda: None in front.troubles, "the account is well")
        yield front


def fates(front: Front, place: int) -> list[Fate]:
    """What became of a channel or a thread, in order, each change once."""
    told = [event.fate for event in front.events if str(place) == (event.address.thread or event.address.chat)]
    return [fate for number, fate in enumerate(told) if number == 0 or told[number - 1] is not fate]


async def becomes(discord: DiscordSimulator, front: Front, place: int, fate: Fate) -> None:
    """Wait until a channel has this fate."""
    await discord.until(lambda: fates(front, place)[-1:] == [fate], f"{fate}")


async def test_rights_that_are_lost_and_regained(discord: DiscordSimulator, lin: Person, front: Front) -> None:
    """Whether a channel is closed to the account or open again is told, whoever changed which right."""
    server, news = town(lin)
    role = next(role for role in server.roles.values() if role.bot)
    await becomes(discord, front, news.id, Fate.OPEN)
    changes: list[tuple[Callable[[], None], Callable[[], None]]] = [
        (lambda: lin.denies(news, "SEND_MESSAGES"), lambda: lin.clears(news)),
        (lambda: lin.denies(news, "VIEW_CHANNEL"), lambda: lin.allows(news, "VIEW_CHANNEL")),
        (lambda: lin.denies(news, "EMBED_LINKS", whom=role), lambda: lin.clears(news, whom=role)),
    ]
    for close, reopen in changes:
        close()
        await becomes(discord, front, news.id, Fate.MUTE)
        reopen()
        await becomes(discord, front, news.id, Fate.OPEN)
    assert all(event.alone for event in front.events)


async def test_a_time_out_ends_by_itself(discord: DiscordSimulator, lin: Person) -> None:
    """A server in which the account is timed out is closed to it until that is over, of which nobody tells, or lifted.

    That is so for a time-out that began before the account listened, for one that is given meanwhile, and by a clock
    that is set back.
    """
    server, news = town(lin)
    lin.times_out_bot(server, 600)
    front = Front()
    async with listening(front, account(discord)):
        await becomes(discord, front, news.id, Fate.MUTE)
        for passes, lifted in ((610, False), (0, True), (3_610, False)):
            discord.advance(passes)
            if lifted:
                lin.times_out_bot(server, 0)
            await becomes(discord, front, news.id, Fate.OPEN)
            lin.times_out_bot(server, 3_600)
            await becomes(discord, front, news.id, Fate.MUTE)
        discord.advance(3_000)
        other = lin.creates_channel(server, "other")
        for jumps, fate in ((0, Fate.MUTE), (3_600, Fate.OPEN), (-3_600, Fate.MUTE)):
            discord.advance(jumps)
            await becomes(discord, front, other.id, fate)


async def test_a_forum_that_has_no_tag_to_give(discord: DiscordSimulator, lin: Person, front: Front) -> None:
    """A forum whose posts need a tag is closed while the account may give none of its tags, and open when it may."""
    server, _ = town(lin)
    role = next(role for role in server.roles.values() if role.bot)
    forum = lin.creates_forum(server, "forum", ["AI"], needs_tag=True)
    await becomes(discord, front, forum.id, Fate.OPEN)
    lin.sets_tags(forum, "AI", needs_tag=True, moderated=["AI"])
    await becomes(discord, front, forum.id, Fate.MUTE)
    lin.allows(forum, "MANAGE_THREADS", whom=role)
    await becomes(discord, front, forum.id, Fate.OPEN)
    lin.sets_tags(forum, needs_tag=True)
    await becomes(discord, front, forum.id, Fate.MUTE)
    lin.sets_tags(forum)
    await becomes(discord, front, forum.id, Fate.OPEN)


async def test_roles_that_are_changed_and_taken(discord: DiscordSimulator, lin: Person, front: Front) -> None:
    """A role of the account that changes, is given or taken, changes what it may do in every channel."""
    server, news = town(lin)
    everyone = server.roles[server.id]
    helper = lin.creates_role(server, "helper", *RIGHTS)
    await becomes(discord, front, news.id, Fate.OPEN)
    lin.gives(server, helper, discord.bot)
    for role in server.roles.values():
        if role is not helper:
            lin.changes_role(server, role, "USE_APPLICATION_COMMANDS")
    assert everyone.permissions & (1 << 11) == 0
    lin.takes(server, helper, discord.bot)
    await becomes(discord, front, news.id, Fate.MUTE)
    lin.gives(server, helper, discord.bot)
    await becomes(discord, front, news.id, Fate.OPEN)
    lin.changes_role(server, helper, "VIEW_CHANNEL")
    await becomes(discord, front, news.id, Fate.MUTE)


async def test_a_channel_that_is_deleted(discord: DiscordSimulator, lin: Person, front: Front) -> None:
    """A channel that is deleted is lost, and with it the threads below it."""
    _, news = town(lin)
    thread = lin.opens_thread(news, "talk", "hello")
    await becomes(discord, front, thread.id, Fate.OPEN)
    lin.deletes(news)
    await becomes(discord, front, news.id, Fate.LOST)
    await becomes(discord, front, thread.id, Fate.LOST)
    [lost] = [event for event in front.events if event.address.thread and event.fate is Fate.LOST]
    assert lost.address.chat == str(news.id)


async def test_threads_have_a_fate_of_their_own(discord: DiscordSimulator, lin: Person, front: Front) -> None:
    """A thread is closed by a lock, opened again, and lost alone; its channel stays as it is."""
    _, news = town(lin)
    thread = lin.opens_thread(news, "talk", "hello")
    await becomes(discord, front, thread.id, Fate.OPEN)
    lin.locks(thread)
    await becomes(discord, front, thread.id, Fate.MUTE)
    lin.unlocks(thread)
    lin.unarchives(thread)
    await becomes(discord, front, thread.id, Fate.OPEN)
    lin.denies(news, "SEND_MESSAGES_IN_THREADS")
    await becomes(discord, front, thread.id, Fate.MUTE)
    lin.deletes(thread)
    await becomes(discord, front, thread.id, Fate.LOST)
    assert fates(front, news.id) == [Fate.OPEN]


async def test_an_archived_thread_is_open(discord: DiscordSimulator, lin: Person, front: Front) -> None:
    """A thread that sleeps is woken by whoever writes: it is not closed to the account."""
    _, news = town(lin)
    thread = lin.opens_thread(news, "talk", "hello")
    await becomes(discord, front, thread.id, Fate.OPEN)
    lin.archives(thread)
    lin.denies(news, "EMBED_LINKS")
    await becomes(discord, front, news.id, Fate.MUTE)
    assert fates(front, thread.id) == [Fate.OPEN]


async def test_a_server_that_puts_the_account_out(discord: DiscordSimulator, lin: Person, front: Front) -> None:
    """Where the account is put out, all channels are lost; where it is let in again, they are open."""
    server, news = town(lin)
    await becomes(discord, front, news.id, Fate.OPEN)
    lin.removes_bot(server)
    await becomes(discord, front, news.id, Fate.LOST)
    lin.adds_bot(server)
    await becomes(discord, front, news.id, Fate.OPEN)


async def test_a_server_that_is_away_for_a_while_is_not_lost(
    discord: DiscordSimulator, lin: Person, front: Front
) -> None:
    """From an outage of a server nothing is concluded."""
    server, news = town(lin)
    await becomes(discord, front, news.id, Fate.OPEN)
    discord.core.suffer_outage(server)
    discord.core.recover_from_outage(server)
    lin.deletes(news)
    await becomes(discord, front, news.id, Fate.LOST)
    assert fates(front, news.id) == [Fate.OPEN, Fate.LOST]


async def test_what_changed_meanwhile_is_told_at_the_start(discord: DiscordSimulator, lin: Person) -> None:
    """What an account may do when it begins to listen is told, as it may have changed while nobody listened."""
    _, news = town(lin)
    lin.denies(news, "SEND_MESSAGES")
    front = Front()
    async with listening(front, account(discord)):
        await becomes(discord, front, news.id, Fate.MUTE)
    assert not [event for event in front.events if event.new]


async def test_only_what_concerns_somebody_is_told(discord: DiscordSimulator, lin: Person) -> None:
    """Channels to which nothing is brought are not spoken of."""
    server, news = town(lin)
    other = lin.creates_channel(server, "other")

    class Choosy(Front):
        async def concerned(self, chats: Collection[str]) -> frozenset[str]:
            return frozenset({str(news.id)}).intersection(chats)

    front = Choosy()
    async with listening(front, account(discord)):
        await becomes(discord, front, news.id, Fate.OPEN)
        lin.deletes(other)
        lin.denies(news, "VIEW_CHANNEL")
        await becomes(discord, front, news.id, Fate.MUTE)
    assert {event.address.chat for event in front.events} == {str(news.id)}


async def test_news_that_could_not_be_noted_is_told_again(discord: DiscordSimulator, lin: Person) -> None:
    """What a store cannot take is told until it can."""
    _, news = town(lin)

    class Forgetful(Front):
        failures = 0

        async def note(self, event: ChatEvent) -> Reply | None:
            self.failures += 1
            if self.failures == 1:
                raise RuntimeError
            return await super().note(event)

    front = Forgetful()
    async with listening(front, account(discord)):
        await becomes(discord, front, news.id, Fate.OPEN)
    assert front.failures > len(front.events)


async def test_news_outlasts_a_store_that_is_away_for_long(discord: DiscordSimulator, lin: Person) -> None:
    """However long nothing can be noted, news is kept, listening goes on, and a mistake delays nothing else."""
    server, news = town(lin)
    odd = lin.creates_channel(server, "odd")

    class Away(Front):
        is_away = True
        tries = 0

        async def concerned(self, chats: Collection[str]) -> frozenset[str]:
            self.tries += 1
            if self.is_away:
                raise RuntimeError
            return await super().concerned(chats)

        async def note(self, event: ChatEvent) -> Reply | None:
            if event.address.chat == str(odd.id):
                raise ValueError
            return await super().note(event)

    front = Away()
    async with listening(front, account(discord)) as known:
        await discord.until(lambda: front.tries > 3, "it is tried")
        lin.deletes(news)
        assert isinstance(known.listener, DiscordListener)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(known.listener.failed(), 0.1)
        front.is_away = False
        await becomes(discord, front, news.id, Fate.LOST)
        assert fates(front, news.id) == [Fate.LOST]
        lin.deletes(odd)
        other = lin.creates_channel(server, "other")
        await becomes(discord, front, other.id, Fate.OPEN)
    assert len(discord.gateway.identified) == 1


async def test_only_what_is_not_known_yet_is_noted(discord: DiscordSimulator, lin: Person) -> None:
    """At the beginning thousands of channels are told; of those of which all is known nothing is written."""
    server, news = town(lin)
    other = lin.creates_channel(server, "other")

    class Knowing(Front):
        async def unheard(self, events: Collection[ChatEvent]) -> frozenset[ChatEvent]:
            return frozenset(event for event in events if event.address.chat == str(news.id))

    front = Knowing()
    async with listening(front, account(discord)):
        await becomes(discord, front, news.id, Fate.OPEN)
        lin.deletes(other)
        lin.deletes(news)
        await becomes(discord, front, news.id, Fate.LOST)
    assert {event.address.chat for event in front.events} == {str(news.id)}


async def test_more_news_than_is_looked_at_together() -> None:
    """However many channels are told at once, each is noted once, and one that cannot be noted delays no other."""
    many, all_told = range(1_000, 1_000 + 2 * AT_ONCE + 200), asyncio.Event()

    class Forgetful(Front):
        async def note(self, event: ChatEvent) -> Reply | None:
            if event.address.chat == str(many[3]):
                raise RuntimeError
            if len(self.events) == len(many) - 2:
                all_told.set()
            return await super().note(event)

    front, places = Forgetful(), Places(1, now=lambda: datetime.now(UTC))
    showing = Showing(reception=front, dialect=DiscordDialect())
    watch = Watch(Watched(me=AccountId("1"), places=places, reception=front, showing=showing, patience=QUICK))
    places.read("READY", {"guilds": [{"id": "5", "unavailable": True}]})
    channels = [{"id": str(channel), "type": 0, "name": f"c{channel}"} for channel in many]
    watch.take(places.read("GUILD_CREATE", {"id": "5", "name": "Town", "owner_id": "1", "channels": channels}))
    running = asyncio.create_task(watch.run())
    await asyncio.wait_for(all_told.wait(), 10)
    running.cancel()
    noted = [int(event.address.chat) for event in front.events]
    assert sorted(noted) == [channel for channel in many if channel != many[3]]
    assert front.events[-1].chat_name == f"#c{noted[-1]} (Town)"


async def test_what_people_call_a_channel_comes_with_its_news(
    discord: DiscordSimulator, lin: Person, front: Front
) -> None:
    """A channel is called with its server and a thread with its channel, and again when one of them is renamed."""

    def called(place: int) -> str:
        told = [event for event in front.events if str(place) == (event.address.thread or event.address.chat)]
        return told[-1].chat_name if told else ""

    async def becomes_called(place: int, name: str) -> None:
        await discord.until(lambda: called(place) == name, name)

    server, news = town(lin)
    thread = lin.opens_thread(news, "talk", "hello")
    await becomes_called(news.id, "#news (Town)")
    await becomes_called(thread.id, "#talk (#news · Town)")
    lin.renames(news, "headlines")
    await becomes_called(news.id, "#headlines (Town)")
    await becomes_called(thread.id, "#talk (#headlines · Town)")
    lin.renames(thread, "chat")
    await becomes_called(thread.id, "#chat (#headlines · Town)")
    lin.renames(server, "City")
    await becomes_called(news.id, "#headlines (City)")
    await becomes_called(thread.id, "#chat (#headlines · City)")
    lin.archives(thread)
    lin.deletes(news)
    await becomes(discord, front, news.id, Fate.LOST)
    assert called(news.id) == ""


# --- Greeting -----------------------------------------------------------------------------------------------------


async def test_a_server_is_greeted_once(discord: DiscordSimulator, lin: Person, front: Front) -> None:
    """Whoever lets the account in is greeted in the channel for such messages, and a restart greets nobody."""
    front.welcome = reply("hello", buttons=(Button(label="Today", says="/today"),))
    server, _ = town(lin)
    general = next(channel for channel in server.channels.values() if channel.id == server.system_channel)
    message = await discord.until(lambda: discord.last(general), "a greeting")
    assert message.embeds[0]["description"] == "hello"
    [joined] = [event for event in front.events if event.new]
    assert (joined.title, joined.kind, joined.address.chat) == ("Town", ChatKind.GROUP, str(general.id))
    pressed = lin.presses(message, "Today")
    await discord.until(lambda: pressed.answer, "an answer")
    discord.gateway.invalidate(resumable=False)
    await discord.until(lambda: len(discord.gateway.identified) == 2, "a new session")
    await becomes(discord, front, general.id, Fate.OPEN)
    assert len(discord.sent(general)) == 1


async def test_where_nobody_may_be_greeted_nobody_is(discord: DiscordSimulator, lin: Person, front: Front) -> None:
    """Where the account may not write in that channel, or there is none, it greets nobody."""
    front.welcome = reply("hello")
    server = lin.creates_server("Quiet")
    lin.sets_system_channel(server, None)
    lin.adds_bot(server)
    news = lin.creates_channel(server, "news")
    await becomes(discord, front, news.id, Fate.OPEN)
    assert not front.sent
