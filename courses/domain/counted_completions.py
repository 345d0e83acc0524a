"""Commands that count a completion which a rewrite removed, and that stop counting it."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from accounts.principals import Principal
from courses.git import counted_progress
from courses.models import CountedCompletion, Enrolment, Progress, Task
from courses.rules import permissions
from kernel.errors import Conflict, NotAllowed
from live.publish import changed_rows, publish


def count_completion(actor: Principal, task: Task, enrolment: Enrolment) -> None:
    """Count the completion of a task that a rewrite removed.

    The task is done again, at the time of the completion.

    A second call changes nothing. `actor` None is Atelier itself. Raises NotAllowed, and Conflict when no completion of
    this task was removed.
    """
    _check_may_override(actor, enrolment)
    with transaction.atomic():
        Enrolment.objects.select_for_update().get(pk=enrolment.pk)
        counted = CountedCompletion.objects.filter(enrolment=enrolment, task=task)
        if counted.exists():
            return
        removed = Progress.objects.filter(enrolment=enrolment, task=task, state=Progress.State.REMOVED).first()
        if removed is None or removed.completed_time is None:
            raise Conflict("not_removed", _("No completion of this task was removed by a rewrite."))
        row = CountedCompletion.objects.create(
            enrolment=enrolment,
            task=task,
            completed_time=removed.completed_time,
            proven_time=removed.proven_time,
            removed_at=removed.since,
            counted_by=actor if isinstance(actor, User) else None,
        )
        counted_progress.restore(counted)
        audit.record(actor, "courses.count_completion", f"task:{task.pk}", after=_audit_values(row))
        publish(changed_rows(task.course.topic, [enrolment.pk]), enrolment.topic)


def stop_counting(actor: Principal, task: Task, enrolment: Enrolment) -> None:
    """Stop counting the completion. Raises NotAllowed.

    The task then has the state after the rewrite, or is done if a commit completes it.
    """
    _check_may_override(actor, enrolment)
    with transaction.atomic():
        Enrolment.objects.select_for_update().get(pk=enrolment.pk)
        row = CountedCompletion.objects.filter(enrolment=enrolment, task=task).first()
        if row is None:
            return
        audit.record(actor, "courses.stop_counting", f"task:{task.pk}", before=_audit_values(row))
        row.delete()
        done_by_the_decision = Progress.objects.filter(enrolment=enrolment, task=task, since=row.created_at)
        done_by_the_decision.update(state=Progress.State.REMOVED, since=row.removed_at)
        publish(changed_rows(task.course.topic, [enrolment.pk]), enrolment.topic)


def _check_may_override(actor: Principal, enrolment: Enrolment) -> None:
    if actor is not None and not permissions.may_override_for(actor, enrolment):
        sentence = _("Only the teachers of the course count removed work, and the assistants whom they let do it.")
        raise NotAllowed("not_allowed", sentence)


def _audit_values(row: CountedCompletion) -> dict[str, str]:
    return {"student": row.enrolment.person.username, "completed_time": str(row.completed_time)}
