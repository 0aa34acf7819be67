"""Looking at a real folder with the real store: what is published, once, and when."""

from __future__ import annotations

import asyncio
import os
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.look import Looked, Looker, Settling
from bot.looking import folder
from digest.problems import Code
from digest.read import LARGEST_POST
from storage import digests
from storage.ledger import promise_page
from storage.posts import believe_vanished, sources
from storage.records import DeliveryState, PostState
from tests.bot.newsroom import SETTLE, START, Newsroom, open_newsroom, post


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Newsroom]:
    """A newsroom whose folder had one old post at its first look."""
    async with open_newsroom(tmp_path) as newsroom:
        newsroom.save("old.md", post("Old"))
        await newsroom.look()
        yield newsroom


async def test_saved_post_is_published_once_it_has_settled(room: Newsroom) -> None:
    """A post is published by saving a file, after the settle time and never before."""
    room.save("new.md", post("New"))
    assert (await room.look()).new == 1
    assert (await room.look(after=59)).published == 0
    assert await room.delivered() == []
    looked = await room.look(after=1)
    assert looked.published == 1
    assert looked.stirred
    assert await room.delivered() == ["New"]
    assert (await room.look(after=600)) == Looked(found=2)


async def test_posts_that_come_together_are_brought_in_the_order_of_their_dates(room: Newsroom) -> None:
    """Within one look digests are kept and brought by their own date, whatever their paths; else by path."""
    room.save("a.md", post("Third", date="2026-01-04"))
    room.save("b.md", post("First", date="2026-01-02"))
    room.save("c.md", post("Second", date="2026-01-03"))
    room.save("e.md", post("Fifth"))
    room.save("d.md", post("Fourth"))
    assert (await room.settle()).published == 5
    assert await room.delivered() == ["First", "Second", "Third", "Fourth", "Fifth"]


async def test_more_posts_than_one_unit_keeps_are_in_order_all_the_same(room: Newsroom) -> None:
    """A released backlog is brought in the order of its dates, though several units of work kept it."""
    for number in range(70):
        room.save(f"{number:02}.md", post(f"{70 - number:02}", date=f"{START - timedelta(days=number):%Y-%m-%d}"))
    assert (await room.settle()).held == 70
    await room.store.write(digests.release_backlog, "news", room.now)
    await room.look()
    assert await room.delivered() == [f"{number:02}" for number in range(1, 71)]


async def test_first_look_indexes_and_sends_nothing(room: Newsroom) -> None:
    """The first look at each source indexes and sends nothing; what it found can be asked for."""
    assert await room.state("old.md") == "indexed"
    assert await room.delivered() == []
    assert [kept.title for kept in await room.store.read(digests.latest_by_series)] == ["Old"]


async def test_new_looker_goes_on_where_the_last_one_was(room: Newsroom) -> None:
    """After a restart nothing is published again, and what settled meanwhile is published."""
    room.save("new.md", post("New"))
    await room.look()
    room.looker = Looker(room.store, lambda: room.now)
    assert (await room.look(after=61)).published == 1
    room.looker = Looker(room.store, lambda: room.now)
    assert (await room.look(after=61)) == Looked(found=2)
    assert await room.delivered() == ["New"]


async def test_first_look_that_was_cut_off_is_still_the_first(tmp_path: Path) -> None:
    """A crash in the middle of the first look makes nothing of it news."""
    async with open_newsroom(tmp_path) as newsroom:
        newsroom.save("a.md", post("A"))
        broken = Looker(_CutOff(newsroom), lambda: newsroom.now)  # type: ignore[arg-type]
        with pytest.raises(ConnectionError):
            await broken.look(newsroom.source)
        assert await newsroom.state("a.md") == "settling"
        newsroom.save("b.md", post("B"))
        await newsroom.settle()
        assert await newsroom.state("a.md") == "indexed"
        assert await newsroom.state("b.md") == "indexed"
        assert await newsroom.delivered() == []


class _CutOff:
    """A store whose process dies after the posts were kept, before they were read."""

    def __init__(self, room: Newsroom) -> None:
        self._store = room.store
        self._writes = 0
        self.read = room.store.read

    async def write(self, unit: object, *args: object, **kwargs: object) -> object:
        self._writes += 1
        if self._writes > 2:
            raise ConnectionError
        return await self._store.write(unit, *args, **kwargs)  # type: ignore[arg-type]


# --- Fault 22: half-written posts, swap files, the rename dance ----------------------------------------------------


async def test_fault_22_half_written_post_waits(room: Newsroom) -> None:
    """A post that is still being written waits: the settle time counts from its last change."""
    for words in ("One.", "One. Two.", "One. Two. Three."):
        room.save("new.md", post("New", words))
        assert (await room.look(after=40)).published == 0
    await room.look(after=61)
    assert await room.delivered() == ["New"]
    kept = await room.digest("new.md")
    assert kept is not None
    assert b"Three." in await room.store.read(digests.text_of, kept.revision)


