"""Credentials as pages show them: what they are for, whether they work, never their secret."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from gitsync.git.failures import Reason, failure_text
from gitsync.models import Credential
from gitsync.values import CourseIds

ENDS_SOON = timedelta(days=14)
NO_REPOSITORY = "no_repository"  # the last_error of a test that had no repository (syncing/credential_check.py)


class Health(StrEnum):
    TESTED = "tested"  # a test runs
    EXPIRED = "expired"
    FAILING = "failing"
    GOOD = "good"
    UNUSED = "unused"


@dataclass(frozen=True, slots=True)
class ListedCredential:
    """A credential without its secret. `courses` are the courses that a credential of a server is limited to."""

    pk: int
    name: str
    kind: str
    how: str
    host: str
    path_prefixes: list[str]
    courses: list[str]
    user_name: str
    ssh_port: int
    public_key: str
    expires_on: date | None
    ends_soon: bool
    row: Credential
    health: Health

    @property
    def is_key(self) -> bool:
        return self.kind == Credential.Kind.SSH

    @property
    def fingerprint(self) -> str:
        """The fingerprint that the SSH server showed while nobody had accepted its key; else ""."""
        return self.row.last_error_detail if self.row.last_error == Reason.HOST_KEY_UNKNOWN else ""

    @property
    def error(self) -> str:
        """The last problem as a sentence; "" when the last read or test succeeded."""
        if self.row.last_error == NO_REPOSITORY:
            return _("No repository here is on this server and below these paths, so nothing could be tested.")
        return failure_text(self.row.last_error) if self.row.last_error else ""


def listed(rows: Iterable[Credential], *, with_courses: bool = False) -> list[ListedCredential]:
    """Return these credentials. `with_courses`: they were loaded with their courses."""
    today = timezone.localdate()
    return [
        ListedCredential(
            pk=row.pk,
            name=credential_name(row),
            kind=row.kind,
            how=row.get_kind_display(),
            host=row.host,
            path_prefixes=list(row.path_prefixes),
            courses=sorted(str(course) for course in row.courses.all()) if with_courses else [],
            user_name=row.user_name,
            ssh_port=row.ssh_port,
            public_key=row.public_key,
            expires_on=row.expires_on,
            ends_soon=row.expires_on is not None and today <= row.expires_on <= today + ENDS_SOON,
            row=row,
            health=_health(row, today),
        )
        for row in rows
    ]


def credential_name(row: Credential) -> str:
    """Return a short name for tables: how it is used, and for which part of the server."""
    kind = _("SSH key") if row.kind == Credential.Kind.SSH else _("token")
    scope = {
        Credential.Scope.REGISTRATION: _("of the student"),
        Credential.Scope.COURSE: _("of the course"),
        Credential.Scope.HOST: _("of the server"),
    }[Credential.Scope(row.scope)]
    return f"{kind} {scope}"


def of_course(course: CourseIds) -> QuerySet[Credential]:
    """The credentials of a course that are not revoked, in the order in which they were made."""
    rows = Credential.objects.filter(scope=Credential.Scope.COURSE, revoked_at=None, **course.lookups("course"))
    return rows.order_by("host", "pk")


def of_hosts() -> QuerySet[Credential]:
    """The credentials of servers that are not revoked."""
    rows = Credential.objects.filter(scope=Credential.Scope.HOST, revoked_at=None)
    return rows.order_by("host", "pk").prefetch_related("courses")


def of_registration(course: CourseIds, student_id: str, repo_path: str) -> QuerySet[Credential]:
    """The credentials that a student gave for one repository, and that are not revoked."""
    return Credential.objects.filter(
        scope=Credential.Scope.REGISTRATION,
        revoked_at=None,
        registration__student__student_id=student_id,
        registration__repo_path=repo_path,
        **course.lookups("registration__course"),
    ).order_by("pk")


def _health(row: Credential, today: date) -> Health:
    if row.is_being_tested():
        return Health.TESTED
    if row.is_expired(today):
        return Health.EXPIRED
    if row.last_error and row.last_error != NO_REPOSITORY:
        return Health.FAILING
    worked = row.last_used_at or (row.tested_at and not row.last_error)
    return Health.GOOD if worked else Health.UNUSED
