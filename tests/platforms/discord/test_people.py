"""The people of the simulated Discord: what their client lets them do, what the bot hears of it, and what they see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from tests.platforms.discord.asked import Callback
from tests.platforms.discord.events import problem_in
from tests.platforms.discord.permissions import Permission
from tests.platforms.discord.person import Person
from tests.platforms.discord.servers import EPHEMERAL, LOADING, Channel, ChannelKind, Guild, Json, User
from tests.platforms.discord.slash import NotAllowed
from tests.platforms.discord.world import Event, World, token_for

COMMANDS: Final[list[Json]] = [
    {
        "id": "11",
        "name": "subscribe",
        "name_localizations": {"zh-CN": "订阅"},
        "default_member_permissions": str(int(Permission.MANAGE_GUILD)),
        "contexts": [0, 1],
        "options": [
            {"type": 7, "name": "channel", "name_localizations": {"zh-CN": "频道"}, "channel_types": [0, 5, 15]},
            {"type": 3, "name": "series", "autocomplete": True},
            {"type": 3, "name": "layout", "choices": [{"name": "标题", "value": "headlines"}]},
            {"type": 8, "name": "role"},
        ],
    },
    {"id": "12", "name": "today", "contexts": [0, 1], "options": [{"type": 5, "name": "public"}]},
    {"id": "13", "name": "admin", "contexts": [1], "options": [{"type": 3, "name": "code", "required": True}]},
    {
        "id": "14",
        "name": "count",
        "default_member_permissions": "0",
        "options": [{"type": 4, "name": "number", "min_value": 1, "max_value": 5}, {"type": 6, "name": "whom"}],
    },
]


@dataclass(slots=True, kw_only=True)
class Town:
    """A server of 小林's with 小周 in it and the bot, and a clock in the test's hand."""

    moment: float = 0.0
    world: World = field(init=False)
    lin: Person = field(init=False)
    zhou: Person = field(init=False)
    server: Guild = field(init=False)
    heard: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Build it."""
        self.world = World(now=lambda: self.moment)
        bot = self.world.add_bot(token_for(1_170_000_000_000_000_001), name="Sudi")
        bot.commands = COMMANDS
        self.lin, self.zhou = (
            Person(self.world, self.world.add_user(number, name), bot)
            for number, name in ((101, "小林"), (102, "小周"))
        )
        self.server = self.lin.creates_server("读书会", self.zhou)
        self.lin.adds_bot(self.server)
        self.world.listeners.append(self.heard.append)

    @property
    def general(self) -> Channel:
        """The channel that was there first."""
        return next(iter(self.server.channels.values()))

    @property
    def told(self) -> Json:
        """What the bot heard last."""
        return self.heard[-1].data


@pytest.fixture
def town() -> Iterator[Town]:
    """Two people, a server, a bot; at the end everything that the bot heard is as it is documented."""
    town = Town()
    yield town
    assert [problem for event in town.heard if (problem := problem_in(event.kind, event.data))] == []


def test_the_bot_hears_who_asks_what_and_where(town: Town) -> None:
    """An interaction tells the command, its place, the asker with their permissions there, and the bot's own."""
    town.lin.commands("/today", town.general, public=True)
    told = town.told
    assert (town.heard[-1].kind, told["type"], told["context"]) == ("INTERACTION_CREATE", 2, 0)
    assert told["data"]["options"] == [{"name": "public", "type": 5, "value": True}]
    assert int(told["member"]["permissions"]) & Permission.MANAGE_GUILD
    assert int(told["app_permissions"]) & Permission.SEND_MESSAGES
    assert not int(told["app_permissions"]) & Permission.MANAGE_GUILD
    assert (told["locale"], told["guild_locale"], told["guild_id"]) == ("zh-CN", "zh-CN", str(town.server.id))
    assert told["authorizing_integration_owners"] == {"0": str(town.server.id)}
    assert "user" not in told


def test_a_direct_message_has_no_member(town: Town) -> None:
    """In direct messages the asker is a user, the context the bot's own."""
    town.zhou.commands("/admin", code="admin_x")
    assert (town.told["user"]["id"], town.told["context"]) == ("102", 1)
    assert not {"member", "guild_id"} & town.told.keys()


