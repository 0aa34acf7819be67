"""What a whole bot on Discord takes of the machine's memory: a process of its own beside the simulated Discord."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.figures import Figure
from benchmarks.servers import CHANNELS, ROLES
from tests.platforms.discord.organising import INVITED
from tests.platforms.discord.permissions import Permission
from tests.platforms.discord.servers import ChannelKind, Overwrite
from tests.platforms.discord.simulator import RunningSimulator, running_simulator

SERVERS: Final = (0, 100, 2_500)
A_SHARD: Final = 2_000
"""Servers from which on Discord recommends another shard."""
TIMES: Final = 3
PATIENCE: Final = 300.0
"""Seconds that a bot may take until it knows all its servers."""
QUIET: Final = 3.0
"""Seconds in which a bot that knows them all uses hardly any processor time."""
HARDLY: Final = 0.05
"""Seconds of it."""
BASE: Final = 100
"""Megabytes of a bot in no server: the goal."""
A_SERVER: Final = 24
"""Kilobytes of each server: the goal. 20 are what is kept; a process never gives back all that it used meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """A process, in megabytes: as it is now, and as it was at most. `worked`: its processor time, in seconds."""

    now: float
    peak: float
    worked: float


# --- The simulated Discord ----------------------------------------------------------------------------------------


def _serve(servers: int, told: Connection) -> None:
    """A Discord with so many servers; tells its address and the bot's token, and then, when asked, who is heard."""
    with running_simulator(is_checked=False) as simulator:
        simulator.bot.shards = 1 + servers // A_SHARD
        _settle(simulator, servers)
        told.send((simulator.api_url, simulator.token))
        while told.recv():
            told.send(len(simulator.gateway.of(simulator.bot)) == simulator.bot.shards)


def _settle(simulator: RunningSimulator, servers: int) -> None:
    """Found the servers, and invite the bot to each."""
    world, owner = simulator.core, simulator.person(101).user
    rights = sum(Permission[name] for name in INVITED)
    for number in range(servers):
        guild = world.add_guild(owner, f"读书会 {number}")
        roles = [world.add_role(guild, f"身份组 {role}", 0x800) for role in range(ROLES - 2)]
        overwrites = [Overwrite(id=role.id, is_role=True, allow=1024, deny=2048) for role in roles[:3]]
        for place in range(CHANNELS - 1):
            topic = "这里谈书。" * 20
            world.add_channel(guild, ChannelKind.TEXT, f"频道-{place}", overwrites=overwrites, topic=topic)
        world.add_bot_to(guild, simulator.bot, rights)


class _Discord:
    """A simulated Discord in a process of its own."""

    def __init__(self, servers: int) -> None:
        self._here, there = multiprocessing.Pipe()
        self._process = multiprocessing.get_context("spawn").Process(target=_serve, args=(servers, there))
        self._process.start()
        self.api_url, self.token = self._here.recv()

    def is_heard(self) -> bool:
        """Whether the bot has a session for each of its shards."""
        self._here.send("heard?")
        heard: bool = self._here.recv()
        return heard

    def end(self) -> None:
        """Be gone."""
        self._here.send("")
        self._process.join()


# --- The bot ------------------------------------------------------------------------------------------------------


@contextmanager
def _bot(folder: Path, discord: _Discord | None) -> Iterator[int]:
    """The number of a process in which the bot runs, in a folder of its own."""
    (folder / "posts").mkdir()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SUDI_")}
    settings = {
        "SUDI_SOURCES": str(folder / "posts"),
        "SUDI_DATA_DIR": str(folder / "data"),
        "SUDI_PORT": "0",
    }
    if discord is not None:
        settings |= {"SUDI_DISCORD_API_URL": discord.api_url, "SUDI_DISCORD_TOKEN": discord.token}
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "run"],
        env=inherited | settings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield process.pid
        finally:
            process.terminate()


def _size(pid: int) -> Size:
    said = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    resident, peak = (int(said[name].split()[0]) / 1_024 for name in ("VmRSS", "VmHWM"))
    return Size(now=resident, peak=peak, worked=_worked(pid))


def _worked(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _weighed(discord: _Discord | None = None) -> Size:
    """The size of a bot that has heard of all its servers, and has nothing to do; without a Discord, of the page."""
    with tempfile.TemporaryDirectory() as place, _bot(Path(place), discord) as pid:
        ends = time.monotonic() + PATIENCE
        before = -1.0
        while (discord is not None and not discord.is_heard()) or _worked(pid) - before > HARDLY:
            if time.monotonic() > ends:
                raise TimeoutError("the bot does not come to rest")
            before = _worked(pid)
            time.sleep(QUIET)
        return _size(pid)


def weigh(servers: int) -> list[Size]:
    """The sizes of several bots, each new, in so many servers."""
    discord = _Discord(servers)
    try:
        return [_weighed(discord) for _ in range(TIMES)]
    finally:
        discord.end()


async def residing() -> list[Figure]:
    """Start bots in no server, in some, and in very many, and look at their processes once they are at rest."""
    return await asyncio.to_thread(_measured)


def _measured() -> list[Figure]:
    if not Path("/proc/self/status").exists():
        return []
    alone = _weighed()
    return [*figures({servers: weigh(servers) for servers in SERVERS}, alone)]


def figures(found: dict[int, list[Size]], alone: Size) -> Iterator[Figure]:
    """What is said of the sizes by numbers of servers, beside a bot that is on no platform."""
    base = median(size.now for size in found[0])
    for servers, sizes in found.items():
        yield Figure(
            name=f"a bot's memory on Discord, {servers:,} servers",
            value=median(size.now for size in sizes),
            unit="MB",
            reference=alone.now,
            at_most=BASE if servers == 0 else None,
            note=_spread(sizes),
        )
    most = max(found)
    yield Figure(
        name=f"the same for each of {most:,} servers of {CHANNELS} channels and {ROLES} roles",
        value=(median(size.now for size in found[most]) - base) * 1_024 / most,
        unit="kB",
        at_most=A_SERVER,
    )
    yield Figure(
        name=f"its processor time until it knows {most:,} servers",
        value=median(size.worked for size in found[most]),
        unit="s",
        reference=median(size.worked for size in found[0]),
        note="Beside it: in no server.",
    )


def _spread(sizes: list[Size]) -> str:
    nows, peak = [size.now for size in sizes], max(size.peak for size in sizes)
    return f"{min(nows):.1f} to {max(nows):.1f} at rest, {peak:.1f} at most; beside it: a bot on no platform."
