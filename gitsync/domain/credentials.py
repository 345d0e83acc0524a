"""Commands about credentials: the only writer of their secrets.

A secret is sealed before it is stored. It is in no answer, no audit event, no log and no task: a task takes the key of
the row. The caller checks who may.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.principals import Principal
from gitsync.domain.credential_fields import clean_day, clean_host, clean_prefixes, clean_token, clean_user
from gitsync.domain.exercises import lock_course
from gitsync.git.failures import NOT_PERMITTED
from gitsync.git.ssh_keys import new_key_pair
from gitsync.models import CourseKey, Credential, LocalCopy, Registration
from gitsync.syncing import sync_queue
from gitsync.values import CourseIds
from kernel.errors import Conflict, Malformed
from kernel.sealing import seal
from kernel.task_queue import queue_after_commit

MOST_OF_ONE = {Credential.Scope.REGISTRATION: 5, Credential.Scope.COURSE: 50, Credential.Scope.HOST: 500}
READ_AGAIN = 500  # repositories that a new credential has read at once; the others wait for their next try
Owner = CourseIds | Registration | None  # a course, a registration, or None for a whole server
Kind, Scope = Credential.Kind, Credential.Scope


@transaction.atomic
def save_token(
    actor: Principal | None,
    owner: Owner,
    *,
    host: str = "",
    token: str,
    user_name: str = "",
    bearer: bool = False,
    path_prefixes: Iterable[str] = (),
    courses: Iterable[CourseIds] = (),
    expires_on: date | None = None,
) -> Credential:
    """Keep a token. Repositories that could not be read are tried again at once.

    host: the server as people write it. The repository's own server for a registration, which leaves it out.
    bearer: send the token alone; otherwise with `user_name`, "git" when it is "".
    expires_on: the last day on which the server takes it, in the school's time zone.

    Raises Malformed with the field at fault (`host`, `token`, `user_name`, `path_prefixes`, `expires_on`), and Conflict
    when there are too many.
    """
    user = "" if bearer else clean_user(user_name) or "git"
    credential = _new(owner, Kind.BEARER if bearer else Kind.BASIC, host, path_prefixes, courses, user, expires_on)
    credential.sealed = seal(clean_token(token), bound_to=credential.bound_to)
    return _made(actor, credential)


@transaction.atomic
def make_deploy_key(
    actor: Principal | None,
    owner: Owner,
    *,
    host: str = "",
    user_name: str = "",
    ssh_port: int = 22,
    path_prefixes: Iterable[str] = (),
    courses: Iterable[CourseIds] = (),
    expires_on: date | None = None,
) -> Credential:
    """Make an SSH key pair, and keep the private half. `public_key` is to be given to the forge.

    Raises as `save_token` does, and Conflict where SSH is switched off.
    """
    if "ssh" not in settings.GIT_SCHEMES:
        raise Conflict("no_ssh", _("Reading over SSH is switched off here."))
    if not 1 <= ssh_port <= 65535:
        raise Malformed("bad_port", _("The port must be a number from 1 to 65535."), field="ssh_port")
    credential = _new(owner, Kind.SSH, host, path_prefixes, courses, clean_user(user_name), expires_on)
    pair = new_key_pair(f"atelier-{credential.pk}")
    credential.ssh_port, credential.public_key = ssh_port, pair.public
    credential.sealed = seal(pair.private, bound_to=credential.bound_to)
    return _made(actor, credential)


@transaction.atomic
def replace(actor: Principal | None, pk: int, *, token: str = "", expires_on: date | None = None) -> Credential:
    """Replace the secret: by another token, or by a new key pair. Everything else stays.

    Raises Malformed (`token`, `expires_on`), Conflict for a revoked one, and Credential.DoesNotExist.
    """
    credential = _lock(pk)
    if credential.revoked_at:
        raise Conflict("revoked", _("This credential was revoked. Add a new one."))
    secret = clean_token(token) if credential.kind != Kind.SSH else ""
    if credential.kind == Kind.SSH:
        pair = new_key_pair(f"atelier-{credential.pk}")
        secret, credential.public_key = pair.private, pair.public
    credential.sealed = seal(secret, bound_to=credential.bound_to)
    credential.expires_on = clean_day(expires_on)
    credential.last_error, credential.last_error_detail, credential.last_error_at = "", "", None
    credential.test_requested_at = credential.tested_at = None
    credential.save()
    _record(actor, "gitsync.replace_credential", credential)
    _read_again(credential)
    return credential


@transaction.atomic
def revoke(actor: Principal | None, pk: int) -> None:
    """Forget the secret. The row stays, so that the past stays readable. Again, nothing changes."""
    credential = _lock(pk)
    if credential.revoked_at is None:
        credential.sealed, credential.revoked_at = "", timezone.now()
        credential.save(update_fields=["sealed", "revoked_at"])
        _record(actor, "gitsync.revoke_credential", credential)


@transaction.atomic
def request_test(pk: int) -> None:
    """Have a worker ask the server whether the credential may read. The answer is in `tested_at` and `last_error`.

    Again while a test runs, nothing changes. Raises Conflict for a revoked one.
    """
    credential = _lock(pk)
    if credential.revoked_at:
        raise Conflict("revoked", _("This credential was revoked. Add a new one."))
    if not credential.is_being_tested():
        Credential.objects.filter(pk=pk).update(test_requested_at=timezone.now())
        queue_after_commit("gitsync.tasks.test_credential", pk)


def _new(
    owner: Owner,
    kind: Credential.Kind,
    host: str,
    path_prefixes: Iterable[str],
    courses: Iterable[CourseIds],
    user_name: str,
    expires_on: date | None,
) -> Credential:
    """Store a credential without its secret, which needs the key of the row."""
    last_day = clean_day(expires_on)
    of_owner: dict[str, CourseKey | Registration] = {}
    if isinstance(owner, Registration):
        LocalCopy.objects.locked(owner.repository_id)  # so that two forms at once pass no limit
        scope, of_owner, host = Scope.REGISTRATION, {"registration": owner}, owner.repository.host
    elif owner is not None:
        host = clean_host(host)
        scope, of_owner = Scope.COURSE, {"course": lock_course(owner)}
    else:
        host = clean_host(host)
        scope = Scope.HOST
    if Credential.objects.filter(scope=scope, revoked_at=None, **of_owner).count() >= MOST_OF_ONE[scope]:
        raise Conflict("too_many", _("There are too many credentials. Revoke some of them first."))
    prefixes = [] if scope == Scope.REGISTRATION else clean_prefixes(path_prefixes, host)
    values = {"path_prefixes": prefixes, "user_name": user_name, "expires_on": last_day}
    credential = Credential.objects.create(scope=scope, kind=kind, host=host, **of_owner, **values)
    if scope == Scope.HOST:
        credential.courses.set([_course_key(course) for course in courses])
    return credential


def _course_key(course: CourseIds) -> CourseKey:
    return lock_course(course)


def _made(actor: Principal | None, credential: Credential) -> Credential:
    credential.created_by = str(actor or "")[:150]
    credential.save()
    _record(actor, "gitsync.add_credential", credential)
    _read_again(credential)
    return credential


def _lock(pk: int) -> Credential:
    return Credential.objects.select_for_update().get(pk=pk)


def _record(actor: Principal | None, verb: str, credential: Credential) -> None:
    after = {
        "scope": credential.scope,
        "kind": credential.kind,
        "host": credential.host,
        "paths": credential.path_prefixes,
        "expires_on": str(credential.expires_on or ""),
    }
    if credential.registration is not None:
        after["student"] = credential.registration.student.student_id
    if credential.course is not None:
        after["course"] = str(credential.course)
    record(actor, verb, f"credential:{credential.pk}", after=after)


def _read_again(credential: Credential) -> None:
    """Have the repositories tried at once that could not be read, and those whose students may prove with it."""
    for pk in _unread(credential)[:READ_AGAIN]:
        sync_queue.request_sync(pk)


def _unread(credential: Credential) -> Sequence[int]:
    copies: QuerySet[LocalCopy] = LocalCopy.objects.filter(repository__host=credential.host)
    if credential.registration is not None:
        return [credential.registration.repository_id]
    if credential.course is not None:
        copies = copies.filter(repository__registrations__course=credential.course)
    rows = copies.filter(reason__in=NOT_PERMITTED).order_by("pk").values_list("repository_id", "repository__path")
    return list(dict.fromkeys(pk for pk, path in rows if credential.covers_path(path)))
