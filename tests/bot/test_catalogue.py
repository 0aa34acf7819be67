"""The words for people: the same in both languages, and there for every code."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from adapters.platform import Platform
from bot.catalogue import LANGUAGES, base_key, catalogue, knows, say, say_code, say_reason, series_names, spoken, words
from digest.choices import Layout
from digest.compose import Words
from digest.problems import Code
from digest.slips import Slip
from storage.records import DeliveryState, Reason, SubscriptionState
from storage.store import StoreTrouble

PRODUCT = Path(__file__).parents[2]


def placeholders(text: str) -> set[str]:
    """The names that a text leaves open."""
    return {name.split(".")[0] for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def by_key(language: str) -> dict[str, set[str]]:
    """Each key, forms that count put together, with everything that its texts leave open."""
    found: dict[str, set[str]] = {}
    for key, text in catalogue(language).items():
        found.setdefault(base_key(key), set()).update(placeholders(text))
    return found


def code(*folders: str) -> Iterator[ast.AST]:
    """Every node of the product's code."""
    for folder in folders:
        for path in sorted((PRODUCT / folder).rglob("*.py")):
            yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def test_the_catalogues_have_the_same_keys_and_placeholders() -> None:
    """The catalogues have the same keys and placeholders."""
    chinese, english = (by_key(language) for language in LANGUAGES)
    assert chinese.keys() == english.keys()
    # A form for one says «one» without the number.
    free = {"count"}
    assert {key: names - free for key, names in chinese.items()} == {
        key: names - free for key, names in english.items()
    }


def test_every_text_is_asked_for_somewhere() -> None:
    """No text stands in the catalogues that nothing asks for: its name, or the name's head, is in the code."""
    written = product_text()
    asked = set(re.findall(r"""["'](?:[a-z]+\.)?([\w-]+)(?:["'{]|: )""", written)) | {
        field.name for field in fields(Words)
    }
    asked |= {f"{kind}_{age}" for kind in ("day", "when") for age in asked & {"today", "this_year", "long_ago"}}

    def is_asked(key: str) -> bool:
        section, *_, name = key.removesuffix(".word").removesuffix(".about").removesuffix(".arguments").split(".")
        heads = {name[: at + 1] for at, letter in enumerate(name) if letter == "_"}
        return bool(section) and (name in asked or bool(heads & asked))

    assert {"trouble_", "today"} <= asked
    assert {key for key in by_key("zh") if not is_asked(key)} == set()


def product_text() -> str:
    """All of the product's code, queries and templates."""
    paths = [path for folder in ("adapters", "bot", "digest", "storage") for path in (PRODUCT / folder).rglob("*")]
    return "\n".join(
        path.read_text(encoding="utf-8") for path in sorted(paths) if path.suffix in {".py", ".html", ".sql"}
    )


