"""What leads on, and what it leads to."""

from __future__ import annotations

import pytest

from digest.redirectors import direct


@pytest.mark.parametrize(
    ("written", "followed"),
    [
        ("https://www.google.com/url?q=https%3A%2F%2Fexample.com%2Fa%3Fb%3D1&sa=D", "https://example.com/a?b=1"),
        ("https://link.zhihu.com/?target=https%3A//example.com/a", "https://example.com/a"),
        ("http://link.zhihu.com?target=http%3A//example.com/a", "http://example.com/a"),
        (
            "https://link.juejin.cn/?target=https%3A%2F%2Flink.csdn.net%2F%3Ftarget%3Dhttps%253A%252F%252Fexample.com%252Fa",
            "https://example.com/a",
        ),
        ("https://www.google.com/url?q=javascript:alert(1)", "https://www.google.com/url?q=javascript:alert(1)"),
        ("https://www.google.com/url?q=https%3A%2F%2F", "https://www.google.com/url?q=https%3A%2F%2F"),
        ("https://www.google.com/search?q=https://example.com", "https://www.google.com/search?q=https://example.com"),
        (
            "https://web.archive.org/web/2025/https://example.com/",
            "https://web.archive.org/web/2025/https://example.com/",
        ),
        ("https://example.com/a?utm_source=x", "https://example.com/a?utm_source=x"),
    ],
)
def test_direct(written: str, followed: str) -> None:
    """Repeats: redirectors are unwrapped; what an archive shows, and any other address, stays as it is."""
    assert direct(written) == followed