async def test_fault_22_file_that_changes_at_the_last_moment_waits(room: Newsroom) -> None:
    """A file whose size or time changed since the last look is not read as settled, however long ago it appeared."""
    room.save("new.md", post("New", "Draft."))
    await room.look()
    room.save("new.md", post("New", "Final."))
    assert (await room.look(after=61)).published == 0
    assert (await room.look(after=61)).published == 1


async def test_fault_22_change_that_its_stamp_hides_is_found_when_it_is_read(room: Newsroom) -> None:
    """A text of the same size written within the file system's clock tick is noticed before it is published."""
    file = room.save("new.md", post("New", "Tic."))
    await room.look()
    stamp = file.stat().st_mtime_ns
    file.write_text(post("New", "Tac."))
    os.utime(file, ns=(stamp, stamp))
    assert (await room.look(after=61)).published == 0
    assert (await room.look(after=61)).published == 1


async def test_fault_22_swap_files_are_ignored(room: Newsroom) -> None:
    """What editors, sync tools and generators leave in a folder is no post."""
    for name in (
        ".new.md.swp",
        ".#new.md",
        "#new.md#",
        "new.md~",
        "~$new.md",
        "4913",
        "new.md.tmp",
        ".syncthing.new.md.tmp",
        "_index.md",
        "README.md",
        "readme.zh-CN.md",
        "new.bak.md",
        "oldbak.md",
        "notes.txt",
        "node_modules/x/guide.md",
        ".git/description.md",
        "_drafts/idea.md",
    ):
        room.save(name, post(name))
    assert (await room.settle()).published == 0
    assert list(await room.posts()) == ["old.md"]


async def test_fault_22_rename_dance_is_one_publication(room: Newsroom) -> None:
    """An editor that writes beside the file and renames over it publishes once, and an edit is an edit."""
    room.save("new.md.tmp", post("New"))
    room.rename("new.md.tmp", "new.md")
    await room.settle()
    room.rename("new.md", "new.md~")
    await room.look()
    assert (await room.posts())["new.md"].missing
    room.save("new.md", post("New", "With a correction."))
    looked = await room.look()
    assert looked.changed == 1
    assert (await room.look(after=61)).revised == 1
    assert await room.delivered() == ["New"]
    assert await room.state("new.md") == "published"


async def test_fault_22_new_post_that_gets_its_name_late_is_published_once(room: Newsroom) -> None:
    """A post that is renamed while it settles is one post."""
    room.save("untitled.md", post("New"))
    await room.look()
    room.rename("untitled.md", "new.md")
    assert (await room.look()).moved == 1
    assert (await room.look(after=61)).published == 1
    assert await room.delivered() == ["New"]
    assert "untitled.md" not in await room.posts()


# --- Fault 23: content decides ------------------------------------------------------------------------------------


async def test_fault_23_mass_touch_changes_nothing(room: Newsroom) -> None:
    """A force-push, a shallow clone or a mass touch gives every file a new time: content decides, nothing is sent."""
    for number in range(5):
        room.save(f"{number}.md", post(f"Post {number}"))
    await room.settle()
    before = {path: kept.changed_at for path, kept in (await room.posts()).items()}
    for path in before:
        room.touch(path)
    looked = await room.look(after=3600)
    assert looked == Looked(found=6, touched=6)
    assert (await room.look(after=3600)) == Looked(found=6)
    assert {path: kept.changed_at for path, kept in (await room.posts()).items()} == before
    assert len(await room.delivered()) == 5


async def test_fault_23_checkout_of_another_branch_and_back_sends_nothing_again(room: Newsroom) -> None:
    """A post that vanished for good and comes back, at its path or another, is the same post."""
    room.save("a.md", post("A"))
    room.save("b.md", post("B"))
    await room.settle()
    ids = {path: kept.id for path, kept in (await room.posts()).items()}
    room.delete("a.md")
    room.delete("b.md")
    assert (await room.settle()).gone == 2
    room.save("a.md", post("A"))
    room.save("elsewhere/b.md", post("B"))
    await room.settle()
    found = await room.posts()
    assert found["a.md"].id == ids["a.md"]
    assert found["elsewhere/b.md"].id == ids["b.md"]
    assert await room.state("a.md") == "published"
    assert await room.delivered() == ["A", "B"]


# --- Fault 24: moves ----------------------------------------------------------------------------------------------


async def test_fault_24_renamed_post_is_the_same_post(room: Newsroom) -> None:
    """A path that vanishes while another appears with the same text has moved: no second delivery."""
    room.save("a.md", post("A"))
    await room.settle()
    before = (await room.posts())["a.md"].id
    room.rename("a.md", "2026/01/甲 #1.md")
    assert (await room.look()).moved == 1
    await room.look(after=61)
    found = await room.posts()
    assert found["2026/01/甲 #1.md"].id == before
    assert "a.md" not in found
    assert await room.delivered() == ["A"]


