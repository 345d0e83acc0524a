"""Read a student's whole list of commits from the Git module, after an event said that the list has changed."""

from courses.git import git_module
from courses.git.commit_activity import received_state, replace_commits
from courses.git.event_parsing import ReportedCommit, read_commits
from courses.models import Enrolment


def refresh_commits(enrolment_id: int) -> bool:
    """Replace the commits that single events reported by the Git module's whole lists.

    Returns False when there was nothing to do (already done, or the enrolment is gone), and when an event arrived
    meanwhile: then the enrolment stays stale and the sweep starts the refresh again.
    """
    enrolment = (
        Enrolment.objects.select_related("person", "group", "course__semester__teacher")
        .filter(pk=enrolment_id, commits_stale=True)
        .first()
    )
    if enrolment is None:
        return False
    state_before = received_state(enrolment)
    commits_by_path: dict[str, list[ReportedCommit]] = {}
    listed: set[str] = set()
    # "/" returns every repository (the contract's rule): read it last, and keep the commits that no other path listed.
    for repository in sorted(enrolment.student_repositories.all(), key=lambda repository: repository.repo_path == "/"):
        repository.enrolment = enrolment
        commits = read_commits(git_module.commits(repository).get("commits"))
        commits_by_path[repository.repo_path] = [commit for commit in commits if commit.commit_id not in listed]
        listed.update(commit.commit_id for commit in commits)
    return replace_commits(enrolment, commits_by_path, state_before)
