"""Build the events that the Git module sends, exactly as the contract has them.

Keys are in the contract's order, and extra keys come after them. Each builder takes a Registration whose course and
student are loaded. All times are epoch seconds in UTC.
"""

from collections.abc import Sequence
from typing import Any

from gitsync.models import Commit, Registration
from gitsync.queries.commit_json import JsonCommit, commits_as_json

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


def on_new_commits(registration: Registration, commits: Sequence[Commit | JsonCommit], before: str) -> Body:
    """Return an OnNewCommits.

    `commits` are parents first. `before` is the last commit that was announced earlier, "" when there is none.
    """
    return {
        "_C": "OnNewCommits",
        **_ids(registration),
        "latestCommitBeforeThis": before,
        "commits": commits_as_json([registration], commits),
        "repoUrl": registration.repo_url,
        "repoPath": registration.repo_path,
    }


def on_exercise_completed(registration: Registration, exercise_path: str, late_time: int | None = None) -> Body:
    return {
        "_C": "OnExerciseCompleted",
        **_ids(registration),
        "exercisePath": exercise_path,
        **_late_time(late_time),
    }


def on_exercise_completed_update(
    registration: Registration, exercise_path: str, late_time: int | None = None, *, completed: bool
) -> Body:
    return {
        "_C": "OnExerciseCompletedUpdate",
        **_ids(registration),
        "exercisePath": exercise_path,
        "exerciseCompleted": str(completed),  # the contract has the text "True" or "False"
        **_late_time(late_time),
    }


def on_commit_model_update(registration: Registration) -> Body:
    return {"_C": "OnCommitModelUpdate", **_ids(registration)}


def _ids(registration: Registration) -> Body:
    return {
        "teacherId": registration.course.teacher_id,
        "courseId": registration.course.course_id,
        "semesterId": registration.course.semester_id,
        "groupId": registration.group_id,
        "studentId": registration.student.student_id,
    }


def _late_time(first: int | None) -> Body:
    """Return the extra key `lateTime`, the earliest lateness time of a completing commit.

    With it a dashboard judges lateness as we do.
    """
    return {} if first is None else {"lateTime": first}


def _about_repository(name: str, registration: Registration) -> Body:
    return {"_C": name, "repoUrl": registration.repo_url, **_ids(registration), "repoPath": registration.repo_path}
