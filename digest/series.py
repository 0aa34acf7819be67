"""Which series a post belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from digest.dates import WEEKDAY, without_dates
from digest.model import BREAKING, Rules
from digest.names import series_folder
from digest.writing import is_cjk

_NAMELESS = "posts"
"""The series of a post whose source is itself called as the series of pushes is, and that says nothing else."""

_HERE = "\0"
"""Stands where a title told its date or the number of its issue."""

_CLAUSES = re.compile(r"[，,、；;：:。|｜·•]|[—–]+|\.\s|\s[-/]\s|[？?！!](?=.)|\s(?=\0?[「《【“(（\[])")
"""What parts clauses: in a headline, not in a name. A question or a call may end either."""

_ISSUE = re.compile(
    r"第\s*[0-9〇零一二三四五六七八九十百千两]+\s*(?:[期号號刊集回辑輯季]|[周週](?![一二三四五六日天报報刊]))"
    r"|(?<![^\W_])(?:issue|vol|volume|no|nr|n°|episode|ep|edition|week|kw|ausgabe|numéro|#|＃)[.\s#№]{0,3}\d{1,5}(?![^\W_])"
    r"|[#＃№]\s?\d{1,5}",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"(?<=\D)\s+\d{1,4}$")
"""A number at the end of a name: the number of an issue, which nothing says but the name."""

_ENDS_A_NAME = re.compile(
    r"(?:[报報刊志誌]|速[递遞览報]|快[讯訊]|[资資][讯訊]|要[闻聞]|新[闻聞]|[动動][态態]|播[报報]|盘点|[汇彙]总|彙整|合[集辑]|头条|热[点榜]"
    r"|精选|通[讯訊信]|一览|摘要|日[记記]|笔记|回顾|总结|早知道|早餐|必读|导读|推荐|观察|雷达|电台|发生了什么|たより|まとめ"
    r"|ニュース|ダイジェスト|뉴스|소식|브리핑|다이제스트"
    r"|(?<![^\W_])(?:(?:bi-?)?weekly|daily|monthly|quarterly|fortnightly|digest|news|newsletter|briefs?|briefing|round-?up"
    r"|recap|in review|updates|report|links|bulletin|gazette|journal|dispatch|chronicle|wire|feed|issue|edition|today"
    r"|notes|log|picks|highlights|headlines|trending|papers|reading|radar|watch|pulse|insider|insights|letter|podcast"
    r"|breaking|hebdo|veille|revue|actus|actualités|infos|nouvelles|lettre|woche|nachrichten)"
    r"|rückblick|überblick|rundbrief)$",
    re.IGNORECASE,
)
_BEGINS_A_NAME = re.compile(
    r"[每今本上一][日周週天月晨晚]|(?:过去|最近)\s*\d*|週刊|日刊|月刊"
    r"|(?:the )?(?:(?:this|last|past) (?:week|month|day|\d+ hours)|weekly|daily|monthly|today|hebdo)(?![^\W_])"
    r"|(?:the )?week in\b|(?:what )?happened\b",
    re.IGNORECASE,
)
"""What the names of series begin and end with. A headline is the name of one post, and would be a series of one."""

_LONGEST_NAME = 48
"""Columns, of which a CJK character takes two."""

_LONGEST_OPENING = 32
"""Columns of a name that is one by its beginning only: «Today» begins headlines too."""

_DANGLING = re.compile(r"\s+(?:du|de|des|of|for|from|vom|von|le|am|the|on|in|and|to|and)$", re.IGNORECASE)
"""What led to a date."""

_LOOKED_AT = 300
"""Characters of a title in which a name is looked for."""

_BEHIND_BRACKETS = re.compile(r"(?<=[】》」])")
_EMPTY_BRACKETS = re.compile(r"[(（\[【「《]\s*[)）\]】」》]")
_BRACKETS = re.compile(
    r"[(（\[【「《](?P<inner>[^()（）\[\]【】「」《》]*[\d\0][^()（）\[\]【】「」《》]*)[)）\]】」》]"
)
_COUNT = re.compile(
    r"\d+\s*(?:[条條個个则件篇项則大]|(?:stories|things|links|items|papers|news|headlines|updates)(?![^\W_]))",
    re.IGNORECASE,
)
"""How much is in an issue: another number in the next one."""

_STRAY = " \t\u3000-–—_·・•|｜/:：,，.。、;；~～#(（[【「《)）]】」》"


_DECORATION = re.compile("[\u2190-\u2bff\U0001f000-\U0001faff\ufe0f\u200d]+")
"""Arrows, shapes and emoji: they change from issue to issue."""

_LABEL = re.compile(r"\s*[\[【「《]([^\[\]【】「」《》]+)[\]】」》]")
"""Brackets at the very beginning, which hold the name of the series where they hold one."""


def name_in(title: str) -> str:
    """The name of a series that a title tells beside its date or the number of its issue; empty where it tells none.

    `Weekly #123: headline` is an issue of «Weekly», `第 123 期：标题` of a series that is called elsewhere.
    """
    marked = _ISSUE.sub(_HERE, without_dates(title[:_LOOKED_AT], _HERE))
    if _HERE in marked:
        marked = WEEKDAY.sub(_HERE, marked)
    clauses = [part for clause in _CLAUSES.split(marked) for part in _BEHIND_BRACKETS.split(clause)]
    counted = [_COUNTED.sub("", clause) for clause in clauses if _HERE not in marked and _COUNTED.search(clause)]
    said = [marked, *filter(_here, clauses), *_beside(clauses)] if _HERE in marked else counted
    return next(filter(None, [*_set_off(marked), *(_name(words) for words in said)]), "")


def _set_off(marked: str) -> Iterator[str]:
    """The name that is set off from whatever headline beside it: by brackets, or by the date or number behind it."""
    if _HERE not in marked:
        return
    label = _LABEL.match(marked)
    before = _BRACKETS.sub(_HERE, marked).partition(_HERE)[0]
    bracketed = (found["inner"] for found in _BRACKETS.finditer(marked))
    for words in (label[1] if label else "", before, *bracketed):
        name = _name(words)
        if _ENDS_A_NAME.search(name):
            yield name


def _here(clause: str) -> bool:
    return _HERE in clause


def _beside(clauses: list[str]) -> Iterator[str]:
    """The clauses next to those that are nothing but a date or a number."""
    for at, clause in enumerate(clauses):
        if _HERE in clause and not re.search(r"\w", clause):
            yield from (clauses[near] for near in (at - 1, at + 1) if 0 <= near < len(clauses))


def _name(words: str) -> str:
    """The words, if they read like the name of a series rather than like the headline of one post."""
    words = _DECORATION.sub(" ", _BRACKETS.sub(_unbracketed, words).replace(_HERE, " "))
    words = _EMPTY_BRACKETS.sub(" ", words)
    name = _DANGLING.sub("", " ".join(words.split()).strip(_STRAY))
    columns = sum(2 if is_cjk(char) else 1 for char in name)
    if columns > _LONGEST_NAME or _CLAUSES.search(name) or _COUNT.search(name):
        return ""
    core = name.strip("？?！!")
    opens = columns <= _LONGEST_OPENING and _BEGINS_A_NAME.match(core)
    return name if opens or _ENDS_A_NAME.search(core) else ""


def _unbracketed(found: re.Match[str]) -> str:
    """What brackets with a date or a number hold is gone with them, unless it is the name."""
    inner = found["inner"].replace(_HERE, " ").strip(_STRAY)
    return f" {inner} " if _ENDS_A_NAME.search(inner) else _HERE


def series_of(path: str, title: str, said: str, rules: Rules) -> tuple[str, bool]:
    """The series of a post, and whether it was kept from the series of pushes, which its source may not use.

    The source's rules come first, then what the front matter says (`said`), then the name that the title tells
    beside its date or number, then the folder, then the source's name.
    """
    refused = False
    for name in _candidates(path, title, said, rules):
        if name.casefold() != BREAKING:
            return name, refused
        if rules.may_push:
            return BREAKING, False
        refused = True
    return _NAMELESS, refused


def _candidates(path: str, title: str, said: str, rules: Rules) -> Iterator[str]:
    ruled = (rule.series for rule in rules.series if fnmatchcase(path, rule.path) and re.search(rule.title, title))
    names = (*ruled, said, name_in(title), series_folder(path), rules.source)
    return filter(None, (name.strip() for name in names))
