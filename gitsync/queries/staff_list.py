"""All repositories of this installation for staff: the rows of a page, and the counts by state."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Lower

from gitsync.models import LocalCopy, Registration, StarterRepository
from gitsync.queries.reading_states import READING_STATES, ReadingState
from gitsync.queries.readings import Reading, readings_of

PAGE_SIZE = 50
MOST_AT_ONCE = 5_000  # repositories that one press of a button changes
SHOWN_USERS = 3
URGENCY = Case(
    *(When(status=state.key, then=Value(number)) for number, state in enumerate(READING_STATES)),
    output_field=IntegerField(),
)


@dataclass(frozen=True, slots=True)
class ListedCopy:
    """A repository, and up to SHOWN_USERS of those who have it: a student and a course of the wire each."""

    reading: Reading
    users: list[tuple[str, str]]
    more_users: int
    is_starter: bool


def filtered_copies(*, state: str = "", search: str = "") -> QuerySet[LocalCopy]:
    """Return the local copies that the filters leave, the most urgent first.

    search: words of an address, or of the user name of a student.
    """
    rows = LocalCopy.objects.all()
    if state in {known.key for known in READING_STATES}:
        rows = rows.filter(status=state)
    # These columns are compared byte for byte on MariaDB, so both sides are folded here.
    rows = rows.annotate(folded_path=Lower("repository__path"), folded_host=Lower("repository__host"))
    users = Registration.objects.annotate(folded_user=Lower("student__student_id"))
    for word in search.lower().split()[:5]:
        students = users.filter(folded_user__contains=word)
        rows = rows.filter(
            Q(folded_path__contains=word)
            | Q(folded_host__contains=word)
            | Q(repository__in=students.values("repository"))
        )
    return rows.order_by(URGENCY, "repository_id")


def page_of(rows: QuerySet[LocalCopy], number: int) -> Page[LocalCopy]:
    """Return one page of the rows. Two queries."""
    return Paginator(rows.select_related("repository", "read_with").defer("heads"), PAGE_SIZE).get_page(number)


def listed(copies: Collection[LocalCopy]) -> list[ListedCopy]:
    """Return these copies with how they are read and who has them. Three queries."""
    details = readings_of(copies)
    users: dict[int, list[tuple[str, str]]] = {}
    rows = Registration.objects.filter(repository__in=details).order_by("pk").select_related("course", "student")
    for row in rows:
        users.setdefault(row.repository_id, []).append((row.student.student_id, str(row.course)))
    starters = set(StarterRepository.objects.filter(repository__in=details).values_list("repository_id", flat=True))
    return [
        ListedCopy(
            reading,
            users.get(pk, [])[:SHOWN_USERS],
            max(0, len(users.get(pk, [])) - SHOWN_USERS),
            pk in starters,
        )
        for pk, reading in details.items()
    ]


def all_listed(rows: QuerySet[LocalCopy]) -> Iterator[ListedCopy]:
    """Yield all rows, for an export. Three queries for each batch of them."""
    batch: list[LocalCopy] = []
    for copy in rows.select_related("repository", "read_with").defer("heads").iterator(chunk_size=500):
        batch.append(copy)
        if len(batch) == 500:
            yield from listed(batch)
            batch = []
    if batch:
        yield from listed(batch)


def counts_by_state() -> list[tuple[ReadingState, int]]:
    """Return the states that any repository has, with their numbers. One query."""
    counts = dict(LocalCopy.objects.order_by().values_list("status").annotate(number=Count("pk")))
    return [(state, counts[state.key]) for state in READING_STATES if counts.get(state.key)]
