"""Outgoing mails, notices that wait for the daily mail, and which notices a person wants."""

import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kernel.fields import ExactCharField

# Stands in the stored text for the link of the mail. Names cannot contain it: it is a character for private use.
LINK_MARK = "\ue000"
DEFAULT_DIGEST_HOUR = datetime.time(7, 30)
KEY_LENGTH = 255


class MailQuerySet(models.QuerySet["Mail"]):
    def waiting(self) -> "MailQuerySet":
        """The mails that are still to be sent."""
        return self.filter(sent_at=None, dead_at=None)

    def failed(self) -> "MailQuerySet":
        """The mails that are no longer tried."""
        return self.exclude(dead_at=None)

    def sent(self) -> "MailQuerySet":
        return self.exclude(sent_at=None)


class Mail(models.Model):
    """One mail to one recipient. It is written in the transaction of the change that it is about.

    `key` names the event and the person, so that the same event twice is one mail. `message_id` is fixed here: every
    try sends the same one. `text` has LINK_MARK where the link is; `path` is its address on this site, which is a
    secret when `has_secret` is true. The last seven fields are those of kernel/outbox.py.
    """

    key = ExactCharField(max_length=KEY_LENGTH, unique=True)
    message_id = ExactCharField(max_length=300, unique=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.CASCADE, related_name="+"
    )
    kind = ExactCharField(_("kind"), max_length=60)
    address = ExactCharField(_("address"), max_length=254)
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))
    path = ExactCharField(max_length=500, blank=True, default="")
    has_secret = models.BooleanField(default=False)
    language = models.CharField(max_length=5)
    created_at = models.DateTimeField(_("written"), db_index=True)
    sent_at = models.DateTimeField(_("sent"), null=True)
    dead_at = models.DateTimeField(_("given up"), null=True)
    next_attempt_at = models.DateTimeField(_("next try"))
    claimed_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(_("tries"), default=0)
    last_error = models.CharField(_("last error"), max_length=300, blank=True, default="")

    objects = MailQuerySet.as_manager()

    class Meta:
        db_table = "mail_mail"
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["sent_at", "dead_at", "next_attempt_at"], name="mail_open"),
            models.Index(fields=["person", "kind"], name="mail_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.address}"

    def get_absolute_url(self) -> str:
        return reverse("mail-for-staff", args=[self.pk])

    @property
    def state(self) -> str:
        """Return "sent", "failed" or "waiting"."""
        if self.sent_at:
            return "sent"
        return "failed" if self.dead_at else "waiting"

    def text_with(self, link: str) -> str:
        """Return the text with this link in its place."""
        return self.text.replace(LINK_MARK, link)


class Notice(models.Model):
    """A notice that waits for the daily mail of a person. `mail` is the mail in which it was sent."""

    key = ExactCharField(max_length=KEY_LENGTH, unique=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = ExactCharField(max_length=60)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    path = ExactCharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField()
    mail = models.ForeignKey(Mail, null=True, on_delete=models.CASCADE, related_name="notices")

    class Meta:
        db_table = "mail_notice"
        indexes = [models.Index(fields=["mail", "person", "created_at"], name="mail_notice_open")]

    def __str__(self) -> str:
        return self.subject


class Choice(models.TextChoices):
    """When a person wants the notices of a kind."""

    AT_ONCE = "at-once", _("At once")
    DAILY = "daily", _("Daily")
    NEVER = "never", _("Never")


class NoticeChoice(models.Model):
    """A person's choice for a kind of notice. Without a row the default of the kind holds."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = ExactCharField(max_length=60)
    choice = models.CharField(max_length=10, choices=Choice.choices)

    class Meta:
        db_table = "mail_noticechoice"
        constraints = [models.UniqueConstraint(fields=["person", "kind"], name="mail_one_choice")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.choice}"


class DigestHour(models.Model):
    """The local time at which a person gets the daily mail. Without a row it is DEFAULT_DIGEST_HOUR."""

    person: Any = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    at = models.TimeField(default=DEFAULT_DIGEST_HOUR)

    class Meta:
        db_table = "mail_digesthour"

    def __str__(self) -> str:
        return f"{self.at:%H:%M}"
