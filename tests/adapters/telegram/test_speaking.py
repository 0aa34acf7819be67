"""Pages of a reply, the buttons below them, and what stands in a button's data."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.platform import Button, Reply
from adapters.pressing import Wish, kept_as, name_in, wish_in
from adapters.showing import rows_of
from adapters.telegram.dialect import LONGEST_TEXT, TelegramDialect
from adapters.telegram.speaking import (
    LONGEST_LABEL,
    MOST_DATA,
    MOST_IN_A_ROW,
    fits,
    keyboard,
    pages_of,
    popup_of,
    turning,
)
from bot.catalogue import words
from digest.compose import Document, Passage, Words
from digest.richtext import Bold, Paragraph, Text

WORDS = words("en")
DIALECT = TelegramDialect()


def document(text: str, title: str = "") -> Document:
    """A document of one paragraph."""
    return Document(title=title, passages=(Passage(body=(Paragraph((Bold((Text("!"),)), Text(text))),)),))


def reply(*documents: Document, **more: Any) -> Reply:
    """A reply of documents."""
    return Reply(documents=documents, words=WORDS, **more)


# --- Data --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "wish"),
    [
        ("/today", Wish(words="/today")),
        ("=/subscribe +daily", Wish(words="/subscribe +daily", in_place=True)),
        ("2~4242~/latest daily", Wish(words="/latest daily", page=2, turner="4242")),
        ("2~-200~今天", Wish(words="今天", page=2, turner="-200")),
        ("0~4242~/latest", None),
        ("99999~4242~/latest", None),
        ("2~4242~", None),
        ("=today", None),
        ("today", None),
        ("#0123456789abcdef", None),
        ("", None),
    ],
)
def test_what_data_asks(data: str, wish: Wish | None) -> None:
    """Data asks a new answer, one in place, or a page; what no button of ours holds asks nothing."""
    assert wish_in(data) == wish


@given(st.builds(Wish, words=st.text(min_size=1).map("/{}".format), in_place=st.booleans()))
def test_a_wish_is_read_as_it_was_written(wish: Wish) -> None:
    """Whatever is asked by a button can be read back from its data."""
    assert wish_in(wish.data) == wish


@given(st.text(min_size=1), st.integers(1, 9999), st.integers(-(10**18), 10**18))
def test_a_turn_is_read_as_it_was_written(words: str, page: int, person: int) -> None:
    """Whatever was asked, its pages can be asked again by a button."""
    wish = Wish(words=words, page=page, turner=str(person))
    assert wish_in(wish.data) == wish


def test_a_kept_name_is_known_and_fits() -> None:
    """A name of what is kept elsewhere is told from words, and fits into a button."""
    data = kept_as("0123456789abcdeF")
    assert (name_in(data), fits(data)) == ("0123456789abcdeF", True)
    assert name_in("#0123") is None
    assert name_in("/today") is None


@pytest.mark.parametrize(
    ("data", "expected"), [("/" + "x" * 63, True), ("/" + "x" * 64, False), ("/" + "新" * 22, False)]
)
def test_data_is_measured_in_bytes(data: str, expected: bool) -> None:
    """Telegram counts the bytes of a button's data."""
    assert fits(data) is expected


# --- Pages -------------------------------------------------------------------------------------------------------


def test_documents_that_fit_are_one_page() -> None:
    """Several short documents are one message, parted by a line, with all their entities in place."""
    [page] = pages_of(reply(document("one 🙂"), document("two")), DIALECT)
    assert page["text"] == "!one 🙂\n\n———\n\n!two"
    bold = [entity for entity in page["entities"] if entity["type"] == "bold"]
    units = page["text"].encode("utf-16-le")
    assert [units[2 * each["offset"] : 2 * (each["offset"] + each["length"])].decode("utf-16-le") for each in bold] == [
        "!",
        "!",
    ]


def test_long_documents_are_pages() -> None:
    """What does not fit into one message is pages, none over Telegram's limits, and nothing is lost."""
    long = "word " * 2000
    pages = pages_of(reply(document("first"), document(long), document("last")), DIALECT)
    assert len(pages) >= 3
    assert all(count.used <= count.limit for page in pages for count in DIALECT.count(page))
    assert sum(page["text"].count("word") for page in pages) == 2000
    assert pages[0]["text"].startswith("!first")
    assert pages[-1]["text"].endswith("!last")


