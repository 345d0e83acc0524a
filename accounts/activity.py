"""What changed lately, as far as a person may see it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from accounts.models import AuditEvent, User

SHOWN = 8
# What each verb of the trail is called on a page. Each app names its own as it starts; a verb without a name is for the
# trail alone.
NAMES = {
    "accounts.password": noop("Password changed"),
    "accounts.role": noop("Role changed"),
    "accounts.sign_out_everywhere": noop("Signed out everywhere"),
    "accounts.lock_out": noop("Sign-in paused after too many tries"),
    "accounts.service_token": noop("Service token made"),
}


@dataclass(frozen=True)
class Happening:
    what: str
    who: str
    at: datetime


def visible_to(user: User) -> QuerySet[AuditEvent]:
    """Staff see the whole trail; others what they did, what was done to them, and what happens on the shared farm."""
    if user.is_staff:
        return AuditEvent.objects.all()
    return AuditEvent.objects.filter(
        Q(actor=user) | Q(subject=f"user:{user.pk}") | Q(verb__startswith="farm.", subject__startswith="reservation:")
    )


def recent(user: User) -> Iterable[Happening]:
    events = visible_to(user).filter(verb__in=NAMES).select_related("actor").order_by("-id")[:SHOWN]
    return [
        Happening(_(NAMES[event.verb]), event.actor.display_name if event.actor else event.actor_name, event.at)
        for event in events
    ]
