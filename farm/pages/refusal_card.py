"""The refusal as a card: what is short and when, who holds it, the machine's week with the question drawn in it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from farm.domain.no_capacity import NoCapacity, ShortMachine
from farm.forms import lines
from farm.models import Allocation, Closure, Reservation
from farm.pages import form_preview
from farm.queries.alternatives import Alternative, OfferedAllocation
from farm.rules import wording
from farm.rules.availability import Shortage
from farm.rules.permissions import ViewerPermissions

HOLDERS = 6
STRETCHES = 5


def card(viewer: Any, refusal: NoCapacity, action: str, kept: dict[str, Any]) -> dict[str, Any]:
    """For templates/farm/_refusal.html. An alternative is sent to `action` with what was `kept` of the form."""
    short, request = refusal.short_machines[0], refusal.request
    worst = short.worst
    day = timezone.localtime(worst.start).date()
    week, rows = form_preview.draw(viewer, [(short.machine, short.need)], request.start, request.end, day)
    every = [(one.machine.name, stretch) for one in refusal.short_machines for stretch in one.shortages]
    return {
        "title": short.sentence,
        "why": _why(viewer, short, worst),
        "stretches": [_stretch(name, stretch) for name, stretch in every[:STRETCHES]] if len(every) > 1 else [],
        "more": max(0, len(every) - STRETCHES),
        "changed": request.current_end is not None,
        "week": week,
        "rows": rows,
        "name": short.machine.name,
        "action": action,
        "alternatives": [told(way, kept) for way in refusal.alternatives],
    }


def of_change(viewer: Any, refusal: NoCapacity, reservation: Reservation, next_page: str = "") -> dict[str, Any]:
    """The card of a change that did not fit; its alternatives change the same booking."""
    kept = {"version": reservation.version, "next": next_page}
    return card(viewer, refusal, reverse("farm-change", args=[reservation.pk]), kept)


def _stretch(name: str, stretch: Shortage) -> dict[str, str]:
    return {"name": name, "when": wording.span(stretch.start, stretch.end), "amount": wording.share(*stretch.missing)}


def _why(viewer: Any, short: ShortMachine, worst: Shortage) -> dict[str, Any]:
    """What was asked, what is free of it at the worst, what is closed, who holds the rest (as the viewer may know)."""
    sight = ViewerPermissions(viewer)
    held = Allocation.objects.held().overlapping(worst.start, worst.end).filter(machine=short.machine)
    holders = []
    for line in held.select_related("reservation__owner").order_by("start")[:HOLDERS]:
        reservation = line.reservation
        if sight.is_mine(reservation):
            who = _("you")
        elif sight.sees_name(reservation):
            who = wording.short_name(reservation.owner)
        else:
            who = _("somebody")
        holders.append({"who": who, "share": wording.share(line.gpus, line.memory_gb)})
    sides = [1 if lacking else 0 for lacking in worst.missing]  # of what is not short nothing is said
    asked = [need * side for need, side in zip(short.need, sides, strict=True)]
    left = [max(0, need - lacking) * side for need, lacking, side in zip(short.need, worst.missing, sides, strict=True)]
    shut = Closure.objects.filter(machine=short.machine, start__lt=worst.end, end__gt=worst.start).order_by("start")
    closed = [
        {"reason": one.reason or _("maintenance"), "when": wording.span(one.start, one.end)} for one in shut[:HOLDERS]
    ]
    free = wording.share(*left) or _("nothing")
    return {"asked": wording.share(*asked), "free": free, "holders": holders, "closed": closed}


def told(way: Alternative, kept: dict[str, Any]) -> dict[str, Any]:
    """One way on: its kind, what is another in it, the rest, and the fields that take it."""
    when = wording.span(way.start, way.end)
    several = len(way.allocations) > 1
    everything = machines_and_shares(way.allocations)
    names = " + ".join(part.machine.name for part in way.allocations)
    shares = " + ".join(wording.share(*part.share) for part in way.allocations)
    instead = names if several else f"{way.machine.name}, {wording.size(way.machine)}"
    kinds = {
        "same": (_("The same again"), when, everything),
        "until": (_("As far as it goes"), _("until %(end)s") % {"end": _end(way.start, way.end)}, everything),
        "time": (_("Another time, same machines") if several else _("Another time, same machine"), when, everything),
        "machine": (_("Another machine, same time"), instead, f"{when}, {shares}"),
        "share": (_("A smaller share"), shares, f"{names}, {when}"),
    }
    kind, changed, rest = kinds[way.kind]
    moments = {"start": way.start.isoformat(), "end": way.end.isoformat()}
    values = {**lines.hidden(way.allocations), **moments, **kept}
    return {"kind": kind, "changed": changed, "rest": rest, "values": values.items()}


def machines_and_shares(parts: Sequence[OfferedAllocation]) -> str:
    return " + ".join(f"{part.machine.name}, {wording.share(*part.share)}" for part in parts)


def _end(start: datetime, end: datetime) -> str:
    same = timezone.localtime(start).date() == timezone.localtime(end).date()
    return wording.clock(end) if same else wording.day_and_clock(end)
