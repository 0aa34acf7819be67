"""What somebody sees of what they asked of a bot: its answer, «is thinking …», or that nothing came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests.platforms.discord.asked import FIRST_ANSWER, LIFE, Callback, Interaction
from tests.platforms.discord.servers import EPHEMERAL, Json, Message
from tests.platforms.discord.world import World

_LATER: Final = {Callback.DEFERRED_MESSAGE, Callback.DEFERRED_UPDATE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A command that was used, a button that was pressed, or words that were typed, as its person sees it.

    `edits`: how often the message that was pressed had been edited by then.
    """

    world: World
    interaction: Interaction
    edits: int = 0

    @property
    def is_answered(self) -> bool:
        """Whether the bot has said anything at all, be it that it thinks."""
        return self.interaction.callback is not None

    @property
    def is_thinking(self) -> bool:
        """Whether it stands there that the bot is thinking."""
        return self.interaction.is_thinking and not self.did_not_respond

    @property
    def did_not_respond(self) -> bool:
        """Whether it stands there that the application did not respond: within 3 seconds, or after thinking long."""
        now = self.world.now()
        return self.interaction.has_failed(now) or (
            self.interaction.is_thinking and now - self.interaction.born >= LIFE
        )

    @property
    def is_deferred(self) -> bool:
        """Whether the bot first said that it answers later."""
        return self.interaction.callback in _LATER

    @property
    def is_ephemeral(self) -> bool:
        """Whether only this person sees the answer."""
        found = self.interaction.original
        return found is not None and bool(found.flags & EPHEMERAL)

    @property
    def waited(self) -> float | None:
        """Seconds until the bot said anything; None if it has not."""
        then = self.interaction.answered_at
        return None if then is None else then - self.interaction.born

    @property
    def answer(self) -> Message | None:
        """The first message that answers, once it stands there; of a press that changed its message, that one."""
        return next(iter(self.answers), None)

    @property
    def answers(self) -> list[Message]:
        """All messages that answer, in order."""
        asked = self.interaction
        if asked.is_thinking:
            return []
        return [message for message in asked.answers if message is not asked.message or message.edits > self.edits]

    @property
    def choices(self) -> list[Json] | None:
        """What was offered while typing; None before anything was."""
        return self.interaction.choices

    @property
    def is_over(self) -> bool:
        """Whether the bot may not answer any more."""
        age = self.world.now() - self.interaction.born
        return age >= (LIFE if self.is_answered else FIRST_ANSWER)
