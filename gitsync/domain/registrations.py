"""Commands behind the messages about students' repositories, and those of `exercises`: callers import both from here.

Each command takes clean values (kernel.ids, repository_url), does all of its work in one transaction with its Request
row, and may be called again with the same or other values. It locks the course's row, then the LocalCopy rows in the
order of their keys.
"""

import logging

from django.db import transaction

from gitsync.domain import repositories
from gitsync.domain.exercises import (
    delete_exercise,
    deregister_exercise,
    expect_repository,
    lock_course,
    message_body,
    modify_exercise,
    register_exercise,
)
from gitsync.events import announce
from gitsync.models import CourseKey, LocalCopy, Registration, Request, StudentKey
from gitsync.rules import repository_url
from gitsync.syncing import accepted_messages, earlier_times, ownership, sync_queue
from gitsync.syncing.derived_rows import match_commits, matchable_commits
from gitsync.syncing.rematch import rematch_registration
from gitsync.values import CourseIds
from kernel import task_queue
from kernel.database.text_hash import text_hash
from kernel.errors import Malformed

__all__ = [
    "CourseIds",
    "delete_exercise",
    "delete_repository",
    "deregister_exercise",
    "expect_repository",
    "modify_exercise",
    "register_exercise",
    "register_repository",
]
log = logging.getLogger(__name__)


@transaction.atomic
def register_repository(
    course: CourseIds,
    *,
    group_id: str = "",
    student_id: str,
    repo_path: str = "/",
    repo_url: str,
    afresh: bool = False,
    confirmed: bool = True,
) -> Request:
    """Register a student's repository at a path of the course.

    Another group moves the registration, another URL replaces it.

    afresh: send all events again to a registration that has had them, because the dashboard has deleted its rows.
    confirmed: whether the caller may confirm that the repository is the student's; False for the student. A repository
        that the public cannot read is then hidden until the teacher confirms it, and the Request has the error
        `waiting`. A repository that is confirmed already stays confirmed.

    A new registration of a repository that is stored already gets all its events at once. Raises Malformed for a URL
    that may not be contacted. The stored URL is not checked again, so that its student can move to another group.
    """
    key = lock_course(course)
    stored = _registration(key, student_id, repo_path)
    if stored is None or stored.repo_url != repo_url:
        repository_url.parse(repo_url)
    student, _is_new = StudentKey.objects.get_or_create(student_id=student_id)
    local_copy = repositories.locked_copy(repo_url, stored)
    repository = local_copy.repository
    if stored is not None and stored.repository_id == repository.pk:
        registration = stored
        registration.repository = repository
        changed = _update(registration, group_id, repo_url)
        if confirmed and not registration.confirmed:
            ownership.confirm(registration, local_copy)
        if afresh:
            registration.announced = Registration.Announced.NOTHING
            registration.save(update_fields=["announced"])
            announce.announce_everything(registration, local_copy)
        needs_sync = local_copy.status != LocalCopy.Status.OK
    else:
        again = stored is not None or _was_registered_before(key, student_id, repo_path)
        if stored is not None:
            _remove(stored)
        registration = Registration.objects.create(
            course=key,
            student=student,
            repo_path=repo_path,
            repo_path_hash=text_hash(repo_path),
            group_id=group_id,
            repo_url=repo_url,
            repository=repository,
            registered_again=again,
            confirmed=confirmed,
            permitted=repository.public or local_copy.read_with_id is None,  # else the next sync finds out
            **earlier_times.of_new_registration(key, student, repo_path),
        )
        match_commits(registration, matchable_commits(repository.commits.all()))
        announce.announce_everything(registration, local_copy)
        changed = needs_sync = True
    body = message_body(course, groupId=group_id, studentId=student_id, repoPath=repo_path, repoUrl=repo_url)
    if needs_sync:
        sync_queue.request_sync(repository.pk)
    log.info("RegisterGitRepo %s%s: %s", key, repo_path, "changed" if changed else "as it was")
    request = accepted_messages.accept(
        "RegisterGitRepo",
        body,
        repository=repository,
        course=key,
        follow_up=needs_sync and not registration.waits,
        error=accepted_messages.WAITING if registration.waits else "",
    )
    if local_copy.status == LocalCopy.Status.PAUSED:
        accepted_messages.finish_paused()
    return request


@transaction.atomic
def delete_repository(course: CourseIds, *, student_id: str, repo_path: str = "/", repo_url: str) -> Request:
    """Delete a registration and the rows derived for it; the last one of a repository deletes its commits and store.

    The registration may be unknown. A URL other than the registered one deletes nothing and is logged.
    """
    key = lock_course(course)
    stored = _registration(key, student_id, repo_path)
    body = message_body(course, studentId=student_id, repoPath=repo_path, repoUrl=repo_url)
    if stored is None or not _has_url(stored, repo_url):
        log.warning("DeleteGitRepo %s%s: %s", key, repo_path, "unknown" if stored is None else "of another URL")
        return accepted_messages.accept("DeleteGitRepo", body, course=key, follow_up=False)
    LocalCopy.objects.locked(stored.repository_id)
    was_hidden = stored.hidden
    is_last = _remove(stored)
    if was_hidden and not is_last:  # pending like the last one, so that nobody learns who else has this repository
        task_queue.queue_after_commit("gitsync.tasks.remove_stores")
    return accepted_messages.accept("DeleteGitRepo", body, course=key, follow_up=is_last or was_hidden)


def _registration(key: CourseKey, student_id: str, repo_path: str) -> Registration | None:
    rows = Registration.objects.filter(course=key, student__student_id=student_id, repo_path_hash=text_hash(repo_path))
    return rows.select_related("course", "student", "repository").first()


def _update(stored: Registration, group_id: str, repo_url: str) -> bool:
    """Set the group and the URL of the same repository; return whether either has changed."""
    if (stored.group_id, stored.repo_url) == (group_id, repo_url):
        return False
    moved = stored.group_id != group_id
    stored.group_id, stored.repo_url = group_id, repo_url
    stored.save(update_fields=["group_id", "repo_url"])
    if moved:
        rematch_registration(stored)  # the other group may watch other exercises
    return True


def _was_registered_before(key: CourseKey, student_id: str, repo_path: str) -> bool:
    """Whether the student registered a repository at this path before.

    The teacher should see that.
    """
    requests = Request.objects.filter(course=key, kind="RegisterGitRepo")
    return requests.filter(body__studentId=student_id, body__repoPath=repo_path).exists()


def _has_url(stored: Registration, repo_url: str) -> bool:
    if repo_url == stored.repo_url:
        return True  # also when the settings no longer allow this URL
    try:
        canonical = repository_url.parse(repo_url)
    except Malformed:
        return False
    return (canonical.host, canonical.path) == (stored.repository.host, stored.repository.path)


def _remove(stored: Registration) -> bool:
    """Delete a registration with its derived rows and events; return whether nobody has given its repository any more.

    The times of its commits are kept for the student.

    Then the repository is deleted too, with its commits.
    """
    repository = stored.repository
    earlier_times.keep(stored)
    stored.delete()
    return repositories.delete_unused(repository)
