"""`sudi doctor`: what is configured, what is missing, what to do next."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from adapters.platform import AccountTrouble
from bot.catalogue import LANGUAGES
from bot.config import Settings, SourceSettings
from bot.data_folder import DATABASE, KEY
from bot.demo import POSTS
from bot.doctor import examine
from bot.finding import Finding, Level, finding_json, said
from bot.inspecting.known import MOST_PLACES
from bot.looking.checkout import place_of
from digest.choices import Choices
from storage import alerts, subscriptions
from storage.admins import make_admin_link, open_admin_link
from storage.lock import DataFolderLock
from storage.migrate import migrations
from storage.sqlite import SqliteStore, writing
from storage.subscriptions import Place
from tests.bot.publisher import checkout, publisher
from tests.platforms.telegram.accounts import Webhook
from tests.platforms.telegram.simulator import RunningSimulator, running_simulator

NOW = datetime(2025, 11, 21, 4, 0, tzinfo=UTC)
DISCORD_TOKEN = "MTE3MDAwMDAwMDAwMDAwMDAwMQ.GxY2aa.aaEhBOweik6ad9r_QXMENQjcrGbqCr4Kbc12345"  # noqa: S105 - nobody's
POST = "---\ntitle: A\n---\n\n1. [First story](https://example.com/1)\n\n    Words.\n"


async def _filled(path: Path, *, alarmed: bool) -> None:
    store = await SqliteStore.open(path, now=lambda: NOW)
    if alarmed:
        details = {"source": "posts", "path": "a.md", "problem": "empty", "line": 0}
        await store.write(alerts.raise_alert, "post:posts:a.md", "bad-post", details, NOW)  # type: ignore[arg-type]
    await store.close()


def store(folder: Path, *, alarmed: bool = False) -> None:
    """Make a database."""
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(_filled(folder / DATABASE, alarmed=alarmed))


def posts(folder: Path, **texts: str) -> SourceSettings:
    """A source with these posts."""
    folder.mkdir(parents=True)
    for name, text in texts.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return SourceSettings(folder=folder)


def found(settings: Settings) -> dict[str, Finding]:
    """What the doctor finds, by code. Every finding can be said in both languages."""
    findings = examine(settings, config=None, version="0.1.0")
    for finding in findings:
        for language in LANGUAGES:
            assert "{" not in said(finding, language)
            assert finding_json(finding, language)["message"] == said(finding, language)
    return {finding.code: finding for finding in findings}


def test_the_demo_is_no_source_and_nothing_to_mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the demo's posts are and no source is set up, the doctor says how to publish one's own."""
    monkeypatch.chdir(tmp_path)
    POSTS.mkdir(parents=True)
    assert found(Settings(data_dir=tmp_path / "data"))["sources_demo"].level is Level.NOTE


