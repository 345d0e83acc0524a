"""The invitations that go to the new accounts of a file of people. No other module of courses sends any."""

from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec

from django.urls import reverse

from accounts.models import User
from accounts.principals import Principal
from courses.models import Course

MODULE = "accounts.invitations"


def can_invite() -> bool:
    """Whether this installation sends invitations."""
    return find_spec(MODULE) is not None


def invite(actor: Principal, course: Course, people: Iterable[User]) -> None:
    """Invite each person who has an e-mail address, in the caller's transaction."""
    invitations, path = import_module(MODULE), reverse("course-matrix", args=(course.pk,))
    for person in people:
        if person.email:
            invitations.invite(actor, person, context_title=course.title, context_path=path)
