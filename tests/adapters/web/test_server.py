"""The server, by real requests on loopback."""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import replace

import aiohttp
import pytest

from adapters.discord.dialect import DiscordDialect
from adapters.platform import Button, Reply
from adapters.telegram.dialect import TelegramDialect
from adapters.web.desk import AlertView, SourceView
from adapters.web.dialect import WebDialect
from adapters.web.listener import REMEMBERED
from adapters.web.server import BODY_LIMIT, CannotListen, PortTaken, entrance
from digest.choices import Layout
from digest.compose import Document, Passage
from digest.richtext import Paragraph, Text
from tests.adapters.web.desks import NOW, MemoryDesk, with_buttons
from tests.adapters.web.showcase import furnished
from tests.adapters.web.sites import KEY, Site, server_for
from tests.documents import WORDS

EVERY_PAGE = ("/", "/posts", "/posts/1", "/posts/3?layout=brief", "/posts/5", "/deliveries", "/deliveries/904")


# --- Coming in ---------------------------------------------------------------------------------------------------


async def test_the_key_in_the_address_is_replaced_by_a_cookie(site: Site) -> None:
    """A visit with the right key sets a strict cookie and leads to the same path without the key."""
    url = f"{site.address}/posts?key={KEY}&layout=brief"
    async with site.stranger.get(url, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/posts?layout=brief")
        cookie = answer.headers["Set-Cookie"]
    assert KEY not in cookie
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    async with site.stranger.get(f"{site.address}/posts") as answer:
        assert answer.status == 200


async def test_a_visit_that_another_site_led_here_goes_on_from_our_own_page(site: Site) -> None:
    """A strict cookie is not sent along a redirect that began elsewhere, so a page of ours leads on."""
    headers = {"Sec-Fetch-Site": "cross-site"}
    async with site.stranger.get(f"{site.address}/?key={KEY}", headers=headers, allow_redirects=False) as answer:
        text = await answer.text()
        assert answer.status == 200
    assert '<meta http-equiv="refresh" content="0; url=/#latest">' in text
    assert KEY not in text


async def test_a_stranger_is_told_where_the_key_is_found(site: Site) -> None:
    """Without the key there is a page in both languages that says where it is found, and nothing of the desk."""
    site.desk.source_rows = [SourceView(name="机密", folder="/secret", looked_at=NOW, error=None)]
    for path in (*EVERY_PAGE, "/nothing", "/events"):
        async with site.stranger.get(site.address + path) as answer:
            text = await answer.text()
            assert answer.status == 403
        assert "打开这里需要密钥" in text
        assert "You need the key to come in" in text
        assert "sudi doctor" in text
        assert "/secret" not in text
        assert "form_token" not in text


async def test_every_answer_is_dressed_for_safety(site: Site) -> None:
    """Every answer carries a strict policy, is not sniffed, tells no referrer and is kept nowhere."""
    visits = [(site.editor, path) for path in ("/", "/nothing", "/healthz")]
    for visitor, path in (*visits, (site.stranger, "/")):
        async with visitor.get(site.address + path) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'")
            assert "unsafe" not in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["Cache-Control"] == "no-store"


async def test_no_page_has_a_style_or_a_script_within(site: Site) -> None:
    """The policy needs no exception: no inline style, no inline script, no handler."""
    furnished(site.desk, WebDialect())
    for path in EVERY_PAGE:
        text = await site.page(path)
        assert not re.search(r"<style|\sstyle=|<script(?! src=)|\son\w+=", text), path


# --- Faults ------------------------------------------------------------------------------------------------------


async def test_fault_37_a_wrong_secret_is_refused_and_not_logged(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """A wrong key, cookie or bearer is refused, and nothing of it is logged."""
    caplog.set_level(logging.DEBUG)
    wrong = "wrong-secret-5d1f"
    async with site.stranger.get(f"{site.address}/?key={wrong}") as answer:
        assert answer.status == 403
        assert wrong not in await answer.text()
    headers = {"Authorization": f"Bearer {wrong}", "Cookie": f"sudi={wrong}"}
    async with site.stranger.post(f"{site.address}/api/query", json={"text": "/today"}, headers=headers) as answer:
        assert answer.status == 401
        assert wrong not in await answer.text()
    assert site.desk.queries == []
    assert wrong not in caplog.text


async def test_fault_37_a_huge_body_is_refused(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """A body over the cap is refused, whether it names its length or not, and nothing of it is logged."""
    caplog.set_level(logging.DEBUG)
    huge = b"gigantic " * (BODY_LIMIT // 8)

    async def trickle() -> object:
        for at in range(0, len(huge), 8192):
            yield huge[at : at + 8192]

    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    for path, data in (("/say", huge), ("/api/query", huge), ("/api/query", trickle())):
        try:
            async with site.editor.post(site.address + path, data=data, headers=headers) as answer:
                assert answer.status == 413
        except aiohttp.ClientConnectionError:
            pass  # refused before it was all said
    assert site.desk.queries == []
    assert "gigantic" not in caplog.text


async def test_a_full_box_of_any_characters_is_taken(site: Site) -> None:
    """What the box takes, the server takes, also where each character is nine bytes of the form."""
    page = await site.page("/")
    limit = int(page.partition('maxlength="')[2].partition('"')[0])
    text = "/push " + "字" * (limit - len("/push "))
    answer = await site.send("/say", text=text, once="a")
    assert answer.status == 303
    assert [query.text for query in site.desk.queries] == [text]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_fault_37_a_form_of_a_foreign_page_is_refused(site: Site, headers: dict[str, str]) -> None:
    """A cross-site form is refused although the browser brings the cookie and the form a right token."""
    data = {"form_token": await site.form_token(), "scope": "all"}
    async with site.editor.post(f"{site.address}/hold", data=data, headers=headers) as answer:
        assert answer.status == 403
    assert site.desk.held == set()


@pytest.mark.parametrize("fields", [{}, {"form_token": ""}, {"form_token": "0" * 64}])
async def test_fault_37_a_form_without_our_token_is_refused(site: Site, fields: dict[str, str]) -> None:
    """A form that is not one of ours changes nothing."""
    for path in ("/hold", "/release", "/settle", "/say", "/backlog", "/vanished", "/settings"):
        async with site.editor.post(site.address + path, data={**fields, "scope": "all", "text": "/today"}) as answer:
            assert answer.status == 403
    assert site.desk.held == set()
    assert site.desk.queries == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data; boundary=x", b"--x"),
        ("multipart/form-data", b"--x"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a"\r\n'),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Transfer-Encoding: ?\r\n\r\na\r\n--x--\r\n"),
        ("application/x-www-form-urlencoded; charset=none-such", b"form_token=a"),
        ("application/x-www-form-urlencoded; charset=ascii", b"form_token=\xff"),
    ],
)
async def test_fault_37_a_form_that_cannot_be_read_is_refused(
    site: Site, caplog: pytest.LogCaptureFixture, kind: str, body: bytes
) -> None:
    """A malformed form of somebody who is let in is a refusal, and no error of ours."""
    async with site.editor.post(f"{site.address}/hold", data=body, headers={"Content-Type": kind}) as answer:
        assert answer.status in {400, 403}
    assert "a page failed" not in caplog.text
    assert site.desk.held == set()


async def test_fault_37_a_foreign_host_is_refused(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """A foreign `Host` is refused with 421 before anything else, also where the key is right."""
    caplog.set_level(logging.DEBUG)
    for path in ("/", f"/?key={KEY}", "/static/page.css", "/api/query"):
        async with site.editor.get(site.address + path, headers={"Host": "rebound.example"}) as answer:
            assert answer.status == 421
            assert "Set-Cookie" not in answer.headers
    assert "rebound.example" not in caplog.text
    assert KEY not in caplog.text
    assert "收件箱" in await site.page("/", Host="sudi.example.org")


async def test_fault_40_markup_in_a_post_is_shown_as_text(site: Site) -> None:
    """Text with markup and script is shown as text, wherever a page shows it."""
    evil = '<script>alert(1)</script><img src=x onerror="alert(2)">'
    document = Document(title=evil, passages=(Passage(body=(Paragraph((Text(evil),)),)),))
    furnished(site.desk, WebDialect())
    site.desk.post_rows = [*site.desk.post_rows[:1]]
    site.desk.compose = lambda _post, _layout: document
    site.desk.answers["/evil"] = Reply(documents=(document,), words=WORDS, buttons=(Button(label=evil, says=evil),))
    site.desk.alert_rows = [AlertView(name="x", code=evil, details={}, raised_at=NOW)]
    site.desk.source_rows = [SourceView(name=evil, folder=evil, looked_at=None, error=evil, backlog=3)]
    site.desk.delivery_rows = [replace(row, chat_name=evil) for row in site.desk.delivery_rows]
    for message in WebDialect().spell(document, WORDS).messages:
        site.desk.bring(message)
    await site.send("/say", text="/evil")
    await site.send("/say", text=evil)
    for path in ("/", "/posts", "/posts/1", "/deliveries", f"/deliveries/{site.desk.delivery_rows[0].id}"):
        text = await site.page(path)
        assert "&lt;script&gt;alert(1)" in text
        assert "<script>alert" not in text
        assert "<img src=x" not in text


# --- The inbox ---------------------------------------------------------------------------------------------------


async def test_an_empty_inbox_says_what_to_do_next(site: Site) -> None:
    """Where nothing has arrived yet, the page names the watched folder."""
    assert "sudi.toml" in await site.page("/")
    site.desk.source_rows = [SourceView(name="posts", folder="/srv/posts", looked_at=NOW, error=None)]
    page = await site.page("/")
    assert "/srv/posts" in page
    assert "关注的文件夹" in page


async def test_an_empty_inbox_of_a_repository_asks_for_no_file_in_a_folder(site: Site) -> None:
    """Where only repositories are watched, the empty inbox speaks of commits, in both languages."""
    site.desk.source_rows = [
        SourceView(name="news", folder="https://git.example/news.git", looked_at=None, error=None, is_repository=True)
    ]
    page = await site.page("/")
    assert "https://git.example/news.git" in page
    assert "提交" in page
    assert "文件夹" not in page


async def test_a_command_is_answered_as_a_chat_would_be(site: Site) -> None:
    """The box asks in the inbox's name, as an admin, and shows what was said with its answer."""
    answer = await site.send("/say", text="/today", once="a")
    assert (answer.status, answer.headers["Location"]) == (303, "/#latest")
    (query,) = site.desk.queries
    assert (query.text, query.asker.address.lane, query.asker.address.chat) == ("/today", "web:local", "inbox")
    assert query.asker.is_admin
    assert query.update == "web:a"
    page = await site.page("/")
    assert page.index(">/today</div>") < page.index("回答：/today")


async def test_a_button_asks_what_it_says_under_its_label(site: Site) -> None:
    """Buttons below an answer become forms that ask `says`; the page shows the label that was pressed."""
    site.desk.answers["/push 停电"] = with_buttons("发给 3 个对话？", ("确认发送", "/confirm 7"))
    await site.send("/say", text="/push 停电", once="a")
    assert 'name="says" value="/confirm 7">确认发送</button>' in await site.page("/")
    await site.send("/say", says="/confirm 7", once="b")
    assert [query.text for query in site.desk.queries] == ["/push 停电", "/confirm 7"]
    assert '<div class="bubble mine">确认发送</div>' in await site.page("/")
    await site.send("/say", text="/confirm 7", once="c")
    assert '<div class="bubble mine">/confirm 7</div>' in await site.page("/")


async def test_a_double_click_is_one_question(site: Site) -> None:
    """The same words from the same form are asked once; the same words from a new form are asked again."""
    for once in ("a", "a", "b"):
        await site.send("/say", text="/push 停电", once=once)
    assert [query.update for query in site.desk.queries] == ["web:a", "web:b"]


async def test_a_question_that_failed_can_be_asked_again(site: Site) -> None:
    """What could not be answered is not taken for done."""
    token = await site.form_token()
    fields = {"form_token": token, "text": "/today", "once": "a"}
    site.desk.broken = True
    async with site.editor.post(f"{site.address}/say", data=fields) as answer:
        assert answer.status == 500
    site.desk.broken = False
    async with site.editor.post(f"{site.address}/say", data=fields) as answer:
        assert "回答：/today" in await answer.text()


async def test_a_long_conversation_forgets_its_beginning(site: Site) -> None:
    """The exchange is kept in memory, bounded."""
    token = await site.form_token()
    for number in range(REMEMBERED + 5):
        fields = {"form_token": token, "text": f"第{number}句。", "once": "a"}
        async with site.editor.post(f"{site.address}/say", data=fields, allow_redirects=False) as answer:
            assert answer.status == 303
    page = await site.page("/")
    assert "回答：第4句。" not in page
    assert "回答：第5句。" in page
    assert len(set(re.findall(r'id="(said-\d+)"', page))) == REMEMBERED


async def test_digests_and_answers_stand_in_the_order_of_time(site: Site) -> None:
    """The exchange is shown in time order with the digests, under the day it belongs to."""
    site.desk.bring({"html": "<p>昨天的</p>"}, NOW.replace(day=19))
    site.desk.bring({"html": "<p>刚才的</p>"}, NOW.replace(minute=29))
    await site.send("/say", text="/today")
    page = await site.page("/")
    order = [page.index(words) for words in ("11月19日", "昨天的", "今天", "刚才的", "回答：/today")]
    assert order == sorted(order)


async def test_older_messages_are_a_page_back(site: Site) -> None:
    """A page shows the latest messages, and a link leads to the earlier ones."""
    for number in range(1, 71):
        site.desk.bring({"html": f"<p>第{number}封。</p>"})
    latest = await site.page("/")
    assert "第70封。" in latest
    assert "第40封。" not in latest
    link = re.search(r'href="(/\?before=\d+)#latest"', latest)
    assert link
    older = await site.page(link[1])
    assert "第40封。" in older
    assert "第41封。" not in older


async def test_a_corrected_message_says_so(site: Site) -> None:
    """An edit shows the newest text, and that it was edited."""
    site.desk.bring({"html": "<p>改过的</p>"})
    assert "已更正" not in await site.page("/")
    site.desk.messages[0] = replace(site.desk.messages[0], edited=True)
    assert "已更正" in await site.page("/")


# --- Posts and deliveries ----------------------------------------------------------------------------------------


async def test_the_preview_shows_every_face_with_its_own_counts(site: Site) -> None:
    """A post is drawn from the spelled messages, each with its count, its losses in words and its raw JSON."""
    furnished(site.desk, WebDialect(), TelegramDialect(), DiscordDialect())
    page = await site.page("/posts/1")
    for face in ("face-telegram", "face-discord", "face-web"):
        assert f'id="{face}"' in page
    preview = await site.desk.preview(1, Layout.FULL, "zh")
    assert preview
    for shown in preview.faces:
        used = f"{shown.messages[0].counts[0].used:,}".replace(",", "\u202f")
        assert f"<strong>{used} / " in page
    assert "&#34;entities&#34;" in page or "&quot;entities&quot;" in page


async def test_unknown_posts_and_deliveries_are_not_found(site: Site) -> None:
    """What is not there is said so, whatever number is asked for."""
    for path in ("/posts/77", "/posts/x", "/posts/-1", "/posts/9" + "9" * 30, "/deliveries/0", "/deliveries/²"):
        async with site.editor.get(site.address + path) as answer:
            assert answer.status == 404
            assert "没有这一页" in await answer.text()


async def test_what_is_wrong_now_stands_on_every_page(site: Site) -> None:
    """Alerts are shown on top of every page."""
    furnished(site.desk, WebDialect())
    for path in EVERY_PAGE:
        assert 'id="alert-1"' in await site.page(path), path


@pytest.mark.parametrize("scope", ["all", "telegram", "digest:41"])
async def test_hold_and_release(site: Site, scope: str) -> None:
    """Everything, a platform or a digest is held and released by a button, which leads back where it was pressed."""
    answer = await site.send("/hold", scope=scope, back="/deliveries?state=open")
    assert (answer.status, answer.headers["Location"]) == (303, "/deliveries?state=open")
    assert site.desk.held == {scope}
    await site.send("/release", scope=scope)
    assert site.desk.held == set()


async def test_while_everything_is_held_only_everything_can_be_released(site: Site) -> None:
    """A hold on everything is released where it was made: no other button could let anything go."""
    furnished(site.desk, WebDialect())
    assert (await site.page("/deliveries")).count('name="scope"') == 5
    await site.send("/hold", scope="all")
    page = await site.page("/deliveries")
    assert page.count('name="scope"') == 1
    assert "全部放行" in page


@pytest.mark.parametrize("scope", ["", "everything", "digest:", "digest:x", "digest:1;2", "telegram:1"])
async def test_only_what_there_is_can_be_held(site: Site, scope: str) -> None:
    """A scope that does not exist is refused."""
    assert (await site.send("/hold", scope=scope)).status == 400
    assert site.desk.held == set()


async def test_an_unknown_part_is_settled_by_hand(site: Site) -> None:
    """A part whose outcome nobody knows offers both decisions, and takes one."""
    furnished(site.desk, WebDialect())
    page = await site.page("/deliveries/904")
    assert page.count('action="/settle"') == 1
    await site.send("/settle", part="72", decision="sent")
    await site.send("/settle", part="72", decision="again")
    assert site.desk.settled == [(72, False), (72, True)]
    assert (await site.send("/settle", part="x", decision="again")).status == 400


async def test_a_backlog_is_released_or_kept_by_one_click(site: Site) -> None:
    """Posts that were held as a backlog are released or kept."""
    furnished(site.desk, WebDialect())
    assert "积压 370 篇" in await site.page("/posts")
    await site.send("/backlog", source="archive", decision="keep", back="/posts")
    await site.send("/backlog", source="archive", decision="release", back="//evil.example")
    assert site.desk.decided == [("keep", "archive"), ("release", "archive")]


async def test_vanished_posts_are_believed_deleted_by_one_click(site: Site) -> None:
    """A source that lost many posts at once offers to believe it, and only such a source does."""
    site.desk.source_rows = [SourceView(name="archive", folder="var/archive", looked_at=None, error="vanished-posts")]
    assert "确实是删掉的" in await site.page("/posts")
    await site.send("/vanished", source="archive", back="/posts")
    assert site.desk.decided == [("believe", "archive")]
    site.desk.source_rows = [SourceView(name="archive", folder="var/archive", looked_at=None, error="empty-folder")]
    assert "确实是删掉的" not in await site.page("/posts")


async def test_deliveries_are_shown_by_state_and_by_digest(site: Site) -> None:
    """The deliveries are filtered by state and digest; an unknown filter shows all."""
    furnished(site.desk, WebDialect())
    assert re.findall(r'id="delivery-(\d+)"', await site.page("/deliveries?state=failed")) == ["903"]
    assert 'id="delivery-' not in await site.page("/deliveries?digest=7")
    assert len(re.findall(r'id="delivery-(\d+)"', await site.page("/deliveries?state=nonsense"))) == 5


# --- Settings ----------------------------------------------------------------------------------------------------


async def test_language_and_theme_are_kept_in_cookies(site: Site) -> None:
    """The language comes from the browser until it is chosen; the theme follows the system until it is chosen."""
    assert "Inbox" in await site.page("/", **{"Accept-Language": "fr, en;q=0.8, zh;q=0.5"})
    assert 'data-theme="auto"' in await site.page("/")
    await site.send("/settings", **{"sudi-language": "en"})
    await site.send("/settings", **{"sudi-theme": "dark"})
    await site.send("/settings", **{"sudi-theme": "loud", "sudi-language": "tlh"})
    page = await site.page("/posts")
    assert 'lang="en" data-theme="dark"' in page
    assert "No posts yet" in page


# --- Programs ----------------------------------------------------------------------------------------------------


async def test_healthz_is_open(site: Site) -> None:
    """`/healthz` needs no key, whatever the host is called, and says 503 when something is wrong."""
    for well, status in ((True, 200), (False, 503)):
        site.desk.well = well
        async with site.stranger.get(f"{site.address}/healthz", headers={"Host": "10.1.2.3"}) as answer:
            assert (answer.status, await answer.json()) == (status, {"ok": well})


async def test_the_cli_asks_with_the_key(site: Site) -> None:
    """`POST /api/query` answers a text as JSON: plain text, the spelled documents, the buttons."""
    site.desk.answers["/push 停电"] = with_buttons("发给 3 个对话？", ("确认发送", "/confirm 7"))
    headers = {"Authorization": f"Bearer {KEY}"}
    asked = {"text": " /push 停电 ", "update": "cli-1"}
    async with site.stranger.post(f"{site.address}/api/query", json=asked, headers=headers) as answer:
        reply = await answer.json()
        assert answer.status == 200
    assert reply["text"] == "发给 3 个对话？"
    assert "发给 3 个对话？" in reply["documents"][0]["html"]
    assert reply["buttons"] == [{"label": "确认发送", "says": "/confirm 7"}]
    assert site.desk.queries[0].update == "web:cli-1"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"text": "/today"}', "text/plain", 415),
        (b"[]", "application/json", 400),
        (b'{"text": 1}', "application/json", 400),
        (b'{"text": "  "}', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 60_000, "application/json", 400),
    ],
)
async def test_a_bad_question_is_answered_in_json(site: Site, body: bytes, kind: str, status: int) -> None:
    """Errors of the programs' address are JSON with a sentence."""
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": kind}
    async with site.stranger.post(f"{site.address}/api/query", data=body, headers=headers) as answer:
        said = await answer.json()
        assert (answer.status, said["error"]) == (status, str(status))
        assert said["message"]


