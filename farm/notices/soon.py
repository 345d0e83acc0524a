"""Notifies owners that their booking is about to start or to end. Run by the schedule, each minute."""

from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from farm.models import Reservation
from farm.models.overlap import in_states
from farm.models.states import State
from kernel.epoch import to_epoch
from mail.notices import not_yet_notified, notify

AHEAD = timedelta(minutes=15)
KINDS = {"start": "farm.starts_soon", "end": "farm.ends_soon"}  # field -> kind


def notify_soon(now: datetime | None = None) -> None:
    """Notify each owner once of the start and once of the end of a booking; again when the booking moves."""
    now = now or timezone.now()
    for field, kind in KINDS.items():
        soon = {f"{field}__gt": now, f"{field}__lte": now + AHEAD}
        # Those that overlap these minutes: the end has no index of its own.
        rows = Reservation.objects.overlapping(now, now + AHEAD + timedelta(seconds=1)).select_related("owner")
        rows = rows.filter(in_states((State.CONFIRMED, State.ACTIVE)), **soon)
        bookings = {f"booking:{row.pk}:{to_epoch(getattr(row, field))}": row for row in rows.order_by(field, "pk")}
        for _owner, key in not_yet_notified(kind, [(row.owner, key) for key, row in bookings.items()]):
            _notify(kind, key, bookings[key])


@transaction.atomic
def _notify(kind: str, key: str, reservation: Reservation) -> None:
    lines = reservation.lines.select_related("machine").order_by("machine__name")
    notify(
        reservation.owner,
        kind,
        key=key,
        template=f"farm/mail/{kind.removeprefix('farm.')}.txt",
        context={"booking": reservation, "lines": list(lines)},
        path=reverse("farm-reservation", args=(reservation.pk,)),
    )
