"""All rows about the repository of one student, for comparisons.

They come from the Git module and from the dashboard, without keys and times.
"""

from typing import Any


def rows_of(student: str) -> dict[str, list[Any]]:
    """Return the rows of each kind, in a fixed order."""
    from courses.models import Activity, Progress, ReceivedEvent, StudentRepository
    from gitsync.models import Commit, Completion, FileChange, LocalCopy, Match, OutboxEvent, Push, Registration

    registration = Registration.objects.get(student__student_id=student)
    repository = registration.repository_id
    events = OutboxEvent.objects.filter(registration=registration).order_by("pk")
    student_filter = {"enrolment__person__username": student}
    received = ReceivedEvent.objects.filter(student_id=student).order_by("pk")
    commits = Commit.objects.filter(repository=repository).order_by("pk")
    commit_fields = ("sha", "author_name", "author_email", "author_time", "committer_time", "late_time", "message")
    querysets = {
        "local copy": LocalCopy.objects.filter(repository=repository).values_list(
            "status", "head", "heads", "branch", "attempts"
        ),
        "registration": [(registration.announced, registration.announced_head, registration.pull_failed)],
        "commits": commits.values_list(*commit_fields, "parents_count", "reachable", "broken"),
        "files": FileChange.objects.filter(commit__repository=repository)
        .order_by("commit", "path")
        .values_list("commit__sha", "path", "insertions", "deletions", "binary", "counts_unknown"),
        "matches": Match.objects.filter(registration=registration)
        .order_by("file__commit", "file__path")
        .values_list("file__commit__sha", "file__path", "exercise_path", "reason"),
        "completions": Completion.objects.filter(registration=registration)
        .order_by("commit", "exercise_path")
        .values_list("commit__sha", "exercise_path"),
        "pushes": Push.objects.filter(repository=repository).order_by("pk").values_list("before", "after", "forced"),
        "received": [without_student(body) for body in received.values_list("body", flat=True)],
        "problems": received.values_list("kind", "problem"),
        "activity": Activity.objects.filter(**student_filter)
        .order_by("commit_id", "exercise_path")
        .values_list("commit_id", "exercise_path", "at", "effort", "completes", "subject"),
        "progress": Progress.objects.filter(**student_filter)
        .order_by("task")
        .values_list("task__path", "state", "effort", "last_activity", "completed_time"),
        "student repositories": StudentRepository.objects.filter(**student_filter).values_list(
            "repo_path", "state", "reason"
        ),
    }
    rows: dict[str, list[Any]] = {name: list(value) for name, value in querysets.items()}
    return rows | {"remote events": list(events.filter(target="remote").values_list("kind", flat=True))}


def remote_event_ids(student: str) -> list[str]:
    """Return the ids of the events for the remote dashboard, in order."""
    from gitsync.models import OutboxEvent

    events = OutboxEvent.objects.filter(registration__student__student_id=student, target="remote")
    return [str(event_id) for event_id in events.order_by("pk").values_list("event_id", flat=True)]


def without_student(body: dict[str, Any]) -> dict[str, Any]:
    """Return the body of an event without the student, the address and the times of first reads."""
    return {key: value for key, value in body.items() if key not in ("studentId", "repoUrl", "provenTime")}
