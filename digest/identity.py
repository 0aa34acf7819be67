"""What names a text and what tells that two digests tell the same story."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, unquote_plus

from yarl import URL

from digest.model import Revision, StoryKey
from digest.redirectors import host_of, origin
from digest.sites import site_key, site_path, tracks

_NAME_LENGTH = 32
"""Hexadecimal digits of a name: 128 bits of the sha-256, which no two posts will share by chance."""

_SHORT_NAME_LENGTH = 12
"""Hexadecimal digits of a short name: 48 bits, enough among the posts of one archive, and room in a button's data."""

_LONGEST_KEY = 2_000
"""Characters. A longer address is no address that anyone wrote twice."""

_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;]*", re.IGNORECASE)
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?|jsp)$", re.IGNORECASE)

_AMP = re.compile(r"(/[^/]*(?:-[^/]*-|\d{4}|\.html?)[^/]*)/amp$|\.amp(\.html?)$", re.IGNORECASE)
"""The quick form of an article: below what is called like one, for `amp` is a name as well."""

_SHORTER = ("amp", "index.", "default.")
"""One of these stands in every path that is shortened."""

_CODE_HOST = re.compile(r"(?:github|gitlab|gitee|npmjs)\.com|pypi\.org")
"""Where the last part of a path may be any name."""

_ROUTE = re.compile(r"(?:!/?|/)[^/].*")
"""A fragment that names a page, as on sites that a script draws; any other names a place on the page."""

_FRONT = re.compile(r"|/home|/(?:zh|en|ja|ko|fr|de|es|pt|ru|it)(?:[-_](?:hans|hant|[a-z]{2}))*", re.IGNORECASE)
"""Paths of front pages: none, and those of a site in one language."""

_PLAIN = re.compile(r"[\w.~-]*", re.ASCII)

_KEPT = "/:@-._~!$'()*,;"
"""What stands in a parameter as it is."""


def name_of(data: bytes) -> Revision:
    """The name of a text: the beginning of its sha-256, as hexadecimal digits."""
    return Revision(hashlib.sha256(data).hexdigest()[:_NAME_LENGTH])


def short_name(source: str, path: str) -> str:
    """The short name of the digest at a path of a source: no edit of the post changes it, only moving its file does."""
    return name_of(f"{source}\0{path}".encode("utf-8", "surrogatepass"))[:_SHORT_NAME_LENGTH]


def story_key(url: str) -> StoryKey | None:
    """The canonical form of a web address, without its scheme; None for what cannot tell a story from another.

    No key: an address that is none, one that is not http(s), and the front page of a site. The landing pages that a
    source links to again and again are told by `digest.repeats`.
    """
    try:
        return _key(origin(URL(url.strip())))
    except ValueError:
        return None


def _key(url: URL) -> StoryKey | None:
    host = host_of(url)
    if not host or url.scheme not in {"http", "https"}:
        return None
    host, path = site_path(host, _path(url.raw_path, host))
    query = list(_parameters(url.raw_query_string, host))
    key = site_key(host, path, dict(query)) or _spelled(_with_port(host, url), path, query, _route(url.raw_fragment))
    return key if key and len(key) <= _LONGEST_KEY else None


def _path(path: str, host: str) -> str:
    """The path less what names the same page: doubled slashes, a session, an index file, the quick form."""
    path, before = path.rstrip("/"), ""
    if "//" in path or ";" in path:
        path = re.sub(r"/{2,}", "/", _SESSION.sub("", path)).rstrip("/")
    while path != before and any(part in path.lower() for part in _SHORTER):
        before = path
        path = _INDEX.sub("", path)
        if not _CODE_HOST.fullmatch(host):
            path = _AMP.sub(r"\1\2", path)
    return path


def _parameters(query: str, host: str) -> Iterator[tuple[str, str]]:
    """The parameters that lead somewhere, each spelled in the one way."""
    for pair in query.split("&") if query else ():
        written, _, value = pair.partition("=")
        name = _respelled(written)
        if name and not tracks(name, host):
            yield name, _respelled(value)


def _respelled(text: str) -> str:
    """Escaped where it has to be; bytes of any encoding come through."""
    if _PLAIN.fullmatch(text):
        return text
    return quote(unquote_plus(text, errors="surrogateescape"), safe=_KEPT, errors="surrogateescape")


def _route(fragment: str) -> str:
    return fragment.rstrip("/") if _ROUTE.fullmatch(fragment) else ""


def _with_port(host: str, url: URL) -> str:
    host = f"[{host}]" if ":" in host else host
    return host if url.is_default_port() or url.explicit_port is None else f"{host}:{url.explicit_port}"


def _spelled(host: str, path: str, query: Iterable[tuple[str, str]], route: str) -> StoryKey | None:
    asked = "&".join(f"{name}={value}" if value else name for name, value in sorted(query))
    if not asked and not route and _FRONT.fullmatch(path):
        return None
    return StoryKey(host + (path or "/" * bool(asked or route)) + f"?{asked}" * bool(asked) + f"#{route}" * bool(route))
