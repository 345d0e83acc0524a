"""The pages that say no, and why. The last two (500, 503) ask nothing of the database: that may be what broke."""

import sys
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, NotFound, ParseError

from accounts.preferences import theme_of
from kernel.database.unavailable import is_away
from kernel.errors import Busy, Refused

RETRY_AFTER = "5"  # seconds
PROGRAMS = ("/api/", "/Ressource", "/Reservation", "/_git", "/_http")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """What Django itself will not look at: too many fields, a broken upload, a header from nowhere.

    Without the request, as the host that it names may be what was wrong.
    """
    if request.path.startswith(PROGRAMS):
        return _as_the_api_says(ParseError)
    page = render_to_string("errors/400.html", {"theme": theme_of(request), "here": "/"})
    return HttpResponse(page, status=HTTPStatus.BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/403.html", status=HTTPStatus.FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """An address that leads nowhere; below a program's it is answered as a row that is not there."""
    if request.path.startswith(PROGRAMS):
        return _as_the_api_says(NotFound)
    return render(request, "errors/404.html", status=HTTPStatus.NOT_FOUND)


def _as_the_api_says(kind: type[APIException]) -> JsonResponse:
    refusal = Refused(kind.default_code, str(kind.default_detail), status=kind.status_code)
    return JsonResponse(refusal.as_json(), status=refusal.status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "errors/csrf.html", status=HTTPStatus.FORBIDDEN)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without the request, no context processor runs, so neither session nor person is read."""
    error = sys.exc_info()[1]  # Django calls this handler while it handles the error, wherever that was raised
    if is_away(error):
        return unavailable(request, error)
    page = render_to_string("errors/500.html", {"theme": theme_of(request), "here": "/"})
    return HttpResponse(page, status=HTTPStatus.INTERNAL_SERVER_ERROR)


def unavailable(request: HttpRequest, error: BaseException | None = None) -> HttpResponse:
    """The database is away or busy: whether anything was lost, what to do, and when; in the language of the cookie."""
    with translation.override(translation.get_language_from_request(request)):
        response = _for_programs() if request.path.startswith(PROGRAMS) else _for_people(request, error)
    response["Retry-After"] = RETRY_AFTER
    response["Cache-Control"] = "no-store"
    return response


def _for_people(request: HttpRequest, error: BaseException | None) -> HttpResponse:
    reads = request.method in ("GET", "HEAD")
    context = {
        "theme": theme_of(request),
        "here": "/",
        "reads": reads,
        "busy": error if isinstance(error, Busy) else None,
        "back": request.get_full_path() if reads else _sender(request),
    }
    return HttpResponse(render_to_string("errors/503.html", context), status=HTTPStatus.SERVICE_UNAVAILABLE)


def _sender(request: HttpRequest) -> str:
    """The page that a form was sent from, as far as it is one of ours."""
    target = request.headers.get("Referer", "")
    return target if url_has_allowed_host_and_scheme(target, {request.get_host()}) else "/"


def _for_programs() -> HttpResponse:
    refusal = Refused("busy", _("The database is busy. Nothing was changed: try again in a moment."))
    return JsonResponse(refusal.as_json(), status=HTTPStatus.SERVICE_UNAVAILABLE)
