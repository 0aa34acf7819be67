"""How fast one account may send on Telegram: three windows, kept by spacing messages evenly. Pure.

The limits are 30 messages a second over all chats, 1 a second into one chat and 20 a minute into one group or channel,
edits included; paid broadcasts lift the first to 1,000 (core.telegram.org/bots/faq, «My bot is hitting limits»).

Every interval is a little longer than the exact one: 30 messages take 1.02 s, two into one chat are 1.02 s apart, 20
into a group take 60.3 s. Then 31 messages span 1.02 s less what the program was late (`SLACK`) and what the way took
from the last and added to the first: they never fall into one second while that is under 16 ms, and 98 % of what is
allowed is used (99.5 % in a group).
"""

from __future__ import annotations

from dataclasses import dataclass

from adapters.pacing import SECOND, Places, Share, is_before, left
from adapters.platform import Address

EVERY = SECOND / 30
"""Seconds between two messages of an account."""
PAID_EVERY = SECOND / 1000
"""The same where broadcasts are paid for."""
CHAT_EVERY = SECOND
"""Seconds between two messages into one chat."""
GROUP_EVERY = 60.3 / 20
"""Seconds between two messages into one group or channel."""
DEFERENCE = 0.25
"""Seconds for which a chat's free moment is kept for an answer that waits for it."""


@dataclass(slots=True, kw_only=True)
class _Chat:
    """A chat that was written to lately: when, and when it may be again; whether its last message is paid for.

    `asked`: an answer waits for that moment.
    """

    taken: float
    free_at: float
    paid: bool
    asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Before:
    """How the lane stood before the last place was taken, and by which chat."""

    chat: str
    free_at: float
    paid_at: float
    mixed_until: float


class TelegramPace:
    """The pace of one account, new at the moment `born` (seconds, as all moments here): every window counts as spent.

    The owner before it kept the same pace, so a spent window gives way evenly. `paid`: above the free pace, messages
    are paid for while `paid_left` lasts. Windows are kept by chat: a forum's topics share theirs.
    """

    def __init__(self, *, born: float, paid: bool = False) -> None:
        self._born = born
        self._paid = paid
        self._free = Places(every=EVERY, free_at=born + EVERY)
        self._paid_for = Places(every=PAID_EVERY, free_at=born + PAID_EVERY)
        self._mixed_until = born + SECOND if paid else born
        self._answers = Share(until=born)
        self._chats: dict[str, _Chat] = {}
        self._before: _Before | None = None
        self.paid_left = 0
        self.pays = False
        """Whether a message that leaves now should carry the flag of a paid broadcast.

        All do within a second of one that is paid for: Telegram counts them together, and takes nothing for the 30
        that are free.
        """

    def grant(self, messages: int) -> None:
        """So many more messages may be paid for; or fewer, where it is negative."""
        self.paid_left = max(0, self.paid_left + messages)

    # --- Deliveries ----------------------------------------------------------------------------------------------

    def lane_wait(self, now: float) -> float:
        """As `Pace.lane_wait`."""
        return left(self._place(now), now)

    def wait(self, address: Address, now: float) -> float:
        """As `Pace.wait`; where an answer waits for the chat as well, a moment more."""
        chat = self._chats.get(address.chat)
        asked = chat is not None and chat.asked
        return left(self._chat_free_at(address) + (DEFERENCE if asked else 0.0), now)

    def spend(self, address: Address, now: float) -> None:
        """As `Pace.spend`."""
        self._take(address, now, now)

    def refund(self, address: Address, taken: float) -> None:
        """As `Pace.refund`. A place can be used again if nobody has taken a later one: the lane's, and the chat's."""
        chat = self._chats.get(address.chat)
        if chat is None or chat.taken != taken:
            return
        del self._chats[address.chat]
        self.paid_left += chat.paid
        before = self._before
        if before is not None and before.chat == address.chat:
            self._free.free_at, self._paid_for.free_at = before.free_at, before.paid_at
            self._mixed_until = before.mixed_until
            self._before = None

    # --- Answers -------------------------------------------------------------------------------------------------

    def answer_wait(self, address: Address, now: float) -> float:
        """As `Pace.answer_wait`. A chat that the answer must wait for is kept free for it for a moment."""
        free_at = self._chat_free_at(address)
        chat = self._chats.get(address.chat)
        if chat is not None:
            chat.asked = True
        return left(max(free_at, self._answers.free_at(self._every)), now)

    def claim(self, address: Address, now: float) -> float:
        """As `Pace.claim`."""
        at = max(self._place(now), self._chat_free_at(address))
        self._answers.take(now, self._every)
        self._take(address, at, now)
        return left(at, now)

    @property
    def _every(self) -> float:
        return PAID_EVERY if self._may_pay else EVERY

    # --- Places --------------------------------------------------------------------------------------------------

    @property
    def _may_pay(self) -> bool:
        return self._paid and self.paid_left > 0

    def _place(self, now: float) -> float:
        """When the next message may leave; after paid ones, only when no free one is counted with them any more."""
        return self._paid_for.at(now) if self._may_pay else max(self._free.at(now), self._mixed_until)

    def _take(self, address: Address, at: float, now: float) -> None:
        """Take a place of the lane, and the chat's; it is paid for when it comes before the next free one."""
        paid = self._may_pay and is_before(at, self._free.free_at)
        self._before = _Before(
            chat=address.chat,
            free_at=self._free.free_at,
            paid_at=self._paid_for.free_at,
            mixed_until=self._mixed_until,
        )
        self._paid_for.take(at)
        if paid:
            self.paid_left -= 1
            self._mixed_until = at + SECOND
        else:
            self._free.take(at)
        self.pays = is_before(at, self._mixed_until)
        self._chats.pop(address.chat, None)
        self._chats[address.chat] = _Chat(taken=at, free_at=at + _every(address), paid=paid)
        self._forget(now)

    def _chat_free_at(self, address: Address) -> float:
        chat = self._chats.get(address.chat)
        return self._born + _every(address) if chat is None else chat.free_at

    def _forget(self, now: float) -> None:
        """Forget the chats whose window has passed, in the order in which they were written to."""
        while self._chats:
            oldest = next(iter(self._chats))
            if self._chats[oldest].free_at + DEFERENCE > now:
                return
            del self._chats[oldest]


def _every(address: Address) -> float:
    """Seconds between two messages: groups' and channels' ids are negative, and only they have public names."""
    return GROUP_EVERY if address.chat.startswith(("-", "@")) else CHAT_EVERY
