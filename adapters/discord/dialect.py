"""How Discord spells: one embed a message, its description in the subset of Markdown that Discord reads.

What it gives up, and how the loss is called:

| loss            | instead                                                                       |
|-----------------|-------------------------------------------------------------------------------|
| `fold`          | nothing folds: the body is shown (composing shortens it where a chat wants it) |
| `table`         | a line a row, cells between bars, the header bold                              |
| `image`         | a link with the picture's description                                          |
| `rule`          | a short line of dashes                                                         |
| `heading-level` | levels 4 to 6, and headings in lists, are bold lines                           |
| `nested-quote`  | quotes do not nest, nor stand in lists: one quote, or the text alone           |
| `code-form`     | code that holds backticks of every length is plain text                        |
| `url-in-link`   | Discord shows no link whose text holds an address: the text, the link behind it |
| `bracket`       | an opening bracket without its partner in a link's text is a full-width one    |
| `mail-link`     | the mail address in words                                                      |
| `long-url`      | an address over `LONGEST_URL` in words                                         |

What Discord would read as markup is escaped, so that it shows what the post says. Addresses stand in angle
brackets, with the characters that would end them there percent-encoded. Mentions are never allowed to ping.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, NamedTuple, assert_never

from adapters.discord.drawing import drawn
from adapters.platform import Count, Message, Platform, Spelling
from adapters.spelling import NOTHING, clean, is_blank, is_web, label, mail, paged, url_of
from digest.compose import Document, Passage, Words
from digest.cutting import BOLD, CODE, ITALIC, STRIKE, Run, Runs, image_line, row_spans, runs_of, shorten, trimmed
from digest.paging import SHORT_TITLE, Page, Size, with_short_title
from digest.richtext import Block, Blocks, CodeBlock, Heading, Image, List, Paragraph, Quote, Rule, Spans, Table, Text
from digest.writing import one_line

LONGEST_DESCRIPTION: Final = 4_096
"""Code points of an embed's description (Discord's developer documentation, embed limits)."""

LONGEST_TITLE: Final = 256
"""Code points of an embed's title (the same)."""

LONGEST_FOOTER: Final = 512
"""Code points that we use of a footer's 2,048, so that title, description and footer stay under `LONGEST_EMBED`."""

LONGEST_EMBED: Final = 6_000
"""Code points of all texts of a message's embeds together (the same)."""

MOST_BYTES: Final = 9_999
"""UTF-8 bytes of a message as JSON: larger ones are answered with HTTP 500 (measured: 10,170)."""

LONGEST_URL: Final = 2_048
"""Code points of an address (Discord's OpenAPI document, RichEmbed)."""

COLOR: Final = 0x3B6EA8
"""The bar at the embed's side."""

_PART = " · 12345/12345"
_LINE = "———"
_ZERO_WIDTH = "\u200b"
_BETWEEN_BLOCKS = "\n\n"

# `\` before a letter would be shown: «@» is escaped before the two words only, and «:» where an address would begin.
_MARKUP = re.compile(r"[\\*_~|`\[\]<]|@(?=everyone|here)|:(?=//)")
_LINE_START = re.compile(r"[ \t]*(?:[#>+-]|\d+(?=\.(?:\s|$)))")
_UNSAFE_IN_URL = re.compile(r"[\s<>()\\\"`\x00-\x1f]")
_LINK_TEXT = re.compile(r"(?:\[[^\]]*\]|[^\[\]]|\](?=[^\[]*\]))*")
_SWALLOWS = {"_": re.compile(r"[0-9A-Za-z_]"), "~~": re.compile("[_~]"), "**": re.compile(r"\*")}
"""Before which character a mark would not close."""


_STYLES = ((BOLD, "**"), (ITALIC, "_"), (STRIKE, "~~"))
_HEADINGS: Final = 3


class _Piece(NamedTuple):
    """A head or a block, spelled; `gap` is what stands between it and the next block."""

    text: str
    size: Size
    gap: str = _BETWEEN_BLOCKS


def _piece(text: str, gap: str = _BETWEEN_BLOCKS) -> _Piece | None:
    """The piece, unless there is nothing to see. A separator of two newlines takes two code points and four bytes."""
    return None if is_blank(text) else _Piece(text, (len(text) + 2, _bytes(text) + 4), gap)


def _bytes(text: str) -> int:
    """Bytes of the text in a JSON string."""
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2


# --- Lines -------------------------------------------------------------------------------------------------------


