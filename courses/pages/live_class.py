"""The statuses of a class in memory, so that an open matrix gets a student's row without reading the whole class.

A process reads a class once, and after that only the students that the change notifications of the course name. It
reads the whole class again when a notification names no students, when a deadline passes, and after LIFETIME.
"""

import itertools
import threading
from collections.abc import Callable, Collection, Container, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf

from django.db.models import Max, Q
from django.utils import timezone

from courses.models import Course
from courses.pages.class_rows import ClassRows, RepositoryFacts, last_seen, rows_of_class, rows_of_students
from courses.pages.class_statuses import StudentStatuses, TaskStatuses, compute_statuses
from courses.pages.matrix_filters import never_pushed
from courses.pages.matrix_values import build_columns
from courses.rules.deadlines import Deadlines
from courses.rules.permissions import GroupLimit, sees_group
from courses.rules.tree import outline, repository_places, work_nodes
from kernel.database.compiled import CompiledQuery
from live.change_poller import WINDOW
from live.models import Change

LIFETIME = timedelta(minutes=30)
MAX_CLASSES = 30  # that a process keeps
MAX_ANSWERS = 100  # of one class
MAX_CHARACTERS = 2_000_000  # in all of them
RECENT_CHANGES = CompiledQuery(
    lambda topic, at, largest: Change.objects.filter(Q(at__gte=at) | Q(pk__gt=largest), topic=topic).values_list(
        "pk", "rows"
    )
)


@dataclass
class ClassChanges:
    """The columns, by position, that changed since a page was drawn, and whether the cards of attention changed."""

    columns: list[int]
    attention: bool


