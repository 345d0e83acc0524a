"""Where repositories are, and the store that we keep of each."""

import uuid
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from kernel.fields import ExactCharField, ExactTextField


class Repository(models.Model):
    """The canonical place of a repository: host (with a port that is not the scheme's) and path. See `addresses`.

    `fetch_path` is the form of the path that the server answers to (with `.git` or without, in its letter case).
    """

    scheme = models.CharField(max_length=5, default="https")
    host = ExactCharField(max_length=260)
    path = ExactTextField()
    path_hash = ExactCharField(max_length=64)
    fetch_path = ExactTextField(default="")
    forge_id = ExactCharField(max_length=120, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "gitsync_address"
        constraints = [models.UniqueConstraint(fields=["host", "path_hash"], name="gitsync_one_address")]

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}{self.path}"


class LocalCopyQuerySet(models.QuerySet["LocalCopy"]):
    def locked(self, repository_id: int) -> "LocalCopy | None":
        """The Clone of an Address, its row locked to the end of the transaction; None once it was deleted."""
        return next(
            iter(self.select_for_update().filter(repository_id=repository_id)), None
        )  # `first` would sort one row

    def due(self, now: datetime) -> "LocalCopyQuerySet":
        """To be synchronised now: dirty, held by nobody alive, and not waiting, paused or in quarantine."""
        free = models.Q(lease_until=None) | models.Q(lease_until__lt=now)
        timely = models.Q(next_attempt_at=None) | models.Q(next_attempt_at__lte=now)
        return self.filter(free, timely, dirty=True).exclude(status__in=LocalCopy.STOPPED)


class LocalCopy(models.Model):
    """The one bare store of an Address. Locking this row is what orders every writer of the Address.

    `dirty` stays true until a sync that began after the wish has ended well: `asked` counts the wishes, and a sync
    clears `dirty` only when the count is still what it was at its start. So a wish made during a sync is never lost,
    and neither is a sync whose process died. `attempts` counts the starts since the last good end.
    `heads` (branch name -> sha) and `refs_asked_at` describe the last refs answer that was worked through.
    Commits up to the primary key `settled_until` have been matched and told about.
    """

    class Status(models.TextChoices):
        NEW = "new", _("Not read yet")
        OK = "ok", _("Up to date")
        FAILING = "failing", _("Failing")
        PAUSED = "paused", _("Paused")
        QUARANTINED = "quarantined", _("Over a limit")

    STOPPED = (Status.PAUSED, Status.QUARANTINED)

    repository = models.OneToOneField(
        Repository,
        verbose_name=_("address"),
        on_delete=models.CASCADE,
        related_name="local_copy",
        db_column="address_id",
    )
    folder = models.UUIDField(_("folder"), default=uuid.uuid4, unique=True, editable=False)
    status = models.CharField(_("state"), max_length=12, choices=Status.choices, default=Status.NEW)
    reason = models.CharField(_("reason"), max_length=40, blank=True, default="")
    detail = models.CharField(_("detail"), max_length=300, blank=True, default="")
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True)
    dirty = models.BooleanField(_("to be read"), default=False)
    dirty_at = models.DateTimeField(_("to be read since"), null=True, blank=True)
    asked = models.PositiveBigIntegerField(_("wishes"), default=0)
    queued_at = models.DateTimeField(_("queued"), null=True, blank=True)
    lease_until = models.DateTimeField(_("held until"), null=True, blank=True)
    lease_token = models.UUIDField(_("held by"), null=True, blank=True)
    next_attempt_at = models.DateTimeField(_("next try"), null=True, blank=True)
    attempts = models.PositiveIntegerField(_("tries"), default=0)
    started_at = models.DateTimeField(_("begun"), null=True, blank=True)
    last_good_at = models.DateTimeField(_("last read"), null=True, blank=True)
    refs_asked_at = models.BigIntegerField(_("branches asked at (epoch seconds)"), null=True, blank=True)
    head = ExactCharField(_("last commit"), max_length=64, blank=True, default="")
    branch = models.CharField(_("branch"), max_length=255, blank=True, default="")
    heads = models.JSONField(_("branches"), default=dict, blank=True)
    settled_until = models.BigIntegerField(_("told up to commit"), default=0)
    moved_at = models.DateTimeField(_("moved"), null=True, blank=True)
    size_bytes = models.BigIntegerField(_("size (bytes)"), default=0)

    objects = LocalCopyQuerySet.as_manager()

    class Meta:
        db_table = "gitsync_clone"
        indexes = [
            models.Index(fields=["dirty", "next_attempt_at"], name="gitsync_clone_due"),
            models.Index(fields=["last_good_at"], name="gitsync_clone_good"),
        ]
        verbose_name = _("clone")
        verbose_name_plural = _("clones")

    def __str__(self) -> str:
        return f"{self.repository_id} ({self.status})"
