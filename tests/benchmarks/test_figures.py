"""How figures are judged and written down; what they measure is measured by `make bench`."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.__main__ import table
from benchmarks.bounds import Cost, costs, worst
from benchmarks.figures import Figure, quantile
from benchmarks.posts import issue
from benchmarks.residing import Size, figures
from benchmarks.stage import SOURCE, post_of_today, read_here
from digest.model import Post


@pytest.mark.parametrize(
    ("figure", "goal", "ok"),
    [
        (Figure(name="a", value=3.0, unit="ms", at_most=3), "≤ 3", True),
        (Figure(name="a", value=3.1, unit="ms", at_most=3), "≤ 3", False),
        (Figure(name="a", value=8_000, unit="/s", at_least=8_000), "≥ 8,000", True),
        (Figure(name="a", value=7_999, unit="/s", at_least=8_000), "≥ 8,000", False),
        (Figure(name="a", value=1, unit="ms"), None, None),
    ],
)
def test_a_goal_is_a_bound(figure: Figure, goal: str | None, ok: bool | None) -> None:
    """A figure reaches its goal on the right side of the bound, and none is judged without a goal."""
    assert (figure.goal, figure.ok) == (goal, ok)


def test_results_have_the_keys_that_others_read() -> None:
    """Each figure is written with its reference and ratio, or null where nothing was measured beside it."""
    beside = Figure(name="a", value=10, unit="/s", reference=4, at_least=8).to_json()
    alone = Figure(name="b", value=1.23456, unit="ms").to_json()
    assert beside == {"name": "a", "value": 10, "unit": "/s", "reference": 4, "ratio": 2.5, "goal": "≥ 8", "ok": True}
    assert alone == {
        "name": "b",
        "value": 1.235,
        "unit": "ms",
        "reference": None,
        "ratio": None,
        "goal": None,
        "ok": None,
    }
    assert table([Figure(name="a", value=10, unit="/s", reference=4, at_least=8)]).row_count == 1


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.99, 99), (1.0, 100), (0.0, 1)])
def test_a_quantile_is_a_value_that_was_measured(share: float, expected: float) -> None:
    """A quantile is the smallest value that the share of the values does not exceed."""
    assert quantile([float(n) for n in range(100, 0, -1)], share) == expected


def test_the_measured_issue_is_a_sound_one() -> None:
    """What is measured is read as a digest with all its stories and nothing odd about it."""
    digest = read_here(Post(path="post.md", data=post_of_today(issue(5))), SOURCE)
    assert len(digest.stories) == 5
    assert digest.problems == ()


def test_the_worst_is_told_by_its_name() -> None:
    """Of what was read, the slowest, the largest and the latest are told apart, each with its name and its bound."""
    found = [
        Cost(name="slow", reading=2.5, memory=40, spelling=0.1),
        Cost(name="large", reading=0.1, memory=190, spelling=0.2),
        Cost(name="late", reading=0.2, memory=30, spelling=1.5),
    ]
    assert [(figure.note, figure.value, figure.ok) for figure in worst(found)] == [
        ("slow", 2.5, False),
        ("large", 190, True),
        ("late", 1.5, True),
    ]


def test_what_a_post_costs_is_measured() -> None:
    """A post is read in a booth whose memory is seen, and spelled for every platform."""
    (cost,) = costs([("one", issue())])
    assert cost.name == "one"
    assert cost.reading > 0
    assert cost.spelling > 0
    assert cost.memory > 1 or not Path("/proc/self/status").exists()


def test_what_a_server_costs_is_told_beside_a_bot_in_none() -> None:
    """Of several bots the middle one counts, and what a server takes is what the largest has more than the smallest."""
    found = {
        0: [
            Size(now=80.0, peak=81.0, worked=2.0),
            Size(now=84.0, peak=90.0, worked=1.0),
            Size(now=82.0, peak=82.0, worked=9.0),
        ],
        1_024: [Size(now=102.0, peak=140.0, worked=6.0)],
    }
    base, many, each, worked = figures(found, Size(now=41.0, peak=41.0, worked=1.0))
    assert (base.value, base.ratio, base.ok) == (82.0, 2.0, True)
    assert "80.0 to 84.0 at rest, 90.0 at most" in base.note
    assert (many.value, many.goal) == (102.0, None)
    assert (each.value, each.unit, each.ok) == (20.0, "kB", True)
    assert (worked.value, worked.ratio) == (6.0, 3.0)
