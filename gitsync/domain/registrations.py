"""The verbs behind the messages: what is watched (`exercises`), and whose repository is where. The one door to both.

Each verb takes clean values (kernel.ids, addresses), does all of its work in one transaction with its Request row, and
may be called again with the same or other values. Locks: the course's row, then the Clones in the order of their keys.
"""

import logging

from django.db import transaction
from django.utils.translation import gettext as _

from gitsync.domain import repositories
from gitsync.domain.exercises import (
    delete_exercise,
    deregister_exercise,
    expect_repository,
    locked_course,
    message_body,
    modify_exercise,
    register_exercise,
)
from gitsync.events import announce
from gitsync.models import CourseKey, LocalCopy, Registration, Request, StudentKey
from gitsync.rules import repository_url
from gitsync.syncing import accepted_messages, sync_queue
from gitsync.syncing.rematch import match_commits, matchable_commits, rematch_registration
from gitsync.values import CourseIds
from kernel import task_queue
from kernel.database.text_hash import text_hash
from kernel.errors import Busy, Malformed

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
) -> Request:
    """A student's repository at a path of the course. Another group moves it, another URL replaces it.

    Of an Address that is here already a new registration hears everything at once; with `afresh` one that heard it
    before, too: the dashboard has forgotten. Raises Malformed for a URL that may not be contacted; the one that is
    stored is not judged again, so that its student can move.
    """
    key = locked_course(course)
    stored = _registration(key, student_id, repo_path)
    if stored is None or stored.repo_url != repo_url:
        repository_url.parse(repo_url)
    student, _made = StudentKey.objects.get_or_create(student_id=student_id)
    local_copy = _locked_copy(repo_url, stored)
    repository = local_copy.repository
    if stored is not None and stored.repository_id == repository.pk:
        changed = _update(stored, group_id, repo_url)
        if afresh:
            stored.announced = Registration.Announced.NOTHING
            stored.save(update_fields=["announced"])
            announce.announce_everything(stored, local_copy)
        look = local_copy.status != LocalCopy.Status.OK
    else:
        again = stored is not None or _was_here(key, student_id, repo_path)
        if stored is not None:
            _remove(stored)
        fresh = Registration.objects.create(
            course=key,
            student=student,
            repo_path=repo_path,
            repo_path_hash=text_hash(repo_path),
            group_id=group_id,
            repo_url=repo_url,
            repository=repository,
            registered_again=again,
        )
        match_commits(fresh, matchable_commits(repository.commits.all()))
        announce.announce_everything(fresh, local_copy)
        changed = look = True
    body = message_body(course, groupId=group_id, studentId=student_id, repoPath=repo_path, repoUrl=repo_url)
    if look:
        sync_queue.request_sync(repository.pk)
    log.info("RegisterGitRepo %s%s: %s", key, repo_path, "changed" if changed else "as it was")
    return accepted_messages.accept("RegisterGitRepo", body, repository=repository, course=key, follow_up=look)


@transaction.atomic
def delete_repository(course: CourseIds, *, student_id: str, repo_path: str = "/", repo_url: str) -> Request:
    """Forget a registration and all that was derived for it; the last one of an Address takes commits and store along.

    Unknown is fine. A URL that is not the registered one deletes nothing, and is logged.
    """
    key = locked_course(course)
    stored = _registration(key, student_id, repo_path)
    body = message_body(course, studentId=student_id, repoPath=repo_path, repoUrl=repo_url)
    if stored is None or not _is_of(stored, repo_url):
        log.warning("DeleteGitRepo %s%s: %s", key, repo_path, "unknown" if stored is None else "of another URL")
        return accepted_messages.accept("DeleteGitRepo", body, course=key, follow_up=False)
    LocalCopy.objects.locked(stored.repository_id)
    emptied = _remove(stored)
    return accepted_messages.accept("DeleteGitRepo", body, course=key, follow_up=emptied)


def _registration(key: CourseKey, student_id: str, repo_path: str) -> Registration | None:
    rows = Registration.objects.filter(course=key, student__student_id=student_id, repo_path_hash=text_hash(repo_path))
    return rows.select_related("course", "student", "repository").first()


def _locked_copy(repo_url: str, stored: Registration | None) -> LocalCopy:
    """The Clone of the URL, made if it is new; its row is locked, and with it that of the stored registration."""
    for _attempt in range(3):
        same = stored is not None and stored.repo_url == repo_url
        repository = stored.repository if stored is not None and same else repositories.ensure(repo_url)
        wanted = {repository.pk} if stored is None else {repository.pk, stored.repository_id}
        held = LocalCopy.objects.select_for_update().filter(repository__in=wanted).order_by("pk")
        found = {local_copy.repository_id: local_copy for local_copy in held}
        if repository.pk in found:
            found[repository.pk].repository = repository
            return found[repository.pk]
    # the last registration of the Address was deleted each time between the two queries
    raise Busy("busy", _("The database is busy. Nothing was changed: try again in a moment."))


def _update(stored: Registration, group_id: str, repo_url: str) -> bool:
    moved, renamed = stored.group_id != group_id, stored.repo_url != repo_url
    if moved or renamed:
        stored.group_id, stored.repo_url = group_id, repo_url
        stored.save(update_fields=["group_id", "repo_url"])
    if moved:
        rematch_registration(stored)  # the other group may watch other exercises
    return moved or renamed


def _was_here(key: CourseKey, student_id: str, repo_path: str) -> bool:
    """Whether a registration stood here before: its times of receipt are lost, and the teacher should see that."""
    told = Request.objects.filter(course=key, kind="RegisterGitRepo")
    return told.filter(body__studentId=student_id, body__repoPath=repo_path).exists()


def _is_of(stored: Registration, repo_url: str) -> bool:
    if repo_url == stored.repo_url:
        return True  # even where the settings would not let it in any more
    try:
        place = repository_url.parse(repo_url)
    except Malformed:
        return False
    return (place.host, place.path) == (stored.repository.host, stored.repository.path)


def _remove(stored: Registration) -> bool:
    """Delete a registration with its derived rows and events; whether it was the last of its Address.

    Then the Address goes too, with its commits. A sync that is running finds its Clone gone and leaves no trace.
    """
    repository = stored.repository
    stored.delete()
    if repository.registrations.exists():
        return False
    accepted_messages.finish(Request.objects.filter(repository=repository), error="deleted")
    repository.delete()
    task_queue.queue_after_commit("gitsync.tasks.remove_stores")
    return True
