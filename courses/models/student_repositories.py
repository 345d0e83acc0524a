"""The repositories that students give in a course."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models.course import Enrolment
from kernel.fields import ExactCharField, ExactTextField


class StudentRepository(models.Model):
    """The repository that a student gave for one repository path of the course.

    `state`, `reason`, `since` and `seen_at` come from the Git module's events.
    """

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
        return str(self.url)
