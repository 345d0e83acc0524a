"""The ZIPs of everybody's files of one task, as its page shows them to one person."""

from dataclasses import dataclass

from accounts.models import User
from courses.domain import work_zips
from courses.domain.work_zips import may_read
from courses.models import Task, WorkZip
from courses.rules.permissions import Access


@dataclass(frozen=True)
class ListedZip:
    """A ZIP of the list. `may_read` is False for an own one that is for students whom the person no longer sees."""

    row: WorkZip
    is_own: bool
    may_read: bool
    may_end: bool

    @property
    def is_ready(self) -> bool:
        return self.row.state == WorkZip.State.READY and not work_zips.is_expired(self.row)


def list_zips(person: User, task: Task, access: Access) -> list[ListedZip]:
    """Return the person's own ZIPs, and those of others whose students they all see. Two queries."""
    seen = work_zips.students_within(task, access.limit)
    rows = WorkZip.objects.filter(task=task).select_related("asked_by").order_by("-asked_at", "-pk")
    listed = []
    for row in rows:
        row.task = task
        is_own, reads = row.asked_by_id == person.pk, may_read(row, seen)
        if is_own or reads:
            listed.append(ListedZip(row, is_own, reads, may_end(person, row, access)))
    return listed


def may_end(person: User, row: WorkZip, access: Access) -> bool:
    """Return whether a person may cancel and delete a ZIP: their own, and all in a course that they may change."""
    return row.asked_by_id == person.pk or access.may_change
