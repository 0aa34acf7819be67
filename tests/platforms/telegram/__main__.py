"""`make telegram-simulator`: a Telegram on this machine, with a page on which you are its people."""

from __future__ import annotations

import asyncio

from tests.platforms.standalone import stand_alone, until_stopped
from tests.platforms.telegram.limits import STRICT, UNLIMITED
from tests.platforms.telegram.page import Page
from tests.platforms.telegram.server import Server
from tests.platforms.telegram.simulator import TOKEN, Simulation

_GREETING = """\
The simulated Telegram runs; its page: {url}/
Sudi is started against it with these two settings:

SUDI_TELEGRAM_API_URL={url}
SUDI_TELEGRAM_TOKEN={token}

Stop it with Ctrl+C; what was said is forgotten then."""


async def serve(port: int, *, unlimited: bool) -> None:
    """Serve until it is stopped. Raises CannotListen."""
    simulation = Simulation(limits=UNLIMITED if unlimited else STRICT)

    async def refuse(seconds: float) -> None:
        await server.refuse()
        await asyncio.sleep(seconds)
        await server.listen()

    page = Page(simulation, refuse=refuse)
    server = Server(simulation.wire, port=port, more=page.serve)
    await until_stopped(server.start, server.stop, lambda: _GREETING.format(url=server.url, token=TOKEN))


def main() -> None:
    """Take the port and run."""
    stand_alone("Telegram", serve, port=8081)


if __name__ == "__main__":
    main()
