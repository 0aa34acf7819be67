"""Where a line of rich text may be cut, and what stays whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.cutting import Run, Runs, first_sentence, grains, is_blank, runs_of, sentences, shorten, spans_of
from digest.richtext import (
    Bold,
    Break,
    Code,
    CodeBlock,
    Heading,
    Italic,
    Link,
    List,
    Paragraph,
    Quote,
    Spans,
    Strike,
    Table,
    Text,
    plain,
)
from tests.nasty import PIECES

FAMILY = "👨‍👩‍👧‍👦"
"""One cluster of seven code points."""


def said(runs: Runs) -> str:
    """The characters of the runs."""
    return "".join(run.text for run in runs)


def cut(*runs: Run, room: int) -> list[str]:
    """The pieces of runs where so many code points fit."""
    return [said(piece) for piece in grains(runs, lambda piece: len(said(piece)) <= room)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("早。午！晚？夜；完", ["早。", "午！", "晚？", "夜；", "完"]),
        ("真的？！是的。", ["真的？！", "是的。"]),
        ("他说：“走吧。”她没动。", ["他说：“走吧。”", "她没动。"]),
        ("（见下文。）然后", ["（见下文。）", "然后"]),
        ("「好！」『行？』走", ["「好！」", "『行？』", "走"]),
        ("价格是 3.5 元。第 2.1 版", ["价格是 3.5 元。", "第 2.1 版"]),
        ("The U.S. Senate met. It left.", ["The U.S. Senate met. ", "It left."]),
        ("Dr. Who vs. Mr. Bean. End", ["Dr. Who vs. Mr. Bean. ", "End"]),
        ('"Go." He went. (Far.) Away', ['"Go." ', "He went. ", "(Far.) ", "Away"]),
        ("It works, e.g. here. approx. five", ["It works, e.g. here. approx. five"]),
        ("v1.2 is out! Try it? Yes; do", ["v1.2 is out! ", "Try it? ", "Yes; ", "do"]),
        ("See https://a.example/b?c=1.2!x and https://a.example/d. Then", None),
        ("见 https://a.example/b?c=d。然后", ["见 https://a.example/b?c=d。", "然后"]),
        ("用Python!很快?是的", ["用Python!", "很快?", "是的"]),
        ("one\ntwo\n\nthree", ["one\n", "two\n\n", "three"]),
        ("等等……好吧", ["等等……好吧"]),
        ("", []),
    ],
)
def test_sentences(text: str, expected: list[str] | None) -> None:
    """A sentence ends at a full stop with what closes it; never in a number, an abbreviation or an address."""
    found = [said(sentence) for sentence in sentences(runs_of((Text(text),)))]
    if expected is None:  # the stop behind an address may be its own: it must only stay whole
        assert all(url in "\0".join(found) for url in ("https://a.example/b?c=1.2!x", "https://a.example/d"))
    else:
        assert found == expected


def test_sentences_before_words_before_clusters() -> None:
    """What is too large for a page is cut between sentences, else between words, else between clusters."""
    assert cut(Run("一二三。四五六。"), room=4) == ["一二三。", "四五六。"]
    words = "word " * 20
    assert all(piece.endswith(" ") for piece in cut(Run(words), room=50))
    assert list(map(len, cut(Run("字" * 70), room=40))) == [32, 32, 6]


@pytest.mark.parametrize("cluster", [FAMILY, "e\u0301\u0323", "🇨🇳", "ก็", "각", "👍🏽"])
def test_clusters_stay_whole(cluster: str) -> None:
    """What is seen as one character is never cut: joined emoji, combining marks, flags."""
    pieces = cut(Run("x" + cluster * 60), room=40)
    assert "".join(pieces) == "x" + cluster * 60
    assert all(piece.removeprefix("x").replace(cluster, "") == "" for piece in pieces)
    assert all(len(piece) <= 40 for piece in pieces)


def test_a_cluster_larger_than_a_page() -> None:
    """Only a cluster that no page can hold is cut between code points."""
    monster = "a" + "\u0301" * 500
    pieces = cut(Run(monster), room=100)
    assert "".join(pieces) == monster
    assert max(map(len, pieces)) <= 100


def test_links_and_code_stay_whole() -> None:
    """No cut falls in a link or in code where a page can hold it."""
    link = Run("见“新规。”全文 and more words", url="https://a.example/")
    code = Run("a; b. C! 。", 8)
    pieces = cut(Run("前文。" * 10), link, code, Run("后文。" * 10), room=30)
    assert any(link.text in piece for piece in pieces)
    assert any(code.text in piece for piece in pieces)


def test_a_link_larger_than_a_page() -> None:
    """A link that no page can hold is cut into links to the same place."""
    pieces = list(grains([Run("长。" * 200, url="https://a.example/")], lambda piece: len(said(piece)) <= 100))
    assert len(pieces) > 1
    assert said([run for piece in pieces for run in piece]) == "长。" * 200
    assert {run.url for piece in pieces for run in piece} == {"https://a.example/"}


@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join), st.integers(40, 200))
def test_grains_rejoin(text: str, room: int) -> None:
    """Pieces joined again are the text; each fits, and none is blank beside one that is not."""
    pieces = cut(Run(text), room=room) if text else []
    assert "".join(pieces) == text
    assert all(len(piece) <= room for piece in pieces)
    assert len(pieces) <= 1 or not any(map(is_blank, pieces))


@pytest.mark.parametrize(
    ("text", "room", "expected"),
    [
        ("短", 80, "短"),
        ("x" * 10, 10, "x" * 10),
        ("x" * 11, 10, "x" * 9 + "…"),
        ("one two three", 9, "one two…"),
        (f"ab{FAMILY}cd", 8, "ab…"),
        ("字" * 5_000, 80, "字" * 79 + "…"),
    ],
)
def test_shorten(text: str, room: int, expected: str) -> None:
    """A shortened text ends with an ellipsis, in its room, between clusters."""
    assert shorten(text, room) == expected
    assert len(shorten(text, room)) <= room


def test_first_sentence() -> None:
    """In brief a body is its first paragraph's first sentence, semicolons passed over, with its forms and links."""
    link = Link((Bold((Text("新版"),)), Text("发布；")), "https://a.example/")
    body = (Heading((Text("标题"),), 2), Paragraph((link, Text("快一倍。贵一半。"))))
    assert first_sentence(body) == (link, Text("快一倍。"))
    assert plain(first_sentence((List(((Paragraph((Text("甲。乙。"),)),),)),))) == "甲。"
    assert plain(first_sentence((Quote((Paragraph((Text("引。文。"),)),)),))) == "引。"
    assert plain(first_sentence((CodeBlock("one\ntwo"),))) == "one"
    assert first_sentence(()) == ()
    row = ((Text("新版"),), (Text("九月"),))
    assert plain(first_sentence((Table(((Text("名称"),), (Text("日期"),)), (row,)),))) == "新版 | 九月"
    assert plain(first_sentence((Table(row, ()),))) == "新版 九月"


@pytest.mark.parametrize(
    "spans",
    [
        (Text("a"), Bold((Text("b"), Italic((Strike((Text("c"),)),)))), Code("d")),
        (Link((Text("a"), Bold((Text("b"),))), "https://a.example/"), Break(), Text("c")),
        (Text("a"), Break(), Break(), Text("b")),
    ],
)
def test_runs_and_back(spans: Spans) -> None:
    """A line made flat and made spans again has the same runs."""
    assert runs_of(spans_of(runs_of(spans))) == runs_of(spans)


def test_a_link_without_words() -> None:
    """A link with nothing to see says its address."""
    assert runs_of((Link((Text(" \u200b"),), "https://a.example/"),)) == [
        Run("https://a.example/", url="https://a.example/")
    ]
