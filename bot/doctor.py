"""What `sudi doctor` finds: what is configured, what is missing, and what to do next. It changes nothing."""

from __future__ import annotations

import asyncio
import os
import platform
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from adapters.platform import AccountTrouble, Platform
from bot.config import CONFIG_FILE, Settings, SourceSettings
from bot.data_folder import DATABASE, KEY
from bot.demo import POSTS
from bot.finding import Finding, Level, fine, mend, note
from bot.inspecting.discord import discord
from bot.inspecting.telegram import telegram
from bot.looking.checkout import find_folder, place_of, reach
from bot.looking.git import Git, GitFailed, Trouble
from bot.looking.repository import Repository, told
from bot.remote import Unreachable, fetch, peeked
from storage.lock import DataFolderLock, Holder
from storage.store import StoreError

if TYPE_CHECKING:
    from storage.alerts import Alert

LONGEST_ANSWER: Final = 20.0
"""Seconds that a remote may take to answer."""
_TROUBLES: Final = frozenset(trouble.value for trouble in Trouble)
_OF_ACCOUNTS: Final = frozenset(
    {AccountTrouble.DEAD.value, AccountTrouble.UNREACHABLE.value, AccountTrouble.DEAF.value}
)
_UNSEEN: Final = frozenset({Trouble.NO_FOLDER.value, Trouble.NO_ROOM.value, Trouble.BROKEN.value})
"""Troubles that a remote which answers may have all the same: only receiving it shows them."""


def examine(settings: Settings, *, config: Path | None, version: str) -> list[Finding]:
    """Everything that can be seen from outside, from the program to its readers. No secret is in any finding."""
    found = [
        fine("title", version=version),
        *_program(),
        *_settings_file(config),
        *_data(settings),
        *_page(settings),
        *_sources(settings),
        *_platforms(settings),
    ]
    wrong = sum(finding.level is Level.MEND for finding in found)
    return [*found, mend("mend", count=wrong) if wrong else fine("well")]


def _program() -> Iterator[Finding]:
    from storage.sqlite import OLDEST_SQLITE

    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        yield mend("sqlite_old", sqlite=sqlite3.sqlite_version, needed=".".join(map(str, OLDEST_SQLITE)))
    else:
        yield fine("python", python=platform.python_version(), sqlite=sqlite3.sqlite_version)


def _settings_file(config: Path | None) -> Iterator[Finding]:
    path = config or Path(os.environ.get("SUDI_CONFIG") or CONFIG_FILE)
    yield fine("settings_file", file=str(path.absolute())) if path.exists() else note("settings_none")


