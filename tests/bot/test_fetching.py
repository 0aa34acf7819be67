"""Git sources from the remote to a delivery, with the real git, the real store and a clock that is set by hand."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from structlog.testing import capture_logs

from bot.catalogue import LANGUAGES, say
from bot.fetching import LONGEST_REST, Fetcher, Remote
from bot.look import NOT_RECEIVED
from bot.looking.checkout import Checkout
from bot.looking.git import Git, Trouble
from bot.looking.outcome import Customs, Drafts, Future
from bot.looking.repository import Repository, told
from bot.looking.selection import Selection
from storage import alerts, posts
from storage.database import Database
from storage.posts import KeptSource, believe_vanished
from storage.store import Store, StoreBusy
from tests.bot.newsroom import START, Newsroom, open_newsroom, post
from tests.bot.publisher import Publisher, checkout, publisher

EVERY = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class Agency:
    """A newsroom whose source is the repository of a publisher."""

    room: Newsroom
    remote: Publisher
    fetcher: Fetcher

    async def arrive(self) -> None:
        """Fetch, and look until everything has settled."""
        await self.fetcher.fetch()
        await self.room.settle()

    async def kept(self) -> KeptSource:
        """What is kept of the source."""
        return await self.room.store.read(posts.source, "news")


def agency_of(room: Newsroom, remote: Publisher, here: Checkout) -> Agency:
    """An agency with this checkout."""
    room.source = replace(room.source, folder=here.folder, checkout=here)
    fetcher = Fetcher(
        Remote(source="news", checkout=here, every=EVERY),
        room.store,
        now=lambda: room.now,
        random=lambda: 0.5,
        told=lambda: None,
    )
    return Agency(room=room, remote=remote, fetcher=fetcher)


@pytest.fixture
async def agency(tmp_path: Path) -> AsyncIterator[Agency]:
    """An agency that has had its first look, at one old post."""
    remote = publisher(tmp_path / "remote")
    remote.commit(old__md=post("Old"))
    async with open_newsroom(tmp_path) as room:
        found = agency_of(room, remote, checkout(tmp_path / "data/news", remote.url))
        await found.arrive()
        yield found


async def test_a_commit_is_published_once(agency: Agency) -> None:
    """The first look at a repository sends nothing; what is committed later is published once it has settled."""
    assert await agency.room.delivered() == []
    agency.remote.commit(new__md=post("New"))
    await agency.arrive()
    await agency.arrive()
    assert await agency.room.delivered() == ["New"]
    kept = await agency.kept()
    assert kept.received == agency.remote.git("rev-parse", "HEAD")
    assert kept.fetched_at is not None
    assert kept.next_fetch == kept.fetched_at + EVERY
    assert kept.seen_at is not None


@pytest.mark.parametrize("how", ["force-push", "new history", "mass touch", "received anew", "renamed"])
async def test_fault_23_content_decides(agency: Agency, how: str) -> None:
    """A force-push, a rewritten history, new file times, a repository received anew, a rename: nothing sent again."""
    agency.remote.commit(new__md=post("New"))
    await agency.arrive()
    match how:
        case "force-push":
            agency.remote.git("commit", "--quiet", "--amend", "--message=other")
        case "new history":
            agency.remote.git("checkout", "--quiet", "--orphan", "fresh")
            agency.remote.commit()
            agency.remote.git("branch", "--force", "main")
            agency.remote.git("checkout", "--quiet", "main")
        case "mass touch":
            for path in agency.room.source.folder.glob("*.md"):
                os.utime(path, (0, 0))
        case "received anew":
            (agency.room.source.folder.parent / "ready").unlink()
        case _:
            agency.remote.git("mv", "new.md", "renamed.md")
            agency.remote.commit()
    await agency.arrive()
    await agency.arrive()
    assert await agency.room.delivered() == ["New"]
    assert len(await agency.room.posts()) == 2
    assert await agency.room.alerts() == {}


async def test_another_remote_with_the_same_posts_sends_nothing(agency: Agency, tmp_path: Path) -> None:
    """When the repository moved to another address, its posts are known by what they say."""
    moved = publisher(tmp_path / "moved")
    moved.commit(old__md=post("Old"))
    other = agency_of(agency.room, moved, checkout(tmp_path / "data/news", moved.url))
    assert (await agency.room.look()).failing == NOT_RECEIVED
    await other.arrive()
    assert await agency.room.delivered() == []
    moved.commit(new__md=post("New"))
    await other.arrive()
    assert await agency.room.delivered() == ["New"]


async def test_a_branch_that_lost_its_posts_is_a_failing_source(agency: Agency) -> None:
    """A force-push that takes many posts away is believed only when an admin says so."""
    for number in range(5):
        agency.remote.write(f"{number}.md", post(f"Post {number}"))
    agency.remote.commit()
    await agency.arrive()
    agency.remote.git("reset", "--quiet", "--hard", "HEAD~1")
    await agency.arrive()
    assert set(await agency.room.alerts()) == {"source:news"}
    await agency.room.store.write(believe_vanished, "news")
    await agency.room.settle()
    assert await agency.room.alerts() == {}


async def test_a_remote_that_fails_is_told_once_and_rests_longer(agency: Agency) -> None:
    """A remote that cannot be received is told once, asked more rarely, and told once when it is back."""
    away = agency.remote.folder.rename(agency.remote.folder.with_name("away"))
    with capture_logs() as log:
        rests = [await agency.fetcher.fetch() for _ in range(8)]
    assert [line["event"] for line in log] == ["source.unreachable"]
    assert rests == sorted(rests)
    assert rests[0] > EVERY
    assert rests[-1] > LONGEST_REST / 2
    assert max(rests) <= LONGEST_REST
    kept = await agency.kept()
    assert (kept.fetch_error, kept.error) == ("git-no-repository", None)
    assert kept.next_fetch == agency.room.now + rests[-1]
    assert (await agency.room.alerts())["fetch:news"].details["url"] == agency.remote.url
    assert (await agency.room.look()).failing is None
    away.rename(agency.remote.folder)
    with capture_logs() as log:
        assert [await agency.fetcher.fetch() for _ in range(2)] == [EVERY, EVERY]
    assert [line["event"] for line in log] == ["source.reachable"]
    assert await agency.room.alerts() == {}
    assert (await agency.kept()).fetch_error is None


async def test_a_store_that_cannot_note_a_failure_makes_it_no_two(agency: Agency, tmp_path: Path) -> None:
    """A remote that fails while the store cannot be written to rests as after one failure, and then as after two."""
    agency.remote.folder.rename(tmp_path / "gone")

    class Locked:
        """A store that somebody else holds."""

        async def write(self, *_args: object, **_more: object) -> None:
            raise StoreBusy("held")

    remote = agency.fetcher._remote
    fetcher = Fetcher(remote, cast("Store", Locked()), now=lambda: START, random=lambda: 1.0, told=lambda: None)
    assert [await fetcher.fetch(), await fetcher.fetch()] == [2 * EVERY, 4 * EVERY]


async def test_a_post_received_before_is_published_while_the_remote_is_gone(agency: Agency) -> None:
    """While a remote fails, what was received is still looked at and delivered."""
    agency.remote.commit(new__md=post("New"))
    await agency.fetcher.fetch()
    agency.remote.folder.rename(agency.remote.folder.with_name("away"))
    await agency.arrive()
    assert await agency.room.delivered() == ["New"]


async def test_nothing_is_concluded_before_a_repository_is_there(tmp_path: Path) -> None:
    """A repository that was never received, or only by halves, is no empty folder: its first look is still to come."""
    remote = publisher(tmp_path / "remote")
    async with open_newsroom(tmp_path) as room:
        found = agency_of(room, remote, checkout(tmp_path / "data/news", remote.url))
        await found.fetcher.fetch()
        assert (await room.look()).failing == NOT_RECEIVED
        assert set(await room.alerts()) == {"fetch:news"}
        remote.commit(old__md=post("Old"))
        await found.arrive()
        assert await room.delivered() == []
        assert await room.state("old.md") == "indexed"
        assert await room.alerts() == {}


async def test_a_remote_that_hangs_keeps_no_other_source(agency: Agency, tmp_path: Path) -> None:
    """While git waits for a remote, the source's own files and those of others are looked at."""
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    (bin_folder / "git").write_text("#!/bin/sh\nsleep 60\n")
    (bin_folder / "git").chmod(0o755)
    stuck = checkout(tmp_path / "data/news", agency.remote.url, path=f"{bin_folder}:{os.environ['PATH']}")
    other = agency_of(agency.room, agency.remote, stuck)
    task = asyncio.create_task(other.fetcher.run())
    await asyncio.sleep(0.1)
    assert (await agency.room.look()).failing is None
    assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_no_secret_is_logged_or_kept(agency: Agency, tmp_path: Path) -> None:
    """A token stands in no log line, no alert and no row, whatever git says of it."""
    secret = "tok-of-nobody-123"  # noqa: S105 - nobody's
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    (bin_folder / "git").write_text(f'#!/bin/sh\necho "fatal: $* {secret} https://u:{secret}@h/x" >&2\nexit 1\n')
    (bin_folder / "git").chmod(0o755)
    git = Git({"PATH": f"{bin_folder}:{os.environ['PATH']}"})
    repository = Repository(url="https://h/x", user="u", secret=secret)
    here = Checkout("news", repository, home=tmp_path / "data/secret", git=git)
    found = agency_of(agency.room, agency.remote, here)
    with capture_logs() as log:
        await found.fetcher.fetch()
    assert [line["event"] for line in log] == ["source.unreachable"]
    assert secret not in str(log)
    assert secret not in str(await agency.room.alerts())
    assert secret not in await agency.room.store.read(_dump)


