"""Looking at an account from outside: the real library before the simulated Telegram."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from telegram import Chat, ChatFullInfo, ChatMember, ChatMemberMember, ChatMemberRestricted, ChatPermissions, User

from adapters.platform import AccountDead, CourierError, NotSent
from adapters.telegram.inspection import Inspection, Seat, inspect, is_private, seat_of
from tests.platforms.telegram.faults import Fault
from tests.platforms.telegram.simulator import TOKEN, TelegramSimulator

BOT = User(id=7, first_name="Sudi", is_bot=True)


@pytest.fixture
async def simulator() -> AsyncIterator[TelegramSimulator]:
    """A Telegram; nothing that nobody may ask is asked of it."""
    async with TelegramSimulator() as running:
        yield running
        assert not running.violations


async def look(simulator: TelegramSimulator, *chats: int, patience: float = 15.0) -> Inspection:
    """Look at its bot."""
    return await inspect(simulator.token, api_url=simulator.url, chats=[str(chat) for chat in chats], patience=patience)


async def test_who_the_account_is_and_how_it_hears(simulator: TelegramSimulator) -> None:
    """The bot's name, its privacy, whether it may join groups, and what waits for it, are asked; no update is taken."""
    simulator.person(5).starts()
    seen = await look(simulator)
    assert (seen.name, seen.username, seen.joins_groups, seen.hears_all) == ("Sudi", "sudi_test_bot", True, False)
    assert (seen.hook.url, seen.hook.host, seen.hook.waiting) == ("", "", 1)
    assert not simulator.calls("getUpdates")


async def test_each_chat_is_asked_what_it_would_refuse(simulator: TelegramSimulator) -> None:
    """Of every group and channel it is found whether the account is there and may write."""
    lin = simulator.person(5)
    writes, gone, mute = (lin.creates_supergroup(name) for name in ("能写", "走了", "禁言"))
    posts, reads = lin.creates_channel("能发"), lin.creates_channel("只管理")
    for chat in (writes, gone, mute, posts):
        lin.adds_bot(chat)
    lin.adds_bot(reads, "can_invite_users")
    lin.removes_bot(gone)
    lin.restricts_bot(mute)
    seen = await look(simulator, *(chat.id for chat in (writes, gone, mute, posts, reads)), -1009999)
    found = [(place.title if place.seat is not Seat.ABSENT else "", place.seat) for place in seen.places]
    assert found == [
        ("能写", Seat.WRITES),
        ("", Seat.ABSENT),
        ("禁言", Seat.MUTE),
        ("能发", Seat.WRITES),
        ("只管理", Seat.MUTE),
        ("", Seat.ABSENT),
    ]


async def test_a_group_that_moved_is_no_fault(simulator: TelegramSimulator) -> None:
    """A group that became a supergroup is found by the next message; there is nothing to mend."""
    lin = simulator.person(5)
    group = lin.creates_group("旧群")
    lin.adds_bot(group)
    lin.upgrades(group)
    (place,) = (await look(simulator, group.id)).places
    assert place.seat is Seat.MOVED


async def test_a_chat_that_nobody_answers_for_hides_no_other(simulator: TelegramSimulator) -> None:
    """A chat about which the server is silent is not known in time; the others are."""
    lin = simulator.person(5)
    silent, odd, fine = (lin.creates_supergroup(name) for name in "一二三")
    for chat in (silent, odd, fine):
        lin.adds_bot(chat)
    simulator.fail(Fault.hang(), method="getChat", chat=silent.id)
    simulator.fail(Fault.wrong_types(), method="getChatMember", chat=odd.id)
    places = (await look(simulator, silent.id, odd.id, fine.id, patience=1.0)).places
    assert [place.seat for place in places] == [Seat.UNSEEN, Seat.UNSEEN, Seat.WRITES]


async def test_a_refused_token_and_an_absent_server_are_told_apart(simulator: TelegramSimulator) -> None:
    """A dead token is told as such, and a server that is not there with its host; neither text holds the token."""
    await simulator.refuse()
    with pytest.raises(NotSent) as unreachable:
        await look(simulator)
    assert "127.0.0.1" in str(unreachable.value)
    await simulator.listen()
    token = simulator.token
    simulator.revoke()
    with pytest.raises(AccountDead) as dead:
        await look(simulator)
    assert not any(token in repr(caught.getrepr(style="short")) for caught in (unreachable, dead))
    assert TOKEN.partition(":")[2] not in f"{unreachable.value!r}{dead.value!r}"


async def test_a_server_that_hangs_is_left_in_time(simulator: TelegramSimulator) -> None:
    """A server that takes the question and is silent is given up."""
    simulator.fail(Fault.hang(), method="getMe")
    with pytest.raises(CourierError, match="no-answer"):
        await look(simulator, patience=0.5)


def _group(*, may_send: bool | None) -> ChatFullInfo:
    permissions = None if may_send is None else ChatPermissions(can_send_messages=may_send)
    return ChatFullInfo(
        id=-1001,
        type=Chat.SUPERGROUP,
        accent_color_id=0,
        max_reaction_count=0,
        accepted_gift_types=None,  # type: ignore[arg-type] # nobody gives anything here
        permissions=permissions,
    )


@pytest.mark.parametrize(("may_send", "seat"), [(None, Seat.WRITES), (True, Seat.WRITES), (False, Seat.MUTE)])
def test_an_ordinary_member_may_what_everybody_may(may_send: bool | None, seat: Seat) -> None:
    """A group in which only administrators may write is mute for a bot that is none."""
    assert seat_of(_group(may_send=may_send), ChatMemberMember(user=BOT)) is seat


def test_who_left_restricted_is_absent() -> None:
    """A restricted member that is not in the chat is not in the chat."""
    rights = dict.fromkeys(ChatMemberRestricted.__slots__, True) | {"is_member": False, "until_date": None, "tag": None}
    left = ChatMemberRestricted(user=BOT, **rights)  # type: ignore[arg-type]
    assert left.status == ChatMember.RESTRICTED
    assert seat_of(_group(may_send=True), left) is Seat.ABSENT


def test_people_have_positive_ids() -> None:
    """A private chat's id is its person's; groups and channels have negative ones."""
    assert is_private("101")
    assert not is_private("-1001234")
