"""What the courier asks of Discord for each parcel, and what each answer means to whoever handed it over."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.discord.budget import Budget
from adapters.discord.courier import LONGEST_NAME, WIDEST_NAME, DiscordCourier, name_of, topics_of
from adapters.discord.dialect import LONGEST_BODY, MOST_BYTES
from adapters.discord.errors import Archived, Blocked
from adapters.discord.publishing import Publishing
from adapters.discord.request import DiscordHTTP
from adapters.discord.venues import Kind, Known, Tag, Venue, fitting, nothing_known, venue_in
from adapters.platform import (
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
    Platform,
    Poison,
    Receipt,
    Throttled,
    TooLarge,
)
from tests.adapters.bare_server import Asked, BareServer, hangs, http, serving

TOKEN = "MTE3MDAwMDAwMDAwMDAwMDAwMQ.GabcdE.abcdefghijklmnopqrstuvwxyz0123456789AB"  # noqa: S105 nobody's
ME = AccountId("1170000000000000001")
CHAT, THREAD, SERVER, ROLE = "500", "600", "400", "300"

MESSAGE: Message = {
    "embeds": [
        {
            "title": "AI 早报 \\#7 \\*深夜\\*",
            "url": "https://a.example/",
            "description": "**1\\.** [题](<https://a.example/?b=c&d>)\n𝐀",
            "color": 1,
            "footer": {"text": "模型 · 开源 · 1/2"},
        }
    ],
    "allowed_mentions": {"parse": []},
}
HERE = Address(platform=Platform.DISCORD, account=ME, chat=CHAT)
PARCEL = Parcel(address=HERE, message=MESSAGE, nonce="1a.1.0.abcdef01")
RECEIPT = Receipt(message="77")
ENFORCED = {"nonce": "1a.1.0.abcdef01", "enforce_nonce": True}

Answer = bytes | Callable[[Asked, asyncio.StreamWriter], Any]
"""What is said to one kind of request: bytes, or a script."""


def made(number: object = "77", **more: object) -> bytes:
    """A message or a thread, as it is answered."""
    return http(200, {"id": number, "channel_id": CHAT, **more})


def refused(status: int, code: int, **more: object) -> bytes:
    """A refusal, as it is answered."""
    return http(status, {"code": code, "message": "the words", **more})


def channel(kind: Kind, **more: object) -> bytes:
    """A channel, as it is told."""
    return http(200, {"id": CHAT, "type": int(kind), "guild_id": SERVER, "flags": 0, **more})


def forum(*names: str, flags: int = 0, guarded: Sequence[str] = ()) -> bytes:
    """A forum with tags of these names, numbered from 1."""
    tags = [
        {"id": str(number), "name": name, "moderated": name in guarded, "emoji_id": None, "emoji_name": None}
        for number, name in enumerate(names, start=1)
    ]
    return channel(Kind.FORUM, available_tags=tags, flags=flags)


@dataclass(slots=True, kw_only=True)
class Post:
    """A courier, the server that it speaks to, and what it is to say next to each request."""

    courier: DiscordCourier
    publishing: Publishing
    server: BareServer
    http: DiscordHTTP
    left: dict[str, list[Answer]] = field(default_factory=dict)

    @property
    def asked(self) -> list[tuple[str, Any]]:
        """What was asked: `METHOD /path` and the body."""
        return [(_line(asked), asked.json if asked.body else None) for asked in self.server.asked]

    @property
    def lines(self) -> list[str]:
        """What was asked, without the bodies."""
        return [line for line, _ in self.asked]


def _line(asked: Asked) -> str:
    return re.sub(r" HTTP/1\.1$", "", asked.line).replace("/api/v10", "")


@asynccontextmanager
async def post(
    said: Mapping[str, Answer | list[Answer]], *, known: Known = nothing_known, total: float = 5.0
) -> AsyncIterator[Post]:
    """A courier whose server says this to each kind of request, one after the other, the last for ever."""
    left = {line: list(answer) if isinstance(answer, list) else [answer] for line, answer in said.items()}
    left.setdefault(f"GET /channels/{CHAT}", [channel(Kind.TEXT)])

    async def script(asked: Asked, writer: asyncio.StreamWriter) -> None:
        answers = left[_line(asked)]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, bytes):
            writer.write(answer)
            await writer.drain()
        else:
            await answer(asked, writer)

    clock = asyncio.get_running_loop().time
    async with (
        serving(script) as server,
        DiscordHTTP(TOKEN, budget=Budget(clock), api_url=f"{server.url}/api/v10", total=total) as requests,
    ):
        publishing = Publishing(requests, clock=clock, random=lambda: 0.5)
        courier = DiscordCourier(requests, me=ME, publishing=publishing, known=known)
        yield Post(courier=courier, publishing=publishing, server=server, http=requests, left=left)


SEND = f"POST /channels/{CHAT}/messages"
OPEN = f"POST /channels/{CHAT}/threads"
LOOK = f"GET /guilds/{SERVER}/threads/active"
LEARN = f"GET /channels/{CHAT}"


def in_thread(thread: str = THREAD) -> str:
    """Where a message to a thread is posted."""
    return f"POST /channels/{thread}/messages"


# --- What is asked for -------------------------------------------------------------------------------------------


async def test_what_is_previewed_is_what_is_sent() -> None:
    """A message leaves as the dialect spelled it, to the last key, and beside it is nothing but its nonce."""
    async with post({SEND: made()}) as office:
        assert await office.courier.send(PARCEL) == RECEIPT
    assert office.asked == [(LEARN, None), (SEND, {**MESSAGE, **ENFORCED})]


@pytest.mark.parametrize(
    ("parcel", "beside"),
    [
        (replace(PARCEL, silent=True), {"flags": 4096}),
        (
            replace(PARCEL, mention=ROLE),
            {"content": "<@&300>", "allowed_mentions": {"parse": [], "roles": [ROLE]}},
        ),
        (
            replace(PARCEL, mention=ROLE, message={**MESSAGE, "content": "x"}),
            {"content": "<@&300>\nx", "allowed_mentions": {"parse": [], "roles": [ROLE]}},
        ),
        (replace(PARCEL, reply_to=RECEIPT), {}),
    ],
    ids=["silent", "mention", "mention-and-words", "reply"],
)
async def test_what_belongs_to_the_address(parcel: Parcel, beside: dict[str, Any]) -> None:
    """Silence and exactly the one role stand beside the message where they are asked for; nothing answers a message."""
    async with post({SEND: made()}) as office:
        assert await office.courier.send(parcel) == RECEIPT
    assert office.asked[-1] == (SEND, {**MESSAGE, **ENFORCED, **beside})


async def test_a_long_name_makes_a_nonce() -> None:
    """A message whose name is longer than a nonce may be is known by a shorter one, the same each time."""
    async with post({SEND: made()}) as office:
        for name in ("x" * 26, "x" * 26, "x" * 27, "x" * 25):
            await office.courier.send(replace(PARCEL, nonce=name))
    first, again, other, kept = (body["nonce"] for line, body in office.asked if line == SEND)
    assert first == again
    assert len({first, other, kept}) == 3
    assert (len(first), kept) == (25, "x" * 25)


async def test_a_channel_is_asked_about_once() -> None:
    """What a channel is, is asked once; not at all where the gateway knows it, and anew after a refusal."""
    async with post({SEND: [made(), made("78"), refused(400, 50_008), made("79")]}) as office:
        await office.courier.send(PARCEL)
        await office.courier.send(PARCEL)
        assert office.lines.count(LEARN) == 1
        with pytest.raises(Forbidden):
            await office.courier.send(PARCEL)
        await office.courier.send(PARCEL)
        assert office.lines.count(LEARN) == 2
    async with post({SEND: made()}, known=lambda chat: Venue(kind=Kind.TEXT, server=chat)) as office:
        await office.courier.send(PARCEL)
    assert office.lines == [SEND]


async def test_a_forum_is_asked_about_each_time() -> None:
    """While nobody tells what becomes of a forum's tags, it is asked for each digest which it has now."""
    async with post({LEARN: [forum("a", flags=16), forum("b", "c", flags=16)], OPEN: made("900")}) as office:
        for name in ("1", "2"):
            await office.courier.send(replace(PARCEL, nonce=name))
    assert office.lines == [LEARN, OPEN, LEARN, OPEN]


