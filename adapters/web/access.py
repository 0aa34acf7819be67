"""Who may come in: a key in the printed address, then a cookie, and nothing from a foreign page.

Decisions are pure: a visit goes in, a verdict comes out. Secrets are compared in constant time, and what came in
their place is never kept.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
OPEN_PATHS = ("/healthz", "/static/", "/favicon.ico")
"""What needs no key: the health of the process, and files that everybody has."""

API = "/api/"
_HTTP_PORT = 80


class Verdict(StrEnum):
    """What is done with a visit."""

    ADMITTED = "admitted"
    KEY_BROUGHT = "key_brought"
    """The right key stands in the address: a cookie takes its place."""
    NO_KEY = "no_key"
    FOREIGN_HOST = "foreign_host"
    FOREIGN_PAGE = "foreign_page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a request says about where it comes from; what it does not say is empty."""

    path: str
    changes: bool
    host: str = ""
    origin: str = ""
    site: str = ""
    key: str = ""
    cookie: str = ""
    bearer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The key of this installation and the names under which its page may be called."""

    key: str
    hosts: frozenset[str]

    @property
    def cookie_name(self) -> str:
        """The cookie's name; two installations on one host (cookies know no ports) do not take each other's."""
        return f"sudi-{self._derived('name')[:8]}"

    @property
    def cookie(self) -> str:
        """What the cookie holds: it proves the key without being it."""
        return self._derived("cookie")

    @property
    def form_token(self) -> str:
        """What every form carries: made of the cookie, which a foreign page cannot read."""
        return hmac.new(self.cookie.encode(), b"form", hashlib.sha256).hexdigest()

    def _derived(self, purpose: str) -> str:
        return hmac.new(self.key.encode(), purpose.encode(), hashlib.sha256).hexdigest()

    def judge(self, visit: Visit) -> Verdict:
        """What is done with this visit. A form's token is looked at later, when its body may be read."""
        if visit.path == "/healthz":
            return Verdict.ADMITTED
        if visit.host.lower() not in self.hosts:
            return Verdict.FOREIGN_HOST
        if (visit.changes or visit.origin) and not self._from_our_page(visit):
            return Verdict.FOREIGN_PAGE
        return self._judge_key(visit)

    def _judge_key(self, visit: Visit) -> Verdict:
        if is_open(visit.path):
            return Verdict.ADMITTED
        if not visit.path.startswith(API):
            if not visit.changes and same(visit.key, self.key):
                return Verdict.KEY_BROUGHT
            return Verdict.ADMITTED if same(visit.cookie, self.cookie) else Verdict.NO_KEY
        return Verdict.ADMITTED if same(visit.bearer, self.key) else Verdict.NO_KEY

    def owns_form(self, token: str) -> bool:
        """Whether a form with this token is one of ours."""
        return same(token, self.form_token)

    def _from_our_page(self, visit: Visit) -> bool:
        """Whether one of our pages asked, or no page at all: who follows a link or types an address names no origin.

        Under our own `Referrer-Policy: no-referrer` a browser names a form's origin `null`; then its
        `Sec-Fetch-Site` must say that the form is ours (https://fetch.spec.whatwg.org/#append-a-request-origin-header).
        """
        if visit.site not in {"", "same-origin", "none"}:
            return False
        if visit.origin == "null":
            return visit.site == "same-origin"
        return not visit.origin or _authority(visit.origin) in self.hosts


def is_open(path: str) -> bool:
    """Whether a path needs no key."""
    return any(path == known or (known.endswith("/") and path.startswith(known)) for known in OPEN_PATHS)


def same(given: str, right: str) -> bool:
    """Whether two secrets are equal, in a time that tells neither their length nor where they differ."""
    names = (hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in (given, right))
    return hmac.compare_digest(*names)


def allowed_hosts(port: int, bound: str, configured: Iterable[str] = ()) -> frozenset[str]:
    """The `Host` headers that are answered, for a page at this port.

    A configured name counts with our port, and as it stands: alone behind a proxy, or with a port of its own.
    """
    wildcard = bound in {"", "0.0.0.0", "::"}  # noqa: S104 - a name to compare, nothing is bound
    names = [*LOOPBACK, *([] if wildcard else [bracketed(bound)])]
    hosts = {f"{name}:{port}" for name in names} | ({*names} if port == _HTTP_PORT else set())
    for name in configured:
        hosts |= {name, f"{name}:{port}"}
    return frozenset(host.lower() for host in hosts)


def bracketed(host: str) -> str:
    """A host as it stands in an address: IPv6 within brackets."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def local_path(path: str) -> str:
    """The path if it leads to one of our own pages, else `/`: what a redirect may be given."""
    plain = path.isprintable() and "\\" not in path and not path.startswith("//") and path.startswith("/")
    return path if plain else "/"


def _authority(origin: str) -> str:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return ""
    return parts.netloc.lower() if parts.scheme in {"http", "https"} else ""
