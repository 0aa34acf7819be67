"""What the witnesses need: Discord's renderer in one process, the platforms' specifications."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RENDERER = ROOT / ".witnesses/node_modules/@odiffey/discord-markdown/dist/discord-markdown.mjs"

Renderer = Callable[[str], str]
"""From Discord's Markdown, as it stands in an embed, to HTML."""


@pytest.fixture(scope="session")
def renderer() -> Iterator[Renderer]:
    """Discord's renderer, asked as often as one likes."""
    node = shutil.which("node")
    if node is None or not RENDERER.exists():
        pytest.skip("Discord's renderer is not here: .ci/run installs it where there is npm")
    command = [node, str(Path(__file__).with_name("render.mjs")), str(RENDERER)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        assert process.stdin
        assert process.stdout
        asked, told = process.stdin, process.stdout

        def render(markdown: str) -> str:
            asked.write(json.dumps(markdown) + "\n")
            asked.flush()
            html: str = json.loads(told.readline())
            return html

        yield render
        asked.close()
