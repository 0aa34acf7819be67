"""One post, every face: what each platform is sent, and how the preview draws it, is what was read and approved."""

from __future__ import annotations

import pytest

from adapters.platform import Platform
from tests.conftest import Golden
from tests.golden.faces import CASES, HERE, Case, drawn, spelled

every_case = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])


@every_case
@pytest.mark.parametrize("platform", Platform)
def test_messages(case: Case, platform: Platform, golden: Golden) -> None:
    """A post's messages on a platform are the golden ones, to the last byte."""
    golden(HERE / f"{case.name}.{platform}.json", spelled(case, platform))


@every_case
@pytest.mark.parametrize("platform", Platform)
def test_pictures(case: Case, platform: Platform, golden: Golden) -> None:
    """A post's picture in the preview is the golden one."""
    golden(HERE / f"{case.name}.{platform}.html", drawn(case, platform))


def test_no_golden_file_is_left_over() -> None:
    """Every golden file belongs to a case."""
    expected = {
        f"{case.name}.{platform}.{kind}" for case in CASES for platform in Platform for kind in ("json", "html")
    }
    assert {path.name for path in HERE.iterdir() if path.suffix in {".json", ".html"}} == expected
