"""Logging: structlog over the standard library, one handler at the root, and no secret ever in a line.

Everything that logs (we, httpx, aiohttp, APScheduler) ends in the root handler, which takes secrets out of the
finished line: it does not matter how they came in. Lines are written by a thread of their own, so that a sink
that blocks (a full pipe, a stuck terminal) never stops a sending.
"""

from __future__ import annotations

import atexit
import json
import logging
import queue
import re
import sys
import threading
from collections.abc import Iterable
from typing import TextIO
from urllib.parse import quote

import structlog

from bot.config import LogFormat
from bot.looking.repository import HIDDEN, without_userinfo

WAITING_LINES = 10_000
"""So many lines wait for a slow sink; what comes beyond them is dropped, and counted."""

_TOKENS = re.compile(
    r"\d{6,}(?::|%3A)[A-Za-z0-9_-]{30,}"  # Telegram: https://core.telegram.org/bots/api#authorizing-your-bot
    r"|[A-Za-z0-9_-]{23,30}\.[A-Za-z0-9_-]{6,7}\.[A-Za-z0-9_-]{27,}",  # Discord: three parts of base64
    re.IGNORECASE,
)
_LINKS = re.compile(r"\badmin_[0-9A-Za-z_-]{16,}")
"""What a link carries that makes an admin, while nobody has opened it."""
_KEYS = re.compile(r"(?i)([?&]key=|\bbearer\s+|\bbot\s+(?=[A-Za-z0-9_-]{20,}\.))[^\s&\"'<>]+")


class Redactor:
    """Takes secrets out of text: those it knows, in every spelling a log may give them, and what looks like one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known: frozenset[str] = frozenset()
        self.learn(*secrets)

    def learn(self, *secrets: str) -> None:
        """From now on these are hidden as well (short words are not: they would hide half of a line)."""
        spelled = {form for secret in secrets if len(secret) >= 4 for form in _spellings(secret)}  # noqa: PLR2004
        self._known |= spelled

    def hide(self, text: str) -> str:
        """The text without secrets."""
        for secret in sorted(self._known, key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        text = _LINKS.sub(f"admin_{HIDDEN}", _TOKENS.sub(HIDDEN, text))
        return without_userinfo(_KEYS.sub(rf"\g<1>{HIDDEN}", text))


def _spellings(secret: str) -> set[str]:
    quoted = quote(secret, safe="")
    return {secret, quoted, quoted.lower(), quote(secret), json.dumps(secret)[1:-1], repr(secret)[1:-1]}


class _Sink(logging.Handler):
    """Hides secrets in the finished line and hands it to the writing thread."""

    def __init__(self, stream: TextIO, redactor: Redactor) -> None:
        super().__init__()
        self._stream = stream
        self._redactor = redactor
        self._lines: queue.Queue[str | None] = queue.Queue(WAITING_LINES)
        self._dropped = 0
        self._writer = threading.Thread(target=self._write, name="log", daemon=True)
        self._writer.start()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self._redactor.hide(self.format(record))
        except Exception:  # noqa: BLE001 - a log call must never end its caller
            line = f"a log line of {record.name} could not be written"
        line = line.encode("utf-8", "backslashreplace").decode()
        try:
            self._lines.put_nowait(line)
        except queue.Full:
            self._dropped += 1

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            dropped, self._dropped = self._dropped, 0
            note = f"{dropped} log lines were dropped: the log could not be written fast enough\n" if dropped else ""
            try:
                self._stream.write(f"{note}{line}\n")
                self._stream.flush()
            except (OSError, ValueError):
                continue  # closed or broken: there is nobody to tell

    def close(self) -> None:
        """Write what waits, but wait for a blocked sink for a second at most."""
        try:
            self._lines.put_nowait(None)
        except queue.Full:
            pass
        else:
            self._writer.join(timeout=1)
        super().close()


def configure(level: str, form: LogFormat, redactor: Redactor, *, stream: TextIO | None = None) -> logging.Handler:
    """Set up all logging of the program, to stderr where no stream is given; returns the root handler."""
    stream = stream or sys.stderr
    sink = _Sink(stream, redactor)
    sink.setFormatter(_formatter(form, colors=form is LogFormat.CONSOLE and _is_terminal(stream)))
    root = logging.getLogger()
    for handler in list(root.handlers):
        root.removeHandler(handler)
        handler.close()
    root.addHandler(sink)
    root.setLevel(level.upper())
    # It tells of every beat of every job.
    logging.getLogger("apscheduler").setLevel(level.upper() if level == "debug" else "WARNING")
    # At «debug» it tells all parameters of every request: what readers are told, and the secret of the webhook.
    logging.getLogger("telegram").setLevel("INFO" if level == "debug" else level.upper())
    # At «debug» it tells every event whole, an interaction's token in it; at «info» what we log ourselves.
    quiet = {"debug": "INFO", "error": "ERROR"}
    logging.getLogger("discord").setLevel(quiet.get(level, "WARNING"))
    logging.getLogger("discord.client").setLevel("ERROR")  # what it warns of is that it could not talk
    logging.captureWarnings(capture=True)
    atexit.register(sink.close)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    return sink


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except (OSError, ValueError):
        return False  # closed or broken


def _shared() -> list[structlog.typing.Processor]:
    """What happens to every line, ours or a library's."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.UnicodeDecoder(),
    ]


def _formatter(form: LogFormat, *, colors: bool) -> logging.Formatter:
    if form is LogFormat.JSON:
        last: list[structlog.typing.Processor] = [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    else:
        plain = structlog.dev.plain_traceback
        last = [structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain)]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *_shared()],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )
