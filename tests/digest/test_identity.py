"""What names a text, and what tells a story again."""

from __future__ import annotations

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.identity import name_of, short_name, story_key

# --- Names -------------------------------------------------------------------------------------------------------


def test_short_name_is_of_the_place() -> None:
    """A digest's short name is twelve hexadecimal digits, another for another source or path."""
    names = [short_name("a", "b/c.md"), short_name("a/b", "c.md"), short_name("b", "b/c.md"), short_name("a", "b/c")]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[0-9a-f]{12}", name) for name in names)
    assert short_name("a", "b/c.md") == names[0]
    assert short_name("a", "\udcff.md") != short_name("a", ".md")


def test_name_is_of_the_bytes() -> None:
    """A text is named by the sha-256 of its bytes, shortened."""
    assert name_of(b"one") == hashlib.sha256(b"one").hexdigest()[:32]
    assert name_of(b"one") != name_of(b"one ")


# --- What makes no difference --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://example.com/a", "https://example.com/a"),
        ("https://www.example.com/a", "https://example.com/a"),
        ("https://m.example.com/a", "https://example.com/a"),
        ("https://www.m.example.com/a", "https://example.com/a"),
        ("https://EXAMPLE.com./a", "https://example.com/a"),
        ("https://example.com:443/a", "https://example.com/a"),
        ("http://example.com:80/a", "https://example.com/a"),
        ("https://me:secret@example.com/a", "https://example.com/a"),
        ("https://example.com/a/", "https://example.com/a"),
        ("https://example.com//a//b", "https://example.com/a/b"),
        ("https://example.com/x/../a", "https://example.com/a"),
        ("https://example.com/a#part", "https://example.com/a"),
        ("https://example.com/a#:~:text=words", "https://example.com/a"),
        ("https://example.com/a?", "https://example.com/a"),
        ("https://example.com/a?b=2&a=1", "https://example.com/a?a=1&b=2"),
        ("https://example.com/a?b=", "https://example.com/a?b"),
        ("https://example.com/a;jsessionid=1F2?b=1", "https://example.com/a?b=1"),
        ("https://example.com/a/index.html", "https://example.com/a/"),
        ("https://example.com/index.php?p=5", "https://example.com/?p=5"),
        ("https://b\u00fccher.example/a", "https://xn--bcher-kva.example/a"),
    ],
)
def test_same_page(one: str, other: str) -> None:
    """Scheme, `www.`, `m.`, case of the host, default port, fragment, trailing slash and order make no difference."""
    assert story_key(one) == story_key(other)
    assert story_key(one) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "https://zh.wikipedia.org/wiki/人工智能",
            "https://zh.wikipedia.org/wiki/%E4%BA%BA%E5%B7%A5%E6%99%BA%E8%83%BD",
        ),
        ("https://example.com/速递", "https://example.com/%e9%80%9f%e9%80%92"),
        ("https://example.com/a?q=速递", "https://example.com/a?q=%E9%80%9F%e9%80%92"),
        ("https://example.com/a?q=two%20words", "https://example.com/a?q=two+words"),
        ("https://example.com/%7Eme", "https://example.com/~me"),
    ],
)
def test_escapes_are_what_they_stand_for(one: str, other: str) -> None:
    """A Chinese address is the same whether it is spelled or escaped, in capitals or not."""
    assert story_key(one) == story_key(other)


TRACKERS = ("utm_source=x", "utm_medium=y", "fbclid=1", "spm=a.b", "gclid=2", "ref=letter", "share_token=z", "_bhlid=3")


@pytest.mark.parametrize("tracker", TRACKERS)
def test_trackers_make_no_difference(tracker: str) -> None:
    """`utm_*` and the like are no part of an address, wherever they stand in it."""
    for url in (f"https://a.example/b?{tracker}&id=2", f"https://a.example/b?id=2&{tracker}"):
        assert story_key(url) == "a.example/b?id=2"
    assert story_key(f"https://a.example/b?{tracker}") == "a.example/b"


