"""The store on SQLite: the contract, and the faults of files, disks and other processes."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.choices import Choices
from digest.identity import short_name
from storage import admins, digests, queue, subscriptions
from storage.database import Database
from storage.migrate import Migration, migrations
from storage.records import LaneId
from storage.sqlite import SqliteDatabase, SqliteStore, reading, sqlite_statements, writing
from storage.store import StoreBusy, StoreError, StoreFull, StoreUnusable
from storage.subscriptions import Place
from tests.contracts.store_contract import StoreContract, names, note, note_and_clash

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def noon() -> datetime:
    """The time."""
    return NOON


async def opened(folder: Path, *, busy_timeout: timedelta = timedelta(seconds=5)) -> SqliteStore:
    """A store in a folder."""
    return await SqliteStore.open(folder / "sudi.db", now=noon, busy_timeout=busy_timeout)


class TestSqliteStore(StoreContract):
    """The suite, on aiosqlite."""

    async def opened(self, folder: Path) -> SqliteStore:
        """As the product opens it."""
        return await opened(folder)


def pragma(db: Database, name: str) -> object:
    """What a connection is set to."""
    assert isinstance(db, SqliteDatabase)
    row = db._connection.execute(f"PRAGMA {name}").fetchone()
    return next(iter(row.values()))


async def test_an_acknowledged_commit_is_on_the_disk(tmp_path: Path) -> None:
    """The writing connection syncs the write-ahead log at each commit, enforces keys, and readers cannot write."""
    store = await opened(tmp_path)
    assert await store.write(pragma, "journal_mode") == "wal"
    assert await store.write(pragma, "synchronous") == 2
    assert await store.write(pragma, "foreign_keys") == 1
    assert await store.read(pragma, "query_only") == 1
    await store.close()


async def test_a_reader_sees_no_half_unit_and_one_state(tmp_path: Path) -> None:
    """Readers never wait for the writer, never see half a unit, and see one state throughout a unit."""
    store = await opened(tmp_path)
    half, looked, written = threading.Event(), threading.Event(), threading.Event()

    def slow(db: Database) -> None:
        note(db, "first")
        half.set()
        looked.wait(10)
        note(db, "second")

    def look_twice(db: Database) -> tuple[set[str], set[str]]:
        half.wait(10)
        before = names(db)
        looked.set()
        written.wait(10)
        return before, names(db)

    looking = asyncio.ensure_future(store.read(look_twice))
    await store.write(slow)
    written.set()
    assert await looking == (set(), set())
    assert await store.read(names) == {"first", "second"}
    await store.close()


def test_a_program_that_forgets_to_close_ends_all_the_same(tmp_path: Path) -> None:
    """A program that ends by an error does not hang on the store's threads."""
    program = (
        "import asyncio, datetime, sys\n"
        "from storage.sqlite import SqliteStore\n"
        "async def live():\n"
        "    store = await SqliteStore.open(sys.argv[1], now=lambda: datetime.datetime.now(datetime.UTC))\n"
        "    raise SystemExit(7)\n"
        "asyncio.run(live())\n"
    )
    root = Path(__file__).parents[2]
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, str(tmp_path / "sudi.db")],
        cwd=root,
        timeout=60,
        check=False,
        capture_output=True,
    )
    assert ended.returncode == 7, ended.stderr


# --- Fault 6: power loss ---------------------------------------------------------------------------------------------


