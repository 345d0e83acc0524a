"""Erasure of what was read from a student's repositories, so that no replay of the events brings it back."""

from collections.abc import Iterable

from django.db.models import QuerySet

from courses.domain.replay import COMPLETION_EVENTS, is_path
from courses.git import counted_progress
from courses.git.progress import Problem
from courses.models import Activity, CountedCompletion, Enrolment, Progress, ReceivedEvent, Task
from kernel.database.text_hash import text_hash
from kernel.ids import clean_path

REPOSITORY_EVENTS = ("OnClone", "OnCloneFailed", "OnPull", "OnPullFailed", "OnNewCommits")
BATCH = 500


def erase_repository_data(enrolment: Enrolment, repo_path: str) -> None:
    """Erase what was read from a student's repository at this path: derived rows and the content of events.

    A completion that a teacher counts stays done.
    """
    Activity.objects.filter(enrolment=enrolment, repo_path_hash=text_hash(repo_path)).delete()
    tasks = Task.objects.filter(course=enrolment.course_id, asks_for=Task.Asks.EXERCISE, repo_path=repo_path)
    Progress.objects.filter(enrolment=enrolment, task__in=tasks).delete()
    counted_progress.restore(CountedCompletion.objects.filter(enrolment=enrolment, task__in=tasks))
    paths = set(tasks.values_list("path", flat=True))
    values = _events(enrolment).values_list("pk", "kind", "body__repoPath", "body__exercisePath")
    _empty_events(
        pk
        for pk, kind, event_repo_path, exercise_path in values
        if (kind in REPOSITORY_EVENTS and is_path(event_repo_path or "/", repo_path))
        or (kind in COMPLETION_EVENTS and clean_path(exercise_path, "path") in paths)
    )


def erase_student_data(enrolment: Enrolment) -> None:
    """Erase the events about a student who leaves the course; the derived rows are deleted with the enrolment."""
    _empty_events(_events(enrolment).values_list("pk", flat=True))


def _events(enrolment: Enrolment) -> QuerySet[ReceivedEvent]:
    events = ReceivedEvent.objects.filter(course=enrolment.course_id, student_id=enrolment.person.username)
    return events.exclude(problem=Problem.OTHER_URL)


def _empty_events(keys: Iterable[int]) -> None:
    """Empty the bodies of these events. The rows stay, so that a repeated event is still recognised and ignored."""
    pks = list(keys)
    for start in range(0, len(pks), BATCH):
        ReceivedEvent.objects.filter(pk__in=pks[start : start + BATCH]).update(body={}, problem=Problem.OTHER_URL)
