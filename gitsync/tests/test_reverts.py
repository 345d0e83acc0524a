"""Commits that take the whole effect of another commit back."""

import pytest

from gitsync.models import Commit
from gitsync.queries import commit_lists
from gitsync.rules.reverts import named_commit
from gitsync.tests import builders
from gitsync.values import CommitsRequest, CourseIds

pytestmark = pytest.mark.django_db


def reverts():
    return dict(Commit.objects.exclude(reverts="").values_list("sha", "reverts"))


def head(work):
    return work.git("rev-parse", "HEAD").decode().strip()


def test_git_revert_is_found_and_sent(work, registration):
    done = head(work)
    work.git("revert", "--no-edit", "HEAD")
    reverting = head(work)
    work.push()
    builders.sync_now(registration)
    assert reverts() == {reverting: done}
    answer = commit_lists.commits_for_repo(
        CommitsRequest(CourseIds("ada", "H2027", "StruDon"), "", "bob", "repoPath", "/")
    )
    sent = {commit["commitId"]: commit["reverts"] for commit in answer["commits"]["value"] if "reverts" in commit}
    assert sent == {reverting: done}


def test_a_revert_of_a_part_or_with_more_is_none(work, registration):
    done = head(work)
    work.commit(f"Revert\n\nThis reverts commit {done}.", tp1__Main_txt="1\n")
    work.commit(f"Revert\n\nThis reverts commit {done}.", tp1__Main_txt="", other_txt="more\n")
    work.push()
    builders.sync_now(registration)
    assert reverts() == {}


def test_a_revert_in_a_later_push_is_found_too(work, registration):
    done = head(work)
    builders.sync_now(registration)
    work.git("revert", "--no-edit", "HEAD")
    work.push()
    builders.sync_now(registration)
    assert list(reverts().values()) == [done]


@pytest.mark.parametrize(
    ("message", "sha"),
    [
        (f'Revert "TP1"\n\nThis reverts commit {"a" * 40}.\n', "a" * 40),
        (f"This reverts commit {'b' * 64}.", "b" * 64),
        (f"This reverts commit {'a' * 40}, reversing\nchanges made to {'b' * 40}.", "a" * 40),
        ("This reverts commit abc.", ""),
        ("Revert it", ""),
    ],
)
def test_the_commit_that_a_message_says_it_reverts(message, sha):
    assert named_commit(message) == sha
