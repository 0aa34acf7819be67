"""The gateway without sockets: what may be said, with which code it ends, who hears what, and what is told again."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from tests.platforms.discord.accounts import BotAccount
from tests.platforms.discord.lines import Line
from tests.platforms.discord.permissions import Permission
from tests.platforms.discord.protocol import EVENTS_A_MINUTE, Code, Intent, Op
from tests.platforms.discord.servers import ChannelKind, Guild
from tests.platforms.discord.sessions import Gateway, Terms
from tests.platforms.discord.world import World, token_for
from tests.witnesses.discord_api import discord_api

PROPERTIES: Final = {"os": "linux", "browser": "test", "device": "test"}


@dataclass(slots=True, kw_only=True, eq=False)
class Client:
    """A client of the gateway that only listens; `moment` is everybody's clock."""

    gateway: Gateway
    bot: BotAccount
    heard: list[dict[str, Any]] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)
    line: Line = field(init=False)

    def __post_init__(self) -> None:
        """Connect."""
        self.line = Line(gateway=self.gateway, wire=self, beaten=self.gateway.world.now())
        self.line.open()

    def write(self, text: str) -> None:
        """A payload came."""
        self.heard.append(json.loads(text))

    def end(self, code: int) -> None:
        """It was closed."""
        self.ended.append(code)

    def cut(self) -> None:
        """It was cut."""
        self.ended.append(1006)

    def say(self, op: int, data: Any) -> None:
        """Send a payload."""
        self.send(json.dumps({"op": op, "d": data}))

    def send(self, text: str | bytes) -> None:
        """Send whatever it is."""
        self.line.hear(text, now=self.gateway.world.now())

    def identifies(self, **changed: Any) -> None:
        """Ask for a session."""
        asked = {"token": self.bot.token, "properties": PROPERTIES, "intents": 1, "shard": [0, 1]}
        self.say(Op.IDENTIFY, asked | changed)

    def resumes(self, first: Client, behind: int | None = None, **changed: Any) -> None:
        """Ask to go on where another connection ended."""
        last = behind if behind is not None else first.events[-1]["s"]
        asked = {"token": self.bot.token, "session_id": first.events[0]["d"]["session_id"], "seq": last}
        self.say(Op.RESUME, asked | changed)

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events that came."""
        return [payload for payload in self.heard if payload["op"] == Op.DISPATCH]

    @property
    def names(self) -> list[str]:
        """Their names."""
        return [event["t"] for event in self.events]


@dataclass(slots=True, kw_only=True)
class Stage:
    """A world with a bot in one server, and a clock in the test's hand."""

    moment: float = 0.0
    world: World = field(init=False)
    gateway: Gateway = field(init=False)
    bot: BotAccount = field(init=False)
    guild: Guild = field(init=False)

    def __post_init__(self) -> None:
        """Build it."""
        self.world = World(now=lambda: self.moment)
        self.gateway = Gateway(self.world, terms=Terms(remembers=8), address=lambda: "ws://gateway")
        self.bot = self.world.add_bot(token_for(1_170_000_000_000_000_001), name="Sudi")
        self.guild = self.server()

    def server(self) -> Guild:
        """One more server with the bot."""
        guild = self.world.add_guild(self.world.add_user(101, "小林"), "读书会")
        self.world.add_bot_to(guild, self.bot, int(Permission.VIEW_CHANNEL))
        return guild

    def client(self, **identify: Any) -> Client:
        """A client with a session, ten seconds later."""
        self.moment += 10.0
        client = Client(gateway=self.gateway, bot=self.bot)
        client.identifies(**identify)
        return client

    def stranger(self) -> Client:
        """A client without a session."""
        return Client(gateway=self.gateway, bot=self.bot)


@pytest.fixture
def stage() -> Stage:
    """A world with a gateway and no sockets."""
    return Stage()


def test_what_the_gateway_tells_is_compared_with_the_documentation(stage: Stage) -> None:
    """An event that lacks a field, or has one that is not documented, is a violation of the simulator's own."""
    stage.client()
    stage.world.add_channel(stage.guild, ChannelKind.TEXT, "news")
    assert stage.world.violations == []
    stage.world.emit("GUILD_ROLE_DELETE", stage.bot.id, {"guild_id": "1"}, guild=stage.guild.id)
    stage.world.emit("CHANNEL_UPDATE", stage.bot.id, {"id": "1"}, guild=stage.guild.id)
    assert len(stage.world.violations) == (2 if discord_api() else 0)


