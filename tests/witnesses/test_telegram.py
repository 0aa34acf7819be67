"""Telegram's own parser takes what we spell, and reads in it what we wrote."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.platform import Message, Platform
from adapters.telegram.dialect import TelegramDialect
from digest.choices import Layout
from digest.compose import Document, Passage, compose
from digest.model import Digest
from digest.richtext import Code, Link, Paragraph, Text
from tests.golden.faces import CASES, WORDS, Case
from tests.nasty import patient, swollen_bodies, wild_digests
from tests.witnesses.tdlib import Refusal, forms, found, mended, read_html
from tests.witnesses.telegram_html import as_html

every_case = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
nasty = given(digest=wild_digests, layout=st.sampled_from(Layout), times=st.sampled_from((1, 1, 1, 300)))
settled = settings(patient, max_examples=25)

DIALECT = TelegramDialect()


def _is_understood(message: Message) -> None:
    meant = forms(message["text"], message.get("entities", []))
    assert message["text"] == message["text"].strip()
    assert mended(message) == meant
    assert read_html(as_html(message)) == (message["text"], meant)


@every_case
def test_posts_are_understood(case: Case) -> None:
    """Telegram takes every golden message, mends nothing, and reads the same forms in it, also as HTML."""
    for message in case.spelling(Platform.TELEGRAM).messages:
        _is_understood(message)


@pytest.mark.long
@nasty
@settled
def test_nasty_posts_are_understood(digest: Digest, layout: Layout, times: int) -> None:
    """Telegram takes every message of a nasty post, mends nothing, and reads the same forms in it, also as HTML."""
    document = compose(swollen_bodies(digest, times), layout=layout, folds=DIALECT.folds, words=WORDS)
    for message in DIALECT.spell(document, WORDS).messages:
        _is_understood(message)


@pytest.mark.parametrize(
    ("entities", "why"),
    [
        ([{"type": "bold", "offset": 0, "length": 9}], "ends after the end"),
        ([{"type": "bold", "offset": 1, "length": 2}], "middle of a UTF-16 symbol"),
        ([{"type": "text_link", "offset": 0, "length": 2, "url": "http://localhost/"}], "Wrong HTTP URL"),
    ],
)
def test_the_witness_speaks(entities: list[Message], why: str) -> None:
    """Telegram refuses entities that lie outside the text or in half a character, and addresses without a dot."""
    with pytest.raises(Refusal, match=why):
        mended({"text": "😀 x", "entities": entities})


@pytest.mark.parametrize(
    "entities",
    [
        [{"type": "bold", "offset": 0, "length": 4}, {"type": "code", "offset": 1, "length": 2}],
        [
            {"type": "text_link", "offset": 0, "length": 4, "url": "https://a.example/"},
            {"type": "code", "offset": 1, "length": 2},
        ],
    ],
)
def test_the_witness_sees_what_telegram_would_drop(entities: list[Message]) -> None:
    """Bold code and a link with code in it are mended by Telegram: this is why the dialect spells neither."""
    assert mended({"text": "abcd", "entities": entities}) != forms("abcd", entities)


@every_case
def test_no_address_is_found_beyond_ours(case: Case) -> None:
    """Every address that Telegram would link by itself stands in a link of ours, so that it swallows no words."""
    for message in case.spelling(Platform.TELEGRAM).messages:
        ours = [
            (entity["offset"], entity["offset"] + entity["length"])
            for entity in message.get("entities", [])
            if entity["type"] == "text_link"
        ]
        for kind, start, _ in found(message["text"]):
            assert kind != "Url" or any(begin <= start < stop for begin, stop in ours)


def test_mail_is_linked_by_telegram() -> None:
    """A mail address in words is linked by Telegram itself."""
    body = (Paragraph((Text("Write to "), Link((Text("the desk"),), "mailto:desk@daily.example.com"), Text("."))),)
    [message] = DIALECT.spell(Document(passages=(Passage(body=body),)), WORDS).messages
    start = message["text"].index("desk@")
    assert found(message["text"]) == [("EmailAddress", start, start + len("desk@daily.example.com"))]


def test_code_beside_bold() -> None:
    """Code in a bold line stays code, and Telegram has nothing to mend."""
    title = (Text("升级到 "), Code("v3.5"), Text(" 的三个理由"))
    document = Document(
        passages=(Passage(title=title, url="https://a.example/b", body=(Paragraph((Code("x"), Text("y"))),)),)
    )
    [message] = DIALECT.spell(document, WORDS).messages
    _is_understood(message)
