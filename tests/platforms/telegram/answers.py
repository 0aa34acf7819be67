"""What the simulated server answers: a status and a JSON body, and the refusals with the words of the real one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_NAMES = {400: "Bad Request: ", 403: "Forbidden: ", 409: "Conflict: "}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP status and the body, before it is spelled."""

    status: int
    body: dict[str, Any]

    @property
    def is_ok(self) -> bool:
        """Whether it was done."""
        return self.body["ok"] is True


class ApiError(Exception):
    """The server says no."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.answer = Answer(status=status, body=_body(status, description, parameters))


def _body(status: int, description: str, parameters: dict[str, int]) -> dict[str, Any]:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": _NAMES.get(status, "") + description}
    return body | ({"parameters": parameters} if parameters else {})


def done(result: Any) -> Answer:
    """It was done, and this came out."""
    return Answer(status=200, body={"ok": True, "result": result})


def bad(description: str, **parameters: int) -> ApiError:
    """400: the request asks for what cannot be."""
    return ApiError(400, description, **parameters)


def forbidden(description: str) -> ApiError:
    """403: the bot may not."""
    return ApiError(403, description)


def conflict(description: str) -> ApiError:
    """409: somebody else fetches the updates."""
    return ApiError(409, description)


def unauthorized() -> ApiError:
    """401: there is no bot with this token."""
    return ApiError(401, "Unauthorized")


def not_found(what: str = "") -> ApiError:
    """404: no such method, or what stands in place of the token is none."""
    return ApiError(404, f"Not Found{what and ': ' + what}")


def too_many(retry_after: int) -> ApiError:
    """429: wait so many seconds."""
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)
