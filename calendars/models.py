"""The calendar addresses of people, and the events that each of them was last read with."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts import demo_accounts
from accounts.models import User
from kernel.fields import ExactCharField


class CalendarAddress(models.Model):
    """A secret address at which calendar apps read the deadlines and bookings of one person.

    course_id: the id of a course whose deadlines it has; None for the personal calendar. It is no foreign key, because
        courses are an app above. An address of a course that is gone answers "gone".
    secret_hash: the SHA-256 of the secret. The secret itself is not stored; `beginning` is the first characters of it.
    read_by: the name of the app that read it last, such as Thunderbird.
    sent: the events that it was last read with, by key (calendars/history.py).
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.CASCADE, related_name="+"
    )
    course_id = models.PositiveBigIntegerField(null=True)
    secret_hash = ExactCharField(max_length=64, unique=True)
    beginning = ExactCharField(max_length=8)
    created_at = models.DateTimeField(_("made"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, db_index=True)
    read_at = models.DateTimeField(_("last read"), null=True)
    read_by = models.CharField(max_length=60, blank=True, default="")
    sent = models.JSONField(default=dict)

    class Meta:
        db_table = "calendars_address"
        verbose_name = _("calendar address")
        verbose_name_plural = _("calendar addresses")
        ordering = ["id"]
        indexes = [models.Index(fields=["person", "revoked_at"], name="calendars_of_person")]

    def __str__(self) -> str:
        return f"calendar address {self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether it is neither revoked nor the address of a closed account."""
        person: User = self.person
        return self.revoked_at is None and person.is_active and not demo_accounts.is_closed(person)


def open_addresses(person: User) -> models.QuerySet[CalendarAddress]:
    """Return the addresses that this person has not revoked, without the events that were sent."""
    return CalendarAddress.objects.filter(person=person.pk, revoked_at=None).defer("sent")
