"""The deadline of a task for a student. No other module computes one."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from math import inf
from typing import Any

from django.db.models import QuerySet

from courses.models import Enrolment, Extension, GroupDeadline, Task
from kernel.database.compiled import CompiledQuery, padded

# The keys of some enrolments, or a query for them.
EnrolmentKeys = Collection[int] | QuerySet[Enrolment, Any]
EXTENSION_COLUMNS = ("task", "enrolment", "deadline", "reason")
EXTENSIONS = CompiledQuery(lambda *keys: Extension.objects.filter(enrolment__in=keys).values_list(*EXTENSION_COLUMNS))


@dataclass(frozen=True)
class Due:
    """The deadline of a task for one student.

    `at` is the deadline that counts (None: there is none). `before_extension` and `reason` are set only where an
    extension moved it.
    """

    at: datetime | None
    before_extension: datetime | None = None
    reason: str = ""

    @property
    def extended(self) -> bool:
        return self.before_extension is not None

    def is_before(self, time: datetime | None) -> bool:
        """Return whether the deadline is before this time. False without a deadline or a time."""
        return self.at is not None and time is not None and self.at < time

    @cached_property
    def limit(self) -> float:
        """The last epoch second at which work is on time; infinity without a deadline."""
        return self.at.timestamp() if self.at else inf


class Deadlines:
    """The deadlines of some tasks for all students, or for those of these `enrolments` only, read in two queries."""

    def __init__(self, tasks: Iterable[Task], enrolments: EnrolmentKeys | None = None) -> None:
        task_ids = [task.pk for task in tasks]
        group_deadlines = GroupDeadline.objects.filter(task__in=task_ids)
        extensions = Extension.objects.filter(task__in=task_ids)
        if enrolments is not None:
            extensions = extensions.filter(enrolment__in=enrolments)
        group_rows = group_deadlines.values_list("task", "group__pk", "deadline")
        extension_rows = extensions.values_list(*EXTENSION_COLUMNS)
        self._groups = {(task_id, group_id): deadline for task_id, group_id, deadline in group_rows}
        self._extensions = {(task_id, pk): (deadline, reason) for task_id, pk, deadline, reason in extension_rows}

    def read_extensions(self, enrolment_ids: Collection[int]) -> None:
        """Read the extensions of these students again, of one at least."""
        kept = {key: value for key, value in self._extensions.items() if key[1] not in enrolment_ids}
        read = EXTENSIONS.rows(*padded(enrolment_ids))
        self._extensions = kept | {(task_id, pk): (deadline, reason) for task_id, pk, deadline, reason in read}

    def effective_deadline(self, enrolment: Enrolment, task: Task) -> Due:
        """Return the student's deadline of a task.

        The deadline of the student's group takes the place of the task's own. An extension counts only when it is
        later than the deadline that it extends.
        """
        return self.due(task, enrolment.pk, enrolment.group_id)

    def due(self, task: Task, enrolment_id: int, group_id: int | None) -> Due:
        """Return the same as `effective_deadline`, for callers that have keys and no enrolment row."""
        base = self._groups.get((task.pk, group_id or 0)) or task.deadline
        extended, reason = self._extensions.get((task.pk, enrolment_id), (None, ""))
        if base is not None and extended is not None and extended > base:
            return Due(extended, before_extension=base, reason=reason)
        return Due(base)

    def extended_tasks(self) -> dict[int, set[int]]:
        """Return the keys of the tasks that have an extension, by the key of the enrolment."""
        tasks_by_enrolment: dict[int, set[int]] = {}
        for task_id, enrolment_id in self._extensions:
            tasks_by_enrolment.setdefault(enrolment_id, set()).add(task_id)
        return tasks_by_enrolment


def effective_deadline(enrolment: Enrolment, task: Task) -> Due:
    """Return the deadline of one task for one student."""
    return Deadlines([task], [enrolment.pk]).effective_deadline(enrolment, task)
