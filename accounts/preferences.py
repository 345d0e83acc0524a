"""Language and theme. They are stored in cookies, so that the sign-in page and the error pages know them too."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

THEMES = ("light", "dark", "auto")
THEME_COOKIE = "theme"
YEAR = 365 * 24 * 3600


def theme_of(request: HttpRequest) -> str:
    theme = request.COOKIES.get(THEME_COOKIE, "auto")
    return theme if theme in THEMES else "auto"


def remember_theme(response: HttpResponse, theme: str) -> None:
    _remember(response, THEME_COOKIE, theme)


def remember_language(response: HttpResponse, language: str) -> None:
    _remember(response, settings.LANGUAGE_COOKIE_NAME, language)


def _remember(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(name, value, max_age=YEAR, httponly=True, secure=settings.SESSION_COOKIE_SECURE, samesite="Lax")
