"""The demonstration farm at work: every so often one of its researchers books, extends, gives back, moves or cancels.

Through the verbs, in their own names, on the demonstration's machines alone; never a booking of anybody who can sign
in. It keeps the farm neither empty nor full, takes away its own old rows, and needs no memory: started again, it goes
on from what it finds.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db.models import Q

from accounts.models import User
from farm.demo import content
from farm.domain import booking
from farm.domain.no_capacity import NoCapacity
from farm.models import Allocation, Machine, Reservation
from farm.models.states import HOLDING, State
from farm.rules import wording
from kernel.errors import Refused

AHEAD = timedelta(days=3)  # how far the load is looked at
LOW, HIGH = 0.35, 0.65  # of the GPU-hours ahead: below it they only book, above it they only make room
KEPT = timedelta(days=14)  # after its end a booking is kept for so long
KEPT_CANCELLED = timedelta(days=1)
TIDIED = 50  # rows taken away in one step
QUARTER = timedelta(minutes=15)


class Scene(NamedTuple):
    machines: list[Machine]
    people: list[User]
    now: datetime
    chance: random.Random

    def bookings(self, *, running: bool) -> list[Reservation]:
        """What the researchers hold on these machines alone, made by nobody but themselves."""
        elsewhere = Machine.objects.exclude(pk__in=[machine.pk for machine in self.machines])
        rows = Reservation.objects.filter(owner__in=self.people, state__in=HOLDING, end__gt=self.now + QUARTER)
        rows = rows.filter(Q(created_by=None) | Q(created_by__in=self.people)).exclude(lines__machine__in=elsewhere)
        rows = rows.filter(start__lt=self.now) if running else rows.filter(start__gt=self.now + QUARTER)
        found = list(rows.select_related("owner").order_by("pk"))
        self.chance.shuffle(found)
        return found

    def quarter(self, hours: float) -> datetime:
        """A full quarter of an hour, about so many hours from now."""
        moment = self.now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=int(hours) + 1)
        return moment + QUARTER * self.chance.randrange(4)


def step(now: datetime, chance: random.Random) -> str:
    """One move, told in a line; "" when there was none to make."""
    machines = list(Machine.objects.bookable().filter(notes=content.MARK, gpu_count__gt=0).order_by("pk"))
    named = User.objects.filter(username__in=[names[0] for names in content.PEOPLE], is_active=True).order_by("pk")
    people = [person for person in named if not person.has_usable_password()]
    if not settings.DEMO or not machines or not people:
        return ""
    scene = Scene(machines, people, now, chance)
    tidy(people, now)
    for act in _acts(load(machines, now), chance):
        try:
            line = act(scene)
        except Refused:  # somebody was faster, or it does not fit: as in life
            continue
        if line:
            return line
    return ""


def _acts(share: float, chance: random.Random) -> list[Callable[[Scene], str]]:
    if share < LOW:
        return [book, book, book]
    acts: list[Callable[[Scene], str]]
    acts = [give_back, move, cancel] if share > HIGH else [book, book, extend, give_back, move, move, cancel]
    chance.shuffle(acts)
    return acts


def load(machines: list[Machine], now: datetime) -> float:
    """How much of the GPU-hours of the next days is taken, 0 to 1."""
    until = now + AHEAD
    rows = Allocation.objects.held().overlapping(now, until).filter(machine__in=machines)
    taken = sum(
        gpus * (min(end, until) - max(start, now)).total_seconds()
        for start, end, gpus in rows.values_list("start", "end", "gpus")
    )
    return taken / (sum(machine.gpu_count for machine in machines) * AHEAD.total_seconds())


def book(scene: Scene) -> str:
    chance = scene.chance
    machine, owner = chance.choice(scene.machines), chance.choice(scene.people)
    start = scene.quarter(chance.choice([0, 0, 2, 5, 12, 20, 36, 60, 96]))
    end = start + timedelta(hours=chance.choice([2, 3, 4, 6, 8, 12, 18, 24]))
    wanted, purpose = content.share_of(machine, chance), chance.choice(content.PURPOSES)
    try:
        made = booking.book(actor=owner, owner=owner, start=start, end=end, allocations=[wanted], purpose=purpose)
    except NoCapacity as refusal:
        ways = [way for way in refusal.alternatives if way.kind == "machine" and way.machine in scene.machines]
        if not ways:
            raise
        instead = wanted._replace(machine_id=ways[0].machine.pk)
        machine = ways[0].machine
        made = booking.book(actor=owner, owner=owner, start=start, end=end, allocations=[instead], purpose=purpose)
    return _told("booked", made, f"{machine.name}, {wording.span(start, end)}")


def extend(scene: Scene) -> str:
    for row in scene.bookings(running=True)[:1]:
        end = row.end + timedelta(hours=scene.chance.choice([1, 2, 4]))
        if end - row.start > timedelta(days=4):
            return ""
        return _told("extended", booking.change(actor=row.owner, reservation_id=row.pk, end=end), wording.clock(end))
    return ""


def give_back(scene: Scene) -> str:
    for row in scene.bookings(running=True):
        if row.start < scene.now - timedelta(hours=1):
            return _told("gave back", booking.give_back(actor=row.owner, reservation_id=row.pk), wording.clock(row.end))
    return ""


def move(scene: Scene) -> str:
    for row in scene.bookings(running=False)[:1]:
        shift = timedelta(hours=scene.chance.choice([-4, -2, -1, 1, 2, 4]))
        start, end = row.start + shift, row.end + shift
        if start <= scene.now + QUARTER:
            return ""
        moved = booking.change(actor=row.owner, reservation_id=row.pk, start=start, end=end)
        return _told("moved", moved, wording.span(start, end))
    return ""


def cancel(scene: Scene) -> str:
    for row in scene.bookings(running=False)[:1]:
        return _told(
            "cancelled", booking.cancel(actor=row.owner, reservation_id=row.pk), wording.span(row.start, row.end)
        )
    return ""


def _told(did: str, reservation: Reservation, what: str) -> str:
    return f"{reservation.owner.username} {did} “{reservation.purpose}”, {what}"


def tidy(people: list[User], now: datetime) -> int:
    """Take away what of theirs is long over, with its trail; how many bookings."""
    over = Q(end__lt=now - KEPT) | Q(state=State.CANCELLED, created_at__lt=now - KEPT_CANCELLED)
    own = Q(created_by=None) | Q(created_by__in=people)
    rows = Reservation.objects.filter(own, over, owner__in=people).order_by("pk")
    old = list(rows.values_list("pk", flat=True)[:TIDIED])
    content.forget(old)
    return len(old)
