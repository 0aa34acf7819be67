"""The pages, in a real browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from aiohttp import web
from playwright.async_api import Browser, BrowserContext, Page, expect

from adapters.discord.dialect import DiscordDialect
from adapters.platform import Reply
from adapters.telegram.dialect import TelegramDialect
from adapters.web.dialect import WebDialect
from adapters.web.server import WebServer, entrance
from digest.compose import Document, Passage
from digest.richtext import CodeBlock, Link, Paragraph, Text
from tests.acceptance.browsers import chromium
from tests.adapters.web.desks import MemoryDesk, sentence, with_buttons
from tests.adapters.web.showcase import daily, furnished
from tests.adapters.web.sites import KEY, server_for
from tests.documents import WORDS

pytestmark = pytest.mark.browser

PAGES = ("/", "/posts", "/posts/1", "/posts/1?layout=brief", "/posts/3", "/posts/5", "/deliveries", "/deliveries/904")
PUSH = "/push 北岸变电站起火，市区限电两小时"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A server, its desk, and a browser before it."""

    address: str
    desk: MemoryDesk
    server: WebServer
    browser: Browser

    async def visit(self, path: str = "/", *, phone: bool = False, script: bool = True, zone: str = "") -> Page:
        """A page, opened by somebody who came with the key. What the browser complains of fails the test."""
        context = await self.browser.new_context(
            viewport={"width": 390 if phone else 1280, "height": 844},
            locale="zh-CN",
            timezone_id=zone or "Asia/Shanghai",
            java_script_enabled=script,
        )
        return await self.enter(context, path)

    async def enter(self, context: BrowserContext, path: str = "/") -> Page:
        """Come in with the key, then go to the path."""
        page = await context.new_page()
        page.on("console", _no_complaint)
        page.on("pageerror", _no_error)
        await page.goto(entrance(self.address, KEY))
        if path != "/":
            await page.goto(self.address + path)
        return page

    def bring(self, document: Document) -> None:
        """Bring a digest to the inbox."""
        for message in WebDialect().spell(document, WORDS).messages:
            self.desk.bring(message)


def _no_complaint(message: object) -> None:
    assert getattr(message, "type", "") != "error", getattr(message, "text", message)


def _no_error(error: object) -> None:
    raise AssertionError(error)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """An empty desk."""
    desk = MemoryDesk()
    server = server_for(desk)
    address = await server.start()
    try:
        async with chromium() as browser:
            yield Stage(address=address, desk=desk, server=server, browser=browser)
    finally:
        await server.stop()


@pytest.fixture
def furnished_stage(stage: Stage) -> Stage:
    """A desk with everything on it."""
    furnished(stage.desk, WebDialect(), TelegramDialect(), DiscordDialect())
    return stage


# --- What is live ------------------------------------------------------------------------------------------------


async def test_a_digest_arrives_by_itself_in_full_formatting(stage: Stage) -> None:
    """New digests arrive by themselves in full formatting, and nothing else on the page is disturbed."""
    page = await stage.visit()
    await expect(page.get_by_role("heading", name="收件箱还是空的")).to_be_visible()
    await page.evaluate("window.same = true")
    await page.fill("#text", "写到一半")
    stage.bring(daily())
    await expect(page.get_by_role("heading", name="2025.11.21 晨间科技速递")).to_be_visible()
    await expect(page.locator(".digest-head a")).to_have_count(5)
    await expect(page.locator(".digest strong").first).to_have_text("标准")
    assert await page.evaluate("window.same")
    assert await page.input_value("#text") == "写到一半"


