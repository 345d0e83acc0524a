"""What was answered and what was checked."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kernel.fields import ExactCharField


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
    """One run of check_capacity and what it found: rows of farm/domain/capacity_check.py alone."""

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
