"""Commands that set and remove the deadline of a task for one group.

Lateness is not stored: every page computes it from the deadlines as they are then.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.principals import Principal
from courses.models import Group, GroupDeadline, Task
from courses.notices.deadlines import deadlines_of, notify_moved, students_to_notify
from courses.rules import permissions
from kernel.errors import Malformed, NotAllowed
from live.publish import publish


def set_group_deadline(actor: Principal, task: Task, group: Group, *, deadline: datetime) -> GroupDeadline:
    """Set the deadline of a task for one group, in place of the task's own; a second one replaces the first.

    `actor` None is Atelier itself. Raises NotAllowed, or Malformed with the field at fault.
    """
    _check_may_change(actor, task)
    if group.course_id != task.course_id:
        raise Malformed("unknown_group", _("This group is not in the course."), field="group")
    with transaction.atomic():
        students = students_to_notify(task, group)
        due_before = deadlines_of(task, students)
        group_deadline, new = GroupDeadline.objects.select_for_update().get_or_create(
            task=task, group=group, defaults={"deadline": deadline}
        )
        before = {} if new else _audit_values(group_deadline)
        group_deadline.deadline = deadline
        after = _audit_values(group_deadline)
        if before == after:
            return group_deadline
        group_deadline.save()
        event = audit.record(actor, "courses.set_group_deadline", f"task:{task.pk}", before=before, after=after)
        notify_moved(actor, task, students, due_before, deadlines_of(task, students), event=event.pk)
        _notify(task, group)
    return group_deadline


def remove_group_deadline(actor: Principal, group_deadline: GroupDeadline) -> None:
    """Delete a group's deadline: the task's own counts again. Raises NotAllowed."""
    task, group = group_deadline.task, group_deadline.group
    _check_may_change(actor, task)
    with transaction.atomic():
        students = students_to_notify(task, group)
        due_before = deadlines_of(task, students)
        before = _audit_values(group_deadline)
        event = audit.record(actor, "courses.remove_group_deadline", f"task:{task.pk}", before=before)
        _notify(task, group)
        group_deadline.delete()
        notify_moved(actor, task, students, due_before, deadlines_of(task, students), event=event.pk)


def _check_may_change(actor: Principal, task: Task) -> None:
    """Raise NotAllowed unless the actor is Atelier itself (None) or may change the course."""
    if actor is not None and not permissions.may_change(actor, task.course):
        raise NotAllowed("not_allowed", _("Only the teacher of the course changes its deadlines."))


def _notify(task: Task, group: Group) -> None:
    """Notify the open pages about the class and about each person in the group.

    It names no students: `courses.pages.live_class` then reads the deadlines of the groups again.
    """
    publish(task.course.topic, *(enrolment.topic for enrolment in group.enrolments.all()))


def _audit_values(group_deadline: GroupDeadline) -> dict[str, str]:
    return {"group": group_deadline.group.group_id, "deadline": group_deadline.deadline.isoformat()}