def _escaped(text: str) -> str:
    """The text so that Discord shows every character; what could begin a block is escaped wherever a run begins."""
    text = clean(text)
    opening = _LINE_START.match(text)
    if opening is None:
        return _MARKUP.sub(_escape, text)
    return _escape(opening) + _MARKUP.sub(_escape, text[opening.end() :])


def _escape(found: re.Match[str]) -> str:
    said = found[0]
    if said[-1].isdigit():  # the dot that follows makes it a list
        return said + "\\"
    return f"{said[:-1]}\\{said[-1]}"


def _address(url: str) -> str:
    """The address as it may stand in angle brackets."""
    return _UNSAFE_IN_URL.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), url)


def _code(text: str) -> str | None:
    """Code within a line; None where its backticks leave no fence that Discord would read."""
    text = clean(text).replace("\n", " ")
    if "`" not in text:
        return f"`{text}`"
    inside = {len(fence) for fence in re.findall("`+", text)}
    fence = next((fence for fence in ("`", "``") if len(fence) not in inside), None)
    if fence is None:
        return None
    return f"{fence}{' ' if text[0] == '`' else ''}{text}{' ' if text[-1] == '`' else ''}{fence}"


class _Styled:
    """Writes runs of one link, or of none, with the marks opened and closed around them."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._open: list[tuple[int, str]] = []
        self._closed = ""
        self._gap = ""

    def text(self) -> str:
        """What was written."""
        self._close(0)
        return "".join(self._out) + self._gap

    def run(self, run: Run, spelled: str) -> None:
        """Write a run, spelled already; white space at its ends stands outside its marks."""
        core = spelled.strip(" \t\u3000")
        if not core:
            self._gap += spelled
            return
        lead, _, tail = spelled.partition(core)
        styles = [style for style in _STYLES if run.marks & style[0]]
        kept = next((n for n, style in enumerate(styles) if self._open[n : n + 1] != [style]), len(styles))
        self._close(min(kept, len(self._open)))
        self._put(self._gap + lead)
        for style in styles[kept:]:
            self._put(style[1])
            self._open.append(style)
        self._put(core)
        self._gap = tail

    def line_break(self) -> None:
        """End the line, and every mark with it."""
        self._close(0)
        self._out.append("\n")
        self._gap = self._closed = ""

    def _close(self, keep: int) -> None:
        while len(self._open) > keep:
            mark = self._open.pop()[1]
            if mark == "~~" and self._out[-1].endswith("~"):
                self._out.append(_ZERO_WIDTH)  # an escaped tilde and the mark would be read as the mark and a tilde
            self._out.append(mark)
            self._closed = mark

    def _put(self, text: str) -> None:
        if not text:
            return
        if self._closed and _SWALLOWS[self._closed].match(text):
            self._out.append(_ZERO_WIDTH)
        self._out.append(text)
        self._closed = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordDialect:
    """Discord's way to spell: the body of Create Message, less what belongs to the address."""

    platform: Platform = Platform.DISCORD
    folds: bool = False

    def spell(self, document: Document, words: Words) -> Spelling:
        """The messages that say the document, none over any limit; at least one."""
        if len(_escaped(one_line(document.title))) > LONGEST_TITLE:
            document = with_short_title(document)
        return paged(_Speller(document, words))

    def draw(self, message: Message) -> str:
        """An embed."""
        return drawn(message)

    def count(self, message: Message) -> tuple[Count, ...]:
        """Description, title, all texts of the embed, and the bytes of the whole."""
        embed = message["embeds"][0]
        description, title = embed.get("description", ""), embed.get("title", "")
        together = len(description) + len(title) + len(embed.get("footer", {}).get("text", ""))
        return (
            Count(unit="description", used=len(description), limit=LONGEST_DESCRIPTION),
            Count(unit="title", used=len(title), limit=LONGEST_TITLE),
            Count(unit="embed", used=together, limit=LONGEST_EMBED),
            Count(unit="bytes", used=len(json.dumps(message, ensure_ascii=False).encode()), limit=MOST_BYTES),
        )


