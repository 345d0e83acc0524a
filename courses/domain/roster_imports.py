"""Commands that bring a file of people into a course: keep its lines, choose its columns, apply it in batches.

A batch is one transaction: accounts, enrolments, invitations, results and the position. A worker that is killed loses
its present batch at most, and the next one continues there. Two workers take turns under the lock of the course.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import timedelta
from time import monotonic

from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from courses.domain import roster, roster_invitations, roster_teams
from courses.domain.roster_plan import plan_import
from courses.models import Course, LineOutcome, RosterColumn, RosterImport
from courses.rules.planned_lines import PlannedLine, counts_of, mark_of
from courses.rules.roster_columns import guess_columns
from kernel.database.retries import is_temporary
from kernel.errors import Conflict, Malformed
from kernel.tables.reading import TextLine
from kernel.task_queue import queue_after_commit
from mail.readers import as_read_by

BATCH = 200  # lines
TRIES = 5  # of a batch that meets another transaction
KEPT_DAYS = 30  # then an import is forgotten: it holds names and addresses
STALLED = timedelta(seconds=20)  # without a change; then nobody is working on the import
TASK = "courses.tasks.apply_roster_import"


def create_import(
    actor: User, course: Course, lines: Sequence[TextLine], *, file_name: str = "", how: str = ""
) -> RosterImport:
    """Keep the lines of a file and guess their columns. Older imports of the person that were not applied are dropped.

    Raises Conflict for an archived course.
    """
    guess = guess_columns([cells for _number, cells in lines])
    with transaction.atomic():
        _must_be_open(course)
        RosterImport.objects.filter(course=course, created_by=actor, state=RosterImport.State.OPEN).delete()
        return RosterImport.objects.create(
            course=course,
            created_by=actor,
            lines=list(lines),
            columns=guess.columns,
            head_lines=guess.head_lines,
            file_name=file_name[:200],
            how=how[:500],
        )


def choose_columns(roster_import: RosterImport, columns: Sequence[str], head_lines: int) -> None:
    """Change the kinds of the columns, and how many of the first lines are no people.

    Raises Malformed when no column names people, when two columns have one kind, and when no line is left.
    """
    for index, column in enumerate(columns):
        if column and column in columns[:index]:
            label = RosterColumn(column).label
            sentence = _("Two columns are “%(kind)s”. Choose one.") % {"kind": label}
            raise Malformed("two_columns", sentence, field=f"column_{index}")
    if not has_people(columns):
        raise Malformed("no_people", _("Choose the column with user names, e-mail addresses or names."))
    if not 0 <= head_lines < len(roster_import.lines):
        raise Malformed("no_lines", _("Choose a line of the file."), field="head_lines")
    with transaction.atomic():
        locked = RosterImport.objects.select_for_update().get(pk=roster_import.pk)
        _must_not_have_begun(locked)
        locked.columns, locked.head_lines = list(columns), head_lines
        locked.save(update_fields=["columns", "head_lines", "touched_at"])


def has_people(columns: Sequence[str]) -> bool:
    """Whether one of the columns names people."""
    return any(column and column not in (RosterColumn.GROUP, RosterColumn.TEAM) for column in columns)


def start(roster_import: RosterImport, *, mark: str, invite: bool) -> None:
    """Begin to apply an import. `mark` is that of the plan in the preview.

    Raises Conflict when the plan is another one by now, for an archived course, and for an import that has begun.
    """
    with transaction.atomic():
        locked = RosterImport.objects.select_for_update().get(pk=roster_import.pk)
        _must_not_have_begun(locked)
        _must_be_open(locked.course)
        lines = plan_import(locked)
        if mark_of(lines) != mark:
            sentence = _("The roster has changed since this preview was made. Check the new preview.")
            raise Conflict("moved_on", sentence)
        locked.usernames = {str(line.number): line.username for line in lines if line.outcome == LineOutcome.NEW}
        locked.state, locked.invite = RosterImport.State.APPLYING, invite
        locked.save(update_fields=["usernames", "state", "invite", "touched_at"])
        queue_after_commit(TASK, locked.pk, translation.get_language() or "")


def discard(roster_import: RosterImport) -> None:
    """Forget an import that was not applied. Raises Conflict for one that has begun."""
    with transaction.atomic():
        locked = RosterImport.objects.select_for_update().get(pk=roster_import.pk)
        _must_not_have_begun(locked)
        locked.delete()


def apply_all(pk: int, language: str = "") -> None:
    """Apply an import to its end. Its sentences are in `language`, or else in that of the person who sent the file."""
    sender = User.objects.filter(pk__in=RosterImport.objects.filter(pk=pk).values("created_by")).first()
    with as_read_by(sender) if sender else nullcontext(), translation.override(language or translation.get_language()):
        while apply_batch(pk):
            pass


def apply_for(pk: int, seconds: float) -> None:
    """Apply an import here, without a worker, until it is done or the time is over."""
    until = monotonic() + seconds
    while apply_batch(pk) and monotonic() < until:
        pass


def apply_batch(pk: int) -> bool:
    """Apply the next lines of an import. Return whether lines are left."""
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                return _apply_batch(pk)
        except IntegrityError:  # another transaction created the same account or enrolment
            if attempt == TRIES:
                raise
        except OperationalError as error:
            if attempt == TRIES or not is_temporary(error):
                raise
    raise AssertionError("the last try returns or raises")


def _apply_batch(pk: int) -> bool:
    course_id = RosterImport.objects.filter(pk=pk).values_list("course", flat=True).first()
    course = Course.objects.select_for_update().filter(pk=course_id or 0).first()
    roster_import = RosterImport.objects.select_for_update().filter(pk=pk).first()
    if course is None or roster_import is None or roster_import.state != RosterImport.State.APPLYING:
        return False
    roster_import.course = course
    lines = plan_import(roster_import)
    batch = lines[roster_import.position : roster_import.position + BATCH]
    if course.archived_at:
        batch = [_not_done(line) for line in lines[roster_import.position :]]
    new_people = roster.enrol_planned(roster_import.created_by, course, batch)
    roster_teams.place_planned(roster_import.created_by, course, batch)
    if roster_import.invite:
        roster_invitations.invite(roster_import.created_by, course, new_people)
    roster_import.results += [line.as_result() for line in batch]
    roster_import.position += len(batch)
    if roster_import.position >= len(lines):
        _finish(roster_import)
    roster_import.save()
    return roster_import.state == RosterImport.State.APPLYING


def _not_done(line: PlannedLine) -> PlannedLine:
    sentence = _("The course was archived before this line.")
    return line._replace(outcome=LineOutcome.ERROR, sentence=sentence)


def _finish(roster_import: RosterImport) -> None:
    """Write one audit event for the whole file, and forget the lines themselves."""
    counts = counts_of(result["outcome"] for result in roster_import.results)
    roster_import.state, roster_import.counts = RosterImport.State.DONE, counts
    roster_import.lines, roster_import.usernames = [], {}
    people = {
        str(outcome): names
        for outcome in roster.CHANGES
        if (names := [row["username"] for row in roster_import.results if row["outcome"] == outcome])
    }
    if people:
        after = {"file": roster_import.file_name, "counts": counts, "people": people}
        subject = f"course:{roster_import.course_id}"
        audit.record(roster_import.created_by, "courses.import_roster", subject, after=after)


def is_stalled(roster_import: RosterImport) -> bool:
    """Whether nobody seems to be applying the import."""
    return roster_import.touched_at < timezone.now() - STALLED


def forget_old() -> None:
    """Delete the imports that are older than KEPT_DAYS. Without any, nothing is written."""
    old = RosterImport.objects.filter(created_at__lt=timezone.now() - timedelta(days=KEPT_DAYS))
    if old.exists():
        old.delete()


def queue_stalled() -> None:
    """Queue again the imports whose worker ended."""
    stalled = RosterImport.objects.filter(state=RosterImport.State.APPLYING, touched_at__lt=timezone.now() - STALLED)
    for pk in stalled.values_list("pk", flat=True):
        queue_after_commit(TASK, pk)


def _must_be_open(course: Course) -> None:
    if Course.objects.filter(pk=course.pk).exclude(archived_at=None).exists():
        raise Conflict("archived", _("This course is archived. Restore it before you add people."))


def _must_not_have_begun(roster_import: RosterImport) -> None:
    if roster_import.state != RosterImport.State.OPEN:
        raise Conflict("begun", _("This file was applied already."))
