"""The e-mail addresses that commits name as their authors. Git checks none of them."""

from collections import Counter
from collections.abc import Collection

from django.db.models import Count

from gitsync.models import Commit, Registration
from gitsync.values import CourseIds
from kernel.database.text_hash import text_hash


def author_emails(course: CourseIds, student_id: str, shas: Collection[str]) -> dict[str, str]:
    """Return the author's address of each of these commits of a student's repositories, as written there. One query.

    Commits of hidden registrations are left out.
    """
    own = Registration.objects.shown().filter(student__student_id=student_id, **course.lookups("course"))
    commits = Commit.objects.filter(repository__in=own.values("repository"), sha__in=shas)
    return dict(commits.order_by().values_list("sha", "author_email"))


def commits_by_email(course: CourseIds, student_id: str, repo_path: str) -> Counter[str]:
    """Count the commits on the branch of a student's repository at this path, by the author's address. One query.

    The addresses are in small letters.
    """
    own = Registration.objects.shown().filter(
        student__student_id=student_id, repo_path_hash=text_hash(repo_path), **course.lookups("course")
    )
    commits = Commit.objects.filter(repository__in=own.values("repository"), reachable=True)
    counts: Counter[str] = Counter()
    for email, number in commits.order_by().values_list("author_email").annotate(Count("pk")):
        counts[email.lower()] += number
    return counts
