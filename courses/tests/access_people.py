"""The kinds of people for whom the access to courses is tested, and every address of a course with who may open it."""

from types import SimpleNamespace
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.urls import reverse

from courses.domain import course_tasks, courses, extensions, group_deadlines, roster, teaching_team, teams
from courses.git.git_module import wire_ids
from courses.models import Course, ForgeConnection, RosterImport
from courses.tests.conftest import DEADLINE
from gitsync.domain.credentials import save_token
from kernel.testing.people import make_person

TEACHERS = {"co-teacher", "teacher", "staff"}
SEES_CLASS = {"assistant", "assistant of A1", "assistant of A2"} | TEACHERS
KNOWS_COURSE = {"student", "classmate"} | SEES_CLASS
SEES_ALICE = {"student", "assistant", "assistant of A1"} | TEACHERS
SEES_BOB = {"classmate", "assistant", "assistant of A2"} | TEACHERS
STUDENTS = {"student", "classmate"}


def make_people(school: SimpleNamespace, staff: Any, program: Any) -> dict[str, Any]:
    """Return all kinds of people. The student is alice, of group A1; the classmate is bob, of group A2."""
    course = school.course
    other = make_person("other", kind="teacher")
    courses.create_course(other, other, semester_id="A2026", course_id="Other", title="Other")
    people = {
        "anonymous": AnonymousUser(),
        "stranger": make_person("stranger"),
        "other teacher": other,
        "classmate": school.bob.person,
        "student": school.alice.person,
        "teacher": course.teacher,
        "staff": staff,
        "program": program,
    }
    team = [("assistant", "", []), ("assistant of A1", "", ["A1"]), ("assistant of A2", "", ["A2"])]
    for number, (who, kind, groups) in enumerate([*team, ("co-teacher", "teacher", [])]):
        people[who] = make_person(f"member{number}", kind=kind or "student")
        role = kind or "assistant"
        teaching_team.add_to_team(course.teacher, course, username=f"member{number}", role=role, group_ids=groups)
    return people


def make_rows(school: SimpleNamespace) -> dict[str, Any]:
    """Make a row for each address that names one, and return the arguments of addresses by their names."""
    course, teacher = school.course, school.course.teacher
    group = course.groups.get(group_id="A1")
    later = DEADLINE.replace(day=10)
    return {
        "task_pk": school.first.pk,
        "tick_pk": course_tasks.add_task(None, course, path="/rules", asks_for="tick").pk,
        "import_pk": RosterImport.objects.create(course=course, state=RosterImport.State.DONE).pk,
        "extension_pk": extensions.grant_extension(
            teacher, school.first, school.alice, deadline=later, reason="Ill"
        ).pk,
        "deadline_pk": group_deadlines.set_group_deadline(teacher, school.first, group, deadline=later).pk,
        "student_team_pk": teams.create_team(None, school.course, title="Team", members=[school.alice.pk]).pk,
        "connection_pk": ForgeConnection.objects.create(
            course=course, forge="gitlab", base_url="https://gitlab.com", owner="own", repo_path="/", state="proposed"
        ).pk,
        "credential_pk": save_token(teacher, wire_ids(course), host="git.example", token="t").pk,
        "group_pk": group.pk,
        "alice_pk": school.alice.pk,
        "member_pk": course.enrolments.get(person__username="member0").pk,
        "semester_pk": course.semester_id,
        "repository_pk": 1,
    }


def address(course: Course, rows: dict[str, Any], name: str, *args: Any) -> str:
    """Return the address of a page of the course. An argument that is a name of `rows` stands for its value."""
    return reverse(name, args=[course.pk, *(rows.get(arg, arg) for arg in args)])


def enrol_more(course: Course, count: int, first: int = 0) -> None:
    """Add students to group A2, with the numbers from `first`."""
    for number in range(first, first + count):
        make_person(f"more{number}")
        roster.enrol(None, course, username=f"more{number}", group_id="A2")


def let_assistants(course: Course, *, may: bool) -> None:
    """Let the assistants of the course extend deadlines and judge work, or not."""
    courses.change_course(None, course, assistants_extend=may, assistants_override=may)
