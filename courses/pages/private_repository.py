"""The ways in which a student has a private repository read, or proves that it is theirs."""

from dataclasses import dataclass

from django.conf import settings

from courses.git import credentials
from courses.pages.repository_check import RepositoryCheck
from gitsync.git.failures import NOT_PERMITTED
from gitsync.queries.credential_list import ListedCredential


@dataclass(frozen=True)
class PrivateRepository:
    """A repository that the public cannot read.

    `hidden`: Atelier reads it, and shows nothing of it until it is known to be the student's. `command` pushes the
    branch that proves this, "" until the student asks for it. `with_keys`: SSH is switched on.
    """

    host: str
    hidden: bool
    credentials: list[ListedCredential]
    command: str
    remove_command: str
    with_keys: bool


def private_repository(check: RepositoryCheck) -> PrivateRepository | None:
    """Return the ways for this repository; None for one that needs none of them. Three queries at most."""
    repository = check.repository
    if not repository.given:
        return None
    access = credentials.own_access(repository.enrolment, repository.place.repo_path)
    if access is None or not (access.hidden or access.credentials or access.reason in NOT_PERMITTED):
        return None
    branch = access.branch if access.hidden else ""
    return PrivateRepository(
        host=access.registration.repository.host,
        hidden=access.hidden,
        credentials=access.credentials,
        command=f"git push origin HEAD:refs/heads/{branch}" if branch else "",
        remove_command=f"git push origin --delete {branch}" if branch else "",
        with_keys="ssh" in settings.GIT_SCHEMES,
    )