@settings(max_examples=25)
@given(
    batches=st.lists(st.integers(1, 12), min_size=1, max_size=6),
    cut=st.floats(0, 1),
    garbage=st.binary(max_size=64),
)
def test_fault_06_power_loss(
    batches: list[int], cut: float, garbage: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Wherever power loss cuts the log, what was acknowledged up to there is kept, and no part of a later commit."""
    folder = tmp_path_factory.mktemp("power")
    log = folder / "sudi.db-wal"
    lengths: list[int] = []

    async def live() -> None:
        store = await opened(folder)
        for number, size in enumerate(batches):
            await asyncio.gather(*(store.write(note, f"{number}.{n}") for n in range(size)))
            lengths.append(log.stat().st_size)
        _lose_power(folder, folder / "after", round(cut * lengths[-1]), garbage)
        await store.close()

    asyncio.run(live())
    length = (folder / "after" / "sudi.db-wal").stat().st_size - len(garbage)
    acknowledged = sum(noted <= length for noted in lengths)
    assert _kept(folder / "after") == {f"{k}.{n}" for k in range(acknowledged) for n in range(batches[k])}


def _lose_power(folder: Path, after: Path, length: int, garbage: bytes) -> None:
    """What is on the disk when the log was written only up to a length, with garbage behind."""
    after.mkdir()
    shutil.copy(folder / "sudi.db", after)
    log = (folder / "sudi.db-wal").read_bytes()
    (after / "sudi.db-wal").write_bytes(log[:length] + garbage)


def _kept(folder: Path) -> set[str]:
    """What the store in a folder has when it is opened again."""

    async def look() -> set[str]:
        store = await opened(folder)
        kept = await store.read(names)
        await store.close()
        return kept

    return asyncio.run(look())


# --- Fault 17: the disk is full --------------------------------------------------------------------------------------


def limit(db: Database, pages: int) -> None:
    """Let the database grow up to a number of pages, or by none (0)."""
    assert isinstance(db, SqliteDatabase)
    db._connection.execute(f"PRAGMA max_page_count = {pages or pragma(db, 'page_count')}")


def fill(db: Database, name: str) -> None:
    """Write more than a page holds."""
    db.run("pushes.propose", name=name, by="5", text="x" * 100_000, now=1)


async def test_fault_17_disk_full(tmp_path: Path) -> None:
    """A full disk fails the units of its batch with StoreFull, reads go on, and writing resumes when there is space."""
    store = await opened(tmp_path)
    await store.write(note, "before")
    await store.write(limit, 0)
    done = await asyncio.gather(store.write(note, "beside"), store.write(fill, "big"), return_exceptions=True)
    assert [type(each) for each in done] == [StoreFull, StoreFull]
    assert await store.read(names) == {"before"}
    await store.write(limit, 1_000_000)
    await store.write(fill, "big")
    await store.write(note, "after")
    assert await store.read(names) == {"before", "after"}
    await store.close()


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A real disk of one megabyte; skips where none can be made."""
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=False, capture_output=True
    )
    if made.returncode:
        pytest.skip("no small disk can be mounted here: that takes the rights of root")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


async def test_fault_17_disk_full_at_the_commit(tiny_disk: Path) -> None:
    """A disk that is full when the log is written fails that commit alone; once there is space, writing goes on."""
    store = await opened(tiny_disk)
    await store.write(note, "before")
    ballast = tiny_disk / "ballast"
    with pytest.raises(OSError, match="space"):
        ballast.write_bytes(b"x" * 2**20)
    with pytest.raises(StoreFull):
        await store.write(fill, "big")
    assert await store.read(names) == {"before"}
    ballast.unlink()
    await store.write(note, "after")
    assert await store.read(names) == {"before", "after"}
    await store.close()


# --- Fault 18: locked by another -------------------------------------------------------------------------------------


