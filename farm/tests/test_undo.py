"""Undo of the last change: the restored values, and the refusals."""

from datetime import timedelta

import pytest

from accounts.models import AuditEvent
from farm.domain import booking, machines, undo
from farm.domain.no_capacity import NoCapacity
from farm.models import Machine
from farm.rules.limits import RequestedAllocation
from farm.tests.builders import stored_values
from farm.tests.conftest import at
from kernel.errors import Conflict, Malformed, NotAllowed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


def undo_with(actor, ticket):
    return undo.undo_step(actor=actor, step=undo.read_ticket(actor, ticket))


def test_undoing_a_cancellation_holds_the_capacity_again(take, alice, undo_ticket):
    reservation = take(alice, 9, 12, 4, 2, purpose="thesis")
    before = stored_values(reservation)
    ticket = undo_ticket(alice, reservation, booking.cancel)
    undo_with(alice, ticket)
    assert stored_values(reservation) == before
    with pytest.raises(NoCapacity):
        take(alice, 9, 10, 9)


def test_undo_restores_span_end_and_machines(take, alice, undo_ticket, machine):
    other = machines.add_machine(actor=None, name="other", gpu_count=4, memory_gb=8)
    reservation = take(alice, 9, 12, 4)
    before = stored_values(reservation)
    for change in (
        {"start": at(14), "end": at(17)},
        {"end": at(10)},
        {"allocations": [RequestedAllocation(other.pk, 2, 1)]},
    ):
        undo_with(alice, undo_ticket(alice, reservation, booking.change, **change))
        assert stored_values(reservation) == before


def test_undoing_a_new_booking_cancels_it_or_gives_it_back_when_it_runs(take, alice, frozen):
    reservation = take(alice, 9, 12, 4)
    undo_with(alice, undo.make_ticket(alice, reservation, None))
    assert stored_values(reservation)[0] == "cancelled"
    running = take(alice, 9, 12, 4)
    frozen.move_to(at(10))
    undo_with(alice, undo.make_ticket(alice, running, None))
    assert stored_values(running)[:3] == ("released", at(9), at(10))


def test_undoing_a_give_back_restores_the_end(take, alice, undo_ticket, frozen):
    reservation = take(alice, 9, 12, 4)
    before = stored_values(reservation)
    frozen.move_to(at(10))
    ticket = undo_ticket(alice, reservation, booking.give_back)
    frozen.shift(timedelta(seconds=30))
    undo_with(alice, ticket)
    assert stored_values(reservation) == before


def test_an_end_moved_to_now_can_be_undone_although_the_booking_is_over(take, alice, undo_ticket, frozen):
    reservation = take(alice, 9, 12, 4)
    frozen.move_to(at(10))
    ticket = undo_ticket(alice, reservation, booking.change, end=at(10))
    frozen.shift(timedelta(seconds=5))
    undo_with(alice, ticket)
    assert stored_values(reservation)[2] == at(12)


def test_undo_writes_its_own_audit_event(take, alice, undo_ticket):
    reservation = take(alice, 9, 12, 4)
    undo_with(alice, undo_ticket(alice, reservation, booking.cancel))
    event = AuditEvent.objects.latest("pk")
    assert (event.verb, event.subject, event.actor) == ("farm.undo", f"reservation:{reservation.pk}", alice)
    assert (event.before["state"], event.after["state"]) == ("cancelled", "confirmed")


def test_capacity_taken_in_the_meantime_is_refused_with_alternatives(take, alice, bob, undo_ticket):
    reservation = take(alice, 9, 12, 8)
    ticket = undo_ticket(alice, reservation, booking.cancel)
    take(bob, 10, 11, 6)
    with pytest.raises(NoCapacity) as refusal:
        undo_with(alice, ticket)
    assert refusal.value.missing[0].shortage.missing.gpus == 2
    assert refusal.value.alternatives
    assert stored_values(reservation)[0] == "cancelled"


