"""Every dialect, on nasty digests: nothing is lost, nothing is over a limit, nothing drawn is unsafe."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import assert_never
from urllib.parse import unquote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.discord.dialect import DiscordDialect
from adapters.platform import Dialect, Message, Platform
from adapters.spelling import clean
from adapters.telegram.dialect import TelegramDialect
from adapters.web.dialect import WebDialect
from digest.choices import Layout
from digest.compose import Document, Folding, Passage, compose
from digest.cutting import first_sentence, is_blank
from digest.model import Digest, Story, StoryKey
from digest.richtext import Bold, Link, Paragraph, Spans, Text, plain
from tests.documents import WORDS, paragraph, story
from tests.documents import digest as daily
from tests.faces import Face
from tests.nasty import (
    PIECES,
    TAME_ADDRESSES,
    difference,
    essence,
    linked,
    many_stories,
    patient,
    swollen,
    swollen_bodies,
    tame_digests,
    told,
    wild_digests,
    without_repeats,
)

TELEGRAM = TelegramDialect()
DISCORD = DiscordDialect()
DIALECTS: tuple[Dialect, ...] = (TELEGRAM, DISCORD, WebDialect())

each_dialect = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.platform)
layouts = st.sampled_from(Layout)
longer = st.sampled_from((1, 1, 20, 120))


def composed(dialect: Dialect, digest: Digest, layout: Layout) -> Document:
    """The digest as this dialect is given it."""
    return compose(digest, layout=layout, folds=dialect.folds, words=WORDS)


# --- Nothing is lost ---------------------------------------------------------------------------------------------


def assert_nothing_is_lost(dialect: Dialect, document: Document) -> None:
    """The parts, as they are drawn and joined again, say what the document says, and lead where it leads."""
    messages = dialect.spell(document, WORDS).messages
    faces = [Face(dialect.draw(message)) for message in messages]
    assert difference(rejoined(dialect, messages, faces), essence(told(document))) == ""
    links = [unquote(url) for face in faces for url in face.links]  # Discord's brackets are percent-encoded
    wanted = [unquote(url) for url in linked(document)]
    assert difference(without_repeats(links), without_repeats(wanted)) == ""


def rejoined(dialect: Dialect, messages: Sequence[Message], faces: Sequence[Face]) -> str:
    """What the parts say together, less what a later part repeats to be readable alone: both titles."""
    said = [line for face in faces[:1] for line in face.lines]
    for message, face in zip(messages[1:], faces[1:], strict=True):
        begun = 0 if dialect.platform is Platform.DISCORD and "title" not in message["embeds"][0] else 1
        said += [line for line in face.lines[begun:] if not line.endswith(WORDS.continued)]
    if dialect.platform is Platform.DISCORD:  # the topics stand in the footer
        said.append(messages[-1]["embeds"][0].get("footer", {}).get("text", ""))
    return essence("".join(said))


@each_dialect
@given(digest=tame_digests, layout=layouts, times=longer)
@settings(patient, max_examples=50)
def test_nothing_is_lost(dialect: Dialect, digest: Digest, layout: Layout, times: int) -> None:
    """The parts joined again carry the same text and the same links."""
    assert_nothing_is_lost(dialect, composed(dialect, swollen_bodies(digest, times), layout))


@each_dialect
@given(seed=st.integers(0, 2**32), count=st.integers(0, 1_000), layout=layouts)
@example(seed=1, count=1_000, layout=Layout.FULL)
@settings(patient, max_examples=3)
def test_volume(dialect: Dialect, seed: int, count: int, layout: Layout) -> None:
    """With up to 1,000 stories nothing is lost, and no part exceeds a limit."""
    document = composed(dialect, many_stories(seed, count), layout)
    assert_nothing_is_lost(dialect, document)
    assert_within_limits(dialect, dialect.spell(document, WORDS).messages)


# --- Nothing is over a limit -------------------------------------------------------------------------------------


def assert_within_limits(dialect: Dialect, messages: Sequence[Message]) -> None:
    """No message exceeds a limit of its platform, in the platform's own unit."""
    for message in messages:
        match dialect.platform:
            case Platform.TELEGRAM:
                _assert_telegram_takes(message)
            case Platform.DISCORD:
                _assert_discord_takes(message)
            case Platform.WEB:
                assert len(messages) == 1
            case _:
                assert_never(dialect.platform)
        for count in dialect.count(message):
            assert 0 <= count.used <= count.limit, count