async def test_a_thread_is_written_to_itself() -> None:
    """A thread that is subscribed gets its messages under its own id, and the receipt names it."""
    parcel = replace(PARCEL, address=replace(HERE, thread=THREAD))
    async with post({in_thread(): made()}) as office:
        assert await office.courier.send(parcel) == Receipt(message="77", thread=THREAD)
    assert office.lines == [in_thread()]


@pytest.mark.parametrize(
    ("address", "receipt", "where"),
    [
        (HERE, RECEIPT, CHAT),
        (replace(HERE, thread=THREAD), replace(RECEIPT, thread=THREAD), THREAD),
        (HERE, Receipt(message="77", thread="76"), "76"),
    ],
    ids=["channel", "thread", "forum"],
)
async def test_what_stands_is_changed_where_it_stands(address: Address, receipt: Receipt, where: str) -> None:
    """An edit brings the whole message and calls nobody; it and a deletion go where the message stands."""
    line = f"/channels/{where}/messages/77"
    parcel = replace(PARCEL, address=address, mention=ROLE, silent=True)
    async with post({f"PATCH {line}": made(), f"DELETE {line}": http(204, "")}) as office:
        assert await office.courier.edit(parcel, receipt) == receipt
        await office.courier.delete(address, receipt)
    assert office.asked == [(f"PATCH {line}", {"components": [], **MESSAGE}), (f"DELETE {line}", None)]