def test_in_an_empty_folder_it_says_what_to_do_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the first start, what is missing and what to do next is said; only the absent source must be mended."""
    monkeypatch.chdir(tmp_path)
    seen = found(Settings(data_dir=tmp_path / "data"))
    assert {code for code, finding in seen.items() if finding.level is Level.MEND} == {"sources_none", "mend"}
    assert {"data_new", "token_absent", "zone_unset", "settings_none"} <= seen.keys()
    assert not (tmp_path / "data").exists()


def test_when_all_is_ready_it_says_so(tmp_path: Path) -> None:
    """With a database, a source, a zone and an admin, nothing is to be mended."""
    store(tmp_path / "data")
    (tmp_path / "data" / KEY).write_text("the-key")
    seen = found(
        Settings(
            data_dir=tmp_path / "data",
            sources=(posts(tmp_path / "posts", a=POST),),
            time_zone="Asia/Shanghai",
            admins=("telegram:5",),
        )
    )
    assert not [finding for finding in seen.values() if finding.level is Level.MEND]
    fine = {"well", "store_fine", "source_fine", "zone_set", "admins_fine", "key", "data_fine", "python"}
    assert fine <= seen.keys()


@pytest.mark.parametrize(
    ("texts", "code", "level"),
    [
        ({}, "source_empty", Level.MEND),
        ({"a": POST}, "source_fine", Level.FINE),
        ({"a": POST, "b": ""}, "source_bad", Level.NOTE),
    ],
)
def test_each_source_is_looked_at(tmp_path: Path, texts: dict[str, str], code: str, level: Level) -> None:
    """Of each source it is said whether it is there, how many posts it has, and whether they can be delivered."""
    seen = found(Settings(data_dir=tmp_path / "data", sources=(posts(tmp_path / "posts", **texts),)))
    assert seen[code].level is level
    assert seen[code].details["name"] == "posts"


def test_a_source_that_is_not_there_must_be_mended(tmp_path: Path) -> None:
    """A source whose folder is missing must be mended."""
    seen = found(Settings(data_dir=tmp_path / "data", sources=(SourceSettings(folder=tmp_path / "nowhere"),)))
    assert seen["source_missing"].level is Level.MEND


def test_the_remote_of_a_repository_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a Git source it is said whether git is there, whether the remote answers, and has the branch; no secret is."""
    remote = publisher(tmp_path / "remote")
    remote.commit(a__md=POST)
    good = SourceSettings(git=remote.url, name="good")
    seen = found(Settings(data_dir=tmp_path / "data", sources=(good,)))
    assert {"git_fine", "repository_fine", "checkout_new"} <= seen.keys()
    bad = SourceSettings(git=remote.url, branch="none", name="bad")
    assert found(Settings(data_dir=tmp_path / "data", sources=(bad,)))["alert"].details["alert"] == "git-no-branch"
    secret = SourceSettings(git="https://bob:sesame@127.0.0.1:9/x")
    seen = found(Settings(data_dir=tmp_path / "data", sources=(secret,)))
    assert seen["alert"].details["alert"] == "git-unreachable"
    assert "投递" not in said(seen["alert"], "zh")  # nothing was ever received of it
    assert "deliver" not in said(seen["alert"], "en")
    assert "sesame" not in str(seen)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert found(Settings(data_dir=tmp_path / "data", sources=(good,)))["git_absent"].level is Level.MEND


def test_a_repository_that_could_not_be_received_is_told_with_the_last_error(tmp_path: Path) -> None:
    """A remote that answers is not fine where receiving it failed; nothing says then that a start will mend it."""
    remote = publisher(tmp_path / "remote")
    remote.commit(a__md=POST)
    source = SourceSettings(git=remote.url, folder=Path("wrong"), name="news")
    settings = Settings(data_dir=tmp_path / "data", sources=(source,))
    store(tmp_path / "data")
    asyncio.run(_fail_fetch(tmp_path / "data" / DATABASE, "git-no-folder", url=remote.url, branch="", folder="wrong"))
    seen = found(settings)
    assert seen["alert"].details["alert"] == "git-no-folder"
    assert "wrong" in said(seen["alert"], "zh")
    assert not {"repository_fine", "checkout_new"} & seen.keys()
    mended = settings.model_copy(update={"sources": (SourceSettings(git=remote.url, name="news"),)})
    assert {"repository_fine", "checkout_new"} <= found(mended).keys()
    asyncio.run(_fail_fetch(tmp_path / "data" / DATABASE, "git-timed-out", url=remote.url, branch="", folder=""))
    assert found(mended)["fetch_failed"].level is Level.NOTE


async def _fail_fetch(path: Path, code: str, **details: str) -> None:
    kept = await SqliteStore.open(path, now=lambda: NOW)
    await kept.write(alerts.settle_alert, "fetch:news", NOW)
    await kept.write(alerts.raise_alert, "fetch:news", code, {"source": "news", **details}, NOW)
    await kept.close()


