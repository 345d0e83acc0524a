"""The browsers in which a person is signed in: a row for each sign-in, seen again at most once an hour."""

import time
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from django.contrib.sessions.models import Session
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils import timezone

from accounts.audit import record
from accounts.domain.user_agents import browser_name, system_name
from accounts.models import SignedInBrowser, User
from kernel.database.unavailable import fault_of

log = structlog.get_logger(__name__)
COARSE = timedelta(hours=1)
LISTED = "listed"  # in the session: this sign-in has a row
MOST_REMEMBERED = 10_000  # sessions
# When this process last saw a session, by its key, in seconds of the monotonic clock: most requests ask no query.
LAST_SEEN: dict[str, float] = {}


class ListedBrowser(NamedTuple):
    """A line of the list. `pk` is None for the browser that shows it, which is not ended there."""

    pk: int | None
    browser: str
    system: str
    seen_at: datetime


def remember(request: HttpRequest, person: User) -> None:
    """Save the browser of a new sign-in, or of a session that got a new key."""
    agent, now = request.headers.get("User-Agent", ""), timezone.now()
    if not request.session.session_key:
        request.session.save()
    key = request.session.session_key or ""
    SignedInBrowser.objects.update_or_create(
        session_key=key,
        defaults={
            "person": person,
            "claim": person.session_claim,
            "browser": browser_name(agent),
            "system": system_name(agent),
            "signed_in_at": now,
            "seen_at": now,
        },
    )
    request.session[LISTED] = True
    _note(key)


def note_seen(request: HttpRequest) -> None:
    """Note that the browser of this request is in use, at most once an hour for each process.

    A database that cannot write is no reason to refuse a page.
    """
    key = request.session.session_key or ""
    if LISTED not in request.session or time.monotonic() - LAST_SEEN.get(key, -1e9) < COARSE.total_seconds():
        return
    _note(key)
    now = timezone.now()
    try:
        SignedInBrowser.objects.filter(session_key=key, seen_at__lt=now - COARSE).update(seen_at=now)
    except DatabaseError as error:
        if fault_of(error) is None:
            raise
        log.warning("browser_not_noted", error=str(error))


def list_browsers(request: HttpRequest, person: User) -> list[ListedBrowser]:
    """Return the browsers in which a person is signed in: the one of this request first, then the latest."""
    rows = SignedInBrowser.objects.filter(person=person, claim=person.session_claim).order_by("-seen_at")
    by_key = {row.session_key: row for row in rows}
    by_key.pop(request.session.session_key or "", None)
    alive = Session.objects.filter(session_key__in=by_key, expire_date__gt=timezone.now())
    keys = set(alive.values_list("session_key", flat=True))
    agent = request.headers.get("User-Agent", "")
    here = ListedBrowser(None, browser_name(agent), system_name(agent), timezone.now())
    others = [row for key, row in by_key.items() if key in keys]
    return [here, *(ListedBrowser(row.pk, row.browser, row.system, row.seen_at) for row in others)]


def end_one(person: User, pk: int) -> bool:
    """End the session of one browser of this person; return whether there was one."""
    row = SignedInBrowser.objects.filter(person=person, pk=pk).first()
    if row is None:
        return False
    Session.objects.filter(session_key=row.session_key).delete()
    row.delete()
    record(person, "accounts.end_session", f"user:{person.pk}")
    return True


def _note(key: str) -> None:
    if len(LAST_SEEN) >= MOST_REMEMBERED:
        LAST_SEEN.clear()
    LAST_SEEN[key] = time.monotonic()
