"""Lock, read and save the rows of one reservation, and record each change.

For the commands of farm/domain only.
"""

from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import AuditEvent, User
from accounts.principals import Principal
from farm.domain.locks import LockedRowsChanged, holder_ids, lock
from farm.models import Allocation, Reservation
from farm.notices.bookings import notify_changed
from farm.rules import permissions
from farm.rules.limits import RequestedAllocation
from kernel.database.bulk import batched, insert_objects
from kernel.errors import Conflict, Unknown
from live.publish import changed_rows, publish

ROWS_AT_ONCE = 100  # SQLite takes at most 999 values in a statement


def lock_reservation(
    actor: Principal, reservation_id: int, extra: Collection[int] = (), version: int | None = None
) -> tuple[Reservation, dict[str, Any], list[RequestedAllocation]]:
    """Lock a reservation's holders, its machines and the machines with the ids in `extra`.

    Returns the reservation, its values for the audit log and its allocations, all read under the lock. Raises
    Conflict when `version` is given and is not the reservation's version any more; NotAllowed when `actor` may not
    change it. The ids to lock are read without the lock; if they have changed, raises LockedRowsChanged.
    """
    unlocked = get_reservation(reservation_id)
    permissions.check_may_change(actor, unlocked)
    machines = set(Allocation.objects.filter(reservation=unlocked).values_list("machine_id", flat=True)) | set(extra)
    lock(holder_ids(unlocked.owner, unlocked.project), machines)
    reservation = get_reservation(reservation_id)
    allocations = allocations_of(reservation)
    if not {row.machine_id for row in allocations} <= machines or reservation.project_id != unlocked.project_id:
        raise LockedRowsChanged
    if version is not None and reservation.version != version:
        sentence = _("This booking was changed in the meantime: look at it again.")
        raise Conflict("changed_meanwhile", sentence, field="version", version=reservation.version)
    return reservation, audit_values(reservation), allocations


def get_reservation(reservation_id: int) -> Reservation:
    """Return the reservation with its owner and project. Raises Unknown."""
    try:
        return Reservation.objects.select_related("owner", "project").get(pk=reservation_id)
    except Reservation.DoesNotExist:
        sentence = _("There is no booking %(id)s.") % {"id": reservation_id}
        raise Unknown("unknown_reservation", sentence, field="reservation") from None


def allocations_of(reservation: Reservation) -> list[RequestedAllocation]:
    """Return the allocations of a reservation as values without their rows."""
    return [RequestedAllocation(row.machine_id, row.gpus, row.memory_gb) for row in reservation.lines.all()]


def add_allocations(reservation: Reservation, allocations: Sequence[RequestedAllocation]) -> list[Allocation]:
    rows = [
        Allocation(
            reservation=reservation,
            machine_id=allocation.machine_id,
            gpus=allocation.gpus,
            memory_gb=allocation.memory_gb,
            start=reservation.start,
            end=reservation.end,
        )
        for allocation in allocations
    ]
    for batch in batched(rows, ROWS_AT_ONCE):
        insert_objects(batch)
    return rows


def save_change(
    actor: Principal,
    command: str,
    reservation: Reservation,
    before: dict[str, Any],
    reason: str = "",
    *,
    over_api: bool = False,
) -> Reservation:
    """Save a changed reservation with the next version, record the change, and notify the owner."""
    reservation.version = F("version") + 1
    reservation.save(update_fields=["start", "end", "state", "purpose", "version"])
    reservation.refresh_from_db(fields=["version"])
    event = record_change(actor, command, reservation, before, reason)
    notify_changed(actor, command, reservation, before, reason, event=event.pk, over_api=over_api)
    return reservation


def record_change(
    actor: Principal,
    command: str,
    reservation: Reservation,
    before: dict[str, Any],
    reason: str = "",
    allocations: Sequence[RequestedAllocation] | None = None,
) -> AuditEvent:
    """Write the audit log and notify open pages. Return the event.

    `allocations`, when the caller knows them, are those just written, in the order of machines.
    """
    after = audit_values(reservation, allocations)
    subject = f"reservation:{reservation.pk}"
    event = audit.record(actor, command, subject, before=before, after=after, reason=reason)
    machines = {machine_id for values in (before, after) for machine_id, *_share in values.get("lines", [])}
    publish(changed_rows("farm", machines), f"person:{reservation.owner_id}")
    return event


def audit_values(reservation: Reservation, allocations: Sequence[RequestedAllocation] | None = None) -> dict[str, Any]:
    """Return the values of a reservation that the audit log keeps.

    Without `allocations`, they are read in the order of machines.
    """
    if allocations is None:
        columns = ("machine_id", "gpus", "memory_gb")
        rows = reservation.lines.order_by("machine_id").values_list(*columns)
        allocations = [RequestedAllocation(*row) for row in rows]
    return {
        "owner": reservation.owner.username,
        "state": str(reservation.state),
        "start": reservation.start.isoformat(),
        "end": reservation.end.isoformat(),
        "lines": [list(allocation) for allocation in allocations],
    }


def user_or_none(actor: Principal) -> User | None:
    """Return the actor if it has an account, for a column that refers to User."""
    return actor if isinstance(actor, User) and actor.pk else None
