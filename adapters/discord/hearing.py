"""What an interaction says: a command with its words, a press of a button or a menu, or somebody who types. Pure.

Source of what the fields mean: https://docs.discord.com/developers/interactions/receiving-and-responding
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from adapters.discord.commands import is_guarded
from adapters.discord.rights import THREADS, number
from adapters.platform import PUBLIC, AccountId, Address, Asker, ChatKind, Offered, Option, Platform, Taking

AMONG_OTHERS: Final = 2
"""The context of what is asked in private talks of others (for apps that people install for themselves)."""

COMMAND_TYPED: Final = 1
"""The kind of command that is typed behind a slash; others stand in menus of messages and people."""

ONLY_ASKER: Final = 1 << 6
"""The flag of a message that only one person sees (ephemeral)."""

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """What an interaction is answered by. The token opens the answer to whoever has it, for 15 minutes."""

    id: str
    token: str = field(repr=False)
    application: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """What an interaction says of where it happens, as it is now.

    `server`: empty in private. `rights`: the asker's there; `guarded`: Discord itself lets only those ask who decide.
    `channels`: those that are named, and the one around, as far as Discord tells of them, by their ids.
    """

    server: str = ""
    rights: int = 0
    guarded: bool = False
    channels: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A command. `public`: everybody may see the answer."""

    slip: Slip
    asker: Asker
    where: Where
    text: str
    public: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A press below one of our messages. `own`: only the presser sees that message. `genuine`: it has the button."""

    slip: Slip
    asker: Asker
    where: Where
    data: str
    message: str
    own: bool = False
    genuine: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """Somebody types into an option of a command, and wants to know what there is."""

    slip: Slip
    asker: Asker
    command: str
    option: str
    typed: str


Heard = Said | Pressed | Typed


def hear(interaction: Json, me: AccountId, offered: Iterable[Offered], ours: Collection[str] = ()) -> Heard | None:
    """What the interaction says to us, if anything.

    `ours`: the commands that are registered as they are offered, by Discord's ids. Only those does Discord guard:
    other software that had the same token may have registered others of the same names.
    """
    data, asker = interaction.get("data") or {}, _asker(interaction, me)
    if asker is None:
        return None
    slip = Slip(id=interaction["id"], token=interaction["token"], application=interaction["application_id"])
    match interaction["type"]:
        case 2:
            return _command(interaction, slip, asker, offered, ours)
        case 3:
            return _press(interaction, data, slip, asker)
        case 4:
            return _typing(data, slip, asker)
        case _:
            return None


def number_of(heard: Heard) -> int:
    """What it is known by."""
    return int(heard.slip.id)


def line_of(heard: Heard) -> str:
    """What has to be answered in order: what one person does in one place; whoever types waits for nothing."""
    address = heard.asker.address
    return "" if isinstance(heard, Typed) else f"{address.chat}/{address.thread}/{heard.asker.person}"


def _asker(interaction: Json, me: AccountId) -> Asker | None:
    """Who asks, and where; None for a bot, or where others talk in private and we are not among them."""
    in_server = bool(interaction.get("guild_id"))
    user = (interaction.get("member") or {}).get("user") if in_server else interaction.get("user")
    channel = interaction.get("channel") or {}
    place = channel.get("id") or interaction.get("channel_id")
    if user is None or user.get("bot") or not place or interaction.get("context") == AMONG_OTHERS:
        return None
    return Asker(
        address=address_of(channel | {"id": place}, me),
        person=user["id"],
        language=interaction.get("locale") or "",
        kind=ChatKind.GROUP if in_server else ChatKind.PRIVATE,
    )


def address_of(channel: Json, me: AccountId) -> Address:
    """The address of a channel, or of a thread with its channel."""
    own, parent = str(channel["id"]), channel.get("parent_id")
    if channel.get("type") in THREADS and parent:
        return Address(platform=Platform.DISCORD, account=me, chat=str(parent), thread=own)
    return Address(platform=Platform.DISCORD, account=me, chat=own)


def _where(interaction: Json, *, guarded: bool = False) -> Where:
    member, around = interaction.get("member") or {}, interaction.get("channel") or {}
    named = ((interaction.get("data") or {}).get("resolved") or {}).get("channels") or {}
    return Where(
        server=str(interaction.get("guild_id") or ""),
        rights=number(member.get("permissions")),
        guarded=guarded,
        channels={**named, **({str(around["id"]): around} if "id" in around else {})},
    )


# --- Commands -----------------------------------------------------------------------------------------------------


def _command(
    interaction: Json, slip: Slip, asker: Asker, offered: Iterable[Offered], ours: Collection[str]
) -> Said | None:
    data: Json = interaction.get("data") or {}
    name, given = str(data.get("name")), _given(data)
    if data.get("type", 1) != COMMAND_TYPED:
        return None
    command = next((command for command in offered if command.name == name), None)
    options = command.options if command else ()
    in_server = asker.kind is not ChatKind.PRIVATE
    guarded = in_server and command is not None and is_guarded(command) and str(data.get("id")) in ours
    here = (asker.address.thread or asker.address.chat) if in_server else ""
    where = _where(interaction, guarded=guarded)
    return Said(
        slip=slip,
        asker=asker,
        where=where,
        text=" ".join([f"/{name}", *_words(options, given, here, where.server)]),
        public=PUBLIC in given and any(option.name == PUBLIC for option in options),
    )


def _given(data: Json) -> dict[str, str]:
    """What was filled in, by the names of the options."""
    options: Sequence[Json] = data.get("options") or ()
    return {option["name"]: " ".join(str(option["value"]).split()) for option in options if "value" in option}


def _words(options: Iterable[Option], given: Mapping[str, str], here: str, server: str) -> Iterator[str]:
    """The command's words, as somebody would write them; the chat, where none is named, is the one around.

    Naming it has what is missing there looked at. The role with the server's id is everybody's.
    """
    for option in options:
        said = given.get(option.name, "")
        match option.taking:
            case Taking.CHAT if said or here:
                yield f"@{said or here}"
            case Taking.ROLE if said:
                yield "role:everyone" if said == server else f"role:{said}"
            case _ if said and option.name != PUBLIC:
                yield said
            case _:
                pass


# --- Presses ------------------------------------------------------------------------------------------------------


def _press(interaction: Json, data: Json, slip: Slip, asker: Asker) -> Pressed | None:
    message, pressed = interaction.get("message") or {}, _data(data)
    if not pressed or not message.get("id"):
        return None
    return Pressed(
        slip=slip,
        asker=asker,
        where=_where(interaction),
        data=pressed,
        message=message["id"],
        own=bool(number(message.get("flags")) & ONLY_ASKER),
        genuine=_is_below(message, data),
    )


def _data(data: Json) -> str:
    """What the pressed component says: a button in its name, behind a number; a menu in what was chosen.

    Where a menu's name begins a command, what was chosen ends it.
    """
    name = str(data.get("custom_id") or "").partition(":")[2]
    match data.get("component_type"):
        case 2:
            return name
        case 3:
            chosen = next(iter(map(str, data.get("values") or ())), "")
            return f"{name} {chosen}" if chosen and name.startswith("/") else chosen
        case _:
            return ""


def _is_below(message: Json, data: Json) -> bool:
    """Whether the message has what was pressed; a hostile client makes any up."""
    for row in message.get("components") or ():
        for component in row.get("components") or ():
            if component.get("custom_id") == data.get("custom_id"):
                offered = {option.get("value") for option in component.get("options") or ()}
                return offered.issuperset(data.get("values") or ())
    return False


# --- Typing -------------------------------------------------------------------------------------------------------


def _typing(data: Json, slip: Slip, asker: Asker) -> Typed | None:
    options: Iterable[Json] = data.get("options") or ()
    found = next((option for option in options if option.get("focused")), None)
    if found is None:
        return None
    return Typed(
        slip=slip, asker=asker, command=str(data.get("name")), option=found["name"], typed=str(found.get("value", ""))
    )
