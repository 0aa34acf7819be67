"""The whole bot beside a simulated platform, in one event loop: posts in a folder, settings in the environment.

What runs is what `sudi run` runs. A test is a coroutine that `AnyTown.live` carries out: people type and press, posts
are saved, and the chats show what came of it. `telegram.py` and `discord.py` add what their platforms' towns have.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sqlite3
import sys
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any, ClassVar, Final, Generic, Protocol, TypeVar

import aiohttp
import pytest

from adapters.platform import Platform
from bot import app
from bot.config import load
from bot.data_folder import DATABASE, prepare
from bot.exits import Exit
from digest.choices import Choices
from storage import subscriptions
from storage.database import Database
from storage.lock import DataFolderLock
from storage.sqlite import SqliteStore
from storage.subscriptions import Place
from tests.acceptance.haste import HASTE, HastyLoop
from tests.acceptance.press import noon_zone, post
from tests.acceptance.sudi import REPOSITORY
from tests.platforms.faults import AnyFault

T = TypeVar("T")
C = TypeVar("C")
"""What a platform calls a chat."""

PATIENCE: Final = 30.0
"""Seconds that something may take to happen, by a clock that does not hurry."""

LONG: Final = 64.0
"""How much a town hurries that only waits for long, in seconds of its clock in a second of waiting."""

GLANCE: Final = 0.1
"""Seconds between two looks, by the loop's clock."""

OLD: Final = "十一月一日旧闻"
"""The title of the post that was there before the bot."""

ADMIN: Final = 900
"""The person whom the settings name as admin."""


def _now() -> datetime:
    return datetime.now(UTC)


def _is_heard(number: int) -> bool:
    """Whether a signal is taken by somebody: a bot that is only beginning takes none."""
    return signal.getsignal(number) not in {signal.SIG_DFL, None}


