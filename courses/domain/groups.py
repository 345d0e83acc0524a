"""Commands that create, rename and delete the groups of a course. `roster.enrol` puts people into them."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.principals import Principal
from courses.models import Course, Group
from kernel.errors import Conflict
from kernel.ids import clean_id
from live.publish import publish


def create_group(actor: Principal, course: Course, *, group_id: str, title: str = "") -> Group:
    """Create an empty group. Raises Conflict when the course has a group with this id."""
    group_id = clean_id(group_id, "group_id")
    try:
        with transaction.atomic():
            group = Group.objects.create(course=course, group_id=group_id, title=title.strip())
            audit.record(actor, "courses.create_group", f"course:{course.pk}", after={"group": group_id})
            publish(course.topic)
    except IntegrityError:
        raise Conflict("exists", _("The course has a group with this id already."), field="group_id") from None
    return group


def rename_group(actor: Principal, group: Group, *, title: str) -> Group:
    """Change the title of a group. Its id cannot change: the Git module knows the group by it."""
    before, title = group.title, title.strip()
    if title == before:
        return group
    with transaction.atomic():
        group.title = title
        group.save(update_fields=["title"])
        audit.record(
            actor, "courses.rename_group", f"course:{group.course_id}", before={"title": before}, after={"title": title}
        )
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
