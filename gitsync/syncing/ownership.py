"""Confirms registrations that wait for the teacher, by the proofs of their students too.

A student proves in one of two ways that they may use a repository that the public cannot read: they push a branch with
a name that only they were given, or a credential of their own registration reads the repository.
"""

import secrets
from collections.abc import Callable

from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone

from accounts.audit import record
from gitsync.events import announce
from gitsync.git.failures import Reason, TransportFailed
from gitsync.git.secrets import Secret
from gitsync.git.ssh_keys import new_key_pair
from gitsync.models import Credential, LocalCopy, Registration, Repository, Request
from gitsync.rules.branches import PROOF_BRANCH
from gitsync.syncing import accepted_messages, credential_choice, sync_queue
from gitsync.syncing.accepted_messages import WAITING
from gitsync.syncing.credential_choice import NOTED_EVERY

# Answers of a server that did not accept a secret. After any other trouble nobody knows whether it would.
REFUSALS = frozenset({Reason.NO_ACCESS, Reason.NOT_FOUND, Reason.CREDENTIAL_REFUSED, Reason.CREDENTIAL_SCOPE})
MOST_TESTED = 3  # credentials of students that one sync tests as a proof


def confirm(registration: Registration, local_copy: LocalCopy) -> None:
    """Confirm a registration. A hidden one is shown from now on, and all its events are sent.

    The caller holds the lock of the LocalCopy row.
    """
    was_hidden = registration.hidden
    registration.confirmed = True
    if not was_hidden:
        registration.save(update_fields=["confirmed"])
        return
    registration.announced, registration.pull_failed = Registration.Announced.NOTHING, False
    registration.save(update_fields=["confirmed", "pull_failed", "announced"])
    if local_copy.status not in (LocalCopy.Status.NEW, LocalCopy.Status.OK):
        announce.announce_everything(registration, local_copy)  # its next successful sync may be much later
    waiting = accepted_messages.of_registration(registration).filter(state=Request.State.FAILED, error=WAITING)
    waiting.update(state=Request.State.PENDING, error="", finished_at=None)
    if local_copy.status == LocalCopy.Status.PAUSED:
        accepted_messages.finish_paused()
    sync_queue.request_sync(registration.repository_id)


Attempt = Callable[[Secret], TransportFailed | None]


def confirm_proven(local_copy: LocalCopy, heads: dict[str, str], attempt: Attempt) -> None:
    """Confirm the registrations that wait, and whose students have proven that the repository is theirs.

    heads: the branches that the server has just shown.
    attempt: reads the refs of the repository with a secret; returns why that failed, None when it did not.
    """
    repository = local_copy.repository
    usable = Credential.objects.usable(timezone.localdate())
    waiting = (
        Registration.objects.filter(repository=repository.pk, confirmed=False)
        .select_related("ownership_proof")
        .order_by("pk")
    )
    tested = 0
    for registration in waiting.prefetch_related(Prefetch("credentials", usable, "usable_credentials")):
        own = [row for row in registration.usable_credentials if _may_be_tested(row, repository.host)]  # type: ignore[attr-defined]
        if _has_pushed_branch(registration, heads):
            _confirm_proven(registration, repository, "branch")
        elif own and tested < MOST_TESTED:
            tested += 1
            if is_proof(own[0], attempt):
                _confirm_proven(registration, repository, "credential")


def _may_be_tested(credential: Credential, host: str) -> bool:
    """Leave out one that the server has refused lately, so that it takes no place of another student's."""
    refused_at = credential.last_error_at
    return credential.host == host and (refused_at is None or timezone.now() - refused_at > NOTED_EVERY)


def _has_pushed_branch(registration: Registration, heads: dict[str, str]) -> bool:
    proof = getattr(registration, "ownership_proof", None)
    return proof is not None and proof.expires_at > timezone.now() and PROOF_BRANCH + proof.nonce in heads


def is_proof(credential: Credential, attempt: Attempt) -> bool:
    """Whether the server lets this secret read, and refuses another secret of its kind.

    A server in the same network may be open to anybody who comes from here: then the secret proves nothing. Nor does it
    where the other one failed for another reason, such as the time.
    """
    try:
        secret = credential_choice.secret_of(credential)
    except TransportFailed as failed:
        credential_choice.note_failure(credential, failed)
        return False
    is_key = credential.kind == Credential.Kind.SSH
    other = new_key_pair().private if is_key else secrets.token_hex(20)
    trouble = attempt(secret)
    if trouble is not None:
        credential_choice.note_failure(credential, trouble)
        return False
    refused = attempt(credential_choice.secret_from(credential, other))
    if refused is None and credential_choice.tells_only_of_proof(credential):
        # As for a repository that does not exist, so that nothing tells the student that this one does.
        credential_choice.note_failure(credential, TransportFailed(Reason.CREDENTIAL_REFUSED))
    return refused is not None and refused.reason in REFUSALS


@transaction.atomic
def _confirm_proven(proven: Registration, read: Repository, proof: str) -> None:
    """Confirm, unless the repository that was read has another address meanwhile."""
    local_copy = LocalCopy.objects.locked(proven.repository_id)
    rows = Registration.objects.filter(confirmed=False, repository__public=False)
    rows = rows.select_related("course", "student", "repository")
    at_address = {"repository__host": read.host, "repository__path_hash": read.path_hash}
    registration = rows.filter(pk=proven.pk, repository=read.pk, **at_address).first()
    if local_copy is not None and registration is not None:
        confirm(registration, local_copy)
        after = {"student": registration.student.student_id, "repo_url": registration.repo_url, "proof": proof}
        record(None, "gitsync.prove_ownership", f"registration:{registration.pk}", after=after)
