"""Limits the guessed passwords, in the sign-in form (the admin uses it too) and in the token API.

Five guesses for a user name at an address, and a number for an address whatever the names are. A guess is counted
before the password is checked (accounts/guess_limits.py). A right password sets the count of its name to zero and gives
the address its guess back. A browser with which the person has signed in before has five guesses of its own, so nobody
else at its address can lock that person out (accounts/known_browsers.py).

django-axes calls the handler here: before a password is checked, and after it was right or wrong.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from axes.handlers.base import AxesHandler
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts import guess_limits, known_browsers
from accounts.audit import record
from accounts.guess_limits import Limit
from accounts.models import User
from kernel.errors import Busy, Refused
from kernel.web.client_address import client_address, network_of

NAME_CHARACTERS = 255  # of User.username


class Handler(AxesHandler):  # type: ignore[misc]  # django-axes has no types
    """Counts the guesses. django-axes' own tables stay empty: they would store what people type."""

    def is_allowed(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        """Count one guess; return whether it may be checked. Called once for each password."""
        limits = limits_of(request, _username(credentials))
        refused = _take_all(limits)
        if refused is None:
            request.guesses_counted_for = limits  # type: ignore[attr-defined]
            return True
        request.guesses_locked_by = refused  # type: ignore[attr-defined]
        return False

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        return guess_limits.used(limits_of(request, _username(credentials))[0])

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        """After a wrong password: begin the lockout when it was the last guess."""
        if request is None or getattr(request, "axes_locked_out", False):
            return
        guess_was_wrong(request, _username(credentials))

    def user_logged_in(self, sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
        password_was_right(request, user.get_username())

    def post_delete_access_attempt(self, instance: Any, **kwargs: Any) -> None:
        """Do nothing. django-axes calls this when an old row of its table is deleted."""


def limits_of(request: HttpRequest, username: str) -> list[Limit]:
    """Return the limits that a guess counts for: that of the name first, then that of the address, if it has one."""
    if browser := known_browsers.browser_id(request, username):
        return [_name_limit("browser", browser, username)]
    network = network_of(client_address(request) or "")
    address_limit = guess_limits.limit("address", network, guesses=settings.GUESSES_PER_ADDRESS, is_address=True)
    return [_name_limit("name", network, username), *([address_limit] if network else [])]


def take_guess(request: HttpRequest, username: str) -> bool:
    """Count a guess that is no password of the sign-in form, such as a printed code; return whether to check it."""
    refused = _take_all(limits_of(request, username))
    if refused is not None:
        request.guesses_locked_by = refused  # type: ignore[attr-defined]
    return refused is None


def guess_was_wrong(request: HttpRequest, username: str) -> None:
    """After a wrong guess: begin the lockout when it was the last one."""
    limits = limits_of(request, username)
    request.axes_failures_since_start = guess_limits.used(limits[0])  # type: ignore[attr-defined]
    for limit in limits:
        if guess_limits.used(limit) >= limit.guesses:
            request.axes_locked_out = True  # type: ignore[attr-defined]
            request.guesses_locked_by = limit  # type: ignore[attr-defined]
            _record_lockout(request, username, limit)


def is_locked_out(request: HttpRequest) -> bool:
    """Whether a guess of this request was refused, or was the last one."""
    return hasattr(request, "guesses_locked_by")


def password_was_right(request: HttpRequest, username: str) -> None:
    """Set the count of the name to zero, and give the address its guess back."""
    name_limit, *others = limits_of(request, username)
    guess_limits.reset(name_limit)
    for limit in others:
        guess_limits.give_back(limit)


@contextmanager
def guesses_only_when_checked(request: HttpRequest) -> Iterator[None]:
    """Give the guess back when the password was not checked, because too many people sign in at this moment."""
    try:
        yield
    except Busy:
        for limit in getattr(request, "guesses_counted_for", ()):
            guess_limits.give_back(limit)
        raise


def lockout_response(request: HttpRequest, *_args: Any) -> HttpResponse:
    """Answer 429 with Retry-After: a page for people, the error object for programs.

    django-axes passes response and credentials in an order that differs under ASGI. This function reads only the
    request.
    """
    limit: Limit = request.guesses_locked_by  # type: ignore[attr-defined]
    seconds = guess_limits.seconds_left(limit)
    if request.path.startswith("/api/"):
        refusal = Refused("locked_out", _("Too many wrong passwords. Try again later."), retry_after=seconds)
        response: HttpResponse = JsonResponse(refusal.as_json(), status=429)
    else:
        context = {"minutes": math.ceil(seconds / 60), "is_address": limit.is_address}
        response = render(request, "errors/429.html", context, status=429)
    response["Retry-After"] = str(seconds)
    return response


def hash_of_name(username: str) -> str:
    """Return the keyed hash that stands for a typed name: people type a password there by mistake."""
    return salted_hmac("accounts.typed_name", username, algorithm="sha256").hexdigest()


def _username(credentials: dict[str, Any] | None) -> str:
    return str((credentials or {}).get("username") or "")


def _name_limit(kind: str, place: str, username: str) -> Limit:
    return guess_limits.limit(kind, place, username, guesses=settings.GUESSES_PER_NAME)


def _take_all(limits: list[Limit]) -> Limit | None:
    """Count one guess for each limit. If one has none left, count for none and return that one."""
    for number, limit in enumerate(limits):
        if not guess_limits.take(limit):
            for taken in limits[:number]:
                guess_limits.give_back(taken)
            return limit
    return None


def _record_lockout(request: HttpRequest, username: str, limit: Limit) -> None:
    """Write one audit event when a lockout begins.

    The event has the name of an account that exists; anything else that was typed is only in it as its hash.
    """
    if guess_limits.record_once(limit):
        address = client_address(request) or ""
        is_account = len(username) <= NAME_CHARACTERS and User.objects.filter(username=username).exists()
        name = username[:100] if is_account else hash_of_name(username)
        subject = f"address:{address}" if limit.is_address else f"name:{name}"
        record(None, "accounts.lock_out", subject, after={"address": address})
