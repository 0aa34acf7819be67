"""What `sudi doctor` says of bots on Discord."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from adapters.platform import AccountTrouble, Platform
from bot.config import Settings
from bot.data_folder import DATABASE
from bot.finding import Finding, Level, finding_json, said
from digest.choices import Choices
from storage import alerts, subscriptions
from storage.lock import DataFolderLock
from storage.sqlite import SqliteStore
from storage.subscriptions import Place
from tests.bot.test_doctor import NOW, found
from tests.platforms.discord.faults import Fault
from tests.platforms.discord.servers import Channel
from tests.platforms.discord.simulator import RunningSimulator, running_simulator
from tests.platforms.discord.world import token_for


@pytest.fixture
def simulator() -> Iterator[RunningSimulator]:
    """A Discord with our bot; nothing that nobody may ask is asked of it."""
    with running_simulator() as running:
        yield running
        assert not running.violations


def with_discord(folder: Path, simulator: RunningSimulator, **more: Any) -> Settings:
    """Settings with the simulator's bot."""
    tokens = more.pop("discord_token", (SecretStr(simulator.token),))
    return Settings(data_dir=folder, discord_token=tokens, discord_api_url=simulator.api_url, **more)


def subscribed(folder: Path, simulator: RunningSimulator, *channels: Channel, mention: str = "") -> None:
    """Subscribe channels and threads of the simulator's bot."""

    async def subscribe() -> None:
        kept = await SqliteStore.open(folder / DATABASE, now=lambda: NOW)
        for channel in channels:
            above = channel.parent if channel.is_thread and channel.parent else None
            chat, thread = (str(above.id), str(channel.id)) if above else (str(channel.id), "")
            place = Place(platform="discord", account=str(simulator.bot.id), chat=chat, thread=thread)
            name = f"#{channel.name} (Town)" if channel.guild else ""
            await kept.write(subscriptions.subscribe, place, Choices(mention=mention), now=NOW, chat_name=name)
        await kept.close()

    asyncio.run(subscribe())


def alarm(folder: Path, name: str, trouble: AccountTrouble, why: str) -> None:
    """Keep what the Sudi that runs tells of an account."""

    async def told() -> None:
        kept = await SqliteStore.open(folder / DATABASE, now=lambda: NOW)
        details: dict[str, str | int] = {"lane": name.partition(":")[2], "why": why}
        await kept.write(alerts.raise_alert, name, trouble, details, NOW)
        await kept.close()

    asyncio.run(told())


def mended(seen: dict[str, Finding]) -> set[str]:
    """What has to be mended at Discord."""
    return {code for code, one in seen.items() if one.level is Level.MEND and code.startswith("discord_")}


def test_a_bot_on_discord_that_answers_is_told_with_its_servers(tmp_path: Path, simulator: RunningSimulator) -> None:
    """Its name, its servers and the link that invites it are told; nothing is to be mended, and no gateway opened."""
    lin = simulator.person(101)
    server = lin.creates_server("读书会")
    lin.adds_bot(server)
    subscribed(tmp_path, simulator, lin.creates_channel(server, "快讯"), lin.creates_forum(server, "论坛"))
    seen = found(with_discord(tmp_path, simulator))
    assert {"discord_fine", "discord_servers", "discord_invite", "discord_writes", "admins_none"} <= seen.keys()
    assert not mended(seen)
    assert not {"discord_no_servers", "discord_starts", "discord_not_public", "discord_unseen"} & seen.keys()
    assert "读书会" in said(seen["discord_servers"], "zh")
    assert f"client_id={simulator.bot.application}" in said(seen["discord_invite"], "en")
    assert seen["discord_writes"].details["count"] == 2
    assert simulator.bot.session_starts_left == simulator.bot.session_starts


def test_where_a_bot_on_discord_lacks_something_is_told(tmp_path: Path, simulator: RunningSimulator) -> None:
    """Every permission that is missing is told by the name that Discord's settings have for it, with the channel."""
    lin = simulator.person(101)
    server = lin.creates_server("读书会")
    role = lin.adds_bot(server)
    mute, hall = lin.creates_channel(server, "禁言"), lin.creates_channel(server, "大厅")
    gone, forum = lin.creates_channel(server, "删了"), lin.creates_forum(server, "论坛", needs_tag=True)
    locked, rests = lin.opens_thread(hall, "锁定"), lin.opens_thread(hall, "归档")
    lin.locks(locked)
    lin.archives(rests)
    lin.denies(mute, "SEND_MESSAGES", "EMBED_LINKS", whom=role)
    lin.deletes(gone)
    subscribed(tmp_path, simulator, mute, gone, forum, locked, rests, lin.dm, mention="999")
    seen = found(with_discord(tmp_path, simulator))
    assert mended(seen) == {"discord_lacks", "discord_locked", "discord_no_tag"}
    lacks = said(seen["discord_lacks"], "zh")
    assert all(words in lacks for words in ("读书会 · #禁言", str(mute.id), "「发送消息」", "「嵌入链接」"))
    assert "“Send Messages”, “Embed Links”" in said(seen["discord_lacks"], "en")
    assert finding_json(seen["discord_lacks"], "zh")["lacks"] == "write,embed"
    assert "#锁定" in said(seen["discord_locked"], "zh")
    assert "#归档" in said(seen["discord_rests"], "zh")
    assert f"#删了 (Town) {gone.id}" in said(seen["discord_gone"], "zh")
    assert {"discord_role_gone", "discord_people"} <= seen.keys()


