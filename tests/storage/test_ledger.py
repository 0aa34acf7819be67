"""The ledger's units, on the real schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import outcome
from bot.verdict import DropThread, Retry, Suspend, Verdict
from digest.choices import Choices, Layout
from digest.model import Digest, Post
from digest.read import read
from storage import alerts, digests, ledger, queue, standing, subscriptions
from storage.ledger import Settlement
from storage.queue import FRONT, End, Intent, Kept, Queued
from storage.records import (
    Action,
    DeliveryState,
    DigestId,
    LaneId,
    PartState,
    Reason,
    SubscriptionId,
    SubscriptionState,
    Urgency,
)
from storage.sqlite import SqliteDatabase, sqlite_statements, writing
from storage.subscriptions import Place
from storage.times import to_ms
from tests.world.life import RULES, post

NOW = datetime(2025, 11, 21, 1, tzinfo=UTC)
MS = to_ms(NOW)
KEPT = Kept(name="n", platform="web", messages='[{"text":"one"},{"text":"two"}]')
WHERE = Place(platform="web", account="local", chat="1")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[SqliteDatabase]:
    """A database of this schema, within a transaction."""
    connection = writing(tmp_path / "x.db", now=lambda: NOW)
    database = SqliteDatabase(connection, sqlite_statements())
    database.begin()
    yield database
    connection.close()


def parsed(path: str, text: str) -> Digest:
    """A digest of this text."""
    return read(Post(path=path, data=text.encode()), RULES)


def publish(db: SqliteDatabase, path: str = "daily/1.md", text: str = post("D", "one", "two")) -> DigestId:
    """A digest that is to be promised."""
    data = text.encode()
    return digests.publish(db, path=path, data=data, digest=parsed(path, text), now=NOW, source="posts")


def subscribe(db: SqliteDatabase, chat: str = "1", *series: str, thread: str = "") -> SubscriptionId:
    """A chat that wants these series, or every one."""
    place = Place(platform="web", account="local", chat=chat, thread=thread)
    return subscriptions.subscribe(db, place, Choices(series=frozenset(series or ("*",))), now=NOW)


def promise(db: SqliteDatabase) -> None:
    """Promise and correct everything."""
    while ledger.unpromised(db):
        ledger.promise_on(db, page=100, now=NOW)


def lane_of(db: SqliteDatabase) -> LaneId:
    """The one lane."""
    return subscriptions.lane_at(db, "web", "local")


def due(db: SqliteDatabase) -> list[Queued]:
    """What is due now."""
    return list(queue.due_page(db, lane_of(db), "web", now=MS, limit=100).rows)


def intend(db: SqliteDatabase, queued: Queued, *, number: int = 1, epoch: int = 0, now: int = MS) -> bool:
    """Whether an intent is taken."""
    intent = Intent(queued=queued, number=number, action=Action.SEND, epoch=epoch)
    return queue.intend(db, intent, KEPT, now=now) is not None


@pytest.fixture
def queued(db: SqliteDatabase) -> Queued:
    """One delivery that is due."""
    subscribe(db)
    publish(db)
    promise(db)
    (row,) = due(db)
    return row


def test_intent_is_recorded_once(db: SqliteDatabase, queued: Queued) -> None:
    """From one reading of a delivery follows one intent at most."""
    assert intend(db, queued)
    queue.settle_part(db, queued, state=PartState.SENT, message="9", now=MS)
    assert not intend(db, queued)
    (again,) = due(db)
    assert again.step == 1
    assert intend(db, again, number=2)


@pytest.mark.parametrize(
    "change",
    [
        lambda db: ledger.hold(db, "all", by="an admin", now=NOW),
        lambda db: ledger.hold(db, "web", by="an admin", now=NOW),
        lambda db: ledger.hold(db, "digest:1", by="an admin", now=NOW),
        lambda db: queue.pause(db, LaneId(1), until=MS + 1000, reason="throttled"),
        lambda db: queue.own(db, LaneId(1), now=MS),
        lambda db: subscriptions.unsubscribe(db, SubscriptionId(1), now=NOW),
        lambda db: subscriptions.change_choices(db, SubscriptionId(1), Choices(layout=Layout.BRIEF), now=NOW),
        lambda db: digests.withdraw(db, digests.digest(db, DigestId(1)).post),  # type: ignore[union-attr]
        lambda db: ledger.skip_digest(db, DigestId(1), reason="post-deleted"),
        lambda db: queue.let_wait(db, SubscriptionId(1), until=MS + 1),
    ],
)
def test_intent_is_refused_after_any_change(db: SqliteDatabase, queued: Queued, change: object) -> None:
    """An intent is guarded against a hold, a pause, another owner, changed choices or text, and an ended chat."""
    assert callable(change)
    change(db)
    assert not intend(db, queued)


def test_intent_is_taken_for_other_holds(db: SqliteDatabase, queued: Queued) -> None:
    """A hold on another platform or digest keeps nothing else from leaving."""
    for scope in ("telegram", "digest:99"):
        ledger.hold(db, scope, by="an admin", now=NOW)
    assert intend(db, queued)


def test_released_hold_lets_go(db: SqliteDatabase, queued: Queued) -> None:
    """What is held is not due; once released, it is again."""
    assert ledger.hold(db, "digest:1", by="an admin", now=NOW)
    assert not ledger.hold(db, "digest:1", by="another", now=NOW)
    assert due(db) == []
    assert [(hold.scope, hold.by) for hold in ledger.holds(db)] == [("digest:1", "an admin")]
    assert ledger.release(db, "digest:1")
    assert due(db) == [queued]


def test_owner_calls_unknown_what_was_on_its_way(db: SqliteDatabase, queued: Queued) -> None:
    """After a crash what was on its way is unknown, nothing else is, and the delivery is not fresh any more."""
    subscribe(db, "2")
    publish(db, "daily/2.md", post("E", "three"))
    promise(db)
    assert intend(db, queued)
    lane = queue.own(db, lane_of(db), now=MS)
    assert lane.epoch == 1
    assert [part.reason for part in ledger.unknown_parts(db)] == ["crash"]
    assert {row.id: row.step for row in due(db)}[queued.id] == 1


def test_doubt_settled_while_a_message_is_on_its_way(db: SqliteDatabase, queued: Queued) -> None:
    """A delivery does not end on what was known before one of its doubts was settled."""
    assert intend(db, queued)
    queue.settle_part(db, queued, state=PartState.UNKNOWN, reason="doubt", now=MS)
    (again,) = due(db)
    assert intend(db, again, number=2)
    (doubt,) = ledger.unknown_parts(db)
    assert ledger.settle_unknown(db, doubt.id, Settlement.SENT, now=NOW)
    old = End(state=DeliveryState.UNKNOWN, reason="doubt")
    assert not queue.settle_part(db, again, state=PartState.SENT, message="9", end=old, now=MS)
    assert [row.state for row in ledger.deliveries(db)] == [DeliveryState.OPEN]


def test_doubt_of_a_chat_that_left(db: SqliteDatabase, queued: Queued) -> None:
    """Nothing is sent again to a chat that has left: its doubt stays one."""
    assert intend(db, queued)
    end = End(state=DeliveryState.UNKNOWN, reason="doubt")
    queue.settle_part(db, queued, state=PartState.UNKNOWN, reason="doubt", end=end, now=MS)
    subscriptions.unsubscribe(db, queued.subscription, now=NOW)
    (doubt,) = ledger.unknown_parts(db)
    assert not ledger.settle_unknown(db, doubt.id, Settlement.AGAIN, now=NOW)
    assert [row.id for row in ledger.unknown_parts(db)] == [doubt.id]


def test_delivery_does_not_end_on_old_words(db: SqliteDatabase, queued: Queued) -> None:
    """A digest that changes while its last part is on its way leaves the delivery open, to be corrected."""
    assert intend(db, queued)
    kept = digests.digest(db, queued.digest)
    assert kept is not None
    text = post("D", "ONE", "two")
    digests.revise(db, kept.post, text.encode(), parsed("daily/1.md", text), promised=True)
    promise(db)
    ended = queue.settle_part(db, queued, state=PartState.SENT, message="9", end=End(state=DeliveryState.SENT), now=MS)
    assert not ended
    (row,) = ledger.deliveries(db)
    assert row.state is DeliveryState.OPEN


def test_queue_is_in_order(db: SqliteDatabase) -> None:
    """A lane reads the most urgent first, then the older digest, page by page, and nothing twice."""
    for chat in "abc":
        subscribe(db, chat)
    for path in ("daily/1.md", "rolling/2.md", "breaking/3.md"):
        publish(db, path, post(path, path))
    promise(db)
    expected = [(urgency, digest) for urgency, digest in ((1, 3), (2, 1), (2, 2)) for _ in "abc"]
    assert [(row.urgency, row.digest) for row in due(db)] == expected
    read, after = [], FRONT
    while True:
        page = queue.due_page(db, lane_of(db), "web", now=MS, limit=2, after=after)
        read += [row.id for row in page.rows]
        if page.rest is None:
            break
        after = page.rest
    assert read == [row.id for row in due(db)]


def test_waiting_chat_keeps_its_order(db: SqliteDatabase) -> None:
    """When a chat must wait, everything that is open for it waits, and what is promised meanwhile too."""
    chat = subscribe(db)
    publish(db, "daily/1.md", post("A", "a"))
    promise(db)
    queue.let_wait(db, chat, until=MS + 60_000)
    publish(db, "daily/2.md", post("B", "b"))
    promise(db)
    page = queue.due_page(db, lane_of(db), "web", now=MS, limit=10)
    assert (page.rows, page.next_due) == ((), MS + 60_000)
    later = queue.due_page(db, lane_of(db), "web", now=MS + 60_000, limit=10)
    assert [row.digest for row in later.rows] == [1, 2]


def test_correction_opens_what_was_sent(db: SqliteDatabase, queued: Queued) -> None:
    """A newer text opens the deliveries that have sent parts, as corrections; chats that left stay alone."""
    gone = subscribe(db, "2")
    ledger.promise_latest(db, gone, now=NOW)
    for row in due(db):
        assert intend(db, row)
        queue.settle_part(db, row, state=PartState.SENT, message="9", end=End(state=DeliveryState.SENT), now=MS)
    subscriptions.unsubscribe(db, gone, now=NOW)
    kept = digests.digest(db, queued.digest)
    assert kept is not None
    text = post("D", "ONE", "two")
    digests.revise(db, kept.post, text.encode(), parsed("daily/1.md", text), promised=True)
    promise(db)
    assert [(row.id, row.urgency) for row in due(db)] == [(queued.id, Urgency.CORRECTION)]


@pytest.mark.parametrize(
    ("state", "reason", "last"),
    [
        (DeliveryState.SENT, None, "D"),
        (DeliveryState.SENT, "withdrawn", None),
        (DeliveryState.UNKNOWN, "doubt", None),
        (DeliveryState.FAILED, "refused", None),
    ],
)
def test_what_came_last_is_certain(
    db: SqliteDatabase, queued: Queued, state: DeliveryState, reason: str | None, last: str | None
) -> None:
    """A chat is told of a digest as delivered only if it has it: not of one in doubt, refused or taken back."""
    assert intend(db, queued)
    part = PartState.SENT if state is DeliveryState.SENT else PartState(state)
    queue.settle_part(db, queued, state=part, reason=reason, end=End(state=state, reason=reason), now=MS)
    assert standing.standing(db, queued.subscription).last_title == last


def test_withdrawal_skips_what_had_not_begun(db: SqliteDatabase, queued: Queued) -> None:
    """Deliveries that had not begun when their digest was withdrawn are skipped."""
    kept = digests.digest(db, queued.digest)
    assert kept is not None
    digests.withdraw(db, kept.post)
    promise(db)
    (row,) = ledger.deliveries(db)
    assert (row.state, row.reason) == (DeliveryState.SKIPPED, "withdrawn")


def test_skipped_digest(db: SqliteDatabase, queued: Queued) -> None:
    """A digest whose file vanished: what is open is skipped, and nobody new is promised it."""
    ledger.skip_digest(db, queued.digest, reason="post-deleted")
    promise(db)
    late = subscribe(db, "late")
    rows = {row.chat: (row.state, row.reason) for row in ledger.deliveries(db)}
    assert rows == {"1": (DeliveryState.SKIPPED, "post-deleted")}
    ledger.unskip_digest(db, queued.digest)
    assert ledger.promise_latest(db, late, now=NOW) == 1


def test_newcomer_is_brought_the_latest(db: SqliteDatabase) -> None:
    """Whoever subscribes is promised the latest digest of each chosen series, no push, and nothing twice."""
    for day, path in enumerate(("daily/1.md", "daily/2.md", "rolling/3.md", "breaking/4.md"), start=1):
        text = post(path, path).replace("---\n\n", f"date: 2025-11-{day:02}T00:00:00Z\n---\n\n", 1)
        publish(db, path, text)
    promise(db)
    chat = subscribe(db)
    assert [row.title for row in ledger.deliveries(db)] == ["rolling/3.md", "daily/2.md"]
    assert {row.urgency for row in due(db)} == {Urgency.CATCH_UP}
    assert ledger.promise_latest(db, chat, now=NOW) == 0
    subscribe(db, "2", "rolling")
    assert [row.title for row in ledger.deliveries(db) if row.chat == "2"] == ["rolling/3.md"]


def test_newcomer_who_wants_every_series_is_brought_the_newest_few(db: SqliteDatabase) -> None:
    """Of an archive of many series, whoever wants every one is brought the newest; whoever names some, each of them."""
    names = [f"series{number}" for number in range(1, ledger.AT_FIRST + 4)]
    for day, name in enumerate(names, start=1):
        text = post(name, name).replace("---\n\n", f"date: 2025-11-{day:02}T00:00:00Z\n---\n\n", 1)
        publish(db, f"{name}/1.md", text)
    promise(db)
    subscribe(db)
    assert {row.title for row in ledger.deliveries(db)} == set(names[-ledger.AT_FIRST :])
    subscribe(db, "2", *names)
    assert {row.title for row in ledger.deliveries(db) if row.chat == "2"} == set(names)


def test_page_that_is_not_full_ends_a_promise(db: SqliteDatabase) -> None:
    """A digest that few chats want takes one unit, and so does its correction; one that fills a page goes on."""
    for chat in "123":
        subscribe(db, chat)
    publish(db, "daily/1.md", post("A", "a"))
    publish(db, "daily/2.md", post("B", "b"))
    pages = [ledger.promise_page(db, page=page, now=NOW) for page in (4, 3, 3)]
    assert [(page.deliveries, page.done) for page in pages if page is not None] == [(3, True), (3, False), (0, True)]
    assert ledger.promise_page(db, page=3, now=NOW) is None
    ledger.skip_digest(db, DigestId(1), reason="post-deleted")
    assert ledger.correct_page(db, page=4, now=NOW) is not None
    assert not ledger.unpromised(db)


def test_choices_that_change(db: SqliteDatabase, queued: Queued) -> None:
    """Series that are not wanted any more are skipped; newly wanted ones bring their latest."""
    publish(db, "rolling/2.md", post("R", "three"))
    promise(db)
    choices = Choices(series=frozenset({"rolling"}), layout=Layout.HEADLINES)
    subscriptions.change_choices(db, queued.subscription, choices, now=NOW)
    rows = {row.title: (row.state, row.reason) for row in ledger.deliveries(db)}
    assert rows == {"D": (DeliveryState.SKIPPED, "unwanted"), "R": (DeliveryState.OPEN, None)}
    found = subscriptions.subscription_at(db, WHERE)
    assert found is not None
    assert found.choices == choices


def test_suspended_chat_comes_back(db: SqliteDatabase, queued: Queued) -> None:
    """A suspended chat keeps its choices, is promised nothing, and resumes with the latest."""
    subscriptions.suspend(db, queued.subscription, reason="chat-lost", now=NOW)
    assert subscriptions.count_wanting(db, "daily") == 0
    publish(db, "daily/2.md", post("E", "three"))
    promise(db)
    assert due(db) == []
    assert subscriptions.resume(db, queued.subscription, now=NOW)
    assert not subscriptions.resume(db, queued.subscription, now=NOW)
    assert [row.title for row in ledger.deliveries(db, state=DeliveryState.OPEN)] == ["E"]
    assert subscriptions.count_wanting(db, "daily") == 1


def test_what_is_skipped_for_a_refusal_tells_what_was_refused(db: SqliteDatabase, queued: Queued) -> None:
    """A chat that refuses is suspended for that; what is skipped for it keeps what was said of the refusal."""
    assert intend(db, queued)
    verdict = Suspend(reason=Reason.FORBIDDEN, said="tag-needed: X")
    trouble = outcome.Trouble(lane=lane_of(db), lane_name="web:local", queued=queued, verdict=verdict)
    assert not outcome.record(db, trouble, now=NOW)
    found = subscriptions.subscription_of(db, queued.subscription)
    assert found is not None
    assert (found.state, found.reason) == (SubscriptionState.SUSPENDED, "forbidden")
    assert [(row.state, row.reason) for row in ledger.deliveries(db)] == [
        (DeliveryState.SKIPPED, "forbidden: tag-needed: X")
    ]


@pytest.mark.parametrize("refused", [True, False])
def test_chat_that_comes_back_waits_for_no_refusal(db: SqliteDatabase, queued: Queued, *, refused: bool) -> None:
    """A chat that refused and lets us in again is written to at once; one that asked us to wait goes on waiting."""
    queue.let_wait(db, queued.subscription, until=MS + 60_000)
    if refused:
        subscriptions.count_refusal(db, queued.subscription)
    subscriptions.suspend(db, queued.subscription, reason="chat-lost", now=NOW)
    publish(db, "daily/2.md", post("E", "three"))
    promise(db)
    assert subscriptions.resume(db, queued.subscription, now=NOW)
    assert bool(due(db)) is refused


@pytest.mark.parametrize("refused", [True, False])
def test_chat_that_lets_us_in_before_it_is_suspended(db: SqliteDatabase, queued: Queued, *, refused: bool) -> None:
    """What waits because its chat refused leaves as soon as the account may write there; what else waits goes on."""
    chat = queued.subscription
    other = subscribe(db, "2")
    for waiting in (chat, other):
        queue.let_wait(db, waiting, until=MS + 60_000)
        if refused:
            subscriptions.count_refusal(db, waiting)
    promise(db)
    assert subscriptions.accept_chat(db, lane_of(db), "1") == int(refused)
    assert subscriptions.accept_chat(db, lane_of(db), "1") == 0
    assert [row.id for row in due(db)] == ([queued.id] if refused else [])


def test_chat_that_is_subscribed_again_waits_for_no_refusal(db: SqliteDatabase, queued: Queued) -> None:
    """Whoever subscribes a chat again that refused is brought at once what was on its way."""
    queue.let_wait(db, queued.subscription, until=MS + 60_000)
    subscriptions.count_refusal(db, queued.subscription)
    assert due(db) == []
    subscribe(db)
    assert [row.id for row in due(db)] == [queued.id]


def test_mistaken_suspension_is_taken_back(db: SqliteDatabase, queued: Queued) -> None:
    """A suspension that was a mistake is taken back with all that it skipped, but not from a reader who left since."""
    chat = queued.subscription
    subscriptions.suspend(db, chat, reason="chat-lost", now=NOW)
    subscriptions.unsuspend(db, chat, reason="chat-lost", since=NOW)
    assert [row.id for row in due(db)] == [queued.id]
    subscriptions.suspend(db, chat, reason="chat-lost", now=NOW)
    subscriptions.unsubscribe(db, chat, now=NOW)
    subscriptions.unsuspend(db, chat, reason="chat-lost", since=NOW)
    found = subscriptions.subscription_of(db, chat)
    assert found is not None
    assert (found.state, found.reason) == (SubscriptionState.ENDED, "unsubscribed")
    assert [row.state for row in ledger.deliveries(db)] == [DeliveryState.SKIPPED]


def test_readdressing_merges(db: SqliteDatabase, queued: Queued) -> None:
    """A chat that moves to one that is subscribed hands its open deliveries over, without a second copy of any."""
    other = subscribe(db, "2", "weekly")
    publish(db, "daily/2.md", post("E", "three"))
    promise(db)
    subscriptions.change_choices(db, other, Choices(), now=NOW)
    subscriptions.move_chat(db, lane_of(db), chat="1", to="2", now=NOW)
    open_rows = {(row.title, row.chat) for row in ledger.deliveries(db, state=DeliveryState.OPEN)}
    assert open_rows == {("D", "2"), ("E", "2")}
    old = subscriptions.subscription_of(db, queued.subscription)
    assert old is not None
    assert (old.state, old.reason) == (SubscriptionState.ENDED, "moved")


def test_pause_only_grows(db: SqliteDatabase, queued: Queued) -> None:
    """A longer rest of a lane stays; one because of its account is tried afresh by the next owner."""
    lane = LaneId(1)
    assert queued.step == 0
    queue.pause(db, lane, until=MS + 9000, reason="throttled")
    queue.pause(db, lane, until=MS + 1000, reason="doubts")
    assert queue.own(db, lane, now=MS).paused_until == MS + 9000
    queue.pause(db, lane, until=MS + 99_000, reason="account-dead")
    (row,) = ledger.lanes(db)
    assert (row.reason, row.paused_until) == ("account-dead", NOW + timedelta(seconds=99))
    assert queue.own(db, lane, now=MS).paused_until is None


def test_overview_counts_by_state(db: SqliteDatabase) -> None:
    """The overview tells deliveries by state, in all and by digest, also those promised one by one."""
    for chat in "abcd":
        subscribe(db, chat)
    digest = publish(db)
    promise(db)
    subscribe(db, "e")
    ends = [DeliveryState.SENT, DeliveryState.UNKNOWN, DeliveryState.FAILED]
    for row, state in zip(due(db), ends, strict=False):
        assert intend(db, row)
        queue.settle_part(db, row, state=PartState.SENT, message="9", end=End(state=state), now=MS)
    expected = {
        DeliveryState.OPEN: 2,
        DeliveryState.SENT: 1,
        DeliveryState.UNKNOWN: 1,
        DeliveryState.FAILED: 1,
        DeliveryState.SKIPPED: 0,
    }
    overview = ledger.overview(db)
    assert overview.totals == expected
    assert [tally.counts for tally in overview.digests] == [expected]
    tally = ledger.tally_of(db, digest)
    assert tally == overview.digests[0]
    assert ledger.tally_of(db, DigestId(9)) is None


def test_lists_page_back(db: SqliteDatabase) -> None:
    """Every list of deliveries pages back from the last one shown, without a gap or a repeat."""
    for chat in "abcde":
        subscribe(db, chat)
    digest = publish(db)
    promise(db)
    for row in due(db):
        queue.close(db, row, End(state=DeliveryState.FAILED, reason="refused: no"), now=MS)
    failed = DeliveryState.FAILED
    for state, of in ((None, None), (failed, None), (None, digest), (failed, digest)):
        first = ledger.deliveries(db, limit=3, state=state, digest=of)
        rest = ledger.deliveries(db, limit=3, state=state, digest=of, before=first[-1].id)
        assert sorted(row.chat for row in (*first, *rest)) == list("abcde")
    assert ledger.deliveries(db, state=DeliveryState.SENT) == []


def test_inbox_reads_as_the_chat_does(db: SqliteDatabase, queued: Queued) -> None:
    """The inbox has each message once, as it reads after its last edit, without what was taken back."""
    kinds = [(1, Action.SEND, 1), (2, Action.SEND, 1), (1, Action.EDIT, 2), (2, Action.DELETE, 2)]
    edited = Kept(name="m", platform="web", messages='[{"text":"ONE"}]')
    row = queued
    for number, action, kept in kinds:
        intent = Intent(queued=row, number=number, action=action, epoch=0)
        assert queue.intend(db, intent, KEPT if kept == 1 else edited, now=MS) is not None
        queue.settle_part(db, row, state=PartState.SENT, message="9", now=MS)
        (row,) = due(db)
    (message,) = ledger.inbox(db, queued.subscription)
    assert (message.message, message.edited, message.number) == ({"text": "ONE"}, True, 1)
    assert ledger.inbox(db, queued.subscription, before=message.id) == []
    parts = ledger.parts_of(db, queued.id)
    assert [(part.number, part.action, part.state) for part in parts] == [
        (number, action, PartState.SENT) for number, action, _ in kinds
    ]


def test_update_has_its_effect_once(db: SqliteDatabase, queued: Queued) -> None:
    """A replayed update is known, until it is old enough to be forgotten."""
    lane = LaneId(1)
    assert queued.step == 0
    assert ledger.answered(db, lane, "77", now=NOW)
    assert not ledger.answered(db, lane, "77", now=NOW)
    assert ledger.forget_answered(db, before=NOW + timedelta(seconds=1)) == 1
    assert ledger.answered(db, lane, "77", now=NOW)


def test_forgotten_chat_leaves_nothing(db: SqliteDatabase, queued: Queued) -> None:
    """To be forgotten erases the chat's rows."""
    assert intend(db, queued)
    subscriptions.forget(db, queued.subscription)
    assert subscriptions.subscription_at(db, WHERE) is None
    assert ledger.deliveries(db) == []
    assert ledger.unknown_parts(db) == []


