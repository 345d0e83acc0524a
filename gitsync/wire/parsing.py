"""Parse the messages and requests of the Git wire into values. Every function raises Malformed.

Everything that the two original programs sent is accepted: `courseId` as "teacher/course", ids as numbers, numbers and
booleans as text, null for absent. An absent group is "" and means the whole course.
"""

from typing import Any

from django.utils.translation import gettext as _

from gitsync.values import (
    EVERY_COURSE,
    NO_DATE,
    CommitsRequest,
    CourseIds,
    ExerciseMessage,
    ExerciseRequest,
    RepositoryMessage,
)
from kernel.errors import Malformed
from kernel.ids import clean_id, clean_path, clean_teacher_id
from kernel.wire import read_boolean, read_id_text, read_integer, read_text

Body = dict[str, Any]


def read_course(
    body: Body, *, every_course: bool = False, any_teacher: bool = False, any_semester: bool = False
) -> CourseIds:
    """Parse the ids of a course.

    every_course: `courseId` may be "*".
    any_teacher, any_semester: this id may be absent and is "" then.
    """
    course_id, teacher_id = read_id_text(body, "courseId"), body.get("teacherId")
    if course_id.count("/") == 1:
        owner, course_id = course_id.split("/")
        owner = clean_teacher_id(owner, "courseId")
        if teacher_id is not None and clean_teacher_id(teacher_id) != owner:
            raise Malformed("two_teachers", _("courseId and teacherId name two teachers."), field="courseId")
        teacher_id = owner
    if not (every_course and course_id == EVERY_COURSE):
        clean_id(course_id, "courseId")
    if teacher_id is None and not any_teacher:
        read_text(body, "teacherId")
    teacher = "" if teacher_id is None else clean_teacher_id(teacher_id)
    if any_semester and body.get("semesterId") is None:
        return CourseIds(teacher, "", course_id)
    return CourseIds(teacher, clean_id(read_id_text(body, "semesterId"), "semesterId"), course_id)


def read_exercise(body: Body) -> ExerciseMessage:
    """Parse RegisterExercise. The group, the repository's path and the keywords may be absent."""
    read_text(body, "sourceFolderPath")
    message = read_changed_exercise(body)
    return ExerciseMessage(
        message.course,
        message.group_id or "",
        message.exercise_path,
        message.repo_path or "/",
        message.source_folder_path,
        message.completion_keywords or "",
    )


def read_changed_exercise(body: Body) -> ExerciseMessage:
    """Parse ModifyExercise. `newRepoPath` means the same as `repoPath`, and so do the other `new…` keys."""
    return ExerciseMessage(
        read_course(body),
        _group(body),
        clean_path(read_text(body, "exercisePath"), "exercisePath"),
        _path(body, "repoPath", "newRepoPath"),
        _path(body, "sourceFolderPath", "newSourceFolderPath"),
        _text(body, "completionKeywords", "newCompletionKeywords"),
        (_path(body, "oldRepoPath"), _path(body, "oldSourceFolderPath"), _text(body, "oldCompletionKeywords")),
    )


def read_named_exercise(body: Body, *, any_semester: bool = False) -> ExerciseMessage:
    """Parse DeleteExercise; with `any_semester` also the original's DeRegisterExercise, which has no semester."""
    path = clean_path(read_text(body, "exercisePath"), "exercisePath")
    return ExerciseMessage(read_course(body, any_semester=any_semester), _group(body), path)


def read_repository(body: Body) -> RepositoryMessage:
    """Parse RegisterGitRepo and DeleteGitRepo."""
    return RepositoryMessage(
        read_course(body),
        _group(body) or "",
        clean_id(read_id_text(body, "studentId"), "studentId"),
        _path(body, "repoPath") or "/",
        read_text(body, "repoUrl"),
    )


def read_expected_repository(body: Body) -> tuple[CourseIds, str]:
    """Parse RegisterGitRepoForCourse into the course and the repository's path."""
    return read_course(body), _path(body, "repoPath") or "/"


def read_commits_of_repository(body: Body) -> CommitsRequest:
    """Parse GetCommitsForRepo."""
    return _read_commits(body, "repoPath", recursive=False)


def read_commits_of_exercise(body: Body) -> CommitsRequest:
    """Parse GetCommitsForExercise."""
    return _read_commits(body, "exercisePath", recursive=True)


def read_commits_of_one_exercise(body: Body) -> CommitsRequest:
    """Parse the original's GetCommitsForPath and GetCommitsForPathAndTimePeriod, which have no teacher."""
    return _read_commits(body, "exercisePath", recursive=False, any_teacher=True)


def read_exercise_request(body: Body) -> ExerciseRequest:
    """Parse GetLateStudents and GetStudentSummaries."""
    path = clean_path(read_text(body, "exercisePath"), "exercisePath")
    return ExerciseRequest(read_course(body), _group(body) or "", path, read_integer(body, "deadline", NO_DATE))


def _read_commits(body: Body, path_key: str, *, recursive: bool, any_teacher: bool = False) -> CommitsRequest:
    return CommitsRequest(
        read_course(body, every_course=True, any_teacher=any_teacher),
        _group(body) or "",
        clean_id(read_id_text(body, "studentId"), "studentId"),
        path_key,
        _path(body, path_key) or "/",
        read_integer(body, "fromDate", NO_DATE),
        read_integer(body, "toDate", NO_DATE),
        read_boolean(body, "recursive", recursive),
    )


def _group(body: Body) -> str | None:
    """Return None for an absent or empty group: events write "" for the whole course, and callers send it back."""
    group_id = body.get("groupId")
    return None if group_id in (None, "") else clean_id(group_id, "groupId")


def _path(body: Body, *fields: str) -> str | None:
    """Return the path in the first of these fields that is present."""
    for field in fields:
        if field in body:
            return clean_path(body[field], field)
    return None


def _text(body: Body, *fields: str) -> str | None:
    """Return the text in the first of these fields that is present."""
    for field in fields:
        if field in body:
            return read_text(body, field)
    return None
