"""From a post to a digest, whatever the post is."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.identity import short_name
from digest.model import BREAKING, Digest, Post, Rules, SeriesRule
from digest.problems import FATAL, Code
from digest.read import LARGEST_POST, read
from digest.richtext import Link, Paragraph, Text, links, plain, plain_blocks
from tests.digest.posts import RULES, scraps

_TWO = "- [One thing](https://a.b/1)\n- [Another](https://a.b/2)\n"


def _read(text: str | bytes, path: str = "notes/a-title.md", rules: Rules = RULES) -> Digest:
    data = text.encode() if isinstance(text, str) else text
    return read(Post(path=path, data=data), rules)


def _codes(digest: Digest) -> set[Code]:
    return {problem.code for problem in digest.problems}


def _front(**values: str) -> str:
    return "---\n" + "".join(f"{key}: {value}\n" for key, value in values.items()) + f"---\n\n{_TWO}"


# --- What cannot be delivered ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", Code.EMPTY),
        (b" \n\n\t ", Code.EMPTY),
        (b"\xef\xbb\xbf", Code.EMPTY),
        ("\u200f\u202e\n".encode(), Code.EMPTY),
        (b"---\ntitle: x\n---\n\n", Code.EMPTY),
        (b"---\ntitle: x\n---\n\n***\n\n***\n", Code.EMPTY),
        (b"---\ntitle: x\n---\n\n<!-- later -->\n", Code.EMPTY),
        (b"text\x00text", Code.NOT_TEXT),
        (b"\x89PNG\r\n\x1a\n\xff\xff", Code.NOT_TEXT),
        ("标题".encode("utf-16"), Code.NOT_TEXT),
        ("今天的新闻很多".encode("gb18030"), Code.NOT_TEXT),
        (b"x" * (LARGEST_POST + 1), Code.TOO_LARGE),
        (b"---\ntitle: [\n---\ntext", Code.BROKEN_FRONT_MATTER),
    ],
)
def test_fatal(data: bytes, code: Code) -> None:
    """What is not text, over the cap, empty, or of broken front matter cannot be delivered, and says why."""
    digest = _read(data)
    assert code in _codes(digest)
    assert not digest.deliverable
    assert digest.title == "a title" or code is Code.EMPTY


@pytest.mark.parametrize(
    ("data", "encoding", "line"),
    [
        ("标题".encode("utf-16"), "UTF-16", 1),
        (b"# A title\n\ntext".decode().encode("utf-16-le"), "UTF-16", 1),
        (b"a\n" + "今天的新闻很多".encode("gb18030"), "GB18030", 2),
        (b"a\n\n\x00", "binary", 3),
    ],
)
def test_not_text_says_what_it_seems_to_be(data: bytes, encoding: str, line: int) -> None:
    """A file in another encoding is named as what it seems to be, with the first line that tells."""
    (problem,) = _read(data).problems
    assert (problem.code, problem.details["encoding"], problem.line) == (Code.NOT_TEXT, encoding, line)


@pytest.mark.parametrize(("data", "line"), [(b"\xe4\xbd", 1), ("第一行\n今天".encode()[:-1], 2)])
def test_cut_off(data: bytes, line: int) -> None:
    """A file that ends in the middle of a character was written by halves, and is told from one in another encoding."""
    (problem,) = _read(data).problems
    assert (problem.code, problem.line, problem.fatal) == (Code.CUT_OFF, line, True)


def test_pointer_of_git_lfs() -> None:
    """A file that Git LFS keeps elsewhere is refused as that: its pointer is no post."""
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 12345\n"
    (problem,) = _read(pointer.encode()).problems
    assert (problem.code, problem.fatal) == (Code.KEPT_ELSEWHERE, True)
    assert _read(b"# About https://git-lfs.github.com/spec/v1\n\nText.\n").deliverable


def test_cap() -> None:
    """A post of exactly 512 KB is read; one byte more is refused with both sizes."""
    assert _read(b"# T\n\n" + b"x" * (LARGEST_POST - 5)).deliverable
    (problem,) = _read(b"x" * (LARGEST_POST + 1)).problems
    assert problem.details == {"size": 513, "limit": 512}


@pytest.mark.parametrize(
    "path", ["000_ad3989e2e981c679.md", "index.md", "README.md", "untitled.md", "12.md", "_index.md"]
)
def test_no_title(path: str) -> None:
    """Without a title anywhere, in front matter, heading or a file name that makes sense, a post is refused."""
    digest = _read(_TWO, path)
    assert Code.NO_TITLE in _codes(digest)
    assert not digest.deliverable


# --- Titles, dates, topics ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "path", "title"),
    [
        (f"---\ntitle: Front\n---\n# Heading\n\n{_TWO}", "x.md", "Front"),
        (f"---\ndate: 2025-01-01\n---\n# Heading **of** it\n\n{_TWO}", "x.md", "Heading of it"),
        (_TWO, "2025-11-21-what-happened.md", "2025-11-21 what happened"),
        (_TWO, "weekly/2025.11.21.md", "2025.11.21"),
        (_TWO, "weekly/2025-11-21.md", "2025-11-21"),
        (_TWO, "weekly/20251121.md", "20251121"),
        (_TWO, "今日 AI_新闻.zh.md", "今日 AI 新闻"),
        (_TWO, "what-happened/index.md", "what happened"),
        (_TWO, "what-happened/en/index.md", "what happened"),
        (_TWO, "2026-01-02/en.md", "2026-01-02"),
        (_TWO, "2026/05/12.md", "2026-05-12"),
        (_TWO, "2026/05/12/index.md", "2026-05-12"),
        (f"---\ntitle: null\n---\n# Heading\n\n{_TWO}", "x.md", "Heading"),
        (f"---\ntitle: '**Bold** title'\n---\n{_TWO}", "x.md", "Bold title"),
        (f"---\ntitle: 2025\n---\n{_TWO}", "x.md", "2025"),
        (f"---\ntitle: no\n---\n{_TWO}", "x.md", "no"),
        (f"\ufeff---\ntitle: With a mark\n---\n{_TWO}", "x.md", "With a mark"),
        (f"---\r\ntitle: Windows\r\n---\r\n{_TWO}", "x.md", "Windows"),
        (f"+++\ntitle = 'TOML'\n+++\n{_TWO}", "x.md", "TOML"),
    ],
)
def test_title(text: str, path: str, title: str) -> None:
    """The title is the front matter's, else the first heading's, else one made of the file's name."""
    digest = _read(text, path)
    assert digest.title == title
    assert digest.deliverable
    assert len(digest.stories) == 2


