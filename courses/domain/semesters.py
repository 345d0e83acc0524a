"""Commands that create, change and delete semesters."""

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from courses.models import Semester
from kernel.errors import Conflict, Malformed
from kernel.ids import clean_id
from live.publish import publish

FIRST_DAY, LAST_DAY = date(1000, 1, 1), date(9998, 12, 31)  # weeks are counted some way beyond a semester


def create_semester(
    actor: User | None,
    teacher: User,
    *,
    semester_id: str,
    title: str = "",
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> Semester:
    """A new semester of this teacher. Conflict when there is one of this id."""
    semester_id = clean_id(semester_id, "semester_id")
    check_days(starts_on, ends_on)
    if not teacher.is_teacher:
        raise Malformed("not_a_teacher", _("A semester belongs to a teacher."), field="teacher")
    try:
        with transaction.atomic():
            semester = Semester.objects.create(
                teacher=teacher, semester_id=semester_id, title=title.strip(), starts_on=starts_on, ends_on=ends_on
            )
            subject = f"semester:{semester.pk}"
            audit.record(actor, "courses.create_semester", subject, after={"semester_id": semester_id})
    except IntegrityError:
        raise Conflict("exists", _("You have a semester with this id already."), field="semester_id") from None
    return semester


def change_semester(actor: User | None, semester: Semester, **changes: Any) -> Semester:
    """Change its title or its days; the id stays, as the Git module knows it."""
    before = _facts(semester)
    for name in ("title", "starts_on", "ends_on"):
        if name in changes:
            setattr(semester, name, changes[name])
    check_days(semester.starts_on, semester.ends_on)
    if _facts(semester) == before:
        return semester
    with transaction.atomic():
        semester.save(update_fields=["title", "starts_on", "ends_on"])
        subject = f"semester:{semester.pk}"
        audit.record(actor, "courses.change_semester", subject, before=before, after=_facts(semester))
        publish(*(topic for course in semester.courses.all() for topic in (course.topic, course.plan_topic)))
    return semester


def delete_semester(actor: User | None, semester: Semester) -> None:
    """Take an empty semester away. Conflict while it has courses."""
    with transaction.atomic():
        if semester.courses.exists():
            raise Conflict("has_courses", _("This semester has courses."))
        audit.record(actor, "courses.delete_semester", f"semester:{semester.pk}", before=_facts(semester))
        semester.delete()


def check_days(starts_on: date | None, ends_on: date | None) -> None:
    """Raise Malformed, with the field at fault, unless a semester may begin and end on these days."""
    for field, day in (("starts_on", starts_on), ("ends_on", ends_on)):
        if day and not FIRST_DAY <= day <= LAST_DAY:
            raise Malformed("bad_day", _("This day is beyond the calendar."), field=field)
    if starts_on and ends_on and ends_on < starts_on:
        raise Malformed("bad_span", _("The last day is before the first."), field="ends_on")


def _facts(semester: Semester) -> dict[str, str]:
    return {
        "title": semester.title,
        "starts_on": str(semester.starts_on or ""),
        "ends_on": str(semester.ends_on or ""),
    }
