"""What stands below a message on Discord of which more is known than it shows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from adapters.discord.dialect import MOST_BYTES, DiscordDialect
from adapters.discord.hearing import Pressed, hear
from adapters.discord.speaking import pages_of
from adapters.platform import Button, Message, Reply
from adapters.pressing import wish_in
from digest.compose import Document, Passage
from digest.richtext import Text
from tests.adapters.discord.interactions import COMMANDS, ME, press
from tests.adapters.spelled import message_of, messages_of
from tests.documents import WORDS, paragraph, text
from tests.witnesses.discord_api import discord_api

DIALECT = DiscordDialect()
NAME = "0123456789ab"
SEND = "POST", "/channels/{channel_id}/messages"
SHOWN = Passage(number=1, title=text("甲"), url="https://a.example/1", body=(paragraph("体"),))
"""A story that hides nothing."""


def hiding(place: int, *, number: int | None = None, title: str = "", url: str = "https://a.example/0") -> Passage:
    """A story whose body is not shown."""
    return Passage(number=number, title=text(title) if title else (), url=url, hides=place)


def headlines(count: int, title: str = "题", first: int = 1) -> tuple[Passage, ...]:
    """So many stories by their titles alone."""
    return tuple(hiding(place, number=place + first, title=title) for place in range(count))


def below(message: Message) -> list[dict[str, Any]]:
    """What stands below a message, from left to right and row by row."""
    return [part for row in message.get("components", []) for part in row["components"]]


def opened(message: Message) -> Iterator[str]:
    """What all that stands below a message asks, in order: as it is heard when somebody presses or chooses it."""
    for part in below(message):
        for values in [[option["value"]] for option in part["options"]] if "options" in part else [[]]:
            heard = hear(press(part["custom_id"], *values, below=below(message)), ME, COMMANDS)
            assert isinstance(heard, Pressed)
            assert heard.genuine
            wish = wish_in(heard.data)
            assert wish is not None
            assert (wish.in_place, wish.page) == (False, 0)
            yield wish.words


def labels(*passages: Passage, **head: Any) -> list[list[str]]:
    """The labels of each menu below the one message of these passages."""
    message = message_of(DIALECT, *passages, **{"name": NAME, "title": "报", **head})
    return [[option["label"] for option in part["options"]] for part in below(message)]


def test_a_menu_opens_each_story() -> None:
    """Below headlines stands a menu of numbers and titles; a choice says the digest and the story's place."""
    stories = (hiding(0, number=1, title="甲"), SHOWN, hiding(2, number=3, title="丙"))
    message = message_of(DIALECT, *stories, name=NAME, title="报")
    assert message["components"] == [
        {
            "type": 1,
            "components": [
                {
                    "type": 3,
                    "custom_id": f"0:/story {NAME}",
                    "placeholder": "展开一条…",
                    "options": [{"label": "1. 甲", "value": "0"}, {"label": "3. 丙", "value": "2"}],
                }
            ],
        }
    ]
    assert list(opened(message)) == [f"/story {NAME} 0", f"/story {NAME} 2"]


def test_nothing_stands_below() -> None:
    """Below a message that hides nothing, or whose digest cannot be asked for, nothing stands."""
    assert "components" not in message_of(DIALECT, SHOWN, name=NAME, title="报")
    assert "components" not in message_of(DIALECT, *headlines(3), name="", title="报")


@pytest.mark.parametrize(
    ("passages", "label"),
    [
        ((hiding(0, title="甲"),), "展开全文"),
        ((SHOWN, hiding(1, number=2, title="乙")), "展开全文 · 2. 乙"),
        ((SHOWN, hiding(1, number=2, title="字" * 99)), f"展开全文 · 2. {'字' * 69}…"),
    ],
)
def test_a_single_story_has_a_button(passages: tuple[Passage, ...], label: str) -> None:
    """One story needs no menu, in which nobody could choose it twice: a button names it where others are told."""
    message = message_of(DIALECT, *passages, name=NAME, title="报")
    [part] = below(message)
    assert (part["type"], part["label"]) == (2, label)
    assert list(opened(message)) == [f"/story {NAME} {len(passages) - 1}"]


