"""How a channel, or a group, is managed from the private chat of somebody who administers it; and how it begins."""

from __future__ import annotations

from adapters.platform import ChatKind, Platform, Reply
from bot.answer import speech
from bot.answer.command import Asked, Command
from bot.answer.reader import ReaderAnswers


class ChannelAnswers:
    """The command that is about channels."""

    def __init__(self, readers: ReaderAnswers) -> None:
        self._readers = readers

    def command(self) -> Command:
        """The command."""
        elsewhere_too = frozenset(Platform) - {Platform.DISCORD}
        return Command(
            name="channel", run=self.channel, arguments=True, elsewhere=True, posts=True, platforms=elsewhere_too
        )

    async def channel(self, asked: Asked) -> Reply:
        """How the channel stands that was named, with what can be done; without a name, how one is connected."""
        if asked.about is not None:
            return await self._readers.status(asked)
        scene, only_asker = asked.query.scene, asked.query.asker.kind is not ChatKind.PRIVATE
        buttons = speech.opener(asked, "add_channel", scene.link(into=ChatKind.CHANNEL))
        explained = speech.spoken(
            speech.points(asked.say("channel_how").splitlines()), title=asked.say("channel_title")
        )
        return speech.reply(asked, explained, buttons=buttons, only_asker=only_asker)