def test_title_is_not_told_twice() -> None:
    """A first heading that is the title is not part of the text; another one is."""
    assert plain_blocks(_read("# T\n\ntext").intro) == "text"
    assert plain_blocks(_read("---\ntitle: T\n---\n# T\n\ntext").intro) == "text"
    assert plain_blocks(_read("---\ntitle: T\n---\n# U\n\ntext").intro) == "U\ntext"


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Ben &amp; Jerry&#39;s", "Ben & Jerry's"),
        ("'<b>Bold</b> and <em>more</em>'", "Bold and more"),
        ("'[Linked](https://a.b/) title'", "Linked title"),
        ("'`code` and _more_'", "code and more"),
        ("'[AI] the week'", "[AI] the week"),
        ("[AI, ML]", "[AI, ML]"),
        ("{zh: 标题, en: A title}", "标题"),
        ("':rocket: Launch :tada: :unknown_code:'", "🚀 Launch 🎉 :unknown_code:"),
        ("1. First", "1. First"),
        ("'# 12 of it'", "# 12 of it"),
        ("snake_case_name", "snake_case_name"),
        ("'12:30 news'", "12:30 news"),
        ("'a < b & c > d'", "a < b & c > d"),
        ("'“引号”的**“重点”**，'", "“引号”的“重点”，"),
    ],
)
def test_title_is_shown_plainly(written: str, title: str) -> None:
    """Metadata: entities, markup, short codes of emoji and links in a title are shown as what they mean."""
    assert _read(f"---\ntitle: {written}\n---\n\n{_TWO}").title == title


