"""The command with which a teacher has repositories of a course read at once, paused and read again."""

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from courses.git import readings
from courses.models import Course
from courses.rules import permissions
from gitsync.domain.bulk_reading import Outcome
from kernel.errors import Malformed, NotAllowed
from live.publish import publish


def change_reading(actor: User, course: Course, command: str, keys: Collection[int]) -> Outcome:
    """Read, pause or resume repositories, and return what was done.

    command: `read`, `pause` or `resume`. keys: those of the registrations.

    Raises NotAllowed for a person who may not change the course, and Malformed for another command.
    """
    if not permissions.may_change(actor, course):
        raise NotAllowed("not_allowed", _("Only the teacher of the course reads and pauses its repositories."))
    if command not in readings.COMMANDS:
        raise Malformed("bad_command", _("Choose what to do with the repositories."), field="command")
    with transaction.atomic():
        outcome = readings.run(command, course, actor, keys)
        if outcome.changed:
            publish(course.topic)
    return outcome
