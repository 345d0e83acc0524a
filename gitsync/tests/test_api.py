"""`/api/v1/gitsync/`: accepted messages, repositories and events."""

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from gitsync.domain import registrations
from gitsync.events import outbox
from gitsync.models import LocalCopy, OutboxEvent, Request
from gitsync.syncing import accepted_messages
from gitsync.tests.synced_course import URL, register
from gitsync.values import CourseIds

pytestmark = pytest.mark.django_db
MINE = CourseIds("teacher", "H2021", "StruDon")


@pytest.fixture
def request_of_alice():
    return registrations.register_repository(MINE, student_id="alice", repo_url=URL)


@pytest.mark.parametrize(
    ("caller", "status"),
    [("alice", 200), ("teacher", 200), ("staff", 200), ("program", 200), ("bob", 404), ("charlie", 404)],
)
def test_a_message_is_shown_to_those_it_concerns(request, request_of_alice, api_of, caller, status):
    answer = api_of(request.getfixturevalue(caller)).get(f"/api/v1/gitsync/requests/{request_of_alice.pk}")
    assert answer.status_code == status
    if status == 200:
        assert answer.json()["state"] == "pending"
        assert answer.json()["kind"] == "RegisterGitRepo"
        assert set(answer.json()) == {"id", "kind", "state", "error", "created_at", "finished_at"}


def test_a_message_is_hidden_from_another_teacher_and_the_anonymous(request_of_alice, person, api, api_of):
    address = f"/api/v1/gitsync/requests/{request_of_alice.pk}"
    assert api_of(person("other", kind="teacher")).get(address).status_code == 404
    assert api.get(address).status_code == 401


def test_a_student_does_not_learn_the_number_of_a_repository(request_of_alice, alice, teacher, staff, api_of):
    """A small number would say that somebody else had registered it before."""
    address = f"/api/v1/gitsync/requests?repository={request_of_alice.repository_id}"
    assert [api_of(person).get(address).status_code for person in (alice, teacher)] == [403, 403]
    assert api_of(staff).get(address).json()["count"] == 1


def test_a_failed_message_shows_its_reason(request_of_alice, program, api_of):
    accepted_messages.finish(Request.objects.all(), error="not_found")
    answer = api_of(program).get(f"/api/v1/gitsync/requests/{request_of_alice.pk}").json()
    assert (answer["state"], answer["error"]) == ("failed", "not_found")


@pytest.mark.parametrize("number", ["0", "999999999999999999", "9" * 30, "-1", "x", "1.5"])
def test_an_unknown_message_is_404(program, api_of, number):
    assert api_of(program).get(f"/api/v1/gitsync/requests/{number}").status_code == 404


def test_repositories_are_for_staff_and_programs(alice, teacher, staff, program, api, api_of):
    register()
    address = "/api/v1/gitsync/repositories"
    assert api.get(address).status_code == 401
    assert [api_of(person).get(address).status_code for person in (alice, teacher)] == [403, 403]
    assert [api_of(caller).get(address).status_code for caller in (staff, program)] == [200, 200]


def test_a_repository_shows_its_state_and_its_registrations(program, api_of):
    owner = register()
    register("7654321")
    LocalCopy.objects.update(status=LocalCopy.Status.FAILING, reason="not_found")
    repository = api_of(program).get(f"/api/v1/gitsync/repositories/{owner.repository_id}").json()
    assert (repository["address"], repository["status"], repository["reason"]) == (
        "https://github.com/test/test",
        "failing",
        "not_found",
    )
    assert [entry["student_id"] for entry in repository["registrations"]] == ["1234500", "7654321"]
    assert api_of(program).get("/api/v1/gitsync/repositories?status=ok").json()["count"] == 0
    assert api_of(program).get("/api/v1/gitsync/repositories?status=odd").status_code == 400


def test_the_list_takes_the_same_queries_for_1_and_for_30(program, api_of, assert_flat):
    register()
    client = api_of(program)
    more = lambda: [register(f"s{n}", repo_url=f"https://github.com/a/{n}") for n in range(29)]  # noqa: E731
    assert_flat(lambda: client.get("/api/v1/gitsync/repositories"), more, limit=6)


