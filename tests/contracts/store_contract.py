"""What every store must do. A store's own test inherits `StoreContract` and says how it is opened."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.choices import Calls, Choices
from digest.identity import name_of, short_name
from digest.model import BREAKING, Digest, Story, StoryKey
from digest.richtext import Text
from storage import admins, alerts, buttons, crossposts, digests, ledger, queue, subscriptions
from storage.database import Database
from storage.records import DigestId, LaneId, SubscriptionState
from storage.store import Store, StoreConflict, StoreError
from storage.subscriptions import Place
from storage.times import to_ms

NOW = datetime(2025, 11, 21, tzinfo=UTC)
HOUR = timedelta(hours=1)

OPENED: Final[Mapping[str, Any]] = {
    "chat": "1",
    "thread": "",
    "layout": "full",
    "language": "zh",
    "zone": "UTC",
    "mention": "",
    "calls": "breaking",
    "now": 1,
}
"""A subscription as its row is made, less its lane."""


class Deliberate(Exception):
    """What a unit raises of its own will."""


def note(db: Database, name: str) -> int:
    """Keep a name; returns how many rows changed."""
    return db.run("alerts.open", name=name, code="code", details="{}", now=1)


def names(db: Database) -> set[str]:
    """The names that are kept."""
    return {row["name"] for row in db.all("alerts.still_open")}


def note_and_raise(db: Database, name: str) -> None:
    """Keep a name, and change one's mind."""
    note(db, name)
    raise Deliberate(name)


def note_and_clash(db: Database, name: str) -> None:
    """Keep a name, then a row that refers to nothing."""
    note(db, name)
    db.one("subscriptions.open", lane=999, **OPENED)


def invite(db: Database, language: str) -> None:
    """A chat that reads this language and wants everything."""
    place = Place(platform="web", account="local", chat=language)
    subscriptions.subscribe(db, place, Choices(language=language), now=NOW)


GROUP = Place(platform="telegram", account="1", chat="-100", thread="")


def invite_threads(db: Database) -> LaneId:
    """A group that is subscribed as a whole and in two of its threads; returns its lane."""
    for thread in ("", "7", "8"):
        subscriptions.subscribe(db, replace(GROUP, thread=thread), Choices(), now=NOW)
    return subscriptions.lane_at(db, GROUP.platform, GROUP.account)


def states(db: Database) -> dict[str, tuple[str, str | None]]:
    """How the group's subscriptions stand, and why, by thread."""
    found = {thread: subscriptions.subscription_at(db, replace(GROUP, thread=thread)) for thread in ("", "7", "8")}
    return {thread: (str(one.state), one.reason) for thread, one in found.items() if one is not None}


def publish(db: Database, path: str, language: str, published: datetime, *keys: str) -> DigestId:
    """A digest with stories of these keys, to be promised."""
    stories = tuple(Story(title=(Text(key),), key=StoryKey(key)) for key in keys)
    digest = Digest(
        revision=name_of(path.encode()),
        series="daily",
        title=path,
        language=language,
        published=published,
        stories=stories,
    )
    return digests.publish(db, path=path, data=path.encode(), digest=digest, now=NOW, source="news")


