"""Values that the messages of the Git wire are read into. An absent group is "" and means the whole course."""

from dataclasses import dataclass

OPEN = -1  # no date given
EVERY_COURSE = "*"


@dataclass(frozen=True, slots=True)
class CourseIds:
    """The wire's key of a course. In a question about commits `course_id` may be "*".

    Only where a reader says so an id may be "": the original did not send it.
    """

    teacher_id: str
    semester_id: str
    course_id: str


@dataclass(frozen=True, slots=True)
class ExerciseTold:
    """RegisterExercise, ModifyExercise, DeleteExercise. None = not said; `old` = what the sender believes was there."""

    course: CourseIds
    group_id: str | None
    exercise_path: str
    repo_path: str | None = None
    source_folder_path: str | None = None
    completion_keywords: str | None = None
    old: tuple[str | None, str | None, str | None] = (None, None, None)


@dataclass(frozen=True, slots=True)
class RepositoryTold:
    """RegisterGitRepo, DeleteGitRepo."""

    course: CourseIds
    group_id: str
    student_id: str
    repo_path: str
    repo_url: str


@dataclass(frozen=True, slots=True)
class CommitsAsked:
    """GetCommitsForRepo, GetCommitsForExercise: `path_key` says which path is meant, and comes back in the model.

    `every_teacher`: the asker may see the courses of any teacher where all courses ("*") are asked about.
    """

    course: CourseIds
    group_id: str
    student_id: str
    path_key: str
    path: str
    from_date: int = OPEN
    to_date: int = OPEN
    recursive: bool = False
    every_teacher: bool = False


@dataclass(frozen=True, slots=True)
class ExerciseAsked:
    """GetLateStudents, GetStudentSummaries."""

    course: CourseIds
    group_id: str
    exercise_path: str
    deadline: int = OPEN
