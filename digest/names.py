"""What a post's path says about it: a title, a language, a series."""

from __future__ import annotations

import re

_LANGUAGES = frozenset("zh en ja ko fr de es pt it ru vi th id ar hi tr pl nl uk cs sv".split())  # noqa: SIM905 - a row of tags
_TAGS = _LANGUAGES | {
    tag
    for tags in (
        "af am az be bg bn bs ca cy da el eo et eu fa fi ga gl gu he hr hu hy is ka kk km kn lo lt lv mk ml mn mr ms",
        "mt my nb ne nn no pa ro si sk sl sq sr sw ta te tl ur uz yue zu",
    )
    for tag in tags.split()
}
"""Languages that a post may say it is in; in a path most of them would be something else."""

_TAG = re.compile(r"([a-z]{2})(?:[-_](?:hans|hant))?(?:[-_][a-z]{2})?", re.IGNORECASE)
_CALLED = {
    name: tag
    for tag, names in {
        "zh": "cn tw chs cht chinese 中文 简体中文 繁體中文",
        "en": "english 英文 英语",
        "ja": "jp japanese 日本語 日文",
        "ko": "kr korean 한국어",
        "fr": "french français",
        "de": "german deutsch",
    }.items()
    for name in names.split()
}
"""What languages are called in paths where their tags are not used."""

_WORDS_TOO = frozenset({"it", "id", "ar", "cs", "hi", "pl"})
"""Tags that a folder may bear for another reason: information technology, augmented reality, computer science."""

_JOINED = re.compile(
    r"(?P<stem>.+?)[-_](?P<tag>(?:en|zh|ja|ko)(?:[-_](?:hans|hant|us|gb|cn|tw|hk|jp|kr))*|cn|jp|kr|chs|cht)",
    re.IGNORECASE,
)
"""A language joined to the name by a dash; only those that are no last word of a name («fix-it», «que-es»)."""

_LEADING = re.compile(r"(?P<tag>en|zh|cn|ja|jp|ko|kr)[-_.](?P<stem>(?:19|20)\d{2}.*)", re.IGNORECASE)
_CONTAINERS = frozenset(
    {"i18n", "l10n", "lang", "langs", "languages", "locale", "locales", "translations", "translated"}
)
"""Folders that hold one folder a language, and stand in no path of the language that was there first."""

_DOCUSAURUS = re.compile(r"docusaurus-plugin-content-(blog|docs|pages)")
_EXTENSION = re.compile(r"\.(?:md|markdown|mdown|mkd|mdx|txt)$", re.IGNORECASE)
_NO_TITLE = frozenset(
    {"index", "_index", "readme", "untitled", "draft", "new", "post", "test", "tmp", "未命名", "无标题", "新建文本文档"}
)
_MACHINE_MADE = re.compile(r"(?=[0-9a-f_-]*\d)[0-9a-f]{7,}(?:[-_][0-9a-f]+)*|\d+[-_][0-9a-f]{8,}", re.IGNORECASE)
_DAY = re.compile(r"20\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_DATED_FOLDER = re.compile(r"[\d._-]+(?:年|月|日)?")


def stem_of(path: str) -> str:
    """The file's name less its extension and its language (`x.en.md`)."""
    stem = _EXTENSION.sub("", path.rpartition("/")[2])
    name, dot, tag = stem.rpartition(".")
    return name if dot and _language(tag) else stem


def folders_of(path: str) -> list[str]:
    """The folders of the path, the innermost first."""
    return path.split("/")[-2::-1]


def language_in(path: str) -> str:
    """The language that the file's name (`x.en.md`, `x_en.md`) or a folder (`en/`) tells; empty without one."""
    return language_in_name(path) or next((_language(folder) for folder in _language_folders(path)), "")


def untranslated(path: str) -> str:
    """The path with its language and its extension taken out: the same for a post and for its translations.

    Two posts of one source with the same such name and different languages are translations of each other.
    """
    languages, stem = _language_folders(path), _named(path)[0]
    folders = [folder for folder in reversed(folders_of(path)) if folder not in languages]
    if languages:
        folders = [_DOCUSAURUS.sub(r"\1", folder) for folder in folders if folder.lower() not in _CONTAINERS]
    return "/".join([*folders, stem])


def language_in_name(path: str) -> str:
    """The language that the file's own name tells (`x.en.md`), which is no folder's; empty without one."""
    return _named(path)[1]


def certain_language(path: str) -> bool:
    """Whether the language that the path tells can be nothing else: `it/` may hold news of information technology."""
    return bool(language_in_name(path)) or any(folder.lower() not in _WORDS_TOO for folder in _language_folders(path))


def _named(path: str) -> tuple[str, str]:
    """The file's name less extension and language, and that language; a name that is nothing else is an `index`."""
    stem = _EXTENSION.sub("", path.rpartition("/")[2])
    if whole := _language(stem):
        return "index", whole
    name, dot, tag = stem.rpartition(".")
    if dot and name and (language := _language(tag)):
        return name, language
    joined = _JOINED.fullmatch(stem) or _LEADING.fullmatch(stem)
    return (joined["stem"], _language(joined["tag"])) if joined else (stem, "")


def _language_folders(path: str) -> list[str]:
    """The folders that are languages, the innermost first; those that may be something else only without others."""
    found = [folder for folder in folders_of(path) if _language(folder)]
    return [folder for folder in found if folder.lower() not in _WORDS_TOO] or found


def _language(tag: str) -> str:
    called = _CALLED.get(tag.lower(), "")
    found = _TAG.fullmatch(tag)
    language = found[1].lower() if found else ""
    return called or (language if language in _LANGUAGES else "")


def primary(tag: str) -> str:
    """The lower-case primary tag of a language: `zh` for `zh-CN`, `cn` and `中文`; empty for what is none (`go`)."""
    if called := _CALLED.get(tag.strip().lower()):
        return called
    found = re.match(r"[A-Za-z]{2,3}(?=[-_.@]|$)", tag.strip())
    said = found[0].lower() if found else ""
    return said if said in _TAGS else ""


def title_in(path: str) -> str:
    """A title made of the file's name, or for `index.md` of its folder's; empty where that would make no sense."""
    stem = _named(path)[0]
    if stem.lower() == "index":
        stem = next((folder for folder in folders_of(path) if not _language(folder)), "")
    title = " ".join(re.split(r"[\s_]+|(?<=\w)-(?=[^\W\d])|(?<=[^\W\d])-(?=\w)", stem)).strip(" -_.")
    if _DAY.fullmatch(title):
        return title
    if title.lower() in _NO_TITLE or _MACHINE_MADE.fullmatch(stem) or not re.search(r"\w", title):
        return ""
    return "" if title.isdigit() else title


def series_folder(path: str) -> str:
    """The innermost folder that is neither a date nor a language; empty where there is none."""
    return next((name for name in folders_of(path) if not _DATED_FOLDER.fullmatch(name) and not _language(name)), "")
