"""The platforms' own machine-readable specifications, as schemas that refuse every field they do not name."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator

SPECS: Final = Path(__file__).parents[3] / "shared" / "specs"
TELEGRAM: Final = SPECS / "telegram-bot-api-10.1.json"
DISCORD: Final = SPECS / "discord-openapi-v10.json"

_ADDRESS: Final = {"chat_id"}
"""Parameters that belong to the address."""

_PLAIN: Final = {"String": "string", "Integer": "integer", "Boolean": "boolean", "Float": "number"}


def telegram_message() -> Draft202012Validator:
    """The parameters of sendMessage, less the address."""
    api = _loaded(TELEGRAM)
    method = api["methods"]["sendMessage"]
    definitions = {name: _telegram_object(kind.get("fields", [])) for name, kind in api["types"].items()}
    entity = definitions["MessageEntity"]["properties"]["type"]
    entity["enum"] = re.findall(r'"(\w+)" \(', _field(api["types"]["MessageEntity"], "type")["description"])
    message = _telegram_object(method["fields"])
    least, most = re.findall(r"\d+", _field(method, "text")["description"])
    message["properties"]["text"] |= {"minLength": int(least), "maxLength": int(most)}
    return Draft202012Validator({**message, "$defs": definitions})


def _field(owner: dict[str, Any], name: str) -> dict[str, Any]:
    field: dict[str, Any] = next(field for field in owner["fields"] if field["name"] == name)
    return field


def _telegram_object(fields: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {field["name"]: _telegram_type(field["types"]) for field in fields},
        "required": [field["name"] for field in fields if field["required"] and field["name"] not in _ADDRESS],
        "additionalProperties": False,
    }


def _telegram_type(names: list[str]) -> dict[str, Any]:
    if len(names) > 1:
        return {"anyOf": [_telegram_type([name]) for name in names]}
    [name] = names
    if name.startswith("Array of "):
        return {"type": "array", "items": _telegram_type([name.removeprefix("Array of ")])}
    return {"type": _PLAIN[name]} if name in _PLAIN else {"$ref": f"#/$defs/{name}"}


def discord_message() -> Draft202012Validator:
    """The body of Create Message."""
    api = _loaded(DISCORD)
    body = api["paths"]["/channels/{channel_id}/messages"]["post"]["requestBody"]
    schema = body["content"]["application/json"]["schema"]
    _refuse_the_unknown(api["components"]["schemas"])
    whole = {**schema, "components": api["components"]}
    return Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)


def _refuse_the_unknown(schemas: dict[str, dict[str, Any]]) -> None:
    for schema in schemas.values():
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)


def _loaded(path: Path) -> dict[str, Any]:
    if not path.exists():
        pytest.skip(f"{path.name} is not beside this repository")
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded
