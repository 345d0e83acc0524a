"""Which audit events of courses concern a person (settings.HOME_NEWS)."""

from django.db.models import Q

from accounts.models import User
from courses.models import Course, Enrolment

FOR_STUDENTS = ("courses.change_course", "courses.add_task", "courses.change_task", "courses.delete_task")
EXTENSIONS = ("courses.grant_extension", "courses.withdraw_extension")
GROUP_DEADLINES = ("courses.set_group_deadline", "courses.remove_group_deadline")


def own_courses(user: User) -> Q:
    """Return the condition for audit events of their courses that concern this person.

    A teacher, a co-teacher and an assistant see what happened to the course, its people and its tasks; the first two
    also what happened to its semester. A student sees changes of tasks, deadlines of their own group, and changes made
    for them alone. A student never sees changes made for another student. An assistant of groups sees changes of tasks
    and deadlines of these groups.
    """
    enrolments = list(Enrolment.objects.filter(person=user, course__archived_at=None).select_related("group"))
    students = [enrolment for enrolment in enrolments if enrolment.role == Enrolment.Role.STUDENT]
    roles = {enrolment.course_id: enrolment.role for enrolment in enrolments}
    subjects = _subjects(user, roles)
    taken = {enrolment.course_id for enrolment in students}
    limited = _assisted_groups([enrolment for enrolment in enrolments if enrolment.role == Enrolment.Role.ASSISTANT])
    partly = taken | limited.keys()
    taught = [subject for course, names in subjects.items() if course not in partly for subject in names]
    attended = [subject for course, names in subjects.items() if course in partly for subject in names]
    condition = Q(verb__startswith="courses.", subject__in=taught)
    condition |= Q(verb__in=FOR_STUDENTS, subject__in=attended)
    condition |= Q(subject__in=[f"enrolment:{enrolment.pk}" for enrolment in students])
    condition |= Q(verb__in=EXTENSIONS, subject__in=attended) & _names("student", user.username)
    condition |= Q(verb__in=["courses.enrol", "courses.remove"]) & _names("person", user.username)
    groups_of = {enrolment.course_id: [enrolment.group.group_id] for enrolment in students if enrolment.group} | limited
    for course, groups in groups_of.items():
        for group in groups:
            condition |= Q(verb__in=GROUP_DEADLINES, subject__in=subjects.get(course, [])) & _names("group", group)
    return condition


def _assisted_groups(assistants: list[Enrolment]) -> dict[int, list[str]]:
    """Return the ids of the groups of assistants of groups, by the key of the course. No query without assistants."""
    if not assistants:
        return {}
    groups: dict[int, list[str]] = {}
    rows = Enrolment.objects.filter(pk__in=[enrolment.pk for enrolment in assistants], assisted_groups__isnull=False)
    for course, group in rows.values_list("course_id", "assisted_groups__group_id"):
        groups.setdefault(course, []).append(group)
    return groups


def _names(key: str, value: str) -> Q:
    """Return the condition that the event's state before or after contains this person or group."""
    return Q(**{f"after__{key}": value}) | Q(**{f"before__{key}": value})


def _subjects(user: User, roles: dict[int, str]) -> dict[int, list[str]]:
    """Return the subjects of the events of the person's courses and their tasks, by course. One query.

    `roles` are theirs in the courses in which they are enrolled; the courses of their semesters are added. The semester
    is a subject where they teach.
    """
    courses = Course.objects.filter(Q(semester__teacher=user) | Q(pk__in=roles), archived_at=None)
    subjects: dict[int, list[str]] = {}
    for course, semester, task in courses.values_list("pk", "semester", "tasks__pk"):
        teaches = roles.get(course, Enrolment.Role.TEACHER) == Enrolment.Role.TEACHER
        own = [f"course:{course}", f"semester:{semester}"] if teaches else [f"course:{course}"]
        names = subjects.setdefault(course, own)
        if task is not None:
            names.append(f"task:{task}")
    return subjects
