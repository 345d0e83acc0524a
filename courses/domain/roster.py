"""Who is in a course."""

from collections.abc import Iterable
from typing import NamedTuple

from django.db import transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from courses.domain import replay
from courses.git import git_module
from courses.models import Course, Enrolment, Group
from kernel.errors import Malformed, Refused
from kernel.ids import clean_id
from live.publish import publish


def enrol(
    actor: User | None,
    course: Course,
    *,
    username: str,
    group_id: str | None = "",
    role: str | None = Enrolment.Role.STUDENT,
    first_name: str = "",
    last_name: str = "",
    create: bool = False,
) -> Enrolment:
    """Put a person into the course, or change their group and role there. The same again changes nothing; None leaves
    the group or the role as it is (a new one: no group, a student).

    Somebody unknown is refused, or with `create` made a student without a password; an existing person is never
    changed. Events that came before the person was known here count from now on.
    """
    username = clean_id(username, "username")
    with transaction.atomic():
        person = User.objects.filter(username=username).first()
        if person is None and create:
            person = User(username=username, first_name=first_name[:150], last_name=last_name[:150])
            person.set_unusable_password()
            person.save()
        if person is None or person.is_service:
            sentence = _("Nobody here has the user name %(username)s.") % {"username": username}
            raise Malformed("unknown_person", sentence, field="username")
        if person.pk == course.semester.teacher_id and _becomes(course, person, role) == Enrolment.Role.STUDENT:
            sentence = _("%(username)s teaches this course and cannot be a student of it.") % {"username": username}
            raise Malformed("is_the_teacher", sentence, field="username")
        group = None
        if group_id:
            group, _new = Group.objects.get_or_create(course=course, group_id=clean_id(group_id, "group"))
        enrolment, new = Enrolment.objects.select_related("group").get_or_create(
            course=course, person=person, defaults={"group": group, "role": role or Enrolment.Role.STUDENT}
        )
        group, role = enrolment.group if group_id is None else group, role or enrolment.role
        moved = not new and (enrolment.group_id, enrolment.role) != (group.pk if group else None, role)
        if moved:
            enrolment.group, enrolment.role = group, role
            enrolment.save(update_fields=["group", "role"])
            for repository in enrolment.student_repositories.all():
                repository.enrolment = enrolment
                git_module.register_repository(repository)  # a changed group moves the registration
        if new or moved:
            after = {"person": username, "group": group.group_id if group else "", "role": str(role)}
            audit.record(actor, "courses.enrol", f"course:{course.pk}", after=after)
            publish(course.topic, f"person:{person.pk}")
        if new or moved:
            replay.catch_up(course, [username])
    return enrolment


def _becomes(course: Course, person: User, role: str | None) -> str:
    kept = role or course.enrolments.filter(person=person).values_list("role", flat=True).first()
    return kept or Enrolment.Role.STUDENT


class Line(NamedTuple):
    """A line of a list that somebody pasted: the group is None where the line has none to say."""

    number: int
    username: str
    group_id: str | None


class WrongLines(Malformed):
    """A list with lines that cannot be taken; `lines` has the number of each and why."""

    def __init__(self, lines: list[tuple[int, Refused]]) -> None:
        super().__init__("wrong_lines", _("Nobody was added."), field="people")
        self.lines = lines


def enrol_all(actor: User | None, course: Course, lines: Iterable[Line]) -> list[Enrolment]:
    """Put all of them into the course, or nobody: WrongLines then tells every line at fault.

    A user name may be written in other letter case, where that can only be one person.
    """
    lines, refusals, enrolments = list(lines), [], {}
    alike = _alike({line.username.lower() for line in lines})
    with transaction.atomic():
        for line in lines:
            try:
                username = _meant(line.username, alike.get(line.username.lower(), []))
                made = enrol(actor, course, username=username, group_id=line.group_id, role=None)
                enrolments[made.pk] = made
            except Refused as refusal:
                refusals.append((line.number, refusal))
        if refusals:
            raise WrongLines(refusals)
    return list(enrolments.values())


def _alike(names: set[str]) -> dict[str, list[str]]:
    """The user names of people by how they read in lower case."""
    people = User.objects.exclude(kind=User.Kind.SERVICE).annotate(lowered=Lower("username")).order_by("username")
    wanted, found = sorted(names), {name: list[str]() for name in names}
    for start in range(0, len(wanted), 500):
        rows = people.filter(lowered__in=wanted[start : start + 500])
        for username in rows.values_list("username", flat=True):
            found[username.lower()].append(username)
    return found


def _meant(username: str, alike: list[str]) -> str:
    if username in alike or not alike:
        return username
    if len(alike) > 1:
        words = {"username": username, "names": ", ".join(alike)}
        sentence = _("%(username)s could be any of these, which differ in capital letters: %(names)s.") % words
        raise Malformed("several_people", sentence, field="username")
    return alike[0]


def remove(actor: User | None, enrolment: Enrolment) -> None:
    """Take a person out of the course; what was read from their repositories goes with them."""
    with transaction.atomic():
        Enrolment.objects.select_for_update().get(pk=enrolment.pk)
        for repository in enrolment.student_repositories.select_related(
            "enrolment__course__semester__teacher", "enrolment__person"
        ):
            git_module.delete_repository(repository)
        replay.forget_student(enrolment)
        audit.record(
            actor, "courses.remove", f"course:{enrolment.course_id}", before={"person": enrolment.person.username}
        )
        publish(enrolment.course.topic, f"person:{enrolment.person_id}")
        enrolment.delete()
