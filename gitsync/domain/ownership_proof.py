"""The command that gives a student a branch name to prove that a repository is theirs (gitsync.syncing.ownership)."""

import secrets

from django.db import transaction
from django.utils import timezone

from gitsync.models import LocalCopy, OwnershipProof, Registration
from gitsync.models.credentials import PROOF_TIME
from gitsync.rules.branches import PROOF_BRANCH
from gitsync.syncing import sync_queue
from kernel.errors import Unknown


@transaction.atomic
def proof_branch(registration: Registration) -> str:
    """Return the name of the branch that the student pushes; the same one for a day.

    Raises Unknown when the registration is gone.
    """
    if LocalCopy.objects.locked(registration.repository_id) is None:
        raise Unknown("no_registration", "")
    proof = OwnershipProof.objects.filter(registration=registration).first()
    if proof is None or proof.expires_at <= timezone.now():
        values = {"nonce": secrets.token_hex(16), "expires_at": timezone.now() + PROOF_TIME}
        proof, _is_new = OwnershipProof.objects.update_or_create(registration=registration, defaults=values)
    return PROOF_BRANCH + proof.nonce


def look_now(registration: Registration) -> None:
    """Have the repository read, because the student says that the branch is there."""
    sync_queue.request_sync(registration.repository_id)
