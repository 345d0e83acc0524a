"""Commands that change the teaching team of a course: its co-teachers, its assistants and the groups these see.

The teacher of the semester is not in this team, so nobody can remove the last teacher of a course.
"""

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.principals import Principal
from courses.domain import roster, roster_invitations
from courses.models import Course, Enrolment
from courses.rules import permissions
from kernel.errors import Conflict, Malformed, NotAllowed


def add_to_team(
    actor: Principal, course: Course, *, username: str, role: str, group_ids: Collection[str] = ()
) -> Enrolment:
    """Make a person a co-teacher or an assistant of the course, or change the role of one.

    `group_ids` are the groups whose students an assistant sees; none means all students. A new member gets a mail, and
    an invitation where they cannot sign in yet.

    Raises NotAllowed, Conflict for a student of the course, and Malformed as `roster.enrol`.
    """
    _check_may_change(actor, course)
    if role not in Enrolment.TEAM_ROLES:
        raise Malformed("bad_role", _("This role is not one of the teaching team."), field="role")
    with transaction.atomic():
        Course.objects.select_for_update().get(pk=course.pk)
        role_before = course.enrolments.filter(person__username=username).values_list("role", flat=True).first()
        if role_before == Enrolment.Role.STUDENT:
            sentence = _("%(username)s is a student of this course. Remove them from the roster first.")
            raise Conflict("is_student", sentence % {"username": username}, field="role")
        enrolment = roster.enrol(
            actor, course, username=username, group_id=None, role=role, assisted_group_ids=list(group_ids)
        )
        if role_before is None and actor is not None and not course.archived_at:
            roster_invitations.invite_to_team(actor, course, enrolment.person)
    return enrolment


def remove_from_team(actor: Principal, enrolment: Enrolment) -> None:
    """Remove a co-teacher or an assistant from the course. Raises NotAllowed, and Conflict for a student."""
    _check_may_change(actor, enrolment.course)
    if enrolment.role not in Enrolment.TEAM_ROLES:
        raise Conflict("is_student", _("This person is a student of the course."))
    roster.remove(actor, enrolment)


def _check_may_change(actor: Principal, course: Course) -> None:
    if actor is not None and not (isinstance(actor, User) and permissions.may_change(actor, course)):
        raise NotAllowed("not_allowed", _("Only the teachers of the course choose its teachers and assistants."))