async def test_what_arrives_does_not_move_the_page_under_its_reader(stage: Stage) -> None:
    """Whoever reads further up is told of a new message, and stays where they are until they ask for it."""
    for _ in range(4):
        stage.bring(daily())
    page = await stage.visit()
    await page.evaluate("window.scrollTo({top: 0, behavior: 'instant'})")
    stage.bring(sentence("刚刚到的一条"))
    arrived = page.get_by_role("link", name="有新消息")
    await expect(arrived).to_be_visible()
    assert await page.evaluate("window.scrollY") == 0
    await arrived.click()
    await expect(page.get_by_text("刚刚到的一条")).to_be_in_viewport()
    await expect(arrived).to_be_hidden()


async def test_deliveries_are_live_while_a_digest_goes_out(furnished_stage: Stage) -> None:
    """The deliveries change while one looks, and what the reader opened stays open."""
    stage = furnished_stage
    page = await stage.visit("/deliveries")
    await expect(page.locator("#total-sent strong")).to_have_text("1")
    stage.desk.delivery_rows = [row for row in stage.desk.delivery_rows if row.state != "sent"]
    stage.desk.change()
    await expect(page.locator("#total-sent strong")).to_have_text("0")
    preview = await stage.visit("/posts/1")
    await preview.locator("#raw-telegram-1 summary").click()
    stage.desk.alert_rows = []
    stage.desk.change()
    await expect(preview.locator("#alert-1")).to_have_count(0)
    await expect(preview.locator("#raw-telegram-1 pre")).to_be_visible()


async def test_an_open_page_lets_the_server_stop(stage: Stage) -> None:
    """The server stops at once although a page listens."""
    page = await stage.visit()
    await page.wait_for_function("performance.getEntriesByType('resource').length >= 0")
    await stage.server.stop()
    assert await page.title() == "收件箱 · 速递"


# --- Asking ------------------------------------------------------------------------------------------------------


async def test_today_is_answered(stage: Stage) -> None:
    """The box takes a command by Enter and answers in place; the box is empty and ready for the next."""
    page = await stage.visit()
    await page.evaluate("window.same = true")
    await page.fill("#text", "/today")
    await page.keyboard.press("Enter")
    await expect(page.locator(".bubble.mine")).to_have_text("/today")
    await expect(page.locator(".bubble.answer")).to_contain_text("回答：/today")
    assert await page.input_value("#text") == ""
    assert await page.evaluate("document.activeElement.id") == "text"
    assert await page.evaluate("window.same")
    await page.get_by_role("button", name="/status").click()
    await expect(page.locator(".bubble.answer").last).to_contain_text("回答：/status")


async def test_a_push_is_confirmed_by_its_button(stage: Stage) -> None:
    """A reply's buttons ask what they say, and pressing twice asks once."""
    stage.desk.answers[PUSH] = with_buttons("将发给 3 个对话。确认发送吗？", ("确认发送", "/confirm 7"))
    page = await stage.visit()
    await page.fill("#text", PUSH)
    await page.get_by_role("button", name="发送", exact=True).click()
    await page.get_by_role("button", name="确认发送").dblclick()
    await expect(page.locator(".bubble.answer").last).to_contain_text("回答：/confirm 7")
    assert [query.text for query in stage.desk.queries] == [PUSH, "/confirm 7"]


async def test_what_was_refused_stays_in_the_box(stage: Stage) -> None:
    """A refusal is told above the box, which keeps what was typed, also when something arrives meanwhile."""
    context = await stage.browser.new_context(locale="zh-CN")
    page = await context.new_page()
    await page.goto(entrance(stage.address, KEY))
    await page.route("**/say", lambda route: route.continue_(post_data="form_token=another"))
    await page.fill("#text", PUSH)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("已拒绝")
    stage.bring(daily())
    await expect(page.get_by_role("heading", name="2025.11.21 晨间科技速递")).to_be_visible()
    await expect(page.get_by_role("alert")).to_contain_text("已拒绝")
    assert await page.input_value("#text") == PUSH
    assert stage.desk.queries == []
    await page.unroute("**/say")
    await page.keyboard.press("Enter")
    await expect(page.locator(".bubble.mine")).to_have_text(PUSH)
    await expect(page.get_by_role("alert")).to_be_hidden()


