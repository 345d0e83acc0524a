"""People and machines that sign in, and the trail of what they did."""

import zoneinfo

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from kernel.fields import ExactCharField


def validate_zone(value: str) -> None:
    if value not in zoneinfo.available_timezones():
        raise ValidationError(_("This is not a time zone."))


def name_of(first_name: str, last_name: str, username: str) -> str:
    """A person's name as it is shown, for who has these and no row."""
    return f"{first_name} {last_name}".strip() or username


class User(AbstractUser):
    """A person, or a service account (a program with a bearer).

    The username is the specification's Id: studentId, teacherId. A teacher's is in lower case.
    """

    class Kind(models.TextChoices):
        STUDENT = "student", _("Student")
        TEACHER = "teacher", _("Teacher")
        SERVICE = "service", _("Service account")

    username = ExactCharField(
        _("user name"),
        max_length=255,
        unique=True,
        validators=[
            RegexValidator(
                r"\A(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,255}\Z", _("Letters, digits, dots, hyphens and underscores only.")
            )
        ],
        error_messages={"unique": _("Somebody has this user name already.")},
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.STUDENT)
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES, blank=True, default="")
    zone = models.CharField(_("time zone"), max_length=64, blank=True, default="", validators=[validate_zone])
    # Goes up when the person signs out everywhere; a part of the session hash, and so of every session and token.
    session_round = models.PositiveIntegerField(default=0, editable=False)

    class Meta(AbstractUser.Meta):
        db_table = "accounts_user"

    @property
    def is_teacher(self) -> bool:
        return self.kind == self.Kind.TEACHER

    @property
    def is_service(self) -> bool:
        return self.kind == self.Kind.SERVICE

    @property
    def display_name(self) -> str:
        return name_of(self.first_name, self.last_name, self.username)

    @property
    def initials(self) -> str:
        words = self.display_name.split()
        return (words[0][:1] + (words[-1][:1] if len(words) > 1 else "")).upper()

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Changes with the password (as Django's) and with `session_round`."""
        salt = f"accounts.session.{self.session_round}"
        return salted_hmac(salt, self.password, secret=secret, algorithm="sha256").hexdigest()

    @property
    def session_claim(self) -> str:
        """What ties a token to the sessions: half of their hash, enough to compare, not enough to make a session."""
        return self.get_session_auth_hash()[:32]

    def clean(self) -> None:
        super().clean()
        if self.is_teacher and self.username and self.username != self.username.lower():
            raise ValidationError({"username": _("A teacher's user name is in lower case.")})


class AuditEvent(models.Model):
    """Append-only: who did what to which thing, what it was before and after, and why."""

    at = models.DateTimeField(_("moment"), auto_now_add=True, db_index=True)
    actor = models.ForeignKey(User, verbose_name=_("person"), null=True, on_delete=models.SET_NULL, related_name="+")
    actor_name = models.CharField(_("name at that moment"), max_length=255, blank=True)
    verb = models.CharField(_("action"), max_length=60, db_index=True)
    subject = models.CharField(_("subject"), max_length=120, db_index=True)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    class Meta:
        db_table = "accounts_auditevent"
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.actor_name} {self.verb} {self.subject}"
