"""Credentials with which private repositories are read, and the proofs that a repository is a student's."""

from datetime import date, datetime, timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gitsync.models.registrations import CourseKey, Registration
from kernel.fields import ExactCharField, ExactTextField

TEST_TIME = timedelta(minutes=2)  # after that a test that did not answer counts as lost
PROOF_TIME = timedelta(days=1)


class CredentialQuerySet(models.QuerySet["Credential"]):
    def usable(self, today: date) -> "CredentialQuerySet":
        """Leave out those that were revoked or have expired."""
        return self.filter(models.Q(expires_on=None) | models.Q(expires_on__gte=today), revoked_at=None)


class Credential(models.Model):
    """A token or a private key for one server.

    `scope` says for which repositories of the server it is used: those of a registration, those that somebody of a
    course has registered, or all. `path_prefixes` limits it to repositories below one of these paths, each as whole
    parts without a slash at either end, such as "sysprog-2026"; none: every path. For a host, `courses` limits it to
    repositories of these courses; none: every course.

    `host` is that of a Repository: no other server ever gets the secret. `sealed` is the token or the private key,
    sealed for `bound_to`. It is "" after the credential was revoked. `public_key` is the public half of an SSH key.
    `user_name` is sent with a Basic token, and signs in over SSH ("" is git there). `last_error` is a Reason.
    """

    class Scope(models.TextChoices):
        REGISTRATION = "registration", _("one repository")
        COURSE = "course", _("the repositories of a course")
        HOST = "host", _("a server")

    class Kind(models.TextChoices):
        BASIC = "basic", _("token with a user name")
        BEARER = "bearer", _("token alone (Bearer)")
        SSH = "ssh", _("SSH key")

    scope = models.CharField(_("used for"), max_length=12, choices=Scope.choices)
    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices)
    course = models.ForeignKey(
        CourseKey, verbose_name=_("course"), null=True, blank=True, on_delete=models.CASCADE, related_name="credentials"
    )
    registration = models.ForeignKey(
        Registration,
        verbose_name=_("registration"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="credentials",
    )
    courses = models.ManyToManyField(CourseKey, verbose_name=_("courses"), blank=True, related_name="+")
    host = ExactCharField(_("server"), max_length=260, db_index=True)
    path_prefixes = models.JSONField(_("only below"), default=list, blank=True)
    user_name = ExactCharField(_("user name"), max_length=255, blank=True, default="")
    ssh_port = models.PositiveIntegerField(_("SSH port"), default=22)
    sealed = ExactTextField(editable=False, default="")
    public_key = ExactTextField(_("public key"), blank=True, default="")
    expires_on = models.DateField(_("last day"), null=True, blank=True)
    test_requested_at = models.DateTimeField(null=True, blank=True, editable=False)
    tested_at = models.DateTimeField(_("tested"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last read with it"), null=True, blank=True)
    last_error = models.CharField(_("last problem"), max_length=40, blank=True, default="")
    last_error_detail = models.CharField(_("detail"), max_length=300, blank=True, default="")
    last_error_at = models.DateTimeField(_("last problem at"), null=True, blank=True)
    created_by = models.CharField(_("made by"), max_length=150, blank=True, default="")
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    objects = CredentialQuerySet.as_manager()

    class Meta:
        verbose_name = _("credential")
        verbose_name_plural = _("credentials")

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.host}"

    @property
    def bound_to(self) -> str:
        """The row and the server for which the secret is sealed."""
        return f"credential:{self.pk}@{self.host}"

    def is_expired(self, today: date) -> bool:
        return self.expires_on is not None and self.expires_on < today

    def is_being_tested(self, now: datetime | None = None) -> bool:
        """Whether a test was requested and has not answered yet."""
        if self.test_requested_at is None or (self.tested_at and self.tested_at >= self.test_requested_at):
            return False
        return (now or timezone.now()) - self.test_requested_at < TEST_TIME

    def covers_path(self, path: str) -> bool:
        """Whether `path`, that of a Repository, is below one of the prefixes."""
        below = path.strip("/") + "/"
        return not self.path_prefixes or any(below.startswith(prefix + "/") for prefix in self.path_prefixes)


class OwnershipProof(models.Model):
    """A name that a student pushes as a branch to prove that they may write to the repository.

    The nonce has 128 random bits. It counts for this registration, and only until `expires_at`.
    """

    registration = models.OneToOneField(
        Registration, verbose_name=_("registration"), on_delete=models.CASCADE, related_name="ownership_proof"
    )
    nonce = ExactCharField(_("nonce"), max_length=32, unique=True)
    expires_at = models.DateTimeField(_("until"), db_index=True)

    class Meta:
        verbose_name = _("proof by a branch")
        verbose_name_plural = _("proofs by a branch")

    def __str__(self) -> str:
        return str(self.registration)
