"""Who opens the pages for staff, the search of people, the help and the first steps: eight kinds of people."""

import pytest
from django.test import Client

from accounts.models import AuditEvent
from config.models import LeftStep, School
from courses.domain import courses, roster

pytestmark = [pytest.mark.django_db, pytest.mark.database]

STAFF = {"staff", "staff without rights"}
SEARCHES_PEOPLE = {*STAFF, "teacher", "other teacher"}
SIGNED_IN = {*SEARCHES_PEOPLE, "student", "assistant", "stranger"}
EVERYBODY = {*SIGNED_IN, "anonymous"}
# An address, and who gets its page. Everybody else gets 403, and who is not signed in the page that signs in.
PAGES = [
    ("/audit/", STAFF),
    ("/audit/?person=alice", STAFF),
    ("/audit/log.csv", STAFF),
    ("/audit/log.xlsx", STAFF),
    ("/health/", STAFF),
    ("/school/", STAFF),
    ("/people/", SEARCHES_PEOPLE),
    ("/people/?q=alice&kind=new", SEARCHES_PEOPLE),
    ("/help/", EVERYBODY),
    ("/help/student/", EVERYBODY),
    ("/help/teacher/", EVERYBODY),
    ("/help/assistant/", EVERYBODY),
    ("/help/staff/", EVERYBODY),
]


@pytest.fixture
def people(person, teacher, alice, charlie, staff):
    course = courses.create_course(teacher, teacher, semester_id="A2026", course_id="C", title="C")
    roster.enrol(teacher, course, username="alice")
    roster.enrol(teacher, course, username="charlie", role="assistant")
    return {
        "anonymous": None,
        "stranger": person("stranger"),
        "student": alice,
        "assistant": charlie,
        "teacher": teacher,
        "other teacher": person("other", kind="teacher"),
        "staff without rights": person("reader", is_staff=True),
        "staff": staff,
    }


@pytest.mark.parametrize(("path", "allowed"), PAGES)
def test_each_page_opens_for_exactly_these_people(people, client_of, path, allowed):
    answers = {name: (client_of(person) if person else Client()).get(path) for name, person in people.items()}
    assert {name for name, answer in answers.items() if answer.status_code == 200} == allowed
    for name in set(answers) - allowed:
        answer = answers[name]
        if name == "anonymous":
            assert answer.status_code == 302 and answer["Location"].startswith("/sign-in/")
        else:
            assert answer.status_code == 403, name


def test_a_program_opens_none_of_the_pages(program, api_of):
    for path, allowed in PAGES:
        status = api_of(program).get(path).status_code
        assert (status == 200) == (allowed is EVERYBODY), path


def test_only_staff_name_the_school(people, client_of):
    for name, person in people.items():
        client = client_of(person) if person else Client()
        client.post("/school/", {"name": name})
    assert set(School.objects.values_list("name", flat=True)) <= STAFF
    assert set(AuditEvent.objects.filter(verb="config.name_school").values_list("actor__username", flat=True)) == {
        "reader",
        "staff",
    }


def test_everybody_leaves_only_their_own_steps(people, client_of):
    for person in people.values():
        client = client_of(person) if person else Client()
        client.post("/first-steps/student.hook/leave/")
    assert LeftStep.objects.count() == len(people) - 1
    client_of(people["student"]).post("/first-steps/student.hook/take-up/")
    assert not LeftStep.objects.filter(person=people["student"]).exists()
    assert LeftStep.objects.count() == len(people) - 2


def test_the_menu_leads_only_to_pages_that_open(people, client_of):
    for name, person in people.items():
        if person is None:
            continue
        text = client_of(person).get("/account/").content.decode()
        for path, allowed in (("/audit/", STAFF), ("/health/", STAFF), ("/people/", SEARCHES_PEOPLE)):
            assert (f'href="{path}"' in text) == (name in allowed), (name, path)
        assert 'href="/help/"' in text