# --- Forums ------------------------------------------------------------------------------------------------------


async def test_a_digest_opens_a_thread_in_a_forum() -> None:
    """In a forum a digest opens a thread under its title with the tags of its topics; its later parts stand inside."""
    answered = made("900", message={"id": "900"})
    async with post({LEARN: forum("AI", "开源", "模型"), OPEN: answered, in_thread("900"): made("901")}) as office:
        first = await office.courier.send(replace(PARCEL, mention=ROLE, silent=True))
        assert first == Receipt(message="900", thread="900")
        second = await office.courier.send(replace(PARCEL, reply_to=first))
        assert second == Receipt(message="901", thread="900")
    called = {"content": "<@&300>", "allowed_mentions": {"parse": [], "roles": [ROLE]}, "flags": 4096}
    body = {"name": "AI 早报 #7 *深夜*", "message": {**MESSAGE, **called}, "applied_tags": ["3", "2"]}
    assert office.asked[1:] == [(OPEN, body), (in_thread("900"), {**MESSAGE, **ENFORCED})]


async def test_a_forum_without_a_tag_that_fits() -> None:
    """Where no tag fits none is given, or the first one where the forum asks for one; else nothing leaves."""
    async with post({LEARN: forum("体育", "开源", guarded=["开源"]), OPEN: made("900")}) as office:
        await office.courier.send(PARCEL)
    assert "applied_tags" not in office.asked[-1][1]
    async with post({LEARN: forum("开源", "体育", "财经", flags=16, guarded=["开源"]), OPEN: made("900")}) as office:
        await office.courier.send(PARCEL)
    assert office.asked[-1][1]["applied_tags"] == ["2"]
    async with post({LEARN: forum(flags=16)}) as office:
        with pytest.raises(Forbidden, match="tag-needed"):
            await office.courier.send(PARCEL)
    assert office.lines == [LEARN]


async def test_the_series_of_a_digest_is_a_tag_as_well() -> None:
    """A breaking item has no topics: in a forum it has the tag that is called as its series is, in any language."""
    push = {"embeds": [{"title": "快讯", "description": "x"}]}
    async with post({LEARN: forum("AI", "突发", flags=16), OPEN: made("900")}) as office:
        await office.courier.send(replace(PARCEL, message=push, series=("breaking", "突发", "Breaking")))
    assert office.asked[-1][1]["applied_tags"] == ["2"]


REFUSED = refused(404, 10_087)


@pytest.mark.parametrize(
    ("tags", "said", "lines"),
    [
        ("x", {OPEN: [REFUSED, made("900")]}, [OPEN, LEARN, OPEN]),
        ("x", {OPEN: [refused(400, 40_067), made("900")]}, [OPEN, LEARN, OPEN]),
        ("", {OPEN: made("900")}, [LEARN, OPEN]),
    ],
    ids=["gone", "needed", "none"],
)
async def test_a_forum_whose_tags_have_changed(
    tags: str, said: dict[str, Answer | list[Answer]], lines: list[str]
) -> None:
    """Where the tags are others than those that were told, Discord is asked once, and the post is brought."""
    known = Venue(kind=Kind.FORUM, tags=tuple(Tag(id="9", name=tag) for tag in tags), needs_tag=True, moderates=False)
    async with post({LEARN: forum("y", "z", flags=1 << 4, guarded="y"), **said}, known=lambda _: known) as office:
        assert (await office.courier.send(PARCEL)).message == "900"
    assert office.lines == lines
    assert office.asked[-1][1]["applied_tags"] == ["2"]


@pytest.mark.parametrize("known", [Venue(kind=Kind.FORUM), None], ids=["told", "asked"])
async def test_a_forum_that_refuses_all_tags(known: Venue | None) -> None:
    """A forum that refuses the tags that it says it has is not asked again and again."""
    async with post({LEARN: forum(), OPEN: REFUSED}, known=lambda _: known) as office:
        with pytest.raises(Forbidden):
            await office.courier.send(PARCEL)
    assert office.lines == ([LEARN, OPEN] if known is None else [OPEN, LEARN, OPEN])


