"""The verb of a course's hook address. What shows it asks `git_module.hook_address`."""

from django.utils.translation import gettext as _

from accounts.models import User
from courses.git import git_module
from courses.models import Course
from courses.rules import permissions
from kernel.errors import NotAllowed


def renew_hook_address(actor: User, course: Course) -> None:
    """Another address and another secret: the old address stops at once, and every student pastes the new one.

    Raises NotAllowed for those who may not change the course, Unknown where the Git module is elsewhere.
    """
    if not permissions.may_change(actor, course):
        raise NotAllowed("not_allowed", _("Only the teacher of the course replaces its hook address."))
    git_module.renew_hook_address(course, actor)
