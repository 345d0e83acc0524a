"""The history of one booking in words, read from the audit log.

Only its owner and staff see it.
"""

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
from kernel.text.bidi import isolated

# Titles for this page, where they differ from those of every page (accounts.recent_activity).
EVENT_TITLES = {
    "farm.add_line": gettext_noop("Machine added"),
    "farm.remove_line": gettext_noop("Machine taken out"),
    "farm.expire": gettext_noop("Draft expired: nothing was asked for within an hour"),
    "farm.displace": gettext_noop("Displaced: the machine is closed or has less than was booked"),
    "farm.shorten": gettext_noop("Shortened: the machine is closed from then on, or has less than was booked"),
}
MOST = 50  # entries


@dataclass
class HistoryEntry:
    at: datetime
    who: str
    what: str
    details: list[str] = field(default_factory=list)
    reason: str = ""


def load_history(reservation: Reservation) -> list[HistoryEntry]:
    """Return the latest entries, the newest first, in two queries."""
    rows = AuditEvent.objects.filter(subject=f"reservation:{reservation.pk}").select_related("actor").order_by("-id")
    events = list(rows[:MOST])
    names = dict(Machine.objects.filter(pk__in=_machine_ids(events)).values_list("pk", "name"))
    return [
        HistoryEntry(event.at, _who(event), _what(event), details(event.before, event.after, names), event.reason)
        for event in events
    ]


def _who(event: AuditEvent) -> str:
    if event.actor is not None:
        return event.actor.display_name
    return "Atelier" if event.actor_name == "atelier" else event.actor_name


def _what(event: AuditEvent) -> str:
    if event.verb == "farm.book" and not event.after.get("lines"):
        return _("Draft begun")
    return _(EVENT_TITLES.get(event.verb) or recent_activity.EVENT_TITLES.get(event.verb) or event.verb)


def _machine_ids(events: Iterable[AuditEvent]) -> set[int]:
    return {line[0] for event in events for facts in (event.before, event.after) for line in facts.get("lines", [])}


def details(before: Mapping[str, Any], after: Mapping[str, Any], names: Mapping[int, str]) -> list[str]:
    """Say what an event changed: the span, and each machine's share.

    For a new booking it says the whole span and every share. `before` and `after` are the facts of an audit event;
    their `lines` are lists of machine id, GPUs and GB. `names` has the machines' names by id.
    """
    if before and "lines" not in before:
        return []  # the event keeps only some facts
    sentences = []
    old_span, new_span = _span(before), _span(after)
    if new_span != old_span:
        words = {"before": old_span, "after": new_span}
        sentences.append(_("%(before)s became %(after)s") % words if old_span else new_span)
    old_shares = {line[0]: line[1:] for line in before.get("lines", [])}
    new_shares = {line[0]: line[1:] for line in after.get("lines", [])}
    for pk in sorted({*old_shares, *new_shares}):
        if old_shares.get(pk) != new_shares.get(pk):
            name = isolated(names.get(pk) or _("a machine that is gone"))
            sentences.append(_share_change(name, old_shares.get(pk), new_shares.get(pk)))
    return sentences


def _share_change(name: str, before: Sequence[int] | None, after: Sequence[int] | None) -> str:
    if after is None:
        return _("without %(name)s") % {"name": name}
    if before is None:
        return _("%(name)s: %(share)s") % {"name": name, "share": wording.share(*after)}
    words = {"name": name, "before": wording.share_in_sentence(*before), "after": wording.share_in_sentence(*after)}
    return _("%(name)s: %(before)s became %(after)s") % words


def _span(facts: Mapping[str, Any]) -> str:
    start, end = (parse_datetime(str(facts.get(name, ""))) for name in ("start", "end"))
    return wording.span(start, end) if start and end else ""
