"""What a chat has of a digest, and the next thing to do so that it has what it should: a difference, purely.

New digests, corrections, changed choices and withdrawals are the same question: which messages should stand there,
which ones do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from adapters.platform import DoubtPolicy, Receipt
from storage.ledger import AGAIN
from storage.records import Action, DeliveryState, PartState, Reason

NONCE_HOLDS = 120_000
"""Milliseconds for which a platform that knows nonces surely recognises one again."""

GONE = Reason.MESSAGE_LOST
"""The reason of a change that failed because its message is gone: there is nothing left to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What became of one part in `chat`. `content` names the message that was meant; None for a deletion's."""

    number: int
    action: Action
    state: PartState
    content: str | None
    reason: str | None = None
    receipt: Receipt | None = None
    chat: str = ""
    at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What stands in a chat under one number.

    `content` names what is there (empty: something, nobody knows what; None: nothing), `receipt` where in `chat`,
    unless the chat has moved since; `refused` what will never be taken; `doubts` counts tries in doubt since
    `doubted_at` (ms); `gone`: it was taken away by somebody else; `stays`: it cannot be taken back; `taken_back`: how
    often what stood here was taken back.
    """

    state: PartState = PartState.SENT
    content: str | None = None
    receipt: Receipt | None = None
    refused: str | None = None
    reason: str | None = None
    doubts: int = 0
    doubted_at: int = 0
    gone: bool = False
    stays: bool = False
    chat: str = ""
    taken_back: int = 0


NOTHING = Standing()

Standings = Mapping[int, Standing]
"""What stands in a chat, by number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Bring message `number`."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Replace what stands under `number`."""

    number: int
    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """Take back what stands under `number`."""

    number: int
    receipt: Receipt


Step = Send | Edit | Delete


def stand(events: Iterable[Event]) -> Standings:
    """What stands in a chat after everything that was tried, in order."""
    standings: dict[int, Standing] = {}
    for event in events:
        standings[event.number] = after(standings.get(event.number, NOTHING), event)
    return standings


def after(before: Standing, event: Event) -> Standing:
    """What stands under a number after one more part."""
    match event.state:
        case PartState.SENT:
            return _after_success(before, event)
        case PartState.FAILED:
            return _after_failure(before, event)
        case PartState.UNKNOWN | PartState.SENDING:
            return _after_doubt(before, event)


def _after_success(before: Standing, event: Event) -> Standing:
    if event.action is Action.DELETE:
        return Standing(taken_back=before.taken_back + 1)
    return Standing(content=event.content, receipt=event.receipt, chat=event.chat, taken_back=before.taken_back)


def _after_failure(before: Standing, event: Event) -> Standing:
    if event.reason == AGAIN:
        return Standing(taken_back=before.taken_back)
    if event.reason == GONE:
        return Standing(
            state=PartState.FAILED, content="", reason=event.reason, gone=True, taken_back=before.taken_back
        )
    failed = replace(before, state=PartState.FAILED, reason=event.reason)
    return replace(failed, stays=True) if event.action is Action.DELETE else replace(failed, refused=event.content)


def _after_doubt(before: Standing, event: Event) -> Standing:
    sends = event.action is Action.SEND
    return Standing(
        state=PartState.UNKNOWN,
        content=event.content if sends else "",
        receipt=None if sends else before.receipt,
        reason=event.reason,
        doubts=before.doubts + 1,
        doubted_at=before.doubted_at if before.doubts else event.at,
        chat=event.chat if sends else before.chat,
        taken_back=before.taken_back,
    )


def first_of(standings: Standings, *, before: int, chat: str) -> Receipt | None:
    """Where the first of the messages stands in a chat that come before a number; None where none of them does."""
    earlier = (standings[number] for number in sorted(standings) if number < before)
    return next((standing.receipt for standing in earlier if standing.receipt and standing.chat == chat), None)


def next_step(desired: Sequence[str], standings: Standings, policy: DoubtPolicy, now: int) -> Step | None:
    """The first thing to do so that the messages named stand in the chat, and no others; None when that is all.

    What is too much is taken back from the last on: where the first opened a thread, all that is in it goes before.
    """
    for number, wanted in enumerate(desired, start=1):
        step = _step(number, wanted, standings.get(number, NOTHING), policy, now)
        if step is not None:
            return step
    for number in sorted((number for number in standings if number > len(desired)), reverse=True):
        step = _step(number, None, standings[number], policy, now)
        if step is not None:
            return step
    return None


def _step(number: int, wanted: str | None, standing: Standing, policy: DoubtPolicy, now: int) -> Step | None:
    if wanted is None:
        return None if standing.receipt is None or standing.stays else Delete(number=number, receipt=standing.receipt)
    if standing.refused == wanted:
        return None
    if standing.receipt is not None:
        return None if standing.content == wanted else Edit(number=number, receipt=standing.receipt)
    if standing.content is None or _may_repeat(standing, wanted, policy, now):
        return Send(number=number)
    return None


def _may_repeat(standing: Standing, wanted: str, policy: DoubtPolicy, now: int) -> bool:
    """Whether a send in doubt is made again; any other message than the one in doubt would be a second one."""
    if standing.gone or standing.doubts == 0:
        return False
    match policy:
        case DoubtPolicy.REPEAT:
            return True
        case DoubtPolicy.RESEND_ONCE:
            return standing.content == wanted and standing.doubts == 1
        case DoubtPolicy.REPLAY_NONCE:
            return standing.content == wanted and 0 <= now - standing.doubted_at < NONCE_HOLDS
        case DoubtPolicy.ASSUME_SENT | DoubtPolicy.ASK:
            return False


_WORST = (PartState.FAILED, PartState.UNKNOWN, PartState.SENDING, PartState.SENT)
_ENDS = {
    PartState.FAILED: DeliveryState.FAILED,
    PartState.UNKNOWN: DeliveryState.UNKNOWN,
    PartState.SENDING: DeliveryState.UNKNOWN,
    PartState.SENT: DeliveryState.SENT,
}


def end_of(standings: Standings) -> tuple[DeliveryState, str | None]:
    """How a delivery ends that has nothing more to do: as its worst part, with that part's reason."""
    if not standings:
        return DeliveryState.SKIPPED, Reason.NOTHING_TO_SEND
    if len(standings) == 1:
        (only,) = standings.values()
        return _ENDS[only.state], only.reason
    worst = min(standings.values(), key=lambda standing: _WORST.index(standing.state))
    return _ENDS[worst.state], worst.reason
