"""The messages and requests of the Git wire, as values.

A group that was not sent is "" and means the whole course.
"""

from dataclasses import dataclass
from typing import Any

NO_DATE = -1
EVERY_COURSE = "*"


@dataclass(frozen=True, slots=True)
class CourseIds:
    """The wire's key of a course. In a request for commits `course_id` may be "*".

    An id is "" only where the reader's docstring says so: the original did not send it.
    """

    teacher_id: str
    semester_id: str
    course_id: str

    def lookups(self, path: str = "") -> dict[str, Any]:
        """Return the arguments that filter the rows of this course.

        `path` leads from a row to its CourseKey: `Registration.objects.filter(**ids.lookups("course"))`.
        """
        prefix = f"{path}__" if path else ""
        return {
            f"{prefix}teacher_id": self.teacher_id,
            f"{prefix}semester_id": self.semester_id,
            f"{prefix}course_id": self.course_id,
        }


@dataclass(frozen=True, slots=True)
class ExerciseMessage:
    """RegisterExercise, ModifyExercise or DeleteExercise.

    None means that the message leaves the value out. `old` holds the repository path, source folder and keywords
    that the sender believes are stored.
    """

    course: CourseIds
    group_id: str | None
    exercise_path: str
    repo_path: str | None = None
    source_folder_path: str | None = None
    completion_keywords: str | None = None
    old: tuple[str | None, str | None, str | None] = (None, None, None)


@dataclass(frozen=True, slots=True)
class RepositoryMessage:
    """RegisterGitRepo or DeleteGitRepo."""

    course: CourseIds
    group_id: str
    student_id: str
    repo_path: str
    repo_url: str


@dataclass(frozen=True, slots=True)
class CommitsRequest:
    """GetCommitsForRepo or GetCommitsForExercise.

    `path_key` is "repoPath" or "exercisePath": it says what `path` names, and the answer repeats it. Dates are epoch
    seconds, inclusive. With `every_teacher` the caller may see the courses of any teacher when `course_id` is "*". With
    `enrolled_only` the caller is a student who asks for every course, and sees those that they are enrolled in.
    """

    course: CourseIds
    group_id: str
    student_id: str
    path_key: str
    path: str
    from_date: int = NO_DATE
    to_date: int = NO_DATE
    recursive: bool = False
    every_teacher: bool = False
    enrolled_only: bool = False


@dataclass(frozen=True, slots=True)
class ExerciseRequest:
    """GetLateStudents or GetStudentSummaries. `deadline` is epoch seconds."""

    course: CourseIds
    group_id: str
    exercise_path: str
    deadline: int = NO_DATE
