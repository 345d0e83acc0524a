"""When a task is due for a student: the only place that knows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from courses.models import Enrolment, Extension, GroupDeadline, Task


@dataclass(frozen=True)
class Due:
    """`at` is what counts (None: no deadline); `before_extension` and `reason` only where an extension moved it."""

    at: datetime | None
    before_extension: datetime | None = None
    reason: str = ""

    @property
    def extended(self) -> bool:
        return self.before_extension is not None


class Deadlines:
    """The deadlines of some tasks for everybody, in two queries."""

    def __init__(self, tasks: Iterable[Task], enrolments: Iterable[Enrolment] | None = None) -> None:
        task_ids = [task.pk for task in tasks]
        groups = GroupDeadline.objects.filter(task__in=task_ids)
        extensions = Extension.objects.filter(task__in=task_ids)
        if enrolments is not None:
            extensions = extensions.filter(enrolment__in=[enrolment.pk for enrolment in enrolments])
        self._groups = {(row.task_id, row.group_id): row.deadline for row in groups}
        self._extensions = {(row.task_id, row.enrolment_id): row for row in extensions}

    def effective_deadline(self, enrolment: Enrolment, task: Task) -> Due:
        """The group's deadline stands for the task's; an extension only ever makes it later."""
        base = self._groups.get((task.pk, enrolment.group_id or 0)) or task.deadline
        extension = self._extensions.get((task.pk, enrolment.pk))
        if base is not None and extension is not None and extension.deadline > base:
            return Due(extension.deadline, before_extension=base, reason=extension.reason)
        return Due(base)


def effective_deadline(enrolment: Enrolment, task: Task) -> Due:
    """The same for one student and one task."""
    return Deadlines([task], [enrolment]).effective_deadline(enrolment, task)
