"""The planned effect of the lines of a file of people, as values. Pure."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from courses.models import LineOutcome

KEPT = ("number", "outcome", "name", "username", "email", "group_title", "team_title", "column", "sentence")


class PlannedLine(NamedTuple):
    """The effect of one line. A person or an enrolment that exists has its key; `group_id` "" leaves the group."""

    number: int
    outcome: LineOutcome
    name: str
    username: str
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    group_id: str = ""
    group_title: str = ""
    person_id: int | None = None
    enrolment_id: int | None = None
    column: str = ""  # the RosterColumn of an error
    sentence: str = ""  # the reason of a contradiction or an error
    team_title: str = ""  # "" leaves the team

    def as_result(self) -> dict[str, Any]:
        """Return what a RosterImport keeps of the line."""
        return {name: getattr(self, name) for name in KEPT} | {"outcome": str(self.outcome)}


def mark_of(lines: Sequence[PlannedLine]) -> str:
    """Return a hash of a plan: the same plan has the same mark."""
    return hashlib.sha256(json.dumps(lines, default=str).encode()).hexdigest()


def counts_of(outcomes: Iterable[str]) -> dict[str, int]:
    """Return the number of lines of each outcome, in the order of LineOutcome."""
    counts = Counter(map(str, outcomes))
    return {str(outcome): counts[str(outcome)] for outcome in LineOutcome.values}
