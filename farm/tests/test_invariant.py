"""Whatever the verbs are asked, in whatever order: at no instant is more held than there is. Judged by brute force."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from farm import booking, machines
from farm.models import Allocation, Closure, Reservation, Resource
from farm.rules import Line
from farm.states import HOLDING
from farm.tests.conftest import NOW, at
from kernel.errors import Refused
from kernel.testing.people import make_person

hours = st.integers(0, 12)
quantities = st.integers(-1, 9)
picks = st.integers(0, 20)


class Farm(RuleBasedStateMachine):
    """Two machines, two people, one day; each example runs in a transaction that is undone."""

    clock = None  # the frozen clock, set by the test

    def __init__(self):
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.now = NOW
        self.statuses = set()
        self.clock.move_to(NOW)

    def teardown(self):
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    @initialize()
    def begin(self):
        self.people = [make_person("dora"), make_person("emil")]
        self.machines = [
            machines.add_resource(actor=None, name=name, gpu_count=gpus, memory_gb=memory).pk
            for name, gpus, memory in (("one", 4, 8), ("two", 0, 6))
        ]

    def attempt(self, act):
        try:
            act()
        except Refused as refusal:
            self.statuses.add(refusal.status)

    def some(self, pick):
        ids = list(Reservation.objects.order_by("pk").values_list("pk", flat=True))
        return ids[pick % len(ids)] if ids else 999

    def span(self, start, length):
        return {"start": at(0, 1) + timedelta(hours=12 + start), "end": at(0, 1) + timedelta(hours=12 + start + length)}

    @rule(who=st.integers(0, 1), start=hours, length=hours, one=quantities, two=quantities, both=st.booleans())
    def book(self, who, start, length, one, two, both):
        lines = [Line(self.machines[0], one, two)] + ([Line(self.machines[1], 0, two)] if both else [])
        owner = self.people[who]
        self.attempt(lambda: booking.book(actor=owner, owner=owner, lines=lines, **self.span(start, length)))

    @rule(start=hours, length=hours)
    def draft(self, start, length):
        owner = self.people[0]
        self.attempt(lambda: booking.book(actor=owner, owner=owner, **self.span(start, length)))

    @rule(pick=picks, machine=st.integers(0, 1), gpus=quantities, memory=quantities)
    def add_line(self, pick, machine, gpus, memory):
        line = Line(self.machines[machine], gpus, memory)
        self.attempt(lambda: booking.add_line(actor=None, reservation_id=self.some(pick), line=line))

    @rule(pick=picks, machine=st.integers(0, 1), gpus=quantities, memory=quantities)
    def change_line(self, pick, machine, gpus, memory):
        line = Line(self.machines[machine], gpus, memory)
        self.attempt(lambda: booking.change_line(actor=None, reservation_id=self.some(pick), line=line))

    @rule(pick=picks, start=hours, length=hours)
    def move(self, pick, start, length):
        span = self.span(start, length)
        self.attempt(lambda: booking.change(actor=None, reservation_id=self.some(pick), **span))

    @rule(pick=picks, end=hours)
    def move_end(self, pick, end):
        end = self.span(0, end)["end"]
        self.attempt(lambda: booking.change(actor=None, reservation_id=self.some(pick), end=end))

    @rule(pick=picks, verb=st.sampled_from([booking.cancel, booking.give_back, booking.end_early]))
    def end(self, pick, verb):
        self.attempt(lambda: verb(actor=None, reservation_id=self.some(pick)))

    @rule(machine=st.integers(0, 1), start=hours, length=hours, gpus=st.none() | quantities, confirm=st.booleans())
    def close(self, machine, start, length, gpus, confirm):
        options = {"resource_id": self.machines[machine], "gpus": gpus, "confirm": confirm, **self.span(start, length)}
        if machine == 1 and gpus is not None:
            options |= {"gpus": 0, "memory_gb": gpus}
        self.attempt(lambda: machines.close(actor=None, **options))

    @rule(machine=st.integers(0, 1), gpus=quantities, memory=quantities, confirm=st.booleans())
    def resize(self, machine, gpus, memory, confirm):
        values = {"resource_id": self.machines[machine], "gpu_count": gpus, "memory_gb": memory}
        self.attempt(lambda: machines.change_resource(actor=None, confirm=confirm, **values))

    @rule(minutes=st.integers(1, 120))
    def time_passes(self, minutes):
        self.now += timedelta(minutes=minutes)
        self.clock.move_to(self.now)
        booking.expire_drafts()

    @invariant()
    def nothing_is_held_twice(self):
        if not hasattr(self, "machines"):
            return
        for resource in Resource.objects.filter(pk__in=self.machines):
            lines = list(Allocation.objects.filter(resource=resource, held=True, end__gt=self.now))
            closures = list(Closure.objects.filter(resource=resource))
            instants = {max(row.start, self.now) for row in [*lines, *closures]}
            for instant in instants:
                closed = [row for row in closures if row.start <= instant < row.end]
                here = [row for row in lines if row.start <= instant < row.end]
                for total, side in ((resource.gpu_count, "gpus"), (resource.memory_gb, "memory_gb")):
                    shut = sum(total if getattr(row, side) is None else getattr(row, side) for row in closed)
                    held = sum(getattr(row, side) for row in here)
                    assert held == 0 or held <= max(0, total - shut), (resource, instant, held, total, shut)

    @invariant()
    def every_refusal_is_an_answer(self):
        assert self.statuses <= {400, 404, 409}

    @invariant()
    def a_line_is_as_its_reservation(self):
        for row in Allocation.objects.select_related("reservation"):
            assert (row.start, row.end) == (row.reservation.start, row.reservation.end)
            if row.end > self.now:
                assert row.held == (row.reservation.state in HOLDING)


@pytest.mark.database
@pytest.mark.django_db
def test_no_order_of_steps_ever_overbooks(frozen):
    Farm.clock = frozen
    quick = settings(
        max_examples=25,
        stateful_step_count=20,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],  # looking for the shortest failure takes minutes: add Phase.shrink when there is one
    )
    run_state_machine_as_test(Farm, settings=quick)
