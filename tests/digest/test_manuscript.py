"""What only a generator or an editor understands, and what a reader is shown of it."""

from __future__ import annotations

import pytest

from digest.manuscript import manuscript
from digest.markdown import blocks, parse
from digest.problems import Code
from digest.richtext import CodeBlock, Heading, Image, links, plain_blocks


def _shown(text: str) -> str:
    return plain_blocks(blocks(text))


def _links(text: str) -> list[str]:
    return [link.url for link in links(blocks(text))]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("before {% include ad.html %}after", "before after"),
        ("{% include ad.html %}\n\ntext", "text"),
        ("{% assign x = 1 %}{% if x %}yes{% endif %}", "yes"),
        ("{%- for post in site.posts -%}\none\n{%- endfor -%}\n\ntwo", "two"),
        ("{{ page.title }} text", "text"),
        ("{{ content | markdownify }}text", "text"),
        ('{{ "words" | upcase }} text', "words text"),
        ("{% raw %}{{ kept }} {% kept %}{% endraw %} end", "{{ kept }} {% kept %} end"),
        ("{% comment %}\nhidden\n{% endcomment %}\ntext", "text"),
        ("{% note info %}\ninside\n{% endnote %}", "inside"),
        ("{% blockquote someone %}\n\ninside\n\n{% endblockquote %}", "inside"),
        ("{% unknown %} text", "text"),
        ("{% never closed", "{% never closed"),
        ("100 % {of} it", "100 % {of} it"),
        ("a prompt with {{name}} in it", "a prompt with {{name}} in it"),
        ("Go writes {{ .Name }} and {{.Age}}", "Go writes {{ .Name }} and {{.Age}}"),
        ('Helm writes {{ include "x" . }}', 'Helm writes {{ include "x" . }}'),
        ("Vue writes {{ a || b }} and {{ config }}", "Vue writes {{ a || b }} and {{ config }}"),
        ("{% link words https://a.b/c %}", "words"),
        ("{% asset_img photo.jpg the words %}", "the words"),
        ("- one\n{% include x %}\n- two", "one\ntwo"),
    ],
)
def test_liquid(text: str, shown: str) -> None:
    """Markup: Liquid (18 % of posts) goes, and what stands between its tags stays."""
    assert _shown(text) == shown


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{% highlight python %}\nx = {{ y }}\n{% endhighlight %}", CodeBlock("x = {{ y }}", "python")),
        ("{% highlight ruby linenos %}\na\n\n    b\n{% endhighlight %}", CodeBlock("a\n\n    b", "ruby")),
        ("{% codeblock lang:js %}\na()\n{% endcodeblock %}", CodeBlock("a()", "js")),
        ("{{< highlight go >}}\na()\n{{< /highlight >}}", CodeBlock("a()", "go")),
        ("```liquid\n{% if x %}{{ y }} <!-- z -->\n```", CodeBlock("{% if x %}{{ y }} <!-- z -->", "liquid")),
        ("~~~\n{{< x >}}\n~~~", CodeBlock("{{< x >}}")),
        ("text\n\n    {% if x %}\n    <!-- y -->\n", CodeBlock("{% if x %}\n<!-- y -->")),
    ],
)  # fmt: skip
def test_code_is_literal(text: str, code: CodeBlock) -> None:
    """Markup: Liquid, shortcodes and comments within code (10 % of posts) are the code; code tags make code."""
    assert blocks(text)[-1] == code