def test_a_role_that_cannot_be_called_is_worth_a_note(tmp_path: Path, simulator: RunningSimulator) -> None:
    """Where mentioning a role notifies nobody, both ways out of it are told: issues arrive all the same."""
    lin = simulator.person(101)
    server = lin.creates_server("读书会")
    lin.adds_bot(server)
    news, role = lin.creates_channel(server, "快讯"), lin.creates_role(server, "读者")
    subscribed(tmp_path, simulator, news, mention=str(role.id))
    seen = found(with_discord(tmp_path, simulator))
    assert mended(seen) == set()
    assert seen["discord_no_call"].level is Level.NOTE
    told = said(seen["discord_no_call"], "zh")
    assert all(words in told for words in ("#快讯", "「提及 @everyone、@here 和所有身份组」", "这个身份组的设置"))


def test_a_time_out_on_discord_is_told(tmp_path: Path, simulator: RunningSimulator) -> None:
    """That a bot may write nowhere in a server for a while is told, and nothing is said of permissions."""
    lin = simulator.person(101)
    server = lin.creates_server("读书会")
    lin.adds_bot(server)
    news = lin.creates_channel(server, "快讯")
    lin.times_out_bot(server, 600)
    subscribed(tmp_path, simulator, news)
    seen = found(with_discord(tmp_path, simulator))
    assert mended(seen) == {"discord_hushed"}
    assert "#快讯" in said(seen["discord_hushed"], "zh")


def test_what_is_set_wrong_in_discords_portal_is_to_be_mended(tmp_path: Path, simulator: RunningSimulator) -> None:
    """An endpoint by which Sudi hears nothing must go; being in no server, or used up, is worth a note."""
    simulator.bot.interactions_endpoint = "https://other.example/secret-path"
    simulator.bot.is_public = False
    simulator.bot.session_starts_left = 3
    seen = found(with_discord(tmp_path, simulator))
    assert mended(seen) == {"discord_endpoint"}
    assert "other.example" in said(seen["discord_endpoint"], "zh")
    assert "secret-path" not in said(seen["discord_endpoint"], "zh")
    assert {"discord_no_servers", "discord_not_public", "discord_starts"} <= seen.keys()


@pytest.mark.parametrize(
    ("name", "trouble", "code"),
    [
        ("lane", AccountTrouble.DEAD, "discord_given_up"),
        ("account", AccountTrouble.DEAD, "discord_given_up"),
        ("account", AccountTrouble.DEAF, "discord_deaf"),
    ],
)
def test_what_the_running_sudi_tells_of_a_bot_is_told(
    tmp_path: Path, simulator: RunningSimulator, name: str, trouble: AccountTrouble, code: str
) -> None:
    """A bot that answers the doctor may have been given up, or may hear nobody, in the Sudi that runs."""
    settings = with_discord(tmp_path, simulator)
    alarm(tmp_path, f"{name}:{Platform.DISCORD}:{simulator.bot.id}", trouble, "4014: disallowed intents")
    assert not {code, "alert"} & found(settings).keys()
    with DataFolderLock(tmp_path):
        seen = found(settings)
    assert seen[code].level is Level.MEND
    assert "alert" not in seen
    assert ("4014" in said(seen[code], "en")) == (trouble is AccountTrouble.DEAF)


def test_a_dead_token_a_ban_and_an_absent_discord_are_told_apart(tmp_path: Path, simulator: RunningSimulator) -> None:
    """A banned address, a refused token and a server that cannot be reached have a sentence each."""
    tokens = (SecretStr(simulator.token), SecretStr(token_for(1_100_000_000_000_000_009)))
    seen = found(with_discord(tmp_path, simulator, discord_token=tokens))
    assert {"discord_fine", "discord_refused"} <= seen.keys()
    assert "1100000000000000009" in said(seen["discord_refused"], "zh")
    settings = with_discord(tmp_path, simulator)
    simulator.fail(Fault.banned(), times=9)
    assert mended(found(settings)) == {"discord_banned"}
    simulator.recover()
    simulator.refuse()
    unreachable = found(settings)["discord_unreachable"]
    assert unreachable.level is Level.MEND
    assert "（无法建立连接：「127.0.0.1」）" in said(unreachable, "zh")