@pytest.mark.parametrize(
    ("text", "title", "intro"),
    [
        ("[![b](https://a.b/c.svg)](https://a.b)\n\n# T\n\ntext", "T", "text"),
        ("![banner](https://a.b/c.png)\n\n# T\n\ntext", "T", "text"),
        ("---\n\n# T\n\ntext", "T", "text"),
        ("<h1 align='center'>T &amp; U</h1>\n\ntext", "T & U", "text"),
        ("<div>\n<h1>\nT\n</h1>\n</div>\n\ntext", "T", "text"),
        ("T\n===\n\ntext", "T", "text"),
        ("words above\n\n# T\n\ntext", "T", "T"),
        ("words above\n\n# One\n\ntext\n\n# Two\n\ntext", "a title", "One"),
        ("# One\n\ntext\n\n# Two\n\ntext", "One", "Two"),
    ],
)
def test_heading_as_title(text: str, title: str, intro: str) -> None:
    """Metadata: without a title in the front matter the first heading is it, in every spelling and below badges."""
    digest = _read(text)
    assert digest.title == title
    assert intro in plain_blocks(digest.intro)
    assert (title in plain_blocks(digest.intro).split("\n")) is (intro == title)


@pytest.mark.parametrize(
    ("title", "heading", "repeated"),
    [
        ("AI 日报 2026-01-02", "AI日报（2026-01-02）", True),
        ("The Weekly Digest, part one", "The weekly digest: part one", True),
        ("The Weekly Digest of AI", "The Weekly Digests of AI", True),
        ("AI日报 2026-01-02", "AI日报 2026-01-03", False),
        ("AI日报 2026-01-02", "今日要闻", False),
        ("T", "U", False),
    ],
)
def test_nearly_the_same_heading(title: str, heading: str, repeated: bool) -> None:
    """Metadata: a first heading that is nearly the title is not told twice; one that differs stays."""
    digest = _read(f"---\ntitle: '{title}'\n---\n\n# {heading}\n\ntext")
    assert digest.title == title
    assert plain_blocks(digest.intro) == ("text" if repeated else f"{heading}\ntext")


def test_title_of_the_file_name_is_a_warning() -> None:
    """A title made of the file's name is named, and can be changed."""
    (problem,) = [problem for problem in _read(_TWO).problems if problem.code is Code.TITLE_FALLBACK]
    assert problem.details == {"title": "a title"}
    assert not problem.fatal


@pytest.mark.parametrize("text", ["# {}\n\ntext", "---\ntitle: {}\n---\ntext"])
def test_long_titles_stay_whole(text: str) -> None:
    """A title is never cut, however long."""
    assert _read(text.format("很长" * 500)).title == "很长" * 500


def test_link_of_the_heading() -> None:
    """A heading that is the title and a link tells where the post can be read; otherwise it stays in the text."""
    digest = _read("# [T](https://a.b/t)\n\ntext")
    assert (digest.title, digest.permalink, plain_blocks(digest.intro)) == ("T", "https://a.b/t", "text")
    digest = _read("---\npermalink: https://c.d/\n---\n# [T](https://a.b/t)\n\ntext")
    assert (digest.permalink, plain_blocks(digest.intro)) == ("https://c.d/", "T\ntext")
    assert [link.url for link in links(digest.intro)] == ["https://a.b/t"]


