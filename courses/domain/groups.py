"""Commands that create, rename and delete the groups of a course. `roster.enrol` puts people into them."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.principals import Principal
from courses.domain import wire_ids
from courses.models import Course, Group
from kernel.errors import Conflict, Malformed
from kernel.ids import clean_id
from live.publish import publish


def create_group(actor: Principal, course: Course, *, group_id: str = "", title: str = "") -> Group:
    """Create an empty group. Without `group_id`, the id follows from the title.

    Raises Malformed without both, and Conflict when the course has a group with this id.
    """
    title = wire_ids.in_one_line(title)
    if not (group_id or title):
        raise Malformed("no_title", _("Give the title of the group."), field="title")
    try:
        with transaction.atomic():
            Course.objects.select_for_update().get(pk=course.pk)  # so that two requests do not take one id
            taken = course.groups.values_list("group_id", flat=True)
            group_id = clean_id(group_id or wire_ids.free_id(title, "group", taken), "group_id")
            group = Group.objects.create(course=course, group_id=group_id, title=title)
            audit.record(actor, "courses.create_group", f"course:{course.pk}", after={"group": group_id})
            publish(course.topic)
    except IntegrityError:
        raise Conflict("exists", _("The course has a group with this id already."), field="group_id") from None
    return group


def rename_group(actor: Principal, group: Group, *, title: str | None = None, group_id: str | None = None) -> Group:
    """Change the title of a group, and its id until the Git module knows the group by it. None leaves them.

    Raises Malformed for an id out of shape, and Conflict for one that is fixed, taken, or of a deleted group.
    """
    with transaction.atomic():
        Course.objects.select_for_update().get(pk=group.course_id)
        if not Group.objects.filter(pk=group.pk).exists():
            raise Conflict("gone", _("This group was deleted in the meantime."))
        group.refresh_from_db(fields=["title", "group_id"])
        before = _audit_values(group)
        if title is not None:
            group.title = wire_ids.in_one_line(title)
        if group_id is not None:
            wire_ids.set_group_id(group, group_id)
        after = _audit_values(group)
        if after == before:
            return group
        group.save(update_fields=["title", "group_id"])
        audit.record(actor, "courses.rename_group", f"course:{group.course_id}", before=before, after=after)
        publish(group.course.topic, group.course.plan_topic)
    return group


def delete_group(actor: Principal, group: Group) -> None:
    """Delete an empty group and its deadlines.

    Raises Conflict while there are people in it, and while assistants are limited to it: an assistant without groups
    sees all students.
    """
    with transaction.atomic():
        Course.objects.select_for_update().get(pk=group.course_id)
        if group.enrolments.exists():
            raise Conflict("has_people", _("There are people in this group: move them to another group first."))
        if group.assistants.exists():
            raise Conflict("has_assistants", _("Assistants see this group: choose other groups for them first."))
        audit.record(actor, "courses.delete_group", f"course:{group.course_id}", before={"group": group.group_id})
        publish(group.course.topic)
        group.delete()


def _audit_values(group: Group) -> dict[str, str]:
    return {"group": group.group_id, "title": group.title}