@pytest.mark.parametrize(
    ("tags", "topics", "title", "found"),
    [
        ("模型 开源", ["开源", "模型"], "x", ["2", "1"]),
        ("a b c d e f g", list("gfedcba"), "x", ["7", "6", "5", "4", "3"]),
        ("News", ["news "], "x", ["1"]),
        ("早报 AI", ["x"], "AI 早报 7", ["1", "2"]),
        ("AI", ["x"], "AIR 7", []),
        ("早报", ["早报", "早报"], "早报", ["1"]),
        ("早报 早报", ["早报"], "x", ["1"]),
        ("", ["x"], "x", []),
        ("日报 开源", ["开源"], "日报", ["2"]),
        ("日报 早报", ["x"], "早报", ["2"]),
        ("早报 DAILY 日报", ["x"], "x", ["3", "2"]),
    ],
)
def test_tags_that_fit(tags: str, topics: list[str], title: str, found: list[str]) -> None:
    """Tags are those called as a topic is; else those that the title names; else as the series is; five at most."""
    known = tuple(Tag(id=str(number), name=name) for number, name in enumerate(tags.split(), start=1))
    assert fitting(known, topics, title, ("日报", "Daily")) == found


@pytest.mark.parametrize(
    ("guarded", "needs_tag", "moderates", "found"),
    [
        ("", False, False, []),
        ("", True, False, ["1"]),
        ("a", True, False, ["2"]),
        ("a", True, True, ["2"]),
        ("a b c", True, False, []),
        ("a b c", True, True, ["1"]),
        ("a b c", True, None, ["1"]),
        ("a b c", False, True, []),
    ],
)
def test_tags_where_none_fits(guarded: str, needs_tag: bool, moderates: bool | None, found: list[str]) -> None:
    """A forum that needs a tag gets its first that anybody may give; a guarded one only where the account may."""
    tags = tuple(Tag(id=str(number), name=name, guarded=name in guarded) for number, name in enumerate("abc", start=1))
    known = Venue(kind=Kind.FORUM, tags=tags, needs_tag=needs_tag, moderates=moderates)
    assert known.tags_for(["x"], "x", ["x"]) == found
    assert known.takes_posts == (bool(found) or not needs_tag)


@pytest.mark.parametrize(("moderates", "found"), [(False, ["1"]), (None, ["1"]), (True, ["2"])])
def test_a_guarded_tag_that_fits(moderates: bool | None, found: list[str]) -> None:
    """A guarded tag is given to what it fits only where the account is known to moderate."""
    tags = (Tag(id="1", name="x"), Tag(id="2", name="AI", guarded=True))
    known = Venue(kind=Kind.FORUM, tags=tags, needs_tag=True, moderates=moderates)
    assert known.tags_for(["AI"], "y", []) == found


@pytest.mark.parametrize(
    ("embed", "name", "topics"),
    [
        ({"title": "a\\_b \\[x\\] \\\\", "footer": {"text": "1/2"}}, "a_b [x] \\", []),
        ({"description": "first\nsecond", "footer": {"text": "t · u"}}, "first", ["t", "u"]),
        ({"title": "x\n  y"}, "x y", []),
        ({"description": "**机房 \\*恢复\\* & <b>**"}, "机房 *恢复* & <b>", []),
        ({"description": "## [**题**](<https://a.example/?a=b&c>) _x_ `y` 1\\. < 2"}, "题 x y 1. < 2", []),
        ({}, "…", []),
    ],
)
def test_what_a_thread_is_called(embed: dict[str, Any], name: str, topics: list[str]) -> None:
    """A thread is called as its digest, without markup; topics are what its footer lists."""
    assert name_of({"embeds": [embed]}) == name
    assert topics_of({"embeds": [embed]}) == topics


@pytest.mark.parametrize("letter", ["x", "题", "😀"])
def test_a_long_name(letter: str) -> None:
    """A long title is cut to what a thread's name and its share of the body may hold."""
    name = name_of({"embeds": [{"title": letter * 300}]})
    assert name.endswith("…")
    assert len(name) <= LONGEST_NAME
    assert WIDEST_NAME - 8 < len(name.encode()) <= WIDEST_NAME or len(name) == LONGEST_NAME


