"""What only the rows of this Git module know, for those who judge: when it looked, and where history was rewritten."""

from dataclasses import dataclass
from datetime import datetime

from gitsync.models import Completion, Push, Registration
from gitsync.rules.lateness import is_unproven
from gitsync.values import CourseIds
from kernel.database.text_hash import text_hash

LOOK = ("commit__committer_time", "commit__seen_after", "commit__seen_by")  # of a Completion: what makes a Look


@dataclass(frozen=True, slots=True)
class Look:
    """The first completing commit of a student for an exercise: its date, and the looks without and with it."""

    committer_time: int
    seen_after: int | None
    seen_by: int

    def is_unproven(self, deadline: int) -> bool:
        """On time by the commit's own date alone."""
        return is_unproven(self.committer_time, self.seen_after, self.seen_by, deadline)


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A branch of the repository at `repo_path` lost commits (a force push); epoch seconds of when it was seen."""

    repo_path: str
    at: int


@dataclass(frozen=True, slots=True)
class Giving:
    """How a repository was given: `again_at` when, where another or the same was removed there before; `sharers` who
    else of the course gave the same, sorted.
    """

    again_at: datetime | None
    sharers: list[str]


def first_looks(course: CourseIds, exercise_path: str) -> dict[str, Look]:
    """By student id, in one query."""
    rows = Completion.objects.filter(
        exercise_path_hash=text_hash(exercise_path),
        registration__course__teacher_id=course.teacher_id,
        registration__course__semester_id=course.semester_id,
        registration__course__course_id=course.course_id,
    ).order_by("commit__late_time", "commit_id")
    found: dict[str, Look] = {}
    for student, *look in rows.values_list("registration__student__student_id", *LOOK):
        found.setdefault(student, Look(*look))
    return found


def rewrites(course: CourseIds, student_id: str, limit: int = 50) -> list[Rewrite]:
    """The latest rewrites in the student's repositories of this course, in two queries; a repository counts from the
    moment it was given."""
    given = Registration.objects.filter(
        student__student_id=student_id,
        course__teacher_id=course.teacher_id,
        course__semester_id=course.semester_id,
        course__course_id=course.course_id,
    )
    places = {
        repository: (path, int(made.timestamp()))
        for repository, path, made in given.values_list("repository_id", "repo_path", "created_at")
    }
    forced = Push.objects.filter(repository__in=places, forced=True).order_by("-received_at", "-pk")[:limit]
    return [
        Rewrite(places[repository][0], at)
        for repository, at in forced.values_list("repository_id", "received_at")
        if at >= places[repository][1]
    ]


def givings(course: CourseIds, student_id: str) -> dict[str, Giving]:
    """Of each repository that this student gave in the course, in two queries."""
    class_ = Registration.objects.filter(
        course__teacher_id=course.teacher_id, course__semester_id=course.semester_id, course__course_id=course.course_id
    )
    mine = class_.filter(student__student_id=student_id)
    found, places = {}, {}
    for repository, path, again, made in mine.values_list("repository_id", "repo_path", "again", "created_at"):
        found[path], places[repository] = Giving(made if again else None, []), path
    others = class_.filter(repository__in=places).exclude(student__student_id=student_id)
    for repository, other in sorted(set(others.values_list("repository_id", "student__student_id"))):
        found[places[repository]].sharers.append(other)
    return found
