"""Discord's specification of its REST API as a quick check of every request and answer.

Made once from the machine-readable specification and cheap to ask: some microseconds for each object, so that
thousands of messages a second can be checked. A field that the specification does not name is a problem too, and what
is said is the first problem found, or None.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

from tests.witnesses.specifications import DISCORD

Check = Callable[[Any, str], str | None]
"""From a value and where it stands to what is wrong with it."""

Schema = Mapping[str, Any]

_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}
_MISSING_CHANNEL_KIND: Final = 16
"""GUILD_MEDIA is documented (resources/channel, «Channel Types») and not in the specification."""
_PERMISSIONS: Final = re.compile(r"\d{1,17}")


class DiscordApi:
    """The REST API as its specification describes it. A route is named by its method and its path's template."""

    def __init__(self, specification: Mapping[str, Any]) -> None:
        self._paths: Mapping[str, Any] = specification["paths"]
        self._schemas: Mapping[str, Schema] = specification["components"]["schemas"]
        self._responses: Mapping[str, Any] = specification["components"]["responses"]
        self._checks: dict[str, Check] = {}
        self._special: dict[str, Check] = {"ChannelTypes": self._channel_kind(), "InnerErrors": _inner_errors}

    def knows(self, method: str, template: str) -> bool:
        """Whether there is such a route."""
        return method.lower() in self._paths.get(template, {})

    def query(self, method: str, template: str, given: Iterable[str]) -> str | None:
        """What is wrong with the names of a query's parameters."""
        named = {
            each["name"] for each in self._operation(method, template).get("parameters", []) if each["in"] == "query"
        }
        return next((f"{template}?{name} is unknown" for name in given if name not in named), None)

    def request(self, method: str, template: str, body: Any) -> str | None:
        """What is wrong with the body of a request; None as a body is none."""
        described = self._operation(method, template).get("requestBody")
        if described is None:
            return None if body is None else f"{method} {template} takes no body"
        check = self._cached(f"{method} {template}", lambda: described["content"]["application/json"]["schema"])
        return check(body, f"{method} {template}")

    def answer(self, method: str, template: str, status: int, body: Any) -> str | None:
        """What is wrong with an answer; a status that the route does not name is wrong too."""
        responses = self._operation(method, template)["responses"]
        described = responses.get(str(status)) or responses.get(f"{status // 100}XX")
        if described is None:
            return f"{method} {template} never answers {status}"
        if "$ref" in described:
            described = self._responses[described["$ref"].rpartition("/")[2]]
        if "content" not in described:
            return None if body is None else f"{method} {template} answers {status} without a body"
        check = self._cached(
            f"{method} {template} {status}", lambda: described["content"]["application/json"]["schema"]
        )
        return check(body, f"{method} {template} -> {status}")

    def thing(self, kind: str, value: Any) -> str | None:
        """What is wrong with an object of a schema, such as `MessageResponse`."""
        return self._named(kind)(value, kind)

    def _operation(self, method: str, template: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._paths[template][method.lower()]
        return found

    def _cached(self, key: str, schema: Callable[[], Schema]) -> Check:
        if key not in self._checks:
            self._checks[key] = self._made(schema())
        return self._checks[key]

    def _named(self, name: str) -> Check:
        if name in self._special:
            return self._special[name]
        if name not in self._checks:
            # Schemas contain each other: whoever asks while this one is being made gets a way to the finished one.
            self._checks[name] = self._later(name)
            self._checks[name] = self._made(self._schemas[name])
        return self._checks[name]

    def _later(self, name: str) -> Check:
        def check(value: Any, where: str) -> str | None:
            return self._checks[name](value, where)

        return check

    def _made(self, schema: Schema) -> Check:
        if "$ref" in schema:
            return self._named(schema["$ref"].rpartition("/")[2])
        if "allOf" in schema:
            return self._made(self._merged(schema["allOf"]))
        checks = [_kind(schema["type"])] if "type" in schema else []
        unions = (schema[name] for name in ("anyOf", "oneOf") if name in schema)
        checks += [_any_of([self._made(each) for each in union]) for union in unions]
        checks += [make(schema) for key, make in _RULES.items() if key in schema]
        if "properties" in schema:
            checks.append(self._fields(schema))
        elif isinstance(schema.get("additionalProperties"), Mapping):
            checks.append(_each(self._made(schema["additionalProperties"])))
        if "items" in schema:
            checks.append(_array(self._made(schema["items"])))
        return _all_of(checks)

    def _merged(self, schemas: list[Schema]) -> Schema:
        """Several that hold at once, as one: of objects, the fields of all."""
        found = [self._schemas[each["$ref"].rpartition("/")[2]] if "$ref" in each else each for each in schemas]
        if len(found) == 1:
            return schemas[0]
        properties = {name: field for each in found for name, field in each.get("properties", {}).items()}
        return {
            "type": "object",
            "properties": properties,
            "required": [name for each in found for name in each.get("required", [])],
        }

    def _fields(self, schema: Schema) -> Check:
        checks = {name: self._field(name, field) for name, field in schema["properties"].items()}
        required = schema.get("required", [])
        more = schema.get("additionalProperties")
        others = self._made(more) if isinstance(more, Mapping) and more else None

        def check(value: Any, where: str) -> str | None:
            if not isinstance(value, dict):
                return None
            for name in required:
                if name not in value:
                    return f"{where}.{name} is missing"
            for name, inner in value.items():
                known = checks.get(name, others)
                if known is None:
                    return f"{where}.{name} is unknown"
                if problem := known(inner, f"{where}.{name}"):
                    return problem
            return None

        return check

    def _field(self, name: str, schema: Schema) -> Check:
        if name == "default_member_permissions":
            # Documented as a string of digits (interactions/application-commands); the specification has a number.
            return _any_of([self._made(schema), _permissions])
        return self._made(schema)

    def _channel_kind(self) -> Check:
        named = _any_of([_one_of([each["const"]]) for each in self._schemas["ChannelTypes"]["oneOf"]])
        return _any_of([named, _one_of([_MISSING_CHANNEL_KIND])])


def _kind(named: str | list[str]) -> Check:
    names = [named] if isinstance(named, str) else named
    types = tuple(kind for name in names for kind in _TYPES[name])

    def check(value: Any, where: str) -> str | None:
        fits = isinstance(value, types) and (bool in types or not isinstance(value, bool))
        return None if fits else f"{where} is no {' or '.join(names)}"

    return check


def _all_of(checks: list[Check]) -> Check:
    if len(checks) == 1:
        return checks[0]

    def check(value: Any, where: str) -> str | None:
        for each in checks:
            if problem := each(value, where):
                return problem
        return None

    return check


def _any_of(checks: list[Check]) -> Check:
    def check(value: Any, where: str) -> str | None:
        problems = []
        for each in checks:
            problem = each(value, where)
            if problem is None:
                return None
            problems.append(problem)
        # The variant that came furthest says most.
        return max(problems, key=lambda problem: problem.count("."))

    return check


def _each(inner: Check) -> Check:
    def check(value: Any, where: str) -> str | None:
        problems = (inner(each, f"{where}.{name}") for name, each in value.items()) if isinstance(value, dict) else ()
        return next((problem for problem in problems if problem), None)

    return check


def _array(inner: Check) -> Check:
    def check(value: Any, where: str) -> str | None:
        problems = (
            (inner(each, f"{where}[{place}]") for place, each in enumerate(value)) if isinstance(value, list) else ()
        )
        return next((problem for problem in problems if problem), None)

    return check


def _one_of(values: list[Any]) -> Check:
    def check(value: Any, where: str) -> str | None:
        fits = any(value == each and isinstance(value, bool) == isinstance(each, bool) for each in values)
        return None if fits else f"{where} is none of {values}"

    return check


def _inner_errors(value: Any, where: str) -> str | None:
    """The codes of what is wrong in a body are words (reference, «Error Messages»); the specification has numbers."""
    errors = value.get("_errors") if isinstance(value, dict) and len(value) == 1 else None
    fits = isinstance(errors, list) and all(
        set(error) == {"code", "message"} and all(isinstance(word, str) for word in error.values()) for error in errors
    )
    return None if fits else f"{where} is no list of errors"


def _permissions(value: Any, where: str) -> str | None:
    fits = isinstance(value, str) and _PERMISSIONS.fullmatch(value)
    return None if fits else f"{where} is no set of permissions"


def _rule(
    kinds: tuple[type, ...], fits: Callable[[Any, Any], bool], words: str
) -> Callable[[str], Callable[[Schema], Check]]:
    """A limit that a schema names under a key, for values of some kinds."""

    def by(key: str) -> Callable[[Schema], Check]:
        def make(schema: Schema) -> Check:
            limit = schema[key]

            def check(value: Any, where: str) -> str | None:
                if not isinstance(value, kinds) or isinstance(value, bool) or fits(value, limit):
                    return None
                return f"{where} {words} {limit}"

            return check

        return make

    return by


def _is_formed(value: str, form: str) -> bool:
    if form == "uri":
        return bool(urlsplit(value).scheme)
    if form != "date-time":
        return True
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


_RULES: Final[dict[str, Callable[[Schema], Check]]] = {
    "const": lambda schema: _one_of([schema["const"]]),
    "enum": lambda schema: _one_of(schema["enum"]),
    "maxLength": _rule((str,), lambda value, limit: len(value) <= limit, "is longer than")("maxLength"),
    "minLength": _rule((str,), lambda value, limit: len(value) >= limit, "is shorter than")("minLength"),
    "pattern": _rule((str,), lambda value, limit: re.search(limit, value) is not None, "does not match")("pattern"),
    "format": _rule((str,), _is_formed, "is no")("format"),
    "maximum": _rule((int, float), lambda value, limit: value <= limit, "is more than")("maximum"),
    "minimum": _rule((int, float), lambda value, limit: value >= limit, "is less than")("minimum"),
    "maxItems": _rule((list,), lambda value, limit: len(value) <= limit, "has more items than")("maxItems"),
    "minItems": _rule((list,), lambda value, limit: len(value) >= limit, "has fewer items than")("minItems"),
    "maxProperties": _rule((dict,), lambda value, limit: len(value) <= limit, "has more fields than")("maxProperties"),
    "uniqueItems": _rule(
        (list,),
        lambda value, wanted: not wanted or len({json.dumps(each) for each in value}) == len(value),
        "is unique:",
    )("uniqueItems"),
}


@cache
def discord_api() -> DiscordApi | None:
    """The REST API, or None where its specification does not lie beside this repository."""
    if not DISCORD.exists():
        return None
    return DiscordApi(json.loads(DISCORD.read_text(encoding="utf-8")))