@pytest.mark.parametrize(
    ("count", "sizes", "names"),
    [
        (25, [25], ["展开一条…"]),
        (26, [13, 13], ["展开一条… · 1–13", "展开一条… · 14–26"]),
        (76, [19] * 4, [f"展开一条… · {at}–{at + 18}" for at in (1, 20, 39, 58)]),
        (125, [25] * 5, [f"展开一条… · {at}–{at + 24}" for at in (1, 26, 51, 76, 101)]),
    ],
)
def test_many_stories_are_several_menus(count: int, sizes: list[int], names: list[str]) -> None:
    """A menu has at most 25 stories and a message five menus; each is named by the numbers that are in it."""
    short = [Passage(number=one.number, title=one.title, hides=one.hides) for one in headlines(count)]
    message = message_of(DIALECT, *short, name=NAME, title="报")
    assert [len(part["options"]) for part in below(message)] == sizes
    assert [part["placeholder"] for part in below(message)] == names
    assert list(opened(message)) == [f"/story {NAME} {place}" for place in range(count)]


def test_menus_out_of_order_are_counted() -> None:
    """Where the numbers do not rise, as with stories that were seen before, the menus themselves are counted."""
    stories = [hiding(place, number=40 - place, title="题") for place in range(40)]
    message = message_of(DIALECT, *stories, name=NAME, title="报")
    assert [part["placeholder"] for part in below(message)] == ["展开一条… · 1/2", "展开一条… · 2/2"]


@pytest.mark.parametrize(
    ("passages", "expected"),
    [
        ((hiding(0, title="甲"), hiding(1, number=7, title="乙")), [["甲", "7. 乙"]]),
        ((hiding(0, number=1, title="字" * 120), hiding(1, title="乙")), [["1. " + "字" * 96 + "…", "乙"]]),
        ((hiding(0, title="\u200b"), hiding(1, number=2, title="\u200b", url="")), [["https://a.example/0", "2. …"]]),
        ((hiding(0, title="a *b*\n@everyone <@1>"), hiding(1, title="c\u202ed")), [["a *b* @everyone <@1>", "cd"]]),
    ],
)
def test_labels(passages: tuple[Passage, ...], expected: list[list[str]]) -> None:
    """A label is the number and the title, up to 100 characters, as they are: Discord reads no markup in it."""
    assert labels(*passages) == expected


def test_a_menu_stands_below_its_own_message() -> None:
    """Each part opens the stories that begin in it, and a story that goes on is not opened again."""
    stories = [hiding(place, number=place + 1, title="题" * 400) for place in range(12)]
    huge = hiding(12, number=13, title="长" * 9_000)
    messages = messages_of(DIALECT, *stories, huge, title="报", name=NAME)
    begun = [re.findall(r"(?m)^\*\*(\d+)\\\.\*\* (?!.*（续）)", one["embeds"][0]["description"]) for one in messages]
    told = [[words.rpartition(" ")[2] for words in opened(message)] for message in messages]
    assert told == [[str(int(number) - 1) for number in numbers] for numbers in begun]
    assert sum(map(len, told)) == 13
    assert told[-1] == []


@pytest.mark.parametrize(("count", "length"), [(8, 90), (22, 60), (30, 40), (45, 20), (50, 15)])
def test_headlines_need_no_second_message_for_their_menus(count: int, length: int) -> None:
    """Where headlines nearly fill a message, labels are as short as they must be for the menus to stay in it."""
    stories = [
        hiding(place, number=place + 1, title="题" * length, url=f"https://news.example/2026/{place:05}")
        for place in range(count)
    ]
    alone = messages_of(DIALECT, *stories, title="报")
    told = messages_of(DIALECT, *stories, title="报", name=NAME)
    assert len(told) == len(alone) == 1
    assert _bytes(told[0]) <= MOST_BYTES


@pytest.mark.parametrize(
    "title", ["题", "🧑‍🚀" * 40, '"\\' * 60, "字" * 240], ids=["short", "pictures", "escapes", "long"]
)
@pytest.mark.parametrize("count", [1, 2, 250])
def test_there_is_room_for_every_story(title: str, count: int) -> None:
    """However many stories are hidden and whatever they are called, every limit holds and each is opened once."""
    messages = messages_of(DIALECT, *headlines(count, title), title="报", name=NAME)
    assert [words for message in messages for words in opened(message)] == [
        f"/story {NAME} {place}" for place in range(count)
    ]
    for message in messages:
        _is_taken(message)


def _is_taken(message: Message, *, most_rows: int = 5) -> None:
    """Discord's limits of components, and its own specification."""
    assert _bytes(message) <= MOST_BYTES
    assert len(message.get("components", [])) <= most_rows
    names = [part["custom_id"] for part in below(message)]
    assert len(names) == len(set(names))
    for part in below(message):
        assert len(part["custom_id"]) <= 97
        assert len(part.get("placeholder", "")) <= 150
        assert len(part.get("options", [])) <= 25
        assert all(1 <= len(option["label"].strip()) <= 100 for option in part.get("options", []))
    api = discord_api()
    if api is not None:
        assert api.request(*SEND, message) is None


