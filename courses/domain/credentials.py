"""Commands about credentials: a teacher's for a course, a student's for their own repository.

Teachers handle the credentials of their course, and assistants do not. A student handles those that they gave.
"""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.principals import Principal, is_program
from courses.git import credentials as course_credentials
from courses.git.git_module import is_remote, wire_ids
from courses.models import Course, Enrolment
from courses.rules import permissions
from gitsync.domain import credentials, host_keys, ownership_proof
from gitsync.models import Credential, Registration
from kernel.errors import Conflict, NotAllowed, Unknown
from live.publish import publish


def add_token(actor: Principal, course: Course, **values: Any) -> Credential:
    """Keep a token for the course; `values` as for gitsync's `save_token`, which says what is refused."""
    _check_teacher(actor, course)
    with transaction.atomic():
        credential = credentials.save_token(actor, wire_ids(course), **values)
        publish(course.topic)
    return credential


def make_key(actor: Principal, course: Course, **values: Any) -> Credential:
    """Make a deploy key for the course; `values` as for gitsync's `make_deploy_key`, which says what is refused."""
    _check_teacher(actor, course)
    with transaction.atomic():
        credential = credentials.make_deploy_key(actor, wire_ids(course), **values)
        publish(course.topic)
    return credential


def replace(actor: Principal, course: Course, pk: int, **values: Any) -> Credential:
    """Replace the secret of a credential of the course; `values` as for gitsync's `replace`."""
    return credentials.replace(actor, _of_course(actor, course, pk), **values)


def revoke(actor: Principal, course: Course, pk: int) -> None:
    """Forget a credential of the course."""
    credentials.revoke(actor, _of_course(actor, course, pk))


def request_test(actor: Principal, course: Course, pk: int) -> None:
    """Have a worker ask the server whether the credential may read."""
    credentials.request_test(_of_course(actor, course, pk))


def accept_host_key(actor: Principal, course: Course, pk: int, fingerprint: str) -> None:
    """Accept the key of the SSH server of a credential, and test it. Refused as gitsync's `host_keys.accept` says."""
    _of_course(actor, course, pk)
    row = course_credentials.find_of_course(course, pk)
    if row is not None:
        host_keys.accept(actor, row.host, row.ssh_port, fingerprint)
        credentials.request_test(pk)


def add_own_token(actor: User, enrolment: Enrolment, repo_path: str, **values: Any) -> Credential:
    """Keep a student's token for one repository of theirs."""
    return credentials.save_token(actor, own_registration(actor, enrolment, repo_path), **values)


def make_own_key(actor: User, enrolment: Enrolment, repo_path: str) -> Credential:
    """Make a deploy key for one repository of a student."""
    return credentials.make_deploy_key(actor, own_registration(actor, enrolment, repo_path))


def revoke_own(actor: User, enrolment: Enrolment, repo_path: str, pk: int) -> None:
    """Forget a credential that the student gave for this repository. Raises Unknown for another one."""
    registration = own_registration(actor, enrolment, repo_path)
    if not registration.credentials.filter(pk=pk, revoked_at=None).exists():
        raise Unknown("unknown", _("This credential is gone already."))
    credentials.revoke(actor, pk)


def begin_proof(actor: User, enrolment: Enrolment, repo_path: str) -> str:
    """Return the branch that the student pushes to prove that the repository is theirs."""
    return ownership_proof.proof_branch(own_registration(actor, enrolment, repo_path))


def look_for_proof(actor: User, enrolment: Enrolment, repo_path: str) -> None:
    """Have the repository read, because the student says that the branch is there."""
    ownership_proof.look_now(own_registration(actor, enrolment, repo_path))


def own_registration(actor: User, enrolment: Enrolment, repo_path: str) -> Registration:
    """Return the student's registration. Raises NotAllowed for others, and Unknown when there is none."""
    if not permissions.may_give_repository(actor, enrolment):
        raise NotAllowed("not_allowed", _("Only the student handles the credentials of their repository."))
    registration = course_credentials.registration_of(enrolment, repo_path)
    if registration is None:
        raise Unknown("unknown", _("Give the address of the repository first."))
    return registration


def _of_course(actor: Principal, course: Course, pk: int) -> int:
    _check_teacher(actor, course)
    if course_credentials.find_of_course(course, pk) is None:
        raise Unknown("unknown", _("This credential is gone already."))
    return pk


def _check_teacher(actor: Principal, course: Course) -> None:
    if not (is_program(actor) or (isinstance(actor, User) and permissions.may_change(actor, course))):
        raise NotAllowed("not_allowed", _("Only a teacher of the course handles its credentials."))
    if is_remote():
        raise Conflict("remote", _("The Git module is on another installation, which keeps its own credentials."))
