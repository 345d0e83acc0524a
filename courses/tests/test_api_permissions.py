"""Who may read and change what through /api/v1/courses/: every address, for each kind of person."""

import pytest
from django.db import transaction
from django.urls import reverse

from courses.api import urls
from courses.domain import answers, course_tasks, courses
from courses.models import Answer
from courses.tests.access_people import (
    KNOWS_COURSE,
    SEES_ALICE,
    SEES_CLASS,
    STUDENTS,
    TEACHERS,
    address,
    make_people,
    make_rows,
)

CLASS = SEES_CLASS | {"program"}
CHANGES = TEACHERS | {"program"}
EVERYBODY_IN_IT = KNOWS_COURSE | {"program"}


@pytest.fixture
def people(school, staff, program):
    return make_people(school, staff, program)


@pytest.fixture
def rows(school):
    return make_rows(school)


CREDENTIAL = {"kind": "bearer", "host": "gitlab.school.example", "token": "glpat-1"}
NOT_A1 = {"assistant of A2": 404}
# URL name, arguments, people who get 200, and the statuses of others who know the course (403 where none is given)
READ = [
    ("api-course", [], EVERYBODY_IN_IT, {}),
    ("api-course-starters", [], CHANGES, {}),
    ("api-course-groups", [], CLASS, {}),
    ("api-course-group", ["group_pk"], CLASS - {"assistant of A2"}, NOT_A1),
    ("api-course-teams", [], CLASS, {}),
    ("api-course-team", ["student_team_pk"], CLASS - {"assistant of A2"}, NOT_A1),
    ("api-course-tasks", [], EVERYBODY_IN_IT, {}),
    ("api-course-task", ["task_pk"], EVERYBODY_IN_IT, {}),
    ("api-course-task-late", ["task_pk"], CLASS, {}),
    ("api-course-task-summaries", ["task_pk"], CLASS, {}),
    ("api-course-matrix", [], CLASS, {}),
    ("api-course-enrolments", [], CLASS, {}),
    ("api-course-enrolment", ["alice_pk"], CLASS - {"assistant of A2"}, NOT_A1),
    ("api-course-extensions", [], CLASS, {}),
    ("api-course-group-deadlines", [], CLASS, {}),
    ("api-course-unconfirmed", [], CHANGES, {}),
    ("api-course-credentials", [], CHANGES, {}),
    # a student reads their own rows, the others those of the class
    ("api-course-repositories", [], EVERYBODY_IN_IT, {}),
    ("api-course-progress", [], EVERYBODY_IN_IT, {}),
    ("api-course-answers", [], EVERYBODY_IN_IT, {}),
]


@pytest.mark.parametrize(("name", "args", "allowed", "others"), READ)
def test_each_url_answers_only_the_people_who_may_read_it(
    school, people, rows, api_of, api, name, args, allowed, others
):
    url = address(school.course, rows, name, *args)
    for who, user in people.items():
        response = (api if who == "anonymous" else api_of(user)).get(url)
        expected = 401 if who == "anonymous" else 200 if who in allowed else others.get(who, _unseen(who))
        assert response.status_code == expected, who


def _unseen(who):
    return 403 if who in KNOWS_COURSE else 404


EXTEND = {"task": "task_pk", "username": "alice", "deadline": "2026-12-20T12:00:00Z", "reason": "Ill"}
TEAM_REPOSITORY = {"repo_path": "/depot", "url": "https://git.example/team.git"}
# method, URL name, arguments, body, the people who may, and whether the course can let assistants do it
CHANGE = [
    ("patch", "api-course", [], {"title": "New"}, CHANGES, False),
    ("post", "api-course-groups", [], {"group_id": "A9"}, CHANGES, False),
    ("patch", "api-course-group", ["group_pk"], {"title": "New"}, CHANGES, False),
    ("delete", "api-course-group", ["group_pk"], None, CHANGES, False),
    ("post", "api-course-teams", [], {"title": "New"}, CHANGES, False),
    ("patch", "api-course-team", ["student_team_pk"], {"title": "New"}, CHANGES, False),
    ("delete", "api-course-team", ["student_team_pk"], None, CHANGES, False),
    ("put", "api-course-team-repositories", ["student_team_pk"], TEAM_REPOSITORY, CHANGES, False),
    ("post", "api-course-tasks", [], {"path": "/new"}, CHANGES, False),
    ("patch", "api-course-task", ["task_pk"], {"title": "New"}, CHANGES, False),
    ("delete", "api-course-task", ["task_pk"], None, CHANGES, False),
    ("post", "api-course-enrolments", [], {"username": "stranger"}, CHANGES, False),
    ("patch", "api-course-enrolment", ["alice_pk"], {"group": "A2"}, CHANGES, False),
    ("delete", "api-course-enrolment", ["alice_pk"], None, CHANGES, False),
    ("post", "api-course-unconfirmed", [], {}, CHANGES, False),
    ("post", "api-course-credentials", [], CREDENTIAL, CHANGES, False),
    ("put", "api-course-credential", ["credential_pk"], {"token": "another"}, CHANGES, False),
    ("delete", "api-course-credential", ["credential_pk"], None, CHANGES, False),
    ("post", "api-course-credential-test", ["credential_pk"], {}, CHANGES, False),
    (
        "put",
        "api-course-group-deadlines",
        [],
        {"task": "task_pk", "group": "A1", "deadline": EXTEND["deadline"]},
        TEACHERS,
        False,
    ),
    ("delete", "api-course-group-deadline", ["deadline_pk"], None, TEACHERS, False),
    ("put", "api-course-extensions", [], EXTEND, TEACHERS, True),
    ("delete", "api-course-extension", ["extension_pk"], None, TEACHERS, True),
    ("post", "api-course-task-count", ["task_pk"], {"username": "alice", "counted": False}, TEACHERS, True),
]