def test_options_are_named_in_ones_own_language(town: Town) -> None:
    """The client translates names of commands, options and choices to the bot's own, and tells what they refer to."""
    news = town.lin.creates_announcements(town.server, "news")
    readers = town.lin.creates_role(town.server, "读者")
    town.lin.commands("/订阅", town.general, 频道=news, layout="标题", role=readers)
    data = town.told["data"]
    assert [(option["name"], option["value"]) for option in data["options"]] == [
        ("channel", str(news.id)),
        ("layout", "headlines"),
        ("role", str(readers.id)),
    ]
    assert data["resolved"]["channels"][str(news.id)]["type"] == ChannelKind.ANNOUNCEMENT
    assert int(data["resolved"]["channels"][str(news.id)]["permissions"]) & Permission.VIEW_CHANNEL
    assert data["resolved"]["roles"][str(readers.id)]["name"] == "读者"


def test_users_are_resolved_with_their_membership(town: Town) -> None:
    """A user option names the user, and the member without what a voice channel knows."""
    town.lin.commands("/count", town.general, number=3, whom=town.zhou.user)
    resolved = town.told["data"]["resolved"]
    assert resolved["users"]["102"]["global_name"] == "小周"
    assert {"permissions", "roles"} <= resolved["members"]["102"].keys()
    assert not {"user", "deaf", "mute"} & resolved["members"]["102"].keys()


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("/subscribe", {"nothing": 1}),
        ("/subscribe", {"channel": "news"}),
        ("/subscribe", {"layout": "sideways"}),
        ("/subscribe", {"role": User(id=1, name="x")}),
        ("/count", {"number": 6}),
        ("/count", {"number": "3"}),
        ("/count", {"number": True}),
        ("/today", {"public": "yes"}),
        ("/admin", {"code": "admin_x"}),
        ("/nothing", {}),
    ],
)
def test_the_client_sends_nothing_that_does_not_fit(town: Town, name: str, options: dict[str, Any]) -> None:
    """What an option does not take, and commands that are not offered there, never reach the bot."""
    with pytest.raises(NotAllowed):
        town.lin.commands(name, town.general, **options)
    assert not town.heard


def test_a_required_option_must_be_filled_in(town: Town) -> None:
    """A command whose required option is empty is not sent."""
    with pytest.raises(NotAllowed):
        town.lin.commands("/admin")


def test_only_channels_that_fit_and_are_seen_can_be_chosen(town: Town) -> None:
    """A channel option takes only its kinds, of this server, and only what its person sees."""
    voice = town.lin.creates_channel(town.server, "voice", ChannelKind.VOICE)
    elsewhere = town.lin.creates_server("别处")
    hidden = town.lin.creates_channel(town.server, "hidden")
    town.lin.denies(hidden, "VIEW_CHANNEL", whom=town.server.everyone)
    town.lin.lets(town.server, "/subscribe", town.zhou.user)
    for person, channel in ((town.lin, voice), (town.lin, elsewhere.channels[elsewhere.system_channel])):
        with pytest.raises(NotAllowed):
            person.commands("/subscribe", town.general, channel=channel)
    with pytest.raises(NotAllowed):
        town.zhou.commands("/subscribe", town.general, channel=hidden)
    town.lin.commands("/subscribe", town.general, channel=hidden)
    assert town.told["data"]["options"][0]["value"] == str(hidden.id)


def test_commands_are_offered_to_whom_they_are_for(town: Town) -> None:
    """A command asks for permissions by itself; «0» is for administrators; contexts say where."""
    assert town.lin.offered(town.general) == ["subscribe", "today", "count"]
    assert town.zhou.offered(town.general) == ["today"]
    assert town.zhou.offered() == ["subscribe", "today", "admin", "count"]
    moderators = town.lin.creates_role(town.server, "编辑", "MANAGE_GUILD")
    town.lin.gives(town.server, moderators, town.zhou)
    assert town.zhou.offered(town.general) == ["subscribe", "today"]


