"""The verbs: what each does to a booking, and what it refuses."""

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


def test_a_booking_leaves_a_trail_and_a_hint_in_its_own_transaction(take, alice):
    row = take(alice, 9, 10, 4)
    event = AuditEvent.objects.get(verb="farm.book")
    assert (event.subject, event.after["lines"]) == (f"reservation:{row.pk}", [[1, 4, 0]])
    assert {"farm", f"person:{alice.pk}"} <= set(Change.objects.values_list("topic", flat=True))


def test_a_refusal_leaves_nothing(take, alice):
    with pytest.raises(NoCapacity):
        take(alice, 9, 10, 13)
    assert not Reservation.objects.exists() and not AuditEvent.objects.filter(verb="farm.book").exists()
    assert not Change.objects.filter(topic=f"person:{alice.pk}").exists()


def test_two_machines_are_booked_together_or_not_at_all(machine, take, alice):
    other = machines.add_machine(actor=None, name="small", gpu_count=1, memory_gb=0)
    take(alice, 9, 10, 1, machine_id=other.pk)
    lines = [RequestedAllocation(machine.pk, 4, 0), RequestedAllocation(other.pk, 1, 0)]
    with pytest.raises(NoCapacity) as refusal:
        booking.book(actor=None, owner=alice, start=at(9), end=at(10), allocations=lines)
    assert [missing.machine for missing in refusal.value.missing] == [other]
    assert Allocation.objects.count() == 1


def test_every_offer_of_a_refusal_can_be_taken(machine, take, alice, bob):
    machines.add_machine(actor=None, name="twin", gpu_count=12, memory_gb=16)
    take(bob, 8, 12, 10)
    with pytest.raises(NoCapacity) as refusal:
        take(alice, 9, 11, 4, 2)
    kinds = [way.kind for way in refusal.value.alternatives]
    assert kinds == ["time", "machine", "share"]
    for way in refusal.value.alternatives:
        line = RequestedAllocation(way.machine.pk, *way.share)
        booking.book(actor=None, owner=alice, start=way.start, end=way.end, allocations=[line])


def test_another_time_fits_all_the_machines_asked_for(machine, take, alice, bob):
    other = machines.add_machine(actor=None, name="other", gpu_count=12, memory_gb=16)
    take(bob, 9, 10, 12)
    take(bob, 10, 12, 12, machine_id=other.pk)
    lines = [RequestedAllocation(machine.pk, 1, 0), RequestedAllocation(other.pk, 1, 0)]
    with pytest.raises(NoCapacity) as refusal:
        booking.book(actor=None, owner=alice, start=at(9), end=at(11), allocations=lines)
    assert refusal.value.alternatives[0].start == at(12)


def test_a_closure_takes_its_part_of_the_capacity(machine, take, alice):
    machines.close(actor=None, machine_id=machine.pk, start=at(9), end=at(12), gpus=10, reason="fan")
    take(alice, 9, 10, 2)
    with pytest.raises(NoCapacity):
        take(alice, 11, 13, 3)
    take(alice, 12, 13, 12)


def test_a_closure_first_says_what_it_displaces_and_then_displaces_the_last_come(machine, take, alice, bob):
    first, second, elsewhere = take(alice, 9, 11, 6), take(bob, 10, 12, 6), take(bob, 14, 15, 12)
    close = {"actor": None, "machine_id": machine.pk, "start": at(9), "end": at(13), "gpus": 4}
    with pytest.raises(Conflict) as refusal:
        machines.close(**close)
    assert refusal.value.extra == {"reservations": [second.pk]}
    machines.close(**close, confirm=True)
    states = dict(Reservation.objects.values_list("pk", "state"))
    assert states == {first.pk: "confirmed", second.pk: "displaced", elsewhere.pk: "confirmed"}
    assert AuditEvent.objects.filter(verb="farm.displace", subject=f"reservation:{second.pk}").exists()


def test_what_was_used_before_a_displacement_stays_on_record(machine, take, alice, frozen):
    row = take(alice, 9, 12, 6)
    frozen.move_to(at(10))
    machines.close(actor=None, machine_id=machine.pk, start=at(10), end=at(11), confirm=True)
    line = row.lines.get()
    assert (line.start, line.end, line.held) == (at(9), at(10), True)


def test_a_draining_machine_keeps_what_it_has_and_takes_nothing_new(machine, take, alice, staff):
    row = take(alice, 9, 10, 1)
    machines.change_machine(actor=staff, machine_id=machine.pk, state="draining")
    booking.change(actor=alice, reservation_id=row.pk, end=at(11))
    with pytest.raises(Conflict, match="no new bookings"):
        take(alice, 12, 13, 1)


