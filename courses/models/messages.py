"""Events received from the Git module, and messages to a Git module elsewhere."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models.course import Course
from kernel.fields import ExactCharField


class ReceivedEvent(models.Model):
    """An event as the Git module sent it, once per event id. `problem` says why the event has no effect."""

    class Problem(models.TextChoices):
        UNKNOWN_COURSE = "unknown_course", _("No such course")
        UNKNOWN_STUDENT = "unknown_student", _("No such student in the course")
        UNKNOWN_TASK = "unknown_task", _("No such task in the course")
        UNKNOWN_URL = "unknown_url", _("Nobody gave this repository")
        OTHER_URL = "other_url", _("About a repository that was replaced")

    event_id = models.UUIDField(_("event id"), unique=True)
    kind = models.CharField(_("kind"), max_length=40)
    body = models.JSONField(_("body"))
    received_at = models.DateTimeField(_("received"), db_index=True)
    student_id = ExactCharField(_("student id"), max_length=255, blank=True, default="")
    course = models.ForeignKey(
        Course, verbose_name=_("course"), null=True, on_delete=models.CASCADE, related_name="events"
    )
    problem = models.CharField(
        _("problem"), max_length=20, choices=Problem.choices, blank=True, default="", db_index=True
    )

    class Meta:
        indexes = [models.Index(fields=["course", "student_id"], name="courses_event_student")]
        verbose_name = _("event received")
        verbose_name_plural = _("events received")

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"


class OutgoingMessage(models.Model):
    """A message of the contract to a Git module elsewhere (GIT_MODULE_URL).

    The messages of one course are sent in the order of their rows.
    """

    course_key = ExactCharField(_("course"), max_length=800)
    course_key_hash = ExactCharField(_("hash of the course"), max_length=64, db_index=True)
    kind = models.CharField(_("kind"), max_length=40)
    body = models.JSONField(_("body"))
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    attempts = models.PositiveIntegerField(_("tries"), default=0)
    next_attempt_at = models.DateTimeField(_("next try"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    dead_at = models.DateTimeField(_("given up"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=300, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["sent_at", "dead_at", "next_attempt_at"], name="courses_outgoing_due")]
        verbose_name = _("message to the Git module")
        verbose_name_plural = _("messages to the Git module")

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"
