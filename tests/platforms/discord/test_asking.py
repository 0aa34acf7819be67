"""Who may ask the simulated Discord, how fast, and what every answer has: buckets, refusals, the ban of an address."""

from __future__ import annotations

from typing import Any

import pytest

from tests.platforms.discord.answers import Answer
from tests.platforms.discord.limits import STRICT, VIA, Limits, Rate
from tests.platforms.discord.quiet import QuietDiscord, code_of
from tests.platforms.discord.transcript import Request
from tests.platforms.discord.world import token_for
from tests.witnesses.discord_api import discord_api

ME = "/users/@me"
LOOSE = Rate(most=10**6, seconds=1.0)


@pytest.fixture
def strict() -> QuietDiscord:
    """With Discord's own limits."""
    return QuietDiscord(limits=STRICT)


def test_what_a_bot_reads_of_itself(quiet: QuietDiscord) -> None:
    """A bot reads who it is, its application, its servers, its channels and the members it knows by id."""
    assert quiet.ask("GET", ME).body["id"] == str(quiet.bot.id)
    application = quiet.ask("GET", "/applications/@me").body
    assert (application["id"], application["bot"]["id"]) == (str(quiet.bot.application), str(quiet.bot.id))
    [server] = quiet.ask("GET", "/users/@me/guilds", with_counts=True).body
    assert (server["id"], server["approximate_member_count"]) == (str(quiet.server.id), 3)
    roles = quiet.ask("GET", f"/guilds/{quiet.server.id}").body["roles"]
    assert [role["name"] for role in roles] == ["@everyone", "Sudi"]
    assert quiet.ask("GET", f"/guilds/{quiet.server.id}/roles").body == roles
    assert len(quiet.ask("GET", f"/guilds/{quiet.server.id}/channels").body) == 1
    assert quiet.ask("GET", f"/guilds/{quiet.server.id}/members/101").body["user"]["id"] == "101"
    assert code_of(quiet.ask("GET", f"/guilds/{quiet.server.id}/members/5")) == 10013
    assert quiet.ask("GET", "/gateway/bot").body["url"].startswith("ws://")


def test_servers_come_in_pages(quiet: QuietDiscord) -> None:
    """Of many servers those after an id are listed, as many as were asked for, smallest id first."""
    for number in range(3):
        quiet.lin.adds_bot(quiet.lin.creates_server(str(number)))
    first = quiet.ask("GET", "/users/@me/guilds", limit=2).body
    rest = quiet.ask("GET", "/users/@me/guilds", limit=2, after=first[-1]["id"]).body
    assert [server["name"] for server in (*first, *rest)] == ["读书会", "0", "1", "2"]


@pytest.mark.parametrize("token", [None, token_for(5), "nonsense"])
def test_a_dead_token(quiet: QuietDiscord, token: str | None) -> None:
    """Without a token that is known the answer is 401."""
    answer = quiet.ask("GET", ME, token=token)
    assert (answer.status, answer.body) == (401, {"message": "401: Unauthorized", "code": 0})
    quiet.revoke()
    assert quiet.ask("GET", ME).status == 401
    quiet.retoken(quiet.token)
    assert quiet.ask("GET", ME).status == 200


def test_what_nobody_may_ask(quiet: QuietDiscord) -> None:
    """Unknown routes, and a User-Agent that is none of a bot, are written down."""
    assert quiet.ask("GET", "/users/@me/secrets").status == 404
    quiet.core.call(Request(method="GET", path=ME, headers={"authorization": f"Bot {quiet.token}"}))
    assert [violation.rpartition(" ")[0] for violation in quiet.violations] == [
        "GET with 3 parts is no route that is simulated:",
        "GET: the User-Agent does not begin with «DiscordBot",
    ]
    quiet.forgiven += quiet.violations


@pytest.mark.skipif(discord_api() is None, reason="the specification is not beside this repository")
def test_what_the_specification_does_not_know(quiet: QuietDiscord) -> None:
    """Fields and queries that the specification does not know are written down."""
    quiet.send(quiet.general, colour=3)
    quiet.ask("GET", f"/channels/{quiet.general.id}/messages", limits=3)
    assert [violation.rpartition(" ")[0] for violation in quiet.violations] == [
        "POST /channels/{channel_id}/messages.colour is",
        "/channels/{channel_id}/messages?limits is",
    ]
    quiet.forgiven += quiet.violations


def test_unreadable_bodies(quiet: QuietDiscord) -> None:
    """A body that is no JSON is refused as such."""
    headers = {"authorization": f"Bot {quiet.token}", "user-agent": "DiscordBot (https://sudi.example, 1)"}
    path = f"/channels/{quiet.general.id}/messages"
    asked = Request(method="POST", path=path, headers=headers, problem="the body is no JSON")
    assert code_of(quiet.core.call(asked)) == 50109


def left(answer: Answer) -> tuple[int, int, float]:
    """The limit, what remains and when it is whole again."""
    told = answer.headers
    return (
        int(told["X-RateLimit-Limit"]),
        int(told["X-RateLimit-Remaining"]),
        float(told["X-RateLimit-Reset-After"]),
    )


def test_a_channel_has_its_own_bucket(strict: QuietDiscord) -> None:
    """Five messages in five seconds for each channel, told in every answer's headers; the sixth is refused."""
    other = strict.core.add_channel(strict.server, strict.general.kind, "那里")
    found = []
    for _ in range(5):
        found.append(left(strict.send(strict.general)))
        strict.moment += 0.5
    assert found == [(5, 4, 5.0), (5, 3, 4.5), (5, 2, 4.0), (5, 1, 3.5), (5, 0, 3.0)]
    refused = strict.send(strict.general)
    assert (refused.status, refused.headers["X-RateLimit-Scope"], refused.headers["Via"]) == (429, "user", VIA)
    assert refused.body == {
        "message": "You are being rate limited.",
        "retry_after": 2.5,
        "global": False,
        "code": 0,
    }
    assert refused.headers["Retry-After"] == "3"
    assert left(strict.send(other)) == (5, 4, 5.0)
    strict.moment += 1.0
    strict.send(strict.general)
    assert [call.hasty for call in strict.floods] == [None, 1.0]
    strict.moment += 1.5
    assert strict.send(strict.general).status == 200
    assert len(strict.hasty()) == 1


def test_fifty_in_a_second(strict: QuietDiscord) -> None:
    """A bot asks fifty times in a second at most, whatever it asks; who goes on is told to wait again."""
    channels = [strict.core.add_channel(strict.server, strict.general.kind, str(number)) for number in range(11)]
    answers = [strict.send(channel).status for channel in channels for _ in range(5)]
    assert answers == [200] * 50 + [429] * 5
    refused = strict.floods[0]
    assert (refused.scope, refused.answer["global"]) == ("global", True)
    strict.moment += 1.0
    assert strict.send(channels[10]).status == 200


def test_the_ban_of_an_address() -> None:
    """After too many refusals in ten minutes nothing is answered but HTML without `Via`, for an hour."""
    limits = Limits(refused=20, others=LOOSE, reads=LOOSE, writes=LOOSE)
    quiet = QuietDiscord(limits=limits)
    quiet.lacks(quiet.general, "SEND_MESSAGES")
    for _ in range(19):
        quiet.moment += 1
        assert code_of(quiet.send(quiet.general)) == 50013
    quiet.moment += 600
    assert quiet.ask("GET", ME, token=None).status == 401
    quiet.moment += 1
    assert [code_of(quiet.send(quiet.general)) for _ in range(20)] == [50013] * 19 + [429]
    banned = quiet.ask("GET", ME)
    assert (banned.status, "Via" in banned.headers, banned.text[:9]) == (429, False, "<!doctype")
    quiet.moment += 3_601
    assert quiet.ask("GET", ME).status == 200


def test_what_others_share_bans_nobody() -> None:
    """Who must wait because of a window that is shared with others is not refused in the sense of the ban."""
    quiet = QuietDiscord(limits=Limits(refused=3, crossposts=Rate(most=1, seconds=60.0)))
    news = quiet.lin.creates_announcements(quiet.server, "公告")
    path = f"/channels/{news.id}/messages/{quiet.send(news).body['id']}/crosspost"
    assert [code_of(quiet.ask("POST", path)) for _ in range(9)] == [0] + [429] * 8
    assert quiet.ask("POST", path).headers["X-RateLimit-Scope"] == "shared"
    assert quiet.ask("GET", ME).status == 200


