"""What changed lately, as far as a person may see it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import AuditEvent, User

SHOWN = 6
READ = 60  # events read for these lines: the same step again and again is one line
# What each verb of the trail is called on a page. Each app names its own as it starts; a verb without a name is for the
# trail alone.
NAMES = {
    "accounts.password": gettext_noop("Password changed"),
    "accounts.role": gettext_noop("Role changed"),
    "accounts.sign_out_everywhere": gettext_noop("Signed out everywhere"),
    "accounts.lock_out": gettext_noop("Sign-in paused after too many tries"),
    "accounts.service_token": gettext_noop("Service token made"),
}


@dataclass(frozen=True)
class Happening:
    what: str
    who: str
    at: datetime  # of the latest
    times: int


def visible_to(user: User) -> QuerySet[AuditEvent]:
    """Staff see the whole trail; others what they did, what was done to them, and what happens on the shared farm.

    The last only where the farm shows everybody's names: a step tells whose it is.
    """
    if user.is_staff:
        return AuditEvent.objects.all()
    own = Q(actor=user) | Q(subject=f"user:{user.pk}")
    shared = Q(verb__startswith="farm.", subject__startswith="reservation:")
    return AuditEvent.objects.filter(own | shared if getattr(settings, "FARM_NAMES", "everyone") == "everyone" else own)


def recent(user: User) -> Iterable[Happening]:
    """The latest first; what one person did several times in a row is told once, with how often."""
    events = visible_to(user).filter(verb__in=NAMES).select_related("actor").order_by("-id")[:READ]
    runs = [list(run) for _same, run in groupby(events, key=lambda event: (event.verb, event.actor_name))]
    return [_told(run) for run in runs[:SHOWN]]


def _told(run: list[AuditEvent]) -> Happening:
    latest = run[0]
    name = "Atelier" if latest.actor_name == "atelier" else latest.actor_name  # what it does by itself
    who = latest.actor.display_name if latest.actor else name
    return Happening(_(NAMES[latest.verb]), who, latest.at, len(run))
