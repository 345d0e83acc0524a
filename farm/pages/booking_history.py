"""What happened to one booking, in words, out of the trail. For its owner and for staff."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import recent_activity
from accounts.models import AuditEvent
from farm.models import Machine, Reservation
from farm.rules import wording

# Beside a step's heading; what every page calls the verbs is accounts.recent_activity.EVENT_TITLES.
WORDS = {
    "farm.add_line": gettext_noop("Machine added"),
    "farm.remove_line": gettext_noop("Machine taken out"),
    "farm.expire": gettext_noop("Draft expired: nothing was asked for within an hour"),
    "farm.displace": gettext_noop("Displaced: the machine is closed or has less than was booked"),
}
MOST = 50


@dataclass
class Happening:
    at: datetime
    who: str
    what: str
    details: list[str] = field(default_factory=list)
    reason: str = ""


def of(reservation: Reservation) -> list[Happening]:
    """The latest first, at most MOST, in two queries."""
    events = AuditEvent.objects.filter(subject=f"reservation:{reservation.pk}").select_related("actor").order_by("-id")
    read = list(events[:MOST])
    names = dict(Machine.objects.filter(pk__in=_machines(read)).values_list("pk", "name"))
    return [
        Happening(event.at, _who(event), _what(event), details(event.before, event.after, names), event.reason)
        for event in read
    ]


def _who(event: AuditEvent) -> str:
    if event.actor is not None:
        return event.actor.display_name
    return "Atelier" if event.actor_name == "atelier" else event.actor_name


def _what(event: AuditEvent) -> str:
    if event.verb == "farm.book" and not event.after.get("lines"):
        return _("Draft begun")
    return _(WORDS.get(event.verb) or recent_activity.EVENT_TITLES.get(event.verb) or event.verb)


def _machines(events: Iterable[AuditEvent]) -> set[int]:
    return {line[0] for event in events for facts in (event.before, event.after) for line in facts.get("lines", [])}


def details(before: Mapping[str, Any], after: Mapping[str, Any], names: Mapping[int, str]) -> list[str]:
    """What is another after the step: the span, and each machine's share. Of a new booking: all of it."""
    if before and "lines" not in before:
        return []  # a step that tells its trail less
    found = []
    old, new = _span(before), _span(after)
    if new != old:
        found.append(_("%(before)s became %(after)s") % {"before": old, "after": new} if old else new)
    had = {line[0]: line[1:] for line in before.get("lines", [])}
    has = {line[0]: line[1:] for line in after.get("lines", [])}
    for pk in sorted({*had, *has}):
        if had.get(pk) != has.get(pk):
            found.append(_line(names.get(pk) or _("a machine that is gone"), had.get(pk), has.get(pk)))
    return found


def _line(name: str, had: Sequence[int] | None, has: Sequence[int] | None) -> str:
    if has is None:
        return _("without %(name)s") % {"name": name}
    if had is None:
        return _("%(name)s: %(share)s") % {"name": name, "share": wording.share(*has)}
    words = {"name": name, "before": wording.share(*had), "after": wording.share(*has)}
    return _("%(name)s: %(before)s became %(after)s") % words


def _span(facts: Mapping[str, Any]) -> str:
    start, end = (parse_datetime(str(facts.get(name, ""))) for name in ("start", "end"))
    return wording.span(start, end) if start and end else ""
