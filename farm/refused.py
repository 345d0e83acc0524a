"""The refusal as a card: what is short and when, who holds it, the machine's week with the question drawn in it."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from farm import timeline, wording
from farm.drawing import TOP, pixels
from farm.models import Allocation
from farm.permissions import Sight
from farm.refusals import Alternative, NoRoom
from farm.spans import Span
from farm.timeline_rows import Row

NARROW = 480  # pixels of the plot inside the form's column


def card(viewer: Any, refusal: NoRoom, asked: dict[str, Any]) -> dict[str, Any]:
    resource, shortage = refusal.missing[0]
    start = timezone.localtime(max(asked["start"], shortage.start))
    week = timeline.read(viewer, Span.around(start.date()), [resource], timezone.now(), wide=NARROW)
    row = week.rows[0]
    return {
        "title": _title(resource.name, shortage),
        "why": _why(viewer, resource.pk, shortage, asked),
        "timeline": week,
        "row": row,
        "ask": {
            "x": week.window.x(asked["start"]),
            "width": week.window.width(asked["start"], asked["end"]),
            "y": TOP,
            "height": pixels(max(8, _asked_height(row, asked))),
        },
        "alternatives": [_alternative(way, asked) for way in refusal.alternatives],
    }


def _title(name: str, shortage: Any) -> str:
    when = wording.span(shortage.start, shortage.end)
    gpus, memory = shortage.missing
    if gpus:
        sentence = ngettext(
            "%(name)s is %(count)s GPU short, %(when)s", "%(name)s is %(count)s GPUs short, %(when)s", gpus
        )
        return sentence % {"name": name, "count": gpus, "when": when}
    return _("%(name)s is %(count)s GB short, %(when)s") % {"name": name, "count": memory, "when": when}


def _why(viewer: Any, resource_id: int, shortage: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """What was asked, what is free of it meanwhile, and who holds the rest (as far as the viewer may know)."""
    sight = Sight(viewer)
    lines = Allocation.objects.held().overlapping(shortage.start, shortage.end).filter(resource=resource_id)
    holders = []
    for line in lines.select_related("reservation__owner").order_by("start")[:6]:
        reservation = line.reservation
        if sight.is_mine(reservation):
            who = _("you")
        elif sight.sees_name(reservation):
            who = wording.short_name(reservation.owner)
        else:
            who = _("somebody")
        holders.append({"who": who, "share": wording.share(line.gpus, line.memory_gb)})
    gpus, memory = shortage.missing
    left = (
        wording.share(max(0, asked["gpus"] - gpus), 0)
        if gpus
        else wording.share(0, max(0, asked["memory_gb"] - memory))
    )
    return {
        "asked": wording.share(asked["gpus"] if gpus else 0, 0 if gpus else asked["memory_gb"]),
        "free": left or _("nothing"),
        "holders": holders,
    }


def _asked_height(row: Row, asked: dict[str, Any]) -> float:
    resource = row.resource
    if resource.gpu_count:
        return float(row.room) * min(1, asked["gpus"] / resource.gpu_count)
    return float(row.room) * min(1, asked["memory_gb"] / max(1, resource.memory_gb))


def _alternative(way: Alternative, asked: dict[str, Any]) -> dict[str, Any]:
    when = wording.span(way.start, way.end)
    share = wording.share(way.share.gpus, way.share.memory_gb)
    kinds = {
        "time": (_("Another time, same machine"), when, f"{way.resource.name}, {share}"),
        "machine": (
            _("Another machine, same time"),
            f"{way.resource.name}, {wording.size(way.resource)}",
            f"{when}, {share}",
        ),
        "share": (_("A smaller share"), share, f"{way.resource.name}, {when}"),
    }
    kind, changed, rest = kinds[way.kind]
    values = {
        "resource": way.resource.pk,
        "gpus": way.share.gpus,
        "memory_gb": way.share.memory_gb,
        "start": way.start.isoformat(),
        "end": way.end.isoformat(),
        "purpose": asked["purpose"],
        "project": asked["project"].pk if asked["project"] else "",
    }
    return {"kind": kind, "changed": changed, "rest": rest, "values": values.items()}