@pytest.mark.parametrize("code", ["{% x %}", "{{ x }}", "{{< x >}}", "<!-- x -->", "[[x]]", "==x==", "[^1]"])
def test_inline_code_is_literal(code: str) -> None:
    """Markup: within a line's code no tag means anything."""
    assert _shown(f"a `{code}` b\n\n[^1]: note").startswith(f"a {code} b")
    assert _shown(f"a ``{code}`` b\n\n[^1]: note").startswith(f"a {code} b")


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("[t]({% post_url 2025-01-01-x %})", []),
        ("[t]({{ site.url }}/x)", ["https://s.e/x"]),
        ("[t]({{ page.url }})", []),
        ("[t]({{ '/x' | relative_url }})", ["https://s.e/x"]),
        ('[t]({{< ref "x.md" >}})', []),
        ('[t]({{< relref "x.md" >}} "title")', []),
        ('<a href="{{ site.baseurl }}/x">t</a>', ["https://s.e/x"]),
        ("{% link words https://a.b/c %}", ["https://a.b/c"]),
        ("{{< youtube dQw4w9WgXcQ >}}", ["https://www.youtube.com/watch?v=dQw4w9WgXcQ"]),
        ('{{< youtube id="dQw4w9WgXcQ" autoplay="true" >}}', ["https://www.youtube.com/watch?v=dQw4w9WgXcQ"]),
        ("{% youtube dQw4w9WgXcQ %}", ["https://www.youtube.com/watch?v=dQw4w9WgXcQ"]),
        ('{% include youtube.html id="dQw4w9WgXcQ" %}', ["https://www.youtube.com/watch?v=dQw4w9WgXcQ"]),
        ("{{< bilibili BV1xx411c7mD >}}", ["https://www.bilibili.com/video/BV1xx411c7mD"]),
        ('{{< tweet user="a" id="123" >}}', ["https://x.com/a/status/123"]),
        ('{{< x user="a" id="123" >}}', ["https://x.com/a/status/123"]),
        ("{% twitter https://x.com/a/status/1 %}", ["https://x.com/a/status/1"]),
        ('{{< card title="Words" link="https://a.b/c" >}}', ["https://a.b/c"]),
        ('<LinkCard title="Words" href="https://a.b/c" />', ["https://a.b/c"]),
    ],
)
def test_tags_that_lead_somewhere(text: str, urls: list[str]) -> None:
    """Markup: a tag that is a video, a post or a link is a link; an address that only the generator knows is text."""
    parsed = parse(text, base_url="https://s.e/p/")
    assert [link.url for link in links(parsed.blocks)] == urls
    untold = {Code.LEFT_TO_GENERATOR} if not urls else set()
    assert {problem.code for problem in parsed.problems} == untold


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{< x >}}text{{< /x >}}", "text"),
        ("{{% notice tip %}}\ncontent\n{{% /notice %}}", "content"),
        ('{{< details "Some words" >}}\n\ninside\n\n{{< /details >}}', "Some words\ninside"),
        ('{{< admonition title="Words" >}}\ninside\n{{< /admonition >}}', "Words\ninside"),
        ('{{< tabs >}}\n{{< tab "A" >}}\nx\n{{< /tab >}}\n{{< /tabs >}}', "A\nx"),
        ("{{</* shown */>}}text", "text"),
        ('{{< figure src="x.png" alt="words" >}}', "words"),
        ("{{<\n  x\n  a=1\n>}}\ntext", "text"),
    ],
)
def test_shortcodes(text: str, shown: str) -> None:
    """Markup: Hugo shortcodes (1.3 % of posts) go, what they hold stays."""
    assert _shown(text) == shown


