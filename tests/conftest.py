"""What all tests share: `--update-golden` writes the golden files anew instead of comparing with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# No test asserts how long anything takes. The same change is judged by the same examples, wherever and however often it
# is; `make fuzz` draws others.
settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("anew", deadline=None)
settings.load_profile("same")

Golden = Callable[[Path, str], None]
"""Compares a text with a golden file."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take `--update-golden`."""
    parser.addoption(
        "--update-golden", action="store_true", help="write the golden files anew; read them before you commit"
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Says whether a text is the golden file's, line by line; with `--update-golden` it becomes the file's."""
    updates: bool = request.config.getoption("--update-golden")

    def compare(path: Path, text: str) -> None:
        if updates:
            path.write_text(text, encoding="utf-8")
        kept = path.read_text(encoding="utf-8") if path.exists() else ""
        assert text.splitlines() == kept.splitlines(), f"{path.name} differs; if that is meant: pytest --update-golden"

    return compare