async def test_fault_18_locked_by_another(tmp_path: Path) -> None:
    """While another program keeps the database locked, writing fails with StoreBusy and reading goes on."""
    store = await opened(tmp_path, busy_timeout=timedelta(milliseconds=50))
    with closing(sqlite3.connect(tmp_path / "sudi.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        done = await asyncio.gather(store.write(note, "a"), store.write(note, "b"), return_exceptions=True)
        assert [type(each) for each in done] == [StoreBusy, StoreBusy]
        assert await store.read(names) == set()
    assert await store.write(note, "after") == 1
    await store.close()


async def test_fault_18_waits_for_the_lock(tmp_path: Path) -> None:
    """A unit waits for another program's lock up to the time-out, and then is done as if nothing had been."""
    store = await opened(tmp_path, busy_timeout=timedelta(seconds=60))
    with closing(sqlite3.connect(tmp_path / "sudi.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.ensure_future(store.write(note, "patient"))
        assert await store.read(names) == set()
        other.execute("COMMIT")
    assert await waiting == 1
    await store.close()


# --- Fault 19: damaged, newer, not ours ------------------------------------------------------------------------------


def made(path: Path, *, known: tuple[Migration, ...] | None = None) -> None:
    """A database with a few rows, closed."""
    with closing(writing(path, now=noon, known=known)) as connection:
        database = SqliteDatabase(connection, sqlite_statements())
        database.begin()
        for n in range(200):
            note(database, f"{n}")
        database.commit()


def spoil(path: Path, at: int) -> None:
    """Overwrite a piece of a file with noise."""
    with path.open("r+b") as file:
        file.seek(at)
        file.write(bytes(range(1, 256)) * 16)


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file and its bytes."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize("page", [0, 1, "fact", "middle", "cut"])
async def test_fault_19_damaged(tmp_path: Path, page: int | str) -> None:
    """A damaged database is refused with what to do about it, and nothing is touched."""
    path = tmp_path / "sudi.db"
    made(path)
    match page:
        case "cut":
            os.truncate(path, path.stat().st_size // 2)
        case "middle":
            spoil(path, path.stat().st_size // 2 // 4096 * 4096)
        case "fact":
            spoil(path, _root_page(path, "fact") * 4096 - 4096)
        case int():
            spoil(path, page * 4096)
    before = snapshot(tmp_path)
    with pytest.raises(StoreUnusable, match="restore a backup"):
        await opened(tmp_path)
    assert snapshot(tmp_path) == before


def _root_page(path: Path, table: str) -> int:
    with closing(reading(path)) as connection:
        row = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    return int(row["rootpage"])


async def test_fault_19_something_else(tmp_path: Path) -> None:
    """A file that is no database, and a database of another program, are refused and left as they are."""
    (tmp_path / "sudi.db").write_text("# A digest\n" * 1000)
    before = snapshot(tmp_path)
    with pytest.raises(StoreUnusable):
        await opened(tmp_path)
    assert snapshot(tmp_path) == before
    (tmp_path / "sudi.db").unlink()
    with closing(sqlite3.connect(tmp_path / "sudi.db")) as other:
        other.execute("CREATE TABLE fact (name TEXT)")
    before = snapshot(tmp_path)
    with pytest.raises(StoreUnusable, match="another program"):
        await opened(tmp_path)
    assert snapshot(tmp_path) == before


async def test_fault_19_newer(tmp_path: Path) -> None:
    """A database from a newer version is refused, says so, and nothing is touched."""
    made(tmp_path / "sudi.db", known=(*migrations(), NEXT))
    before = snapshot(tmp_path)
    with pytest.raises(StoreUnusable, match="newer"):
        await opened(tmp_path)
    assert snapshot(tmp_path) == before


async def test_fault_19_newer_after_a_crash(tmp_path: Path) -> None:
    """That it is newer is seen as well where only the log says so, and neither the database nor the log is touched."""
    live, crashed = tmp_path / "live", tmp_path / "crashed"
    live.mkdir()
    made(live / "sudi.db")
    with closing(writing(live / "sudi.db", now=noon, known=(*migrations(), NEXT))):
        shutil.copytree(live, crashed)
    before = snapshot(crashed)
    assert before["sudi.db-wal"]
    with pytest.raises(StoreUnusable, match="newer"):
        await opened(crashed)
    # The third file, an index of the log, is made by whoever looks.
    assert {name: data for name, data in snapshot(crashed).items() if not name.endswith("-shm")} == {
        name: data for name, data in before.items() if not name.endswith("-shm")
    }


async def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    """Where the data folder is missing the error names the path that could not be opened."""
    with pytest.raises(StoreUnusable, match="nowhere"):
        await opened(tmp_path / "nowhere")


async def test_damage_met_while_running_is_named(tmp_path: Path) -> None:
    """Damage that is met while running is StoreUnusable, for whoever meets it."""
    made(tmp_path / "sudi.db")
    root = _root_page(tmp_path / "sudi.db", "alert")
    store = await opened(tmp_path)
    spoil(tmp_path / "sudi.db", root * 4096 - 4096)
    with pytest.raises(StoreUnusable, match="restore a backup"):
        await store.read(names)
    with pytest.raises(StoreUnusable, match="restore a backup"):
        await store.write(note, "x")
    await store.close()


# --- Fault 46: upgrade and downgrade ---------------------------------------------------------------------------------

NEXT = Migration(
    number=len(migrations()) + 1,
    name="9999_next",
    sql="ALTER TABLE alert ADD COLUMN colour TEXT;\nUPDATE alert SET colour = 'red; or\n' || name;\n",
)


def schema(path: Path) -> list[tuple[object, ...]]:
    """Everything that the schema says, less how its text is spaced, and the version."""
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name").fetchall()
        version = connection.execute("PRAGMA user_version").fetchone()
    return [*((*row[:3], " ".join(str(row[3]).split())) for row in found), version]


def test_fault_46_upgrade_with_open_rows(tmp_path: Path) -> None:
    """An upgrade keeps the rows, open ones too, and the database is then one that an older version refuses."""
    path = tmp_path / "sudi.db"
    made(path)
    with closing(writing(path, now=noon, known=(*migrations(), NEXT))) as connection:
        kept = connection.execute("SELECT count(*) AS n, min(colour) AS colour FROM alert").fetchone()
    assert kept == {"n": 200, "colour": "red; or\n0"}
    with pytest.raises(StoreUnusable, match="newer"):
        writing(path, now=noon)


OF_VERSION_3 = """
INSERT INTO source (name) VALUES ('news');
INSERT INTO post (id, source, path, revision, size, modified_ns, state, first_seen, changed_at)
    VALUES (1, 'news', 'a.md', 'r', 1, 1, 'published', 1, 1);
INSERT INTO text (revision, data) VALUES ('r', x'61');
INSERT INTO digest (id, post_id, revision, series, language, title, published_at, first_seen, source, work)
    VALUES (1, 1, 'r', 'daily', 'zh', 'A', 1, 1, 'news', 'news/a');
INSERT INTO lane (id, name, platform, account) VALUES (1, 'web:local', 'web', 'local');
INSERT INTO subscription (id, lane_id, chat, state, layout, language, zone, created_at)
    VALUES (1, 1, 'inbox', 'active', 'full', 'zh', '', 1), (2, 1, 'other', 'active', 'full', 'zh', '', 1);
INSERT INTO delivery (id, digest_id, subscription_id, lane_id, urgency, due, promised_at) VALUES (1, 1, 1, 1, 2, 0, 1);
"""


def test_fault_46_upgrade_from_before_there_were_platforms(tmp_path: Path) -> None:
    """What was kept before accounts on platforms goes on: its story buttons are answered, its subscribers unknown."""
    path = tmp_path / "sudi.db"
    with closing(writing(path, now=noon, known=migrations()[:3])) as connection:
        connection.executescript(OF_VERSION_3)
    with closing(writing(path, now=noon)) as connection:
        db = SqliteDatabase(connection, sqlite_statements())
        db.begin()
        lane = LaneId(1)
        assert [row.chat for row in queue.due_page(db, lane, "web", now=9, limit=9).rows] == ["inbox"]
        found = digests.digest_named(db, short_name("news", "a.md"))
        assert found is not None
        assert found.title == "A"
        assert subscriptions.suspend_chat(db, lane, "other", reason=subscriptions.FORBIDDEN, now=NOON) == 1
        assert subscriptions.take_untold(db, lane) == []
        assert admins.admins(db) == []
        inbox = Place(platform="web", account="local", chat="inbox")
        assert subscriptions.chat_names(db, "web", "local") == {}
        assert subscriptions.name_chat(db, lane, "inbox", "Readers")
        assert subscriptions.chat_names(db, "web", "local") == {inbox: "Readers"}


@pytest.mark.parametrize("others", [0, 60])
def test_what_a_forgotten_chat_was_called_is_in_no_file(tmp_path: Path, others: int) -> None:
    """Forgetting erases a name from the database itself, not only from what is found in it."""
    path = tmp_path / "sudi.db"
    with closing(writing(path, now=noon)) as connection:
        db = SqliteDatabase(connection, sqlite_statements())
        for chat in range(others + 1):
            db.begin()
            place = Place(platform="web", account="local", chat=f"{chat}")
            subscriptions.subscribe(db, place, Choices(), now=NOON, chat_name="Readers of the North")
            subscriptions.name_chat(db, LaneId(1), place.chat, f"Readers of the South {chat}.")
            db.commit()
        db.begin()
        subscriptions.forget_chat(db, LaneId(1), "0")
        db.commit()
    data = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"North" not in data
    assert data.count(b"Readers of the South ") == others
    assert b"South 0." not in data


def test_fault_46_an_upgrade_that_fails_changes_nothing(tmp_path: Path) -> None:
    """A migration that fails in its middle leaves the database as it was, at its version."""
    path = tmp_path / "sudi.db"
    made(path)
    before = schema(path)
    wrong = replace(NEXT, sql=f"{NEXT.sql}\nINSERT INTO nowhere VALUES (1);\n")
    with pytest.raises(StoreError, match="nowhere"):
        writing(path, now=noon, known=(*migrations(), wrong))
    assert schema(path) == before
    with closing(writing(path, now=noon)) as connection:
        assert len(names(SqliteDatabase(connection, sqlite_statements()))) == 200


def test_fault_46_an_upgrade_leaves_no_orphans(tmp_path: Path) -> None:
    """A migration may drop what others refer to, but is refused where it would leave rows without their parent."""
    path = tmp_path / "sudi.db"
    made(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO lane (id, name, platform, account) VALUES (1, 'web:1', 'web', '1')")
        connection.execute("INSERT INTO answered (lane_id, update_name, at) VALUES (1, 'u', 1)")
    wrong = replace(NEXT, sql="DELETE FROM lane;\n")
    with pytest.raises(StoreUnusable, match="9999_next"):
        writing(path, now=noon, known=(*migrations(), wrong))
    with closing(reading(path)) as connection:
        assert connection.execute("SELECT count(*) AS n FROM lane").fetchone() == {"n": 1}


@pytest.mark.parametrize("version", range(len(migrations()) + 1))
def test_a_fresh_database_equals_a_migrated_one(tmp_path: Path, version: int) -> None:
    """A database that came through every version, and one that is new, have the same schema."""
    known = (*migrations(), NEXT)
    with closing(writing(tmp_path / "old.db", now=noon, known=known[:version])):
        pass
    with closing(writing(tmp_path / "old.db", now=noon, known=known)):
        pass
    with closing(writing(tmp_path / "new.db", now=noon, known=known)):
        pass
    assert schema(tmp_path / "old.db") == schema(tmp_path / "new.db")


def test_migrations_are_numbered_without_gaps(tmp_path: Path) -> None:
    """A missing number among the migrations is a mistake that is found when they are read."""
    (tmp_path / "0001_first.sql").write_text("SELECT 1;")
    (tmp_path / "0003_third.sql").write_text("SELECT 1;")
    with pytest.raises(ValueError, match="not numbered"):
        migrations(tmp_path)


async def test_a_conflict_names_its_cause(tmp_path: Path) -> None:
    """Whatever SQLite raised stands behind our error as its cause."""
    store = await opened(tmp_path)
    with pytest.raises(StoreError) as caught:
        await store.write(note_and_clash, "a")
    assert isinstance(caught.value.__cause__, sqlite3.IntegrityError)
    await store.close()