@pytest.mark.parametrize(
    ("text", "shown", "named"),
    [
        ("今日共 {{ posts.size }} 条。", "今日共 条。", [(3, "{{ posts.size }}")]),
        ("{{ page.title }}：{{ site.title }}。", "：。", [(3, "{{ page.title }}"), (3, "{{ site.title }}")]),
        ("{% assign x = 1 %}共 {{ x }} 条", "共 1 条", []),
        ("{% assign x = y | size %}共 {{ x }} 条", "共 条", [(3, "{{ x }}")]),
        ("{% if a %}甲{% else %}乙{% endif %}", "甲", [(3, "{% if a %}")]),
        ("{% if a %}甲{% elsif b %}乙{% else %}丙{% endif %}丁", "甲丁", [(3, "{% if a %}")]),
        ("{% if a %}甲{% if b %}乙{% else %}丙{% endif %}丁{% else %}戊{% endif %}", "甲乙丁",
         [(3, "{% if a %}"), (3, "{% if b %}")]),
        ("{% case a %}{% when 1 %}甲{% when 2 %}乙{% endcase %}丙", "甲丙", [(3, "{% case a %}")]),
        ("{% for p in site.posts %}\n- [{{ p.title }}]({{ p.url }})\n{% endfor %}\n\n共 {{ n }}", "共",
         [(3, "{% for p in site.posts %}"), (7, "{{ n }}")]),
        ("{% for a in b %}{% for c in d %}甲{% endfor %}乙{% endfor %}丙", "丙", [(3, "{% for a in b %}")]),
        ("{% for a in b %}甲", "甲", [(3, "{% for a in b %}")]),
        ("{% assign x = 1 %}{% for a in b %}{% assign x = 2 %}{% endfor %}{{ x }}.", ".",
         [(3, "{% for a in b %}"), (3, "{{ x }}")]),
        ("文\n\n    {{ page.title }}缩进的段落", "文\n缩进的段落", [(5, "{{ page.title }}")]),
        ("文\n\n    x = {{ page.title }}", "文\nx = {{ page.title }}", []),
        ("`{{ page.title }}` 与 `{% for a in b %}`", "{{ page.title }} 与 {% for a in b %}", []),
    ],
)  # fmt: skip
def test_what_only_a_generator_knows(text: str, shown: str, named: list[tuple[int, str]]) -> None:
    """Values and loops that only a generator knows are left out, conditions have one branch, and each is named."""
    parsed = parse(text, first_line=3)
    assert plain_blocks(parsed.blocks) == shown
    found = [(p.line, p.details["tag"]) for p in parsed.problems if p.code is Code.LEFT_TO_GENERATOR]
    assert found == named == [(p.line, p.details["tag"]) for p in parsed.problems]


def test_lone_braces() -> None:
    """Braces without any sign of a generator may be what the post is about: they are shown, and named."""
    parsed = parse("首\n\n模型 {{ model_name }} 发布")
    assert plain_blocks(parsed.blocks) == "首\n模型 {{ model_name }} 发布"
    assert [(p.code, p.line, p.details["tag"]) for p in parsed.problems] == [
        (Code.LITERAL_BRACES, 3, "{{ model_name }}")
    ]
    assert _shown("{% include x %}模型 {{ model_name }} 发布") == "模型 发布"


@pytest.mark.parametrize("text", ["on: ${{ secrets.KEY }}", r"$\frac{{a}}{b}$", "<x style={{a: b}}>", "{{ }}"])
def test_braces_of_other_languages(text: str) -> None:
    """Double braces of workflows, formulas and components are no values, and nothing is said of them."""
    assert parse(text).problems == ()


def test_figures() -> None:
    """Markup: a shortcode or a tag that is a picture is a picture."""
    image = (Image("https://a.b/c.png", "words"),)
    assert blocks('{{< figure src="https://a.b/c.png" alt="words" >}}') == image
    assert blocks("{% img left https://a.b/c.png 300 200 'words' %}") == image


def test_unknown_tag_is_named() -> None:
    """A shortcode that would have shown something and is not known is named once, with its line; others are not."""
    text = "one\n\n{{< chart a b >}}\n{{< chart c >}}\n\n{{< ads >}}{% include x %}{{< box red >}}text{{< /box >}}"
    assert [(p.code, p.line, p.details["tag"]) for p in parse(text).problems] == [(Code.DROPPED_TAG, 3, "chart")]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a <!-- x --> b", "a b"),
        ("a<!-- x -->b", "ab"),
        ("<!-- more -->\n\ntext", "text"),
        ("one\n\n<!--\n\nx\n\n- y\n-->\n\ntwo", "one\ntwo"),
        ("- one\n<!-- x\n\ny -->\n- two", "one\ntwo"),
        ("1. one\n\n   <!-- a\n\n   b -->\n2. two", "one\ntwo"),
        ("<!-- a --> b <!-- c -->", "b"),
        ("<!--> a", "a"),
        ("<!---> a", "a"),
        ("<div>\n<!-- x -->\n<p>text</p>\n</div>", "text"),
        ("a `<!--` b <!-- c --> d", "a <!-- b d"),
    ],
)
def test_comments(text: str, shown: str) -> None:
    """Markup: HTML comments (19 % of posts) are never shown, whatever stands within or around them."""
    assert _shown(text) == shown


