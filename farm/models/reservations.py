"""Who holds how much of which machines from when to when."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from farm.models.machines import Machine
from farm.models.overlap import among, longest_before, overlap_by_end, overlap_by_start, quantity, span_checks
from farm.models.projects import Project
from farm.models.states import HOLDING, KEPT, OPEN, State, state_at

DRAFT_LIFE = timedelta(hours=1)


class ReservationQuerySet(models.QuerySet["Reservation"]):
    def kept(self, now: datetime) -> Self:
        """What is or was a booking (or a draft): not what was cancelled, refused, displaced or left to expire."""
        return self.filter(among(KEPT)).exclude(state=State.DRAFT, created_at__lte=now - DRAFT_LIFE)

    def upcoming(self, owner: object, now: datetime) -> Self:
        """What this person has running or ahead."""
        return self.filter(overlap_by_start(now, None), owner=owner, state__in=OPEN)

    def past(self, now: datetime) -> Self:
        """What is over, by its time or by a step; drafts that came to nothing are left out."""
        return self.exclude(state__in=OPEN, end__gt=now).exclude(state__in=[State.DRAFT, State.EXPIRED])

    def overlapping(self, start: datetime | None, end: datetime | None) -> Self:
        """Those with a part in `[start, end)`; None is open."""
        return self.filter(overlap_by_start(start, end))

    def with_owner_name(self) -> Self:
        """For lists: a join would lead MariaDB to read and sort all of history for one page."""
        return self.prefetch_related(models.Prefetch("owner", get_user_model().objects.only("username")))

    def on(self, machine_id: int, start: datetime | None = None, end: datetime | None = None) -> Self:
        """Those with a line on this machine; the span, where it is known, also narrows the search for lines."""
        return self.filter(overlap_by_end(start, end, "lines__"), lines__machine=machine_id)

    def in_state(self, state: str, now: datetime) -> Self:
        """Those that `state_at(now)` shows in this state: the same table, as a question to the database."""
        going = among([State.CONFIRMED, State.ACTIVE])
        fresh = Q(created_at__gt=now - DRAFT_LIFE)
        shown = {
            State.DRAFT: Q(state=State.DRAFT) & fresh,
            State.EXPIRED: Q(state=State.EXPIRED) | Q(state=State.DRAFT) & ~fresh,
            State.CONFIRMED: going & Q(start__gt=now),
            State.ACTIVE: going & Q(start__lte=now, end__gt=now, start__gt=longest_before(now)),
            State.FINISHED: Q(state=State.FINISHED) | going & Q(end__lte=now),
        }
        return self.filter(shown.get(State(state), Q(state=state)))


class Reservation(models.Model):
    """One request by one owner, for one span."""

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
        """The state to show and to judge by, at `now`."""
        if self.state == State.DRAFT and self.created_at + DRAFT_LIFE <= now:
            return State.EXPIRED
        return state_at(self.state, self.start, self.end, now)


class AllocationQuerySet(models.QuerySet["Allocation"]):
    def overlapping(self, start: datetime | None, end: datetime | None) -> Self:
        """Those with a part in `[start, end)`; None is open."""
        return self.filter(overlap_by_end(start, end))

    def kept(self) -> Self:
        """Those of bookings that are kept."""
        return self.filter(among(KEPT, "reservation__"))

    def held(self) -> Self:
        return self.filter(held=True)


class Allocation(models.Model):
    """One line of a reservation, with the reservation's span and whether it holds copied on it.

    So the capacity question is one index range on one table.
    """

    reservation = models.ForeignKey(Reservation, on_delete=models.CASCADE, related_name="lines")
    machine = models.ForeignKey(
        Machine, on_delete=models.PROTECT, related_name="allocations", db_index=False, db_column="resource_id"
    )
    gpus = quantity(_("GPUs"))
    memory_gb = quantity(_("memory (GB)"))
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
            # covering: a decision reads this index and nothing else
            models.Index(
                fields=["machine", "end", "start", "held", "gpus", "memory_gb"], name="farm_allocation_resource_end"
            ),
            models.Index(fields=["end", "start"], name="farm_allocation_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.gpus} GPU, {self.memory_gb} GB of {self.machine_id}"
