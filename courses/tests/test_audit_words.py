"""The audit log shows the events of courses, semesters, groups and teaching teams in words, with a page to open."""

import pytest

from accounts.audit_log.details import FIELD_NAMES
from accounts.audit_log.objects import KINDS
from accounts.audit_log.titles import title_of
from accounts.models import AuditEvent
from courses.domain import courses, groups, semesters, teaching_team

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def events(school, person, teacher):
    """The audit events after each command about a team, a group, a course and a semester."""
    AuditEvent.objects.all().delete()
    course = school.course
    for name, kind in (("nadia", "teacher"), ("helper", "student")):
        person(name, kind=kind)
    teaching_team.add_to_team(teacher, course, username="nadia", role="teacher")
    member = teaching_team.add_to_team(teacher, course, username="helper", role="assistant", group_ids=["A1", "A2"])
    teaching_team.remove_from_team(teacher, member)
    group = groups.create_group(teacher, course, title="Groupe 03")
    groups.rename_group(teacher, group, title="Groupe 3")
    groups.delete_group(teacher, group)
    courses.change_course(teacher, course, assistants_extend=True, assistants_override=True)
    semesters.change_semester(teacher, course.semester, title="Autumn")
    return list(AuditEvent.objects.order_by("pk"))


def test_every_event_has_a_title_and_a_known_kind_of_object(events):
    assert len(events) == 8
    for event in events:
        assert title_of(event.verb) != event.verb, event.verb
        kind = KINDS[event.subject.partition(":")[0]]
        assert kind.load, event.subject


def test_every_field_of_these_events_has_a_name_in_words(events):
    fields = {name for event in events for values in (event.before, event.after) for name in values}
    assert {"assisted_groups", "assistants_extend", "role", "title"} <= fields
    assert fields <= FIELD_NAMES.keys(), fields - FIELD_NAMES.keys()


def test_the_page_shows_the_words_and_leads_to_the_course_and_the_semester(events, client_of, staff, school):
    text = client_of(staff).get("/audit/").content.decode()
    for part in (
        "Person added to a course", "groups of the assistant", "A1, A2", "assistants grant extensions", "Group renamed",
        "Semester changed", f'href="/courses/{school.course.pk}/"', f'/semesters/{school.course.semester_id}/"',
    ):  # fmt: skip
        assert part in text, part