def _day(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("front", "path", "published"),
    [
        ({"title": "t", "date": "2025-11-21T09:00:00+08:00"}, "x.md", _day(2025, 11, 21, 1)),
        ({"title": "t", "publishDate": "2025-11-21"}, "x.md", _day(2025, 11, 21)),
        ({"title": "t"}, "2025-11-20-x.md", _day(2025, 11, 20)),
        ({"title": "2025.11.26.12 t"}, "x.md", _day(2025, 11, 26, 12)),
        ({"title": "2025.11.26.12 t", "date": "2025-11-26"}, "x.md", _day(2025, 11, 26, 12)),
        ({"title": "t", "date": "2025-11-26"}, "2025.11.26.16.md", _day(2025, 11, 26, 16)),
        ({"title": "2025.11.26.12 t"}, "2025-11-26.md", _day(2025, 11, 26, 12)),
        ({"title": "2025.11.25.12 t", "date": "2025-11-26"}, "x.md", _day(2025, 11, 26)),
        ({"title": "2025.11.26.12 t", "date": "2025-11-26T09:17:00Z"}, "x.md", _day(2025, 11, 26, 9, 17)),
        ({"title": "t"}, "2026-05/12/x.md", _day(2026, 5, 12)),
        ({"title": "2025.11.26.12 t"}, "2025-11-20-x.md", _day(2025, 11, 20)),
        ({"title": "t", "date": "14:4g5:00"}, "2025-11-20-x.md", _day(2025, 11, 20)),
        ({"title": "t"}, "x.md", None),
        ({"title": "t", "date": "soon", "pubDate": "2026-01-02T03:04:05Z"}, "x.md", _day(2026, 1, 2, 3, 4, 5)),
        ({"title": "t", "published": "true", "created": "2026-01-02"}, "x.md", _day(2026, 1, 2)),
        ({"title": "t"}, "2026/05/12.md", _day(2026, 5, 12)),
        ({"title": "t"}, "2026/05-12.zh.md", _day(2026, 5, 12)),
        ({"title": "t"}, "weekly/2026-W05.md", _day(2026, 1, 26)),
        ({"title": "t"}, "weekly/2026/week-05/index.md", _day(2026, 1, 26)),
        ({"title": "t"}, "monthly/2026-05.md", _day(2026, 5, 1)),
        ({"title": "AI 月报 2026年5月"}, "x.md", _day(2026, 5, 1)),
        ({"title": "2026-01-02 t"}, "2026-W05.md", _day(2026, 1, 2)),
        ({"title": "t"}, "2026/05/x.md", None),
        ({"title": "t", "updated": "2026-01-02"}, "x.md", _day(2026, 1, 2)),
        ({"title": "t", "updated": "2026-01-02"}, "2025-12-31-x.md", _day(2025, 12, 31)),
        ({"title": "t", "date": "'{{ date }}'"}, "2025-12-31-x.md", _day(2025, 12, 31)),
    ],
)
def test_published(front: dict[str, str], path: str, published: datetime | None) -> None:
    """The date is the front matter's, else the file name's, the title's, the folder's; a day gets its hour."""
    digest = _read(_front(**front), path)
    assert digest.published == published
    assert (Code.NO_DATE in _codes(digest)) is (published is None)
    assert (Code.BAD_DATE in _codes(digest)) is (front.get("date", "") in {"14:4g5:00", "soon"})


def test_naive_time_is_in_the_zone_of_the_source() -> None:
    """A time without an offset is in the source's zone."""
    rules = Rules(source="demo", zone=ZoneInfo("Asia/Shanghai"))
    assert _read(_front(title="t", date="2025-11-21 09:00"), rules=rules).published == _day(2025, 11, 21, 1)


@pytest.mark.parametrize(
    ("front", "path", "language"),
    [
        ({"title": "t", "lang": "zh-CN"}, "x.md", "zh"),
        ({"title": "t", "language": "EN"}, "x.md", "en"),
        ({"title": "t"}, "x.ja.md", "ja"),
        ({"title": "t"}, "content/ko/x.md", "ko"),
        ({"title": "t"}, "content/zh-hans/x.md", "zh"),
        ({"title": "t", "lang": "zh-Hant"}, "x.md", "zh"),
        ({"title": "t", "locale": "fr_FR"}, "x.md", "fr"),
        ({"title": "t"}, "2026-01-02_ja.md", "ja"),
        ({"title": "t"}, "i18n/de/x.md", "de"),
        ({"title": "t"}, "it/x.md", "it"),
        ({"title": "t"}, "x.md", "en"),
    ],
)
def test_language_said(front: dict[str, str], path: str, language: str) -> None:
    """The language is the front matter's, else that of the file's name or its folder."""
    assert _read(_front(**front), path).language == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("今天 OpenAI 发布了新的模型 GPT", "zh"),
        ("今日、OpenAI は新しいモデルを発表しました", "ja"),
        ("오늘 OpenAI 가 새로운 모델을 발표했습니다", "ko"),
        ("Today OpenAI released a model named 通义", "en"),
        ("123 456", ""),
    ],
)
def test_language_told_by_the_script(text: str, language: str) -> None:
    """Otherwise the script of the text tells its language."""
    assert _read(f"# 1\n\n{text}").language == language


