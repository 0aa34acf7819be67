"""Which series a post belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from digest.dates import undated
from digest.model import BREAKING, Rules
from digest.names import series_folder
from digest.writing import is_cjk

_NAMELESS = "posts"
"""The series of a post whose source is itself called as the series of pushes is, and that says nothing else."""


_CLAUSES = re.compile(r"[，,、；;：:。—–]|\.\s|\s-\s|[？?！!](?=.)")
"""What parts clauses: in a headline, not in a name. A question or a call may end either."""

_LONGEST_NAME = 48
"""Columns, of which a CJK character takes two."""


def _name(title: str) -> str:
    """The title, if it reads like the name of a series rather than like the headline of one post."""
    columns = sum(2 if is_cjk(char) else 1 for char in title)
    return "" if columns > _LONGEST_NAME or _CLAUSES.search(title) else title


def series_of(path: str, title: str, said: str, rules: Rules) -> tuple[str, bool]:
    """The series of a post, and whether it was kept from the series of pushes, which its source may not use.

    The source's rules come first, then what the front matter says (`said`), then the title less its date where it
    reads like a name, then the folder, then the source's name.
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
    names = (*ruled, said, _name(undated(title) or ""), series_folder(path), rules.source)
    return filter(None, (name.strip() for name in names))
