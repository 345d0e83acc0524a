"""Kept events read again: those that came before what they are about was known here, or all of a course. And forgotten
for good, so that no reading brings them back.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max, Min, Q, QuerySet, Sum
from django.utils import timezone

from courses.domain import answer_progress
from courses.git.commit_activity import limit_to_receipt
from courses.git.event_parsing import parse_event
from courses.git.progress import Problem, apply_event
from courses.models import Activity, Answer, Course, Enrolment, Progress, ReceivedEvent, Task
from kernel.database.text_hash import text_hash
from kernel.ids import clean_path

COMPLETIONS = ("OnExerciseCompleted", "OnExerciseCompletedUpdate")
OF_A_PLACE = ("OnClone", "OnCloneFailed", "OnPull", "OnPullFailed", "OnNewCommits")
BATCH = 500


def rebuild(course: Course) -> int:
    """Forget what was derived for this course, fold its kept events again (returns how many) and count the answers."""
    with transaction.atomic():
        hold_students(course.pk)
        Activity.objects.filter(enrolment__course=course).delete()
        Progress.objects.filter(enrolment__course=course).delete()
        rows = ReceivedEvent.objects.filter(course=course).exclude(problem=Problem.OTHER_URL).order_by("pk")
        for row in rows:
            apply_event(row, parse_event(row.body))
        answer_progress.take_up(Answer.objects.filter(task__course=course))
        return len(rows)


def catch_up(course: Course, student_ids: Iterable[str] = ()) -> None:
    """Let events count that came before their course or their student was known here.

    Of the kept events without a course all are read for a course that is new, and for students only theirs.
    """
    names, semester_id = [*student_ids], course.semester.semester_id
    rows = ReceivedEvent.objects.filter(problem=Problem.UNKNOWN_STUDENT, course=course, student_id__in=names)
    early = ReceivedEvent.objects.filter(problem=Problem.UNKNOWN_COURSE, body__semesterId=semester_id)
    if names:
        early = early.filter(student_id__in=names)
    ids = (course.teacher.username, semester_id, course.course_id)
    events = [(row, parse_event(row.body)) for row in rows]
    for row in early:
        event = parse_event(row.body)
        if (event.teacher_id, event.semester_id, event.course_id) == ids:
            events.append((row, event))
    for row, event in sorted(events, key=lambda pair: pair[0].pk):
        apply_event(row, event)


# --- a task comes to a path -------------------------------------------------------------------------------------------


@dataclass
class _Told:
    """What the completions of one student said in the end."""

    since: datetime
    done: bool = False
    time: int | None = None


def hold_students(course_id: int) -> list[int]:
    """Lock the students of a course to the end of the transaction: events about them wait. Their keys."""
    return list(_students(course_id).select_for_update().order_by("pk").values_list("pk", flat=True))


def _students(course_id: int) -> QuerySet[Enrolment]:
    return Enrolment.objects.filter(course=course_id, role=Enrolment.Role.STUDENT)


def take_up(task: Task) -> None:
    """Let count what was told of the path of a task that is new there, or the answers that it asks for now; the Git
    module may have nothing to add.

    The students are locked: an event that arrives now waits, and finds the task. Call it in the task's transaction.
    """
    students = _students(task.course_id)
    held = hold_students(task.course_id)
    if task.is_answered:
        answer_progress.take_up(task.answers.all())
    if not held or not task.is_exercise:
        return
    worked = {
        row["enrolment"]: row
        for row in Activity.objects.filter(enrolment__course=task.course_id, exercise_path_hash=task.path_hash)
        .values("enrolment")
        .annotate(effort=Sum("effort"), last=Max("at"), first=Min("at", filter=Q(completes=True)))
        .order_by()
    }
    names = dict(students.values_list("person__username", "pk"))
    told = _completions(task, {name: worked[pk]["first"] if pk in worked else None for name, pk in names.items()})
    now, rows = timezone.now(), []
    for name, pk in names.items():
        work, said = worked.get(pk), told.get(name)
        if work is None and said is None:
            continue
        row = Progress(enrolment_id=pk, task=task, since=said.since if said else now)
        if said is not None and said.done:
            row.state = Progress.State.DONE
        elif work is not None:
            row.state = Progress.State.STARTED
        row.completed_time = said.time if said else None
        row.effort, row.last_activity = (work["effort"], work["last"]) if work else (0, None)
        rows.append(row)
    Progress.objects.bulk_create(rows, batch_size=BATCH)


def _completions(task: Task, first_commits: dict[str, int | None]) -> dict[str, _Told]:
    """By student, as `progress` would have counted them one by one; a new clone at the task's place begins anew."""
    kept = ReceivedEvent.objects.filter(
        course=task.course_id, kind__in=("OnClone", *COMPLETIONS), problem__in=("", Problem.UNKNOWN_TASK)
    )
    values = kept.order_by("pk").values_list("pk", "kind", "student_id", "body__repoPath", "body__exercisePath")
    meant = [
        (pk, kind, student)
        for pk, kind, student, repo_path, exercise_path in values
        if student in first_commits
        and (_is(repo_path, task.repo_path) if kind == "OnClone" else _is(exercise_path, task.path))
    ]
    rows = ReceivedEvent.objects.in_bulk([pk for pk, kind, _student in meant if kind != "OnClone"])
    found: dict[str, _Told] = {}
    for pk, kind, student in meant:
        if kind == "OnClone":
            found.pop(student, None)
            continue
        event, at = parse_event(rows[pk].body), rows[pk].received_at
        told = found.setdefault(student, _Told(at))
        if told.done != event.completed:
            told.done, told.since = event.completed, at
        if event.completed and event.late_time is not None:
            told.time = limit_to_receipt(event.late_time, at)
        elif event.completed:
            times = [time for time in (told.time, first_commits[student]) if time is not None]
            told.time = min(times, default=int(at.timestamp()))
    late = [pk for pk, row in rows.items() if row.problem]
    for start in range(0, len(late), BATCH):
        ReceivedEvent.objects.filter(pk__in=late[start : start + BATCH]).update(problem="")
    return found


