"""Emphasis beside CJK, and what becomes of leftover stars."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.emphasis import without_stars
from digest.markdown import blocks, parse
from digest.problems import Code
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
        ("**🚀标题**后文", ["🚀标题"]),
        ("前文**标题🎉**后文", ["标题🎉"]),
        ("🎉**标题**🎉后", ["标题"]),
        ("**①标题：**后文", ["①标题："]),
        ("前**“一”**、**《二》**，后", ["“一”", "《二》"]),
        ("**A**和**B**", ["A", "B"]),
        ("**50%**的", ["50%"]),
        ("价格**$5**的", ["$5"]),
        ("**~标题~**后", ["~标题~"]),
        ("**[链接](https://a.b/)**后", ["链接"]),
        ("前**`码`**后", ["码"]),
    ],
)
def test_cjk_friendly(text: str, bold: list[str]) -> None:
    """CJK emphasis: beside CJK no punctuation keeps it from opening or closing; elsewhere CommonMark holds."""
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
        ("2 ** 3 = 8", "2 ** 3 = 8"),
        ("** 空格 **", " 空格 "),
        ("** 一 **、** 二 **", " 一 、 二 "),
        ("发布 **", "发布 "),
    ],
)
def test_leftover_stars(text: str, kept: str) -> None:
    """CJK emphasis, literal `**` (7 % of posts): leftover stars go, except within words and names of arguments."""
    assert without_stars(text)[0] == kept


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("~~ 删 ~~", "删"),
        ("前 __ 粗 __ 后", "前 粗 后"),
        ("snake__case__name", "snake__case__name"),
        ("填空：____ 与 ____", "填空：____ 与 ____"),
        ("a ~~ b", "a ~~ b"),
    ],
)
def test_other_leftover_marks(text: str, shown: str) -> None:
    """CJK emphasis: two underscores or tildes that blanks keep from being marks go; blanks to fill in stay."""
    assert plain_blocks(blocks(text)) == shown


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("1. 题\n\n    第一行**未配对。\n    第二行 `x**y` 没事", 3),
        ("1. 题\n\n    第一行**未配对。  \n    第二行 `x**y` 没事", 3),
        ("第一行**未配对。\n<b>第二行</b> `x**y` 没事", 1),
        ("第一行**未配对。<br>\n第二行 `x**y` 没事", 1),
        ("第一行**未配对。<div>\n第二行 `x**y` 没事</div>", 1),
        ("第一行\n第二行 *斜体* 未**配对\n`x**y`", 2),
        ("第一行 <b\nclass=x>粗</b>\n未**配对\n末行", 3),
        (f"{'words ' * 15}\n{'words ' * 14}\n**unpaired {'words ' * 12}\nlast {'words ' * 9}", 3),
    ],
)
def test_leftover_stars_are_named_on_their_line(text: str, line: int) -> None:
    """Leftover stars are reported on the line on which they stand, whatever follows on the next one."""
    assert [p.line for p in parse(text).problems if p.code is Code.LEFTOVER_STARS] == [line]


def test_stars_are_not_shown_in_any_block() -> None:
    """CJK emphasis: leftover stars are shown in no heading, cell, item, quote or picture's words."""
    text = "## 标题**\n\n- **项\n\n> 引** 用\n\n| a** | b |\n|---|---|\n| **c | d |\n\n![图**](https://a.b/c.png)"
    assert "*" not in plain_blocks(blocks(text))


def test_escaped_and_coded_stars_stay() -> None:
    """Stars that their author escaped, or wrote as code, are shown."""
    assert plain_blocks(blocks(r"\*\*kept\*\* and `a ** b`")) == "**kept** and a ** b"


@given(st.text("**a中（）“” ，b。", max_size=30))
def test_no_stars_are_shown(text: str) -> None:
    """However stars are strewn over a text, none stands between or beside Chinese words."""
    shown = plain_blocks(blocks(text))
    assert not any(f"{char}**" in shown or f"**{char}" in shown for char in "中（）“”，。")
