"""The golden files: every message, request, event and model as the contract writes it."""

import json
from pathlib import Path
from typing import Any

from gitsync.models import CourseKey, Registration, Request, StudentKey, WatchedExercise
from gitsync.wire.handlers import HANDLERS

GOLDEN = Path(__file__).parent / "wire"
STUDENT_MESSAGES = {
    "RegisterGitRepo", "DeleteGitRepo", "GetCommitsForRepo", "GetCommitsForExercise", "GetCommitsForPath",
    "GetCommitsForPathAndTimePeriod",
}  # fmt: skip


def golden(name: str, **values: Any) -> dict[str, Any]:
    """Return a golden body, with these values in place of its own."""
    return {**json.loads((GOLDEN / f"{name}.json").read_text()), **values}


def message_names(*without: str) -> list[str]:
    """Return the names of all messages and requests but these."""
    return [name for name in sorted(HANDLERS) if name not in without]


def nothing_is_kept() -> bool:
    return not any(model.objects.exists() for model in (Request, Registration, WatchedExercise, CourseKey, StudentKey))
