"""New addresses of students' repositories, and newer work on other branches.

Only the Git module of this installation knows them.
"""

from collections.abc import Sequence

from accounts.principals import Principal
from courses.git.git_module import is_remote, wire_ids
from courses.models import Enrolment
from gitsync.domain import branches, moves
from gitsync.queries import remote_changes
from gitsync.queries.remote_changes import RemoteChange
from kernel.errors import Unknown


def changes_of(enrolments: Sequence[Enrolment]) -> dict[tuple[int, str], RemoteChange]:
    """Return the changes for one person, by the key of the enrolment and the path. One query."""
    if is_remote() or not enrolments:
        return {}
    by_course = {wire_ids(enrolment.course): enrolment.pk for enrolment in enrolments}
    changes = remote_changes.remote_changes(enrolments[0].person.username)
    return {(by_course[ids], path): change for (ids, path), change in changes.items() if ids in by_course}


def accept_move(enrolment: Enrolment, actor: Principal, *, repo_path: str, new_url: str, confirmed: bool) -> str:
    """Store the new address of a repository.

    Raises Unknown where the Git module is elsewhere, and Conflict when the repository has not moved there.
    """
    _must_be_here()
    return moves.accept_move(
        wire_ids(enrolment.course),
        actor,
        student_id=enrolment.person.username,
        repo_path=repo_path,
        new_url=new_url,
        confirmed=confirmed,
    )


def choose_branch(enrolment: Enrolment, actor: Principal, *, repo_path: str, branch: str) -> None:
    """Choose the branch that counts.

    Raises Unknown where the Git module is elsewhere, and Malformed when there is no such branch.
    """
    _must_be_here()
    branches.choose_branch(
        wire_ids(enrolment.course), actor, student_id=enrolment.person.username, repo_path=repo_path, branch=branch
    )


def _must_be_here() -> None:
    if is_remote():
        raise Unknown("unknown", "")
