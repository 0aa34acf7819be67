"""Rich text: what it says, which links it holds, where it may be cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from digest.markdown import blocks
from digest.richtext import Bold, Break, Code, Link, Paragraph, Spans, Text, links, plain, plain_blocks, split_spans
from tests.digest.posts import scraps


def test_plain() -> None:
    """What blocks say is their text, a line each."""
    text = "# t\n\na **b**\n\n- x\n- y\n\n> q\n\n| h |\n|---|\n| c |\n\n---\n\n![alt](https://a.b/c)"
    assert plain_blocks(blocks(text)) == "t\na b\nx\ny\nq\nh\nc\nalt"


def test_links_in_reading_order() -> None:
    """Links are found in every block and form, in reading order."""
    text = "[1](https://a.b/1)\n\n- **[2](https://a.b/2)**\n\n> [3](https://a.b/3)\n\n| [4](https://a.b/4) |\n|---|\n"
    assert [plain(link.spans) for link in links(blocks(text))] == ["1", "2", "3", "4"]


def test_split_within_a_form() -> None:
    """A form around the place where spans are split stands on both sides."""
    spans: Spans = (Text("ab"), Bold((Text("cd"), Link((Text("ef"),), "https://a.b/"))), Break(), Code("g"))
    assert split_spans(spans, 5) == (
        (Text("ab"), Bold((Text("cd"), Link((Text("e"),), "https://a.b/")))),
        (Bold((Link((Text("f"),), "https://a.b/"),)), Break(), Code("g")),
    )


@given(scraps(), st.integers(0, 200))
def test_split_loses_nothing(text: str, at: int) -> None:
    """Wherever spans are split, both sides together say the same, and the first as much as was asked for."""
    for block in blocks(text):
        if isinstance(block, Paragraph):
            before, after = split_spans(block.spans, at)
            assert plain(before) + plain(after) == plain(block.spans)
            assert len(plain(before)) == min(at, len(plain(block.spans)))
