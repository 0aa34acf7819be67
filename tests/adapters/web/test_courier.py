"""The web's courier and pace."""

from __future__ import annotations

from adapters.platform import Courier, Pace, Parcel, Receipt
from adapters.web.courier import WebCourier, WebPace
from adapters.web.listener import INBOX

PARCEL = Parcel(address=INBOX, message={"html": "<p>一</p>"}, nonce="delivery-7-1")


async def test_sending_again_gives_the_same_receipt() -> None:
    """A message of the web is its nonce, so repeating it is harmless."""
    courier: Courier = WebCourier()
    assert await courier.send(PARCEL) == await courier.send(PARCEL) == Receipt(message="delivery-7-1")


async def test_edits_and_deletions_succeed() -> None:
    """What the inbox shows is the ledger's row, so an edit and a deletion have nothing left to do."""
    courier: Courier = WebCourier()
    receipt = await courier.send(PARCEL)
    assert await courier.edit(PARCEL, receipt) == receipt
    await courier.delete(INBOX, receipt)


def test_nobody_limits_our_own_page() -> None:
    """However much was sent, the next message may leave now."""
    pace: Pace = WebPace()
    for _ in range(10_000):
        pace.spend(INBOX, 0.0)
    assert pace.wait(INBOX, 0.0) == 0.0


def test_nothing_of_our_own_page_is_shared_out() -> None:
    """Answers wait for no place there, and what was not used is given back to nobody."""
    pace: Pace = WebPace()
    pace.spend(INBOX, 0.0)
    pace.refund(INBOX, 0.0)
    assert pace.answer_wait(INBOX, 0.0) == pace.claim(INBOX, 0.0) == pace.lane_wait(0.0) == 0
