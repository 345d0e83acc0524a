"""The answers of the Git wire that `git log` leads to expect."""

from typing import Any

from proofs.support.from_outside import (
    GitCommit,
    claim,
    differing,
    leaves,
)

COURSE = {"teacherId": "nadia.benali", "semesterId": "H2026", "courseId": "IntroProg", "groupId": "01"}


def compare(name: str, status: int, model: Any, expected: dict[str, Any]) -> None:
    differences = list(differing(model, expected)) if status == 200 else [f"status {status}"]
    fields = sum(1 for _ in leaves(expected))
    claim(not differences, f"{name}: {fields} fields equal git's" + "".join(f"\n         {one}" for one in differences))


def touches(commit: GitCommit) -> bool:
    """What one commit of the show has to do with the exercise in /exercice01."""
    return commit.completes or any(path.startswith("exercice01/") for path in commit.files)


def commit_list(
    asked: dict[str, str], place: dict[str, str], commits: list[GitCommit], period: dict[str, int] | None = None
) -> dict[str, Any]:
    """The CommitListModel that these commits must give, by author time and then id."""
    rows = [
        {
            "_C": "Commit",
            "commitId": one.sha,
            "exercisePathIfCompleted": "/tp1/exercice1" if one.completes else "",
            "modifiedFiles": [
                {
                    "_C": "CommitFile",
                    "path": f"/{path}",
                    "estimatedEffort": effort,
                    "exercisePath": "/tp1/exercice1" if path.startswith("exercice01/") else "/",
                    "message": "",
                }
                for path, effort in sorted(one.files.items())
            ],
            "commitMessageFirstLine": one.message.partition("\n")[0],
            "commitMessage": one.message,
            "timeStamp": str(one.author_time),
            "estimatedEffort": sum(one.files.values()),
        }
        for one in sorted(commits, key=lambda one: (one.author_time, one.sha))
    ]
    model = {"_C": "CommitListModel", **asked, "fromDate": -1, "toDate": -1, **(period or {}), **place}
    return model | {"commits": {"_C": "ObservableCommitList", "value": rows}}


def summary(student: str, before: int, after: int, *, completed: bool, in_time: bool) -> dict[str, Any]:
    return {
        "_C": "StudentSummary",
        "studentId": student,
        "lastCommitBeforeDealine": before,
        "lastCommitAfterDealine": after,
        "exerciseCompleted": completed,
        "exerciseCompletedBeforeDeadline": in_time,
    }
