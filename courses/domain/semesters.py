"""Commands that create, change and delete semesters."""

import copy
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from accounts.principals import Principal
from courses.domain import wire_ids
from courses.models import Course, Semester
from courses.rules import permissions
from kernel.database.row_version import must_have_version
from kernel.errors import Conflict, Malformed, NotAllowed
from kernel.ids import clean_id
from kernel.text.plain_words import looks_like
from live.publish import publish

FIELDS = ["title", "starts_on", "ends_on"]
FIRST_DAY, LAST_DAY = date(1000, 1, 1), date(9998, 12, 31)  # pages count weeks some way beyond a semester


def create_semester(
    actor: Principal,
    teacher: User,
    *,
    semester_id: str = "",
    title: str = "",
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> Semester:
    """Create a semester of this teacher. Without `semester_id`, the id follows from the title.

    Raises Conflict when the teacher has one with this id.
    """
    title = wire_ids.in_one_line(title)
    taken = teacher.semesters.values_list("semester_id", flat=True)
    semester_id = clean_id(semester_id or wire_ids.free_id(title, "semester", taken), "semester_id")
    check_days(starts_on, ends_on)
    if not teacher.is_teacher:
        raise Malformed("not_a_teacher", _("A semester belongs to a teacher."), field="teacher")
    try:
        with transaction.atomic():
            semester = Semester.objects.create(
                teacher=teacher, semester_id=semester_id, title=title, starts_on=starts_on, ends_on=ends_on
            )
            subject = f"semester:{semester.pk}"
            audit.record(actor, "courses.create_semester", subject, after={"semester_id": semester_id})
    except IntegrityError:
        raise Conflict("exists", _("You have a semester with this id already."), field="semester_id") from None
    return semester


def change_semester(actor: Principal, semester: Semester, *, version: str | None = None, **changes: Any) -> Semester:
    """Change the title or the days of a semester, and its id until the Git module knows a course of it by it.

    Only the teacher of the semester and staff change the id. Raises NotAllowed for others.

    version: the one that the caller has seen (`row_version`). Raises Conflict when the semester has another by now.
    """
    with transaction.atomic():
        _lock(semester, version)
        before = _audit_values(semester)
        former = [_course_of(copy.copy(semester), course) for course in semester.courses.all()]
        for name in FIELDS:
            if name in changes:
                setattr(semester, name, changes[name])
        semester.title = wire_ids.in_one_line(semester.title)
        if changes.get("semester_id", semester.semester_id) != semester.semester_id:
            if isinstance(actor, User) and not permissions.may_delete_semester(actor, semester):
                raise NotAllowed("not_allowed", _("Only the teacher of the semester changes its code."))
            wire_ids.set_semester_id(semester, changes["semester_id"])
        check_days(semester.starts_on, semester.ends_on)
        if _audit_values(semester) == before:
            return semester
        semester.save(update_fields=[*FIELDS, "semester_id"])
        if before["semester_id"] != semester.semester_id:
            for course in former:
                wire_ids.course_was_renamed(course, _course_of(semester, copy.copy(course)))
        subject = f"semester:{semester.pk}"
        audit.record(actor, "courses.change_semester", subject, before=before, after=_audit_values(semester))
        publish(*(topic for course in semester.courses.all() for topic in (course.topic, course.plan_topic)))
    return semester


def delete_semester(actor: Principal, semester: Semester, *, version: str | None = None) -> None:
    """Delete an empty semester. Raises Conflict while it has courses, and as `change_semester`."""
    with transaction.atomic():
        _lock(semester, version)
        if semester.courses.exists():
            raise Conflict("has_courses", _("This semester has courses."))
        audit.record(actor, "courses.delete_semester", f"semester:{semester.pk}", before=_audit_values(semester))
        semester.delete()


def id_for_title(teacher: User, title: str) -> str:
    """Return the id of the teacher's semester with this title or id, else a free id that follows from the title."""
    rows = list(teacher.semesters.order_by("pk").values_list("semester_id", "title"))
    for semester_id, known in rows:
        if title == semester_id or looks_like(title) in (looks_like(known), looks_like(semester_id)):
            return semester_id
    return wire_ids.free_id(title, "semester", [semester_id for semester_id, _title in rows])


def _course_of(semester: Semester, course: Course) -> Course:
    course.semester = semester
    return course


def _lock(semester: Semester, version: str | None) -> None:
    """Lock a semester and read it again: another request may have changed it. Raises Conflict."""
    if not Semester.objects.select_for_update().filter(pk=semester.pk).exists():
        raise Conflict("gone", _("This semester was deleted in the meantime."))
    semester.refresh_from_db(fields=[*FIELDS, "semester_id"])
    must_have_version(semester, version)


def check_days(starts_on: date | None, ends_on: date | None) -> None:
    """Raise Malformed, with the field at fault, unless a semester may start and end on these days."""
    for field, day in (("starts_on", starts_on), ("ends_on", ends_on)):
        if day and not FIRST_DAY <= day <= LAST_DAY:
            raise Malformed("bad_day", _("This date must be between the years 1000 and 9998."), field=field)
    if starts_on and ends_on and ends_on < starts_on:
        raise Malformed("bad_span", _("The last day is before the first."), field="ends_on")


def _audit_values(semester: Semester) -> dict[str, str]:
    return {
        "semester_id": semester.semester_id,
        "title": semester.title,
        "starts_on": str(semester.starts_on or ""),
        "ends_on": str(semester.ends_on or ""),
    }
