"""The table of courses/rules/permissions.py, checked for each person with the rules, the pages and the API."""

import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse

from courses.domain import answers, course_tasks, courses, roster
from courses.models import Answer, Course, RosterImport
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
        "program": program,
    }


KNOWS_COURSE = {"classmate", "student", "assistant", "teacher", "staff"}
SEES_CLASS = {"assistant", "teacher", "staff"}
CHANGES = {"teacher", "staff"}
SEES_ALICE = {"student", "assistant", "teacher", "staff"}
IS_STUDENT = {"student"}


@pytest.mark.parametrize(
    ("permission", "allowed"),
    [
        (lambda user, school: permissions.may_know(user, school.course), KNOWS_COURSE),
        (lambda user, school: permissions.may_see_class(user, school.course), SEES_CLASS),
        (lambda user, school: permissions.may_change(user, school.course), CHANGES),
        (lambda user, school: permissions.may_see_student(user, school.alice), SEES_ALICE),
        (lambda user, school: permissions.may_give_repository(user, school.alice), IS_STUDENT),
        (lambda user, school: permissions.may_answer(user, school.alice), IS_STUDENT),
    ],
)
def test_each_permission_allows_exactly_the_people_of_the_table(school, people, permission, allowed):
    assert {name for name, user in people.items() if permission(user, school)} == allowed


def test_the_lists_of_courses_agree_with_the_permissions(school, people):
    for name, user in people.items():
        if name in ("anonymous", "program"):
            continue
        assert (school.course in Course.objects.visible_to(user)) == (name in KNOWS_COURSE), name
        assert (school.course in Course.objects.with_class_visible_to(user)) == (name in SEES_CLASS), name


# These stand for the keys of rows in PAGES.
TASK, BOB, TICK, IMPORT = "the first task", "bob's enrolment", "a tick", "an import that is applied"
OTHERS_ON_A_STUDENTS_PAGE = {"student": 200, "assistant": 403, "teacher": 403, "staff": 403}
# URL name, arguments, people who get 200, and the statuses of the others (404 where none is given)
PAGES = [
    ("course-matrix", [], SEES_CLASS, {"classmate": 302, "student": 302}),
    ("course-matrix-fragment", [], SEES_CLASS, {"classmate": 403, "student": 403}),
    ("course-roster", [], SEES_CLASS, {"classmate": 403, "student": 403}),
    ("course-roster-remove", [BOB], CHANGES, {"classmate": 403, "student": 403, "assistant": 403}),
    ("course-roster-import-new", [], CHANGES, {"classmate": 403, "student": 403, "assistant": 403}),
    ("course-roster-import", [IMPORT], CHANGES, {"classmate": 403, "student": 403, "assistant": 403}),
    ("course-roster-import-fragment", [IMPORT], CHANGES, {"classmate": 403, "student": 403, "assistant": 403}),
    ("course-tasks", [], SEES_CLASS, {"classmate": 403, "student": 403}),
    ("course-hook-new", [], CHANGES, {"classmate": 403, "student": 403, "assistant": 403}),
    ("course-repositories-confirm", [], CHANGES, {"classmate": 403, "student": 403, "assistant": 403}),
    ("course-settings", [], CHANGES, {"classmate": 403, "student": 403, "assistant": 403}),
    ("task-new", [], CHANGES, {"classmate": 403, "student": 403, "assistant": 403}),
    ("course-task", [TASK], SEES_CLASS, {"classmate": 302, "student": 302}),
    ("course-task-fragment", [TASK], SEES_CLASS, {"classmate": 403, "student": 403}),
    ("task-extension", [TASK], CHANGES, {"classmate": 403, "student": 403, "assistant": 403}),
    ("task-group-deadline", [TASK], CHANGES, {"classmate": 403, "student": 403, "assistant": 403}),
    *(
        (f"course-{name}-file", ["csv"], SEES_CLASS, {"classmate": 403, "student": 403})
        for name in ("matrix", "roster", "repositories", "tasks")
    ),
    ("course-task-file", [TASK, "xlsx"], SEES_CLASS, {"classmate": 403, "student": 403}),
    ("course-grades", [], CHANGES, {"classmate": 403, "student": 403, "assistant": 403}),
    ("course-grades-file", ["csv"], CHANGES, {"classmate": 403, "student": 403, "assistant": 403}),
    ("student-commits-file", ["alice", "csv"], SEES_ALICE, {}),
    ("student-tasks-file", ["alice", "xlsx"], SEES_ALICE, {}),
    ("course-student", ["alice"], SEES_ALICE, {}),
    ("course-student-fragment", ["alice"], SEES_ALICE, {}),
    ("course-repository", ["alice"], set(), OTHERS_ON_A_STUDENTS_PAGE),
    ("course-repository-fragment", ["alice"], set(), OTHERS_ON_A_STUDENTS_PAGE),
    ("task-deadline-calendar", [TASK], KNOWS_COURSE, {}),
    # each student's own page: nobody answers for another
    ("task-own", [TICK], {"classmate", "student"}, {"assistant": 302, "teacher": 302, "staff": 302}),
    ("task-own-fragment", [TICK], {"classmate", "student"}, {"assistant": 403, "teacher": 403, "staff": 403}),
]


