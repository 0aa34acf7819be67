"""Addresses of repositories: which are understood, and that no secret in them is shown."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.looking.patience import Patience
from bot.looking.repository import BadAddress, Repository, address, is_branch, last_name, without_userinfo

PASSWORD = "p@ss/w:rd"  # noqa: S105 - nobody's


@pytest.mark.parametrize(
    ("written", "url", "user", "secret"),
    [
        ("https://h.example/a/b.git", "https://h.example/a/b.git", "", ""),
        ("https://u:p%40ss%2Fw%3Ard@h.example:8443/b", "https://h.example:8443/b", "u", PASSWORD),
        ("http://token@10.0.0.1/b", "http://10.0.0.1/b", "token", ""),
        ("https://[::1]/b", "https://[::1]/b", "", ""),
        ("ssh://git@h.example:22/a/b.git", "ssh://git@h.example:22/a/b.git", "git", ""),
        ("ssh://git:secret@h.example/b", "ssh://git@h.example/b", "git", ""),
        ("git@h.example:a/b.git", "git@h.example:a/b.git", "", ""),
        ("file:///srv/posts.git", "file:///srv/posts.git", "", ""),
    ],
)
def test_addresses(written: str, url: str, user: str, secret: str) -> None:
    """http, https, ssh and file are understood; who asks, and the password, are taken out of an address."""
    assert address(written) == (url, user, secret)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "posts",
        "/srv/posts",
        "-oProxyCommand=x",
        "--upload-pack=x",
        "ext::sh -c x",
        "ext::x",
        "git://h.example/x",
        "ftp://h.example/x",
        "ssh://-oProxyCommand=x/y",
        "ssh://-x@h.example/y",
        "https://h.example",
        "https:///x",
        "file://h.example/x",
        "https://h.example/x?token=1",
        "https://h.example/x y",
        "https://h.example/x\ny",
        "https://h.example:port/x",
        "C:\\posts",
        "-a@h.example:x",
        "a@-h.example:x",
    ],
)
def test_what_is_no_address(written: str) -> None:
    """What names no host, runs a command, or could be taken for an option is no address."""
    with pytest.raises(BadAddress):
        address(written)


@given(st.text())
def test_no_address_can_be_an_option(written: str) -> None:
    """Whatever is understood begins with no dash, has no white space, and is understood again as it is."""
    try:
        url, _, _ = address(written)
    except BadAddress:
        return
    assert not url.startswith("-")
    assert not any(sign.isspace() for sign in url)
    assert "::" not in url.split("[")[0]


@pytest.mark.parametrize(
    ("name", "good"),
    [
        *((name, True) for name in ("main", "feature/日报", "v1.2")),
        *((name, False) for name in ("-x", "a..b", "a b", "x.lock", "a/", "/a", "a^", "a:b", "a@{1}", "")),
    ],
)
def test_branches(name: str, good: bool) -> None:
    """A branch is called as git allows it, and never like an option."""
    assert is_branch(name) is good


def test_the_proof_is_for_http_alone_and_is_hidden() -> None:
    """A password is proof for http; in whatever git says, it is hidden in each of its spellings."""
    repository = Repository(url="https://h.example/b", user="u", secret=PASSWORD)
    proof = base64.b64encode(f"u:{PASSWORD}".encode()).decode()
    assert repository.proof == ("u", PASSWORD)
    assert repository.base == "https://h.example/"
    said = repository.hide(f"fatal: {PASSWORD}, {proof} and https://u:x@h.example/b")
    assert PASSWORD not in said
    assert proof not in said
    assert "u:x" not in said
    assert PASSWORD not in repr(repository)
    assert Repository(url="ssh://git@h/b", user="git", secret="x").proof is None  # noqa: S106 - nobody's
    assert Repository(url="https://h/b").proof is None
    assert Repository(url="https://h/b", user="token").secrets[0] == "token"


def test_a_repository_is_called_by_its_last_name() -> None:
    """Without a name of its own a source is called as the last step of its address."""
    for url in ("https://h.example/a/news.git", "git@h.example:a/news.git", "file:///srv/news/", "ssh://git@h/news"):
        assert last_name(url) == "news"


@given(st.text(st.characters(exclude_characters=" /@'\"<>\n\t:", exclude_categories=["Z", "C"]), min_size=1))
def test_userinfo_is_taken_out_of_any_text(secret: str) -> None:
    """Names and passwords in addresses are taken out of a text, whatever they are made of."""
    hidden = without_userinfo(f"see https://bob:{secret}@h.example/x and ssh://{secret}@h/y")
    assert hidden == "see https://[hidden]@h.example/x and ssh://[hidden]@h/y"


@given(st.integers(0, 10_000), st.floats(0, 1), st.integers(1, 86_400))
def test_rests_grow_to_a_limit(failures: int, jitter: float, usual: int) -> None:
    """Whoever fails rests longer each time, never shorter than usual, and at most as long as the limit."""
    patience = Patience(usual=timedelta(seconds=usual), longest=timedelta(hours=1))
    rest = patience.rest(failures, jitter)
    assert patience.usual <= rest <= max(patience.usual, patience.longest)
    assert patience.rest(0, jitter) == patience.usual
    assert patience.rest(failures, 1.0) <= patience.rest(failures + 1, 1.0)
