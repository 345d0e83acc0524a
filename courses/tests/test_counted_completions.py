"""Completions that a rewrite removed: they stay visible, and a teacher counts them with one action."""

import re
from datetime import timedelta

import pytest
from django.utils.html import strip_tags

from accounts.models import AuditEvent
from courses.domain import counted_completions, replay, roster, student_repositories
from courses.models import CountedCompletion, Progress
from courses.tests.conftest import DEADLINE, REPOSITORY_URL, commit
from kernel.errors import Conflict, NotAllowed

pytestmark = pytest.mark.django_db
DUE = int(DEADLINE.timestamp())
EXERCISE = "/tp1/exercice1"
WAS_DONE = re.compile(r"was done Sun 1 Nov 23:00, removed by a rewrite Thu 5 Nov 00:00")
LOST = {"exercisePath": EXERCISE, "exerciseCompleted": "False", "lateTime": DUE - 3600, "reason": "rewritten"}


@pytest.fixture
def removed(school, send_event, clock):
    """Alice did the exercise in time, and a forced push after the deadline removed the commit."""
    send_event("OnClone", repoUrl=REPOSITORY_URL.format("alice"), repoPath="/depot")
    done = commit("a" * 40, DEADLINE - timedelta(hours=1), (EXERCISE, 5), completes=EXERCISE, lateTime=DUE - 3600)
    send_event("OnNewCommits", repoPath="/depot", commits=[done])
    send_event("OnExerciseCompleted", exercisePath=EXERCISE, lateTime=DUE - 3600)
    clock.move_to(DEADLINE + timedelta(days=3))
    send_event("OnExerciseCompletedUpdate", **LOST)
    return school


def state():
    progress = Progress.objects.get()
    return progress.state, progress.completed_time


def text_of(client, address):
    return " ".join(client.get(address).content.decode().split())


def student_page(school):
    return f"/courses/{school.course.pk}/students/alice/"


def count_address(school):
    return f"/courses/{school.course.pk}/tasks/{school.first.pk}/count/alice/"


def test_a_removed_completion_stays_visible(removed, send_event, client_of, clock):
    assert state() == ("removed", DUE - 3600)
    clock.move_to(DEADLINE + timedelta(days=9))
    send_event("OnNewCommits", repoPath="/depot", commits=[commit("b" * 40, DEADLINE, (EXERCISE, 1))])
    assert state() == ("removed", DUE - 3600)  # later work does not hide it
    teacher = client_of(removed.course.teacher)
    course = f"/courses/{removed.course.pk}/"
    assert "Was done, removed by a rewrite" in text_of(teacher, course)
    for address in (f"{course}tasks/{removed.first.pk}/", student_page(removed)):
        page = text_of(teacher, address)
        assert WAS_DONE.search(strip_tags(page)), address
        assert count_address(removed) in page
    report = text_of(teacher, f"{course}tasks/{removed.first.pk}/")
    missing = report[report.index("Not done, past the deadline") : report.index("Summary")]
    assert count_address(removed) in missing, "where the teacher first reads that it is not done"
    assert "Was done, removed by a rewrite" not in text_of(teacher, student_page(removed)), "the sentence says it"
    own = text_of(client_of(removed.alice.person), student_page(removed))
    assert WAS_DONE.search(strip_tags(own))
    assert count_address(removed) not in own


def test_a_completion_that_ends_for_another_reason_is_not_removed(school, send_event):
    send_event("OnExerciseCompleted", exercisePath=EXERCISE, lateTime=DUE - 3600)
    send_event("OnExerciseCompletedUpdate", **{**LOST, "reason": ""})
    assert state() == ("todo", DUE - 3600)  # the teacher changed the keywords


def test_a_teacher_counts_a_removed_completion_with_one_action(removed, client_of):
    teacher = client_of(removed.course.teacher)
    page = teacher.post(count_address(removed), follow=True).content.decode()
    assert "counts as done" in page
    assert state() == ("done", DUE - 3600)
    assert "counted by Teacher" in text_of(teacher, student_page(removed))
    assert "Done on time" in text_of(teacher, f"/courses/{removed.course.pk}/")
    assert AuditEvent.objects.filter(verb="courses.count_completion").count() == 1
    teacher.post(count_address(removed))  # the same again changes nothing
    assert AuditEvent.objects.filter(verb="courses.count_completion").count() == 1
    teacher.post(count_address(removed), {"counted": "0"})
    assert state() == ("removed", DUE - 3600)
    assert not CountedCompletion.objects.exists()


