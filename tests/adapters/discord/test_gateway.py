"""The gateway at the strict simulator: begun, lost, resumed, begun again, and ended for good."""

from __future__ import annotations

import asyncio
import logging
from types import SimpleNamespace
from typing import Any

import pytest
from discord.gateway import KeepAliveHandler

from adapters.discord.gateway import DAY, About, Turns, about_in
from adapters.discord.health import failures_now
from adapters.discord.listener import DiscordListener
from adapters.health import Health
from adapters.platform import Account, AccountTrouble, Address, Parcel, Platform
from tests.adapters.discord.front import QUICK, Front, account, town
from tests.adapters.fronts import listening
from tests.platforms.discord.faults import Fault
from tests.platforms.discord.person import Person
from tests.platforms.discord.protocol import Intent
from tests.platforms.discord.servers import Channel
from tests.platforms.discord.simulator import DiscordSimulator


async def heard(lin: Person, news: Channel) -> None:
    """Wait until a command is answered: the gateway is heard."""

    async def asked() -> bool:
        use = lin.commands("/status", news)
        for _ in range(50):
            if use.answer:
                return True
            await asyncio.sleep(0.02)
        return False

    for _ in range(5):
        if await asked():
            return
    raise AssertionError("no command is answered")


async def told(discord: DiscordSimulator, front: Front, what: AccountTrouble | None) -> None:
    """Wait until the latest that was told of the account is this."""
    await discord.until(lambda: bool(front.troubles) and front.troubles[-1] is what, f"{what}")


async def begins(discord: DiscordSimulator, begun: int) -> None:
    """Wait until one more session has begun."""
    await discord.until(lambda: len(discord.gateway.identified) > begun, "another session")


async def brought(known: Account, news: Channel, text: str) -> None:
    """Bring a message over the REST API."""
    address = Address(platform=Platform.DISCORD, account=known.id, chat=str(news.id))
    await known.courier.send(Parcel(address=address, message={"content": text}, nonce=text))


async def test_it_wants_to_hear_of_servers_alone(discord: DiscordSimulator) -> None:
    """One intent is asked for: servers with their channels; neither messages nor members are told."""
    front = Front()
    async with listening(front, account(discord)):
        await told(discord, front, None)
    assert [asked.intents for asked in discord.gateway.identified] == [Intent.GUILDS]


@pytest.mark.parametrize("loss", ["drop", "reconnect", "code 4000", "code 4009", "code 1000", "heartbeat"])
async def test_a_lost_connection_goes_on(discord: DiscordSimulator, lin: Person, loss: str) -> None:
    """Whatever ends a connection, the session goes on where it was, and what came meanwhile is heard."""
    _, news = town(lin)
    front = Front()
    async with listening(front, account(discord)):
        await told(discord, front, None)
        match loss:
            case "drop":
                discord.gateway.drop()
            case "reconnect":
                discord.gateway.ask_to_reconnect()
            case "heartbeat":
                discord.gateway.ask_for_heartbeat()
            case _:
                discord.gateway.close(int(loss.removeprefix("code ")))
        use = lin.commands("/status", news)
        await discord.until(lambda: use.answer, "what came meanwhile is answered")
        assert len(discord.gateway.identified) == 1
        assert bool(discord.gateway.resumed) is (loss != "heartbeat")
    assert front.said == ["/status"]


async def test_a_session_that_is_over_begins_again(discord: DiscordSimulator, lin: Person) -> None:
    """Where a session cannot go on, a new one begins at the same API's gateway, and commands are heard."""
    _, news = town(lin)
    front = Front()
    async with listening(front, account(discord)):
        await told(discord, front, None)
        discord.gateway.forget()
        discord.gateway.drop()
        await discord.until(lambda: len(discord.gateway.identified) == 2, "a new session")
        await heard(lin, news)


async def test_sending_goes_on_while_the_gateway_is_away(discord: DiscordSimulator, lin: Person) -> None:
    """Without its gateway the account is deaf, which is told, and still brings messages; then it hears again."""
    _, news = town(lin)
    front = Front()
    async with listening(front, account(discord)) as known:
        await told(discord, front, None)
        discord.gateway.refuse()
        await told(discord, front, AccountTrouble.DEAF)
        assert front.reasons[-1] == "not-granted"
        await brought(known, news, "still here")
        discord.gateway.listen()
        await told(discord, front, None)
        await heard(lin, news)
    assert [message.content for message in discord.sent(news)][:1] == ["still here"]


