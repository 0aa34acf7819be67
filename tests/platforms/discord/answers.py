"""What the API says: results, and refusals with their codes and words (topics/opcodes-and-status-codes, «JSON»)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.platforms.discord.servers import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a request is answered with. `body`: JSON, or None for nothing; `text`: HTML in its place."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""

    @property
    def is_ok(self) -> bool:
        """Whether it was done."""
        return 200 <= self.status < 300

    @property
    def code(self) -> int:
        """The code of a refusal; 0 if there is none."""
        return int(self.body.get("code", 0)) if isinstance(self.body, dict) and not self.is_ok else 0


class ApiError(Exception):
    """A refusal, to be raised by whatever refuses."""

    def __init__(self, status: int, body: Json, headers: Mapping[str, str] | None = None, *, text: str = "") -> None:
        self.answer = Answer(status=status, body=None if text else body, headers=headers or {}, text=text)
        super().__init__(body.get("message", text))


_KNOWN: Final[dict[int, tuple[int, str]]] = {
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10013: (404, "Unknown User"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    10087: (404, "Unknown tag"),
    20016: (429, "This action cannot be performed due to slowmode rate limit"),
    20022: (429, "This message cannot be edited due to announcement rate limits"),
    20028: (429, "The write action you are performing on the channel has hit the write rate limit."),
    30034: (429, "Max number of daily application command creates has been reached (200)"),
    30046: (429, "Maximum number of edits to messages older than 1 hour reached. Try again later."),
    40033: (400, "This message has already been crossposted."),
    40060: (400, "Interaction has already been acknowledged."),
    40067: (400, "A tag is required to create a forum post in this channel"),
    50001: (403, "Missing Access"),
    50003: (403, "Cannot execute action on a DM channel"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50008: (400, "Cannot send messages in a non-text channel"),
    50013: (403, "Missing Permissions"),
    50021: (403, "Cannot execute action on a system message"),
    50024: (400, "Cannot execute action on this channel type"),
    50027: (401, "Invalid Webhook Token"),
    50083: (400, "Thread is archived"),
    50109: (400, "The request body contains invalid JSON."),
    50278: (403, "Cannot send messages to this user due to having no mutual guilds"),
    160005: (403, "Thread is locked"),
    200000: (400, "Message was blocked by automatic moderation"),
    220001: (400, "Webhooks posted to forum channels must have a thread_name or thread_id"),
    220002: (400, "Webhooks posted to forum channels cannot have both a thread_name and thread_id"),
    220003: (400, "Webhooks can only create threads in forum channels"),
    240000: (400, "Message blocked by harmful links filter"),
}


def refusal(code: int, **more: Any) -> ApiError:
    """A refusal by Discord's code, with Discord's words."""
    status, message = _KNOWN[code]
    return ApiError(status, {"message": message, "code": code, **more})


def status_and_words(code: int) -> tuple[int, str]:
    """The HTTP status and the words of a code."""
    return _KNOWN.get(code, (400, "Something is wrong"))


def unauthorized() -> ApiError:
    """401: there is no bot with this token."""
    return ApiError(401, {"message": "401: Unauthorized", "code": 0})


def not_found() -> ApiError:
    """404: there is no such route."""
    return ApiError(404, {"message": "404: Not Found", "code": 0})


def server_error() -> ApiError:
    """500, as for a body that is too large for what lies behind the API."""
    return ApiError(500, {"message": "500: Internal Server Error", "code": 0})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """What is wrong with one field of a body. `path`: its names and places, as ("embeds", "0", "title")."""

    path: tuple[str, ...]
    code: str
    words: str


def invalid(*mistakes: Mistake) -> ApiError:
    """50035: what is wrong, field by field (reference, «Error Messages»)."""
    errors: Json = {}
    for mistake in mistakes:
        place = errors
        for name in mistake.path:
            place = place.setdefault(name, {})
        place.setdefault("_errors", []).append({"code": mistake.code, "message": mistake.words})
    return ApiError(400, {"message": "Invalid Form Body", "code": 50035, "errors": errors})


def too_long(path: tuple[str, ...], most: int) -> Mistake:
    """A text has more than `most` code points."""
    return Mistake(path=path, code="BASE_TYPE_MAX_LENGTH", words=f"Must be {most} or fewer in length.")


def bad_length(path: tuple[str, ...], least: int, most: int) -> Mistake:
    """A text or list is shorter or longer than it may be."""
    words = f"Must be between {least} and {most} in length."
    return Mistake(path=path, code="BASE_TYPE_BAD_LENGTH", words=words)


def missing(path: tuple[str, ...]) -> Mistake:
    """A field is not there."""
    return Mistake(path=path, code="BASE_TYPE_REQUIRED", words="This field is required")


def not_among(path: tuple[str, ...], choices: str) -> Mistake:
    """A value is none of those that there are."""
    return Mistake(path=path, code="BASE_TYPE_CHOICES", words=f"Value must be one of {choices}.")
