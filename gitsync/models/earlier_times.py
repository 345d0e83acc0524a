"""When commits were seen in repositories that a student no longer has registered.

These rows stay when the registration is deleted or gets another URL, until the course or the student is erased. So
another address for the same commits gives no new times.
"""

from django.db import models

from gitsync.models.registrations import CourseKey, StudentKey
from kernel.fields import ExactCharField


class EarlierTime(models.Model):
    """When a student's commit was seen in a repository that they no longer have. Times are epoch seconds."""

    course = models.ForeignKey(CourseKey, on_delete=models.CASCADE, related_name="earlier_times")
    student = models.ForeignKey(StudentKey, on_delete=models.CASCADE, related_name="earlier_times")
    sha = ExactCharField(max_length=64)
    committer_time = models.BigIntegerField()
    seen_after = models.BigIntegerField(null=True)
    seen_by = models.BigIntegerField()
    unconfirmed_receipt = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["course", "student", "sha"], name="gitsync_one_earlier_time")]

    def __str__(self) -> str:
        return self.sha


class FormerRepository(models.Model):
    """The last successful read (epoch seconds) of a repository that a student had at a path and no longer has.

    A commit that it lacked was not there before that read.
    """

    course = models.ForeignKey(CourseKey, on_delete=models.CASCADE, related_name="former_repositories")
    student = models.ForeignKey(StudentKey, on_delete=models.CASCADE, related_name="former_repositories")
    repo_path_hash = ExactCharField(max_length=64)
    read_at = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["course", "student", "repo_path_hash"], name="gitsync_one_former")
        ]

    def __str__(self) -> str:
        return f"{self.student_id}@{self.course_id} until {self.read_at}"