def test_a_digest_a_post_and_a_hold_have_one_word_each_in_chinese() -> None:
    """In Chinese a hold is 暂缓 and its release 放行, and only a lane is 暂停."""
    texts = catalogue("zh")
    paused = {key for key, text in texts.items() if "暂停" in text}
    alerts = {"alerts.account-dead", "alerts.address-banned", "alerts.chats-lost"}
    assert paused == alerts | {"answers.status_paused", "pages.lane_paused"}
    held = [key for key in texts if re.search(r"(^|[._])hold(_|\.|$)", key) and not key.endswith("arguments")]
    assert len(held) >= 5
    assert all("暂缓" in texts[key] for key in held)
    assert texts["commands.release.word"] == texts["pages.release"] == texts["answers.button_release"] == "放行"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_state_has_one_word_everywhere(language: str) -> None:
    """The page, the command line and the answers call the states of a delivery the same."""
    texts = catalogue(language)
    for state in DeliveryState:
        word = texts[f"cli.state_{state}"]
        assert texts[f"pages.state_{state}"].lower() == word
        assert word in texts["answers.status_deliveries"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty_or_broken(language: str) -> None:
    """Every text can be filled, and is one; only arguments and joints may be empty."""
    for key, text in catalogue(language).items():
        filled = text.format_map(dict.fromkeys(placeholders(text), 7))
        assert filled.strip() or key.endswith(".arguments"), key
        assert "{" not in filled, key


def test_chinese_texts_are_chinese() -> None:
    """The Chinese catalogue has no sentence that was left in English."""
    same = {key for key, text in catalogue("zh").items() if text == catalogue("en").get(key)}
    assert not {key for key in same if len(re.findall(r"[A-Za-z]{2,}", re.sub(r"{.*?}", "", say_raw(key)))) > 2}


def say_raw(key: str) -> str:
    """A Chinese text as it stands in the catalogue."""
    return catalogue("zh")[key]


@pytest.mark.parametrize("problem", list(Code))
def test_every_problem_has_a_sentence(problem: Code) -> None:
    """Every code of a problem has a sentence in both languages."""
    for language in LANGUAGES:
        assert f"problems.{problem}" in catalogue(language)


@pytest.mark.parametrize("trouble", list(StoreTrouble))
def test_every_trouble_of_the_store_has_a_sentence(trouble: StoreTrouble) -> None:
    """What is wrong with the store has a sentence in both languages."""
    assert all(f"stores.{trouble}" in catalogue(language) for language in LANGUAGES)


def test_every_layout_platform_and_language_has_a_name() -> None:
    """What can be chosen has a name."""
    for name in (*(f"layout_{layout}" for layout in Layout), *(f"platform_{platform}" for platform in Platform)):
        assert knows(f"words.{name}")
    assert all(knows(f"words.language_{language}") for language in LANGUAGES)


def test_every_word_that_composing_adds_is_there() -> None:
    """The words of composing come from the catalogues, all of them."""
    for language in LANGUAGES:
        assert all(getattr(words(language), field.name) for field in fields(Words))


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_words(reason: Reason) -> None:
    """Every reason that is recorded has words in both languages."""
    assert all(f"reasons.{reason}" in catalogue(language) for language in LANGUAGES)


def test_no_reason_is_recorded_that_is_none() -> None:
    """A reason is one of those that are known, in the code and in the queries, so that none is without words."""
    given = {reason for node in code("bot", "storage") for reason in reasons_in(node)}
    assert given == set()
    queries = "\n".join(path.read_text(encoding="utf-8") for path in (PRODUCT / "storage" / "queries").glob("*.sql"))
    compared = [line for line in queries.splitlines() if "reason" in line and not line.startswith("--")]
    known = set(re.findall(r"'([\w-]+)'", "\n".join(compared))) - {*DeliveryState, *SubscriptionState}
    assert {"withdrawn", "chats-lost", "refused", "replayed"} <= known
    assert known <= set(Reason)


def reasons_in(node: ast.AST) -> Iterator[str]:
    """The reasons that are given here in words of their own: as `reason=…`, or as a constant that keeps one."""
    match node:
        case ast.keyword(arg="reason", value=value) | ast.Assign(targets=[ast.Name(id="reason")], value=value):
            yield from texts_in(value)


def texts_in(value: ast.expr) -> Iterator[str]:
    """The texts of an expression, up to the colon; what is looked up under a name is none."""
    names = {id(node.slice) for node in ast.walk(value) if isinstance(node, ast.Subscript)}
    for node in ast.walk(value):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in names:
            text = node.value.partition(": ")[0].strip()
            yield from [text] if text else []


def test_every_alert_in_the_code_has_words() -> None:
    """Whatever is raised for an operator to see has a sentence."""
    found = {
        text
        for node in code("bot", "storage")
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", getattr(node.func, "id", "")) == "raise_alert"
        and len(node.args) > 2
        for text in texts_in(node.args[2])
    }
    assert {"bad-post", "backlog"} <= found
    assert not {name for name in found if not knows(f"alerts.{name}")}


def test_every_loss_and_unit_in_the_code_has_words() -> None:
    """Whatever a dialect gives up, and whatever it counts, has a name."""
    losses: set[str] = set()
    units: set[str] = set()
    for node in code("adapters"):
        if isinstance(node, ast.Subscript) and getattr(node.value, "attr", "") == "lost":
            losses |= set(texts_in(node.slice))
        if isinstance(node, ast.keyword) and node.arg == "unit":
            units |= set(texts_in(node.value))
    assert {"table", "image"} <= losses
    assert {"utf16", "description"} <= units
    assert not {loss for loss in losses if not knows(f"losses.{loss}")}
    assert not {unit for unit in units if not knows(f"units.{unit}")}


@pytest.mark.parametrize(
    ("wishes", "language"),
    [
        (("zh-CN",), "zh"),
        (("zh_Hant_TW",), "zh"),
        (("en_US.UTF-8",), "en"),
        (("EN",), "en"),
        (("fr", "en-GB"), "en"),
        (("", "C.UTF-8"), "zh"),
        ((), "zh"),
        (("english",), "zh"),
    ],
)
def test_the_first_language_that_is_spoken_counts(wishes: tuple[str, ...], language: str) -> None:
    """Of the languages that somebody wishes for, the first that is spoken here counts."""
    assert spoken(*wishes) == language


@pytest.mark.parametrize(
    ("language", "count", "said"),
    [
        ("en", 0, "Published: /today shows it."),
        ("en", 1, "Confirmed. It is on its way to 1 chat."),
        ("en", 12, "Confirmed. It is on its way to 12 chats."),
        ("zh", 0, "已发布，可以用 /today 看到。"),
        ("zh", 1, "已确认，正在发给 1 个对话。"),
    ],
)
def test_none_one_and_many_are_said_rightly(language: str, count: int, said: str) -> None:
    """What counts has its own words for none and for one."""
    assert say(language, "answers.push_sent", count=count) == said


def test_values_are_never_templates() -> None:
    """What a person wrote is put in as it is, braces and all."""
    said = say("en", "answers.unknown", command="/{nearest.__class__} %s {0}")
    assert "/{nearest.__class__} %s {0}" in said


@pytest.mark.parametrize(
    ("series", "names"), [("daily", ("daily", "日报", "Daily")), ("robots", ("robots",)), ("menu", ("menu",))]
)
def test_what_a_series_is_called(series: str, names: tuple[str, ...]) -> None:
    """A series is called as its source names it, and as readers call it in each language, if they do otherwise."""
    assert series_names(series) == names


def test_an_unknown_key_is_an_error_and_an_unknown_code_is_itself() -> None:
    """A missing text is a mistake of ours; a code of tomorrow is shown as it is."""
    with pytest.raises(KeyError):
        say("en", "answers.no_such_text")
    assert say_code("en", "reasons", "tomorrow's") == "tomorrow's"
    assert say_reason("en", "refused: Bad Request") == "the platform refused this message (“Bad Request”)"
    assert say_reason("en", "timed out: 5 s") == "“timed out: 5 s”"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_slip_has_its_advice(language: str) -> None:
    """Of a malformed line of front matter the advice is that for its slip, and a general one where none is known."""
    for code in ("broken-front-matter", "mended-front-matter", "skipped-front-matter"):
        told = {say_code(language, "problems", code, near="x", slip=str(slip)) for slip in Slip}
        assert len(told) == len(Slip)
        assert say_code(language, "problems", code, near="x") in told
