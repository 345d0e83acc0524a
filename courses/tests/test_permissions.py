"""Who sees and does what: the table of courses/rules/permissions.py, person by person."""

import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse

from courses.domain import answers, course_tasks, courses, roster
from courses.models import Answer, Course
from courses.rules import permissions


@pytest.fixture
def people(school, person, staff, charlie, program):
    roster.enrol(None, school.course, username="charlie", role="assistant")
    other = person("other", kind="teacher")
    courses.create_course(other, other, semester_id="A2026", course_id="Other", title="Other")
    return {
        "anonymous": AnonymousUser(),
        "stranger": person("stranger"),
        "other teacher": other,
        "classmate": school.bob.person,
        "student": school.alice.person,
        "assistant": charlie,
        "teacher": school.course.teacher,
        "staff": staff,
        "machine": program,
    }


KNOWS = {"classmate", "student", "assistant", "teacher", "staff"}
SEES_CLASS = {"assistant", "teacher", "staff"}
CHANGES = {"teacher", "staff"}
SEES_ALICE = {"student", "assistant", "teacher", "staff"}
GIVES = {"student"}


@pytest.mark.parametrize(
    ("predicate", "allowed"),
    [
        (lambda user, school: permissions.may_know(user, school.course), KNOWS),
        (lambda user, school: permissions.may_see_class(user, school.course), SEES_CLASS),
        (lambda user, school: permissions.may_change(user, school.course), CHANGES),
        (lambda user, school: permissions.may_see_student(user, school.alice), SEES_ALICE),
        (lambda user, school: permissions.may_give_repository(user, school.alice), GIVES),
        (lambda user, school: permissions.may_answer(user, school.alice), GIVES),
    ],
)
def test_the_table_of_who_may(school, people, predicate, allowed):
    assert {name for name, user in people.items() if predicate(user, school)} == allowed


def test_the_lists_agree_with_the_predicates(school, people):
    for name, user in people.items():
        if name in ("anonymous", "machine"):
            continue
        assert (school.course in Course.objects.visible_to(user)) == (name in KNOWS), name
        assert (school.course in Course.objects.with_class_visible_to(user)) == (name in SEES_CLASS), name


TASK, BOB, TICK = "the first task", "bob's enrolment", "a tick"
OWN = {"student": 200, "assistant": 403, "teacher": 403, "staff": 403}
PAGES = [
    ("course-matrix", [], SEES_CLASS, {"classmate": 302, "student": 302}),
    ("course-matrix-fragment", [], SEES_CLASS, {"classmate": 403, "student": 403}),
    ("course-roster", [], SEES_CLASS, {"classmate": 403, "student": 403}),
    ("course-roster-remove", [BOB], CHANGES, {"classmate": 403, "student": 403, "assistant": 403}),
    ("course-tasks", [], SEES_CLASS, {"classmate": 403, "student": 403}),
    ("course-hook-new", [], CHANGES, {"classmate": 403, "student": 403, "assistant": 403}),
    ("course-settings", [], CHANGES, {"classmate": 403, "student": 403, "assistant": 403}),
    ("task-new", [], CHANGES, {"classmate": 403, "student": 403, "assistant": 403}),
    ("course-task", [TASK], SEES_CLASS, {"classmate": 302, "student": 302}),
    ("course-task-fragment", [TASK], SEES_CLASS, {"classmate": 403, "student": 403}),
    ("task-extension", [TASK], CHANGES, {"classmate": 403, "student": 403, "assistant": 403}),
    ("task-group-deadline", [TASK], CHANGES, {"classmate": 403, "student": 403, "assistant": 403}),
    ("course-student", ["alice"], SEES_ALICE, {}),
    ("course-student-fragment", ["alice"], SEES_ALICE, {}),
    ("course-repository", ["alice"], set(), OWN),
    ("course-repository-fragment", ["alice"], set(), OWN),
    # everybody's own; nobody answers for another
    ("task-own", [TICK], {"classmate", "student"}, {"assistant": 302, "teacher": 302, "staff": 302}),
    ("task-own-fragment", [TICK], {"classmate", "student"}, {"assistant": 403, "teacher": 403, "staff": 403}),
]


