"""The gateway over sockets: bare websockets, and the real discord.py as its client."""

from __future__ import annotations

import asyncio
import contextlib
import json
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import aiohttp
import discord
import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from tests.platforms.discord.beats import no_beats
from tests.platforms.discord.person import Person
from tests.platforms.discord.protocol import Code, Op
from tests.platforms.discord.servers import ChannelKind, Guild, Message
from tests.platforms.discord.simulator import DiscordSimulator, RunningSimulator, running_simulator
from tests.platforms.discord.uses import Use
from tests.platforms.discord.world import token_for

PROPERTIES: Final = {"os": "linux", "browser": "test", "device": "test"}

ZLIB: Final = {"v": "10", "encoding": "json", "compress": "zlib-stream"}

_OF_THE_LIBRARY: Final = ("the User-Agent does not begin with «DiscordBot (»", "messages/@original.tts is unknown")
"""What the library does wrong where it answers by an interaction's token, and Discord lets pass."""


@pytest.fixture
async def simulator() -> AsyncIterator[DiscordSimulator]:
    """A Discord that lets sessions begin one right after another; at the end nothing was wrong with what was said."""
    async with DiscordSimulator() as simulator:
        simulator.gateway.terms.identify_gap = 0.0
        yield simulator
    await no_beats()
    assert [what for what in simulator.violations if not what.endswith(_OF_THE_LIBRARY)] == []


@pytest.fixture
def lin(simulator: DiscordSimulator) -> Person:
    """小林, who leads servers."""
    return simulator.person(101, "小林")


@pytest.fixture
def server(lin: Person) -> Guild:
    """A server of 小林's with the bot."""
    server = lin.creates_server("读书会")
    lin.adds_bot(server)
    return server


# --- Bare websockets


class Bare:
    """A websocket that unpacks what comes on it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, token: str) -> None:
        self.socket = socket
        self._token = token
        self._unpack = zlib.decompressobj()
        self.frames = 0

    async def next(self) -> Any:
        """The next payload."""
        packed = b""
        while True:
            message = await self.socket.receive(timeout=5)
            self.frames += 1
            if message.type is aiohttp.WSMsgType.TEXT:
                return json.loads(message.data)
            assert message.type is aiohttp.WSMsgType.BINARY, message
            packed += message.data
            if packed.endswith(b"\x00\x00\xff\xff"):
                return json.loads(self._unpack.decompress(packed))

    async def identify(self) -> None:
        """Ask for a session."""
        asked = {"token": self._token, "properties": PROPERTIES, "intents": 1}
        await self.socket.send_json({"op": Op.IDENTIFY, "d": asked})

    async def code(self) -> int | None:
        """Listen until it is closed; the code."""
        async for _ in self.socket:
            pass
        return self.socket.close_code


@contextlib.asynccontextmanager
async def bare(simulator: DiscordSimulator | RunningSimulator, **query: str) -> AsyncIterator[Bare]:
    """A bare connection, without having said anything."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(simulator.gateway.address(), params=query or ZLIB) as socket,
    ):
        yield Bare(socket, simulator.token)


@pytest.mark.parametrize("query", [ZLIB, {"v": "10", "encoding": "json"}])
async def test_payloads_are_one_stream_or_plain(
    simulator: DiscordSimulator, server: Guild, lin: Person, query: dict[str, str]
) -> None:
    """With zlib-stream all payloads of a connection are one stream, a large one in several frames; else it is text."""
    for number in range(400):
        lin.creates_channel(server, f"{number * 7_919_999:x}")
    async with bare(simulator, **query) as connection:
        assert (await connection.next())["op"] == Op.HELLO
        await connection.identify()
        names = [(await connection.next())["t"] for _ in range(2)]
        assert names == ["READY", "GUILD_CREATE"]
        assert (connection.frames > 3) is (query is ZLIB)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"v": "9", "encoding": "json"}, Code.INVALID_VERSION),
        ({"v": "10", "encoding": "etf"}, Code.UNDECODABLE),
        ({"v": "10", "encoding": "json", "compress": "brotli"}, Code.UNDECODABLE),
    ],
)
async def test_other_tongues_are_not_spoken(simulator: DiscordSimulator, query: dict[str, str], code: Code) -> None:
    """Another version, encoding or compression is closed with its code."""
    async with bare(simulator, **query) as connection:
        assert await connection.code() == code


async def test_a_silent_connection_ends(simulator: DiscordSimulator) -> None:
    """A connection on which no heartbeat comes is closed with 4009."""
    simulator.gateway.terms.heartbeat, simulator.gateway.terms.grace = 0.05, 0.0
    async with bare(simulator) as connection:
        assert await connection.code() == Code.TIMED_OUT


