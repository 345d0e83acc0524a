"""The repositories of a connection with a forge as its page shows them: counts, problems in words, one page of rows."""

from typing import NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.git.forges import Reason
from courses.models import Course, Enrolment, ForgeConnection, ForgeRepository
from courses.rules.tree import RepositoryPlace, outline, repository_places

PER_PAGE = 50
RowState, Match = ForgeRepository.State, ForgeRepository.Match
PROBLEMS: dict[str, Promise] = {
    Reason.TOKEN: gettext_lazy("The forge refuses the token: it is wrong or was revoked. Give a new one."),
    Reason.EXPIRED: gettext_lazy("The token has expired. Give a new one."),
    Reason.SCOPE: gettext_lazy("The token has too few rights. Give one with more rights."),
    Reason.NOT_ALLOWED: gettext_lazy(
        "The forge does not allow this with the token. Give the token more rights there, and try again."
    ),
    Reason.NOT_FOUND: gettext_lazy(
        "The forge finds nothing there, or hides it from this token. Check the name and the rights of the token."
    ),
    Reason.REFUSED: gettext_lazy("The forge refused the request. Mend what it names, and try again."),
    Reason.TOO_MANY: gettext_lazy(
        "It has more repositories than Atelier lists. Forget this connection, and connect a smaller group of it."
    ),
    Reason.LIMIT: gettext_lazy("The forge takes no more requests for now. The work goes on by itself."),
    Reason.UNAVAILABLE: gettext_lazy("The forge cannot be reached, or has an error of its own."),
    Reason.ADDRESS: gettext_lazy("This server may not be contacted from here. Ask the operator of this installation."),
    Reason.UNREADABLE: gettext_lazy("The server does not answer as a forge of this kind. Check the address."),
    ForgeRepository.OTHER: gettext_lazy(
        "The student has another repository in this course, or has left it. Remove that repository first, or choose "
        "another student."
    ),
    ForgeRepository.ELSEWHERE: gettext_lazy(
        "The forge gives its address on another server. Ask the administrators of the forge."
    ),
    ForgeRepository.ADDRESS: gettext_lazy("Atelier does not accept its address:"),
}
WITH_WORDS_OF_THE_FORGE = (Reason.SCOPE, Reason.REFUSED, Reason.UNAVAILABLE, Reason.NOT_ALLOWED)
WITH_A_SENTENCE = (ForgeRepository.OTHER, ForgeRepository.ADDRESS)
COLOURS = {  # the colour and the icon of each state (static/css/states.css)
    RowState.LISTED: ("at-idle", "todo"),
    RowState.REGISTERED: ("at-late", "pending"),
    RowState.INSTALLED: ("at-done", "done"),
    RowState.FAILED: ("at-failing", "failing"),
    RowState.REMOVED: ("at-idle", "closed"),
}
UNSETTLED = Q(enrolment=None) | Q(state=RowState.FAILED)


class ForgeCounts(NamedTuple):
    """How many repositories are in each state. `matched` have a student, `students` are all of the course."""

    total: int
    matched: int
    unsettled: int
    installed: int
    failed: int
    removed: int
    done: int
    students: int

    @property
    def waiting(self) -> int:
        return self.matched - self.done

    def percent(self, number: int) -> int:
        return 100 * number // max(self.matched, 1)

    @property
    def installed_percent(self) -> int:
        return self.percent(self.installed)

    @property
    def failed_percent(self) -> int:
        return self.percent(self.failed)


class ShownRepository(NamedTuple):
    """A row of the table. `problem` is a sentence, "" without one.

    short_name: the name without the organisation, which is the same for all. `username` and `name` are of all its
    students.
    """

    row: ForgeRepository
    short_name: str
    username: str
    name: str
    colour: str
    icon: str
    match: str
    problem: str

    @property
    def may_choose(self) -> bool:
        return not self.row.is_registered


class ForgeList(NamedTuple):
    """One page of the repositories. `show` is "settle" or "all"."""

    page: "Page[ForgeRepository]"
    rows: list[ShownRepository]
    show: str


def count_repositories(connection: ForgeConnection) -> ForgeCounts:
    """Return the counts of a connection, in two queries."""
    done = Q(state__in=(RowState.INSTALLED, RowState.FAILED)) & Q(enrolment__isnull=False)
    counts = connection.repositories.aggregate(
        total=Count("pk"),
        matched=Count("pk", filter=Q(enrolment__isnull=False)),
        unsettled=Count("pk", filter=UNSETTLED),
        installed=Count("pk", filter=Q(state=RowState.INSTALLED, enrolment__isnull=False)),
        failed=Count("pk", filter=Q(state=RowState.FAILED, enrolment__isnull=False)),
        removed=Count("pk", filter=Q(state=RowState.REMOVED)),
        done=Count("pk", filter=done),
    )
    students = Enrolment.objects.filter(course=connection.course_id, role=Enrolment.Role.STUDENT).count()
    return ForgeCounts(**counts, students=students)


def list_repositories(connection: ForgeConnection, *, show: str, number: int) -> ForgeList:
    """Return one page of the repositories; with `show` "settle" those that need a person."""
    rows: QuerySet[ForgeRepository] = connection.repositories.select_related("enrolment__person").order_by("full_name")
    if show != "all":
        rows = rows.filter(UNSETTLED)
    page = Paginator(rows, PER_PAGE).get_page(number)
    others = Enrolment.objects.filter(pk__in=[pk for row in page.object_list for pk in row.others])
    by_key = others.select_related("person").in_bulk()
    shown = [
        _shown(row, connection.owner, [by_key[pk] for pk in row.others if pk in by_key]) for row in page.object_list
    ]
    return ForgeList(page, shown, "all" if show == "all" else "settle")


def problem_sentence(problem: str, detail: str) -> str:
    """Return the problem of a connection or a repository in words, or ""."""
    if not problem:
        return ""
    sentence = str(PROBLEMS.get(problem, problem))
    if detail and problem in WITH_WORDS_OF_THE_FORGE:
        return " ".join((sentence, _("The forge says:"), detail))
    return f"{sentence} {detail}".strip() if problem in WITH_A_SENTENCE else sentence


def places_of(course: Course) -> list[RepositoryPlace]:
    """Return the places where the course asks for a repository."""
    return repository_places(outline(list(course.tasks.without_statements())))


def student_names(course: Course) -> list[tuple[str, str]]:
    """Return the user name and the name of each student, to choose from."""
    students = Enrolment.objects.filter(course=course, role=Enrolment.Role.STUDENT).select_related("person")
    return [(row.person.username, row.person.get_full_name()) for row in students.order_by("person__username")]


def _shown(row: ForgeRepository, owner: str, others: list[Enrolment]) -> ShownRepository:
    person = row.enrolment.person if row.enrolment else None
    people = [person, *(enrolment.person for enrolment in others)] if person else []
    colour, icon = COLOURS[RowState(row.state)]
    match = row.get_match_display()
    if person is None and row.match == Match.GIVEN:
        match = _("A student gave this private repository. Choose the student if it is theirs.")
    if row.candidates and person is None:
        match = f"{match}: {', '.join(row.candidates[:5])}"
    return ShownRepository(
        row,
        row.full_name.removeprefix(f"{owner}/"),
        ", ".join(each.username for each in people),
        ", ".join(each.get_full_name() for each in people),
        colour,
        icon,
        match,
        problem_sentence(row.problem, row.problem_detail),
    )