def _dump(db: Database) -> str:
    return str([posts.sources(db), alerts.open_alerts(db)])


@pytest.mark.parametrize("trouble", Trouble)
def test_every_trouble_has_words(trouble: Trouble) -> None:
    """Whatever keeps a repository from being received is told in both languages, with what to do."""
    words = {"source": "news", **told(Repository(url="https://h.example/x", folder="posts"))}
    for language in LANGUAGES:
        assert "news" in say(language, f"alerts.{trouble}", **words)


# --- What a source says of its posts -----------------------------------------------------------------------------


async def test_a_post_waits_for_its_date_over_restarts(tmp_path: Path) -> None:
    """Where dates to come are waited for, a post leaves when its date comes, though its file stays as it is."""
    async with open_newsroom(tmp_path) as room:
        room.source = replace(room.source, customs=Customs(future=Future.WAIT))
        room.save("old.md", post("Old", date="2026-01-01"))
        room.save("first.md", post("First", date="2026-01-05 08:30:00"))
        await room.look()
        room.save("later.md", post("Later", date="2026-01-07 09:00:00"))
        room.save("now.md", post("Now", date="2026-01-05 08:00:00"))
        assert (await room.settle()).postponed == 1
        assert await room.delivered() == ["Now"]
        room.looker = type(room.looker)(room.store, lambda: room.now)
        assert (await room.look(after=1)).published == 0
        assert (await room.look(after=3600)).published == 1
        assert await room.delivered() == ["Now", "First"]
        assert (await room.look(after=2 * 86_400)).published == 1
        assert (await room.look(after=600)).published == 0
        assert await room.delivered() == ["Now", "First", "Later"]
        digest = await room.digest("later.md")
        assert digest is not None
        assert digest.first_seen.isoformat() == "2026-01-07T09:00:00+00:00"