@pytest.mark.parametrize(("code", "is_kept"), [(1000, False), (4000, True)])
async def test_whoever_says_goodbye_does_not_come_back(
    simulator: DiscordSimulator, server: Guild, code: int, is_kept: bool
) -> None:
    """A client that closes with 1000 or 1001 ends its session; with another code it may resume it."""
    del server
    async with bare(simulator) as connection:
        await connection.identify()
        await simulator.until(simulator.gateway.of)
        await connection.socket.close(code=code)
    await simulator.until(lambda: not simulator.gateway.lines)
    assert bool(simulator.gateway.sessions) is is_kept


# --- The real library


class Bot(discord.AutoShardedClient):
    """The library's client with what it heard; it waits for nothing before it begins a session."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=0.1,
            **options,
        )
        self.heard: list[str] = []
        self.asked: list[discord.Interaction[Any]] = []
        self.answer: Callable[[discord.Interaction[Any]], Any] | None = None

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Begin at once."""
        del shard_id, initial

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """Keep the name of what happens."""
        self.heard.append(event)
        super().dispatch(event, *args, **kwargs)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Answer as the test wants it."""
        self.asked.append(interaction)
        if self.answer is not None:
            await self.answer(interaction)


@pytest.fixture
def pointed(simulator: DiscordSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library asks the simulator, until the test is over."""
    monkeypatch.setattr(Route, "BASE", simulator.api_url)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", URL(simulator.gateway.address()))


@contextlib.asynccontextmanager
async def running(simulator: DiscordSimulator, **options: Any) -> AsyncIterator[Bot]:
    """The library's client, connected and ready."""
    async with Bot(**options) as bot:
        work = asyncio.create_task(bot.start(simulator.token))
        await simulator.until(lambda: bot.is_ready() or work.done(), "the library to be ready")
        try:
            yield bot
        finally:
            await bot.close()
            await asyncio.gather(work, return_exceptions=True)


async def _heard(simulator: DiscordSimulator, bot: Bot, name: str, times: int) -> None:
    await simulator.until(lambda: bot.heard.count(name) == times, name)


async def _answered(simulator: DiscordSimulator, use: Use) -> Message:
    return await simulator.until(lambda: use.answer, "an answer")


def _subscribes(simulator: DiscordSimulator) -> None:
    simulator.bot.commands = [
        {
            "id": "11",
            "name": "subscribe",
            "options": [
                {"type": 7, "name": "channel"},
                {"type": 3, "name": "series", "autocomplete": True},
                {"type": 8, "name": "role"},
            ],
        }
    ]


@pytest.mark.usefixtures("pointed")
async def test_the_library_knows_its_servers(simulator: DiscordSimulator, server: Guild, lin: Person) -> None:
    """The real client logs in, and knows servers, channels of every kind, threads, roles and its own permissions."""
    forum = lin.creates_forum(server, "forum", ["时政"], needs_tag=True)
    post = lin.opens_thread(forum, "书单", tags=["时政"])
    news = lin.creates_announcements(server, "news")
    lin.denies(news, "SEND_MESSAGES")
    async with running(simulator) as bot:
        [guild] = bot.guilds
        assert {channel.id for channel in guild.channels} == set(server.channels)
        [thread] = guild.threads
        assert (thread.id, thread.parent_id, [tag.name for tag in thread.applied_tags]) == (post.id, forum.id, ["时政"])
        assert isinstance(guild.get_channel(forum.id), discord.ForumChannel)
        known = guild.get_channel(news.id)
        assert isinstance(known, discord.TextChannel)
        assert known.is_news()
        assert guild.me is not None
        assert not known.permissions_for(guild.me).send_messages
        assert known.permissions_for(guild.me).view_channel


@pytest.mark.usefixtures("pointed")
async def test_the_library_hears_how_its_servers_change(
    simulator: DiscordSimulator, server: Guild, lin: Person
) -> None:
    """The real client reads every event of servers, channels, threads, roles and its own membership."""
    async with running(simulator) as bot:
        bot.heard.clear()
        news = lin.creates_channel(server, "news")
        lin.denies(news, "SEND_MESSAGES")
        thread = lin.opens_thread(news, "话题", "早")
        lin.renames(thread, "话题二")
        lin.deletes(thread)
        lin.deletes(news)
        role = lin.creates_role(server, "编辑")
        lin.gives(server, role, lin.bot)
        lin.deletes(role, server)
        simulator.core.suffer_outage(server)
        simulator.core.recover_from_outage(server)
        other = lin.creates_server("别处")
        lin.adds_bot(other)
        lin.removes_bot(other)
        await simulator.until(lambda: "guild_remove" in bot.heard)
        assert [name for name in bot.heard if name.startswith(("guild", "thread"))] == [
            "guild_channel_create",
            "guild_channel_update",
            "thread_create",
            "thread_update",
            "thread_delete",
            "guild_channel_delete",
            "guild_role_create",
            "guild_role_delete",
            "guild_unavailable",
            "guild_available",
            "guild_join",
            "guild_remove",
        ]


