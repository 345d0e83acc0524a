"""An assistant of groups reads nothing about the students of other groups, and changes nothing of theirs."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from courses.domain import (
    answers,
    counted_completions,
    course_tasks,
    courses,
    extensions,
    groups,
    roster,
    student_repositories,
    teaching_team,
)
from courses.models import CountedCompletion, Enrolment, Extension, Progress
from courses.tests.access_people import enrol_more, make_people
from courses.tests.conftest import DEADLINE, REPOSITORY_URL, complete_exercise
from kernel.errors import Conflict, NotAllowed

ALICE_AND_BOB = re.compile(r"\b(alice|bob)\b", re.IGNORECASE)  # whole words: a token may contain the letters


@pytest.fixture
def busy_school(school, staff, program, send_event, clock):
    """The school after work of both students: commits, extensions and answers. `people` are of all kinds."""
    for student in ("alice", "bob"):
        complete_exercise(send_event, student, at=DEADLINE)
    essay = course_tasks.add_task(None, school.course, path="/essay", asks_for="text", deadline=DEADLINE)
    for enrolment in (school.alice, school.bob):
        answers.give_answer(enrolment.person, enrolment, essay, text=f"Written by {enrolment.person.username}")
        extensions.grant_extension(None, school.first, enrolment, deadline=DEADLINE.replace(day=20), reason="Ill")
    school.essay = essay
    school.people = make_people(school, staff, program)
    return school


def addresses(school):
    course, first, essay, depot = school.course, school.first, school.essay, school.repository
    one_task = [
        (name, [task.pk, *extra])
        for task in (first, essay, depot)
        for name, extra in (("course-task", []), ("course-task-fragment", []), ("course-task-file", ["csv"]))
    ]
    pages = [
        ("course-matrix", []),
        ("course-matrix-fragment", []),
        ("course-roster", []),
        ("course-team", []),
        ("course-tasks", []),
        ("course-matrix-file", ["csv"]),
        ("course-roster-file", ["csv"]),
        ("course-repositories-file", ["csv"]),
        ("course-repositories", []),
        ("course-repositories-fragment", []),
        ("course-reading-file", ["csv"]),
        *one_task,
    ]
    return [reverse(name, args=[course.pk, *args]) for name, args in pages] + [reverse("home"), reverse("courses")]


def api_addresses(school):
    course, task = school.course.pk, school.first.pk
    names = ("matrix", "enrolments", "groups", "extensions", "repositories", "progress", "answers", "group-deadlines")
    of_course = [reverse(f"api-course-{name}", args=[course]) for name in names]
    of_task = [reverse(f"api-course-task-{name}", args=[course, task]) for name in ("late", "summaries")]
    filtered = [f"{url}?group=A2" for url in (*of_course[:2], *of_course[3:7])]
    filtered += [f"{url}?username={name}" for url in of_task for name in ("alice", "bob")]
    return of_course + of_task, filtered


@pytest.mark.parametrize(("who", "seen"), [("assistant of A1", {"alice"}), ("assistant of A2", {"bob"})])
def test_no_page_file_or_fragment_names_a_student_of_another_group(busy_school, client_of, who, seen):
    client, whole_class = client_of(busy_school.people[who]), client_of(busy_school.people["assistant"])
    named = set()
    for url in addresses(busy_school):
        response = client.get(url)
        assert response.status_code == 200, url
        names = {name.lower() for name in ALICE_AND_BOB.findall(_text(response))}
        assert names <= seen, url
        named |= names
        if "matrix" in url or ("/tasks/" in url and url != reverse("course-tasks", args=[busy_school.course.pk])):
            both = {name.lower() for name in ALICE_AND_BOB.findall(_text(whole_class.get(url)))}
            assert both == {"alice", "bob"}, f"{url} shows no student, so this test shows nothing"
    assert named == seen


def _text(response):
    return b"".join(response).decode() if response.streaming else response.content.decode()


@pytest.mark.parametrize(("who", "seen"), [("assistant of A1", {"alice"}), ("assistant of A2", {"bob"})])
def test_no_answer_of_the_api_names_a_student_of_another_group(busy_school, api_of, who, seen):
    client = api_of(busy_school.people[who])
    urls, filtered = api_addresses(busy_school)
    named = set()
    for url in urls + filtered:
        response = client.get(url)
        assert response.status_code == 200, url
        names = {name.lower() for name in ALICE_AND_BOB.findall(response.content.decode())}
        assert names <= seen, url
        named |= names
    assert named == seen


def test_the_matrix_counts_the_students_of_the_assistant_only(busy_school, client_of):
    enrol_more(busy_school.course, 3)
    url = reverse("course-matrix", args=[busy_school.course.pk])
    counted = {
        who: client_of(busy_school.people[who]).get(url).context["matrix"] for who in ("assistant", "assistant of A1")
    }
    assert [(matrix.students, matrix.columns[0].total) for matrix in counted.values()] == [(5, 5), (1, 1)]
    assert [group.group_id for group in counted["assistant of A1"].groups] == ["A1"]
    other = client_of(busy_school.people["assistant of A1"]).get(url, {"group": "A2"}).context["matrix"]
    assert (other.students, other.shown) == (1, 0)


def test_the_list_of_courses_and_the_home_page_count_their_students_only(busy_school, client_of):
    enrol_more(busy_school.course, 3)
    client = client_of(busy_school.people["assistant of A1"])
    (row,) = client.get(reverse("courses")).context["course_rows"]
    assert row.students == 1
    assert "1 student" in client.get(reverse("home")).content.decode()


def test_changed_rows_of_the_open_matrix_obey_the_groups(busy_school, client_of, clock):
    """Two readers ask for the same rows at the same moment: the text that is kept for one is not the other's."""
    drawn_at = DEADLINE.replace(day=21)
    clock.move_to(drawn_at + timedelta(minutes=1))
    url = reverse("course-matrix-fragment", args=[busy_school.course.pk])
    query = {"student": [busy_school.alice.pk, busy_school.bob.pk], "since": int(drawn_at.timestamp())}
    seen = {}
    for who in ("assistant", "assistant of A1", "assistant of A2"):
        response = client_of(busy_school.people[who]).get(url, query, HTTP_HX_REQUEST="true")
        assert response.status_code == 200, who
        seen[who] = {name.lower() for name in ALICE_AND_BOB.findall(response.content.decode())}
    assert seen == {"assistant": {"alice", "bob"}, "assistant of A1": {"alice"}, "assistant of A2": {"bob"}}


