"""Refusals over HTTP: JSON for the API, a page for people, the same words in both."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import wraps
from http import HTTPStatus
from typing import Any, cast

import msgspec
from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from visualizer.engine import errors as engine_errors
from visualizer.engine.errors import EngineError
from visualizer.labs import errors as lab_errors
from visualizer.labs.errors import LabError, problem_of
from visualizer.labs.frames import Problem

logger = logging.getLogger(__name__)

View = Callable[..., Awaitable[HttpResponseBase]]
Routable = Callable[..., HttpResponseBase]
"""What Django's `path` takes, as its stubs say; a view may be asynchronous all the same."""

STATUS: tuple[tuple[type[Exception], HTTPStatus], ...] = (
    (lab_errors.NotAllowed, HTTPStatus.FORBIDDEN),
    (lab_errors.NotThere, HTTPStatus.NOT_FOUND),
    (lab_errors.Invalid, HTTPStatus.BAD_REQUEST),
    (lab_errors.Changed, HTTPStatus.CONFLICT),
    (lab_errors.TooMuch, HTTPStatus.TOO_MANY_REQUESTS),
    (engine_errors.NotFound, HTTPStatus.NOT_FOUND),
    (engine_errors.Conflict, HTTPStatus.CONFLICT),
    (engine_errors.EngineUnavailable, HTTPStatus.SERVICE_UNAVAILABLE),
    (engine_errors.EngineError, HTTPStatus.BAD_REQUEST),
    (lab_errors.LabError, HTTPStatus.SERVICE_UNAVAILABLE),
)
PAGES: dict[int, Problem] = {
    400: Problem(
        code="bad-request",
        title="The site did not understand this request.",
        why="The address or what came with it is not as it should be.",
        try_="Go to the front page and start from there.",
    ),
    403: Problem(
        code="forbidden",
        title="The site did not take this request.",
        why="It did not come from a page of this site, or the page was open for very long.",
        try_="Load the page again, then try once more.",
    ),
    404: Problem(
        code="no-such-page",
        title="There is no page at this address.",
        why="It may be mistyped.",
        try_="Go to the front page and start from there.",
    ),
    405: Problem(
        code="wrong-method",
        title="This address does not take that kind of request.",
        why="It knows other HTTP methods than the one that was used.",
        try_="The header `Allow` names those that it takes.",
    ),
    413: Problem(
        code="too-large",
        title="That is more than the site takes at once.",
        why="A request may have at most 512 KiB.",
        try_="Send less.",
    ),
    500: problem_of(Exception()),
}
UNKNOWN_HOST = Problem(
    code="unknown-host",
    title="This site does not answer to the name in the address bar.",
    why="It takes only the host names that it was told, so that nobody can pass it off as theirs.",
    try_="Whoever runs it can add the name: start it with LAYERCAKE_HOSTS=name (or several, "
    "parted by commas).",
)


def api(*methods: str) -> Callable[[View], Routable]:
    """A view of the API: these methods only, every refusal as a JSON problem, no CSRF token.

    Such a view changes nothing that belongs to anyone, so it needs no token.
    """

    def decorated(view: View) -> Routable:
        return csrf_exempt(_guarded(view, methods))

    return decorated


def api_with_token(*methods: str) -> Callable[[View], Routable]:
    """The same for a view that changes something: Django's middleware wants the CSRF token, which
    scripts send in the header `X-CSRFToken`."""

    def decorated(view: View) -> Routable:
        return _guarded(view, methods)

    return decorated


def _guarded(view: View, methods: Sequence[str]) -> Routable:
    @wraps(view)
    async def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # Whoever may GET may ask for the HEAD alone; the server leaves the body out.
        method = "GET" if request.method == "HEAD" else request.method
        if method not in methods:
            response = as_json(PAGES[405], 405)
            response["Allow"] = ", ".join(methods)
            return response
        try:
            return await view(request, *args, **kwargs)
        except RequestDataTooBig:
            return as_json(PAGES[413], 413)
        except Exception as error:
            return refusal(error)

    return cast(Routable, guarded)


def refusal(error: Exception) -> HttpResponse:
    """The JSON for an exception; one that nobody foresaw is logged."""
    if not isinstance(error, (LabError, EngineError)):
        logger.error("a view of the API failed", exc_info=error)
    return as_json(problem_of(error), status_of(error))


def as_json(problem: Problem, status: int) -> HttpResponse:
    """A problem as the answer of the API."""
    return HttpResponse(msgspec.json.encode(problem), "application/json", status)


def as_page(request: HttpRequest, problem: Problem, status: int) -> HttpResponse:
    """A problem as a page for people."""
    return render(request, "problem.html", {"problem": problem}, status=status)


def status_of(error: Exception) -> int:
    """The HTTP status of a refusal."""
    unforeseen = HTTPStatus.SERVICE_UNAVAILABLE
    return next((status for kind, status in STATUS if isinstance(error, kind)), unforeseen)


def answer(request: HttpRequest, status: int) -> HttpResponse:
    """What Django itself refuses: in JSON under `/api/`, as a page elsewhere."""
    if request.path.startswith("/api/"):
        return as_json(PAGES[status], status)
    return as_page(request, PAGES[status], status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler400`."""
    if isinstance(exception, DisallowedHost):
        return as_page(request, UNKNOWN_HOST, 400)
    return answer(request, 413 if isinstance(exception, RequestDataTooBig) else 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler403`."""
    return answer(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler404`."""
    return answer(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """`handler500`."""
    return answer(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """`CSRF_FAILURE_VIEW`."""
    return answer(request, 403)
