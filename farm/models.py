"""Machines, and who holds how much of them from when to when.

Every row of this module is written by `farm/booking.py` and `farm/machines.py` alone, under their lock.
Spans are half-open, `[start, end)`, in UTC.
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from farm.states import HOLDING, KEPT, OPEN, State, state_at
from kernel.fields import ExactCharField

# No span is longer, for any writer: the overlap query relies on it, so its cost does not grow with history.
MAX_SPAN = timedelta(days=100)
MAX_QUANTITY = 10_000_000
DRAFT_LIFE = timedelta(hours=1)


def _longest_before(start: datetime) -> datetime:
    """What reaches `start` began after this moment; the calendar's first where there is none so early."""
    first = datetime.min.replace(tzinfo=UTC)
    return start - MAX_SPAN if start - first > MAX_SPAN else first


def longest_after(end: datetime) -> datetime:
    """What begins before `end` is over by this moment; the calendar's last where there is none so late."""
    last = datetime.max.replace(tzinfo=UTC)
    return end + MAX_SPAN if last - end > MAX_SPAN else last


def _overlap_by_start(start: datetime | None, end: datetime | None) -> Q:
    """What has a part in `[start, end)`; the lower bound on `start` keeps ten years of history out of the way."""
    found = Q() if start is None else Q(end__gt=start, start__gt=_longest_before(start))
    return found if end is None else found & Q(start__lt=end)


def _overlap_by_end(start: datetime | None, end: datetime | None, of: str = "") -> Q:
    """The same as one range of an index by `end`.

    It begins where the window does, so ten busy years before it are not looked at; its upper bound follows from
    MAX_SPAN and keeps a look into the past short.
    """
    found = Q() if start is None else Q(**{f"{of}end__gt": start})
    return found if end is None else found & Q(**{f"{of}end__lte": longest_after(end), f"{of}start__lt": end})


def _among(states: Collection[str], of: str = "") -> Q:
    """In one of these states, said as "in none of the others": else SQLite reads all of history by its state."""
    return ~Q(**{f"{of}state__in": sorted(set(State) - set(states))})


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

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN


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
    def kept(self, now: datetime) -> Self:
        """What is or was a booking (or a draft): not what was cancelled, refused, displaced or left to expire."""
        return self.filter(_among(KEPT)).exclude(state=State.DRAFT, created_at__lte=now - DRAFT_LIFE)

    def upcoming(self, owner: object, now: datetime) -> Self:
        """What this person has running or ahead."""
        return self.filter(_overlap_by_start(now, None), owner=owner, state__in=OPEN)

    def past(self, now: datetime) -> Self:
        """What is over, by its time or by a step; drafts that came to nothing are left out."""
        return self.exclude(state__in=OPEN, end__gt=now).exclude(state__in=[State.DRAFT, State.EXPIRED])

    def overlapping(self, start: datetime | None, end: datetime | None) -> Self:
        """Those with a part in `[start, end)`; None is open."""
        return self.filter(_overlap_by_start(start, end))

    def with_owner_name(self) -> Self:
        """For lists: a join would lead MariaDB to read and sort all of history for one page."""
        return self.prefetch_related(models.Prefetch("owner", get_user_model().objects.only("username")))

    def on(self, resource_id: int, start: datetime | None = None, end: datetime | None = None) -> Self:
        """Those with a line on this machine; the span, where it is known, also narrows the search for lines."""
        return self.filter(_overlap_by_end(start, end, "lines__"), lines__resource=resource_id)

    def in_state(self, state: str, now: datetime) -> Self:
        """Those that `state_at(now)` shows in this state: the same table, as a question to the database."""
        going = _among([State.CONFIRMED, State.ACTIVE])
        fresh = Q(created_at__gt=now - DRAFT_LIFE)
        shown = {
            State.DRAFT: Q(state=State.DRAFT) & fresh,
            State.EXPIRED: Q(state=State.EXPIRED) | Q(state=State.DRAFT) & ~fresh,
            State.CONFIRMED: going & Q(start__gt=now),
            State.ACTIVE: going & Q(start__lte=now, end__gt=now, start__gt=_longest_before(now)),
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
    def overlapping(self, start: datetime | None, end: datetime | None) -> Self:
        """Those with a part in `[start, end)`; None is open."""
        return self.filter(_overlap_by_end(start, end))

    def kept(self) -> Self:
        """Those of bookings that are kept."""
        return self.filter(_among(KEPT, "reservation__"))

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


class KeptAnswer(models.Model):
    """What was answered to a request with an Idempotency-Key, written in the transaction of what the request did."""

    caller = ExactCharField(max_length=300)  # `user:<pk>`, or a trusted peer's name
    key = ExactCharField(max_length=255)
    request = models.CharField(max_length=64)  # SHA-256 of method, address and body
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.TextField()  # JSON as it was sent: a JSON column may change the order of keys
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        db_table = "farm_kept_answer"
        constraints = [models.UniqueConstraint(fields=["caller", "key"], name="farm_kept_answer_once")]

    def __str__(self) -> str:
        return f"answer {self.pk}"


class CapacityCheck(models.Model):
    """One run of check_capacity and what it found: rows of farm/capacity_check.py alone."""

    started_at = models.DateTimeField(_("started"), db_index=True)
    finished_at = models.DateTimeField(_("finished"), null=True, db_index=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("asked for by"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    machines = models.PositiveIntegerField(_("machines"), default=0)
    lines = models.PositiveIntegerField(_("lines"), default=0)
    seconds = models.FloatField(_("seconds"), default=0)
    found = models.PositiveIntegerField(_("faults"), default=0)
    faults = models.JSONField(_("what was found"), default=list)  # the first of them, as Fault.as_json has them

    class Meta:
        db_table = "farm_capacitycheck"
        ordering = ["-id"]
        verbose_name = _("capacity check")
        verbose_name_plural = _("capacity checks")

    def __str__(self) -> str:
        return f"check {self.pk}"
