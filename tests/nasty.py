"""Digests that are hard to spell, and what a document tells, read without any help from the code that is tested."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import fields, is_dataclass, replace
from itertools import zip_longest
from random import Random
from typing import Any, Final, TypeVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from digest.compose import Document, Passage
from digest.model import Digest, Story
from digest.richtext import (
    Block,
    Blocks,
    Bold,
    Break,
    Code,
    CodeBlock,
    Heading,
    Image,
    Italic,
    Link,
    List,
    Paragraph,
    Quote,
    Rule,
    Span,
    Spans,
    Strike,
    Table,
    Text,
)
from tests.documents import digest

PIECES: Final = (
    *[
        "人工智能",
        "模型。",
        "“引号”",
        "（括号）",
        "！",
        "；",
        "3.5",
        "a.b",
        " ",
        "word",
        "Sentence one. And two!",
        "\u3000",
    ],
    *[
        "*",
        "**",
        "_",
        "__",
        "~~",
        "`",
        "```",
        "|",
        "||",
        "[",
        "]",
        "(",
        ")",
        "<",
        ">",
        "\\",
        "#",
        "# ",
        "- ",
        "+ ",
        "1. ",
    ],
    *["@everyone", "<@123>", "<#1>", "<t:1>", "</x:1>", "&amp;", "<b>", "<script>", "'", '"', "www.bare.example/x_y"],
    *["😀", "🧑‍🚀", "🇨🇳", "é", "e\u0301", "ก็", "\u202e", "\u200b", "\ud83d", "\x07", "\t", "ß", "한국어", "العربية"],
)
"""Halves of words, markup of every platform, and characters that are easily cut or miscounted."""

TAME_ADDRESSES: Final = ("https://a.example/", "https://a.example/b_(c)?d=e&f=g#h", "http://x.example:8080/**b**/~~x~~")
"""Every platform links them, as they are."""

WILD_ADDRESSES: Final = (
    *TAME_ADDRESSES,
    *["mailto:desk@a.example", 'https://a.example/"<>\\`', "http://localhost/", "https://a.example/路径"],
    *["https://a.example/" + "p" * times for times in (900, 6_000)],
)
"""Some platform refuses to link them."""

patient: Final = settings(
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)
"""No example is made smaller: they are small already, and their texts are multiplied, which is slow to shrink."""

# --- Strategies --------------------------------------------------------------------------------------------------

_said: Final = st.lists(st.sampled_from(PIECES), max_size=4).map("".join)
_leaves: Final[SearchStrategy[Span]] = st.one_of(st.builds(Text, _said), st.builds(Code, _said), st.just(Break()))


def _marked(inner: SearchStrategy[Span]) -> SearchStrategy[Span]:
    held = st.lists(inner, max_size=3).map(tuple)
    return st.one_of(st.builds(Bold, held), st.builds(Italic, held), st.builds(Strike, held))


_unlinked: Final = st.recursive(_leaves, _marked, max_leaves=3)
_runs: Final = st.lists(_unlinked, max_size=2).map(tuple)


def _lines(addresses: SearchStrategy[str], lead: str) -> SearchStrategy[Spans]:
    link = st.builds(lambda spans, url: Link((*_led(lead), *spans), url), _runs, addresses)
    return st.lists(st.one_of(_unlinked, link), max_size=3).map(tuple)


def _led(lead: str) -> Spans:
    return (Text(lead),) if lead else ()


def _nested(inner: SearchStrategy[Block]) -> SearchStrategy[Block]:
    held = st.lists(inner, min_size=1, max_size=2).map(tuple)
    return st.one_of(
        st.builds(Quote, held),
        st.builds(List, st.lists(held, min_size=1, max_size=3).map(tuple), st.sampled_from((None, 1, 9))),
    )


def _blocks(addresses: SearchStrategy[str], lead: str) -> SearchStrategy[Blocks]:
    lines = _lines(addresses, lead)
    block: SearchStrategy[Block] = st.one_of(
        st.builds(Paragraph, lines),
        st.builds(Heading, lines, st.integers(1, 6)),
        st.builds(CodeBlock, st.lists(_said, max_size=3).map("\n".join), st.sampled_from(("", "python", "c++"))),
        st.builds(
            Table,
            st.lists(lines, max_size=2).map(tuple),
            st.lists(st.lists(lines, min_size=1, max_size=2).map(tuple), max_size=2).map(tuple),
        ),
        st.just(Rule()),
        st.builds(Image, addresses.filter(lambda url: url.startswith("http")), _said.map(lead.__add__)),
    )
    return st.lists(st.recursive(block, _nested, max_leaves=3), max_size=3).map(tuple)


def _digests(addresses: tuple[str, ...], *, lead: str) -> SearchStrategy[Digest]:
    url = st.sampled_from(addresses)
    blocks = _blocks(url, lead)
    title = _runs.map(lambda spans: (*_led(lead), *spans))
    story = st.builds(Story, title=title, number=st.none() | st.integers(1, 99), url=st.none() | url, body=blocks)
    return st.builds(
        lambda stories, said, **parts: digest(*stories, title=lead + said, **parts),
        st.lists(story, max_size=3),
        _said,
        intro=blocks,
        commentary=blocks,
        permalink=st.none() | url.filter(lambda permalink: permalink.startswith("http")),
        topics=st.lists(_said, max_size=2).map(tuple),
    )


T = TypeVar("T")


@st.composite
def _copied(draw: st.DrawFn, drawn: SearchStrategy[T]) -> T:
    """The same values, forgetting how they were drawn: to tell that of nested ones takes hypothesis minutes."""
    return deepcopy(draw(drawn))


tame_digests: Final = _copied(_digests(TAME_ADDRESSES, lead="题"))
"""Small digests of nasty pieces; every link has words and leads where each platform takes it, every title is seen."""

wild_digests: Final = _copied(_digests(WILD_ADDRESSES, lead=""))
"""Small digests of nasty pieces, with addresses that are refused, links without words, titles of nothing."""

documents: Final = _copied(
    st.builds(
        lambda passages: Document(passages=tuple(passages)),
        st.lists(
            st.builds(
                Passage, number=st.none() | st.integers(1, 99), body=_blocks(st.sampled_from(TAME_ADDRESSES), "题")
            ),
            max_size=3,
        ),
    )
)
"""Passages without heads."""


def swollen(told: T, times: int) -> T:
    """The same with every text in it told so many times: a small example that takes many pages."""
    if isinstance(told, tuple):
        return type(told)([swollen(inner, times) for inner in told])
    if isinstance(told, Text | Code | CodeBlock):
        return replace(told, text=told.text * times)
    if is_dataclass(told) and not isinstance(told, type):
        held = {part.name: getattr(told, part.name) for part in fields(told)}
        return replace(told, **{name: swollen(part, times) for name, part in held.items() if isinstance(part, tuple)})
    return told


def swollen_bodies(told: Digest, times: int) -> Digest:
    """The same digest with longer bodies; its titles stay as they are."""
    stories = tuple(replace(story, body=swollen(story.body, times)) for story in told.stories)
    return replace(told, stories=stories, intro=swollen(told.intro, times), commentary=swollen(told.commentary, times))


# --- Volume ------------------------------------------------------------------------------------------------------


def many_stories(seed: int, count: int) -> Digest:
    """A digest of so many stories, made of nasty pieces by the seed alone."""
    dice = Random(seed)  # noqa: S311 - the same seed, the same digest
    return digest(
        *[
            Story(title=_thrown(dice, "题"), number=number, url=f"https://a.example/{number}", body=_thrown_body(dice))
            for number in range(1, count + 1)
        ],
        topics=("主题", "topic"),
        permalink="https://a.example/",
    )


def _thrown_body(dice: Random) -> Blocks:
    marked = Bold(_thrown(dice, "粗")), Link(_thrown(dice, "链"), dice.choice(TAME_ADDRESSES))
    paragraph = Paragraph((*_thrown(dice, "文"), *marked, *_thrown(dice, "句。")))
    others: tuple[Block, ...] = (
        List(((Paragraph(_thrown(dice, "项")),), (Paragraph(_thrown(dice, "项")),)), dice.choice((None, 1))),
        Quote((Paragraph(_thrown(dice, "引")),)),
        CodeBlock("".join(dice.choices(PIECES, k=8))),
        Table((), ((_thrown(dice, "格"), _thrown(dice, "格")),)),
    )
    return (paragraph, *dice.choices(others, k=dice.randrange(2)))


def _thrown(dice: Random, lead: str) -> Spans:
    return (Text(lead + "".join(dice.choices(PIECES, k=dice.randrange(8)))),)


# --- What a document tells ---------------------------------------------------------------------------------------


def essence(said: str) -> str:
    """The letters, marks and pictures of a text: what no dialect adds, drops or replaces.

    ASCII digits are left out with all punctuation, since lists, stories and parts are numbered.
    """
    return "".join([char for char in said if _is_essential(char)])


def _is_essential(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] in "LM" or (category[0] == "N" and not char.isascii()) or (category == "So" and char not in "◦▪")


def told(document: Document) -> str:
    """What a document says in its title, its passages and its topics, in reading order."""
    said = [document.title]
    for passage in document.passages:
        said += [_said_by(node) for node in nodes((passage.title, passage.body))]
    return "".join([*said, *document.topics])


def _said_by(node: object) -> str:
    match node:
        case Text(said) | Code(said) | CodeBlock(said) | Image(_, said):
            return said
        case _:
            return ""


def linked(document: Document) -> list[str]:
    """Where a document's links lead, in reading order; its own address is where its title leads."""
    urls = [document.url] if document.url and document.title else []
    for passage in document.passages:
        held: Any = (passage.title, passage.body)
        if passage.url:
            urls.append(passage.url)
            held = passage.body
        urls += [node.url for node in nodes(held) if isinstance(node, Link | Image)]
    return urls


def difference(found: Sequence[str], wanted: Sequence[str]) -> str:
    """Where they differ first, nothing if they do not: a whole comparison of long texts takes minutes to print."""
    for place, (one, other) in enumerate(zip_longest(found, wanted)):
        if one != other:
            return f"at {place}: {found[place : place + 30]!r} instead of {wanted[place : place + 30]!r}"
    return ""


def without_repeats(urls: list[str]) -> list[str]:
    """The addresses less those that only repeat the one before: a link that is cut has become two to one place."""
    return [url for place, url in enumerate(urls) if urls[place - 1 : place] != [url]]


def nodes(told: object) -> Iterator[object]:
    """Every span and block, in reading order."""
    if isinstance(told, tuple):
        for inner in told:
            yield from nodes(inner)
    elif is_dataclass(told):
        yield told
        for part in fields(told):
            yield from nodes(getattr(told, part.name))
