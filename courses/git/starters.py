"""The commits and repositories that teachers hand out, at the Git module.

A Git module elsewhere accepts none: the contract has no such message.
"""

from collections.abc import Collection

from django.utils.translation import gettext as _

from courses.git import given_addresses
from courses.git.git_module import is_remote, wire_ids
from courses.models import Course
from gitsync.domain import starters
from gitsync.queries import handed_out_commits
from gitsync.queries import starter_states as starter_state_queries
from gitsync.queries.starter_states import StarterState
from kernel.errors import Malformed

clean_sha = starters.clean_sha


def name_starter(course: Course, exercise_path: str, sha: str, url: str, *, old_path: str = "") -> None:
    """Set the starter commit and the starter repository of an exercise, or of the whole course ("").

    An empty sha or URL removes it. `old_path` is the path that the exercise had before. Raises Malformed where the Git
    module is elsewhere (the contract has no such message), and for a URL that may not be contacted.
    """
    if is_remote():
        if sha or url:
            sentence = _("The Git module is on another installation, which accepts no starter.")
            raise Malformed("no_starter", sentence, field="starter_commit" if sha else "starter_url")
        return
    ids = wire_ids(course)
    try:
        if old_path and old_path != exercise_path:
            starters.name_starter(ids, exercise_path=old_path, sha="")
            starters.name_starter_repository(ids, exercise_path=old_path, repo_url="")
        starters.name_starter(ids, exercise_path=exercise_path, sha=sha)
        starters.name_starter_repository(ids, exercise_path=exercise_path, repo_url=url)
    except Malformed as refusal:
        raise Malformed(refusal.code, refusal.message, field="starter_url") from refusal


def clean_starter_url(text: str) -> str:
    """Return the address of the repository that a pasted text names, "" for none. Raises Malformed."""
    if not text.strip():
        return ""
    try:
        return given_addresses.clean_url(text)
    except Malformed as refusal:
        raise Malformed(refusal.code, refusal.message, field="starter_url") from refusal


def starter_states(course: Course) -> dict[str, StarterState]:
    """Return the starter repositories of a course with their state, by the path of the exercise ("": the course)."""
    return {} if is_remote() else starter_state_queries.starter_states(wire_ids(course))


def handed_out(course: Course, commit_ids: Collection[str]) -> set[str]:
    """Return those of these commits that were handed out. Empty where the Git module is elsewhere. One query."""
    return set() if is_remote() else set(handed_out_commits.handed_out_commits(wire_ids(course), commit_ids))


def is_unfound(course: Course, exercise_path: str = "") -> bool:
    """Return whether a starter commit is named and no repository of the course had it yet. One query."""
    return not is_remote() and exercise_path in starter_state_queries.unfound_commits(wire_ids(course))


def students_with_repository(course: Course, url: str) -> list[str]:
    """Return the user names of the students of a course who gave this repository as their own. One query."""
    return [] if is_remote() else starter_state_queries.students_with_repository(wire_ids(course), url)