async def test_everything_fits_into_the_largest_body() -> None:
    """The largest message of the dialect fits with all that can stand beside it, in a channel and in a forum."""
    embed = {"title": "题" * 256, "description": "", "footer": {"text": "模型"}}
    message: dict[str, Any] = {"embeds": [embed], "allowed_mentions": {"parse": []}}
    room = MOST_BYTES - len(json.dumps(message, ensure_ascii=False).encode())
    embed["description"] = "字" * (room // 3) + "x" * (room % 3)
    ids = [str(10**19 + number) for number in range(5)]
    known = Venue(
        kind=Kind.FORUM,
        server=SERVER,
        tags=tuple(Tag(id=number, name=f"题{'题' * at}") for at, number in enumerate(ids)),
    )
    parcel = replace(PARCEL, message=message, mention=ids[0], silent=True, nonce="n" * 25)
    async with post({OPEN: made("900"), SEND: made()}, known=lambda _: known) as office:
        await office.courier.send(parcel)
        body = office.asked[-1][1]
        assert (len(body["applied_tags"]), len(body["name"])) == (5, 80)
        office.courier._known = lambda _: Venue(kind=Kind.TEXT)  # the same, in a channel
        await office.courier.send(parcel)
    assert all(MOST_BYTES < len(asked.body) <= LONGEST_BODY for asked in office.server.asked)


async def test_what_is_larger_than_discord_takes_never_leaves() -> None:
    """A body that Discord would answer with 500 for ever is too large, and does not leave."""
    parcel = replace(PARCEL, message={"embeds": [{"description": "字" * 3_400}]})
    async with post({SEND: made()}) as office:
        with pytest.raises(TooLarge):
            await office.courier.send(parcel)
    assert office.lines == [LEARN]


async def test_the_thread_is_called_as_the_digest_is_now() -> None:
    """A correction of the title renames the thread, once; that it cannot be renamed is logged, and no failure."""
    line, receipt = "/channels/900/messages/900", Receipt(message="900", thread="900")
    rename, name = "PATCH /channels/900", "AI 早报 #7 *深夜*"
    said: dict[str, Answer | list[Answer]] = {
        f"PATCH {line}": made("900"),
        "GET /channels/900": [made("900", name="old"), made("900", name=name), made("900", name="old"), http(502, "x")],
        rename: [made("900"), refused(403, 50_013)],
    }
    async with post(said) as office:
        with capture_logs() as logs:
            for _ in range(4):
                assert await office.courier.edit(PARCEL, receipt) == receipt
    assert [body for asked, body in office.asked if asked == rename] == [{"name": name}] * 2
    assert [entry["event"] for entry in logs] == ["discord.thread_not_renamed"] * 2


# --- A post in doubt ---------------------------------------------------------------------------------------------

DOUBTED = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def id_at(moment: datetime, seconds: float = 0) -> str:
    """An id that Discord gives so many seconds after a moment."""
    return str((int((moment.timestamp() + seconds) * 1000) - 1_420_070_400_000) << 22)


def active(*threads: Mapping[str, object]) -> bytes:
    """The threads of a server that are not archived; what is not said is as a digest's thread has it."""
    usual = {"owner_id": ME, "parent_id": CHAT, "name": "AI 早报 #7 *深夜*"}
    return http(200, {"threads": [{**usual, **thread} for thread in threads], "members": []})


@pytest.mark.parametrize("off", [-300, 1, 300])
async def test_a_post_in_doubt_is_found(off: float) -> None:
    """A thread that was opened although its answer was lost is found, and not opened again, by clocks that differ too.

    Of several that are called so it is the youngest.
    """
    there = id_at(DOUBTED, off)
    async with post({LEARN: forum(), LOOK: active({"id": id_at(DOUBTED, off - 5)}, {"id": there})}) as office:
        receipt = await office.courier.send(replace(PARCEL, doubted_at=DOUBTED))
    assert receipt == Receipt(message=there, thread=there)
    assert OPEN not in office.lines


@pytest.mark.parametrize("ahead", [-3600, 0, 3600])
async def test_a_post_in_doubt_is_found_by_discords_clock(ahead: float) -> None:
    """Where Discord says what time it is, ours may be any; a post that is older by that clock is not the one."""
    there, doubted = id_at(DOUBTED, 1), DOUBTED + timedelta(seconds=ahead)
    for late, answer in ((60, there), (1800, "900")):
        date = format_datetime(DOUBTED + timedelta(seconds=late), usegmt=True)
        look = active({"id": there}).replace(b"\r\n\r\n", f"\r\nDate: {date}\r\n\r\n".encode(), 1)
        async with post({LEARN: forum(), LOOK: look, OPEN: made("900")}) as office:
            receipt = await office.courier.send(replace(PARCEL, doubted_at=doubted))
        assert receipt.message == answer


@pytest.mark.parametrize("date", ["", "yesterday", "Sun, 22 Nov 2026 18:00:00 -0000"])
async def test_a_post_in_doubt_is_found_where_no_clock_is_told(date: str) -> None:
    """An answer that does not say what time it is, or says what cannot be read, leaves it to our own clock."""
    there = id_at(DOUBTED, 1)
    look = active({"id": there}).replace(b"\r\n\r\n", f"\r\nDate: {date}\r\n\r\n".encode(), 1)
    async with post({LEARN: forum(), LOOK: look}) as office:
        assert (await office.courier.send(replace(PARCEL, doubted_at=DOUBTED))).message == there


@pytest.mark.parametrize(
    "other",
    [
        {"id": id_at(DOUBTED, -900)},
        {"id": id_at(DOUBTED, 1), "name": "AI 早报 #8"},
        {"id": id_at(DOUBTED, 1), "owner_id": "5"},
        {"id": id_at(DOUBTED, 1), "parent_id": "5"},
        {"id": None},
    ],
    ids=["older", "named-otherwise", "somebody-elses", "elsewhere", "odd"],
)
async def test_a_post_in_doubt_is_not_taken_for_another(other: Mapping[str, object]) -> None:
    """A thread that is older, named otherwise, somebody else's or elsewhere is not the one: it is opened."""
    async with post({LEARN: forum(), LOOK: active(other), OPEN: made("900")}) as office:
        assert (await office.courier.send(replace(PARCEL, doubted_at=DOUBTED))).message == "900"
    assert office.lines == [LEARN, LOOK, OPEN]


@pytest.mark.parametrize(
    "answer", [http(502, "x"), http(200, []), http(200, {"threads": 7}), refused(403, 50_001), refused(404, 10_004)]
)
async def test_a_post_that_cannot_be_looked_for_stays_in_doubt(answer: bytes) -> None:
    """While nobody can say whether it is there, it stays in doubt, and is not opened again."""
    async with post({LEARN: forum(), LOOK: answer}) as office:
        with pytest.raises(Doubt):
            await office.courier.send(replace(PARCEL, doubted_at=DOUBTED))
    assert OPEN not in office.lines


async def test_a_message_in_doubt_is_sent_under_the_same_nonce() -> None:
    """In a channel a message in doubt is sent again as it was: its nonce brings back the one that is there."""
    async with post({SEND: made()}) as office:
        assert await office.courier.send(replace(PARCEL, doubted_at=DOUBTED)) == RECEIPT
    assert office.asked[-1] == (SEND, {**MESSAGE, **ENFORCED})


# --- Threads that sleep ------------------------------------------------------------------------------------------

WAKE = f"PATCH /channels/{THREAD}"
IN_THREAD = replace(PARCEL, address=replace(HERE, thread=THREAD))


async def test_a_thread_that_sleeps_is_woken_once() -> None:
    """An archived thread is opened again, and the message brought; one that stays archived refuses."""
    said: dict[str, Answer | list[Answer]] = {WAKE: made(THREAD)}
    async with post({**said, in_thread(): [refused(400, 50_083), made()]}) as office:
        assert (await office.courier.send(IN_THREAD)).message == "77"
    assert office.asked[1] == (WAKE, {"archived": False})
    assert office.lines == [in_thread(), WAKE, in_thread()]
    async with post({**said, in_thread(): refused(400, 50_083)}) as office:
        with pytest.raises(Archived):
            await office.courier.send(IN_THREAD)
    assert office.lines == [in_thread(), WAKE, in_thread()]


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        (refused(403, 160_005), Forbidden),
        (refused(403, 50_013), Forbidden),
        (http(502, "x"), NotSent),
        (refused(429, 0, retry_after=3), Throttled),
    ],
    ids=["locked", "no-right", "5xx", "429"],
)
async def test_a_thread_that_cannot_be_woken(answer: bytes, meaning: type[CourierError]) -> None:
    """Where a thread stays asleep the message has certainly not been brought."""
    async with post({in_thread(): refused(400, 50_083), WAKE: answer}) as office:
        with pytest.raises(CourierError) as caught:
            await office.courier.send(IN_THREAD)
    assert isinstance(caught.value, meaning)
    assert office.lines == [in_thread(), WAKE]