@pytest.mark.parametrize("answer", ["sent", "not-sent"])
def test_late_answer_to_a_forgotten_chat_counts_for_nobody_else(
    db: SqliteDatabase, queued: Queued, answer: str
) -> None:
    """The answer to a message of a chat that was forgotten meanwhile settles nothing of whoever was promised next."""
    assert intend(db, queued)
    subscriptions.forget(db, queued.subscription)
    subscribe(db, "another")
    (other,) = due(db)
    assert other.id == queued.id
    if answer == "sent":
        end = queue.End(state=DeliveryState.SENT, reason=None)
        assert not queue.settle_part(db, queued, state=PartState.SENT, message="9", now=MS, end=end)
    else:
        queue.take_out(db, queued, reason="not-sent", tried=True)
    assert due(db) == [other]


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("subscriptions.in_chat", {"lane": 1, "chat": "-7"}),
        ("subscriptions.concerned", {"lane": "web:local", "chat": "-7"}),
        ("subscriptions.glimpse", {"lane": "web:local", "chat": "-7", "thread": ""}),
        ("subscriptions.named", {"lane": "web:local", "chat": "-7"}),
        ("subscriptions.name_chat", {"lane": 1, "chat": "-7", "whole": 1, "thread": "", "chat_name": "News"}),
        ("crossposts.waiting", {"lane": "web:local"}),
        ("crossposts.done", {"lane": "web:local", "chat": "-7", "message": "1"}),
        ("subscriptions.at", {"lane": "web:local", "chat": "-7", "thread": ""}),
        ("digests.named", {"name": "0123456789ab"}),
        ("buttons.kept", {"name": "0123456789abcdef", "since": 0}),
        ("buttons.forget_older", {"before": 0}),
        ("admins.use_link", {"name": "x", "platform": "telegram", "by": "telegram:5", "since": 0}),
    ],
)
def test_one_of_very_many_is_found_by_an_index(db: SqliteDatabase, query: str, values: dict[str, object]) -> None:
    """What is asked for each event, press and link is looked up, however many chats and buttons there are."""
    statement = sqlite_statements()[query]
    plan = db._connection.execute(f"EXPLAIN QUERY PLAN {statement.sql}", statement.bind(values)).fetchall()
    assert plan
    assert not [row["detail"] for row in plan if row["detail"].startswith("SCAN")]


