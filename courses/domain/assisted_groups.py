"""The groups whose students an assistant sees. `roster.enrol` calls this in its transaction."""

from collections.abc import Collection

from django.utils.translation import gettext as _

from courses.models import Enrolment
from kernel.errors import Malformed


def choose(enrolment: Enrolment, group_ids: Collection[str] | None) -> bool:
    """Set the groups of an assistant, and return whether they changed. None leaves them as they are.

    Nobody but an assistant has any. Call it under the lock of the course. Raises Malformed for an id that no group of
    the course has.
    """
    if enrolment.role != Enrolment.Role.ASSISTANT:
        group_ids = ()
    if group_ids is None:
        return False
    before = set(enrolment.assisted_groups.values_list("pk", flat=True))
    groups = dict(enrolment.course.groups.filter(group_id__in=group_ids).values_list("group_id", "pk"))
    if unknown := sorted(set(group_ids) - groups.keys()):
        sentence = _("The course has no group %(group)s.") % {"group": unknown[0]}
        raise Malformed("unknown_group", sentence, field="assisted_groups")
    if before == set(groups.values()):
        return False
    enrolment.assisted_groups.set(groups.values())
    return True


def ids_in_words(enrolment: Enrolment) -> str:
    """Return the ids of the groups for the audit log, separated by commas; "" for all students."""
    return ", ".join(enrolment.assisted_groups.order_by("group_id").values_list("group_id", flat=True))