def test_comment_in_a_list_keeps_it_one() -> None:
    """A comment between two items does not part their list."""
    assert len(blocks("1. one\n<!-- x -->\n2. two")) == 1


def test_unclosed_comment() -> None:
    """An unclosed comment hides what a browser hides, and is named with its line."""
    parsed = parse("one\n\n<!-- two\n\nthree", first_line=5)
    assert plain_blocks(parsed.blocks) == "one"
    assert [(p.code, p.line) for p in parsed.problems] == [(Code.UNCLOSED_COMMENT, 7)]
    assert _shown("one <!-- two\n\nthree") == "one two\nthree"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('[t](https://a.b/){:target="_blank"} x', "t x"),
        ('[t](https://a.b/){: target="_blank" rel="x" }', "t"),
        ("text\n{: .notice}", "text"),
        ("* TOC\n{:toc}\n\ntext", "text"),
        ("- toc\n{:toc .x}\n\ntext", "text"),
        ("[TOC]\n\ntext", "text"),
        ("@[toc]\n\ntext", "text"),
        ("## Words {#id}", "Words"),
        ("## Words {#id .class}", "Words"),
        ("![t](x.png){.wide}", "t"),
        ("## Words {#id .class key='a value'}", "Words"),
        ("Svelte writes {#each items as item}", "Svelte writes {#each items as item}"),
        ("a set {1, 2} and {x}", "a set {1, 2} and {x}"),
    ],
)
def test_attributes(text: str, shown: str) -> None:
    """Markup: kramdown's attributes, heading ids and tables of contents are not shown."""
    assert _shown(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("import X from '../x.astro';\nimport { a } from \"b\"\n\nexport const c = 1\n\n# Title", "Title"),
        ("text <Card title='x' /> more", "text  more"),
        ("<Card items={[1, 2]} f={() => 1} />\n\ntext", "text"),
        ("<Tabs client={x}>\n\ninside\n\n</Tabs>", "inside"),
        ("<Note x={1}>inside</Note>", "inside"),
        ("We import goods", "We import goods"),
        ("import 'x.css';\nimport * as y from 'y'\n\ntext", "text"),
        ("import goods are dear\n\ntext", "import goods are dear\ntext"),
        ("import goods 'are' dear\n\ntext", "import goods 'are' dear\ntext"),
    ],
)
def test_components(text: str, shown: str) -> None:
    """Markup: the imports and components of MDX are not shown, what they hold is."""
    assert _shown(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see [[a page]] there", "see a page there"),
        ("see [[folder/a page|words]]", "see words"),
        ("see [[folder/a page.md]]", "see a page"),
        ("![[photo.png]]text", "text"),
        ("[[论文]](https://a.b/c)", "[论文]"),
        ("[[1]]\n\n[1]: https://a.b/", "[1]"),
        ("as told [[1]], and x[[i]]", "as told [[1]], and x[[i]]"),
    ],
)
def test_wiki_links(text: str, shown: str) -> None:
    """Markup: a wiki's link is its words, and its embedded file nothing; brackets around a link stay."""
    assert _shown(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("claim[^1]。\n\n[^1]: the note", "claim[1]。\n[1] the note"),
        (
            "claim[^a] two[^b]\n\n[^a]: note **a**\n[^b]: https://a.b/c",
            "claim[a] two[b]\n[a] note a\n[b] https://a.b/c",
        ),
        ("claim[^1]\n\n[^1]: one\n    two\n\n    more of it\n\nafter", "claim[1]\n[1] one\ntwo\nmore of it\nafter"),
        ("claim^[the note] on", "claim[the note] on"),
        ("the class [^a-z] of letters", "the class [^a-z] of letters"),
    ],
)
def test_footnotes(text: str, shown: str) -> None:
    """Markup: footnotes (0.8 % of posts) are numbers in brackets, and the notes stand where their author put them."""
    assert _shown(text) == shown


