"""The people for whom the access to every address is tested: a course of the demonstration school, seen by eight kinds
of people and a program.
"""

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken

from accounts.models import SignedInBrowser, User
from config.tests.school import ready_zip
from courses.domain import courses, extensions, group_deadlines, roster, teaching_team
from farm.models import LostTime, Reservation
from kernel.testing.people import make_person

SECRET = "Qzxvjkw"  # in the name, user name and address of everybody of whom others may see nothing
REASON = "Qzreasonvj"  # in the reason of an extension
GROUP = "A1"  # the group of the assistant and of the student


def make_people(school: dict[str, Any]) -> dict[str, User | None]:
    """Return somebody of each kind, by their letter. The student and the teacher are those of the school."""
    other_teacher = make_person("otherteacher", kind="teacher")
    other_course = courses.create_course(
        other_teacher, other_teacher, semester_id="A2026", course_id="Other", title=f"Other {SECRET}"
    )
    other_student = make_person("otherstudent")
    roster.enrol(other_teacher, other_course, username=other_student.username)
    roster.enrol(other_teacher, other_course, username=stranger().username)
    assistant = make_person("assistant")
    teaching_team.add_to_team(
        school["teacher"], school["course"], username=assistant.username, role="assistant", group_ids=[GROUP]
    )
    program = make_person("program", kind="service")
    program.set_unusable_password()
    program.save(update_fields=["password"])
    return {
        "n": None,
        "o": other_student,
        "s": school["student"],
        "a": assistant,
        "u": other_teacher,
        "t": school["teacher"],
        "r": make_person("reader", is_staff=True),
        "x": school["staff"],
        "p": program,
    }


def closed_superuser() -> User:
    """Return somebody whose rights would open everything. Their account is closed after they have signed in."""
    person: User = make_person("gone", kind="teacher", is_staff=True, is_superuser=True)
    return person


def hidden_names(school: dict[str, Any]) -> dict[str, set[str]]:
    """Return the names and addresses that must be in no answer, by the letter of the kind.

    Everybody may see the names on bookings (FARM_NAMES), so people with bookings are left out.
    """
    has_booked = Q(pk__in=Reservation.objects.values("owner")) | Q(pk=school["student"].pk)
    classmates = User.objects.filter(enrolments__course=school["course"], enrolments__role="student")
    names = {name for name in classmates.exclude(has_booked).values_list("username", flat=True) if "." in name}
    assert names
    unknown = {SECRET, SECRET.lower()}
    of_class = names | {REASON}
    elsewhere = classmates.exclude(enrolments__course=school["course"], enrolments__group__group_id=GROUP)
    other_groups = names & set(elsewhere.values_list("username", flat=True))
    assert other_groups
    return {
        "n": of_class | unknown,
        "o": of_class | {f"{SECRET}first", f"{SECRET.lower()}.person"},
        "s": names | unknown,
        "a": unknown | other_groups,
        "u": of_class,
        "t": unknown,
    }


def stranger() -> User:
    """Return somebody whom only the other teacher and staff know."""
    name = f"{SECRET.lower()}.person"
    person: User = make_person(name, first_name=f"{SECRET}first", last_name=f"{SECRET}last")
    return person


def make_rows(school: dict[str, Any]) -> dict[str, Any]:
    """Make the rows that addresses name and that the school lacks; return their keys by the name of the argument."""
    task, enrolment, now = school["due_task"], school["enrolment"], timezone.now()
    later = max(task.deadline, now) + timedelta(days=9)
    teacher, student = school["teacher"], school["student"]
    group = school["course"].groups.get(group_id=GROUP)
    extension = extensions.grant_extension(
        teacher, task, enrolment, deadline=later + timedelta(days=1), reason=f"{REASON} of the student"
    )
    deadline = group_deadlines.set_group_deadline(teacher, task, group, deadline=later)
    browser = SignedInBrowser.objects.create(
        person=student, session_key="k" * 32, claim=student.session_claim, signed_in_at=now, seen_at=now
    )
    lost = LostTime.objects.create(reservation=school["booking"], start=now, end=now + timedelta(hours=1))
    return {
        "extension_pk": extension.pk,
        "zip_pk": ready_zip(teacher, task, [enrolment.pk]).pk,
        "deadline_pk": deadline.pk,
        "group_pk": group.pk,
        "browser": browser.pk,
        "lost_time": lost.pk,
        "member": school["course"].enrolments.get(person__username="assistant").pk,
        "newcomer": "otherstudent",
    }


def browser_of(person: User | None) -> Client:
    client = Client()
    if person is not None:
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def bearer_of(person: User | None) -> Client:
    """Return a client with the bearer token of this account: the way of programs, and of people to the APIs."""
    client = APIClient()
    if person is not None:
        token = AccessToken.for_user(person)
        token["session"] = person.session_claim
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client
