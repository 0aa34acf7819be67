"""How fast a bot may write, and the honest refusals."""

from __future__ import annotations

from typing import Any

import pytest

from tests.platforms.telegram.limits import STRICT, Flood, Pacer
from tests.platforms.telegram.quiet import QuietTelegram, said


def _claims(pacer: Pacer, times: list[float], *, chat: int | None = None, pays: bool = False) -> list[Any]:
    """What became of messages at these moments, each to a chat of its own unless one is named."""
    found = [
        pacer.claim(chat if chat is not None else number, at, is_group=chat is not None and chat < 0, pays=pays)
        for number, at in enumerate(times)
    ]
    return [flood and flood.retry_after for flood in found]


@pytest.mark.parametrize(
    ("times", "refused"),
    [
        ([0.0] * 30, []),
        ([0.0] * 31, [30]),
        ([n / 30 for n in range(300)], []),
        ([0.9] * 30 + [1.1], [30]),
        ([0.0] * 30 + [0.999], [30]),
        ([0.0] * 30 + [1.0], []),
    ],
)
def test_thirty_in_any_second(times: list[float], refused: list[int]) -> None:
    """A bot sends at most 30 messages in any second, over all chats."""
    assert [n for n, waits in enumerate(_claims(Pacer(STRICT), times)) if waits] == refused


def test_one_a_second_into_a_chat() -> None:
    """One message a second goes into a private chat."""
    assert _claims(Pacer(STRICT), [0.0, 1.0, 1.5, 2.5], chat=7) == [None, None, 1, None]


def test_twenty_a_minute_into_a_group() -> None:
    """Twenty messages go into a group in any minute, and the refusal names the seconds until there is room."""
    pacer = Pacer(STRICT)
    assert _claims(pacer, [float(n) for n in range(20)], chat=-7) == [None] * 20
    assert _claims(pacer, [25.5, 59.5, 60.5, 61.5], chat=-7) == [35, 1, None, None]


def test_the_window_stays_closed() -> None:
    """Whoever was told to wait waits to the end, and what comes before that is noted as hasty."""
    pacer = Pacer(STRICT)
    pacer.claim(7, 0.0, is_group=False, pays=False)
    assert pacer.claim(7, 0.5, is_group=False, pays=False) == Flood(retry_after=1, whole_bot=False, hasty=None)
    hasty = pacer.claim(7, 1.2, is_group=False, pays=False)
    assert hasty is not None
    assert hasty.hasty == pytest.approx(0.7)
    assert pacer.claim(7, 2.2, is_group=False, pays=False) is None


def test_paid_messages() -> None:
    """With paid broadcast a thousand leave in a second, and what is beyond thirty is paid for."""
    pacer = Pacer(STRICT)
    assert _claims(pacer, [0.0] * 1001, pays=True) == [None] * 1000 + [1]
    assert pacer.paid == 970


def test_a_flood_is_told_as_telegram_does(quiet: QuietTelegram) -> None:
    """The second message in a second is answered with 429, the seconds to wait, and an edit counts as well."""
    quiet.person(101).starts()
    number = quiet.ask("sendMessage", chat_id=101, text="x").body["result"]["message_id"]
    answer = quiet.ask("editMessageText", chat_id=101, message_id=number, text="y")
    assert (answer.status, answer.body) == (
        429,
        {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests: retry after 1",
            "parameters": {"retry_after": 1},
        },
    )
    assert len(quiet.floods) == 1
    quiet.moment += 1
    assert said(quiet.ask("editMessageText", chat_id=101, message_id=number, text="y")) == "ok"


def test_stars(quiet: QuietTelegram) -> None:
    """Ten paid messages cost a star; a bot without stars cannot pay."""
    for number in range(101, 201):
        quiet.person(number).starts()
        assert said(quiet.ask("sendMessage", chat_id=number, text="x", allow_paid_broadcast=True)) == "ok"
    assert quiet.bot.stars == 100_000 - 7
    quiet.bot.stars = 0
    assert quiet.send(101, allow_paid_broadcast=True) == "Bad Request: BALANCE_TOO_LOW"