class Sudi:
    """The bot in a folder of its own: `posts` is its source, `data` its data folder."""

    def __init__(self, folder: Path, platform: Platform, **variables: str) -> None:
        self.folder = folder
        self.posts = folder / "posts"
        self.data = folder / "data"
        self.posts.mkdir(parents=True, exist_ok=True)
        self._platform = platform
        self._variables = {
            "SUDI_SOURCES": str(self.posts),
            "SUDI_DATA_DIR": str(self.data),
            "SUDI_PORT": "0",
            "SUDI_SETTLE_SECONDS": "0.1",
            "SUDI_LOOK_SECONDS": "0.4",
            "SUDI_ADMINS": f"{platform}:{ADMIN}",
            "SUDI_TIME_ZONE": noon_zone(),
            **variables,
        }
        self._running: asyncio.Task[Exit] | None = None
        self._eye: sqlite3.Connection | None = None

    @contextmanager
    def environment(self, **variables: str) -> Iterator[None]:
        """Its settings, as it finds them."""
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.folder)
            for name, value in (self._variables | variables).items():
                patch.setenv(name, value)
            yield

    async def start(self, **variables: str) -> None:
        """Begin to run; more settings come on top of those that it has."""
        assert self._running is None
        with self.environment(**variables):
            settings = load()
        self._running = asyncio.create_task(app.run(settings))

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._running is not None and not self._running.done()

    async def stop(self) -> None:
        """Ask it to end, as whoever operates it does, and wait until it has."""
        self.asks_to_end()
        await self.ended()

    def asks_to_end(self) -> None:
        """SIGTERM."""
        assert self.runs
        assert _is_heard(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)

    async def ended(self) -> None:
        """Wait for its good end."""
        running, self._running = self._running, None
        assert running is not None
        self._look_away()
        assert await running is Exit.FINE

    async def abandon(self) -> None:
        """End it at once, where a test is over before it has: by two signals, and where it hears none, by force."""
        self._look_away()
        if (running := self._running) is None:
            return
        for patience in (GLANCE, PATIENCE):
            if self.runs and _is_heard(signal.SIGTERM):
                self.asks_to_end()
            await asyncio.wait({running}, timeout=patience)
        running.cancel()
        await asyncio.wait({running})

    def rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        """What its database says, read past it; nothing while there is none."""
        if self._eye is None and (place := self.data / DATABASE).exists():
            self._eye = sqlite3.connect(place, isolation_level=None)
        return self._eye.execute(query, values).fetchall() if self._eye else []

    def _look_away(self) -> None:
        """Keep its database open no longer than it does itself."""
        if self._eye is not None:
            self._eye.close()
        self._eye = None

    def deliveries(self, title: str) -> Counter[str]:
        """How many deliveries to its platform of the digest with this title are in each state."""
        states = self.rows(
            "SELECT y.state FROM delivery y JOIN digest d ON d.id = y.digest_id JOIN lane l ON l.id = y.lane_id"
            " WHERE l.platform = ? AND d.title = ?",
            self._platform,
            title,
        )
        return Counter(state for (state,) in states)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Its database, locked by another program: nothing can be committed."""
        with closing(sqlite3.connect(self.data / DATABASE, isolation_level=None, timeout=PATIENCE)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield

    @asynccontextmanager
    async def as_process(self, verb: str = "run") -> AsyncIterator[Child]:
        """The same bot as a process of its own; or another verb of the command line."""
        with self.environment():
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", verb),
                env=os.environ | {"PYTHONPATH": str(REPOSITORY), "PYTHONUNBUFFERED": "1"},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
        try:
            yield Child(process)
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()

    def alert(self, code: str) -> bool:
        """Whether something with this code is to be seen by whoever operates it."""
        return bool(self.rows("SELECT 1 FROM alert WHERE code = ? AND settled_at IS NULL", code))

    async def page(self, path: str) -> str:
        """A page of its, as the publisher sees it."""
        holder = DataFolderLock(self.data).holder()
        assert holder is not None
        key = (self.data / "key").read_text(encoding="utf-8").strip()
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as visitor,
            visitor.get(f"{holder.address}/?key={key}") as entrance,
        ):
            assert entrance.ok
            async with visitor.get(f"{holder.address}{path}") as answer:
                return await answer.text()

    def save(self, name: str, text: str) -> None:
        """Save a post."""
        (self.posts / name).write_text(text, encoding="utf-8")


class Child:
    """A bot that runs as a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self._out = process.stdout
        self.printed = ""

    async def prints(self, words: str) -> None:
        """Wait until it has printed these words."""
        assert self._out is not None
        while words not in self.printed:
            line = await self._out.readline()
            assert line, f"it ended, and had printed: {self.printed}"
            self.printed += line.decode()

    async def ends(self) -> int:
        """Ask it to end; its exit code."""
        self.process.terminate()
        return await self.process.wait()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What becomes of a message whose answer is lost: how it ends, and how many of it stand there.

    `tries`: each time that it is sent, and whether the platform notices that it was sent before.
    """

    state: str
    messages: int
    tries: Sequence[bool]


class AnySimulator(Protocol):
    """What each simulator can do."""

    @property
    def token(self) -> str:
        """The bot's token, as it is now."""

    @property
    def floods(self) -> Sequence[object]:
        """What was told to wait."""

    def hasty(self, grace: float = 0.0) -> Sequence[object]:
        """What came although it had been told to wait."""

    def revoke(self) -> None:
        """Make the token worthless."""

    def retoken(self, token: str) -> None:
        """Give the same bot a new token."""

    async def refuse(self) -> None:
        """Take no connections."""

    async def listen(self) -> None:
        """Take connections again."""


