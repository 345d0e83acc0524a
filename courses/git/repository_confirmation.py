"""Queries and the command for repositories of a course that are hidden until its teacher confirms them.

A student who names a repository that the public cannot read has not shown that it is theirs. The Git module of this
installation hides it then. A Git module elsewhere trusts this installation, so no repository waits there.
"""

from collections import Counter
from collections.abc import Collection, Sequence

from accounts.principals import Principal
from courses.git.git_module import is_remote, wire_ids
from courses.models import Course
from gitsync.domain import confirmation
from gitsync.queries import waiting
from gitsync.queries.waiting import Waiting, WaitingRegistration


def waiting_registrations(course: Course) -> list[WaitingRegistration]:
    """Return the registrations that wait for the teacher; none where the Git module is elsewhere."""
    return [] if is_remote() else waiting.waiting_registrations(wire_ids(course))


def count_waiting(courses: Sequence[Course]) -> Counter[int]:
    """Return the number of repositories that wait for the teacher, by the key of the course. One query."""
    if is_remote() or not courses:
        return Counter()
    numbers = waiting.count_waiting({course.teacher.username for course in courses})
    return Counter({course.pk: numbers[wire_ids(course)] for course in courses})


def newest_waiting(courses: Sequence[Course]) -> dict[int, Waiting]:
    """Return how many repositories wait, and the newest one, by the key of the course; only courses with any.

    One query.
    """
    if is_remote() or not courses:
        return {}
    waiting_by_ids = waiting.newest_waiting({course.teacher.username for course in courses})
    return {course.pk: waiting_by_ids[ids] for course in courses if (ids := wire_ids(course)) in waiting_by_ids}


def confirm_registrations(course: Course, actor: Principal, keys: Collection[int] | None) -> int:
    """Confirm waiting registrations, and return how many there were.

    The number is 0 where the Git module is elsewhere.
    """
    return 0 if is_remote() else confirmation.confirm(wire_ids(course), actor, keys)
