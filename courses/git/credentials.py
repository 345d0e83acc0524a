"""The credentials of a course and of a student's repository. Only the Git module of this installation keeps any."""

from dataclasses import dataclass

from django.utils import timezone

from courses.git.git_module import is_remote, wire_ids
from courses.models import Course, Enrolment
from gitsync.models import Credential, OwnershipProof, Registration
from gitsync.queries import credential_list
from gitsync.queries.credential_list import ListedCredential
from gitsync.rules.branches import PROOF_BRANCH


@dataclass(frozen=True)
class OwnAccess:
    """How a student's registration is read: hidden or not, why it fails, the student's credentials, their branch.

    `branch` is "" until the student has asked for it, and a day later.
    """

    registration: Registration
    reason: str
    credentials: list[ListedCredential]
    branch: str

    @property
    def hidden(self) -> bool:
        return self.registration.waits


def of_course(course: Course) -> list[ListedCredential]:
    """Return the credentials of a course that are not revoked. One query."""
    return credential_list.listed(credential_list.of_course(wire_ids(course)))


def find_of_course(course: Course, pk: int) -> Credential | None:
    return credential_list.of_course(wire_ids(course)).filter(pk=pk).first()


def usual_host(course: Course) -> str:
    """Return the server of the newest repository of the course, "" when there is none."""
    rows = Registration.objects.filter(**wire_ids(course).lookups("course")).order_by("-pk")
    return rows.values_list("repository__host", flat=True).first() or ""


def registration_of(enrolment: Enrolment, repo_path: str) -> Registration | None:
    """Return the student's registration at this path, with its repository and its local copy."""
    if is_remote():
        return None
    return (
        Registration.objects.select_related("repository__local_copy", "repository", "student", "course")
        .filter(
            student__student_id=enrolment.person.username,
            repo_path=repo_path,
            **wire_ids(enrolment.course).lookups("course"),
        )
        .first()
    )


def own_access(enrolment: Enrolment, repo_path: str) -> OwnAccess | None:
    """Return how the student's repository at this path is read; None for one that is not registered here.

    Three queries.
    """
    registration = registration_of(enrolment, repo_path)
    if registration is None:
        return None
    rows = credential_list.of_registration(wire_ids(enrolment.course), enrolment.person.username, repo_path)
    proof = OwnershipProof.objects.filter(registration=registration, expires_at__gt=timezone.now()).first()
    return OwnAccess(
        registration,
        registration.repository.local_copy.reason,
        credential_list.listed(rows),
        PROOF_BRANCH + proof.nonce if proof else "",
    )