async def test_fault_24_whole_folder_renamed(room: Newsroom) -> None:
    """Any number of posts may move at once; none of them has vanished."""
    for number in range(12):
        room.save(f"posts/{number}.md", post(f"Post {number}"))
    await room.settle()
    before = {kept.title: kept.id for kept in (await room.posts()).values()}
    room.rename("posts", "content")
    looked = await room.look()
    assert (looked.moved, looked.failing) == (12, None)
    await room.look(after=61)
    assert {kept.title: kept.id for kept in (await room.posts()).values()} == before
    assert len(await room.delivered()) == 12


@pytest.mark.parametrize(
    ("front", "edited"),
    [
        ({"id": "p-17", "date": "2026-01-05T09:00:00+08:00"}, {"id": "p-17", "date": "2026-01-05T09:00:00+08:00"}),
        ({"slug": "xinpian"}, {"slug": "xinpian"}),
        ({"date": "2026-01-05T09:17:24+08:00"}, {"date": "2026-01-05T09:17:24+08:00"}),
    ],
    ids=["same id and time", "same slug and title", "same series and time"],
)
async def test_fault_24_post_that_is_moved_and_edited_is_the_same_post(
    room: Newsroom, front: dict[str, str], edited: dict[str, str]
) -> None:
    """The same id or slug, or the same series and time, tell a post whose text changed with its path."""
    room.save("a.md", post("A", **front))
    await room.settle()
    before = (await room.posts())["a.md"].id
    room.delete("a.md")
    room.save("b.md", post("A", "With more words.", **edited))
    assert (await room.look()).moved == 1
    assert (await room.look(after=61)).revised == 1
    assert (await room.posts())["b.md"].id == before
    assert await room.delivered() == ["A"]


async def test_fault_24_move_over_two_looks_within_the_settle_time(room: Newsroom) -> None:
    """A file that is away for less than the settle time has moved, whichever path is seen first."""
    room.save("a.md", post("A"))
    room.save("b.md", post("B", id="b"))
    await room.settle()
    ids = {kept.title: kept.id for kept in (await room.posts()).values()}
    room.delete("a.md")
    room.save("b2.md", post("B", "Edited.", id="b"))
    await room.look()
    room.save("a2.md", post("A"))
    room.delete("b.md")
    assert (await room.look(after=30)).moved == 2
    await room.look(after=61)
    found = await room.posts()
    assert {kept.title: kept.id for kept in found.values()} == ids
    assert sorted(found) == ["a2.md", "b2.md", "old.md"]
    assert await room.delivered() == ["A", "B"]


async def test_fault_24_copied_front_matter_is_no_identity(room: Newsroom) -> None:
    """Posts that share an id are posts of their own: an id that is copied from post to post says nothing."""
    room.save("monday.md", post("Monday", id="daily", date="2026-01-05T08:00:00+08:00"))
    await room.settle()
    room.delete("monday.md")
    room.save("tuesday.md", post("Tuesday", id="daily", date="2026-01-06T08:00:00+08:00"))
    await room.settle()
    assert await room.delivered() == ["Monday", "Tuesday"]


# --- Fault 25: deletion and withdrawal ----------------------------------------------------------------------------


async def test_fault_25_deleted_post_skips_what_is_open(room: Newsroom) -> None:
    """A vanished file skips what is open; the digest is not withdrawn."""
    room.save("a.md", post("A"))
    await room.settle()
    room.delete("a.md")
    await room.look()
    assert [row.state for row in await room.deliveries()] == [DeliveryState.OPEN]
    assert (await room.look(after=61)).gone == 1
    (row,) = await room.deliveries()
    assert (row.state, row.reason) == (DeliveryState.SKIPPED, "post-deleted")
    kept = await room.store.read(digests.digest, row.digest)
    assert kept is not None
    assert (kept.state, kept.withdrawn) == (PostState.GONE, False)
    assert "A" not in [latest.title for latest in await room.store.read(digests.latest_by_series)]


@pytest.mark.parametrize("word", ["draft", "withdrawn"])
async def test_fault_25_published_post_is_withdrawn_and_restored(room: Newsroom, word: str) -> None:
    """`draft: true` or `withdrawn: true` withdraws what was published; taking it out again restores it."""
    room.save("a.md", post("A"))
    await room.settle()
    room.save("a.md", post("A", **{word: "true"}))
    assert (await room.settle()).withdrawn == 1
    kept = await room.digest("a.md")
    assert kept is not None
    assert kept.withdrawn
    assert [latest.title for latest in await room.store.read(digests.latest_by_series)] == ["Old"]
    room.save("a.md", post("A"))
    assert (await room.settle()).revised == 1
    kept = await room.digest("a.md")
    assert kept is not None
    assert not kept.withdrawn
    assert await room.delivered() == ["A"]


async def test_draft_waits_until_it_is_none(room: Newsroom) -> None:
    """A draft waits, however long, and is published when it stops being one; its news is new from then on."""
    room.save("a.md", post("A", draft="true"))
    assert (await room.settle()).drafts == 1
    assert await room.state("a.md") == "draft"
    assert (await room.look(after=86_400)).published == 0
    room.save("a.md", post("A"))
    assert (await room.settle()).published == 1
    kept = await room.digest("a.md")
    assert kept is not None
    assert room.now - kept.first_seen <= timedelta(seconds=61)