def test_pages_with_buttons_of_their_own_stay_apart() -> None:
    """A digest that has buttons for its stories shares its page with nothing else."""

    class Buttoned(TelegramDialect):
        def spell(self, document: Document, words: Words) -> Any:
            spelling = super().spell(document, words)
            row = [[{"text": "1", "callback_data": "/story 0123456789ab 1"}]]
            [message] = spelling.messages
            return type(spelling)(messages=({**message, "reply_markup": {"inline_keyboard": row}},))

    pages = pages_of(reply(document("one"), document("two")), Buttoned())
    assert len(pages) == 2
    rows = keyboard(pages[0], [Button(label="Today", says="/today")])
    assert [[key["callback_data"] for key in row] for row in rows] == [["/story 0123456789ab 1"], ["/today"]]


def test_no_documents_are_no_pages() -> None:
    """A reply without documents says nothing."""
    assert pages_of(reply(), DIALECT) == ()


@pytest.mark.parametrize(
    ("text", "more", "expected"),
    [
        ("no", {"only_asker": True}, "!no"),
        ("no", {}, None),
        ("no", {"only_asker": True, "buttons": (Button(label="x", says="/x"),)}, None),
        ("x" * 199, {"only_asker": True}, "!" + "x" * 199),
        ("x" * 200, {"only_asker": True}, None),
    ],
)
def test_what_is_shown_for_a_moment(text: str, more: dict[str, Any], expected: str | None) -> None:
    """A short sentence for the presser alone is shown for a moment; what is long, for all, or has buttons stays."""
    answer = reply(document(text), **more)
    assert popup_of(answer, pages_of(answer, DIALECT)) == expected


# --- Buttons -----------------------------------------------------------------------------------------------------


def labels(*texts: str) -> list[list[str]]:
    """The rows in which buttons with these labels stand."""
    return [
        [button.label for button in row]
        for row in rows_of([Button(label=text, says="/x") for text in texts], most=MOST_IN_A_ROW)
    ]


def test_short_buttons_share_a_row() -> None:
    """Short buttons stand beside each other, long ones alone; a Chinese character counts twice."""
    assert labels("1", "2", "3", "4", "5") == [["1", "2", "3", "4"], ["5"]]
    assert labels("Subscribe", "Help") == [["Subscribe", "Help"]]
    assert labels("订阅全部系列内容", "帮助") == [["订阅全部系列内容"], ["帮助"]]
    assert labels("The latest issue of them all", "Help", "Stop") == [
        ["The latest issue of them all"],
        ["Help", "Stop"],
    ]
    assert labels() == []


def test_what_belongs_together_begins_a_row() -> None:
    """A button that begins something else begins a row, however short the one before it is."""
    buttons = [Button(label="1", says="/x"), Button(label="2", says="/x", apart=True), Button(label="3", says="/x")]
    assert [[button.label for button in row] for row in rows_of(buttons, most=MOST_IN_A_ROW)] == [["1"], ["2", "3"]]


@given(st.lists(st.text(min_size=1, max_size=80)))
def test_rows_keep_every_button_in_order(texts: list[str]) -> None:
    """However they are laid out, no button is lost, and none changes its place in the order."""
    assert [label for row in labels(*texts) for label in row] == texts


def test_what_buttons_say() -> None:
    """A button asks, asks in place, or opens an address; a long label is shortened."""
    buttons = [
        Button(label="Today", says="/today"),
        Button(label="Daily", says="/subscribe daily", in_place=True),
        Button(label="Open", url="https://example.org/"),
        Button(label="x" * 100, says="/x"),
    ]
    keys = [key for row in keyboard({"text": "?"}, buttons) for key in row]
    assert keys[:3] == [
        {"text": "Today", "callback_data": "/today"},
        {"text": "Daily", "callback_data": "=/subscribe daily"},
        {"text": "Open", "url": "https://example.org/"},
    ]
    assert len(keys[3]["text"]) == LONGEST_LABEL


@pytest.mark.parametrize(("page", "before", "behind"), [(1, 5, 2), (2, 1, 3), (5, 4, 1)])
def test_pages_are_turned_round(page: int, before: int, behind: int) -> None:
    """The row of pages shows where one is and leads to both neighbours; behind the last comes the first."""
    row = turning(page, 5, words="/latest", turner="4242")
    assert [key["text"] for key in row] == ["◀", f"{page}/5", "▶"]
    assert [wish.page for key in row if (wish := wish_in(key["callback_data"]))] == [before, page, behind]


def test_one_page_is_not_turned() -> None:
    """Where there is one page, there is no row of pages."""
    assert turning(1, 1, words="/latest", turner="4242") == []
    assert keyboard({"text": "?"}, [], []) == []


def test_limits_are_telegrams() -> None:
    """The limits that are measured are those of the Bot API."""
    assert (MOST_DATA, LONGEST_TEXT) == (64, 4096)
