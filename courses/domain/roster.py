"""Commands that put people into a course, one by one or as a list, and remove them."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from django.db import transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from accounts.principals import Principal
from courses.domain import assisted_groups, erasure, replay, teams
from courses.git import git_module
from courses.models import Course, Enrolment, Group, LineOutcome, StudentRepository
from courses.notices.enrolments import notify_added
from courses.rules.enrolment_roles import role_after
from courses.rules.group_names import GroupNames
from courses.rules.planned_lines import PlannedLine
from kernel.errors import Malformed, Refused
from kernel.ids import clean_id
from kernel.text.plain_words import BadWords, one_line
from live.publish import publish
from mail.outgoing import forget_notices

BATCH = 500
CHANGES = (LineOutcome.NEW, LineOutcome.ADDED, LineOutcome.MOVED)


def enrol(
    actor: Principal,
    course: Course,
    *,
    username: str,
    group_id: str | None = "",
    role: str | None = Enrolment.Role.STUDENT,
    first_name: str = "",
    last_name: str = "",
    create: bool = False,
    notify: bool = True,
    assisted_group_ids: Collection[str] | None = None,
) -> Enrolment:
    """Put a person into the course, or change their group and role there.

    A `group_id` or `role` of None leaves it as it is; for a new enrolment it means no group, and a student. A group
    that does not exist is created. The same enrolment again changes nothing.

    `assisted_group_ids` are the groups whose students an assistant sees; none means all students, and None leaves them
    as they are.

    With `create`, an unknown person becomes a student without a password; an existing person is never changed. Events
    about the person that arrived before take effect now. With `notify`, a new person gets a mail about it.

    Raises Malformed for an id out of shape, for an unknown person (without `create`), for a service account, for a
    teacher of the course as a student of it, for a co-teacher who is not a teacher, and for an unknown assisted group.
    """
    username = clean_id(username, "username")
    with transaction.atomic():
        if assisted_group_ids is not None:  # so that `groups.delete_group` does not delete one of them now
            Course.objects.select_for_update().get(pk=course.pk)
        person = User.objects.filter(username=username).first()
        if person is None and create:
            names = {
                "first_name": _clean_name(first_name, "first_name"),
                "last_name": _clean_name(last_name, "last_name"),
            }
            person = User(username=username, **names)
            person.set_unusable_password()
            person.save()
        if person is None or person.is_service:
            sentence = _("Nobody here has the user name %(username)s.") % {"username": username}
            raise Malformed("unknown_person", sentence, field="username")
        group = None
        if group_id:
            group, _new = Group.objects.get_or_create(course=course, group_id=clean_id(group_id, "group"))
        enrolment, new = Enrolment.objects.select_related("group").get_or_create(
            course=course, person=person, defaults={"group": group, "role": role or Enrolment.Role.STUDENT}
        )
        is_semester_teacher = person.pk == course.semester.teacher_id
        role = role_after("" if new else enrolment.role, role, person, is_semester_teacher=is_semester_teacher)
        group = enrolment.group if group_id is None else group
        moved = not new and (enrolment.group_id, enrolment.role) != (group.pk if group else None, role)
        if moved:
            enrolment.group, enrolment.role = group, role
            enrolment.save(update_fields=["group", "role"])
            if role != Enrolment.Role.STUDENT:
                teams.leave_team(actor, enrolment)
            for repository in enrolment.student_repositories.all():
                repository.enrolment = enrolment
                git_module.register_repository(repository)  # the registration has the group
        limited = (moved or assisted_group_ids is not None) and assisted_groups.choose(enrolment, assisted_group_ids)
        if new or moved or limited:
            after = {"person": username, "group": group.group_id if group else "", "role": str(role)}
            if role == Enrolment.Role.ASSISTANT:
                after["assisted_groups"] = assisted_groups.ids_in_words(enrolment)
            audit.record(actor, "courses.enrol", f"course:{course.pk}", after=after)
            publish(course.topic, f"person:{person.pk}")
            replay.apply_early_events(course, [username])
        if new and notify:
            notify_added(actor, course, [person])
    return enrolment


def _clean_name(name: str, field: str) -> str:
    """Return a person's name in its normal form. Raises Malformed for invisible characters."""
    try:
        return one_line(name[:150], joiners=True)
    except BadWords as error:
        raise Malformed("invalid", str(error), field=field) from None


class RosterLine(NamedTuple):
    """A line of a pasted list of people. The group is None when the line names no group."""

    number: int
    username: str
    group_id: str | None


class WrongLines(Malformed):
    """Raised for a list with wrong lines; `lines` has the number of each wrong line and its refusal."""

    def __init__(self, lines: list[tuple[int, Refused]]) -> None:
        super().__init__("wrong_lines", _("Nobody was added."), field="people")
        self.lines = lines


def enrol_all(actor: Principal, course: Course, lines: Iterable[RosterLine]) -> list[Enrolment]:
    """Put all people of a list into the course, or nobody.

    A user name may be written in another letter case when only one person can be meant. A group is named by its id or
    its title, as in a file of people.
    Raises WrongLines with every wrong line.
    """
    lines, refusals, enrolments = list(lines), [], {}
    group_names = GroupNames(course.groups.order_by("-group_id").values_list("group_id", "title"))
    candidates = _usernames_by_lower_case({line.username.lower() for line in lines})
    with transaction.atomic():
        present = set(course.enrolments.values_list("pk", flat=True))
        for line in lines:
            try:
                username = _exact_username(line.username, candidates.get(line.username.lower(), []))
                group_id = group_names.id_of(line.group_id) if line.group_id else line.group_id
                enrolment = enrol(actor, course, username=username, group_id=group_id, role=None, notify=False)
                enrolments[enrolment.pk] = enrolment
            except Refused as refusal:
                refusals.append((line.number, refusal))
        if refusals:
            raise WrongLines(refusals)
        notify_added(actor, course, [row.person for pk, row in enrolments.items() if pk not in present])
    return list(enrolments.values())


