"""The front matter of a post, and the traps around it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.frontmatter import FrontMatter, split
from digest.problems import Code
from digest.slips import Slip, slip_in
from tests.digest.bombs import HEADS, TOML_HEADS
from tests.digest.posts import scraps


def test_yaml() -> None:
    """YAML between two lines of dashes is front matter, and the text begins behind it."""
    front = split('---\ntitle: "标题"\ncategories: ["a", "b"]\n---\n\ntext')
    assert (front.word("title"), front.words("categories")) == ("标题", ("a", "b"))
    assert (front.text, front.first_line) == ("\ntext", 5)


def test_toml() -> None:
    """TOML between two lines of plus signs is front matter, its dates and truths as words."""
    front = split('+++\ntitle = "x"\ndate = 2025-11-21T09:00:00+08:00\ndraft = true\ntags = ["a", 1]\n+++\ntext')
    assert front.word("date") == "2025-11-21T09:00:00+08:00"
    assert front.says("draft")
    assert front.words("tags") == ("a", "1")
    assert front.text == "text"


@pytest.mark.parametrize("written", ["no", "12:30", "2025-11-21", "1_000", "0o17", "1e3", "yes"])
def test_scalars_stay_as_written(written: str) -> None:
    """YAML 1.1 changes no word: `no` stays «no», `12:30` stays «12:30», a date stays as it was written."""
    assert split(f"---\ntitle: {written}\n---\n").word("title") == written


@pytest.mark.parametrize("nothing", ["~", "null", "Null", ""])
def test_null_says_nothing(nothing: str) -> None:
    """Front matter: what YAML writes for nothing is no series, no title and no topic, and the next key is asked."""
    front = split(f"---\ntitle: {nothing}\nheadline: x\nseries: {nothing}\ntags: [{nothing}, a]\n---\ntext")
    assert (front.word("title", "headline"), front.word("series"), front.words("tags")) == ("x", "", ("a",))


@pytest.mark.parametrize("line", ["behind the title", "- a stray item", "???"])
def test_one_stray_line_is_left_out(line: str) -> None:
    """Front matter: a slip in one line costs no post that says two things besides."""
    front = split(f"---\ntitle: x\n{line}\ndate: 2026-01-02\n---\ntext")
    assert (front.word("title"), front.word("date"), front.text) == ("x", "2026-01-02", "text")
    assert [problem.code for problem in front.problems] == [Code.SKIPPED_FRONT_MATTER]


@pytest.mark.parametrize(
    "text",
    [
        "---\n\nThe text begins with a rule.\n\n---\n\nMore.",
        "---\n\nUpdate: we moved.\n\n---\n\nMore.",
        "---\nNote: a rule, and no closing one",
        "---\n- one\n- two\n---\nmore",
        "No front matter at all.\n\n---\n\nMore.",
        "+++\njust a line\n+++\nmore",
        "--- title: x\n---\n",
    ],
)
def test_leading_rule_swallows_nothing(text: str) -> None:
    """A text that merely begins with a rule has no front matter and loses nothing."""
    front = split(text)
    assert (front.text, front.values, front.problems) == (text, {}, ())


def _told(front: FrontMatter) -> list[tuple[Code, int]]:
    return [(problem.code, problem.line) for problem in front.problems]


@pytest.mark.parametrize(
    ("text", "line", "near"),
    [
        ("---\ntitle: x\nand no end", 2, "title: x"),
        ("---\ntitle: [\n---\ntext", 2, "title: ["),
        ("---\ntitle: x\nthis is\nonly text\nbut it is closed\n---\ntext", 3, "this is"),
        ("---\ntitle: x\na: 1\nb: 2\nc: 3\nis it a draft true?\n---\ntext", 6, "is it a draft true?"),
        ("---\ntitle: x\n\ntext\n\nlink: https://a.b/\nmore text\n", 2, "title: x"),
    ],
)
def test_broken(text: str, line: int, near: str) -> None:
    """Front matter: a malformed block of which nothing is certain is a problem with its line and its words."""
    (problem,) = split(text).problems
    assert (problem.code, problem.line, problem.details["near"]) == (Code.BROKEN_FRONT_MATTER, line, near)


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("title: AI: the week", "AI: the week"),
        ("title: @all hands", "@all hands"),
        ("title: [AI] the week", "[AI] the week"),
        ("title: *important* news", "*important* news"),
        ("title: 50%: `code`", "50%: `code`"),
        ("title: %start", "%start"),
        ("title: `code` first", "`code` first"),
        ("title: - dash", "- dash"),
        ("title: !new shiny", "!new shiny"),
        ("title: & co", "& co"),
        ('title: "unbalanced', "unbalanced"),
        ('title: "one" and "two"', '"one" and "two"'),
        ('title: "AI" weekly', '"AI" weekly'),
        ("title: 'it's'", "it's"),
        ('title: "say "hello""', 'say "hello"'),
        ("title：全角冒号", "全角冒号"),
        ("title：AI：一周", "AI：一周"),
        ("title:glued", "glued"),
        ("\ttitle: tabs", "tabs"),
        ("title = x", "x"),
        ("title: > folded: no", "> folded: no"),
    ],
)
def test_mended(line: str, title: str) -> None:
    """Front matter: a malformed line whose meaning is certain is read as it stands, named, and spoils no other line."""
    front = split(f"---\ndate: 2026-01-02\ntags: [a, b]\n{line}\nlang: zh\n---\ntext")
    assert (front.word("title"), front.word("date"), front.words("tags")) == (title, "2026-01-02", ("a", "b"))
    assert (front.word("lang"), front.text, front.first_line) == ("zh", "text", 7)
    assert _told(front) == [(Code.MENDED_FRONT_MATTER, 4)]


@pytest.mark.parametrize(
    "line", ["title: AI: the week", "title：全角", "title:glued", 'title: "x', "title: @x", "title: [x] y"]
)
def test_mended_on_the_first_line(line: str) -> None:
    """Front matter: a malformed first line does not make the block text."""
    front = split(f"---\n{line}\n---\ntext")
    assert front.word("title")
    assert (front.text, _told(front)) == ("text", [(Code.MENDED_FRONT_MATTER, 2)])


def test_lists_and_tables_beside_a_malformed_line() -> None:
    """Front matter: around a malformed line, lists, folded texts and mappings are what they are elsewhere."""
    front = split(
        "---\ntitle: a: b\ntags:\n- x\n- y\ncategories:\n  - z\nsummary: >\n  one\n  two\n"
        "cover:\n  image: /c.png\nauthor: 'me'\n---\ntext"
    )
    assert (front.words("tags"), front.words("categories"), front.word("summary")) == (("x", "y"), ("z",), "one two")
    assert (front.word("cover"), front.word("author"), len(front.problems)) == ("/c.png", "me", 1)


def test_toml_mended() -> None:
    """Front matter: TOML is mended as YAML is: a title without quotes, a table behind it."""
    front = split('+++\ntitle = AI weekly\ndate = 2026-01-02\n[taxonomies]\ntags = ["a", "b"]\n+++\ntext')
    assert (front.word("title"), front.word("date"), front.words("tags")) == ("AI weekly", "2026-01-02", ("a", "b"))
    assert _told(front) == [(Code.MENDED_FRONT_MATTER, 2)]


def test_a_line_that_says_nothing_is_left_out() -> None:
    """Front matter: one line that says nothing is left out and named; the others count."""
    front = split("---\ntitle: x\ndate: 2026-01-02\ntags: [a]\nwhat is this\n---\ntext")
    assert (front.word("title"), front.words("tags"), front.text) == ("x", ("a",), "text")
    assert _told(front) == [(Code.SKIPPED_FRONT_MATTER, 5)]


@pytest.mark.parametrize(
    ("text", "rest", "line"),
    [
        ("---\ntitle: x\ndate: 2026-01-02\n\nThe text.\n\nMore.", "\nThe text.\n\nMore.", 4),
        ("---\ntitle: x\n\n1. [a](https://a.b)\n", "\n1. [a](https://a.b)\n", 3),
        ("---\ntitle: x\n\n# Heading\n\ntext\n\n---\n\nmore", "\n# Heading\n\ntext\n\n---\n\nmore", 3),
        ("---\ntitle: x\n\nNote: this is text\n\nmore\n", "\nNote: this is text\n\nmore\n", 3),
        ("---\ntitle: x\ntags:\n- a\n\ntags:\n- b\n\nmore\n", "\nmore\n", 8),
        ("+++\ntitle = 'x'\n\ntext\n", "\ntext\n", 3),
        ("---\ntitle: x\n--\n\ntext\n", "\ntext\n", 3),
        ("---\ntitle: x\n***\ntext\n\n---\n", "text\n\n---\n", 3),
        ("---\ntitle: x\n——\ntext\n", "text\n", 3),
    ],
)
def test_unclosed(text: str, rest: str, line: int) -> None:
    """Front matter: a block without an end is ended at the blank line behind its last key, and this is named."""
    front = split(text)
    assert (front.word("title"), front.text) == ("x", rest)
    assert text.split("\n")[front.first_line - 1] == rest.partition("\n")[0]
    assert (Code.UNCLOSED_FRONT_MATTER, line) in _told(front)


@pytest.mark.parametrize(
    ("head", "draft"),
    [
        ("draft: true", True),
        ("draft: 'true'", True),
        ("Draft: True", True),
        ("draft: ture", True),
        ("draft: “true”", True),
        ("draft: yes # not yet", True),
        ("draft：true", True),
        ("draft:true", True),
        ("  draft: true", True),
        ("\tdraft: true", True),
        ("draft = true", True),
        ("draft: true\ndraft: false", True),
        ("params:\n  draft: true", True),
        ("subtitle: x\n draft:true", True),
        ("published: false", True),
        ("published:false", True),
        ("publish: false", True),
        ("status: draft", True),
        ("status: Hidden", True),
        ("private: true", True),
        ("hidden: true", True),
        ("draft: false", False),
        ("draft: no", False),
        ("draft:", False),
        ("draft: null", False),
        ("published: true", False),
        ("published: 2026-01-02", False),
        ("status: published", False),
        ("cover:\n  hidden: true", False),
        ("summary: no draft true here", False),
        ("tags: [draft]", False),
    ],
)
@pytest.mark.parametrize("title", ["title: x", "title: x: y", 'title: "x'])
def test_drafts(head: str, draft: bool, title: str) -> None:
    """Front matter: no slip of the pen publishes a draft, be it on its own line or on another; none is invented."""
    front = split(f"---\n{title}\n{head}\n---\ntext")
    assert front.drafted is draft
    assert front.text == "text"


@pytest.mark.parametrize("written", ["true", "yes", "1", "2026-01-02", "ture"])
def test_withdrawn(written: str) -> None:
    """Front matter: whatever is no «no» withdraws."""
    assert split(f"---\ntitle: x\nwithdrawn: {written}\n---\n").withdrawn
    assert not split("---\ntitle: x\nwithdrawn: false\n---\n").withdrawn


def test_wrong_indentation() -> None:
    """Front matter: keys that are indented as if they belonged to a text are keys, and the block is named."""
    front = split("---\ntitle: x\n  date: 2026-01-02\n tags: [a]\n---\ntext")
    assert (front.word("title"), front.word("date"), front.words("tags")) == ("x", "2026-01-02", ("a",))
    assert [code for code, _ in _told(front)] == [Code.MENDED_FRONT_MATTER]


@pytest.mark.parametrize("text", ["---\nwhat is this\ntitle: x\ndate: 2026-01-02\ntags: [a]\n---\ntext"])
def test_a_block_that_begins_with_no_key(text: str) -> None:
    """Front matter: a first line that says nothing does not make the other ones text."""
    front = split(text)
    assert (front.word("title"), front.word("date"), front.text) == ("x", "2026-01-02", "text")
    assert _told(front) == [(Code.SKIPPED_FRONT_MATTER, 2)]


@pytest.mark.parametrize("head", ["not a key\ndraft: true", "draft:true", "a text\n\n  draft: true"])
def test_a_block_that_only_keeps_back(head: str) -> None:
    """Front matter: a draft is no text, however little else its block says."""
    front = split(f"---\n{head}\n---\ntext")
    assert front.drafted or any(problem.fatal for problem in front.problems)


def test_an_empty_key_beside_a_malformed_line() -> None:
    """Front matter: a key that says nothing says nothing, whatever stands beside it."""
    front = split("---\ntitle:\nsubtitle: a: b\n---\ntext")
    assert (front.word("title"), front.word("subtitle"), front.text) == ("", "a: b", "text")


def test_keys_in_chinese() -> None:
    """Front matter: keys in Chinese mean what they say, unless the same is said in English."""
    front = split("---\n标题: x\n日期：2026-01-02\n标签: [a]\ntags: [b]\n---\ntext")
    assert (front.word("title"), front.word("date"), front.words("tags")) == ("x", "2026-01-02", ("b",))
    assert split("---\n标题: x\n草稿: 是\n---\n").drafted
    assert split("---\n草稿：true\n---\n").drafted


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("---\ntitle: x\nDate: 2026\n---\n", 3),
        ("\n---\ntitle: x\nis: a: b\n\tdate：2026\n---\n", 5),
        ("+++\ntitle = 'x'\n\ndate = 2026-01-02\n+++\n", 4),
        ("\nTitle: x\nDate: 2026-01-02\n\ntext", 3),
        ("---\ntitle: x\ndate: 2026\n\ntext", 3),
        ("---\ntitle: x\n---\ndate: 2026\n", 0),
    ],
)
def test_line_of_a_key(text: str, line: int) -> None:
    """Front matter: what is odd about a value can be named with its line."""
    assert split(text).line_of("pubdate", "date") == line


def test_repeated_keys() -> None:
    """Front matter: of duplicate keys the last counts, as in YAML, in any case, and each repeat is named."""
    front = split("---\ntitle: x\ntags: [a]\nTitle: y\n---\ntext")
    assert front.word("title") == "y"
    assert _told(front) == [(Code.REPEATED_KEY, 4)]
    front = split("+++\ntitle = 'x'\ntitle = 'y'\n[extra]\ntitle = 'z'\n+++\ntext")
    assert front.word("title") == "y"
    assert _told(front) == [(Code.REPEATED_KEY, 3)]


def test_number_sign_in_a_title() -> None:
    """Front matter: what YAML takes for a comment is the number of an issue where it is glued to one."""
    front = split("---\ntitle: Weekly #123: news\n---\n")
    assert front.word("title") == "Weekly #123: news"
    assert split("---\ntitle: Weekly #123\n---\n").word("title") == "Weekly #123"
    assert split("---\ntitle: Weekly # a comment\n---\n").word("title") == "Weekly"


@pytest.mark.parametrize("written", ["{{ date }}", "'{{ date }}'", "<% tp.file.title %>", "{% now %}"])
def test_placeholders(written: str) -> None:
    """Front matter: a placeholder that no template filled in says nothing."""
    front = split(f"---\ntitle: {written}\ndate: {written}\ntags: [a]\n---\ntext")
    assert (front.word("title"), front.word("date"), front.text) == ("", "", "text")


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("tags: [A, [B, C]]", ("A", "B", "C")),
        ("tags:\n  - [A]\n  - B", ("A", "B")),
        ("tags:\n  - name: A\n    slug: a\n  - B", ("A", "B")),
        ("tags: 'machine learning'", ("machine learning",)),
        ("tags: 大模型 芯片", ("大模型", "芯片")),
        ("tags: '#ai #news'", ("ai", "news")),
        ("tags: a;b，c", ("a", "b", "c")),
        ("tags: [“a”, '#b', '']", ("a", "b")),
        ("taxonomies:\n  tags: [a, b]", ("a", "b")),
        ("extra:\n  tags: [a]\nparams:\n  Tags: b", ("b",)),
        ("extra:\n  tags: [a]\ntags: [c]", ("c",)),
    ],
)
def test_topics(head: str, words: tuple[str, ...]) -> None:
    """Front matter: topics are read as every generator writes them: nested, named, in tables, in a text."""
    assert split(f"---\ntitle: x\n{head}\n---\n").words("tags") == words


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Title: x\nDate: 2026-01-02 10:00\nCategory: News\nTags: a, b\nSlug: s\nLang: zh\n\ntext", "text"),
        ("Title: x\nTags: a, b\n---\n\ntext", "\ntext"),
        ("title: x\ndate: 2026-01-02\ntags:\n- a\n- b\n---\ntext", "text"),
        ("\n\nTitle: x\nSummary: one\n    two\nTags: a,b\n\ntext\n\nmore", "text\n\nmore"),
        ("Date: 2026-01-02\nTitle: x\nBase Header Level: 2\nTags: a, b\n\ntext", "text"),
        ("Title：x\nTags：a，b\n\ntext", "text"),
    ],
)
def test_pelican(text: str, rest: str) -> None:
    """Front matter: Pelican and MultiMarkdown lines are read up to the first blank one, with continuation lines."""
    front = split(text)
    assert (front.word("title"), front.words("tags"), front.text) == ("x", ("a", "b"), rest)
    assert text.split("\n")[front.first_line - 1] == rest.partition("\n")[0]


@pytest.mark.parametrize(
    "text",
    [
        "Note: this is text\n\nmore",
        "Summary: this is text\n\nmore",
        "Date: we met on a Monday\n\nmore",
        "Title: x\nand a second line of text\n\nmore",
        "Title: x\n- [a](https://a.b)\n- [b](https://c.d)\n",
        "Note: x\nTitle: y\n\nmore",
        "https://a.b/c\n\nmore",
        "今日要闻：很多\n\nmore",
        '{"title": "x"}\n\ntext',
        ';;;\n"title": "x"\n;;;\ntext',
        "---\n# only a comment\n---\ntext",
    ],
)
def test_text_is_no_head(text: str) -> None:
    """Front matter: a text that merely begins with a word and a colon, with JSON or with a comment loses nothing."""
    front = split(text)
    assert (front.text, front.values, front.problems) == (text, {}, ())


@pytest.mark.parametrize(("status", "draft"), [("draft", True), ("hidden", True), ("published", False)])
def test_pelican_drafts(status: str, draft: bool) -> None:
    """Front matter: a status of Pelican keeps a post back."""
    assert split(f"Title: x\nStatus: {status}\n\ntext").drafted is draft
    assert split("Status: draft\n\ntext").drafted


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("--- # x\ntitle: x\ndraft: true\n---\ntext", 3),
        ("---yaml\ntitle: x\ndraft: true\n---\ntext", 3),
        ("  ---\n  title: x\n  draft: true\n  ---\ntext", 3),
        ("———\ntitle: x\ndraft: true\n———\ntext", 3),
        ("```yaml\n---\ntitle: x\ndraft: true\n---\n```\ntext", 4),
        ('{\n  "title": "x",\n  "draft": true\n}\n\ntext', 3),
        (';;;\n"title": "x"\n"draft": true\n;;;\ntext', 3),
        ("hello\n---\ntitle: x\ndraft: true\n---\ntext", 4),
        ("\n\n\n———\nwithdrawn: true\n———\ntext", 5),
        ("---\ntitle: x\n---\n---\ndraft: true\n---\ntext", 5),
        ("---\ntitle: x\n---\n\ntitle: y\npublished: false\n\ntext", 6),
    ],
)
def test_head_that_cannot_be_read_keeps_back(text: str, line: int) -> None:
    """Front matter: a post whose first lines say that it is a draft is not published, whatever they stand between."""
    (problem,) = split(text).problems
    assert (problem.code, problem.line) == (Code.MISPLACED_DRAFT, line)


@pytest.mark.parametrize(
    "text",
    [
        "Write like this:\ndraft: true\n\nmore",
        "# Drafts\n\n```yaml\ntitle: x\ndraft: true\n```\n",
        "---\n\ndraft: true means that it waits\n\n---\n\nmore",
        "---\ntitle: x\n---\n\nA text about drafts\n\ndraft: true\n",
    ],
)
def test_text_about_drafts_is_none(text: str) -> None:
    """Front matter: a text may tell how drafts are marked."""
    assert split(text).problems == ()


@pytest.mark.parametrize(
    "line",
    ["is_draft: true", "unpublished: yes", "visibility: private", "post_status: draft", "status: in-progress"],
)
def test_other_words_for_drafts(line: str) -> None:
    """Front matter: what generators and editors call a draft is one."""
    assert split(f"---\ntitle: x\n{line}\n---\ntext").drafted
    assert split("---\ntitle: x\n\u200bdraft: true\n---\ntext").drafted


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff---\ntitle: x\n---\ntext",
        "\ufeff\u200b---\ntitle: x\n---\ntext",
        "\n  \n---\ntitle: x\n---\ntext",
        "---  \ntitle: x\n---  \ntext",
        "---\ntitle: x\n...\ntext",
        "-----\ntitle: x\n-----\ntext",
        "---\n\n# about\ntitle: x\n\n---\ntext",
        "<!-- a\ncomment -->\n---\ntitle: x\n---\ntext",
    ],
)
def test_fences(text: str) -> None:
    """Front matter: a mark, blank lines, blanks behind a fence, `...` and longer fences hide nothing."""
    front = split(text)
    assert (front.word("title"), front.text, front.problems) == ("x", "text", ())


@pytest.mark.parametrize("name", HEADS)
def test_bombs(name: str) -> None:
    """Tags that make objects, aliases that multiply, and depth are refused before anything is made of them."""
    front = split(f"---\n{HEADS[name]}\n---\ntext")
    assert front.problems or not front.values
    assert "os" not in front.values


@pytest.mark.parametrize("name", TOML_HEADS)
def test_toml_bombs(name: str) -> None:
    """Keys of many dots, depth and length are refused before anything is made of them."""
    (problem,) = split(f"+++\n{TOML_HEADS[name]}\n+++\ntext").problems
    assert problem.code is Code.BROKEN_FRONT_MATTER


def test_honest_dots() -> None:
    """Dots within words, comments and numbers are no keys."""
    words, numbers = "a.b.c.d.e.f.g.h.i.j.k.l.m", ", ".join(["0.5"] * 20)
    front = split(f"+++\ntitle = \"{words}\" # {words}\nother = '''\n{words}'''\nnumbers = [{numbers}]\n+++\ntext")
    assert (front.word("title"), front.word("other")) == (words, words)


def test_honest_exclamation() -> None:
    """An exclamation mark, an ampersand or a star within words is none of these."""
    front = split("---\ntitle: Hello !world & *co\nother: 'a * b'\n---\ntext")
    assert front.word("title") == "Hello !world & *co"


def test_keys_are_lower_case_and_first_wins() -> None:
    """Keys are read in any case, and the first of several that says something counts."""
    front = split("---\nTitle: x\nPubDate: 2025-01-01\n---\n")
    assert front.word("title") == "x"
    assert front.word("date", "pubdate") == "2025-01-01"


def test_words_of_a_text() -> None:
    """A list that was written as a text is split at its commas, Chinese ones included, and repeats count once."""
    assert split("---\ntags: a，b、c, a\n---\n").words("tags") == ("a", "b", "c")


def test_nested_picture() -> None:
    """A cover that is a mapping names its picture."""
    assert split("---\ncover:\n  image: https://a.b/c.png\n---\n").word("cover") == "https://a.b/c.png"


_SCRAPS = st.sampled_from(
    [
        *(
            "title: x",
            "title: a: b",
            'title: "x',
            "title: [x",
            "title：x",
            "date: {{ date }}",
            "date:",
            "tags: [a, [b]]",
        ),
        *(
            "tags:",
            "- a",
            "  - b",
            "\t- c",
            "  nested: y",
            "\ttabbed: z",
            "summary: |",
            "  folded",
            "# comment",
            "",
            " ",
        ),
        *("a: &a b", "c: *a", "d: !e f", "'quoted': 1", "x = 1", "[table]", "[[tables]]", "{", "}", "]", "%YAML 1.1"),
        *(
            "text without a key",
            "中文：文字",
            "标题: x",
            "? key",
            ": value",
            "<<: *a",
            "published: 2026",
            "---x",
            "\u3000k: v",
        ),
        *('q: "two', 'lines"', "status: ok", "\ufeffb: 1", "z: 'it''s'", 'e: "\\', "\u2028", "\x85", "\x00"),
    ]
)


@st.composite
def _heads(draw: st.DrawFn) -> str:
    return "\n".join(draw(st.lists(st.one_of(_SCRAPS, st.text(max_size=12)), max_size=12)))


@settings(max_examples=300)
@given(
    _heads(), st.sampled_from(["---\n", "+++\n", "Title: ", "\ufeff", ""]), st.sampled_from(["\n---\n", "\n+++\n", ""])
)
def test_any_head(head: str, opening: str, closing: str) -> None:
    """Front matter: whatever a file begins with, nothing of its text is lost or made up; lines that are named exist."""
    text = f"{opening}{head}{closing}words"
    front = split(text)
    assert text.endswith(front.text)
    assert front.first_line <= text.count("\n") + 1 + (not front.text)
    assert all(1 <= problem.line <= text.count("\n") + 1 for problem in front.problems)
    front.words("tags", "categories")
    assert front.word("title") == front.word("title").strip()


@settings(max_examples=300)
@given(
    _heads(),
    _heads(),
    st.sampled_from(["draft: true", "draft：true", "  draft: true", "published: false", "Draft:yes"]),
)
def test_no_draft_is_published(above: str, below: str, held: str) -> None:
    """Front matter: wherever a line that keeps the post back stands, and whatever is wrong around it, it does."""
    front = split(f"---\ntitle: x\n{above}\n{held}\n{below}\n---\nwords")
    assert front.drafted or any(problem.fatal for problem in front.problems)


@given(scraps())
def test_never_raises(text: str) -> None:
    """Bounds: whatever a file begins with, its front matter is parted from it without an exception and without loss."""
    front = split(f"---\n{text}")
    assert front.text.strip() in f"---\n{text}"


@pytest.mark.parametrize(
    "piece",
    [
        "a:\n",
        "a: b\n",
        " draft: true\n",
        "title：",
        '"',
        "[",
        "  - x\n",
        "x\n",
        "\n\n",
        "# x\n",
        "a: |\n",
        "<!--",
        "&a *a ",
        "\t",
    ],
)
@pytest.mark.parametrize("opening", ["---\ntitle: x\n", "+++\ntitle = x\n", "Title: x\n", ""])
def test_long_heads(piece: str, opening: str) -> None:
    """Bounds: 64 KB of anything are read to an end, with no more said about them than a person reads."""
    front = split(opening + piece * (65_000 // len(piece)) + "\n---\ntext")
    assert len(front.problems) < 500


@pytest.mark.parametrize(
    ("line", "slip"),
    [
        ("title: [", Slip.BRACKET),
        ("tags: [x, y", Slip.BRACKET),
        ("title: {a", Slip.BRACKET),
        ('title: "a', Slip.QUOTE),
        ("title: 'a", Slip.QUOTE),
        ("title: a: b", Slip.COLON),
        ("title:a", Slip.GLUED),
        ("title：中文", Slip.WIDE_COLON),
        ("\ttitle: x", Slip.TAB),
        ("  title: x", Slip.INDENT),
        ("tags:", Slip.INDENT),
        ("title: @x", Slip.VALUE),
        ("title: !!python/object:x", Slip.SIGIL),
        ("e: *d", Slip.SIGIL),
        ("just words", Slip.NO_KEY),
    ],
)
def test_slips(line: str, slip: Slip) -> None:
    """Front matter: of a malformed line it is said what is wrong with it."""
    assert slip_in(line) is slip


def test_an_open_bracket_is_named_where_it_stands() -> None:
    """Front matter: a bracket that is never closed is the trouble, and not the line at which the reader stumbles."""
    (problem,) = split("---\ntitle: [\ndate: 2026-01-01\n---\ntext").problems
    assert (problem.line, problem.details) == (2, {"near": "title: [", "slip": "bracket"})
    (problem,) = split("---\ntitle: x\nand no end").problems
    assert problem.details["slip"] == "fence"
    (problem,) = split("---\ntitle: x\n\tdate: 2026-01-01\n---\ntext").problems
    assert (problem.code, problem.details["slip"]) == (Code.MENDED_FRONT_MATTER, "tab")
