"""The commits of a student, from the events of the Git module, page by page, newest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Max

from courses.git import starters
from courses.models import Activity, Enrolment
from courses.pages.epoch_times import time_of_epoch
from courses.pages.student_overview import StudentTask
from courses.pages.team_members import StudentTeam, authors_of
from gitsync.git.remarks import remark_sentences

PAGE_SIZE = 25


@dataclass(frozen=True)
class CommitTask:
    """A task that a commit works on or completes.

    `late_by` is how long after the deadline the commit counts; None when it is on time. `outside_folder`: it completes
    the task and changes files of other folders only. `repeated`: the task was done before this commit. The first time
    counts, even when the history was rewritten since then.
    """

    student_task: StudentTask
    completes: bool
    outside_folder: bool
    repeated: bool
    late_by: timedelta | None

    @property
    def on_time(self) -> bool:
        return self.late_by is None


@dataclass(frozen=True)
class Commit:
    """A commit.

    `reverts` is the commit whose whole effect it reverts, `reverted_by` the commit that reverts this one. `remarks` are
    sentences about parts of it that could not be read. `handed_out`: the teacher handed the commit out. `author` is
    the member of the student's team who wrote it, or the words for the team; "" for a commit of the student's own
    repository.
    """

    commit_id: str
    at: datetime
    subject: str
    effort: int
    reverts: str
    reverted_by: str
    tasks: tuple[CommitTask, ...]
    remarks: tuple[str, ...] = ()
    handed_out: bool = False
    author: str = ""


@dataclass(frozen=True)
class CommitPage:
    commits: list[Commit]
    total: int
    page: int
    pages: int


def commit_page(
    enrolment: Enrolment,
    tasks: Sequence[StudentTask],
    now: datetime,
    page: int = 1,
    *,
    reverted_by: Mapping[str, str] | None = None,
    team: StudentTeam | None = None,
) -> CommitPage:
    """Return one page of a student's commits. `tasks` are those of their overview. Four queries.

    `reverted_by` has the reverting commit, by the id of the commit that it reverts. With the student's `team`, one
    query more finds the authors.
    """
    rows = Activity.objects.filter(enrolment=enrolment)
    total = rows.values("commit_id").distinct().count()
    pages = max(1, -(-total // PAGE_SIZE))
    page = max(1, min(page, pages))
    first = (page - 1) * PAGE_SIZE
    newest = rows.values("commit_id").annotate(latest=Max("at")).order_by("-latest", "-commit_id")
    commit_ids = [row["commit_id"] for row in newest[first : first + PAGE_SIZE]]
    by_path = {task.node.task.path_hash: task for task in tasks if task.status is not None}
    by_commit: dict[str, list[Activity]] = {}
    for row in rows.filter(commit_id__in=commit_ids).order_by("pk"):
        by_commit.setdefault(row.commit_id, []).append(row)
    handed_out = starters.handed_out(enrolment.course, list(by_commit))
    places = {commit_id: activities[0].repo_path_hash for commit_id, activities in by_commit.items()}
    authors = authors_of(enrolment, team, places) if team else {}
    commits = [
        replace(
            _commit(by_commit[commit_id], by_path, (reverted_by or {}).get(commit_id, ""), now),
            handed_out=commit_id in handed_out,
            author=authors.get(commit_id, ""),
        )
        for commit_id in commit_ids
        if commit_id in by_commit
    ]
    return CommitPage(commits, total, page, pages)


def _commit(rows: Sequence[Activity], by_path: dict[str, StudentTask], reverted_by: str, now: datetime) -> Commit:
    at = time_of_epoch(max(row.at for row in rows), now)
    commit_tasks = []
    for row in rows:
        task = by_path.get(row.exercise_path_hash)
        if task is not None:
            repeated = row.completes and task.done_at is not None and task.done_at < at
            late = not repeated and task.due.at is not None and at > task.due.at
            late_by = at - task.due.at if late and task.due.at else None
            commit_tasks.append(CommitTask(task, row.completes, row.outside_folder, repeated, late_by))
    effort, first = sum(row.effort for row in rows), rows[0]
    remarks = tuple(remark_sentences(first.remarks))
    return Commit(first.commit_id, at, first.subject, effort, first.reverts, reverted_by, tuple(commit_tasks), remarks)