# --- What sites mean by their addresses ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://twitter.com/one/status/123?s=20",
        "https://x.com/other/status/123",
        "https://mobile.twitter.com/one/statuses/123",
        "https://x.com/i/web/status/123/photo/1",
        "https://x.com/i/status/123",
        "https://fxtwitter.com/one/status/123",
        "https://nitter.net/one/status/123#m",
        "https://xcancel.com/one/status/123",
        "https://threadreaderapp.com/thread/123.html",
    ],
)
def test_status_is_known_by_its_id(url: str) -> None:
    """`twitter.com` is `x.com`, and so is what shows its statuses: the status id tells them."""
    assert story_key(url) == "x.com/i/status/123"


@pytest.mark.parametrize(
    "url",
    [
        "https://arxiv.org/abs/2401.12345",
        "https://arxiv.org/pdf/2401.12345",
        "https://arxiv.org/pdf/2401.12345v2.pdf",
        "https://arxiv.org/html/2401.12345v1",
        "http://export.arxiv.org/abs/2401.12345v1",
        "https://www.alphaxiv.org/abs/2401.12345",
        "https://ar5iv.labs.arxiv.org/html/2401.12345",
        "https://huggingface.co/papers/2401.12345",
        "https://doi.org/10.48550/arXiv.2401.12345",
    ],
)
def test_paper_is_known_by_its_number(url: str) -> None:
    """An arXiv `abs` is its `pdf` and its `html`, in any version and wherever it is shown."""
    assert story_key(url) == "arxiv.org/abs/2401.12345"


@pytest.mark.parametrize(
    "url",
    [
        "https://youtu.be/dQw4w9WgXcQ?si=x",
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=10s",
        "https://m.youtube.com/watch?feature=share&v=dQw4w9WgXcQ&list=PL1",
        "https://www.youtube.com/shorts/dQw4w9WgXcQ",
        "https://youtube.com/live/dQw4w9WgXcQ?feature=share",
        "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
    ],
)
def test_video_is_known_by_its_id(url: str) -> None:
    """`youtu.be/ID`, `watch?v=ID`, shorts, live and embedded players are one video."""
    assert story_key(url) == "youtube.com/watch?v=dQw4w9WgXcQ"


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/Owner/Repo",
        "https://github.com/owner/repo.git",
        "https://github.com/owner/repo/tree/main",
        "https://github.com/owner/repo/blob/master/README.md",
        "https://github.com/owner/repo?tab=readme-ov-file#install",
        "https://github.com/owner/repo/?ref=letter",
    ],
)
def test_repository_is_one_whatever_of_its_front_is_shown(url: str) -> None:
    """A repository's front page is one, in any case; what lies deeper is another page."""
    assert story_key(url) == "github.com/owner/repo"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "https://mp.weixin.qq.com/s?__biz=MzA3==&mid=1&idx=2&sn=a&chksm=z&scene=27#rd",
            "http://mp.weixin.qq.com/s?mid=1&__biz=MzA3%3D%3D&sn=a&idx=2#wechat_redirect",
        ),
        ("https://mp.weixin.qq.com/s/AbC-d_1?scene=1&poc_token=2", "https://mp.weixin.qq.com/s/AbC-d_1"),
        ("https://zh.m.wikipedia.org/zh-cn/甲", "https://zh.wikipedia.org/wiki/甲"),
        ("https://old.reddit.com/r/x/comments/1abc/a_title/?share_id=2", "https://redd.it/1abc"),
        ("https://openreview.net/pdf?id=Ab1", "https://openreview.net/forum?id=Ab1&noteId=2"),
        ("https://t.me/s/channel/12", "https://t.me/channel/12?single"),
        ("https://open.substack.com/pub/letter/p/slug?r=1", "https://letter.substack.com/p/slug"),
        ("https://twitter.com/name", "https://x.com/name?s=21"),
        ("https://hf.co/owner/model", "https://huggingface.co/owner/model"),
        ("https://view.inews.qq.com/a/20251121A01ABC00", "https://new.qq.com/rain/a/20251121A01ABC00"),
    ],
)
def test_page_of_a_site_is_one(one: str, other: str) -> None:
    """Where a site has several addresses for a page, what identifies the page is kept, and nothing else."""
    assert story_key(one) == story_key(other)
    assert story_key(one) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://www.google.com/url?q=https%3A%2F%2Fexample.com%2Fa&sa=D", "https://example.com/a"),
        ("https://link.zhihu.com/?target=https%3A//example.com/a", "https://example.com/a"),
        ("https://web.archive.org/web/2025/https://example.com/a?b=1", "https://example.com/a?b=1"),
        ("https://www.google.com/amp/s/www.example.com/a", "https://example.com/a"),
        ("https://example-com.cdn.ampproject.org/c/s/example.com/a", "https://example.com/a"),
        ("https://amp.example.com/a", "https://example.com/a"),
        ("https://example.com/2026/a-new-model/amp/", "https://example.com/2026/a-new-model"),
        ("https://example.com/a.amp.html", "https://example.com/a.html"),
    ],
)
def test_page_that_is_meant_is_behind_redirectors_and_viewers(one: str, other: str) -> None:
    """Redirectors are unwrapped, and so are archives and quick (AMP) forms of a page."""
    assert story_key(one) == story_key(other)


