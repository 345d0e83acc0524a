"""Rows of commits: the activity of each commit per exercise, and the effort and state that follow from them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Max, Sum

from courses.git.event_parsing import Event, ReportedCommit
from courses.models import Activity, Enrolment, Progress, ReceivedEvent, StudentRepository, Task
from kernel.database.text_hash import text_hash
from kernel.epoch import to_epoch
from live.publish import changed_rows, publish

EFFORT_LIMIT = 2**31 - 1  # the column's largest value
BATCH = 500


class ReceivedState(NamedTuple):
    """The events that were received about a student: their number, and each repository's path and URL."""

    events: int
    repositories: list[tuple[str, str]]


def limit_to_receipt(time: int, received_at: datetime) -> int:
    """Return a commit's time (epoch seconds), between 0 and the receipt: an author's clock may be wrong."""
    return max(0, min(time, to_epoch(received_at)))


def activity_rows(
    enrolment: Enrolment, repo_path_hash: str, commit: ReportedCommit, received_at: datetime
) -> list[Activity]:
    """Build the unsaved rows of a commit, one per exercise; the path is "/" when it touches no exercise."""
    time = limit_to_receipt(commit.late_time if commit.late_time is not None else commit.time, received_at)
    efforts = dict(commit.efforts) or {"/": 0}
    if commit.completes:
        efforts.setdefault(commit.completes, 0)
    return [
        Activity(
            enrolment=enrolment,
            repo_path_hash=repo_path_hash,
            commit_id=commit.commit_id,
            exercise_path=path,
            exercise_path_hash=text_hash(path),
            at=time,
            effort=min(effort, EFFORT_LIMIT),
            completes=path == commit.completes,
            outside_folder=path == commit.completes and commit.is_outside_folder,
            reverts=commit.reverts,
            subject=commit.subject,
            remarks=commit.remarks,
        )
        for path, effort in efforts.items()
    ]


def completion_times(event: Event, received_at: datetime) -> tuple[int, int | None]:
    """Return the time that counts of an event with a lateness time, and the proven time, None when it is the same."""
    time = limit_to_receipt(event.late_time or 0, received_at)
    proven = time if event.proven_time is None else limit_to_receipt(event.proven_time, received_at)
    return time, proven if proven > time else None


def save_activity(rows: list[Activity]) -> None:
    """Insert rows; a row that exists already stays as it is."""
    Activity.objects.bulk_create(rows, ignore_conflicts=True, batch_size=BATCH)


def recount(enrolment: Enrolment, exercise_path_hashes: Iterable[str], at: datetime) -> None:
    """Set effort, last activity and state (started or not) of these exercises from their activity rows."""
    tasks = Task.objects.done_by_commits().filter(course=enrolment.course_id, path_hash__in=exercise_path_hashes)
    activity = {
        row["exercise_path_hash"]: row
        for row in Activity.objects.filter(enrolment=enrolment, exercise_path_hash__in=exercise_path_hashes)
        .values("exercise_path_hash")
        .annotate(effort=Sum("effort"), last=Max("at"))
        .order_by()
    }
    for task in tasks:
        progress = get_or_create_progress(enrolment, task, at)
        work = activity.get(task.path_hash)
        progress.effort, progress.last_activity = (work["effort"], work["last"]) if work else (0, None)
        if progress.state not in (Progress.State.DONE, Progress.State.REMOVED):
            state = Progress.State.STARTED if work else Progress.State.TODO
            if progress.state != state:
                progress.state, progress.since = state, at
        progress.save()


def get_or_create_progress(enrolment: Enrolment, task: Task, at: datetime) -> Progress:
    return Progress.objects.get_or_create(enrolment=enrolment, task=task, defaults={"since": at})[0]


def received_state(enrolment: Enrolment) -> ReceivedState:
    """Return what has been received about a student, to compare later whether an event came or a repository changed."""
    events = ReceivedEvent.objects.filter(course=enrolment.course_id, student_id=enrolment.person.username)
    repositories = StudentRepository.objects.filter(enrolment=enrolment).order_by("pk")
    return ReceivedState(events.count(), list(repositories.values_list("repo_path", "url")))


def replace_commits(
    enrolment: Enrolment, commits_by_path: Mapping[str, Sequence[ReportedCommit]], state_before: ReceivedState
) -> bool:
    """Replace the student's activity by whole lists of commits, and clear `commits_stale`.

    commits_by_path: by repository path.
    state_before: `received_state` before the lists were requested.

    Returns False and changes nothing when an event arrived or a repository changed since: the lists may lack the
    event's commits, or still hold those of a repository that is gone.
    """
    now = datetime.now(UTC)
    with transaction.atomic():
        Enrolment.objects.select_for_update().get(pk=enrolment.pk)
        if received_state(enrolment) != state_before:
            return False
        old = Activity.objects.filter(enrolment=enrolment)
        old_exercises = set(old.values_list("exercise_path_hash", flat=True))
        old.delete()
        rows = [
            row
            for repo_path, commits in commits_by_path.items()
            for commit in commits
            for row in activity_rows(enrolment, text_hash(repo_path), commit, now)
        ]
        save_activity(rows)
        recount(enrolment, old_exercises | {row.exercise_path_hash for row in rows}, now)
        Enrolment.objects.filter(pk=enrolment.pk).update(commits_stale=False)
        publish(changed_rows(enrolment.course.topic, [enrolment.pk]), enrolment.topic)
    return True
