"""Pictures of a simulated Discord: what stands in a channel, what a menu offers, and what is offered while typing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from adapters.discord.drawing import drawn
from tests.acceptance.album import AnyAlbum
from tests.acceptance.press import noon_zone
from tests.platforms.discord.bubble import label
from tests.platforms.discord.person import LINK, MENU, Person
from tests.platforms.discord.servers import EPHEMERAL, POSTS_ONLY, Channel, ChannelKind, Json, Message
from tests.platforms.discord.slash import usable
from tests.platforms.discord.uses import Use

CLIENT: Final[Mapping[str, Mapping[str, str]]] = {
    "zh-CN": {
        "lang": "zh-Hans",
        "app": "应用",
        "used": "使用了",
        "only_you": "只有你能看到",
        "dismiss": "忽略消息",
        "published": "已发布",
        "post": "帖子",
        "private": "私信",
    },
    "en-US": {
        "lang": "en",
        "app": "APP",
        "used": "used",
        "only_you": "Only you can see this",
        "dismiss": "Dismiss message",
        "published": "Published",
        "post": "Post",
        "private": "Direct message",
    },
}
"""What a client says by itself, by its language."""

_SIGNS: Final = {ChannelKind.DM: "@", ChannelKind.PUBLIC_THREAD: "↳"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A message in its channel. `used`: the command that it answers, as a client shows it above.

    `pressed`: the button that a finger is on; `opened`: the menu that is unfolded; `cut`: the most CSS pixels to show,
    the rest fades.
    """

    message: Message
    used: Use | None = None
    pressed: str = ""
    opened: str = ""
    cut: int = 0


class Album(AnyAlbum):
    """What the channels of Discord look like."""

    template = "discord_chat.html"
    width = 460
    theme = "dark"

    def keep(self, name: str, person: Person, scene: Scene) -> None:
        """Draw a scene as it is now, with the eyes of a person."""
        message = scene.message
        assert not scene.pressed or scene.pressed in [label(part) for part in message.buttons]
        assert not scene.opened or scene.opened in [part.get("placeholder") for part in message.buttons]
        self._draw(name, person, message.channel, said=_seen(scene, person), cut=scene.cut)

    def keep_commands(self, name: str, person: Person, channel: Channel) -> None:
        """Draw what is offered to a person who types a slash."""
        locale = person.user.locale
        offered = [
            {"name": f"/{_local(command, locale)}", "about": _local(command, locale, "description")}
            for command in usable(person.bot, person.user, channel)
        ]
        self._draw(name, person, channel, offered=offered, typed="/")

    def keep_typing(self, name: str, person: Person, channel: Channel, use: Use) -> None:
        """Draw what is offered to a person who types into the last option of a command."""
        [command] = [one for one in person.bot.commands if one["name"] == use.interaction.data["name"]]
        option = use.interaction.data["options"][-1]
        names = {one["name"]: _local(one, person.user.locale) for one in command["options"]}
        filled = {"name": names[option["name"]], "value": option["value"]}
        offered = [{"name": _local(choice, person.user.locale)} for choice in use.choices or []]
        assert offered
        typed = f"/{_local(command, person.user.locale)}"
        self._draw(name, person, channel, offered=offered, typed=typed, filled=filled)

    def _draw(self, name: str, person: Person, channel: Channel, **seen: Any) -> None:
        words = CLIENT[person.user.locale]
        self.draw(
            name,
            lang=words["lang"],
            words=words,
            asker=person.user.name,
            colour="#c2371b",
            cut=seen.pop("cut", 0),
            title=person.bot.user.name if channel.kind is ChannelKind.DM else channel.name,
            sign=_SIGNS.get(channel.kind, "#"),
            within=_within(channel, words),
            tags=_tags(channel),
            **seen,
        )


def _within(channel: Channel, words: Mapping[str, str]) -> str:
    """What a client shows beside a channel's name: the channel of a thread, or the server."""
    if channel.parent is not None and channel.is_thread:
        return f"#{channel.parent.name}"
    return channel.guild.name if channel.guild else words["private"]


def _tags(channel: Channel) -> list[str]:
    """The tags of a forum's post."""
    if channel.parent is None or channel.parent.kind not in POSTS_ONLY:
        return []
    return [channel.parent.tags[tag].name for tag in channel.applied_tags]


def _seen(scene: Scene, person: Person) -> dict[str, Any]:
    """What the template needs of a message."""
    message = scene.message
    then = datetime.fromtimestamp(message.sent, UTC).astimezone(ZoneInfo(noon_zone()))
    return {
        "used": _command(scene.used, person) if scene.used else "",
        "name": message.author.name,
        "time": f"{then:%H:%M}",
        "content": _content(message),
        "embeds": [drawn({"embeds": [embed]}) for embed in message.embeds],
        "rows": [[_part(part, scene) for part in row["components"]] for row in message.components],
        "ephemeral": bool(message.flags & EPHEMERAL),
        "published": message.is_published,
        "called": person.user.id in _called_by(message),
    }


def _called_by(message: Message) -> set[int]:
    """The people whom a message calls."""
    members = message.channel.guild.members if message.channel.guild else {}
    return {number for number, member in members.items() if member.roles & set(message.pings.roles)}


def _content(message: Message) -> Markup:
    """The text of a message, with the roles that it calls by their names."""
    text = escape(message.content)
    for role in message.pings.roles:
        assert message.channel.guild is not None
        name = escape(message.channel.guild.roles[role].name)
        text = text.replace(escape(f"<@&{role}>"), Markup('<span class="mention">@{}</span>').format(name))
    return text


def _part(part: Json, scene: Scene) -> dict[str, Any]:
    """A button or a menu."""
    if part["type"] != MENU:
        words = label(part)
        return {"label": words, "link": part.get("style") == LINK, "pressed": words == scene.pressed}
    options = [{"label": option["label"], "chosen": bool(option.get("default"))} for option in part["options"]]
    chosen = [option["label"] for option in options if option["chosen"]]
    shown = chosen[0] if chosen else part["placeholder"]
    is_open = part["placeholder"] == scene.opened
    return {"menu": shown, "chosen": bool(chosen), "options": options if is_open else []}


def _command(use: Use, person: Person) -> str:
    """A command, as a client names it above its answer."""
    data = use.interaction.data
    [command] = [one for one in person.bot.commands if one["name"] == data["name"]]
    return f"/{_local(command, person.user.locale)}"


def _local(thing: Json, locale: str, what: str = "name") -> str:
    """A name or a description in somebody's language."""
    return str((thing.get(f"{what}_localizations") or {}).get(locale, thing[what]))