def test_the_first_word_is_the_gateways(stage: Stage) -> None:
    """A connection opens with the interval of heartbeats in milliseconds."""
    client = stage.stranger()
    assert client.heard == [{"op": 10, "t": None, "s": None, "d": {"heartbeat_interval": 41_250, "_trace": []}}]


def test_a_session_begins_with_the_bots_servers(stage: Stage) -> None:
    """READY names the servers as unavailable; each then comes up whole, with its channels and the bot itself."""
    client = stage.client()
    ready, created = client.events
    assert (ready["t"], ready["s"], created["t"], created["s"]) == ("READY", 1, "GUILD_CREATE", 2)
    assert ready["d"]["guilds"] == [{"id": str(stage.guild.id), "unavailable": True}]
    assert ready["d"]["user"]["id"] == str(stage.bot.id) != ready["d"]["application"]["id"]
    assert [channel["name"] for channel in created["d"]["channels"]] == ["general"]
    assert [member["user"]["id"] for member in created["d"]["members"]] == [str(stage.bot.id)]
    assert created["d"]["unavailable"] is False


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"token": token_for(5)}, Code.AUTHENTICATION_FAILED),
        ({"intents": 1 << 30}, Code.INVALID_INTENTS),
        ({"intents": int(Intent.GUILDS | Intent.GUILD_MEMBERS)}, Code.DISALLOWED_INTENTS),
        ({"shard": [1, 1]}, Code.INVALID_SHARD),
        ({"shard": "all"}, Code.UNDECODABLE),
        ({"intents": None}, Code.UNDECODABLE),
        ({"properties": {}}, Code.UNDECODABLE),
        ({"large_threshold": 10}, Code.UNDECODABLE),
    ],
)
def test_a_session_that_may_not_begin_is_told_why(stage: Stage, changed: dict[str, Any], code: Code) -> None:
    """A wrong token, intents or shard closes the connection with the documented code."""
    client = stage.client(**changed)
    assert (client.ended, client.names) == ([code], [])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", Code.UNDECODABLE),
        ("[]", Code.UNDECODABLE),
        (b"\x00", Code.UNDECODABLE),
        (json.dumps({"op": 1, "d": None, "x": "速" * 1_400}), Code.UNDECODABLE),
        ('{"op": 99, "d": null}', Code.UNKNOWN_OP),
        ('{"op": 8, "d": {}}', Code.NOT_AUTHENTICATED),
        ('{"op": 3, "d": {}}', Code.NOT_AUTHENTICATED),
    ],
)
def test_what_nobody_may_say_ends_the_connection(stage: Stage, text: str | bytes, code: Code) -> None:
    """What is no payload, over 4,096 bytes, unknown, or too early closes the connection with its code."""
    client = stage.stranger()
    client.send(text)
    assert client.ended == [code]


def test_a_session_begins_once_on_a_connection(stage: Stage) -> None:
    """A second identify closes with 4005."""
    client = stage.client()
    client.identifies()
    assert client.ended == [Code.ALREADY_AUTHENTICATED]


def test_a_switched_on_intent_is_given(stage: Stage) -> None:
    """A privileged intent is allowed once the application has it."""
    stage.bot.flags = 1 << 15
    assert stage.client(intents=int(Intent.GUILDS | Intent.GUILD_MEMBERS)).names[0] == "READY"


def test_sessions_begin_one_after_another(stage: Stage) -> None:
    """A second session within five seconds is invalid, unless the bot may begin several at once."""
    stage.client()
    early = stage.stranger()
    early.identifies()
    assert early.heard[-1]["op"] == Op.INVALID_SESSION
    assert early.heard[-1]["d"] is False
    stage.bot.max_concurrency = 2
    other = stage.stranger()
    other.identifies(shard=[1, 2])
    assert other.names[0] == "READY"


def test_sessions_are_counted(stage: Stage) -> None:
    """The gateway tells how many sessions are left for the day; who begins another loses the token."""
    stage.client()
    assert stage.gateway.about(stage.bot)["session_start_limit"]["remaining"] == 999
    stage.gateway.spend_starts(stage.bot, leaves=0, resets=60.0)
    assert stage.client().ended == [Code.AUTHENTICATION_FAILED]
    assert stage.world.violations
    assert stage.world.bot_of(stage.bot.token) is None


