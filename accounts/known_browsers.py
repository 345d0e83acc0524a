"""A cookie that says who has signed in with this browser before.

Its guesses are counted apart from those of the rest of the network. So nobody can lock a person out of a browser that
the person uses, by guessing from the same address. The cookie signs nobody in.
"""

import secrets
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

COOKIE = "atelier_browser"
SALT = "accounts.known_browsers"
MAX_AGE = 365 * 24 * 3600  # seconds
NAMES = 8  # people remembered for one browser; a computer of a classroom has many


def browser_id(request: HttpRequest, username: str) -> str:
    """Return the id of the browser if this person has signed in with it before, else ""."""
    browser, names = _read(request)
    return browser if browser and _hash(username) in names else ""


def last_person(request: HttpRequest) -> str:
    """Return what stands for the person who signed in last with this browser; "" when it is not known."""
    _browser, names = _read(request)
    return str(names[0]) if names else ""


def stands_for(text: str, username: str) -> bool:
    """Whether a result of `last_person` stands for this person."""
    return text == _hash(username)


def remember(request: HttpRequest, response: HttpResponse, username: str) -> None:
    """Set the cookie after a sign-in."""
    browser, names = _read(request)
    name = _hash(username)
    names = [name, *(other for other in names if other != name)][:NAMES]
    response.set_cookie(
        COOKIE,
        signing.dumps([browser or secrets.token_urlsafe(16), names], salt=SALT),
        max_age=MAX_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _read(request: HttpRequest) -> tuple[str, list[Any]]:
    try:
        browser, names = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=MAX_AGE)
    except signing.BadSignature:
        return "", []
    return browser, names


def _hash(username: str) -> str:
    return salted_hmac(SALT, username, algorithm="sha256").hexdigest()[:24]