async def test_draft_without_a_text_is_no_trouble(room: Newsroom) -> None:
    """A draft that has no text yet waits as a draft, and nobody is told of anything bad."""
    made = "---\ntitle: A\ndraft: true\n---\n"
    room.save("a.md", made)
    assert (await room.settle()).drafts == 1
    assert await room.alerts() == {}
    room.save("a.md", made.replace("draft: true\n", ""))
    assert (await room.settle()).bad == 1
    assert list(await room.alerts()) == ["post:news/a.md"]


# --- Fault 26: copies ---------------------------------------------------------------------------------------------


async def test_fault_26_copy_waits_and_both_are_named(room: Newsroom) -> None:
    """The same text at another path waits, and both paths are named."""
    room.save("a.md", post("A"))
    await room.settle()
    room.save("a 副本.md", post("A"))
    assert (await room.settle()).published == 0
    kept = (await room.posts())["a 副本.md"]
    assert (kept.state, kept.copy_of) == (PostState.COPY, "a.md")
    alert = (await room.alerts())["post:news/a 副本.md"]
    assert alert.code == "copied-post"
    assert (alert.details["path"], alert.details["copy_of"]) == ("a 副本.md", "a.md")
    assert await room.delivered() == ["A"]


async def test_fault_26_two_new_twins_are_one_publication(room: Newsroom) -> None:
    """Of two equal files that appear at once, one is published and one waits."""
    room.save("a copy.md", post("A"))
    room.save("a.md", post("A"))
    await room.settle()
    assert await room.state("a.md") == "published"
    assert await room.state("a copy.md") == "copy"
    assert await room.delivered() == ["A"]


async def test_fault_26_copy_of_the_text_before_an_edit_waits(room: Newsroom) -> None:
    """A backup made right before an edit is a copy, though the original has another text by now."""
    room.save("a.md", post("A"))
    await room.settle()
    room.save("a-old.md", post("A"))
    room.save("a.md", post("A", "Edited."))
    await room.settle()
    assert await room.state("a-old.md") == "copy"
    assert (await room.alerts())["post:news/a-old.md"].code == "copied-earlier"
    assert await room.delivered() == ["A"]


async def test_fault_26_what_is_said_of_a_copy_stays_true(room: Newsroom) -> None:
    """A copy of what was changed since is said to be one of an earlier version, and is a post once it is edited."""
    room.save("a.md", post("A"))
    await room.settle()
    room.save("b.md", post("A"))
    await room.settle()
    kept = (await room.posts())["b.md"]
    assert (kept.title, kept.copy_of, kept.of_earlier) == ("A", "a.md", False)
    for words, code in (("Edited.", "copied-earlier"), ("Something happened.", "copied-post"), ("X", "copied-earlier")):
        room.save("a.md", post("A", words))
        await room.settle()
        alert = (await room.alerts())["post:news/b.md"]
        assert (alert.code, alert.details) == (code, {"source": "news", "path": "b.md", "copy_of": "a.md"})
        kept = (await room.posts())["b.md"]
        assert (kept.state, kept.of_earlier) == (PostState.COPY, code == "copied-earlier")
    room.save("b.md", post("B"))
    assert (await room.settle()).published == 1
    assert await room.alerts() == {}
    assert not (await room.posts())["b.md"].of_earlier


async def test_fault_26_copy_that_gets_its_own_text_is_a_post(room: Newsroom) -> None:
    """Yesterday's post copied and rewritten is today's post."""
    room.save("monday.md", post("Monday"))
    await room.settle()
    room.save("tuesday.md", post("Monday"))
    await room.look()
    room.save("tuesday.md", post("Tuesday"))
    await room.settle()
    assert await room.delivered() == ["Monday", "Tuesday"]
    assert await room.alerts() == {}


async def test_fault_26_copy_takes_the_place_of_an_original_that_vanishes(room: Newsroom) -> None:
    """When the original vanishes, at any time, the copy is where the post is now."""
    room.save("a.md", post("A"))
    await room.settle()
    before = (await room.posts())["a.md"].id
    room.save("b.md", post("A"))
    room.save("c.md", post("A"))
    await room.look(after=3600)
    room.delete("a.md")
    assert (await room.look(after=3600)).moved == 1
    await room.look(after=61)
    found = await room.posts()
    assert found["b.md"].id == before
    assert found["c.md"].copy_of == "b.md"
    assert await room.delivered() == ["A"]


# --- Fault 27: first looks, backlogs, failing sources -------------------------------------------------------------


