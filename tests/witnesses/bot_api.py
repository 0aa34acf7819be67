"""Telegram's specification of its Bot API as a quick check of every request, answer and update.

Made once from the machine-readable specification and cheap to ask: some microseconds for each object, so that
thousands of messages a second can be checked. What it says is the first problem found, or None.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

SPECIFICATION: Final = Path(__file__).parents[3] / "shared" / "specs" / "telegram-bot-api-10.1.json"

Check = Callable[[Any, str], str | None]
"""From a value and where it stands to what is wrong with it."""

_PLAIN: Final[dict[str, tuple[type, ...]]] = {
    "String": (str,),
    "Integer": (int,),
    "Boolean": (bool,),
    "Float": (float, int),
}
_ALWAYS: Final = re.compile(r'always "(\w+)"|must be (\w+)$')
_UNNAMED: Final = frozenset({"date", "live_period", "suggested_tip_amounts"})
"""Fields whose description says «always» or «must be» of something else than a word."""


class BotApi:
    """The Bot API as its specification describes it."""

    def __init__(self, specification: Mapping[str, Any]) -> None:
        self._types: Mapping[str, Any] = specification["types"]
        self._methods = {name.lower(): (name, method) for name, method in specification["methods"].items()}
        self._checks: dict[str, Check] = {}

    def method(self, name: str) -> str | None:
        """The method's name as it is written, whatever its case; None if there is none."""
        found = self._methods.get(name.lower())
        return found[0] if found else None

    def request(self, method: str, parameters: Mapping[str, Any]) -> str | None:
        """What is wrong with the parameters of a call."""
        return self._parameters(method)(dict(parameters), method)

    def answer(self, method: str, result: Any) -> str | None:
        """What is wrong with the result of a call."""
        name, described = self._methods[method.lower()]
        return self._any_of(tuple(described["returns"]))(result, f"{name}'s answer")

    def thing(self, kind: str, value: Any) -> str | None:
        """What is wrong with an object of a type, such as `Update`."""
        return self._check(kind)(value, kind)

    def fields(self, kind: str) -> frozenset[str]:
        """The names of a type's fields."""
        return frozenset(field["name"] for field in self._types[kind]["fields"])

    def _parameters(self, method: str) -> Check:
        key = f"{method.lower()}()"
        if key not in self._checks:
            self._checks[key] = self._fields(self._methods[method.lower()][1].get("fields", []))
        return self._checks[key]

    def _check(self, kind: str) -> Check:
        if kind not in self._checks:
            # Types contain each other: whoever asks while this one is being made gets a way to the finished one.
            self._checks[kind] = self._later(kind)
            self._checks[kind] = self._made(kind)
        return self._checks[kind]

    def _later(self, kind: str) -> Check:
        def check(value: Any, where: str) -> str | None:
            return self._checks[kind](value, where)

        return check

    def _made(self, kind: str) -> Check:
        if kind.startswith("Array of "):
            return _array(self._check(kind.removeprefix("Array of ")))
        if kind in _PLAIN:
            return _plain(_PLAIN[kind])
        described = self._types[kind]
        if "subtypes" in described:
            return self._any_of(tuple(described["subtypes"]))
        return self._fields(described.get("fields", []), kind)

    def _any_of(self, kinds: tuple[str, ...]) -> Check:
        checks = [self._check(kind) for kind in kinds]
        if len(checks) == 1:
            return checks[0]

        def check(value: Any, where: str) -> str | None:
            problems = [problem for each in checks if (problem := each(value, where))]
            return problems[0] if len(problems) == len(checks) else None

        return check

    def _fields(self, fields: list[dict[str, Any]], kind: str = "") -> Check:
        checks = {field["name"]: self._field(field, kind) for field in fields}
        required = [field["name"] for field in fields if field["required"]]

        def check(value: Any, where: str) -> str | None:
            if not isinstance(value, dict):
                return f"{where} is no object"
            for name in required:
                if name not in value:
                    return f"{where}.{name} is missing"
            for name, inner in value.items():
                if name not in checks:
                    return f"{where}.{name} is unknown"
                if problem := checks[name](inner, f"{where}.{name}"):
                    return problem
            return None

        return check

    def _field(self, field: dict[str, Any], kind: str) -> Check:
        if kind == "MessageEntity" and field["name"] == "type":
            return _one_of(frozenset(re.findall(r'"(\w+)" \(', field["description"])))
        word = _ALWAYS.search(field["description"])
        if word and field["name"] not in _UNNAMED and field["types"] == ["String"]:
            return _one_of(frozenset({word[1] or word[2]}))
        return self._any_of(tuple(field["types"]))


def _plain(types: tuple[type, ...]) -> Check:
    def check(value: Any, where: str) -> str | None:
        fits = isinstance(value, types) and (bool in types or not isinstance(value, bool))
        return None if fits else f"{where} is no {types[0].__name__}"

    return check


def _array(each: Check) -> Check:
    def check(value: Any, where: str) -> str | None:
        if not isinstance(value, list):
            return f"{where} is no array"
        for place, inner in enumerate(value):
            if problem := each(inner, f"{where}[{place}]"):
                return problem
        return None

    return check


def _one_of(words: frozenset[str]) -> Check:
    def check(value: Any, where: str) -> str | None:
        return None if value in words else f"{where} is none of {', '.join(sorted(words))}"

    return check


@cache
def bot_api() -> BotApi | None:
    """The Bot API, or None where its specification does not lie beside this repository."""
    if not SPECIFICATION.exists():
        return None
    return BotApi(json.loads(SPECIFICATION.read_text(encoding="utf-8")))
