"""Commands that create a course, change its settings and archive it."""

import copy
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from accounts.principals import Principal
from courses.domain import replay, semesters, wire_ids
from courses.git import starters
from courses.models import Course, Semester
from kernel.database.row_version import must_have_version
from kernel.errors import Conflict, Malformed
from kernel.ids import clean_id
from live.publish import publish

FIELDS = (
    "title",
    "zone",
    "unproven_counts_as",
    "starter_commit",
    "starter_url",
    "assistants_extend",
    "assistants_override",
)


def create_course(
    actor: Principal,
    teacher: User,
    *,
    title: str,
    course_id: str = "",
    semester_id: str = "",
    zone: str = "",
    semester_title: str = "",
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> Course:
    """Create a course of this teacher, and its semester when the teacher has none with this id.

    Without `semester_id`, the semester is the teacher's with this title or id, or a new one with an id that follows
    from the title. Without `course_id`, the id follows from the title of the course.

    `starts_on` and `ends_on` are used for a new semester only. Events that arrived before the course was known take
    effect now. Raises Conflict when the course exists already.
    """
    title, semester_title = wire_ids.in_one_line(title), wire_ids.in_one_line(semester_title)
    for name, value in (("course_id", course_id), ("semester_id", semester_id)):
        if value:
            clean_id(value, name)
    if not (semester_id or semester_title):
        raise Malformed("no_semester", _("Give the title of the semester."), field="semester_title")
    if not teacher.is_teacher:
        raise Malformed("not_a_teacher", _("A course belongs to a teacher."), field="teacher")
    with transaction.atomic():
        if not (semester_id and course_id):
            User.objects.select_for_update().get(pk=teacher.pk)  # so that two requests do not take one id
        semester_id = clean_id(semester_id or semesters.id_for_title(teacher, semester_title), "semester_id")
        semester, _new = Semester.objects.get_or_create(
            teacher=teacher,
            semester_id=semester_id,
            defaults={"title": semester_title, "starts_on": starts_on, "ends_on": ends_on},
        )
        taken = semester.courses.values_list("course_id", flat=True)
        course_id = clean_id(course_id or wire_ids.free_id(title, "course", taken), "course_id")
        course, new = Course.objects.get_or_create(
            semester=semester, course_id=course_id, defaults={"title": title or course_id, "zone": zone}
        )
        if not new:
            raise Conflict("exists", _("You have this course in this semester already."), field="course_id")
        audit.record(actor, "courses.create_course", f"course:{course.pk}", after={"course_id": course_id})
        replay.apply_early_events(course)
    return course


def change_course(actor: Principal, course: Course, *, version: str | None = None, **changes: Any) -> Course:
    """Change the FIELDS of a course, archive it or restore it (`archived`: a boolean).

    Deadlines are points in time: another zone changes how they are shown and entered, not when they are. The id of a
    course (`course_id`) can change until the Git module knows the course by it.

    version: the one that the caller has seen (`row_version`). Raises Conflict when the course has another by now.
    """
    if "starter_commit" in changes:
        changes["starter_commit"] = starters.clean_sha(changes["starter_commit"])
    if "starter_url" in changes:
        changes["starter_url"] = starters.clean_starter_url(changes["starter_url"])
    with transaction.atomic():
        Course.objects.select_for_update().get(pk=course.pk)
        course.refresh_from_db(fields=[*FIELDS, "course_id", "archived_at"])  # keep what other requests have changed
        must_have_version(course, version)
        before, former = _audit_values(course), copy.copy(course)
        for name in FIELDS:
            if name in changes:
                setattr(course, name, changes[name])
        course.title = wire_ids.in_one_line(course.title)
        if "course_id" in changes:
            wire_ids.set_course_id(course, changes["course_id"])
        if "archived" in changes and changes["archived"] != bool(course.archived_at):
            course.archived_at = timezone.now() if changes["archived"] else None
        after = _audit_values(course)
        if after == before:
            return course
        course.save(update_fields=[*FIELDS, "course_id", "archived_at"])
        wire_ids.course_was_renamed(former, course)
        starter = course.starter_commit, course.starter_url
        if (before["starter_commit"], before["starter_url"]) != starter:
            starters.name_starter(course, "", *starter)
        audit.record(actor, "courses.change_course", f"course:{course.pk}", before=before, after=after)
        publish(course.topic, course.plan_topic)
    return course


def _audit_values(course: Course) -> dict[str, str]:
    return {
        "course_id": course.course_id,
        "title": course.title,
        "zone": course.zone,
        "unproven_counts_as": course.unproven_counts_as,
        "starter_commit": course.starter_commit,
        "starter_url": course.starter_url,
        "assistants_extend": "yes" if course.assistants_extend else "",
        "assistants_override": "yes" if course.assistants_override else "",
        "archived": "yes" if course.archived_at else "",
    }
