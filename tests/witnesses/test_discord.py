"""Discord's renderer shows of our Markdown what the rich text says, and what our own drawing shows."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.discord.courier import beside
from adapters.discord.dialect import DiscordDialect
from adapters.discord.speaking import pages_of
from adapters.platform import AccountId, Address, Message, Parcel, Platform, Reply
from bot.answer import speech
from digest.choices import Layout
from digest.compose import Document
from tests.golden.faces import CASES, EXAMPLES, SEEDS, WORDS, Case, digest_of, pushed
from tests.nasty import PIECES, documents, patient, swollen
from tests.witnesses.conftest import Renderer
from tests.witnesses.shown import Seen, is_seen, meant, read

POSTS = sorted(SEEDS.glob("*.txt")) or sorted((EXAMPLES / "posts").glob("*.md"))
"""The publisher's own five posts; where they are not beside this repository, our examples."""

PUSHES = (
    "地震速报：四川北部 4.6 级 https://example.com/quake",
    "*Stars*, _lines_ and `ticks` in <one> title | @everyone https://example.com/a_(b)_c",
    "没有链接的一句话\n> 引用\n# 不是标题\n- 一项\n- **两项**",
)

EVERY = (
    *CASES,
    *(Case(name=f"{path.stem}.{layout}", digest=digest_of(path), layout=layout) for path in POSTS for layout in Layout),
    *(Case(name=f"push.{number}", digest=pushed(text)) for number, text in enumerate(PUSHES)),
)

every_case = pytest.mark.parametrize("case", EVERY, ids=[case.name for case in EVERY])
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


def test_pages_of_answers_are_shown_as_meant(renderer: Renderer) -> None:
    """Discord shows every character of an answer of many documents over all its pages, and so does the preview."""
    told = speech.spoken(
        *speech.lines("「每日新闻」\n/stop #每日新闻 *不是* 粗体\n\n@everyone 1. 不是列表"), title="状态"
    )
    documents = (*(case.document(Platform.DISCORD) for case in EVERY[-12:]), told)
    pages = pages_of(Reply(documents=documents, words=WORDS), DIALECT)
    assert len(pages) > 1
    embeds = [embed for page in pages for embed in page["embeds"]]
    for embed in embeds:
        assert _drawn({"embeds": [embed]}) == _shown(renderer, {"embeds": [embed]})
    seen = [one for embed in embeds for one in _shown(renderer, {"embeds": [embed]})]
    assert _without_places(seen) == [one for document in documents for one in meant(document)]


def test_the_line_that_mentions_a_role_is_a_mention_and_nothing_else(renderer: Renderer) -> None:
    """What the courier writes above a message mentions the one role; the message below it is the same."""
    [message] = DIALECT.spell(EVERY[-1].document(Platform.DISCORD), WORDS).messages
    address = Address(platform=Platform.DISCORD, account=AccountId("1"), chat="2")
    sent = beside(Parcel(address=address, message=message, nonce="1", mention="1170000000000000009"))
    assert renderer(sent["content"]) == '<span class="d-mention d-role">&1170000000000000009</span>'
    assert sent["embeds"] == message["embeds"]
    assert sent["allowed_mentions"] == {"parse": [], "roles": ["1170000000000000009"]}