def test_the_count_of_sessions_is_renewed(stage: Stage) -> None:
    """After the time that it tells, a bot may begin sessions again."""
    stage.gateway.spend_starts(stage.bot, leaves=0, resets=5.0)
    assert stage.gateway.about(stage.bot)["session_start_limit"]["reset_after"] == 5_000
    assert stage.client().names[0] == "READY"


def test_a_shard_hears_of_its_servers_alone(stage: Stage) -> None:
    """An event goes to the shard that the server's id belongs to."""
    stage.bot.max_concurrency = 2
    for _ in range(3):
        stage.moment += 0.001
        stage.server()
    shards = [stage.client(shard=[number, 2]) for number in range(2)]
    told = [{event["d"]["id"] for event in shard.events if event["t"] == "GUILD_CREATE"} for shard in shards]
    assert told == [{str(guild) for guild in stage.world.guilds if (guild >> 22) % 2 == number} for number in range(2)]
    assert all(told)


def test_many_servers_need_shards(stage: Stage) -> None:
    """A shard with more servers than it may have is closed with 4011."""
    stage.gateway.terms.guilds_a_shard = 1
    assert stage.client().names[0] == "READY"
    stage.server()
    assert stage.client().ended == [Code.SHARDING_REQUIRED]


def test_only_what_was_asked_for_is_told(stage: Stage) -> None:
    """Without the intent for servers no channel is told of; an interaction is told to everybody."""
    client = stage.client(intents=0)
    stage.world.add_channel(stage.guild, ChannelKind.TEXT, "news")
    stage.world.emit("INTERACTION_CREATE", stage.bot.id, {"id": "1"}, guild=stage.guild.id)
    stage.world.emit("MESSAGE_CREATE", stage.bot.id, {"id": "2"}, guild=stage.guild.id)
    assert client.names == ["READY", "INTERACTION_CREATE"]


def test_two_programs_with_one_token_both_hear(stage: Stage) -> None:
    """Every session of a bot hears everything, also where two were begun for the same shard."""
    clients = [stage.client(), stage.client()]
    stage.world.emit("INTERACTION_CREATE", stage.bot.id, {"id": "1"}, guild=stage.guild.id)
    assert [client.names[-1] for client in clients] == ["INTERACTION_CREATE"] * 2


def test_a_bot_hears_of_its_own_roles(stage: Stage) -> None:
    """A change of the bot's own membership is told without the intent for members."""
    client = stage.client()
    stage.world.set_roles(stage.guild, stage.bot.user, [])
    assert client.names[-1] == "GUILD_MEMBER_UPDATE"


def test_a_heartbeat_is_acknowledged(stage: Stage) -> None:
    """A heartbeat gets its acknowledgement, and puts off the end of the connection."""
    client = stage.client()
    before = client.line.dies_at()
    stage.moment += 1.0
    client.say(Op.HEARTBEAT, 2)
    assert client.heard[-1]["op"] == Op.ACK
    assert client.line.dies_at() == before + 1.0


def test_acknowledgements_can_be_withheld(stage: Stage) -> None:
    """A mute gateway acknowledges nothing until it listens again."""
    client = stage.client()
    stage.gateway.mute()
    client.say(Op.HEARTBEAT, 2)
    assert client.heard[-1]["op"] == Op.DISPATCH
    stage.gateway.listen()
    client.say(Op.HEARTBEAT, 2)
    assert client.heard[-1]["op"] == Op.ACK


def test_a_frozen_gateway_says_nothing(stage: Stage) -> None:
    """On request whoever is connected, or connects, hears nothing; what was missed is told when the session resumes."""
    first = stage.client()
    stage.gateway.freeze()
    stage.world.add_channel(stage.guild, ChannelKind.TEXT, "news")
    assert (stage.stranger().heard, first.names[-1]) == ([], "GUILD_CREATE")
    stage.gateway.listen()
    _left(stage, first)
    again = stage.stranger()
    again.resumes(first)
    assert again.names == ["CHANNEL_CREATE", "RESUMED"]


def test_too_many_payloads_end_the_connection(stage: Stage) -> None:
    """The payload after the 120th of a minute closes with 4008."""
    client = stage.stranger()
    for _ in range(EVENTS_A_MINUTE):
        client.say(Op.HEARTBEAT, None)
    assert client.ended == []
    client.say(Op.HEARTBEAT, None)
    assert client.ended == [Code.RATE_LIMITED]


def _left(stage: Stage, client: Client, *, for_good: bool = False) -> None:
    stage.gateway.leave(client.line, for_good=for_good)


