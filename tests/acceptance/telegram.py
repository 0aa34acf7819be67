"""The whole bot beside a simulated Telegram, in one event loop: posts in a folder, settings in the environment.

What runs is what `sudi run` runs. A test is a coroutine that `Town.live` carries out: people type and press, posts are
saved, and the chats show what came of it.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import UTC, datetime
from functools import wraps
from io import BytesIO
from pathlib import Path
from typing import Any, Final, TypeVar

import aiohttp
import pytest

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
from tests.platforms.telegram.accounts import Popup
from tests.platforms.telegram.chats import Chat, Entry
from tests.platforms.telegram.limits import Limits
from tests.platforms.telegram.person import Person
from tests.platforms.telegram.simulator import TelegramSimulator

T = TypeVar("T")

PATIENCE: Final = 30.0
"""Seconds that something may take to happen, by a clock that does not hurry."""

GLANCE: Final = 0.1
"""Seconds between two looks, by the loop's clock."""

UNEVEN: Final = Limits(second=0.95, chat_second=0.95, minute=57.0)
"""Telegram's limits, a twentieth wider: what a thread does takes longer by the clock of a loop that hurries."""

OLD: Final = "十一月一日旧闻"
"""The title of the post that was there before the bot."""

FIRST: Final = 10_000
"""The number of the first person of the crowd."""

ADMIN: Final = 900
"""The person whom the settings name as admin."""


def _now() -> datetime:
    return datetime.now(UTC)