def test_a_server_decides_who_uses_a_command(town: Town) -> None:
    """A server's own settings go before what a command asks for: for a person, then their roles, then everybody."""
    readers = town.lin.creates_role(town.server, "读者")
    town.lin.lets(town.server, "/subscribe", readers)
    assert "subscribe" not in town.zhou.offered(town.general)
    town.lin.gives(town.server, readers, town.zhou)
    assert "subscribe" in town.zhou.offered(town.general)
    town.lin.lets(town.server, "/today", town.zhou.user, permission=False)
    assert "today" not in town.zhou.offered(town.general)
    assert town.heard[-1].kind == "APPLICATION_COMMAND_PERMISSIONS_UPDATE"
    town.lin.lets(town.server, "/today")
    town.lin.lets(town.server, "/today", town.general, permission=False)
    assert "today" not in town.zhou.offered(town.general)
    assert "today" in town.zhou.offered(town.lin.creates_channel(town.server, "other"))


def test_commands_can_be_forbidden_in_a_channel(town: Town) -> None:
    """Without the permission to use applications' commands none is offered, except to administrators."""
    town.lin.denies(town.general, "USE_APPLICATION_COMMANDS", whom=town.server.everyone)
    assert town.zhou.offered(town.general) == []
    assert town.lin.offered(town.general)


def test_there_are_places_where_nobody_types(town: Town) -> None:
    """No command is used in a forum itself, in a locked thread, or with a bot with which one shares no server."""
    forum = town.lin.creates_forum(town.server, "forum")
    post = town.zhou.opens_thread(forum, "书单", "有什么好书?")
    town.zhou.commands("/today", post)
    assert town.told["channel_id"] == str(post.id)
    town.lin.locks(post)
    stranger = Person(town.world, town.world.add_user(103, "小吴"), town.lin.bot)
    for person, where in ((town.lin, forum), (town.zhou, post), (stranger, None)):
        with pytest.raises(NotAllowed):
            person.commands("/today", where)


def test_typing_asks_for_choices(town: Town) -> None:
    """While one types into an option that completes itself, the bot hears what stands there, marked as focused."""
    use = town.lin.types("/subscribe", town.general, layout="headlines", series="日")
    assert town.told["type"] == 4
    assert town.told["data"]["options"] == [
        {"name": "layout", "type": 3, "value": "headlines"},
        {"name": "series", "type": 3, "value": "日", "focused": True},
    ]
    assert use.choices is None
    with pytest.raises(NotAllowed):
        town.lin.types("/subscribe", town.general, layout="head")


def _posted(town: Town, where: Channel | None = None, *, seen_by: int = 0) -> Any:
    rows: list[Json] = [
        {
            "type": 1,
            "id": 1,
            "components": [
                {"type": 2, "style": 1, "label": "▶", "custom_id": "p:2", "id": 2},
                {"type": 2, "style": 2, "label": "旧", "custom_id": "old", "disabled": True, "id": 3},
                {"type": 2, "style": 5, "label": "原文", "url": "https://example.org", "id": 4},
            ],
        },
        {
            "type": 1,
            "id": 5,
            "components": [
                {
                    "type": 3,
                    "custom_id": "menu",
                    "id": 6,
                    "placeholder": "版式",
                    "min_values": 1,
                    "max_values": 1,
                    "disabled": False,
                    "options": [{"label": "全文", "value": "full"}, {"label": "标题", "value": "headlines"}],
                }
            ],
        },
    ]
    author = town.lin.bot.user
    flags = EPHEMERAL if seen_by else 0
    return town.world.post(where or town.general, author, content="x", components=rows, seen_by=seen_by, flags=flags)


def test_buttons_and_menus_tell_what_was_chosen(town: Town) -> None:
    """A press tells the button's data, a choice the values; both tell the message."""
    message = _posted(town)
    town.zhou.presses(message, "▶")
    assert town.told["data"] == {"custom_id": "p:2", "component_type": 2, "id": 2}
    assert (town.told["type"], town.told["message"]["id"]) == (3, str(message.id))
    town.zhou.selects(message, "版式", "标题")
    assert town.told["data"] == {"custom_id": "menu", "component_type": 3, "id": 6, "values": ["headlines"]}


