"""What the events mean for a student: repositories, activity and the progress of what commits do.

Everything here sets, nothing counts up: the same event twice, or a rebuild from all kept events, gives the same rows.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from django.db import models, transaction
from django.db.models import Max, Min, Sum

from courses.git import git_module
from courses.git.event_parsing import Event, SeenCommit
from courses.models import Activity, Course, Enrolment, Progress, ReceivedEvent, StudentRepository, Task
from kernel import task_queue
from kernel.database.text_hash import text_hash
from live.publish import publish

Problem = ReceivedEvent.Problem
FAR_PAST = 0


def apply(row: ReceivedEvent, event: Event) -> None:
    """Change the students' rows as a kept event says, in the caller's transaction.

    event: the parsed body of `row`. When the event changes nothing, `row.problem` says why.
    """
    row.course, row.problem = None, ""
    enrolment: Enrolment | None = None
    if event.kind == "OnUnknownRepoURL":
        row.problem = Problem.UNKNOWN_URL
    else:
        row.course = Course.objects.on_the_wire(event.teacher_id, event.semester_id, event.course_id).first()
        if row.course is None:
            row.problem = Problem.UNKNOWN_COURSE
        elif (enrolment := _locked_enrolment(row.course, event.student_id)) is None:
            row.problem = Problem.UNKNOWN_STUDENT
        else:
            row.problem = HANDLERS[event.kind](enrolment, event, row.received_at)
    row.save(update_fields=["course", "problem"])
    if enrolment is not None:
        publish(enrolment.course.topic, enrolment.topic)
    elif row.course is not None:
        publish(row.course.topic)


def _locked_enrolment(course: Course, student_id: str) -> Enrolment | None:
    """The enrolment, locked: it orders the events of one student that arrive at once."""
    found = Enrolment.objects.filter(course=course, person__username=student_id, role=Enrolment.Role.STUDENT)
    pk = found.values_list("pk", flat=True).first()
    # Locked by its key alone: a join would lock the person too (MariaDB has no FOR UPDATE OF).
    enrolment = Enrolment.objects.select_for_update().filter(pk=pk or 0).first()
    if enrolment is not None:
        enrolment.course = course
    return enrolment


# --- one handler per kind: (enrolment, event, received_at) -> problem ------------------------------------------------


def _cloned(enrolment: Enrolment, event: Event, at: datetime) -> str:
    """A clone is a new beginning: what another repository at this place had done counts no more."""
    problem = _student_repository(enrolment, event, at, StudentRepository.State.CLONED)
    if not problem and event.repo_path:
        Activity.objects.filter(enrolment=enrolment, repo_path_hash=text_hash(event.repo_path)).delete()
        Progress.objects.filter(enrolment=enrolment, task__in=_read_at(enrolment, event.repo_path)).delete()
    return problem


def _pulled(enrolment: Enrolment, event: Event, at: datetime) -> str:
    return _student_repository(enrolment, event, at, StudentRepository.State.CLONED)


def _failed(enrolment: Enrolment, event: Event, at: datetime) -> str:
    return _student_repository(enrolment, event, at, StudentRepository.State.FAILING)


def _student_repository(enrolment: Enrolment, event: Event, at: datetime, state: str) -> str:
    """The state of the repository at this place. The Git module's word makes it when nobody gave one here."""
    repo_path = event.repo_path or "/"
    repository, new = StudentRepository.objects.get_or_create(
        enrolment=enrolment,
        repo_path_hash=text_hash(repo_path),
        defaults={"repo_path": repo_path, "url": event.repo_url, "since": at, "state": state, "reason": event.reason},
    )
    if not new and _is_of_another(repository, event):
        return Problem.OTHER_URL
    if new or repository.state != state:
        repository.since = at
    failing = state == StudentRepository.State.FAILING
    repository.state, repository.reason = state, event.reason if failing else ""
    repository.url = repository.url or event.repo_url
    if not failing:
        repository.seen_at = at
    repository.save()
    return ""


def _is_of_another(repository: StudentRepository | None, event: Event) -> bool:
    """Whether the event is about a repository that was replaced; one that does not name it is about this."""
    if repository is None or not repository.url or not event.repo_url:
        return False
    return not git_module.same_repository(repository.url, event.repo_url)


def _commits(enrolment: Enrolment, event: Event, at: datetime) -> str:
    place = text_hash(event.repo_path or "/")
    if _is_of_another(enrolment.student_repositories.filter(repo_path_hash=place).first(), event):
        return Problem.OTHER_URL
    rows = [row for commit in event.commits for row in _activity(enrolment, place, commit, at)]
    Activity.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    _recount(enrolment, {row.exercise_path_hash for row in rows}, at)
    return ""


def _activity(enrolment: Enrolment, place: str, commit: SeenCommit, at: datetime) -> list[Activity]:
    time = past(commit.late_time if commit.late_time is not None else commit.time, at)
    efforts = dict(commit.efforts) or {"/": 0}
    if commit.completes:
        efforts.setdefault(commit.completes, 0)
    return [
        Activity(
            enrolment=enrolment,
            repo_path_hash=place,
            commit_id=commit.commit_id,
            exercise_path=path,
            exercise_path_hash=text_hash(path),
            at=time,
            effort=min(effort, 2**31 - 1),
            completes=path == commit.completes,
            subject=commit.subject,
        )
        for path, effort in efforts.items()
    ]


