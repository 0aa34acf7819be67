"""Runs the bot again and again, each time in a new process that is killed with SIGKILL at a random moment.

`mortal.py DATABASE LOG LIVES SEED`: the bot's courier appends each message that it is handed to the log and syncs it.
The last life is left to end by itself. Imports are done once, before the first fork, so that fifty lives take seconds.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from adapters.platform import Account, AccountId, Address, DoubtPolicy, Parcel, Platform, Receipt
from adapters.web.courier import WebPace
from bot.dispatch import Habits, Lane
from bot.promise import Promiser
from bot.rendition import Renditions
from storage import ledger
from storage.records import DeliveryState
from storage.sqlite import SqliteStore
from tests.world.life import WORDS, read_post
from tests.world.platform import PassageDialect

IN_FLIGHT = 16
PAGE = 100
LONGEST_LIFE = 0.35
"""Seconds; longer where lives end before they have handed anything over, because the machine is slow."""
PATIENCE = 1.1
"""By how much a life that hands nothing over prolongs the next."""


class Scribe:
    """A courier that counts: each message is a line, on the disk before it is answered."""

    def __init__(self, log: Path, random: Random) -> None:
        self._file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._random = random
        self._number = 0

    async def send(self, parcel: Parcel) -> Receipt:
        """Write the message down; the answer takes a while longer."""
        self._number += 1
        told = {"chat": parcel.address.chat, "digest": parcel.message["digest"], "k": parcel.message["k"]}
        os.write(self._file, (json.dumps(told) + "\n").encode())
        os.fsync(self._file)
        await asyncio.sleep(self._random.uniform(0, 0.06))
        return Receipt(message=f"{os.getpid()}.{self._number}")

    async def edit(self, parcel: Parcel, receipt: Receipt) -> Receipt:
        """Nothing is edited here."""
        raise NotImplementedError

    async def delete(self, address: Address, receipt: Receipt) -> None:
        """Nothing is taken back here."""
        raise NotImplementedError


def now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


async def live(database: Path, log: Path, seed: int) -> None:
    """One life: promise and send until nothing is open."""
    random = Random(seed)  # noqa: S311 no secret
    store = await SqliteStore.open(database, now=now)
    renditions = Renditions(
        store=store,
        read=read_post,
        dialects={Platform.TELEGRAM: PassageDialect(Platform.TELEGRAM)},
        words=lambda _: WORDS,
    )
    account = Account(
        platform=Platform.TELEGRAM,
        id=AccountId("7"),
        courier=Scribe(log, random),
        pace=WebPace(),
        doubt=DoubtPolicy.ASSUME_SENT,
        doubt_push=DoubtPolicy.ASSUME_SENT,
        in_flight=IN_FLIGHT,
    )
    lane = Lane(
        account, store=store, renditions=renditions, now=now, random=random.random, habits=Habits(heartbeat=0.2)
    )
    running = asyncio.create_task(lane.run())
    await Promiser(store, now=now, made=lane.wake, page=PAGE).promise()
    while (await store.read(ledger.overview)).totals[DeliveryState.OPEN]:  # noqa: ASYNC110 as others would look
        await asyncio.sleep(0.05)
    await lane.stop()
    await running
    await store.close()


def bear(database: Path, log: Path, seed: int) -> int:
    """Start a life in a process of its own."""
    child = os.fork()
    if child == 0:
        try:
            asyncio.run(live(database, log, seed))
        except BaseException as error:  # noqa: BLE001 a forked process must not run its parent's code
            print(repr(error), file=sys.stderr, flush=True)  # noqa: T201 its only way to tell
            os._exit(1)
        os._exit(0)
    return child


def main() -> None:
    """Live and die, and say how it went."""
    database, log, lives, seed = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    random, killed, longest = Random(seed), 0, LONGEST_LIFE  # noqa: S311 no secret
    log.touch()
    for life in range(lives):
        before, child = log.stat().st_size, bear(database, log, life)
        time.sleep(random.uniform(0.01, longest))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        killed += os.WIFSIGNALED(status)
        longest = longest * PATIENCE if log.stat().st_size == before else max(LONGEST_LIFE, longest / PATIENCE)
    _, status = os.waitpid(bear(database, log, lives), 0)
    print(json.dumps({"killed": killed, "last": os.waitstatus_to_exitcode(status)}))  # noqa: T201 its answer


if __name__ == "__main__":
    main()