def test_what_asks_nothing_cannot_be_pressed(town: Town) -> None:
    """Disabled buttons, links, and too many or no choices of a menu do not reach the bot."""
    message = _posted(town)
    acts: list[Callable[[], object]] = [
        lambda: town.lin.presses(message, "旧"),
        lambda: town.lin.presses(message, "原文"),
        lambda: town.lin.selects(message, "版式"),
        lambda: town.lin.selects(message, "版式", "全文", "标题"),
    ]
    for act in acts:
        with pytest.raises(NotAllowed):
            act()
    assert not town.heard


def test_a_press_opens_a_thread_that_sleeps(town: Town) -> None:
    """A client opens an archived thread before it sends a press, if it may; in a locked one it sends none."""
    forum = town.lin.creates_forum(town.server, "forum")
    post = town.lin.opens_thread(forum, "书单", "有什么好书?")
    message = _posted(town, post)
    town.lin.archives(post)
    town.zhou.selects(message, "版式", "标题")
    assert town.told["data"]["values"] == ["headlines"]
    assert not post.is_archived
    town.lin.archives(post)
    town.lin.denies(forum, "SEND_MESSAGES_IN_THREADS", whom=town.server.everyone)
    town.heard.clear()
    with pytest.raises(NotAllowed):
        town.zhou.presses(message, "▶")
    town.lin.locks(post)
    with pytest.raises(NotAllowed):
        town.lin.presses(message, "▶")
    assert not any(one.kind == "INTERACTION_CREATE" for one in town.heard)


def test_an_ephemeral_message_is_its_askers_alone(town: Town) -> None:
    """Nobody else sees an ephemeral message, or presses its buttons."""
    message = _posted(town, seen_by=town.lin.user.id)
    assert message in town.lin.sees(town.general)
    assert message not in town.zhou.sees(town.general)
    with pytest.raises(NotAllowed):
        town.zhou.presses(message, "▶")
    town.lin.presses(message, "▶")
    assert town.told["message"]["flags"] == EPHEMERAL


def test_one_sees_only_channels_that_one_may_see(town: Town) -> None:
    """A channel that one may not view shows nothing."""
    town.lin.says("早", town.general)
    assert [message.content for message in town.zhou.sees(town.general)] == ["早"]
    town.lin.denies(town.general, "VIEW_CHANNEL", whom=town.server.everyone)
    assert town.zhou.sees(town.general) == []


def test_three_seconds_without_an_answer_are_told(town: Town) -> None:
    """After 3 seconds without any answer the application did not respond."""
    use = town.lin.commands("/today", town.general)
    town.moment += 2.9
    assert (use.did_not_respond, use.is_answered, use.waited) == (False, False, None)
    town.moment += 0.1
    assert use.did_not_respond
    assert use.is_over


def test_thinking_lasts_fifteen_minutes(town: Town) -> None:
    """A bot that only thinks has not responded after 15 minutes."""
    use = town.lin.commands("/today", town.general)
    thinking = town.world.post(town.general, town.lin.bot.user, flags=LOADING | EPHEMERAL, seen_by=town.lin.user.id)
    use.interaction.callback, use.interaction.answered_at = Callback.DEFERRED_MESSAGE, 0.5
    use.interaction.original = thinking
    assert (use.is_thinking, use.is_deferred, use.is_ephemeral, use.answer, use.waited) == (True, True, True, None, 0.5)
    town.moment += 900.0
    assert (use.is_thinking, use.did_not_respond, use.is_over) == (False, True, True)


def test_an_interaction_can_come_twice(town: Town) -> None:
    """On request the bot hears of the same interaction again, with the same id and token."""
    use = town.lin.commands("/today", town.general)
    town.lin.replays(use)
    assert [event.data["id"] for event in town.heard] == [str(use.interaction.id)] * 2


