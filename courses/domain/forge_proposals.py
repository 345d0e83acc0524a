"""Writes the proposals of who is whose into the rows of a connection, from the roster and what the forge said."""

from collections.abc import Sequence

from courses.git.given_addresses import same_repository
from courses.models import Enrolment, ForgeConnection, ForgeRepository, StudentRepository
from courses.rules.forge_matching import Listed, Proposal, Sign, Student, propose
from kernel.database.text_hash import text_hash

Match, RowState = ForgeRepository.Match, ForgeRepository.State
MATCH_OF = {Sign.GIVEN: Match.GIVEN, Sign.NAME: Match.NAME, Sign.MEMBER: Match.MEMBER, Sign.EMAIL: Match.EMAIL}
LARGEST_GROUP = 20  # people of a repository; with more it is not the work of a few


def write_proposals(connection: ForgeConnection) -> None:
    """Propose a student for each repository that is not registered and that nobody has chosen for.

    Call it in a transaction with the connection locked. A student who has a repository here keeps it.
    """
    rows = list(connection.repositories.order_by("pk"))
    kept = [row for row in rows if row.match == Match.CHOSEN or row.state != RowState.LISTED]
    kept_keys, taken = {row.pk for row in kept}, {pk for row in kept for pk in row.students}
    students = [student for student in _students(connection) if student.key not in taken]
    usernames = {student.key: student.username for student in students}
    open_rows = [row for row in rows if row.pk not in kept_keys]
    proposals = propose(_listed(connection, open_rows), students)
    for row in open_rows:
        proposal = proposals[row.pk]
        row.enrolment_id = proposal.student
        row.match = _match_of(proposal)
        row.candidates = [usernames[key] for key in proposal.candidates if key in usernames]
    ForgeRepository.objects.bulk_update(open_rows, ["enrolment", "match", "candidates"], batch_size=500)


def needs_people(connection: ForgeConnection) -> list[int]:
    """Return the keys of the repositories whose people the forge is asked for, because their names do not settle them.

    When every student has a repository, there are none.
    """
    matched = connection.repositories.exclude(enrolment=None).values("enrolment")
    students = Enrolment.objects.filter(course=connection.course_id, role=Enrolment.Role.STUDENT)
    if not students.exclude(pk__in=matched).exists():
        return []
    unsettled = connection.repositories.filter(enrolment=None, people__isnull=True, state=RowState.LISTED)
    return list(unsettled.order_by("pk").values_list("pk", flat=True))


def _match_of(proposal: Proposal) -> ForgeRepository.Match:
    if proposal.sign is not None:
        return MATCH_OF[proposal.sign]
    if proposal.is_twice:
        return Match.TWICE
    return Match.SEVERAL if proposal.candidates else Match.NONE


def _students(connection: ForgeConnection) -> list[Student]:
    enrolments = Enrolment.objects.filter(course=connection.course_id, role=Enrolment.Role.STUDENT)
    names = ("pk", "person__username", "person__first_name", "person__last_name", "person__email")
    return [Student(*values) for values in enrolments.order_by("pk").values_list(*names)]


def _listed(connection: ForgeConnection, rows: Sequence[ForgeRepository]) -> list[Listed]:
    given = _given(connection)
    listed = []
    for row in rows:
        people = [(login, email) for login, email in row.people or []]
        name = row.full_name.removeprefix(f"{connection.owner}/")  # the group's own name names nobody
        similar = given.get(_last_part(row.clone_url), ())
        giver = next((pk for url, pk in similar if same_repository(url, row.clone_url)), None)
        people = people if len(people) <= LARGEST_GROUP else []
        listed.append(Listed(row.pk, name, giver, people, row.is_private))
    return listed


def _given(connection: ForgeConnection) -> dict[str, list[tuple[str, int]]]:
    """Return the addresses that students gave, and the keys of their enrolments, by the last part of the address."""
    repositories = StudentRepository.objects.filter(
        enrolment__course=connection.course_id, repo_path_hash=text_hash(connection.repo_path)
    )
    given: dict[str, list[tuple[str, int]]] = {}
    for url, enrolment in repositories.values_list("url", "enrolment"):
        given.setdefault(_last_part(url), []).append((url, enrolment))
    return given


def _last_part(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2].removesuffix(".git").casefold()
