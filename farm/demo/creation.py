"""The demonstration farm: the original's machines, modern ones, and their bookings.

The commands make the bookings, and all of them lie around now, so that the week on the screen is never empty. The
machines made here have the mark `MARK` in their notes.
"""

import random
from datetime import datetime, timedelta

from django.core.management import call_command
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import audit
from accounts import demo as people_demo
from accounts.models import AuditEvent, User
from farm.demo.cast import KINDS, PEOPLE, PROJECT, PURPOSES, REPAIRS, STUDENT_PURPOSES, MachineKind, Repair
from farm.domain import booking, machines
from farm.models import Closure, Machine, Project, Reservation
from farm.rules.limits import RequestedAllocation
from kernel.errors import Conflict

MARK = "Part of the demonstration school."
SEED = 2026
ORIGINAL, ORIGINAL_PEOPLE = "demo.original_farm", ("Remi", "Arthur")


def fill() -> None:
    """Fill the farm; do nothing where the demonstration's machines are there already."""
    if Machine.objects.filter(notes=MARK).exists():
        return
    with transaction.atomic():
        if not Machine.objects.exists():
            call_command("loaddata", "original_farm", verbosity=0)
            audit.record(None, ORIGINAL, "farm:original")  # so that `remove` knows that they are the demonstration's
        made = [_machine(name, kind) for kind in KINDS for name in kind.names]
        researchers = [_person(*names) for names in PEOPLE]
    names = [person.username for person in people_demo.EVERYBODY][:9]  # staff and teachers first: those used to sign in
    pupils = list(User.objects.filter(username__in=names).order_by("is_staff", "kind", "username"))
    project = _project(researchers, pupils)
    now = timezone.localtime()
    _close(made, now, REPAIRS[:1])  # before anybody books: a closure that has begun displaces no running booking
    _book_around(made, researchers, pupils, project, now, random.Random(SEED))  # noqa: S311 - no secret
    _close(made, now, REPAIRS[1:])


def remove() -> None:
    """Delete what `fill` made, and the bookings that the school's people made since.

    The original's machines are deleted too where nobody else has booked on them.
    """
    with transaction.atomic():
        demo = Machine.objects.filter(notes=MARK)
        named = User.objects.filter(username__in=[names[0] for names in PEOPLE])
        people = User.objects.filter(pk__in=[person.pk for person in named if not person.has_usable_password()])
        school = User.objects.filter(username__in=[person.username for person in people_demo.EVERYBODY])
        delete_bookings(
            list(Reservation.objects.filter(lines__machine__in=demo).values_list("pk", flat=True).distinct())
        )
        # Their other bookings and drafts too: these people are deleted, and a booking needs an owner.
        theirs = Reservation.objects.filter(Q(owner__in=people) | Q(owner__in=school))
        delete_bookings(list(theirs.values_list("pk", flat=True)))
        AuditEvent.objects.filter(subject__in=[f"resource:{pk}" for pk in demo.values_list("pk", flat=True)]).delete()
        Closure.objects.filter(machine__in=demo).delete()
        Project.objects.filter(name=PROJECT, owners__in=people).delete()
        demo.delete()
        people.delete()
        _remove_originals()


def _remove_originals() -> None:
    """Delete the original's machines, people and bookings.

    They are deleted only where `fill` made them and nobody else has booked there.
    """
    made_by_fill = AuditEvent.objects.filter(verb=ORIGINAL)
    machines = Machine.objects.filter(tags=["original"])
    booked = Reservation.objects.filter(lines__machine__in=machines)
    if not made_by_fill.exists() or booked.exclude(owner__username__in=ORIGINAL_PEOPLE).exists():
        return
    delete_bookings(list(booked.values_list("pk", flat=True).distinct()))
    AuditEvent.objects.filter(subject__in=[f"resource:{pk}" for pk in machines.values_list("pk", flat=True)]).delete()
    machines.delete()
    User.objects.filter(username__in=ORIGINAL_PEOPLE, reservations=None, last_login=None).delete()
    made_by_fill.delete()


