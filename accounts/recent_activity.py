"""The list of recent audit events on the home page, limited to those that concern a person."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import AuditEvent, User

MAX_ENTRIES = 6
MAX_EVENTS = 60  # events read for these entries, because several equal events in a row become one entry
RECENT = timedelta(days=30)
# Commands with which people change their own account and bookings. Staff see only their own events of these.
ROUTINE = {
    "accounts.password",
    "accounts.sign_out_everywhere",
    "accounts.end_session",
    "accounts.accept_invitation",
    "accounts.reset_password",
    "accounts.use_code",
    "accounts.change_address",
}
# The titles of audit events on pages, by command. Each app adds its own titles in its AppConfig.ready. An event
# without a title is only in the audit log.
EVENT_TITLES = {
    "accounts.password": gettext_noop("Password changed"),
    "accounts.role": gettext_noop("Role changed"),
    "accounts.add": gettext_noop("Person added"),
    "accounts.sign_out_everywhere": gettext_noop("Signed out everywhere"),
    "accounts.lock_out": gettext_noop("Sign-in paused after too many tries"),
    "accounts.service_token": gettext_noop("Service token made"),
    "accounts.invite": gettext_noop("Person invited"),
    "accounts.make_first_account": gettext_noop("First account made"),
    "accounts.accept_invitation": gettext_noop("Invitation accepted"),
    "accounts.decline_invitation": gettext_noop("Invitation declined"),
    "accounts.reset_password": gettext_noop("Password reset by mail"),
    "accounts.issue_code": gettext_noop("One-time code printed"),
    "accounts.use_code": gettext_noop("One-time code used"),
    "accounts.change_address": gettext_noop("E-mail address changed"),
    "accounts.end_session": gettext_noop("Browser signed out"),
    "accounts.close": gettext_noop("Account closed"),
    "accounts.reopen": gettext_noop("Account opened again"),
    "mail.send_again": gettext_noop("Mail sent again"),
    "mail.send_failed_again": gettext_noop("Failed mails sent again"),
}


@dataclass(frozen=True)
class Entry:
    """One line of the list: one event, or several equal ones in a row by the same actor."""

    title: str
    actor: str
    at: datetime  # of the latest event
    count: int


def events_for(user: User) -> QuerySet[AuditEvent]:
    """Return the recent audit events that concern this person, and that they may see.

    These are what they did, what was done to them, and what the apps name in settings.HOME_NEWS: their bookings and
    their courses. Staff see all events but those of other people about their own accounts and bookings.
    """
    own = Q(actor=user) | Q(subject=f"user:{user.pk}")
    recent = AuditEvent.objects.filter(at__gte=timezone.now() - RECENT)
    if user.is_staff:
        return recent.filter(own | ~Q(verb__in=ROUTINE))
    for name in settings.HOME_NEWS:
        own |= import_string(name)(user)
    return recent.filter(own)


def recent_entries(user: User) -> Iterable[Entry]:
    """Return at most MAX_ENTRIES entries that concern this person, the latest first."""
    events = events_for(user).filter(verb__in=EVENT_TITLES).select_related("actor").order_by("-id")[:MAX_EVENTS]
    runs = [list(run) for _key, run in groupby(events, key=lambda event: (event.verb, event.actor_name))]
    return [_entry(run) for run in runs[:MAX_ENTRIES]]


def _entry(run: list[AuditEvent]) -> Entry:
    latest = run[0]
    name = "Atelier" if latest.actor_name == "atelier" else latest.actor_name  # None acted: Atelier itself
    actor = latest.actor.display_name if latest.actor else name
    return Entry(_(EVENT_TITLES[latest.verb]), actor, latest.at, len(run))
