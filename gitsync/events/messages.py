"""The events that the Git module sends, to the letter of the contract.

Keys stand in the contract's order, extra keys after them. Builders take a Registration whose course and
student are loaded. All times are epoch seconds in UTC.
"""

from collections.abc import Sequence
from typing import Any

from gitsync.models import Commit, Registration
from gitsync.queries.commit_json import Told, commit_bodies

Body = dict[str, Any]


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