def test_the_folder_is_looked_for_in_what_was_received(tmp_path: Path) -> None:
    """A folder that the received commit lacks is named before anything is started."""
    remote = publisher(tmp_path / "remote")
    remote.commit(posts_0_a__md=POST)
    data = tmp_path / "data"
    asyncio.run(checkout(place_of(data, "news"), remote.url, folder="posts").fetch())
    right = SourceSettings(git=remote.url, folder=Path("posts"), name="news")
    assert {"repository_fine", "source_fine"} <= found(Settings(data_dir=data, sources=(right,))).keys()
    wrong = SourceSettings(git=remote.url, folder=Path("post"), name="news")
    seen = found(Settings(data_dir=data, sources=(wrong,)))
    assert (seen["alert"].details["alert"], seen["alert"].details["folder"]) == ("git-no-folder", "post")
    assert "checkout_new" not in seen


def test_a_branch_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Which branch is missing is said, and of an empty repository that it is empty."""
    remote = publisher(tmp_path / "remote")
    empty = SourceSettings(git=remote.url, name="news")
    assert found(Settings(data_dir=tmp_path / "data", sources=(empty,)))["alert"].details["alert"] == "git-no-commit"
    remote.commit(a__md=POST)
    bad = SourceSettings(git=remote.url, branch="blog-posts", name="news")
    seen = found(Settings(data_dir=tmp_path / "data", sources=(bad,)))
    assert all("blog-posts" in said(seen["alert"], language) for language in LANGUAGES)


def test_open_alerts_are_told(tmp_path: Path) -> None:
    """What is wrong in the running program is told with its own words."""
    store(tmp_path / "data", alarmed=True)
    seen = found(Settings(data_dir=tmp_path / "data"))
    assert seen["alert"].level is Level.MEND
    assert "a.md" in said(seen["alert"], "zh")


def test_a_database_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    """A damaged or foreign database must be mended, and is not touched."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / DATABASE).write_bytes(b"no database at all" * 100)
    unusable = found(Settings(data_dir=tmp_path / "data"))["store_unusable"]
    assert unusable.level is Level.MEND
    assert said(unusable, "zh") == "数据库用不了。数据库损坏了，请停掉速递，用备份恢复。（「file is not a database」）"
    assert (tmp_path / "data" / DATABASE).read_bytes() == b"no database at all" * 100


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    """A data folder that cannot be written, or is none, must be mended."""
    (tmp_path / "data").write_text("")
    assert found(Settings(data_dir=tmp_path / "data"))["data_unwritable"].level is Level.MEND
    assert found(Settings(data_dir=tmp_path / "data" / "deeper"))["data_unwritable"].level is Level.MEND


def test_whether_it_runs_is_told(tmp_path: Path) -> None:
    """It is told whether Sudi runs, and whether it answers."""
    store(tmp_path / "data")
    settings = Settings(data_dir=tmp_path / "data")
    assert found(settings)["not_running"].level is Level.NOTE
    with DataFolderLock(tmp_path / "data") as lock:
        assert found(settings)["running_silent"].details["address"] == str(os.getpid())  # it starts just now
        lock.tell("http://127.0.0.1:9")
        assert found(settings)["running_silent"].level is Level.MEND


def test_a_page_open_to_the_network_is_pointed_out(tmp_path: Path) -> None:
    """A page that others on the network reach under no listed name is pointed out."""
    assert found(Settings(data_dir=tmp_path, host="0.0.0.0"))["page_open"].level is Level.NOTE  # noqa: S104
    assert "page_open" not in found(Settings(data_dir=tmp_path, host="0.0.0.0", allowed_hosts=("a.example",)))  # noqa: S104


# --- Telegram ----------------------------------------------------------------------------------------------------


@pytest.fixture
def simulator() -> Iterator[RunningSimulator]:
    """A Telegram with our bot; nothing that nobody may ask is asked of it."""
    with running_simulator() as running:
        yield running
        assert not running.violations


