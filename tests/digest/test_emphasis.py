"""Emphasis beside CJK, and what becomes of leftover stars."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.emphasis import without_stars
from digest.markdown import blocks
from digest.richtext import Bold, Italic, Paragraph, Spans, Strike, Text, plain, plain_blocks
from digest.writing import is_cjk


def _line(text: str) -> Spans:
    (paragraph,) = blocks(text)
    assert isinstance(paragraph, Paragraph)
    return paragraph.spans


def _bold(text: str) -> list[str]:
    return [plain(span.spans) for span in _line(text) if isinstance(span, Bold)]


@pytest.mark.parametrize(
    ("text", "bold"),
    [
        ("的**“神经回路”**，并", ["“神经回路”"]),
        ("推动**领域专用模型（DSM）**的", ["领域专用模型（DSM）"]),
        ("向 **实时动态推理** 演进", ["实时动态推理"]),
        ('一款名为**"Maestro"**的', ['"Maestro"']),
        ("**注意：**后文", ["注意："]),
        ("**可以吗？**可以", ["可以吗？"]),
        ("前**（括号）**后", ["（括号）"]),
        ("**「引用」**と", ["「引用」"]),
        ("**이 용어(This term)**를", ["이 용어(This term)"]),
        ("**(a)**的", ["(a)"]),
        ("用**`code`**吗", ["code"]),
        ("**一**、**二**", ["一", "二"]),
        ("禰\U000e0100**(ねぎ)**は", ["(ねぎ)"]),
        ("𠮷**“好”**𠮷", ["“好”"]),
        ("plain **bold** text", ["bold"]),
        ("a**b**c", ["b"]),
        ("__粗__：x", ["粗"]),
        ("a__b__c", []),
        ("これは🀄?**🀄**?x", ["🀄"]),
        ('a**"x"**b', []),
        ("** 空格 **", []),
    ],
)
def test_cjk_friendly(text: str, bold: list[str]) -> None:
    """Beside a CJK character punctuation keeps no emphasis from opening or closing; elsewhere CommonMark holds."""
    assert _bold(text) == bold


def test_italic_and_strike_follow_it_too() -> None:
    """A single star and two tildes follow the same rule as two stars."""
    assert _line("为*（斜）*的") == (Text("为"), Italic((Text("（斜）"),)), Text("的"))
    assert _line("已~~（删）~~的") == (Text("已"), Strike((Text("（删）"),)), Text("的"))
    assert _line("3~5年") == (Text("3~5年"),)


@pytest.mark.parametrize(
    ("char", "cjk"),
    [
        ("中", True),
        ("あ", True),
        ("가", True),
        ("（", True),
        ("。", True),
        ("ｱ", True),
        ("〽", True),
        ("☰", True),
        ("𠮷", True),
        ("a", False),
        ("“", False),
        ("(", False),
        ("🀄", False),
        ("😀", False),
        ("é", False),
        ("—", False),
        ("\u0378", False),
    ],
)
def test_what_is_cjk(char: str, cjk: bool) -> None:
    """CJK is what is wide or half-wide and no emoji, or Hangul."""
    assert is_cjk(char) is cjk


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("F**k", "F**k"),
        ("2**10", "2**10"),
        ("f(*args, **kwargs)", "f(*args, **kwargs)"),
        ("def f(**options):", "def f(**options):"),
        ("**kwargs 是什么", "**kwargs 是什么"),
        ("**OpenAI 发布", "OpenAI 发布"),
        ("发布**", "发布"),
        ("向 **实时 推理", "向 实时 推理"),
        ("a ** b", "a b"),
        ("GPT**大模型", "GPT大模型"),
        ("GPT-5, **OpenAI 发布", "GPT-5, OpenAI 发布"),
        ("**new things", "new things"),
        ("x**** y", "x y"),
        ("one * two", "one * two"),
    ],
)
def test_leftover_stars(text: str, kept: str) -> None:
    """Leftover stars are taken out, except within words and names of arguments."""
    assert without_stars(text)[0] == kept


def test_escaped_and_coded_stars_stay() -> None:
    """Stars that their author escaped, or wrote as code, are shown."""
    assert plain_blocks(blocks(r"\*\*kept\*\* and `a ** b`")) == "**kept** and a ** b"


@given(st.text("**a中（）“” ，b。", max_size=30))
def test_no_stars_are_shown(text: str) -> None:
    """However stars are strewn over a text, none stands between or beside Chinese words."""
    shown = plain_blocks(blocks(text))
    assert not any(f"{char}**" in shown or f"**{char}" in shown for char in "中（）“”，。")
