"""Machines, and who holds how much of them from when to when.

Every row of this module is written by `farm/booking.py` and `farm/machines.py` alone, under their lock.
Spans are half-open, `[start, end)`, in UTC.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from farm.states import HOLDING, KEPT, OPEN, State, state_at

# No span is longer, for any writer: the overlap query relies on it, so its cost does not grow with history.
MAX_SPAN = timedelta(days=100)
MAX_QUANTITY = 10_000_000
DRAFT_LIFE = timedelta(hours=1)


def _longest_before(start: datetime) -> datetime:
    """What reaches `start` began after this moment; the calendar's first where there is none so early."""
    first = datetime.min.replace(tzinfo=UTC)
    return start - MAX_SPAN if start - first > MAX_SPAN else first


def _longest_after(end: datetime) -> datetime:
    """What begins before `end` is over by this moment; the calendar's last where there is none so late."""
    last = datetime.max.replace(tzinfo=UTC)
    return end + MAX_SPAN if last - end > MAX_SPAN else last


def quantity(label: Any, **options: Any) -> Any:
    limits = [MinValueValidator(0), MaxValueValidator(MAX_QUANTITY)]
    return models.PositiveIntegerField(label, validators=limits, **options)


def _span_checks(name: str) -> list[models.BaseConstraint]:
    return [
        models.CheckConstraint(condition=Q(start__lt=F("end")), name=f"{name}_start_before_end"),
        models.CheckConstraint(condition=Q(end__lte=F("start") + MAX_SPAN), name=f"{name}_within_max_span"),
    ]


class ResourceQuerySet(models.QuerySet["Resource"]):
    def listed(self) -> Self:
        """The machines that people see: all but the retired."""
        return self.exclude(state=Resource.State.RETIRED)

    def bookable(self) -> Self:
        return self.filter(state=Resource.State.OPEN)


class Resource(models.Model):
    """One bookable machine: so many GPUs, so much memory."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("machine", "Open")
        DRAINING = "draining", _("Draining")  # keeps what is booked, takes nothing new
        RETIRED = "retired", _("Retired")

    name = models.CharField(_("name"), max_length=100, unique=True)
    location = models.CharField(_("location"), max_length=100, blank=True)
    gpu_model = models.CharField(_("GPU model"), max_length=100, blank=True)
    gpu_count = quantity(_("GPUs"))
    memory_gb = quantity(_("memory (GB)"))
    tags = models.JSONField(_("tags"), default=list, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    notes = models.TextField(_("notes"), blank=True)
    scheduler_node = models.CharField(_("scheduler node"), max_length=100, blank=True)

    objects = ResourceQuerySet.as_manager()

    class Meta:
        db_table = "farm_resource"
        ordering = ["name"]
        verbose_name = _("machine")
        verbose_name_plural = _("machines")
        constraints = [
            models.CheckConstraint(condition=Q(gpu_count__gte=0) & Q(memory_gb__gte=0), name="farm_resource_no_debt"),
            models.CheckConstraint(condition=Q(gpu_count__gt=0) | Q(memory_gb__gt=0), name="farm_resource_something"),
        ]

    def __str__(self) -> str:
        return self.name


class Project(models.Model):
    """An account that bookings are charged to: a course group, a research team."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    owners = models.ManyToManyField(settings.AUTH_USER_MODEL, verbose_name=_("owners"), related_name="owned_projects")
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL, verbose_name=_("members"), related_name="farm_projects", blank=True
    )

    class Meta:
        db_table = "farm_project"
        ordering = ["name"]
        verbose_name = _("project")
        verbose_name_plural = _("projects")

    def __str__(self) -> str:
        return self.name


