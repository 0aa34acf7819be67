"""Takes the updates that Telegram posts to the web server. What is refused is answered without a word, and not logged.

Source: https://core.telegram.org/bots/api#setwebhook. What is not answered with 200 is posted again.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Final

from telegram import Bot, Update, WebhookInfo

from adapters.causes import Cause
from adapters.lines import Lines
from adapters.platform import AccountTrouble
from adapters.telegram.health import Health, Patience
from adapters.telegram.hearing import WANTED
from adapters.telegram.request import safe
from adapters.telegram.sifting import readable

PROOF: Final = "x-telegram-bot-api-secret-token"
"""The header in which Telegram says the secret."""

CONNECTIONS: Final = 64
"""At once from Telegram, at most (Bot API, setWebhook: 1 to 100)."""

MOST_WAITING: Final = 256
"""Updates that wait for their answers; Telegram brings the others again."""

LARGEST: Final = 1 << 20
"""Bytes of an update. Telegram's are below a tenth of it."""

LONGEST: Final = 50.0
"""Seconds for which Telegram waits for the answer to a post; it is asked to come again a little sooner."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where Telegram posts, and what it says to prove that it is Telegram (1 to 256 of `A-Z a-z 0-9 _ -`)."""

    url: str
    secret: str = field(repr=False)


class WebhookDoor:
    """Stands at the path that Telegram posts to. It is shut until the account is admitted, and when it stops."""

    def __init__(self, webhook: Webhook) -> None:
        self._webhook = webhook
        self._lines: Lines[Update] | None = None
        self._failed_at: datetime | None = None

    async def open(self, bot: Bot, lines: Lines[Update]) -> None:
        """Have Telegram post here. Raises what the library raises."""
        await bot.set_webhook(
            url=self._webhook.url,
            secret_token=self._webhook.secret,
            allowed_updates=WANTED,
            max_connections=CONNECTIONS,
        )
        self._lines = lines

    async def watch(self, bot: Bot, health: Health, patience: Patience) -> None:
        """Look now and then whether Telegram still posts here, until cancelled: nothing else would tell."""
        failures = 0
        while True:
            await asyncio.sleep(patience.hook)
            try:
                there = await bot.get_webhook_info()
            except Exception as error:  # noqa: BLE001 - whatever breaks, it is looked at again
                failures += 1
                await health.failed(error, failures, patience)
                continue
            failures = 0
            self._log_failure(there)
            if there.url == self._webhook.url:
                await health.well()
            else:
                await health.ill(AccountTrouble.RIVAL, Cause.HOOK_CHANGED)

    def _log_failure(self, there: WebhookInfo) -> None:
        """Only Telegram knows that it cannot reach us."""
        if there.last_error_date is None or there.last_error_date == self._failed_at:
            return
        self._failed_at = there.last_error_date
        why = safe(there.last_error_message or "")
        log.warning("Telegram could not post what was said (%s): %s", self._failed_at.isoformat(), why)

    def shut(self) -> None:
        """Take nothing any more; Telegram keeps what comes."""
        self._lines = None

    async def take(self, headers: Mapping[str, str], body: bytes) -> int:
        """The status for what was posted: 200 once it is answered, or where it can never be."""
        said = headers.get(PROOF, "")
        if not hmac.compare_digest(said.encode("utf-8", "replace"), self._webhook.secret.encode()):
            return HTTPStatus.FORBIDDEN
        if len(body) > LARGEST:
            log.warning("a post of %s bytes is no update, and is left out", len(body))
            return HTTPStatus.OK
        if self._lines is None or len(self._lines) >= MOST_WAITING:
            return HTTPStatus.SERVICE_UNAVAILABLE
        return await self._take(self._lines, body)

    async def _take(self, lines: Lines[Update], body: bytes) -> int:
        try:
            posted = json.loads(body)
        except (ValueError, RecursionError):
            log.warning("a post that is no JSON is left out")
            return HTTPStatus.OK
        update = readable(posted)
        answered = lines.take(update) if update is not None else None
        if answered is None:
            return HTTPStatus.OK
        await asyncio.wait({answered}, timeout=LONGEST)
        return HTTPStatus.OK if answered.done() and not answered.cancelled() else HTTPStatus.SERVICE_UNAVAILABLE