def command(name: str, **more: Any) -> dict[str, Any]:
    """A command."""
    return {"name": name, "description": "说明", **more}


def told(name: str) -> dict[str, Any]:
    """What something is called in Chinese."""
    return {"name_localizations": {"zh-CN": name}}


LONG = [{"name": f"{number}{'字' * 90}", "value": f"{number}{'字' * 90}"} for number in range(25)]
"""Choices that are right each, and too much in all where there are twice as many."""


def registers(quiet: QuietDiscord, *commands: dict[str, Any]) -> Answer:
    """Overwrite the commands."""
    return quiet.ask("PUT", f"/applications/{quiet.bot.application}/commands", list(commands))


def test_registering(quiet: QuietDiscord) -> None:
    """What is registered comes back with what was left out, the same command with the same id, words on request."""
    options = [command("text", type=3, required=True), command("open", type=5, required=False)]
    today = command("today", name_localizations={"zh-CN": "今天"}, default_member_permissions="32", options=options)
    registers(quiet, today, command("push"))
    path = f"/applications/{quiet.bot.application}/commands"
    first, push = quiet.ask("GET", path, with_localizations=True).body
    assert first["name_localizations"] == {"zh-CN": "今天"}
    assert first["default_member_permissions"] == "32"
    assert [("required" in option, option["name_localizations"]) for option in first["options"]] == [
        (True, None),
        (False, None),
    ]
    assert push["integration_types"] == [0]
    assert "name_localizations" not in quiet.ask("GET", path).body[0]
    again = registers(quiet, command("push"), command("latest")).body
    assert [each["name"] for each in again] == ["push", "latest"]
    assert again[0]["id"] == push["id"]
    assert code_of(quiet.ask("GET", f"/applications/{quiet.bot.id}/commands")) == 50001


@pytest.mark.parametrize(
    "wrong",
    [
        command("Today"),
        command("to day"),
        command("x" * 33),
        command("x", description=""),
        command("x", description="字" * 101),
        command("x", name_localizations={"zh": "今天"}),
        command("x", options=[command(f"o{number}", type=3) for number in range(26)]),
        command("x", options=[command("a", type=3), command("b", type=3, required=True)]),
        command("x", options=[command("a", type=3), command("a", type=3)]),
        command("x", options=[command("a", type=3, choices=[{"name": str(n), "value": str(n)} for n in range(26)])]),
        command("x", options=[command("a", type=3, choices=[{"name": "1", "value": "1"}], autocomplete=True)]),
        command("x", options=[command("a", type=3, choices=[{"name": "1", "value": "字" * 101}])]),
        command("x", options=[command("a", type=3, choices=[{"name": "1", "value": v} for v in "ab"])]),
        command("x", options=[command("a", type=3, choices=[{"name": "1", "value": "a", **told("字" * 101)}])]),
        command("x", options=[command("a", type=3, **told("名")), command("b", type=3, **told("名"))]),
        command("x", options=[command(name, type=3, choices=LONG) for name in "ab"]),
    ],
)
def test_wrong_commands(quiet: QuietDiscord, wrong: dict[str, Any]) -> None:
    """Names, descriptions, options and choices keep to their limits, or nothing is registered."""
    assert code_of(registers(quiet, wrong)) == 50035
    assert not quiet.bot.commands
    assert code_of(registers(quiet, command("a"), command("a"))) == 50035
    assert code_of(registers(quiet, command("a", **told("名")), command("b", **told("名")))) == 50035
    quiet.forgiven += quiet.violations


def test_creations_are_counted(quiet: QuietDiscord) -> None:
    """Two hundred commands are created in a day at most; changing one creates none."""
    for batch in range(4):
        assert registers(quiet, *(command(f"c{batch}-{number}") for number in range(50))).status == 200
    same = [command(f"c3-{number}", description="别的") for number in range(50)]
    assert registers(quiet, *same).status == 200
    assert code_of(registers(quiet, *same, command("more"))) == 30034
    quiet.moment += 86_401
    assert registers(quiet, *same, command("more")).status == 200
