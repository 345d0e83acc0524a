"""The time that reservations lost to closures and smaller machines, until their owners have seen it."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from farm.models.reservations import Reservation

REMEMBERED = timedelta(days=7)  # how long after its end lost time is shown


class LostTimeQuerySet(models.QuerySet["LostTime"]):
    def shown_to(self, owner_id: int, now: datetime) -> Self:
        """Return the losses of this person's reservations that were not dismissed, the next first."""
        rows = self.filter(reservation__owner=owner_id, seen_at=None, end__gt=now - REMEMBERED)
        return rows.order_by("start", "pk")


class LostTime(models.Model):
    """The span that one reservation lost: its end when it was shortened, the rest when it was displaced.

    Only farm/domain/displacement.py writes these rows, and farm/domain/lost_times.py marks them as seen.
    """

    reservation = models.ForeignKey(Reservation, on_delete=models.CASCADE, related_name="lost_times")
    start = models.DateTimeField(_("start"))
    end = models.DateTimeField(_("end"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(null=True)

    objects = LostTimeQuerySet.as_manager()

    class Meta:
        db_table = "farm_losttime"
        ordering = ["id"]
        verbose_name = _("lost time")
        verbose_name_plural = _("lost times")
        constraints = [models.CheckConstraint(condition=Q(start__lt=F("end")), name="farm_losttime_start_before_end")]
        indexes = [models.Index(fields=["end"], name="farm_losttime_by_end")]

    def __str__(self) -> str:
        return f"lost time {self.pk}"
