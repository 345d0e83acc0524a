"""Invariants of the farm after each command, for farm/tests/state_machine.py."""

from hypothesis.stateful import RuleBasedStateMachine, invariant

from accounts.models import AuditEvent
from farm.domain import reservation_rows
from farm.models import Allocation, Closure, Machine, Reservation
from farm.models.states import HOLDING


class FarmInvariants(RuleBasedStateMachine):
    """Invariants of a farm.

    `now` is the frozen time, `unexpected` the refusals that no input explains.
    """

    @invariant()
    def every_refusal_is_expected(self):
        assert not self.unexpected

    @invariant()
    def no_machine_is_overbooked(self):
        """Count by brute force, at each instant at which something begins."""
        allocations = list(Allocation.objects.filter(held=True, end__gt=self.now))
        closures = list(Closure.objects.all())
        for machine in Machine.objects.all() if allocations else ():
            own = [row for row in allocations if row.machine_id == machine.pk]
            own_closures = [row for row in closures if row.machine_id == machine.pk]
            for instant in {max(row.start, self.now) for row in [*own, *own_closures]}:
                closed_now = [row for row in own_closures if row.start <= instant < row.end]
                held_now = [row for row in own if row.start <= instant < row.end]
                for total, side in ((machine.gpu_count, "gpus"), (machine.memory_gb, "memory_gb")):
                    closed = sum(total if getattr(row, side) is None else getattr(row, side) for row in closed_now)
                    held = sum(getattr(row, side) for row in held_now)
                    assert held == 0 or held <= max(0, total - closed), (machine, instant, held, total, closed)

    @invariant()
    def allocations_agree_with_their_reservations(self):
        for row in Allocation.objects.select_related("reservation"):
            assert (row.start, row.end) == (row.reservation.start, row.reservation.end)
            if row.end > self.now:
                assert row.held == (row.reservation.state in HOLDING)

    @invariant()
    def reservations_that_hold_capacity_have_a_machine(self):
        assert not Reservation.objects.filter(state__in=HOLDING, lines=None).exists()

    def check_audit_log(self):
        """Check that each change wrote one audit event.

        The last event of a reservation has its present values.
        """
        for reservation in Reservation.objects.select_related("owner"):
            events = AuditEvent.objects.filter(subject=f"reservation:{reservation.pk}")
            assert events.count() == reservation.version
            assert events.order_by("pk").last().after == reservation_rows.audit_values(reservation)
