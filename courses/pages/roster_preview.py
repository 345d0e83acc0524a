"""The lines of an import of people as its page shows them: counts, one outcome at a time, in pages."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.core.paginator import Page, Paginator
from django.utils.translation import gettext as _

from courses.models import LineOutcome, RosterColumn
from courses.rules.planned_lines import counts_of

PER_PAGE = 100
WRONG = (LineOutcome.CONTRADICTION, LineOutcome.ERROR)
STATES = {  # the colour and the icon of each outcome (static/css/states.css)
    LineOutcome.NEW: ("at-done", "plus"),
    LineOutcome.ADDED: ("at-done", "done"),
    LineOutcome.MOVED: ("at-started", "next"),
    LineOutcome.SAME: ("at-idle", "done"),
    LineOutcome.CONTRADICTION: ("at-overdue", "alert"),
    LineOutcome.ERROR: ("at-failing", "alert"),
}


class ShownLine(NamedTuple):
    number: int
    name: str
    username: str
    email: str
    group: str
    label: str
    colour: str
    icon: str
    reason: str


class LineCount(NamedTuple):
    outcome: str
    label: str
    colour: str
    icon: str
    number: int


class ShownLines(NamedTuple):
    """One page of the lines. `show` is the outcome to which the list is limited, "" for all lines."""

    counts: list[LineCount]
    page: "Page[dict[str, Any]]"
    lines: list[ShownLine]
    show: str
    total: int
    effective: int  # lines that change the roster
    new: int  # lines that make an account
    wrong: int
    without_address: int  # new accounts that no mail can invite


def show_lines(results: Sequence[dict[str, Any]], *, show: str, page: int) -> ShownLines:
    """Return one page of results (`PlannedLine.as_result`). Wrong lines come first in the list of all lines."""
    counts = counts_of(result["outcome"] for result in results)
    show = show if counts.get(show) else ""
    listed = [result for result in results if not show or result["outcome"] == show]
    listed.sort(key=lambda result: result["outcome"] not in WRONG)
    one_page = Paginator(listed, PER_PAGE).get_page(page)
    return ShownLines(
        [LineCount(outcome.value, str(outcome.label), *STATES[outcome], counts[outcome]) for outcome in LineOutcome],
        one_page,
        [_shown(result) for result in one_page],
        show,
        len(results),
        sum(counts[outcome] for outcome in (LineOutcome.NEW, LineOutcome.ADDED, LineOutcome.MOVED)),
        counts[LineOutcome.NEW],
        sum(counts[outcome] for outcome in WRONG),
        sum(result["outcome"] == LineOutcome.NEW and not result["email"] for result in results),
    )


def _shown(result: dict[str, Any]) -> ShownLine:
    outcome = LineOutcome(result["outcome"])
    reason = result["sentence"]
    if result["column"]:
        reason = _("%(column)s: %(reason)s") % {"column": RosterColumn(result["column"]).label, "reason": reason}
    group, team, label = result["group_title"], result.get("team_title", ""), str(outcome.label)
    if team:
        group = ", ".join(filter(None, (group, _("team %(title)s") % {"title": team})))
    if team and outcome == LineOutcome.MOVED:
        label = _("Moves to another group or team")
    return ShownLine(
        result["number"],
        result["name"],
        result["username"],
        result["email"],
        group,
        label,
        *STATES[outcome],
        reason,
    )