# --- What makes a difference -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.com/a", "https://example.com/b"),
        ("https://example.com/a?id=1", "https://example.com/a?id=2"),
        ("https://example.com/a?id=1&id=2", "https://example.com/a?id=2"),
        ("https://example.com/A", "https://example.com/a"),
        ("https://team.example.com/a", "https://teaexample.com/a"),
        ("https://team.example.com/a", "https://example.com/a"),
        ("https://example.com:8443/a", "https://example.com/a"),
        ("https://example.com/a%2Fb", "https://example.com/a/b"),
        ("https://example.com/?q=%C4%E3", "https://example.com/?q=%BA%C3"),
        ("https://app.example.com/#/post/1", "https://app.example.com/#/post/2"),
        ("https://app.example.com/#!/post/1", "https://app.example.com/#!/post/2"),
        ("https://x.com/one/status/1", "https://x.com/one/status/2"),
        ("https://arxiv.org/abs/2401.12345", "https://arxiv.org/abs/2401.12346"),
        ("https://arxiv.org/list/cs.AI/recent", "https://arxiv.org/list/cs.CL/recent"),
        ("https://youtube.com/watch?v=a", "https://youtube.com/watch?v=b"),
        ("https://youtube.com/@one", "https://youtube.com/@two"),
        ("https://mp.weixin.qq.com/s?__biz=M&mid=1&idx=1&sn=a", "https://mp.weixin.qq.com/s?__biz=M&mid=1&idx=2&sn=b"),
        ("https://mp.weixin.qq.com/s/AbC", "https://mp.weixin.qq.com/s/aBc"),
        ("https://github.com/a/b", "https://github.com/a/b/releases/tag/v1"),
        ("https://github.com/a/b/tree/main/x", "https://github.com/a/b/tree/main/y"),
        ("https://github.com/a/b/tree/next", "https://github.com/a/b"),
        ("https://github.com/a-b-c/amp", "https://github.com/a-b-c"),
        ("https://github.com/trending/python?since=daily", "https://github.com/trending/python?since=weekly"),
        ("https://api.github.com/repos/a/b/contents?ref=main", "https://api.github.com/repos/a/b/contents?ref=next"),
        ("https://news.ycombinator.com/item?id=1", "https://news.ycombinator.com/item?id=2"),
        ("https://www.reddit.com/r/x/comments/1abc/t/one/", "https://www.reddit.com/r/x/comments/1abc/t/two/"),
        ("https://en.wikipedia.org/wiki/X", "https://de.wikipedia.org/wiki/X"),
        ("https://example.com/products/amp", "https://example.com/products"),
    ],
)
def test_different_stories(one: str, other: str) -> None:
    """What tells two pages of a site apart is kept: a story that is hidden is worse than one that is told twice."""
    assert story_key(one) != story_key(other)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://www.example.com/",
        "https://example.com/?utm_source=x",
        "https://example.com/#top",
        "https://example.com/index.html",
        "https://example.com/en/",
        "https://example.com/zh-CN/",
        "https://example.com/zh-Hans/index.html?utm_source=x",
        "https://example.com/home",
        "mailto:a@example.com",
        "ftp://a/b",
        "",
        "http://[::1",
        "https://a.b:99999/x",
    ],
)
def test_no_key(url: str) -> None:
    """A bare host is a landing page and no key, in any language; and neither is what is no web address."""
    assert story_key(url) is None


