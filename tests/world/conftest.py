"""A folder for each universe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog


@pytest.fixture
def world_folder(tmp_path: Path) -> Path:
    """An empty folder, beside which a migrated database is made once."""
    folder = tmp_path / "world"
    folder.mkdir()
    return folder


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Universes are full of trouble; nobody wants to read of it. Other tests, in whatever order, are told again."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    yield
    structlog.reset_defaults()