async def test_enter_does_not_send_while_characters_are_being_chosen(stage: Stage) -> None:
    """Enter that picks a candidate of an input method does not send what is half written."""
    page = await stage.visit()
    await page.fill("#text", "jin")
    composing = "new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true, cancelable: true})"
    await page.evaluate(f"document.getElementById('text').dispatchEvent({composing})")
    await page.fill("#text", "/today")
    await page.keyboard.press("Enter")
    await expect(page.locator(".bubble.answer")).to_have_count(1)
    assert [query.text for query in stage.desk.queries] == ["/today"]


async def test_everything_works_without_script(furnished_stage: Stage) -> None:
    """Links and forms suffice: asking, pressing a button, holding, switching the language."""
    stage = furnished_stage
    stage.desk.answers[PUSH] = with_buttons("将发给 3 个对话。确认发送吗？", ("确认发送", "/confirm 7"))
    page = await stage.visit(script=False)
    await page.fill("#text", PUSH)
    await page.get_by_role("button", name="发送", exact=True).click()
    await page.get_by_role("button", name="确认发送").click()
    await expect(page.locator(".bubble.mine").last).to_have_text("确认发送")
    assert [query.text for query in stage.desk.queries] == [PUSH, "/confirm 7"]
    await page.get_by_role("link", name="投递").click()
    await page.get_by_role("button", name="全部暂缓").click()
    assert stage.desk.held == {"all"}
    await page.get_by_role("button", name="English").click()
    await expect(page.get_by_role("heading", name="Deliveries", level=1)).to_be_visible()
    await page.get_by_role("button", name="Release everything").click()
    assert stage.desk.held == set()


# --- How it looks ------------------------------------------------------------------------------------------------


async def test_theme_and_language_are_switched_and_kept(stage: Stage) -> None:
    """The theme and the language change in place and hold on the next page."""
    page = await stage.visit()
    light = await page.evaluate("getComputedStyle(document.body.parentElement).backgroundColor")
    await page.get_by_role("button", name="深色").click()
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    await expect(page.get_by_role("button", name="深色")).to_have_attribute("aria-pressed", "true")
    assert await page.evaluate("getComputedStyle(document.body.parentElement).backgroundColor") != light
    await page.get_by_role("button", name="English").click()
    await expect(page.get_by_role("link", name="Posts")).to_be_visible()
    await page.get_by_role("link", name="Posts").click()
    await expect(page.get_by_role("heading", name="Posts", exact=True)).to_be_visible()
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    await expect(page.locator("html")).to_have_attribute("lang", "en")


async def test_times_are_in_the_readers_zone(furnished_stage: Stage) -> None:
    """Times are shown in the zone of the reader's browser."""
    page = await furnished_stage.visit("/posts", zone="America/New_York")
    await expect(page.locator("#post-1 time")).to_have_text("20:17")


@pytest.mark.parametrize("width", [390, 320])
async def test_no_page_is_wider_than_a_phone(furnished_stage: Stage, width: int) -> None:
    """On a phone nothing has to be scrolled sideways, however long a word, a link or a line of code is."""
    stage = furnished_stage
    link = Link((Text("h" * 300),), "https://example.com/" + "x" * 500)
    passage = Passage(title=(Text("z" * 300),), body=(Paragraph((link,)), CodeBlock("y" * 500)))
    long = Document(title="长" * 200 + "W" * 200, passages=(passage,))
    stage.desk.compose = lambda _post, layout: long if layout != "brief" else daily(layout)
    stage.bring(long)
    stage.desk.answers["/long"] = Reply(documents=(long,), words=WORDS)
    page = await stage.visit(phone=True)
    await page.set_viewport_size({"width": width, "height": 700})
    await page.fill("#text", "/long")
    await page.keyboard.press("Enter")
    await expect(page.locator(".bubble.answer")).to_be_visible()
    for path in PAGES:
        await page.goto(stage.address + path)
        over = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, path


