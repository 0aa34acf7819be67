"""A simulator on this machine, started by hand: what it is told, and how it ends."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Final, Protocol

from bot.exits import Exit

_LAST_PORT: Final = 65_535


class CannotListen(Exception):
    """The simulator's address cannot be used; the cause says why."""


class Serve(Protocol):
    """Serves at a port until it is stopped. Raises CannotListen."""

    def __call__(self, port: int, /, *, unlimited: bool) -> Coroutine[None, None, None]:
        """Let bots write as fast as they like, if `unlimited`."""


def stand_alone(platform: str, serve: Serve, *, port: int) -> None:
    """Serve as the command line says, by default at this port; ends the program where it cannot."""
    told = _given(platform, port=port)
    try:
        asyncio.run(serve(told.port, unlimited=told.unlimited))
    except CannotListen as error:
        print(_why(error.__cause__, platform, told.port), file=sys.stderr)  # noqa: T201 - it is started by hand
        sys.exit(Exit.UNREACHABLE)


def _why(cause: BaseException | None, platform: str, port: int) -> str:
    other = f'take another port: make {platform.lower()}-simulator ARGS="--port …"'
    number = cause.errno if isinstance(cause, OSError) else None
    if number == errno.EADDRINUSE:
        return f"127.0.0.1:{port} is in use by another program. Stop that one, or {other}"
    return f"127.0.0.1:{port} cannot be opened: {os.strerror(number or 0)}. Please {other}"


def _given(platform: str, *, port: int) -> argparse.Namespace:
    """What stands behind `make <platform>-simulator ARGS=…`: `port` and `unlimited`."""
    parser = argparse.ArgumentParser(
        prog=f"make {platform.lower()}-simulator ARGS=…",
        description=f"a {platform} on this machine, with a page on which you are its people",
    )
    parser.add_argument("--port", type=_port, default=port, help=f"where it listens on loopback ({port})")
    parser.add_argument("--unlimited", action="store_true", help="let bots write as fast as they like")
    return parser.parse_args()


def _port(said: str) -> int:
    if not said.isdecimal() or int(said) > _LAST_PORT:
        raise argparse.ArgumentTypeError(f"not a port: '{said}'")
    return int(said)


async def until_stopped(
    start: Callable[[], Awaitable[None]], stop: Callable[[], Awaitable[None]], greeting: Callable[[], str]
) -> None:
    """Serve until Ctrl+C or SIGTERM; say the greeting once it runs. Raises CannotListen."""
    try:
        await start()
    except OSError as error:
        await stop()
        raise CannotListen from error
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    print(greeting(), flush=True)  # noqa: T201 - it is started by hand
    with contextlib.suppress(asyncio.CancelledError):
        await stopped.wait()
    await stop()
