"""The pages that say no, and why. The last one (500) asks nothing of the database: that may be what broke."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from accounts.preferences import theme_of


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/403.html", status=HTTPStatus.FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/404.html", status=HTTPStatus.NOT_FOUND)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "errors/csrf.html", status=HTTPStatus.FORBIDDEN)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without the request, no context processor runs, so neither session nor person is read."""
    page = render_to_string("errors/500.html", {"theme": theme_of(request), "here": "/"})
    return HttpResponse(page, status=HTTPStatus.INTERNAL_SERVER_ERROR)