def test_a_counted_completion_survives_events_a_rebuild_and_another_repository(removed, send_event):
    counted_completions.count_completion(removed.course.teacher, removed.first, removed.alice)
    send_event("OnExerciseCompletedUpdate", **LOST)
    assert state() == ("done", DUE - 3600)
    replay.rebuild(removed.course)
    assert state() == ("done", DUE - 3600)
    url = "https://git.example/alice/other.git"
    student_repositories.give_repository(removed.alice.person, removed.alice, repo_path="/depot", url=url)
    send_event("OnClone", repoUrl=url, repoPath="/depot")
    assert state() == ("done", DUE - 3600)


def test_work_that_is_done_again_stays_done_when_the_decision_is_taken_back(removed, send_event, clock):
    counted_completions.count_completion(None, removed.first, removed.alice)
    clock.move_to(DEADLINE + timedelta(days=4))
    again = commit("c" * 40, DEADLINE, (EXERCISE, 5), completes=EXERCISE)
    send_event("OnNewCommits", repoPath="/depot", commits=[again])
    send_event("OnExerciseCompleted", exercisePath=EXERCISE, lateTime=DUE - 3600)
    counted_completions.stop_counting(None, removed.first, removed.alice)
    assert state() == ("done", DUE - 3600)


def test_only_the_teacher_counts_and_only_what_was_removed(removed, client_of):
    with pytest.raises(NotAllowed):
        counted_completions.count_completion(removed.alice.person, removed.first, removed.alice)
    with pytest.raises(Conflict):
        counted_completions.count_completion(removed.course.teacher, removed.second, removed.alice)
    assert client_of(removed.alice.person).post(count_address(removed)).status_code == 403
    assert client_of(removed.course.teacher).get(count_address(removed)).status_code == 302
    assert state() == ("removed", DUE - 3600)


def test_the_api_shows_what_was_removed(removed, api_of):
    api = api_of(removed.course.teacher)
    (row,) = api.get(f"/api/v1/courses/{removed.course.pk}/tasks/{removed.first.pk}/late?username=alice").json()
    assert (row["state"], row["completed"], bool(row["done_at"]), bool(row["removed_at"])) == (
        "removed",
        False,
        True,
        True,
    )


def api_address(school, task=None):
    return f"/api/v1/courses/{school.course.pk}/tasks/{(task or school.first).pk}/count/"


def test_the_api_counts_it_and_takes_that_back(removed, api_of):
    api = api_of(removed.course.teacher)
    row = api.post(api_address(removed), {"username": "alice"})
    assert (row.status_code, row.json()["username"], row.json()["state"]) == (200, "alice", "done")
    assert state() == ("done", DUE - 3600)
    assert CountedCompletion.objects.get().counted_by == removed.course.teacher
    assert api.post(api_address(removed), {"username": "alice", "counted": True}).status_code == 200
    row = api.post(api_address(removed), {"username": "alice", "counted": False})
    assert (row.status_code, row.json()["state"], bool(row.json()["removed_at"])) == (200, "removed", True)
    assert state() == ("removed", DUE - 3600)
    verbs = AuditEvent.objects.filter(verb__in=("courses.count_completion", "courses.stop_counting"))
    assert sorted(verbs.values_list("verb", "actor__username")) == [
        ("courses.count_completion", "teacher"),
        ("courses.stop_counting", "teacher"),
    ]


def test_only_the_teacher_and_staff_count_over_the_api(removed, api_of, staff, program, charlie, person):
    roster.enrol(None, removed.course, username=person("assistant").username, role="assistant")
    assistant = removed.course.enrolments.get(person__username="assistant").person
    other = person("other", kind="teacher")
    callers = {
        removed.alice.person: 403,
        removed.bob.person: 403,
        assistant: 403,
        program: 403,
        charlie: 404,
        other: 404,
    }
    for counted in (True, False):
        for caller, status in callers.items():
            answer = api_of(caller).post(api_address(removed), {"username": "alice", "counted": counted})
            assert answer.status_code == status, caller
    assert state() == ("removed", DUE - 3600)
    assert api_of(staff).post(api_address(removed), {"username": "alice"}).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "username"), ({"username": "nobody"}, "username"), ({"username": "alice", "counted": "maybe"}, "counted")],
)
def test_the_api_names_the_input_at_fault(removed, api_of, body, field):
    answer = api_of(removed.course.teacher).post(api_address(removed), body)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, field)


def test_the_api_refuses_what_no_rewrite_removed(removed, api_of):
    api = api_of(removed.course.teacher)
    answer = api.post(api_address(removed, removed.second), {"username": "alice"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "not_removed")
    assert (
        api.post(f"/api/v1/courses/{removed.course.pk}/tasks/999999/count/", {"username": "alice"}).status_code == 404
    )
