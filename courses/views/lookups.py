"""Find the course, task or student of a page's address: 404 or 403 for a person who may not see it."""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.person_request import PersonRequest
from courses.models import Course, Enrolment, Task
from courses.rules import permissions
from courses.rules.permissions import Access, Caller, GroupLimit
from kernel.database.compiled import CompiledQuery

LARGEST_KEY = 2**63 - 1  # SQLite refuses a larger number as a parameter
COURSES = Course.objects.select_related("semester__teacher")
COURSE = CompiledQuery(lambda pk: COURSES.filter(pk=pk))
COURSE_OF_PERSON = CompiledQuery(lambda pk, person: COURSES.of_person(person).filter(pk=pk))


def get_course(request: PersonRequest, pk: int) -> Course:
    """Return a course that this person may know of. Raises Http404 for anybody else."""
    if pk > LARGEST_KEY:
        raise Http404
    user = request.user
    for course in COURSE.rows(pk) if user.is_staff else COURSE_OF_PERSON.rows(pk, user.pk):
        return course
    raise Http404


def get_course_with_class(request: PersonRequest, pk: int) -> Course:
    """Return a course whose class this person may see. Raises Http404 or PermissionDenied."""
    return get_class_and_limit(request, pk)[0]


def get_class_and_limit(request: PersonRequest, pk: int) -> tuple[Course, GroupLimit]:
    """Return a course whose class this person may see, and the groups whose students they see there."""
    course, access = get_class_and_access(request, pk)
    return course, access.limit


def get_class_and_access(request: PersonRequest, pk: int) -> tuple[Course, Access]:
    """Return a course whose class this person may see, and what they may see and do there."""
    course = get_course(request, pk)
    access = permissions.access_of(request.user, course)
    if access.limit == permissions.NOBODY:
        raise PermissionDenied
    return course, access


def get_changeable_course(request: PersonRequest, pk: int) -> Course:
    """Return a course that this person may change. Raises Http404 or PermissionDenied."""
    course, access = get_class_and_access(request, pk)
    if not access.may_change:
        raise PermissionDenied
    return course


def get_task(request: PersonRequest, pk: int, task_pk: int) -> Task:
    """Return a task of a course whose class this person may see. Raises Http404 or PermissionDenied."""
    return get_task_and_limit(request, pk, task_pk)[0]


def get_task_and_limit(request: PersonRequest, pk: int, task_pk: int) -> tuple[Task, GroupLimit]:
    """Return also the groups whose students the person sees."""
    task, access = get_task_and_access(request, pk, task_pk)
    return task, access.limit


def get_task_and_access(request: PersonRequest, pk: int, task_pk: int) -> tuple[Task, Access]:
    """Return also what the person may see and do in the course."""
    course, access = get_class_and_access(request, pk)
    task: Task = get_object_or_404(course.tasks, pk=task_pk)
    task.course = course
    return task, access


def get_changeable_task(request: PersonRequest, pk: int, task_pk: int) -> Task:
    """Return a task of a course that this person may change. Raises Http404 or PermissionDenied."""
    return get_permitted_task(request, pk, task_pk, permissions.may_change)[0]


def get_permitted_task(
    request: PersonRequest, pk: int, task_pk: int, is_permitted: Callable[[Caller, Course], bool]
) -> tuple[Task, GroupLimit]:
    """Return a task of a course for which the person has this permission, and the groups whose students they see.

    Raises Http404 or PermissionDenied.
    """
    task, limit = get_task_and_limit(request, pk, task_pk)
    if not is_permitted(request.user, task.course):
        raise PermissionDenied
    return task, limit


def get_enrolment(request: PersonRequest, pk: int, username: str) -> Enrolment:
    """Return the enrolment of one student that this person may see. Raises Http404 for anybody else."""
    enrolments = Enrolment.objects.select_related("course__semester__teacher", "person", "group")
    enrolment = get_object_or_404(enrolments, course=pk, person__username=username, role=Enrolment.Role.STUDENT)
    if not permissions.may_see_student(request.user, enrolment):
        raise Http404
    return enrolment