def test_what_was_read_for_a_forgotten_chat_lets_nothing_leave(db: SqliteDatabase, queued: Queued) -> None:
    """A delivery that was read before its chat was forgotten is intended, and closed, for nobody who has its number."""
    subscriptions.forget(db, queued.subscription)
    assert subscribe(db, "another") == queued.subscription
    (other,) = due(db)
    assert (other.id, other.step, other.version) == (queued.id, queued.step, queued.version)
    assert not intend(db, queued)
    assert not queue.close(db, queued, End(state=DeliveryState.FAILED, reason="stale"), now=MS)
    assert intend(db, other)


@pytest.mark.parametrize("answer", ["sent", "not-sent", "mistake"])
def test_late_answer_to_a_forgotten_chat_leaves_what_is_on_its_way(
    db: SqliteDatabase, queued: Queued, answer: str
) -> None:
    """A message on its way to whoever was given a forgotten chat's number stays on its way."""
    assert intend(db, queued)
    subscriptions.forget(db, queued.subscription)
    subscribe(db, "another")
    (other,) = due(db)
    assert intend(db, other)
    match answer:
        case "sent":
            queue.settle_part(db, queued, state=PartState.SENT, message="9", now=MS, end=End(state=DeliveryState.SENT))
        case "not-sent":
            queue.take_out(db, queued, reason="not-sent", tried=True)
        case _:
            assert not queue.doubt_part(db, queued, reason="mistake", now=MS)
    assert due(db) == [other]
    (part,) = queue.tried(db, other.id)
    assert (part.state, part.chat) == (PartState.SENDING, "another")


