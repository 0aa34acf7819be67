"""The page on which a developer is a person: what it shows is what is there, and what it does is what was clicked."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
import pytest

from tests.platforms.discord.acts import FAULTS, KINDS
from tests.platforms.discord.page import Page
from tests.platforms.discord.servers import CROSSPOSTED, EPHEMERAL, POSTS_ONLY, REQUIRE_TAG, Channel, Guild, Message
from tests.platforms.discord.simulator import DiscordSimulator


class Desk:
    """The page of a simulation, and a browser before it."""

    def __init__(self, simulator: DiscordSimulator, client: aiohttp.ClientSession) -> None:
        self.simulator = simulator
        self._client = client

    async def see(self, **query: str | int) -> str:
        """The page's HTML."""
        async with self._client.get(self.simulator.url, params=query) as answer:
            assert answer.status == 200
            return await answer.text()

    async def do(self, act: str, **form: str | int) -> str:
        """Click, and see the page after it."""
        async with self._client.post(f"{self.simulator.url}/do", data={"act": act, "who": 101, **form}) as answer:
            assert answer.status == 200
            return await answer.text()

    async def server(self) -> tuple[Guild, Channel]:
        """A server with the bot, and its first channel."""
        await self.do("founds", name="读书会")
        [server] = self.simulator.core.guilds.values()
        await self.do("adds bot", channel=server.system_channel)
        return server, server.channels[server.system_channel]

    def posts(self, channel: Channel, **fields: Any) -> Message:
        """The bot writes."""
        return self.simulator.core.post(channel, self.simulator.bot.user, **fields)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """A page of its own."""

    async def refuse(seconds: float) -> None:
        del seconds
        await simulator.refuse()

    simulator = DiscordSimulator(more=lambda app: Page(simulator, refuse=refuse).serve(app))
    simulator.bot.commands = [
        {
            "id": "11",
            "name": "subscribe",
            "name_localizations": {"zh-CN": "订阅"},
            "description": "Subscribe",
            "description_localizations": {"zh-CN": "订阅日报"},
            "options": [
                {"type": 7, "name": "channel", "name_localizations": {"zh-CN": "频道"}},
                {"type": 3, "name": "series", "autocomplete": True},
                {"type": 8, "name": "role"},
                {"type": 5, "name": "public"},
                {"type": 4, "name": "parts"},
            ],
        }
    ]
    async with simulator, aiohttp.ClientSession() as client:
        yield Desk(simulator, client)
        assert simulator.violations == []


async def test_a_server_silences_the_bot_and_a_forum_changes_its_tags(desk: Desk) -> None:
    """What a moderator may do to the bot or to a forum's tags can be clicked where it is possible."""
    server, general = await desk.server()
    assert 'value="times out bot"' in await desk.see(who=101, channel=general.id)
    await desk.do("times out bot", channel=general.id, seconds=60)
    assert server.members[desk.simulator.bot.id].silenced_until
    await desk.do("times out bot", channel=general.id, seconds=0)
    assert not server.members[desk.simulator.bot.id].silenced_until
    await desk.do("creates", channel=general.id, kind="forum", name="论坛", tags="甲 乙")
    [forum] = [channel for channel in server.channels.values() if channel.kind in POSTS_ONLY]
    assert 'value="sets tags"' in await desk.see(who=101, channel=forum.id)
    assert 'value="sets tags"' not in await desk.see(who=101, channel=general.id)
    await desk.do("sets tags", channel=forum.id, tags="乙", needs_tag="on")
    assert [tag.name for tag in forum.tags.values()] == ["乙"]
    assert forum.flags & REQUIRE_TAG


async def test_people_change_seats_in_a_direct_message(desk: Desk) -> None:
    """The links to other people lead somewhere from a direct message too: to their own messages with the bot."""
    [other] = re.findall(r'href="(/\?who=102[^"]*)"', await desk.see(who=101))
    query = dict(parse_qsl(html.unescape(other).partition("?")[2], keep_blank_values=True))
    assert "Write as 小文" in await desk.see(**query)


async def test_what_was_written_is_seen(desk: Desk) -> None:
    """What is typed is said and escaped; the bot's embeds are drawn; what is special stands beside it."""
    _, general = await desk.server()
    await desk.do("says", channel=general.id, text="<b>早</b>")
    embed = {"title": "快讯", "description": "**号外** <x>"}
    desk.posts(general, embeds=[embed], flags=CROSSPOSTED)
    desk.posts(general, content="悄悄", flags=EPHEMERAL, seen_by=101)
    seen = await desk.see(who=101, channel=general.id)
    assert "&lt;b&gt;早&lt;/b&gt;" in seen
    assert "<strong>号外</strong> &lt;x&gt;" in seen
    assert "published" in seen
    assert "only you see this" in seen
    assert "悄悄" not in await desk.see(who=102, channel=general.id)


