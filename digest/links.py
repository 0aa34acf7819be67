"""Which addresses may stand behind a link, and where a bare one ends."""

from __future__ import annotations

import re
from html import unescape

from yarl import URL

from digest.redirectors import direct

_LONGEST = 2_048
"""Characters of an address that a message can be expected to carry."""

_SOUND = re.compile(
    r"https?://(?!https?[:/])[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,4})?(?:[/?#](?:[!#$&-;=?-Z_a-z~]|%[0-9A-Fa-f]{2})*)?"
)
"""An address that needs no mending."""

_MAIL = re.compile(r"mailto:[^\s@<>\"]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}(?:\?[!#-;=?-~]*)?", re.IGNORECASE)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_HOST_WITHOUT_SCHEME = re.compile(
    r"www\.[a-z0-9-]|(?:[a-z0-9-]+\.)+(?:(?:com|org|net|io|ai|dev|cn|co|app|me|edu|gov|info|xyz|tech|tv|uk|jp|de|fr|kr)"
    r"(?::\d{2,5})?(?=[/?#])|(?:com|org|net|dev|cn|edu|gov)\Z)",
    re.IGNORECASE,
)
_SCHEMES = re.compile(
    r"(?:(?:https?[:：]?/{0,2})(?=https?(?:[:：]?//|[:：]/)))*(https?)(?:[:：]/{1,2}(?!/)|[:：]?//(?!/))", re.IGNORECASE
)
"""A scheme that is written twice, or with too few or too many marks behind it."""


def address(written: str, base_url: str = "") -> str | None:
    """The absolute http(s) or mailto address that was meant; None where nothing can be followed.

    A relative address is joined to `base_url`. One that merely lacks its scheme (`github.com/x`) gets it, one that has
    two loses the first, and redirectors are left out.
    """
    if _SOUND.fullmatch(written) and len(written) <= _LONGEST:
        return direct(written) if "?" in written else written
    written = written.strip().replace("\n", "").replace("\t", "")
    if not written or written.startswith("#") or len(written) > _LONGEST:
        return None
    if _MAIL.fullmatch(written):
        return written
    mended = _mended(_completed(written), base_url)
    return direct(mended) if mended and "?" in mended else mended


def _completed(written: str) -> str:
    if written.startswith("//"):
        return f"https:{written}"
    if scheme := _SCHEMES.match(written):
        return f"{scheme[1].lower()}://{written[scheme.end() :]}"
    return f"https://{written}" if _HOST_WITHOUT_SCHEME.match(written) else written


def _mended(written: str, base_url: str) -> str | None:
    scheme = _SCHEME.match(written)
    if scheme and scheme[1].lower() not in {"http", "https"}:
        return None
    try:
        url = URL(written) if scheme else URL(base_url).join(URL(written))
        mended = str(url) if url.scheme in {"http", "https"} and url.raw_host else ""
    except ValueError:
        return None
    return mended if 0 < len(mended) <= _LONGEST else None


_BARE = re.compile(
    r"://[A-Za-z0-9][A-Za-z0-9-]*(?:[.:][A-Za-z0-9-]+)+(?:[/?#](?:[!#-;=?-Z_a-z~]|\\[!-/:-@\[-`{-~]){0,2048})?"
)
_PAGE = re.compile(r"[\w()·-]{1,200}")
"""A wiki names its pages in its own language."""

_NOT_AT_THE_END = "?!.,:;*_~'\\"
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_ENTITY = re.compile(r"&#?\w{1,31};")


def bare(text: str, at: int) -> tuple[str, int] | None:
    """The address whose `://` stands at `at` in the text, less its scheme, and how long it is as written.

    Only what ASCII allows belongs to it (but for the page of a wiki), so that it never swallows the Chinese text behind
    it; nor does the punctuation that ends a sentence, or a bracket that was opened before it.
    """
    found = _BARE.match(text, at)
    if found is None:
        return None
    end = found.end()
    if found[0].endswith("/wiki/") and (page := _PAGE.match(text, end)):
        end = page.end()
    written = text[at:end].rstrip(_NOT_AT_THE_END)
    for _ in range(written.count(")") - written.count("(")):
        if not written.endswith(")"):
            break
        written = written[:-1].rstrip(_NOT_AT_THE_END)
    return decoded(_ESCAPE.sub(r"\1", written)), len(written)


def decoded(written: str) -> str:
    """The address with its character references resolved: those that end in a semicolon, `&copy=` is a parameter."""
    return _ENTITY.sub(lambda entity: unescape(entity[0]), written) if "&" in written else written
