"""Commits that a teacher handed out, by the last one or by a repository. They complete nothing and have no effort."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from gitsync.models.registrations import CourseKey
from gitsync.models.repositories import Repository
from kernel.fields import ExactCharField, ExactTextField


class StarterCommit(models.Model):
    """The last commit that was handed out, for one exercise, or for a whole course (`exercise_path` "").

    `read_at` is when it was first found in a repository of the course. From then on it has HandedOut rows.
    """

    course = models.ForeignKey(CourseKey, verbose_name=_("course"), on_delete=models.CASCADE, related_name="starters")
    exercise_path = ExactTextField(_("exercise"), blank=True, default="")
    exercise_path_hash = ExactCharField(max_length=64)
    sha = ExactCharField(_("sha"), max_length=64)
    read_at = models.DateTimeField(_("read"), null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["course", "exercise_path_hash"], name="gitsync_one_starter")]
        verbose_name = _("starter commit")
        verbose_name_plural = _("starter commits")

    def __str__(self) -> str:
        return f"{self.sha[:8]} for {self.exercise_path or '/'}"


class HandedOut(models.Model):
    """A commit that is reachable from a starter commit."""

    starter = models.ForeignKey(StarterCommit, on_delete=models.CASCADE, related_name="commits")
    sha = ExactCharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["starter", "sha"], name="gitsync_one_handed_out")]

    def __str__(self) -> str:
        return self.sha


class StarterRepository(models.Model):
    """A repository that was handed out, for one exercise, or for a whole course (`exercise_path` "").

    Each commit that was ever read from it was handed out. `repo_url` is the address as the teacher gave it. The
    repository is synchronized like that of a student. Nobody is shown its commits.
    """

    course = models.ForeignKey(
        CourseKey, verbose_name=_("course"), on_delete=models.CASCADE, related_name="starter_repositories"
    )
    exercise_path = ExactTextField(_("exercise"), blank=True, default="")
    exercise_path_hash = ExactCharField(max_length=64)
    repo_url = ExactTextField(_("repository URL"))
    repository = models.ForeignKey(
        Repository, verbose_name=_("repository"), on_delete=models.CASCADE, related_name="starters"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["course", "exercise_path_hash"], name="gitsync_one_starter_repository")
        ]
        verbose_name = _("starter repository")
        verbose_name_plural = _("starter repositories")

    def __str__(self) -> str:
        return f"{self.repo_url} for {self.exercise_path or '/'}"
