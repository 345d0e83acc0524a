"""The progress of a task whose path or kind is new: derived from the events and answers that are there already."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Min, Q, Sum
from django.utils import timezone

from courses.domain import answer_progress
from courses.domain.replay import COMPLETION_EVENTS, is_path, lock_students
from courses.git import counted_progress
from courses.git.commit_activity import completion_times
from courses.git.event_parsing import parse_event
from courses.git.progress import REWRITTEN, Problem
from courses.models import Activity, Enrolment, Progress, ReceivedEvent, Task
from kernel.epoch import to_epoch

BATCH = 500


@dataclass
class _Completion:
    """The outcome of the completion events of one student.

    `time` and `proven` are epoch seconds as in Progress; `time` is None when the exercise was never completed.
    `removed`: a rewrite removed the completion.
    """

    since: datetime
    done: bool = False
    removed: bool = False
    time: int | None = None
    proven: int | None = None


def derive_progress(task: Task) -> None:
    """Create the progress of a task that is new at its path, or that now asks for a text or a tick.

    It uses what arrived earlier for this path, as the Git module may have nothing to add. Call it in the transaction
    that saves the task: it locks the students, so that an event which arrives now waits and then finds the task.
    """
    locked = lock_students(task.course_id)
    if task.is_answered:
        answer_progress.create_progress(task.answers.all())
    if not locked or not task.is_exercise:
        return
    work_by_student = {
        row["enrolment"]: row
        for row in Activity.objects.filter(enrolment__course=task.course_id, exercise_path_hash=task.path_hash)
        .values("enrolment")
        .annotate(effort=Sum("effort"), last=Max("at"), first=Min("at", filter=Q(completes=True)))
        .order_by()
    }
    students = Enrolment.objects.filter(course=task.course_id, role=Enrolment.Role.STUDENT)
    keys = dict(students.values_list("person__username", "pk"))
    first_commits = {name: work_by_student[pk]["first"] if pk in work_by_student else None for name, pk in keys.items()}
    completions = _completions(task, first_commits)
    now, rows = timezone.now(), []
    for name, pk in keys.items():
        work, completion = work_by_student.get(pk), completions.get(name)
        if work is None and completion is None:
            continue
        row = Progress(enrolment_id=pk, task=task, since=completion.since if completion else now)
        if completion is not None and completion.done:
            row.state = Progress.State.DONE
        elif completion is not None and completion.removed:
            row.state = Progress.State.REMOVED
        elif work is not None:
            row.state = Progress.State.STARTED
        row.completed_time, row.proven_time = (completion.time, completion.proven) if completion else (None, None)
        row.effort, row.last_activity = (work["effort"], work["last"]) if work else (0, None)
        rows.append(row)
    Progress.objects.bulk_create(rows, batch_size=BATCH)
    counted_progress.restore(task.counted_completions.all())


def derive_again(task: Task) -> None:
    """Derive the progress of a task that has another path now. Call it as `derive_progress`.

    What a rewrite of a repository's history removed stays visible. The Git module cannot tell it again for the new path
    of an exercise: it knows the commits of the branch, and not what the branch had before.
    """
    removed = list(task.progress.filter(state=Progress.State.REMOVED)) if task.is_exercise else []
    task.progress.all().delete()
    derive_progress(task)
    for row in removed:
        progress, _is_new = Progress.objects.get_or_create(
            enrolment_id=row.enrolment_id, task=task, defaults={"since": row.since}
        )
        if progress.state not in (Progress.State.DONE, Progress.State.REMOVED):
            progress.state, progress.since = row.state, row.since
            progress.completed_time, progress.proven_time = row.completed_time, row.proven_time
            progress.save()


def _completions(task: Task, first_commits: dict[str, int | None]) -> dict[str, _Completion]:
    """Return the completion of this exercise by user name, as `courses.git.progress` computes it event by event.

    `first_commits` has the time of each student's first completing commit. A new clone of the repository at the task's
    `repo_path` forgets the completions before it. The completions found here lose their problem "unknown task".
    """
    events = ReceivedEvent.objects.filter(
        course=task.course_id, kind__in=("OnClone", *COMPLETION_EVENTS), problem__in=("", Problem.UNKNOWN_TASK)
    )
    values = events.order_by("pk").values_list("pk", "kind", "student_id", "body__repoPath", "body__exercisePath")
    relevant = [
        (pk, kind, student)
        for pk, kind, student, repo_path, exercise_path in values
        if student in first_commits
        and (is_path(repo_path, task.repo_path) if kind == "OnClone" else is_path(exercise_path, task.path))
    ]
    rows = ReceivedEvent.objects.in_bulk([pk for pk, kind, _student in relevant if kind != "OnClone"])
    completions: dict[str, _Completion] = {}
    for pk, kind, student in relevant:
        if kind == "OnClone":
            completions.pop(student, None)
            continue
        event, received_at = parse_event(rows[pk].body), rows[pk].received_at
        completion = completions.setdefault(student, _Completion(received_at))
        if completion.done != event.completed:
            was_done = completion.done or completion.removed
            completion.removed = not event.completed and was_done and event.reason == REWRITTEN
            completion.done, completion.since = event.completed, received_at
        if event.completed and event.late_time is not None:
            completion.time, completion.proven = completion_times(event, received_at)
        elif event.completed:
            times = [time for time in (completion.time, first_commits[student]) if time is not None]
            completion.time, completion.proven = min(times, default=to_epoch(received_at)), None
    solved = [pk for pk, row in rows.items() if row.problem]
    for start in range(0, len(solved), BATCH):
        ReceivedEvent.objects.filter(pk__in=solved[start : start + BATCH]).update(problem="")
    return completions