def test_a_change_does_not_compete_with_itself(take, alice):
    row = take(alice, 9, 10, 12)
    changed = booking.change(
        actor=alice, reservation_id=row.pk, start=at(9.5), end=at(11), allocations=[RequestedAllocation(1, 11, 3)]
    )
    assert (changed.start, changed.end, changed.version) == (at(9.5), at(11), 2)
    assert list(changed.lines.values_list("gpus", "memory_gb", "start", "end")) == [(11, 3, at(9.5), at(11))]


def test_a_change_that_does_not_fit_changes_nothing(take, alice, bob):
    row = take(alice, 9, 10, 6)
    take(bob, 10, 11, 10)
    with pytest.raises(NoCapacity):
        booking.change(actor=alice, reservation_id=row.pk, end=at(11))
    row.refresh_from_db()
    assert (row.end, row.version) == (at(10), 1)


def test_of_a_running_booking_only_the_end_moves_and_never_into_the_past(take, alice, bob, frozen):
    row = take(alice, 9, 12, 6)
    take(bob, 13, 14, 12)
    frozen.move_to(at(10))
    for wrong in ({"start": at(9.5)}, {"allocations": [RequestedAllocation(1, 5, 0)]}, {"end": at(9.5)}):
        with pytest.raises(Conflict):
            booking.change(actor=alice, reservation_id=row.pk, **wrong)
    with pytest.raises(NoCapacity) as refusal:
        booking.change(actor=alice, reservation_id=row.pk, end=at(14))
    assert [(way.start, way.end) for way in refusal.value.alternatives] == [(at(9), at(13))]
    assert booking.change(actor=alice, reservation_id=row.pk, end=at(13)).end == at(13)
    assert booking.change(actor=alice, reservation_id=row.pk, end=at(10)).end == at(10)


@pytest.mark.parametrize("verb", [booking.cancel, booking.give_back])
def test_what_is_over_stays_as_it_was(take, alice, frozen, verb):
    row = take(alice, 9, 12, 6)
    frozen.move_to(at(12))
    with pytest.raises(Conflict):
        verb(actor=alice, reservation_id=row.pk)
    row.refresh_from_db()
    assert row.state == "confirmed"


def test_giving_back_frees_the_rest_at_once(take, alice, bob, frozen):
    row = take(alice, 9, 12, 12)
    frozen.move_to(at(10))
    booking.give_back(actor=alice, reservation_id=row.pk)
    take(bob, 10, 12, 12)


def test_a_cancelled_booking_holds_nothing_and_is_not_cancelled_twice(take, alice, bob):
    row = take(alice, 9, 12, 12)
    booking.cancel(actor=alice, reservation_id=row.pk)
    take(bob, 9, 12, 12)
    with pytest.raises(Conflict, match="Cancelled"):
        booking.cancel(actor=alice, reservation_id=row.pk)


def test_strangers_change_nothing_and_staff_may(take, alice, bob, staff):
    row = take(alice, 9, 12, 12)
    with pytest.raises(NotAllowed):
        booking.cancel(actor=bob, reservation_id=row.pk)
    with pytest.raises(NotAllowed):
        machines.close(actor=bob, machine_id=1, start=at(9), end=at(10))
    booking.cancel(actor=staff, reservation_id=row.pk)


def test_a_project_is_charged_by_its_people_alone(take, alice, bob):
    project = Project.objects.create(name="Vision")
    project.owners.add(alice)
    assert take(alice, 9, 10, 1, project=project).project == project
    with pytest.raises(NotAllowed):
        take(bob, 9, 10, 1, project=project)


def test_no_booking_is_longer_than_the_policy_nor_the_policy_than_the_limit(take, alice, settings):
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
def test_the_database_itself_refuses_what_no_rule_let_through(take, machine, alice, values):
    from django.db import IntegrityError, OperationalError

    row = take(alice, 9, 12, 1)
    Allocation.objects.all().delete()
    line = {"start": at(9), "end": at(12), "gpus": 1, "memory_gb": 0, **values}
    with pytest.raises((IntegrityError, OperationalError)):
        Allocation.objects.create(reservation=row, machine=machine, **line)


def test_ten_years_of_history_are_not_read(take, machine, alice, queries_of):
    sql = " ".join(queries_of(lambda: take(alice, 9, 10, 1)))
    assert "FROM farm_allocation" in sql
    assert "end > '2030-01-07 09:00:00' AND end <= '2030-04-17 10:00:00'" in sql
