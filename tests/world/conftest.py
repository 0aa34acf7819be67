"""A folder for each universe."""

from __future__ import annotations

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
def _quiet() -> None:
    """Universes are full of trouble; nobody wants to read of it."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
