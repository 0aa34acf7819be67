"""Addresses and their choices: who is brought what."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from digest.choices import Calls, Choices, Layout
from storage import alerts, crossposts, ledger
from storage.database import Database, Row
from storage.records import LaneId, Reason, SubscriptionId, SubscriptionState
from storage.times import from_ms, to_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a subscription's messages go, as rows keep an address."""

    platform: str
    account: str
    chat: str
    thread: str = ""

    @property
    def lane(self) -> str:
        """The name of the lane that serves the place."""
        return f"{self.platform}:{self.account}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """An address and its choices, and whether it is brought anything (`reason` says why not).

    `chat_name`: what people call the chat; empty where nobody told it.
    """

    id: SubscriptionId
    place: Place
    state: SubscriptionState
    reason: str | None
    choices: Choices
    created_at: datetime
    chat_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calling:
    """A role whose members are called in a chat; `name` and `chat_name` are empty where nobody told them."""

    chat: str
    chat_name: str
    role: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Glimpse:
    """How a subscription stands at a glance, how often its chat refused in a row, and what that is called."""

    state: SubscriptionState
    reason: str | None
    chat_name: str
    refusals: int = 0


def lane_at(db: Database, platform: str, account: str) -> LaneId:
    """The lane of an account, made where it is missing."""
    name = f"{platform}:{account}"
    db.run("subscriptions.open_lane", name=name, platform=platform, account=account)
    row = db.one("subscriptions.lane", name=name)
    if row is None:
        raise LookupError(f"the lane {name} was not made")
    return LaneId(row["id"])


def subscribe(
    db: Database, place: Place, choices: Choices, *, now: datetime, by: str = "", chat_name: str = ""
) -> SubscriptionId:
    """Subscribe an address, or give it these choices and let it resume; it is brought the latest of each series.

    `by`: the person who does, by their id on the platform. `chat_name`: what people call the chat, where that is told.
    """
    lane = lane_at(db, place.platform, place.account)
    known = db.one("subscriptions.at_place", lane=lane, chat=place.chat, thread=place.thread)
    subscription = SubscriptionId(known["id"]) if known is not None else _open(db, lane, place, choices, now)
    if known is not None:
        _choose(db, subscription, choices)
        _activate(db, subscription)
    if by:
        db.run("subscriptions.subscribed_by", subscription=subscription, by=by)
    name_chat(db, lane, place.chat, chat_name, thread=place.thread)
    alerts.settle_topics(db, lane, place.chat, now)
    _want(db, subscription, choices)
    ledger.promise_latest(db, subscription, now=now)
    return subscription


def _open(db: Database, lane: LaneId, place: Place, choices: Choices, now: datetime) -> SubscriptionId:
    row = db.one(
        "subscriptions.open",
        lane=lane,
        chat=place.chat,
        thread=place.thread,
        layout=choices.layout,
        language=choices.language,
        zone=choices.zone,
        mention=choices.mention,
        calls=choices.calls,
        now=to_ms(now),
    )
    if row is None:
        raise LookupError(f"the subscription of {place.lane} {place.chat} was not made")
    return SubscriptionId(row["id"])


def _choose(db: Database, subscription: SubscriptionId, choices: Choices) -> None:
    db.run(
        "subscriptions.choose",
        subscription=subscription,
        layout=choices.layout,
        language=choices.language,
        zone=choices.zone,
        mention=choices.mention,
        calls=choices.calls,
    )


def _want(db: Database, subscription: SubscriptionId, choices: Choices) -> None:
    db.run("subscriptions.want_nothing", subscription=subscription)
    db.many("subscriptions.want", [{"series": name, "subscription": subscription} for name in sorted(choices.series)])


def name_chat(db: Database, lane: LaneId, chat: str, chat_name: str, *, thread: str | None = None) -> bool:
    """Keep what people call a chat, or one `thread` of it; an empty name changes nothing. Whether it was news."""
    if not chat_name:
        return False
    where = {"chat": chat, "whole": int(thread is None), "thread": thread or ""}
    return db.run("subscriptions.name_chat", lane=lane, chat_name=chat_name, **where) > 0


def name_role(db: Database, subscription: SubscriptionId, role: str, name: str) -> bool:
    """Keep what a role is called, if it is the one that a chat chose; whether it was news."""
    return db.run("subscriptions.name_role", subscription=subscription, role=role, name=name) > 0


def glimpse(db: Database, place: Place) -> Glimpse | None:
    """How the subscription of an address stands, whatever its state: one look-up, for thousands of them."""
    row = db.one("subscriptions.glimpse", lane=place.lane, chat=place.chat, thread=place.thread)
    if row is None:
        return None
    return Glimpse(
        state=SubscriptionState(row["state"]),
        reason=row["reason"],
        chat_name=row["chat_name"],
        refusals=row["refusals"],
    )


def change_choices(db: Database, subscription: SubscriptionId, choices: Choices, *, now: datetime) -> None:
    """Give a subscription other choices: they hold from the next message on; newly wanted series bring their latest.

    What is open of a series that is not wanted any more is skipped.
    """
    _choose(db, subscription, choices)
    _want(db, subscription, choices)
    _settle_topics(db, subscription, now)
    ledger.skip_unwanted(db, subscription, now=now)
    if _is_active(db, subscription):
        ledger.promise_latest(db, subscription, now=now)


def unsubscribe(db: Database, subscription: SubscriptionId, *, now: datetime) -> None:
    """End a subscription: what is open for it is skipped. Its choices stay for a return."""
    _rest(db, subscription, SubscriptionState.ENDED, Reason.UNSUBSCRIBED, now)
    _settle_topics(db, subscription, now)


def _settle_topics(db: Database, subscription: SubscriptionId, now: datetime) -> None:
    """Whoever decides about a chat knows what became of its topics."""
    row = db.one("subscriptions.by_id", subscription=subscription)
    if row is not None:
        alerts.settle_topics(db, LaneId(row["lane_id"]), row["chat"], now)


def suspend(db: Database, subscription: SubscriptionId, *, reason: str, now: datetime, said: str = "") -> None:
    """Bring nothing to a chat that is lost or refuses, until it resumes; what is open for it is skipped.

    `said`: what is known beyond the reason; it is kept with what is skipped. Where the account may not write, whoever
    subscribed the chat is to be told.
    """
    _rest(db, subscription, SubscriptionState.SUSPENDED, reason, now, said=said)
    if reason == FORBIDDEN:
        db.run("subscriptions.untold", subscription=subscription)


FORBIDDEN: Final = Reason.FORBIDDEN
"""The reason of a suspension because the account may not write in the chat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """Somebody who is to be told that the account may not write any more in a chat that they subscribed.

    `thread`: the one thread that this is about; empty where it is about the chat itself, or several of its threads.
    `language` is the chat's. `chat_name`: what people call the chat or the thread; empty where nobody told it.
    """

    person: str
    chat: str
    thread: str
    language: str
    chat_name: str = ""


