"""When a task is due for a student: the only place that knows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import inf

from courses.models import Enrolment, Extension, GroupDeadline, Task
from kernel.epoch import to_epoch


@dataclass(frozen=True)
class Due:
    """`at` is what counts (None: no deadline); `before_extension` and `reason` only where an extension moved it."""

    at: datetime | None
    before_extension: datetime | None = None
    reason: str = ""

    @property
    def extended(self) -> bool:
        return self.before_extension is not None

    @property
    def limit(self) -> float:
        """The epoch second after which work is late; never, without a deadline."""
        return to_epoch(self.at) if self.at else inf


class Deadlines:
    """The deadlines of some tasks for everybody, in two queries."""

    def __init__(self, tasks: Iterable[Task], enrolments: Iterable[Enrolment] | None = None) -> None:
        task_ids = [task.pk for task in tasks]
        groups = GroupDeadline.objects.filter(task__in=task_ids)
        extensions = Extension.objects.filter(task__in=task_ids)
        if enrolments is not None:
            extensions = extensions.filter(enrolment__in=[enrolment.pk for enrolment in enrolments])
        told = groups.values_list("task", "group__pk", "deadline")
        granted = extensions.values_list("task", "enrolment", "deadline", "reason")
        self._groups = {(task_id, group_id): deadline for task_id, group_id, deadline in told}
        self._extensions = {(task_id, pk): (deadline, reason) for task_id, pk, deadline, reason in granted}

    def effective_deadline(self, enrolment: Enrolment, task: Task) -> Due:
        """The group's deadline stands for the task's; an extension only ever makes it later."""
        return self.due(task, enrolment.pk, enrolment.group_id)

    def due(self, task: Task, enrolment_id: int, group_id: int | None) -> Due:
        """The same, for who has no row in hand."""
        base = self._groups.get((task.pk, group_id or 0)) or task.deadline
        extended, reason = self._extensions.get((task.pk, enrolment_id), (None, ""))
        if base is not None and extended is not None and extended > base:
            return Due(extended, before_extension=base, reason=reason)
        return Due(base)

    def extended(self) -> dict[int, set[int]]:
        """The tasks that have an extension, by enrolment."""
        found: dict[int, set[int]] = {}
        for task_id, enrolment_id in self._extensions:
            found.setdefault(enrolment_id, set()).add(task_id)
        return found


def effective_deadline(enrolment: Enrolment, task: Task) -> Due:
    """The same for one student and one task."""
    return Deadlines([task], [enrolment]).effective_deadline(enrolment, task)
