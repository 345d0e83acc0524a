"""Machines and their closures."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from farm.models.overlap import quantity_field
from kernel.text.bidi import isolated


class MachineQuerySet(models.QuerySet["Machine"]):
    def listed(self) -> Self:
        """Return the machines that people see: all but the retired."""
        return self.exclude(state=Machine.State.RETIRED)

    def bookable(self) -> Self:
        return self.filter(state=Machine.State.OPEN)


class Machine(models.Model):
    """One bookable machine, with its capacity in GPUs and memory."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("machine", "Open")
        DRAINING = "draining", _("Draining")  # keeps its bookings, takes no new ones
        RETIRED = "retired", _("Retired")

    name = models.CharField(_("name"), max_length=100, unique=True)
    location = models.CharField(_("location"), max_length=100, blank=True)
    gpu_model = models.CharField(_("GPU model"), max_length=100, blank=True)
    gpu_count = quantity_field(_("GPUs"))
    memory_gb = quantity_field(_("memory (GB)"))
    tags = models.JSONField(_("tags"), default=list, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    notes = models.TextField(_("notes"), blank=True)
    scheduler_node = models.CharField(_("scheduler node"), max_length=100, blank=True)

    objects = MachineQuerySet.as_manager()

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
    def shown_name(self) -> str:
        """The name for pages and sentences: right-to-left letters do not reorder what stands beside it."""
        return isolated(self.name)

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN


class Closure(models.Model):
    """A maintenance window on one machine.

    When `gpus` and `memory_gb` are both empty, all of the machine is closed.
    """

    machine = models.ForeignKey(
        Machine, verbose_name=_("machine"), on_delete=models.CASCADE, related_name="closures", db_column="resource_id"
    )
    start = models.DateTimeField(_("start"))
    end = models.DateTimeField(_("end"))
    gpus = quantity_field(_("GPUs"), null=True, blank=True)
    memory_gb = quantity_field(_("memory (GB)"), null=True, blank=True)
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
        indexes = [models.Index(fields=["machine", "end"], name="farm_closure_by_resource")]

    def __str__(self) -> str:
        return f"{self.machine_id} closed"

    @property
    def is_whole(self) -> bool:
        return self.gpus is None