@pytest.mark.parametrize(
    ("path", "said", "text", "language"),
    [
        ("x.en.md", "zh", "A new model was released today", "en"),
        ("x_zh.md", "en", "今天发布了新的模型", "zh"),
        ("x.fr.md", "en", "Un nouveau modèle est sorti", "fr"),
        ("en/x.md", "zh-CN", "A new model was released today", "en"),
        ("x.en.md", "zh", "今天发布了新的模型", "zh"),
        ("de/x.md", "en", "News of a country", "en"),
        ("it/x.md", "zh", "News of information technology", "zh"),
        ("x.md", "fr", "A new model was released today", "fr"),
        ("x.en.md", "zh", "123", "zh"),
    ],
)
def test_language_copied_from_another_telling(path: str, said: str, text: str, language: str) -> None:
    """Keys and language: the path wins over a front matter that was copied along, where the text is written so."""
    assert _read(f"---\ntitle: 1\nlang: {said}\n---\n\n{text}", path).language == language


@pytest.mark.parametrize(
    ("title", "text", "language"),
    [
        ("今日人工智能速览第三期", "1. [OpenAI GPT-6](https://a.b/1)\n2. [Anthropic](https://a.b/2)\n", "zh"),
        ("# 今日人工智能速览第三期", "1. [OpenAI GPT-6](https://a.b/1)\n2. [Anthropic](https://a.b/2)\n", "zh"),
        ("今日人工智能速览第三期", "The model is out today, and all can use it. " * 12, "en"),
        ("AI Daily", "1. [OpenAI GPT-6](https://a.b/1)\n2. [Anthropic](https://a.b/2)\n", "en"),
        ("1", '甲公司<iframe src="https://a.b/c" title="player" allowfullscreen frameborder="0"></iframe>', "zh"),
    ],
)
def test_the_title_tells_the_language_as_well(title: str, text: str, language: str) -> None:
    """A title in Chinese above a few names in Latin letters is a Chinese post; tags and addresses tell nothing."""
    head = f"{title}\n\n" if title.startswith("#") else f"---\ntitle: {title}\n---\n\n"
    assert _read(head + text).language == language


def test_a_short_translation_may_keep_its_title() -> None:
    """Keys and language: a name or a folder that tells the language of the text counts more than its title."""
    text = "---\ntitle: 今日人工智能速览第三期\nlang: zh\n---\n\nThe model is out today."
    assert _read(text, "x.en.md").language == "en"


def test_a_folder_of_a_topic_is_no_language() -> None:
    """Keys and language: a folder that may be a topic as well yields to the script of the text."""
    assert _read("# 今日\n\n今天发布了新的模型", "it/x.md").language == "zh"
    assert _read("# 今日\n\n今天发布了新的模型", "en/x.md").language == "en"


def test_topics_picture_permalink() -> None:
    """Topics, picture and permalink come from the front matter, or from the source's pattern."""
    rules = Rules(source="demo", zone=UTC, base_url="https://a.b/", permalink="posts/{year}/{slug}/")
    digest = _read(_front(title="t", categories="[a, b]", cover="/c.png", slug="s", date="2025-01-02"), rules=rules)
    assert digest.topics == ("a", "b")
    assert digest.picture == "https://a.b/c.png"
    assert digest.permalink == "https://a.b/posts/2025/s/"
    assert _read(_front(title="t", permalink="/own/"), rules=rules).permalink == "https://a.b/own/"
    assert _read(_front(title="t", url="/own/"), rules=rules).permalink == "https://a.b/own/"
    dated = _front(title="t", permalink="/:year/:title/", url="https://c.d/", date="2025-01-02")
    assert _read(dated, rules=rules).permalink == "https://a.b/posts/2025/a-title/"
    assert _read(_front(title="t"), rules=rules).permalink is None


# --- Drafts, series, pushes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "value"), [("draft", "true"), ("draft", "yes"), ("published", "false"), ("status", "draft")]
)
def test_draft(key: str, value: str) -> None:
    """A draft is sound, and named as a draft."""
    digest = _read(_front(title="t", **{key: value}))
    assert digest.draft
    assert digest.deliverable
    assert Code.DRAFT in _codes(digest)


def test_withdrawn() -> None:
    """A withdrawn post says so."""
    digest = _read(_front(title="t", withdrawn="true"))
    assert (digest.withdrawn, Code.WITHDRAWN in _codes(digest)) == (True, True)
    assert not _read(_front(title="t", draft="false", withdrawn="no")).withdrawn


