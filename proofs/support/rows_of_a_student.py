"""All that is kept of one student's repository, here and on the dashboard, without keys and clocks: for comparing."""

from typing import Any


def rows_of(student: str) -> dict[str, list[Any]]:
    from courses.models import Activity, Progress, ReceivedEvent, StudentRepository
    from gitsync.models import Commit, Completion, FileChange, LocalCopy, Match, OutboxEvent, Push, Registration

    registration = Registration.objects.get(student__student_id=student)
    address = registration.repository_id
    owed = OutboxEvent.objects.filter(registration=registration).order_by("pk")
    mine = {"enrolment__person__username": student}
    received = ReceivedEvent.objects.filter(student_id=student).order_by("pk")
    commits = Commit.objects.filter(repository=address).order_by("pk")
    commit_fields = ("sha", "author_name", "author_email", "author_time", "committer_time", "late_time", "message")
    found = {
        "clone": LocalCopy.objects.filter(repository=address).values_list(
            "status", "head", "heads", "branch", "attempts"
        ),
        "registration": [(registration.announced, registration.announced_head, registration.pull_failed)],
        "commits": commits.values_list(*commit_fields, "parents_count", "reachable", "broken"),
        "files": FileChange.objects.filter(commit__repository=address)
        .order_by("commit", "path")
        .values_list("commit__sha", "path", "insertions", "deletions", "binary", "counts_unknown"),
        "matches": Match.objects.filter(registration=registration)
        .order_by("file__commit", "file__path")
        .values_list("file__commit__sha", "file__path", "exercise_path", "reason"),
        "completions": Completion.objects.filter(registration=registration)
        .order_by("commit", "exercise_path")
        .values_list("commit__sha", "exercise_path"),
        "pushes": Push.objects.filter(repository=address).order_by("pk").values_list("before", "after", "forced"),
        "received": [bare(body) for body in received.values_list("body", flat=True)],
        "problems": received.values_list("kind", "problem"),
        "activity": Activity.objects.filter(**mine)
        .order_by("commit_id", "exercise_path")
        .values_list("commit_id", "exercise_path", "at", "effort", "completes", "subject"),
        "progress": Progress.objects.filter(**mine)
        .order_by("task")
        .values_list("task__path", "state", "effort", "last_activity", "completed_time"),
        "claims": StudentRepository.objects.filter(**mine).values_list("repo_path", "state", "reason"),
    }
    rows: dict[str, list[Any]] = {name: list(value) for name, value in found.items()}
    return rows | {"owed elsewhere": list(owed.filter(target="remote").values_list("kind", flat=True))}


def owed_elsewhere(student: str) -> list[str]:
    """The ids of the events for the dashboard elsewhere, in order."""
    from gitsync.models import OutboxEvent

    owed = OutboxEvent.objects.filter(registration__student__student_id=student, target="remote")
    return [str(event_id) for event_id in owed.order_by("pk").values_list("event_id", flat=True)]


def bare(body: dict[str, Any]) -> dict[str, Any]:
    """An event without whose it is."""
    return {key: value for key, value in body.items() if key not in ("studentId", "repoUrl")}