async def test_an_outage_of_everything_is_no_deafness(discord: DiscordSimulator, lin: Person) -> None:
    """Where Discord answers nothing at all, it is not said that sending goes on."""
    _, news = town(lin)
    front = Front()
    async with listening(front, account(discord)):
        await told(discord, front, None)
        await discord.refuse()
        discord.hang_up()
        discord.gateway.drop()
        await told(discord, front, AccountTrouble.UNREACHABLE)
        assert AccountTrouble.DEAF not in front.troubles
        await discord.listen()
        await told(discord, front, None)
        await heard(lin, news)


async def test_it_begins_without_a_gateway(discord: DiscordSimulator, lin: Person) -> None:
    """Where the first connection fails the account sends all the same, and hears as soon as it can."""
    _, news = town(lin)
    discord.gateway.refuse()
    front = Front()
    async with listening(front, account(discord)) as known:
        await brought(known, news, "first")
        await told(discord, front, AccountTrouble.DEAF)
        discord.gateway.listen()
        await told(discord, front, None)
        await heard(lin, news)


async def test_a_gateway_that_says_nothing_is_left(discord: DiscordSimulator, lin: Person) -> None:
    """A gateway that takes connections and says nothing is not waited for for ever."""
    _, news = town(lin)
    discord.gateway.freeze()
    front = Front()
    async with listening(front, account(discord, connect=0.2)):
        await told(discord, front, AccountTrouble.DEAF)
        discord.gateway.listen()
        await told(discord, front, None)
        await heard(lin, news)


async def test_heartbeats_that_nobody_acknowledges(discord: DiscordSimulator, lin: Person) -> None:
    """A connection whose heartbeats are not acknowledged is left, and the session goes on over another."""
    _, news = town(lin)
    discord.gateway.terms.heartbeat = 0.1
    front = Front()
    async with listening(front, account(discord, silence=0.4)):
        await told(discord, front, None)
        discord.gateway.mute()
        await discord.until(lambda: discord.gateway.resumed, "it is left")
        discord.gateway.listen()
        await heard(lin, news)
    assert len(discord.gateway.identified) == 1


async def test_a_token_that_is_refused_is_dead(discord: DiscordSimulator, lin: Person) -> None:
    """4004 says that the token is dead; a gateway that takes it again makes the account well."""
    _, news = town(lin)
    front = Front()
    async with listening(front, account(discord)):
        await told(discord, front, None)
        discord.gateway.refuse(4004)
        await told(discord, front, AccountTrouble.DEAD)
        discord.gateway.listen()
        await told(discord, front, None)
        await heard(lin, news)


@pytest.mark.parametrize("code", [4010, 4012, 4013, 4014])
async def test_codes_that_end_listening(discord: DiscordSimulator, lin: Person, code: int) -> None:
    """After a fatal code nobody tries again: it is told, and sending goes on."""
    _, news = town(lin)
    front = Front()
    async with listening(front, account(discord)) as known:
        await told(discord, front, None)
        discord.gateway.refuse(code)
        await told(discord, front, AccountTrouble.DEAF)
        tries = len(discord.gateway.resumed) + len(discord.gateway.identified)
        discord.gateway.listen()
        await brought(known, news, "still here")
        assert len(discord.gateway.resumed) + len(discord.gateway.identified) == tries
        assert str(code) in front.reasons[-1]


async def test_more_servers_than_a_shard_may_hear(discord: DiscordSimulator, lin: Person) -> None:
    """Where the servers become too many, more shards hear them, as many as Discord says."""
    servers = [town(lin, name=f"Town {number}") for number in range(6)]
    front = Front()
    async with listening(front, account(discord)):
        await told(discord, front, None)
        discord.bot.shards = 2
        discord.gateway.close(4011)
        await discord.until(lambda: len(discord.gateway.of(discord.bot)) == 2, "two shards")
        for _, news in servers:
            await heard(lin, news)
    assert {(asked.shard, asked.count) for asked in discord.gateway.identified} == {(0, 1), (0, 2), (1, 2)}


