"""A repository has two rows: `Repository`, its canonical address, and `LocalCopy`.

A `Repository` says which repository we mean: commits, pushes and registrations refer to it. Each Repository has one
`LocalCopy`. It names the bare Git store on disk and holds the state of reading: whether a sync is wanted, when the next
one may start, who runs it now, what the last one read, and why it failed.

So a repository has one store and at most one sync at a time, however many courses and students registered it. Every
writer of a repository's rows first locks its LocalCopy row (`LocalCopy.objects.locked`).
"""

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kernel.database.compiled import CompiledQuery
from kernel.database.wrong_clock import too_far_ahead
from kernel.fields import ExactCharField, ExactTextField

# The longest times that `lease_until` and `next_attempt_at` of a LocalCopy can hold: syncing/lease.py,
# syncing/retry_delays.py (a day and a quarter) and syncing/sync_queue.py.
LONGEST_LEASE, LONGEST_WAIT, LONGEST_SPACING = timedelta(seconds=60), timedelta(hours=30), timedelta(seconds=2)
RENEWED_WITHIN = timedelta(seconds=20)  # syncing/lease.py renews a lease every 8 s


class Repository(models.Model):
    """The canonical address of a repository. `rules.repository_url` makes it from a URL.

    `host` includes the port when it is not the scheme's own. `fetch_path` is the spelling of the path that the server
    answers to: with or without `.git`, and with its letter case. `public` is False when the last contact needed
    GIT_LOCAL_SERVERS: then this installation may read what the public cannot. `match_hash` is the hash of
    `rules.hook_matching.match_key`, by which hooks find the repository.
    """

    scheme = models.CharField(max_length=5, default="https")
    host = ExactCharField(max_length=260)
    path = ExactTextField()
    path_hash = ExactCharField(max_length=64)
    fetch_path = ExactTextField(default="")
    forge_id = ExactCharField(max_length=120, blank=True, default="")
    public = models.BooleanField(_("public"), default=True)
    match_hash = ExactCharField(max_length=64, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "gitsync_address"
        constraints = [models.UniqueConstraint(fields=["host", "path_hash"], name="gitsync_one_address")]
        indexes = [models.Index(fields=["match_hash"], name="gitsync_address_match")]

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}{self.path}"

    def is_used(self) -> bool:
        """Return whether a student or a teacher has given this repository."""
        return bool(REGISTERED.rows(self.pk)) or self.starters.exists()


class LocalCopyQuerySet(models.QuerySet["LocalCopy"]):
    def locked(self, repository_id: int) -> "LocalCopy | None":
        """Lock the row of a repository's copy until the transaction ends, and return it.

        Returns None when the row was deleted.
        """
        return next(iter(LOCKED.rows(repository_id)), None)

    def due(self, now: datetime) -> "LocalCopyQuerySet":
        """Return the copies to sync now.

        They are dirty, and no lease, waiting time or pause holds them back. A lease or a waiting time that was written
        under a wrong clock holds nothing back.
        """
        free = Q(lease_until=None) | Q(lease_until__lt=now) | too_far_ahead("lease_until", now, LONGEST_LEASE)
        return self.filter(free, _timely(now), dirty=True).exclude(status=LocalCopy.Status.PAUSED)

    def being_read(self, now: datetime) -> "LocalCopyQuerySet":
        """Return the copies whose lease was taken or renewed lately, so that their worker is probably alive."""
        alive = now + LONGEST_LEASE - RENEWED_WITHIN
        return self.filter(lease_until__gt=alive).exclude(too_far_ahead("lease_until", now, LONGEST_LEASE))


def _timely(now: datetime) -> Q:
    """The copies whose waiting time is over.

    Only failing copies wait for long. A sync that began in the future was stored under a wrong clock, too.
    """
    waits_briefly = Q(status__in=[LocalCopy.Status.NEW, LocalCopy.Status.OK])
    return (
        Q(next_attempt_at=None)
        | Q(next_attempt_at__lte=now)
        | too_far_ahead("next_attempt_at", now, LONGEST_WAIT)
        | waits_briefly & too_far_ahead("next_attempt_at", now, LONGEST_SPACING)
        | too_far_ahead("started_at", now)
    )


