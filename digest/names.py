"""What a post's path says about it: a title, a language, a series."""

from __future__ import annotations

import re

_LANGUAGES = frozenset("zh en ja ko fr de es pt it ru vi th id ar hi tr pl nl uk cs sv".split())  # noqa: SIM905 - a row of tags
_TAG = re.compile(r"([a-z]{2})(?:[-_](?:[a-z]{2}|hans|hant))?", re.IGNORECASE)
_EXTENSION = re.compile(r"\.(?:md|markdown|mdown|mkd|mdx|txt)$", re.IGNORECASE)
_NO_TITLE = frozenset(
    {"index", "_index", "readme", "untitled", "draft", "new", "post", "test", "tmp", "未命名", "无标题", "新建文本文档"}
)
_MACHINE_MADE = re.compile(r"(?=[0-9a-f_-]*\d)[0-9a-f]{7,}(?:[-_][0-9a-f]+)*|\d+[-_][0-9a-f]{8,}", re.IGNORECASE)
_DAY = re.compile(r"20\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_DATED_FOLDER = re.compile(r"[\d._-]+(?:年|月|日)?")


def stem_of(path: str) -> str:
    """The file's name less its extension and its language."""
    stem = _EXTENSION.sub("", path.rpartition("/")[2])
    name, dot, tag = stem.rpartition(".")
    return name if dot and _language(tag) else stem


def folders_of(path: str) -> list[str]:
    """The folders of the path, the innermost first."""
    return path.split("/")[-2::-1]


def language_in(path: str) -> str:
    """The language that the file's name (`x.en.md`) or a folder (`en/`) tells; empty when neither does."""
    stem = _EXTENSION.sub("", path.rpartition("/")[2])
    tags = [stem.rpartition(".")[2] if "." in stem else "", *folders_of(path)]
    return next(filter(None, map(_language, tags)), "")


def _language(tag: str) -> str:
    found = _TAG.fullmatch(tag)
    language = found[1].lower() if found else ""
    return language if language in _LANGUAGES else ""


def primary(tag: str) -> str:
    """The lower-case primary tag of a language: `zh` for `zh-CN`; empty for what is no tag."""
    found = re.match(r"[A-Za-z]{2,3}(?=[-_]|$)", tag.strip())
    return found[0].lower() if found else ""


def title_in(path: str) -> str:
    """A title made of the file's name, or for `index.md` of its folder's; empty where that would make no sense."""
    stem = stem_of(path)
    if stem.lower() == "index":
        stem = next(iter(folders_of(path)), "")
    title = " ".join(re.split(r"[\s_]+|(?<=\w)-(?=[^\W\d])|(?<=[^\W\d])-(?=\w)", stem)).strip(" -_.")
    if _DAY.fullmatch(title):
        return title
    if title.lower() in _NO_TITLE or _MACHINE_MADE.fullmatch(stem) or not re.search(r"\w", title):
        return ""
    return "" if title.isdigit() else title


def series_folder(path: str) -> str:
    """The innermost folder that is neither a date nor a language; empty where there is none."""
    return next((name for name in folders_of(path) if not _DATED_FOLDER.fullmatch(name) and not _language(name)), "")
