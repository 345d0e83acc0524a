"""What students gave, and what was derived from it and from the events."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courses.models.course import Enrolment
from courses.models.tasks import Task
from kernel.fields import ExactCharField, ExactTextField


class StudentRepository(models.Model):
    """The repository a student gave for one place of the course. State, reason and since come from events."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Clone in progress")
        CLONED = "cloned", _("Up to date")
        FAILING = "failing", _("Repository failing")

    enrolment = models.ForeignKey(
        Enrolment, verbose_name=_("student"), on_delete=models.CASCADE, related_name="student_repositories"
    )
    repo_path = ExactTextField(_("repository at"))
    repo_path_hash = ExactCharField(_("hash of the path"), max_length=64)
    url = ExactTextField(_("address"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    since = models.DateTimeField(_("since"))
    seen_at = models.DateTimeField(_("last read"), null=True, blank=True)

    class Meta:
        db_table = "courses_repositoryclaim"
        constraints = [models.UniqueConstraint(fields=["enrolment", "repo_path_hash"], name="courses_one_claim")]
        verbose_name = _("repository")
        verbose_name_plural = _("repositories")

    def __str__(self) -> str:
        return self.url


class AnswerQuerySet(models.QuerySet["Answer"]):
    def that_count(self) -> "AnswerQuerySet":
        """Those that are what their task asks for now."""
        text = Q(task__asks_for=Task.Asks.TEXT) & ~Q(text="")
        return self.filter(text | Q(task__asks_for=Task.Asks.TICK, text=""))


class Answer(models.Model):
    """A student's own text for a task, or their tick (no text): the first time counts for the deadline.

    It stays when the task asks for another thing, and counts only while it is what is asked.
    """

    enrolment = models.ForeignKey(
        Enrolment, verbose_name=_("student"), on_delete=models.CASCADE, related_name="answers"
    )
    task = models.ForeignKey(Task, verbose_name=_("task"), on_delete=models.CASCADE, related_name="answers")
    text = models.TextField(_("text"), blank=True, default="")
    given_at = models.DateTimeField(_("given"))
    changed_at = models.DateTimeField(_("changed"), null=True, blank=True)

    objects = AnswerQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["enrolment", "task"], name="courses_one_answer")]
        verbose_name = _("answer")
        verbose_name_plural = _("answers")

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.task_id}"

    @property
    def is_long(self) -> bool:
        """Whether a list shows it folded."""
        return len(self.text) > 300 or self.text.count("\n") > 5

    def counts_for(self, task: Task) -> bool:
        return task.is_answered and bool(self.text) == (task.asks_for == Task.Asks.TEXT)


class Activity(models.Model):
    """Derived: one commit's work on one exercise ("/" when on none), as OnNewCommits told it.

    `at` is the commit's lateness time where the Git module tells it, else its author time, never after the receipt.
    """

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="activities")
    repo_path_hash = ExactCharField(max_length=64)
    commit_id = ExactCharField(max_length=64)
    exercise_path = ExactTextField()
    exercise_path_hash = ExactCharField(max_length=64)
    at = models.BigIntegerField()
    effort = models.PositiveIntegerField(default=0)
    completes = models.BooleanField(default=False)
    subject = models.CharField(max_length=200, blank=True)

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
    """Derived: how far a student is with a task. Late or overdue is not stored: it depends on the deadline and on now.

    `completed_time` is the earliest lateness time of a completing commit, kept when the task is undone.
    """

    class State(models.TextChoices):
        TODO = "todo", _("To do")
        STARTED = "started", _("Started")
        DONE = "done", _("Done")

    enrolment = models.ForeignKey(
        Enrolment, verbose_name=_("student"), on_delete=models.CASCADE, related_name="progress"
    )
    task = models.ForeignKey(Task, verbose_name=_("task"), on_delete=models.CASCADE, related_name="progress")
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.TODO)
    since = models.DateTimeField(_("since"))
    completed_time = models.BigIntegerField(_("done at (epoch seconds)"), null=True, blank=True)
    effort = models.PositiveBigIntegerField(_("effort"), default=0)
    last_activity = models.BigIntegerField(_("last push (epoch seconds)"), null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["enrolment", "task"], name="courses_one_progress")]
        # Holds all that the states of a class come from: the matrix reads them without touching a row.
        indexes = [
            models.Index(fields=["enrolment", "task", "state", "completed_time"], name="courses_progress_states")
        ]
        verbose_name = _("progress of a task")
        verbose_name_plural = _("progress")

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.task_id} {self.state}"
