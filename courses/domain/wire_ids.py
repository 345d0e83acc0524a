"""The ids by which the Git module knows courses, semesters and groups: proposed from titles, changed before first use.

The callers hold the transaction, and the lock of the row whose id changes.
"""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from courses.domain import replay
from courses.git import wire_use
from courses.git.git_module import wire_ids
from courses.models import Course, Group, Semester
from courses.rules.unique_names import UniqueNames
from kernel.errors import Conflict
from kernel.ids import clean_id, proposed_id


def in_one_line(title: str) -> str:
    """Return a title with one space for any white space, and none at its ends."""
    return " ".join(title.split())


def free_id(title: str, otherwise: str, taken: Iterable[str]) -> str:
    """Return the id that follows from a title, with a number behind it when it is taken."""
    return UniqueNames(taken).take_free(proposed_id(title, otherwise))


def set_course_id(course: Course, course_id: str) -> None:
    """Give a course another id; save nothing. Raises Malformed, and Conflict when it is fixed or taken."""
    course_id = clean_id(course_id, "course_id")
    if course_id == course.course_id:
        return
    if wire_use.is_course_used(course):
        _refuse("course_id")
    if course.semester.courses.filter(course_id=course_id).exists():
        raise Conflict("exists", _("You have this course in this semester already."), field="course_id")
    course.course_id = course_id


def set_semester_id(semester: Semester, semester_id: str) -> None:
    """Give a semester another id; save nothing. Raises as `set_course_id`."""
    semester_id = clean_id(semester_id, "semester_id")
    if semester_id == semester.semester_id:
        return
    if wire_use.is_semester_used(semester):
        _refuse("semester_id")
    if semester.teacher.semesters.filter(semester_id=semester_id).exists():
        raise Conflict("exists", _("You have a semester with this id already."), field="semester_id")
    semester.semester_id = semester_id


def set_group_id(group: Group, group_id: str) -> None:
    """Give a group another id; save nothing. Raises as `set_course_id`."""
    group_id = clean_id(group_id, "group_id")
    if group_id == group.group_id:
        return
    list(group.enrolments.select_for_update())  # a registration of one of these students waits, and reads the new id
    if wire_use.is_group_used(group):
        _refuse("group_id")
    if group.course.groups.filter(group_id=group_id).exists():
        raise Conflict("exists", _("The course has a group with this id already."), field="group_id")
    group.group_id = group_id


def course_was_renamed(before: Course, course: Course) -> None:
    """Keep the hook address of a course whose ids are saved, and apply the events that named it by them before.

    `before` is the course with its old ids.
    """
    old_ids, new_ids = wire_ids(before), wire_ids(course)
    if old_ids != new_ids:
        wire_use.rename_course(old_ids, course)
        replay.apply_early_events(course)


def _refuse(field: str) -> None:
    raise Conflict("id_is_used", _("The Git module knows it by this id already, so the id is fixed."), field=field)
