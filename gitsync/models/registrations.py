"""Courses and students of the wire, registered repositories, and watched exercises."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from gitsync.models.repositories import Repository
from kernel.fields import ExactCharField, ExactTextField


class CourseKey(models.Model):
    """A course of the wire, named by (teacherId, semesterId, courseId)."""

    teacher_id = ExactCharField(max_length=255)
    semester_id = ExactCharField(max_length=255)
    course_id = ExactCharField(max_length=255)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["teacher_id", "semester_id", "course_id"], name="gitsync_one_course")
        ]

    def __str__(self) -> str:
        return f"{self.teacher_id}/{self.semester_id}/{self.course_id}"


class StudentKey(models.Model):
    """A student of the wire, named by studentId."""

    student_id = ExactCharField(max_length=255, unique=True)

    def __str__(self) -> str:
        return self.student_id


class RegistrationQuerySet(models.QuerySet["Registration"]):
    def shown(self) -> "RegistrationQuerySet":
        """Leave out the hidden registrations (`Registration.hidden`)."""
        return self.filter(models.Q(confirmed=True, permitted=True) | models.Q(repository__public=True))

    def waiting(self) -> "RegistrationQuerySet":
        """Keep the registrations that wait for the teacher's confirmation (`Registration.waits`)."""
        return self.filter(confirmed=False, permitted=True, repository__public=False)


class Registration(models.Model):
    """A student's repository at one path of a course.

    (course, student, path) is the key; the group and the URL may change. `repo_url` is the URL as the student wrote
    it. `announced` and `announced_head` hold what the dashboards know from events. `registered_again` says that a
    repository was registered at this place before and was replaced or removed. `former_read_at` is when the last
    successful read of that repository began (epoch seconds). `has_earlier_times` says that there are EarlierTime rows
    of this student in the course. `confirmed` is False while only the student says that the repository is theirs.
    `permitted` is False while a private repository is read with permissions that do not serve the course.
    """

    class Announced(models.TextChoices):
        NOTHING = "nothing", _("nothing")
        CLONED = "cloned", _("cloned")
        FAILED = "failed", _("failed")

    course = models.ForeignKey(
        CourseKey, verbose_name=_("course"), on_delete=models.CASCADE, related_name="registrations"
    )
    student = models.ForeignKey(
        StudentKey, verbose_name=_("student"), on_delete=models.CASCADE, related_name="registrations"
    )
    repo_path = ExactTextField(_("repository at"))
    repo_path_hash = ExactCharField(_("hash of the path"), max_length=64)
    group_id = ExactCharField(_("group id"), max_length=255, blank=True, default="")
    repo_url = ExactTextField(_("address of the repository"))
    repository = models.ForeignKey(
        Repository,
        verbose_name=_("canonical address"),
        on_delete=models.CASCADE,
        related_name="registrations",
        db_column="address_id",
    )
    announced = models.CharField(_("announced"), max_length=8, choices=Announced.choices, default=Announced.NOTHING)
    pull_failed = models.BooleanField(_("pull failed"), default=False)
    announced_head = ExactCharField(_("last commit announced"), max_length=64, blank=True, default="")
    registered_again = models.BooleanField(_("registered again"), default=False, db_column="again")
    former_read_at = models.BigIntegerField(_("earlier repository read (epoch seconds)"), null=True, blank=True)
    has_earlier_times = models.BooleanField(default=False, editable=False)
    confirmed = models.BooleanField(_("confirmed"), default=True)
    permitted = models.BooleanField(_("read for this course"), default=True, db_default=True)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["course", "student", "repo_path_hash"], name="gitsync_one_registration")
        ]
        verbose_name = _("registration")
        verbose_name_plural = _("registrations")

    def __str__(self) -> str:
        return f"{self.student_id}@{self.course_id}{self.repo_path}"

    @property
    def hidden(self) -> bool:
        """Whether nothing of the repository may be shown for this registration yet.

        The teacher has to confirm a repository that the public cannot read, and a permission of the course has to read
        it. Otherwise anybody could read its commits by naming its URL.
        """
        return not (self.repository.public or (self.confirmed and self.permitted))

    @property
    def waits(self) -> bool:
        """Whether it is hidden until the teacher confirms it.

        One that no permission of its course reads does not wait: whoever names it learns no more than of a repository
        that nobody here can read.
        """
        return self.permitted and not (self.confirmed or self.repository.public)


class WatchedExercise(models.Model):
    """An exercise to match files and commit messages against. Group "" is the whole course."""

    course = models.ForeignKey(CourseKey, verbose_name=_("course"), on_delete=models.CASCADE, related_name="exercises")
    group_id = ExactCharField(_("group id"), max_length=255, blank=True, default="")
    exercise_path = ExactTextField(_("exercise"))
    exercise_path_hash = ExactCharField(_("hash of the path"), max_length=64)
    repo_path = ExactTextField(_("repository at"), default="/")
    source_folder_path = ExactTextField(_("source folder"), default="/")
    completion_keywords = models.CharField(_("completion keywords"), max_length=1000, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["course", "group_id", "exercise_path_hash"], name="gitsync_one_exercise")
        ]
        verbose_name = _("watched exercise")
        verbose_name_plural = _("watched exercises")

    def __str__(self) -> str:
        return self.exercise_path


class ExpectedRepository(models.Model):
    """A path of a course at which every student is expected to register a repository."""

    course = models.ForeignKey(
        CourseKey, verbose_name=_("course"), on_delete=models.CASCADE, related_name="expected_repositories"
    )
    repo_path = ExactTextField(_("repository at"))
    repo_path_hash = ExactCharField(_("hash of the path"), max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["course", "repo_path_hash"], name="gitsync_one_expected")]
        verbose_name = _("expected repository")
        verbose_name_plural = _("expected repositories")

    def __str__(self) -> str:
        return self.repo_path