def _completed(enrolment: Enrolment, event: Event, at: datetime) -> str:
    """Done, or not done any more. The Git module's lateness time counts; without one, what the commits told."""
    tasks = Task.objects.done_by_commits().filter(course=enrolment.course_id)
    task = tasks.filter(path_hash=text_hash(event.exercise_path)).first()
    if task is None:
        return Problem.UNKNOWN_TASK
    row = _row(enrolment, task, at)
    time = row.completed_time
    if event.completed:
        time = past(event.late_time, at) if event.late_time is not None else _earliest(row, at)
        state = Progress.State.DONE
    else:
        state = Progress.State.STARTED if row.last_activity is not None else Progress.State.TODO
    if row.state != state:
        row.since = at
    row.state, row.completed_time = state, time
    row.save()
    return ""


def past(time: int, received: datetime) -> int:
    """Never after the receipt: no lateness time is, and an author's clock may be ahead."""
    return max(FAR_PAST, min(time, int(received.timestamp())))


def _earliest(row: Progress, at: datetime) -> int:
    told = Activity.objects.filter(
        enrolment=row.enrolment_id, exercise_path_hash=row.task.path_hash, completes=True
    ).aggregate(first=Min("at"))["first"]
    return min((time for time in (row.completed_time, told) if time is not None), default=int(at.timestamp()))


def _commits_changed(enrolment: Enrolment, event: Event, at: datetime) -> str:
    """The module's list changed as a whole: mark it, and `refresh` asks for it again after the commit."""
    Enrolment.objects.filter(pk=enrolment.pk).update(commits_stale=True)
    transaction.on_commit(lambda: task_queue.queue("courses.tasks.refresh_commits", enrolment.pk), robust=True)
    return ""


def heard(enrolment: Enrolment) -> tuple[int, list[tuple[str, str]]]:
    """How many events came about this student so far, and the repositories: whether anything came, went or was replaced
    in between, is asked by reading them again.
    """
    events = ReceivedEvent.objects.filter(course=enrolment.course_id, student_id=enrolment.person.username)
    places = StudentRepository.objects.filter(enrolment=enrolment).order_by("pk").values_list("repo_path", "url")
    return events.count(), list(places)


def replace_commits(enrolment: Enrolment, by_place: dict[str, list[SeenCommit]], heard_before: object) -> bool:
    """Take a whole list of commits, by repository path, for what was told one by one; clears `commits_stale`.

    `heard_before`: `heard` before the list was asked for. When an event came since, the list may not have what it told
    (new commits, or that the list changed once more), and when a repository went, the list still has its commits:
    nothing is done, and the answer is False.
    """
    now = datetime.now(UTC)
    with transaction.atomic():
        Enrolment.objects.select_for_update().get(pk=enrolment.pk)
        if heard(enrolment) != heard_before:
            return False
        old = Activity.objects.filter(enrolment=enrolment)
        touched = set(old.values_list("exercise_path_hash", flat=True))
        old.delete()
        rows = [
            row
            for place, commits in by_place.items()
            for commit in commits
            for row in _activity(enrolment, text_hash(place), commit, now)
        ]
        Activity.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
        _recount(enrolment, touched | {row.exercise_path_hash for row in rows}, now)
        Enrolment.objects.filter(pk=enrolment.pk).update(commits_stale=False)
        publish(enrolment.course.topic, enrolment.topic)
    return True


def _recount(enrolment: Enrolment, path_hashes: Iterable[str], at: datetime) -> None:
    """Effort, last activity and started-or-not of these exercises, from the activity rows as they are now."""
    tasks = Task.objects.done_by_commits().filter(course=enrolment.course_id, path_hash__in=path_hashes)
    sums = {
        row["exercise_path_hash"]: row
        for row in Activity.objects.filter(enrolment=enrolment, exercise_path_hash__in=path_hashes)
        .values("exercise_path_hash")
        .annotate(effort=Sum("effort"), last=Max("at"))
        .order_by()
    }
    for task in tasks:
        row = _row(enrolment, task, at)
        told = sums.get(task.path_hash)
        row.effort, row.last_activity = (told["effort"], told["last"]) if told else (0, None)
        if row.state != Progress.State.DONE:
            state = Progress.State.STARTED if told else Progress.State.TODO
            if row.state != state:
                row.state, row.since = state, at
        row.save()


def _row(enrolment: Enrolment, task: Task, at: datetime) -> Progress:
    return Progress.objects.get_or_create(enrolment=enrolment, task=task, defaults={"since": at})[0]


def _read_at(enrolment: Enrolment, repo_path: str) -> models.QuerySet[Task]:
    return Task.objects.filter(course=enrolment.course_id, asks_for=Task.Asks.EXERCISE, repo_path=repo_path)


HANDLERS: dict[str, Callable[[Enrolment, Event, datetime], str]] = {
    "OnClone": _cloned,
    "OnCloneFailed": _failed,
    "OnPull": _pulled,
    "OnPullFailed": _failed,
    "OnNewCommits": _commits,
    "OnExerciseCompleted": _completed,
    "OnExerciseCompletedUpdate": _completed,
    "OnCommitModelUpdate": _commits_changed,
}
