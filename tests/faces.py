"""Reads drawn HTML back: what it says, where it leads, and whether anything in it is unsafe."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

_ALLOWED = {
    "div": {"class"},
    "article": {"class"},
    "section": {"class"},
    "details": {"class"},
    "summary": {"class"},
    "span": {"class"},
    "time": {"class", "datetime"},
    "h2": {"class"},
    "h3": {"class"},
    "h4": {"class"},
    "h5": {"class"},
    "h6": {"class"},
    "p": {"class"},
    "ul": {"class"},
    "ol": {"class", "start"},
    "li": set[str](),
    "blockquote": {"class", "tabindex"},
    "pre": {"class", "data-language"},
    "code": {"class"},
    "hr": {"class"},
    "table": set[str](),
    "thead": set[str](),
    "tbody": set[str](),
    "tr": set[str](),
    "th": set[str](),
    "td": set[str](),
    "br": set[str](),
    "a": {"href", "rel", "target"},
    "strong": set[str](),
    "em": set[str](),
    "s": set[str](),
    "del": set[str](),
}
_EMPTY = {"br", "hr"}
_LINES = {
    *["div", "p", "li", "h2", "h3", "h4", "h5", "h6", "tr", "pre", "blockquote", "summary", "section", "br", "ol", "ul"]
}
_ASIDE = {
    *["tg-preview", "tg-keyboard", "dc-footer", "dc-image", "dc-below"],
    *["digest-time", "digest-picture", "digest-gist"],
}
"""What stands beside the text."""


@dataclass
class Face(HTMLParser):
    """One drawn message."""

    html: str
    text: str = ""
    links: list[str] = field(default_factory=list)
    unsafe: list[str] = field(default_factory=list)
    _open: list[tuple[str, bool]] = field(default_factory=list)
    _numbers: list[int | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.feed(self.html)
        self.close()
        if self._open:
            self.unsafe.append(f"never closed: {self._open}")

    @property
    def lines(self) -> list[str]:
        """The text, line by line."""
        return [line.strip() for line in self.text.split("\n") if line.strip()]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what is not allowed."""
        values = {name: value or "" for name, value in attrs}
        if tag not in _ALLOWED or set(values) - _ALLOWED[tag]:
            self.unsafe.append(f"<{tag} {values}>")
        aside = values.get("class", "") in _ASIDE or self._is_aside
        if tag == "a":
            if not values.get("href", "").lower().startswith(("http://", "https://", "mailto:")):
                self.unsafe.append(values.get("href", ""))
            if values.get("rel") != "noopener noreferrer nofollow":
                self.unsafe.append(f"rel: {values}")
            if not aside:
                self.links.append(values.get("href", ""))
        if tag in _LINES:
            self.text += "\n"
        if tag in {"ol", "ul"}:
            self._numbers.append(int(values["start"]) if tag == "ol" else None)
        if tag == "li":
            self._count()
        if tag not in _EMPTY:
            self._open.append((tag, aside))

    def handle_endtag(self, tag: str) -> None:
        """Every element ends where it must."""
        if tag in {"ol", "ul"}:
            self._numbers.pop()
        if not self._open or self._open.pop()[0] != tag:
            self.unsafe.append(f"</{tag}> out of place")
        if tag in _LINES:
            self.text += "\n"

    def handle_data(self, data: str) -> None:
        """Take the text, less what stands beside it."""
        if not self._is_aside:
            self.text += data

    def _count(self) -> None:
        number = self._numbers[-1]
        if number is not None:
            self.text += f"{number}. "
            self._numbers[-1] = number + 1

    @property
    def _is_aside(self) -> bool:
        return bool(self._open) and self._open[-1][1]