async def test_what_stands_in_a_thread_that_sleeps_is_changed() -> None:
    """A correction wakes the thread as well, and so does taking a part back, which lets it sleep again."""
    line, receipt = "/channels/900/messages/900", Receipt(message="900", thread="900")
    asleep = refused(400, 50_083)
    said: dict[str, Answer | list[Answer]] = {
        f"PATCH {line}": [asleep, made("900")],
        "DELETE /channels/900/messages/901": [asleep, http(204, "")],
        f"DELETE {line}": http(204, ""),
        "DELETE /channels/900": refused(403, 50_013),
        "PATCH /channels/900": made("900"),
        "GET /channels/900": made("900", name="AI 早报 #7 *深夜*", message_count=0),
    }
    async with post(said) as office:
        assert await office.courier.edit(PARCEL, receipt) == receipt
        await office.courier.delete(HERE, replace(receipt, message="901"))
        await office.courier.delete(HERE, receipt)
    changed = [body for line, body in office.asked if line == "PATCH /channels/900"]
    assert changed == [{"archived": False}, {"archived": False}, {"archived": True}, {"archived": True}]


FIRST = Receipt(message="900", thread="900")
COUNT, CLOSE, TAKE_THREAD = (f"{method} /channels/900" for method in ("GET", "PATCH", "DELETE"))
TAKE = "DELETE /channels/900/messages/900"