def with_telegram(folder: Path, simulator: RunningSimulator, **more: Any) -> Settings:
    """Settings with the simulator's bot."""
    return Settings(
        data_dir=folder, telegram_token=(SecretStr(simulator.token),), telegram_api_url=simulator.url, **more
    )


def subscribed(folder: Path, simulator: RunningSimulator, *chats: int, topic: str = "") -> None:
    """Subscribe chats of the simulator's bot, or one topic of each."""

    async def subscribe() -> None:
        kept = await SqliteStore.open(folder / DATABASE, now=lambda: NOW)
        for chat in chats:
            place = Place(platform="telegram", account=str(simulator.bot.id), chat=str(chat), thread=topic)
            await kept.write(subscriptions.subscribe, place, Choices(), now=NOW, chat_name=f"Chat {chat}")
        await kept.close()

    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(subscribe())


def test_a_telegram_bot_that_answers_is_told_with_how_it_hears(tmp_path: Path, simulator: RunningSimulator) -> None:
    """Its name, its privacy mode and how it hears are told; that nobody is an admin yet is pointed out."""
    seen = found(with_telegram(tmp_path, simulator))
    assert "@sudi_test_bot" in said(seen["telegram_fine"], "zh")
    assert {"telegram_fine", "telegram_privacy", "telegram_polls", "admins_none"} <= seen.keys()
    assert not {"telegram_no_groups", "telegram_hears_all", "telegram_waiting", "telegram_writes"} & seen.keys()
    assert not simulator.calls("getUpdates")


def test_what_a_telegram_bot_lacks_is_told(tmp_path: Path, simulator: RunningSimulator) -> None:
    """That it cannot join groups, hears all that is said there, and has updates waiting, is worth a note."""
    simulator.person(5).starts()
    simulator.bot.can_join_groups, simulator.bot.has_privacy = False, False
    seen = found(with_telegram(tmp_path, simulator, admins=("telegram:5",)))
    assert {"telegram_no_groups", "telegram_hears_all", "telegram_waiting", "admins_fine"} <= seen.keys()
    assert {seen[code].level for code in ("telegram_no_groups", "telegram_hears_all")} == {Level.NOTE}


@pytest.mark.parametrize(
    ("hook", "setting", "code"),
    [
        ("", "https://digest.example", "telegram_hook_to_set"),
        ("https://other.example/secret-path", "", "telegram_hook_foreign"),
        ("https://other.example/secret-path", "https://digest.example", "telegram_hook_to_set"),
        ("https://digest.example/telegram/7000000001", "https://digest.example", "telegram_hook_fine"),
    ],
)
def test_the_webhook_is_compared_with_the_settings(
    tmp_path: Path, simulator: RunningSimulator, hook: str, setting: str, code: str
) -> None:
    """It is told whether the webhook is ours, is still to be set, or leads to somebody else; never its path."""
    simulator.bot.webhook = Webhook(url=hook, error="Connection refused", error_date=1_780_000_000) if hook else None
    seen = found(with_telegram(tmp_path, simulator, telegram_webhook_url=setting))
    assert code in seen
    assert ("telegram_hook_trouble" in seen) == bool(hook)
    assert "secret-path" not in "".join(said(finding, "en") for finding in seen.values())


def alarm(tmp_path: Path, name: str, trouble: AccountTrouble, why: str) -> None:
    """Keep what the Sudi that runs tells of an account."""

    async def told() -> None:
        kept = await SqliteStore.open(tmp_path / DATABASE, now=lambda: NOW)
        details: dict[str, str | int] = {"lane": name.partition(":")[2], "why": why}
        await kept.write(alerts.raise_alert, name, trouble, details, NOW)
        await kept.close()

    asyncio.run(told())


