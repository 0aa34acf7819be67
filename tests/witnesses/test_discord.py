"""Discord's renderer shows of our Markdown what the rich text says, and what our own drawing shows."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.discord.dialect import DiscordDialect
from adapters.platform import Message, Platform
from digest.compose import Document
from tests.golden.faces import CASES, WORDS, Case
from tests.nasty import PIECES, documents, patient, swollen
from tests.witnesses.conftest import Renderer
from tests.witnesses.shown import Seen, is_seen, meant, read

every_case = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
settled = settings(patient, max_examples=60)

DIALECT = DiscordDialect()


def _shown(render: Renderer, message: Message) -> list[Seen]:
    """What Discord shows of a message's description."""
    return read(render(message["embeds"][0]["description"]))


def _drawn(message: Message) -> list[Seen]:
    """What our preview shows of it."""
    [embed] = message["embeds"]
    return read(DIALECT.draw({"embeds": [{"description": embed["description"]}]}))


def _without_places(seen: list[Seen]) -> list[Seen]:
    return [one._replace(places=()) for one in seen]


@every_case
def test_posts_are_shown_as_meant(case: Case, renderer: Renderer) -> None:
    """Discord shows every character of a golden post, bold, linked and so on as the rich text says, and no other."""
    document = case.document(Platform.DISCORD)
    [message] = DIALECT.spell(document, WORDS).messages
    assert _without_places(_shown(renderer, message)) == meant(document)


@every_case
def test_the_preview_is_what_discord_shows(case: Case, renderer: Renderer) -> None:
    """Our drawing shows the same characters in the same forms, lists, quotes and headings as Discord's renderer."""
    for message in case.spelling(Platform.DISCORD).messages:
        assert _drawn(message) == _shown(renderer, message)


@given(document=documents)
@settled
def test_nasty_posts_are_shown_as_meant(renderer: Renderer, document: Document) -> None:
    """Discord shows every character of nasty rich text, bold, linked and so on as it says, and no other."""
    seen = [one for message in DIALECT.spell(document, WORDS).messages for one in _shown(renderer, message)]
    assert _without_places(seen) == (meant(document) or [Seen("…", frozenset())])


@given(document=documents, times=st.sampled_from((1, 1, 1, 300)))
@settled
def test_the_preview_of_nasty_posts_is_what_discord_shows(renderer: Renderer, document: Document, times: int) -> None:
    """Our drawing and Discord's renderer agree about nasty rich text, also where it is cut into several messages."""
    for message in DIALECT.spell(swollen(document, times), WORDS).messages:
        assert _drawn(message) == _shown(renderer, message)


@given(title=st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join))
@settled
def test_titles_are_shown_as_meant(renderer: Renderer, title: str) -> None:
    """Discord shows every character of a nasty title, and reads no markup in it."""
    [message] = DIALECT.spell(Document(title=title), WORDS).messages
    shown = read(renderer(message["embeds"][0].get("title", "")))
    assert shown == [Seen(char, frozenset()) for char in title if is_seen(char)]
