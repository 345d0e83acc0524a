"""Replay of the events that are kept: events that arrived too early, or all events of a course."""

from collections.abc import Iterable

from django.db import transaction

from courses.domain import answer_progress
from courses.git import counted_progress
from courses.git.event_parsing import parse_event
from courses.git.progress import Problem, apply_event
from courses.models import Activity, Answer, CountedCompletion, Course, Enrolment, Progress, ReceivedEvent
from kernel.ids import clean_path
from live.publish import publish

COMPLETION_EVENTS = ("OnExerciseCompleted", "OnExerciseCompletedUpdate")


def rebuild(course: Course) -> int:
    """Derive the activity and progress of a course again; return the number of events.

    They are derived from its events, its answers and the completions that a teacher counts.
    """
    with transaction.atomic():
        lock_students(course.pk)
        Activity.objects.filter(enrolment__course=course).delete()
        Progress.objects.filter(enrolment__course=course).delete()
        rows = ReceivedEvent.objects.filter(course=course).exclude(problem=Problem.OTHER_URL).order_by("pk")
        for row in rows:
            apply_event(row, parse_event(row.body))
        answer_progress.create_progress(Answer.objects.filter(task__course=course))
        counted_progress.restore(CountedCompletion.objects.filter(task__course=course))
        publish(course.topic, course.plan_topic)
        return len(rows)


def apply_early_events(course: Course, student_ids: Iterable[str] = ()) -> None:
    """Apply the events that arrived before their course or their student was known here, in the order of arrival.

    Without `student_ids` the course is new: apply the events that named it before it existed. With them, apply the
    events of these students only, whether they arrived before the course or before the enrolment.
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


def lock_students(course_id: int) -> list[int]:
    """Lock the students of a course to the end of the transaction, and return their keys in order.

    Events about these students wait for the lock.
    """
    students = Enrolment.objects.filter(course=course_id, role=Enrolment.Role.STUDENT)
    return list(students.select_for_update().order_by("pk").values_list("pk", flat=True))


def is_path(value: object, path: str) -> bool:
    """Return whether a path from the body of an event is this path; an absent or empty one is not."""
    return bool(value) and clean_path(value, "path") == path