class Holder(models.Model):
    """One row per person or project that ever held something: what is locked first, never the User row."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+")
    project = models.OneToOneField(Project, null=True, on_delete=models.CASCADE, related_name="+")

    class Meta:
        db_table = "farm_holder"
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=True, project__isnull=False) | Q(user__isnull=False, project__isnull=True),
                name="farm_holder_is_one",
            )
        ]

    def __str__(self) -> str:
        return f"holder {self.pk}"


class ReservationQuerySet(models.QuerySet["Reservation"]):
    def kept(self) -> Self:
        """What is or was a booking (or a draft): not what was cancelled, refused, displaced or left to expire."""
        return self.filter(state__in=KEPT)

    def upcoming(self, owner: object, now: datetime) -> Self:
        """What this person has running or ahead."""
        return self.filter(owner=owner, state__in=OPEN, end__gt=now)

    def past(self, now: datetime) -> Self:
        """What is over, by its time or by a step; drafts that came to nothing are left out."""
        return self.exclude(state__in=OPEN, end__gt=now).exclude(state__in=[State.DRAFT, State.EXPIRED])

    def overlapping(self, start: datetime | None, end: datetime | None) -> Self:
        """Those with a part in `[start, end)`; None is open."""
        found = self
        if start is not None:
            found = found.filter(end__gt=start, start__gt=_longest_before(start))
        return found.filter(start__lt=end) if end is not None else found


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
        constraints = _span_checks("farm_reservation")
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
    def overlapping(self, start: datetime, end: datetime) -> Self:
        """Those with a part in `[start, end)`: one range of the index by `end`.

        It begins where the window does, so ten busy years before it are not looked at; its upper bound follows from
        MAX_SPAN and keeps a look into the past short.
        """
        return self.filter(end__gt=start, end__lte=_longest_after(end), start__lt=end)

    def held(self) -> Self:
        return self.filter(held=True)


class Allocation(models.Model):
    """One line of a reservation, with the reservation's span and whether it holds copied on it.

    So the capacity question is one index range on one table.
    """

    reservation = models.ForeignKey(Reservation, on_delete=models.CASCADE, related_name="lines")
    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="allocations", db_index=False)
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
            *_span_checks("farm_allocation"),
            models.CheckConstraint(condition=Q(gpus__gte=0) & Q(memory_gb__gte=0), name="farm_allocation_no_debt"),
            models.CheckConstraint(condition=Q(gpus__gt=0) | Q(memory_gb__gt=0), name="farm_allocation_something"),
            models.UniqueConstraint(fields=["reservation", "resource"], name="farm_allocation_once_per_resource"),
        ]
        indexes = [
            # covering: a decision reads this index and nothing else
            models.Index(
                fields=["resource", "end", "start", "held", "gpus", "memory_gb"], name="farm_allocation_resource_end"
            ),
            models.Index(fields=["end", "start"], name="farm_allocation_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.gpus} GPU, {self.memory_gb} GB of {self.resource_id}"


class Closure(models.Model):
    """A maintenance window on one machine; `gpus` and `memory_gb` both empty means all of it."""

    resource = models.ForeignKey(Resource, verbose_name=_("machine"), on_delete=models.CASCADE, related_name="closures")
    start = models.DateTimeField(_("start"))
    end = models.DateTimeField(_("end"))
    gpus = quantity(_("GPUs"), null=True, blank=True)
    memory_gb = quantity(_("memory (GB)"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("made by"), null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        db_table = "farm_closure"
        ordering = ["start"]
        verbose_name = _("closure")
        verbose_name_plural = _("closures")
        constraints = [
            models.CheckConstraint(condition=Q(start__lt=F("end")), name="farm_closure_start_before_end"),
            models.CheckConstraint(
                condition=Q(gpus__isnull=True, memory_gb__isnull=True)
                | (Q(gpus__isnull=False, memory_gb__isnull=False) & (Q(gpus__gt=0) | Q(memory_gb__gt=0))),
                name="farm_closure_all_or_so_much",
            ),
        ]
        indexes = [models.Index(fields=["resource", "end"], name="farm_closure_by_resource")]

    def __str__(self) -> str:
        return f"{self.resource_id} closed"

    @property
    def is_whole(self) -> bool:
        return self.gpus is None