@pytest.mark.parametrize(("name", "args", "allowed", "others"), PAGES)
def test_each_page_opens_to_those_alone(school, people, client_of, client, name, args, allowed, others):
    tick = course_tasks.add_task(None, school.course, path="/rules", asks_for="tick")
    meant = {TASK: school.first.pk, BOB: school.bob.pk, TICK: tick.pk}
    given = [meant.get(arg, arg) for arg in args]
    address = reverse(name, args=[school.course.pk, *given])
    if name.startswith("course-repository"):
        address += "?at=/depot"
    for who, user in people.items():
        answer = (client if who == "anonymous" else client_of(user)).get(address)
        expected = 302 if who == "anonymous" else 200 if who in allowed else others.get(who, 404)
        assert answer.status_code == expected, who


API = [
    ("api-course", KNOWS | {"machine"}, {}),
    ("api-course-tasks", KNOWS | {"machine"}, {}),
    ("api-course-matrix", SEES_CLASS | {"machine"}, {"classmate": 403, "student": 403}),
    ("api-course-enrolments", SEES_CLASS | {"machine"}, {"classmate": 403, "student": 403}),
    *(
        (f"api-course-{name}", SEES_CLASS | {"machine"}, {"classmate": 403, "student": 403})
        for name in ("groups", "extensions", "group-deadlines")
    ),
    # a student's own rows, or the class's
    ("api-course-repositories", KNOWS | {"machine"}, {}),
    ("api-course-progress", KNOWS | {"machine"}, {}),
    ("api-course-answers", KNOWS | {"machine"}, {}),
]


@pytest.mark.parametrize(("name", "allowed", "others"), API)
def test_each_address_of_the_api_answers_those_alone(school, people, api_of, api, name, allowed, others):
    address = reverse(name, args=[school.course.pk])
    for who, user in people.items():
        answer = (api if who == "anonymous" else api_of(user)).get(address)
        expected = 401 if who == "anonymous" else 200 if who in allowed else others.get(who, 404)
        assert answer.status_code == expected, who


def test_an_answer_is_read_by_its_student_and_those_who_see_the_class(school, people, client_of, client, api_of, api):
    essay = course_tasks.add_task(None, school.course, path="/essay", asks_for="text")
    answers.give_answer(school.alice.person, school.alice, essay, text="Only for my teachers")
    pages = {
        reverse("task-own", args=[school.course.pk, essay.pk]): {"student"},
        reverse("course-task", args=[school.course.pk, essay.pk]): SEES_CLASS,
        reverse("course-student", args=[school.course.pk, "alice"]): SEES_CLASS,
        reverse("course-student", args=[school.course.pk, "bob"]): set(),
    }
    addresses = {
        reverse("api-course-task-answer", args=[school.course.pk, essay.pk]): {"student"},
        reverse("api-course-answers", args=[school.course.pk]): SEES_ALICE | {"machine"},
        reverse("api-course-answers", args=[school.course.pk]) + "?username=alice": SEES_ALICE | {"machine"},
    }
    for who, user in people.items():
        nobody = who == "anonymous"
        for asked, of, plain in ((pages, client_of, client), (addresses, api_of, api)):
            for address, allowed in asked.items():
                text = (plain if nobody else of(user)).get(address).content.decode()
                assert ("Only for my teachers" in text) == (who in allowed), (who, address)


def test_nobody_but_the_student_touches_an_answer_through_the_api(school, people, api_of, api):
    essay = course_tasks.add_task(None, school.course, path="/essay", asks_for="text")
    answers.give_answer(school.alice.person, school.alice, essay, text="Mine")
    address = reverse("api-course-task-answer", args=[school.course.pk, essay.pk])
    for who, user in people.items():
        if who == "student":
            continue
        caller = api if who == "anonymous" else api_of(user)
        assert caller.put(address, {"text": f"of {who}"}).status_code in (401, 404) or who == "classmate"
        caller.delete(address)
        assert Answer.objects.get(enrolment=school.alice).text == "Mine", who
    assert not Answer.objects.exclude(enrolment=school.alice).exists()


def test_a_student_s_pages_say_nothing_of_a_classmate(school, client_of):
    client = client_of(school.alice.person)
    pages = [
        reverse("courses"),
        reverse("home"),
        reverse("course-student", args=[school.course.pk, "alice"]),
        reverse("api-course-repositories", args=[school.course.pk]),
        reverse("api-course-tasks", args=[school.course.pk]),
    ]
    for address in pages:
        text = client.get(address).content.decode()
        assert not re.search(r"\bBob\b", text), address  # a random token of the page may have the three letters in it
        assert "/bob/" not in text, address
