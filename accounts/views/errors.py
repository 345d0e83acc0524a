"""The error pages. Those for 500 and 503 do not use the database, because it may be the cause of the error."""

import sys
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from rest_framework.exceptions import APIException, NotFound, ParseError, PermissionDenied

from accounts.preferences import theme_of
from kernel.api.exceptions import database_error
from kernel.database.unavailable import Fault, fault_of
from kernel.errors import Busy, Refused

RETRY_AFTER = "5"  # seconds
# Programs get JSON, people get pages.
PROGRAM_PATHS = ("/api/", "/Ressource", "/Reservation", "/_git", "/_http", "/hooks/", "/events/")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 400 to a request that Django refuses: too many fields, a broken upload, a wrong Host header.

    The template is rendered without the request, because its host may be what is wrong.
    """
    if request.path.startswith(PROGRAM_PATHS):
        return _api_error(ParseError)
    page = render_to_string("errors/400.html", {"theme": theme_of(request), "here": "/"})
    return HttpResponse(page, status=HTTPStatus.BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if request.path.startswith(PROGRAM_PATHS):
        return _api_error(PermissionDenied)
    return render(request, "errors/403.html", status=HTTPStatus.FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404: a page for people, the error object of the APIs for programs."""
    if request.path.startswith(PROGRAM_PATHS):
        return _api_error(NotFound)
    return render(request, "errors/404.html", status=HTTPStatus.NOT_FOUND)


def _api_error(kind: type[APIException]) -> JsonResponse:
    """Answer as an API view does when it raises this exception."""
    refusal = Refused(kind.default_code, str(kind.default_detail), status=kind.status_code)
    return JsonResponse(refusal.as_json(), status=refusal.status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if request.path.startswith(PROGRAM_PATHS):
        return _api_error(PermissionDenied)
    return render(request, "errors/csrf.html", status=HTTPStatus.FORBIDDEN)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500, or 503 when the database is unavailable.

    People get a page, programs the error object.

    The template is rendered without the request: then no context processor reads the session or the user.
    """
    error = sys.exc_info()[1]  # Django calls this handler while it handles the exception
    if fault_of(error):
        return unavailable(request, error)
    if request.path.startswith(PROGRAM_PATHS):
        return _api_error(APIException)
    page = render_to_string("errors/500.html", {"theme": theme_of(request), "here": "/"})
    return HttpResponse(page, status=HTTPStatus.INTERNAL_SERVER_ERROR)


def unavailable(request: HttpRequest, error: BaseException | None = None) -> HttpResponse:
    """Answer 503 with Retry-After: the database is unavailable or busy, or the disk is full.

    The page says what is wrong, whether anything was lost and what to do next. The language is that of the cookie.
    """
    with translation.override(translation.get_language_from_request(request)):
        is_program = request.path.startswith(PROGRAM_PATHS)
        response = _unavailable_json(error) if is_program else _unavailable_page(request, error)
    response["Retry-After"] = RETRY_AFTER
    response["Cache-Control"] = "no-store"
    return response


def _unavailable_page(request: HttpRequest, error: BaseException | None) -> HttpResponse:
    reads = request.method in ("GET", "HEAD")
    context = {
        "theme": theme_of(request),
        "here": "/",
        "reads": reads,
        "busy": error if isinstance(error, Busy) else None,
        "no_disk": fault.sentence if (fault := fault_of(error)) in (Fault.FULL, Fault.READ_ONLY) else "",
        "back": request.get_full_path() if reads else _page_of_form(request),
    }
    return HttpResponse(render_to_string("errors/503.html", context), status=HTTPStatus.SERVICE_UNAVAILABLE)


def _page_of_form(request: HttpRequest) -> str:
    """Return the page from which a form was sent, or "/" when it is not a page of this site."""
    target = request.headers.get("Referer", "")
    return target if url_has_allowed_host_and_scheme(target, {request.get_host()}) else "/"


def _unavailable_json(error: BaseException | None) -> HttpResponse:
    refusal = error if isinstance(error, Busy) else database_error(fault_of(error) or Fault.AWAY)
    return JsonResponse(refusal.as_json(), status=HTTPStatus.SERVICE_UNAVAILABLE)
