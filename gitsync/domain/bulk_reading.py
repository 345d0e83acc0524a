"""Commands on many repositories at once, for a teacher and for staff: read now, pause, resume."""

from collections.abc import Callable, Collection
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.principals import Principal
from gitsync.models import Registration
from gitsync.rules.permissions import sees_everything
from gitsync.syncing import bulk_requests
from gitsync.values import CourseIds
from kernel.errors import NotAllowed

STAFF_COMMANDS = {
    "read": ("gitsync.sync_now", bulk_requests.request_syncs),
    "pause": ("gitsync.pause", bulk_requests.pause),
    "resume": ("gitsync.resume", bulk_requests.resume),
}


class Outcome(NamedTuple):
    """What a command did. `changed`: keys of registrations. `of_others`: how many are left to another teacher."""

    changed: frozenset[int]
    of_others: int = 0


def read_now(course: CourseIds, actor: Principal, keys: Collection[int], *, subject: str) -> Outcome:
    """Read the repositories of these registrations now. Paused ones stay paused.

    Hidden registrations are left out, and those of other courses. `subject` names the course in the audit log.
    """
    return _run("gitsync.sync_now", bulk_requests.request_syncs, course, actor, keys, subject)


def pause(course: CourseIds, actor: Principal, keys: Collection[int], *, subject: str) -> Outcome:
    """Stop reading the repositories of these registrations until a person resumes them.

    A repository counts in every course that has it. So only the teacher whose course had it first pauses and resumes
    it, or staff: as it is with the branch that counts (`branches.choose_branch`).
    """
    return _run("gitsync.pause", bulk_requests.pause, course, actor, keys, subject, first_only=True)


def resume(course: CourseIds, actor: Principal, keys: Collection[int], *, subject: str) -> Outcome:
    """Read those repositories of these registrations again that are paused. Who may: as for `pause`."""
    return _run("gitsync.resume", bulk_requests.resume, course, actor, keys, subject, first_only=True)


@transaction.atomic
def _run(
    command: str,
    change: Callable[[Collection[int]], set[int]],
    course: CourseIds,
    actor: Principal,
    keys: Collection[int],
    subject: str,
    *,
    first_only: bool = False,
) -> Outcome:
    shown = Registration.objects.shown().filter(pk__in=keys, **course.lookups("course"))
    repository_of = dict(shown.values_list("pk", "repository_id"))
    permitted = set(repository_of.values())
    if first_only and not (actor is None or sees_everything(actor)):
        permitted = _first_given_to(course.teacher_id, permitted)
    changed_repositories = change(permitted)
    changed = frozenset(pk for pk, repository in repository_of.items() if repository in changed_repositories)
    of_others = sum(repository not in permitted for repository in repository_of.values())
    if changed:
        record(actor, command, subject, after={"repositories": len(changed_repositories)})
    return Outcome(changed, of_others)


def _first_given_to(teacher_id: str, repository_ids: Collection[int]) -> set[int]:
    """Return those of these repositories that a course of this teacher had first. One query."""
    rows = Registration.objects.shown().filter(repository__in=repository_ids).order_by("repository", "pk")
    first: dict[int, str] = {}
    for repository_id, teacher in rows.values_list("repository_id", "course__teacher_id"):
        first.setdefault(repository_id, teacher)
    return {repository_id for repository_id, teacher in first.items() if teacher == teacher_id}


@transaction.atomic
def change_for_staff(command: str, actor: Principal, repository_ids: Collection[int]) -> int:
    """Read, pause or resume any repositories, and return how many. `command` is a key of STAFF_COMMANDS.

    Each one has its own entry in the audit log. Raises NotAllowed for anybody but staff.
    """
    if not sees_everything(actor):
        raise NotAllowed("not_allowed", _("Only staff reads and pauses repositories of all courses."))
    title, change = STAFF_COMMANDS[command]
    changed = change(repository_ids)
    for repository_id in sorted(changed):
        record(actor, title, f"repository:{repository_id}")
    return len(changed)
