"""The invitations of the people of a course: of the new accounts of a file, and of those who have not come yet."""

from collections.abc import Iterable

from django.db import transaction
from django.urls import reverse

from accounts.domain import invitations
from accounts.domain.invitations import State
from accounts.models import User
from accounts.principals import Principal
from courses.models import Course
from kernel.errors import Refused

# The states in which "invite all" sends a new invitation. The others have one that still works, or came.
TO_INVITE = frozenset({State.NEVER_SENT, State.BOUNCED, State.EXPIRED})


def invite(actor: Principal, course: Course, people: Iterable[User]) -> None:
    """Invite each person who has an e-mail address, in the caller's transaction."""
    for person in people:
        if person.email:
            invite_one(actor, course, person)


def invite_one(actor: Principal, course: Course, person: User) -> None:
    """Invite a person to this course, or again. Raises Refused as `accounts.domain.invitations.invite`."""
    path = reverse("course-matrix", args=(course.pk,))  # a student is led on to their own page
    invitations.invite(actor, person, context_title=course.title, context_path=path)


def invite_to_team(actor: Principal, course: Course, person: User) -> None:
    """Invite a new co-teacher or assistant who cannot sign in yet and has no invitation that works."""
    if may_invite(actor, person) and invitations.state(person) in TO_INVITE:
        invite_one(actor, course, person)


def invite_all(actor: Principal, course: Course) -> int:
    """Invite everybody in the course who has no invitation that works; return their number.

    People who cannot be invited, such as those without an address and staff, are left out. Of two calls at once the
    second one waits, and finds nobody to invite.
    """
    people = User.objects.filter(enrolments__course=course, last_login=None).order_by("pk")
    count = 0
    with transaction.atomic():
        Course.objects.select_for_update().get(pk=course.pk)
        states = invitations.states(people)
        for person in people:
            if states[person.pk] in TO_INVITE and may_invite(actor, person):
                invite_one(actor, course, person)
                count += 1
    return count


def may_invite(actor: Principal, person: User) -> bool:
    """Whether this actor may invite this person, and an invitation makes sense."""
    try:
        invitations.check_may_be_invited(actor, person)
    except Refused:
        return False
    return True