@pytest.mark.usefixtures("pointed")
async def test_the_library_answers_a_command(simulator: DiscordSimulator, server: Guild, lin: Person) -> None:
    """The real client reads a command with what it names, and its answer reaches the asker alone."""
    _subscribes(simulator)
    news = lin.creates_announcements(server, "news")
    readers = lin.creates_role(server, "读者")
    general = server.channels[server.system_channel]

    async def answer(interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_message("订阅了。", ephemeral=True)

    async with running(simulator) as bot:
        bot.answer = answer
        use = lin.commands("/subscribe", general, channel=news, role=readers)
        message = await _answered(simulator, use)
        [asked] = bot.asked
        assert (asked.user.id, asked.channel_id, asked.guild_id) == (lin.user.id, general.id, server.id)
        assert asked.permissions.manage_guild
        assert not asked.app_permissions.manage_guild
        assert (str(asked.locale), str(asked.guild_locale)) == ("zh-CN", "zh-CN")
        assert (message.content, use.is_ephemeral) == ("订阅了。", True)
        assert message in lin.sees(general)
        assert message not in simulator.person(102, "小周").sees(general)


@pytest.mark.usefixtures("pointed")
async def test_the_library_answers_later(simulator: DiscordSimulator, server: Guild, lin: Person) -> None:
    """The real client defers, and the answer takes the place of «is thinking»; in direct messages as well."""
    del server
    _subscribes(simulator)
    go = asyncio.Event()

    async def answer(interaction: discord.Interaction[Any]) -> None:
        await interaction.response.defer(thinking=True)
        await go.wait()
        await interaction.edit_original_response(content="好了。")

    async with running(simulator) as bot:
        bot.answer = answer
        use = lin.commands("/subscribe")
        await simulator.until(lambda: use.is_thinking)
        assert (use.is_deferred, use.answer) == (True, None)
        go.set()
        message = await _answered(simulator, use)
        assert (message.content, message in lin.sees()) == ("好了。", True)


@pytest.mark.usefixtures("pointed")
async def test_the_library_offers_choices_and_hears_presses(
    simulator: DiscordSimulator, server: Guild, lin: Person
) -> None:
    """The real client completes what is typed, sends buttons and a menu, and changes the message that was used."""
    _subscribes(simulator)
    general = server.channels[server.system_channel]
    view = discord.ui.View()
    view.add_item(discord.ui.Button(label="▶", custom_id="p:2"))
    options = [discord.SelectOption(label="全文", value="full"), discord.SelectOption(label="标题", value="headlines")]
    view.add_item(discord.ui.Select(custom_id="menu", placeholder="版式", options=options))

    async def answer(interaction: discord.Interaction[Any]) -> None:
        data: Any = interaction.data
        if interaction.type is discord.InteractionType.autocomplete:
            choices: list[discord.app_commands.Choice[str]] = [discord.app_commands.Choice(name="日报", value="daily")]
            await interaction.response.autocomplete(choices)
        elif interaction.type is discord.InteractionType.component:
            await interaction.response.edit_message(content=str(data.get("values") or data["custom_id"]))
        else:
            await interaction.response.send_message("一", view=view)

    async with running(simulator) as bot:
        bot.answer = answer
        typed = lin.types("/subscribe", general, series="日")
        assert (await simulator.until(lambda: typed.choices))[0]["value"] == "daily"
        use = lin.commands("/subscribe", general)
        message = await _answered(simulator, use)
        pressed = lin.presses(message, "▶")
        assert (await simulator.until(lambda: pressed.answer)) is message
        assert message.content == "p:2"
        chosen = lin.selects(message, "版式", "标题")
        await simulator.until(lambda: chosen.answer)
        assert message.content == "['headlines']"


@pytest.mark.usefixtures("pointed")
async def test_the_library_resumes(simulator: DiscordSimulator, server: Guild, lin: Person) -> None:
    """The real client resumes at its own address after a cut, operation 7 and a reset, and misses nothing."""
    async with running(simulator) as bot:
        losses = (simulator.gateway.drop, simulator.gateway.ask_to_reconnect, simulator.hang_up)
        for number, lose in enumerate(losses, 1):
            lose()
            lin.creates_channel(server, f"news{number}")
            for name in ("shard_resumed", "guild_channel_create"):
                await _heard(simulator, bot, name, number)
        assert (len(simulator.gateway.identified), len(simulator.gateway.resumed)) == (1, 3)


@pytest.mark.usefixtures("pointed")
async def test_the_library_begins_anew_when_it_must(simulator: DiscordSimulator, server: Guild) -> None:
    """The real client begins a new session where the old one is forgotten, or where it is told so."""
    async with running(simulator) as bot:
        simulator.gateway.forget()
        simulator.gateway.close(4000)
        await simulator.until(lambda: len(simulator.gateway.identified) == 2)
        await _heard(simulator, bot, "shard_ready", 2)
        simulator.gateway.invalidate()
        await _heard(simulator, bot, "shard_ready", 3)
        assert [guild.id for guild in bot.guilds] == [server.id]


@pytest.mark.usefixtures("pointed")
async def test_the_library_leaves_a_gateway_that_does_not_answer(simulator: DiscordSimulator, server: Guild) -> None:
    """The real client ends a connection on which nothing comes back, and resumes its session."""
    del server
    simulator.gateway.terms.heartbeat = 0.1
    async with running(simulator, heartbeat_timeout=0.3) as bot:
        await simulator.until(lambda: bot.latency < 1)
        simulator.gateway.mute()
        await simulator.until(lambda: not simulator.gateway.of())
        simulator.gateway.listen()
        await simulator.until(lambda: "shard_resumed" in bot.heard)


@pytest.mark.usefixtures("pointed")
@pytest.mark.parametrize(
    ("code", "error"), [(4004, discord.ConnectionClosed), (4014, discord.PrivilegedIntentsRequired)]
)
async def test_the_library_gives_up_on_fatal_codes(
    simulator: DiscordSimulator, server: Guild, code: int, error: type[Exception]
) -> None:
    """The real client ends with its own error when the gateway closes with a code that nothing helps against."""
    del server
    async with Bot() as bot:
        work = asyncio.create_task(bot.start(simulator.token))
        await simulator.until(bot.is_ready)
        simulator.gateway.close(code)
        with pytest.raises(error):
            async with asyncio.timeout(5):
                await work


@pytest.mark.usefixtures("pointed")
async def test_the_library_shares_its_servers_among_shards(
    simulator: DiscordSimulator, server: Guild, lin: Person
) -> None:
    """With two shards each hears of its own servers, and direct messages come by the first."""
    _subscribes(simulator)
    simulator.bot.shards = 2
    servers = [server]
    while len({(one.id >> 22) % 2 for one in servers}) < 2:
        servers.append(lin.creates_server("又一个"))
        lin.adds_bot(servers[-1])
        await asyncio.sleep(0.001)
    async with running(simulator) as bot:
        assert {guild.id: guild.shard_id for guild in bot.guilds} == {one.id: (one.id >> 22) % 2 for one in servers}
        bot.answer = lambda interaction: interaction.response.send_message("x")
        for where in [None, *(one.channels[one.system_channel] for one in servers)]:
            use = lin.commands("/subscribe", where)
            await _answered(simulator, use)


async def test_a_gateway_that_is_away_takes_no_websocket(simulator: DiscordSimulator) -> None:
    """On request there is no websocket at all, until the gateway listens again."""
    simulator.gateway.refuse()
    with pytest.raises(aiohttp.WSServerHandshakeError):
        async with bare(simulator):
            pass
    simulator.gateway.listen()
    async with bare(simulator) as connection:
        assert (await connection.next())["op"] == Op.HELLO


def test_people_act_from_any_thread() -> None:
    """The simulator runs in a thread of its own; what is done in another one is told at once."""

    async def life(simulator: RunningSimulator) -> list[str]:
        lin = simulator.person(101, "小林")
        server = lin.creates_server("读书会")
        lin.adds_bot(server)
        async with bare(simulator) as connection:
            await connection.next()
            await connection.identify()
            names = [(await connection.next())["t"] for _ in range(2)]
            lin.creates_channel(server, "news")
            return [*names, (await connection.next())["t"]]

    with running_simulator() as simulator:
        assert asyncio.run(life(simulator)) == ["READY", "GUILD_CREATE", "CHANNEL_CREATE"]
        assert simulator.violations == []


async def test_another_bot_has_its_own_gateway(simulator: DiscordSimulator, server: Guild, lin: Person) -> None:
    """Each bot hears only of its own servers, and of what was asked of it."""
    del server
    other = simulator.core.add_bot(token_for(1_170_000_000_000_000_099), name="Other")
    async with bare(simulator) as mine:
        await mine.next()
        await mine.identify()
        await mine.next()
        await mine.next()
        place = lin.creates_server("别处")
        lin.adds_bot(place, bot=other)
        lin.creates_channel(place, "x", ChannelKind.VOICE)
        simulator.gateway.ask_for_heartbeat()
        assert (await mine.next())["op"] == Op.HEARTBEAT
