"""Notifies people by mail that they were added to a course. Called by commands, in their transaction."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.principals import Principal
from courses.models import Course
from kernel.text.bidi import isolated
from mail.notices import notify_all


def notify_added(actor: Principal, course: Course, people: Iterable[User]) -> None:
    """Notify people that they are in the course now, once a day at most.

    Somebody who cannot sign in yet gets an invitation instead. Atelier itself (None), which fills the demonstration,
    notifies nobody. Nobody is notified about an archived course.
    """
    if actor is None or course.archived_at:
        return
    notify_all(
        [person for person in people if person.pk != actor.pk and person.has_usable_password()],
        "courses.added",
        key=f"course:{course.pk}:{timezone.now():%Y-%m-%d}",
        template="courses/mail/added.txt",
        context={"course": isolated(course.title), "teacher": isolated(course.teacher.display_name)},
        path=reverse("course-matrix", args=(course.pk,)),
    )
