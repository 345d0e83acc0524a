"""A Hypothesis state machine that calls the commands of the farm in any order."""

from collections import Counter
from datetime import timedelta

from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test

from accounts.models import User
from farm.domain import booking, drafts, machines, undo
from farm.models import Closure, Machine, Reservation
from farm.models.states import OPEN, State
from farm.rules.limits import RequestedAllocation
from farm.tests.conftest import NOW, at
from farm.tests.invariants import FarmInvariants
from kernel.errors import Refused

hours = st.sampled_from([0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 8, 10, 12])
lengths = st.sampled_from([1, 1, 2, 2, 3, 4, 6, 0])
quantities = st.sampled_from([1, 1, 1, 2, 2, 3, 0, 5, 9, -1])  # most of them fit, so that much is held
capacities = st.sampled_from([4, 4, 5, 6, 8, 8, 3, 2, 0, -1])
picks = st.integers(0, 30)
zero_or_one = st.integers(0, 1)
rarely_true = st.sampled_from([False, False, False, True])
has_reservations = precondition(lambda self: Reservation.objects.exists())


class FarmStateMachine(FarmInvariants):
    """Two machines, three people and one day.

    Each example runs in a transaction that is rolled back.
    """

    clock = None  # the frozen clock, set by the caller
    counts: Counter = Counter()  # examples, steps, and (command, status), of all runs together

    def __init__(self):
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.now = NOW
        self.steps = []  # the last ones, for undo
        self.unexpected = []  # the last refusal, if its status is none of 400, 403, 404, 409
        self.counts["examples"] += 1
        self.clock.move_to(NOW)

    def teardown(self):
        try:
            self.check_audit_log()
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
        for start, length, first, second in ((0, 6, 2, 2), (0, 3, 1, 3), (4, 4, 2, 1)):
            self.book(0, start, length, first, second, True, 0)

    def attempt(self, command, **values):
        values.setdefault("actor", None)
        self.counts["steps"] += 1
        reservation = Reservation.objects.filter(pk=values.get("reservation_id")).first()
        before = reservation and undo.snapshot(reservation)
        try:
            result = command(**values)
        except Refused as refusal:
            self.counts[command.__name__, refusal.status] += 1
            self.unexpected = [] if refusal.status in (400, 403, 404, 409) else [(command, refusal)]
            return
        self.counts[command.__name__, 200] += 1
        if isinstance(result, Reservation):
            self.steps = [*self.steps[-3:], undo.UndoableStep(result.pk, result.version, before)]

    def pick_id(self, pick, **preferred):
        """Return the id of a reservation.

        Most often of an open one with the `preferred` values; sometimes of none.
        """
        every = Reservation.objects.order_by("pk").values_list("pk", flat=True)
        preferred_ids = every.filter(state__in=OPEN, end__gt=self.now).filter(**preferred)
        ids = list(preferred_ids if pick % 4 else every) or list(every)
        return ids[pick % len(ids)] if ids and pick < 30 else 999_999

    def running(self):
        return {"state": State.CONFIRMED, "start__lt": self.now, "end__gt": self.now}

    def span(self, start, length):
        begin = at(0, 1) + timedelta(hours=12 + start)
        return {"start": begin, "end": begin + timedelta(hours=length)}

    def allocations(self, first, second, on_both):
        allocations = [RequestedAllocation(self.machines[0], first, second)]
        return [*allocations, RequestedAllocation(self.machines[1], 0, second)] if on_both else allocations

    # --- reservations -------------------------------------------------------------------------------------------------
    @rule(
        who=zero_or_one, start=hours, length=lengths, first=quantities, second=quantities, on_both=st.booleans(),
        thrice=zero_or_one,
    )  # fmt: skip
    def book(self, who, start, length, first, second, on_both, thrice):
        owner, allocations = self.people[who], self.allocations(first, second, on_both)
        for number in range(1 + 2 * thrice):
            span = self.span(start + number * length, length)
            self.attempt(booking.book, actor=owner, owner=owner, allocations=allocations, **span)

    @rule(start=hours, length=lengths, gpus=quantities, back=st.integers(0, 200))
    def import_from_the_past(self, start, length, gpus, back):
        span = {name: moment - timedelta(hours=back / 10) for name, moment in self.span(start, length).items()}
        allocations = self.allocations(gpus, gpus, False)
        self.attempt(booking.book, owner=self.people[0], allocations=allocations, past_allowed=True, **span)

    @rule(start=hours, length=lengths, memory=quantities, at_once=st.booleans())
    def draft(self, start, length, memory, at_once):
        owner = self.people[0]
        self.attempt(booking.book, actor=owner, owner=owner, **self.span(start, length))
        if at_once:
            newest = Reservation.objects.order_by("pk").last()
            allocation = RequestedAllocation(self.machines[1], 0, memory)
            reservation_id = newest.pk if newest else 999_999
            self.attempt(booking.add_allocation, reservation_id=reservation_id, allocation=allocation)

    @has_reservations
    @rule(pick=picks, machine=zero_or_one, gpus=quantities, memory=quantities)
    def add_allocation(self, pick, machine, gpus, memory):
        allocation = RequestedAllocation(self.machines[machine], gpus, memory)
        self.attempt(booking.add_allocation, reservation_id=self.pick_id(pick), allocation=allocation)

    @has_reservations
    @rule(pick=picks, machine=zero_or_one, gpus=quantities, memory=quantities)
    def change_allocation(self, pick, machine, gpus, memory):
        allocation = RequestedAllocation(self.machines[machine], gpus, memory)
        self.attempt(booking.change_allocation, reservation_id=self.pick_id(pick), allocation=allocation)

    @has_reservations
    @rule(pick=picks, machine=zero_or_one)
    def remove_allocation(self, pick, machine):
        machine_id = self.machines[machine]
        self.attempt(booking.remove_allocation, reservation_id=self.pick_id(pick), machine_id=machine_id)

    @has_reservations
    @rule(pick=picks, start=hours, length=lengths)
    def move(self, pick, start, length):
        self.attempt(booking.change, reservation_id=self.pick_id(pick), **self.span(start, length))

    @has_reservations
    @rule(pick=picks, end=hours)
    def extend_or_shorten(self, pick, end):
        self.attempt(booking.change, reservation_id=self.pick_id(pick), end=self.span(0, end)["end"])

    @has_reservations
    @rule(
        pick=picks, first=quantities, second=quantities, on_both=st.booleans(), start=st.none() | hours, length=lengths
    )
    def change_machines_and_shares(self, pick, first, second, on_both, start, length):
        values = {} if start is None else self.span(start, length)
        allocations = self.allocations(first, second, on_both)[-1 - (first % 2) :]
        self.attempt(booking.change, reservation_id=self.pick_id(pick), allocations=allocations, **values)

    @has_reservations
    @rule(pick=picks, end=hours)
    def change_as_a_stranger(self, pick, end):
        end = self.span(0, end)["end"]
        self.attempt(booking.change, actor=self.people[2], reservation_id=self.pick_id(pick), end=end)

    @has_reservations
    @rule(pick=picks, command=st.sampled_from([booking.cancel, booking.end_early]))
    def end(self, pick, command):
        self.attempt(command, reservation_id=self.pick_id(pick))

    @precondition(lambda self: Reservation.objects.filter(**self.running()).exists())
    @rule(pick=picks)
    def give_back(self, pick):
        self.attempt(booking.give_back, reservation_id=self.pick_id(pick, **self.running()))

    @precondition(lambda self: self.steps)
    @rule(pick=picks)
    def undo_step(self, pick):
        self.attempt(undo.undo_step, step=self.steps[-1 - pick % len(self.steps)])

    # --- machines -----------------------------------------------------------------------------------------------------
    @has_reservations
    @rule(machine=zero_or_one, start=hours, length=lengths, part=st.none() | quantities, confirm=rarely_true)
    def close(self, machine, start, length, part, confirm):
        shares = {} if part is None else {"gpus": 0 if machine else part, "memory_gb": part}
        span = self.span(start, length)
        self.attempt(machines.close, machine_id=self.machines[machine], confirm=confirm, **span, **shares)

    @precondition(lambda self: Closure.objects.exists())
    @rule(pick=picks)
    def reopen(self, pick):
        ids = list(Closure.objects.order_by("pk").values_list("pk", flat=True))
        self.attempt(machines.reopen, closure_id=ids[pick % len(ids)] if pick < 30 else 999_999)

    @has_reservations
    @rule(
        machine=zero_or_one,
        values=st.fixed_dictionaries({"gpu_count": capacities, "memory_gb": capacities})
        | st.fixed_dictionaries({"state": st.sampled_from([*Machine.State, *[Machine.State.OPEN] * 4])}),
        confirm=rarely_true,
    )
    def change_machine(self, machine, values, confirm):
        self.attempt(machines.change_machine, machine_id=self.machines[machine], confirm=confirm, **values)

    @rule(minutes=st.integers(1, 150))
    def let_time_pass(self, minutes):
        self.now += timedelta(minutes=minutes)
        self.clock.move_to(self.now)
        self.counts["steps"] += 1
        self.counts["expire_drafts", 200] += drafts.expire_drafts()


def run(examples: int, steps: int) -> None:
    """Run the state machine.

    A failure is not shrunk, which takes minutes: add Phase.shrink for that.
    """
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    run_state_machine_as_test(FarmStateMachine, settings=chosen)
