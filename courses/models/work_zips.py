"""The ZIP of everybody's files for one exercise: who asked, how far it is, until when it can be downloaded."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from courses.models.tasks import Task


class WorkZip(models.Model):
    """A ZIP with the files of the students of a class, made by a worker. A person has one for each task and choice.

    `students` has the keys of the enrolments whose files it is for. Whoever does not see all of them may not read it.
    `build` names the file in WORK_ZIPS, and changes with each attempt: a worker whose build is another one by now has
    lost the row. `folders` and `folders_done` say how far it is. `files`, `left_out`, `without_work` and `size` (bytes
    of the ZIP) are those of a ZIP that is ready.
    """

    class Choice(models.TextChoices):
        DEADLINE = "deadline", _("At the deadline of each student")
        LATEST = "latest", _("The latest commits")

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("a ZIP", "Waiting")
        MAKING = "making", pgettext_lazy("a ZIP", "Being made")
        READY = "ready", pgettext_lazy("a ZIP", "Ready")
        FAILED = "failed", pgettext_lazy("a ZIP", "Failed")
        CANCELLED = "cancelled", pgettext_lazy("a ZIP", "Cancelled")
        EXPIRED = "expired", pgettext_lazy("a ZIP", "Expired")

    class Failure(models.TextChoices):
        DISK_FULL = "disk_full", _("The disk of the server is full. Tell the administrator, and ask again later.")
        ENDED = "ended", _("The worker ended several times. Ask again later, or for the files of fewer students.")

    OPEN = (State.WAITING, State.MAKING)

    task = models.ForeignKey(Task, verbose_name=_("task"), on_delete=models.CASCADE, related_name="work_zips")
    asked_by = models.ForeignKey(User, verbose_name=_("person"), on_delete=models.CASCADE, related_name="+")
    choice = models.CharField(_("commits"), max_length=10, choices=Choice.choices)
    students = models.JSONField(_("students"), default=list)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING, db_index=True)
    failure = models.CharField(_("failure"), max_length=10, choices=Failure.choices, blank=True, default="")
    build = models.CharField(_("build"), max_length=32, default="")
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    folders = models.PositiveIntegerField(_("folders"), default=0)
    folders_done = models.PositiveIntegerField(_("folders done"), default=0)
    files = models.PositiveIntegerField(_("files"), default=0)
    left_out = models.PositiveIntegerField(_("files left out"), default=0)
    without_work = models.PositiveIntegerField(_("without work"), default=0)
    size = models.PositiveBigIntegerField(_("bytes"), default=0)
    asked_at = models.DateTimeField(_("asked"))
    touched_at = models.DateTimeField(_("last change"))
    ready_at = models.DateTimeField(_("ready"), null=True)
    expires_at = models.DateTimeField(_("expires"), null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "asked_by", "choice"], name="courses_one_work_zip")]
        verbose_name = _("ZIP of a class")
        verbose_name_plural = _("ZIPs of classes")

    def __str__(self) -> str:
        return f"{self.task} ({self.get_state_display()})"

    @property
    def is_open(self) -> bool:
        """Whether it waits or is being made."""
        return self.state in self.OPEN

    @property
    def percent(self) -> int:
        return 100 * self.folders_done // max(self.folders, 1)

    @property
    def topic(self) -> str:
        """The topic of change notifications about it: that of the person who asked."""
        return f"person:{self.asked_by_id}"
