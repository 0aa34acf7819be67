"""A Git repository as a folder: received with the real git, whatever the remote and the disk do."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path

import pytest

from bot.looking.checkout import HEAD, Checkout, place_of, reach
from bot.looking.git import MOST_OUTPUT, Git, GitFailed, Trouble
from bot.looking.repository import Repository
from tests.bot.git_server import git_server, moved_git_server
from tests.bot.publisher import Publisher, checkout, files, publisher

SECRET = "s3cr3t-of-nobody"  # noqa: S105 - nobody's


@pytest.fixture
def remote(tmp_path: Path) -> Publisher:
    """A publisher with one post."""
    found = publisher(tmp_path / "remote")
    found.commit(a__md="A")
    return found


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where the checkout is kept."""
    return place_of(tmp_path / "data", "news")


async def trouble_of(found: Checkout) -> Trouble:
    """Why it cannot be received."""
    with pytest.raises(GitFailed) as caught:
        await found.fetch()
    return caught.value.trouble


def program(folder: Path, script: str, name: str = "git") -> str:
    """A PATH on which this program is this script."""
    folder.mkdir()
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def runs(number: int) -> bool:
    """Whether the process of this number runs."""
    try:
        os.kill(number, 0)
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return Path("/proc/self").exists() is False
    return state not in "ZX"


async def appears(path: Path) -> None:
    """Wait until a file is there."""
    for _ in range(3000):
        if here_at(path):
            return
        await asyncio.sleep(0.01)
    raise AssertionError(path)


def all_files(folder: Path) -> set[str]:
    """The names of everything below a folder that is no folder."""
    return {path.name for path in folder.rglob("*") if not path.is_dir()}


def texts_below(folder: Path) -> list[str]:
    """The texts of all files below a folder."""
    return [path.read_text(errors="replace") for path in folder.rglob("*") if path.is_file()]


def here_at(home: Path) -> bool:
    """Whether anything is there."""
    return home.exists()


# --- What the remote does ----------------------------------------------------------------------------------------


async def test_a_repository_is_received_and_followed(remote: Publisher, home: Path) -> None:
    """A repository is received without its history, and what is committed later is received as well."""
    remote.commit(b__md="B")
    here = checkout(home, remote.url)
    assert not here.is_ready()
    first = await here.fetch()
    assert (first.changed, here.commit, files(here)) == (True, first.commit, {"a.md": "A", "b.md": "B"})
    assert not (await here.fetch()).changed
    remote.delete("a.md")
    second = remote.commit(b__md="B2", sub_0_c__md="C")
    assert (await here.fetch()).commit == second
    assert files(here) == {"b.md": "B2", "sub/c.md": "C"}
    git = Git(os.environ)
    assert (await git.run("rev-list", "--count", HEAD, home=home)).strip() == "1"


async def test_unchanged_files_keep_their_times(remote: Publisher, home: Path) -> None:
    """A commit touches only the files that it changes: the others are not read again."""
    here = checkout(home, remote.url)
    await here.fetch()
    before = (here.folder / "a.md").stat()
    remote.commit(b__md="B")
    await here.fetch()
    after = (here.folder / "a.md").stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


@pytest.mark.parametrize("how", ["amended", "rewritten", "orphan", "back"])
async def test_fault_23_a_rewritten_history_is_followed(remote: Publisher, home: Path, how: str) -> None:
    """A force-push, a rewritten or a new history, and one that goes back: the files are those of the branch."""
    remote.commit(b__md="B")
    here = checkout(home, remote.url)
    await here.fetch()
    match how:
        case "amended":
            remote.commit(amend=True, c__md="C")
        case "rewritten":
            remote.git("reset", "--quiet", "--hard", "HEAD~1")
            remote.commit(c__md="C")
        case "orphan":
            remote.git("checkout", "--quiet", "--orphan", "new")
            remote.commit(c__md="C")
            remote.git("branch", "--force", "main")
            remote.git("checkout", "--quiet", "main")
        case _:
            remote.git("reset", "--quiet", "--hard", "HEAD~1")
    remote.git("reflog", "expire", "--expire=now", "--all")
    remote.git("gc", "--quiet", "--prune=now")
    assert (await here.fetch()).commit == remote.git("rev-parse", "main")
    tracked = remote.git("ls-tree", "-r", "--name-only", "main").splitlines()
    assert sorted(files(here)) == tracked


