"""The command that accepts the new address of a repository that has moved."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.principals import Principal
from gitsync.domain import registrations, repositories
from gitsync.models import CourseKey, LocalCopy, Registration, Repository
from gitsync.queries.remote_changes import moved_to
from gitsync.rules.hook_matching import match_key
from gitsync.rules.repository_url import is_public_server, parse
from gitsync.syncing import earlier_times, ownership, sync_queue
from gitsync.values import CourseIds
from kernel.database.text_hash import text_hash
from kernel.errors import Conflict


@transaction.atomic
def accept_move(
    course: CourseIds, actor: Principal, *, student_id: str, repo_path: str, new_url: str, confirmed: bool
) -> str:
    """Store the address to which the repository's server redirects, and return it.

    new_url: the address that the caller saw; the server may redirect to another one meanwhile.
    confirmed: whether the caller may confirm that the repository is the student's; a student may not. Then, where the
        public cannot read the new address, the registration is hidden until the teacher confirms it. Only a read
        shows whether the public can, so a confirmation of the old address never counts for the new one.

    The commits, their times and the store stay. Raises Conflict when the repository does not redirect there, and for a
    student whose registration is hidden: they may not change what others have, nor learn where it is.
    """
    list(CourseKey.objects.select_for_update().filter(**course.lookups()))  # first, as in every command
    registration = _registration(course, student_id, repo_path)
    known = repositories.find(new_url) if registration else None
    local_copy = _locked_copy(registration.repository, known) if registration else None
    if (
        registration is None
        or local_copy is None
        or not new_url
        or moved_to(registration.repository, local_copy) != new_url
        or (registration.hidden and not confirmed)
    ):
        raise _not_moved()
    before = registration.repo_url
    repository = registration.repository
    if known is None:
        was_confirmed = registration.confirmed
        earlier_times.keep_before_hiding(repository.registrations.all())
        _rename(repository, new_url)
        registration.refresh_from_db(fields=["confirmed"])
        registration.repo_url = new_url
        registration.confirmed = registration.confirmed or (confirmed and was_confirmed)
        registration.save(update_fields=["repo_url", "confirmed"])
        if confirmed and not registration.confirmed:
            ownership.confirm(registration, local_copy)
        sync_queue.request_sync(repository.pk, force=True)
    else:  # somebody has registered the new address already
        registrations.register_repository(
            course,
            group_id=registration.group_id,
            student_id=student_id,
            repo_path=repo_path,
            repo_url=new_url,
            confirmed=confirmed,
        )
    record(actor, "gitsync.accept_move", f"repository:{repository.pk}", before={"url": before}, after={"url": new_url})
    return new_url


def _registration(course: CourseIds, student_id: str, repo_path: str) -> Registration | None:
    rows = Registration.objects.filter(
        **course.lookups("course"), student__student_id=student_id, repo_path_hash=text_hash(repo_path)
    )
    return rows.select_related("course", "student", "repository").first()


def _locked_copy(repository: Repository, known: Repository | None) -> LocalCopy | None:
    """Return the local copy of the repository, locked; that of the new address is locked with it, in order."""
    pks = [repository.pk] if known is None else [repository.pk, known.pk]
    rows = LocalCopy.objects.select_for_update().filter(repository__in=pks).order_by("pk")
    return next((row for row in list(rows) if row.repository_id == repository.pk), None)


def _not_moved() -> Conflict:
    return Conflict("not_moved", _("The repository has no such new address any more. Reload the page."))


def _rename(repository: Repository, new_url: str) -> None:
    """Give the repository its new address. Others who have it keep their own spelling of the old one.

    No teacher has confirmed the new address yet; that matters when the next read needs a permission. Raises Conflict
    when somebody else has just registered the new address.
    """
    canonical = parse(new_url)
    repository.scheme, repository.host = canonical.scheme, canonical.host
    repository.path, repository.fetch_path = canonical.path, canonical.fetch_path
    repository.path_hash, repository.match_hash = text_hash(canonical.path), text_hash(match_key(str(canonical)))
    repository.public = is_public_server(canonical.scheme, canonical.host)
    try:
        with transaction.atomic():
            repository.save()
    except IntegrityError:
        raise _not_moved() from None
    LocalCopy.objects.filter(repository=repository).update(read_with=None)
    repository.registrations.update(confirmed=False)
