"""What one student sees: tasks, repositories and pushes, over one course or all of them. Only their own rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from accounts.models import User
from courses.models import Course, Enrolment, Progress, StudentRepository, Task
from courses.pages.unreadable_reasons import in_words
from courses.rules.deadlines import Deadlines, Due
from courses.rules.statuses import (
    BLOCKED,
    FAILING,
    FINISHED,
    LATE,
    NO_REPOSITORY,
    OVERDUE,
    REPOSITORY_STATUSES,
    Status,
    status_of,
)
from courses.rules.tree import Node, RepositoryPlace, outline, repository_places, work_nodes

LIVE = 50  # courses that an overview follows


@dataclass(frozen=True)
class Repository:
    """A place where a repository is asked for, and the one given there, if any."""

    place: RepositoryPlace
    enrolment: Enrolment
    student_repository: StudentRepository | None

    @property
    def state(self) -> Status:
        return (
            REPOSITORY_STATUSES[StudentRepository.State(self.student_repository.state)]
            if self.student_repository
            else NO_REPOSITORY
        )

    @property
    def failing(self) -> bool:
        return self.student_repository is not None and self.student_repository.state == StudentRepository.State.FAILING

    @property
    def why(self) -> str:
        return in_words(self.student_repository.reason) if self.student_repository and self.failing else ""

    @property
    def title(self) -> str:
        return self.place.title or self.enrolment.course.title


@dataclass(frozen=True)
class Item:
    """A task of the student: `state` None for a chapter, which asks for nothing itself."""

    node: Node
    enrolment: Enrolment
    state: Status | None
    due: Due
    effort: int
    last_activity: datetime | None
    done_at: datetime | None  # for the first time, of what is done now
    repository: Repository | None  # where its commits come from, for an exercise

    @property
    def finished(self) -> bool:
        return self.state in FINISHED

    @property
    def blocked(self) -> bool:
        return self.state is BLOCKED

    @property
    def failing(self) -> bool:
        return self.state is FAILING

    @property
    def overdue(self) -> bool:
        return self.state is OVERDUE


@dataclass
class Desk:
    """One course of one student."""

    enrolment: Enrolment
    items: list[Item]
    repositories: list[Repository]

    @property
    def work(self) -> list[Item]:
        return [item for item in self.items if item.state is not None]

    def count(self, key: str) -> int:
        return sum(item.state is not None and item.state.key == key for item in self.work)

    @property
    def on_time(self) -> int:
        return self.count("done")

    @property
    def late(self) -> list[Item]:
        return [item for item in self.work if item.state is LATE]

    @property
    def overdue(self) -> int:
        return self.count("overdue")

    @property
    def extended(self) -> list[Item]:
        return [item for item in self.work if item.due.extended]

    @property
    def given(self) -> bool:
        """Whether there is any repository to push to."""
        return any(one.student_repository for one in self.repositories)

    @property
    def seen_at(self) -> datetime | None:
        times = [
            one.student_repository.seen_at
            for one in self.repositories
            if one.student_repository and one.student_repository.seen_at
        ]
        return max(times, default=None)

    @property
    def finished(self) -> int:
        return sum(item.finished for item in self.work)

    @property
    def bars(self) -> list[tuple[str, float, float]]:
        """(class, x, width) in per cent: done, late, started, of all tasks."""
        bars, x = [], 0.0
        for key in ("done", "late", "started"):
            width = round(100 * self.count(key) / len(self.work), 2) if self.work else 0
            if width:
                bars.append((f"p-{key}", round(x, 2), width))
            x += width
        return bars


def desks(person: User, now: datetime) -> list[Desk]:
    """All courses of a student that are not archived, in a constant number of queries."""
    enrolments = list(
        Enrolment.objects.filter(person=person, role=Enrolment.Role.STUDENT, course__archived_at=None)
        .select_related("course__semester__teacher", "person", "group")
        .order_by("course__title", "pk")
    )
    return _desks(enrolments, now)


def desk(enrolment: Enrolment, now: datetime) -> Desk:
    return _desks([enrolment], now)[0]


def _desks(enrolments: Sequence[Enrolment], now: datetime) -> list[Desk]:
    by_course: dict[int, list[Task]] = {}
    for task in Task.objects.without_statements().filter(course__in=[enrolment.course_id for enrolment in enrolments]):
        by_course.setdefault(task.course_id, []).append(task)
    deadlines = Deadlines([task for tasks in by_course.values() for task in tasks], enrolments)
    progress = {(row.enrolment_id, row.task_id): row for row in Progress.objects.filter(enrolment__in=enrolments)}
    student_repositories = {
        (row.enrolment_id, row.repo_path): row for row in StudentRepository.objects.filter(enrolment__in=enrolments)
    }
    found = []
    for enrolment in enrolments:
        nodes = outline(by_course.get(enrolment.course_id, []))
        work = set(work_nodes(nodes))
        repositories = [
            Repository(place, enrolment, student_repositories.get((enrolment.pk, place.repo_path)))
            for place in repository_places(nodes)
        ]
        by_place = {repository.place.repo_path: repository for repository in repositories}
        items = []
        for node in nodes:
            if node.task.asks_for == Task.Asks.REPOSITORY:
                continue
            row = progress.get((enrolment.pk, node.task.pk))
            due = deadlines.effective_deadline(enrolment, node.task)
            given = student_repositories.get((enrolment.pk, node.task.repo_path))
            state = status_of(node.task, row, due, given, now) if node in work else None
            last = row.last_activity if row else None
            done = row.completed_time if row and state in FINISHED else None
            source = by_place.get(node.task.repo_path) if node.task.is_exercise else None
            effort, times = row.effort if row else 0, (_moment(last, now), _moment(done, now))
            items.append(Item(node, enrolment, state, due, effort, *times, source))
        found.append(Desk(enrolment, items, repositories))
    return found


def next_items(all_desks: Sequence[Desk], limit: int = 5) -> list[Item]:
    """What to do next over all courses: overdue first, then by deadline; tasks without one come last.

    Tasks in a repository that fails or is not given are left out: that is the one next step, and the page says it once.
    """
    far = datetime.max.replace(tzinfo=UTC)
    open_items = [item for one in all_desks for item in one.work if not (item.finished or item.failing or item.blocked)]
    return sorted(open_items, key=lambda item: (not item.overdue, item.due.at or far, item.node.number))[:limit]


def is_awaited(repository: Repository, all_desks: Sequence[Desk]) -> bool:
    """No repository was given here, and tasks wait for it."""
    items = (item for one in all_desks if one.enrolment == repository.enrolment for item in one.work)
    return repository.student_repository is None and any(
        item.blocked and item.repository == repository for item in items
    )


def coming(all_desks: Sequence[Desk], now: datetime, limit: int = 5) -> list[Item]:
    """The next deadlines of what is not done."""
    dated = [item for one in all_desks for item in one.work if not item.finished and item.due.at and item.due.at >= now]
    return sorted(dated, key=lambda item: item.due.at or now)[:limit]


def topics(all_desks: Sequence[Desk], taught: Sequence[Course]) -> list[str]:
    """What an overview of these listens for besides the person: the plans of what one takes, all of what one teaches.

    Of very many courses (staff see them all) the first: the page's ticket has an end.
    """
    plans = dict.fromkeys(one.enrolment.course.plan_topic for one in all_desks)
    return [*plans, *(course.topic for course in taught[:LIVE])]


def _moment(epoch: int | None, now: datetime) -> datetime | None:
    """An epoch second as a time; one after now (a clock ahead) is now."""
    return None if epoch is None else datetime.fromtimestamp(min(epoch, int(now.timestamp())), UTC)
