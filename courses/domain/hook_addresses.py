"""The command that replaces the hook address of a course. To show the address, use `git_module.hook_address`."""

from django.utils.translation import gettext as _

from accounts.models import User
from courses.git import git_module
from courses.models import Course
from courses.rules import permissions
from kernel.errors import NotAllowed


def renew_hook_address(actor: User, course: Course) -> None:
    """Replace the hook address of a course and its secret.

    The old address stops working at once, and every student must paste the new one. Raises NotAllowed for a person who
    may not change the course, and Unknown when the Git module is elsewhere.
    """
    if not permissions.may_change(actor, course):
        raise NotAllowed("not_allowed", _("Only the teacher of the course replaces its hook address."))
    git_module.renew_hook_address(course, actor)
