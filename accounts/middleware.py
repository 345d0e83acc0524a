"""Middleware: sign-in, the person's language and time zone, and a 503 when the database is unavailable."""

from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.locale import LocaleMiddleware
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.deprecation import MiddlewareMixin

from accounts import kept_forms
from accounts.domain import signed_in_browsers
from accounts.views import errors
from kernel.database.unavailable import fault_of
from kernel.text.time_zones import zone_or_school

log = structlog.get_logger(__name__)
API_PATH = "/api/"


class LanguageMiddleware(LocaleMiddleware):
    """Activates the language of the cookie, else of the browser, else LANGUAGE_CODE.

    PersonMiddleware then activates the language of the person, if they chose one. A program that names no language to
    the API gets English: its texts are read by those who write programs.
    """

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        if request.path_info.startswith(API_PATH) and not _names_a_language(request):
            translation.activate("en")
            request.LANGUAGE_CODE = translation.get_language()


class SignInMiddleware(LoginRequiredMiddleware):
    """Sends whoever is not signed in to the sign-in page.

    A form that they sent is kept until they have signed in.
    """

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseRedirect:
        to_kept_form = redirect_to_login(reverse("kept-form"), self.get_login_url(view_func))
        if kept_forms.keep(request, to_kept_form):
            return to_kept_form
        return super().handle_no_permission(request, view_func)


def _names_a_language(request: HttpRequest) -> bool:
    return bool(request.headers.get("Accept-Language")) or settings.LANGUAGE_COOKIE_NAME in request.COOKIES


class PersonMiddleware(MiddlewareMixin):
    """Activates the language and the time zone of the person, and notes that their browser is in use.

    Views without a login (sign-in, health, the event stream) are skipped. Reading the user there would open a database
    connection, and a stream would keep it. Their language comes from the cookie, which is set at sign-in.
    """

    def process_request(self, request: HttpRequest) -> None:
        timezone.deactivate()

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any) -> None:
        if not getattr(view, "login_required", True):
            return
        user = request.user
        if not user.is_authenticated:
            return
        if user.language:
            translation.activate(user.language)
            request.LANGUAGE_CODE = translation.get_language()
        timezone.activate(zone_or_school(user.zone))
        signed_in_browsers.note_seen(request)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        timezone.deactivate()
        return response


class DatabaseUnavailableMiddleware(MiddlewareMixin):
    """Answers 503 when a view raised an error because the database is unavailable or busy, or the disk is full.

    When a middleware raised it, Django calls handler500, which answers in the same way.
    """

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        fault = fault_of(exception)
        if fault is None:
            return None
        log.warning("database_unavailable", fault=fault.value, path=request.path, error=str(exception))
        return errors.unavailable(request, exception)