class _Speller:
    """Spells one document."""

    def __init__(self, document: Document, words: Words) -> None:
        self.lost: Counter[str] = Counter(fold=1) if any(passage.folded for passage in document.passages) else Counter()
        self._words = words
        self._document = document
        self._title = one_line(document.title)
        topics = one_line(" · ".join(document.topics))
        in_footer = len(topics) + len(_PART) <= LONGEST_FOOTER
        self._topics = topics if in_footer else ""
        ending = () if in_footer else (Passage(body=(Paragraph((Text(topics),)),)),)
        self.passages = (*document.passages, *ending)

    # --- What paging asks for

    def room(self, *, first: bool, only: bool) -> Size:  # noqa: ARG002 - the count of parts stands in the footer
        """What a page has for pieces, less the rest of its message."""
        rest = self._embed("", first=first, part=_PART)
        return LONGEST_DESCRIPTION, MOST_BYTES - len(json.dumps(_body(rest), ensure_ascii=False).encode())

    def head(self, passage: Passage) -> _Piece | None:
        """The number, and the title in bold, linked."""
        before, behind = label(passage, self._words)
        runs = [run._replace(marks=run.marks | BOLD, url=passage.url) for run in runs_of(passage.title)]
        if not runs and passage.url:
            runs = [Run(passage.url, BOLD, passage.url)]
        if not runs:
            return _piece(_escaped(before.rstrip()))
        marked = [Run(before, BOLD), *trimmed(runs)] if before else trimmed(runs)
        return _piece(self._line(marked) + _escaped(behind))

    def block(self, block: Block, passage: Passage) -> _Piece | None:  # noqa: ARG002 - a block is the same in every passage
        """The block in Discord's Markdown."""
        gap = "\n" if isinstance(block, Heading) else _BETWEEN_BLOCKS
        return _piece(self._block(block, held=False), gap)

    def settled(self, runs: Runs) -> Runs:
        """The runs with addresses in words where Discord takes no link."""
        if not any(run.url is not None for run in runs):
            return runs
        settled: list[Run] = []
        for url, group in groupby(runs, key=url_of):
            same = list(group)
            settled += same if url is None else self._link(url, same)
        return settled

    def _link(self, url: str, runs: list[Run]) -> Iterator[Run]:
        said = clean("".join([run.text for run in runs])).strip()
        if is_blank(said):
            runs, said = [Run(url, 0, url)], url
        address = mail(url)
        if is_web(url) and len(_address(url)) <= LONGEST_URL:
            if "://" not in said or said == url:
                yield from runs
                return
            self.lost["url-in-link"] += 1
            yield from [run._replace(url=None) for run in runs]
            yield from (Run(" ("), Run(url, 0, url), Run(")"))
            return
        self.lost["mail-link" if address else "long-url"] += 1
        yield from [run._replace(url=None) for run in runs]
        if said not in {url, address}:
            yield Run(f" ({address or url})")

    # --- Lines

    def _line(self, runs: Runs) -> str:
        runs = self.settled(runs)
        if len(runs) == 1 and not runs[0].marks and runs[0].url is None and "\n" not in runs[0].text:
            return _escaped(runs[0].text)
        styled = _Styled()
        for url, group in groupby(runs, key=url_of):
            if url is None:
                self._write(styled, group)
            else:
                self._write_link(styled, url, list(group))
        return styled.text()

    def _write(self, styled: _Styled, runs: Iterable[Run]) -> None:
        for run in runs:
            if run.marks & CODE:
                styled.run(run, self._spelled_code(run.text))
                continue
            for number, line in enumerate(run.text.split("\n")):
                if number:
                    styled.line_break()
                if line:
                    styled.run(run, _escaped(line))

    def _spelled_code(self, text: str) -> str:
        spelled = _code(text)
        if spelled is None:
            self.lost["code-form"] += 1
            return _escaped(text.replace("\n", " "))
        return spelled

    def _write_link(self, styled: _Styled, url: str, runs: list[Run]) -> None:
        """Write a link: its marks stand inside its text, so that no address ever stands inside a mark."""
        inner = _Styled()
        self._write(inner, [run._replace(text=run.text.replace("\n", " ")) for run in trimmed(runs)])
        text, address = inner.text(), _address(url)
        if clean("".join([run.text for run in runs])).strip() == url:
            styled.run(Run(""), f"<{address}>")
            return
        if not _LINK_TEXT.fullmatch(text):
            self.lost["bracket"] += 1
            text = text.replace("\\[", "［").replace("\\]", "］")
        before = " " if runs[0].text[:1].isspace() else ""
        behind = " " if runs[-1].text[-1:].isspace() else ""
        styled.run(Run(""), f"{before}[{text}](<{address}>){behind}")

    # --- Blocks

    def _block(self, block: Block, *, held: bool) -> str:  # noqa: PLR0911 - one for each block
        """The block; `held`: it stands in a list or a quote already."""
        match block:
            case Paragraph(spans):
                return self._line(trimmed(runs_of(spans)))
            case Heading(spans, level):
                return self._heading(spans, level, held=held)
            case List(items, start):
                return self._list(items, start)
            case Quote(blocks):
                return self._quote(blocks, held=held)
            case CodeBlock(text, language):
                return _fenced(text, language)
            case Table(header, rows):
                self.lost["table"] += 1
                return self._table(header, rows)
            case Rule():
                self.lost["rule"] += 1
                return _LINE
            case Image():
                self.lost["image"] += 1
                return self._block(image_line(block), held=held)
            case _:
                assert_never(block)

    def _bold(self, spans: Spans) -> str:
        return self._line([run._replace(marks=run.marks | BOLD) for run in trimmed(runs_of(spans))])

    def _heading(self, spans: Spans, level: int, *, held: bool) -> str:
        if level > _HEADINGS or held:
            self.lost["heading-level"] += 1
            return self._bold(spans)
        runs = [run._replace(text=run.text.replace("\n", " ")) for run in runs_of(spans)]
        line = self._line(trimmed(runs))
        return f"{'#' * level} {line}" if line else ""

    def _blocks(self, blocks: Blocks, *, between: str) -> str:
        return between.join([said for block in blocks if (said := self._block(block, held=True))])

    def _list(self, items: Sequence[Blocks], start: int | None) -> str:
        lines = []
        for place, item in enumerate(items):
            mark = "- " if start is None else f"{start + place}. "
            # A blank line would end the list.
            said = self._blocks(item, between="\n").replace("\n", "\n" + " " * len(mark))
            lines.append(mark + (said or _ZERO_WIDTH))
        return "\n".join(lines)

    def _quote(self, blocks: Blocks, *, held: bool) -> str:
        said = self._blocks(blocks, between="\n")
        if held:
            self.lost["nested-quote"] += 1
            return said
        return "> " + said.replace("\n", "\n> ") if said else ""

    def _table(self, header: Sequence[Spans], rows: Sequence[Sequence[Spans]]) -> str:
        lines = [self._bold(row_spans(header))] if header else []
        return "\n".join([*lines, *[self._line(trimmed(runs_of(row_spans(row)))) for row in rows]])

    # --- Messages

    def _embed(self, description: str, *, first: bool, part: str) -> dict[str, Any]:
        document = self._document
        title = self._title if first else shorten(self._title, SHORT_TITLE)
        footer = f"{self._topics}{part}" if self._topics else part.removeprefix(" · ")
        embed: dict[str, Any] = {"title": _escaped(title)} if title else {}
        if first and document.url and _is_short(document.url):
            embed["url"] = _address(document.url)
        embed["description"] = description
        embed["color"] = COLOR
        if document.published:
            embed["timestamp"] = document.published.isoformat()
        if footer:
            embed["footer"] = {"text": footer}
        if first and document.picture and _is_short(document.picture):
            embed["image"] = {"url": _address(document.picture)}
        return embed

    def message(self, page: Page[_Piece]) -> Message:
        """One message of the document."""
        part = f" · {page.number}/{page.of}" if page.of > 1 else ""
        description = _described(page)
        return _body(self._embed(description or NOTHING, first=page.number == 1, part=part))


def _is_short(url: str) -> bool:
    return is_web(url) and len(_address(url)) <= LONGEST_URL


def _body(embed: Mapping[str, Any]) -> dict[str, Any]:
    return {"embeds": [embed], "allowed_mentions": {"parse": []}}


def _described(page: Page[_Piece]) -> str:
    out: list[str] = []
    tight = False
    for galley in page.galleys:
        gap = "\n" if tight and galley.is_line else _BETWEEN_BLOCKS
        for piece in galley.pieces:
            out += [gap if out else "", piece.text]
            gap = "\n" if piece is galley.head else piece.gap
        tight = galley.is_line
    return "".join(out)


def _fenced(text: str, language: str) -> str:
    """A code block. Three backticks inside would end it: a character of no width parts them."""
    code = clean(text).strip("\n").rstrip().replace("```", f"`{_ZERO_WIDTH}`{_ZERO_WIDTH}`")
    if code.endswith("`"):
        code += _ZERO_WIDTH
    name = language if re.fullmatch(r"[A-Za-z0-9-]+", language) else ""
    return f"```{name}\n{code}\n```" if code else ""
