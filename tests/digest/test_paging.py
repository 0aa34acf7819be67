"""Where each message of a document ends: proved with a speller that measures in code points."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.compose import Document, Passage
from digest.cutting import Runs, is_blank
from digest.paging import SHORT_TITLE, Galley, Page, Size, paginate, typeset
from digest.richtext import (
    Block,
    Blocks,
    Bold,
    CodeBlock,
    Heading,
    Image,
    Link,
    List,
    Paragraph,
    Quote,
    Rule,
    Table,
    Text,
    plain,
    plain_blocks,
)
from tests.documents import paragraph, text
from tests.nasty import difference, documents, essence, linked, nodes, patient, swollen, told, without_repeats


@dataclass(frozen=True, slots=True)
class Piece:
    """What a head or a block says."""

    said: str
    block: Block | None = None

    @property
    def size(self) -> Size:
        """Its code points, and a line break."""
        return (len(self.said) + 1,)


@dataclass(frozen=True, slots=True)
class Speller:
    """Says blocks as they are."""

    points: int

    def head(self, passage: Passage) -> Piece | None:
        """The number and the title."""
        said = plain(passage.title) + ("(more)" if passage.continued else "")
        return Piece(said) if said else None

    def block(self, block: Block, passage: Passage) -> Piece | None:  # noqa: ARG002 - a block is the same everywhere
        """The block."""
        said = plain_blocks((block,))
        return None if is_blank(said) else Piece(said, block)

    def settled(self, runs: Runs) -> Runs:
        """The runs: everything can be linked."""
        return runs

    def room(self, *, first: bool, only: bool) -> Size:  # noqa: ARG002 - all pages are alike
        """The same on every page."""
        return (self.points,)


Pages = tuple[Page[Piece], ...]


def paged(*passages: Passage, room: int) -> Pages:
    """The passages on pages of so many code points."""
    speller = Speller(room)
    return paginate(typeset(passages, speller), speller)


def body(*blocks: Block, room: int) -> list[Blocks]:
    """The blocks that stand on each page."""
    return [tuple(blocks_on(page)) for page in paged(Passage(body=blocks), room=room)]


def blocks_on(page: Page[Piece]) -> Iterator[Block]:
    """The blocks of a page."""
    for galley in page.galleys:
        yield from [piece.block for piece in galley.pieces if piece.block is not None]


def lines_on(pages: Pages) -> list[list[str]]:
    """What each page says, piece by piece."""
    return [[piece.said for galley in page.galleys for piece in galley.pieces] for page in pages]


def size_of(galleys: tuple[Galley[Piece], ...]) -> int:
    """Code points of what stands on a page."""
    return sum(piece.size[0] for galley in galleys for piece in galley.pieces)


LEAST_ROOM = 160
"""Code points. Paging counts on pages that take a repeated head and the smallest piece: real ones take thousands."""


# --- For all documents -------------------------------------------------------------------------------------------


@given(document=documents, times=st.sampled_from((1, 5, 60)), room=st.integers(LEAST_ROOM, 400))
@settings(patient, max_examples=150)
def test_nothing_is_lost(document: Document, times: int, room: int) -> None:
    """The pages joined again carry the same text and the same links; none is over its room or empty."""
    document = swollen(document, times)
    pages = paged(*document.passages, room=room)
    rejoined = tuple(block for page in pages for block in blocks_on(page))
    again = Document(passages=(Passage(body=rejoined),))
    assert difference(essence(told(again)), essence(told(document))) == ""
    assert difference(without_repeats(linked(again)), without_repeats(linked(document))) == ""
    assert all(size_of(page.galleys) <= room for page in pages)
    assert len(pages) == 1 or all(size_of(page.galleys) for page in pages)
    assert [(page.number, page.of) for page in pages] == [(k, len(pages)) for k in range(1, len(pages) + 1)]


@given(count=st.integers(0, 1_000), room=st.integers(100, 3_000))
@settings(patient, max_examples=20)
def test_stories_stay_whole(count: int, room: int) -> None:
    """A page breaks between stories first: one that fits a page is never spread over two."""
    stories = [Passage(title=text(f"T{number}"), body=(paragraph("x" * (number % 50)),)) for number in range(count)]
    pages = paged(*stories, room=room)
    assert [galley.passage for page in pages for galley in page.galleys] == stories
    assert all(size_of(page.galleys) <= room for page in pages)
    assert all(size_of(one.galleys + two.galleys[:1]) > room for one, two in pairwise(pages))


# --- Where each kind of block breaks -----------------------------------------------------------------------------


def test_between_blocks() -> None:
    """A story too large for a page breaks between blocks."""
    blocks = tuple(paragraph(letter * 30) for letter in "abcde")
    assert body(*blocks, room=70) == [blocks[:2], blocks[2:4], blocks[4:]]


def test_between_sentences() -> None:
    """A paragraph too large for a page breaks between sentences."""
    sentences = ["一" * 20 + "。", "二" * 20 + "！", "三" * 20 + "？"]
    assert body(paragraph("".join(sentences)), room=50) == [
        (paragraph("".join(sentences[:2])),),
        (paragraph(sentences[2]),),
    ]


@pytest.mark.parametrize(("start", "starts"), [(None, [None, None, None]), (7, [7, 9, 11])])
def test_between_items(start: int | None, starts: list[int | None]) -> None:
    """A list breaks between items, and an ordered one goes on counting."""
    items = tuple((paragraph(letter * 30),) for letter in "abcde")
    assert body(List(items, start), room=70) == [
        (List(items[:2], starts[0]),),
        (List(items[2:4], starts[1]),),
        (List(items[4:], starts[2]),),
    ]


def test_an_item_larger_than_a_page() -> None:
    """An item that no page can hold has its mark once, before its first piece."""
    long = paragraph(*["句" * 29 + "。"] * 4)
    first, *later = body(List(((long,), (paragraph("end"),)), 3), room=70)
    assert [type(block) for block in first] == [List]
    assert [node.start for node in nodes(first) if isinstance(node, List)] == [3]
    assert [node.start for node in nodes(tuple(later)) if isinstance(node, List)] == [4]
    assert essence("".join(plain_blocks(blocks) for blocks in (first, *later))) == "句" * 116 + "end"


def test_between_rows() -> None:
    """A table breaks between rows, its header once, above the first."""
    rows = tuple((text(letter * 20), text(letter * 9)) for letter in "abcde")
    header = (text("H"), text("I"))
    pages = body(Table(header, rows), room=70)
    tables = [block for blocks in pages for block in blocks if isinstance(block, Table)]
    assert [table.header for table in tables] == [header] + [()] * (len(tables) - 1)
    assert tuple(row for table in tables for row in table.rows) == rows
    assert len(pages) > 1


def test_a_row_larger_than_a_page() -> None:
    """A row that no page can hold is a line, its cells between bars."""
    pages = body(Table((), ((text("a" * 60), text("b" * 60)),)), room=70)
    assert "".join(plain_blocks(blocks) for blocks in pages) == "a" * 60 + " | " + "b" * 60


def test_between_lines() -> None:
    """Code breaks between lines, and each piece is code in its language."""
    lines = [letter * 30 for letter in "abcde"]
    assert body(CodeBlock("\n".join(lines), "python"), room=70) == [
        (CodeBlock("\n".join(lines[:2]), "python"),),
        (CodeBlock("\n".join(lines[2:4]), "python"),),
        (CodeBlock(lines[4], "python"),),
    ]


def test_a_line_larger_than_a_page() -> None:
    """A line of code that no page can hold is cut with nothing lost or added."""
    pages = body(CodeBlock("x" * 500, "python"), room=70)
    assert "".join(plain_blocks(blocks) for blocks in pages) == "x" * 500
    assert all(isinstance(block, CodeBlock) and block.language == "python" for blocks in pages for block in blocks)


def test_quotes_stay_quotes() -> None:
    """Every piece of a quote is a quote."""
    pages = body(Quote((paragraph("一" * 60 + "。" + "二" * 60 + "。"), paragraph("x" * 60))), room=80)
    assert all(isinstance(block, Quote) for blocks in pages for block in blocks)
    assert [plain_blocks(blocks) for blocks in pages] == ["一" * 60 + "。", "二" * 60 + "。", "x" * 60]


def test_forms_stand_on_both_sides() -> None:
    """A form around the place of a cut stands on both sides of it."""
    pages = body(Paragraph((Bold(text("一" * 30 + "。" + "二" * 30 + "。")),)), room=40)
    assert pages == [
        (Paragraph((Bold(text("一" * 30 + "。")),)),),
        (Paragraph((Bold(text("二" * 30 + "。")),)),),
    ]


# --- Links -------------------------------------------------------------------------------------------------------


def test_links_stay_whole() -> None:
    """A link is not cut where a page can hold it."""
    link = Link(text("见。这。里。" * 5), "https://a.example/")
    pages = body(Paragraph((Text("前" * 50), link, Text("后" * 50))), room=70)
    assert [node for node in nodes(tuple(pages)) if isinstance(node, Link)] == [link]


def test_a_link_larger_than_a_page() -> None:
    """A link that no page can hold leads to the same place from every piece."""
    pages = body(Paragraph((Link(text("长。" * 100), "https://a.example/"),)), room=70)
    found = [node for node in nodes(tuple(pages)) if isinstance(node, Link)]
    assert len(found) == len(pages) > 2
    assert {link.url for link in found} == {"https://a.example/"}
    assert "".join(plain(link.spans) for link in found) == "长。" * 100


# --- What is repeated --------------------------------------------------------------------------------------------


def test_head_repeated() -> None:
    """Where a story goes on, its title stands again, marked."""
    story = Passage(title=text("Title"), number=1, body=tuple(paragraph(letter * 40) for letter in "abc"))
    assert lines_on(paged(story, room=60)) == [
        ["Title", "a" * 40],
        ["Title(more)", "b" * 40],
        ["Title(more)", "c" * 40],
    ]


def test_a_head_never_stands_alone() -> None:
    """A title at the end of a page goes along with the text under it."""
    first = Passage(title=text("One"), body=(paragraph("x" * 40),))
    second = Passage(title=text("Two"), body=(paragraph("y" * 60), paragraph("z" * 60)))
    assert lines_on(paged(first, second, room=80)) == [
        ["One", "x" * 40],
        ["Two", "y" * 60],
        ["Two(more)", "z" * 60],
    ]


def test_a_long_head() -> None:
    """A title that takes more than a quarter of a page is shortened in the head, and stands whole in the body."""
    story = Passage(title=text("题" * 5_000), url="https://a.example/", body=(paragraph("end"),))
    pages = paged(story, room=1_000)
    heads = [galley.head.said for page in pages for galley in page.galleys if galley.head]
    assert all(len(head) <= SHORT_TITLE + len("(more)") for head in heads)
    assert len(heads) == len(pages)
    said = "".join(plain_blocks(tuple(blocks_on(page))) for page in pages)
    assert said.replace("\n", "") == "题" * 5_000 + "end"
    found = [node for page in pages for node in nodes(tuple(blocks_on(page))) if isinstance(node, Link)]
    assert {link.url for link in found} == {"https://a.example/"}


def test_what_leads_stays_with_what_follows() -> None:
    """A section's heading stands on the page of the story that follows it."""
    first = Passage(title=text("One"), body=(paragraph("x" * 40),))
    section = Passage(body=(Heading(text("Section"), 2),))
    second = Passage(title=text("Two"), body=(paragraph("y" * 30),))
    assert lines_on(paged(first, section, second, room=60)) == [
        ["One", "x" * 40],
        ["Section", "Two", "y" * 30],
    ]


def test_many_parts() -> None:
    """Parts are numbered from 1, however many they are."""
    pages = paged(Passage(body=(paragraph("字" * 40 * 150),)), room=41)
    assert len(pages) > 99
    assert (pages[0].number, pages[-1].number) == (1, len(pages))
    assert {page.of for page in pages} == {len(pages)}


def test_nothing_to_see() -> None:
    """A document with nothing to see is one page."""
    blank = Passage(body=(Rule(), Image("https://img.example/a.png"), paragraph(" \u200b")))
    assert paged(room=100) == (Page(1, 1, ()),)
    assert lines_on(paged(blank, room=100)) == [[]]
    assert lines_on(paged(*[replace(blank)] * 50, room=100)) == [[]]