async def test_the_keyboards_focus_is_always_visible(furnished_stage: Stage) -> None:
    """Tab leads through everything that can be pressed, each with a visible outline, beginning with a skip link."""
    page = await furnished_stage.visit("/deliveries")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    seen = set()
    for _ in range(25):
        shown = await page.evaluate(
            "(() => { const e = document.activeElement; const s = getComputedStyle(e);"
            " return [e.outerHTML.slice(0, 80), s.outlineStyle, parseFloat(s.outlineWidth)] })()"
        )
        seen.add(shown[0])
        assert (shown[1], shown[2]) == ("solid", 2), shown
        await page.keyboard.press("Tab")
    assert len(seen) > 15


async def test_every_button_and_field_has_a_name(furnished_stage: Stage) -> None:
    """Whoever hears the page instead of seeing it is told what each button, link and field is."""
    page = await furnished_stage.visit()
    for path in PAGES:
        await page.goto(furnished_stage.address + path)
        nameless = await page.evaluate(
            "[...document.querySelectorAll('button, a, textarea, input:not([type=hidden])')].filter(e =>"
            " !(e.innerText.trim() || e.getAttribute('aria-label') || (e.labels && e.labels.length)))"
            ".map(e => e.outerHTML)"
        )
        assert nameless == [], path


async def test_the_picture_of_a_message_is_drawn_like_its_platform(furnished_stage: Stage) -> None:
    """Three faces stand side by side on a wide screen, below each other on a phone."""
    page = await furnished_stage.visit("/posts/1")
    boxes = [await page.locator(f"#face-{name}").bounding_box() for name in ("telegram", "discord", "web")]
    assert len({box["y"] for box in boxes if box}) == 1
    assert len({box["x"] for box in boxes if box}) == 3
    await page.set_viewport_size({"width": 390, "height": 844})
    boxes = [await page.locator(f"#face-{name}").bounding_box() for name in ("telegram", "discord", "web")]
    assert len({box["y"] for box in boxes if box}) == 3


# --- What must not happen ----------------------------------------------------------------------------------------


async def test_fault_40_nothing_in_a_post_is_executed(furnished_stage: Stage) -> None:
    """Markup and script in a post, and links that are none, stay text on all three faces and in the inbox."""
    stage = furnished_stage
    evil = '<script>window.evil = 1</script><img src=x onerror="window.evil = 1">'
    paragraph = Paragraph((Text(evil), Link((Text("点我"),), "javascript:window.evil=1")))
    document = Document(title=evil, passages=(Passage(title=(Text(evil),), body=(paragraph, CodeBlock(evil))),))
    stage.desk.compose = lambda _post, _layout: document
    stage.bring(document)
    page = await stage.visit()
    for path in ("/", "/posts/1"):
        await page.goto(stage.address + path)
        await expect(page.get_by_text("<script>window.evil = 1</script>").first).to_be_visible()
        assert await page.evaluate("window.evil") is None
        assert await page.locator('a[href^="javascript"], img[src="x"]').count() == 0


async def test_a_link_on_another_site_leads_in(stage: Stage) -> None:
    """Whoever follows the printed address from another site (a chat, a terminal in the browser) comes in at once."""

    async def elsewhere(_: web.Request) -> web.Response:
        link = f'<a href="{entrance(stage.address, KEY)}">速递</a>'
        return web.Response(text=link, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", elsewhere)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "localhost", 0).start()
    try:
        page = await (await stage.browser.new_context(locale="zh-CN")).new_page()
        await page.goto(f"http://localhost:{runner.addresses[0][1]}/")
        await page.get_by_role("link", name="速递").click()
        await expect(page.get_by_role("heading", name="收件箱还是空的")).to_be_visible()
        assert KEY not in page.url
    finally:
        await runner.cleanup()
