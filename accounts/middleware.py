"""The reader's language and zone, for every page and every API answer; and a database that is away."""

import zoneinfo
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.locale import LocaleMiddleware
from django.utils import timezone, translation
from django.utils.deprecation import MiddlewareMixin

from accounts.views import errors
from kernel.database.unavailable import is_away

log = structlog.get_logger(__name__)


class LanguageMiddleware(LocaleMiddleware):
    """The cookie's language, else the browser's, else LANGUAGE_CODE; PersonMiddleware puts the person's own first."""


class PersonMiddleware(MiddlewareMixin):
    """The person's own language and zone.

    Open views (sign-in, health, the event stream) are left alone: asking who is there would open the database, and a
    stream would keep that connection. The cookie, set at sign-in, gives them the language.
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
        timezone.activate(zoneinfo.ZoneInfo(user.zone or settings.TIME_ZONE))

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        timezone.deactivate()
        return response


class AwayMiddleware(MiddlewareMixin):
    """A view that found the database away or busy answers 503. Where a middleware finds it, handler500 does."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not is_away(exception):
            return None
        log.warning("database_away", path=request.path, error=str(exception))
        return errors.unavailable(request, exception)