def _assert_telegram_takes(message: Message) -> None:
    units = len(message["text"].encode("utf-16-le")) // 2
    assert 1 <= units <= 4_096
    assert len(message["text"].encode()) <= 32_768
    assert message["text"] == message["text"].strip(), "Telegram would take the blanks away, and shift every entity"
    entities = message.get("entities", [])
    assert len(entities) <= 100
    assert len(json.dumps(entities)) < 9_500
    for entity in entities:
        assert 0 <= entity["offset"] < entity["offset"] + entity["length"] <= units
    if "reply_markup" in message:
        _assert_telegram_takes_buttons(message["reply_markup"])


def _assert_telegram_takes_buttons(markup: Message) -> None:
    # An answer may have ten buttons of its own below: Telegram takes 100, and 10 kB.
    assert len(json.dumps(markup)) <= 9_100
    assert sum(map(len, markup["inline_keyboard"])) <= 90
    for row in markup["inline_keyboard"]:
        assert 1 <= len(row) <= 8
        for key in row:
            assert key["text"].strip()
            assert 1 <= len(key["callback_data"].encode()) <= 64


def _assert_discord_takes(message: Message) -> None:
    [embed] = message["embeds"]
    title, footer = embed.get("title", ""), embed.get("footer", {}).get("text", "")
    assert 1 <= len(embed["description"]) <= 4_096
    assert len(title) <= 256
    assert len(footer) <= 2_048
    assert len(embed["description"]) + len(title) + len(footer) <= 6_000
    assert len(json.dumps(message, ensure_ascii=False).encode()) < 10_000
    assert message["allowed_mentions"] == {"parse": []}
    rows = message.get("components", [])
    assert len(rows) <= 5
    assert len({row["components"][0]["custom_id"] for row in rows}) == len(rows)
    for row in rows:
        [part] = row["components"]
        assert 1 <= len(part["custom_id"]) <= 100
        for option in part.get("options", []):
            assert 1 <= len(option["label"].strip()) <= 100
        assert len({option["value"] for option in part.get("options", [])}) == len(part.get("options", ())) <= 25


@each_dialect
@given(digest=wild_digests, layout=layouts, times=longer)
@settings(patient, max_examples=50)
def test_limits(dialect: Dialect, digest: Digest, layout: Layout, times: int) -> None:
    """No part exceeds any limit of its platform, in that platform's own unit."""
    assert_within_limits(dialect, dialect.spell(composed(dialect, swollen(digest, times), layout), WORDS).messages)


FILLING: dict[str, Spans] = {
    "utf16": (Text("🧑‍🚀" * 5_000),),
    "bytes": (Text("字" * 9_000),),
    "escapes": (Text('*"' * 9_000),),
    "entities": tuple(form for _ in range(300) for form in (Bold((Text("粗"),)), Text("细"))),
    "addresses": tuple(form for _ in range(90) for form in (Link((Text("链"),), TAME_ADDRESSES[1] * 9), Text("，"))),
}
"""What fills each limit before the others."""


@each_dialect
@pytest.mark.parametrize("limit", FILLING)
def test_each_limit(dialect: Dialect, limit: str) -> None:
    """Whichever limit is reached first, none is exceeded and nothing is lost."""
    document = Document(title="题", passages=(Passage(body=(Paragraph(FILLING[limit]),)),))
    assert_within_limits(dialect, dialect.spell(document, WORDS).messages)
    assert_nothing_is_lost(dialect, document)


each_chat = pytest.mark.parametrize("dialect", [TELEGRAM, DISCORD], ids=lambda dialect: dialect.platform)


@each_chat
@given(digest=wild_digests, layout=layouts, times=longer, known=st.sets(st.integers(0, 2)))
@settings(patient, max_examples=50)
def test_nothing_is_hidden_for_good(
    dialect: Dialect, digest: Digest, layout: Layout, times: int, known: set[int]
) -> None:
    """Every story whose body is not shown is asked for once below its message, and no other story is.

    Headlines show a story by its title, which reading gives to every one.
    """
    keys = [StoryKey(f"a.example/{place}") for place in range(len(digest.stories))]
    stories = tuple(replace(story, key=key) for story, key in zip(digest.stories, keys, strict=True))
    told = swollen(replace(digest, stories=stories), times)
    seen = frozenset(key for place, key in enumerate(keys) if place in known)
    document = compose(told, layout=layout, folds=dialect.folds, words=WORDS, seen=seen)
    messages = dialect.spell(document, WORDS).messages
    assert_within_limits(dialect, messages)
    hidden = {
        f"/story {digest.name} {place}": story
        for place, story in enumerate(stories)
        if story.body and (layout is Layout.HEADLINES or story.key in seen or is_shortened(dialect, story, layout))
    }
    found = asked(messages)
    assert len(found) == len(set(found))
    assert {words for words, story in hidden.items() if not is_blank(plain(story.title))} <= set(found) <= set(hidden)


