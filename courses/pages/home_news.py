"""Which audit events of courses concern a person (settings.HOME_NEWS)."""

from collections.abc import Iterable

from django.db.models import Q

from accounts.models import User
from courses.models import Course, Enrolment, Task

FOR_STUDENTS = ("courses.change_course", "courses.add_task", "courses.change_task", "courses.delete_task")
EXTENSIONS = ("courses.grant_extension", "courses.withdraw_extension")
GROUP_DEADLINES = ("courses.set_group_deadline", "courses.remove_group_deadline")


def own_courses(user: User) -> Q:
    """Return the condition for what concerns this person in their courses.

    A teacher and an assistant see what happened to the course, its people and its tasks. A student sees changes of
    tasks, deadlines of their own group, and what was done for them; never what was done for another student.
    """
    assisted = Q(enrolments__person=user, enrolments__role=Enrolment.Role.ASSISTANT)
    shown = Course.objects.filter(archived_at=None)
    taught = shown.filter(Q(semester__teacher=user) | assisted).values_list("pk", flat=True).distinct()
    condition = Q(verb__startswith="courses.", subject__in=_subjects(taught))
    enrolments = list(
        Enrolment.objects.filter(person=user, role=Enrolment.Role.STUDENT, course__archived_at=None).select_related(
            "group"
        )
    )
    taken = _subjects(enrolment.course_id for enrolment in enrolments)
    condition |= Q(verb__in=FOR_STUDENTS, subject__in=taken)
    condition |= Q(subject__in=[f"enrolment:{enrolment.pk}" for enrolment in enrolments])
    condition |= Q(verb__in=EXTENSIONS, subject__in=taken) & _names("student", user.username)
    condition |= Q(verb__in=["courses.enrol", "courses.remove"]) & _names("person", user.username)
    for enrolment in enrolments:
        if enrolment.group:
            tasks = _subjects([enrolment.course_id])
            condition |= Q(verb__in=GROUP_DEADLINES, subject__in=tasks) & _names("group", enrolment.group.group_id)
    return condition


def _names(key: str, value: str) -> Q:
    """Return the condition that the state before or after names this person or group."""
    return Q(**{f"after__{key}": value}) | Q(**{f"before__{key}": value})


def _subjects(courses: Iterable[int]) -> list[str]:
    """Return the subjects of the events of these courses and their tasks."""
    pks = list(courses)
    tasks = Task.objects.filter(course__in=pks).values_list("pk", flat=True) if pks else []
    return [*(f"course:{pk}" for pk in pks), *(f"task:{pk}" for pk in tasks)]
