"""An account on Discord as it is wired: where it speaks to one person alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from adapters.discord.account import discord_account
from adapters.discord.budget import Budget
from adapters.discord.dialect import DiscordDialect
from adapters.platform import ChatLost, CourierError, Doubt
from tests.platforms.discord.faults import Fault
from tests.platforms.discord.simulator import DiscordSimulator


@asynccontextmanager
async def private_chats(simulator: DiscordSimulator) -> AsyncIterator[Callable[[str], Awaitable[str]]]:
    """What tells the channel of a person, of an account that has opened its connections."""
    account = discord_account(
        simulator.token,
        api_url=simulator.api_url,
        dialect=DiscordDialect(),
        language="zh",
        random=lambda: 0.5,
        now=lambda: datetime.now(UTC),
        budget=Budget(asyncio.get_running_loop().time),
    )
    courier, found, close = account.courier, account.private_chat, account.close
    assert found is not None
    assert close is not None
    await courier._http.open()  # type: ignore[attr-defined]
    try:
        yield found
    finally:
        await close()


async def test_a_person_is_spoken_to_in_a_channel_of_their_own() -> None:
    """A person's private channel is the one that Discord names, the same each time; who is nobody has none."""
    async with DiscordSimulator() as simulator, private_chats(simulator) as private_chat:
        lin = simulator.person(101, "小林")
        assert [await private_chat("101") for _ in range(2)] == [str(lin.dm.id)] * 2
        with pytest.raises(ChatLost):
            await private_chat("102")


@pytest.mark.parametrize(
    "fault", [Fault.wrong_types(), Fault.null(), Fault.server_error()], ids=lambda fault: fault.name
)
async def test_an_answer_that_names_no_channel(fault: Fault) -> None:
    """An answer that names no channel has a name of ours, and no secret."""
    async with DiscordSimulator() as simulator, private_chats(simulator) as private_chat:
        simulator.person(101, "小林")
        simulator.fail(fault, path="/users/@me/channels")
        with pytest.raises(CourierError) as caught:
            await private_chat("101")
        assert isinstance(caught.value, Doubt)
        assert simulator.token not in repr(caught.value)
