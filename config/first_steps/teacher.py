"""The three steps of a teacher: the first course, its students, its first exercise."""

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from config.first_steps.step import Step, StepList
from courses.models import Course, Enrolment, Task

WORK = (Task.Asks.EXERCISE, *Task.ANSWER_KINDS)


def steps_of(person: User) -> StepList | None:
    """Return the steps of a teacher, with one query or two; None for other people, and for those who only assist."""
    if not person.is_teacher:
        return None
    own = Course.objects.filter(semester__teacher=person)
    students = Enrolment.objects.filter(course__semester__teacher=OuterRef("pk"), role=Enrolment.Role.STUDENT)
    exercises = Task.objects.filter(course__semester__teacher=OuterRef("pk"), asks_for__in=WORK)
    has_course, has_students, has_exercise = User.objects.filter(pk=person.pk).values_list(
        Exists(Course.objects.filter(semester__teacher=OuterRef("pk"))), Exists(students), Exists(exercises)
    )[0]
    if has_course and has_students and has_exercise:
        return None
    latest = own.order_by("-pk").values_list("pk", flat=True).first() if has_course else None
    return StepList(
        _("Your first course"),
        [
            Step(
                "teacher.course",
                _("Create a course"),
                _("It needs a title and a semester. Everything else can wait."),
                _("New course"),
                reverse("course-new"),
                has_course,
            ),
            Step(
                "teacher.roster",
                _("Add your students"),
                _("From the file of your school, from a pasted list, or by their user names."),
                _("Add from a file"),
                reverse("course-roster-import-new", args=[latest]) if latest else "",
                has_students,
            ),
            Step(
                "teacher.exercise",
                _("Add the first exercise"),
                _("A repository with exercises in it, a short text, or a tick."),
                _("Add a task"),
                reverse("task-new", args=[latest]) if latest else "",
                has_exercise,
            ),
        ],
    )