def test_key_is_an_address_without_scheme() -> None:
    """A key reads as an address without its scheme."""
    assert story_key("https://www.example.com/a?b=1&utm_source=x") == "example.com/a?b=1"
    assert story_key("http://[::1]:8080/a") == "[::1]:8080/a"


# --- Properties --------------------------------------------------------------------------------------------------

HOSTS = st.sampled_from(
    """
    example.com www.m.example.com x.com twitter.com arxiv.org youtu.be youtube.com github.com mp.weixin.qq.com
    zh.m.wikipedia.org old.reddit.com t.me amp.example.org google.com web.archive.org nitter.net huggingface.co
    """.split()  # noqa: SIM905 - a row of names
)
PATHS = st.text("abc/-_.~%1é速:;@", max_size=30) | st.sampled_from(
    [
        "watch",
        "i/status/12",
        "abs/2401.12345v1",
        "a-b-c/amp/index.html/amp",
        "o/r.git",
        "o/r/tree/main",
        "web/2025/https://www.example.com/a/",
        "amp/s/example.com/a-b-c/amp",
        "s",
        "en/",
    ]
)
QUERIES = st.text("abc=&123+%速", max_size=20) | st.sampled_from(
    ["v=abc&t=1", "__biz=M==&mid=1&idx=1", "url=http://a.b/c"]
)
FRAGMENTS = st.text("abc/!=", max_size=8)


@given(st.text(max_size=60))
def test_never_raises(text: str) -> None:
    """Whatever stands in place of an address, asking for its key does not raise."""
    for url in (text, f"https://{text}", f"https://example.com/{text}", f"https://www.google.com/url?q={text}"):
        story_key(url)
    for url in (f"https://mp.weixin.qq.com/s?{text}", f"https://github.com/{text}", f"https://a.b/c#{text}"):
        story_key(url)


@given(HOSTS, PATHS, QUERIES, FRAGMENTS)
def test_key_is_stable(host: str, path: str, query: str, fragment: str) -> None:
    """The key of a key is itself."""
    key = story_key(f"https://{host}/{path}?{query}#{fragment}")
    assert key is None or story_key(f"https://{key}") == key


@given(
    HOSTS,
    PATHS,
    st.sampled_from(["", "id=1", "v=abc", "a=b&c=速"]),
    st.sampled_from(TRACKERS),
    st.text("abc=", max_size=9),
)
def test_what_is_put_around_an_address_changes_nothing(
    host: str, path: str, query: str, tracker: str, fragment: str
) -> None:
    """Another scheme, `www.`, a tracker and a fragment leave the key as it is."""
    key = story_key(f"https://{host}/{path}?{query}")
    asked = "&".join(filter(None, [query, tracker]))
    assert story_key(f"http://{host}/{path}?{asked}#{fragment}") == key
    assert story_key(f"https://www.{host}/{path}?{query}") == key
