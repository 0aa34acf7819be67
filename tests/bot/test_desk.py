"""The desk: what the pages see of the real store, and what their decisions do to it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.discord.dialect import DiscordDialect
from adapters.platform import Account, AccountId, Address, Asker, Dialect, DoubtPolicy, Platform, Query, Reply
from adapters.telegram.dialect import TelegramDialect
from adapters.web.courier import WebCourier, WebPace
from adapters.web.desk import Desk, InboxMessage
from adapters.web.dialect import WebDialect
from bot.catalogue import words
from bot.desk import StoreDesk, bring_latest, welcome
from bot.dispatch import Habits, Lane
from bot.pulse import Pulse
from bot.rendition import Renditions
from digest.choices import Layout
from digest.compose import Document
from digest.model import Digest, Post
from digest.problems import Code
from digest.read import read
from storage import subscriptions
from storage.alerts import raise_alert
from tests.bot.newsroom import HERE, Newsroom, open_newsroom, post
from tests.world.store import SyncSqliteStore

DIALECTS: Mapping[Platform, Dialect] = {
    Platform.TELEGRAM: TelegramDialect(),
    Platform.DISCORD: DiscordDialect(),
    Platform.WEB: WebDialect(),
}
ASKER = Asker(address=Address(platform=Platform.WEB, account=AccountId("local"), chat="inbox"), person="local")


@dataclass
class Office:
    """A newsroom with a desk in it, and the lane of the local inbox; `decisions` counts what the desk has told."""

    room: Newsroom
    desk: Desk
    decisions: list[str]
    lane: Lane

    async def inbox(self, messages: int) -> tuple[InboxMessage, ...]:
        """The inbox once it holds so many messages."""
        self.lane.wake()
        async with asyncio.timeout(60):
            while len(found := await self.desk.inbox()) != messages:  # noqa: ASYNC110 - the store tells nobody
                await asyncio.sleep(0.01)
        return found

    async def publish(self, path: str, text: str) -> None:
        """Save a post, and let it settle."""
        self.room.save(path, text)
        await self.room.settle()


async def _echo(query: Query) -> Reply:
    return Reply(documents=(Document(title=query.text),), words=words("zh"))


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """A desk over the real store, after a first look at an empty folder."""
    async with open_newsroom(tmp_path) as room:
        decisions: list[str] = []

        def read_post(one: Post, _: str) -> Digest:
            return read(one, room.source.rules)

        desk = StoreDesk(
            store=room.store,
            sources={room.source.name: room.source},
            dialects=DIALECTS,
            read=read_post,
            answer=_echo,
            pulse=Pulse(),
            now=lambda: room.now,
            looked_at=room.looker.looked_at,
            decided=lambda: decisions.append("decided"),
        )
        account = Account(
            platform=Platform.WEB,
            id=AccountId("local"),
            courier=WebCourier(),
            pace=WebPace(),
            doubt=DoubtPolicy.REPEAT,
            doubt_push=DoubtPolicy.REPEAT,
        )
        renditions = Renditions(store=room.store, read=read_post, dialects=DIALECTS, words=words)
        # A heartbeat that never comes: what a lane overlooks would not arrive.
        habits = Habits(heartbeat=3600.0)
        lane = Lane(
            account, store=room.store, renditions=renditions, now=lambda: room.now, random=lambda: 0.5, habits=habits
        )
        running = asyncio.create_task(lane.run())
        await room.look()
        yield Office(room=room, desk=desk, decisions=decisions, lane=lane)
        await lane.stop()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def test_the_inbox_shows_what_was_brought_and_its_correction(office: Office) -> None:
    """A message stands in the inbox as it reads now, and says that it was edited."""
    await office.publish("one.md", post("第一条", "旧的说法。"))
    (brought,) = await office.inbox(1)
    assert "旧的说法" in brought.message["html"]
    assert not brought.edited
    await office.publish("one.md", post("第一条", "新的说法。"))
    office.lane.wake()
    async with asyncio.timeout(60):
        while not (await office.desk.inbox())[0].edited:  # noqa: ASYNC110 - the store tells nobody
            await asyncio.sleep(0.01)
    (corrected,) = await office.desk.inbox()
    assert "新的说法" in corrected.message["html"]


async def test_a_preview_shows_what_the_inbox_is_sent(office: Office) -> None:
    """What is previewed is what is sent, message by message; the other faces stand beside it."""
    await office.publish("one.md", post("第一条", "**要点**在这里。"))
    (brought,) = await office.inbox(1)
    (kept,) = await office.desk.posts()
    preview = await office.desk.preview(kept.id, Layout.FULL, "zh")
    assert preview is not None
    faces = {face.platform: face for face in preview.faces}
    assert set(faces) == set(Platform)
    assert [drawn.message for drawn in faces[Platform.WEB].messages] == [brought.message]
    for face in preview.faces:
        assert all(count.used <= count.limit for drawn in face.messages for count in drawn.counts)
        assert all("要点" in drawn.html for drawn in face.messages)


async def test_a_post_is_previewed_before_it_has_settled(office: Office) -> None:
    """An editor sees a post's faces as soon as it is seen, from its file."""
    office.room.save("one.md", post("还在写", "第一句。"))
    await office.room.look()
    (kept,) = await office.desk.posts()
    assert kept.state == "settling"
    preview = await office.desk.preview(kept.id, Layout.FULL, "zh")
    assert preview is not None
    assert "第一句" in preview.faces[0].messages[0].html