class Sudi:
    """The bot in a folder of its own: `posts` is its source, `data` its data folder."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.folder = folder
        self.posts = folder / "posts"
        self.data = folder / "data"
        self.posts.mkdir(parents=True, exist_ok=True)
        self._variables = {
            "SUDI_SOURCES": str(self.posts),
            "SUDI_DATA_DIR": str(self.data),
            "SUDI_PORT": "0",
            "SUDI_SETTLE_SECONDS": "0.1",
            "SUDI_LOOK_SECONDS": "0.2",
            "SUDI_ADMINS": f"telegram:{ADMIN}",
            "SUDI_TIME_ZONE": noon_zone(),
            **variables,
        }
        self._running: asyncio.Task[Exit] | None = None

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
        assert signal.getsignal(signal.SIGTERM) not in {signal.SIG_DFL, None}
        signal.raise_signal(signal.SIGTERM)

    async def ended(self) -> None:
        """Wait for its good end."""
        running, self._running = self._running, None
        assert running is not None
        assert await running is Exit.FINE

    async def abandon(self) -> None:
        """End it at once, where a test is over before it has: as somebody who does not wait, by two signals."""
        if self.runs:
            self.asks_to_end()
            await asyncio.sleep(GLANCE)
        if self.runs:
            self.asks_to_end()
        if self._running is not None:
            await asyncio.wait({self._running})

    def rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        """What its database says, read past it; nothing while there is none."""
        place = self.data / DATABASE
        if not place.exists():
            return []
        with closing(sqlite3.connect(place)) as database:
            return database.execute(query, values).fetchall()

    def deliveries(self, title: str) -> Counter[str]:
        """How many deliveries to Telegram of the digest with this title are in each state."""
        states = self.rows(
            "SELECT y.state FROM delivery y JOIN digest d ON d.id = y.digest_id JOIN lane l ON l.id = y.lane_id"
            " WHERE l.platform = 'telegram' AND d.title = ?",
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


class Town:
    """A simulated Telegram and a bot, by one clock."""

    def __init__(self, folder: Path, *, haste: float = HASTE, **variables: str) -> None:
        self.loop = HastyLoop(haste)
        self.folder = folder
        self.simulator = TelegramSimulator(now=self.loop.time, limits=UNEVEN)
        self._variables = variables
        self._sudis: list[Sudi] = []

    def live(self, life: Coroutine[Any, Any, T]) -> T:
        """Carry out what happens."""
        return self.loop.run_until_complete(life)

    # --- Who there is

    def sudi(self, name: str = "sudi", **variables: str) -> Sudi:
        """A bot in a folder of its own; it does not run yet."""
        settings = {
            "SUDI_TELEGRAM_TOKEN": self.simulator.token,
            "SUDI_TELEGRAM_API_URL": self.simulator.url,
            **self._variables,
        }
        made = Sudi(self.folder / name, **(settings | variables))
        self._sudis.append(made)
        return made

    async def connected(self, sudi: Sudi, **variables: str) -> Sudi:
        """The same bot, started, and heard of by Telegram: it has asked which commands are known."""
        before = len(self.simulator.calls("getMyCommands"))
        await sudi.start(**variables)
        await self.until(lambda: len(self.simulator.calls("getMyCommands")) > before, "its commands")
        return sudi

    async def running(self, *, crowd: int = 0, **variables: str) -> Sudi:
        """A bot that is connected, and knows one post from before; a crowd subscribed long ago (`reader` says who)."""
        sudi = self.sudi(**variables)
        sudi.save("old.md", post(OLD, "很久以前的一条"))
        if crowd:
            await self.let_subscribe(sudi, [self.reader(number) for number in range(crowd)])
        await self.connected(sudi)
        await self.until(lambda: sudi.rows("SELECT 1 FROM post WHERE state = 'indexed'"), "its first look")
        return sudi

    def reader(self, number: int) -> Person:
        """Somebody of the crowd, who has started the bot."""
        person = self.simulator.person(FIRST + number, f"读者{number}")
        person.chat.is_started = True
        return person

    async def let_subscribe(self, sudi: Sudi, people: list[Person]) -> None:
        """These people have been subscribed for long; the bot does not run yet."""

        def subscribe(db: Database) -> None:
            for person in people:
                place = Place(platform="telegram", account=str(self.simulator.bot.id), chat=str(person.user.id))
                subscriptions.subscribe(db, place, Choices(), now=_now())

        prepare(sudi.data)
        store = await SqliteStore.open(sudi.data / DATABASE, now=_now)
        try:
            await store.write(subscribe)
        finally:
            await store.close()

    async def subscriber(self, number: int = 101, name: str = "小林", *, latest: str = OLD) -> Person:
        """Somebody who has started the bot and pressed «subscribe», and was brought the latest issue."""
        person = self.simulator.person(number, name)
        person.starts()
        await self.presses(person, await self.shown(person, "你好，这里是速递"), "订阅")
        await self.shown(person, "订阅好了")
        await self.shown(person, latest)
        return person

    # --- What is seen

    async def until(self, look: Callable[[], T | None], what: str = "") -> T:
        """What looking finds, as soon as it finds something that is true."""
        ends = time.monotonic() + PATIENCE
        while not (found := look()):
            if time.monotonic() >= ends:
                raise AssertionError(f"waited in vain for {what or 'something'}; Telegram was asked:\n{self._asked()}")
            await asyncio.sleep(GLANCE)
        return found

    def _asked(self) -> str:
        """The last calls, as a reader of a failed test wants them."""
        last = [call for call in self.simulator.calls() if call.method != "getUpdates"][-15:]
        return "\n".join(f"{call.at:.2f} {call.method} {call.parameters} {call.answer} {call.fault}" for call in last)

    async def over(self, sudi: Sudi, title: str) -> Counter[str]:
        """How the deliveries of a digest ended, once all have."""

        def look() -> Counter[str] | None:
            found = sudi.deliveries(title)
            return found if found and not found["open"] else None

        return await self.until(look, f"the end of {title}: {sudi.deliveries(title)}")

    def texts(self, chat: Chat | Person, words: str) -> list[Entry]:
        """The bot's messages in a chat that have these words."""
        return [entry for entry in self.simulator.sent(chat) if words in entry.text]

    async def shown(self, chat: Chat | Person, words: str, *, times: int = 1) -> Entry:
        """The newest of the bot's messages in a chat that has these words, once there are so many."""

        def look() -> Entry | None:
            found = self.texts(chat, words)
            return found[-1] if len(found) >= times else None

        return await self.until(look, f"{words!r} among {[entry.text[:60] for entry in self.simulator.sent(chat)]}")

    async def presses(self, person: Person, entry: Entry, label: str) -> Popup:
        """What a press is answered with."""
        press = person.presses(entry, label)
        return await self.until(lambda: press.answer, f"the answer to {label}")

    # --- Opening and closing

    async def open(self) -> None:
        """Let Telegram be there."""
        await self.simulator.server.start()

    async def close(self) -> None:
        """End everything."""
        for sudi in self._sudis:
            await sudi.abandon()
        await self.simulator.server.stop()


def lived(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """A test whose coroutine is carried out by the loop of the town that it is given as `here`."""

    @wraps(test)
    def carried_out(here: Town, **others: Any) -> None:
        here.live(test(here, **others))

    return carried_out


@contextmanager
def town(folder: Path, *, haste: float = HASTE, **variables: str) -> Iterator[Town]:
    """A town for a while. Nobody may have asked Telegram what its Bot API does not know."""
    made = Town(folder, haste=haste, **variables)
    asyncio.set_event_loop(made.loop)
    try:
        made.live(made.open())
        try:
            yield made
        finally:
            made.live(made.close())
        assert not made.simulator.violations
    finally:
        made.loop.run_until_complete(made.loop.shutdown_default_executor())
        made.loop.close()
        asyncio.set_event_loop(None)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def posted(address: str, update: Mapping[str, Any], *, secret: str = "") -> int:
    """The status with which an update is taken that somebody posts to an address."""
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
    body = BytesIO(json.dumps(update).encode())
    async with aiohttp.ClientSession() as stranger, stranger.post(address, data=body, headers=headers) as answer:
        return answer.status