_RULED = Rules(
    source="demo",
    zone=UTC,
    series=(SeriesRule(series="weekly", path="weekly/*"), SeriesRule(series="hourly", title=r"过去\d+小时")),
)


@pytest.mark.parametrize(
    ("front", "path", "series"),
    [
        ({"title": "2025.11.21 全球AI新闻速递"}, "x.md", "全球AI新闻速递"),
        ({"title": "2025.11.21 全球AI新闻速递", "series": "daily"}, "x.md", "daily"),
        ({"title": "2025.11.21 t", "series": "daily"}, "weekly/x.md", "weekly"),
        ({"title": "2025.11.26.12 过去4小时全球AI发生了什么？", "series": "s"}, "x.md", "hourly"),
        ({"title": "t"}, "notes/2025/11/x.md", "notes"),
        ({"title": "t"}, "notes/en/x.md", "notes"),
        ({"title": "t"}, "x.md", "demo"),
        ({"title": "2025.11.21"}, "notes/x.md", "notes"),
        ({"title": "'2025.11.26.12 过去8小时全球AI发生了什么？'"}, "notes/x.md", "hourly"),
        ({"title": "2025.11.26.12 全球AI发生了什么？"}, "notes/x.md", "全球AI发生了什么？"),
        ({"title": "2025.11.21 模型发布，芯片涨价"}, "notes/x.md", "notes"),
        ({"title": "'2025-11-21: GPT-6 is out: what now?'"}, "x.md", "demo"),
        ({"title": "2025.11.21 " + "长" * 22 + "日报"}, "notes/x.md", "长" * 22 + "日报"),
        ({"title": "2025.11.21 " + "长" * 23 + "日报"}, "notes/x.md", "notes"),
        ({"title": "2025.11.21 模型发布"}, "notes/x.md", "notes"),
        ({"title": "2025.11.21 " + "long " * 10}, "notes/x.md", "notes"),
        ({"title": "t", "series": "[one, two]"}, "x.md", "one"),
    ],
)
def test_series(front: dict[str, str], path: str, series: str) -> None:
    """The source's rule decides, then the front matter, then the title less its date, the folder, the source."""
    assert _read(_front(**front), path, _RULED).series == series


@pytest.mark.parametrize(
    ("path", "series"),
    [
        ("notes/2025-11-21-what-happened.md", "notes"),
        ("notes/ai-daily-2025-11-21.md", "ai daily"),
        ("notes/x.md", "notes"),
    ],
)
def test_series_of_a_file_name(path: str, series: str) -> None:
    """A title made of the file's name names a series only if the date ends it: otherwise it names one post."""
    assert _read(_TWO, path).series == series


@pytest.mark.parametrize(
    ("front", "path"),
    [
        ({"title": "t", "series": "breaking"}, "x.md"),
        ({"title": "t", "series": " Breaking "}, "x.md"),
        ({"title": "2025.11.21 breaking"}, "x.md"),
        ({"title": "t"}, "breaking/x.md"),
    ],
)
def test_only_a_source_that_may_pushes(front: dict[str, str], path: str) -> None:
    """No file becomes a push by any way unless its source may push; it is named and falls back."""
    digest = _read(_front(**front), path)
    assert digest.series != BREAKING
    assert Code.PUSH_NOT_ALLOWED in _codes(digest)
    allowed = _read(_front(**front), path, Rules(source="demo", zone=UTC, may_push=True))
    assert allowed.series == BREAKING
    assert Code.PUSH_NOT_ALLOWED not in _codes(allowed)


def test_breaking_text_is_one_story() -> None:
    """A breaking post without a list of stories is one story, told by its text, linked by its front matter."""
    rules = Rules(source="demo", zone=UTC, may_push=True)
    (story,) = _read("---\ntitle: t\nseries: breaking\nlink: https://a.b/1\n---\nwords", rules=rules).stories
    assert (plain(story.title), story.url, story.key, plain_blocks(story.body)) == (
        "t",
        "https://a.b/1",
        "a.b/1",
        "words",
    )


# --- Stories and what is odd about them --------------------------------------------------------------------------


