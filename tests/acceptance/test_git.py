"""A publisher who pushes to a Git repository, and the whole program: a real process and the real git."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.acceptance.sudi import REPOSITORY, sudi
from tests.bot.publisher import publisher

POST = "---\ntitle: {title}\n---\n\n1. [{title}](https://example.com/{title})\n\n   {words}\n"
SETTINGS = """
look_seconds = 0.2
fetch_seconds = 0.3
settle_seconds = 0.2

[[sources]]
name = "news"
git = "{url}"
folder = "posts"

[[sources]]
name = "away"
git = "https://bob:sesame-of-nobody@127.0.0.1:9/away.git"

[[sources]]
name = "gone"
folder = "gone"
"""


def _sources(folder: Path) -> dict[str, dict[str, object]]:
    """What `sudi sources --json` says, by name."""
    command = [sys.executable, "-m", "bot", "sources", "--json"]
    environ = {"PYTHONPATH": str(REPOSITORY), "LANG": "en_US.UTF-8"}
    ended = subprocess.run(command, cwd=folder, env=environ, capture_output=True, check=False)
    assert ended.returncode in {0, 1}
    assert b"sesame" not in ended.stdout + ended.stderr
    return {line["name"]: line for line in map(json.loads, ended.stdout.splitlines())}


def test_a_pushed_commit_arrives_and_a_correction_reaches_it(tmp_path: Path) -> None:
    """The latest issue is brought at first, then what is committed, once; a force-push corrects it.

    Sources that fail disturb nothing and are told.
    """
    remote = publisher(tmp_path / "remote")
    remote.commit(posts_0_old__md=POST.format(title="old", words="Before."))
    (tmp_path / "sudi.toml").write_text(SETTINGS.format(url=remote.url))
    with sudi(tmp_path) as running:
        visitor = running.visit()
        visitor.wait_for("Before.")
        assert f"news  {remote.url} posts\n" in running.printed
        remote.commit(posts_0_new__md=POST.format(title="new", words="Just committed."))
        visitor.wait_for("Just committed.")
        remote.commit(amend=True, posts_0_new__md=POST.format(title="new", words="Corrected since."))
        page = visitor.wait_for("Corrected since.")
        assert "Just committed." not in page
        assert page.count("Before.") == 1
        told = _sources(tmp_path)
        assert (told["news"]["posts"], told["news"]["error"]) == (2, None)
        assert (told["away"]["error"], told["gone"]["error"]) == ("git-unreachable", "missing-folder")
        assert running.printed.count("source.unreachable") == 1
        assert running.printed.count("source.failing") == 1
        assert "sesame" not in running.printed + visitor.see("/posts")
        assert running.stop() == 0
    with sudi(tmp_path) as running:
        visitor = running.visit()
        assert visitor.wait_for("Corrected since.").count("Corrected since.") == 1
