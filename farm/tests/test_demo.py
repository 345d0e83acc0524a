"""The demonstration farm: plausible, changing, never overbooked, and removed without a trace."""

import random
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts import demo as people_demo
from accounts.models import AuditEvent, User
from farm.demo import creation, simulation
from farm.demo.cast import PEOPLE
from farm.domain import booking, machines
from farm.models import Allocation, Closure, Holder, Machine, Project, Reservation
from farm.models.states import HOLDING, State
from farm.queries.occupancy import profiles
from farm.rules.availability import least
from farm.rules.limits import RequestedAllocation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


@pytest.fixture
def farm(settings, frozen):
    """Fill the demonstration, with all people of its school."""
    settings.DEMO = True
    people_demo.fill()
    creation.fill()


def simulate(clock, moves, *, minutes=20, seed=1):
    """Make so many moves, each some minutes after the last; return their lines."""
    chance, lines = random.Random(seed), []
    for _number in range(moves):
        clock.shift(timedelta(minutes=minutes))
        lines.append(simulation.step(timezone.now(), chance))
    return lines


def assert_within_capacity():
    now = timezone.now()
    for steps in profiles(list(Machine.objects.all()), now - timedelta(days=12), now + timedelta(days=20)).values():
        assert min(least(steps)) >= 0


@pytest.mark.usefixtures("farm")
def test_it_has_running_past_and_coming_bookings_and_some_free_capacity():
    now = timezone.now()
    assert_within_capacity()
    machines = Machine.objects.filter(notes=creation.MARK)
    assert machines.count() >= 12 and Machine.objects.filter(tags=["original"]).count() == 7
    held = Reservation.objects.filter(state__in=HOLDING)
    assert held.filter(start__lt=now, end__gt=now).count() > 10  # running now
    assert held.filter(start__gt=now).count() > 20 and held.filter(end__lt=now).count() > 20
    assert 0.2 < simulation.measure_load(list(machines.filter(gpu_count__gt=0)), now) < 0.9  # neither empty nor full
    for pupil in User.objects.filter(username__in=["ines.abdelkader", "nadia.benali"]):
        assert pupil.reservations.filter(state__in=HOLDING, end__gt=now).exists()


@pytest.mark.usefixtures("farm")
def test_filling_it_again_changes_nothing():
    rows = list(Reservation.objects.order_by("pk").values_list("pk", "version"))
    creation.fill()
    assert list(Reservation.objects.order_by("pk").values_list("pk", "version")) == rows


@pytest.mark.usefixtures("farm")
def test_only_its_researchers_change_bookings_and_only_through_the_commands(frozen):
    researchers = {names[0] for names in PEOPLE}
    last = AuditEvent.objects.latest("pk").pk
    others = {
        row.pk: (row.version, row.end, row.state)
        for row in Reservation.objects.exclude(owner__username__in=researchers)
    }
    lines = simulate(frozen, 60)
    events = AuditEvent.objects.filter(pk__gt=last)
    assert sum(bool(line) for line in lines) > 40
    assert {"farm.book", "farm.change", "farm.cancel", "farm.give_back"} <= set(events.values_list("verb", flat=True))
    assert set(events.values_list("actor__username", flat=True)) <= researchers
    for row in Reservation.objects.exclude(owner__username__in=researchers):
        assert (row.version, row.end, row.state) == others[row.pk]
    assert_within_capacity()


@pytest.mark.usefixtures("farm")
def test_it_neither_fills_nor_empties_the_farm_in_days(frozen):
    machines = list(Machine.objects.bookable().filter(notes=creation.MARK, gpu_count__gt=0))
    shares = []
    for day in range(4):
        simulate(frozen, 40, minutes=36, seed=day)
        shares.append(simulation.measure_load(machines, timezone.now()))
    assert min(shares) > 0.15 and max(shares) < 0.8
    assert_within_capacity()


@pytest.mark.usefixtures("farm")
def test_after_weeks_without_it_the_farm_is_filled_again_and_old_bookings_are_deleted(frozen):
    frozen.shift(timedelta(days=40))
    people = list(User.objects.filter(username__in=[names[0] for names in PEOPLE]))
    before = Reservation.objects.filter(owner__in=people).count()
    simulate(frozen, 12, minutes=1)
    rows = Reservation.objects.filter(owner__in=people)
    assert rows.filter(state__in=HOLDING, end__gt=timezone.now()).count() >= 9
    assert rows.count() < before
    gone = AuditEvent.objects.filter(verb="farm.book", subject__startswith="reservation:")
    assert gone.count() == Reservation.objects.exclude(owner__username__in=creation.ORIGINAL_PEOPLE).count()