def is_shortened(dialect: Dialect, story: Story, layout: Layout) -> bool:
    """Whether a chat that wants it short sees less than a story says, because nothing folds."""
    shortens = layout is Layout.BRIEF and dialect.folds is Folding.NEVER
    return shortens and story.body != (Paragraph(first_sentence(story.body)),)


@each_chat
@pytest.mark.parametrize("title", ["题", "🧑‍🚀" * 12, '"\\' * 40], ids=["short", "pictures", "escapes"])
def test_there_is_room_to_ask_for_every_story(dialect: Dialect, title: str) -> None:
    """However many stories are hidden and whatever they are called, no message has more below it than it can."""
    stories = [replace(story(None, title, paragraph("体"), url=""), url=None) for _ in range(250)]
    known = [replace(story, key=StoryKey(f"a.example/{place}")) for place, story in enumerate(stories)]
    told, seen = daily(*known), frozenset(story.key for story in known if story.key)
    for layout in Layout:
        document = compose(told, layout=layout, folds=dialect.folds, words=WORDS, seen=seen)
        messages = dialect.spell(document, WORDS).messages
        assert_within_limits(dialect, messages)
        assert asked(messages) == [f"/story {told.name} {place}" for place in range(250)]


def asked(messages: Sequence[Message]) -> list[str]:
    """What stands below messages asks, in order: Telegram's buttons, or the options of Discord's menus."""
    rows = [row for message in messages for row in message.get("reply_markup", {}).get("inline_keyboard", [])]
    parts = [part for message in messages for row in message.get("components", []) for part in row["components"]]
    said = [(part["custom_id"].partition(":")[2], part.get("options")) for part in parts]
    chosen = [f"{name} {option['value']}" for name, options in said if options for option in options]
    return [key["callback_data"] for row in rows for key in row] + chosen + [name for name, menu in said if not menu]


@given(digest=wild_digests, layout=layouts)
@settings(patient, max_examples=50)
def test_telegram_nesting(digest: Digest, layout: Layout) -> None:
    """Entities are in order and never merely overlap; code stands alone but in quotes; quotes and links never nest."""
    for message in TELEGRAM.spell(composed(TELEGRAM, digest, layout), WORDS).messages:
        entities = message.get("entities", [])
        assert entities == sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))
        around: list[Message] = []
        for entity in entities:
            around = [outer for outer in around if _end(outer) > entity["offset"]]
            assert all(_end(entity) <= _end(outer) for outer in around)
            _assert_may_stand_in(_kind(entity), {_kind(outer) for outer in around})
            around.append(entity)


def _end(entity: Message) -> int:
    return int(entity["offset"] + entity["length"])


def _kind(entity: Message) -> str:
    return str(entity["type"]).removeprefix("expandable_")


def _assert_may_stand_in(kind: str, outer: Iterable[str]) -> None:
    kinds = set(outer)
    assert not kinds & {"code", "pre"}
    assert kind not in kinds
    assert kind not in {"code", "pre"} or kinds <= {"blockquote"}


# --- What is drawn -----------------------------------------------------------------------------------------------


@each_dialect
@given(digest=wild_digests, layout=layouts)
@settings(patient, max_examples=50)
def test_drawn_safely(dialect: Dialect, digest: Digest, layout: Layout) -> None:
    """Nothing that is drawn holds a tag, an attribute or an address that could act."""
    for message in dialect.spell(composed(dialect, digest, layout), WORDS).messages:
        assert Face(dialect.draw(message)).unsafe == []


@each_dialect
@given(said=st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
@example(said="甲".join(PIECES * 2))  # every mark, opened and closed
@settings(patient, max_examples=60)
def test_text_is_shown_as_it_is(dialect: Dialect, said: str) -> None:
    """A text without forms is shown character by character, whatever its characters mean on the platform."""
    document = Document(title="题", passages=(Passage(body=(Paragraph((Text(f"始{said}终"),)),)),))
    [message] = dialect.spell(document, WORDS).messages
    assert _visible(Face(dialect.draw(message)).text) == _visible(f"题始{clean(said)}终")


def _visible(text: str) -> str:
    return "".join(text.replace("\u200b", "").split())


@given(digest=wild_digests, layout=layouts)
@settings(patient, max_examples=50)
def test_telegram_is_drawn_as_it_is(digest: Digest, layout: Layout) -> None:
    """The drawing shows the characters of the message, and no other."""
    for message in TELEGRAM.spell(composed(TELEGRAM, digest, layout), WORDS).messages:
        shown = Face(TELEGRAM.draw(message)).text
        assert difference("".join(shown.split()), "".join(message["text"].split())) == ""
