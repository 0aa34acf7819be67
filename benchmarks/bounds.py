"""What the worst posts cost at the size cap: seconds and memory to read each in a booth, seconds to spell it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Figure
from bot.booth import Order
from bot.catalogue import words
from bot.checking.faces import dialects
from bot.reading import Booth, Booths
from bot.rendition import render
from digest.choices import Layout
from digest.model import Digest, Post
from tests.digest.bombs import bombs
from tests.digest.posts import RULES

MOST_SECONDS = 2
MOST_MEGABYTES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one post took: seconds to be read, in whichever form; megabytes of its booth; seconds to spell."""

    name: str
    reading: float
    memory: float
    spelling: float


def costs(posts: Iterable[tuple[str, str]]) -> Iterator[Cost]:
    """What each of these named posts costs, each in a booth of its own that has read something before."""
    for name, text in posts:
        used: list[Booth] = []

        def start(used: list[Booth] = used) -> Booth:
            booth = Booth.started()
            booth.read(Order(post=Post(path="x.md", data=b"# x"), rules=RULES))
            used.append(booth)
            return booth

        booths = Booths(start=start)
        booths.read(Post(path="x.md", data=b"# x"), RULES)
        begun = time.perf_counter()
        digest = booths.read(Post(path="x.md", data=text.encode()), RULES)
        reading = time.perf_counter() - begun
        memory = max(map(_memory, used), default=0.0)
        booths.close()
        yield Cost(name=name, reading=reading, memory=memory, spelling=_spelling(digest))


def _memory(booth: Booth) -> float:
    """The most megabytes that a booth has held; 0 where it has ended, or the system does not say."""
    try:
        status = Path(f"/proc/{booth.program.pid}/status").read_text()
    except OSError:
        return 0.0
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _spelling(digest: Digest) -> float:
    """The seconds of processor time that the slowest dialect takes."""
    slowest = 0.0
    for dialect in dialects().values():
        begun = time.process_time()
        render(digest, dialect=dialect, layout=Layout.FULL, words=words(digest.language))
        slowest = max(slowest, time.process_time() - begun)
    return slowest


async def bounds() -> list[Figure]:
    """Read and spell every bomb."""
    return worst(list(costs(bombs())))


def worst(found: Sequence[Cost]) -> list[Figure]:
    """The worst of all, each noted with its name."""
    slow, large, late = (max(found, key=key) for key in (_reading, _held, _spelled))
    count = f"the worst of {len(found)} bombs at the cap"
    return [
        Figure(name=f"{count}, read", value=slow.reading, unit="s", at_most=MOST_SECONDS, note=slow.name),
        Figure(name=f"{count}, memory", value=large.memory, unit="MB", at_most=MOST_MEGABYTES, note=large.name),
        Figure(name=f"{count}, spelled", value=late.spelling, unit="s", at_most=MOST_SECONDS, note=late.name),
    ]


def _reading(cost: Cost) -> float:
    return cost.reading


def _held(cost: Cost) -> float:
    return cost.memory


def _spelled(cost: Cost) -> float:
    return cost.spelling
