"""Commands that grant and withdraw extensions: a later deadline of a task for one student.

Lateness is not stored: every page computes it from the deadlines as they are then.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from accounts.principals import Principal
from courses.models import Enrolment, Extension, Task
from courses.notices.deadlines import notify_extension
from courses.rules import permissions
from courses.rules.deadlines import effective_deadline
from kernel.errors import Malformed, NotAllowed
from live.publish import changed_rows, publish


def check_extension(task: Task, enrolment: Enrolment, deadline: datetime, reason: str) -> None:
    """Raise Malformed, with the field at fault, unless this student can be granted this deadline."""
    if enrolment.course_id != task.course_id or enrolment.role != Enrolment.Role.STUDENT:
        raise Malformed("unknown_student", _("This person is not a student of the course."), field="student")
    due = effective_deadline(enrolment, task)
    base = due.before_extension or due.at
    if base is None:
        raise Malformed("no_deadline", _("This task has no deadline to extend."), field="deadline")
    if deadline <= base:
        raise Malformed("too_early", _("An extension ends after the deadline it extends."), field="deadline")
    if not reason.strip():
        raise Malformed("no_reason", _("Give a reason: it is kept with the extension."), field="reason")


def grant_extension(
    actor: Principal, task: Task, enrolment: Enrolment, *, deadline: datetime, reason: str
) -> Extension:
    """Grant one student a later deadline of a task. A second extension replaces the first.

    `actor` None is Atelier itself. Raises NotAllowed, or Malformed with the field at fault.
    """
    _check_may_extend(actor, enrolment)
    check_extension(task, enrolment, deadline, reason)
    granted_by = actor if isinstance(actor, User) else None
    with transaction.atomic():
        due_before = effective_deadline(enrolment, task).at
        reason = reason.strip()[:500]
        extension, new = Extension.objects.select_for_update().get_or_create(
            task=task, enrolment=enrolment, defaults={"deadline": deadline, "reason": reason, "granted_by": granted_by}
        )
        before = {} if new else _audit_values(extension)
        extension.deadline, extension.reason, extension.granted_by = deadline, reason, granted_by
        after = _audit_values(extension)
        if before == after:
            return extension
        extension.save()
        event = audit.record(actor, "courses.grant_extension", f"task:{task.pk}", before=before, after=after)
        due = effective_deadline(enrolment, task).at
        notify_extension(actor, task, enrolment, before=due_before, after=due, event=event.pk)
        publish(changed_rows(task.course.topic, [enrolment.pk]), enrolment.topic)
    return extension


def withdraw_extension(actor: Principal, extension: Extension) -> None:
    """Delete an extension: the deadline of the group or of the task counts again. Raises NotAllowed."""
    task, enrolment = extension.task, extension.enrolment
    _check_may_extend(actor, enrolment)
    with transaction.atomic():
        due_before = effective_deadline(enrolment, task).at
        event = audit.record(actor, "courses.withdraw_extension", f"task:{task.pk}", before=_audit_values(extension))
        publish(changed_rows(task.course.topic, [enrolment.pk]), enrolment.topic)
        extension.delete()
        due = effective_deadline(enrolment, task).at
        notify_extension(actor, task, enrolment, before=due_before, after=due, is_withdrawn=True, event=event.pk)


def _check_may_extend(actor: Principal, enrolment: Enrolment) -> None:
    """Raise NotAllowed unless the actor is Atelier itself (None) or may grant extensions to this student."""
    if actor is not None and not permissions.may_extend_for(actor, enrolment):
        sentence = _("Only the teachers of the course grant extensions, and the assistants whom they let do it.")
        raise NotAllowed("not_allowed", sentence)


def _audit_values(extension: Extension) -> dict[str, str]:
    return {
        "student": extension.enrolment.person.username,
        "deadline": extension.deadline.isoformat(),
        "reason": extension.reason,
    }
