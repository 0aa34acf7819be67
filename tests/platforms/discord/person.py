"""The person's side, what everybody does: use commands, type, press buttons, choose, write, look."""

from __future__ import annotations

from typing import Any

from tests.platforms.discord.accounts import BotAccount
from tests.platforms.discord.asked import InteractionKind
from tests.platforms.discord.organising import Organiser
from tests.platforms.discord.permissions import Permission, permissions_in
from tests.platforms.discord.servers import WRITABLE, Channel, Json, Message
from tests.platforms.discord.slash import Filled, NotAllowed, called, filled, named, typed, usable
from tests.platforms.discord.uses import Use

BUTTON = 2
MENU = 3
LINK = 5
"""Kinds of components; the style of a button that opens an address."""

_OPENS = Permission.SEND_MESSAGES_IN_THREADS | Permission.MANAGE_THREADS
"""Whoever has either may open an archived thread."""


class Person(Organiser):
    """Somebody with a Discord client. What they do is done at once; the bots hear of it by the gateway.

    Without a channel it is done in the direct messages with the bot.
    """

    @property
    def dm(self) -> Channel:
        """Their direct messages with the bot."""
        with self.world.lock:
            return self.world.dm(self.bot, self.user)

    def talks_to(self, bot: BotAccount) -> Person:
        """The same person, with another bot before them."""
        return Person(self.world, self.user, bot)

    # --- Looking

    def sees(self, channel: Channel | None = None) -> list[Message]:
        """The messages of a channel that they see, oldest first: everybody's and their own ephemeral answers."""
        where = channel or self.dm
        with self.world.lock:
            granted = permissions_in(where, self.user.id)
            return where.shown(self.user.id) if granted & Permission.VIEW_CHANNEL else []

    def offered(self, channel: Channel | None = None) -> list[str]:
        """The names of the bot's commands that the client offers them there."""
        return [str(command["name"]) for command in usable(self.bot, self.user, channel or self.dm)]

    # --- Commands

    def commands(self, name: str, channel: Channel | None = None, /, **options: Any) -> Use:
        """Use a slash command: `lin.commands("/subscribe", general, channel=news)`.

        Options go by their names, or by those of the person's language. A channel option takes a `Channel`, a role a
        `Role`, a user a `User`; a choice its name or its value. Raises NotAllowed for what the client does not send.
        """
        with self.world.lock:
            where, command = self._where(channel), self._command(name, channel)
            form = filled(command, named(command, options, self.user.locale), self.user, where)
            return self._asks(InteractionKind.COMMAND, where, _sent(command, form))

    def types(self, name: str, channel: Channel | None = None, /, **options: Any) -> Use:
        """Type into the last of these options of a command; what is offered are the use's `choices`."""
        with self.world.lock:
            where, command = self._where(channel), self._command(name, channel)
            values = named(command, options, self.user.locale)
            form = typed(command, values, list(values)[-1], self.user, where)
            return self._asks(InteractionKind.AUTOCOMPLETE, where, _sent(command, form))

    # --- Buttons and menus

    def presses(self, message: Message, label: str) -> Use:
        """Press the button with this label."""
        [button] = [part for part in message.buttons if part["type"] == BUTTON and _label(part) == label]
        if button.get("disabled") or button["style"] == LINK:
            raise NotAllowed(f"the button {label} asks nothing of the bot")
        self._reaches(message)
        return self.presses_data(message, button["custom_id"], number=button.get("id", 2))

    def selects(self, message: Message, menu: str, *labels: str) -> Use:
        """Choose these labels in the menu with this placeholder (or custom id)."""
        menus = [part for part in message.buttons if part["type"] == MENU]
        [found] = [part for part in menus if menu in {part.get("placeholder"), part["custom_id"]}]
        values = {option["label"]: option["value"] for option in found["options"]}
        if found.get("disabled") or not found.get("min_values", 1) <= len(labels) <= found.get("max_values", 1):
            raise NotAllowed(f"the menu {menu} does not take that")
        self._reaches(message)
        data = {"component_type": MENU, "values": [values[label] for label in labels]}
        return self.presses_data(message, found["custom_id"], number=found.get("id", 2), **data)

    def presses_data(self, message: Message, data: str, *, number: int = 2, **more: Any) -> Use:
        """Press a button that a hostile client makes up: anything may stand in it, also on a message that is gone."""
        with self.world.lock:
            told = {"custom_id": data, "component_type": BUTTON, "id": number} | more
            return self._asks(InteractionKind.COMPONENT, message.channel, told, message=message)

    def replays(self, use: Use) -> None:
        """The bot hears of the same interaction once more."""
        asked = use.interaction
        with self.world.lock:
            guild = asked.channel.guild.id if asked.channel.guild else 0
            self.world.emit("INTERACTION_CREATE", asked.bot, asked.json(), guild=guild)

    # --- Writing, blocking

    def says(self, text: str, channel: Channel | None = None) -> Message:
        """Write a text; a bot without the intents for messages does not hear of it."""
        with self.world.lock:
            where = self._where(channel)
            write = Permission.SEND_MESSAGES_IN_THREADS if where.is_thread else Permission.SEND_MESSAGES
            assert permissions_in(where, self.user.id) & write, f"{self.user.name} may not write there"
            return self.world.post(where, self.user, content=text)

    def blocks(self) -> None:
        """Take no direct messages from the bot."""
        self.dm.blocked_by.add(self.user.id)

    def unblocks(self) -> None:
        """Take direct messages from the bot again."""
        self.dm.blocked_by.discard(self.user.id)

    # --- How it is done

    def _where(self, channel: Channel | None) -> Channel:
        """The channel, if there is a place to write in it."""
        where = channel or self.dm
        granted = permissions_in(where, self.user.id)
        if where.kind not in WRITABLE or not granted & Permission.VIEW_CHANNEL:
            raise NotAllowed(f"{self.user.name} cannot write in {where.name}")
        if where.is_locked and not granted & Permission.MANAGE_THREADS:
            raise NotAllowed(f"{where.name} is locked")
        if where.guild is None and not self._shares_a_server():
            raise NotAllowed(f"{self.user.name} shares no server with {self.bot.user.name}")
        return where

    def _shares_a_server(self) -> bool:
        return any(self.user.id in guild.members for guild in self.world.guilds_of(self.bot))

    def _command(self, name: str, channel: Channel | None) -> Json:
        return called(usable(self.bot, self.user, channel or self.dm), name, self.user.locale)

    def _reaches(self, message: Message) -> None:
        """What stands below the message can be used: they see it, and its thread is open, or they open it.

        A client opens a thread that sleeps before it sends a press, and nobody presses anything in a locked one
        (https://github.com/discord/discord-api-docs/issues/8474, https://github.com/discord/discord-api-docs/issues/7900).
        """
        if message not in self.sees(message.channel):
            raise NotAllowed(f"{self.user.name} does not see that message")
        where = message.channel
        if where.is_locked:
            raise NotAllowed(f"{where.name} is locked")
        if where.is_archived:
            with self.world.lock:
                if not permissions_in(where, self.user.id) & _OPENS:
                    raise NotAllowed(f"{self.user.name} cannot open {where.name}")
                self.world.edit_thread(where, is_archived=False)

    def _asks(self, kind: InteractionKind, where: Channel, data: Json, *, message: Message | None = None) -> Use:
        bot = self.bot
        if message is not None and message.author.is_bot:
            bot = self.world.bot_with(message.author.id)
        edits = message.edits if message else 0
        asked = self.world.ask(bot, kind, self.user, where, data, message=message)
        return Use(world=self.world, interaction=asked, edits=edits)


def _sent(command: Json, form: Filled) -> Json:
    told: Json = {"id": str(command["id"]), "name": command["name"], "type": 1}
    if form.options:
        told["options"] = form.options
    return told | ({"resolved": form.resolved} if form.resolved else {})


def _label(button: Json) -> str:
    """What stands on a button: its label, or its emoji."""
    return str(button.get("label") or (button.get("emoji") or {}).get("name", ""))
