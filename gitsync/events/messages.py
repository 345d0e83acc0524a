"""The events and models that the Git module sends, to the letter of the contract; `readers` reads what it receives.

Keys stand in the contract's order, extra keys after them. Builders of events take a Registration whose course and
student are loaded. All times are epoch seconds in UTC.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings

from gitsync.events.commit_json import Told, commit_bodies
from gitsync.models import Commit, Registration
from gitsync.wire.parsing import CommitsAsked, ExerciseAsked

Body = dict[str, Any]


# --- events -----------------------------------------------------------------------------------------------------------
def on_clone(registration: Registration) -> Body:
    return _about_repository("OnClone", registration)


def on_clone_failed(registration: Registration, reason: str) -> Body:
    return _about_repository("OnCloneFailed", registration) | {"reason": reason}


def on_pull(registration: Registration) -> Body:
    return _about_repository("OnPull", registration)


def on_pull_failed(registration: Registration, reason: str) -> Body:
    return _about_repository("OnPullFailed", registration) | {"reason": reason}


def on_unknown_repo_url(url: str) -> Body:
    return {"_C": "OnUnknownRepoURL", "repoUrl": url}


def on_new_commits(registration: Registration, commits: Sequence[Commit | Told], before: str) -> Body:
    """`commits` parents first; `before` is the latest commit announced before these, "" when there is none."""
    return {
        "_C": "OnNewCommits",
        **_whose(registration),
        "latestCommitBeforeThis": before,
        "commits": commit_bodies([registration], commits),
        "repoUrl": registration.repo_url,
        "repoPath": registration.repo_path,
    }


def on_exercise_completed(registration: Registration, exercise_path: str, late_time: int | None = None) -> Body:
    return {
        "_C": "OnExerciseCompleted",
        **_whose(registration),
        "exercisePath": exercise_path,
        **_late_time(late_time),
    }


def on_exercise_completed_update(
    registration: Registration, exercise_path: str, late_time: int | None = None, *, completed: bool
) -> Body:
    return {
        "_C": "OnExerciseCompletedUpdate",
        **_whose(registration),
        "exercisePath": exercise_path,
        "exerciseCompleted": str(completed),  # the contract's text, "True" or "False"
        **_late_time(late_time),
    }


def on_commit_model_update(registration: Registration) -> Body:
    return {"_C": "OnCommitModelUpdate", **_whose(registration)}


# --- models -----------------------------------------------------------------------------------------------------------
def commit_list_model(asked: CommitsAsked, commits: list[Body]) -> Body:
    return {
        "_C": "CommitListModel",
        "teacherId": asked.course.teacher_id,
        "courseId": asked.course.course_id,
        "semesterId": asked.course.semester_id,
        "groupId": asked.group_id,
        "studentId": asked.student_id,
        "fromDate": asked.from_date,
        "toDate": asked.to_date,
        "commits": {"_C": "ObservableCommitList", "value": commits},
        asked.path_key: asked.path,
    }


def late_students_model(asked: ExerciseAsked, student_ids: list[str]) -> Body:
    return {"_C": "LateStudentsModel", **_exercise(asked), "studentIds": student_ids}


def student_summaries_model(asked: ExerciseAsked, summaries: list[Body]) -> Body:
    """A plain list in the contract; the original Java client needs it wrapped."""
    value: Any = summaries
    if settings.WIRE_DIALECT == "aquiletour":
        value = {"_C": "ObservableStudentSummaryList", "value": summaries}
    return {"_C": "StudentSummariesModel", **_exercise(asked), "summaries": value}


def student_summary(
    student_id: str, *, last_before: int, last_after: int, completed: bool, completed_before: bool, unproven: bool
) -> Body:
    """Both spellings of "deadline": the contract's and the originals'. 0 = no such commit; `unproven` is there only
    when it is true.
    """
    return {
        "_C": "StudentSummary",
        "studentId": student_id,
        "lastCommitBeforeDealine": last_before,
        "lastCommitAfterDealine": last_after,
        "exerciseCompleted": completed,
        "exerciseCompletedBeforeDeadline": completed_before,
        "lastCommitBeforeDeadline": last_before,
        "lastCommitAfterDeadline": last_after,
        **({"unproven": True} if unproven else {}),
    }


def _whose(registration: Registration) -> Body:
    return {
        "teacherId": registration.course.teacher_id,
        "courseId": registration.course.course_id,
        "semesterId": registration.course.semester_id,
        "groupId": registration.group_id,
        "studentId": registration.student.student_id,
    }


def _late_time(first: int | None) -> Body:
    """An extra key: the earliest lateness time of a completing commit, so that a dashboard judges as we do."""
    return {} if first is None else {"lateTime": first}


def _about_repository(name: str, registration: Registration) -> Body:
    whose = _whose(registration)
    return {"_C": name, "repoUrl": registration.repo_url, **whose, "repoPath": registration.repo_path}


def _exercise(asked: ExerciseAsked) -> Body:
    return {
        "semesterId": asked.course.semester_id,
        "teacherId": asked.course.teacher_id,
        "courseId": asked.course.course_id,
        "groupId": asked.group_id,
        "exercisePath": asked.exercise_path,
        "deadline": asked.deadline,
    }
