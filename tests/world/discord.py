"""An account on Discord on virtual time: our pace, request layer, courier and dialect, before the strict simulator."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any, Final

from yarl import URL

from adapters.discord.budget import Budget
from adapters.discord.courier import DiscordCourier
from adapters.discord.dialect import DiscordDialect
from adapters.discord.pace import DiscordPace
from adapters.discord.publishing import Publishing
from adapters.discord.request import DiscordHTTP
from adapters.discord.venues import Venue
from adapters.platform import AccountId, DoubtPolicy, Platform
from digest.choices import Choices, Layout
from storage import subscriptions
from storage.database import Database
from storage.subscriptions import Place
from tests.platforms.discord.core import Core
from tests.platforms.discord.faults import Fault, Trap
from tests.platforms.discord.inprocess import InProcessWire
from tests.platforms.discord.permissions import Permission
from tests.platforms.discord.routes import ROUTES
from tests.platforms.discord.servers import Channel, ChannelKind, Guild, Role
from tests.platforms.discord.transcript import Call
from tests.platforms.discord.wire import Wire as SimulatorsWire
from tests.platforms.discord.world import token_for
from tests.world.life import BEGINNING, Spot, World

LATENCY: Final = 0.05
JITTER: Final = 0.02
"""Seconds that a request is on its way, and by how much more or less."""

ME: Final = AccountId("7")
INVITED: Final = (
    Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES | Permission.EMBED_LINKS | Permission.SEND_MESSAGES_IN_THREADS
)
"""What the account may do wherever it was invited to."""


class Jittery(InProcessWire):
    """Every request takes its own time, there and back."""

    def __init__(self, wire: SimulatorsWire, user_agent: str) -> None:
        super().__init__(wire, user_agent=user_agent, back=LATENCY)
        self._random = Random(5)  # noqa: S311 the same seed, the same way

    async def exchange(self, method: str, place: URL, **more: Any) -> bytes:
        """As `Wire.exchange`."""
        self._there = LATENCY + self._random.uniform(-JITTER, JITTER)
        return await super().exchange(method, place, **more)


class Following:
    """Where it is written down what is to be published: here, in memory."""

    def __init__(self) -> None:
        self.left: list[tuple[str, str]] = []

    async def note_unpublished(self, chat: str, message: str) -> None:
        """As `Reception.note_unpublished`."""
        self.left.append((chat, message))

    async def unpublished(self) -> list[tuple[str, str]]:
        """As `Reception.unpublished`."""
        return list(self.left)

    async def note_published(self, chat: str, message: str) -> None:
        """As `Reception.note_published`."""
        self.left.remove((chat, message))


class DiscordStage:
    """A world with one account, whose requests go to the simulator. `knows`: the gateway has told of all channels."""

    def __init__(self, folder: Path, *, budget: int = 2_000_000, knows: bool = True) -> None:
        spot = Spot(
            platform=Platform.DISCORD,
            doubt=DoubtPolicy.REPLAY_NONCE,
            doubt_push=DoubtPolicy.REPLAY_NONCE,
            in_flight=64,
            wrap=lambda _: self._courier(),
            pace=lambda _: self.pace,
            dialect=lambda _: DiscordDialect(),
        )
        self.world = World(folder, spots=(spot,), budget=budget)
        self.core = Core(now=self.world.loop.time, routes=ROUTES, since=BEGINNING.timestamp(), is_checked=False)
        self._token = token_for(int(ME))
        self._bot = self.core.add_bot(self._token, name="Sudi")
        self._owner = self.core.add_user(1, "Owner")
        self._knows = knows
        self._wire = SimulatorsWire(self.core)
        self.guild: Guild
        self.role: Role
        self._found()

    def _found(self) -> None:
        self.guild = self.core.add_guild(self._owner, "a server")
        self.guild.roles[self.guild.id].permissions = Permission.NONE
        self.role = self.core.add_bot_to(self.guild, self._bot, INVITED)

    def _courier(self) -> DiscordCourier:
        """A new life's: what was known before is forgotten."""
        loop = self.world.loop
        self.pace = DiscordPace(born=loop.time())
        self.budget = Budget(loop.time)
        http = DiscordHTTP(self._token, budget=self.budget, pace=self.pace)
        http._wire = Jittery(self._wire, http.user_agent)
        self.following = Following()
        self.publishing = Publishing(http, clock=loop.time, random=self.world.random.random)
        return DiscordCourier(http, me=ME, publishing=self.publishing, known=self._known)

    def _known(self, channel: str) -> Venue | None:
        """What the gateway has told."""
        found = self.core.channels.get(int(channel))
        return Venue(kind=int(found.kind), server=str(self.guild.id)) if self._knows and found else None

    def fail(self, fault: Fault, place: Place | None = None, *, times: int = 1) -> Trap:
        """The next messages go wrong, so many, in one channel or in any."""
        channel = None if place is None else int(place.thread or place.chat)
        trap = Trap(fault=fault, method="POST", path=r"/(messages|threads)$", channel=channel, times=times)
        self._wire.traps.append(trap)
        return trap

    # --- What people do ------------------------------------------------------------------------------------------

    def channels(self, number: int, *kinds: ChannelKind) -> list[Place]:
        """So many channels of these kinds by turns, or all of text; a thread stands in a channel of its own."""
        return [
            self._channel(index, kinds[index % len(kinds)] if kinds else ChannelKind.TEXT) for index in range(number)
        ]

    def _channel(self, index: int, kind: ChannelKind) -> Place:
        threaded = kind is ChannelKind.PUBLIC_THREAD
        made = self.core.add_channel(self.guild, ChannelKind.TEXT if threaded else kind, f"channel-{index}")
        thread = str(self.core.open_thread(made, "a thread", owner=self._owner).id) if threaded else ""
        return Place(platform=Platform.DISCORD, account=str(ME), chat=str(made.id), thread=thread)

    async def subscribe(self, places: Iterable[Place], *series: str, whole: int = 5) -> None:
        """These channels subscribe; every so manieth wants digests whole, the others their headlines."""

        def unit(db: Database) -> None:
            for index, place in enumerate(places):
                layout = Layout.FULL if index % whole == 0 else Layout.HEADLINES
                choices = Choices(series=frozenset(series or ("daily", "breaking")), layout=layout)
                subscriptions.subscribe(db, place, choices, now=self.world.now())

        await self.world.do(unit)

    async def begin(self, places: list[Place], *, whole: int = 5) -> None:
        """Live, with channels that have subscribed, and publish in announcement channels."""
        life = self.world.born()
        life.promiser._most = 5000
        await self.publishing.begin(self.following)  # type: ignore[arg-type]
        await self.subscribe(places, whole=whole)

    async def crowd(self, number: int) -> None:
        """So many channels of text have subscribed, by the ten thousand; then live."""
        names = [str(self._quietly().id) for _ in range(number)]
        await self.world.crowd(number, platform=Platform.DISCORD, names=names)
        self.world.born().promiser._most = 5000

    def _quietly(self) -> Channel:
        """A channel of text that nobody hears of."""
        made = Channel(id=self.core.new_id(), kind=ChannelKind.TEXT, name="channel", guild=self.guild)
        self.guild.channels[made.id] = self.core.channels[made.id] = made
        return made

    async def end(self) -> None:
        """Stop as on SIGTERM."""
        await self.world.stop()
        await self.publishing.stop()

    # --- What the simulator saw ----------------------------------------------------------------------------------

    @property
    def calls(self) -> list[Call]:
        """Every request, in order."""
        return self.core.transcript

    def brought(self, since: float = 0.0) -> list[Call]:
        """The messages that were brought, and the threads that were opened for them."""
        return [
            call for call in self.calls if call.method == "POST" and "crosspost" not in call.route and call.at >= since
        ]

    def messages(self, place: Place) -> list[Any]:
        """What stands in a place."""
        channel: Channel = self.core.channels[int(place.thread or place.chat)]
        return list(channel.messages.values())
