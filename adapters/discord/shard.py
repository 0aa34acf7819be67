"""The library's gateway with our own supervision: one shard's sessions, begun, resumed, and begun again.

The library speaks the protocol: zlib, heartbeats in a thread of their own, identify, resume. Its own supervision is not
used: it waits in one line for all shards, tries a failed start for ever by calling itself, ends everything when one
event cannot be read, and goes to Discord's own gateway whatever address the API has.
Source of the protocol: https://docs.discord.com/developers/events/gateway
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

import aiohttp
import discord
from discord.errors import ConnectionClosed
from discord.gateway import DiscordWebSocket, KeepAliveHandler, ReconnectWebSocket
from yarl import URL

from adapters.discord.request import DiscordHTTP

log = logging.getLogger(__name__)

Json = Mapping[str, Any]
Hear = Callable[[str, Json], None]
"""Takes an event: its name, and what it says."""

LONGEST_FAREWELL: Final = 1.5
"""Seconds for the other side to close as well."""

_AWAY, _OVER = 4000, 1000
"""The codes with which a connection is closed: the session goes on, or is over."""


class Wires:
    """What the library's gateway asks of a client's requests: the token, and connections, which are remembered."""

    def __init__(self, http: DiscordHTTP) -> None:
        self._http = http
        self._opened: dict[object, aiohttp.ClientWebSocketResponse] = {}

    @property
    def token(self) -> str | None:
        """The account's token."""
        return self._http.token

    async def ws_connect(self, url: str, *, compress: int = 0) -> aiohttp.ClientWebSocketResponse:
        """Connect; the connection belongs to the task that asks."""
        socket = await self._http.ws_connect(url, compress=compress)
        self._opened[asyncio.current_task()] = socket
        return socket

    async def drop(self) -> None:
        """Close the connection of this task, if it was not taken over."""
        socket = self.taken()
        if socket is not None:
            with suppress(*LOST):
                async with asyncio.timeout(LONGEST_FAREWELL):
                    await socket.close()

    def taken(self) -> aiohttp.ClientWebSocketResponse | None:
        """Take over the connection of this task."""
        return self._opened.pop(asyncio.current_task(), None)


def _is_no_false_alarm(record: logging.LogRecord) -> bool:
    """Whether a line of the library is not its «behind» of an acknowledged heartbeat.

    Its thread notes when a heartbeat left only once it is woken after that, so that on a busy machine an answer that
    was quicker is counted from the heartbeat before. What is really late ends the connection by `silence`.
    """
    return record.funcName != KeepAliveHandler.ack.__name__


class Client(discord.AutoShardedClient):
    """The library's client for so many shards, which keeps nothing of what it hears.

    `hear` gets the events of these names; `silence`: seconds without a word after which a connection is lost. A
    shard's turn to begin a session is waited for before it connects.
    """

    def __init__(self, http: DiscordHTTP, shards: int, events: Collection[str], hear: Hear, *, silence: float) -> None:
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        heard = logging.getLogger("discord.gateway")
        heard.setLevel(max(heard.getEffectiveLevel(), logging.INFO))  # its debug lines hold the tokens of interactions
        heard.addFilter(_is_no_false_alarm)
        super().__init__(
            intents=discord.Intents(guilds=True),
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            chunk_guilds_at_startup=False,
            shard_count=shards,
            heartbeat_timeout=silence,
        )
        self.loop = asyncio.get_running_loop()
        self.http = Wires(http)  # type: ignore[assignment]
        self._connection.loop = self.loop
        self._connection.parsers = {name: self._reader(name, hear) for name in events}

    def _reader(self, name: str, hear: Hear) -> Callable[[Any], None]:
        def read(said: Any) -> None:
            try:
                hear(name, said)
            except Exception:
                log.exception("an event of Discord could not be read", extra={"told": name})

        return read

    @property
    def wires(self) -> Wires:
        """Its connections."""
        return self.http  # type: ignore[return-value]

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait for nothing more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a shard can go on with after a loss: nothing, or a session up to an event, at an address of its own."""

    id: str | None = None
    sequence: int | None = None
    gateway: URL | None = None


class Ended(Exception):
    """The gateway closed a connection with a code after which it is no use to try again as before."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(f"closed with {code}")


LOST: Final = (OSError, aiohttp.ClientError, TimeoutError, discord.DiscordException)
"""How a connection is lost, or never comes."""


class Shard:
    """One shard: its session, and the connection over which it is heard."""

    def __init__(self, client: Client, number: int) -> None:
        self.number = number
        self._client = client
        self._session = Session()
        self._socket: DiscordWebSocket | None = None
        self._farewell = _AWAY

    @property
    def can_resume(self) -> bool:
        """Whether there is a session to go on with."""
        return self._session.id is not None

    def forget(self) -> None:
        """Begin a new session the next time."""
        self._session = Session()

    def return_home(self) -> None:
        """Resume at the common gateway: the session's own address does not answer."""
        self._session = replace(self._session, gateway=None)

    def leave(self) -> None:
        """From now on close in good order: the account is seen to leave at once, and the session is over."""
        self._farewell = _OVER

    async def connect(self, gateway: URL, seconds: float) -> None:
        """Connect within so many seconds, and ask for a session, or the one before. Raises as `hear`."""
        try:
            async with asyncio.timeout(seconds):
                self._socket = await self._opened(gateway)
        except ReconnectWebSocket as lost:
            self._note_loss(can_resume=lost.resume)
            raise ConnectionResetError("closed before it said hello") from None
        except ConnectionClosed as closed:
            raise Ended(closed.code) from None
        finally:
            if self._socket is None:
                await self._client.wires.drop()
            else:
                self._client.wires.taken()

    async def _opened(self, gateway: URL) -> DiscordWebSocket:
        session = self._session
        return await DiscordWebSocket.from_client(
            self._client,
            gateway=session.gateway or gateway,
            shard_id=self.number,
            session=session.id,
            sequence=session.sequence,
            resume=self.can_resume,
        )

    async def hear(self) -> None:
        """Hear until the connection is lost. Raises what LOST names, and Ended."""
        socket = self._socket
        if socket is None:
            return
        try:
            while True:
                await socket.poll_event()
                self._session = Session(id=socket.session_id, sequence=socket.sequence, gateway=socket.gateway)
        except ReconnectWebSocket as lost:
            self._note_loss(can_resume=lost.resume)
        except ConnectionClosed as closed:
            self._session = Session()
            raise Ended(closed.code) from None
        finally:
            self._socket = None
            await self._discard(socket)

    def _note_loss(self, *, can_resume: bool) -> None:
        if not can_resume:
            self._session = Session()

    async def _discard(self, socket: DiscordWebSocket) -> None:
        """Close a connection, so that neither its heart beats on nor its place stays taken."""
        with suppress(*LOST):
            async with asyncio.timeout(LONGEST_FAREWELL):
                await socket.close(self._farewell)
