"""Reading holds its bounds, also where a hole in it was not thought of."""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.booth import MOST_MEMORY, Cause, Failed, Order, bounded
from bot.reading import SMALL, Booth, Booths, read_here
from digest.model import Post
from digest.problems import Code, Problem
from digest.read import LARGEST_POST, read
from digest.richtext import plain_blocks
from tests.bot.traps import TRAPPED, trap
from tests.digest.posts import RULES

_POST = Post(path="x.md", data="---\ntitle: t\n---\n\n- [一则](https://a.b/1)\n- [又一则](https://a.b/2)\n".encode())
_IMPATIENT = 3.0
"""Seconds that a test waits for a booth that has gone deaf."""
_PATIENT = 100.0
"""Seconds that a test waits for all others: the machine may be busy."""

needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="the system has no /proc to look into")


def _booth(patience: float = _PATIENT) -> Booth:
    booth = Booth.started()
    booth.patience = patience
    return booth


@pytest.fixture
def booths() -> Iterator[Booths]:
    """Booths that nobody else uses."""
    found = Booths(start=_booth)
    yield found
    found.close()


@pytest.fixture
def booth() -> Iterator[Booth]:
    """A booth that has not read yet."""
    found = _booth()
    yield found
    found.end()


def _codes(problems: Iterable[Problem]) -> list[Code]:
    return [problem.code for problem in problems]


# --- What is read ------------------------------------------------------------------------------------------------


def test_a_booth_reads_as_we_would(booths: Booths) -> None:
    """What is read in a booth, or in this process within the bound of time, is what is read without any bound."""
    posts = [_POST, replace(_POST, data=b"# x"), replace(_POST, data=b"\xff\xfe"), replace(_POST, data=b"")]
    for post in posts:
        assert booths.read(post, RULES) == read_here(post, RULES) == read(post, RULES)


def test_many_read_at_once(booths: Booths) -> None:
    """Threads that read at once are answered each its own."""
    posts = [Post(path=f"{n}.md", data=f"# 第{n}篇\n\n正文".encode()) for n in range(40)]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda post: booths.read(post, RULES).title, posts))
    assert found == [f"第{n}篇" for n in range(40)]


def test_the_largest_post_is_read(booths: Booths) -> None:
    """A post at the cap, made as posts are, is read with every story, within the memory of a booth."""
    item = "- [一个足够长的标题{n}](https://example.com/stories/{n:05}/page)\n\n  {body}\n\n"
    text = "---\ntitle: t\n---\n\n"
    body = "正文说的是来龙去脉。" * 12
    stories = 0
    while len((text + item + body).encode()) <= LARGEST_POST:
        stories += 1
        text += item.format(n=stories, body=body)
    digest = booths.read(Post(path="x.md", data=text.encode()), RULES)
    assert Code.TEXT_ONLY not in _codes(digest.problems)
    assert len(digest.stories) == stories


# --- What is stopped ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("harm", "cause"),
    [
        ("endless", Cause.TIME),
        ("deaf", Cause.TIME),
        ("swallowing", Cause.TIME),
        ("greedy", Cause.MEMORY),
        ("deadly", Cause.DEATH),
    ],
)
def test_fault_41_a_hole_in_reading_costs_one_post_its_markup(harm: str, cause: Cause, booths: Booths) -> None:
    """A post that takes without end, or ends its booth, is read as text only; an operator sees why; others are read."""
    if cause is Cause.MEMORY and not sys.platform.startswith("linux"):
        pytest.skip("only Linux bounds what a process holds")
    if harm == "deaf":
        booths.start = partial(_booth, _IMPATIENT)
    with capture_logs() as said:
        digest = booths.read(TRAPPED, trap(harm))
    assert [(line["event"], line["cause"], line["path"]) for line in said] == [("post.read_as_text", cause, "x.md")]
    assert Code.TEXT_ONLY in _codes(digest.problems)
    assert digest.deliverable
    assert plain_blocks(digest.intro) == "词语 [a](b.md) 词语"
    assert booths.read(_POST, RULES) == read(_POST, RULES)


def test_what_cost_too_much_stays_what_it_was_read_as(booths: Booths) -> None:
    """A post that was read as text only is not tried again, and its digest stays the same."""
    first = booths.read(TRAPPED, trap("deadly"))
    with capture_logs() as said:
        assert booths.read(TRAPPED, trap("deadly")) == first
    assert said == []


def test_a_fault_of_reading_is_a_problem(booths: Booths) -> None:
    """A fault that the parser raises costs one post its markup, and nobody is stopped."""
    assert Code.TEXT_ONLY in _codes(booths.read(TRAPPED, trap("faulty")).problems)


def test_what_cannot_even_be_read_as_text(booths: Booths) -> None:
    """A post that fails as text too has a fatal problem that says why, and the operator sees both failures."""
    rules = replace(trap("deadly"), permalink="{path}")
    with capture_logs() as said:
        digest = booths.read(TRAPPED, rules)
    assert [line["event"] for line in said] == ["post.read_as_text", "post.not_readable"]
    assert [(problem.code, problem.details) for problem in digest.problems] == [(Code.TOO_COSTLY, {"reason": "death"})]
    assert digest.revision == read(TRAPPED, RULES).revision


def test_a_program_that_only_reads_bounds_itself() -> None:
    """Without a booth, the main thread of a process keeps the bound of time."""
    with capture_logs() as said:
        digest = read_here(TRAPPED, trap("endless"))
    assert [line["cause"] for line in said] == [Cause.TIME]
    assert Code.TEXT_ONLY in _codes(digest.problems)


