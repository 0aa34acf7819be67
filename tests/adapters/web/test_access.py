"""Who may come in."""

from __future__ import annotations

import pytest

from adapters.web.access import Access, Verdict, Visit, allowed_hosts, local_path, same

ACCESS = Access(key="key", hosts=allowed_hosts(8330, "127.0.0.1", ("sudi.example.org",)))
HOME = "localhost:8330"


def visit(path: str = "/", *, changes: bool = False, host: str = HOME, **said: str) -> Visit:
    """A visit to our own host that says nothing else."""
    return Visit(path=path, changes=changes, host=host, **said)


@pytest.mark.parametrize(
    ("coming", "verdict"),
    [
        (visit(), Verdict.NO_KEY),
        (visit(key="key"), Verdict.KEY_BROUGHT),
        (visit(key="Key"), Verdict.NO_KEY),
        (visit(cookie=ACCESS.cookie), Verdict.ADMITTED),
        (visit(cookie="key"), Verdict.NO_KEY),
        (visit("/say", changes=True, key="key"), Verdict.NO_KEY),
        (visit("/api/query", changes=True, bearer="key"), Verdict.ADMITTED),
        (visit("/api/query", changes=True, cookie=ACCESS.cookie), Verdict.NO_KEY),
        (visit("/api/query", changes=True, bearer=""), Verdict.NO_KEY),
        (visit("/healthz", host="10.0.0.7"), Verdict.ADMITTED),
        (visit("/static/page.css"), Verdict.ADMITTED),
        (visit("/staticky"), Verdict.NO_KEY),
        (visit("/favicon.ico"), Verdict.ADMITTED),
    ],
)
def test_the_key_and_then_the_cookie_admit_and_nothing_else_does(coming: Visit, verdict: Verdict) -> None:
    """The printed address carries the key; a cookie replaces it; `/healthz` needs none."""
    assert ACCESS.judge(coming) is verdict


@pytest.mark.parametrize("host", ["", "evil.example", "evil.example:8330", "localhost", "localhost:80", "[::1]:1"])
def test_a_foreign_host_is_refused_even_with_the_cookie(host: str) -> None:
    """A foreign `Host` is refused."""
    assert ACCESS.judge(visit(host=host, cookie=ACCESS.cookie)) is Verdict.FOREIGN_HOST


@pytest.mark.parametrize(
    "host",
    ["localhost:8330", "LOCALHOST:8330", "127.0.0.1:8330", "[::1]:8330", "sudi.example.org", "sudi.example.org:8330"],
)
def test_our_own_names_are_answered(host: str) -> None:
    """Loopback names and the configured ones are allowed."""
    assert ACCESS.judge(visit(host=host, cookie=ACCESS.cookie)) is Verdict.ADMITTED


@pytest.mark.parametrize(
    ("origin", "site", "admitted"),
    [
        ("", "", True),
        ("http://localhost:8330", "same-origin", True),
        ("https://sudi.example.org", "same-origin", True),
        ("null", "same-origin", True),
        ("null", "", False),
        ("null", "cross-site", False),
        ("http://evil.example", "", False),
        ("http://localhost:9999", "same-site", False),
        ("http://localhost:8330", "cross-site", False),
        ("http://localhost:9999", "", False),
        ("ftp://localhost:8330", "", False),
        ("http://[broken", "", False),
    ],
)
def test_a_change_is_taken_only_from_our_own_pages(origin: str, site: str, admitted: bool) -> None:
    """A foreign `Origin`, or a fetch from another site, changes nothing."""
    asked = visit("/hold", changes=True, origin=origin, site=site, cookie=ACCESS.cookie)
    assert ACCESS.judge(asked) is (Verdict.ADMITTED if admitted else Verdict.FOREIGN_PAGE)


@pytest.mark.parametrize(
    ("origin", "site", "verdict"),
    [
        ("", "cross-site", Verdict.ADMITTED),
        ("http://localhost:8330", "same-origin", Verdict.ADMITTED),
        ("null", "same-origin", Verdict.ADMITTED),
        ("http://evil.example", "", Verdict.FOREIGN_PAGE),
        ("http://evil.example", "cross-site", Verdict.FOREIGN_PAGE),
        ("null", "", Verdict.FOREIGN_PAGE),
    ],
)
def test_a_foreign_origin_is_refused_where_nothing_changes_too(origin: str, site: str, verdict: Verdict) -> None:
    """A foreign `Origin` reads nothing; following a link from elsewhere names none, and is answered."""
    assert ACCESS.judge(visit(origin=origin, site=site, cookie=ACCESS.cookie)) is verdict


def test_the_cookie_and_the_form_token_do_not_give_the_key_away() -> None:
    """The cookie is derived from the key, and the forms' token from the cookie."""
    other = Access(key="another", hosts=ACCESS.hosts)
    assert "key" not in ACCESS.cookie
    assert len({ACCESS.cookie, ACCESS.form_token, other.cookie, other.form_token}) == 4
    assert ACCESS.cookie_name != other.cookie_name
    assert ACCESS.owns_form(ACCESS.form_token)
    assert not other.owns_form(ACCESS.form_token)


@pytest.mark.parametrize("given", ["", "k", "keykey", "键", "\udcff", "x" * 100_000])
def test_fault_37_secrets_of_any_shape_are_compared_and_refused(given: str) -> None:
    """A wrong secret is refused in constant time, whatever it is made of."""
    assert not same(given, "key")
    assert same("key", "key")


@pytest.mark.parametrize(
    ("asked", "led"),
    [
        ("/deliveries?state=open", "/deliveries?state=open"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nSet-Cookie: b=c", "/"),
        ("", "/"),
    ],
)
def test_a_redirect_leads_only_to_our_own_pages(asked: str, led: str) -> None:
    """Redirect targets are local paths."""
    assert local_path(asked) == led


def test_a_wildcard_is_no_name_of_ours() -> None:
    """What is bound everywhere is still called by its own names only."""
    assert allowed_hosts(80, "::") == allowed_hosts(80, "")
    assert {"localhost", "localhost:80"} <= allowed_hosts(80, "::")
    assert "[::]:80" not in allowed_hosts(80, "::")
    assert "192.168.1.5:8330" in allowed_hosts(8330, "192.168.1.5")
