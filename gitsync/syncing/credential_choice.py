"""Which credentials a repository may be read with, in which order, and the notes of how that went."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from gitsync.git.failures import NOT_PERMITTED, Reason, TransportFailed
from gitsync.git.http_credential import HttpCredential
from gitsync.git.secrets import Secret
from gitsync.git.ssh import SshCredential
from gitsync.models import CourseKey, Credential, Repository
from gitsync.queries.host_keys import keys_of_host
from gitsync.rules.repository_url import is_public_server
from kernel.sealing import SealBroken, unseal

MOST = 8  # credentials that one sync tries
NOTED_EVERY = timedelta(hours=1)  # the same success or the same problem again
ORDER = (Credential.Scope.REGISTRATION, Credential.Scope.COURSE, Credential.Scope.HOST)
SSH_USER = "git"
# These say nothing about the repository: they come before it is asked for.
OF_THE_CREDENTIAL = frozenset({Reason.CREDENTIAL_EXPIRED, Reason.HOST_KEY_UNKNOWN, Reason.HOST_KEY_CHANGED})


def credentials_for(repository: Repository) -> list[Credential]:
    """Return the credentials of the repository's server that serve it and are not revoked, MOST at most.

    The narrowest come first: those of its registrations, of their courses, of the server; among these the longest path
    prefix. Those of registrations that nobody has confirmed come last, the failed ones at the end: anybody may name
    this repository. One that has expired is among them, so that its owner learns why it is not used.
    """
    courses = set(
        CourseKey.objects.filter(
            Q(registrations__repository=repository) | Q(starter_repositories__repository=repository)
        ).values_list("pk", flat=True)
    )
    rows = Credential.objects.filter(
        Q(registration__repository=repository) | Q(course__in=courses) | Q(scope=Credential.Scope.HOST),
        host=repository.host,
        revoked_at=None,
    )
    rows = rows.select_related("registration__repository").prefetch_related("courses")
    serving = [row for row in rows if _serves(row, repository, courses)]
    serving.sort(key=lambda row: (*_place(row), -_prefix_length(row, repository), row.pk))
    return serving[:MOST]


def courses_of(credential: Credential) -> set[int] | None:
    """Return the keys of the courses that a credential serves; None: every course."""
    if credential.registration is not None:
        return {credential.registration.course_id}
    if credential.course_id is not None:
        return {credential.course_id}
    return {course.pk for course in credential.courses.all()} or None


def secret_of(credential: Credential) -> Secret:
    """Return the token or the key for one contact.

    Raises TransportFailed when the credential has expired, or when its secret cannot be opened.
    """
    if credential.is_expired(timezone.localdate()):
        raise TransportFailed(Reason.CREDENTIAL_EXPIRED, f"since {credential.expires_on}")
    try:
        text = unseal(credential.sealed, bound_to=credential.bound_to)
    except SealBroken:
        raise TransportFailed(Reason.CREDENTIAL_REFUSED, "the sealing key of this installation has changed") from None
    return secret_from(credential, text)


def secret_from(credential: Credential, text: str) -> Secret:
    """Return `text` as the secret that the credential would send. Raises TransportFailed when nobody may send it."""
    if credential.kind == Credential.Kind.SSH:
        keys = keys_of_host(credential.host, credential.ssh_port)
        return SshCredential(credential.host, credential.ssh_port, credential.user_name or SSH_USER, text, keys)
    user = credential.user_name if credential.kind == Credential.Kind.BASIC else None
    try:
        return HttpCredential(credential.host, text, user)
    except ValueError:
        raise TransportFailed(Reason.CREDENTIAL_REFUSED, "the stored token has an invalid character") from None


def note_use(credential: Credential) -> None:
    """Note that a read with the credential succeeded; at most one write in NOTED_EVERY."""
    now = timezone.now()
    row = Credential.objects.filter(pk=credential.pk)
    row.exclude(last_error="", last_used_at__gt=now - NOTED_EVERY).update(
        last_used_at=now, last_error="", last_error_detail="", last_error_at=None
    )


def note_failure(credential: Credential, failed: TransportFailed) -> None:
    """Note why a read with the credential failed; at most one write of the same problem in NOTED_EVERY."""
    if failed.reason in NOT_PERMITTED - OF_THE_CREDENTIAL and tells_only_of_proof(credential):
        failed = TransportFailed(Reason.CREDENTIAL_REFUSED)
    now = timezone.now()
    row = Credential.objects.filter(pk=credential.pk)
    row.exclude(last_error=failed.reason, last_error_at__gt=now - NOTED_EVERY).update(
        last_error=failed.reason, last_error_detail=failed.detail, last_error_at=now
    )


def tells_only_of_proof(credential: Credential) -> bool:
    """Whether any other answer would tell a student which private repositories exist.

    A server that only this network reaches may be open to whoever comes from here.
    """
    registration = credential.registration
    if registration is None or not registration.hidden:
        return False
    return not is_public_server(registration.repository.scheme, registration.repository.host)


def _place(credential: Credential) -> tuple[int, bool]:
    registration = credential.registration
    if registration is not None and not registration.confirmed:
        return len(ORDER), bool(credential.last_error)
    return ORDER.index(Credential.Scope(credential.scope)), False


def _serves(credential: Credential, repository: Repository, courses: set[int]) -> bool:
    served = courses_of(credential)
    return credential.covers_path(repository.path) and (served is None or bool(served & courses))


def _prefix_length(credential: Credential, repository: Repository) -> int:
    below = repository.path.strip("/") + "/"
    return max((len(prefix) for prefix in credential.path_prefixes if below.startswith(prefix + "/")), default=0)