async def test_fault_40_a_lone_surrogate_is_replaced(site: Site) -> None:
    """Text that no answer could carry comes in with a question mark in its place."""
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    body = rb'{"text": "a\ud800b"}'
    async with site.stranger.post(f"{site.address}/api/query", data=body, headers=headers) as answer:
        assert answer.status == 200
    assert site.desk.queries[0].text == "a?b"


# --- Running -----------------------------------------------------------------------------------------------------


async def test_open_pages_are_told_of_changes_and_let_go_at_the_end(site: Site) -> None:
    """Each change is told at once, and stopping ends the open streams instead of waiting for them."""
    async with site.editor.get(f"{site.address}/events") as stream:
        assert stream.headers["Content-Type"] == "text/event-stream"
        first = await stream.content.readuntil(b"\n\n")
        assert b"data: 0" in first
        site.desk.change()
        assert await stream.content.readuntil(b"\n\n") == b"data: 1\n\n"
        async with asyncio.timeout(30):
            await site.server.stop()
            assert await stream.content.read() == b""


async def test_a_taken_port_is_named(site: Site) -> None:
    """A port in use is an error of its own that names it."""
    port = int(site.address.rpartition(":")[2])
    with pytest.raises(PortTaken, match=str(port)) as taken:
        await server_for(MemoryDesk(), port=port).start()
    assert taken.value.port == port


