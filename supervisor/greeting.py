"""Whether the pages are there, and who may sign in to look at them. Each function leaves no connection open."""

import http.client

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection

from accounts import demo


def page_answers() -> bool:
    """Whether the instance's own port answers; asked directly, past any proxy of the environment."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.HOST, settings.HOST)  # noqa: S104
    door = http.client.HTTPConnection(host, settings.PORT, timeout=5)
    try:
        door.request("GET", "/livez", headers={"Host": _known_host()})
        return door.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        door.close()


def _known_host() -> str:
    """A Host header that ALLOWED_HOSTS lets through."""
    first = next((host for host in settings.ALLOWED_HOSTS if host != "*"), "localhost")
    return first.lstrip(".")


def nobody_is_here() -> bool:
    try:
        return not get_user_model().objects.exists()
    finally:
        connection.close()


def sign_in_names() -> list[str]:
    """One line about the demonstration's people, if they are there."""
    wanted = {"staff": demo.STAFF, "teacher": demo.TEACHERS[0], "student": demo.STUDENTS[0]}
    try:
        usernames = [person.username for person in wanted.values()]
        there = set(get_user_model().objects.filter(username__in=usernames).values_list("username", flat=True))
    finally:
        connection.close()
    names = [f"{kind} {person.username}" for kind, person in wanted.items() if person.username in there]
    return [f"sign in as {', '.join(names)}; password {demo.PASSWORD}"] if settings.DEMO and names else []
