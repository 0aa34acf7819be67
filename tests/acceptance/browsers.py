"""A real browser for the tests that need one."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Playwright, async_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--font-render-hinting=none",
]
DEBIANS = "/usr/bin/chromium"


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Chromium: the one that `TEST_CHROMIUM` names, Debian's, or playwright's own. Skips where there is none."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=_path(playwright), args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


def _path(playwright: Playwright) -> str:
    asked = os.environ.get("TEST_CHROMIUM")
    if asked:
        return asked
    for path in (DEBIANS, playwright.chromium.executable_path):
        if Path(path).exists():
            return path
    pytest.skip("no Chromium: install Debian's chromium, or name one in TEST_CHROMIUM")