async def test_one_shard_that_is_lost_disturbs_no_other(discord: DiscordSimulator, lin: Person) -> None:
    """While one shard is away the others are heard."""
    discord.bot.shards = 3
    servers = [town(lin, name=f"Town {number}") for number in range(8)]
    front = Front()
    async with listening(front, account(discord)):
        await told(discord, front, None)
        discord.gateway.drop(shard=1)
        for server, news in servers:
            if (server.id >> 22) % 3 != 1:
                await heard(lin, news)
        await discord.until(lambda: len(discord.gateway.of(discord.bot)) == 3, "it is back")


async def test_no_session_begins_that_may_not(discord: DiscordSimulator, lin: Person) -> None:
    """When a day's sessions are used up, the account waits until one may begin, and tells so."""
    _, news = town(lin)
    discord.gateway.spend_starts(discord.bot, leaves=0, resets=0.6)
    front = Front()
    async with listening(front, account(discord)) as known:
        await told(discord, front, AccountTrouble.DEAF)
        await brought(known, news, "still here")
        await told(discord, front, None)
        await heard(lin, news)


async def test_sessions_are_counted_anew_each_day(discord: DiscordSimulator, lin: Person) -> None:
    """However long an account lives, it begins no more sessions in a day than Discord allows: that costs its token."""
    town(lin)
    discord.bot.session_starts = 3
    discord.gateway.spend_starts(discord.bot, leaves=9, resets=0.5)
    front = Front()
    async with listening(front, account(discord)):
        await told(discord, front, None)
        await asyncio.sleep(0.6)
        for _ in range(3):
            begun = len(discord.gateway.identified)
            discord.gateway.invalidate(resumable=False)
            await begins(discord, begun)
        discord.gateway.invalidate(resumable=False)
        await told(discord, front, AccountTrouble.DEAF)
    assert "no-session: " in front.reasons[-1]
    assert len(discord.gateway.identified) == 4


async def test_events_that_nobody_understands(discord: DiscordSimulator, lin: Person) -> None:
    """An event that is unknown, broken or huge ends nothing."""
    _, news = town(lin)
    front = Front()
    async with listening(front, account(discord)) as known:
        await told(discord, front, None)
        for name, data in (
            ("SOMETHING_NEW", {"x": 1}),
            ("INTERACTION_CREATE", {"id": "x"}),
            ("INTERACTION_CREATE", None),
            ("GUILD_CREATE", {"id": "no number", "channels": 5}),
            ("CHANNEL_UPDATE", {}),
            ("GUILD_ROLE_UPDATE", {"guild_id": "1", "role": "x"}),
            ("MESSAGE_CREATE", {"content": "x" * 2_000_000}),
        ):
            discord.gateway.tell(name, data)
        await heard(lin, news)
        assert isinstance(known.listener, DiscordListener)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(known.listener.failed(), 0.01)
    assert len(discord.gateway.identified) == 1


async def test_how_it_is_is_told_again(discord: DiscordSimulator, lin: Person) -> None:
    """That all is well is told again after a while: what was told while nothing could be written down is lost."""
    town(lin)
    front = Front()
    async with listening(front, account(discord, told=0.05)):
        await discord.until(lambda: len(front.troubles) > 2, "it is told again")
    assert set(front.troubles) == {None}


async def test_a_gateway_that_is_heard_ends_no_rival() -> None:
    """That the gateway is heard says nothing of somebody else who answers with the same token."""
    front = Front()
    health = Health(front, lambda: 0.0)
    await health.ill(AccountTrouble.RIVAL, "somebody else")
    await health.well(but=AccountTrouble.RIVAL)
    await health.ill(AccountTrouble.DEAF, "away")
    await health.well(but=AccountTrouble.RIVAL)
    assert front.troubles == [AccountTrouble.RIVAL, AccountTrouble.DEAF, None]


async def test_a_mistake_of_ours_is_not_silent(discord: DiscordSimulator, lin: Person) -> None:
    """Where a mistake of ours ends what the listener does, whoever keeps it hears of it, and begins it again."""
    town(lin)

    class Wrong(Front):
        async def well(self) -> None:
            raise ValueError

    async with listening(Wrong(), account(discord)) as known:
        assert isinstance(known.listener, DiscordListener)
        mistake = await asyncio.wait_for(known.listener.failed(), 5)
    assert isinstance(mistake, ExceptionGroup)
    assert isinstance(mistake.exceptions[0], ValueError)


