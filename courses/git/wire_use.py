"""Whether the Git module knows a course, a semester or a group by its id already: the id is fixed then.

The first registration, message or event on the wire is the first use. To show a hook address is none.
"""

from django.db.models import QuerySet

from courses.git.git_module import is_remote, wire_ids
from courses.git.outgoing_messages import course_ids
from courses.models import Course, Group, OutgoingMessage, ReceivedEvent, Semester, StudentRepository
from gitsync.domain import course_keys
from gitsync.values import CourseIds
from kernel.database.text_hash import text_hash


def is_course_used(course: Course) -> bool:
    """Return whether the course's ids are fixed. Up to six queries."""
    if ReceivedEvent.objects.filter(course=course).exists():
        return True
    if StudentRepository.objects.filter(enrolment__course=course).exists() or _messages(course).exists():
        return True
    return not is_remote() and course_keys.is_used(wire_ids(course))


def is_semester_used(semester: Semester) -> bool:
    """Return whether the ids of a course of the semester are fixed."""
    return any(is_course_used(course) for course in semester.courses.select_related("semester__teacher"))


def is_group_used(group: Group) -> bool:
    """Return whether the group's id is fixed: a registration of one of its students names it."""
    if StudentRepository.objects.filter(enrolment__group=group).exists():
        return True
    if _messages(group.course).filter(body__groupId=group.group_id).exists():
        return True
    return not is_remote() and course_keys.is_group_used(wire_ids(group.course), group.group_id)


def rename_course(ids: CourseIds, course: Course) -> None:
    """Tell the Git module of this installation the new ids of a course that is not used. `ids` are the old ones."""
    if not is_remote():
        course_keys.rename_unused(ids, wire_ids(course))


def _messages(course: Course) -> QuerySet[OutgoingMessage]:
    return OutgoingMessage.objects.filter(course_key_hash=text_hash("/".join(course_ids(course).values())))
