"""The tasks of a course and their deadlines. People write all of these rows."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from courses.models.course import Course, Enrolment, Group
from kernel.fields import ExactCharField, ExactTextField


class TaskQuerySet(models.QuerySet["Task"]):
    def without_statements(self) -> "TaskQuerySet":
        """Leave the statements unread, as each may be long; `has_statement` says which tasks have one."""
        return self.defer("statement").annotate(
            has_statement=models.Case(models.When(statement="", then=False), default=True)
        )

    def done_by_commits(self) -> "TaskQuerySet":
        """Keep the tasks whose progress comes from commits; texts and ticks come from the student's answer."""
        return self.exclude(asks_for__in=Task.ANSWER_KINDS)


class Task(models.Model):
    """A node of the course's tree of tasks. Its path is the wire's exercisePath, from the root of the course.

    `starter_commit` is the sha of the last commit that was handed out for an exercise, `starter_url` the address of a
    repository that was; both are "" when there is none.
    """

    class Asks(models.TextChoices):
        NOTHING = "nothing", _("Nothing (a chapter)")
        REPOSITORY = "repository", _("A repository")
        EXERCISE = "exercise", _("A Git exercise")
        TEXT = "text", _("A short text")
        TICK = "tick", _("A tick")

    ANSWER_KINDS = (Asks.TEXT, Asks.TICK)

    course = models.ForeignKey(Course, verbose_name=_("course"), on_delete=models.CASCADE, related_name="tasks")
    path = ExactTextField(_("path"))
    path_hash = ExactCharField(_("hash of the path"), max_length=64, editable=False)
    title = models.CharField(_("title"), max_length=200)
    statement = models.TextField(_("statement"), blank=True)
    position = models.PositiveIntegerField(_("order"), default=0)
    asks_for = models.CharField(_("asks for"), max_length=10, choices=Asks.choices, default=Asks.EXERCISE)
    repo_path = ExactTextField(_("repository at"), default="/", blank=True)
    source_folder_path = ExactTextField(_("source folder"), default="", blank=True)
    completion_keywords = models.CharField(_("completion keywords"), max_length=1000, default="", blank=True)
    starter_commit = ExactCharField(_("starter commit"), max_length=64, default="", blank=True)
    starter_url = ExactTextField(_("starter repository"), blank=True, default="")
    deadline = models.DateTimeField(_("deadline"), null=True, blank=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["course", "path_hash"], name="courses_one_task")]
        verbose_name = _("task")
        verbose_name_plural = _("tasks")

    def __str__(self) -> str:
        return self.title

    @property
    def is_exercise(self) -> bool:
        return self.asks_for == self.Asks.EXERCISE

    @property
    def is_answered(self) -> bool:
        """Return whether the student answers the task themselves, with a text or a tick."""
        return self.asks_for in self.ANSWER_KINDS


class GroupDeadline(models.Model):
    """The deadline of a task for one group, in place of the task's own."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="group_deadlines")
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="deadlines")
    deadline = models.DateTimeField(_("deadline"))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "group"], name="courses_one_group_deadline")]

    def __str__(self) -> str:
        return f"{self.task} for {self.group}"


class Extension(models.Model):
    """A later deadline of a task for one student, with the reason."""

    task = models.ForeignKey(Task, verbose_name=_("task"), on_delete=models.CASCADE, related_name="extensions")
    enrolment = models.ForeignKey(
        Enrolment, verbose_name=_("student"), on_delete=models.CASCADE, related_name="extensions"
    )
    deadline = models.DateTimeField(_("new deadline"))
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    granted_by = models.ForeignKey(
        User, verbose_name=_("granted by"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "enrolment"], name="courses_one_extension")]
        verbose_name = _("extension")
        verbose_name_plural = _("extensions")

    def __str__(self) -> str:
        return f"{self.task} for {self.enrolment}"