def test_repeated_and_missing_links() -> None:
    """A link that stands twice, and stories without one, are named with their lines."""
    text = "# T\n\n1. [One thing](https://a.b/1)\n2. [Again](https://www.a.b/1?utm_source=x)\n3. **No link at all**\n"
    problems = {problem.code: problem for problem in _read(text, "2025-01-01.md").problems}
    assert set(problems) == {Code.REPEATED_LINK, Code.STORY_WITHOUT_LINK}
    repeated, missing = problems[Code.REPEATED_LINK], problems[Code.STORY_WITHOUT_LINK]
    assert (repeated.line, repeated.details["title"]) == (4, "Again")
    assert (missing.line, missing.details) == (5, {"count": 1, "titles": "No link at all"})


def test_lines_count_the_front_matter() -> None:
    """A problem's line is that of the file."""
    digest = _read("---\ntitle: t\ndate: 2025-01-01\n---\n\ntext **left\n")
    assert [(problem.code, problem.line) for problem in digest.problems] == [
        (Code.NO_STORIES, 0),
        (Code.LEFTOVER_STARS, 6),
    ]


def test_relative_links() -> None:
    """Relative links are joined to the source's base address, or shown as text."""
    text = "# T\n\nsee [this](/c)"
    linked = _read(text, rules=Rules(source="demo", zone=UTC, base_url="https://a.b/"))
    assert linked.intro == (Paragraph((Text("see "), Link((Text("this"),), "https://a.b/c"))),)
    assert _read(text).intro == (Paragraph((Text("see this"),)),)


def test_problems_are_in_order() -> None:
    """What forbids the delivery comes first, then line by line."""
    digest = _read("text **left\n\n[x](y)\n", "index.md")
    assert next(problem.code for problem in digest.problems) in FATAL
    lines = [problem.line for problem in digest.problems if not problem.fatal]
    assert lines == sorted(lines)


def test_same_post_same_digest() -> None:
    """Reading is a function: the same post is the same digest."""
    assert _read(_front(title="t")) == _read(_front(title="t"))


def test_an_edit_keeps_the_name() -> None:
    """A digest is called by where its post lies: an edit gives it another revision, and no other name."""
    before, after = _read(_front(title="t") + "\n前"), _read(_front(title="u") + "\n后")
    assert before.revision != after.revision
    assert before.name == after.name == short_name(RULES.source, "notes/a-title.md")
    assert _read(_front(title="t"), "notes/b.md").name != before.name


# --- Anything ----------------------------------------------------------------------------------------------------


@given(st.binary(max_size=200), st.text(max_size=20))
def test_any_bytes(data: bytes, path: str) -> None:
    """Whatever the bytes and whatever the file is called, reading does not raise."""
    digest = _read(data, path)
    assert digest.deliverable is not any(problem.code in FATAL for problem in digest.problems)


@settings(max_examples=150)
@given(scraps(), st.sampled_from(["", "---\ntitle: t\n---\n", "---\n", "+++\ntitle='t'\n+++\n", "# T\n\n"]))
def test_any_text(text: str, head: str) -> None:
    """However a text is strewn with markup, it is read; every story has a title, and every link leads somewhere."""
    digest = _read((head + text).encode("utf-8", "replace"))
    for story in digest.stories:
        assert plain(story.title).strip()
        assert story.url is None or story.url.startswith(("http", "mailto:"))


def test_a_bad_link_is_named_as_the_file_has_it() -> None:
    """A link that is nothing without its generator is named with the generator's tags."""
    text = "---\ntitle: x\n---\n\n1. [a]({{ site.baseurl }}{% post_url x %}) b\n\n2. [c]({{ site.url }}/d) e\n"
    told = [found.details["link"] for found in _read(text.encode()).problems if found.code is Code.BAD_LINK]
    assert told == ["{{ site.baseurl }}{% post_url x %}", "{{ site.url }}/d"]


def test_a_draft_is_named_by_the_words_that_make_it_one() -> None:
    """A draft names the line that keeps it back as it is written, and no other word about drafts."""
    head = "---\ntitle: x\ndraft: false\nStatus: draft\n---\n\n"
    (problem,) = (found for found in _read(f"{head}{_TWO}".encode()).problems if found.code is Code.DRAFT)
    assert (problem.line, problem.details) == (4, {"written": "Status: draft"})