async def test_commands_are_typed(desk: Desk) -> None:
    """A command is typed with its options, as they are called in one's own language, and they become what they name."""
    server, general = await desk.server()
    await desk.do("creates", channel=general.id, kind="announcements", name="快讯 频道")
    await desk.do("creates role", channel=general.id, name="读者")
    news, [role] = [*server.channels.values()][-1], [role for role in server.roles.values() if role.name == "读者"]
    assert "/订阅" in await desk.see(who=101, channel=general.id)
    text = '/订阅 频道:"#快讯 频道" series:"日 报" role:@读者 public:yes parts:2'
    await desk.do("says", channel=general.id, text=text)
    [asked] = desk.simulator.core.interactions.values()
    told = {option["name"]: option["value"] for option in asked.data["options"]}
    assert told == {"channel": str(news.id), "series": "日 报", "role": str(role.id), "public": True, "parts": 2}


async def test_what_is_offered_and_what_fails_is_shown(desk: Desk) -> None:
    """What the bot offers while one types is shown, and that it did not respond."""
    _, general = await desk.server()
    await desk.do("types", channel=general.id, text="/subscribe series:日")
    [asked] = desk.simulator.core.interactions.values()
    asked.choices = [{"name": "日报", "value": "daily"}]
    assert "<small>daily</small>" in await desk.see(who=101, channel=general.id, part=1)
    await desk.do("says", channel=general.id, text="/subscribe")
    desk.simulator.advance(3.0)
    assert "did not respond" in await desk.see(who=101, channel=general.id, part=1)


async def test_buttons_and_menus_are_used(desk: Desk) -> None:
    """A click on a button presses it, a choice in a menu is told; what is disabled cannot be clicked."""
    _, general = await desk.server()
    menu = {"type": 3, "id": 4, "custom_id": "m", "placeholder": "版式", "min_values": 1, "max_values": 1}
    options = [{"label": "标题", "value": "headlines"}]
    rows = [
        {"type": 1, "id": 1, "components": [{"type": 2, "id": 2, "style": 1, "label": "▶", "custom_id": "p"}]},
        {"type": 1, "id": 3, "components": [menu | {"options": options}]},
    ]
    message = desk.posts(general, content="x", components=rows)
    await desk.do("presses", channel=general.id, message=message.id, label="▶")
    await desk.do("selects", channel=general.id, message=message.id, menu="m", value="headlines")
    pressed, chosen = desk.simulator.core.interactions.values()
    assert (pressed.data["custom_id"], chosen.data["values"]) == ("p", ["headlines"])


async def test_founding_and_leading(desk: Desk) -> None:
    """Channels of every kind are made, threads opened, locked and deleted, the bot is denied and thrown out."""
    server, general = await desk.server()
    for kind in KINDS:
        await desk.do("creates", channel=general.id, kind=kind, name=f"{kind}-频道", tags="时政 科技", needs_tag="on")
    forum = next(channel for channel in server.channels.values() if channel.name == "forum-频道")
    assert {channel.kind for channel in server.channels.values()} == set(KINDS.values())
    assert [tag.name for tag in forum.tags.values()] == ["时政", "科技"]
    await desk.do("opens", channel=forum.id, name="书单", tags="时政")
    [thread] = server.threads.values()
    assert "locked" in await desk.do("locks", channel=thread.id)
    await desk.do("denies", channel=thread.id, SEND_MESSAGES="on")
    assert forum.overwrites[desk.simulator.bot.id].deny
    await desk.do("deletes", channel=thread.id)
    await desk.do("removes bot", channel=general.id)
    assert not server.threads
    assert desk.simulator.bot.id not in server.members
    assert "outage" in await desk.do("outage", channel=general.id)


async def test_what_cannot_be_done_is_said(desk: Desk) -> None:
    """A click that Discord would not allow changes nothing, and the page says so."""
    _, general = await desk.server()
    assert "Discord would not let you" in await desk.do("creates", who=102, channel=general.id, kind="text", name="x")
    assert "Discord would not let you" in await desk.do("says", channel=general.id, text="/nothing")
    assert "Discord would not let you" in await desk.do("says", channel=general.id, text="/subscribe x:1")
    assert not desk.simulator.core.interactions


@pytest.mark.parametrize("fault", FAULTS)
async def test_faults_on_the_page(desk: Desk, fault: str) -> None:
    """Every fault can be switched on for some requests, and off again."""
    await desk.do("fails", fault=fault, path="/messages$", times=5)
    [trap] = desk.simulator.wire.traps
    assert (trap.path, trap.times) == ("/messages$", 5)
    await desk.do("recovers")
    assert not desk.simulator.wire.traps


async def test_the_gateway_is_spoiled_by_hand(desk: Desk) -> None:
    """The gateway's bad days begin and end with a click."""
    await desk.do("gateway: nobody gets in")
    await desk.do("gateway: no acknowledgements")
    assert desk.simulator.gateway.refuses is not None
    assert desk.simulator.gateway.is_mute
    assert "nobody is connected" in await desk.do("gateway: behave")
    assert desk.simulator.gateway.refuses is None