@pytest.mark.parametrize("about", ["account", "lane"])
def test_a_sudi_that_gave_a_token_up_is_to_be_restarted(
    tmp_path: Path, simulator: RunningSimulator, about: str
) -> None:
    """Not all is well while the Sudi that runs takes the token for dead, though it is valid: a restart is asked for."""
    settings = with_telegram(tmp_path, simulator)
    alarm(tmp_path, f"{about}:telegram:{simulator.bot.id}", AccountTrouble.DEAD, "401: Unauthorized")
    assert "telegram_given_up" not in found(settings)
    with DataFolderLock(tmp_path):
        seen = found(settings)
    assert seen["telegram_given_up"].level is Level.MEND
    assert simulator.bot.user.username in said(seen["telegram_given_up"], "en")


def test_a_webhook_that_telegram_refuses_is_to_be_mended(tmp_path: Path, simulator: RunningSimulator) -> None:
    """While Sudi runs and could not set its webhook, that is told with Telegram's words, and not as still to come."""
    settings = with_telegram(tmp_path, simulator, telegram_webhook_url="https://nowhere.example")
    why = "400: Bad Request: bad webhook: Failed to resolve host"
    alarm(tmp_path, f"account:telegram:{simulator.bot.id}", AccountTrouble.UNREACHABLE, why)
    assert found(settings)["telegram_hook_to_set"].level is Level.NOTE
    with DataFolderLock(tmp_path):
        seen = found(settings)
    assert "telegram_hook_to_set" not in seen
    assert seen["telegram_hook_refused"].level is Level.MEND
    assert why in said(seen["telegram_hook_refused"], "zh")


@pytest.mark.parametrize("topic", ["", "7"])
def test_where_a_telegram_bot_may_not_write_is_told(tmp_path: Path, simulator: RunningSimulator, topic: str) -> None:
    """Each chat that would refuse is named: being silenced is to be mended, being sent away may be meant so.

    So is one of which only a topic is subscribed. Of people only their number can be told.
    """
    lin = simulator.person(5)
    fine, mute, gone = (lin.creates_supergroup(name) for name in ("读书会", "禁言的群", "走了的群"))
    for chat in (fine, mute, gone):
        lin.adds_bot(chat)
    lin.restricts_bot(mute)
    lin.removes_bot(gone)
    subscribed(tmp_path, simulator, 5, fine.id, mute.id)
    subscribed(tmp_path, simulator, gone.id, topic=topic)
    seen = found(with_telegram(tmp_path, simulator))
    assert (seen["telegram_mute"].level, seen["telegram_absent"].level) == (Level.MEND, Level.NOTE)
    assert "禁言的群" in said(seen["telegram_mute"], "zh")
    assert f"Chat {gone.id} {gone.id}" in said(seen["telegram_absent"], "zh")
    assert (seen["telegram_writes"].details["count"], seen["telegram_people"].details["count"]) == (1, 1)


def test_fault_46_where_a_bot_may_not_write_is_told_before_an_upgrade_is_started(
    tmp_path: Path, simulator: RunningSimulator
) -> None:
    """In a database of the version before chats have no names: they are looked at, and told by number."""
    lin = simulator.person(5)
    gone = lin.creates_supergroup("走了的群")
    with closing(writing(tmp_path / DATABASE, now=lambda: NOW, known=migrations()[:5])) as connection:
        connection.execute("INSERT INTO lane (name, platform, account) VALUES (?, ?, ?)", _lane(simulator))
        connection.execute(
            "INSERT INTO subscription (lane_id, chat, state, layout, language, zone, created_at)"
            " VALUES (1, ?, 'active', 'full', 'zh', '', 0)",
            (str(gone.id),),
        )
        connection.commit()
    seen = found(with_telegram(tmp_path, simulator))
    assert said(seen["telegram_absent"], "en").startswith(f"@{simulator.bot.user.username} is not in {gone.id},")


def _lane(simulator: RunningSimulator) -> tuple[str, str, str]:
    account = str(simulator.bot.id)
    return f"telegram:{account}", "telegram", account