async def test_fault_27_first_look_at_many_posts_sends_nothing(tmp_path: Path) -> None:
    """A first look at an archive indexes all of it, with its copies, drafts and bad posts, and sends nothing."""
    async with open_newsroom(tmp_path) as newsroom:
        for number in range(500):
            newsroom.save(f"{number}.md", post(f"Post {number}"))
        newsroom.save("copy of 7.md", post("Post 7"))
        newsroom.save("draft.md", post("Draft", draft="true"))
        newsroom.save("empty.md", "")
        looked = await newsroom.look()
        assert (looked.indexed, looked.drafts, looked.bad, looked.copies) == (500, 1, 1, 1)
        assert (await newsroom.settle()).published == 0
        assert await newsroom.delivered() == []
        assert list(await newsroom.alerts()) == ["post:news/empty.md"]


async def test_fault_27_bad_post_of_the_first_look_is_indexed_when_mended(tmp_path: Path) -> None:
    """What was bad at the first look would have been indexed: mending it makes no old post news."""
    async with open_newsroom(tmp_path) as newsroom:
        newsroom.save("old.md", b"\xff\xfe\x00bad")
        await newsroom.look()
        newsroom.save("old.md", post("Old"))
        assert (await newsroom.settle()).indexed == 1
        assert await newsroom.delivered() == []


async def test_fault_27_backlog_is_held_and_told(room: Newsroom) -> None:
    """370 new posts in one look are held, told once, and released by one click."""
    for number in range(370):
        room.save(f"{number}.md", post(f"Post {number}"))
    await room.look()
    looked = await room.look(after=61)
    assert (looked.held, looked.published) == (370, 0)
    assert await room.delivered() == []
    assert (await room.alerts())["backlog:news"].details == {"source": "news", "posts": 370}
    assert [source.backlog for source in await room.store.read(sources)] == [370]
    assert (await room.look(after=600)).held == 0
    pages = [await room.store.write(digests.release_backlog, "news", room.now) for _ in range(3)]
    assert pages == [digests.BACKLOG_PAGE, 370 - digests.BACKLOG_PAGE, 0]
    await room.look()
    assert sorted(await room.delivered()) == sorted(f"Post {number}" for number in range(370))
    assert await room.alerts() == {}


async def test_fault_27_backlog_that_is_kept_sends_nothing(room: Newsroom) -> None:
    """A backlog that is kept is indexed: readers may ask for it, and nothing is sent."""
    for number in range(21):
        room.save(f"{number}.md", post(f"Post {number}"))
    await room.settle()
    assert await room.store.write(digests.keep_backlog, "news", room.now) == 21
    await room.look()
    assert await room.state("7.md") == "indexed"
    assert await room.delivered() == []
    assert await room.alerts() == {}


async def test_twenty_new_posts_are_published(room: Newsroom) -> None:
    """Twenty new posts in one look are no backlog."""
    for number in range(20):
        room.save(f"{number}.md", post(f"Post {number}"))
    assert (await room.settle()).published == 20


async def test_fault_27_slow_copy_of_many_posts_is_a_backlog(room: Newsroom) -> None:
    """Many posts that arrive over several looks within the settle time are a backlog as well."""
    for start in range(0, 60, 12):
        for number in range(start, start + 12):
            room.save(f"{number}.md", post(f"Post {number}"))
        await room.look()
    held = (await room.look(after=61)).held
    assert held == 60
    assert await room.delivered() == []


async def test_fault_27_folder_that_vanishes_is_a_failing_source(room: Newsroom) -> None:
    """A missing folder is a failing source: told once, nothing concluded, and told when it is well again."""
    room.save("a.md", post("A"))
    await room.settle()
    room.folder.rename(room.folder.with_name("away"))
    with capture_logs() as logs:
        looked = [await room.look(after=3600) for _ in range(3)]
        assert {one.failing for one in looked} == {"missing-folder"}
        assert (await room.alerts())["source:news"].code == "missing-folder"
        assert await room.state("a.md") == "published"
        room.folder.with_name("away").rename(room.folder)
        assert (await room.look()).recovered == 1
    assert [line["event"] for line in logs] == ["source.failing", "source.recovered"]
    assert await room.alerts() == {}
    assert await room.delivered() == ["A"]
    assert [row.state for row in await room.deliveries()] == [DeliveryState.OPEN]


async def test_fault_27_empty_folder_is_a_failing_source(room: Newsroom) -> None:
    """An empty folder says that the disk is not there, not that every post was deleted."""
    room.rename("old.md", "../old.md")
    assert (await room.settle()).failing == "empty-folder"
    assert await room.state("old.md") == "indexed"
    room.rename("../old.md", "old.md")
    assert (await room.look()).recovered == 1
    assert (await room.settle()).published == 0


async def test_fault_27_many_vanished_posts_are_a_failing_source(room: Newsroom) -> None:
    """More than three vanished posts in one look are a failing source: nothing at all is concluded from the look."""
    for number in range(6):
        room.save(f"{number}.md", post(f"Post {number}"))
    await room.settle()
    for number in range(4):
        room.rename(f"{number}.md", f"../{number}.md")
    room.save("new.md", post("New"))
    assert (await room.settle()).failing == "vanished-posts"
    assert (await room.alerts())["source:news"].details == {"source": "news", "posts": 4}
    assert "new.md" not in await room.posts()
    for number in range(4):
        room.rename(f"../{number}.md", f"{number}.md")
    assert (await room.look()).recovered == 1
    assert {row.state for row in await room.deliveries()} == {DeliveryState.OPEN}
    await room.look(after=61)
    assert len(await room.delivered()) == 7


