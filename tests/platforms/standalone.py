"""A simulator on this machine, started by hand: what it is told, and how it ends."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable


def given(platform: str, *, port: int) -> argparse.Namespace:
    """What stands behind `make <platform>-simulator ARGS=…`: `port` and `unlimited`."""
    parser = argparse.ArgumentParser(
        prog=f"make {platform.lower()}-simulator ARGS=…",
        description=f"a {platform} on this machine, with a page on which you are its people",
    )
    parser.add_argument("--port", type=int, default=port, help=f"where it listens on loopback ({port})")
    parser.add_argument("--unlimited", action="store_true", help="let bots write as fast as they like")
    return parser.parse_args()


async def until_stopped(
    start: Callable[[], Awaitable[None]], stop: Callable[[], Awaitable[None]], greeting: Callable[[], str]
) -> None:
    """Serve until Ctrl+C or SIGTERM; say the greeting once it runs."""
    await start()
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    print(greeting(), flush=True)  # noqa: T201 - it is started by hand
    with contextlib.suppress(asyncio.CancelledError):
        await stopped.wait()
    await stop()
