"""Carries messages to the web's inbox: the ledger's row is the message itself, so nothing can fail on the way."""

from __future__ import annotations

from adapters.platform import Address, Parcel, Receipt


class WebCourier:
    """Says that a message has arrived as soon as it is handed over.

    The inbox reads the parts that were sent, so a part is shown because it is recorded. Sending the same thing
    again changes nothing; a doubt is settled by `DoubtPolicy.REPEAT`.
    """

    async def send(self, parcel: Parcel) -> Receipt:
        """The message is where it belongs already; its id is its nonce."""
        return Receipt(message=parcel.nonce)

    async def edit(self, parcel: Parcel, receipt: Receipt) -> Receipt:
        """The inbox shows the newest text of a part."""
        del parcel
        return receipt

    async def delete(self, address: Address, receipt: Receipt) -> None:
        """The inbox shows no part that was taken back."""


class WebPace:
    """Nobody limits how fast our own page is told."""

    def lane_wait(self, now: float) -> float:
        """Always now."""
        del now
        return 0.0

    def wait(self, address: Address, now: float) -> float:
        """Always now."""
        del address, now
        return 0.0

    def spend(self, address: Address, now: float) -> None:
        """Nothing is used up."""

    def refund(self, address: Address, taken: float) -> None:
        """Nothing was used up."""

    def answer_wait(self, address: Address, now: float) -> float:
        """Always now."""
        del address, now
        return 0.0

    def claim(self, address: Address, now: float) -> float:
        """Always now."""
        del address, now
        return 0.0