async def test_a_branch_and_a_folder_are_chosen(remote: Publisher, home: Path) -> None:
    """Only the branch and the folder that are named are read, and of its files only those that may be posts."""
    remote.git("checkout", "--quiet", "-b", "site/next")
    for path in ("content/posts/x.md", "content/posts/p.png", "content/y.md", "a [b]/z.MD"):
        remote.write(path, "X")
    remote.commit()
    here = checkout(home, remote.url, branch="site/next", folder="content/posts")
    await here.fetch()
    assert files(here) == {"x.md": "X"}
    assert all_files(home / "tree") == {"x.md"}
    odd = checkout(home, remote.url, branch="site/next", folder="a [b]")
    await odd.fetch()
    assert files(odd) == {"z.MD": "X"}


async def test_another_branch_or_remote_in_the_settings_is_received_anew(
    remote: Publisher, home: Path, tmp_path: Path
) -> None:
    """Where the settings name another branch or address, what was received before is not looked at any more."""
    await checkout(home, remote.url).fetch()
    remote.git("checkout", "--quiet", "-b", "other")
    remote.commit(b__md="B")
    other = checkout(home, remote.url, branch="other")
    assert not other.is_ready()
    await other.fetch()
    assert files(other) == {"a.md": "A", "b.md": "B"}
    moved = publisher(tmp_path / "moved")
    moved.commit(c__md="C")
    here = checkout(home, moved.url)
    assert not here.is_ready()
    await here.fetch()
    assert files(here) == {"c.md": "C"}
    assert [path.name for path in home.parent.iterdir()] == ["news"]


async def test_what_is_missing_at_the_remote_is_named(remote: Publisher, home: Path, tmp_path: Path) -> None:
    """No repository, an empty one, no such branch, no such folder, a folder that is a link: each is named."""
    empty = publisher(tmp_path / "empty")
    (remote.folder / "link").symlink_to("/etc")
    remote.commit(sub_0_b__md="B")
    nowhere = (tmp_path / "nowhere").as_uri()
    assert await trouble_of(checkout(home, nowhere)) is Trouble.NO_REPOSITORY
    assert await trouble_of(checkout(home, empty.url)) is Trouble.NO_COMMIT
    assert await trouble_of(checkout(home, remote.url, branch="none")) is Trouble.NO_BRANCH
    for folder in ("none", "link", "a.md", "link/ssl"):
        assert await trouble_of(checkout(home, remote.url, folder=folder)) is Trouble.NO_FOLDER
    assert await trouble_of(checkout(home, "https://127.0.0.1:9/x.git")) is Trouble.UNREACHABLE
    assert not here_at(home)


async def test_a_remote_that_vanishes_leaves_the_files_and_may_come_back(remote: Publisher, home: Path) -> None:
    """While a remote, its branch or its folder is gone, what was received stays; when it is back, it is followed."""
    remote.commit(sub_0_b__md="B")
    here = checkout(home, remote.url, branch="main", folder="sub")
    await here.fetch()
    aside = remote.folder.rename(remote.folder.with_name("aside"))
    assert await trouble_of(here) is Trouble.NO_REPOSITORY
    aside.rename(remote.folder)
    remote.git("branch", "--move", "main", "trunk")
    assert await trouble_of(here) is Trouble.NO_BRANCH
    remote.git("branch", "--move", "trunk", "main")
    remote.git("rm", "-r", "--quiet", "sub")
    remote.commit()
    assert await trouble_of(here) is Trouble.NO_FOLDER
    assert here.is_ready()
    assert files(here) == {"b.md": "B"}
    remote.commit(sub_0_c__md="C")
    await here.fetch()
    assert files(here) == {"c.md": "C"}


