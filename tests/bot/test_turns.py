"""Whose turn it is."""

from __future__ import annotations

from adapters.platform import AccountId, Address, Platform
from adapters.web.courier import WebPace
from bot.turns import Turn, Turns
from digest.choices import Layout
from digest.model import Revision
from storage.queue import Queued
from storage.records import DeliveryId, DigestId, SubscriptionId, Urgency


class ChatPace(WebPace):
    """Lets chats rest until moments that are set by hand."""

    def __init__(self) -> None:
        self.until: dict[str, float] = {}

    def wait(self, address: Address, now: float) -> float:
        """Until the chat's moment."""
        return max(0.0, self.until.get(address.chat, 0.0) - now)


def row(delivery: int, chat: int, urgency: Urgency = Urgency.NEWEST) -> Queued:
    """A delivery as it is read."""
    return Queued(
        id=DeliveryId(delivery),
        digest=DigestId(1),
        subscription=SubscriptionId(chat),
        urgency=urgency,
        due=0,
        step=0,
        attempts=0,
        fresh_from=0,
        chat=str(chat),
        thread="",
        layout=Layout.FULL,
        language="zh",
        version=1,
        refusals=0,
        revision=Revision("r"),
        series="daily",
        withdrawn=False,
    )


def turns_with(pace: ChatPace, *rows: Queued) -> Turns:
    """Turns that have read these rows."""
    turns = Turns(Platform.WEB, AccountId("local"), pace)
    turns.add(rows)
    return turns


def taken(turns: Turns, now: float = 0.0) -> list[int]:
    """Every delivery whose turn it is now, in order."""
    found: list[int] = []
    while (turn := turns.take(now)) is not None:
        found.append(turn.queued.id)
    return found


def test_most_urgent_first() -> None:
    """The most urgent leaves first; what is equally urgent keeps its order."""
    turns = turns_with(ChatPace(), row(1, 1), row(2, 2), row(3, 3, Urgency.BREAKING), row(4, 4, Urgency.CATCH_UP))
    assert taken(turns) == [3, 1, 2, 4]


def test_one_delivery_a_chat() -> None:
    """A chat has one turn at a time; that there is more for it is remembered."""
    turns = turns_with(ChatPace(), row(1, 1), row(2, 1))
    turn = turns.take(0.0)
    assert turn is not None
    assert turn.more
    assert turns.take(0.0) is None
    assert turns.add([row(1, 1), row(2, 1)]) == 0
    turns.end(turn)
    assert turns.add([row(2, 1)]) == 1
    assert taken(turns) == [2]


def test_push_overtakes_a_chat_that_waits() -> None:
    """A push takes the turn of its chat if that waits, and is noted if somebody has taken it."""
    turns = turns_with(ChatPace(), row(1, 1), row(2, 2))
    first = turns.take(0.0)
    assert first is not None
    turns.add([row(8, 1, Urgency.BREAKING), row(9, 2, Urgency.BREAKING)])
    assert first.overtaken
    assert first.queued.id == 1
    assert taken(turns) == [9]


def test_resting_chat_steps_aside() -> None:
    """A chat whose pace asks to wait is skipped, the others go on, and it has its turn once it has rested."""
    pace = ChatPace()
    pace.until["1"] = 5.0
    turns = turns_with(pace, row(1, 1), row(2, 2))
    assert taken(turns) == [2]
    assert turns.rest_ends() == 5.0
    assert taken(turns, 4.9) == []
    assert taken(turns, 5.0) == [1]


def test_delivery_that_began_goes_on_first() -> None:
    """What has begun goes on before what has not."""
    turns = turns_with(ChatPace(), row(1, 1), row(2, 2), row(3, 3))
    turn = turns.take(0.0)
    assert isinstance(turn, Turn)
    turns.go_on(turn, row(1, 1))
    assert turns.ready == 3
    assert taken(turns) == [1, 2, 3]