def test_the_findings_about_a_student_do_not_name_those_of_other_groups(busy_school, client_of):
    url = reverse("course-student", args=[busy_school.course.pk, "alice"])
    shared = REPOSITORY_URL.format("alice")
    for enrolment in (busy_school.alice, busy_school.bob):
        student_repositories.give_repository(enrolment.person, enrolment, repo_path="/depot", url=shared)
    whole = client_of(busy_school.people["assistant"]).get(url).content.decode()
    limited = client_of(busy_school.people["assistant of A1"]).get(url).content.decode()
    assert "also given by Bob Martin" in whole
    assert "also given by students of other groups" in limited
    assert "Bob" not in limited


def test_news_of_the_home_page_are_about_the_course_and_their_groups(busy_school, client_of):
    course = busy_school.course
    extensions.grant_extension(
        course.teacher, busy_school.first, busy_school.bob, deadline=DEADLINE.replace(day=25), reason="Bob’s exam"
    )
    texts = {
        who: client_of(busy_school.people[who]).get(reverse("home")).content.decode()
        for who in ("assistant", "assistant of A1")
    }
    assert "Extension granted" in texts["assistant"]
    assert "Extension granted" not in texts["assistant of A1"]


def test_an_assistant_grants_extensions_to_their_students_only(busy_school, client_of, api_of):
    school, helper = busy_school, busy_school.people["assistant of A1"]
    courses.change_course(None, school.course, assistants_extend=True)
    page = reverse("task-extension", args=[school.course.pk, school.first.pk])
    form = {"deadline": "2026-12-20T12:00", "reason": "Ill"}
    assert "Bob" not in client_of(helper).get(page).content.decode()
    assert client_of(helper).post(page, form | {"student": "bob"}).status_code == 422
    assert client_of(helper).post(page, form | {"student": "alice"}).status_code == 302
    assert [row.granted_by for row in Extension.objects.order_by("enrolment")] == [helper, None]
    of_bob = Extension.objects.get(enrolment=school.bob)
    withdraw = reverse("task-extension-withdraw", args=[school.course.pk, school.first.pk, of_bob.pk])
    assert client_of(helper).post(withdraw).status_code == 404
    url = reverse("api-course-extension", args=[school.course.pk, of_bob.pk])
    assert api_of(helper).delete(url).status_code == 404
    for change in (
        lambda: extensions.withdraw_extension(helper, of_bob),
        lambda: extensions.grant_extension(helper, school.first, school.bob, deadline=DEADLINE, reason="x"),
    ):
        with pytest.raises(NotAllowed):
            change()


