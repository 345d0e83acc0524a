"""The verbs of deadlines that are not the task's own: a group's, and the later one granted to one student.

Nothing that was pushed is stored as late: whoever is looked at afterwards is judged by the deadlines as they are then.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from courses.models import Enrolment, Extension, Group, GroupDeadline, Task
from courses.rules import permissions
from courses.rules.deadlines import effective_deadline
from kernel.errors import Malformed, NotAllowed
from live.publish import publish


def check_extension(task: Task, enrolment: Enrolment, deadline: datetime, reason: str) -> None:
    """Raise Malformed, with the field at fault, unless this student can be granted this deadline."""
    if enrolment.course_id != task.course_id or enrolment.role != Enrolment.Role.STUDENT:
        raise Malformed("unknown_student", _("This person is no student of the course."), field="student")
    due = effective_deadline(enrolment, task)
    base = due.before_extension or due.at
    if base is None:
        raise Malformed("no_deadline", _("This task has no deadline to extend."), field="deadline")
    if deadline <= base:
        raise Malformed("too_early", _("An extension ends after the deadline it extends."), field="deadline")
    if not reason.strip():
        raise Malformed("no_reason", _("Say why: the reason stays with the extension."), field="reason")


def grant_extension(
    actor: User | None, task: Task, enrolment: Enrolment, *, deadline: datetime, reason: str
) -> Extension:
    """A later deadline of this task for one student; granted again, it takes the place of the one before.

    `actor` None is the installation itself. Raises NotAllowed, or Malformed with the field at fault.
    """
    _allow(actor, task)
    check_extension(task, enrolment, deadline, reason)
    with transaction.atomic():
        reason = reason.strip()[:500]
        extension, new = Extension.objects.select_for_update().get_or_create(
            task=task, enrolment=enrolment, defaults={"deadline": deadline, "reason": reason, "granted_by": actor}
        )
        before = {} if new else _facts(extension)
        extension.deadline, extension.reason, extension.granted_by = deadline, reason, actor
        if before == _facts(extension):
            return extension
        extension.save()
        audit.record(actor, "courses.grant_extension", f"task:{task.pk}", before=before, after=_facts(extension))
        publish(task.course.topic, enrolment.topic)
    return extension


def withdraw_extension(actor: User | None, extension: Extension) -> None:
    """The student's deadline is that of the group or of the task again."""
    _allow(actor, extension.task)
    with transaction.atomic():
        audit.record(actor, "courses.withdraw_extension", f"task:{extension.task_id}", before=_facts(extension))
        publish(extension.task.course.topic, extension.enrolment.topic)
        extension.delete()


def set_group_deadline(actor: User | None, task: Task, group: Group, *, deadline: datetime) -> GroupDeadline:
    """The deadline of this task for one group, in place of the task's; set again, it takes the place of the last."""
    _allow(actor, task)
    if group.course_id != task.course_id:
        raise Malformed("unknown_group", _("This group is not in the course."), field="group")
    with transaction.atomic():
        row, new = GroupDeadline.objects.select_for_update().get_or_create(
            task=task, group=group, defaults={"deadline": deadline}
        )
        before = {} if new else _group_facts(row)
        row.deadline = deadline
        if before == _group_facts(row):
            return row
        row.save()
        audit.record(actor, "courses.set_group_deadline", f"task:{task.pk}", before=before, after=_group_facts(row))
        _tell(task, group)
    return row


def remove_group_deadline(actor: User | None, row: GroupDeadline) -> None:
    """The group's deadline is the task's again."""
    _allow(actor, row.task)
    with transaction.atomic():
        audit.record(actor, "courses.remove_group_deadline", f"task:{row.task_id}", before=_group_facts(row))
        _tell(row.task, row.group)
        row.delete()


def _allow(actor: User | None, task: Task) -> None:
    if actor is not None and not permissions.may_change(actor, task.course):
        raise NotAllowed("not_allowed", _("Only the teacher of the course changes its deadlines."))


def _tell(task: Task, group: Group) -> None:
    publish(task.course.topic, *(enrolment.topic for enrolment in group.enrolments.all()))


def _facts(extension: Extension) -> dict[str, str]:
    return {
        "student": extension.enrolment.person.username,
        "deadline": extension.deadline.isoformat(),
        "reason": extension.reason,
    }


def _group_facts(row: GroupDeadline) -> dict[str, str]:
    return {"group": row.group.group_id, "deadline": row.deadline.isoformat()}
