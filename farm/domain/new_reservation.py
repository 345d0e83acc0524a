"""Creates the rows of a new reservation, on named machines or on machines chosen under the lock.

For `booking.book` and `book_any.book`.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from accounts.models import User
from accounts.principals import Principal
from farm.domain.locks import LockedRowsChanged, holder_ids, lock_holders, lock_machines
from farm.domain.no_capacity import check_capacity_free, run_or_offer_alternatives
from farm.domain.reservation_rows import add_allocations, record_change, user_or_none
from farm.models import Machine, Project, Reservation
from farm.models.states import State
from farm.notices.bookings import notify_confirmed
from farm.queries.occupancy import part_of_memory
from farm.rules import limits, permissions
from farm.rules.limits import RequestedAllocation
from farm.rules.shown_words import clean_sentence
from kernel.database.bulk import insert_objects

Also = Callable[[Reservation], object]


class NewReservation(NamedTuple):
    """The values of a reservation that does not exist yet."""

    actor: Principal
    owner: User
    start: datetime
    end: datetime
    purpose: str = ""
    project: Project | None = None
    past_allowed: bool = False  # for imports
    over_api: bool = False  # then the owner gets a mail, also when they sent the request themselves


class RequestedShares(NamedTuple):
    """The allocations of a reservation, each machine once.

    `memory_with_gpus` are the ids of the machines of which nobody named the memory: it is the GPUs' part of it.
    """

    allocations: Sequence[RequestedAllocation]
    memory_with_gpus: Collection[int] = ()

    def on(self, machines: dict[int, Machine]) -> "RequestedShares":
        """Return the same shares with the memory that goes with the GPUs of these machines."""
        allocations = [
            row._replace(memory_gb=part_of_memory(machines[row.machine_id], row.gpus))
            if row.machine_id in self.memory_with_gpus
            else row
            for row in self.allocations
        ]
        return RequestedShares(allocations, self.memory_with_gpus)


class ChoiceUnderLock(NamedTuple):
    """How machines are chosen: `choose` gets those of `machine_ids` as they are under their lock, by id."""

    machine_ids: Collection[int]
    choose: Callable[[dict[int, Machine]], RequestedShares]


def create_reservation(
    new: NewReservation,
    requested: RequestedShares | ChoiceUnderLock,
    now: datetime,
    also: Also | None = None,
) -> Reservation:
    """Check, lock and save a new reservation, all or nothing.

    `requested` contains its allocations, or says how machines are chosen. Without allocations the reservation is a
    draft. `also` runs last in the same transaction, at each try. Raises the errors that `booking` names.
    """
    permissions.check_may_book_for(new.actor, new.owner)
    permissions.check_may_charge(new.owner, new.project)
    limits.check_span(new.start, new.end, now, past_allowed=new.past_allowed)
    new = new._replace(purpose=clean_sentence(new.purpose, "purpose"))
    holders = holder_ids(new.owner, new.project)

    def step() -> Reservation:
        nonlocal requested
        # Before the lock of the machines, for which other bookings wait, write the rows that do not depend on them.
        lock_holders(holders)
        reservation = _create_row(
            new, now, is_draft=isinstance(requested, RequestedShares) and not requested.allocations
        )
        if isinstance(requested, ChoiceUnderLock):
            machines = lock_machines(requested.machine_ids)
            allocations, memory_with_gpus = requested.choose(machines)
            record_change(new.actor, "farm.book", reservation, {}, allocations=allocations)
        else:
            allocations, memory_with_gpus = requested
            record_change(new.actor, "farm.book", reservation, {}, allocations=allocations)
            machines = lock_machines([allocation.machine_id for allocation in allocations])
            if requested.on(machines).allocations != list(allocations):  # a machine has more or less memory than before
                requested = requested.on(machines)
                raise LockedRowsChanged
        for allocation in allocations:
            limits.check_open(machines[allocation.machine_id])
        check_capacity_free(machines, allocations, new.start, new.end, memory_with_gpus=memory_with_gpus)
        reservation.new_allocations = add_allocations(reservation, allocations)
        for row in reservation.new_allocations:
            row.machine = machines[row.machine_id]  # so that nobody reads it again
        notify_confirmed(new.actor, reservation, over_api=new.over_api)
        if also:
            also(reservation)
        return reservation

    return run_or_offer_alternatives(step, now)


def _create_row(new: NewReservation, now: datetime, *, is_draft: bool) -> Reservation:
    reservation = Reservation(
        owner=new.owner,
        project=new.project,
        purpose=new.purpose,
        start=new.start,
        end=new.end,
        state=State.DRAFT if is_draft else State.CONFIRMED,
        created_by=user_or_none(new.actor),
        created_at=now,
    )
    insert_objects([reservation])
    return reservation
