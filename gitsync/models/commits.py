"""Pushes, commits and files; and the matches and completions derived from them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from gitsync.models.registrations import Registration
from gitsync.models.repositories import Repository
from kernel.fields import ExactCharField, ExactTextField


def effort(insertions: int, deletions: int, binary: bool) -> int:
    """Return the effort of one changed file: lines added and removed, 0 when binary."""
    return 0 if binary else insertions + deletions


class Push(models.Model):
    """One change of the branch's last commit, as a sync saw it.

    `received_at` is in epoch seconds.
    """

    repository = models.ForeignKey(
        Repository,
        verbose_name=_("repository"),
        on_delete=models.CASCADE,
        related_name="pushes",
        db_column="address_id",
    )
    received_at = models.BigIntegerField(_("received (epoch seconds)"))
    before = ExactCharField(_("before"), max_length=64, blank=True)
    after = ExactCharField(_("after"), max_length=64, blank=True)
    forced = models.BooleanField(_("forced"), default=False)

    class Meta:
        verbose_name = _("push")
        verbose_name_plural = _("pushes")

    def __str__(self) -> str:
        return f"{self.before[:8]}..{self.after[:8]}"


class Commit(models.Model):
    """A commit seen on a branch of a repository. Parents have smaller keys than children.

    `late_time` is the lateness time of docs/wire.md: min(max(committer_time, seen_after), seen_by). `reachable` says
    whether the branch (the remote's HEAD) contains the commit now; a forced push never removes a row. `broken` says
    that the commit or its tree could not be read completely. `remarks` are the codes of other parts that could not be
    read (gitsync/git/remarks.py), separated by commas. Times are epoch seconds. The times are those of this repository:
    for a student who had another repository before, matches and completions have times of their own. `reverts` is the
    sha of the commit whose whole effect this commit reverts, "" when there is none.
    """

    repository = models.ForeignKey(
        Repository,
        verbose_name=_("repository"),
        on_delete=models.CASCADE,
        related_name="commits",
        db_column="address_id",
    )
    sha = ExactCharField(_("sha"), max_length=64)
    author_name = models.CharField(_("author"), max_length=200, blank=True)
    author_email = models.CharField(_("author’s e-mail"), max_length=200, blank=True)
    author_time = models.BigIntegerField(_("author time (epoch seconds)"))
    committer_time = models.BigIntegerField(_("committer time (epoch seconds)"))
    seen_after = models.BigIntegerField(_("seen after (epoch seconds)"), null=True)
    seen_by = models.BigIntegerField(_("seen by (epoch seconds)"))
    unconfirmed_receipt = models.BigIntegerField(_("unconfirmed receipt of a hook (epoch seconds)"), null=True)
    late_time = models.BigIntegerField(_("lateness time (epoch seconds)"))
    message = ExactTextField(_("message"), blank=True)
    parents_count = models.PositiveSmallIntegerField(_("parents"), default=0)
    reachable = models.BooleanField(_("on the branch"), default=True)
    broken = models.BooleanField(_("damaged"), default=False)
    remarks = models.CharField(_("not read"), max_length=100, blank=True, default="", db_default="")
    reverts = ExactCharField(_("reverts"), max_length=64, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repository", "sha"], name="gitsync_one_commit")]
        indexes = [models.Index(fields=["repository", "author_time", "sha"], name="gitsync_commit_time")]
        verbose_name = _("commit")
        verbose_name_plural = _("commits")

    def __str__(self) -> str:
        return self.sha


class FileChange(models.Model):
    """One file of a commit, compared with the first parent.

    `path` has no leading slash and shows bytes outside UTF-8 as `\\xNN`. `path_hash` is the hash of the raw bytes, so
    two paths that look the same here stay two.
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
    """Derived: the exercise that a file belongs to, for one registration.

    `exercise_path` is "/" when there is no exercise, when several fit equally well (ambiguous), or when the teacher
    handed the commit out (starter).

    `late_time` is the commit's lateness time for this student, which never changes. So the index alone answers who
    worked on an exercise before and after a deadline, without reading commits.
    """

    class Reason(models.TextChoices):
        EXACT = "exact"
        FUZZY = "fuzzy"
        AMBIGUOUS = "ambiguous"
        NONE = "none"
        CORRECTED = "corrected"
        STARTER = "starter"

    MATCHED = (Reason.EXACT, Reason.FUZZY, Reason.CORRECTED)

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
    """Derived: the message of this commit completes this exercise for one registration.

    The times are those that count for this student (`rules.lateness.CommitTimes`), in epoch seconds: an earlier
    repository of theirs may have had the commit, or have lacked it.
    """

    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="completions")
    commit = models.ForeignKey(Commit, on_delete=models.CASCADE, related_name="completions")
    exercise_path = ExactTextField()
    exercise_path_hash = ExactCharField(max_length=64)
    late_time = models.BigIntegerField()
    claimed_time = models.BigIntegerField()
    seen_by = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["registration", "commit", "exercise_path_hash"], name="gitsync_one_completion"
            )
        ]

    def __str__(self) -> str:
        return f"{self.commit_id} completes {self.exercise_path}"