def delete_bookings(reservation_ids: list[int]) -> None:
    """Delete these bookings and their audit events."""
    AuditEvent.objects.filter(subject__in=[f"reservation:{pk}" for pk in reservation_ids]).delete()
    Reservation.objects.filter(pk__in=reservation_ids).delete()


def _machine(name: str, kind: MachineKind) -> Machine:
    return machines.add_machine(
        actor=None,
        name=name,
        gpu_count=kind.gpus,
        memory_gb=kind.memory_gb if name != "lyra-4" else 256,
        gpu_model=kind.model,
        location=kind.location,
        tags=list(kind.tags),
        notes=MARK,
    )


def _person(username: str, first_name: str, last_name: str) -> User:
    person, made = User.objects.get_or_create(
        username=username, defaults={"first_name": first_name, "last_name": last_name}
    )
    if made:
        person.set_unusable_password()
        person.save(update_fields=["password"])
    return person


def _project(researchers: list[User], pupils: list[User]) -> Project:
    project, _made = Project.objects.get_or_create(name=PROJECT)
    project.owners.add(researchers[0])
    project.members.add(*researchers[:4], *pupils)
    return project


def _book_around(
    made: list[Machine],
    researchers: list[User],
    pupils: list[User],
    project: Project,
    now: datetime,
    chance: random.Random,
) -> None:
    """Book about three weeks.

    The farm refuses the bookings that do not fit, and those are left out.
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    original = list(Machine.objects.filter(tags=["original"]))
    for machine in [*made, *original]:
        for day in range(-9, 10):
            if chance.random() < (0.55 if machine.gpu_count > 2 else 0.4):
                start = midnight + timedelta(days=day, hours=chance.choice([0, 6, 8, 9, 10, 12, 14, 18, 20]))
                owner = chance.choice(researchers)
                in_project = owner in researchers[:4] and chance.random() < 0.3
                _try_to_book(owner, machine, start, chance, chance.choice(PURPOSES), project if in_project else None)
    for pupil in pupils:
        mine = STUDENT_PURPOSES if pupil.kind == User.Kind.STUDENT else (*STUDENT_PURPOSES, "préparation du cours")
        for number, purpose in enumerate(chance.sample(mine, 4)):
            start = midnight + timedelta(days=number * 2 - 3, hours=chance.choice([8, 9, 10, 14]))
            if number == 1:  # one of theirs is running whenever the demonstration is opened
                start = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=3)
            for machine in chance.sample(made, 4):
                if _try_to_book(pupil, machine, start, chance, purpose, None):
                    break


def _try_to_book(
    owner: User, machine: Machine, start: datetime, chance: random.Random, purpose: str, project: Project | None
) -> bool:
    hours = chance.choice([6, 10, 12, 18, 24, 34, 48, 60])
    try:
        booking.book(
            actor=None,
            owner=owner,
            start=start,
            end=start + timedelta(hours=hours),
            allocations=[share_of(machine, chance)],
            purpose=purpose,
            project=project,
            past_allowed=True,
        )
    except Conflict:
        return False
    return True


def share_of(machine: Machine, chance: random.Random) -> RequestedAllocation:
    """Return a plausible share of a machine, with memory that goes with the GPUs."""
    if not machine.gpu_count:
        return RequestedAllocation(machine.pk, 0, chance.choice([512, 1024, 1536]))
    gpus = chance.choice([1, 2, 2, 3, 4, 5]) if machine.gpu_count > 4 else chance.choice([1, 1, 2])
    return RequestedAllocation(
        machine.pk, min(gpus, machine.gpu_count), gpus * machine.memory_gb // machine.gpu_count // 4 * 3
    )


def _close(made: list[Machine], now: datetime, repairs: tuple[Repair, ...]) -> None:
    """Close machines; bookings in the way are displaced."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    by_name = {machine.name: machine for machine in made}
    for repair in repairs:
        start, end = (hour + timedelta(hours=hours) for hours in (repair.begins, repair.ends))
        machines.close(
            actor=None,
            machine_id=by_name[repair.name].pk,
            start=start,
            end=end,
            gpus=repair.gpus,
            reason=repair.reason,
            confirm=True,
        )