async def test_tokens_are_in_no_line_of_the_log(
    discord: DiscordSimulator, lin: Person, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the token of the account nor those of interactions are in any line of the log, however much is logged."""
    caplog.set_level(logging.DEBUG)
    _, news = town(lin)
    front = Front(secrets=(discord.token,))
    async with listening(front, account(discord)):
        await told(discord, front, None)
        discord.gateway.drop()
        use = lin.commands("/status", news)
        await discord.until(lambda: use.answer, "an answer")
    told_lines = "\n".join(record.getMessage() for record in caplog.records)
    assert discord.token not in told_lines
    assert use.interaction.token not in told_lines


async def test_a_heartbeat_that_was_acknowledged_at_once_is_no_alarm(
    discord: DiscordSimulator, lin: Person, caplog: pytest.LogCaptureFixture
) -> None:
    """The library counts an answer that was quicker than its thread from the heartbeat before: nobody is alarmed."""
    town(lin)
    front = Front()
    async with listening(front, account(discord)):
        await told(discord, front, None)
    socket: Any = SimpleNamespace(thread_id=0, _max_heartbeat_timeout=60)
    beats = KeepAliveHandler(ws=socket, shard_id=0, interval=41.25)
    beats._last_send -= 41.25  # as the library's thread leaves it until it is woken
    beats.ack()
    assert beats.latency > 41
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


# --- What Discord says of it --------------------------------------------------------------------------------------


async def test_turns_are_taken_slot_by_slot() -> None:
    """Sessions of one slot begin one after the other with a gap between; those of others side by side."""
    now = 0.0
    said = {"url": "wss://gateway.example", "shards": 4}
    limit = {"total": 1000, "remaining": 2, "reset_after": 60_000, "max_concurrency": 2}
    about = about_in(said | {"session_start_limit": limit}, now)

    async def ask() -> About:
        raise AssertionError("the day is not over")

    turns = Turns(about, 0.0, lambda: now, ask)
    await turns.count()
    order: list[str] = []

    async def begin(shard: int) -> None:
        async with turns.turn(shard):
            order.append(f"{shard} begins")
            await asyncio.sleep(0)
            order.append(f"{shard} began")

    await asyncio.gather(begin(0), begin(1))
    assert order == ["0 begins", "1 begins", "0 began", "1 began"]
    assert turns.wait == 60.0
    assert (about.shards, about.gateway.host) == (4, "gateway.example")


def test_a_connection_that_is_lost_at_once_counts_as_a_failure() -> None:
    """A gateway that greets and hangs up, again and again, is asked ever more seldom; a long talk is no failure."""
    failures = [failures_now(before, lasted, QUICK) for before, lasted in [(0, 0.0), (1, 0.05), (2, 0.1), (3, 0.2)]]
    assert failures == [1, 2, 3, 1]


@pytest.mark.parametrize(("left", "reset_after", "over_in"), [(9, 60_000, 60.0), (9, 0, DAY), (0, 0, 0.0)])
def test_until_when_sessions_are_counted(left: int, reset_after: int, over_in: float) -> None:
    """A day of sessions that none has begun yet lasts from the first on."""
    limit = {"remaining": left, "reset_after": reset_after, "max_concurrency": 1}
    about = about_in({"url": "wss://gateway.example", "shards": 1, "session_start_limit": limit}, 5.0)
    assert (about.starts, about.resets_at) == (left, 5.0 + over_in)


@pytest.mark.parametrize("said", [{}, {"url": "x"}, {"url": "x", "shards": 1, "session_start_limit": None}])
def test_what_is_no_answer(said: dict[str, object]) -> None:
    """What does not say where the gateway is, is no answer."""
    with pytest.raises((KeyError, TypeError, ValueError)):
        about_in(said, 0.0)


async def test_a_gateway_that_cannot_be_found(discord: DiscordSimulator, lin: Person) -> None:
    """While Discord does not say where its gateway is, that is told, and asked again."""
    _, news = town(lin)
    discord.fail(Fault.server_error(503), path="/gateway/bot", times=5)
    front = Front()
    async with listening(front, account(discord)):
        await told(discord, front, AccountTrouble.UNREACHABLE)
        await told(discord, front, None)
        await heard(lin, news)