async def test_fault_27_three_vanished_posts_are_gone(room: Newsroom) -> None:
    """Three vanished posts are believed to be deleted."""
    for number in range(6):
        room.save(f"{number}.md", post(f"Post {number}"))
    await room.settle()
    for number in range(3):
        room.delete(f"{number}.md")
    assert (await room.settle()).gone == 3


async def test_admin_may_say_that_many_posts_are_deleted(room: Newsroom) -> None:
    """A failing source is well again when an admin says that what vanished is deleted."""
    for number in range(6):
        room.save(f"{number}.md", post(f"Post {number}"))
    await room.settle()
    for number in range(6):
        room.delete(f"{number}.md")
    await room.look()
    assert await room.store.write(believe_vanished, "news")
    looked = await room.look()
    assert (looked.gone, looked.recovered) == (6, 1)
    assert await room.alerts() == {}
    room.delete("old.md")
    assert (await room.look()).failing == "empty-folder"


async def test_publisher_may_begin_with_an_empty_folder(tmp_path: Path) -> None:
    """Where a source began empty, which is told, the first post saved there is news."""
    async with open_newsroom(tmp_path) as newsroom:
        assert (await newsroom.look()).failing == "empty-folder"
        newsroom.save("first.md", post("First"))
        assert (await newsroom.settle()).published == 1
        assert await newsroom.delivered() == ["First"]


# --- Edits and bad posts ------------------------------------------------------------------------------------------


async def test_edit_of_a_published_post_is_brought_as_a_correction(room: Newsroom) -> None:
    """An edit changes the digest, its title and its text, and has the correction brought to whoever has it."""
    room.save("a.md", post("A"))
    await room.settle()
    before = await room.digest("a.md")
    room.save("a.md", post("A, corrected"))
    looked = await room.settle()
    assert (looked.revised, looked.published) == (1, 0)
    after = await room.digest("a.md")
    assert before is not None
    assert after is not None
    assert (after.id, after.title, after.first_seen) == (before.id, "A, corrected", before.first_seen)
    assert after.revision != before.revision
    assert len(await room.deliveries()) == 1


async def test_post_that_is_saved_all_day_is_published_once(room: Newsroom) -> None:
    """Edits are normal: a file that is committed 23 times a day is published once, and each other text corrects it."""
    room.save("a.md", post("A"))
    await room.settle()
    corrections = 0
    for time in range(23):
        room.save("a.md", post("A", f"Words {time // 4}."))
        looked = await room.settle()
        assert looked.published == 0
        corrections += looked.revised
    assert corrections == len(range(0, 23, 4))
    assert await room.delivered() == ["A"]


async def test_new_means_first_seen(room: Newsroom) -> None:
    """New means first seen: a post is news when it appears, be it committed before its own date or days after it."""
    room.save("early.md", post("Early", date=(room.now + timedelta(hours=3)).isoformat()))
    room.save("late.md", post("Late", date=(room.now - timedelta(days=9)).isoformat()))
    assert (await room.settle()).published == 2
    assert sorted(await room.delivered()) == ["Early", "Late"]


async def test_correction_is_noted_for_the_promiser(room: Newsroom) -> None:
    """An edit waits in the digest's row until it is brought, so that a restart forgets none."""
    room.save("a.md", post("A"))
    await room.settle()
    room.save("a.md", post("A", "Corrected."))
    await room.look()
    room.clock[0] += SETTLE
    assert (await room.looker.look(room.source)).revised == 1
    correcting = await room.store.read(lambda db: db.one("ledger.correcting"))
    assert correcting is not None
    assert correcting["cursor"] == 0


async def test_bad_revision_is_reported_and_the_last_good_one_stays(room: Newsroom) -> None:
    """A published post that turns bad is reported once; its last good text stays in use until it is mended."""
    room.save("a.md", post("A"))
    await room.settle()
    good = await room.digest("a.md")
    room.save("a.md", b"\xff\xfe\x00\x01")
    assert (await room.settle()).bad == 1
    assert (await room.look(after=600)) == Looked(found=2)
    assert await room.digest("a.md") == good
    kept = (await room.posts())["a.md"]
    assert kept.state is PostState.PUBLISHED
    assert [problem.fatal for problem in kept.problems][:1] == [True]
    assert (await room.alerts())["post:news/a.md"].code == "bad-post"
    room.save("a.md", post("A", "Mended."))
    assert (await room.settle()).revised == 1
    assert await room.alerts() == {}
    assert await room.delivered() == ["A"]