def _is(said: object, path: str) -> bool:
    """Whether a path of a kept body is this one; what was not said is none."""
    return bool(said) and clean_path(said, "path") == path


# --- forgetting -------------------------------------------------------------------------------------------------------


def forget_place(enrolment: Enrolment, repo_path: str) -> None:
    """What was read from a student's repository at this place: derived rows, and what the events said."""
    Activity.objects.filter(enrolment=enrolment, repo_path_hash=text_hash(repo_path)).delete()
    tasks = Task.objects.filter(course=enrolment.course_id, asks_for=Task.Asks.EXERCISE, repo_path=repo_path)
    Progress.objects.filter(enrolment=enrolment, task__in=tasks).delete()
    paths = set(tasks.values_list("path", flat=True))
    values = _events(enrolment).values_list("pk", "kind", "body__repoPath", "body__exercisePath")
    _empty(
        pk
        for pk, kind, said_place, said_path in values
        if (kind in OF_A_PLACE and _is(said_place or "/", repo_path))
        or (kind in COMPLETIONS and clean_path(said_path, "path") in paths)
    )


def forget_student(enrolment: Enrolment) -> None:
    """What the events said of a student who is taken out of the course; the derived rows go with the enrolment."""
    _empty(_events(enrolment).values_list("pk", flat=True))


def _events(enrolment: Enrolment) -> QuerySet[ReceivedEvent]:
    kept = ReceivedEvent.objects.filter(course=enrolment.course_id, student_id=enrolment.person.username)
    return kept.exclude(problem=Problem.OTHER_URL)


def _empty(keys: Iterable[int]) -> None:
    """The rows stay, so that an event which arrives twice is known; they never count again."""
    pks = list(keys)
    for start in range(0, len(pks), BATCH):
        ReceivedEvent.objects.filter(pk__in=pks[start : start + BATCH]).update(body={}, problem=Problem.OTHER_URL)