class LiveClass:
    """One course, as it is now. `update` brings it up to date."""

    def __init__(self, course: Course, now: datetime) -> None:
        self.lock = threading.Lock()
        self.read_at = now
        self.checked_at = now
        changes = Change.objects.filter(topic=course.topic)
        self.largest_change = changes.aggregate(largest=Max("pk"))["largest"] or 0
        self.known_changes = {pk for pk, _rows in self._recent_changes(course, now)}  # before the rows are read
        self.tasks = list(course.tasks.without_statements())
        nodes = outline(self.tasks)
        self.nodes, self.has_repositories = work_nodes(nodes), bool(repository_places(nodes))
        self.columns = build_columns(self.nodes)
        self.deadlines = Deadlines(self.tasks)
        self.task_statuses = TaskStatuses(self.nodes, self.deadlines)
        self.groups = list(course.groups.order_by("group_id"))
        self.students: dict[int, StudentStatuses] = {}
        self.repositories: dict[int, list[RepositoryFacts]] = {}
        self._read(course, rows_of_class(course), now)
        limits = {possible.limit for student in self.students.values() for possible in student.possible}
        self.last_deadline = max((limit for limit in limits if limit <= now.timestamp()), default=0.0)
        self.next_deadline = min((limit for limit in limits if limit > now.timestamp()), default=inf)
        read = timezone.now()  # a page that was drawn while the class was read may have older counts
        self.column_changes = [read] * len(self.nodes)
        self.attention_change = read
        self._answers: dict[Hashable, str] = {}

    def answer(self, key: Hashable, draw: Callable[[], str | None]) -> str | None:
        """Return what `draw` returns for this key, kept until the next change: all open pages ask for it at once."""
        with self.lock:  # one thread draws, the others wait for its text
            text = self._answers.get(key) or draw()
            if text and self._has_place_for(text):
                self._answers[key] = text
        return text

    def _has_place_for(self, text: str) -> bool:
        characters = sum(map(len, self._answers.values()))
        return len(self._answers) < MAX_ANSWERS and characters + len(text) <= MAX_CHARACTERS

    def is_over(self, now: datetime) -> bool:
        is_back = now < self.checked_at - WINDOW  # the clock was ahead, so deadlines seemed to have passed
        return is_back or now - self.read_at > LIFETIME or now.timestamp() > self.next_deadline

    def update(self, course: Course, now: datetime) -> bool:
        """Read the students who changed. Return False when the whole class must be read."""
        with self.lock:
            changes = self._recent_changes(course, self.checked_at)
            new = [rows for pk, rows in changes if pk not in self.known_changes]
            ids = {int(pk) for rows in new if rows for pk in rows.split(",")}
            if not all(new) or not ids <= self.students.keys():
                return False
            if ids:
                self._read_again(course, ids, now)
                self._answers = {}
            self.known_changes = {pk for pk, _rows in changes}
            self.largest_change = max([self.largest_change, *self.known_changes])
            self.checked_at = now
            return True

    def changes_since(self, drawn_at: datetime) -> ClassChanges:
        columns = [position for position, at in enumerate(self.column_changes) if at >= drawn_at]
        return ClassChanges(columns, self.attention_change >= drawn_at)

    def within(self, limit: GroupLimit) -> list[StudentStatuses]:
        return [student for student in self.students.values() if sees_group(limit, student.group_id)]

    def of_group(self, group_id: str, students: Sequence[StudentStatuses]) -> list[StudentStatuses]:
        """Return those of these students who are in the group with this id; "" for all."""
        if not group_id:
            return list(students)
        keys = {group.pk for group in self.groups if group.group_id == group_id}
        return [student for student in students if student.group_id in keys]

    def seen_at(self, enrolment_ids: Container[int]) -> datetime | None:
        """Return when a repository of these students was last read."""
        return last_seen(itertools.chain.from_iterable(self.repositories.values()), enrolment_ids)

    def _read_again(self, course: Course, ids: Collection[int], now: datetime) -> None:
        before = {pk: self.students[pk] for pk in ids}
        states = {pk: _states(self.repositories.get(pk, [])) for pk in ids}
        self.deadlines.read_extensions(ids)
        for pk in ids:
            self.repositories.pop(pk, None)
        self._read(course, rows_of_students(course, ids), now)
        read = timezone.now()  # `now` may be long ago, when this thread has waited for others
        for pk, old in before.items():
            new = self.students[pk]
            for position, (old_key, new_key) in enumerate(zip(old.keys, new.keys, strict=True)):
                if old_key != new_key:
                    self.column_changes[position] = read
            if (_flags(old), states[pk]) != (_flags(new), _states(self.repositories.get(pk, []))):
                self.attention_change = read
            limits = [possible.limit for possible in new.possible if possible.limit > now.timestamp()]
            self.next_deadline = min(self.next_deadline, *limits, inf)

    def _read(self, course: Course, rows: ClassRows, now: datetime) -> None:
        for facts in rows.repositories:
            self.repositories.setdefault(facts.enrolment_id, []).append(facts)
        students = compute_statuses(rows, self.task_statuses, now, unproven_is_late=course.unproven_is_late)
        self.students |= {student.pk: student for student in students}

    def _recent_changes(self, course: Course, since: datetime) -> list[tuple[int, str]]:
        """Return the changes around `since` and after it. A long transaction may show one that it wrote long ago."""
        return RECENT_CHANGES.rows(course.topic, since - WINDOW, self.largest_change)


def _flags(student: StudentStatuses) -> tuple[bool, frozenset[str]]:
    """Return for which cards of attention a student counts."""
    return never_pushed(student), student.attention_keys


def _states(repositories: Iterable[RepositoryFacts]) -> list[tuple[str, str]]:
    return [(row.repo_path, row.state) for row in repositories]


_lock = threading.Lock()
_classes: dict[tuple[Hashable, ...], LiveClass] = {}  # the one used last at the end


def live_class(course: Course, now: datetime) -> LiveClass:
    """Return the class of this course, as it is now."""
    # The setting may change without a notification. In tests, several courses get the same id.
    key = course.pk, course.unproven_is_late, course.created_at
    with _lock:  # one thread reads, the others wait for it
        current = _classes.pop(key, None)
        if current is None or current.is_over(now) or not current.update(course, now):
            current = LiveClass(course, now)
        while len(_classes) >= MAX_CLASSES:
            del _classes[next(iter(_classes))]
        _classes[key] = current
    return current


def forget() -> None:
    """Forget all classes. For tests, whose databases come and go."""
    _classes.clear()
