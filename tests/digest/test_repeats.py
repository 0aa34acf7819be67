"""Which stories were told before, and which links are landing pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import StoryKey
from digest.repeats import LOOK_BACK, SHARE_OF, Earlier, landing_pages, told_before

HOME, HOT, ONCE = StoryKey("a.b/home"), StoryKey("a.b/hot"), StoryKey("a.b/once")


def holding(key: StoryKey, *, of: int, at: set[int]) -> list[set[StoryKey]]:
    """So many issues, the newest first, of which these hold a key."""
    return [{key} if place in at else set() for place in range(of)]


@pytest.mark.parametrize(
    ("issues", "landing"),
    [
        (holding(HOME, of=8, at=set(range(8))), True),
        (holding(HOME, of=12, at={0, 3, 6, 9}), True),
        (holding(HOME, of=50, at=set(range(0, 50, 3))), True),
        (holding(HOT, of=8, at={0, 1, 2}), False),
        (holding(HOT, of=7, at=set(range(7))), False),
        (holding(HOT, of=40, at={0, 1, 2, 3, 4, 5}), False),
        (holding(ONCE, of=12, at={0, 5, 11}), False),
        (holding(ONCE, of=50, at={0, 20, 40}), False),
    ],
    ids=[
        "in each of a young source",
        "in every third of twelve",
        "in every third",
        "hot in the last three of eight",
        "too few to tell",
        "hot for a day of four-hour issues",
        "a quarter and no more",
        "now and then",
    ],
)
def test_landing_page_is_found_in_over_a_quarter(issues: list[set[StoryKey]], landing: bool) -> None:
    """A link in over 25 % of a source's posts is a landing page and no key; a story that is hot for days is none."""
    assert bool(landing_pages(issues)) == landing


@given(st.lists(st.sets(st.sampled_from([HOME, HOT, ONCE])), max_size=60))
def test_landing_pages_are_common(issues: list[set[StoryKey]]) -> None:
    """Whatever stood before, no link is called a landing page that is in a quarter of the issues or fewer."""
    for key in landing_pages(issues):
        assert sum(key in issue for issue in issues) > len(issues) / 4


def earlier(number: int, *keys: StoryKey, work: str = "", same_source: bool = True) -> Earlier[int]:
    """A digest before another."""
    return Earlier(id=number, work=work or str(number), same_source=same_source, keys=frozenset(keys))


def test_stories_are_looked_for_some_issues_back() -> None:
    """At least the last 7 issues of the source count, and what is long ago may be news again."""
    issues = [earlier(number) for number in range(SHARE_OF)]
    for place in (6, LOOK_BACK - 1):
        issues[place] = earlier(place, ONCE)
    issues[LOOK_BACK] = earlier(LOOK_BACK, HOT)
    assert told_before(issues) == {6: {ONCE}, LOOK_BACK - 1: {ONCE}}


def test_busy_neighbours_push_no_issue_of_the_source_out_of_sight() -> None:
    """A weekly beside an hourly source is looked back at as far as if it were alone, and the neighbour counts too."""
    hourly = [earlier(number, same_source=False) for number in range(100)]
    hourly[3] = earlier(3, HOT, same_source=False)
    hourly[50] = earlier(50, HOME, same_source=False)
    assert told_before([*hourly, earlier(200, ONCE)]) == {3: {HOT}, 200: {ONCE}}


def test_tellings_of_one_work_are_one_issue() -> None:
    """Translations neither shorten the look back nor make a story of theirs a landing page."""
    issues = [
        earlier(10 * number + language, *([HOT] if number < 2 else []), work=f"w{number}")
        for number in range(LOOK_BACK + 2)
        for language in range(5)
    ]
    assert set(told_before(issues)) == {0, 1, 2, 3, 4, 10, 11, 12, 13, 14}


def test_landing_page_was_not_told_before() -> None:
    """A landing page folds nothing, while the stories beside it still fold."""
    issues = [earlier(number, HOME, *([HOT] if number < 3 else [])) for number in range(12)]
    assert told_before(issues) == {0: {HOT}, 1: {HOT}, 2: {HOT}}
