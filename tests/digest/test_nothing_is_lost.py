"""Properties of reading any markup: what a reader would have seen is shown once, in its order, and nothing else is."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator

from hypothesis import given
from hypothesis import strategies as st

from digest.manuscript import manuscript
from digest.markdown import parse
from digest.model import Post
from digest.read import read
from digest.richtext import plain_blocks
from tests.digest.posts import RULES, scraps

_Shape = Callable[[str, str], str]
"""Writes words: the first are seen, the second are hidden where the shape hides any."""

_LINES: tuple[_Shape, ...] = (
    lambda seen, _: seen,
    lambda seen, _: f"**{seen}**",
    lambda seen, _: f"的**“{seen}”**的",
    lambda seen, _: f"** {seen} **",
    lambda seen, _: f"*{seen}*",
    lambda seen, _: f"~~{seen}~~",
    lambda seen, _: f"`{seen}`",
    lambda seen, _: f"=={seen}==",
    lambda seen, _: f"[{seen}](https://a.b/c)",
    lambda seen, _: f"[{seen}](https://a.b/c d_(e))",
    lambda seen, _: f"[{seen}](/relative.md)",
    lambda seen, _: f"[{seen}]()",
    lambda seen, _: f"[{seen}] (https://a.b/c)",
    lambda seen, _: f"［{seen}］（https://a.b/c）",
    lambda seen, _: f"[{seen}]({{% post_url x %}})",
    lambda seen, _: f"[[page|{seen}]]",
    lambda seen, hidden: f"{seen}<!-- {hidden} -->",
    lambda seen, hidden: f"{seen}<script>{hidden}</script>",
    lambda seen, _: f"<b>{seen}</b>",
    lambda seen, _: f"<span class='x'>{seen}</span>",
    lambda seen, _: f'<a href="https://a.b/c">{seen}</a>',
    lambda seen, _: f"<kbd>{seen}</kbd>",
    lambda seen, _: f"<b>{seen}",
    lambda seen, _: f"Map<{seen}>",
    lambda seen, _: f"{{% if x %}}{seen}{{% endif %}}",
    lambda seen, _: f"{{{{< box >}}}}{seen}{{{{< /box >}}}}",
    lambda seen, _: f'{seen}{{:target="_blank"}}',
    lambda seen, hidden: f"{seen}{{{{ page.{hidden} }}}}",
    lambda seen, _: f"$x_i * {seen}$",
    lambda seen, _: f"{seen}：https://a.b/c。",
)
_BLOCKS: tuple[_Shape, ...] = (
    lambda seen, _: seen,
    lambda seen, _: f"## {seen} {{#id}}",
    lambda seen, _: f"- {seen}",
    lambda seen, _: f"1. {seen}\n{{: .x}}",
    lambda seen, _: f"- [ ] {seen}",
    lambda seen, _: f"> {seen}",
    lambda seen, _: f"| {seen} | |\n|---|---|\n| | |",
    lambda seen, _: f"|---|---|\n| {seen} | |",
    lambda seen, _: f"[^note]: {seen}",
    lambda seen, hidden: f"<!--\n\n{hidden}\n\n-->\n\n{seen}",
    lambda seen, hidden: f"- <!-- {hidden}\n\n  x -->\n\n  {seen}",
    lambda seen, _: f"<div align='center'>\n\n{seen}\n\n</div>",
    lambda seen, _: f"<div>\n{seen}\n</div>",
    lambda seen, _: f"<h3>{seen}</h3>",
    lambda seen, _: f"<ul>\n<li>{seen}</li>\n</ul>",
    lambda seen, _: f"<ul>\n<li>{seen}",
    lambda seen, _: f"<table><tr><td>{seen}</td><td>x</td></tr></table>",
    lambda seen, _: f"<blockquote>{seen}</blockquote>",
    lambda seen, _: f"<details>\n<summary>{seen}</summary>\n\n</details>",
    lambda seen, _: f"<p>{seen}",
    lambda seen, _: f"{{% note x %}}\n{seen}\n{{% endnote %}}",
    lambda seen, _: f"{{{{% notice tip %}}}}\n{seen}\n{{{{% /notice %}}}}",
    lambda seen, hidden: f"{{% comment %}}\n{hidden}\n{{% endcomment %}}\n{seen}",
)
_LEAKS = re.compile(r"<!--|-->|</?(?:b|span|a|kbd|div|h3|ul|li|table|td|p|script)\b|\{%|%\}|\{\{|\{:|\{#|\*\*|==")


def _numbered(mark: str) -> Iterator[str]:
    return (f"{mark}{'甲乙丙丁戊己庚辛壬癸'[n // 10 % 10]}{'子丑寅卯辰巳午未申酉'[n % 10]}" for n in itertools.count())


@st.composite
def marked(draw: st.DrawFn) -> tuple[str, list[str], str]:
    """A text, the words that are to be seen in it, and the sign of those that are not."""
    shapes = draw(
        st.lists(
            st.tuples(st.sampled_from(_BLOCKS), st.lists(st.sampled_from(_LINES), min_size=1, max_size=3)), max_size=8
        )
    )
    seen, hidden, told, written = _numbered("看"), _numbered("藏"), [], []
    for block, lines in shapes:
        pieces = []
        for line in lines:
            told.append(next(seen))
            pieces.append(line(told[-1], next(hidden)))
        written.append(block(" ".join(pieces), next(hidden)))
    return "\n\n".join(written), told, "藏"


@given(marked())
def test_what_is_seen_is_shown(case: tuple[str, list[str], str]) -> None:
    """Markup, however it is combined: every word that a reader would have seen is shown once, in its order."""
    text, told, _ = case
    shown = plain_blocks(parse(text).blocks)
    assert re.findall("看..", shown) == told


@given(marked())
def test_what_is_markup_is_not_shown(case: tuple[str, list[str], str]) -> None:
    """Markup, however it is combined: nothing of it is shown, and nothing that it hides."""
    text, _, hidden = case
    shown = plain_blocks(parse(text).blocks)
    assert hidden not in shown
    assert not _LEAKS.search(shown), shown


@given(marked())
def test_lines_stay_where_they_are(case: tuple[str, list[str], str]) -> None:
    """Whatever a manuscript renders, its lines stay: each block is named by the line that it begins on."""
    text, _, _ = case
    rendered = manuscript(text, first_line=7).text
    assert rendered.count("\n") == text.count("\n")
    lines = [placed.line for placed in parse(text, first_line=7).placed]
    assert lines == sorted(lines)
    assert all(7 <= line <= 7 + text.count("\n") for line in lines)


@given(st.one_of(st.text(), scraps()))
def test_reading_never_raises(text: str) -> None:
    """Whatever a text is, it is rendered, parsed and read."""
    assert manuscript(text).text.count("\n") >= 0
    parsed = parse(text)
    assert all(placed.weight >= 0 for placed in parsed.placed)
    assert read(Post(path="x.md", data=text.encode(errors="ignore")), RULES).revision
