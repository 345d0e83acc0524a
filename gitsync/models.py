"""Repositories, what is watched in them, and what was seen and said.

gitsync knows the wire's ids as text and people not at all. Times that come from Git or are compared with it are epoch
seconds in UTC (Git allows dates no DateTimeField holds); times of our own doing are DateTimeFields.
Wide texts that must be unique carry a SHA-256 (`…_hash`), because MariaDB's index keys end at 3,072 bytes.
"""

import hashlib
import uuid
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from kernel.fields import ExactCharField, ExactTextField


def text_hash(text: str) -> str:
    """SHA-256 in hex: the indexed stand-in of a wide text."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def effort(insertions: int, deletions: int, binary: bool) -> int:
    """What a change of a file counts for."""
    return 0 if binary else insertions + deletions


class Address(models.Model):
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
        constraints = [models.UniqueConstraint(fields=["host", "path_hash"], name="gitsync_one_address")]

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}{self.path}"


class CloneQuerySet(models.QuerySet["Clone"]):
    def locked(self, address_id: int) -> "Clone | None":
        """The Clone of an Address, its row locked to the end of the transaction; None once it was deleted."""
        return next(iter(self.select_for_update().filter(address_id=address_id)), None)  # `first` would sort one row

    def due(self, now: datetime) -> "CloneQuerySet":
        """To be synchronised now: dirty, held by nobody alive, and not waiting, paused or in quarantine."""
        free = models.Q(lease_until=None) | models.Q(lease_until__lt=now)
        timely = models.Q(next_attempt_at=None) | models.Q(next_attempt_at__lte=now)
        return self.filter(free, timely, dirty=True).exclude(status__in=Clone.STOPPED)


class Clone(models.Model):
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

    address = models.OneToOneField(Address, verbose_name=_("address"), on_delete=models.CASCADE, related_name="clone")
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

    objects = CloneQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["dirty", "next_attempt_at"], name="gitsync_clone_due"),
            models.Index(fields=["last_good_at"], name="gitsync_clone_good"),
        ]
        verbose_name = _("clone")
        verbose_name_plural = _("clones")

    def __str__(self) -> str:
        return f"{self.address_id} ({self.status})"


class CourseKey(models.Model):
    """One course of the wire: (teacherId, semesterId, courseId)."""

    teacher_id = ExactCharField(max_length=255)
    semester_id = ExactCharField(max_length=255)
    course_id = ExactCharField(max_length=255)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["teacher_id", "semester_id", "course_id"], name="gitsync_one_course")
        ]

    def __str__(self) -> str:
        return f"{self.teacher_id}/{self.semester_id}/{self.course_id}"


class StudentKey(models.Model):
    student_id = ExactCharField(max_length=255, unique=True)

    def __str__(self) -> str:
        return self.student_id


class Registration(models.Model):
    """A student's repository at one path of a course's calendar. The group and the URL are values, not keys."""

    class Announced(models.TextChoices):
        NOTHING = "nothing", _("nothing")
        CLONED = "cloned", _("cloned")
        FAILED = "failed", _("failed")

    course = models.ForeignKey(
        CourseKey, verbose_name=_("course"), on_delete=models.CASCADE, related_name="registrations"
    )
    student = models.ForeignKey(
        StudentKey, verbose_name=_("student"), on_delete=models.CASCADE, related_name="registrations"
    )
    repo_path = ExactTextField(_("repository at"))
    repo_path_hash = ExactCharField(_("hash of the path"), max_length=64)
    group_id = ExactCharField(_("group id"), max_length=255, blank=True, default="")
    repo_url = ExactTextField(_("address of the repository"))
    address = models.ForeignKey(
        Address, verbose_name=_("canonical address"), on_delete=models.CASCADE, related_name="registrations"
    )
    announced = models.CharField(_("announced"), max_length=8, choices=Announced.choices, default=Announced.NOTHING)
    pull_failed = models.BooleanField(_("pull failed"), default=False)
    announced_head = ExactCharField(_("last commit announced"), max_length=64, blank=True, default="")
    again = models.BooleanField(_("announce again"), default=False)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["course", "student", "repo_path_hash"], name="gitsync_one_registration")
        ]
        verbose_name = _("registration")
        verbose_name_plural = _("registrations")

    def __str__(self) -> str:
        return f"{self.student_id}@{self.course_id}{self.repo_path}"


class WatchedExercise(models.Model):
    """An exercise to look for; group "" is the whole course."""

    course = models.ForeignKey(CourseKey, verbose_name=_("course"), on_delete=models.CASCADE, related_name="exercises")
    group_id = ExactCharField(_("group id"), max_length=255, blank=True, default="")
    exercise_path = ExactTextField(_("exercise"))
    exercise_path_hash = ExactCharField(_("hash of the path"), max_length=64)
    repo_path = ExactTextField(_("repository at"), default="/")
    source_folder_path = ExactTextField(_("source folder"), default="/")
    completion_keywords = models.CharField(_("completion keywords"), max_length=1000, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["course", "group_id", "exercise_path_hash"], name="gitsync_one_exercise")
        ]
        verbose_name = _("watched exercise")
        verbose_name_plural = _("watched exercises")

    def __str__(self) -> str:
        return self.exercise_path


class ExpectedRepository(models.Model):
    """A repository is expected from every student at this path of the course."""

    course = models.ForeignKey(
        CourseKey, verbose_name=_("course"), on_delete=models.CASCADE, related_name="expected_repositories"
    )
    repo_path = ExactTextField(_("repository at"))
    repo_path_hash = ExactCharField(_("hash of the path"), max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["course", "repo_path_hash"], name="gitsync_one_expected")]
        verbose_name = _("expected repository")
        verbose_name_plural = _("expected repositories")

    def __str__(self) -> str:
        return self.repo_path


class Commit(models.Model):
    """A commit seen on a branch of an Address, in the order of its primary key: parents first.

    `late_time` is the lateness time of spec/wire.md: min(max(committer_time, seen_after), seen_by). `reachable` tells
    whether the branch (the remote's HEAD) holds it now; rows are never removed by a rewrite.
    """

    address = models.ForeignKey(Address, verbose_name=_("address"), on_delete=models.CASCADE, related_name="commits")
    sha = ExactCharField(_("sha"), max_length=64)
    author_name = models.CharField(_("author"), max_length=200, blank=True)
    author_email = models.CharField(_("author’s e-mail"), max_length=200, blank=True)
    author_time = models.BigIntegerField(_("author time (epoch seconds)"))
    committer_time = models.BigIntegerField(_("committer time (epoch seconds)"))
    seen_after = models.BigIntegerField(_("seen after (epoch seconds)"), null=True)
    seen_by = models.BigIntegerField(_("seen by (epoch seconds)"))
    late_time = models.BigIntegerField(_("lateness time (epoch seconds)"))
    message = ExactTextField(_("message"), blank=True)
    parents_count = models.PositiveSmallIntegerField(_("parents"), default=0)
    reachable = models.BooleanField(_("on the branch"), default=True)
    broken = models.BooleanField(_("damaged"), default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["address", "sha"], name="gitsync_one_commit")]
        indexes = [models.Index(fields=["address", "author_time", "sha"], name="gitsync_commit_time")]
        verbose_name = _("commit")
        verbose_name_plural = _("commits")

    def __str__(self) -> str:
        return self.sha


class FileChange(models.Model):
    """One file of a commit against its first parent. `path` has no leading slash; bytes outside UTF-8 are `\\xNN`.

    `path_hash` is of the raw bytes: two paths that look the same here are still two.
    """

    commit = models.ForeignKey(Commit, on_delete=models.CASCADE, related_name="files")
    path = ExactTextField()
    path_hash = ExactCharField(max_length=64)
    insertions = models.PositiveIntegerField(default=0)
    deletions = models.PositiveIntegerField(default=0)
    binary = models.BooleanField(default=False)
    counts_unknown = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["commit", "path_hash"], name="gitsync_one_file")]

    def __str__(self) -> str:
        return self.path

    @property
    def effort(self) -> int:
        return effort(self.insertions, self.deletions, self.binary)


class Match(models.Model):
    """Derived: the exercise of a file for one registration. `exercise_path` "/" when none or ambiguous.

    `late_time` is that of the file's commit, which never changes: by it the index alone tells who worked on an exercise
    before a deadline and after it, without a look at commits.
    """

    class Reason(models.TextChoices):
        EXACT = "exact"
        FUZZY = "fuzzy"
        AMBIGUOUS = "ambiguous"
        NONE = "none"
        CORRECTED = "corrected"

    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="matches")
    file = models.ForeignKey(FileChange, on_delete=models.CASCADE, related_name="matches")
    exercise_path = ExactTextField(default="/")
    exercise_path_hash = ExactCharField(max_length=64)
    reason = models.CharField(max_length=10, choices=Reason.choices)
    candidates = models.JSONField(default=list, blank=True)
    late_time = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["registration", "file"], name="gitsync_one_match")]
        indexes = [
            models.Index(
                fields=["registration", "exercise_path_hash", "reason", "late_time"], name="gitsync_match_work"
            )
        ]

    def __str__(self) -> str:
        return f"{self.file_id} -> {self.exercise_path}"


class Completion(models.Model):
    """Derived: this commit's message completes this exercise for one registration."""

    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="completions")
    commit = models.ForeignKey(Commit, on_delete=models.CASCADE, related_name="completions")
    exercise_path = ExactTextField()
    exercise_path_hash = ExactCharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["registration", "commit", "exercise_path_hash"], name="gitsync_one_completion"
            )
        ]

    def __str__(self) -> str:
        return f"{self.commit_id} completes {self.exercise_path}"