async def test_a_folder_without_posts_is_an_empty_folder(remote: Publisher, home: Path) -> None:
    """A folder of the repository in which no post lies yet is there, and empty."""
    remote.commit(sub_0_p__png="P")
    here = checkout(home, remote.url, folder="sub")
    await here.fetch()
    assert here.folder.is_dir()
    assert files(here) == {}


async def test_a_remote_that_filters_sends_only_what_is_wanted(remote: Publisher, home: Path) -> None:
    """Of a remote that can send parts only the files that may be posts are received, new ones as well."""
    remote.git("config", "uploadpack.allowFilter", "true")
    remote.commit(p__png="P" * 100_000)
    here = checkout(home, remote.url)
    await here.fetch()
    remote.commit(b__md="B", q__png="Q" * 100_000)
    await here.fetch()
    assert files(here) == {"a.md": "A", "b.md": "B"}
    present = await Git(os.environ).run("rev-list", "--objects", "--missing=print", HEAD, home=home)
    assert len([line for line in present.splitlines() if line.startswith("?")]) == 2


# --- What happens on disk ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "damage", ["index.lock", "index", "HEAD", "objects", "config", "refs", "git", "tree", "ready", "shallow.lock"]
)
async def test_whatever_is_damaged_is_received_anew(remote: Publisher, home: Path, damage: str) -> None:
    """A lock left by a crash, a half-made copy, files that are damaged or gone: the next fetch makes it whole."""
    await checkout(home, remote.url).fetch()
    match damage:
        case "index.lock" | "shallow.lock":
            (home / "git" / damage).touch()
        case "index" | "HEAD" | "config":
            (home / "git" / damage).write_bytes(b"\0\1\2garbage")
        case "objects" | "refs":
            shutil.rmtree(home / "git" / damage)
        case "ready":
            (home / damage).write_text("{")
        case _:
            shutil.rmtree(home / damage)
    remote.commit(b__md="B")
    here = checkout(home, remote.url)
    await here.fetch()
    assert here.is_ready()
    assert files(here) == {"a.md": "A", "b.md": "B"}
    assert [path.name for path in home.parent.iterdir()] == ["news"]


async def test_a_tree_that_was_left_half_changed_is_not_looked_at(remote: Publisher, home: Path) -> None:
    """While the files are being changed they are not ready, and stay so when that was cut off."""
    here = checkout(home, remote.url)
    await here.fetch()
    (home / "ready").unlink()
    (here.folder / "a.md").unlink()
    again = checkout(home, remote.url)
    assert not again.is_ready()
    await again.fetch()
    assert files(again) == {"a.md": "A"}


async def test_what_somebody_changed_in_the_tree_is_undone(remote: Publisher, home: Path) -> None:
    """The tree is the repository's alone: a fetch takes out what was not committed."""
    here = checkout(home, remote.url)
    await here.fetch()
    (here.folder / "a.md").write_text("mine")
    (here.folder / "new.md").write_text("mine")
    await here.fetch()
    assert files(here) == {"a.md": "A"}


async def test_a_first_fetch_that_was_cut_off_leaves_nothing(remote: Publisher, home: Path, tmp_path: Path) -> None:
    """What is left of a half-made copy is cleared away by the next attempt."""
    script = f'[ $1 = fetch ] || exec {shutil.which("git")} "$@"; touch {tmp_path}/fetching; sleep 60'
    stuck = checkout(home, remote.url, path=program(tmp_path / "bin", script))
    task = asyncio.create_task(stuck.fetch())
    await appears(tmp_path / "fetching")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (home.parent / ".news~left").mkdir(parents=True)
    await checkout(home, remote.url).fetch()
    assert [path.name for path in home.parent.iterdir()] == ["news"]


