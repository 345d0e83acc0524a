"""The rows of one booking under its lock: found, written, put on the trail and told. For the verbs alone."""

from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from farm.domain.locks import MovedOn, holder_ids, lock
from farm.models import Allocation, Reservation
from farm.rules import permissions
from farm.rules.limits import RequestedAllocation
from kernel.errors import Conflict, Unknown
from live.publish import publish


def locked(
    actor: Any, reservation_id: int, extra: Collection[int] = (), version: int | None = None
) -> tuple[Reservation, dict[str, Any], list[RequestedAllocation]]:
    """The reservation under the lock of its holders and of its machines (and of `extra`), and its lines.

    Which rows to lock is read first; if that has changed once they are locked, the transaction starts again. Another
    `version` than the one that the caller has seen is a Conflict.
    """
    found = find(reservation_id)
    permissions.check_may_change(actor, found)
    machines = set(Allocation.objects.filter(reservation=found).values_list("machine_id", flat=True)) | set(extra)
    lock(holder_ids(found.owner, found.project), machines)
    reservation = find(reservation_id)
    lines = [RequestedAllocation(row.machine_id, row.gpus, row.memory_gb) for row in reservation.lines.all()]
    if not {line.machine_id for line in lines} <= machines or reservation.project_id != found.project_id:
        raise MovedOn
    if version is not None and reservation.version != version:
        sentence = _("This booking was changed in the meantime: look at it again.")
        raise Conflict("changed_meanwhile", sentence, field="version", version=reservation.version)
    return reservation, facts(reservation), lines


def find(reservation_id: int) -> Reservation:
    try:
        return Reservation.objects.select_related("owner", "project").get(pk=reservation_id)
    except Reservation.DoesNotExist:
        sentence = _("There is no booking %(id)s.") % {"id": reservation_id}
        raise Unknown("unknown_reservation", sentence, field="reservation") from None


def add_rows(reservation: Reservation, lines: Sequence[RequestedAllocation]) -> None:
    Allocation.objects.bulk_create(
        Allocation(
            reservation=reservation,
            machine_id=line.machine_id,
            gpus=line.gpus,
            memory_gb=line.memory_gb,
            start=reservation.start,
            end=reservation.end,
        )
        for line in lines
    )


def save(actor: Any, verb: str, reservation: Reservation, before: dict[str, Any], reason: str = "") -> Reservation:
    reservation.version = F("version") + 1  # type: ignore[assignment]
    reservation.save(update_fields=["start", "end", "state", "purpose", "version"])
    reservation.refresh_from_db(fields=["version"])
    tell(actor, verb, reservation, before, reason)
    return reservation


def tell(
    actor: Any,
    verb: str,
    reservation: Reservation,
    before: dict[str, Any],
    reason: str = "",
    lines: Sequence[RequestedAllocation] | None = None,
) -> None:
    """On the trail and to the open pages; `lines` are those just written, in the order of machines, where known."""
    subject = f"reservation:{reservation.pk}"
    audit.record(actor, verb, subject, before=before, after=facts(reservation, lines), reason=reason)
    publish("farm", f"person:{reservation.owner_id}")


def facts(reservation: Reservation, lines: Sequence[RequestedAllocation] | None = None) -> dict[str, Any]:
    """What the trail keeps of a booking."""
    if lines is None:
        columns = ("machine_id", "gpus", "memory_gb")
        lines = [RequestedAllocation(*row) for row in reservation.lines.order_by("machine_id").values_list(*columns)]
    return {
        "owner": reservation.owner.username,
        "state": str(reservation.state),
        "start": reservation.start.isoformat(),
        "end": reservation.end.isoformat(),
        "lines": [list(line) for line in lines],
    }


def person(actor: Any) -> User | None:
    return actor if isinstance(actor, User) and actor.pk else None