def test_an_assistant_counts_removed_work_of_their_students_only(busy_school, client_of):
    school, helper = busy_school, busy_school.people["assistant of A1"]
    Progress.objects.filter(task=school.first).update(state=Progress.State.REMOVED)
    urls = {name: reverse("task-count", args=[school.course.pk, school.first.pk, name]) for name in ("alice", "bob")}
    assert client_of(helper).post(urls["alice"]).status_code == 403
    courses.change_course(None, school.course, assistants_override=True)
    page = reverse("course-student", args=[school.course.pk, "alice"])
    assert "Count it" in client_of(helper).get(page).content.decode()
    assert client_of(helper).post(urls["bob"]).status_code == 404
    assert client_of(helper).post(urls["alice"]).status_code == 302
    assert [row.enrolment for row in CountedCompletion.objects.all()] == [school.alice]
    bob = Enrolment.objects.get(pk=school.bob.pk)
    with pytest.raises(NotAllowed):
        counted_completions.count_completion(helper, school.first, bob)


def test_a_student_who_moves_to_another_group_is_seen_by_its_assistant_at_once(busy_school, client_of):
    url = reverse("course-student", args=[busy_school.course.pk, "alice"])
    roster.enrol(None, busy_school.course, username="alice", group_id="A2", role=None)
    assert client_of(busy_school.people["assistant of A1"]).get(url).status_code == 404
    assert client_of(busy_school.people["assistant of A2"]).get(url).status_code == 200


def test_a_group_that_an_assistant_sees_is_not_deleted_since_without_groups_they_would_see_all(school, person):
    person("helper")
    group = groups.create_group(None, school.course, title="Empty")
    member = teaching_team.add_to_team(
        None, school.course, username="helper", role="assistant", group_ids=[group.group_id]
    )
    with pytest.raises(Conflict, match="Assistants see this group"):
        groups.delete_group(None, group)
    teaching_team.add_to_team(None, school.course, username="helper", role="assistant", group_ids=["A1"])
    groups.delete_group(None, group)
    assert [row.group_id for row in member.assisted_groups.all()] == ["A1"]


def test_the_number_of_queries_does_not_grow_with_the_students(busy_school, client_of, assert_flat):
    client = client_of(busy_school.people["assistant of A2"])
    urls = [reverse(name, args=[busy_school.course.pk]) for name in ("course-matrix", "course-roster", "course-team")]
    for number, url in enumerate(urls):
        assert_flat(
            lambda url=url: client.get(url), lambda first=30 * number: enrol_more(busy_school.course, 30, first)
        )