def test_undoing_a_give_back_checks_capacity_from_the_give_back_not_from_now(
    take, alice, bob, undo_ticket, frozen, machine
):
    """Otherwise 13 GPUs of 12 would be on record as held in between."""
    reservation = take(alice, 9, 12, 12)
    frozen.move_to(at(10))
    ticket = undo_ticket(alice, reservation, booking.give_back)
    frozen.shift(timedelta(seconds=10))
    in_between = booking.book(
        actor=bob,
        owner=bob,
        start=at(10) + timedelta(seconds=10),
        end=at(11),
        allocations=[RequestedAllocation(1, 1, 0)],
    )
    frozen.shift(timedelta(seconds=10))
    booking.give_back(actor=bob, reservation_id=in_between.pk)
    with pytest.raises(NoCapacity):
        undo_with(alice, ticket)


def test_undo_does_not_rewrite_the_past(take, alice, undo_ticket, frozen):
    moved = take(alice, 14, 16, 1)
    frozen.move_to(at(8.95))
    began = undo_ticket(alice, moved, booking.change, start=at(9), end=at(11))
    frozen.move_to(at(9) + timedelta(seconds=5))
    with pytest.raises(Conflict, match="only the end"):
        undo_with(alice, began)
    frozen.move_to(at(10.98))
    extended = undo_ticket(alice, moved, booking.change, end=at(12))
    frozen.move_to(at(11) + timedelta(seconds=5))
    with pytest.raises(Conflict, match="before now"):
        undo_with(alice, extended)


def test_a_start_three_minutes_ago_can_be_restored(take, alice, undo_ticket, frozen):
    reservation = take(alice, 9, 12, 1)
    frozen.move_to(at(8.99))
    ticket = undo_ticket(alice, reservation, booking.change, start=at(10), end=at(13))
    frozen.shift(timedelta(minutes=4))
    undo_with(alice, ticket)  # the grace period of any booking
    assert stored_values(reservation)[1] == at(9)


def test_a_draining_machine_refuses_an_undo(take, alice, undo_ticket, machine):
    reservation = take(alice, 9, 12, 1)
    ticket = undo_ticket(alice, reservation, booking.cancel)
    Machine.objects.update(state="draining")
    with pytest.raises(Conflict, match="no new bookings"):
        undo_with(alice, ticket)


def test_a_later_change_ends_the_right_to_undo(take, alice, staff, undo_ticket):
    reservation = take(alice, 9, 12, 1)
    ticket = undo_ticket(alice, reservation, booking.change, end=at(13))
    booking.change(actor=staff, reservation_id=reservation.pk, end=at(14))
    with pytest.raises(Conflict) as refusal:
        undo_with(alice, ticket)
    assert refusal.value.code == "changed_meanwhile"
    assert stored_values(reservation)[2] == at(14)


def test_a_ticket_works_once(take, alice, undo_ticket):
    reservation = take(alice, 9, 12, 1)
    ticket = undo_ticket(alice, reservation, booking.change, end=at(13))
    undo_with(alice, ticket)
    with pytest.raises(Conflict):
        undo_with(alice, ticket)


def test_a_ticket_is_for_one_person_expires_and_cannot_be_forged(take, alice, bob, staff, undo_ticket, frozen):
    reservation = take(alice, 9, 12, 1)
    ticket = undo_ticket(alice, reservation, booking.cancel)
    for other in (bob, staff):
        with pytest.raises(NotAllowed):
            undo_with(other, ticket)
    for forged in ("", "x", ticket[:-1], ticket.replace(":", ";"), "é" * 40):
        with pytest.raises(Malformed):
            undo_with(alice, forged)
    frozen.shift(undo.LIFE + timedelta(seconds=1))
    with pytest.raises(Conflict) as refusal:
        undo_with(alice, ticket)
    assert refusal.value.code == "too_late"


def test_a_person_without_permission_any_more_may_not_undo(take, alice, staff, undo_ticket):
    reservation = take(alice, 9, 12, 1)
    ticket = undo_ticket(staff, reservation, booking.cancel)
    type(staff).objects.filter(pk=staff.pk).update(is_staff=False)
    staff.refresh_from_db()
    with pytest.raises(NotAllowed):
        undo_with(staff, ticket)
