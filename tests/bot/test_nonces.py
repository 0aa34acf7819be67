"""What names a message to a platform that recognises one that comes again."""

from __future__ import annotations

from bot.carry import nonce_of
from storage.records import DeliveryId

ONE = DeliveryId(1)


def test_a_nonce_names_one_message_in_one_place() -> None:
    """The same message has the same nonce; another part, text or place, or one that was taken back, has another.

    The place counts, because a new data folder numbers its deliveries anew while the platform may still remember.
    """
    usual = nonce_of(ONE, 1, "3f2a", place="100/")
    others = (
        nonce_of(DeliveryId(2), 1, "3f2a", place="100/"),
        nonce_of(ONE, 2, "3f2a", place="100/"),
        nonce_of(ONE, 1, "3f2b", place="100/"),
        nonce_of(ONE, 1, "3f2a", place="200/"),
        nonce_of(ONE, 1, "3f2a", place="100/7"),
        nonce_of(ONE, 1, "3f2a", place="100/", taken_back=1),
    )
    assert nonce_of(ONE, 1, "3f2a", place="100/") == usual
    assert len({usual, *others}) == 7


def test_a_nonce_is_short() -> None:
    """A nonce has at most the 25 characters that Discord takes, however many deliveries there were."""
    assert len(nonce_of(DeliveryId(2**40), 99, "3f2a", place="1234567890123456789/1234567890123456789")) <= 25