def test_the_bound_leaves_nothing_behind() -> None:
    """After bounded work the timer is off and signals go where they went."""
    before = signal.getsignal(signal.SIGPROF)
    assert bounded(0.05, lambda: sum(range(100))) == sum(range(100))
    assert isinstance(bounded(0.05, lambda: [None for _ in iter(int, 1)]), Failed)
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGPROF) == before


# --- Booths come and go ------------------------------------------------------------------------------------------


def test_a_booth_that_has_gone_is_replaced(booths: Booths) -> None:
    """A booth that ended while nobody used it costs no post anything."""
    started: list[Booth] = []

    def start() -> Booth:
        started.append(_booth())
        return started[-1]

    booths.start = start
    assert booths.read(_POST, RULES).title == "t"
    started[0].program.kill()
    with capture_logs() as said:
        assert booths.read(_POST, RULES) == read(_POST, RULES)
    assert said == []
    assert len(started) == 2


@needs_proc
def test_booths_that_nobody_needs_leave_nothing_behind(booths: Booths) -> None:
    """Of booths that ended for want of work no dead process is left, though others go on reading."""
    first, second = _booth(), _booth()
    waiting = iter([first, second])
    booths.start = lambda: next(waiting)
    gate = threading.Barrier(2)

    def read(_number: int) -> None:
        gate.wait()
        booths.read(_POST, RULES)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(read, range(2)))
    first.program.kill()
    os.waitid(os.P_PID, first.program.pid, os.WEXITED | os.WNOWAIT)
    booths.read(_POST, RULES)
    assert not Path(f"/proc/{first.program.pid}").exists()
    second.end()


@pytest.mark.parametrize(("size", "codes"), [(10, []), (SMALL, [Code.TEXT_ONLY])])
def test_a_system_that_starts_nothing(size: int, codes: list[Code]) -> None:
    """Where no booth can be started, small posts are read all the same, others as text only, and the log says so."""

    def start() -> Booth:
        raise PermissionError("not here")

    post = replace(_POST, data=_POST.data + "词".encode() * size)
    with capture_logs() as said:
        digest = Booths(start=start).read(post, RULES)
    assert [code for code in _codes(digest.problems) if code is Code.TEXT_ONLY] == codes
    assert said[0]["event"] == "booth.not_started"


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


_PARENT = """
import sys, threading
from bot.reading import Booth
from bot.booth import Order
from tests.bot.traps import TRAPPED, trap
booth = Booth.started()
print(booth.program.pid, flush=True)
if len(sys.argv) > 1:
    booth.read(Order(post=TRAPPED, rules=trap(sys.argv[1])))
threading.Event().wait()
"""


@needs_proc
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("harm", [[], ["endless"]], ids=["idle", "busy"])
def test_no_booth_outlives_its_program(number: signal.Signals, harm: list[str]) -> None:
    """However the program ends, its booths end by themselves, at once or when their time is up."""
    root = Path(__file__).parents[2]
    parent = subprocess.Popen([sys.executable, "-c", _PARENT, *harm], cwd=root, stdout=subprocess.PIPE, text=True)
    with parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        assert _runs(pid)
        parent.send_signal(number)
    for _ in range(600):
        if not _runs(pid):
            break
        time.sleep(0.05)
    assert not _runs(pid)


@needs_proc
def test_a_booth_inherits_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A booth has its connection alone: no lock, no listening socket, no file of ours, no secret of the settings."""
    monkeypatch.setenv("SUDI_TELEGRAM_TOKEN", "a secret")
    monkeypatch.setenv("NEWS_TOKEN", "the secret of a source")
    with socket.create_server(("127.0.0.1", 0)) as server, (tmp_path / "lock").open("w") as lock:
        os.set_inheritable(server.fileno(), True)  # noqa: FBT003 - the standard library's own form
        os.set_inheritable(lock.fileno(), True)  # noqa: FBT003 - the same
        booth = _booth()
    try:
        proc = Path(f"/proc/{booth.program.pid}")
        held = sorted(str(name.readlink()).partition(":")[0] for name in (proc / "fd").iterdir())
        assert held == ["/dev/null"] * 3 + ["socket"]
        assert "secret" not in (proc / "environ").read_text()
    finally:
        booth.end()


@needs_proc
def test_a_booth_ignores_what_its_program_is_told(booth: Booth) -> None:
    """A signal to all of a service's processes does not cost a post that is being read."""
    for number in (signal.SIGINT, signal.SIGTERM):
        booth.program.send_signal(number)
    assert booth.read(Order(post=_POST, rules=RULES)) == read(_POST, RULES)


@needs_proc
def test_memory_is_bounded(booth: Booth) -> None:
    """Whatever a post asks for, a booth never holds more than it may, and a little for its libraries."""
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux bounds what a process holds")
    answer = booth.read(Order(post=TRAPPED, rules=trap("greedy")))
    assert isinstance(answer, Failed)
    assert answer.cause is Cause.MEMORY
    status = Path(f"/proc/{booth.program.pid}/status").read_text()
    assert int(status.partition("VmHWM:")[2].split()[0]) * 1024 < MOST_MEMORY + (30 << 20) <= 200 << 20


def test_reading_is_not_bound_to_a_thread(booths: Booths) -> None:
    """A reading that is cut off by an interrupt leaves no booth that would answer the next post with the last one."""
    booth = _booth()
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with pytest.raises(KeyboardInterrupt):
            booth.read(Order(post=TRAPPED, rules=trap("endless")))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert booth.ended
    assert threading.current_thread() is threading.main_thread()
    assert resource.getrlimit(resource.RLIMIT_DATA)[0] != MOST_MEMORY
    assert booths.read(_POST, RULES).title == "t"
