"""What an editor pushes becomes a post: one story of the series of pushes, spelled so that it reads back as written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from digest.identity import name_of
from digest.links import address, bare
from digest.model import BREAKING, Post
from digest.writing import seen

_LONGEST_TITLE = 120
"""Characters. Of a longer first line, the first sentence is the title."""

_SENTENCE = re.compile(r".{4,119}?(?:[。！？!?]+[”’」』）)]*|\.(?=\s))")
_SCHEME = re.compile(r"(?<![A-Za-z0-9])https?(?=://)", re.IGNORECASE)
_BOLD = re.compile(r"\*\*(?=\S)([^*\n]+?)(?<=\S)\*\*")
_MARKUP = re.compile(r"[!-/:-@\[-`{-~]")
_THERE = "\0"
"""Holds the place of an address in a line: what is seen of a text has no such character."""
_BEGINS_ANYWAY = {"<": "&lt;", "[": "&#91;", "(": "&#40;"}
"""Signs that begin something behind a backslash as well: a tag, or a formula (`\\[…\\]`, `\\(…\\)`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Address:
    """An address within a line: where it stands, as it was written, and where it leads."""

    start: int
    end: int
    written: str
    url: str


def push_post(text: str, *, now: datetime) -> Post:
    """The post that `/push <text or link>` makes, in Markdown. `now` is aware and becomes its date.

    The first line is the title, or the host and path of the link where there is nothing else; the first link is the
    story's; the rest is its body, in which `**bold**` is the only markup. The title leads to the link, so no address is
    in it: at its beginning or end they are left out, and within a sentence their hosts stand for them. Any other than
    the link follows the body.
    """
    lines = [" ".join(line.split()) for line in seen(text)[0].split("\n")]
    link = next((found.url for line in lines for found in _addresses(line)), "")
    title, body = _titled(lines, link)
    front = {"title": title, "date": now.isoformat(timespec="seconds"), "series": BREAKING, "link": link}
    head = "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in front.items())
    data = f"---\n{head}---\n\n{_spelled(body)}\n".encode()
    return Post(path=f"{BREAKING}/{now:%Y%m%d%H%M%S}-{name_of(data)[:8]}.md", data=data)


def _addresses(line: str) -> Iterator[_Address]:
    end = 0
    for scheme in _SCHEME.finditer(line):
        found = bare(line, scheme.end()) if scheme.start() >= end else None
        url = address(scheme[0].lower() + found[0]) if found else None
        if found and url:
            end = scheme.end() + found[1]
            yield _Address(start=scheme.start(), end=end, written=line[scheme.start() : end], url=url)


def _titled(lines: Sequence[str], link: str) -> tuple[str, list[str]]:
    """The title, and the lines of the body."""
    taken: list[_Address] = []
    for index, line in enumerate(lines):
        found = list(_addresses(line))
        taken += found
        words = _marked(line, found)
        if re.search(r"\w", words):
            title, rest = _headed(words, [one.written for one in found])
            return title, _with_others([rest, *lines[index + 1 :]], taken, link)
    return link.partition("://")[2].rstrip("/").partition("?")[0], _with_others([], taken, link)


def _marked(line: str, found: Sequence[_Address]) -> str:
    """The line with a mark in place of each address."""
    ends = [0, *(one.end for one in found)]
    starts = [*(one.start for one in found), len(line)]
    return _THERE.join(line[end:start] for end, start in zip(ends, starts, strict=True))


def _headed(words: str, written: Sequence[str]) -> tuple[str, str]:
    """The title with hosts for the addresses within it, and what follows it on its line, as it was written."""
    begun = words.lstrip(f" {_THERE}")
    title, rest = _first_sentence(begun.rstrip(f" {_THERE}"))
    first = words.count(_THERE) - begun.count(_THERE)
    behind = first + title.count(_THERE)
    hosts = map(_host, written[first:behind])
    return _filled(_BOLD.sub(r"\1", title), hosts), _filled(rest, written[behind:])


def _filled(words: str, said: Iterable[str]) -> str:
    """The words with something in place of each mark."""
    following = iter(said)
    return re.sub(_THERE, lambda _: next(following), words)


def _with_others(body: Sequence[str], taken: Sequence[_Address], link: str) -> list[str]:
    """The lines of the body, and a line for each address that was taken out of the title and is nowhere else."""
    kept = [line for line in body if line != link]
    there = {link, *(found.url for line in kept for found in _addresses(line))}
    return [*kept, "", *dict.fromkeys(one.url for one in taken if one.url not in there)]


def _host(written: str) -> str:
    """What stands for an address: its host, as it is written."""
    return re.split(r"[/?#]", written.partition("://")[2])[0].rpartition("@")[2].removeprefix("www.")


def _first_sentence(words: str) -> tuple[str, str]:
    if len(words) <= _LONGEST_TITLE:
        return words, ""
    sentence = _SENTENCE.match(words)
    return (sentence[0], words[sentence.end() :].strip()) if sentence else (words, "")


def _spelled(lines: Sequence[str]) -> str:
    """The lines in Markdown that reads back as they are; a blank one parts paragraphs."""
    spelled = "\n".join(_spelled_line(line) for line in lines).strip("\n")
    return re.sub(r"(?<=[^\n])\n(?=[^\n])", "\\\\\n", spelled)


def _spelled_line(line: str) -> str:
    pieces = _BOLD.split(line)
    return "".join(f"<b>{_literal(piece)}</b>" if index % 2 else _literal(piece) for index, piece in enumerate(pieces))


def _literal(words: str) -> str:
    spelled, end = [], 0
    for found in _addresses(words):
        spelled += [_escaped(words[end : found.start]), f"<{found.url}>"]
        end = found.end
    return "".join([*spelled, _escaped(words[end:])])


def _escaped(words: str) -> str:
    """The words with every sign taken literally."""
    return _MARKUP.sub(lambda sign: _BEGINS_ANYWAY.get(sign[0], f"\\{sign[0]}"), words)
