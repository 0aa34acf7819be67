"""What names a text, and what tells a story again."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.identity import name_of, story_key


def test_name_is_of_the_bytes() -> None:
    """A text is named by the sha-256 of its bytes, shortened."""
    assert name_of(b"one") == hashlib.sha256(b"one").hexdigest()[:32]
    assert name_of(b"one") != name_of(b"one ")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://example.com/a", "https://example.com/a"),
        ("https://www.example.com/a", "https://example.com/a"),
        ("https://m.example.com/a", "https://example.com/a"),
        ("https://EXAMPLE.com/a", "https://example.com/a"),
        ("https://example.com:443/a", "https://example.com/a"),
        ("https://example.com/a/", "https://example.com/a"),
        ("https://example.com/a#part", "https://example.com/a"),
        ("https://example.com/a?utm_source=x&utm_medium=y", "https://example.com/a"),
        ("https://example.com/a?fbclid=1&id=2", "https://example.com/a?id=2"),
        ("https://example.com/a?b=2&a=1", "https://example.com/a?a=1&b=2"),
        ("https://twitter.com/one/status/123?s=20", "https://x.com/other/status/123"),
        ("https://mobile.twitter.com/one/statuses/123", "https://x.com/i/web/status/123/photo/1"),
        ("https://arxiv.org/pdf/2401.12345v2.pdf", "https://arxiv.org/abs/2401.12345"),
        ("https://arxiv.org/html/2401.12345", "http://export.arxiv.org/abs/2401.12345v1"),
        ("https://www.google.com/url?q=https%3A%2F%2Fexample.com%2Fa&sa=D", "https://example.com/a"),
        ("https://link.zhihu.com/?target=https%3A//example.com/a", "https://example.com/a"),
        ("https://web.archive.org/web/2025/https://example.com/a?b=1", "https://example.com/a?b=1"),
        (
            "https://mp.weixin.qq.com/s?__biz=M&mid=1&idx=2&sn=a&chksm=z&scene=27#rd",
            "https://mp.weixin.qq.com/s?__biz=M&mid=1&idx=2&sn=a",
        ),
        (
            "https://zh.wikipedia.org/wiki/人工智能",
            "https://zh.wikipedia.org/wiki/%E4%BA%BA%E5%B7%A5%E6%99%BA%E8%83%BD",
        ),
    ],
)
def test_same_story(one: str, other: str) -> None:
    """Scheme, www., fragment, trackers and a trailing slash do not matter; redirectors are unwrapped."""
    assert story_key(one) == story_key(other)
    assert story_key(one) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.com/a", "https://example.com/b"),
        ("https://example.com/a?id=1", "https://example.com/a?id=2"),
        ("https://example.com/A", "https://example.com/a"),
        ("https://example.com:8443/a", "https://example.com/a"),
        ("https://x.com/one/status/1", "https://x.com/one/status/2"),
        ("https://mp.weixin.qq.com/s?__biz=M&mid=1&idx=1&sn=a", "https://mp.weixin.qq.com/s?__biz=M&mid=1&idx=2&sn=b"),
        ("https://github.com/a/b?ref=main", "https://github.com/a/b?ref=next"),
        ("https://news.ycombinator.com/item?id=1", "https://news.ycombinator.com/item?id=2"),
    ],
)
def test_different_stories(one: str, other: str) -> None:
    """What tells two pages of a site apart is kept."""
    assert story_key(one) != story_key(other)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://www.example.com/",
        "https://example.com/?utm_source=x",
        "mailto:a@example.com",
        "ftp://a/b",
        "",
        "http://[::1",
        "https://a.b:99999/x",
    ],
)
def test_no_key(url: str) -> None:
    """A bare host is a landing page and no key, and neither is what is no web address."""
    assert story_key(url) is None


def test_key_is_an_address_without_scheme() -> None:
    """A key reads as an address without its scheme."""
    assert story_key("https://www.example.com/a?b=1&utm_source=x") == "example.com/a?b=1"


@given(st.text(max_size=60))
def test_never_raises(text: str) -> None:
    """Whatever stands in place of an address, asking for its key does not raise."""
    for url in (text, f"https://{text}", f"https://example.com/{text}", f"https://www.google.com/url?q={text}"):
        story_key(url)


@given(st.text("abc123/-_.~%", max_size=30), st.text("abc=&123", max_size=20))
def test_key_is_stable(path: str, query: str) -> None:
    """The key of a key is itself."""
    key = story_key(f"https://example.com/{path}?{query}")
    assert key is None or story_key(f"https://{key}") == key
