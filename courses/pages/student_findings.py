"""The findings about one student that a teacher should check: unverified dates, removed work, odd completions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from courses.models import Activity, Answer, CountedCompletion, Enrolment
from courses.pages import completion_marks
from courses.pages.completion_marks import MarkedCommit, TaskCommit
from courses.pages.expected_repository import ExpectedRepository
from courses.pages.student_overview import StudentOverview, StudentTask
from courses.pages.work_timeline import Timeline
from courses.rules.permissions import GroupLimit, sees_group
from courses.rules.statuses import DONE, REMOVED
from gitsync.queries.sync_history import RepositoryHistory
from kernel.epoch import from_epoch


@dataclass(frozen=True)
class Findings:
    """The tasks of a student with something to check, in reading order; empty lists for nothing.

    `counted` has the completions that a teacher counts though a rewrite removed them. `changed_late` has each text that
    was changed after its deadline, with the time of the change. `replaced` has the tasks whose work was done on time
    and was replaced after the deadline by a rewrite, with the time of the work that is there now. `shared` has the
    repositories that students outside the student's group gave too, with their names.
    """

    unproven: list[StudentTask]
    removed: list[StudentTask]
    counted: list[tuple[StudentTask, CountedCompletion]]
    outside_folder: list[StudentTask]
    reverted: list[StudentTask]
    changed_late: list[tuple[StudentTask, datetime]]
    replaced: list[tuple[StudentTask, datetime]]
    shared: list[tuple[ExpectedRepository, list[str]]]

    def __bool__(self) -> bool:
        return any(vars(self).values())


def find(
    overview: StudentOverview,
    commits: Mapping[str, Sequence[MarkedCommit]],
    answers: Mapping[int, Answer],
    histories: Mapping[str, RepositoryHistory],
    limit: GroupLimit = None,
) -> Findings:
    """Return what to check. `commits` are `commits_by_task`; `answers` are the student's, by the key of the task.

    `histories` are of the student's repositories, by their paths. Students outside `limit` are not named. One query for
    a student with counted completions, and one for a student who shares a repository.
    """
    done = [(task, commits.get(task.node.task.path_hash, ())) for task in overview.work if task.finished]
    changes = [(task, answers[task.node.task.pk].changed_at) for task in overview.work if task.node.task.pk in answers]
    counted: dict[int, CountedCompletion] = {}
    if any(task.counted for task in overview.work):
        rows = CountedCompletion.objects.filter(enrolment=overview.enrolment).select_related("counted_by")
        counted = {row.task_id: row for row in rows}
    return Findings(
        unproven=[task for task in overview.work if task.unproven],
        removed=[task for task in overview.work if task.status is REMOVED],
        counted=[(task, counted[task.node.task.pk]) for task in overview.work if task.node.task.pk in counted],
        outside_folder=[task for task, own in done if completion_marks.is_outside_folder(own)],
        reverted=[task for task, own in done if completion_marks.is_reverted(own)],
        changed_late=[(task, at) for task, at in changes if at is not None and task.due.is_before(at)],
        replaced=list(_replaced(done)),
        shared=_shared(overview, histories, limit),
    )


def _shared(
    overview: StudentOverview, histories: Mapping[str, RepositoryHistory], limit: GroupLimit
) -> list[tuple[ExpectedRepository, list[str]]]:
    """Return the shared repositories. A sharer without an enrolment has their user name, and counts as outside.

    The sharers whom a reader with this limit does not see have one name together.
    """
    sharers = {name for history in histories.values() for name in history.sharers}
    if not sharers:
        return []
    own = overview.enrolment
    others = Enrolment.objects.filter(course=own.course_id, person__username__in=sharers).select_related("person")
    people = {other.person.username: other for other in others}
    shared = []
    for repository in overview.repositories:
        history = histories.get(repository.place.repo_path)
        outside = dict.fromkeys(
            _name(name, people.get(name), limit)
            for name in (history.sharers if history else ())
            if name not in people or own.group_id is None or people[name].group_id != own.group_id
        )
        if outside:
            shared.append((repository, list(outside)))
    return shared


def _name(username: str, enrolment: Enrolment | None, limit: GroupLimit) -> str:
    if not sees_group(limit, enrolment.group_id if enrolment else None):
        return _("students of other groups")
    return enrolment.person.display_name if enrolment else username


def _replaced(done: Sequence[tuple[StudentTask, Sequence[MarkedCommit]]]) -> Iterator[tuple[StudentTask, datetime]]:
    """Yield the tasks done on time whose work was replaced after the deadline. One that a teacher counts is not."""
    for task, own in done:
        if task.status is DONE and not task.counted:
            replaced = completion_marks.replaced_at(own, task.due.limit)
            if replaced is not None:
                yield task, from_epoch(replaced)


def commits_by_task(overview: StudentOverview, timeline: Timeline) -> Mapping[str, Sequence[MarkedCommit]]:
    """Return the commits that complete a task or take a commit back, by the hash of the exercise's path.

    They are those of the timeline, and one query finds those of a student with more commits than it draws.
    """
    if not timeline.cut:
        return timeline.commits
    rows = Activity.objects.filter(enrolment=overview.enrolment)
    marked = rows.filter(completes=True) | rows.exclude(reverts="")
    commits: dict[str, list[MarkedCommit]] = {}
    for path_hash, *values in marked.order_by("at", "pk").values_list("exercise_path_hash", *TaskCommit._fields):
        commits.setdefault(path_hash, []).append(TaskCommit._make(values))
    return commits


def reverted_by(commits: Mapping[str, Sequence[MarkedCommit]]) -> dict[str, str]:
    """Return the commit that takes another one back, by the id of the latter."""
    rows = [commit for task_commits in commits.values() for commit in task_commits]
    return completion_marks.reverted_commits({commit.commit_id: commit.reverts for commit in rows if commit.reverts})
