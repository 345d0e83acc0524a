"""Reads a repository with the first permission that suffices: none, or one of its credentials.

A repository that the public can read is contacted without a credential. Before any contact with a permission of this
installation the repository is marked as not public, so that nothing private is ever shown to somebody who only named
its address.
"""

from collections.abc import Callable

from django.db import transaction
from django.db.models import QuerySet

from gitsync.git.failures import NOT_PERMITTED, SAME_FOR_ALL, TransportFailed
from gitsync.git.secrets import Secret
from gitsync.git.transport import RemoteRefs
from gitsync.models import LocalCopy, Repository
from gitsync.rules.repository_url import is_public_server
from gitsync.syncing import credential_choice, earlier_times

Contact = Callable[[Secret | None], RemoteRefs]


def read(local_copy: LocalCopy, contact: Contact) -> RemoteRefs:
    """Return the refs of the first contact that is permitted, and set `read_with` of `local_copy`, which is not saved.

    The credential that worked last is tried first, then the others, then none. A repository that was read without one
    is tried without one first, and so is one that is hidden from a student: the public may read it by now, or only a
    moment of trouble made it need a credential. Raises TransportFailed: with the reason of the narrowest credential,
    or, where the repository has none, of the contact without one.
    """
    last = local_copy.read_with_id
    without: TransportFailed | None = None
    if last is None or local_copy.repository.registrations.filter(confirmed=False).exists():
        try:
            return _read_without(local_copy, contact)
        except TransportFailed as failed:
            without = failed
    credentials = credential_choice.credentials_for(local_copy.repository)
    if without is not None and without.reason not in NOT_PERMITTED:
        # The server is in trouble, or has no HTTPS: only its SSH may answer.
        credentials = [credential for credential in credentials if credential.kind == credential.Kind.SSH]
    credentials.sort(key=lambda credential: credential.pk != last)
    if credentials:
        set_public(local_copy.repository, public=False)
    told: TransportFailed | None = None
    for credential in credentials:
        try:
            remote = contact(credential_choice.secret_of(credential))
        except TransportFailed as failed:
            credential_choice.note_failure(credential, failed)
            told = told or failed
            if failed.reason in SAME_FOR_ALL and credential.kind != credential.Kind.SSH:
                raise
        else:
            credential_choice.note_use(credential)
            local_copy.read_with = credential
            return remote
    if without is None:
        try:
            return _read_without(local_copy, contact)
        except TransportFailed as failed:
            without = failed
    raise told or without


def set_public(repository: Repository, *, public: bool) -> None:
    """Save whether the last contact needed no permission of this installation.

    Registrations that nobody has confirmed are hidden while it needs one. Their times are kept before that.
    """
    if repository.public == public:
        return
    with transaction.atomic():
        if not public and LocalCopy.objects.locked(repository.pk) is not None:
            earlier_times.keep_before_hiding(repository.registrations.filter(confirmed=False))
        at_this_address(repository).update(public=public)
    repository.public = public


def at_this_address(repository: Repository) -> QuerySet[Repository]:
    """The row of the repository, while it has the address that this sync reads: it may have moved meanwhile."""
    return Repository.objects.filter(pk=repository.pk, host=repository.host, path_hash=repository.path_hash)


def _read_without(local_copy: LocalCopy, contact: Contact) -> RemoteRefs:
    repository = local_copy.repository
    public = is_public_server(repository.scheme, repository.host)
    if not public:  # the address alone is the permission
        set_public(repository, public=False)
    remote = contact(None)
    local_copy.read_with = None
    if public:  # only now that it was read
        set_public(repository, public=True)
    return remote
