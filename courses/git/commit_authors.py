"""The authors that commits name, from the Git module of this installation. Another Git module does not send them."""

from collections import Counter
from collections.abc import Collection

from courses.git.git_module import is_remote, wire_ids
from courses.models import Enrolment
from gitsync.queries import commit_authors


def author_emails(enrolment: Enrolment, commit_ids: Collection[str]) -> dict[str, str]:
    """Return the author's e-mail address of each of these commits of a student. One query."""
    if is_remote():
        return {}
    return commit_authors.author_emails(wire_ids(enrolment.course), enrolment.person.username, commit_ids)


def commits_by_email(enrolment: Enrolment, repo_path: str) -> Counter[str]:
    """Count the commits of a student's repository by the author's address, in small letters. One query."""
    if is_remote():
        return Counter()
    return commit_authors.commits_by_email(wire_ids(enrolment.course), enrolment.person.username, repo_path)
