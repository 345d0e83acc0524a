"""Signs a person in after their password was set or checked."""

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse

from accounts import known_browsers, preferences
from accounts.domain import signed_in_browsers
from accounts.models import User

BACKEND = "django.contrib.auth.backends.ModelBackend"


def sign_in(request: HttpRequest, response: HttpResponse, person: User) -> None:
    """Start a session of this person; whoever was signed in before is signed out."""
    login(request, person, backend=BACKEND)
    after_sign_in(request, response, person)


def after_sign_in(request: HttpRequest, response: HttpResponse, person: User) -> None:
    """Remember the browser, and the language of the person."""
    signed_in_browsers.remember(request, person)
    if person.language:
        preferences.remember_language(response, person.language)
    known_browsers.remember(request, response, person.username)
