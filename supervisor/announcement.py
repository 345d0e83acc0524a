"""Finds out when the pages answer, and who may sign in to the demonstration. No connection is left open."""

import asyncio
import contextlib

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection

from accounts import demo, demo_accounts
from accounts.domain import first_account
from supervisor.prepare import Say


async def page_answers() -> bool:
    """Whether the pages answer on the instance's own port."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.HOST, settings.HOST)  # noqa: S104
    try:
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection(host, settings.PORT)
            with contextlib.closing(writer):
                writer.write(f"GET /livez HTTP/1.1\r\nHost: {_allowed_host()}\r\nConnection: close\r\n\r\n".encode())
                status = (await reader.readline()).split()[1:2]
                return bool(status) and int(status[0]) < 500
    except (OSError, ValueError):  # TimeoutError is an OSError
        return False


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


def write_sign_in_names(say: Say = print) -> None:
    for line in [*sign_in_names(), *closed_demo_accounts(), *first_account_address()]:
        say(line)


def first_account_address() -> list[str]:
    """Return one line with the address of the first account: while nobody has one, outside a demonstration."""
    try:
        if settings.DEMO or not first_account.is_open():
            return []
    finally:
        connection.close()
    return [f"nobody has an account yet; make yours within a day at {first_account.new_address()}"]


def closed_demo_accounts() -> list[str]:
    """Return one line when accounts of the demonstration are still there while it is off; else no line."""
    try:
        count = len(demo_accounts.closed_accounts())
    finally:
        connection.close()
    return [demo_accounts.start_sentence(count)] if count else []
