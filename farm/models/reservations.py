"""Reservations and their allocations: who holds how much of which machines, and when."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from farm.models.machines import Machine
from farm.models.overlap import (
    earliest_start_reaching,
    in_states,
    overlap_by_end,
    overlap_by_start,
    quantity_field,
    span_checks,
)
from farm.models.projects import Project
from farm.models.states import HOLDING, KEPT, OPEN, State, state_at

DRAFT_LIFE = timedelta(hours=1)


class ReservationQuerySet(models.QuerySet["Reservation"]):
    def kept(self, now: datetime) -> Self:
        """Return the reservations in a state of KEPT, without expired drafts."""
        return self.filter(in_states(KEPT)).exclude(state=State.DRAFT, created_at__lte=now - DRAFT_LIFE)

    def upcoming(self, owner: object, now: datetime) -> Self:
        """Return the reservations of a person that run or lie ahead."""
        return self.filter(overlap_by_start(now, None), owner=owner, state__in=OPEN)

    def past(self, now: datetime) -> Self:
        """Return those that are over, by time or by a command, except drafts."""
        return self.exclude(state__in=OPEN, end__gt=now).exclude(state__in=[State.DRAFT, State.EXPIRED])

    def overlapping(self, start: datetime | None, end: datetime | None) -> Self:
        """Return those that overlap `[start, end)`; None is open."""
        return self.filter(overlap_by_start(start, end))

    def with_owner_name(self) -> Self:
        """Prefetch the names of the owners, for lists.

        A join would lead MariaDB to read and sort all of history for one page.
        """
        return self.prefetch_related(models.Prefetch("owner", get_user_model().objects.only("username")))

    def on(self, machine_id: int, start: datetime | None = None, end: datetime | None = None) -> Self:
        """Return those with an allocation on this machine.

        `start` and `end`, when known, make the search shorter.
        """
        return self.filter(overlap_by_end(start, end, "lines__"), lines__machine=machine_id)

    def in_state(self, state: str, now: datetime) -> Self:
        """Return those for which `state_at(now)` is this state, decided by the database."""
        confirmed_or_active = in_states([State.CONFIRMED, State.ACTIVE])
        fresh_draft = Q(created_at__gt=now - DRAFT_LIFE)
        conditions = {
            State.DRAFT: Q(state=State.DRAFT) & fresh_draft,
            State.EXPIRED: Q(state=State.EXPIRED) | Q(state=State.DRAFT) & ~fresh_draft,
            State.CONFIRMED: confirmed_or_active & Q(start__gt=now),
            State.ACTIVE: confirmed_or_active & Q(start__lte=now, end__gt=now, start__gt=earliest_start_reaching(now)),
            State.FINISHED: Q(state=State.FINISHED) | confirmed_or_active & Q(end__lte=now),
        }
        return self.filter(conditions.get(State(state), Q(state=state)))


class Reservation(models.Model):
    """A booking by one owner for one span, of one or more machines."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("owner"), on_delete=models.PROTECT, related_name="reservations"
    )
    project = models.ForeignKey(
        Project, verbose_name=_("project"), null=True, blank=True, on_delete=models.PROTECT, related_name="reservations"
    )
    purpose = models.CharField(_("purpose"), max_length=200, blank=True)
    start = models.DateTimeField(_("start"))
    end = models.DateTimeField(_("end"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("made by"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(_("made"), default=timezone.now)
    version = models.PositiveIntegerField(_("version"), default=1)
    # The `lines` that the command has just saved with it, so that the answer need not read them. Otherwise None.
    new_allocations: "list[Allocation] | None" = None

    objects = ReservationQuerySet.as_manager()

    class Meta:
        db_table = "farm_reservation"
        ordering = ["id"]
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        constraints = span_checks("farm_reservation")
        indexes = [
            models.Index(fields=["owner", "start"], name="farm_reservation_by_owner"),
            models.Index(fields=["start"], name="farm_reservation_by_start"),
            models.Index(fields=["state", "created_at"], name="farm_reservation_by_state"),
        ]

    def __str__(self) -> str:
        return f"reservation {self.pk}"

    @property
    def holds(self) -> bool:
        return self.state in HOLDING

    @property
    def duration(self) -> timedelta:
        return self.end - self.start

    def state_at(self, now: datetime) -> State:
        """Return the state at `now`. It also tells which commands are allowed."""
        if self.state == State.DRAFT and self.created_at + DRAFT_LIFE <= now:
            return State.EXPIRED
        return state_at(self.state, self.start, self.end, now)


class AllocationQuerySet(models.QuerySet["Allocation"]):
    def overlapping(self, start: datetime | None, end: datetime | None) -> Self:
        """Return those that overlap `[start, end)`; None is open."""
        return self.filter(overlap_by_end(start, end))

    def kept(self) -> Self:
        """Return those of reservations in a state of KEPT."""
        return self.filter(in_states(KEPT, "reservation__"))

    def held(self) -> Self:
        return self.filter(held=True)


class Allocation(models.Model):
    """The share of one machine in a reservation.

    The reservation's span, and whether it holds capacity, are copied here. So the capacity taken on a machine is read
    from one range of one index.
    """

    reservation = models.ForeignKey(Reservation, on_delete=models.CASCADE, related_name="lines")
    machine = models.ForeignKey(
        Machine, on_delete=models.PROTECT, related_name="allocations", db_index=False, db_column="resource_id"
    )
    gpus = quantity_field(_("GPUs"))
    memory_gb = quantity_field(_("memory (GB)"))
    start = models.DateTimeField()
    end = models.DateTimeField()
    held = models.BooleanField(default=True)

    objects = AllocationQuerySet.as_manager()

    class Meta:
        db_table = "farm_allocation"
        ordering = ["id"]
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        constraints = [
            *span_checks("farm_allocation"),
            models.CheckConstraint(condition=Q(gpus__gte=0) & Q(memory_gb__gte=0), name="farm_allocation_no_debt"),
            models.CheckConstraint(condition=Q(gpus__gt=0) | Q(memory_gb__gt=0), name="farm_allocation_something"),
            models.UniqueConstraint(fields=["reservation", "machine"], name="farm_allocation_once_per_resource"),
        ]
        indexes = [
            # covering: a capacity check reads this index and nothing else
            models.Index(
                fields=["machine", "end", "start", "held", "gpus", "memory_gb"], name="farm_allocation_resource_end"
            ),
            models.Index(fields=["end", "start"], name="farm_allocation_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.gpus} GPU, {self.memory_gb} GB of {self.machine_id}"
