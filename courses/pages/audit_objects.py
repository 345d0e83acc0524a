"""The objects of courses in the audit log (accounts/audit_log/objects.py): their names and pages."""

from collections.abc import Collection

from django.urls import reverse

from accounts.audit_log.objects import MOST_FOUND
from courses.models import Course, Enrolment, Semester, Task
from kernel.database.folded import having_words


def load_courses(numbers: Collection[int]) -> dict[int, tuple[str, str]]:
    courses = Course.objects.filter(pk__in=numbers).only("title")
    return {course.pk: (course.title, reverse("course-matrix", args=[course.pk])) for course in courses}


def find_courses(text: str) -> list[int]:
    courses = having_words(Course.objects.order_by("-pk"), text, "title", "course_id")
    return list(courses.values_list("pk", flat=True)[:MOST_FOUND])


def load_semesters(numbers: Collection[int]) -> dict[int, tuple[str, str]]:
    semesters = Semester.objects.filter(pk__in=numbers).only("title", "semester_id")
    return {semester.pk: (str(semester), reverse("semester", args=[semester.pk])) for semester in semesters}


def find_semesters(text: str) -> list[int]:
    semesters = having_words(Semester.objects.order_by("-pk"), text, "title", "semester_id")
    return list(semesters.values_list("pk", flat=True)[:MOST_FOUND])


def load_tasks(numbers: Collection[int]) -> dict[int, tuple[str, str]]:
    """Name a task with its course: many courses have a task with the same title."""
    tasks = Task.objects.filter(pk__in=numbers).select_related("course").only("title", "course__title")
    return {
        task.pk: (f"{task.title} · {task.course.title}", reverse("course-task", args=[task.course_id, task.pk]))
        for task in tasks
    }


def find_tasks(text: str) -> list[int]:
    return list(having_words(Task.objects.order_by("-pk"), text, "title").values_list("pk", flat=True)[:MOST_FOUND])


def load_enrolments(numbers: Collection[int]) -> dict[int, tuple[str, str]]:
    enrolments = Enrolment.objects.filter(pk__in=numbers).select_related("person", "course")
    return {
        enrolment.pk: (f"{enrolment.person.display_name} · {enrolment.course.title}", _enrolment_page(enrolment))
        for enrolment in enrolments
    }


def _enrolment_page(enrolment: Enrolment) -> str:
    if enrolment.role == Enrolment.Role.STUDENT:
        return reverse("course-student", args=[enrolment.course_id, enrolment.person.username])
    return reverse("course-roster", args=[enrolment.course_id])