class LocalCopy(models.Model):
    """The bare store of a repository, and the state of reading it.

    Every writer of the repository's rows locks this row first. That gives its events their order.

    `dirty` means that a sync is wanted. `sync_request_count` counts the requests for one. A hook that is saved while
    a sync waits may make no request (`syncing/sync_queue.py`): that sync answers it too. A sync clears `dirty` only
    when the count at its end equals the count at its start. So a request made during a sync is not lost, and neither
    is a sync whose process died. `attempts` counts the starts since the last success.

    `heads` (branch name -> sha) and `refs_requested_at` (the moment before the request, in epoch seconds) describe the
    last answer with refs that was processed. `branch` counts: the remote's HEAD, or `chosen_branch` while the remote
    has it. `other_branches` lists the branches with newer work, as [name, number of commits that `branch` lacks].
    Commits up to the primary key `announced_until` have been matched, and their events have been written.

    `slow` says that the last fetch took longer than a quick server may take. The repository then waits for one of the
    slots for slow servers, wherever it is (gitsync/syncing/slots.py).

    `read_with` is the credential that the last successful read needed; None when it needed none.

    A paused copy is read again when a person resumes it. A quarantined copy, over a limit for whole repositories, is
    tried again automatically.
    """

    class Status(models.TextChoices):
        NEW = "new", _("Not read yet")
        OK = "ok", _("Up to date")
        FAILING = "failing", _("Failing")
        PAUSED = "paused", _("Paused")
        QUARANTINED = "quarantined", _("Over a limit")

    TRIED_AGAIN = (Status.FAILING, Status.QUARANTINED)
    NOT_READ = (*TRIED_AGAIN, Status.PAUSED)

    repository = models.OneToOneField(
        Repository,
        verbose_name=_("repository"),
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
    sync_request_count = models.PositiveBigIntegerField(_("sync requests"), default=0, db_column="asked")
    queued_at = models.DateTimeField(_("queued"), null=True, blank=True)
    lease_until = models.DateTimeField(_("held until"), null=True, blank=True)
    lease_token = models.UUIDField(_("held by"), null=True, blank=True)
    next_attempt_at = models.DateTimeField(_("next try"), null=True, blank=True)
    attempts = models.PositiveIntegerField(_("tries"), default=0)
    started_at = models.DateTimeField(_("begun"), null=True, blank=True)
    last_good_at = models.DateTimeField(_("last read"), null=True, blank=True)
    refs_requested_at = models.BigIntegerField(
        _("branches requested (epoch seconds)"), null=True, blank=True, db_column="refs_asked_at"
    )
    head = ExactCharField(_("last commit"), max_length=64, blank=True, default="")
    branch = models.CharField(_("branch"), max_length=255, blank=True, default="")
    heads = models.JSONField(_("branches"), default=dict, blank=True)
    announced_until = models.BigIntegerField(_("announced up to commit"), default=0, db_column="settled_until")
    chosen_branch = models.CharField(_("branch chosen by the teacher"), max_length=255, blank=True, default="")
    other_branches = models.JSONField(_("other branches with newer work"), default=list, blank=True)
    moved_at = models.DateTimeField(_("moved"), null=True, blank=True)
    read_with = models.ForeignKey(
        "gitsync.Credential",
        verbose_name=_("read with"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    slow = models.BooleanField(_("slow"), default=False, db_default=False)
    size_bytes = models.BigIntegerField(_("size (bytes)"), default=0)

    objects = LocalCopyQuerySet.as_manager()

    class Meta:
        db_table = "gitsync_clone"
        indexes = [
            models.Index(fields=["dirty", "next_attempt_at"], name="gitsync_clone_due"),
            models.Index(fields=["last_good_at"], name="gitsync_clone_good"),
            models.Index(fields=["lease_until"], name="gitsync_clone_leased"),
        ]
        verbose_name = _("repository")
        verbose_name_plural = _("repositories")

    def __str__(self) -> str:
        return f"{self.repository_id} ({self.status})"


LOCKED = CompiledQuery(lambda repository: LocalCopy.objects.select_for_update().filter(repository_id=repository))
REGISTERED = CompiledQuery(
    lambda repository: Repository.objects.filter(pk=repository, registrations__isnull=False).values_list("pk")[:1]
)
