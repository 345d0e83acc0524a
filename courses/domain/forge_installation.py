"""The steps of one repository: register it for its student, install its hook, remove it."""

from typing import Any

from django.utils import timezone

from courses.domain.forge_leases import Worker
from courses.domain.student_repositories import place_repository
from courses.domain.teams import team_of_repository
from courses.git.forges import RemoteRepository, install_hook, remove_hooks, same_server
from courses.models import Enrolment, ForgeRepository
from kernel.errors import Refused

RowState = ForgeRepository.State


def remote(row: ForgeRepository) -> RemoteRepository:
    """Return a row as the clients of forges take it."""
    return RemoteRepository(row.remote_id, row.full_name, row.clone_url, row.is_private, row.is_empty)


def save(row: ForgeRepository, **values: Any) -> None:
    """Write some columns of a row. One that was deleted meanwhile is left alone."""
    for name, value in values.items():
        setattr(row, name, value)
    ForgeRepository.objects.filter(pk=row.pk).update(**values)


def install_one(worker: Worker, row: ForgeRepository) -> None:
    """Register a repository and install its hook. Raises ForgeFailed. Each half may be done already."""
    if row.state == RowState.LISTED and not _register(worker, row):
        return
    with worker.client() as client:
        hook_id = install_hook(client, remote(row), worker.connection.course)
    done = {"state": RowState.INSTALLED, "problem": "", "problem_detail": "", "attempts": 0}
    worker.write(lambda _connection: save(row, hook_id=hook_id, done_at=timezone.now(), **done))


def remove_one(worker: Worker, row: ForgeRepository) -> None:
    """Remove the hooks of the course from a repository. Raises ForgeFailed."""
    with worker.client() as client:
        remove_hooks(client, remote(row), worker.connection.course)
    done = {"state": RowState.REMOVED, "problem": "", "problem_detail": "", "attempts": 0}
    worker.write(lambda _connection: save(row, hook_id="", done_at=timezone.now(), **done))


def _register(worker: Worker, row: ForgeRepository) -> bool:
    """Register the repository for its student, who need not do anything. Return whether that was possible."""
    problem, detail = "", ""
    if not same_server(worker.connection.base_url, row.clone_url):
        problem = row.ELSEWHERE
    elif row.enrolment is None or row.enrolment.role != Enrolment.Role.STUDENT:
        problem = row.OTHER
    else:
        row.enrolment.course = worker.connection.course
        try:
            connection = worker.connection
            if row.others:
                team_of_repository(
                    connection.created_by,
                    connection.course,
                    repo_path=connection.repo_path,
                    url=row.clone_url,
                    members=row.students,
                    title=row.full_name.rpartition("/")[2],
                )
            else:
                place_repository(
                    connection.created_by, row.enrolment, repo_path=connection.repo_path, url=row.clone_url
                )
        except Enrolment.DoesNotExist:  # removed from the course at this moment
            problem = row.OTHER
        except Refused as refusal:
            problem = row.OTHER if refusal.code == "other_repository" else row.ADDRESS
            detail = str(refusal.message)[:300]
    failed = {"state": RowState.FAILED, "problem": problem, "problem_detail": detail, "done_at": timezone.now()}
    values = failed if problem else {"state": RowState.REGISTERED}
    worker.write(lambda _connection: save(row, **values))
    return not problem