def take_untold(db: Database, lane: LaneId) -> list[Untold]:
    """Who is to be told of which chat of a lane, each once; whoever takes them tells them."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in db.all("subscriptions.take_untold", lane=lane):
        found.setdefault((row["by"], row["chat"]), []).append(row)
    return [_untold(rows) for rows in found.values()]


def _untold(rows: list[Row]) -> Untold:
    """What is to be told of the rows of one chat, which have one subscriber."""
    first, names = rows[0], {row["chat_name"] for row in rows}
    own = next((row["chat_name"] for row in rows if not row["thread"]), "")
    return Untold(
        person=first["by"],
        chat=first["chat"],
        thread=first["thread"] if len(rows) == 1 else "",
        language=rows[-1]["language"],
        chat_name=names.pop() if len(names) == 1 else own,
    )


def told(db: Database, lane: LaneId, chat: str, person: str) -> None:
    """A person knows already that the account may not write in a chat."""
    db.run("subscriptions.told", lane=lane, chat=chat, by=person)


def suspend_chat(
    db: Database, lane: LaneId, chat: str, *, thread: str | None = None, reason: str, now: datetime
) -> int:
    """Suspend whatever is brought to a chat; how many subscriptions that were. `thread`: only what is brought there."""
    found = [row for row in _in_chat(db, lane, chat, thread) if row["state"] == SubscriptionState.ACTIVE]
    for row in found:
        suspend(db, SubscriptionId(row["id"]), reason=reason, now=now)
    return len(found)


def resume_chat(
    db: Database, lane: LaneId, chat: str, *, thread: str | None = None, reasons: Collection[str], now: datetime
) -> int:
    """Let what was suspended for one of these reasons go on; how many subscriptions that are. Who left stays away.

    `thread`: only what is brought there.
    """
    found = [row for row in _in_chat(db, lane, chat, thread) if row["reason"] in reasons]
    return sum(resume(db, SubscriptionId(row["id"]), now=now) for row in found)


def is_brought(db: Database, lane: LaneId, chat: str) -> bool:
    """Whether anything is brought to a chat, whichever its thread."""
    return any(row["state"] == SubscriptionState.ACTIVE for row in _in_chat(db, lane, chat))


def concerned(db: Database, lane: str, chats: Collection[str]) -> frozenset[str]:
    """Those of these chats and threads that something is brought to itself, or was until it was interrupted."""
    return frozenset(chat for chat in chats if db.all("subscriptions.concerned", lane=lane, chat=chat))


def _in_chat(db: Database, lane: LaneId, chat: str, thread: str | None = None) -> list[Row]:
    """The subscriptions of a chat: all of them, or that of one thread (empty: of the chat itself)."""
    found = db.all("subscriptions.in_chat", lane=lane, chat=chat)
    return [row for row in found if thread in {None, row["thread"]}]


def _rest(
    db: Database,
    subscription: SubscriptionId,
    state: SubscriptionState,
    reason: str,
    now: datetime,
    *,
    said: str = "",
) -> None:
    db.run("subscriptions.state", subscription=subscription, state=state, reason=reason)
    skipped = f"{reason}: {said}" if said else reason
    db.run("ledger.skip_open_of", subscription=subscription, reason=skipped, now=to_ms(now))


def resume(db: Database, subscription: SubscriptionId, *, now: datetime) -> bool:
    """Let a suspended subscription go on, with the latest of each series; False when it was not suspended."""
    found = subscription_of(db, subscription)
    if found is None or found.state is not SubscriptionState.SUSPENDED:
        return False
    _activate(db, subscription)
    ledger.promise_latest(db, subscription, now=now)
    return True


def unsuspend(db: Database, subscription: SubscriptionId, *, reason: str, since: datetime) -> None:
    """Take a suspension back that was a mistake: what was skipped for it since is open again.

    Whoever has left meanwhile, or was suspended for another reason, stays away.
    """
    if db.run("subscriptions.unsuspend", subscription=subscription, reason=reason):
        db.run("ledger.unskip_of", subscription=subscription, reason=reason, since=to_ms(since))


def _activate(db: Database, subscription: SubscriptionId) -> None:
    db.run("subscriptions.state", subscription=subscription, state=SubscriptionState.ACTIVE, reason=None)
    forget_refusals(db, subscription)


def count_refusal(db: Database, subscription: SubscriptionId) -> int:
    """Note that a chat may not be written to; returns how often in a row."""
    row = db.one("subscriptions.refused", subscription=subscription)
    return 0 if row is None else int(row["refusals"])


def forget_refusals(db: Database, subscription: SubscriptionId) -> None:
    """A chat may be written to again: nothing waits any more because it refused."""
    db.run("subscriptions.go_on", subscription=subscription)
    db.run("subscriptions.accepted", subscription=subscription)


def accept_chat(db: Database, lane: LaneId, chat: str, *, thread: str | None = None) -> int:
    """The account may write in a chat: how many subscriptions waited because it refused, and go on.

    `thread`: only what is brought there.
    """
    found = [row for row in _in_chat(db, lane, chat, thread) if row["state"] == SubscriptionState.ACTIVE]
    refused = [SubscriptionId(row["id"]) for row in found if row["refusals"]]
    for subscription in refused:
        forget_refusals(db, subscription)
    return len(refused)


def readdress(
    db: Database, subscription: SubscriptionId, *, chat: str, thread: str, reason: str, now: datetime
) -> SubscriptionId:
    """Give a subscription another place, with everything that is open for it; merge where that place is subscribed.

    Merged, the other's choices count; what it was promised already is not promised twice. Returns who serves the place.
    """
    mine = db.one("subscriptions.by_id", subscription=subscription)
    if mine is None:
        raise LookupError(f"there is no subscription {subscription}")
    other = db.one("subscriptions.at_place", lane=mine["lane_id"], chat=chat, thread=thread)
    if other is None or other["id"] == subscription:
        db.run("subscriptions.readdress", subscription=subscription, chat=chat, thread=thread)
        return subscription
    survivor = SubscriptionId(other["id"])
    if other["state"] == SubscriptionState.ACTIVE:
        _hand_over(db, subscription, survivor, reason, now)
    _rest(db, subscription, SubscriptionState.ENDED, reason, now)
    return survivor


def _hand_over(
    db: Database, subscription: SubscriptionId, survivor: SubscriptionId, reason: str, now: datetime
) -> None:
    for row in db.all("ledger.open_digests_of", subscription=subscription):
        if db.one("ledger.delivery_of", digest=row["digest_id"], subscription=survivor) is None:
            db.run("ledger.hand_over", delivery=row["id"], to=survivor)
        else:
            db.run("ledger.skip_one", delivery=row["id"], reason=reason, now=to_ms(now))


def move_chat(db: Database, lane: LaneId, *, chat: str, to: str, now: datetime) -> int:
    """A chat has another id now: all its subscriptions move there; how many."""
    found = _in_chat(db, lane, chat)
    for row in found:
        readdress(db, SubscriptionId(row["id"]), chat=to, thread=row["thread"], reason=Reason.MOVED, now=now)
    return len(found)


def welcomed(db: Database, place: Place) -> bool:
    """Note that a place was subscribed for its reader, unasked; False when it was before, whatever is left of it."""
    return db.run("subscriptions.welcome_once", name=f"welcomed:{place.lane}:{place.chat}") > 0


def subscription_at(db: Database, place: Place) -> Subscription | None:
    """The subscription of an address, whatever its state."""
    row = db.one("subscriptions.at", lane=place.lane, chat=place.chat, thread=place.thread)
    return None if row is None else subscription_of(db, SubscriptionId(row["id"]))


def subscription_of(db: Database, subscription: SubscriptionId) -> Subscription | None:
    """A subscription by its id."""
    row = db.one("subscriptions.by_id", subscription=subscription)
    return None if row is None else _subscription(row, db.all("subscriptions.wants", subscription=subscription))


def _subscription(row: Row, wants: list[Row]) -> Subscription:
    return Subscription(
        id=SubscriptionId(row["id"]),
        place=Place(platform=row["platform"], account=row["account"], chat=row["chat"], thread=row["thread"]),
        state=SubscriptionState(row["state"]),
        reason=row["reason"],
        choices=Choices(
            series=frozenset(want["series"] for want in wants),
            layout=Layout(row["layout"]),
            language=row["language"],
            zone=row["zone"],
            mention=row["mention"],
            calls=Calls(row["calls"]),
        ),
        created_at=from_ms(row["created_at"]),
        chat_name=row["chat_name"],
    )


def _is_active(db: Database, subscription: SubscriptionId) -> bool:
    found = subscription_of(db, subscription)
    return found is not None and found.state is SubscriptionState.ACTIVE


def count_wanting(db: Database, series: str) -> int:
    """How many active subscriptions want a series."""
    row = db.one("subscriptions.count_wanting", series=series)
    return 0 if row is None else int(row["n"])


def calling(db: Database, series: str, *, limit: int) -> tuple[list[Calling], int]:
    """The first roles that are called with a series of which all is called, as pushes are; and how many there are."""
    rows = db.all("subscriptions.calling", series=series, limit=limit)
    found = [
        Calling(
            chat=row["thread"] or row["chat"], chat_name=row["chat_name"], role=row["mention"], name=row["mention_name"]
        )
        for row in rows
    ]
    return found, int(rows[0]["n"]) if rows else 0


def forget_chat(db: Database, lane: LaneId, chat: str, *, thread: str = "") -> int:
    """Erase whatever is known of a chat, in all its threads, or of one `thread`; how many subscriptions that were."""
    found = _in_chat(db, lane, chat, thread or None)
    for row in found:
        forget(db, SubscriptionId(row["id"]))
    if thread:
        return len(found)
    alerts.forget_topics(db, lane, chat)
    crossposts.forget_chat(db, lane, chat)
    return len(found)


def forget(db: Database, subscription: SubscriptionId) -> None:
    """Erase a subscription and everything that was promised to it."""
    db.run("subscriptions.uncount", subscription=subscription)
    db.run("subscriptions.forget_parts", subscription=subscription)
    db.run("subscriptions.forget_deliveries", subscription=subscription)
    db.run("subscriptions.want_nothing", subscription=subscription)
    db.run("subscriptions.forget", subscription=subscription)


def subscribed_chats(db: Database, platform: str, account: str) -> list[str]:
    """The chats that an account brings digests to, or did until they were lost; the newest first."""
    return [row["chat"] for row in db.all("subscriptions.chats_of", lane=f"{platform}:{account}")]


def chat_names(db: Database, platform: str, account: str) -> dict[Place, str]:
    """What people call the chats of an account and their threads, where that was told."""
    return {
        Place(platform=platform, account=account, chat=row["chat"], thread=row["thread"]): row["chat_name"]
        for row in db.all("subscriptions.names_of", lane=f"{platform}:{account}")
    }


def subscribed_places(db: Database, platform: str, account: str) -> list[tuple[Place, str]]:
    """The same with their threads, and the role that is called there: empty for nobody; the newest first."""
    return [
        (Place(platform=platform, account=account, chat=row["chat"], thread=row["thread"]), row["mention"])
        for row in db.all("subscriptions.places_of", lane=f"{platform}:{account}")
    ]
