"""The answers of the Git wire that are expected from the output of `git log`."""

from typing import Any

from proofs.support.from_outside import (
    GitCommit,
    check,
    differing,
    leaves,
)

COURSE = {"teacherId": "nadia.benali", "semesterId": "H2026", "courseId": "IntroProg", "groupId": "01"}


def compare(name: str, status: int, model: Any, expected: dict[str, Any]) -> None:
    """Compare an answer field by field, and end the proof when it differs."""
    differences = list(differing(model, expected)) if status == 200 else [f"status {status}"]
    fields = sum(1 for _ in leaves(expected))
    check(
        not differences,
        f"{name}: {fields} fields as in git" + "".join(f"\n         {difference}" for difference in differences),
    )


def touches(commit: GitCommit) -> bool:
    """Return whether a commit changes or completes the exercise in /exercice01."""
    return commit.completes or any(path.startswith("exercice01/") for path in commit.files)


def commit_list(
    ids: dict[str, str], place: dict[str, str], commits: list[GitCommit], period: dict[str, int] | None = None
) -> dict[str, Any]:
    """Return the CommitListModel for these commits, sorted by author time and sha.

    `ids` are those of the request, `place` is its path, `period` has its `fromDate` and `toDate`.
    """
    rows = [
        {
            "_C": "Commit",
            "commitId": commit.sha,
            "exercisePathIfCompleted": "/tp1/exercice1" if commit.completes else "",
            "modifiedFiles": [
                {
                    "_C": "CommitFile",
                    "path": f"/{path}",
                    "estimatedEffort": effort,
                    "exercisePath": "/tp1/exercice1" if path.startswith("exercice01/") else "/",
                    "message": "",
                }
                for path, effort in sorted(commit.files.items())
            ],
            "commitMessageFirstLine": commit.message.partition("\n")[0],
            "commitMessage": commit.message,
            "timeStamp": str(commit.author_time),
            "estimatedEffort": sum(commit.files.values()),
        }
        for commit in sorted(commits, key=lambda commit: (commit.author_time, commit.sha))
    ]
    model = {"_C": "CommitListModel", **ids, "fromDate": -1, "toDate": -1, **(period or {}), **place}
    return model | {"commits": {"_C": "ObservableCommitList", "value": rows}}


def summary(student: str, before: int, after: int, *, completed: bool, in_time: bool) -> dict[str, Any]:
    """Return the StudentSummary of a student.

    `before` and `after` are the epoch seconds of the last commit before and after the deadline, or 0.
    """
    return {
        "_C": "StudentSummary",
        "studentId": student,
        "lastCommitBeforeDealine": before,
        "lastCommitAfterDealine": after,
        "exerciseCompleted": completed,
        "exerciseCompletedBeforeDeadline": in_time,
    }