@pytest.mark.parametrize("assistants_may", [False, True])
@pytest.mark.parametrize(("method", "name", "args", "body", "allowed", "for_assistants"), CHANGE)
def test_each_change_is_refused_to_everybody_else(
    school, people, rows, api_of, api, method, name, args, body, allowed, for_assistants, assistants_may
):
    courses.change_course(None, school.course, assistants_extend=assistants_may, assistants_override=assistants_may)
    url = address(school.course, rows, name, *args)
    body = {key: rows.get(value, value) if isinstance(value, str) else value for key, value in (body or {}).items()}
    if for_assistants and assistants_may:
        allowed = allowed | {"assistant", "assistant of A1"}
    for who, user in people.items():
        with transaction.atomic():
            response = getattr(api if who == "anonymous" else api_of(user), method)(url, body, format="json")
            transaction.set_rollback(True)
        if who in allowed:
            # an address of a group with people, and one of a repository that nobody gave, are refused with a reason
            assert response.status_code in (200, 201, 202, 204, 409), (who, response.content)
        elif who == "anonymous":
            assert response.status_code == 401
        elif for_assistants and assistants_may and who == "assistant of A2":
            assert response.status_code in (400, 404), who  # to them, alice is not a student of the course
        elif who == "program":
            assert response.status_code == 403
        else:
            assert response.status_code == _unseen(who), who


def test_every_address_of_the_api_is_in_a_table():
    tested = {name for name, *_rest in READ} | {name for _method, name, *_rest in CHANGE}
    tested |= {"api-course-task-answer", "api-courses", "api-course-events"}  # below, and in test_api*.py
    names = {pattern.name for pattern in urls.urlpatterns if not pattern.name.startswith("api-semester")}
    assert names - tested == set()


def test_a_co_teacher_changes_the_days_of_the_semester_but_does_not_delete_it(school, people, api_of):
    url = reverse("api-semester-detail", args=[school.course.semester_id])
    assert api_of(people["co-teacher"]).patch(url, {"title": "Autumn"}, format="json").status_code == 200
    assert api_of(people["co-teacher"]).delete(url).status_code == 403
    assert api_of(people["co-teacher"]).patch(url, {"semester_id": "B"}, format="json").status_code in (400, 403)
    for who in ("assistant", "assistant of A1", "student", "stranger", "other teacher"):
        assert api_of(people[who]).get(url).status_code == 404, who
        assert api_of(people[who]).delete(url).status_code == 404, who


def test_only_the_student_and_those_who_see_them_read_an_answer(school, people, client_of, client, api_of, api):
    essay = course_tasks.add_task(None, school.course, path="/essay", asks_for="text")
    answers.give_answer(school.alice.person, school.alice, essay, text="Only for my teachers")
    teaching = SEES_ALICE - STUDENTS
    pages = {
        reverse("task-own", args=[school.course.pk, essay.pk]): {"student"},
        reverse("course-task", args=[school.course.pk, essay.pk]): teaching,
        reverse("course-task-fragment", args=[school.course.pk, essay.pk]): teaching,
        reverse("course-student", args=[school.course.pk, "alice"]): teaching,
        reverse("course-student", args=[school.course.pk, "bob"]): set(),
    }
    api_urls = {
        reverse("api-course-task-answer", args=[school.course.pk, essay.pk]): {"student"},
        reverse("api-course-answers", args=[school.course.pk]): SEES_ALICE | {"program"},
        reverse("api-course-answers", args=[school.course.pk]) + "?username=alice": SEES_ALICE | {"program"},
    }
    for who, user in people.items():
        for urls_of, signed_in, anonymous in ((pages, client_of, client), (api_urls, api_of, api)):
            for url, allowed in urls_of.items():
                text = (anonymous if who == "anonymous" else signed_in(user)).get(url).content.decode()
                assert ("Only for my teachers" in text) == (who in allowed), (who, url)


def test_nobody_but_the_student_changes_an_answer(school, people, api_of, api):
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
