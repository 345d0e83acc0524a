"""The teams of a course, and the repositories that belong to them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models.course import Course
from kernel.fields import ExactCharField, ExactTextField


class Team(models.Model):
    """Students of a course who share repositories. A student is in one team of a course at most (`Enrolment.team`)."""

    course = models.ForeignKey(Course, verbose_name=_("course"), on_delete=models.CASCADE, related_name="teams")
    title = ExactCharField(_("title"), max_length=120)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["course", "title"], name="courses_one_team")]
        verbose_name = _("team")
        verbose_name_plural = _("teams")

    def __str__(self) -> str:
        return self.title


class TeamRepository(models.Model):
    """The repository of a team for one repository path of the course, as the teacher gave or confirmed it.

    Each member has it as their StudentRepository at this path (`domain/team_repositories.py`).
    """

    team = models.ForeignKey(Team, verbose_name=_("team"), on_delete=models.CASCADE, related_name="repositories")
    repo_path = ExactTextField(_("repository at"))
    repo_path_hash = ExactCharField(_("hash of the path"), max_length=64)
    url = ExactTextField(_("address"))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "repo_path_hash"], name="courses_one_team_repository")]
        verbose_name = _("repository of a team")
        verbose_name_plural = _("repositories of teams")

    def __str__(self) -> str:
        return str(self.url)
