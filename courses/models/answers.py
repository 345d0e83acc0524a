"""The answers that students give themselves: texts and ticks."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courses.models.course import Enrolment
from courses.models.tasks import Task


class AnswerQuerySet(models.QuerySet["Answer"]):
    def matching_task(self) -> "AnswerQuerySet":
        """Keep the answers of the kind that their task asks for now; only these count."""
        text = Q(task__asks_for=Task.Asks.TEXT) & ~Q(text="")
        return self.filter(text | Q(task__asks_for=Task.Asks.TICK, text=""))


class Answer(models.Model):
    """A student's own text for a task, or their tick (an empty text).

    `given_at` counts for the deadline; a later change sets `changed_at` only. The row stays when the task asks for
    something else, but the answer counts only while it is of the kind that the task asks for.
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
        """Return whether a list shows the text folded."""
        return len(self.text) > 300 or self.text.count("\n") > 5

    def matches(self, task: Task) -> bool:
        """Return whether the answer is of the kind that the task asks for."""
        return task.is_answered and bool(self.text) == (task.asks_for == Task.Asks.TEXT)