async def test_a_bad_post_is_shown_with_its_problems_and_no_face(office: Office) -> None:
    """What cannot be delivered is listed with the reason, and has no preview."""
    await office.publish("bad.md", "---\ntitle: [\n---\n\nwords\n")
    (kept,) = await office.desk.posts()
    assert (kept.state, kept.problems[0].code) == ("bad", Code.BROKEN_FRONT_MATTER)
    preview = await office.desk.preview(kept.id, Layout.FULL, "zh")
    assert preview is not None
    assert preview.faces == ()


async def test_there_is_no_preview_of_no_post(office: Office) -> None:
    """An unknown post is None, not an error."""
    assert await office.desk.preview(99, Layout.FULL, "zh") is None
    assert await office.desk.delivery(99) is None


async def test_hold_keeps_and_release_lets_go(office: Office) -> None:
    """While everything is held nothing arrives; the release brings it once. Both are told to the lanes."""
    await office.desk.hold("all")
    assert (await office.desk.ledger()).held
    await office.publish("one.md", post("第一条"))
    office.lane.wake()
    await asyncio.sleep(0.2)
    assert await office.desk.inbox() == ()
    assert (await office.desk.ledger()).totals["open"] == 1
    await office.desk.release("all")
    await office.inbox(1)
    ledger = await office.desk.ledger()
    assert not ledger.held
    assert (ledger.totals["open"], ledger.totals["sent"]) == (0, 1)
    assert office.decisions == ["decided", "decided"]


async def test_the_last_look_is_told_and_a_withdrawn_post_is_shown_as_such(office: Office) -> None:
    """A source says when it was last looked at, and a post that was taken back does not look published."""
    await office.publish("one.md", post("第一条"))
    await office.publish("one.md", post("第一条", withdrawn="true"))
    (kept,) = await office.desk.posts()
    assert kept.state == "withdrawn"
    await office.room.look(after=600)
    (source,) = await office.desk.sources()
    assert source.looked_at == office.room.now


async def test_the_local_reader_is_subscribed_once(office: Office, tmp_path: Path) -> None:
    """The first start subscribes the inbox to every series; who has left, or had all erased, stays away at the next."""
    place = subscriptions.Place(platform="web", account="local", chat="inbox")
    known = await office.room.store.read(subscriptions.subscription_at, place)
    assert known is not None
    await office.room.store.write(subscriptions.unsubscribe, known.id, now=office.room.now)
    assert not await welcome(office.room.store, "zh", now=lambda: office.room.now)
    left = await office.room.store.read(subscriptions.subscription_at, place)
    assert left is not None
    assert left.state == "ended"
    await office.room.store.write(subscriptions.forget, known.id)
    assert not await welcome(office.room.store, "zh", now=lambda: office.room.now)
    assert await office.room.store.read(subscriptions.subscription_at, place) is None
    fresh = SyncSqliteStore(tmp_path / "fresh.db")
    assert await welcome(fresh, "zh", now=lambda: office.room.now)
    new = await fresh.read(subscriptions.subscription_at, place)
    assert new is not None
    assert new.choices.wants("anything")
    await fresh.close()


async def test_a_source_that_is_first_looked_at_later_brings_its_newest(tmp_path: Path) -> None:
    """A reader subscribed before a source was there is brought the source's latest once its first look has ended."""
    async with open_newsroom(tmp_path) as room:
        room.save("old.md", post("从前", date="2025-12-30"))
        room.save("new.md", post("最新", date="2026-01-04"))
        assert not await bring_latest(room.store, now=lambda: room.now)
        assert (await room.look()).first
        assert not await room.delivered()
        assert await bring_latest(room.store, now=lambda: room.now)
        assert await room.delivered() == ["最新"]
        assert not (await room.look()).first
        assert not await bring_latest(room.store, now=lambda: room.now)