async def test_an_address_that_is_not_ours_cannot_be_listened_at() -> None:
    """An address of another machine is a clear error."""
    with pytest.raises(CannotListen):
        await server_for(MemoryDesk(), host="192.0.2.1").start()


async def test_static_files_are_kept_for_ever_under_the_name_of_their_content(site: Site) -> None:
    """Style, script and picture are cached without limit, and a changed file has another name."""
    page = await site.page("/")
    for kind in ("css", "js", "svg"):
        path = re.search(rf'"(/static/\w+\.[0-9a-f]{{12}}\.{kind})"', page)
        assert path
        async with site.stranger.get(site.address + path[1]) as answer:
            assert answer.status == 200
            assert "immutable" in answer.headers["Cache-Control"]
    async with site.stranger.get(f"{site.address}/static/page.css") as answer:
        assert answer.status == 404


async def test_a_page_that_fails_says_so_and_nothing_more(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """What goes wrong inside is logged with its route, and the page shows nothing of it."""
    site.desk.broken = True
    async with site.editor.get(f"{site.address}/?before=5") as answer:
        assert answer.status == 500
        text = await answer.text()
    assert "页面出错了" in text
    assert "甲" not in text
    assert "a page failed" in caplog.text


def test_the_entrance_carries_the_key() -> None:
    """The printed address carries the key, as Jupyter does."""
    assert entrance("http://127.0.0.1:8330", "k") == "http://127.0.0.1:8330/?key=k"
