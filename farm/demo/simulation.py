"""The simulation of life on the demonstration farm: researchers book and change bookings.

The researchers call the commands in their own names, on the demonstration's machines only; bookings of people who can
sign in are never touched. The farm stays neither empty nor full, and old bookings of the researchers are deleted. The
simulation keeps no state: after a restart it goes on from the bookings there are.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db.models import Q

from accounts.models import User
from farm.demo import creation
from farm.demo.cast import PEOPLE, PURPOSES
from farm.domain import booking
from farm.domain.no_capacity import NoCapacity
from farm.models import Allocation, Machine, Reservation
from farm.models.states import HOLDING, State
from farm.rules import wording
from kernel.errors import Refused

AHEAD = timedelta(days=3)  # the load is measured from now to then
LOW, HIGH = 0.35, 0.65  # load: below LOW the researchers only book, above HIGH they only free capacity
KEPT = timedelta(days=14)  # how long a booking is kept after its end
KEPT_CANCELLED = timedelta(days=1)  # how long a cancelled booking is kept after it was made
MOST_DELETED = 50  # bookings in one step
QUARTER = timedelta(minutes=15)


class Scene(NamedTuple):
    """The machines and researchers of a step, the time, and the random numbers it draws from."""

    machines: list[Machine]
    people: list[User]
    now: datetime
    chance: random.Random

    def bookings(self, *, running: bool) -> list[Reservation]:
        """Return bookings of the researchers, made by themselves, on these machines only.

        They are either running or to come, in random order. What begins or ends in the next quarter of an hour is left
        out.
        """
        elsewhere = Machine.objects.exclude(pk__in=[machine.pk for machine in self.machines])
        rows = Reservation.objects.filter(owner__in=self.people, state__in=HOLDING, end__gt=self.now + QUARTER)
        rows = rows.filter(Q(created_by=None) | Q(created_by__in=self.people)).exclude(lines__machine__in=elsewhere)
        rows = rows.filter(start__lt=self.now) if running else rows.filter(start__gt=self.now + QUARTER)
        reservations = list(rows.select_related("owner").order_by("pk"))
        self.chance.shuffle(reservations)
        return reservations

    def quarter(self, hours: float) -> datetime:
        """Return a full quarter of an hour, about so many hours from now."""
        moment = self.now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=int(hours) + 1)
        return moment + QUARTER * self.chance.randrange(4)


def step(now: datetime, chance: random.Random) -> str:
    """Make one move and return a line about it; "" when there was none to make."""
    machines = list(Machine.objects.bookable().filter(notes=creation.MARK, gpu_count__gt=0).order_by("pk"))
    named = User.objects.filter(username__in=[names[0] for names in PEOPLE], is_active=True).order_by("pk")
    people = [person for person in named if not person.has_usable_password()]
    if not settings.DEMO or not machines or not people:
        return ""
    scene = Scene(machines, people, now, chance)
    delete_old(people, now)
    for act in _acts(measure_load(machines, now), chance):
        try:
            line = act(scene)
        except Refused:  # somebody was faster, or it does not fit
            continue
        if line:
            return line
    return ""


def _acts(load: float, chance: random.Random) -> list[Callable[[Scene], str]]:
    """Return the moves to try, in order."""
    if load < LOW:
        return [book, book, book]
    acts: list[Callable[[Scene], str]]
    acts = [give_back, move, cancel] if load > HIGH else [book, book, extend, give_back, move, move, cancel]
    chance.shuffle(acts)
    return acts


def measure_load(machines: list[Machine], now: datetime) -> float:
    """Return which share of the GPU-hours of the next days is booked, 0 to 1."""
    until = now + AHEAD
    rows = Allocation.objects.held().overlapping(now, until).filter(machine__in=machines)
    taken: float = sum(
        gpus * (min(end, until) - max(start, now)).total_seconds()
        for start, end, gpus in rows.values_list("start", "end", "gpus")
    )
    load: float = taken / (sum(machine.gpu_count for machine in machines) * AHEAD.total_seconds())
    return load


def book(scene: Scene) -> str:
    chance = scene.chance
    machine, owner = chance.choice(scene.machines), chance.choice(scene.people)
    start = scene.quarter(chance.choice([0, 0, 2, 5, 12, 20, 36, 60, 96]))
    end = start + timedelta(hours=chance.choice([2, 3, 4, 6, 8, 12, 18, 24]))
    wanted, purpose = creation.share_of(machine, chance), chance.choice(PURPOSES)
    try:
        made = booking.book(actor=owner, owner=owner, start=start, end=end, allocations=[wanted], purpose=purpose)
    except NoCapacity as refusal:
        others = [
            alternative.machine
            for alternative in refusal.alternatives
            if alternative.kind == "machine" and alternative.machine in scene.machines
        ]
        if not others:
            raise
        machine = others[0]
        instead = wanted._replace(machine_id=machine.pk)
        made = booking.book(actor=owner, owner=owner, start=start, end=end, allocations=[instead], purpose=purpose)
    return _describe("booked", made, f"{machine.name}, {wording.span(start, end)}")


def extend(scene: Scene) -> str:
    for reservation in scene.bookings(running=True)[:1]:
        end = reservation.end + timedelta(hours=scene.chance.choice([1, 2, 4]))
        if end - reservation.start > timedelta(days=4):
            return ""
        extended = booking.change(actor=reservation.owner, reservation_id=reservation.pk, end=end)
        return _describe("extended", extended, wording.clock(end))
    return ""


def give_back(scene: Scene) -> str:
    for reservation in scene.bookings(running=True):
        if reservation.start < scene.now - timedelta(hours=1):
            given_back = booking.give_back(actor=reservation.owner, reservation_id=reservation.pk)
            return _describe("gave back", given_back, wording.clock(reservation.end))
    return ""


def move(scene: Scene) -> str:
    for reservation in scene.bookings(running=False)[:1]:
        shift = timedelta(hours=scene.chance.choice([-4, -2, -1, 1, 2, 4]))
        start, end = reservation.start + shift, reservation.end + shift
        if start <= scene.now + QUARTER:
            return ""
        moved = booking.change(actor=reservation.owner, reservation_id=reservation.pk, start=start, end=end)
        return _describe("moved", moved, wording.span(start, end))
    return ""


def cancel(scene: Scene) -> str:
    for reservation in scene.bookings(running=False)[:1]:
        cancelled = booking.cancel(actor=reservation.owner, reservation_id=reservation.pk)
        return _describe("cancelled", cancelled, wording.span(reservation.start, reservation.end))
    return ""


def _describe(did: str, reservation: Reservation, what: str) -> str:
    return f"{reservation.owner.username} {did} “{reservation.purpose}”, {what}"


def delete_old(people: list[User], now: datetime) -> int:
    """Delete their bookings that have been over for long, with the audit events.

    Return how many.
    """
    over = Q(end__lt=now - KEPT) | Q(state=State.CANCELLED, created_at__lt=now - KEPT_CANCELLED)
    own = Q(created_by=None) | Q(created_by__in=people)
    rows = Reservation.objects.filter(own, over, owner__in=people).order_by("pk")
    old = list(rows.values_list("pk", flat=True)[:MOST_DELETED])
    creation.delete_bookings(old)
    return len(old)
