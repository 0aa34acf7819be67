"""The settings: where they come from, and that every mistake is told at once, in words, without a secret."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr

from bot.catalogue import LANGUAGES, say
from bot.config import ConfigError, Mistake, SeriesSettings, Settings, SourceSettings, WhoMaySubscribe, load

TOKEN = "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"  # noqa: S105 - nobody's
DISCORD = "MTE3MDAwMDAwMDAwMDAwMDAwMQ.GxY2aa.aaEhBOweik6ad9r_QXMENQjcrGbqCr4Kbc12345"
OTHER_DISCORD = "MTE3MDAwMDAwMDAwMDAwMDAwMg.GxY2aa.bbEhBOweik6ad9r_QXMENQjcrGbqCr4Kbc12345"


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of the machine reach a test."""
    monkeypatch.chdir(tmp_path)
    tokens = ("SUDI_TELEGRAM_TOKEN", "SUDI_DISCORD_TOKEN")
    for name in ("SUDI_CONFIG", "SUDI_SECRETS_DIR", "SUDI_PORT", "SUDI_LANGUAGE", *tokens):
        monkeypatch.delenv(name, raising=False)


def mistakes_of(text: str) -> dict[str, Mistake]:
    """What is wrong in a settings file, by key."""
    Path("sudi.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load()
    return {mistake.key: mistake for mistake in caught.value.mistakes}


def test_without_any_settings_everything_has_a_default() -> None:
    """Nothing has to be set."""
    assert load() == Settings()


def test_the_file_in_the_folder_is_read_and_a_named_one_instead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`sudi.toml` is read where it is present; `--config` overrules SUDI_CONFIG, and that the file in the folder."""
    for name, port in (("sudi.toml", 1), ("other.toml", 2), ("third.toml", 3)):
        (tmp_path / name).write_text(f"\ufeffport = {port}", encoding="utf-8")
    assert load().port == 1
    monkeypatch.setenv("SUDI_CONFIG", "other.toml")
    assert load().port == 2
    assert load(Path("third.toml")).port == 3


def test_the_environment_counts_before_dotenv_before_secrets_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The nearer place overrules the farther one."""
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    monkeypatch.setenv("SUDI_SECRETS_DIR", str(secrets))
    Path("sudi.toml").write_text("port = 1", encoding="utf-8")
    assert load().port == 1
    (secrets / "SUDI_PORT").write_text("2\n", encoding="utf-8")
    assert load().port == 2
    Path(".env").write_text("SUDI_PORT=3\nOTHER=x\n", encoding="utf-8")
    assert load().port == 3
    monkeypatch.setenv("SUDI_PORT", "4")
    assert load().port == 4


def test_lists_in_variables_are_words_between_commas_or_json(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list in a variable needs no JSON, and may be JSON."""
    monkeypatch.setenv("SUDI_ALLOWED_HOSTS", "digest.example, 10.0.0.2")
    monkeypatch.setenv("SUDI_ADMINS", '["telegram:5", "discord:6"]')
    monkeypatch.setenv("SUDI_SOURCES", "/posts/daily,/posts/weekly")
    settings = load()
    assert settings.allowed_hosts == ("digest.example", "10.0.0.2")
    assert settings.admins == ("telegram:5", "discord:6")
    assert [source.called for source in settings.sources] == ["daily", "weekly"]


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty variable, as compose files leave them, sets nothing."""
    monkeypatch.setenv("SUDI_TELEGRAM_TOKEN", "")
    assert load().telegram_token == ()


def test_a_whole_file_is_understood() -> None:
    """Sources with their rules, and every other kind of setting, are read as they are written."""
    Path("sudi.toml").write_text(
        'who_may_subscribe = "listed"\n[[sources]]\nfolder = "posts"\ntime_zone = "Asia/Shanghai"\n'
        'may_push = true\nsettle_seconds = 5\n[[sources.series]]\nseries = "daily"\ntitle = "速递$"\n',
        encoding="utf-8",
    )
    settings = load()
    assert settings.who_may_subscribe is WhoMaySubscribe.LISTED
    assert settings.sources[0].series[0].title == "速递$"
    assert settings.sources[0].settle_seconds == 5


def test_all_mistakes_are_told_at_once_under_their_keys() -> None:
    """All mistakes are reported at once, each with its key as its author wrote it."""
    found = mistakes_of(
        'prot = 1\nport = "x"\ntime_zone = "Mars/Base"\nlanguage = "fr"\nsettle_seconds = -1\nadmins = ["5"]\n'
        '_env_file = 1\nlook_seconds = nan\nmay_push = 1\n[[sources]]\nnam = "a"\n'
        '[[sources]]\nfolder = "b"\nmay_push = "perhaps"\nbase_url = "ftp://x"\n'
        '[[sources.series]]\nseries = "a b"\ntitle = "("\n'
    )
    assert {key: mistake.code for key, mistake in found.items()} == {
        "prot": "unknown-key-near",
        "port": "not-a-number",
        "time_zone": "unknown-zone",
        "language": "not-one-of",
        "settle_seconds": "too-small",
        "admins[1]": "bad-admin",
        "_env_file": "unknown-key",
        "look_seconds": "not-a-number",
        "may_push": "unknown-key",
        "sources[1].folder": "missing",
        "sources[1].nam": "unknown-key-near",
        "sources[2].may_push": "not-a-switch",
        "sources[2].base_url": "bad-address",
        "sources[2].series[1].series": "bad-series",
        "sources[2].series[1].title": "bad-pattern",
    }


def test_every_mistake_has_its_sentence() -> None:
    """Whatever is wrong is said in a sentence, in both languages."""
    found = mistakes_of(
        'prot = 1\nport = "x"\nhost = 3\ntime_zone = "Mars/Base"\nlanguage = "fr"\nsettle_seconds = 1e9\n'
        'look_seconds = 0\nadmins = "x"\nallowed_hosts = 3\nsources = ["a", 3]\n'
    )
    for mistake in found.values():
        for language in LANGUAGES:
            sentence = say(language, f"mistakes.{mistake.code}", **mistake.details)
            assert sentence
            assert "{" not in sentence


@pytest.mark.parametrize(
    ("text", "code"), [("port = ", "not-toml"), ("port = 1\nport = 2", "not-toml"), ("\x00", "not-toml")]
)
def test_a_file_that_is_no_toml_is_said_so(text: str, code: str) -> None:
    """A settings file that cannot be read is one clear mistake."""
    assert mistakes_of(text)["sudi.toml"].code == code


def test_a_file_that_is_no_text_is_said_so() -> None:
    """Any bytes may stand in the settings file."""
    Path("sudi.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError) as caught:
        load()
    assert [mistake.code for mistake in caught.value.mistakes] == ["unreadable"]


def test_an_absent_file_or_folder_that_was_named_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was named must be there; what was not may be absent."""
    monkeypatch.setenv("SUDI_CONFIG", "absent.toml")
    monkeypatch.setenv("SUDI_SECRETS_DIR", "absent")
    with pytest.raises(ConfigError) as caught:
        load()
    assert {mistake.code for mistake in caught.value.mistakes} == {"no-file", "no-folder"}


def test_an_unknown_variable_is_told_with_what_was_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt variable is not ignored in silence: the nearest name is offered."""
    monkeypatch.setenv("SUDI_TELEGRAM_TOKN", TOKEN)
    monkeypatch.setenv("SUDI_FOO", "1")
    Path(".env").write_text("SUDI_PROT=1\nSUDI_CONFIG=x\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load()
    found = {mistake.key: mistake for mistake in caught.value.mistakes}
    assert found["SUDI_TELEGRAM_TOKN"].details == {"nearest": "SUDI_TELEGRAM_TOKEN"}
    assert found["SUDI_FOO"].code == "unknown-key"
    assert found["prot"].details == {"nearest": "port"}
    assert found["SUDI_CONFIG"].code == "environment-only"


@pytest.mark.parametrize("admin", ["telegram:１２３", "telegram:٣", "telegram:", "telegram:-1", "web:1", "1"])
def test_an_admin_is_a_platform_and_a_number(admin: str) -> None:
    """An admin is named by ASCII digits, as the platforms write their ids: no other digits would ever be equal."""
    assert mistakes_of(f'admins = ["{admin}"]')["admins[1]"].code == "bad-admin"


def test_two_sources_of_one_name_are_refused() -> None:
    """A source is known by its name: two of one name would be one."""
    found = mistakes_of('sources = ["a/posts", "b/posts"]')
    assert found["sources[2].name"].code == "same-name"


def test_a_secret_is_in_no_message_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever else is wrong, no error, no mistake and no printed settings show a secret's value."""
    monkeypatch.setenv("SUDI_TELEGRAM_TOKEN", TOKEN)
    assert TOKEN not in repr(load())
    assert load().secrets() == (TOKEN,)
    Path("sudi.toml").write_text(f'port = "x"\ntelegram_token = {{a = "{TOKEN}"}}\ndiscord_token = ["{TOKEN}"]')
    with pytest.raises(ConfigError) as caught:
        load()
    told = [
        say(language, f"mistakes.{mistake.code}", **mistake.details)
        for mistake in caught.value.mistakes
        for language in LANGUAGES
    ]
    assert len(told) >= 4
    assert TOKEN not in "".join([*told, repr(caught.value), str(caught.value)])
    assert TOKEN not in repr(caught.value.__context__)


OTHER = "987654321:BBEhBOweik6ad9r_QXMENQjcrGbqCr4K-cd"  # nobody's either


@pytest.mark.parametrize("between", [",", " ", ", ", "\n"])
@pytest.mark.parametrize(("key", "tokens"), [("telegram", (TOKEN, OTHER)), ("discord", (DISCORD, OTHER_DISCORD))])
def test_several_bots_are_tokens_between_commas_or_blanks(
    monkeypatch: pytest.MonkeyPatch, between: str, key: str, tokens: tuple[str, str]
) -> None:
    """Several accounts are several tokens in one variable; each is a secret of its own."""
    monkeypatch.setenv(f"SUDI_{key.upper()}_TOKEN", between.join(tokens))
    settings = load()
    assert tuple(token.get_secret_value() for token in getattr(settings, f"{key}_token")) == tokens
    assert settings.secrets() == tokens
    assert not any(token in repr(settings) for token in tokens)


def test_a_token_may_come_from_every_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens stand in the file (though they should not), in the directory of secrets, in `.env` or the environment."""
    Path("sudi.toml").write_text(f'telegram_token = ["{TOKEN}"]')
    assert load().secrets() == (TOKEN,)
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/SUDI_TELEGRAM_TOKEN").write_text(f"{OTHER}\n")
    monkeypatch.setenv("SUDI_SECRETS_DIR", str(tmp_path / "secrets"))
    assert load().secrets() == (OTHER,)
    Path(".env").write_text(f"SUDI_TELEGRAM_TOKEN={TOKEN}\n")
    assert load().secrets() == (TOKEN,)
    assert Settings(telegram_token=SecretStr(TOKEN)).secrets() == (TOKEN,)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "given", [TOKEN[:-20], f"bot{TOKEN}", TOKEN.replace(":", ";"), f"{TOKEN}/x", f"{TOKEN},x", f"0{TOKEN}"]
)
def test_a_malformed_token_is_a_mistake_that_never_shows_it(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    """What cannot be a token is told as such, and no part of it is shown."""
    monkeypatch.setenv("SUDI_TELEGRAM_TOKEN", given)
    with pytest.raises(ConfigError) as caught:
        load()
    assert {mistake.code for mistake in caught.value.mistakes} == {"bad-token"}
    told = [say(one, f"mistakes.{found.code}", **found.details) for found in caught.value.mistakes for one in LANGUAGES]
    assert "AAEhBOweik" not in "".join([*told, repr(caught.value), repr(caught.value.__context__)])


@pytest.mark.parametrize(
    "given",
    [
        DISCORD[:-20],
        f"Bot {DISCORD}",
        DISCORD.partition(".")[2],
        f"{DISCORD}/x",
        f"{DISCORD},x",
        f"bm90IGEgbnVtYmVyIGF0IGFsbA.{DISCORD.partition('.')[2]}",
        f"MDAwMDAwMDAwMDAwMDAwMDAwMQ.{DISCORD.partition('.')[2]}",
        f"aaEhBOweik6ad9r_QXMENQjcaaEhB.{DISCORD.partition('.')[2]}",
        TOKEN.replace("AAE", "aaE"),
    ],
)
def test_what_is_no_token_of_discord_is_a_mistake_that_never_shows_it(
    monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    """What names no bot in its first part, or lacks a part, is told as no token of Discord, and no part is shown."""
    monkeypatch.setenv("SUDI_DISCORD_TOKEN", given)
    with pytest.raises(ConfigError) as caught:
        load()
    assert {mistake.code for mistake in caught.value.mistakes} == {"bad-discord-token"}
    told = [say(one, f"mistakes.{found.code}", **found.details) for found in caught.value.mistakes for one in LANGUAGES]
    assert all("Discord" in one for one in told)
    assert "aaEhBOweik" not in "".join([*told, repr(caught.value), repr(caught.value.__context__)])


@pytest.mark.parametrize(
    ("key", "tokens", "bot"),
    [
        ("telegram", (TOKEN, OTHER, f"{TOKEN[:-1]}d"), "123456789"),
        ("discord", (DISCORD, OTHER_DISCORD, f"{DISCORD[:-1]}d"), "1170000000000000001"),
    ],
)
def test_two_tokens_of_one_bot_are_a_mistake(
    monkeypatch: pytest.MonkeyPatch, key: str, tokens: tuple[str, ...], bot: str
) -> None:
    """One bot listens once: its number twice, with whatever secrets, is a mistake."""
    monkeypatch.setenv(f"SUDI_{key.upper()}_TOKEN", " ".join(tokens))
    with pytest.raises(ConfigError) as caught:
        load()
    (mistake,) = caught.value.mistakes
    assert (mistake.key, mistake.code, mistake.details) == (f"{key}_token[3]", "same-bot", {"value": bot})


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        ('telegram_api_url = "http://127.0.0.1:8081/"', {}),
        ('telegram_api_url = "ftp://h"', {"telegram_api_url": "bad-server"}),
        ('telegram_api_url = "https://u:sesame@h"', {"telegram_api_url": "bad-server"}),
        ('telegram_api_url = "https://h:99999"', {"telegram_api_url": "bad-server"}),
        ('telegram_api_url = " http://127.0.0.1:8081/prefix/ "', {}),
        ('telegram_api_url = "http://my server"', {"telegram_api_url": "bad-server"}),
        ('telegram_webhook_url = "https://h.example:8443/sudi"', {}),
        ('telegram_webhook_url = "http://h.example"', {"telegram_webhook_url": "bad-webhook"}),
        ('telegram_webhook_url = "https://h.example:8330"', {"telegram_webhook_url": "bad-webhook"}),
        ('telegram_webhook_url = "http://10.0.0.2:8330"\ntelegram_api_url = "http://10.0.0.3:8081"', {}),
        ('telegram_webhook_url = "https://h/?secret=sesame"', {"telegram_webhook_url": "bad-server"}),
        ("telegram_paid_per_day = -1", {"telegram_paid_per_day": "too-small"}),
        ("telegram_paid_per_day = 0.5", {"telegram_paid_per_day": "not-a-number"}),
    ],
)
def test_the_addresses_of_telegram_are_looked_at(text: str, mistakes: dict[str, str]) -> None:
    """Telegram posts to https at four ports; a server of one's own takes http and any; none carries a secret."""
    if not mistakes:
        Path("sudi.toml").write_text(text)
        api = load().telegram_api_url
        assert api == api.strip().rstrip("/")
        return
    found = mistakes_of(text)
    assert {key: mistake.code for key, mistake in found.items()} == mistakes
    assert "sesame" not in repr(found)


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("http://127.0.0.1:8081/api/v10/", "http://127.0.0.1:8081/api/v10"),
        (" https://chat.example/api/v9 ", "https://chat.example/api/v9"),
        ("ws://chat.example", ""),
        ("https://u:sesame@chat.example/api", ""),
        ("https://chat.example/api?token=sesame", ""),
        ("chat.example", ""),
    ],
)
def test_the_address_of_discord_is_looked_at(written: str, address: str) -> None:
    """Compatible servers have addresses of their own, with a version; none carries a secret."""
    text = f'discord_api_url = "{written}"'
    if address:
        Path("sudi.toml").write_text(text)
        assert load().discord_api_url == address
        return
    found = mistakes_of(text)
    assert {key: mistake.code for key, mistake in found.items()} == {"discord_api_url": "bad-server"}
    assert "sesame" not in repr(found)


def test_a_source_may_be_a_git_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    """A repository has an address, a branch and a folder within; it is called by its last name."""
    Path("sudi.toml").write_text(
        '[[sources]]\ngit = "https://bob:hunter2hunter2@h.example/a/news.git"\n'
        'branch = "main"\nfolder = "content/posts"\n'
    )
    (source,) = load().sources
    assert source.called == "news"
    assert source.place(Path("data")).as_posix().endswith("data/sources/news/tree/content/posts")
    assert source.shown == "https://h.example/a/news.git"
    repository = source.repository
    assert repository is not None
    assert (repository.branch, repository.folder, repository.user) == ("main", "content/posts", "bob")
    assert repository.secret == "hunter2hunter2"  # noqa: S105 - nobody's
    assert "hunter2hunter2" not in repr(load())
    assert "hunter2hunter2" in load().secrets()
    monkeypatch.setenv("SUDI_SOURCES", "/posts/daily,https://h.example/weekly.git")
    assert [(one.called, bool(one.git)) for one in load().sources] == [("daily", False), ("weekly", True)]


def test_the_token_of_a_repository_comes_from_its_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token stands in the environment, in `.env`, or in the directory of secrets."""
    Path("sudi.toml").write_text('[[sources]]\ngit = "https://h.example/news"\ntoken_env = "NEWS_TOKEN"\n')
    monkeypatch.delenv("NEWS_TOKEN", raising=False)

    def secret() -> tuple[str, bool]:
        repository = load().sources[0].repository
        assert repository is not None
        return repository.secret, repository.lacks_secret

    assert secret() == ("", True)
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/NEWS_TOKEN").write_text("one-of-nobody\n")
    monkeypatch.setenv("SUDI_SECRETS_DIR", str(tmp_path / "secrets"))
    assert secret() == ("one-of-nobody", False)
    Path(".env").write_text("NEWS_TOKEN=two-of-nobody\n")
    assert secret() == ("two-of-nobody", False)
    monkeypatch.setenv("NEWS_TOKEN", TOKEN)
    assert secret() == (TOKEN, False)
    assert TOKEN in load().secrets()
    assert TOKEN not in repr(load())


def test_mistakes_about_sources_are_told() -> None:
    """What cannot be a repository, a branch, a folder in it, a variable or a pattern is told, without a secret."""
    found = mistakes_of(
        """
        [[sources]]
        git = "ext::sh -c https://u:sesame@h/x"
        [[sources]]
        git = "https://h.example/x"
        branch = "-x"
        folder = "../up"
        token_env = "SUDI_X"
        include = ["a//b"]
        drafts = "maybe"
        [[sources]]
        folder = "posts"
        branch = "main"
        [[sources]]
        name = "nowhere"
        """
    )
    assert {key: mistake.code for key, mistake in found.items()} == {
        "sources[1].git": "bad-repository",
        "sources[2].branch": "bad-branch",
        "sources[2].folder": "outside-folder",
        "sources[2].token_env": "bad-variable",
        "sources[2].include[1]": "bad-glob",
        "sources[2].drafts": "not-one-of",
        "sources[3].branch": "only-git",
        "sources[4].folder": "missing",
    }
    for mistake in found.values():
        for language in LANGUAGES:
            assert "sesame" not in say(language, f"mistakes.{mistake.code}", **mistake.details)


def rows(heading: str) -> dict[str, list[str]]:
    """The table under a heading of the page about settings: the cells behind each key."""
    page = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
    section = page.split(f"# {heading}\n")[1].split("\n#")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if "|" in line]
    return {row[0].strip("`"): row[1:] for row in cells if row[0].startswith("`")}


def as_written(default: object) -> str:
    """A default as the page writes it."""
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if default is None or default == ():
        return "none"
    if isinstance(default, float):
        return f"`{default:g}`"
    return f"`{default}`" if default != "" else "empty"


def test_every_setting_is_in_the_documentation() -> None:
    """Every setting is in the documentation, with its variable and its default, and the page names no other."""
    documented = rows("Settings")
    assert documented.keys() == Settings.model_fields.keys()
    for name, field in Settings.model_fields.items():
        variable, default, meaning = documented[name]
        assert variable == f"`SUDI_{name.upper()}`"
        assert default == as_written(field.default)
        assert meaning.endswith(".")


@pytest.mark.parametrize(("heading", "table"), [("A source", SourceSettings), ("A series rule", SeriesSettings)])
def test_every_key_of_a_table_is_in_the_documentation(heading: str, table: type[BaseModel]) -> None:
    """Every key of a source and of a series rule is in the documentation."""
    documented = rows(heading)
    assert documented.keys() == table.model_fields.keys()
    for name, field in table.model_fields.items():
        assert (documented[name][0] == "required") == field.is_required()


def test_the_example_of_the_documentation_is_right() -> None:
    """The settings that the documentation shows are read without a mistake."""
    page = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
    Path("sudi.toml").write_text(page.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    assert [rule.series for rule in load().sources[0].series] == ["daily", "rolling"]