async def test_bad_post_is_reported_once_and_blocks_nothing(room: Newsroom) -> None:
    """A bad post is told once, in the log and as an alert, and the others go on; mended, it is published."""
    room.save("bad.md", b"\x00\xff\xfe\x80" * 50)
    room.save("good.md", post("Good"))
    with capture_logs() as logs:
        await room.settle()
        await room.look(after=600)
        room.looker = Looker(room.store, lambda: room.now)
        await room.look(after=600)
    assert [line["path"] for line in logs if line["log_level"] == "warning"] == ["bad.md"]
    assert await room.delivered() == ["Good"]
    assert await room.state("bad.md") == "bad"
    room.save("bad.md", post("Mended"))
    await room.settle()
    assert await room.delivered() == ["Good", "Mended"]
    assert await room.alerts() == {}


@pytest.mark.parametrize(
    "data",
    [b"", b"\n \n", b"\xff" * 100, bytes(range(256)), b"---\n: [\n---\nText.", b"#" * 600_000],
    ids=["nothing", "blank", "no text", "every byte", "broken front matter", "too large"],
)
async def test_any_bytes_are_survived(room: Newsroom, data: bytes) -> None:
    """Whatever bytes a file holds, looking at it ends, and a post beside it is published."""
    room.save("a.md", data)
    room.save("good.md", post("Good"))
    await room.settle()
    assert "Good" in await room.delivered()


@pytest.fixture
async def open_place() -> AsyncIterator[Newsroom]:
    """A newsroom in a folder that everyone may enter: root may read every file, so some looks are done as nobody."""
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o755)  # noqa: PTH101, S103 - everyone may enter
        async with open_newsroom(Path(place)) as newsroom:
            yield newsroom


async def test_file_that_cannot_be_read_is_reported_and_tried_again(open_place: Newsroom) -> None:
    """A file that cannot be opened is told once, tried at every look, and published when it can be read."""
    room = open_place
    room.save("old.md", post("Old"))
    await room.look()
    room.save("good.md", post("Good"))
    file = room.save("a.md", post("A"))
    file.chmod(0)
    with _as_nobody():
        looked = await room.look()
        assert (looked.bad, looked.new) == (1, 1)
        assert (await room.look(after=61)).bad == 0
    kept = (await room.posts())["a.md"]
    assert [problem.code for problem in kept.problems] == [Code.UNREADABLE_FILE]
    assert "post:news/a.md" in await room.alerts()
    assert await room.delivered() == ["Good"]
    file.chmod(0o644)
    await room.settle()
    assert await room.delivered() == ["Good", "A"]
    assert await room.alerts() == {}


async def test_published_post_that_cannot_be_read_stays_as_it_is(open_place: Newsroom) -> None:
    """A published post whose file cannot be read for a while is told, and nothing is sent or withdrawn."""
    room = open_place
    room.save("old.md", post("Old"))
    await room.look()
    file = room.save("a.md", post("A"))
    await room.settle()
    before = await room.digest("a.md")
    room.touch("a.md")
    file.chmod(0)
    with _as_nobody():
        assert [(await room.look()).bad for _ in range(3)] == [1, 0, 0]
    assert await room.digest("a.md") == before
    file.chmod(0o644)
    await room.settle()
    assert await room.digest("a.md") == before
    assert await room.alerts() == {}
    assert (await room.look()) == Looked(found=2)


@contextmanager
def _as_nobody() -> Iterator[None]:
    """Without root's right to read every file, where we have it."""
    us = os.geteuid()
    if us == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(us)


async def test_folder_that_cannot_be_listed_is_a_failing_source(open_place: Newsroom) -> None:
    """Where a folder within cannot be listed nobody knows what is in it: nothing is concluded."""
    room = open_place
    room.save("old.md", post("Old"))
    room.save("in/a.md", post("A"))
    await room.look()
    (room.folder / "in").chmod(0)
    with _as_nobody():
        assert (await room.settle()).failing == "unreadable-folder"
    (room.folder / "in").chmod(0o755)
    assert (await room.look()).recovered == 1
    assert await room.state("in/a.md") == "indexed"


async def test_push_by_file_settles_sooner(tmp_path: Path) -> None:
    """A file may push if its source says so: it settles for 5 seconds, and other posts for as long as ever."""
    async with open_newsroom(tmp_path, may_push=True) as newsroom:
        newsroom.save("old.md", post("Old"))
        await newsroom.look()
        newsroom.save("flash.md", post("Flash", series="breaking"))
        newsroom.save("daily.md", post("Daily"))
        await newsroom.look()
        await newsroom.look(after=5)
        assert await newsroom.delivered() == ["Flash"]
        await newsroom.look(after=56)
        assert await newsroom.delivered() == ["Flash", "Daily"]


async def test_settle_time_is_the_source_s(tmp_path: Path) -> None:
    """With a settle time of a second, a post is published at the second look."""
    async with open_newsroom(tmp_path, settling=Settling(settle=timedelta(seconds=1))) as newsroom:
        newsroom.save("old.md", post("Old"))
        await newsroom.look()
        newsroom.save("new.md", post("New"))
        await newsroom.look(after=1)
        await newsroom.look(after=1)
        assert await newsroom.delivered() == ["New"]