def living(group: int) -> list[str]:
    """The processes of a group that still run: what they are called."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            name, _, rest = entry.read_text().rpartition(") ")
            state, _, of_group = rest.split()[:3]
            found += [name] if int(of_group) == group and state not in "ZX" else []
    return found


@pytest.mark.parametrize("turns", range(1, 9))
async def test_a_fetch_that_is_cut_off_as_it_starts_leaves_no_process(
    remote: Publisher, home: Path, tmp_path: Path, turns: int
) -> None:
    """Whenever a fetch is cut off, git and what git started are ended."""
    stuck = checkout(home, remote.url, path=program(tmp_path / "bin", f"echo $$ > {tmp_path}/git; sleep 60; :"))
    task = asyncio.create_task(stuck.fetch())
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    started = (tmp_path / "git").read_text() if (tmp_path / "git").exists() else ""
    assert not started or living(int(started)) == []


# --- What is foreign has no say ----------------------------------------------------------------------------------


async def test_nothing_in_a_repository_runs(remote: Publisher, home: Path, tmp_path: Path) -> None:
    """Hooks, filters, submodules and settings that lie in a repository have no effect, nor have line-end rules."""
    proof = tmp_path / "proof"
    attributes = "*.md filter=evil text eol=crlf ident working-tree-encoding=UTF-16\n"
    remote.commit(hooks_0_x__md="H")
    for name in (".gitattributes", "sub/.gitattributes"):
        remote.write(name, attributes)
    remote.write(".gitmodules", f'[submodule "s"]\n\tpath = s\n\turl = ext::sh -c "touch {proof}"\n')
    remote.git("update-index", "--add", ".gitattributes", "sub/.gitattributes", ".gitmodules")
    remote.git("update-index", "--add", "--cacheinfo", f"160000,{remote.git('rev-parse', 'HEAD')},s")
    blob = remote.git("hash-object", "-w", "--no-filters", str(remote.write("raw.md", "$Id$ one\ntwo\n")))
    remote.git("update-index", "--add", "--cacheinfo", f"100644,{blob},raw.md")
    remote.git("commit", "--quiet", "--message=x")
    settings = tmp_path / ".gitconfig"
    settings.write_text(
        f'[filter "evil"]\n\tsmudge = touch {proof}\n[core]\n\thooksPath = {tmp_path}/hooks\n'
        f"\tfsmonitor = {tmp_path}/hooks/post-checkout\n"
    )
    (tmp_path / "hooks").mkdir()
    program(tmp_path / "hooks/bin", f"touch {proof}")
    for hook in ("post-checkout", "reference-transaction", "post-merge", "post-index-change"):
        shutil.copy(tmp_path / "hooks/bin/git", tmp_path / "hooks" / hook)
    environ = {**os.environ, "HOME": str(tmp_path)}
    repository = Repository(url=remote.url, endings=("md",))
    here = Checkout("news", repository, home=home, git=Git(environ))
    await here.fetch()
    await here.fetch()
    assert files(here)["raw.md"] == "$Id$ one\ntwo\n"
    assert not proof.exists()


@pytest.mark.parametrize("url", ["ext::sh -c 'exit 0'", "-oProxyCommand=x", "git://127.0.0.1:9/x", "--upload-pack=x"])
async def test_other_transports_are_not_used(home: Path, url: str) -> None:
    """A transport that runs commands, or an option in place of an address, is refused by git as well."""
    assert await trouble_of(checkout(home, url)) in {Trouble.NO_REPOSITORY, Trouble.BROKEN}


async def test_links_that_lead_out_of_the_folder_are_not_followed(
    remote: Publisher, home: Path, tmp_path: Path
) -> None:
    """A link in the repository that leads out of the folder is no post, and cannot be read as one."""
    from bot.looking import folder

    (tmp_path / "private.md").write_text("private")
    (remote.folder / "out.md").symlink_to(tmp_path / "private.md")
    (remote.folder / "far").symlink_to(tmp_path)
    (remote.folder / "in.md").symlink_to("a.md")
    (remote.folder / "git.md").symlink_to("../git/config")
    remote.commit()
    here = checkout(home, remote.url)
    await here.fetch()
    assert sorted(folder.walk(here.folder)) == ["a.md", "in.md"]
    for path in ("out.md", "far/private.md", "git.md", "../git/config"):
        assert folder.read(here.folder, path) is None
    assert folder.read(here.folder, "in.md") == b"A"


# --- How git is run ----------------------------------------------------------------------------------------------


async def test_a_git_that_hangs_is_ended_with_its_children(home: Path, tmp_path: Path) -> None:
    """A call has a time limit, after which git and whatever it started are gone."""
    script = f"[ $1 = version ] && exec echo git version 2.39.5; sleep 300 & echo $! > {tmp_path}/child; wait"
    here = checkout(home, "file:///x", limit=0.3, path=program(tmp_path / "bin", script))
    assert await trouble_of(here) is Trouble.TIMED_OUT
    assert not runs(int((tmp_path / "child").read_text()))


async def test_what_git_says_is_bounded(tmp_path: Path) -> None:
    """However much git says, only its beginning is kept, and it is not kept waiting."""
    git = Git({"PATH": program(tmp_path / "bin", "head -c 5000000 /dev/zero | tr '\\0' x")})
    assert await git.run("version") == "x" * MOST_OUTPUT


async def test_a_machine_without_git_says_so(home: Path, tmp_path: Path) -> None:
    """Where there is no git, that is what is said."""
    assert await trouble_of(checkout(home, "file:///x", path=str(tmp_path))) is Trouble.NO_GIT


async def test_a_git_that_is_too_old_is_not_used(home: Path, tmp_path: Path) -> None:
    """A git that would pass over our settings in silence is refused before it touches anything."""
    old = checkout(home, "file:///x", path=program(tmp_path / "bin", "echo git version 2.30.9"))
    assert await trouble_of(old) is Trouble.OLD_GIT
    assert not here_at(home.parent)


async def test_secrets_are_no_arguments_and_stay_off_the_disk(home: Path, tmp_path: Path) -> None:
    """A token reaches git beside its command line, for its host alone; in no argument, error or file it is found."""
    script = (
        f'echo "$@" >> {tmp_path}/arguments; env >> {tmp_path}/environment; '
        'case "$1" in fetch) echo "fatal: unable to access '
        f'\'https://u:{SECRET}@h.example/x\'" >&2; exit 128;; *) exec {shutil.which("git")} "$@";; esac'
    )
    repository = Repository(url="https://h.example/x", endings=("md",), user="u", secret=SECRET)
    environ = {**os.environ, "PATH": program(tmp_path / "bin", script), "SUDI_TELEGRAM_TOKEN": "other"}
    here = Checkout("news", repository, home=home, git=Git(environ))
    with pytest.raises(GitFailed) as caught:
        await here.fetch()
    assert caught.value.trouble is Trouble.UNREACHABLE
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(repository)
    assert SECRET not in (tmp_path / "arguments").read_text()
    environment = (tmp_path / "environment").read_text()
    assert "=u\n" in environment
    assert f"={SECRET}\n" in environment
    assert "=credential.https://h.example/.helper" in environment
    assert "SUDI_" not in environment
    assert not any(SECRET in text for text in texts_below(home.parent))


async def test_a_private_repository_is_received_over_http(remote: Publisher, home: Path) -> None:
    """With the right name and secret a private repository is received and followed; with wrong ones it is refused."""
    remote.git("config", "uploadpack.allowFilter", "true")
    git = Git(os.environ)
    with git_server(remote.folder.parent, "bob", SECRET) as url:

        def private(user: str, secret: str) -> Checkout:
            address = f"{url}/remote/.git"
            repository = Repository(url=address, endings=("md",), user=user, secret=secret)
            return Checkout("news", repository, home=home, git=git)

        for user, secret in (("bob", "wrong"), ("", ""), ("eve", SECRET)):
            assert await trouble_of(private(user, secret)) is Trouble.REFUSED
        here = private("bob", SECRET)
        await here.fetch()
        remote.commit(b__md="B", p__png="P" * 10_000)
        await here.fetch()
        assert files(here) == {"a.md": "A", "b.md": "B"}
        await reach(git, here.repository)
        assert await trouble_of(private("bob", "wrong")) is Trouble.REFUSED
        assert here.is_ready()
    assert await trouble_of(here) is Trouble.UNREACHABLE
    assert not any(SECRET in text for text in texts_below(home))


async def test_a_secret_is_not_sent_on(remote: Publisher, home: Path) -> None:
    """A host that sends us on to another one does not send our secret there."""
    heard: list[str | None] = []
    with moved_git_server(remote.folder.parent, heard) as url:
        repository = Repository(url=f"{url}/remote/.git", endings=("md",), secret=SECRET)
        here = Checkout("news", repository, home=home, git=Git(os.environ))
        await here.fetch()
    assert files(here) == {"a.md": "A"}
    assert len(heard) > 1
    assert set(heard) == {None}


@pytest.mark.parametrize(
    ("said", "trouble"),
    [
        ("Host key verification failed.", Trouble.UNKNOWN_HOST),
        ("git@h.example: Permission denied (publickey).", Trouble.REFUSED),
        ("ssh: Could not resolve hostname h.example: Name or service not known", Trouble.UNREACHABLE),
        ("ERROR: Repository not found.", Trouble.NO_REPOSITORY),
    ],
)
async def test_ssh_asks_nothing_and_takes_the_key(home: Path, tmp_path: Path, said: str, trouble: Trouble) -> None:
    """SSH is run so that it never asks, with the key that is named; what it says is understood."""
    path = program(tmp_path / "bin", f'printf "%s\\n" "$@" > {tmp_path}/arguments; echo "{said}" >&2; exit 255', "ssh")
    key = tmp_path / "a key"
    for url in ("ssh://git@h.example/x.git", "git@h.example:x.git"):
        repository = Repository(url=url, key=key)
        here = Checkout("news", repository, home=home, git=Git({**os.environ, "PATH": path}))
        assert await trouble_of(here) is trouble
        arguments = (tmp_path / "arguments").read_text().splitlines()
        assert {"-oBatchMode=yes", "-oIdentitiesOnly=yes", str(key), "git@h.example"} <= set(arguments)


async def test_a_token_that_is_meant_to_be_there_and_is_not_is_named(home: Path) -> None:
    """Without the token that the settings speak of, nothing is asked."""
    git = Git(os.environ)
    repository = Repository(url="https://127.0.0.1:9/x", lacks_secret=True)
    assert await trouble_of(Checkout("news", repository, home=home, git=git)) is Trouble.NO_TOKEN
    with pytest.raises(GitFailed, match="git-no-token"):
        await reach(git, repository)


async def test_a_remote_can_be_asked_whether_it_is_there(remote: Publisher, tmp_path: Path) -> None:
    """Asking a remote says whether it answers and has the branch."""
    git = Git(os.environ)
    await reach(git, Repository(url=remote.url, branch="main"))
    for repository, trouble in (
        (Repository(url=remote.url, branch="none"), Trouble.NO_BRANCH),
        (Repository(url=publisher(tmp_path / "empty").url), Trouble.NO_COMMIT),
        (Repository(url=(tmp_path / "none").as_uri()), Trouble.NO_REPOSITORY),
    ):
        with pytest.raises(GitFailed) as caught:
            await reach(git, repository)
        assert caught.value.trouble is trouble


@pytest.mark.parametrize("name", ["news", "新闻", "News", "..", "a/b", ".hidden", "x" * 300, "", "-rf"])
def test_a_checkout_lies_within_the_data_folder(tmp_path: Path, name: str) -> None:
    """Whatever a source is called, its checkout lies in the data folder, in a folder of its own."""
    place = place_of(tmp_path, name)
    assert place.parent == tmp_path / "sources"
    assert place.resolve().parent == (tmp_path / "sources").resolve()
    assert place != place_of(tmp_path, f"{name}2")
    assert len(os.fsencode(place.name)) < 200
