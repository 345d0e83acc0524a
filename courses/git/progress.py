"""Apply the Git module's events to a student's rows: repositories, activity and progress.

Every handler sets values and never adds to them. The same event twice, or a rebuild from all kept events, gives the
same rows.
"""

from collections.abc import Callable
from datetime import datetime

from django.db import models
from django.db.models import Min

from courses.git import counted_progress, given_addresses
from courses.git.commit_activity import (
    activity_rows,
    completion_times,
    get_or_create_progress,
    recount,
    save_activity,
)
from courses.git.event_parsing import Event
from courses.models import (
    Activity,
    CountedCompletion,
    Course,
    Enrolment,
    Progress,
    ReceivedEvent,
    StudentRepository,
    Task,
)
from kernel import task_queue
from kernel.database.text_hash import text_hash
from kernel.epoch import to_epoch
from live.publish import changed_rows, publish

Problem = ReceivedEvent.Problem
REWRITTEN = "rewritten"  # the reason of an event: the branch lost the completing commits


def apply_event(row: ReceivedEvent, event: Event) -> None:
    """Change the student's rows as a kept event says, in the caller's transaction, and notify open pages.

    event: the parsed body of `row`. When the event changes nothing, `row.problem` says why.
    """
    row.course, row.problem = None, ""
    enrolment: Enrolment | None = None
    if event.kind == "OnUnknownRepoURL":
        row.problem = Problem.UNKNOWN_URL
    else:
        row.course = Course.objects.with_wire_ids(event.teacher_id, event.semester_id, event.course_id).first()
        if row.course is None:
            row.problem = Problem.UNKNOWN_COURSE
        elif (enrolment := _locked_enrolment(row.course, event.student_id)) is None:
            row.problem = Problem.UNKNOWN_STUDENT
        else:
            row.problem = HANDLERS[event.kind](enrolment, event, row.received_at)
    row.save(update_fields=["course", "problem"])
    if enrolment is not None:
        publish(changed_rows(enrolment.course.topic, [enrolment.pk]), enrolment.topic)
    elif row.course is not None:
        publish(row.course.topic)


def _locked_enrolment(course: Course, student_id: str) -> Enrolment | None:
    """Return the student's enrolment, locked. The lock orders the events of one student that arrive at once."""
    students = Enrolment.objects.filter(course=course, person__username=student_id, role=Enrolment.Role.STUDENT)
    pk = students.values_list("pk", flat=True).first()
    # Lock by the key alone: a join would lock the person too (MariaDB has no FOR UPDATE OF).
    enrolment = Enrolment.objects.select_for_update().filter(pk=pk or 0).first()
    if enrolment is not None:
        enrolment.course = course
    return enrolment


# --- one handler per kind: (enrolment, event, received_at) -> problem, "" when there is none -------------------------


def _on_clone(enrolment: Enrolment, event: Event, at: datetime) -> str:
    """Start anew: the work of another repository at this path no longer counts."""
    problem = _save_repository(enrolment, event, at, StudentRepository.State.CLONED)
    if not problem and event.repo_path:
        Activity.objects.filter(enrolment=enrolment, repo_path_hash=text_hash(event.repo_path)).delete()
        exercises = _exercises_in(enrolment, event.repo_path)
        Progress.objects.filter(enrolment=enrolment, task__in=exercises).delete()
        counted_progress.restore(CountedCompletion.objects.filter(enrolment=enrolment, task__in=exercises))
    return problem


def _on_pull(enrolment: Enrolment, event: Event, at: datetime) -> str:
    return _save_repository(enrolment, event, at, StudentRepository.State.CLONED)


def _on_failure(enrolment: Enrolment, event: Event, at: datetime) -> str:
    return _save_repository(enrolment, event, at, StudentRepository.State.FAILING)


def _save_repository(enrolment: Enrolment, event: Event, at: datetime, state: str) -> str:
    """Save the state of the repository at this path; the event creates the row when the student has entered none."""
    repo_path = event.repo_path or "/"
    repository, is_new = StudentRepository.objects.get_or_create(
        enrolment=enrolment,
        repo_path_hash=text_hash(repo_path),
        defaults={"repo_path": repo_path, "url": event.repo_url, "since": at, "state": state, "reason": event.reason},
    )
    if not is_new and _names_another_repository(repository, event):
        return Problem.OTHER_URL
    if is_new or repository.state != state:
        repository.since = at
    failing = state == StudentRepository.State.FAILING
    repository.state, repository.reason = state, event.reason if failing else ""
    repository.url = repository.url or event.repo_url
    if not failing:
        repository.seen_at = at
    repository.save()
    return ""


