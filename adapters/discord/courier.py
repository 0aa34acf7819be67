"""Carries messages to Discord: what the dialect spelled leaves as it is, and beside it what belongs to the address.

An address is a channel, and below it maybe a thread. In a forum every digest opens a thread, in which its later parts
stand. A message that is sent again under its nonce comes back as the one that is there already; for a post in a forum,
which has no nonce, it is looked up.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final, TypeVar

import structlog
from discord.http import Route

from adapters.causes import Cause, because
from adapters.discord.dialect import LONGEST_BODY
from adapters.discord.drawing import read
from adapters.discord.errors import AlreadyGone, Archived, Locked, TagsRefused, ours
from adapters.discord.publishing import Publishing
from adapters.discord.request import CHANNEL, MESSAGE, MESSAGES, THREADS, DiscordHTTP
from adapters.discord.venues import Kind, Known, Venue, nothing_known, venue_in
from adapters.platform import (
    AccountDead,
    AccountId,
    Address,
    ChatLost,
    CourierError,
    Doubt,
    Forbidden,
    Message,
    MessageLost,
    NotSent,
    Parcel,
    Receipt,
    Refused,
)
from digest.cutting import shorten

T = TypeVar("T")

log = structlog.get_logger(__name__)

SUPPRESS_NOTIFICATIONS: Final = 1 << 12
"""The flag of a message without a sound (https://docs.discord.com/developers/resources/message#message-object-message-flags)."""

LONGEST_NAME: Final = 100
"""Code points of a thread's name (https://docs.discord.com/developers/resources/channel#thread-create)."""
WIDEST_NAME: Final = 240
"""UTF-8 bytes of it, so that a body stays within what the dialect reserves."""

LONGEST_NONCE: Final = 25
"""Characters of a nonce (https://docs.discord.com/developers/resources/message#create-message)."""

LATELY: Final = timedelta(minutes=10)
"""How old a post may be that is in doubt: more than the two minutes for which it is, less than others called alike."""

_EPOCH: Final = 1_420_070_400_000
"""The first millisecond of 2015, from which ids count (https://docs.discord.com/developers/reference#snowflakes)."""

_PART = re.compile(r"\d+/\d+")


class DiscordCourier:
    """Keeps `adapters.platform.Courier` for the account `me`, over requests that its owner opens and shuts.

    `known` tells what is known of a channel without asking; of others Discord is asked once.
    """

    def __init__(
        self, http: DiscordHTTP, *, me: AccountId, publishing: Publishing, known: Known = nothing_known
    ) -> None:
        self._http = http
        self._me = me
        self._publishing = publishing
        self._known = known
        self._learned: dict[str, Venue] = {}

    # --- Sending -------------------------------------------------------------------------------------------------

    async def send(self, parcel: Parcel) -> Receipt:
        """Bring a new message; raises CourierError, and nothing else, when it does not arrive for certain."""
        address = parcel.address
        if address.thread:
            return await self._post(parcel, address.thread)
        if parcel.reply_to is not None and parcel.reply_to.thread:
            return await _in_opened_thread(self._post(parcel, parcel.reply_to.thread, opened=True))
        venue = self._known(address.chat) or self._learned.get(address.chat)
        try:
            if venue is not None:
                return await self._bring_known(parcel, venue)
            return await self._bring(parcel, await self._learn(address.chat, paid=True), paid=False)
        except Refused:
            self._learned.pop(address.chat, None)  # it may be another kind of channel by now
            raise

    async def _bring_known(self, parcel: Parcel, venue: Venue) -> Receipt:
        """Bring a message to a channel that was told of; a forum whose tags are others by now is asked for them."""
        try:
            return await self._bring(parcel, venue, paid=True)
        except TagsRefused:
            log.info("discord.tags_refused", chat=parcel.address.chat)
        learned = await self._learn(parcel.address.chat, paid=False)
        return await self._bring(parcel, replace(learned, moderates=venue.moderates), paid=False)

    async def _bring(self, parcel: Parcel, venue: Venue, *, paid: bool) -> Receipt:
        """Bring a message to a channel; `paid`: the lane's place for it is still to be taken."""
        chat = parcel.address.chat
        if venue.is_forum:
            return await self._open(parcel, venue, paid=paid)
        receipt = await self._post(parcel, chat, paid=paid)
        if venue.kind == Kind.ANNOUNCEMENT:
            await self._publishing.add(chat, receipt.message)
        return receipt

    async def _post(self, parcel: Parcel, channel: str, *, opened: bool = False, paid: bool = True) -> Receipt:
        """Bring a message to a channel or a thread; `opened`: the thread is our own."""
        body = {**beside(parcel), "nonce": nonce_of(parcel.nonce), "enforce_nonce": True}
        sent = await self._awake(channel, Route("POST", MESSAGES, channel_id=channel), body, paid=paid)
        thread = channel if opened or parcel.address.thread else ""
        return Receipt(message=_id(sent), thread=thread)

    # --- Forums --------------------------------------------------------------------------------------------------

    async def _open(self, parcel: Parcel, forum: Venue, *, paid: bool) -> Receipt:
        """Open a thread with the message in it; where that is in doubt already, it is looked for first."""
        chat, body = parcel.address.chat, _post_in(forum, parcel)
        if parcel.doubted_at is not None:
            found = await self._found(chat, forum, body["name"], parcel.doubted_at, paid=paid)
            if found is not None:
                return Receipt(message=found, thread=found)
            paid = False
        opened = await self._carried(Route("POST", THREADS, channel_id=chat), body, paid=paid)
        thread = _id(opened)
        first = opened.get("message")
        return Receipt(message=_id(first) if isinstance(first, dict) and "id" in first else thread, thread=thread)

    async def _found(self, chat: str, forum: Venue, name: str, since: datetime, *, paid: bool) -> str | None:
        """The last thread of that name that we opened in a forum lately; its first message has the same id.

        `since`: when it is said to have been, which counts where Discord does not say what time it is.
        """
        try:
            route = Route("GET", "/guilds/{guild_id}/threads/active", guild_id=forum.server)
            answer = await self._carried(route, paid=paid)
        except AccountDead:
            raise
        except Refused as error:
            raise Doubt(because(Cause.NOT_LOOKED_FOR, error)) from error
        threads = answer.get("threads") if isinstance(answer, dict) else None
        if not isinstance(threads, list):
            raise Doubt(because(Cause.NOT_LOOKED_FOR, Cause.UNREADABLE))
        since = (self._http.told_at or since) - LATELY  # ids tell the time by Discord's clock, and ours may have jumped
        oldest = round(since.timestamp() * 1000) - _EPOCH
        wanted = (chat, self._me, name)
        ids = [int(thread["id"]) for thread in threads if _is_thread(thread) and _marks(thread) == wanted]
        return next((str(number) for number in sorted(ids, reverse=True) if number >> 22 >= oldest), None)

    async def _learn(self, chat: str, *, paid: bool) -> Venue:
        """Ask what a channel is; `paid`: in the place that was meant for the message, which takes a later one.

        A forum's tags may be others by the next digest.
        """
        told = await self._prepare(Route("GET", CHANNEL, channel_id=chat), paid=paid)
        venue = venue_in(told if isinstance(told, dict) else {})
        if not venue.is_forum:
            self._learned[chat] = venue
        return venue

    # --- Changing ------------------------------------------------------------------------------------------------

    async def edit(self, parcel: Parcel, receipt: Receipt) -> Receipt:
        """Replace the message of the receipt, its buttons too. Raises CourierError."""
        edited = await self._change("PATCH", parcel.address, receipt, {"components": [], **parcel.message})
        if _id(edited) != receipt.message:
            raise Doubt(Cause.OTHER_MESSAGE)
        if receipt.thread == receipt.message:
            await self._rename(receipt.thread, name_of(parcel.message))
        return receipt

    async def _rename(self, thread: str, name: str) -> None:
        """Let the thread of a digest be called as the digest is now; its message is corrected even if that fails."""
        try:
            told = await self._carried(Route("GET", CHANNEL, channel_id=thread), paid=False)
            if isinstance(told, dict) and _marks(told)[2] != name:
                await self._carried(Route("PATCH", CHANNEL, channel_id=thread), {"name": name}, paid=False)
        except CourierError as error:
            log.warning("discord.thread_not_renamed", thread=thread, error=str(error))

    async def delete(self, address: Address, receipt: Receipt) -> None:
        """Take the message of the receipt back; one that is gone already is success. Raises CourierError."""
        with suppress(AlreadyGone):
            if receipt.thread == receipt.message != address.thread:
                await _in_opened_thread(self._take_thread(address, receipt.thread))
            else:
                await self._change("DELETE", address, receipt)

    async def _take_thread(self, address: Address, thread: str) -> None:
        """Take the first message of a digest's thread back: with the thread, where nothing else is in it.

        What readers wrote there stays. An empty thread that only moderators may delete is let sleep.
        """
        is_empty = await self._is_empty(thread)
        venue = self._known(address.chat)
        may = is_empty and (venue is None or venue.moderates is not False)
        if may:
            with suppress(Forbidden):
                await self._carried(Route("DELETE", CHANNEL, channel_id=thread), paid=True)
                return
        with suppress(AlreadyGone):
            first = Route("DELETE", MESSAGE, channel_id=thread, message_id=thread)
            await self._awake(thread, first, paid=not may, back=not is_empty)
        if is_empty:
            await self._archive(thread)

    async def _is_empty(self, thread: str) -> bool:
        """Whether nothing is said to be in a thread beside its first message; that is not counted, nor deleted ones.

        It is asked in a place of its own, so that the deletion waits for none: what is written in between is not seen.
        Source: https://docs.discord.com/developers/resources/channel#channel-object (`message_count`)
        """
        told = await self._prepare(Route("GET", CHANNEL, channel_id=thread))
        return isinstance(told, dict) and told.get("message_count") == 0

    async def _archive(self, thread: str) -> None:
        """Let a thread sleep, as its owner may; what was taken back is not in it any more, even if that fails."""
        try:
            await self._carried(Route("PATCH", CHANNEL, channel_id=thread), {"archived": True}, paid=False)
        except Archived:
            pass
        except CourierError as error:
            log.warning("discord.thread_not_archived", thread=thread, error=str(error))

    async def _change(self, method: str, address: Address, receipt: Receipt, body: object = None) -> Any:
        channel = receipt.thread or address.thread or address.chat
        route = Route(method, MESSAGE, channel_id=channel, message_id=_message(receipt))
        is_opened = receipt.thread not in {"", address.thread}
        change = self._awake(channel, route, body, back=is_opened and method == "DELETE")
        return await (_in_opened_thread(change) if is_opened else change)

    # --- Requests ------------------------------------------------------------------------------------------------

    async def _awake(
        self, channel: str, route: Route, body: object = None, *, paid: bool = True, back: bool = False
    ) -> Any:
        """A request in what may be a thread that sleeps; it is woken once. `back`: it sleeps again afterwards."""
        try:
            return await self._carried(route, body, paid=paid)
        except Archived:
            log.info("discord.thread_woken", thread=channel)
        await self._wake(channel)
        answered = await self._carried(route, body, paid=False)
        if back:
            await self._archive(channel)
        return answered

    async def _wake(self, thread: str) -> None:
        try:
            await self._prepare(Route("PATCH", CHANNEL, channel_id=thread), {"archived": False})
        except Forbidden as error:
            raise Locked(because(Cause.NOT_WOKEN, error)) from error

    async def _prepare(self, route: Route, body: object = None, *, paid: bool = False) -> Any:
        """A request before the one that matters: whatever becomes of it, that one has not left."""
        try:
            return await self._carried(route, body, paid=paid)
        except Doubt as error:
            raise NotSent(because(Cause.STEP_BEFORE, error)) from error

    async def _carried(self, route: Route, body: object = None, *, paid: bool) -> Any:
        """What is answered, through the gate; `paid`: the lane has spent a place for it, others wait for one."""
        said: dict[str, Any] = {} if body is None else {"json": body, "within": LONGEST_BODY}
        try:
            return await self._http.request(route, paid=paid, **said)
        except Exception as error:
            raise ours(error) from error


async def _in_opened_thread(request: Awaitable[T]) -> T:
    """A request in a thread that a digest of ours opened: gone or closed, it takes the digest along, not the forum."""
    try:
        return await request
    except Locked as error:
        raise MessageLost(because(Cause.THREAD_CLOSED, error)) from error
    except ChatLost as error:
        raise AlreadyGone(because(Cause.THREAD_GONE, error)) from error


# --- What a request says beside the message ----------------------------------------------------------------------


def beside(parcel: Parcel) -> dict[str, Any]:
    """The message, and what belongs to this one sending: whose members are called, and whether it makes a sound."""
    body = dict(parcel.message)
    if parcel.mention:
        call = f"<@&{parcel.mention}>"
        body["content"] = f"{call}\n{body['content']}" if body.get("content") else call
        body["allowed_mentions"] = {**body.get("allowed_mentions", {"parse": []}), "roles": [parcel.mention]}
    if parcel.silent:
        body["flags"] = body.get("flags", 0) | SUPPRESS_NOTIFICATIONS
    return body


def nonce_of(name: str) -> str:
    """What names a message to Discord, the same for the same: a name that is too long is hashed."""
    return name if len(name) <= LONGEST_NONCE else sha256(name.encode()).hexdigest()[:LONGEST_NONCE]


def _post_in(forum: Venue, parcel: Parcel) -> dict[str, Any]:
    """A post in a forum. Raises TagsRefused where it wants a tag and none can be given: no digest could be brought."""
    name, topics = name_of(parcel.message), topics_of(parcel.message)
    tags = forum.tags_for(topics, name, parcel.series)
    if forum.needs_tag and not tags:
        raise TagsRefused(Cause.TAG_NEEDED)
    post: dict[str, Any] = {"name": name, "message": beside(parcel)}
    return {**post, "applied_tags": tags} if tags else post


def name_of(message: Message) -> str:
    """What the thread of a digest is called: its title, else how it begins. Discord shows no markup in it."""
    embed = _embed(message)
    said = str(embed.get("title") or str(embed.get("description", "")).partition("\n")[0])
    name = shorten(" ".join(read(said).split()), LONGEST_NAME)
    while len(name.encode("utf-8", "replace")) > WIDEST_NAME:
        name = shorten(name, len(name) - 1)
    return name or "…"


def topics_of(message: Message) -> list[str]:
    """The topics of a digest, as its footer lists them before the number of the part."""
    footer = _embed(message).get("footer", {}).get("text", "")
    return [topic for topic in footer.split(" · ") if topic and not _PART.fullmatch(topic)]


def _embed(message: Message) -> Mapping[str, Any]:
    embeds = message.get("embeds")
    return embeds[0] if embeds else {}


# --- What an answer says -----------------------------------------------------------------------------------------


def _message(receipt: Receipt) -> str:
    if not receipt.message.isdecimal():
        raise MessageLost(Cause.BAD_RECEIPT)
    return receipt.message


def _is_thread(thread: object) -> bool:
    return isinstance(thread, dict) and str(thread.get("id", "")).isdecimal()


def _marks(thread: Mapping[str, Any]) -> tuple[str, str, str]:
    """What tells a thread: where it is, who opened it, what it is called."""
    return str(thread.get("parent_id")), str(thread.get("owner_id")), " ".join(str(thread.get("name")).split())


def _id(answered: object) -> str:
    """The id in an answer; raises Doubt when the answer is not what it should be, for the message may be there."""
    number = answered.get("id") if isinstance(answered, dict) else None
    if not isinstance(number, str) or not number.isdecimal():
        raise Doubt(Cause.UNREADABLE)
    return number