@pytest.mark.parametrize(
    "verdict", [Suspend(reason=Reason.CHAT_LOST), Retry(at=MS + 60_000, reason="no", refused=True), DropThread()]
)
def test_verdict_on_a_forgotten_chat_is_nobody_elses(db: SqliteDatabase, queued: Queued, verdict: Verdict) -> None:
    """What follows from the last answer of a forgotten chat happens to nobody who was given its number."""
    assert intend(db, queued)
    subscriptions.forget(db, queued.subscription)
    other = subscribe(db, "another", thread="3")
    before = due(db)
    trouble = outcome.Trouble(lane=lane_of(db), lane_name="web:local", queued=queued, verdict=verdict)
    assert not outcome.record(db, trouble, now=NOW)
    assert due(db) == before
    found = subscriptions.subscription_of(db, other)
    assert found is not None
    assert (found.state, found.place.thread) == (SubscriptionState.ACTIVE, "3")


@pytest.mark.parametrize("verdict", [Suspend(reason=Reason.CHAT_LOST), DropThread()])
def test_verdict_on_a_forgotten_chat_alone_is_recorded(db: SqliteDatabase, queued: Queued, verdict: Verdict) -> None:
    """The last answer of a chat that was forgotten meanwhile is no mistake, though nothing is left of the chat."""
    assert intend(db, queued)
    subscriptions.forget(db, queued.subscription)
    trouble = outcome.Trouble(lane=lane_of(db), lane_name="web:local", queued=queued, verdict=verdict)
    assert not outcome.record(db, trouble, now=NOW)


