"""The commands that change a reservation: their effects and their refusals."""

from datetime import timedelta

import pytest

from accounts.models import AuditEvent
from farm.domain import booking, machines
from farm.domain.no_capacity import NoCapacity
from farm.models import MAX_SPAN, Allocation, Project, Reservation
from farm.rules.limits import RequestedAllocation
from farm.tests.conftest import at
from kernel.errors import Conflict, Malformed, NotAllowed
from live.models import Change

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


def test_a_booking_writes_the_audit_log_and_a_change_notification(take, alice):
    reservation = take(alice, 9, 10, 4)
    event = AuditEvent.objects.get(verb="farm.book")
    assert (event.subject, event.after["lines"]) == (f"reservation:{reservation.pk}", [[1, 4, 0]])
    assert {"farm", f"person:{alice.pk}"} <= set(Change.objects.values_list("topic", flat=True))


def test_a_refusal_saves_nothing(take, alice):
    with pytest.raises(NoCapacity):
        take(alice, 9, 10, 13)
    assert not Reservation.objects.exists() and not AuditEvent.objects.filter(verb="farm.book").exists()
    assert not Change.objects.filter(topic=f"person:{alice.pk}").exists()


def test_two_machines_are_booked_together_or_not_at_all(machine, take, alice):
    other = machines.add_machine(actor=None, name="small", gpu_count=1, memory_gb=0)
    take(alice, 9, 10, 1, machine_id=other.pk)
    allocations = [RequestedAllocation(machine.pk, 4, 0), RequestedAllocation(other.pk, 1, 0)]
    with pytest.raises(NoCapacity) as refusal:
        booking.book(actor=None, owner=alice, start=at(9), end=at(10), allocations=allocations)
    assert [missing.machine for missing in refusal.value.missing] == [other]
    assert Allocation.objects.count() == 1


def test_every_alternative_of_a_refusal_can_be_booked(machine, take, alice, bob):
    machines.add_machine(actor=None, name="twin", gpu_count=12, memory_gb=16)
    take(bob, 8, 12, 10)
    with pytest.raises(NoCapacity) as refusal:
        take(alice, 9, 11, 4, 2)
    kinds = [alternative.kind for alternative in refusal.value.alternatives]
    assert kinds == ["time", "machine", "share"]
    for alternative in refusal.value.alternatives:
        allocation = RequestedAllocation(alternative.machine.pk, *alternative.share)
        booking.book(actor=None, owner=alice, start=alternative.start, end=alternative.end, allocations=[allocation])


def test_the_alternative_time_fits_all_requested_machines(machine, take, alice, bob):
    other = machines.add_machine(actor=None, name="other", gpu_count=12, memory_gb=16)
    take(bob, 9, 10, 12)
    take(bob, 10, 12, 12, machine_id=other.pk)
    allocations = [RequestedAllocation(machine.pk, 1, 0), RequestedAllocation(other.pk, 1, 0)]
    with pytest.raises(NoCapacity) as refusal:
        booking.book(actor=None, owner=alice, start=at(9), end=at(11), allocations=allocations)
    assert refusal.value.alternatives[0].start == at(12)


def test_a_closure_of_a_part_reduces_the_capacity(machine, take, alice):
    machines.close(actor=None, machine_id=machine.pk, start=at(9), end=at(12), gpus=10, reason="fan")
    take(alice, 9, 10, 2)
    with pytest.raises(NoCapacity):
        take(alice, 11, 13, 3)
    take(alice, 12, 13, 12)


def test_a_closure_is_refused_first_and_then_displaces_the_latest_booking(machine, take, alice, bob):
    first, second, elsewhere = take(alice, 9, 11, 6), take(bob, 10, 12, 6), take(bob, 14, 15, 12)
    close = {"actor": None, "machine_id": machine.pk, "start": at(9), "end": at(13), "gpus": 4}
    with pytest.raises(Conflict) as refusal:
        machines.close(**close)
    assert refusal.value.extra == {"reservations": [second.pk]}
    machines.close(**close, confirm=True)
    states = dict(Reservation.objects.values_list("pk", "state"))
    assert states == {first.pk: "confirmed", second.pk: "displaced", elsewhere.pk: "confirmed"}
    assert AuditEvent.objects.filter(verb="farm.displace", subject=f"reservation:{second.pk}").exists()


def test_time_used_before_a_displacement_stays_on_record(machine, take, alice, frozen):
    reservation = take(alice, 9, 12, 6)
    frozen.move_to(at(10))
    machines.close(actor=None, machine_id=machine.pk, start=at(10), end=at(11), confirm=True)
    allocation = reservation.lines.get()
    assert (allocation.start, allocation.end, allocation.held) == (at(9), at(10), True)


def test_a_draining_machine_keeps_its_bookings_and_takes_no_new_ones(machine, take, alice, staff):
    reservation = take(alice, 9, 10, 1)
    machines.change_machine(actor=staff, machine_id=machine.pk, state="draining")
    booking.change(actor=alice, reservation_id=reservation.pk, end=at(11))
    with pytest.raises(Conflict, match="no new bookings"):
        take(alice, 12, 13, 1)