def _data(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir
    if not folder.exists():
        above = next(parent for parent in folder.absolute().parents if parent.exists())
        possible = above.is_dir() and os.access(above, os.W_OK)
        yield (note if possible else mend)("data_new" if possible else "data_unwritable", folder=str(folder))
        return
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        yield mend("data_unwritable", folder=str(folder))
        return
    yield fine("data_fine", folder=str(folder.absolute()))
    yield from _database(settings)
    yield from _running(DataFolderLock(folder).holder())


def _database(settings: Settings) -> Iterator[Finding]:
    from storage.alerts import open_alerts
    from storage.posts import sources

    if not (settings.data_dir / DATABASE).exists():
        yield note("store_new")
        return
    try:
        with peeked(settings) as db:
            posts = sum(source.posts for source in sources(db))
            alerts = open_alerts(db)
    except StoreError as error:
        yield mend("store_unusable", trouble=error.trouble, **error.details)
        return
    yield fine("store_fine", count=posts)
    for alert in alerts:
        if alert.code in _TROUBLES or (alert.code in _OF_ACCOUNTS and _is_asked(settings, alert)):
            continue  # its remote, or its platform, is asked now
        yield Finding(code="alert", level=Level.MEND, details={"alert": alert.code, **alert.details})


def _is_asked(settings: Settings, alert: Alert) -> bool:
    """Whether the account that an alert is about is looked at, and so tells by itself how it is."""
    lane = str(alert.details.get("lane", ""))
    tokens = {Platform.TELEGRAM: settings.telegram_token, Platform.DISCORD: settings.discord_token}
    return any(tokens[platform] for platform in tokens if lane.startswith(f"{platform}:"))


def _running(holder: Holder | None) -> Iterator[Finding]:
    if holder is None:
        yield note("not_running")
        return
    if not holder.address:
        yield mend("running_silent", address=str(holder.pid))  # it has not come as far as to listen
        return
    try:
        fetch(f"{holder.address}/healthz")
    except Unreachable:
        yield mend("running_silent", address=holder.address)
    else:
        yield fine("running", address=holder.address)


def _page(settings: Settings) -> Iterator[Finding]:
    key = settings.data_dir / KEY
    if key.exists():
        yield fine("key", file=str(key.absolute()))
    if settings.host not in {"127.0.0.1", "localhost", "::1"} and not settings.allowed_hosts:
        yield note("page_open", host=settings.host)


def _sources(settings: Settings) -> Iterator[Finding]:
    if not settings.sources:
        yield sourceless()
    asked = list(_repositories(settings))
    yield from asked
    ill = {finding.details["source"] for finding in asked if "alert" in finding.details}
    for source in settings.sources:
        found = _source(source, settings)
        if found.code != "checkout_new" or source.called not in ill:
            yield found
    if settings.time_zone:
        yield fine("zone_set", zone=settings.time_zone)
    else:
        yield note("zone_unset")


def sourceless() -> Finding:
    """What there is to say where no source is set up: in a clone the demo's posts are none."""
    return note("sources_demo", folder=str(POSTS)) if POSTS.is_dir() else mend("sources_none")


def _source(source: SourceSettings, settings: Settings) -> Finding:
    from bot.checking.files import check
    from bot.looking.folder import FolderLost, as_name, walk

    folder = source.place(settings.data_dir)
    place: dict[str, str | int] = {"name": source.called, "folder": str(folder)}
    try:
        paths = [folder / as_name(path) for path in sorted(walk(folder, source.selection))]
    except FolderLost:
        return note("checkout_new", **place) if source.git else mend("source_missing", **place)
    checked = [check(path, settings, folder=folder) for path in paths]
    if not checked:
        return mend("source_empty", **place)
    bad = sum(not one.sound for one in checked)
    if bad:
        return note("source_bad", count=len(checked), bad=bad, **place)
    return fine("source_fine", count=len(checked), **place)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A remote to ask: of which source, where it is kept, and why it was not received the last time, if it was not."""

    name: str
    repository: Repository
    home: Path
    last: str | None


def _repositories(settings: Settings) -> Iterator[Finding]:
    """Whether git is there, and whether each remote answers; all are asked at once, and none for long."""
    asked = [
        _Asked(
            name=source.called,
            repository=repository,
            home=place_of(settings.data_dir, source.called),
            last=_last_trouble(settings, source.called, repository),
        )
        for source in settings.sources
        if (repository := source.repository) is not None
    ]
    if asked:
        yield from asyncio.run(_ask(asked))


def _last_trouble(settings: Settings, source: str, repository: Repository) -> str | None:
    """Why the repository as it is set up now could not be received the last time."""
    from storage.alerts import open_alerts

    if not (settings.data_dir / DATABASE).exists():
        return None
    try:
        with peeked(settings) as db:
            alerts = open_alerts(db)
    except StoreError:
        return None
    words = {"source": source, **told(repository)}
    return next((found.code for found in alerts if found.code in _TROUBLES and found.details == words), None)


async def _ask(all_asked: Iterable[_Asked]) -> list[Finding]:
    git = Git(os.environ, limit=LONGEST_ANSWER)
    try:
        version = await git.version()
    except GitFailed as failure:
        return [mend("git_old" if failure.trouble is Trouble.OLD_GIT else "git_absent")]
    found = await asyncio.gather(*(_repository(git, one) for one in all_asked))
    return [fine("git_fine", version=version), *found]


async def _repository(git: Git, asked: _Asked) -> Finding:
    words: dict[str, str | int] = {"source": asked.name, **told(asked.repository)}
    try:
        await reach(git, asked.repository)
        await find_folder(git, asked.repository, asked.home)
    except GitFailed as failure:
        return mend("alert", alert=str(failure.trouble), **words)
    if asked.last in _UNSEEN:
        return mend("alert", alert=asked.last, **words)
    if asked.last is not None:
        return note("fetch_failed", alert=asked.last, **words)
    return fine("repository_fine", name=asked.name, url=asked.repository.url)


def _platforms(settings: Settings) -> Iterator[Finding]:
    tokens = {"Telegram": bool(settings.telegram_token), "Discord": bool(settings.discord_token)}
    for name, there in tokens.items():
        if not there:
            yield note("token_absent", platform=name, variable=f"SUDI_{name.upper()}_TOKEN")
    yield from asyncio.run(_accounts(settings))
    if any(tokens.values()) or settings.admins:
        yield from _admins(settings)


async def _accounts(settings: Settings) -> list[Finding]:
    found = await asyncio.gather(telegram(settings), discord(settings))
    return [finding for findings in found for finding in findings]


def _admins(settings: Settings) -> Iterator[Finding]:
    from storage.admins import admins

    made = 0
    with suppress(StoreError, Unreachable), peeked(settings) as db:
        named = set(settings.admins)
        made = sum(f"{admin.platform}:{admin.person}" not in named for admin in admins(db))
    count = len(settings.admins) + made
    yield fine("admins_fine", count=count) if count else note("admins_none")
