"""Find the rows of a repository by its URL, create them, lock them, and delete them with their last user."""

from collections.abc import Iterable
from typing import Protocol

from django.utils.translation import gettext as _

from gitsync.models import LocalCopy, Repository, Request
from gitsync.rules.hook_matching import match_key
from gitsync.rules.repository_url import CanonicalUrl, is_public_server, parse
from gitsync.syncing import accepted_messages, sync_queue
from kernel import task_queue
from kernel.database.compiled import CompiledQuery
from kernel.database.text_hash import text_hash
from kernel.errors import Busy, Malformed

ATTEMPTS = 3  # to lock a repository that others delete
MATCHES = 20  # repositories that one hook may mean: addresses that differ in letter case or port
# Without an order: MariaDB could read all local copies in it to find the first ones.
COPIES_BY_HASH = CompiledQuery(
    lambda *hashes: LocalCopy.objects.filter(repository__match_hash__in=hashes).only(*sync_queue.READ)
)


def find(url: str) -> Repository | None:
    """Return the registered repository with this URL; None also for a malformed URL."""
    try:
        return find_canonical(parse(url))
    except Malformed:
        return None


def find_canonical(url: CanonicalUrl) -> Repository | None:
    """Return the registered repository with this canonical URL."""
    return next(iter(Repository.objects.filter(host=url.host, path_hash=text_hash(url.path))), None)


def match_hashes(addresses: Iterable[str]) -> tuple[str, ...]:
    """Return the values of `Repository.match_hash` that addresses from a hook may mean, each once."""
    return tuple({text_hash(key): None for key in map(match_key, addresses) if key})


def find_loosely(addresses: Iterable[str]) -> list[LocalCopy]:
    """Return the local copies of at most MATCHES repositories that addresses from a hook may mean.

    They are in the order of locking, and have only what `sync_queue` reads. One statement.
    """
    hashes = match_hashes(addresses)
    return sorted(COPIES_BY_HASH.rows(*hashes), key=lambda copy: copy.pk)[:MATCHES] if hashes else []


def ensure(url: str) -> Repository:
    """Return the repository with this URL; create its Repository and LocalCopy rows when they are new.

    An ssh and an https address are one repository, and the https one holds: only that may be readable for the public.
    Call it in the transaction that needs them. Raises Malformed.
    """
    canonical = parse(url)
    repository, _is_new = Repository.objects.get_or_create(
        host=canonical.host,
        path_hash=text_hash(canonical.path),
        defaults={
            "scheme": canonical.scheme,
            "path": canonical.path,
            "fetch_path": canonical.fetch_path,
            "public": is_public_server(canonical.scheme, canonical.host),
            "match_hash": text_hash(match_key(str(canonical))),
        },
    )
    if repository.scheme == "ssh" and canonical.scheme != "ssh":  # a sync finds out whether the public can read it
        repository.scheme = canonical.scheme
        repository.save(update_fields=["scheme"])
    if repository.public and not is_public_server(repository.scheme, repository.host):
        # Its server was added to GIT_LOCAL_SERVERS since.
        repository.public = False
        repository.save(update_fields=["public"])
    LocalCopy.objects.get_or_create(repository=repository)
    return repository


class GivenRepository(Protocol):
    """A row that says who gave a repository: a Registration or a StarterRepository."""

    repo_url: str
    repository: Repository
    repository_id: int


def locked_copy(repo_url: str, stored: GivenRepository | None) -> LocalCopy:
    """Return the local copy of the URL's repository, locked; it is created when it is new.

    The local copy of the stored row's repository is locked with it. Raises Busy, and Malformed for a bad URL.
    """
    for _attempt in range(ATTEMPTS):
        same = stored is not None and stored.repo_url == repo_url
        repository = stored.repository if stored is not None and same else ensure(repo_url)
        keys = {repository.pk} if stored is None else {repository.pk, stored.repository_id}
        rows = LocalCopy.objects.select_for_update().filter(repository__in=keys).order_by("pk")
        locked = {local_copy.repository_id: local_copy for local_copy in rows}
        if repository.pk in locked:
            locked[repository.pk].repository = repository
            return locked[repository.pk]
    # each time the last row that gave the repository was deleted between the two queries
    raise Busy("busy", _("The database is busy. Nothing was changed: try again in a moment."))


def delete_unused(repository: Repository) -> bool:
    """Delete a repository with its commits when nobody has given it any more; return whether it was deleted.

    The caller holds the lock of its LocalCopy row. A running sync finds that row gone and writes nothing.
    """
    if repository.is_used():
        return False
    accepted_messages.finish(Request.objects.filter(repository=repository), error="deleted")
    repository.delete()
    task_queue.queue_after_commit("gitsync.tasks.remove_stores")
    return True
