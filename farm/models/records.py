"""Saved responses of requests with an Idempotency-Key, and results of capacity checks."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kernel.fields import ExactCharField


class KeptAnswer(models.Model):
    """The response to a request with an Idempotency-Key.

    It is saved in the transaction of the rows that the request creates.
    """

    caller = ExactCharField(max_length=300)  # `user:<pk>`, or the name of a trusted peer
    key = ExactCharField(max_length=255)
    request = models.CharField(max_length=64)  # SHA-256 of method, path and body
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
    """One run of check_capacity and its result.

    Only farm/domain/capacity_check.py writes these rows.
    """

    started_at = models.DateTimeField(_("started"), db_index=True)
    finished_at = models.DateTimeField(_("finished"), null=True, db_index=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("asked for by"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    machines = models.PositiveIntegerField(_("machines"), default=0)
    lines = models.PositiveIntegerField(_("lines"), default=0)  # allocations
    seconds = models.FloatField(_("seconds"), default=0)
    found = models.PositiveIntegerField(_("faults"), default=0)  # how many
    faults = models.JSONField(_("what was found"), default=list)  # the first of them, as Fault.as_json writes them

    class Meta:
        db_table = "farm_capacitycheck"
        ordering = ["-id"]
        verbose_name = _("capacity check")
        verbose_name_plural = _("capacity checks")

    def __str__(self) -> str:
        return f"check {self.pk}"
