"""Whatever the verbs are asked, in whatever order: at no instant is more held than there is. Judged by brute force.

`make proof-invariant` runs the same machine longer, on SQLite and on MariaDB.
"""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.models import AuditEvent, User
from farm.domain import booking, drafts, machines, reservation_rows, undo
from farm.models import Allocation, Closure, Machine, Reservation
from farm.models.states import HOLDING, OPEN, State
from farm.rules.limits import RequestedAllocation
from farm.tests.conftest import NOW, at
from kernel.errors import Refused

hours = st.sampled_from([0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 8, 10, 12])
lengths = st.sampled_from([1, 1, 2, 2, 3, 4, 6, 0])
quantities = st.sampled_from([1, 1, 1, 2, 2, 3, 0, 5, 9, -1])  # mostly what may fit, so that much is held
capacities = st.sampled_from([4, 4, 5, 6, 8, 8, 3, 2, 0, -1])
picks = st.integers(0, 30)
both = st.integers(0, 1)
sometimes = st.sampled_from([False, False, False, True])
booked = precondition(lambda self: Reservation.objects.exists())


class Farm(RuleBasedStateMachine):
    """Two machines, two people, one day; each example runs in a transaction that is undone."""

    clock = None  # the frozen clock, set by who runs it
    told: Counter = Counter()  # examples, steps, and answers by verb and status, of all runs together

    def __init__(self):
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.now = NOW
        self.steps = []  # the last ones, as an undo names them
        self.odd = []  # answers that are no refusal of what was asked
        self.told["examples"] += 1
        self.clock.move_to(NOW)

    def teardown(self):
        try:
            self.the_trail_ends_with_what_is()
        finally:
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    @initialize()
    def begin(self):
        self.people = [User.objects.create(username=name, kind="student") for name in ("dora", "emil", "fred")]
        self.machines = [
            machines.add_machine(actor=None, name=name, gpu_count=gpus, memory_gb=memory).pk
            for name, gpus, memory in (("one", 4, 8), ("two", 0, 6))
        ]
        for start, length, one, two in ((0, 6, 2, 2), (0, 3, 1, 3), (4, 4, 2, 1)):
            self.book(0, start, length, one, two, True, 0)

    def attempt(self, verb, **values):
        values.setdefault("actor", None)
        self.told["steps"] += 1
        found = Reservation.objects.filter(pk=values.get("reservation_id")).first()
        was = found and undo.snapshot(found)
        try:
            done = verb(**values)
        except Refused as refusal:
            self.told[verb.__name__, refusal.status] += 1
            self.odd = [] if refusal.status in (400, 403, 404, 409) else [(verb, refusal)]
            return
        self.told[verb.__name__, 200] += 1
        if isinstance(done, Reservation):
            self.steps = [*self.steps[-3:], undo.UndoableStep(done.pk, done.version, was)]

    def some(self, pick, **rather):
        """A booking, most often one that is not over (and is as `rather` says); now and then one that is not there."""
        every = Reservation.objects.order_by("pk").values_list("pk", flat=True)
        live = every.filter(state__in=OPEN, end__gt=self.now).filter(**rather)
        chosen = list(live if pick % 4 else every) or list(every)
        return chosen[pick % len(chosen)] if chosen and pick < 30 else 999_999

    def running(self):
        return {"state": State.CONFIRMED, "start__lt": self.now, "end__gt": self.now}

    def span(self, start, length):
        begin = at(0, 1) + timedelta(hours=12 + start)
        return {"start": begin, "end": begin + timedelta(hours=length)}

    def lines(self, one, two, two_too):
        return [RequestedAllocation(self.machines[0], one, two)] + (
            [RequestedAllocation(self.machines[1], 0, two)] if two_too else []
        )

    # --- bookings -----------------------------------------------------------------------------------------------------
    @rule(who=both, start=hours, length=lengths, one=quantities, two=quantities, two_too=st.booleans(), often=both)
    def book(self, who, start, length, one, two, two_too, often):
        owner, lines = self.people[who], self.lines(one, two, two_too)
        for number in range(1 + 2 * often):
            span = self.span(start + number * length, length)
            self.attempt(booking.book, actor=owner, owner=owner, allocations=lines, **span)

    @rule(start=hours, length=lengths, one=quantities, back=st.integers(0, 200))
    def bring_in(self, start, length, one, back):
        """An import: it may lie in the past."""
        span = {name: moment - timedelta(hours=back / 10) for name, moment in self.span(start, length).items()}
        lines = self.lines(one, one, False)
        self.attempt(booking.book, owner=self.people[0], allocations=lines, past_allowed=True, **span)

    @rule(start=hours, length=lengths, one=quantities, at_once=st.booleans())
    def draft(self, start, length, one, at_once):
        owner = self.people[0]
        self.attempt(booking.book, actor=owner, owner=owner, **self.span(start, length))
        if at_once:
            newest = Reservation.objects.order_by("pk").last()
            line = RequestedAllocation(self.machines[1], 0, one)
            self.attempt(booking.add_allocation, reservation_id=newest.pk if newest else 999_999, allocation=line)

    @booked
    @rule(pick=picks, machine=both, gpus=quantities, memory=quantities)
    def add_line(self, pick, machine, gpus, memory):
        line = RequestedAllocation(self.machines[machine], gpus, memory)
        self.attempt(booking.add_allocation, reservation_id=self.some(pick), allocation=line)

    @booked
    @rule(pick=picks, machine=both, gpus=quantities, memory=quantities)
    def change_line(self, pick, machine, gpus, memory):
        line = RequestedAllocation(self.machines[machine], gpus, memory)
        self.attempt(booking.change_allocation, reservation_id=self.some(pick), allocation=line)

    @booked
    @rule(pick=picks, machine=both)
    def remove_line(self, pick, machine):
        self.attempt(booking.remove_allocation, reservation_id=self.some(pick), machine_id=self.machines[machine])

    @booked
    @rule(pick=picks, start=hours, length=lengths)
    def move(self, pick, start, length):
        self.attempt(booking.change, reservation_id=self.some(pick), **self.span(start, length))

    @booked
    @rule(pick=picks, end=hours)
    def extend_or_shorten(self, pick, end):
        self.attempt(booking.change, reservation_id=self.some(pick), end=self.span(0, end)["end"])

    @booked
    @rule(pick=picks, one=quantities, two=quantities, two_too=st.booleans(), start=st.none() | hours, length=lengths)
    def ask_for_others(self, pick, one, two, two_too, start, length):
        """Other shares, other machines, perhaps at another time."""
        values = {} if start is None else self.span(start, length)
        lines = self.lines(one, two, two_too)[-1 - (one % 2) :]
        self.attempt(booking.change, reservation_id=self.some(pick), allocations=lines, **values)

    @booked
    @rule(pick=picks, end=hours)
    def meddle(self, pick, end):
        """Somebody whose it is not."""
        end = self.span(0, end)["end"]
        self.attempt(booking.change, actor=self.people[2], reservation_id=self.some(pick), end=end)

    @booked
    @rule(pick=picks, verb=st.sampled_from([booking.cancel, booking.end_early]))
    def end(self, pick, verb):
        self.attempt(verb, reservation_id=self.some(pick))

    @precondition(lambda self: Reservation.objects.filter(**self.running()).exists())
    @rule(pick=picks)
    def give_back(self, pick):
        self.attempt(booking.give_back, reservation_id=self.some(pick, **self.running()))

    @precondition(lambda self: self.steps)
    @rule(pick=picks)
    def take_back(self, pick):
        self.attempt(undo.undo_step, step=self.steps[-1 - pick % len(self.steps)])

    # --- machines -----------------------------------------------------------------------------------------------------
    @booked
    @rule(machine=both, start=hours, length=lengths, part=st.none() | quantities, confirm=sometimes)
    def close(self, machine, start, length, part, confirm):
        shares = {} if part is None else {"gpus": 0 if machine else part, "memory_gb": part}
        span = self.span(start, length)
        self.attempt(machines.close, machine_id=self.machines[machine], confirm=confirm, **span, **shares)

    @precondition(lambda self: Closure.objects.exists())
    @rule(pick=picks)
    def reopen(self, pick):
        ids = list(Closure.objects.order_by("pk").values_list("pk", flat=True))
        self.attempt(machines.reopen, closure_id=ids[pick % len(ids)] if pick < 30 else 999_999)

    @booked
    @rule(
        machine=both,
        values=st.fixed_dictionaries({"gpu_count": capacities, "memory_gb": capacities})
        | st.fixed_dictionaries({"state": st.sampled_from([*Machine.State, *[Machine.State.OPEN] * 4])}),
        confirm=sometimes,
    )
    def change_machine(self, machine, values, confirm):
        """More or less capacity; opened, drained or retired."""
        self.attempt(machines.change_machine, machine_id=self.machines[machine], confirm=confirm, **values)

    @rule(minutes=st.integers(1, 150))
    def time_passes(self, minutes):
        self.now += timedelta(minutes=minutes)
        self.clock.move_to(self.now)
        self.told["steps"] += 1
        self.told["expire_drafts", 200] += drafts.expire_drafts()

    # --- what is always so --------------------------------------------------------------------------------------------
    @invariant()
    def every_refusal_is_an_answer(self):
        assert not self.odd

    @invariant()
    def nothing_is_held_twice(self):
        lines = list(Allocation.objects.filter(held=True, end__gt=self.now))
        closures = list(Closure.objects.all())
        for machine in Machine.objects.all() if lines else ():
            mine = [row for row in lines if row.machine_id == machine.pk]
            shut = [row for row in closures if row.machine_id == machine.pk]
            for instant in {max(row.start, self.now) for row in [*mine, *shut]}:
                closed = [row for row in shut if row.start <= instant < row.end]
                here = [row for row in mine if row.start <= instant < row.end]
                for total, side in ((machine.gpu_count, "gpus"), (machine.memory_gb, "memory_gb")):
                    away = sum(total if getattr(row, side) is None else getattr(row, side) for row in closed)
                    held = sum(getattr(row, side) for row in here)
                    assert held == 0 or held <= max(0, total - away), (machine, instant, held, total, away)

    @invariant()
    def a_line_is_as_its_reservation(self):
        for row in Allocation.objects.select_related("reservation"):
            assert (row.start, row.end) == (row.reservation.start, row.reservation.end)
            if row.end > self.now:
                assert row.held == (row.reservation.state in HOLDING)

    @invariant()
    def what_holds_has_a_line(self):
        assert not Reservation.objects.filter(state__in=HOLDING, lines=None).exists()

    def the_trail_ends_with_what_is(self):
        """Every change left one event, and the last of each booking says what it is now."""
        for reservation in Reservation.objects.select_related("owner"):
            events = AuditEvent.objects.filter(subject=f"reservation:{reservation.pk}")
            assert events.count() == reservation.version
            assert events.order_by("pk").last().after == reservation_rows.audit_values(reservation)


@pytest.mark.database
@pytest.mark.django_db
def test_no_order_of_steps_ever_overbooks(frozen):
    Farm.clock = frozen
    run(25, 20)


def run(examples: int, steps: int) -> None:
    """Without looking for the shortest failure, which takes minutes: add Phase.shrink when there is one."""
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    run_state_machine_as_test(Farm, settings=chosen)