async def test_a_waiting_post_whose_date_changes_waits_for_the_new_one(tmp_path: Path) -> None:
    """A newer text decides anew: an earlier date, none, or a draft."""
    async with open_newsroom(tmp_path) as room:
        room.source = replace(room.source, customs=Customs(future=Future.WAIT))
        room.save("old.md", post("Old"))
        await room.look()
        for name in ("a.md", "b.md", "c.md"):
            room.save(name, post(name, date="2026-02-01"))
        await room.settle()
        room.save("a.md", post("a.md"))
        room.save("b.md", post("b.md", draft="true"))
        await room.settle()
        assert await room.delivered() == ["a.md"]
        assert await room.state("b.md") == "draft"
        assert (await room.posts())["c.md"].due_at is not None
        room.source = replace(room.source, customs=Customs())
        await room.look()
        assert await room.delivered() == ["a.md", "c.md"]


async def test_many_posts_for_dates_to_come_are_no_backlog(tmp_path: Path) -> None:
    """A month of posts in one commit waits post by post, and each leaves on its day."""
    async with open_newsroom(tmp_path) as room:
        room.source = replace(room.source, customs=Customs(future=Future.WAIT))
        room.save("old.md", post("Old"))
        await room.look()
        for day in range(1, 29):
            room.save(f"{day}.md", post(f"Day {day}", date=f"2026-02-{day:02}"))
        await room.settle()
        assert await room.alerts() == {}
        for _ in range(60):
            await room.look(after=86_400)
        assert await room.delivered() == [f"Day {day}" for day in range(1, 29)]


async def test_drafts_are_published_where_the_source_says_so(tmp_path: Path) -> None:
    """A source may publish drafts, in folders of drafts as well; a withdrawn post stays withdrawn."""
    async with open_newsroom(tmp_path) as room:
        room.save("old.md", post("Old"))
        await room.look()
        customs = Customs(drafts=Drafts.PUBLISH)
        room.source = replace(room.source, customs=customs, selection=Selection(drafts=True))
        room.save("a.md", post("A", draft="true"))
        room.save("_drafts/b.md", post("B"))
        room.save("c.md", post("C", withdrawn="true"))
        await room.settle()
        assert sorted(await room.delivered()) == ["A", "B"]


async def test_only_selected_files_are_posts(tmp_path: Path) -> None:
    """Files that a source does not include, or excludes, are no posts of it."""
    async with open_newsroom(tmp_path) as room:
        room.source = replace(room.source, selection=Selection(("daily/**",), ("*-en.md",)))
        room.save("daily/old.md", post("Old"))
        await room.look()
        for path in ("daily/a.md", "daily/a-en.md", "weekly/b.md"):
            room.save(path, post(path))
        await room.settle()
        assert await room.delivered() == ["daily/a.md"]
