"""Users (people and service accounts), the audit log, counts of guesses, one-time links, and signed-in browsers."""

import zoneinfo

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import demo_accounts
from kernel.fields import ExactCharField
from kernel.text.plain_words import BadWords, one_line


def validate_zone(value: str) -> None:
    if value not in zoneinfo.available_timezones():
        raise ValidationError(_("This is not a time zone."))


def name_of(first_name: str, last_name: str, username: str) -> str:
    """Return the name of a person as pages show it, without needing a User object."""
    return f"{first_name} {last_name}".strip() or username


def with_closed_mark(name: str, is_active: bool) -> str:
    """Return a name for a list of people: `Alice Martin (closed)` when the account is closed."""
    return name if is_active else gettext("%(name)s (closed)") % {"name": name}


class User(AbstractUser):
    """A person, or a service account (for a program with a bearer token).

    The user name is the Id of the wire specification: studentId or teacherId. A teacher's user name is in lower case.
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
    # Increases when the person signs out everywhere. It is part of the session hash, so all sessions and tokens end.
    session_round = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        db_table = "accounts_user"
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def get_absolute_url(self) -> str:
        """The page of this account for staff."""
        return reverse("person-account", args=[self.pk])

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
    def listed_name(self) -> str:
        """The name in a list of people, with a mark when the account is closed."""
        return with_closed_mark(self.display_name, self.is_active)

    @property
    def initials(self) -> str:
        words = self.display_name.split()
        return (words[0][:1] + (words[-1][:1] if len(words) > 1 else "")).upper()

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Return the hash that ends all sessions when the password (as in Django) or `session_round` changes.

        A session of the demonstration does not continue outside it.
        """
        salt = f"accounts.session.{self.session_round}"
        if demo_accounts.is_closed(self):
            salt += ".closed"
        return salted_hmac(salt, self.password, secret=secret, algorithm="sha256").hexdigest()

    @property
    def session_claim(self) -> str:
        """The claim that ends a token together with the sessions.

        It is half of the session hash: enough to compare it, not enough to create a session from a token.
        """
        return self.get_session_auth_hash()[:32]

    def clean(self) -> None:
        super().clean()
        for field in ("first_name", "last_name"):
            try:
                setattr(self, field, one_line(getattr(self, field), joiners=True))
            except BadWords as error:
                # A stored name may stay. Python compares: for MariaDB an invisible character is none.
                if getattr(self, field) not in User.objects.filter(pk=self.pk).values_list(field, flat=True):
                    raise ValidationError({field: str(error)}) from None
        if self.is_teacher and self.username and self.username != self.username.lower():
            raise ValidationError({"username": _("A teacher's user name is in lower case.")})


class AuditEvent(models.Model):
    """One entry of the audit log: who did what to which object, its state before and after, and why. Append-only.

    `verb` is the audit command ("farm.book"), `subject` is `kind:id` ("reservation:12"). `actor` is null for Atelier
    itself and for a trusted peer; `actor_name` is then "atelier" or "peer:<address>".
    """

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


class GuessCount(models.Model):
    """How many passwords were guessed for something: a user name at an address, or an address.

    `key` is a keyed hash, so no typed name is stored. At `until` the count starts again. `is_recorded` says that the
    audit log has the lockout. Only accounts/guess_limits.py reads and writes these rows.
    """

    key = ExactCharField(max_length=64, unique=True)
    used = models.PositiveIntegerField(default=0)
    until = models.DateTimeField(db_index=True)
    is_recorded = models.BooleanField(default=False)

    class Meta:
        db_table = "accounts_guesscount"

    def __str__(self) -> str:
        return f"{self.used} guesses"


class OneTimeLink(models.Model):
    """A link, or a printed code, with which a person signs in or changes their account once.

    `secret_hash` is a keyed hash, so the table opens no account. `address` is where the link was sent; for EMAIL it is
    the new address. `title` and `path` are the course, or other page, that somebody was invited to. A link works until
    `expires_at`, unless it was used or ended before. Only accounts/domain/one_time_links.py writes these rows.
    """

    class Purpose(models.TextChoices):
        INVITE = "invite", _("Invitation")
        RESET = "reset", _("Password reset")
        EMAIL = "email", _("Check of an e-mail address")
        CODE = "code", _("One-time code")

    class End(models.TextChoices):
        """Why a link ended before it was used."""

        REPLACED = "replaced", _("Replaced by a newer one")
        DECLINED = "declined", _("Declined: not the right person")
        SIGNED_IN = "signed-in", _("A password was set in another way")
        CLOSED = "closed", _("Account closed")

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="one_time_links")
    purpose = models.CharField(max_length=6, choices=Purpose.choices)
    secret_hash = ExactCharField(max_length=64, unique=True)
    address = ExactCharField(max_length=254, blank=True, default="")
    title = models.CharField(max_length=200, blank=True, default="")
    path = ExactCharField(max_length=500, blank=True, default="")
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    opened_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    ended_as = models.CharField(max_length=10, choices=End.choices, blank=True, default="")

    class Meta:
        db_table = "accounts_onetimelink"
        indexes = [models.Index(fields=["person", "purpose"], name="accounts_link_of_person")]

    def __str__(self) -> str:
        return f"{self.purpose} for {self.person_id}"


class SignedInBrowser(models.Model):
    """A browser in which a person is signed in, as their account page lists it.

    `browser` and `system` are names such as Firefox and Linux, "" when unknown. `claim` is User.session_claim of the
    sign-in: a session with another claim has ended. Only accounts/domain/signed_in_browsers.py writes these rows.
    """

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="signed_in_browsers")
    session_key = ExactCharField(max_length=40, unique=True)
    claim = ExactCharField(max_length=32)
    browser = models.CharField(max_length=40, blank=True, default="")
    system = models.CharField(max_length=40, blank=True, default="")
    signed_in_at = models.DateTimeField(db_index=True)
    seen_at = models.DateTimeField()

    class Meta:
        db_table = "accounts_signedinbrowser"

    def __str__(self) -> str:
        return f"{self.browser}, {self.system}"