@pytest.mark.parametrize(("name", "args", "allowed", "others"), PAGES)
def test_each_page_answers_only_the_people_who_may_see_it(
    school, people, client_of, client, name, args, allowed, others
):
    tick = course_tasks.add_task(None, school.course, path="/rules", asks_for="tick")
    done = RosterImport.objects.create(course=school.course, state=RosterImport.State.DONE)
    keys = {TASK: school.first.pk, BOB: school.bob.pk, TICK: tick.pk, IMPORT: done.pk}
    url = reverse(name, args=[school.course.pk, *(keys.get(arg, arg) for arg in args)])
    if name.startswith("course-repository"):
        url += "?at=/depot"
    for who, user in people.items():
        response = (client if who == "anonymous" else client_of(user)).get(url)
        expected = 302 if who == "anonymous" else 200 if who in allowed else others.get(who, 404)
        assert response.status_code == expected, who


# URL name, people who get 200, and the statuses of the others (404 where none is given)
API = [
    ("api-course", KNOWS_COURSE | {"program"}, {}),
    ("api-course-tasks", KNOWS_COURSE | {"program"}, {}),
    ("api-course-matrix", SEES_CLASS | {"program"}, {"classmate": 403, "student": 403}),
    ("api-course-enrolments", SEES_CLASS | {"program"}, {"classmate": 403, "student": 403}),
    *(
        (f"api-course-{name}", SEES_CLASS | {"program"}, {"classmate": 403, "student": 403})
        for name in ("groups", "extensions", "group-deadlines")
    ),
    # a student reads their own rows, the others those of the class
    ("api-course-repositories", KNOWS_COURSE | {"program"}, {}),
    ("api-course-progress", KNOWS_COURSE | {"program"}, {}),
    ("api-course-answers", KNOWS_COURSE | {"program"}, {}),
]


@pytest.mark.parametrize(("name", "allowed", "others"), API)
def test_each_url_of_the_api_answers_only_the_people_who_may_read_it(
    school, people, api_of, api, name, allowed, others
):
    url = reverse(name, args=[school.course.pk])
    for who, user in people.items():
        response = (api if who == "anonymous" else api_of(user)).get(url)
        expected = 401 if who == "anonymous" else 200 if who in allowed else others.get(who, 404)
        assert response.status_code == expected, who


def test_only_the_student_and_those_who_see_the_class_read_an_answer(school, people, client_of, client, api_of, api):
    essay = course_tasks.add_task(None, school.course, path="/essay", asks_for="text")
    answers.give_answer(school.alice.person, school.alice, essay, text="Only for my teachers")
    pages = {
        reverse("task-own", args=[school.course.pk, essay.pk]): {"student"},
        reverse("course-task", args=[school.course.pk, essay.pk]): SEES_CLASS,
        reverse("course-student", args=[school.course.pk, "alice"]): SEES_CLASS,
        reverse("course-student", args=[school.course.pk, "bob"]): set(),
    }
    api_urls = {
        reverse("api-course-task-answer", args=[school.course.pk, essay.pk]): {"student"},
        reverse("api-course-answers", args=[school.course.pk]): SEES_ALICE | {"program"},
        reverse("api-course-answers", args=[school.course.pk]) + "?username=alice": SEES_ALICE | {"program"},
    }
    for who, user in people.items():
        for urls, signed_in, anonymous in ((pages, client_of, client), (api_urls, api_of, api)):
            for url, allowed in urls.items():
                text = (anonymous if who == "anonymous" else signed_in(user)).get(url).content.decode()
                assert ("Only for my teachers" in text) == (who in allowed), (who, url)


def test_nobody_but_the_student_changes_an_answer_through_the_api(school, people, api_of, api):
    essay = course_tasks.add_task(None, school.course, path="/essay", asks_for="text")
    answers.give_answer(school.alice.person, school.alice, essay, text="Mine")
    url = reverse("api-course-task-answer", args=[school.course.pk, essay.pk])
    for who, user in people.items():
        if who == "student":
            continue
        caller = api if who == "anonymous" else api_of(user)
        assert caller.put(url, {"text": f"of {who}"}).status_code in (401, 404) or who == "classmate"
        caller.delete(url)
        assert Answer.objects.get(enrolment=school.alice).text == "Mine", who
    assert not Answer.objects.exclude(enrolment=school.alice).exists()


def test_a_student_s_pages_do_not_mention_a_classmate(school, client_of):
    client = client_of(school.alice.person)
    pages = [
        reverse("courses"),
        reverse("home"),
        reverse("course-student", args=[school.course.pk, "alice"]),
        reverse("api-course-repositories", args=[school.course.pk]),
        reverse("api-course-tasks", args=[school.course.pk]),
    ]
    for url in pages:
        text = client.get(url).content.decode()
        assert not re.search(r"\bBob\b", text), url  # whole words: a random token of the page may contain the letters
        assert "/bob/" not in text, url