def test_a_change_does_not_count_its_own_booking_as_taken(take, alice):
    reservation = take(alice, 9, 10, 12)
    changed = booking.change(
        actor=alice,
        reservation_id=reservation.pk,
        start=at(9.5),
        end=at(11),
        allocations=[RequestedAllocation(1, 11, 3)],
    )
    assert (changed.start, changed.end, changed.version) == (at(9.5), at(11), 2)
    assert list(changed.lines.values_list("gpus", "memory_gb", "start", "end")) == [(11, 3, at(9.5), at(11))]


def test_a_change_that_does_not_fit_saves_nothing(take, alice, bob):
    reservation = take(alice, 9, 10, 6)
    take(bob, 10, 11, 10)
    with pytest.raises(NoCapacity):
        booking.change(actor=alice, reservation_id=reservation.pk, end=at(11))
    reservation.refresh_from_db()
    assert (reservation.end, reservation.version) == (at(10), 1)


def test_only_the_end_of_a_running_booking_moves_and_never_into_the_past(take, alice, bob, frozen):
    reservation = take(alice, 9, 12, 6)
    take(bob, 13, 14, 12)
    frozen.move_to(at(10))
    for wrong in ({"start": at(9.5)}, {"allocations": [RequestedAllocation(1, 5, 0)]}, {"end": at(9.5)}):
        with pytest.raises(Conflict):
            booking.change(actor=alice, reservation_id=reservation.pk, **wrong)
    with pytest.raises(NoCapacity) as refusal:
        booking.change(actor=alice, reservation_id=reservation.pk, end=at(14))
    assert [(alternative.start, alternative.end) for alternative in refusal.value.alternatives] == [(at(9), at(13))]
    assert booking.change(actor=alice, reservation_id=reservation.pk, end=at(13)).end == at(13)
    assert booking.change(actor=alice, reservation_id=reservation.pk, end=at(10)).end == at(10)


@pytest.mark.parametrize("command", [booking.cancel, booking.give_back])
def test_a_finished_booking_is_not_cancelled_or_given_back(take, alice, frozen, command):
    reservation = take(alice, 9, 12, 6)
    frozen.move_to(at(12))
    with pytest.raises(Conflict):
        command(actor=alice, reservation_id=reservation.pk)
    reservation.refresh_from_db()
    assert reservation.state == "confirmed"


def test_giving_back_frees_the_rest_at_once(take, alice, bob, frozen):
    reservation = take(alice, 9, 12, 12)
    frozen.move_to(at(10))
    booking.give_back(actor=alice, reservation_id=reservation.pk)
    take(bob, 10, 12, 12)


def test_a_cancelled_booking_holds_nothing_and_is_not_cancelled_twice(take, alice, bob):
    reservation = take(alice, 9, 12, 12)
    booking.cancel(actor=alice, reservation_id=reservation.pk)
    take(bob, 9, 12, 12)
    with pytest.raises(Conflict, match="Cancelled"):
        booking.cancel(actor=alice, reservation_id=reservation.pk)


def test_strangers_may_not_change_a_booking_and_staff_may(take, alice, bob, staff):
    reservation = take(alice, 9, 12, 12)
    with pytest.raises(NotAllowed):
        booking.cancel(actor=bob, reservation_id=reservation.pk)
    with pytest.raises(NotAllowed):
        machines.close(actor=bob, machine_id=1, start=at(9), end=at(10))
    booking.cancel(actor=staff, reservation_id=reservation.pk)


def test_only_people_of_a_project_may_charge_it(take, alice, bob):
    project = Project.objects.create(name="Vision")
    project.owners.add(alice)
    assert take(alice, 9, 10, 1, project=project).project == project
    with pytest.raises(NotAllowed):
        take(bob, 9, 10, 1, project=project)


def test_a_booking_is_at_most_as_long_as_the_policy_and_the_limit_allow(take, alice, settings):
    settings.FARM_MAX_DAYS = 1000
    with pytest.raises(Malformed):
        booking.book(actor=None, owner=alice, start=at(9), end=at(9) + MAX_SPAN + timedelta(seconds=1))
    booking.book(actor=None, owner=alice, start=at(9), end=at(9) + MAX_SPAN)
    settings.FARM_MAX_DAYS = 1
    with pytest.raises(Malformed, match="at most 1 day"):
        booking.book(actor=None, owner=alice, start=at(9), end=at(9) + timedelta(days=1, seconds=1))


@pytest.mark.database
@pytest.mark.parametrize(
    "values",
    [{"end": at(9)}, {"end": at(9) + MAX_SPAN + timedelta(minutes=1)}, {"gpus": 0, "memory_gb": 0}],
)
def test_database_constraints_refuse_invalid_allocations(take, machine, alice, values):
    from django.db import IntegrityError, OperationalError

    reservation = take(alice, 9, 12, 1)
    Allocation.objects.all().delete()
    allocation = {"start": at(9), "end": at(12), "gpus": 1, "memory_gb": 0, **values}
    with pytest.raises((IntegrityError, OperationalError)):
        Allocation.objects.create(reservation=reservation, machine=machine, **allocation)


def test_a_booking_does_not_read_old_history(take, machine, alice, queries_of):
    sql = " ".join(queries_of(lambda: take(alice, 9, 10, 1)))
    assert "FROM farm_allocation" in sql
    assert "end > '2030-01-07 09:00:00' AND end <= '2030-04-17 10:00:00'" in sql
