"""The three steps of a teacher: the first course, its students, its first exercise. A co-teacher has the last two."""

from django.db.models import Exists, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from config.first_steps.step import Step, StepList
from courses.models import Course, Enrolment, Task

WORK = (Task.Asks.EXERCISE, *Task.ANSWER_KINDS)


def steps_of(person: User) -> StepList | None:
    """Return the steps of a teacher, with one query or two; None for other people, and when all are done.

    A co-teacher without a course of their own has no need to create one: they have the steps of the course that they
    co-teach.
    """
    if not person.is_teacher:
        return None
    own = Course.objects.filter(semester__teacher=person)
    memberships = Enrolment.objects.filter(person=person, role=Enrolment.Role.TEACHER)
    co_taught = Course.objects.filter(pk__in=memberships.values("course"))
    answers = User.objects.filter(pk=person.pk).values_list(*_questions(own), *_questions(co_taught))[0]
    own_state, co_taught_state = answers[:3], answers[3:]
    is_only_co_teacher = co_taught_state[0] and not own_state[0]
    courses, state = (co_taught, co_taught_state) if is_only_co_teacher else (own, own_state)
    if all(state):
        return None
    latest = courses.order_by("-pk").values_list("pk", flat=True).first() if state[0] else None
    steps = _steps(latest, *state)
    if is_only_co_teacher:
        return StepList(_("Your first steps"), steps[1:])
    return StepList(_("Your first course"), steps)


def _questions(courses: QuerySet[Course]) -> tuple[Exists, Exists, Exists]:
    """Return whether there are a course, a student and an exercise among these courses."""
    students = Enrolment.objects.filter(course__in=courses.values("pk"), role=Enrolment.Role.STUDENT)
    exercises = Task.objects.filter(course__in=courses.values("pk"), asks_for__in=WORK)
    return Exists(courses), Exists(students), Exists(exercises)


def _steps(latest: int | None, has_course: bool, has_students: bool, has_exercise: bool) -> list[Step]:
    """Return all steps. `latest` is the course to which they lead."""
    return [
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
    ]