def test_what_was_missed_is_told_again(stage: Stage) -> None:
    """A session that is resumed gets what came since, with the same numbers, and then RESUMED."""
    first = stage.client()
    _left(stage, first)
    stage.world.add_channel(stage.guild, ChannelKind.TEXT, "news")
    again = stage.stranger()
    again.resumes(first)
    assert [(event["t"], event["s"]) for event in again.events] == [("CHANNEL_CREATE", 3), ("RESUMED", 4)]
    stage.world.add_channel(stage.guild, ChannelKind.TEXT, "more")
    assert again.names[-1] == "CHANNEL_CREATE"


def test_a_session_is_not_kept_for_ever(stage: Stage) -> None:
    """A session that was left too long, for good, or with more events than are remembered is invalid."""
    for number, spoil in enumerate(["time", "good", "events"]):
        first = stage.client()
        _left(stage, first, for_good=spoil == "good")
        stage.moment += 121.0 if spoil == "time" else 0.0
        for _ in range(9 if spoil == "events" else 0):
            stage.world.add_channel(stage.guild, ChannelKind.TEXT, f"news{number}")
        again = stage.stranger()
        again.resumes(first)
        assert (again.heard[-1]["op"], again.heard[-1]["d"], again.ended) == (Op.INVALID_SESSION, False, []), spoil


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"seq": 99}, Code.INVALID_SEQUENCE), ({"token": token_for(5)}, Code.AUTHENTICATION_FAILED), ({"seq": "1"}, 4002)],
)
def test_a_session_goes_on_only_for_its_owner(stage: Stage, changed: dict[str, Any], code: int) -> None:
    """A resume with another's token, or with a number that was never told, is closed with its code."""
    first = stage.client()
    _left(stage, first)
    again = stage.stranger()
    again.resumes(first, **changed)
    assert again.ended == [code]


def test_a_revoked_token_ends_its_sessions(stage: Stage) -> None:
    """A bot whose token is reset is thrown out with 4004; with the new one it begins again."""
    client = stage.client()
    stage.world.retoken(stage.bot, stage.bot.token + "x")
    assert client.ended == [Code.AUTHENTICATION_FAILED]
    assert stage.client().names[0] == "READY"


def test_a_forgotten_session_is_invalid(stage: Stage) -> None:
    """The gateway forgets its sessions on request: whoever resumes has to begin anew."""
    first = stage.client()
    stage.gateway.forget()
    _left(stage, first)
    again = stage.stranger()
    again.resumes(first)
    assert again.heard[-1]["op"] == Op.INVALID_SESSION


def test_bad_days_come_on_request(stage: Stage) -> None:
    """Operations 1, 7 and 9 are said, events told twice, connections closed and cut whenever a test wants it."""
    client = stage.client()
    stage.gateway.ask_for_heartbeat()
    stage.gateway.ask_to_reconnect()
    stage.gateway.invalidate(resumable=True)
    assert [(said["op"], said["d"]) for said in client.heard[-3:]] == [(1, None), (7, None), (9, True)]
    stage.gateway.replay(1)
    assert (client.events[-1]["t"], client.events[-1]["s"]) == ("GUILD_CREATE", 3)
    stage.gateway.tell("NEVER_HEARD_OF", {"x": 1})
    assert client.names[-1] == "NEVER_HEARD_OF"
    stage.gateway.close(4000)
    stage.gateway.drop()
    assert client.ended == [4000]


def test_the_gateway_sends_everybody_away_on_request(stage: Stage) -> None:
    """It closes with a code whoever is there and whoever comes, until it listens again."""
    client = stage.client()
    stage.gateway.refuse(4014)
    later = stage.client()
    stage.gateway.listen()
    assert (client.ended, later.ended, stage.client().ended) == ([4014], [4014], [])


def test_a_server_with_an_outage_is_only_named(stage: Stage) -> None:
    """A server that is unavailable comes up when its outage is over."""
    stage.world.suffer_outage(stage.guild)
    client = stage.client()
    assert client.names == ["READY"]
    stage.world.recover_from_outage(stage.guild)
    assert client.names == ["READY", "GUILD_CREATE"]
    assert client.events[-1]["d"]["unavailable"] is False


def test_a_new_server_is_told_from_one_that_comes_back(stage: Stage) -> None:
    """A server that invited the bot comes without the word whether it is available."""
    client = stage.client()
    stage.server()
    assert client.names[-1] == "GUILD_CREATE"
    assert "unavailable" not in client.events[-1]["d"]
