"""The work and the progress of students, derived from events and answers; `replay.rebuild` makes these rows again."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from courses.models.course import Enrolment
from courses.models.tasks import Task
from kernel.fields import ExactCharField, ExactTextField


class Activity(models.Model):
    """Derived: the work of one commit on one exercise, from an OnNewCommits event.

    `exercise_path` is "/" when the commit belongs to no exercise. `at` is epoch seconds: the commit's lateness time
    when the Git module sends it, else its author time, and never later than the receipt of the event.
    `outside_folder`: the commit completes the exercise by its message, and changes only files of other folders.
    `reverts` is the id of the commit whose whole effect this one reverts, "" when there is none. `remarks` are codes
    for parts of the commit that could not be read, separated by commas.
    """

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="activities")
    repo_path_hash = ExactCharField(max_length=64)
    commit_id = ExactCharField(max_length=64)
    exercise_path = ExactTextField()
    exercise_path_hash = ExactCharField(max_length=64)
    at = models.BigIntegerField()
    effort = models.PositiveIntegerField(default=0)
    completes = models.BooleanField(default=False)
    outside_folder = models.BooleanField(default=False)
    reverts = ExactCharField(max_length=64, blank=True, default="")
    subject = models.CharField(max_length=200, blank=True)
    remarks = models.CharField(max_length=100, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "repo_path_hash", "commit_id", "exercise_path_hash"], name="courses_one_activity"
            )
        ]
        indexes = [
            models.Index(fields=["enrolment", "at"], name="courses_activity_at"),
            models.Index(fields=["enrolment", "exercise_path_hash"], name="courses_activity_task"),
        ]

    def __str__(self) -> str:
        return f"{self.commit_id[:8]} on {self.exercise_path}"


class Progress(models.Model):
    """Derived: how far a student is with a task.

    Late and overdue are not stored: they depend on the deadline and on the current time. `completed_time` and
    `last_activity` are epoch seconds. `completed_time` is the earliest lateness time of a commit that completes the
    task; it is kept when the task is no longer done. `proven_time` is when such a commit was first seen, where that is
    later: for a deadline between the two, only the commit's own date says that it was on time. None means proven.

    The state is `removed` when a rewrite of the repository's history removed the completion, until it is done again or
    a teacher counts it (CountedCompletion); `since` is then when that was seen.
    """

    class State(models.TextChoices):
        TODO = "todo", _("To do")
        STARTED = "started", _("Started")
        DONE = "done", _("Done")
        REMOVED = "removed", _("Was done, removed by a rewrite")

    enrolment = models.ForeignKey(
        Enrolment, verbose_name=_("student"), on_delete=models.CASCADE, related_name="progress"
    )
    task = models.ForeignKey(Task, verbose_name=_("task"), on_delete=models.CASCADE, related_name="progress")
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.TODO)
    since = models.DateTimeField(_("since"))
    completed_time = models.BigIntegerField(_("done at (epoch seconds)"), null=True, blank=True)
    proven_time = models.BigIntegerField(_("first seen at (epoch seconds)"), null=True, blank=True)
    effort = models.PositiveBigIntegerField(_("effort"), default=0)
    last_activity = models.BigIntegerField(_("last push (epoch seconds)"), null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["enrolment", "task"], name="courses_one_progress")]
        # A covering index: the matrix reads the statuses of a class from it without reading the rows.
        indexes = [
            models.Index(
                fields=["enrolment", "task", "state", "completed_time", "proven_time"], name="courses_progress_times"
            )
        ]
        verbose_name = _("progress of a task")
        verbose_name_plural = _("progress")

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.task_id} {self.state}"


class CountedCompletion(models.Model):
    """A teacher's decision to count a completion that a rewrite of the repository's history removed.

    People write these rows; a rebuild of the progress keeps their effect. The times are those of the Progress.
    """

    enrolment = models.ForeignKey(
        Enrolment, verbose_name=_("student"), on_delete=models.CASCADE, related_name="counted_completions"
    )
    task = models.ForeignKey(Task, verbose_name=_("task"), on_delete=models.CASCADE, related_name="counted_completions")
    completed_time = models.BigIntegerField(_("done at (epoch seconds)"))
    proven_time = models.BigIntegerField(_("first seen at (epoch seconds)"), null=True, blank=True)
    removed_at = models.DateTimeField(_("removed"))
    counted_by = models.ForeignKey(
        User, verbose_name=_("counted by"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["enrolment", "task"], name="courses_one_counted")]
        verbose_name = _("counted completion")
        verbose_name_plural = _("counted completions")

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.task_id}"
