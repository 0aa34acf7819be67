"""The tour of the guide to Telegram: real people's presses and words, the whole bot, and what the chats show of it."""

from __future__ import annotations

import re
from typing import Final

from tests.acceptance.telegram import Town
from tests.acceptance.telegram_album import Album, Scene
from tests.acceptance.tour import indexed, of_today, sudi_with_series
from tests.acceptance.town import ADMIN, Sudi
from tests.golden.faces import EXAMPLES
from tests.platforms.telegram.chats import Chat, Entry
from tests.platforms.telegram.person import Person

BOT: Final = "ai_morning_bot"

BEFORE: Final = ("2026-11-20.md", "2026-11-21-12.md")
DAILY: Final = "2026.11.21 AI新闻速递"
ROLLING: Final = "过去4小时AI发生了什么"
BREAKING: Final = "开源语音模型今天发布：支持二十种方言 https://example.com/news/dialect-model"


class Tour:
    """One walk through everything that the guide shows; each stop keeps its scenes in the album."""

    def __init__(self, here: Town) -> None:
        self.here = here
        self.album = Album()
        self.lin = here.simulator.person(101, "小林")
        self.owner = here.simulator.person(102, "频道主")
        self.ming = here.simulator.person(103, "阿明")
        self.admin = here.simulator.person(ADMIN, "主编")
        here.simulator.bot.user.first_name, here.simulator.bot.user.username = "速递", BOT

    async def walk(self) -> Album:
        """From the first start to the last goodbye."""
        sudi = sudi_with_series(self.here, [EXAMPLES / "posts" / name for name in BEFORE])
        await self.here.connected(sudi)
        await indexed(self.here, sudi, len(BEFORE))
        await self.first_steps()
        channel = await self.a_channel()
        group = await self.a_group()
        await self.a_topic()
        await self.a_first_digest(sudi, channel, group)
        await self.questions(sudi)
        await self.editors(channel)
        await self.goodbye()
        await sudi.stop()
        return self.album

    # --- Stops

    async def first_steps(self) -> None:
        """A reader starts the bot, subscribes, and changes what comes."""
        lin = self.lin
        said = lin.starts()
        greeting = await self.here.shown(lin, "你好，这里是速递")
        self._keep("start", lin, said, greeting, pressed="订阅")
        choices = await self._answered(lin, greeting, "订阅", "订阅好了")
        self._keep("subscribed", lin, choices)
        await self.here.presses(lin, choices, "只看标题")
        await self._until(choices, "✓ 只看标题")
        self._keep("settings", lin, choices, pressed="✓ 只看标题")
        said = lin.says("/today")
        self._keep("today-none", lin, said, await self._newest(said), pressed="看最近一期")
        said = lin.says("/help")
        self._keep("help", lin, said, await self.here.shown(lin, "可以这样问"))

    async def a_channel(self) -> Chat:
        """Somebody connects a public channel, and finds a private one by a message of it."""
        owner, here = self.owner, self.here
        said = owner.says("/channel")
        self._keep("channel-how", owner, said, await here.shown(owner, "把速递接到频道"))
        channel = owner.creates_channel("AI 早报", username="ai_morning")
        owner.adds_bot(channel, "can_post_messages", "can_edit_messages", "can_delete_messages")
        told = await here.shown(owner, "我已经可以在「AI 早报」里发消息了")
        self._keep("channel-added", owner, told, pressed="订阅")
        choices = await self._answered(owner, told, "订阅", "订阅好了")
        self._keep("channel-subscribed", owner, choices)
        private = owner.creates_channel("内参")
        note = owner.says("内参从今天开始试刊。", private)
        owner.adds_bot(private, "can_post_messages", "can_edit_messages", "can_delete_messages")
        await here.shown(owner, "我已经可以在「内参」里发消息了")
        forwarded = owner.forwards(note)
        self._keep("forward", owner, forwarded, await here.shown(owner, "「内参」的订阅状态"))
        said = self.ming.says("/subscribe @ai_morning")
        self._keep("not-yours", self.ming, said, await here.shown(self.ming, "你不是 @ai_morning 的管理员"))
        return channel

    async def a_group(self) -> Chat:
        """In a group only an administrator subscribes."""
        group = self.owner.creates_supergroup("读书会", self.ming, self.lin)
        self.owner.adds_bot(group)
        welcome = await self.here.shown(group, "大家好，这里是速递")
        refused = await self.here.presses(self.ming, welcome, "订阅")
        self._keep("group-refused", self.ming, welcome, pressed="订阅", popup=refused.text)
        choices = await self._answered(self.owner, welcome, "订阅", "订阅好了", group)
        self._keep("group-subscribed", self.owner, choices)
        self.admin.joins(group)
        said = self.admin.says(f"/admin@{BOT}", group)
        self._keep("admin-in-private", self.admin, said, await self.here.shown(group, "请到私聊里使用 /admin"))
        return group

    async def a_topic(self) -> None:
        """A topic of a forum is subscribed on its own."""
        forum = self.owner.creates_forum("AI 爱好者", self.ming)
        topic = self.owner.opens_topic(forum, "每日新闻")
        self.owner.adds_bot(forum)
        said = self.owner.says(f"/subscribe@{BOT} 日报", forum, thread=topic)
        choices = await self.here.shown(forum, "订阅好了")
        assert choices.thread == topic.id
        self._keep("topic", self.owner, said, choices, topic="每日新闻")

    async def a_first_digest(self, sudi: Sudi, channel: Chat, group: Chat) -> None:
        """A post is saved, and arrives: whole in the channel, as headlines where only those are wanted."""
        sudi.save("2026-11-21.md", of_today(EXAMPLES / "posts/2026-11-21.md"))
        self._keep("first-digest", self.lin, await self.here.shown(channel, DAILY), cut=620)
        headlines = await self.here.shown(self.lin, DAILY)
        self._keep("headlines", self.lin, headlines, pressed="2")
        self._keep("story", self.lin, await self._answered(self.lin, headlines, "2", "录音不上传"))
        await self.here.shown(group, DAILY)

    async def questions(self, sudi: Sudi) -> None:
        """What readers ask, and how long answers are turned."""
        lin = self.lin
        said = lin.says("/status")
        self._keep("status", lin, said, await self.here.shown(lin, "订阅状态"))
        said = lin.says("日报")
        self._keep("hint", lin, said, await self.here.shown(lin, "我只认得命令"))
        said = lin.says("/latest 日报")
        self._keep("latest", lin, said, await self._newest(said), cut=420)
        sudi.save("2026-11-21-16.md", of_today(EXAMPLES / "later/2026-11-21-16.md"))
        await self.here.shown(lin, "键盘上的翻译")
        said = lin.says("/today")
        answer = await self._newest(said)
        self._keep("pages", lin, said, answer, pressed="▶")
        await self.here.presses(lin, answer, "▶")
        await self.here.until(lambda: "2/2" in answer.buttons, "the second page")
        said = lin.says("/tody")
        self._keep("unknown", lin, said, await self.here.shown(lin, "是不是想用"))

    async def editors(self, channel: Chat) -> None:
        """A breaking item is shown, confirmed, held and let go."""
        admin, here = self.admin, self.here
        said = admin.says(f"/push {BREAKING}")
        preview = await here.shown(admin, "以上是预览")
        self._keep("push", admin, said, preview, pressed="确认发送")
        await here.presses(admin, preview, "确认发送")
        await here.until(lambda: "已确认" in preview.text, "the confirmation")
        self._keep("push-confirmed", admin, preview)
        self._keep("push-arrived", admin, await here.shown(channel, "开源语音模型今天发布"))
        said = admin.says("/push 这一条写错了")
        dropped = await here.shown(admin, "这一条写错了")
        await here.presses(admin, dropped, "取消")
        await self._until_says(dropped, "已取消")
        self._keep("push-cancelled", admin, said, dropped)
        said = admin.says("/hold telegram")
        held = await here.shown(admin, "已暂缓：发往")
        self._keep("hold", admin, said, held, pressed="放行")
        self._keep("release", admin, await self._answered(admin, held, "放行", "已放行"))
        said = admin.says("/status")
        self._keep("status-admin", admin, said, await here.shown(admin, "全站情况"))
        await self.another_admin()

    async def another_admin(self) -> None:
        """A link makes somebody an admin."""
        self.admin.says("/admin")
        link = await self.here.shown(self.admin, "会成为管理员")
        payload = re.search(r"start=(\S+)", link.text)
        assert payload
        self.ming.starts(payload[1])
        self._keep("admin-made", self.ming, await self.here.shown(self.ming, "你现在是管理员了"))
        said = self.admin.says("/admin")
        await self.here.shown(self.admin, "会成为管理员", times=2)
        self._keep("admin", self.admin, said, await self._newest(said))

    async def goodbye(self) -> None:
        """Somebody leaves, comes back, and wants everything erased."""
        lin = self.lin
        said = lin.says("/stop")
        self._keep("stop", lin, said, await self.here.shown(lin, "已退订"))
        said = lin.says("/forget")
        sure = await self.here.shown(lin, "要清除这个对话的全部记录吗")
        self._keep("forget", lin, said, sure, pressed="确认清除")
        await self.here.presses(lin, sure, "确认清除")
        await self._until_says(sure, "已全部清除")

    # --- How it is done

    def _keep(self, name: str, person: Person, *entries: Entry, **more: object) -> None:
        self.album.keep(name, person, Scene(entries=entries, **more))  # type: ignore[arg-type]

    async def _answered(
        self, person: Person, entry: Entry, label: str, words: str, chat: Chat | Person | None = None
    ) -> Entry:
        """The message that a press is answered with."""
        await self.here.presses(person, entry, label)
        return await self.here.shown(chat or person, words)

    async def _newest(self, said: Entry) -> Entry:
        """The bot's first message behind what somebody said."""

        def look() -> Entry | None:
            return next((entry for entry in self.here.simulator.sent(said.chat) if entry.id > said.id), None)

        return await self.here.until(look, f"an answer to {said.text}")

    async def _until(self, entry: Entry, label: str) -> None:
        await self.here.until(lambda: label in entry.buttons, label)

    async def _until_says(self, entry: Entry, words: str) -> None:
        await self.here.until(lambda: words in entry.text, words)
