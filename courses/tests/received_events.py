"""Times, a URL and a push for the tests of received events, for use with the fixture `school`."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from courses.tests.conftest import commit

NOW = datetime(2026, 11, 3, 14, 0, tzinfo=UTC)
BEFORE = datetime(2026, 10, 30, 10, 0, tzinfo=UTC)  # before the deadline
AFTER = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)  # after it
URL = "https://git.example/alice/strudon.git"


def push(
    send_event: Callable[..., Any],
    sha: str = "c1",
    at: datetime = BEFORE,
    path: str = "/tp1/exercice1",
    effort: int = 10,
    **extra: Any,
) -> None:
    """Receive an OnNewCommits of alice with one commit on one exercise."""
    send_event("OnNewCommits", repoUrl=URL, repoPath="/depot", commits=[commit(sha, at, (path, effort), **extra)])