def thread_with(count: object = 0) -> bytes:
    """The thread of a digest in which so many messages stand beside its first."""
    return made("900", message_count=count)


@pytest.mark.parametrize(
    ("moderates", "said", "lines"),
    [
        (True, {TAKE_THREAD: made("900")}, [COUNT, TAKE_THREAD]),
        (None, {TAKE_THREAD: made("900")}, [COUNT, TAKE_THREAD]),
        (True, {TAKE_THREAD: refused(404, 10_003)}, [COUNT, TAKE_THREAD]),
        (True, {COUNT: refused(404, 10_003)}, [COUNT]),
        (
            True,
            {TAKE_THREAD: refused(403, 50_013), TAKE: http(204, ""), CLOSE: made("900")},
            [COUNT, TAKE_THREAD, TAKE, CLOSE],
        ),
        (False, {TAKE: http(204, ""), CLOSE: made("900")}, [COUNT, TAKE, CLOSE]),
        (False, {TAKE: refused(404, 10_008), CLOSE: refused(400, 50_083)}, [COUNT, TAKE, CLOSE]),
        (False, {TAKE: refused(404, 10_003)}, [COUNT, TAKE]),
        (False, {TAKE: http(204, ""), CLOSE: http(502, "x")}, [COUNT, TAKE, CLOSE]),
    ],
    ids=["may", "may-perhaps", "gone", "gone-before", "may-not-any-more", "may-not", "done", "thread-gone", "open"],
)
async def test_taking_back_the_thread_of_a_digest(
    moderates: bool | None, said: dict[str, Answer], lines: list[str]
) -> None:
    """With its first message an empty thread is deleted where the account may, else it is archived, if that works."""
    known = Venue(kind=Kind.FORUM, moderates=moderates)
    async with post({COUNT: thread_with(), **said}, known=lambda _: known) as office:
        await office.courier.delete(HERE, FIRST)
    assert office.lines == lines


@pytest.mark.parametrize("moderates", [True, False, None])
@pytest.mark.parametrize("count", [1, 700, None, "0"])
async def test_what_readers_wrote_below_a_digest_stays(moderates: bool | None, count: object) -> None:
    """A thread in which anything else stands, or nobody says so, is left as it is: only what is ours is taken back."""
    known = Venue(kind=Kind.FORUM, moderates=moderates)
    for done in (http(204, ""), refused(404, 10_008)):
        async with post({COUNT: thread_with(count), TAKE: done}, known=lambda _: known) as office:
            await office.courier.delete(HERE, FIRST)
        assert office.lines == [COUNT, TAKE]


BUSY = http(429, {"retry_after": 2, "code": 0}, "Via: 1.1 x")


@pytest.mark.parametrize(
    ("count", "taken", "error", "lines"),
    [
        (thread_with(), http(502, "x"), Doubt, [COUNT, TAKE_THREAD]),
        (thread_with(), BUSY, Throttled, [COUNT, TAKE_THREAD]),
        (http(502, "x"), BUSY, NotSent, [COUNT]),
        (BUSY, BUSY, Throttled, [COUNT]),
    ],
    ids=["in-doubt", "waits", "not-counted", "not-counted-yet"],
)
async def test_a_thread_that_may_not_be_gone_yet(
    count: bytes, taken: bytes, error: type[CourierError], lines: list[str]
) -> None:
    """Whether a thread was deleted may be in doubt, or it has to wait: that is tried again, and nothing else is."""
    known = Venue(kind=Kind.FORUM, moderates=True)
    async with post({COUNT: count, TAKE_THREAD: taken}, known=lambda _: known) as office:
        with pytest.raises(error):
            await office.courier.delete(HERE, FIRST)
    assert office.lines == lines


async def test_a_thread_that_is_subscribed_itself_stays() -> None:
    """Where somebody subscribed the thread of a digest, what is brought there is taken back, and the thread stays."""
    async with post({TAKE: http(204, "")}) as office:
        await office.courier.delete(replace(HERE, thread="900"), FIRST)
    assert office.lines == [TAKE]


# --- What refusals mean ------------------------------------------------------------------------------------------


async def test_a_channel_that_is_gone() -> None:
    """A channel that is gone is lost, and so is a subscribed thread: its messages never go to the channel instead."""
    gone = refused(404, 10_003)
    async with post({LEARN: gone, in_thread(): gone}) as office:
        for parcel in (PARCEL, IN_THREAD):
            with pytest.raises(ChatLost):
                await office.courier.send(parcel)
    assert office.lines == [LEARN, in_thread()]


