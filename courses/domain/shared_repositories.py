"""The command with which a teacher says that the students who gave one repository work together."""

from collections.abc import Collection

from django.utils.translation import gettext as _

from accounts.models import User
from courses.domain.teams import team_of_repository
from courses.git import repository_confirmation
from courses.models import Course, Enrolment, Team
from courses.rules import permissions
from kernel.errors import Conflict, NotAllowed


def confirm_team(actor: User, course: Course, registration: int, sharers: Collection[str]) -> Team:
    """Confirm a repository that several students gave, and make them the team that has it. Return the team.

    registration: the key of one of their rows in `repository_confirmation.waiting_registrations`.
    sharers: the other students whom the teacher saw in this row. Who gave the repository since is not in the team.

    Raises NotAllowed for a person who may not change the course, Conflict when the repository waits no more, and as
    `team_of_repository` does.
    """
    if not permissions.may_change(actor, course):
        raise NotAllowed("not_allowed", _("Only the teacher of the course can confirm repositories."))
    waiting = repository_confirmation.waiting_registrations(course)
    row = next((row for row in waiting if row.pk == registration), None)
    if row is None or not set(sharers) <= set(row.sharers):
        raise Conflict("gone", _("Nothing was confirmed: the student gave another repository meanwhile."))
    students = course.enrolments.filter(role=Enrolment.Role.STUDENT)
    members = students.filter(person__username__in=[row.student_id, *sharers]).values_list("pk", flat=True)
    return team_of_repository(actor, course, repo_path=row.repo_path, url=row.repo_url, members=list(members))