@pytest.mark.usefixtures("farm")
def test_it_never_changes_a_booking_that_somebody_else_made_or_that_is_elsewhere(staff, alice, frozen):
    researcher = User.objects.get(username="h.rakoto")
    machine = Machine.objects.get(name="mem-01")
    start = timezone.now() + timedelta(days=30)
    lines = [RequestedAllocation(machine.pk, 0, 8)]
    span = {"start": start, "end": start + timedelta(hours=5), "allocations": lines}
    real = booking.book(actor=alice, owner=alice, **span)
    by_staff = booking.book(actor=staff, owner=researcher, **span)
    Reservation.objects.exclude(pk__in=[real.pk, by_staff.pk]).delete()
    frozen.shift(timedelta(days=29))
    simulate(frozen, 40, minutes=1)
    for row in (real, by_staff):
        before = row.version
        row.refresh_from_db()
        assert (row.version, row.state) == (before, State.CONFIRMED)


@pytest.mark.usefixtures("farm")
def test_it_does_nothing_without_the_demonstration(settings, frozen):
    settings.DEMO = False
    rows = Reservation.objects.count()
    assert simulate(frozen, 5) == [""] * 5 and Reservation.objects.count() == rows
    settings.DEMO = True
    creation.remove()
    assert simulate(frozen, 5) == [""] * 5


@pytest.mark.django_db(transaction=True)  # the command closes its connection between two moves
@pytest.mark.usefixtures("farm")
def test_the_command_moves_and_stops(capsys):
    call_command("demo_farm", every=0, count=3)
    assert len(capsys.readouterr().out.splitlines()) >= 1


def test_remove_deletes_all_of_it_and_nothing_else(farm, alice, frozen):
    Project.objects.create(name="mine")
    simulate(frozen, 20)
    creation.remove()
    for model in (Reservation, Allocation, Closure, Machine):
        assert not model.objects.exists(), model
    assert list(Project.objects.values_list("name", flat=True)) == ["mine"]
    assert not AuditEvent.objects.filter(verb__startswith="farm.").exists()
    assert not User.objects.filter(username__in=[names[0] for names in PEOPLE] + ["Remi", "Arthur"]).exists()
    assert not Holder.objects.exclude(user__username__in=[person.username for person in people_demo.EVERYBODY]).exists()


def test_remove_deletes_what_its_people_booked_elsewhere(farm, alice):
    """A visitor may sign in as one of them and book. A person cannot be deleted while such a booking exists."""
    visitor = User.objects.get(username="ines.abdelkader")
    real = machines.add_machine(actor=None, name="real", gpu_count=4, memory_gb=4)
    span = {"start": timezone.now() + timedelta(days=50), "end": timezone.now() + timedelta(days=51)}
    booking.book(actor=visitor, owner=visitor, allocations=[RequestedAllocation(real.pk, 1, 0)], **span)
    booking.book(actor=visitor, owner=visitor, **span)  # a draft
    kept = booking.book(actor=alice, owner=alice, allocations=[RequestedAllocation(real.pk, 1, 0)], **span)
    creation.remove()
    people_demo.remove()
    assert list(Reservation.objects.all()) == [kept]
    assert list(Machine.objects.all()) == [real]
    assert not User.objects.filter(username__in=[person.username for person in people_demo.EVERYBODY]).exists()


def test_the_original_s_machines_stay_where_somebody_else_has_booked_on_them(farm, alice, frozen):
    start = timezone.now() + timedelta(days=50)
    row = booking.book(
        actor=alice,
        owner=alice,
        start=start,
        end=start + timedelta(hours=1),
        allocations=[RequestedAllocation(1, 1, 0)],
    )
    creation.remove()
    assert set(Machine.objects.values_list("pk", flat=True)) == set(range(1, 8))
    assert set(Reservation.objects.values_list("owner__username", flat=True)) == {"Remi", "Arthur", "alice"}
    row.refresh_from_db()
    assert row.state == State.CONFIRMED


def test_an_original_farm_that_was_there_before_stays(settings, frozen):
    call_command("loaddata", "original_farm", verbosity=0)
    creation.fill()
    creation.remove()
    assert set(Machine.objects.values_list("pk", flat=True)) == set(range(1, 8))
    assert set(Reservation.objects.values_list("owner__username", flat=True)) == {"Remi", "Arthur"}
