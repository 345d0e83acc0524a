"""Closing an account: its coming bookings are named, and cancelled or handed over; projects do not lose their owner."""

import pytest
from django.contrib.auth.models import Permission

from accounts.domain import closing
from accounts.holdings import holdings_of, mark_of
from accounts.models import AuditEvent
from farm.domain import booking, projects
from farm.domain.transfer import transfer
from farm.models import Allocation, Project
from farm.tests.conftest import NOW, at
from kernel.errors import Conflict, NotAllowed

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def close(actor, person, heir=None, **ways):
    chosen = {"farm.bookings": "cancel", "farm.projects": "leave"} | {f"farm.{name}": way for name, way in ways.items()}
    heirs = {f"farm.{name}": heir for name in ways if heir}
    closing.close(actor, person, mark=mark_of(holdings_of(person)), ways=chosen, heirs=heirs)


def states(*reservations):
    for reservation in reservations:
        reservation.refresh_from_db()
    return [(reservation.owner.username, str(reservation.state)) for reservation in reservations]


def test_what_runs_or_lies_ahead_is_named_and_nothing_else(frozen, take, alice, bob):
    take(bob, 9, 10, 1)
    booking.cancel(actor=alice, reservation_id=take(alice, 12, 13, 12).pk)
    take(alice, 9, 10, 2, purpose="Training")
    (bookings,) = holdings_of(alice)
    (thing,) = bookings.things
    assert "ferme-1" in thing.title and thing.facts == "Confirmed · Training"
    frozen.move_to(at(11))
    assert holdings_of(alice) == []


def test_cancelled_bookings_free_their_capacity_and_running_ones_are_given_back(frozen, take, alice, bob, staff):
    running, ahead, of_bob = take(alice, 9, 12, 6), take(alice, 14, 15, 12), take(bob, 9, 12, 2)
    frozen.move_to(at(10))
    close(staff, alice)
    assert states(running, ahead, of_bob) == [("alice", "released"), ("alice", "cancelled"), ("bob", "confirmed")]
    assert not Allocation.objects.held().filter(reservation=ahead).exists()
    assert AuditEvent.objects.filter(verb__in=("farm.cancel", "farm.give_back"), actor=staff).count() == 2


def test_handed_over_bookings_keep_their_machines_and_times(frozen, take, alice, bob, staff):
    first, second = take(alice, 9, 12, 6), take(alice, 14, 15, 12)
    close(staff, alice, bob, bookings="transfer")
    assert states(first, second) == [("bob", "confirmed"), ("bob", "confirmed")]
    assert (first.start, first.end, first.version) == (at(9), at(12), 2)
    event = AuditEvent.objects.filter(verb="farm.transfer").first()
    assert (event.actor, event.before["owner"], event.after["owner"]) == (staff, "alice", "bob")


def test_a_booking_of_a_project_goes_only_to_somebody_of_the_project(frozen, take, alice, bob, staff):
    project = projects.save_project(actor=None, project=None, name="Vision", owners=[alice], members=[])
    reservation = take(alice, 9, 12, 6, project=project)
    with pytest.raises(NotAllowed):
        close(staff, alice, bob, bookings="transfer")
    alice.refresh_from_db()
    assert alice.is_active and states(reservation) == [("alice", "confirmed")]
    project.members.add(bob)
    close(staff, alice, bob, bookings="transfer")
    assert states(reservation) == [("bob", "confirmed")]


def test_a_project_gets_another_owner_or_stays_for_staff(frozen, alice, bob, staff):
    alone = projects.save_project(actor=None, project=None, name="Alone", owners=[alice], members=[])
    projects.save_project(actor=None, project=None, name="Shared", owners=[alice, bob], members=[])
    (holding,) = holdings_of(alice)
    assert [thing.title for thing in holding.things] == ["Alone"]
    close(staff, alice, bob, projects="transfer")
    assert set(Project.objects.get(pk=alone.pk).owners.values_list("username", flat=True)) == {"alice", "bob"}


def test_only_staff_hand_over_and_only_what_is_not_over(frozen, take, alice, bob, staff):
    reservation = take(alice, 9, 12, 6)
    with pytest.raises(NotAllowed):
        transfer(actor=alice, reservation_id=reservation.pk, owner=bob)
    frozen.move_to(at(13))
    with pytest.raises(Conflict):
        transfer(actor=staff, reservation_id=reservation.pk, owner=bob)


def test_the_holdings_need_the_same_queries_for_any_number_of_bookings(frozen, take, alice, assert_flat):
    take(alice, 9, 10, 1)
    assert_flat(lambda: holdings_of(alice), lambda: [take(alice, 10, 11, 1) for _ in range(5)], limit=12)


def test_a_draft_that_has_expired_is_not_named(frozen, alice):
    booking.book(actor=None, owner=alice, start=at(9), end=at(10))
    assert len(holdings_of(alice)) == 1
    frozen.move_to(NOW.replace(hour=14))
    assert holdings_of(alice) == []


def test_a_clerk_closes_accounts_and_the_bookings_follow(frozen, take, alice, person):
    clerk = person("clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename="change_user"))
    reservation = take(alice, 9, 12, 6)
    close(clerk, alice)
    assert states(reservation) == [("alice", "cancelled")]
