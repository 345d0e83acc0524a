"""Notifies the owner of a booking by mail of changes that others made. Called by commands, in their transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.dateparse import parse_datetime

from accounts.principals import Principal
from farm.models import Allocation, Reservation
from farm.models.states import State
from kernel.text.bidi import isolated
from mail.notices import notify

TOOK_TIME = {"farm.shorten": "shortened", "farm.displace": "displaced"}  # command -> template


def notify_confirmed(actor: Principal, reservation: Reservation, *, over_api: bool) -> None:
    """Notify the owner that they have a booking, when somebody else or a program made it. Drafts are no news.

    Call it when the allocations are saved. `over_api`: a program sent the request, maybe in the owner's name.
    """
    if actor is None or reservation.state != State.CONFIRMED or (_is_own(actor, reservation) and not over_api):
        return
    _notify("farm.confirmed", "confirmed", reservation, f"made:{reservation.pk}", _facts(actor, reservation))


def notify_changed(
    actor: Principal,
    command: str,
    reservation: Reservation,
    before: Mapping[str, Any],
    reason: str,
    *,
    event: int,
    over_api: bool = False,
) -> None:
    """Notify the owner of a change that somebody else made.

    command, before: those of the audit event, and `event` is its key. Atelier itself (None) notifies only of time that
    a closure takes. Drafts and what becomes of them without a booking are no news.
    """
    was_draft = before.get("state") == State.DRAFT
    if command in TOOK_TIME:
        kind, template = "farm.displaced", TOOK_TIME[command]
    elif actor is None or (was_draft and reservation.state != State.CONFIRMED):
        return
    elif was_draft:
        notify_confirmed(actor, reservation, over_api=over_api)
        return
    elif reservation.state == State.CANCELLED:
        kind, template = "farm.cancelled", "cancelled"
    else:
        kind, template = "farm.changed", "changed"
    if _is_own(actor, reservation):
        return
    start, end = _moment(before, "start") or reservation.start, _moment(before, "end") or reservation.end
    facts = {
        "reason": reason,
        "is_ended": reservation.state == State.RELEASED,
        "before": Allocation(start=start, end=end),
        "is_moved": (start, end) != (reservation.start, reservation.end),
    }
    _notify(kind, template, reservation, f"event:{event}", _facts(actor, reservation) | facts)


def _facts(actor: Principal, reservation: Reservation) -> dict[str, Any]:
    lines = reservation.new_allocations or reservation.lines.select_related("machine")
    who = isolated(actor.display_name) if actor else "Atelier"
    return {"booking": reservation, "lines": sorted(lines, key=lambda line: line.machine.name), "who": who}


def _notify(kind: str, template: str, reservation: Reservation, key: str, context: dict[str, Any]) -> None:
    notify(
        reservation.owner,
        kind,
        key=key,
        template=f"farm/mail/{template}.txt",
        context=context,
        path=reverse("farm-reservation", args=(reservation.pk,)),
    )


def _is_own(actor: Principal, reservation: Reservation) -> bool:
    return actor is not None and actor.pk == reservation.owner_id


def _moment(facts: Mapping[str, Any], name: str) -> datetime | None:
    return parse_datetime(str(facts.get(name, "")))
