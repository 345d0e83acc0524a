"""The command that hands a reservation over to another person."""

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.principals import Principal
from farm.domain.locks import holder_ids, lock_holders, run_in_transaction
from farm.domain.reservation_rows import get_reservation, lock_reservation, record_change
from farm.models import Reservation
from farm.models.states import OPEN
from farm.rules import permissions
from kernel.errors import Conflict
from live.publish import publish


def transfer(*, actor: Principal, reservation_id: int, owner: User) -> Reservation:
    """Give a reservation that runs or lies ahead to another owner. Its machines, span and project stay.

    Only staff may. Raises NotAllowed when the new owner may not use the project, and Conflict for one that is over.
    """
    permissions.check_may_manage(actor)

    def step() -> Reservation:
        unlocked = get_reservation(reservation_id)
        lock_holders(holder_ids(unlocked.owner, owner, unlocked.project))
        reservation, before, __ = lock_reservation(actor, reservation_id)
        if reservation.state_at(timezone.now()) not in OPEN:
            raise Conflict("illegal_step", _("This booking is over: it stays with its owner."))
        permissions.check_may_charge(owner, reservation.project)
        old_owner_id = reservation.owner_id
        reservation.owner, reservation.version = owner, reservation.version + 1
        reservation.save(update_fields=["owner", "version"])
        record_change(actor, "farm.transfer", reservation, before)
        publish(f"person:{old_owner_id}")
        return reservation

    return run_in_transaction(step)