@pytest.mark.parametrize(
    "decide",
    [
        lambda db, chat: subscriptions.unsubscribe(db, chat, now=NOW),
        lambda db, chat: subscriptions.change_choices(db, chat, Choices(layout=Layout.BRIEF), now=NOW),
        lambda db, _: subscribe(db, "1", thread="4"),
        lambda db, _: subscriptions.forget_chat(db, lane_of(db), "1"),
    ],
)
def test_lost_topic_is_told_until_its_chat_is_decided_about(
    db: SqliteDatabase, decide: Callable[[SqliteDatabase, SubscriptionId], object]
) -> None:
    """That a topic is gone is told until somebody subscribes another, changes or ends what comes instead."""
    chats = [subscribe(db, chat, thread="3") for chat in ("1", "11")]
    publish(db)
    promise(db)
    for queued in due(db):
        assert intend(db, queued)
        trouble = outcome.Trouble(lane=lane_of(db), lane_name="web:local", queued=queued, verdict=DropThread())
        outcome.record(db, trouble, now=NOW)
    assert {alert.name for alert in alerts.open_alerts(db)} == {"thread:web:local:1:3", "thread:web:local:11:3"}
    decide(db, chats[0])
    assert [alert.name for alert in alerts.open_alerts(db)] == ["thread:web:local:11:3"]