class Delivery(models.Model):
    """A hook as it came in, kept before anything is done about it; a delivery id counts once."""

    address = models.ForeignKey(
        Address, verbose_name=_("address"), null=True, on_delete=models.CASCADE, related_name="deliveries"
    )
    delivery_hash = ExactCharField(_("hash of the delivery"), max_length=64, unique=True)
    received_at = models.BigIntegerField(_("received (epoch seconds)"))
    forge = models.CharField(_("forge"), max_length=20)
    ref = models.CharField(_("ref"), max_length=300, blank=True)
    before = ExactCharField(_("before"), max_length=64, blank=True)
    after = ExactCharField(_("after"), max_length=64, blank=True)
    signed = models.BooleanField(_("signed"), default=False)

    class Meta:
        indexes = [models.Index(fields=["address", "after"], name="gitsync_delivery_after")]
        verbose_name = _("webhook received")
        verbose_name_plural = _("webhooks received")

    def __str__(self) -> str:
        return f"{self.forge} {self.after[:8]}"


class Push(models.Model):
    """One movement of the branch, as a sync saw it."""

    address = models.ForeignKey(Address, verbose_name=_("address"), on_delete=models.CASCADE, related_name="pushes")
    received_at = models.BigIntegerField(_("received (epoch seconds)"))
    before = ExactCharField(_("before"), max_length=64, blank=True)
    after = ExactCharField(_("after"), max_length=64, blank=True)
    forced = models.BooleanField(_("forced"), default=False)

    class Meta:
        verbose_name = _("push")
        verbose_name_plural = _("pushes")

    def __str__(self) -> str:
        return f"{self.before[:8]}..{self.after[:8]}"


