"""Stands before every page: judges each visit, refuses what is foreign, and dresses every answer for safety.

What is refused is neither logged nor repeated: not its path, not its body, not the key that it tried.
"""

from __future__ import annotations

import logging
from typing import assert_never

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from adapters.web.access import API, Access, Verdict, Visit, is_open, local_path
from adapters.web.painter import Painter, see_other

log = logging.getLogger(__name__)

COOKIE_SECONDS = 90 * 24 * 3600
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
MISDIRECTED = 421

SAFETY = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


async def dress(request: web.Request, response: web.StreamResponse) -> None:
    """Every answer says what a browser may do with it; what is not said otherwise is kept nowhere."""
    del request
    response.headers.update(SAFETY)
    response.headers.setdefault("Cache-Control", "no-store")


class Gate:
    """The middlewares, outermost first."""

    def __init__(self, access: Access, painter: Painter, body_limit: int) -> None:
        self._access = access
        self._painter = painter
        self._body_limit = body_limit

    @property
    def middlewares(self) -> tuple[Middleware, ...]:
        """What aiohttp is given."""
        return (self.explain, self.admit)

    @web.middleware
    async def explain(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Turn what went wrong into a page, or into JSON for a program."""
        try:
            return await handler(request)
        except web.HTTPException as answer:
            if answer.status < web.HTTPBadRequest.status_code:
                raise
            return self.refuse(request, f"trouble_{answer.status}", answer.status)
        except Exception as fault:
            route = request.match_info.route.resource
            log.exception("a page failed: %s", type(fault).__name__, extra={"route": route and route.canonical})
            return self.refuse(request, "trouble_500", web.HTTPInternalServerError.status_code)

    @web.middleware
    async def admit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let in who may come in."""
        if (request.content_length or 0) > self._body_limit:
            return self.refuse(request, "trouble_413", web.HTTPRequestEntityTooLarge.status_code)
        verdict = self._access.judge(visit_of(request, self._access.cookie_name))
        match verdict:
            case Verdict.ADMITTED:
                return await self._admitted(request, handler)
            case Verdict.KEY_BROUGHT:
                return self._welcome(request)
            case Verdict.NO_KEY:
                return self._locked(request)
            case Verdict.FOREIGN_HOST:
                return self.refuse(request, "trouble_421", MISDIRECTED)
            case Verdict.FOREIGN_PAGE:
                return self.refuse(request, "trouble_403", web.HTTPForbidden.status_code)
            case _:
                assert_never(verdict)

    async def _admitted(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if _changes(request) and not is_open(request.path) and not request.path.startswith(API):
            try:
                token = (await request.post()).get("form_token", "")
            except (ValueError, LookupError, RuntimeError):  # no boundary, no such charset, no such encoding
                raise web.HTTPBadRequest from None
            if not (isinstance(token, str) and self._access.owns_form(token)):
                return self.refuse(request, "trouble_403", web.HTTPForbidden.status_code)
        return await handler(request)

    def _welcome(self, request: web.Request) -> web.Response:
        """Set the cookie and lead to the same page without the key.

        A visit that another site led here would not send a strict cookie along a redirect; a page of ours that
        leads on does.
        """
        target = local_path(str(request.rel_url.without_query_params("key")))
        target = "/#latest" if target == "/" else target
        led_here = request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}
        answer = self._painter.onward(request, target) if led_here else see_other(target)
        answer.set_cookie(
            self._access.cookie_name, self._access.cookie, max_age=COOKIE_SECONDS, httponly=True, samesite="Strict"
        )
        return answer

    def _locked(self, request: web.Request) -> web.Response:
        status = web.HTTPForbidden.status_code
        if request.path.startswith(API):
            return self.refuse(request, "trouble_401", web.HTTPUnauthorized.status_code)
        return _last(self._painter.locked(request, status))

    def refuse(self, request: web.Request, code: str, status: int) -> web.Response:
        """Say no, in the form that the asker reads."""
        if request.path.startswith(API):
            words = self._painter.wording(request).coded("pages", code)
            return _last(web.json_response({"error": code.removeprefix("trouble_"), "message": words}, status=status))
        return _last(self._painter.notice(request, code, status))


def _last(answer: web.Response) -> web.Response:
    """Nothing more is read from a connection that was refused."""
    answer.force_close()
    return answer


def _changes(request: web.Request) -> bool:
    return request.method not in SAFE_METHODS


def visit_of(request: web.Request, cookie_name: str) -> Visit:
    """What a request says about where it comes from."""
    headers = request.headers
    scheme, _, bearer = headers.get("Authorization", "").partition(" ")
    return Visit(
        path=request.path,
        changes=_changes(request),
        host=headers.get("Host", ""),
        origin=headers.get("Origin", ""),
        site=headers.get("Sec-Fetch-Site", ""),
        key=request.query.get("key", ""),
        cookie=request.cookies.get(cookie_name, ""),
        bearer=bearer.strip() if scheme.lower() == "bearer" else "",
    )
