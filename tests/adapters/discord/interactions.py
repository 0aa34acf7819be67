"""Interactions as the gateway tells them, and commands to ask with."""

from __future__ import annotations

from typing import Any

from adapters.platform import AccountId, Audience, Offered, Option, Suggestion, Taking

ME = AccountId("1170000000000000001")
PERSON = {"id": "42", "username": "ada", "discriminator": "0"}
SERVER, CHANNEL, THREAD = "900", "910", "920"

Json = dict[str, Any]


def option(name: str, taking: Taking, **more: Any) -> Option:
    """An option with words in both languages."""
    zh = {"channel": "频道", "series": "系列"}.get(name, name)
    return Option(name=name, names={"zh": zh, "en": name}, about={"zh": "选", "en": "Choose"}, taking=taking, **more)


LAYOUTS = (
    Suggestion(labels={"zh": "标题", "en": "Headlines"}, says="headlines"),
    Suggestion(labels={"zh": "全文", "en": "Everything"}, says="full"),
)
PUBLIC = option("public", Taking.CHOICE, choices=(Suggestion(labels={"zh": "是", "en": "Yes"}, says="public"),))
COMMANDS = (
    Offered(
        name="today",
        names={"zh": "今天", "en": "Today's News"},
        about={"zh": "今天的", "en": "Today's"},
        audience=Audience.EVERYONE,
        options=(PUBLIC,),
    ),
    Offered(
        name="subscribe",
        about={"zh": "订阅", "en": "Subscribe"},
        audience=Audience.DECIDERS,
        options=(
            option("channel", Taking.CHAT),
            option("series", Taking.SUGGESTED),
            option("layout", Taking.CHOICE, choices=LAYOUTS),
            option("role", Taking.ROLE),
        ),
    ),
    Offered(
        name="push",
        about={"zh": "快讯", "en": "x" * 200},
        audience=Audience.ADMINS,
        options=(option("series", Taking.SUGGESTED), option("text", Taking.WORDS, required=True)),
    ),
)


def channel(place: str = CHANNEL, kind: int = 0, parent: str | None = None) -> Json:
    """A channel as an interaction tells it."""
    return {"id": place, "type": kind, "parent_id": parent, "name": "news"}


def interaction(kind: int, data: Json, *, private: bool = False, rights: int = 0, **more: Any) -> Json:
    """An interaction, in a server or in private."""
    told = {
        "id": "5000",
        "application_id": "77",
        "token": "secret-token",
        "type": kind,
        "data": data,
        "locale": "zh-CN",
        "channel": channel("930", 1) if private else channel(),
    }
    if private:
        return told | {"user": PERSON, "context": 1} | more
    return told | {"guild_id": SERVER, "member": {"user": PERSON, "permissions": str(rights), "roles": []}} | more


def command(name: str, *options: Json, **more: Any) -> Json:
    """A command that somebody gives."""
    return interaction(2, {"id": "1", "name": name, "type": 1, "options": list(options)}, **more)


def given(name: str, value: str, kind: int = 3, **more: Any) -> Json:
    """An option that is filled in."""
    return {"name": name, "type": kind, "value": value, **more}


def press(custom_id: str, *values: str, flags: int = 0, below: list[Json] | None = None, **more: Any) -> Json:
    """A press of a button, or a choice of a menu, below a message with these components."""
    shown = [{"type": 2, "custom_id": custom_id}] if below is None else below
    message = {"id": "6000", "flags": flags, "components": [{"type": 1, "components": shown}]}
    data = {"custom_id": custom_id, "component_type": 3 if values else 2} | ({"values": list(values)} if values else {})
    return interaction(3, data, message=message, **more)