def _usernames_by_lower_case(names: set[str]) -> dict[str, list[str]]:
    """Return, for each of these names in lower case, the user names of people that differ from it in case only."""
    people = User.objects.exclude(kind=User.Kind.SERVICE).annotate(lowered=Lower("username")).order_by("username")
    sorted_names, usernames = sorted(names), {name: list[str]() for name in names}
    for start in range(0, len(sorted_names), BATCH):
        matching = people.filter(lowered__in=sorted_names[start : start + BATCH])
        for username in matching.values_list("username", flat=True):
            usernames[username.lower()].append(username)
    return usernames


def _exact_username(username: str, candidates: list[str]) -> str:
    """Return the one user name that is meant. Raises Malformed when several candidates differ from it in case only."""
    if username in candidates or not candidates:
        return username
    if len(candidates) > 1:
        values = {"username": username, "names": ", ".join(candidates)}
        sentence = _("%(username)s could be any of these, which differ in capital letters: %(names)s.") % values
        raise Malformed("several_people", sentence, field="username")
    return candidates[0]


def enrol_planned(actor: Principal, course: Course, lines: Sequence[PlannedLine]) -> list[User]:
    """Write the effect of planned lines, with a few statements for all of them; return the new accounts.

    The rules are those of `enrol`; the plan has checked them. Call this in the transaction that made the plan, under
    the lock of the course. The caller writes the audit log. A repository of a moved student costs statements of its
    own. Raises IntegrityError when another transaction took a user name or enrolled a person at the same moment.
    """
    groups = _groups_with_ids({line.group_id: line.group_title for line in lines if line.group_id}, course)
    new_lines = [line for line in lines if line.outcome == LineOutcome.NEW]
    User.objects.bulk_create(map(_new_account, new_lines))
    new_people = list(User.objects.filter(username__in=[line.username for line in new_lines]))
    keys = {person.username: person.pk for person in new_people}
    Enrolment.objects.bulk_create(
        Enrolment(course=course, person_id=line.person_id or keys[line.username], group=groups.get(line.group_id))
        for line in lines
        if line.outcome in (LineOutcome.NEW, LineOutcome.ADDED)
    )
    moved = {line.enrolment_id or 0: groups.get(line.group_id) for line in lines if line.outcome == LineOutcome.MOVED}
    moved = {pk: group for pk, group in moved.items() if group}  # a line may change the team alone
    enrolments = list(course.enrolments.filter(pk__in=moved).select_related("person"))
    for enrolment in enrolments:
        enrolment.course, enrolment.group = course, moved[enrolment.pk]
    Enrolment.objects.bulk_update(enrolments, ["group"])
    for repository in StudentRepository.objects.filter(enrolment__in=enrolments):
        repository.enrolment = next(enrolment for enrolment in enrolments if enrolment.pk == repository.enrolment_id)
        git_module.register_repository(repository)  # the registration has the group
    changed = [line for line in lines if line.outcome in CHANGES]
    if changed:
        topics = [f"person:{line.person_id or keys[line.username]}" for line in changed]
        publish(course.topic, *topics)
        replay.apply_early_events(course, [line.username for line in changed])
        added = [line.person_id for line in lines if line.person_id and line.outcome == LineOutcome.ADDED]
        notify_added(actor, course, User.objects.filter(pk__in=added))
    return new_people


def _groups_with_ids(titles: dict[str, str], course: Course) -> dict[str, Group]:
    """Return the groups of the course with these ids; create those that do not exist, with these titles."""
    existing = set(course.groups.filter(group_id__in=titles).values_list("group_id", flat=True))
    Group.objects.bulk_create(
        Group(course=course, group_id=group_id, title="" if title == group_id else title)
        for group_id, title in titles.items()
        if group_id not in existing
    )
    return {group.group_id: group for group in course.groups.filter(group_id__in=titles)}


def _new_account(line: PlannedLine) -> User:
    person = User(username=line.username, email=line.email, first_name=line.first_name, last_name=line.last_name)
    person.set_unusable_password()
    return person


def remove(actor: Principal, enrolment: Enrolment) -> None:
    """Remove a person from the course, with their repositories and all data that was read from them.

    Notices about the course that they did not get yet are forgotten: they name its people.
    """
    with transaction.atomic():
        Enrolment.objects.select_for_update().get(pk=enrolment.pk)
        for repository in enrolment.student_repositories.select_related(
            "enrolment__course__semester__teacher", "enrolment__person"
        ):
            git_module.delete_repository(repository)
        erasure.erase_student_data(enrolment)
        audit.record(
            actor, "courses.remove", f"course:{enrolment.course_id}", before={"person": enrolment.person.username}
        )
        publish(enrolment.course.topic, f"person:{enrolment.person_id}")
        forget_notices(enrolment.person_id, below=f"/courses/{enrolment.course_id}/")
        enrolment.delete()