async def test_time_of_a_post_that_has_none_is_when_it_was_first_seen(room: Newsroom) -> None:
    """A post without a date was published when it was first seen; with one, at its own time."""
    room.save("a.md", post("A"))
    room.save("b.md", post("B", date="2026-01-04T08:00:00+08:00"))
    await room.settle()
    first, second = await room.digest("a.md"), await room.digest("b.md")
    assert first is not None
    assert second is not None
    assert first.published_at == first.first_seen == START + timedelta(seconds=10)
    assert (second.published_at.isoformat(), second.first_seen) == ("2026-01-04T00:00:00+00:00", first.first_seen)


async def test_two_processes_publish_once(room: Newsroom) -> None:
    """Any number of processes may look at one folder: what one has done, the other finds done."""
    other = Looker(room.store, lambda: room.now)
    room.save("a.md", post("A"))
    await room.look()
    await other.look(room.source)
    room.clock[0] += SETTLE
    looked = [await room.looker.look(room.source), await other.look(room.source)]
    assert [one.published for one in looked] == [1, 0]
    while await room.store.write(promise_page, page=10, now=room.now):
        pass
    assert await room.delivered() == ["A"]


def test_every_name_of_a_file_is_read_back() -> None:
    """A path is kept as text whatever its bytes are, and leads to its file again."""
    for name in ("a.md", "甲 #1.md", os.fsdecode(b"\xff\xfe.md"), os.fsdecode("é".encode("latin-1")) + "\n.md"):
        text = folder.as_text(name)
        text.encode()
        assert folder.as_name(text) == name


def test_links_are_followed_to_files_within_the_folder_only(tmp_path: Path) -> None:
    """A loop of links is not entered, and a link leads to no file outside of the folder."""
    (tmp_path / "posts" / "in").mkdir(parents=True)
    (tmp_path / "posts" / "a.md").write_text("# A")
    (tmp_path / "secret.md").write_text("# Secret")
    (tmp_path / "posts" / "in" / "loop").symlink_to("..")
    (tmp_path / "posts" / "self.md").symlink_to("self.md")
    (tmp_path / "posts" / "out.md").symlink_to(tmp_path / "secret.md")
    (tmp_path / "posts" / "gone.md").symlink_to("nowhere.md")
    (tmp_path / "posts" / "linked.md").symlink_to("a.md")
    os.mkfifo(tmp_path / "posts" / "pipe.md")
    (tmp_path / "posts" / "folder.md").mkdir()
    (tmp_path / "way").symlink_to("posts")
    assert sorted(folder.walk(tmp_path / "way")) == ["a.md", "linked.md"]


def test_file_that_vanishes_before_it_is_read_is_none(tmp_path: Path) -> None:
    """A file that vanishes, or becomes something else, between being found and being read is not there."""
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "file").write_text("x")
    assert folder.read(tmp_path, "gone.md") is None
    assert folder.read(tmp_path, "file/gone.md") is None
    assert folder.read(tmp_path, "pipe.md") is None


def test_a_huge_file_is_not_read_whole(tmp_path: Path) -> None:
    """Of a file over the cap only one byte more than the cap is read."""
    with (tmp_path / "huge.md").open("wb") as file:
        file.truncate(10**9)
    data = folder.read(tmp_path, "huge.md")
    assert data is not None
    assert len(data) == LARGEST_POST + 1


@pytest.mark.parametrize("name", ["甲乙.md", "#1 第一.md", "a b.MD", "x.markdown", "zambak.md", "2026.01.05.md"])
def test_names_of_posts(tmp_path: Path, name: str) -> None:
    """Names with `#`, spaces and Chinese are names like any other."""
    (tmp_path / name).write_text("# A")
    assert list(folder.walk(tmp_path)) == [name]
    assert folder.read(tmp_path, name) == b"# A"


# --- Sources beside each other -----------------------------------------------------------------------------------


class _Stuck:
    """A folder of a network that is dead: whoever looks at it waits."""

    def __init__(self) -> None:
        self.back = threading.Event()

    def __fspath__(self) -> str:
        self.back.wait()
        return "/nowhere"


async def test_folders_that_hang_keep_nothing_else(room: Newsroom) -> None:
    """However many folders hang, the others are looked at, and no thread is left that the program's end waits for."""
    stuck = _Stuck()
    dead = replace(room.source, folder=stuck)  # type: ignore[arg-type]
    looks = [asyncio.create_task(Looker(room.store, lambda: room.now).look(dead)) for _ in range(50)]
    await asyncio.sleep(0)
    room.save("new.md", post("New"))
    await room.settle()
    assert await room.delivered() == ["New"]
    assert not any(look.done() for look in looks)
    hanging = [thread for thread in threading.enumerate() if thread.name == "aside"]
    assert len(hanging) == len(looks)
    assert all(thread.daemon for thread in hanging)
    looks[0].cancel()
    stuck.back.set()
    results = await asyncio.gather(*looks, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)
    assert {found.failing for found in results if isinstance(found, Looked)} == {"missing-folder"}
