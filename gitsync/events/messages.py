"""Build the events that the Git module sends, exactly as the contract has them.

Keys are in the contract's order, and extra keys come after them. Each builder takes a Registration whose course and
student are loaded. All times are epoch seconds in UTC.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from gitsync.models import Commit, Registration
from gitsync.queries.commit_json import commits_as_json
from gitsync.queries.commit_rows import JsonCommit

Body = dict[str, Any]
REWRITTEN = "rewritten"  # why an exercise is no longer completed: the branch lost the completing commits


class CompletionTimes(NamedTuple):
    """The earliest times of the commits that complete an exercise (`rules.lateness.CommitTimes`)."""

    claimed_time: int
    seen_by: int


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


def on_exercise_completed(registration: Registration, exercise_path: str, times: CompletionTimes | None = None) -> Body:
    return {
        "_C": "OnExerciseCompleted",
        **_ids(registration),
        "exercisePath": exercise_path,
        **_times(times),
    }


def on_exercise_completed_update(
    registration: Registration,
    exercise_path: str,
    times: CompletionTimes | None = None,
    *,
    completed: bool,
    reason: str = "",
) -> Body:
    return {
        "_C": "OnExerciseCompletedUpdate",
        **_ids(registration),
        "exercisePath": exercise_path,
        "exerciseCompleted": str(completed),  # the contract has the text "True" or "False"
        **_times(times),
        **({"reason": reason} if reason else {}),
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


def _times(times: CompletionTimes | None) -> Body:
    """Return the extra keys from which a dashboard derives the same lateness as Atelier.

    `lateTime` is the earliest time at which a completing commit counts. `provenTime` is present when the first
    completing commit was seen later than that. For a deadline between the two, the exercise is on time and unproven.
    """
    if times is None:
        return {}
    proven = {"provenTime": times.seen_by} if times.seen_by > times.claimed_time else {}
    return {"lateTime": times.claimed_time, **proven}


def _about_repository(name: str, registration: Registration) -> Body:
    return {"_C": name, "repoUrl": registration.repo_url, **_ids(registration), "repoPath": registration.repo_path}