class AnyTown(ABC, Generic[C]):
    """A simulated platform and a bot, by one clock."""

    platform: ClassVar[Platform]
    faults: ClassVar[type[AnyFault]]
    in_a_second: ClassVar[int]
    """Messages that a bot sends at most."""
    simulator: AnySimulator

    def __init__(self, folder: Path, *, haste: float = HASTE, **variables: str) -> None:
        self.loop = HastyLoop(haste)
        self.folder = folder
        self._variables = variables
        self._sudis: list[Sudi] = []

    def live(self, life: Coroutine[Any, Any, T]) -> T:
        """Carry out what happens."""
        return self.loop.run_until_complete(life)

    @contextmanager
    def waiting_long(self) -> Iterator[None]:
        """Hurry more: nothing is counted exactly while minutes pass."""
        with self.loop.hurrying(LONG):
            yield

    # --- What each platform says

    @abstractmethod
    def settings(self) -> dict[str, str]:
        """The settings with which a bot finds the simulated platform."""

    @abstractmethod
    async def connected(self, sudi: Sudi, **variables: str) -> Sudi:
        """The same bot, started, and heard of by its platform."""

    @abstractmethod
    def asked(self) -> str:
        """The last calls, as a reader of a failed test wants them."""

    @abstractmethod
    def violations(self) -> list[str]:
        """What nobody may have asked the platform."""

    # --- Who there is, by what each platform calls a chat

    @abstractmethod
    def crowd(self, number: int) -> C:
        """One chat of a crowd, in which the bot may write."""

    @abstractmethod
    def place(self, chat: C) -> Place:
        """The address of a chat, as rows keep it."""

    @abstractmethod
    async def subscribed(self) -> C:
        """A chat of many readers: whoever leads it subscribed it, and the latest issue stands there."""

    @abstractmethod
    async def tells(self, chat: C, command: str, words: str) -> None:
        """Give a command in such a chat as whoever leads it; wait until it is answered with these words."""

    @abstractmethod
    def asks_for_help(self, number: int, times: int = 1) -> Callable[[], list[str]]:
        """Somebody, who has this number, asks for help so often. What comes back says what was answered by now."""

    @abstractmethod
    def is_anybody_waiting(self) -> bool:
        """Whether anybody who asked for help is shown that no answer came."""

    @abstractmethod
    async def commanded(self, command: str) -> str:
        """What the admin is answered to a command."""

    @abstractmethod
    async def push(self, words: str) -> Callable[[], Awaitable[object]]:
        """The admin is shown what would be pushed; what comes back confirms it."""

    async def lets_call(self, chat: C) -> Sequence[object]:
        """Choose a role for a chat, and what a push calls there from then on: nobody, where there are no roles."""
        del chat
        return []

    # --- What is seen, and what goes wrong

    def calls(self, chat: C, words: str) -> Sequence[object]:
        """What the bot's messages with these words call in a chat."""
        del chat, words
        return []

    @abstractmethod
    def fail(self, fault: AnyFault, chat: C | None = None, *, times: int = 1) -> None:
        """Spoil so many times what is sent to a chat, or to any."""

    @abstractmethod
    def lose(self, chat: C) -> None:
        """Nothing can be sent to a chat any more, and nobody told the bot."""

    @abstractmethod
    def sent(self, chat: C) -> Sequence[object]:
        """What the bot wrote in a chat, except answers, in order."""

    @abstractmethod
    def texts(self, chat: C, words: str) -> Sequence[object]:
        """The bot's messages in a chat that have these words."""

    @abstractmethod
    async def shown(self, chat: C, words: str, *, times: int = 1) -> object:
        """The newest of the bot's messages in a chat that has these words, once there are so many."""

    @abstractmethod
    def order(self) -> list[int]:
        """The numbers of the crowd, in the order in which messages were brought to them."""

    @abstractmethod
    def all_sends(self) -> Sequence[object]:
        """Every try to send a message."""

    @abstractmethod
    def said(self) -> list[str]:
        """The words of each message that was brought to the crowd, in order."""

    @abstractmethod
    def tries(self, chat: C, words: str) -> list[bool]:
        """Every try to send a message with these words to a chat: whether the platform knew that it had it."""

    # --- What differs

    @abstractmethod
    def settled(self, fault: AnyFault) -> Settled:
        """What becomes of a digest's message whose answer is lost by this fault."""

    @abstractmethod
    def floods(self) -> Sequence[AnyFault]:
        """Each way in which one chat is told to wait for a moment."""

    @abstractmethod
    def general_floods(self, seconds: int) -> Sequence[tuple[AnyFault, int]]:
        """Each way in which a bot is told to wait as a whole: a fault, and how often it happens."""

    @abstractmethod
    def refusals(self) -> Sequence[AnyFault]:
        """Refusals of which nobody can say what they mean."""

    # --- A second bot

    @abstractmethod
    def second_token(self) -> str:
        """One more bot of the platform: its token."""

    @abstractmethod
    async def second_reader(self) -> Callable[[str], Sequence[object]]:
        """Somebody whom the second bot brought the latest issue; what it says with some words is told."""

    @abstractmethod
    def renewed(self, token: str) -> str:
        """Another token of the same bot."""

    # --- Opening and closing

    @abstractmethod
    async def open(self) -> None:
        """Let the platform be there."""

    @abstractmethod
    async def shut(self) -> None:
        """Let it be gone."""

    # --- Bots

    def sudi(self, name: str = "sudi", **variables: str) -> Sudi:
        """A bot in a folder of its own; it does not run yet."""
        settings = self.settings() | self._variables | variables
        made = Sudi(self.folder / name, self.platform, **settings)
        self._sudis.append(made)
        return made

    async def with_old_post(self, sudi: Sudi) -> Sudi:
        """The same bot, connected, and knowing one post from before."""
        sudi.save("old.md", post(OLD, "很久以前的一条"))
        await self.connected(sudi)
        await self.until(lambda: sudi.rows("SELECT 1 FROM post WHERE state = 'indexed'"), "its first look")
        return sudi

    async def running(self, *, crowd: int = 0, **variables: str) -> Sudi:
        """A bot that is connected, and knows one post from before; a crowd subscribed long ago."""
        sudi = self.sudi(**variables)
        if crowd:
            await self.let_subscribe(sudi, [self.crowd(number) for number in range(crowd)])
        return await self.with_old_post(sudi)

    async def let_subscribe(self, sudi: Sudi, chats: Iterable[C]) -> None:
        """These chats have been subscribed for long; the bot does not run yet."""
        places = [self.place(chat) for chat in chats]

        def subscribe(db: Database) -> None:
            for place in places:
                subscriptions.subscribe(db, place, Choices(), now=_now())

        await self.with_store(sudi, subscribe)

    async def with_store(self, sudi: Sudi, work: Callable[[Database], None]) -> None:
        """Write something into the store of a bot that does not run."""
        prepare(sudi.data)
        store = await SqliteStore.open(sudi.data / DATABASE, now=_now)
        try:
            await store.write(work)
        finally:
            await store.close()

    # --- What is seen

    async def until(self, look: Callable[[], T | None], what: str = "") -> T:
        """What looking finds, as soon as it finds something that is true."""
        ends = time.monotonic() + PATIENCE
        while not (found := look()):
            if time.monotonic() >= ends:
                waited = f"waited in vain for {what or 'something'}"
                raise AssertionError(f"{waited}; {self.platform} was asked:\n{self.asked()}")
            await asyncio.sleep(GLANCE)
        return found

    async def over(self, sudi: Sudi, title: str) -> Counter[str]:
        """How the deliveries of a digest ended, once all have."""

        def look() -> Counter[str] | None:
            found = sudi.deliveries(title)
            return found if found and not found["open"] else None

        return await self.until(look, f"the end of {title}: {sudi.deliveries(title)}")

    # --- Closing

    async def close(self) -> None:
        """End everything."""
        for sudi in self._sudis:
            await sudi.abandon()
        await self.shut()


A = TypeVar("A", bound=AnyTown[Any])


def lived(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """A test whose coroutine is carried out by the loop of the town that it is given as `here`."""

    @wraps(test)
    def carried_out(here: AnyTown[Any], **others: Any) -> None:
        here.live(test(here, **others))

    return carried_out


@contextmanager
def inhabited(town: A) -> Iterator[A]:
    """A town while somebody lives there. Nobody may have asked its platform what its API does not know."""
    asyncio.set_event_loop(town.loop)
    try:
        town.live(town.open())
        try:
            yield town
        finally:
            town.live(town.close())
        assert not town.violations()
    finally:
        town.loop.run_until_complete(town.loop.shutdown_default_executor())
        town.loop.close()
        asyncio.set_event_loop(None)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