def _bytes(message: Message) -> int:
    return len(json.dumps(message, ensure_ascii=False).encode())


# --- In answers ---------------------------------------------------------------------------------------------------


def digest(name: str, *passages: Passage) -> Document:
    """A digest of these passages."""
    return Document(title=f"{name} 报", name=name, passages=passages)


def reply(*documents: Document, buttons: Sequence[Button] = ()) -> Reply:
    """A reply of digests."""
    return Reply(documents=documents, words=WORDS, buttons=tuple(buttons))


def test_digests_that_share_a_message_name_their_menus() -> None:
    """Where one answer tells several digests, each menu says whose stories it opens."""
    [page] = pages_of(reply(digest("a", *headlines(2)), digest("b", *headlines(3))), DIALECT)
    assert [part["placeholder"] for part in below(page)] == ["展开一条… · a 报", "展开一条… · b 报"]
    assert list(opened(page)) == ["/story a 0", "/story a 1", "/story b 0", "/story b 1", "/story b 2"]


def test_a_long_title_leaves_room_for_the_numbers() -> None:
    """However long a digest's title is, each of its menus still says which numbers are in it."""
    pages = pages_of(reply(digest("长" * 200, *headlines(30)), digest("b", *headlines(2))), DIALECT)
    placeholders = [part["placeholder"] for page in pages for part in below(page)]
    assert [said.rpartition("…")[2] for said in placeholders] == [" · 1–15", " · 16–30", " · b 报"]
    assert max(map(len, placeholders)) <= 100


def test_digests_of_one_story_that_share_a_message_name_it() -> None:
    """Where one answer tells several digests of a single story, each button says which story it opens."""
    [page] = pages_of(reply(digest("a", hiding(0, title="甲")), digest("b", hiding(0, title="乙"))), DIALECT)
    assert [part["label"] for part in below(page)] == ["展开全文 · 甲", "展开全文 · 乙"]
    assert list(opened(page)) == ["/story a 0", "/story b 0"]


def test_one_digest_is_not_shown_twice_on_a_page() -> None:
    """Two menus that are known by the same cannot stand below one message, so the second is on a page of its own."""
    assert len(pages_of(reply(digest("a", *headlines(2)), digest("a", *headlines(2))), DIALECT)) == 2


def test_a_message_has_at_most_five_rows() -> None:
    """Of five rows the last turns pages: five digests with a menu each are two pages."""
    pages = pages_of(reply(*(digest(name, *headlines(2)) for name in "abcde")), DIALECT)
    assert [len(below(page)) for page in pages] == [4, 1]


@pytest.mark.parametrize("buttons", range(5))
def test_menus_leave_room_for_rows_of_an_answer(buttons: int) -> None:
    """What an answer has below it, and the row that turns pages, stand beside the menus, which are fewer then."""
    rows = [Button(label="字" * 15, says=f"/{number}", apart=True) for number in range(buttons)]
    pages = pages_of(reply(digest("a", *headlines(120)), buttons=rows), DIALECT)
    for page in pages:
        _is_taken(page, most_rows=4 - buttons)
    asked = [words for page in pages for words in opened(page)]
    assert asked == ([] if buttons == 4 else [f"/story a {place}" for place in range(120)])


def test_a_plain_answer_has_no_menu() -> None:
    """An answer that hides nothing has nothing of its own below it."""
    [page] = pages_of(reply(Document(passages=(Passage(title=(Text("好"),)),))), DIALECT)
    assert "components" not in page


# --- As it is drawn -----------------------------------------------------------------------------------------------


def test_what_stands_below_is_drawn() -> None:
    """The drawing shows menus with their options, and buttons, below the embed; what they say is escaped."""
    menu = DIALECT.draw(message_of(DIALECT, hiding(0, title="<b>"), hiding(1, number=7, title="x"), name=NAME))
    assert menu.startswith('<div class="dc-message"><div class="dc-embed">')
    assert menu.endswith(
        '</div><div class="dc-below"><details class="dc-menu"><summary>展开一条…</summary>'
        '<ul class="dc-options"><li>&lt;b&gt;</li><li>7. x</li></ul></details></div></div>'
    )
    button = DIALECT.draw(message_of(DIALECT, hiding(0, title="甲"), name=NAME))
    assert button.endswith('<div class="dc-below"><span class="dc-button">展开全文</span></div></div>')