@pytest.mark.parametrize("left", [False, True])
def test_lost_topic_of_a_chat_that_left_is_not_told_to_go_on(db: SqliteDatabase, *, left: bool) -> None:
    """What went to a lost topic goes to the chat itself, where that is subscribed; where it left, that is told."""
    itself = subscribe(db)
    if left:
        subscriptions.unsubscribe(db, itself, now=NOW)
    subscribe(db, thread="3")
    publish(db)
    promise(db)
    (queued,) = [row for row in due(db) if row.thread == "3"]
    assert intend(db, queued)
    trouble = outcome.Trouble(lane=lane_of(db), lane_name="web:local", queued=queued, verdict=DropThread())
    outcome.record(db, trouble, now=NOW)
    assert [alert.code for alert in alerts.open_alerts(db)] == ["thread-ended" if left else "thread-lost"]
    assert [row.thread for row in due(db)] == ([] if left else [""])


def test_forgotten_chat_is_in_no_alert(db: SqliteDatabase) -> None:
    """What was told of the topics of a chat is erased with it, settled or not."""
    subscribe(db)
    for name in ("thread:web:local:1:3", "thread:web:local:1:4", "thread:web:local:11:3"):
        alerts.raise_alert(db, name, "thread-lost", {}, NOW)
    alerts.settle_alert(db, "thread:web:local:1:4", NOW)
    subscriptions.forget_chat(db, lane_of(db), "1")
    left = db._connection.execute("SELECT name FROM alert").fetchall()
    assert [row["name"] for row in left] == ["thread:web:local:11:3"]


def test_lists_of_what_is_rare_walk_over_nothing_else(db: SqliteDatabase) -> None:
    """Of many sent deliveries none is looked at to find that nothing is open or failed, of one digest or of all."""
    for number in range(400):
        subscribe(db, f"{number}")
    digest = publish(db, "daily/1.md", post("A", "a"))
    promise(db)
    (rare,) = ledger.deliveries(db, digest=digest, limit=1)
    connection = db._connection
    connection.execute("UPDATE delivery SET state = 'sent' WHERE id <> ?", (rare.id,))
    connection.execute("UPDATE delivery SET state = 'failed' WHERE id = ?", (rare.id,))
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    connection.set_progress_handler(step, 1)
    found = [
        [row.id for row in ledger.deliveries(db, digest=one, state=state)]
        for one in (None, digest)
        for state in (DeliveryState.OPEN, DeliveryState.FAILED, DeliveryState.UNKNOWN)
    ]
    connection.set_progress_handler(None, 1)
    assert found == [[], [rare.id], [], [], [rare.id], []]
    assert steps < 1_500