def test_only_the_newest_chats_are_asked_about(tmp_path: Path, simulator: RunningSimulator) -> None:
    """A bot of many groups is not asked about all of them; how many were left out is told."""
    subscribed(tmp_path, simulator, *range(-1002, -1005 - MOST_PLACES, -1))
    seen = found(with_telegram(tmp_path, simulator))
    assert seen["telegram_unseen"].details["count"] == 3
    asked = {call.chat for call in simulator.calls("getChat")}
    assert len(asked) == MOST_PLACES
    assert -1002 not in asked


def test_a_dead_token_and_an_absent_telegram_are_to_be_mended(tmp_path: Path, simulator: RunningSimulator) -> None:
    """A refused token and a server that cannot be reached are told in a sentence each, with the host."""
    settings = with_telegram(tmp_path, simulator)
    simulator.revoke()
    assert found(settings)["telegram_refused"].level is Level.MEND
    simulator.refuse()
    unreachable = found(settings)["telegram_unreachable"]
    assert unreachable.level is Level.MEND
    assert "（无法建立连接：「127.0.0.1」）" in said(unreachable, "zh")


def test_what_is_asked_now_is_not_told_from_memory(tmp_path: Path, simulator: RunningSimulator) -> None:
    """That a token was dead is no finding once a new one is there: the bot itself is asked."""

    async def alarmed() -> None:
        kept = await SqliteStore.open(tmp_path / DATABASE, now=lambda: NOW)
        for code in AccountTrouble:
            await kept.write(alerts.raise_alert, f"account:{code}", code, {"lane": "telegram:7000000001"}, NOW)
        await kept.close()

    asyncio.run(alarmed())
    findings = examine(with_telegram(tmp_path, simulator), config=None, version="0.1.0")
    assert [finding.details["alert"] for finding in findings if finding.code == "alert"] == [AccountTrouble.RIVAL]


def test_admins_by_link_count(tmp_path: Path, simulator: RunningSimulator) -> None:
    """Whoever became an admin by a link is one; named in the settings as well, they count once."""

    async def open_link(person: str) -> None:
        kept = await SqliteStore.open(tmp_path / DATABASE, now=lambda: NOW)
        payload = await kept.write(make_admin_link, "telegram", NOW, f"token{person}")
        assert await kept.write(open_admin_link, payload, platform="telegram", person=person, now=NOW)
        await kept.close()

    asyncio.run(open_link("5"))
    assert found(with_telegram(tmp_path, simulator))["admins_fine"].details["count"] == 1
    asyncio.run(open_link("6"))
    assert found(with_telegram(tmp_path, simulator, admins=("telegram:5",)))["admins_fine"].details["count"] == 2


def test_fault_46_before_an_upgrade_is_started_the_doctor_looks_and_changes_nothing(tmp_path: Path) -> None:
    """A database of the version before, which knows no admins, is looked at as it is; no finding is lost for it."""
    with closing(writing(tmp_path / DATABASE, now=lambda: NOW, known=migrations()[:3])):
        pass
    seen = found(Settings(data_dir=tmp_path, admins=("telegram:5",)))
    assert (seen["admins_fine"].details["count"], seen["store_fine"].level) == (1, Level.FINE)
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (3,)


def test_no_finding_holds_a_secret(tmp_path: Path, simulator: RunningSimulator) -> None:
    """Tokens and the key are present or not; their values are in no finding."""
    (tmp_path / KEY).write_text("very-secret-key")
    nowhere = "http://127.0.0.1:9/api/v10"
    tokens = (SecretStr(DISCORD_TOKEN),)
    settings = with_telegram(tmp_path, simulator, discord_token=tokens, discord_api_url=nowhere)
    simulator.revoke()
    findings = examine(settings, config=None, version="0.1.0")
    told = "".join(str(finding_json(finding, language)) for finding in findings for language in LANGUAGES)
    assert "Telegram" in told
    assert "discord_unreachable" in told
    assert DISCORD_TOKEN not in told
    assert simulator.token.partition(":")[2] not in told
    assert "very-secret-key" not in told
    assert os.fspath(tmp_path / KEY) in told