def _names_another_repository(repository: StudentRepository | None, event: Event) -> bool:
    """Whether the event is about a repository that was replaced. An event without a URL is about the present one."""
    if repository is None or not repository.url or not event.repo_url:
        return False
    return not given_addresses.same_repository(repository.url, event.repo_url)


def _on_new_commits(enrolment: Enrolment, event: Event, at: datetime) -> str:
    path_hash = text_hash(event.repo_path or "/")
    repository = enrolment.student_repositories.filter(repo_path_hash=path_hash).first()
    if _names_another_repository(repository, event):
        return Problem.OTHER_URL
    rows = [row for commit in event.commits for row in activity_rows(enrolment, path_hash, commit, at)]
    save_activity(rows)
    recount(enrolment, {row.exercise_path_hash for row in rows}, at)
    return ""


def _on_exercise_completed(enrolment: Enrolment, event: Event, at: datetime) -> str:
    """Mark an exercise as done, or as no longer done.

    The time that counts is the event's lateness time; without one, the earliest time of the completing commits.
    """
    tasks = Task.objects.done_by_commits().filter(course=enrolment.course_id)
    task = tasks.filter(path_hash=text_hash(event.exercise_path)).first()
    if task is None:
        return Problem.UNKNOWN_TASK
    progress = get_or_create_progress(enrolment, task, at)
    counted_at = counted_progress.counted_at(progress)
    if event.completed:
        state, since = Progress.State.DONE, at
        if event.late_time is not None:
            progress.completed_time, progress.proven_time = completion_times(event, at)
        else:
            progress.completed_time, progress.proven_time = _earliest_completion(progress, at), None
    elif counted_at is not None:
        state, since = Progress.State.DONE, counted_at
    else:
        state, since = _state_without_completion(progress, event), at
    if progress.state != state or counted_at is not None:
        progress.since = since
    progress.state = state
    progress.save()
    return ""


def _state_without_completion(progress: Progress, event: Event) -> Progress.State:
    """Return the state of an exercise that no commit completes now, and that no teacher counts."""
    was_done = progress.state in (Progress.State.DONE, Progress.State.REMOVED)
    if was_done and event.reason == REWRITTEN:
        return Progress.State.REMOVED
    return Progress.State.STARTED if progress.last_activity is not None else Progress.State.TODO


def _earliest_completion(progress: Progress, at: datetime) -> int:
    completing = Activity.objects.filter(
        enrolment=progress.enrolment_id, exercise_path_hash=progress.task.path_hash, completes=True
    )
    times = (progress.completed_time, completing.aggregate(first=Min("at"))["first"])
    return min((time for time in times if time is not None), default=to_epoch(at))


def _on_commit_model_update(enrolment: Enrolment, event: Event, at: datetime) -> str:
    """Mark the student's commits as stale; `refresh` reads the whole list after the commit of this transaction."""
    Enrolment.objects.filter(pk=enrolment.pk).update(commits_stale=True)
    task_queue.queue_after_commit("courses.tasks.refresh_commits", enrolment.pk)
    return ""


def _exercises_in(enrolment: Enrolment, repo_path: str) -> models.QuerySet[Task]:
    return Task.objects.filter(course=enrolment.course_id, asks_for=Task.Asks.EXERCISE, repo_path=repo_path)


HANDLERS: dict[str, Callable[[Enrolment, Event, datetime], str]] = {
    "OnClone": _on_clone,
    "OnCloneFailed": _on_failure,
    "OnPull": _on_pull,
    "OnPullFailed": _on_failure,
    "OnNewCommits": _on_new_commits,
    "OnExerciseCompleted": _on_exercise_completed,
    "OnExerciseCompletedUpdate": _on_exercise_completed,
    "OnCommitModelUpdate": _on_commit_model_update,
}