class OutboxEvent(models.Model):
    """An event to tell, written in the transaction that made it true: one row per target, in order per registration."""

    class Target(models.TextChoices):
        LOCAL = "local", _("local")
        REMOTE = "remote", _("remote")

    event_id = models.UUIDField(_("event id"), default=uuid.uuid4)
    target = models.CharField(_("target"), max_length=6, choices=Target.choices)
    registration = models.ForeignKey(
        Registration, verbose_name=_("registration"), null=True, on_delete=models.CASCADE, related_name="events"
    )
    kind = models.CharField(_("kind"), max_length=40)
    body = models.JSONField(_("body"))
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    attempts = models.PositiveIntegerField(_("tries"), default=0)
    next_attempt_at = models.DateTimeField(_("next try"))
    claimed_until = models.DateTimeField(_("held until"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    dead_at = models.DateTimeField(_("given up"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=300, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event_id", "target"], name="gitsync_one_event")]
        indexes = [models.Index(fields=["target", "delivered_at", "dead_at"], name="gitsync_outbox_open")]
        verbose_name = _("event to send")
        verbose_name_plural = _("events to send")

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"


class Request(models.Model):
    """One accepted message, pending until its follow-up (clone, re-match, delete) has ended.

    `pending_key` is the canonical hash while pending and null afterwards: its uniqueness makes identical messages one.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Pending")
        DONE = "done", _("Done")
        FAILED = "failed", _("failed")

    kind = models.CharField(_("kind"), max_length=40)
    canonical_hash = ExactCharField(_("hash of the message"), max_length=64)
    pending_key = ExactCharField(_("key while pending"), max_length=64, null=True, blank=True, unique=True)
    body = models.JSONField(_("body"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.PENDING)
    error = models.CharField(_("error"), max_length=300, blank=True, default="")
    address = models.ForeignKey(
        Address, verbose_name=_("address"), null=True, on_delete=models.SET_NULL, related_name="requests"
    )
    course = models.ForeignKey(
        CourseKey, verbose_name=_("course"), null=True, on_delete=models.SET_NULL, related_name="requests"
    )
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    finished_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "created_at"], name="gitsync_request_open"),
        ]
        verbose_name = _("message received")
        verbose_name_plural = _("messages received")

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk} {self.state}"


class UnknownUrl(models.Model):
    """When a hook last named a URL nobody registered: OnUnknownRepoURL is said at most once an hour for each."""

    url_hash = ExactCharField(_("hash of the address"), max_length=64, unique=True)
    url = ExactTextField(_("address"))
    told_at = models.DateTimeField(_("told"))

    class Meta:
        verbose_name = _("unknown address")
        verbose_name_plural = _("unknown addresses")

    def __str__(self) -> str:
        return self.url