async def test_a_reader_who_was_never_brought_anything_is_at_the_next_start(tmp_path: Path) -> None:
    """A start finds an inbox that nothing ever came to, and brings it the latest; one that has left stays empty."""
    async with open_newsroom(tmp_path) as room:
        room.save("new.md", post("最新"))
        await room.look()
        known = await room.store.read(subscriptions.subscription_at, HERE)
        assert known is not None
        await room.store.write(subscriptions.unsubscribe, known.id, now=room.now)
        assert not await welcome(room.store, "zh", now=lambda: room.now)
        assert not await bring_latest(room.store, now=lambda: room.now)
        assert not await room.delivered()
    async with open_newsroom(tmp_path / "another") as room:
        room.save("new.md", post("最新"))
        await room.look()
        assert await welcome(room.store, "zh", now=lambda: room.now)
        assert await room.delivered() == ["最新"]
        assert not await welcome(room.store, "zh", now=lambda: room.now)


async def test_several_digests_for_one_chat_arrive_one_after_the_other(office: Office) -> None:
    """Everything that is due for a chat leaves without waiting for anything but what goes before it."""
    await office.desk.hold("all")
    for number in range(1, 6):
        await office.publish(f"{number}.md", post(f"第 {number} 条"))
    await office.desk.release("all")
    brought = await office.inbox(5)
    assert [f"第 {number} 条" in one.message["html"] for number, one in enumerate(brought, 1)] == [True] * 5


async def test_the_ledger_shows_progress_lanes_and_one_delivery_with_its_parts(office: Office) -> None:
    """The deliveries page has totals, the digest's progress, the lane, and each part of a delivery."""
    await office.publish("one.md", post("第一条"))
    await office.inbox(1)
    ledger = await office.desk.ledger(state="sent")
    (row,) = ledger.rows
    assert [(one.title, one.counts["sent"]) for one in ledger.digests] == [("第一条", 1)]
    assert [lane.name for lane in ledger.lanes] == ["web:local"]
    delivery = await office.desk.delivery(row.id)
    assert delivery is not None
    assert [(part.number, part.action, part.state) for part in delivery.parts] == [(1, "send", "sent")]
    assert (await office.desk.ledger(state="failed")).rows == ()
    assert (await office.desk.ledger(digest=row.digest)).rows == (row,)


async def test_a_backlog_is_released_or_kept_by_one_decision(office: Office) -> None:
    """What is too much at once waits for the desk: released it is promised, kept it is only indexed."""
    for number in range(21):
        office.room.save(f"{number:02}.md", post(f"第 {number} 条"))
    await office.room.settle()
    (source,) = await office.desk.sources()
    assert source.backlog == 21
    await office.desk.keep_backlog(source.name)
    (source,) = await office.desk.sources()
    assert source.backlog == 0
    assert {kept.state for kept in await office.desk.posts()} == {"indexed"}
    for number in range(21, 42):
        office.room.save(f"{number:02}.md", post(f"第 {number} 条"))
    await office.room.settle()
    await office.desk.release_backlog(source.name)
    await office.room.look()
    assert len(await office.room.delivered()) == 21


async def test_vanished_posts_are_deleted_when_the_desk_says_so(office: Office) -> None:
    """Many posts that vanish at once are a failing source, until an admin says that they were deleted."""
    for number in range(5):
        office.room.save(f"{number}.md", post(f"第 {number} 条"))
    await office.room.settle()
    for number in range(4):
        office.room.delete(f"{number}.md")
    await office.room.settle()
    (source,) = await office.desk.sources()
    assert source.error == "vanished-posts"
    await office.desk.believe_vanished(source.name)
    await office.room.settle()
    (source,) = await office.desk.sources()
    assert source.error is None
    states = sorted(kept.state for kept in await office.desk.posts())
    assert states == ["gone", "gone", "gone", "gone", "published"]


async def test_alerts_and_health_are_told(office: Office) -> None:
    """What is wrong stands on the page, and a store that answers is healthy."""
    await office.room.store.write(raise_alert, "lane:web:local", "lane-paused", {"lane": "web:local"}, office.room.now)
    codes = {alert.name: alert.code for alert in await office.desk.alerts()}
    assert codes["lane:web:local"] == "lane-paused"
    assert await office.desk.healthy()


async def test_what_is_asked_at_the_desk_is_answered_as_in_a_chat(office: Office) -> None:
    """The box below the inbox asks what any chat asks."""
    reply = await office.desk.answer(Query(asker=ASKER, text="/today"))
    assert reply.documents[0].title == "/today"
