"""The two steps of a student: give the repository, and add the webhook."""

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from config.first_steps.step import Step, StepList
from courses.models import Enrolment, StudentRepository, Task
from gitsync.models import Delivery


def steps_of(person: User) -> StepList | None:
    """Return the steps of a student whose course asks for a repository, with one query; None for other people."""
    if person.is_teacher or person.is_service:
        return None
    wanted = Task.objects.filter(course=OuterRef("course"), asks_for=Task.Asks.REPOSITORY)
    given = StudentRepository.objects.filter(enrolment=OuterRef("pk"))
    hooks = Delivery.objects.filter(repository__registrations__student__student_id=person.username)
    enrolments = Enrolment.objects.filter(person=person, role=Enrolment.Role.STUDENT, course__archived_at=None)
    rows = list(
        enrolments.filter(Exists(wanted)).order_by("-pk").values_list("course", Exists(given), Exists(hooks))[:1]
    )
    if not rows:
        return None
    course, has_repository, has_hook = rows[0]
    page = reverse("course-repository", args=[course, person.username])
    return StepList(
        _("Your first steps"),
        [
            Step(
                "student.repository",
                _("Give your repository"),
                _("Paste its address. Your work is then read from it, and you see what counts."),
                _("Give the address"),
                page,
                has_repository,
            ),
            Step(
                "student.hook",
                _("Show your pushes at once"),
                _("Add the address of the webhook to your repository. Without it, a push appears some minutes later."),
                _("Open the repository"),
                page,
                has_hook,
            ),
        ],
    )
