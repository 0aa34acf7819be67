"""`make telegram-simulator`: a Telegram on this machine, with a page on which you are its people."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal

from tests.platforms.telegram.limits import STRICT, UNLIMITED
from tests.platforms.telegram.page import Page
from tests.platforms.telegram.server import Server
from tests.platforms.telegram.simulator import TOKEN, Simulation


async def serve(port: int, *, unlimited: bool) -> None:
    """Serve until it is stopped."""
    simulation = Simulation(limits=UNLIMITED if unlimited else STRICT)

    async def refuse(seconds: float) -> None:
        await server.refuse()
        await asyncio.sleep(seconds)
        await server.listen()

    page = Page(simulation, refuse=refuse)
    server = Server(simulation.wire, port=port, more=page.serve)
    await server.start()
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    print(_GREETING.format(url=server.url, token=TOKEN), flush=True)  # noqa: T201 - it is started by hand
    with contextlib.suppress(asyncio.CancelledError):
        await stopped.wait()
    await server.stop()


_GREETING = """\
The simulated Telegram runs; its page: {url}/
Sudi is started against it with these two settings:

SUDI_TELEGRAM_API_URL={url}
SUDI_TELEGRAM_TOKEN={token}

Stop it with Ctrl+C; what was said is forgotten then."""


def main() -> None:
    """Take the port and run."""
    parser = argparse.ArgumentParser(prog="make telegram-simulator ARGS=…", description=__doc__)
    parser.add_argument("--port", type=int, default=8081, help="where it listens on loopback (8081)")
    parser.add_argument("--unlimited", action="store_true", help="let bots write as fast as they like")
    given = parser.parse_args()
    asyncio.run(serve(given.port, unlimited=given.unlimited))


if __name__ == "__main__":
    main()
