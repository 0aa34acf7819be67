"""`make discord-simulator`: a Discord on this machine, with a page on which you are its people."""

from __future__ import annotations

import asyncio

from aiohttp import web

from tests.platforms.discord.limits import STRICT, UNLIMITED
from tests.platforms.discord.page import Page
from tests.platforms.discord.simulator import DiscordSimulator
from tests.platforms.standalone import stand_alone, until_stopped

_GREETING = """\
The simulated Discord runs; its page: {url}/
Sudi is started against it with these two settings:

SUDI_DISCORD_API_URL={api_url}
SUDI_DISCORD_TOKEN={token}

Stop it with Ctrl+C; what was said is forgotten then."""


async def serve(port: int, *, unlimited: bool) -> None:
    """Serve until it is stopped. Raises CannotListen."""

    async def refuse(seconds: float) -> None:
        await simulator.refuse()
        await asyncio.sleep(seconds)
        await simulator.listen()

    def add_page(app: web.Application) -> None:
        page.serve(app)

    simulator = DiscordSimulator(port=port, limits=UNLIMITED if unlimited else STRICT, more=add_page)
    page = Page(simulator, refuse=refuse)
    await until_stopped(
        simulator.listen,
        simulator.refuse,
        lambda: _GREETING.format(url=simulator.url, api_url=simulator.api_url, token=simulator.token),
    )


def main() -> None:
    """Take the port and run."""
    stand_alone("Discord", serve, port=8082)


if __name__ == "__main__":
    main()
