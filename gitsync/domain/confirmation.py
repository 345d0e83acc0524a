"""The command with which a teacher confirms hidden registrations.

The teacher says with it that the repositories belong to the students.
"""

from collections.abc import Collection

from django.db import transaction

from accounts.audit import record
from accounts.principals import Principal
from gitsync.models import LocalCopy, Registration
from gitsync.syncing import ownership
from gitsync.values import CourseIds


def confirm(course: CourseIds, actor: Principal, keys: Collection[int] | None = None) -> int:
    """Confirm hidden registrations of a course, and return how many there were.

    keys: the primary keys that the teacher saw; None for all of the course. A student who gives another repository gets
        a registration with another key, so a teacher confirms only what they have seen.

    Each registration has its own short transaction. The next synchronization sends its events.
    """
    waiting = Registration.objects.waiting().filter(**course.lookups("course"))
    if keys is not None:
        waiting = waiting.filter(pk__in=keys)
    pairs = list(waiting.order_by("pk").values_list("pk", "repository_id"))
    return sum(_confirm(pk, repository_id, actor) for pk, repository_id in pairs)


@transaction.atomic
def _confirm(pk: int, repository_id: int, actor: Principal) -> bool:
    """Confirm one registration; return False when it was deleted or confirmed meanwhile."""
    local_copy = LocalCopy.objects.locked(repository_id)
    rows = Registration.objects.waiting().select_related("course", "student", "repository")
    registration = rows.filter(pk=pk).first()
    if local_copy is None or registration is None:
        return False
    ownership.confirm(registration, local_copy)
    record(
        actor,
        "gitsync.confirm_registration",
        f"registration:{pk}",
        after={
            "course": str(registration.course),
            "student": registration.student.student_id,
            "repo_path": registration.repo_path,
            "repo_url": registration.repo_url,
        },
    )
    return True
