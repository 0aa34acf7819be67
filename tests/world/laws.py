"""What must be true of a world when everything has come to rest: the promise of the ledger, law by law."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from adapters.platform import DoubtPolicy, Platform
from storage.queue import MISTAKE
from storage.records import DigestId, SubscriptionId
from tests.world.life import World
from tests.world.platform import ANSWER, Place, Shown, SimulatedPlatform

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Books:
    """The ledger as it stands at the end, read past the program."""

    deliveries: list[Row]
    parts: list[Row]

    @classmethod
    def of(cls, world: World) -> Books:
        """Read the database file."""
        connection = sqlite3.connect(world.path)
        connection.row_factory = sqlite3.Row
        deliveries = connection.execute(
            "SELECT d.*, g.title, g.series, g.work, g.revision, g.withdrawn, g.skipped, s.chat, s.thread,"
            " s.state AS active, l.platform FROM delivery d JOIN digest g ON g.id = d.digest_id"
            " JOIN subscription s ON s.id = d.subscription_id JOIN lane l ON l.id = d.lane_id ORDER BY d.id"
        ).fetchall()
        parts = connection.execute(
            "SELECT p.*, r.messages, d.subscription_id, d.digest_id, g.title, g.series, s.chat, s.thread, l.platform"
            " FROM part p JOIN rendition r ON r.id = p.rendition_id JOIN delivery d ON d.id = p.delivery_id"
            " JOIN digest g ON g.id = d.digest_id JOIN subscription s ON s.id = d.subscription_id"
            " JOIN lane l ON l.id = d.lane_id ORDER BY p.id"
        ).fetchall()
        connection.close()
        return cls(deliveries=[dict(row) for row in deliveries], parts=[dict(row) for row in parts])


def every_promise_is_kept(books: Books) -> None:
    """Each delivery ends as sent, failed, skipped or unknown, and no message is left on its way."""
    assert [row for row in books.deliveries if row["state"] == "open"] == []
    assert [row for row in books.parts if row["state"] == "sending"] == []


def no_mistake_is_made(books: Books) -> None:
    """Every doubt has a cause outside: the bot finds no intent that nobody carries, and can record each answer."""
    mistakes = sum(1 for row in books.parts if row["reason"] == MISTAKE)
    assert mistakes == 0, f"{mistakes} messages in doubt by a mistake"


def everyone_is_promised(books: Books, works: list[frozenset[DigestId]], subscriptions: list[SubscriptionId]) -> None:
    """One telling of each work has a delivery for each of these subscriptions, which wanted it all the time."""
    had = Counter((row["digest_id"], row["subscription_id"]) for row in books.deliveries)
    for tellings in works:
        for chat in subscriptions:
            count = sum(had[digest, chat] for digest in tellings)
            assert count == 1, f"{chat} is promised {count} of {set(tellings)}"


def nobody_has_two_translations(books: Books) -> None:
    """No chat is brought two tellings of one work: at most one of them is more than a promise that was dropped."""
    begun = {row["delivery_id"] for row in books.parts if row["state"] != "failed"}
    had = Counter(
        (row["work"], row["subscription_id"])
        for row in books.deliveries
        if row["state"] != "skipped" or row["id"] in begun
    )
    assert [pair for pair, count in had.items() if count > 1] == []


def nothing_is_shown_twice(world: World, books: Books) -> None:
    """No chat has a message twice, unless the policy for a doubt is to send it again."""
    pushes = {row["title"] for row in books.deliveries if row["series"] == "breaking"}
    for spot in world.spots:
        for (place, title, k), copies in _copies(world.platforms[spot.platform]).items():
            policy = spot.doubt_push if title in pushes else spot.doubt
            # A wall clock that was set back between two lives hides how old a nonce is.
            hidden = policy is DoubtPolicy.REPLAY_NONCE and world.set_back and world.deaths > 1
            allowed = 2 if policy is DoubtPolicy.RESEND_ONCE or hidden else 1
            assert len(copies) <= allowed, f"{place} has part {k} of {title} {len(copies)} times"


def _copies(platform: SimulatedPlatform) -> Mapping[tuple[Place, str, int], list[Shown]]:
    copies: defaultdict[tuple[Place, str, int], list[Shown]] = defaultdict(list)
    for shown in platform.visible():
        copies[shown.place, shown.message["digest"], shown.message["k"]].append(shown)
    return copies


def everything_shown_is_recorded(world: World, books: Books) -> None:
    """What a chat was ever shown stands in the ledger, as sent with its receipt or as unknown."""
    sends = [row for row in books.parts if row["action"] == "send"]
    for spot in world.spots:
        mine = [row for row in sends if row["platform"] == spot.platform]
        receipts = {row["message"] for row in mine if row["state"] == "sent"}
        doubts = Counter((row["title"], row["number"]) for row in mine if row["state"] == "unknown")
        promised = [shown for shown in world.platforms[spot.platform].shown if shown.message["digest"] != ANSWER]
        unrecorded = [shown for shown in promised if shown.id not in receipts]
        found = Counter((shown.message["digest"], shown.message["k"]) for shown in unrecorded)
        assert found <= doubts, f"shown, and neither sent nor unknown: {found - doubts}"


def nothing_is_invented(world: World, books: Books) -> None:
    """What the ledger calls sent was shown, with the words that the ledger has."""
    for row in books.parts:
        if row["state"] == "sent" and row["action"] == "send":
            shown = world.platforms[Platform(row["platform"])].shown[int(row["message"]) - 1]
            assert shown.message["digest"] == row["title"]
            assert shown.message["k"] == row["number"]


def doubts_are_few(world: World, books: Books) -> None:
    """Unknown are at most one message for each request in flight at a death, and one for each lost answer."""
    unknown = sum(1 for row in books.parts if row["state"] == "unknown")
    lost = sum(platform.doubts for platform in world.platforms.values())
    assert unknown <= lost + world.in_flight_at_deaths, f"{unknown} unknown, {lost} lost answers"


def chats_have_the_newest(world: World, books: Books, subscriptions: list[SubscriptionId]) -> None:
    """A delivery that ended as sent left messages of the digest's last revision in the chat, and no others.

    But the first of two copies that were sent for a doubt has no receipt, and nobody can change it.
    """
    policies = {spot.platform: (spot.doubt, spot.doubt_push) for spot in world.spots}
    doubted = {row["delivery_id"] for row in books.parts if row["state"] == "unknown"}
    for row in books.deliveries:
        if row["id"] in doubted and DoubtPolicy.RESEND_ONCE in policies[Platform(row["platform"])]:
            continue
        if row["state"] != "sent" or row["subscription_id"] not in subscriptions:
            continue
        platform = world.platforms[Platform(row["platform"])]
        visible = [s for s in platform.visible((row["chat"], row["thread"])) if s.message["digest"] == row["title"]]
        if row["withdrawn"]:
            assert visible == [], f"{row['title']} was withdrawn"
            continue
        last = world.said[row["title"]]
        assert visible, f"{row['title']} is sent and nothing stands in {row['chat']}"
        assert all(last in shown.message["text"] for shown in visible), f"{row['chat']} has old words of {row['title']}"


def the_last_words_are_shown(world: World, books: Books) -> None:
    """What a part was sent or edited to last is what the chat shows."""
    last: dict[tuple[str, str], Row] = {}
    receipts: dict[tuple[int, int], str] = {}
    for row in books.parts:
        if row["action"] == "delete":
            continue
        if row["state"] == "sent":
            receipts[row["delivery_id"], row["number"]] = row["message"]
        receipt = receipts.get((row["delivery_id"], row["number"]))
        if receipt is not None:
            last[row["platform"], receipt] = row
    for (name, receipt), row in last.items():
        shown = world.platforms[Platform(name)].shown[int(receipt) - 1]
        if row["state"] == "sent" and not shown.gone:
            assert shown.message == json.loads(row["messages"])[row["number"] - 1]


def order_is_kept(world: World, books: Books) -> None:
    """The digests of one urgency come into a chat in the order of their promises, and their parts in theirs.

    A message that was refused and comes after all, once its post is mended, has lost its place.
    """
    if any(row["state"] == "failed" for row in books.parts):
        return
    promised = {row["title"]: row["digest_id"] for row in books.deliveries}
    pushes = {row["title"] for row in books.deliveries if row["series"] == "breaking"}
    for platform in world.platforms.values():
        begun: defaultdict[Place, list[tuple[int, int]]] = defaultdict(list)
        for shown in sorted(platform.shown, key=lambda shown: (shown.at, int(shown.id))):
            title, k = shown.message["digest"], shown.message["k"]
            if title != ANSWER and title not in pushes and (promised[title], k) not in begun[shown.place]:
                begun[shown.place].append((promised[title], k))
        for place, order in begun.items():
            first = [digest for digest, k in order if k == 1]
            assert first == sorted(first), f"{place} was brought {order}"
            for digest in first:
                parts = [k for other, k in order if other == digest]
                assert parts == sorted(parts), f"{place} was brought {order}"


def pace_is_kept(world: World, *, every: float = 1 / 30, chat_every: float = 1.0) -> None:
    """No two requests of an account come closer than its pace allows, nor two to one chat."""
    for platform in world.platforms.values():
        times = sorted(moment for moment, _, _ in platform.calls)
        _apart(times, every)
        chats: defaultdict[str, list[float]] = defaultdict(list)
        for moment, (chat, _), _ in platform.calls:
            chats[chat].append(moment)
        for moments in chats.values():
            _apart(sorted(moments), chat_every)


def windows_are_kept(world: World, *, second: int = 30, chat_second: int = 1, group_minute: int = 20) -> None:
    """No account sends more in any second than it may, over all chats and into one, nor into a group in any minute."""
    for platform in world.platforms.values():
        _in_window([moment for moment, _, _ in platform.calls], second, 1.0)
        chats: defaultdict[str, list[float]] = defaultdict(list)
        for moment, (chat, _), _ in platform.calls:
            chats[chat].append(moment)
        for chat, moments in chats.items():
            _in_window(moments, chat_second, 1.0)
            if chat.startswith("-"):
                _in_window(moments, group_minute, 60.0)


def _in_window(moments: list[float], most: int, seconds: float) -> None:
    times = sorted(moments)
    for earlier, later in zip(times, times[most:], strict=False):
        assert later - earlier >= seconds, f"{most + 1} requests within {later - earlier:.4f} s"


def _apart(times: list[float], least: float) -> None:
    for earlier, later in pairwise(times):
        assert later - earlier > least - 1e-6, f"{later - earlier:.4f} s between two requests"