class StoreContract(ABC):
    """The suite. Each test gets a folder of its own."""

    @abstractmethod
    async def opened(self, folder: Path) -> Store:
        """A store that keeps its data in this folder, opened for the first time or again."""

    @asynccontextmanager
    async def using(self, folder: Path) -> AsyncIterator[Store]:
        """A store that is closed at the end."""
        store = await self.opened(folder)
        try:
            yield store
        finally:
            await store.close()

    @pytest.fixture
    async def store(self, tmp_path: Path) -> AsyncIterator[Store]:
        """An open store."""
        async with self.using(tmp_path) as store:
            yield store

    async def test_a_unit_gives_back_its_value(self, store: Store) -> None:
        """A unit is a plain function of a database; its caller gets what it returned."""
        assert await store.write(note, "a") == 1
        assert await store.write(lambda db: db.one("pushes.proposed", name="nobody")) is None
        assert await store.read(names) == {"a"}

    async def test_a_statement_that_returns_rows_is_a_query(self, store: Store) -> None:
        """Statements with RETURNING count as queries, and leave nothing behind that would stop the commit."""
        await store.write(lambda db: db.run("subscriptions.open_lane", name="web:1", platform="web", account="1"))
        lane = await store.read(lambda db: db.one("subscriptions.lane", name="web:1"))
        assert lane is not None
        opened = await store.write(lambda db: db.one("subscriptions.open", lane=lane["id"], **OPENED))
        assert opened is not None
        found = await store.read(lambda db: db.one("subscriptions.by_id", subscription=opened["id"]))
        assert found is not None
        assert found["chat"] == "1"

    async def test_a_statement_runs_for_many_rows(self, store: Store) -> None:
        """A statement can be run once for each mapping of values."""
        rows = [{"name": str(n), "by": "5", "text": "t", "now": n} for n in range(5)]
        await store.write(lambda db: db.many("pushes.propose", rows))
        assert await store.write(lambda db: db.run("pushes.forget_older", before=3)) == 3

    async def test_an_unknown_query_is_named(self, store: Store) -> None:
        """A query that does not exist is a mistake of the code, and the error names it."""
        with pytest.raises(KeyError, match=r"alerts\.nonsense"):
            await store.write(lambda db: db.run("alerts.nonsense"))

    async def test_a_missing_value_is_named(self, store: Store) -> None:
        """A parameter without a value is a mistake of the code, and the error names it."""
        with pytest.raises(KeyError, match="details"):
            await store.write(lambda db: db.run("alerts.open", name="a", code="b", now=1))

    async def test_what_was_acknowledged_is_there_after_a_restart(self, tmp_path: Path) -> None:
        """What a caller was told to be done is there when the store is opened again."""
        async with self.using(tmp_path) as store:
            await asyncio.gather(*(store.write(note, str(n)) for n in range(20)))
        async with self.using(tmp_path) as store:
            assert await store.read(names) == {str(n) for n in range(20)}

    async def test_a_read_sees_what_was_acknowledged(self, store: Store) -> None:
        """A read sees every commit that was acknowledged before it began."""
        for n in range(10):
            await store.write(note, str(n))
            assert len(await store.read(names)) == n + 1

    async def test_a_unit_that_raises_undoes_only_itself(self, store: Store) -> None:
        """A unit that raises undoes only itself: those beside it in the same transaction are kept."""
        done = await asyncio.gather(
            store.write(note, "before"),
            store.write(note_and_raise, "undone"),
            store.write(note, "after"),
            return_exceptions=True,
        )
        assert [type(each) for each in done] == [int, Deliberate, int]
        assert await store.read(names) == {"before", "after"}

    async def test_a_row_that_refers_to_nothing_is_refused(self, store: Store) -> None:
        """Foreign keys are enforced, and such a mistake belongs to its unit alone."""
        done = await asyncio.gather(
            store.write(note, "before"),
            store.write(note_and_clash, "undone"),
            store.write(note, "after"),
            return_exceptions=True,
        )
        assert isinstance(done[1], StoreConflict)
        assert await store.read(names) == {"before", "after"}

    async def test_a_key_stands_once(self, store: Store) -> None:
        """A key that stands twice is a conflict, in one statement or in many."""

        def propose(db: Database) -> None:
            db.many("pushes.propose", [{"name": "same", "by": "5", "text": "t", "now": 1}] * 2)

        with pytest.raises(StoreConflict):
            await store.write(propose)
        assert await store.read(lambda db: db.one("pushes.proposed", name="same")) is None

    async def test_a_unit_may_catch_a_conflict(self, store: Store) -> None:
        """A conflict that a unit catches is no failure of the unit."""

        def careful(db: Database) -> str:
            try:
                note_and_clash(db, "kept")
            except StoreConflict:
                return "caught"
            return "not caught"

        assert await store.write(careful) == "caught"
        assert await store.read(names) == {"kept"}

    async def test_stop_iteration_reaches_the_caller(self, store: Store) -> None:
        """Even StopIteration, which no future takes, reaches the caller as an error, and the writer lives on."""
        with pytest.raises(RuntimeError, match="StopIteration"):
            await store.write(lambda db: next(iter(db.all("alerts.still_open"))))
        assert await store.write(note, "alive") == 1

    async def test_a_unit_may_call_another(self, store: Store) -> None:
        """A unit that calls another is one unit: they are kept or undone together."""

        def both(db: Database) -> None:
            note(db, "outer")
            note_and_raise(db, "inner")

        with pytest.raises(Deliberate):
            await store.write(both)
        assert await store.read(names) == set()

    async def test_units_run_in_the_order_of_their_calls(self, store: Store) -> None:
        """Units run in the order in which they were asked for, and their callers resume in it."""
        ran: list[int] = []
        resumed: list[int] = []

        async def caller(n: int) -> None:
            await store.write(lambda _: ran.append(n))
            resumed.append(n)

        await asyncio.gather(*(caller(n) for n in range(300)))
        assert ran == resumed == list(range(300))

    async def test_a_cancelled_caller_does_not_cancel_its_unit(self, store: Store) -> None:
        """A cancelled caller does not cancel its unit, nor disturb those beside it."""
        cancelled = asyncio.ensure_future(store.write(note, "cancelled"))
        other = asyncio.ensure_future(store.write(note, "other"))
        await asyncio.sleep(0)
        cancelled.cancel()
        assert await other == 1
        assert cancelled.cancelled()
        assert await store.read(names) == {"cancelled", "other"}

    async def test_a_cancelled_read_leaves_its_reader_usable(self, store: Store) -> None:
        """Reads that were cancelled do not use up the readers."""
        for _ in range(10):
            reading = asyncio.ensure_future(store.read(names))
            await asyncio.sleep(0)
            reading.cancel()
        assert await store.read(names) == set()

    async def test_a_read_cannot_write(self, store: Store) -> None:
        """A unit that only reads is held to it."""
        with pytest.raises(StoreError):
            await store.read(note, "a")
        assert await store.read(names) == set()

    async def test_a_read_that_raises_spoils_nothing(self, store: Store) -> None:
        """What a read raises reaches its caller, and the reader goes on."""
        for _ in range(10):
            with pytest.raises(ZeroDivisionError):
                await store.read(lambda _: 1 // 0)
        assert await store.read(names) == set()

    async def test_closing_finishes_what_waits(self, tmp_path: Path) -> None:
        """Closing finishes the units that wait, and answers their callers."""
        store = await self.opened(tmp_path)
        waiting = [asyncio.ensure_future(store.write(note, str(n))) for n in range(50)]
        await asyncio.sleep(0)
        await store.close()
        assert await asyncio.gather(*waiting) == [1] * 50
        async with self.using(tmp_path) as again:
            assert len(await again.read(names)) == 50

    async def test_a_closed_store_says_so(self, tmp_path: Path) -> None:
        """A store that is closed refuses both reading and writing, and may be closed again."""
        store = await self.opened(tmp_path)
        await store.close()
        await store.close()
        with pytest.raises(StoreError, match="closed"):
            await store.write(note, "late")
        with pytest.raises(StoreError, match="closed"):
            await store.read(names)

    async def test_a_chat_is_promised_one_of_the_translations(self, store: Store) -> None:
        """Every database chooses alike among the tellings of a work: the chat's language, else the publisher's own."""
        for language in ("zh", "en", "fr"):
            await store.write(invite, language)
        for path, language in (("x.en.md", "en"), ("x.md", "zh")):
            await store.write(publish, path, language, NOW, "a.example/1")
        while await store.read(ledger.unpromised):
            await store.write(ledger.promise_on, page=2, now=NOW)
        rows = await store.read(ledger.deliveries)
        assert {row.chat: row.title for row in rows} == {"zh": "x.md", "en": "x.en.md", "fr": "x.md"}
        assert len(rows) == 3

    async def test_where_stories_stood_before_is_found(self, store: Store) -> None:
        """Every database finds the same repeats, and the same landing pages."""
        for number in range(9):
            hot = ["a.example/hot"] if number > 6 else []
            await store.write(publish, f"{number}.md", "zh", NOW + number * HOUR, "a.example/home", *hot)
        last = await store.write(publish, "9.md", "zh", NOW + 9 * HOUR, "a.example/home", "a.example/hot")
        assert await store.read(queue.repeats, last) == {
            last - 1: frozenset({"a.example/hot"}),
            last - 2: frozenset({"a.example/hot"}),
        }

    async def test_a_lost_chat_is_suspended_in_all_its_threads_and_comes_back(self, store: Store) -> None:
        """A chat that is lost is suspended with its threads and resumes with them, but not where somebody left."""
        lane = await store.write(invite_threads)
        left = await store.read(subscriptions.subscription_at, replace(GROUP, thread="8"))
        assert left is not None
        await store.write(subscriptions.unsubscribe, left.id, now=NOW)
        assert await store.write(subscriptions.suspend_chat, lane, "-100", reason="chat-lost", now=NOW) == 2
        assert await store.write(subscriptions.suspend_chat, lane, "-100", reason="chat-lost", now=NOW) == 0
        suspended, ended = ("suspended", "chat-lost"), ("ended", "unsubscribed")
        assert await store.read(states) == {"": suspended, "7": suspended, "8": ended}
        assert not await store.read(subscriptions.is_brought, lane, "-100")
        await store.write(publish, "x.md", "zh", NOW, "a.example/1")
        back = {"reasons": ("chat-lost", "forbidden"), "now": NOW}
        assert await store.write(subscriptions.resume_chat, lane, "-100", **back) == 2  # type: ignore[arg-type]
        assert await store.write(subscriptions.resume_chat, lane, "-100", **back) == 0  # type: ignore[arg-type]
        assert await store.read(states) == {"": ("active", None), "7": ("active", None), "8": ended}
        assert await store.read(subscriptions.is_brought, lane, "-100")
        assert {row.thread for row in await store.read(ledger.deliveries)} == {"", "7"}

    async def test_what_is_suspended_for_another_reason_stays_away(self, store: Store) -> None:
        """A chat resumes only what was suspended for the reasons that are over."""
        lane = await store.write(invite_threads)
        await store.write(subscriptions.suspend_chat, lane, "-100", reason="forbidden", now=NOW)
        lost = ("chat-lost",)
        assert await store.write(subscriptions.resume_chat, lane, "-100", reasons=lost, now=NOW) == 0
        assert {state for state, _ in (await store.read(states)).values()} == {SubscriptionState.SUSPENDED}

    async def test_a_forgotten_chat_leaves_nothing_and_no_count(self, store: Store) -> None:
        """To forget a chat erases its rows in all threads; what it was not brought does not count as sent."""
        lane = await store.write(invite_threads)
        await store.write(publish, "x.md", "zh", NOW, "a.example/1")
        while await store.read(ledger.unpromised):
            await store.write(ledger.promise_on, page=10, now=NOW)
        assert len(await store.read(ledger.deliveries)) == 3
        assert await store.write(subscriptions.forget_chat, lane, "-100") == 3
        assert await store.write(subscriptions.forget_chat, lane, "-100") == 0
        assert await store.read(states) == {}
        assert await store.read(ledger.deliveries) == []
        assert set((await store.read(ledger.overview)).totals.values()) == {0}

    async def test_a_link_makes_one_admin(self, store: Store) -> None:
        """The first who opens a link becomes an admin, may open it again, and nobody else may; then it is too old."""
        payload = await store.write(admins.make_admin_link, "telegram", NOW, "token")
        assert payload == "admin_token"
        late = NOW + admins.LINK_HOLDS + timedelta(seconds=1)
        tries = [("discord", "5", NOW), ("telegram", "5", NOW), ("telegram", "6", NOW), ("telegram", "5", NOW)]
        opened = [
            await store.write(admins.open_admin_link, payload, platform=platform, person=person, now=now)
            for platform, person, now in [*tries, ("telegram", "5", late)]
        ]
        assert opened == [False, True, False, True, False]
        assert not await store.write(admins.open_admin_link, "admin_", platform="telegram", person="7", now=NOW)
        assert await store.read(admins.admins) == [admins.Admin(platform="telegram", person="5", since=NOW)]
        assert await store.write(admins.remove_admin, "telegram", "5")
        assert not await store.write(admins.remove_admin, "telegram", "5")
        assert await store.read(admins.admins) == []

    async def test_no_link_brings_back_who_is_no_admin_any_more(self, store: Store) -> None:
        """Whoever is taken off the admins comes back neither by the link that they opened nor by one made before."""

        async def opens(payload: str, person: str) -> bool:
            link = {"platform": "telegram", "person": person, "now": NOW}
            return await store.write(lambda db: admins.open_admin_link(db, payload, **link))  # type: ignore[arg-type]

        used, spare, theirs = [
            await store.write(admins.make_admin_link, "telegram", NOW, token) for token in ("used", "spare", "theirs")
        ]
        assert await opens(used, "5")
        assert await opens(theirs, "6")
        assert await store.write(admins.remove_admin, "telegram", "5")
        assert [await opens(payload, "5") for payload in (used, spare)] == [False, False]
        assert not await opens(spare, "7")
        assert await opens(theirs, "6"), "an update that comes twice"
        assert [one.person for one in await store.read(admins.admins)] == ["6"]

    async def test_a_link_for_any_platform_serves_the_first(self, store: Store) -> None:
        """A link that names no platform serves whoever opens it first, wherever that is."""
        payload = await store.write(admins.make_admin_link, "", NOW, "token")
        assert await store.write(admins.open_admin_link, payload, platform="discord", person="5", now=NOW)
        assert not await store.write(admins.open_admin_link, payload, platform="telegram", person="5", now=NOW)

    async def test_a_button_is_kept_under_one_name(self, store: Store) -> None:
        """What a button says is kept under a name of 16 letters and digits, as long as it is used and not longer."""
        name = await store.write(buttons.keep_button, "/subscribe a very long series", now=NOW)
        assert len(name) == 16
        assert name.isalnum()
        assert name.isascii()
        later = NOW + timedelta(days=100)
        assert await store.write(buttons.keep_button, "/subscribe a very long series", now=later) == name
        assert await store.write(buttons.keep_button, "/stop", now=later) != name
        assert await store.read(buttons.kept_button, name, now=later + buttons.KEPT) == "/subscribe a very long series"
        assert await store.read(buttons.kept_button, name, now=later + buttons.KEPT + HOUR) is None
        assert await store.read(buttons.kept_button, "0" * 16, now=NOW) is None
        last = await store.write(buttons.keep_button, "/today", now=later + buttons.KEPT + HOUR)
        assert await store.read(buttons.kept_button, name, now=NOW) is None
        assert await store.read(buttons.kept_button, last, now=later) == "/today"

    async def test_what_buttons_say_fills_no_disk(self, store: Store) -> None:
        """Words that are too long are not kept, and of very many buttons the oldest are forgotten."""
        long = await store.write(buttons.keep_button, "/today" + "很" * buttons.LONGEST, now=NOW)
        assert len(long) == 16
        assert await store.read(buttons.kept_button, long, now=NOW) is None
        kept = [
            await store.write(buttons.keep_button, f"/latest {number}", now=NOW + timedelta(seconds=number), most=3)
            for number in range(5)
        ]
        found = [await store.read(buttons.kept_button, name, now=NOW) for name in kept]
        assert found == [None, None, "/latest 2", "/latest 3", "/latest 4"]

    async def test_what_is_to_be_published_waits_in_order(self, store: Store) -> None:
        """What is noted waits in its order, once, until it is done; a chat that is forgotten takes its own with it."""
        lane, name = await store.write(invite_threads), f"{GROUP.platform}:{GROUP.account}"
        for chat, message in (("-100", "2"), ("5", "1"), ("-100", "1"), ("-100", "2")):
            await store.write(crossposts.note_unpublished, lane, chat, message, now=NOW)
        assert await store.read(crossposts.unpublished, name) == [("-100", "2"), ("5", "1"), ("-100", "1")]
        await store.write(crossposts.note_published, name, "-100", "2")
        await store.write(crossposts.note_published, "web:local", "5", "1")
        assert await store.read(crossposts.unpublished, name) == [("5", "1"), ("-100", "1")]
        await store.write(subscriptions.forget_chat, lane, "-100")
        assert await store.read(crossposts.unpublished, name) == [("5", "1")]

    async def test_whom_a_chat_calls_is_kept_and_goes_with_what_is_due(self, store: Store) -> None:
        """The role that was chosen comes with each delivery that calls it: of breaking items, or of everything."""
        choices = Choices(mention="71")
        await store.write(subscriptions.subscribe, GROUP, choices, now=NOW)
        await store.write(publish, "x.md", "zh", NOW, "a.example/1")
        while await store.read(ledger.unpromised):
            await store.write(ledger.promise_on, page=10, now=NOW)
        lane = await store.write(subscriptions.lane_at, GROUP.platform, GROUP.account)
        later = to_ms(NOW + HOUR)
        (due,) = (await store.read(queue.due_page, lane, GROUP.platform, now=later, limit=9)).rows
        assert (due.mention, due.calls, due.called) == ("71", Calls.BREAKING, "")
        assert replace(due, series=BREAKING).called == "71"
        found = await store.read(subscriptions.subscription_at, GROUP)
        assert found is not None
        assert found.choices == choices
        every = replace(choices, calls=Calls.EVERY)
        await store.write(subscriptions.change_choices, found.id, every, now=NOW)
        (due,) = (await store.read(queue.due_page, lane, GROUP.platform, now=later, limit=9)).rows
        assert due.called == "71"
        nobody = replace(every, mention="")
        await store.write(subscriptions.change_choices, found.id, nobody, now=NOW)
        (due,) = (await store.read(queue.due_page, lane, GROUP.platform, now=later, limit=9)).rows
        assert due.called == ""

    async def test_one_thread_is_suspended_and_resumed_alone(self, store: Store) -> None:
        """What happens to one address alone touches no other thread, and not the chat itself."""
        lane = await store.write(invite_threads)
        alone = {"thread": "7", "now": NOW}
        assert await store.write(subscriptions.suspend_chat, lane, "-100", reason="chat-lost", **alone) == 1  # type: ignore[arg-type]
        assert {thread for thread, (state, _) in (await store.read(states)).items() if state != "active"} == {"7"}
        assert await store.write(subscriptions.suspend_chat, lane, "-100", reason="forbidden", now=NOW, thread="") == 1
        assert await store.read(subscriptions.concerned, "telegram:1", ["-100", "7", "9"]) == {"-100", "7"}
        assert await store.write(subscriptions.resume_chat, lane, "-100", reasons=("chat-lost",), **alone) == 1  # type: ignore[arg-type]
        assert {thread for thread, (state, _) in (await store.read(states)).items() if state != "active"} == {""}

    async def test_what_people_call_chats_is_kept_and_erased_with_them(self, store: Store) -> None:
        """A chat is called for all its threads or for one, is written only where that is news, and is forgotten."""
        lane = await store.write(invite_threads)
        assert await store.write(subscriptions.name_chat, lane, "-100", "News")
        assert await store.write(subscriptions.name_chat, lane, "-100", "Talk (News)", thread="7")
        assert not await store.write(subscriptions.name_chat, lane, "-100", "Talk (News)", thread="7")
        assert not await store.write(subscriptions.name_chat, lane, "-100", "")
        assert not await store.write(subscriptions.name_chat, lane, "-200", "Nobody")
        found = [await store.read(subscriptions.glimpse, replace(GROUP, thread=thread)) for thread in ("", "7", "99")]
        assert [seen and seen.chat_name for seen in found] == ["News", "Talk (News)", None]
        await store.write(subscriptions.move_chat, lane, chat="-100", to="-300", now=NOW)
        known = await store.read(subscriptions.chat_names, GROUP.platform, GROUP.account)
        moved = replace(GROUP, chat="-300")
        named = {moved: "News", replace(moved, thread="7"): "Talk (News)", replace(moved, thread="8"): "News"}
        assert known == named
        await store.write(subscriptions.forget_chat, lane, "-300")
        await store.write(invite_threads)
        assert await store.read(subscriptions.chat_names, GROUP.platform, GROUP.account) == {}

    async def test_the_names_of_chats_stand_where_their_numbers_do(self, store: Store) -> None:
        """What is due, what was delivered, an alert and whoever is to be told of a chat know what people call it."""
        lane = await store.write(subscriptions.lane_at, GROUP.platform, GROUP.account)
        await store.write(subscriptions.subscribe, GROUP, Choices(), now=NOW, by="5", chat_name="News")
        await store.write(publish, "x.md", "zh", NOW, "a.example/1")
        while await store.read(ledger.unpromised):
            await store.write(ledger.promise_on, page=10, now=NOW)
        (due,) = (await store.read(queue.due_page, lane, GROUP.platform, now=to_ms(NOW + HOUR), limit=9)).rows
        (row,) = await store.read(ledger.deliveries)
        assert [due.chat_name, row.chat_name] == ["News"] * 2
        await store.write(alerts.raise_alert, "x", "thread-lost", {"lane": GROUP.lane, "chat": GROUP.chat}, NOW)
        (alert,) = await store.read(alerts.open_alerts)
        assert alert.details["chat_name"] == "News"
        await store.write(subscriptions.suspend_chat, lane, GROUP.chat, reason="forbidden", now=NOW)
        (untold,) = await store.write(subscriptions.take_untold, lane)
        assert untold.chat_name == "News"

    async def test_a_lane_goes_on_only_when_its_reason_is_over(self, store: Store) -> None:
        """A rest ends early for its own reason alone."""
        lane = await store.write(invite_threads)
        await store.write(queue.pause, lane, until=9_000, reason="account-dead")
        assert not await store.write(ledger.unpause, lane, reason="throttled")
        assert await store.write(ledger.unpause, lane, reason="account-dead")
        assert (await store.read(queue.lane_now, lane)).paused_until is None

    async def test_a_digest_is_found_by_its_short_name(self, store: Store) -> None:
        """A short name finds its digest, that of one which was kept before there were names too, until it is gone."""
        old = await store.write(publish, "old.md", "zh", NOW, "a.example/1")
        digest = Digest(name="0123456789ab", revision=name_of(b"x"), series="daily", title="x", language="zh")
        new = await store.write(digests.publish, path="x.md", data=b"x", digest=digest, now=NOW, source="news")
        for name, made in ((short_name("news", "old.md"), old), ("0123456789ab", new)):
            found = await store.read(digests.digest_named, name)
            assert found is not None
            assert found.id == made
            await store.write(digests.withdraw, found.post)
            assert await store.read(digests.digest_named, name) is None
        assert await store.read(digests.digest_named, "ffffffffffff") is None
        assert await store.read(digests.digest_named, "") is None

    def test_exactly_what_succeeded_is_kept(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        """Whatever fails or is cancelled beside it, exactly the units that did not raise are kept."""

        @settings(max_examples=25)
        @given(rounds=st.lists(st.lists(st.sampled_from(["keep", "raise", "clash", "cancel"]), max_size=8), max_size=5))
        def holds(rounds: list[list[str]]) -> None:
            asyncio.run(self._live(tmp_path_factory.mktemp("store"), rounds))

        holds()

    async def _live(self, folder: Path, rounds: list[list[str]]) -> None:
        expected: set[str] = set()
        async with self.using(folder) as store:
            for number, fates in enumerate(rounds):
                expected |= await self._round(store, number, fates)
                assert await store.read(names) == expected
        async with self.using(folder) as store:
            assert await store.read(names) == expected

    async def _round(self, store: Store, number: int, fates: list[str]) -> set[str]:
        """Units that are asked for together; returns the names that must be kept."""
        units = {"keep": note, "cancel": note, "raise": note_and_raise, "clash": note_and_clash}
        named = {f"{number}.{n}": fate for n, fate in enumerate(fates)}
        calls = [asyncio.ensure_future(store.write(units[fate], name)) for name, fate in named.items()]
        await asyncio.sleep(0)
        for call, fate in zip(calls, fates, strict=True):
            if fate == "cancel":
                call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        await store.write(lambda _: None)
        return {name for name, fate in named.items() if fate in {"keep", "cancel"}}
