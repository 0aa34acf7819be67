"""The tour of the guide to Discord: a server's people, the whole bot, and what their clients show, in a language."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bot.catalogue import say
from tests.acceptance.discord import Town, text_of
from tests.acceptance.discord_album import Album, Scene
from tests.acceptance.tour import indexed, of_today, sudi_with_series
from tests.acceptance.town import ADMIN, Sudi
from tests.golden.faces import EXAMPLES
from tests.platforms.discord.person import Person
from tests.platforms.discord.servers import Channel, Guild, Message
from tests.platforms.discord.uses import Use

_MORNING: Final = Path(__file__).parent / "morning"

_REST: Final = 5.0
"""Seconds between two questions of one person, who would otherwise be asked to rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who and what there is in a language: posts by what they are for, people, places, what is pushed."""

    language: str
    locale: str
    posts: Mapping[str, Path]
    known_by: Mapping[str, str]
    title: str
    people: Mapping[str, str]
    places: Mapping[str, str]
    tags: tuple[str, ...]
    breaking: str


ZH: Final = Cast(
    language="zh",
    locale="zh-CN",
    posts={
        "older": EXAMPLES / "posts/2026-11-20.md",
        "before": EXAMPLES / "posts/2026-11-21-12.md",
        "daily": EXAMPLES / "posts/2026-11-21.md",
    },
    known_by={"daily": "速递$", "rolling": "过去4小时"},
    title="2026.11.21 AI新闻速递",
    people={"owner": "群主", "ming": "阿明", "lin": "小林", "admin": "主编"},
    places={"server": "AI 读书会", "hall": "大厅", "news": "每日新闻", "forum": "新闻论坛", "role": "突发读者"},
    tags=("端侧", "AI", "活动"),
    breaking="开源语音模型今天发布：支持二十种方言 https://example.com/news/dialect-model",
)

EN: Final = Cast(
    language="en",
    locale="en-US",
    posts={name: _MORNING / f"{name}.md" for name in ("older", "before", "daily")},
    known_by={"daily": "Daily,", "rolling": "^The last four hours"},
    title="AI Morning Daily, 21 November",
    people={"owner": "Olive", "ming": "Max", "lin": "Lin", "admin": "Ada"},
    places={
        "server": "AI Readers",
        "hall": "lobby",
        "news": "daily-news",
        "forum": "news-forum",
        "role": "breaking-news",
    },
    tags=("On-device", "AI", "Tools"),
    breaking="An open speech model is out today, for twenty dialects https://example.com/news/dialect-model",
)


class Tour:
    """One walk through everything that the guide shows; each stop keeps its scenes in the album."""

    def __init__(self, here: Town, cast: Cast) -> None:
        self.here = here
        self.cast = cast
        self.album = Album()
        self._uses: dict[int, Use] = {}
        here.simulator.bot.user.name = say(cast.language, "pages.brand")
        self.owner = self._person(112, "owner")
        self.server = self._server()
        self.hall = self.server.channels[self.server.system_channel]
        self.ming, self.lin, self.admin = (
            self._member(number, name) for number, name in ((103, "ming"), (101, "lin"), (ADMIN, "admin"))
        )

    async def walk(self) -> Album:
        """From the invitation to a push that calls a role."""
        posts = self.cast.posts
        before = [posts["older"], posts["before"]]
        sudi = sudi_with_series(self.here, before, SUDI_LANGUAGE=self.cast.language, **self.cast.known_by)
        await self.here.connected(sudi)
        await indexed(self.here, sudi, len(before))
        await self.an_invitation()
        news = await self.a_channel()
        forum = await self.a_forum(news)
        await self._asks(self.owner, "subscribe", self.hall, layout="headlines")
        await self.a_first_digest(sudi, news, forum)
        await self.headlines()
        await self.questions(news)
        await self.a_role_and_a_push(news)
        await self.another_admin()
        await sudi.stop()
        return self.album

    # --- Stops

    async def an_invitation(self) -> None:
        """The bot comes into a server, and says how a channel is subscribed."""
        self.owner.adds_bot(self.server)
        self._keep("welcome", self.ming, await self.here.shown(self.hall, "/subscribe"))
        self.album.keep_commands("commands", self.owner, self.hall)

    async def a_channel(self) -> Channel:
        """A channel in which the bot may not write yet is named as such, and is then subscribed."""
        news = self.owner.creates_channel(self.server, self.cast.places["news"])
        self.owner.denies(news, "SEND_MESSAGES", "EMBED_LINKS")
        lacks = await self._asks(self.owner, "subscribe", self.hall, chat=news)
        again = self._say("button_again")
        self._keep("lacks", self.owner, lacks, pressed=again)
        self.owner.clears(news)
        subscribed = await self._asks(self.owner, "subscribe", self.hall, chat=news)
        self._keep("subscribed", self.owner, subscribed)
        return news

    async def a_forum(self, news: Channel) -> Channel:
        """A forum that wants a tag on every post."""
        name = self.cast.places["forum"]
        forum = self.owner.creates_forum(self.server, name, self.cast.tags, needs_tag=True)
        await self._asks(self.owner, "subscribe", news, chat=forum)
        return forum

    async def a_first_digest(self, sudi: Sudi, news: Channel, forum: Channel) -> None:
        """A post is saved, and arrives: in a channel, and in a forum as a post with a tag."""
        await self._asks(self.lin, "subscribe")
        settings = await self._asks(self.lin, "settings", layout="headlines")
        self._keep("settings", self.lin, settings, opened=self._say("menu_layout"))
        title = self.cast.title
        sudi.save("daily.md", of_today(self.cast.posts["daily"]))
        digest = await self.here.shown(news, title)
        self._keep("first-digest", self.ming, digest, cut=430)
        post = await self.here.shown(await self._thread(forum, title), title)
        self._keep("forum", self.ming, post, cut=270)

    async def headlines(self) -> None:
        """Below headlines a reader chooses a story, and sees it alone."""
        menu = say(self.cast.language, "words.unfold_story")
        digest = await self.here.shown(self.hall, self.cast.title)
        self._keep("headlines", self.ming, digest, opened=menu)
        [found] = [part for part in digest.buttons if part.get("placeholder") == menu]
        story = await self.here.chooses(self.ming, digest, menu, found["options"][1]["label"])
        self._keep("story", self.ming, story)
        await self._asks(self.owner, "stop", self.hall)

    async def questions(self, news: Channel) -> None:
        """What readers ask: series are offered while they type, and how a channel stands."""
        typing = self.ming.types("latest", self.hall, series="")
        await self.here.answered(typing)
        self.album.keep_typing("typing", self.ming, self.hall, typing)
        self._keep("status", self.ming, await self._asks(self.ming, "status", news))

    async def a_role_and_a_push(self, news: Channel) -> None:
        """A role is chosen; a breaking item is shown, confirmed, and calls it."""
        role = self.owner.creates_role(self.server, self.cast.places["role"], mentionable=True)
        self.owner.gives(self.server, role, self.ming)
        chosen = await self._asks(self.owner, "settings", news, role=role)
        self._keep("role", self.owner, chosen)
        preview = await self._asks(self.admin, "push", text=self.cast.breaking)
        self._keep("push", self.admin, preview, pressed=self._say("button_confirm"))
        await self.here.presses(self.admin, preview, self._say("button_confirm"))
        words = self.cast.breaking.partition(" http")[0]
        self._keep("push-arrived", self.ming, await self.here.shown(news, words))

    async def another_admin(self) -> None:
        """A code makes somebody an admin."""
        invited = await self._asks(self.admin, "admin")
        code = re.search(r"admin_[\w-]+", text_of(invited).replace("\\", ""))
        assert code
        made = await self._asks(self.ming, "admin", code=code[0])
        self._keep("admin-made", self.ming, made)

    # --- How it is done

    def _person(self, number: int, name: str) -> Person:
        return self.here.simulator.person(number, self.cast.people[name], locale=self.cast.locale)

    def _member(self, number: int, name: str) -> Person:
        person = self._person(number, name)
        person.joins(self.server)
        return person

    def _server(self) -> Guild:
        """A server of the owner's, in which the bot is not yet."""
        server = self.owner.creates_server(self.cast.places["server"], locale=self.cast.locale)
        self.owner.renames(server.channels[server.system_channel], self.cast.places["hall"])
        self.here.server = server
        return server

    def _say(self, key: str) -> str:
        return say(self.cast.language, f"answers.{key}")

    async def _asks(self, person: Person, command: str, channel: Channel | None = None, **options: Any) -> Message:
        """What a command is answered with; whoever asks often rests before."""
        await asyncio.sleep(_REST)
        use = await self.here.answered(person.commands(command, channel, **options))
        assert use.answer is not None
        self._uses[use.answer.id] = use
        return use.answer

    def _keep(self, name: str, person: Person, message: Message, **more: Any) -> None:
        """Keep a message, below the command that it answers, if it does."""
        self.album.keep(name, person, Scene(message=message, used=self._uses.get(message.id), **more))

    async def _thread(self, forum: Channel, name: str) -> Channel:
        """The post of a forum with this name, once it is there."""

        def look() -> Channel | None:
            return next((thread for thread in self.here.posts(forum) if thread.name == name), None)

        return await self.here.until(look, f"the post {name}")