def test_footnotes_keep_their_links() -> None:
    """A note that is an address is a link, and its number in the text is none."""
    assert _links("claim[^1]\n\n[^1]: https://a.b/c\n[^2]: [t](https://d.e/)") == ["https://a.b/c", "https://d.e/"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("> [!NOTE]\n> inside", "Note\ninside"),
        ("> [!tip]- Words\n> inside", "Words\ninside"),
        ("::: tip 提示\n内容\n:::", "提示\n内容"),
        (":::note\ninside\n:::", "inside"),
        ('!!! note "标题"\n\n内容', "标题\n内容"),
        ("*[HTML]: words\n\ntext", "text"),
        ("a ::: b", "a ::: b"),
        ("Hot! [!!] here", "Hot! [!!] here"),
    ],
)
def test_boxes(text: str, shown: str) -> None:
    """Markup: the boxes of many generators are their words and what stands in them."""
    assert _shown(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (":rocket: up", "🚀 up"),
        ("- :fire: hot :fire:", "🔥 hot 🔥"),
        ("`:rocket:` at 10:30:45", ":rocket: at 10:30:45"),
        ("a :nosuchthing: b", "a :nosuchthing: b"),
        ("https://a.b/c:rocket:d", "https://a.b/c:rocket:d"),
    ],
)
def test_emoji_codes(text: str, shown: str) -> None:
    """Markup: emoji (38 % of posts) that are written as short codes are drawn, except in code and addresses."""
    assert _shown(text) == shown


def test_ticks() -> None:
    """Markup: the boxes of a list of tasks are shown as boxes."""
    assert _shown("- [x] done\n- [ ] open\n1. [X] three\n- [y] no") == "☑ done\n☐ open\n☑ three\n[y] no"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("some ==marked words== here", "some marked words here"),
        ("中文==重点==后", "中文重点后"),
        ("a == b == c", "a == b == c"),
        ("if a==b and c==d", "if a==b and c==d"),
    ],
)
def test_highlights(text: str, shown: str) -> None:
    """Markup: highlighted words are shown without their marks, comparisons as they are."""
    assert _shown(text) == shown


def test_lines_stay() -> None:
    """Whatever is rendered, every line of the text stays where it is."""
    text = "{% comment %}\n\nx\n{% endcomment %}\n<!--\n\n-->\n{{<\n x >}}\n* TOC\n{:toc}\n\n# here"
    assert manuscript(text).text.count("\n") == text.count("\n")
    (heading,) = parse(text).placed
    assert isinstance(heading.block, Heading)
    assert heading.line == 13


def test_plain_text_is_untouched() -> None:
    """A text without any mark is what it was."""
    text = "# 标题\n\n1. [a](https://b.c/) **d**\n\n   <b>e</b> `f`\n"
    assert manuscript(text).text is text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("**\u200b粗\u200b** x", "粗 x"),
        ("**粗\u200d** x", "粗 x"),
        ("soft\u00adhyphen and\u2060joined", "softhyphen andjoined"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("👩\u200d🚀 🏳️\u200d🌈", "👩\u200d🚀 🏳️\u200d🌈"),
        ("-\u00a0one\n-\u00a0two", "one\ntwo"),
        ("##\u3000标题", "标题"),
        ("\u3000\u3000段落", "段落"),
    ],
)
def test_characters_without_width(text: str, shown: str) -> None:
    """Markup: emoji (38 % of posts) stay whole; what has no width, or a wide one, keeps no mark from its work."""
    assert _shown(text) == shown
