"""Pages of a reply on Discord, and what stands below them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.discord.dialect import LONGEST_BODY, DiscordDialect
from adapters.discord.speaking import ENVELOPE, Key, Row, components, fits, pages_of, rows_of, turning
from adapters.platform import Button, Reply
from adapters.pressing import wish_in
from bot.catalogue import words
from digest.compose import Document, Passage
from digest.richtext import Paragraph, Text
from tests.witnesses.discord_api import discord_api

WORDS = words("en")
DIALECT = DiscordDialect()
SEND = "POST", "/channels/{channel_id}/messages"


def document(text: str, title: str = "", url: str = "") -> Document:
    """A document of one paragraph."""
    return Document(title=title, url=url, passages=(Passage(body=(Paragraph((Text(text),)),)),))


def reply(*documents: Document, **more: Any) -> Reply:
    """A reply of documents."""
    return Reply(documents=documents, words=WORDS, **more)


def size(said: object) -> int:
    """Bytes on their way."""
    return len(json.dumps(said, ensure_ascii=False).encode())


# --- Pages --------------------------------------------------------------------------------------------------------


def test_documents_that_fit_are_one_message() -> None:
    """Several short documents are one message, an embed each."""
    [page] = pages_of(reply(document("one", "A"), document("two", "B")), DIALECT)
    assert [embed["title"] for embed in page["embeds"]] == ["A", "B"]


def test_embeds_with_one_address_are_not_joined() -> None:
    """Discord shows embeds with the same address as one, so they stand on pages of their own."""
    same = "https://example.org/1"
    assert len(pages_of(reply(document("one", "A", same), document("two", "B", same)), DIALECT)) == 2


def test_a_message_has_at_most_ten_embeds() -> None:
    """The eleventh document begins another page."""
    pages = pages_of(reply(*(document("x", str(number)) for number in range(11))), DIALECT)
    assert [len(page["embeds"]) for page in pages] == [10, 1]


def test_all_embeds_together_stay_under_their_limit() -> None:
    """No page has more than 6,000 code points in all its embeds."""
    pages = pages_of(reply(document("a" * 4000), document("b" * 1990), document("c" * 11)), DIALECT)
    assert [sum(len(embed["description"]) for embed in page["embeds"]) for page in pages] == [5990, 11]


@settings(max_examples=25)
@given(st.integers(0, 25), st.integers(1, 90), st.booleans())
def test_pages_leave_room_for_what_stands_below(number: int, length: int, in_menu: bool) -> None:
    """However many buttons stand below it, an answer is smaller than what Discord breaks on."""
    buttons = tuple(
        Button(label="新" * 70, says=f"/{at}" + "新" * length, menu="选" if in_menu else "") for at in range(number)
    )
    for page in pages_of(reply(document("新闻。" * 3000), buttons=buttons), DIALECT):
        rows = [*rows_of(buttons), *turning(999, 1000, words="新" * 85, turner="1" * 19)]
        assert size({**page, "components": components(rows)}) < LONGEST_BODY - ENVELOPE / 2


# --- Buttons and menus --------------------------------------------------------------------------------------------


def labels(rows: list[Row]) -> list[list[str]]:
    """The labels of rows."""
    return [[key.label for key in row.keys] for row in rows]


def test_short_buttons_share_a_row() -> None:
    """Short buttons stand beside each other, five at most."""
    buttons = [Button(label=str(number), says=f"/{number}") for number in range(7)]
    assert labels(rows_of(buttons)) == [["0", "1", "2", "3", "4"], ["5", "6"]]


def test_one_choice_is_one_menu() -> None:
    """Buttons that belong to one choice are a menu with its name; the others stay buttons."""
    buttons = [
        Button(label="Full", says="/settings full", menu="How much", chosen=True, in_place=True),
        Button(label="Titles", says="/settings headlines", menu="How much", in_place=True),
        Button(label="Stop", says="/stop"),
    ]
    menu, stop = components(rows_of(buttons))
    [select] = menu["components"]
    assert (select["type"], select["placeholder"]) == (3, "How much")
    assert select["options"] == [
        {"label": "Full", "value": "=/settings full", "default": True},
        {"label": "Titles", "value": "=/settings headlines"},
    ]
    assert stop["components"] == [{"type": 2, "style": 2, "label": "Stop", "custom_id": "1:/stop"}]


def test_labels_are_cut_between_what_is_seen_as_one() -> None:
    """A label that is too long for its button or menu ends before the picture that does not fit whole."""
    long = (
        Button(label="字" * 78 + "👩‍👩‍👧", says="/a"),
        Button(label="字" * 98 + "👩‍👩‍👧", says="/b", menu="字" * 98 + "👩‍👩‍👧"),
    )
    rows = components(rows_of(long))
    [button], [menu] = (row["components"] for row in rows)
    assert button["label"] == "字" * 78 + "…"
    assert menu["placeholder"] == menu["options"][0]["label"] == "字" * 98 + "…"


def test_of_several_chosen_things_none_is_the_menus_own() -> None:
    """A menu of which one thing is picked at a time marks each that is chosen where they are several."""
    buttons = [Button(label=name, says=f"/{name}", menu="Series", chosen=True) for name in ("daily", "weekly")]
    [row] = components(rows_of(buttons))
    options = row["components"][0]["options"]
    assert options == [{"label": "✓ daily", "value": "/daily"}, {"label": "✓ weekly", "value": "/weekly"}]


def test_too_many_rows_are_packed() -> None:
    """Where rows that a phone shows whole are too many, rows are full, and no button is lost."""
    buttons = [Button(label=f"a long label with number {number}", says=f"/{number}") for number in range(20)]
    rows = rows_of(buttons)
    assert [len(row.keys) for row in rows] == [5, 5, 5, 5]


def test_no_two_components_are_known_by_the_same() -> None:
    """Two buttons that say the same, as those that turn two pages, are known by different names."""
    rows = [*rows_of([Button(label="x", says="/x"), Button(label="y", says="/x")]), *turning(1, 2, words="/latest")]
    names = [one["custom_id"] for row in components(rows) for one in row["components"]]
    assert len(set(names)) == len(names) == 5


def test_an_address_is_opened() -> None:
    """A button with an address opens it; one whose address is too long for Discord is left out."""
    buttons = [Button(label="Site", url="https://example.org/"), Button(label="Long", url="https://e.org/" + "x" * 512)]
    [row] = components(rows_of(buttons))
    assert row["components"] == [{"type": 2, "style": 5, "label": "Site", "url": "https://example.org/"}]


@pytest.mark.parametrize(("data", "expected"), [("新" * 97, True), ("新" * 98, False)])
def test_data_is_measured_in_characters(data: str, expected: bool) -> None:
    """A button is known by at most a hundred characters, of which three are its number."""
    assert fits(data) is expected
    assert (
        len(components([Row(keys=(Key(label="x", data=data),) * 25)])[0]["components"][24]["custom_id"]) <= 100
    ) is (expected)


@pytest.mark.parametrize(("page", "before", "behind"), [(1, 5, 2), (2, 1, 3), (5, 4, 1)])
def test_pages_are_turned_round(page: int, before: int, behind: int) -> None:
    """The row of pages shows where one is and leads to both neighbours; behind the last comes the first."""
    [row] = turning(page, 5, words="/latest", turner="4242")
    assert [key.label for key in row.keys] == ["◀", f"{page}/5", "▶"]
    assert [wish.page for key in row.keys if (wish := wish_in(key.data))] == [before, page, behind]
    assert turning(1, 1, words="/latest") == []


@settings(max_examples=25)
@given(
    st.lists(
        st.builds(
            Button,
            label=st.text(min_size=1, max_size=120),
            says=st.text(min_size=1, max_size=97).map(lambda text: f"/{text}"[:97]),
            menu=st.sampled_from(["", "a", "b" * 200]),
            chosen=st.booleans(),
        ),
        max_size=40,
    )
)
def test_whatever_stands_below_is_as_the_specification_wants_it(buttons: list[Button]) -> None:
    """However many buttons and menus a reply has, Discord's own specification takes them, in five rows."""
    api = discord_api()
    if api is None:
        pytest.skip("the specification is not beside this repository")
    rows = components([*rows_of(buttons), *turning(2, 3, words="/latest", turner="1")])
    assert len(rows) <= 5
    assert api.request(*SEND, {"content": "x", "components": rows}) is None
