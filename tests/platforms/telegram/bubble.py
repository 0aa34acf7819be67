"""A message as the page shows it: drawn by Sudi's own hand, from its text and entities."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from adapters.telegram.drawing import drawn
from tests.platforms.telegram.chats import Entry, Json

_DRAWN: Final = frozenset(
    {"bold", "italic", "strikethrough", "code", "pre", "text_link", "blockquote", "expandable_blockquote"}
)
_TOLD: Final = {
    "group_chat_created": "群组已建立",
    "supergroup_chat_created": "超级群组已建立",
    "channel_chat_created": "频道已建立",
    "forum_topic_closed": "话题已关闭",
    "forum_topic_reopened": "话题已重新打开",
}


def bubble(entry: Entry, viewer: int) -> dict[str, Any]:
    """What the template needs of a message."""
    answered = entry.chat.entries.get(entry.reply_to)
    return {
        "entry": entry,
        "mine": entry.author == viewer,
        "name": _name(entry),
        "time": datetime.fromtimestamp(entry.date, UTC).strftime("%H:%M"),
        "service": _service(entry),
        "html": drawn(_drawable(entry)) if entry.text else "",
        "answered": answered.text[:40] if answered else "",
        "origin": _origin(entry),
    }


def _drawable(entry: Entry) -> dict[str, Any]:
    entities = [entity for entity in map(_as_link(entry.text), entry.entities) if entity["type"] in _DRAWN]
    return {"text": entry.text, "entities": entities, "link_preview_options": _preview(entry, entities)}


def _as_link(text: str) -> Any:
    """An address that Telegram found by itself is a link as well."""
    encoded = text.encode("utf-16-le")

    def link(entity: Json) -> Json:
        if entity["type"] != "url":
            return entity
        said = encoded[2 * entity["offset"] : 2 * (entity["offset"] + entity["length"])].decode("utf-16-le")
        return {**entity, "type": "text_link", "url": said if "://" in said else f"https://{said}"}

    return link


def _preview(entry: Entry, entities: list[Json]) -> Json:
    """Without options, Telegram shows a preview of the first address."""
    options = dict(entry.preview or {})
    if options.pop("is_disabled", False):
        return {}
    addresses = [entity["url"] for entity in entities if entity["type"] == "text_link"]
    return options if "url" in options or not addresses else {**options, "url": addresses[0]}


def _name(entry: Entry) -> str:
    if entry.sender_chat is not None:
        return entry.sender_chat.title
    return entry.sender.first_name if entry.sender else ""


def _origin(entry: Entry) -> str:
    origin = entry.origin or {}
    source = origin.get("chat") or origin.get("sender_chat") or origin.get("sender_user") or {}
    return str(source.get("title") or source.get("first_name") or "")


def _service(entry: Entry) -> str:
    if not entry.service:
        return ""
    [(kind, value)] = entry.service.items()
    if kind in {"new_chat_members", "left_chat_member"}:
        user = value[0] if isinstance(value, list) else value
        return f"{user['first_name']} {'加入了' if kind == 'new_chat_members' else '离开了'}"
    if kind == "forum_topic_created":
        return f"话题「{value['name']}」已建立"
    if kind == "new_chat_title":
        return f"名字改成了「{value}」"
    if kind.startswith("migrate"):
        return f"群组升级为超级群组（{value}）"
    return _TOLD.get(kind, kind)
