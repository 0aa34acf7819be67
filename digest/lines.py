"""One line of Markdown: inline tokens become spans; what leads nowhere or is never shown is left out."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from markdown_it.token import Token

from digest.emphasis import LITERAL_STAR, without_marks, without_stars
from digest.html import BLOCKS, EMBEDDING, UNSHOWN, attribute, embed_words, embedded, is_known, tags_in
from digest.links import address
from digest.pictures import is_badge, is_inline, is_picture, shown_at
from digest.problems import Code as ProblemCode
from digest.problems import Problem
from digest.richtext import Bold, Break, Code, Image, Italic, Link, Span, Spans, Strike, Text, plain
from digest.writing import is_cjk, seen

_DEEPEST_FORM = 12
"""Forms within forms of one line; deeper ones are flattened, so that walking a line needs no deep stack."""

_MOST_PROBLEMS = 20
"""Of one kind in one post: after so many, one more says nothing new."""


class Findings:
    """What is odd about a text, as it is found; and where its links lead."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self.problems: list[Problem] = []
        self.picture: str | None = None

    def report(self, code: ProblemCode, line: int, **details: str | int) -> None:
        """Add a problem, unless there are many of its kind already."""
        if sum(problem.code is code for problem in self.problems) < _MOST_PROBLEMS:
            self.problems.append(Problem(code=code, line=line, details=details))

    def link(self, href: str, line: int) -> str | None:
        """The address that may stand behind a link; None for one that leads nowhere, which is reported."""
        href = seen(href)[0]
        url = address(href, self._base_url)
        if url is None and not href.startswith("#"):
            self.report(ProblemCode.BAD_LINK, line, link=href[:200])
        return url

    def saw(self, url: str, alt: str, attributes: str) -> None:
        """A picture stands in the text; the first that is worth it becomes the digest's."""
        if self.picture is None and is_picture(url, alt, attributes):
            self.picture = url


_FORMS: Mapping[str, Callable[[Spans], Span]] = {
    "strong": Bold,
    "b": Bold,
    "em": Italic,
    "i": Italic,
    "s": Strike,
    "del": Strike,
    "strike": Strike,
    "code": lambda spans: Code(plain(spans)),
    "kbd": lambda spans: Code(plain(spans)),
}
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)([^>]*)>", re.DOTALL)


@dataclass(slots=True)
class _Form:
    """A form that was opened: `name` closes it (`<b` is HTML's), `tag` says what it is (empty: it changes nothing).

    `badge` says that a badge without words stands in it, which alone is nothing to be led by; `picture` is the one that
    stands in a link. `lines` tells of each piece of the text on which line it stands.
    """

    name: str
    tag: str
    url: str = ""
    badge: bool = False
    picture: Image | None = None
    spans: list[Span] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


class Line:
    """Builds the spans of one line of tokens."""

    def __init__(self, findings: Findings, source: str, line: int) -> None:
        self._findings = findings
        self._source = source
        self._tags: frozenset[str] | None = None
        self._breaks = _wanted_breaks(source) if "\n" in source else iter(())
        self._line = line
        self._open = [_Form("", "")]
        self.images: list[Image] = []

    def build(self, tokens: list[Token]) -> Spans:
        """The spans that the tokens say; pictures are put aside in `images`."""
        for token in tokens:
            kind = token.type
            if kind == "text":
                if token.content:
                    self._say(token.content)
            elif kind == "text_special":
                self._say(token.content.replace("*", LITERAL_STAR))
            elif token.nesting > 0:
                self._begin(token.tag, token.tag, str(token.attrs.get("href", "")))
            elif token.nesting < 0:
                self._end(token.tag)
            else:
                self._leaf(token)
        while len(self._open) > 1:
            self._close(wrapped=not self._open[-1].name.startswith("<"))
        return _trimmed(self._finished(self._open[0]))

    def _leaf(self, token: Token) -> None:
        match token.type:
            case "softbreak" | "hardbreak":
                if next(self._breaks, True) or token.type == "hardbreak":
                    self._add(Break())
                else:
                    self._say(" ")
                self._line += 1
            case "code_inline":
                self._add(Code(token.content))
            case "image":
                alt = "".join(child.content for child in token.children or ())
                self._image(str(token.attrs.get("src", "")), alt)
            case "html_inline":
                self._html(token.content)
                self._line += token.content.count("\n")

    def _html(self, written: str) -> None:
        found = _TAG.fullmatch(written)
        if found is None:
            return
        closing, tag, attributes = found[1], found[2].lower(), found[3]
        if tag in BLOCKS:
            self._part(" " if tag in {"td", "th"} else "")
        elif tag == "br":
            self._add(Break())
        elif tag == "img":
            self._image(shown_at(attributes), attribute("alt", attributes), attributes)
        elif not (is_known(tag, attributes) or self._is_paired(tag)):
            self._say(written)
        elif closing:
            self._end(f"<{tag}")
        elif len(self._open) <= _DEEPEST_FORM:
            self._opened(tag, attributes)

    def _part(self, blank: str) -> None:
        """What stands before a block's tag and what stands behind it are apart."""
        form = self._open[-1]
        if blank:
            self._say(blank)
        elif "".join(form.text).strip() or (form.spans and form.spans[-1] != Break()):
            self._add(Break())

    def _is_paired(self, tag: str) -> bool:
        """Whether a component of that name is opened and closed in the line."""
        if self._tags is None:
            self._tags = tags_in(self._source)
        return tag in self._tags and f"/{tag}" in self._tags

    def _opened(self, tag: str, attributes: str) -> None:
        if tag in EMBEDDING and (url := embedded(attribute("src", attributes), tag, attributes)):
            self._add(Link((Text(embed_words(attributes, url)),), url))
        if not attributes.endswith("/") and (tag in _FORMS or tag in UNSHOWN or tag == "a"):
            href = attribute("href", attributes)
            self._begin(f"<{tag}", "" if tag == "a" and not href else tag, href)

    def _image(self, src: str, alt: str, attributes: str = "") -> None:
        alt = self._shown(alt)
        if is_inline(alt, attributes):
            self._say(alt)
            return
        url = self._findings.link(src, self._line)
        if url is None or url.startswith("mailto:"):
            self._say(alt)
            return
        self._findings.saw(url, alt, attributes)
        outer = next((form for form in self._open if form.tag == "a"), None)
        if is_badge(url, attributes) or outer:
            self._say(alt)
            if outer and not is_badge(url, attributes):
                outer.picture = outer.picture or Image(url, alt, outer.url)
            elif outer and not alt:
                outer.badge = True
        else:
            self.images.append(Image(url, alt))

    def _begin(self, name: str, tag: str, href: str = "") -> None:
        url = ""
        if tag == "a":
            url = self._findings.link(href, self._line) or ""
            tag = tag if url and not any(form.tag == "a" for form in self._open) else ""
        if len(self._open) > _DEEPEST_FORM:
            tag = ""
        self._open.append(_Form(name, tag, url))

    def _end(self, name: str) -> None:
        if any(form.name == name for form in self._open):
            while self._open[-1].name != name:
                self._close()
            self._close()

    def _close(self, *, wrapped: bool = True) -> None:
        form = self._open.pop()
        spans = self._finished(form)
        if wrapped and (form.tag in UNSHOWN or (form.badge and not plain(spans).strip())):
            return
        if wrapped and form.picture and plain(spans).strip() == form.picture.alt.strip():
            self.images.append(form.picture)
        elif wrapped and form.tag == "a":
            self._add(Link(spans if plain(spans).strip() else (Text(form.url),), form.url))
        elif wrapped and form.tag and spans:
            self._add(_FORMS[form.tag](spans))
        else:
            for span in spans:
                self._add(span)

    def _add(self, span: Span) -> None:
        form = self._open[-1]
        if isinstance(span, Text):
            self._say(span.text)
        else:
            self._flush(form)
            form.spans.append(span)

    def _say(self, text: str) -> None:
        self._open[-1].text.append(text)
        self._open[-1].lines.append(self._line)

    def _finished(self, form: _Form) -> Spans:
        self._flush(form)
        return tuple(form.spans)

    def _flush(self, form: _Form) -> None:
        if form.text:
            text = self._shown("".join(form.text), form)
            form.text.clear()
            form.lines.clear()
            if text:
                form.spans.append(Text(text))

    def _shown(self, text: str, form: _Form | None = None) -> str:
        if "**" in text:
            written = text
            text, where = without_stars(written)
            if where >= 0:
                near = text[max(0, where - 10) : where + 20]
                line = _line_at(form, written.index("*", where)) if form else self._line
                self._findings.report(ProblemCode.LEFTOVER_STARS, line, near=near)
        if "__ " in text or "~~ " in text:
            text = without_marks(text)
        if not text.isprintable() or LITERAL_STAR in text:
            text = seen(text.replace(LITERAL_STAR, "*"))[0].replace("\n", " ").replace("\t", " ")
        return text


def _line_at(form: _Form, where: int) -> int:
    """On which line a character of a form's text stands."""
    ends = itertools.accumulate(map(len, form.text))
    return next(line for line, end in zip(form.lines, ends, strict=True) if where < end)


def _trimmed(spans: Spans) -> Spans:
    """The spans without breaks and blanks at their ends, and around their breaks."""
    begin, end = 0, len(spans)
    while begin < end and isinstance(spans[begin], Break):
        begin += 1
    while end > begin and isinstance(spans[end - 1], Break):
        end -= 1
    spans = spans[begin:end]
    if spans and isinstance(spans[0], Text) and spans[0].text[:1].isspace():
        spans = _without_empty((Text(spans[0].text.lstrip()), *spans[1:]))
    if spans and isinstance(spans[-1], Text) and spans[-1].text[-1:].isspace():
        spans = _without_empty((*spans[:-1], Text(spans[-1].text.rstrip())))
    return spans


def _without_empty(spans: Spans) -> Spans:
    return tuple(span for span in spans if span != Text(""))


_SHORTEST_WRAPPED = 50
_LONGEST_WRAPPED = 130
"""Columns between which editors wrap lines."""


_OWN_LINE = re.compile(
    r"(?:\d{1,3}[.)] |[-*+] )?(?:(\*\*|__)(?:(?!\1).)+\1|.*\]\([^()]*(?:\([^()]*\)[^()]*)*\)(?:\*\*)?)"
)


def _ends_line(line: str) -> bool:
    """Whether a line ends as lines of their own do: it is all in bold, or ends with a link, a tag or a colon."""
    last = line[-1]
    return last in ">:|" or (last in ")*_" and _OWN_LINE.fullmatch(line) is not None)


def _wanted_breaks(source: str) -> Iterator[bool]:
    """For each line's end in a paragraph's source: whether a break was meant, rather than an editor's wrapping.

    A line was wrapped where the next word would not have fitted. Chinese and Japanese are not wrapped by hand, and
    a line that ends with a link or a title is a line of its own.
    """
    lines = source.split("\n")
    longest = max(len(line) for line in lines)
    if not _SHORTEST_WRAPPED <= longest <= _LONGEST_WRAPPED:
        return
    for line, following in itertools.pairwise(line.strip() for line in lines):
        fits = len(line) + 1 + len(following.split(" ", 1)[0]) <= longest
        yield fits or not line or not following or is_cjk(line[-1]) or is_cjk(following[0]) or _ends_line(line)
