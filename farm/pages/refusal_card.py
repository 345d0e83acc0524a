"""The refusal as a card: what is missing and when, who holds it, and the alternatives.

It draws the machine's week with the requested span in it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from farm.domain.no_capacity import NoCapacity, ShortMachine
from farm.domain.sent_once import new_key
from farm.forms.allocations import hidden_fields
from farm.models import Allocation, Closure, Reservation
from farm.pages.booking_preview import draw_week
from farm.queries.alternatives import Alternative, OfferedAllocation
from farm.rules import wording
from farm.rules.availability import Shortage
from farm.rules.permissions import ViewerPermissions

HOLDERS = 6  # named at most
STRETCHES = 5  # listed at most


def card_of_booking(viewer: User, refusal: NoCapacity, action: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Return the context of templates/farm/_refusal.html.

    Each alternative is a form that is posted to `action`, with these hidden `fields` besides its own.
    """
    short, request = refusal.short_machines[0], refusal.request
    worst = short.worst
    day = timezone.localtime(worst.start).date()
    week, rows = draw_week(viewer, [(short.machine, short.need)], request.start, request.end, day)
    stretches = [(each.machine.shown_name, stretch) for each in refusal.short_machines for stretch in each.shortages]
    return {
        "title": short.sentence,
        "why": _reasons(viewer, short, worst),
        "stretches": [_stretch(*stretch) for stretch in stretches[:STRETCHES]] if len(stretches) > 1 else [],
        "more": max(0, len(stretches) - STRETCHES),
        "changed": request.current_end is not None,
        "week": week,
        "rows": rows,
        "name": short.machine.shown_name,
        "action": action,
        "alternatives": [alternative_card(alternative, fields) for alternative in refusal.alternatives],
    }


def card_of_change(viewer: User, refusal: NoCapacity, reservation: Reservation, next_page: str = "") -> dict[str, Any]:
    """Return the card of a change that did not fit; its alternatives change the same booking."""
    fields = {"version": reservation.version, "next": next_page}
    return card_of_booking(viewer, refusal, reverse("farm-change", args=[reservation.pk]), fields)


def _stretch(name: str, stretch: Shortage) -> dict[str, str]:
    return {
        "name": name,
        "when": wording.span(stretch.start, stretch.end),
        "amount": wording.share_in_sentence(*stretch.missing),
    }


def _reasons(viewer: User, short_machine: ShortMachine, worst: Shortage) -> dict[str, Any]:
    """Return what was requested, what is free at the worst moment, and why not more.

    That is what is closed, and who holds the rest. GPUs or memory that are not short are left out. The holders' names
    are as the viewer may see them.
    """
    sight = ViewerPermissions(viewer)
    held = Allocation.objects.held().overlapping(worst.start, worst.end).filter(machine=short_machine.machine)
    holders = []
    for allocation in held.select_related("reservation__owner").order_by("start")[:HOLDERS]:
        reservation = allocation.reservation
        if sight.is_mine(reservation):
            who = _("you")
        elif sight.sees_name(reservation):
            who = wording.short_name(reservation.owner)
        else:
            who = _("somebody")
        holders.append({"who": who, "share": wording.share(allocation.gpus, allocation.memory_gb)})
    is_short = [1 if missing else 0 for missing in worst.missing]
    asked = [need * short for need, short in zip(short_machine.need, is_short, strict=True)]
    free = [
        max(0, need - missing) * short
        for need, missing, short in zip(short_machine.need, worst.missing, is_short, strict=True)
    ]
    closures = Closure.objects.filter(machine=short_machine.machine, start__lt=worst.end, end__gt=worst.start)
    closed = [
        {"reason": closure.reason or _("maintenance"), "when": wording.span(closure.start, closure.end)}
        for closure in closures.order_by("start")[:HOLDERS]
    ]
    return {
        "asked": wording.share_in_sentence(*asked),
        "free": wording.share_in_sentence(*free) or _("nothing"),
        "holders": holders,
        "closed": closed,
    }


def alternative_card(alternative: Alternative, fields: dict[str, Any]) -> dict[str, Any]:
    """Return one alternative: its kind, what differs, the rest, and the fields that book it."""
    when = wording.span(alternative.start, alternative.end)
    several = len(alternative.allocations) > 1
    everything = machines_and_shares(alternative.allocations)
    names = " + ".join(part.machine.shown_name for part in alternative.allocations)
    shares = " + ".join(wording.share(*part.share) for part in alternative.allocations)
    machines = names if several else f"{alternative.machine.shown_name}, {wording.size(alternative.machine)}"
    kinds = {
        "same": (_("The same again"), when, everything),
        "until": (
            _("As far as it goes"),
            _("until %(end)s") % {"end": _end(alternative.start, alternative.end)},
            everything,
        ),
        "time": (_("Another time, same machines") if several else _("Another time, same machine"), when, everything),
        "machine": (_("Another machine, same time"), machines, f"{when}, {shares}"),
        "share": (_("A smaller share"), shares, f"{names}, {when}"),
    }
    kind, changed, rest = kinds[alternative.kind]
    span = {"start": alternative.start.isoformat(), "end": alternative.end.isoformat()}
    values = {**hidden_fields(alternative.allocations), **span, **fields, "key": new_key()}
    return {"kind": kind, "changed": changed, "rest": rest, "values": values.items()}


def machines_and_shares(parts: Sequence[OfferedAllocation]) -> str:
    return " + ".join(f"{part.machine.shown_name}, {wording.share(*part.share)}" for part in parts)


def _end(start: datetime, end: datetime) -> str:
    same_day = timezone.localtime(start).date() == timezone.localtime(end).date()
    return wording.clock(end) if same_day else wording.day_and_clock(end)