async def test_the_thread_of_a_digest_that_is_gone() -> None:
    """When somebody deleted a digest's thread its parts are gone, the forum is not; taking them back has succeeded."""
    receipt, gone = Receipt(message="900", thread="900"), refused(404, 10_003)
    line = "/channels/900/messages/900"
    async with post({in_thread("900"): gone, f"PATCH {line}": gone, COUNT: gone}) as office:
        with pytest.raises(MessageLost):
            await office.courier.send(replace(PARCEL, reply_to=receipt))
        with pytest.raises(MessageLost):
            await office.courier.edit(PARCEL, receipt)
        await office.courier.delete(HERE, receipt)


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        (refused(404, 10_008), MessageLost),
        (refused(403, 50_001), Forbidden),
        (refused(400, 200_000), Blocked),
        (refused(400, 50_035), Poison),
        (http(500, "x"), Doubt),
        (hangs(), Doubt),
        (made(7), Doubt),
        (made("x"), Doubt),
        (http(200, []), Doubt),
        (http(204, ""), Doubt),
        (http(429, {"retry_after": 2, "message": "x", "code": 0}, "Via: 1.1 x"), Throttled),
    ],
    ids=["nonce-of-a-deleted", "no-sight", "automod", "wrong", "5xx", "hang", "number", "word", "list", "204", "429"],
)
async def test_what_an_answer_means(answer: Answer, meaning: type[CourierError]) -> None:
    """A refusal is what its code says; an answer that names no message leaves a doubt; nothing is tried twice."""
    async with post({SEND: answer}, total=1.5) as office:
        with pytest.raises(CourierError) as caught:
            await office.courier.send(PARCEL)
    assert isinstance(caught.value, meaning)
    assert office.lines == [LEARN, SEND]
    assert TOKEN not in repr(caught.value)


async def test_a_look_that_fails_brings_no_doubt() -> None:
    """When it cannot be found out what a channel is, nothing has been sent."""
    async with post({LEARN: http(502, "x")}) as office:
        with pytest.raises(NotSent):
            await office.courier.send(PARCEL)
    assert office.lines == [LEARN]


async def test_edits_and_deletions_that_fail() -> None:
    """A message that is gone cannot be edited, and need not be deleted; another one answered leaves a doubt."""
    line, gone = f"/channels/{CHAT}/messages/77", refused(404, 10_008)
    async with post({f"PATCH {line}": [gone, made("78")], f"DELETE {line}": [gone, refused(403, 50_013)]}) as office:
        with pytest.raises(MessageLost):
            await office.courier.edit(PARCEL, RECEIPT)
        with pytest.raises(Doubt):
            await office.courier.edit(PARCEL, RECEIPT)
        await office.courier.delete(HERE, RECEIPT)
        with pytest.raises(Forbidden):
            await office.courier.delete(HERE, RECEIPT)
    async with post({}) as office:
        for receipt in (Receipt(message=""), Receipt(message="x/y")):
            with pytest.raises(MessageLost):
                await office.courier.edit(PARCEL, receipt)
            with pytest.raises(MessageLost):
                await office.courier.delete(HERE, receipt)
    assert office.lines == []


async def test_a_cancelled_send_is_cancelled() -> None:
    """Whoever gives up a send is not told that it failed."""
    arrived = asyncio.Event()

    async def keeps(_asked: Asked, _writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await asyncio.Event().wait()

    async with post({SEND: keeps}) as office:
        sending = asyncio.create_task(office.courier.send(PARCEL))
        await arrived.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending


async def test_waking_a_thread_is_logged() -> None:
    """That a thread was opened again stands in the log."""
    async with post({in_thread(): [refused(400, 50_083), made()], WAKE: made(THREAD)}) as office:
        with capture_logs() as logs:
            await office.courier.send(IN_THREAD)
    assert [(line["event"], line["thread"]) for line in logs] == [("discord.thread_woken", THREAD)]


# --- What is known of a channel ----------------------------------------------------------------------------------


def test_what_is_odd_about_a_channel_is_left_out() -> None:
    """A channel whose JSON is of wrong types is an ordinary one without tags."""
    assert venue_in({"type": "x", "flags": "16", "available_tags": 7, "guild_id": None}) == Venue(kind=Kind.TEXT)
    odd = venue_in({"type": 15, "guild_id": "4", "flags": 17, "available_tags": [7, {}, {"id": "1", "name": None}]})
    assert (odd.is_forum, odd.needs_tag, [tag.id for tag in odd.tags], odd.server) == (True, True, ["1"], "4")