def test_staff_sync_a_paused_repository(staff, alice, api_of):
    owner = register()
    LocalCopy.objects.update(status=LocalCopy.Status.PAUSED, dirty=False)
    address = f"/api/v1/gitsync/repositories/{owner.repository_id}/sync"
    assert api_of(alice).post(address).status_code == 403
    assert api_of(staff).post(address).status_code == 202
    local_copy = LocalCopy.objects.get()
    assert local_copy.dirty and local_copy.status != LocalCopy.Status.PAUSED
    assert AuditEvent.objects.filter(verb="gitsync.sync_now", actor=staff).count() == 1


@pytest.mark.parametrize(
    ("known", "after"),
    [
        ({}, "new"),
        ({"status": "ok", "last_good_at": timezone.now()}, "ok"),
        ({"status": "failing", "reason": "not_found", "last_good_at": timezone.now()}, "failing"),
    ],
)
def test_a_repository_is_paused_and_resumed(staff, teacher, api_of, known, after):
    owner = register()
    LocalCopy.objects.update(dirty=False, **known)
    address = f"/api/v1/gitsync/repositories/{owner.repository_id}"
    assert api_of(teacher).post(f"{address}/pause").status_code == 403
    assert api_of(staff).post(f"{address}/pause").json()["status"] == "paused"
    assert api_of(staff).post(f"{address}/resume/").json()["status"] == after
    assert LocalCopy.objects.get().dirty
    again = AuditEvent.objects.filter(verb="gitsync.resume").count()
    assert api_of(staff).post(f"{address}/resume").status_code == 200  # nothing to resume
    assert AuditEvent.objects.filter(verb="gitsync.resume").count() == again == 1


def test_repositories_are_found_by_host_reason_and_the_wire_s_ids(program, api_of):
    owner = register()
    register("7654321", repo_url="https://gitlab.com/a/b")
    LocalCopy.objects.filter(repository=owner.repository).update(status=LocalCopy.Status.FAILING, reason="not_found")

    def addresses(query):
        answer = api_of(program).get(f"/api/v1/gitsync/repositories/?{query}")
        return [row["address"] for row in answer.json()["results"]]

    assert addresses("host=gitlab.com") == ["https://gitlab.com/a/b"]
    assert addresses("reason=not_found") == ["https://github.com/test/test"]
    assert addresses("student_id=7654321&course_id=StruDon") == ["https://gitlab.com/a/b"]
    assert addresses("student_id=7654321&course_id=Other") == []


def test_requests_are_listed_latest_first_for_those_they_concern(request_of_alice, alice, bob, program, api_of):
    registrations.register_repository(MINE, student_id="bob", repo_url="https://github.com/bob/b")
    address = "/api/v1/gitsync/requests?state=pending"
    assert [row["id"] for row in api_of(alice).get(address).json()["results"]] == [request_of_alice.pk]
    numbers = [row["id"] for row in api_of(program).get(address).json()["results"]]
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) == 2
    assert api_of(program).get("/api/v1/gitsync/requests?state=odd").json()["error"]["field"] == "state"


def test_a_dead_event_is_found_and_sent_again(program, teacher, api_of):
    outbox.emit(register(), {"_C": "OnPull"})
    OutboxEvent.objects.update(dead_at="2026-01-01T00:00Z", attempts=60, last_error="HTTP 500")
    api, address = api_of(program), "/api/v1/gitsync/events"
    (event,) = api.get(f"{address}?fate=dead").json()["results"]
    assert (event["kind"], event["last_error"]) == ("OnPull", "HTTP 500")
    assert api_of(teacher).post(f"{address}/{event['id']}/send-again").status_code == 403
    assert api.post(f"{address}/{event['id']}/send-again").json()["dead_at"] is None
    assert api.get(f"{address}?fate=waiting").json()["count"] == 1


@pytest.mark.parametrize("path", ["requests", "events"])
def test_the_other_lists_take_the_same_queries_too(program, api_of, assert_flat, path):
    def more():
        for number in range(29):
            outbox.emit(register(f"s{number}", repo_url=f"https://github.com/a/{number}"), {"_C": "OnPull"})

    outbox.emit(register(), {"_C": "OnPull"})
    client = api_of(program)
    assert_flat(lambda: client.get(f"/api/v1/gitsync/{path}"), more, limit=6)
