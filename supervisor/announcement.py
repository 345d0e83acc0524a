"""Finds out when the pages answer, and who may sign in to the demonstration. No connection is left open."""

import http.client

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection

from accounts import demo, demo_accounts


def page_answers() -> bool:
    """Whether the pages answer on the instance's own port. Proxies of the environment are not used."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.HOST, settings.HOST)  # noqa: S104
    http_connection = http.client.HTTPConnection(host, settings.PORT, timeout=5)
    try:
        http_connection.request("GET", "/livez", headers={"Host": _allowed_host()})
        return http_connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        http_connection.close()


def _allowed_host() -> str:
    """Return a Host header that ALLOWED_HOSTS accepts."""
    first = next((host for host in settings.ALLOWED_HOSTS if host != "*"), "localhost")
    return first.lstrip(".")


def has_no_users() -> bool:
    try:
        return not get_user_model().objects.exists()
    finally:
        connection.close()


def sign_in_names() -> list[str]:
    """Return one line with user names of the demonstration and their password; no line outside a demonstration."""
    people = {"staff": demo.STAFF, "teacher": demo.TEACHERS[0], "student": demo.STUDENTS[0]}
    try:
        usernames = [person.username for person in people.values()]
        existing = set(get_user_model().objects.filter(username__in=usernames).values_list("username", flat=True))
    finally:
        connection.close()
    names = [f"{kind} {person.username}" for kind, person in people.items() if person.username in existing]
    return [f"sign in as {', '.join(names)}; password {demo.PASSWORD}"] if settings.DEMO and names else []


def closed_demo_accounts() -> list[str]:
    """Return one line when accounts of the demonstration are still there while it is off; else no line."""
    try:
        count = len(demo_accounts.closed_accounts())
    finally:
        connection.close()
    return [demo_accounts.start_sentence(count)] if count else []
