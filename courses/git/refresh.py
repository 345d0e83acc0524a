"""Ask the Git module for a student's whole list of commits, after it said that the list changed."""

from courses.git import git_module, progress
from courses.git.event_parsing import SeenCommit, read_commits
from courses.models import Enrolment


def refresh_commits(enrolment_id: int) -> bool:
    """Replace what was told commit by commit.

    False when there was nothing to do (already done, or gone), or when an event came meanwhile: the enrolment stays
    stale then, and the sweep asks again.
    """
    enrolment = (
        Enrolment.objects.select_related("person", "group", "course__semester__teacher")
        .filter(pk=enrolment_id, commits_stale=True)
        .first()
    )
    if enrolment is None:
        return False
    heard_before = progress.heard(enrolment)
    by_place: dict[str, list[SeenCommit]] = {}
    told: set[str] = set()
    # "/" asks for every repository (the contract's rule): it comes last and keeps what no other place has told.
    for repository in sorted(enrolment.student_repositories.all(), key=lambda repository: repository.repo_path == "/"):
        repository.enrolment = enrolment
        commits = read_commits(git_module.commits(repository).get("commits"))
        by_place[repository.repo_path] = [commit for commit in commits if commit.commit_id not in told]
        told.update(commit.commit_id for commit in commits)
    return progress.replace_commits(enrolment, by_place, heard_before)
