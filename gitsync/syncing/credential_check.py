"""Asks a server whether a credential may read one of its repositories."""

from django.utils import timezone

from gitsync.git.access_check import attempt
from gitsync.git.failures import Reason, TransportFailed
from gitsync.git.transport import Limits, RemoteUrl
from gitsync.models import Credential, Repository
from gitsync.syncing import credential_choice, ownership

TEST_SECONDS, TEST_BYTES = 20.0, 20_000_000
NO_REPOSITORY = "no_repository"  # last_error where nothing was there to test with


def check(pk: int) -> None:
    """Read the branches of a repository that the credential serves, and save the answer. Twice is harmless."""
    credential = Credential.objects.filter(pk=pk, revoked_at=None).first()
    if credential is None:
        return
    repository = _repository(credential)
    error, detail = NO_REPOSITORY, ""
    if repository is not None:
        url = RemoteUrl(repository.scheme, repository.host, repository.fetch_path or repository.path)
        limits = Limits(seconds=TEST_SECONDS, max_bytes=TEST_BYTES)
        if credential_choice.tells_only_of_proof(credential):
            is_proof = ownership.is_proof(credential, lambda secret: attempt(url, secret, limits))
            error = "" if is_proof else Reason.CREDENTIAL_REFUSED
        else:
            try:
                failed = attempt(url, credential_choice.secret_of(credential), limits)
            except TransportFailed as unusable:
                failed = unusable
            error, detail = (failed.reason.value, failed.detail) if failed else ("", "")
    now = timezone.now()
    Credential.objects.filter(pk=pk, sealed=credential.sealed).update(  # it may have been replaced meanwhile
        tested_at=now, last_error=error, last_error_detail=detail, last_error_at=now if error else None
    )


def _repository(credential: Credential) -> Repository | None:
    """Return a repository that the credential serves: one that only a credential can read, if there is one."""
    rows = Repository.objects.filter(host=credential.host, registrations__isnull=False)
    if credential.registration_id is not None:
        rows = rows.filter(registrations=credential.registration_id)
    elif credential.course_id is not None:
        rows = rows.filter(registrations__course=credential.course_id)
    elif limited_to := list(credential.courses.values_list("pk", flat=True)):
        rows = rows.filter(registrations__course__in=limited_to)
    return next((row for row in rows.order_by("public", "pk").iterator() if credential.covers_path(row.path)), None)