def test_leading_needs_the_permission(town: Town) -> None:
    """Who does not lead a server changes nothing in it."""
    with pytest.raises(AssertionError):
        town.zhou.creates_channel(town.server, "news")
    with pytest.raises(AssertionError):
        town.zhou.removes_bot(town.server)


def test_the_bot_hears_how_its_server_is_led(town: Town) -> None:
    """Every change of channels, threads, roles and of the bot's own place is told by its own event."""
    lin, server = town.lin, town.server
    forum = lin.creates_forum(server, "forum", ["时政"], needs_tag=True)
    lin.sets_tags(forum, "时政", "科技", moderated=["科技"])
    post = lin.opens_thread(forum, "书单", tags=["时政"])
    lin.archives(post)
    lin.locks(post)
    lin.deletes(post)
    role = lin.creates_role(server, "编辑")
    lin.changes_role(server, role, "MANAGE_GUILD")
    lin.gives(server, role, lin.bot)
    lin.deletes(role, server)
    lin.denies(town.general, "SEND_MESSAGES")
    lin.sets_system_channel(server, None)
    lin.deletes(town.general)
    lin.removes_bot(server)
    assert [event.kind for event in town.heard] == [
        "CHANNEL_CREATE",
        "CHANNEL_UPDATE",
        "THREAD_CREATE",
        "THREAD_UPDATE",
        "THREAD_UPDATE",
        "THREAD_DELETE",
        "GUILD_ROLE_CREATE",
        "GUILD_ROLE_UPDATE",
        "GUILD_MEMBER_UPDATE",
        "GUILD_ROLE_DELETE",
        "CHANNEL_UPDATE",
        "GUILD_UPDATE",
        "CHANNEL_DELETE",
        "GUILD_DELETE",
    ]
    assert "unavailable" not in town.told


def test_what_comes_into_sight_is_told_with_its_threads(town: Town) -> None:
    """The bot hears nothing of threads that it may not see, and of all that are open once it sees their channel."""
    town.lin.denies(town.general, "VIEW_CHANNEL")
    thread = town.lin.opens_thread(town.general, "话题", "早")
    assert [event.kind for event in town.heard] == ["CHANNEL_UPDATE"]
    town.lin.allows(town.general, "VIEW_CHANNEL")
    assert town.heard[-1].kind == "THREAD_LIST_SYNC"
    assert [told["id"] for told in town.told["threads"]] == [str(thread.id)]


def test_who_left_is_offered_nothing(town: Town) -> None:
    """A member who leaves sees no channel of the server any more, until they join again."""
    town.zhou.leaves(town.server)
    assert (town.zhou.sees(town.general), town.zhou.offered(town.general)) == ([], [])
    town.zhou.joins(town.server)
    assert town.zhou.offered(town.general) == ["today"]


def test_what_is_denied_and_allowed_adds_up(town: Town) -> None:
    """What is denied the bot in a channel holds until it is allowed or cleared."""
    where = town.lin.creates_channel(town.server, "news")
    town.lin.denies(where, "SEND_MESSAGES", "EMBED_LINKS")
    town.lin.allows(where, "SEND_MESSAGES")
    overwrite = where.overwrites[town.lin.bot.id]
    assert (overwrite.is_role, overwrite.allow, overwrite.deny) == (
        False,
        Permission.SEND_MESSAGES,
        Permission.EMBED_LINKS,
    )
    town.lin.clears(where)
    assert not where.overwrites


def test_a_private_thread_is_told_to_whom_it_takes_in(town: Town) -> None:
    """The bot hears of a private thread only once it is in it."""
    thread = town.zhou.opens_thread(town.general, "私下", "悄悄话", private=True)
    assert not town.heard
    town.lin.denies(town.general, "VIEW_CHANNEL")
    town.lin.allows(town.general, "VIEW_CHANNEL")
    assert (town.heard[-1].kind, town.told["threads"]) == ("THREAD_LIST_SYNC", [])
    town.heard.clear()
    town.zhou.adds_to_thread(thread, town.zhou.bot.user)
    assert [event.kind for event in town.heard] == ["THREAD_CREATE"]
