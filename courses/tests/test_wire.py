"""POST /_http/messages: statuses, and who may post."""

import json
import uuid
from ipaddress import ip_network

import pytest

from courses.models import Activity, ReceivedEvent, StudentRepository
from courses.tests.conftest import event

BODY = event("OnClone", repoUrl="https://git.example/a.git", repoPath="/depot")


@pytest.mark.parametrize("address", ["/_http/messages", "/_http/messages/"])
def test_a_program_posts_an_event_with_and_without_a_slash(school, program, api_of, address):
    answer = api_of(program).post(address, BODY)

    assert (answer.status_code, answer.json()) == (200, {})
    assert StudentRepository.objects.get().state == "cloned"


def test_a_trusted_peer_needs_no_bearer(school, api, settings):
    settings.TRUSTED_NETWORKS = [ip_network("127.0.0.0/8")]
    assert api.post("/_http/messages/", BODY).status_code == 200


def test_the_same_event_id_is_kept_once(school, program, api_of):
    headers = {"X-Event-Id": str(uuid.uuid4())}
    for _ in range(2):
        assert api_of(program).post("/_http/messages", BODY, headers=headers).status_code == 200
    assert ReceivedEvent.objects.count() == 1


def test_without_an_event_id_each_post_is_a_new_event(school, program, api_of):
    for _ in range(2):
        api_of(program).post("/_http/messages", BODY)
    assert ReceivedEvent.objects.count() == 2
    assert StudentRepository.objects.count() == 1


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=UTF-8"]
)
def test_any_content_type_is_read_as_json(school, program, api_of, content_type):
    answer = api_of(program).generic("POST", "/_http/messages", json.dumps(BODY), content_type=content_type)
    assert answer.status_code == 200


@pytest.mark.parametrize("caller", ["anonymous", "alice", "teacher", "staff"])
def test_people_may_not_post_events(school, staff, api_of, api, caller):
    people = {"alice": school.alice.person, "teacher": school.course.teacher, "staff": staff}
    answer = (api_of(people[caller]) if caller in people else api).post("/_http/messages", BODY)

    assert answer.status_code == (401 if caller == "anonymous" else 403)
    assert not ReceivedEvent.objects.exists()


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_other_methods_are_refused(program, api_of, method):
    assert getattr(api_of(program), method)("/_http/messages").status_code == 405


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b"", 400),
        (b"\xff\xfe", 400),
        (b'{"_C": "NoSuchEvent"}', 400),
        (b'{"_C": "OnClone", "teacherId": null}', 400),
        (b'{"_C": "OnClone", "x": "' + b"y" * 1_000_001 + b'"}', 413),
        (b"[" * 100_000, 400),
    ],
)
def test_a_body_that_is_not_an_event_is_refused_with_the_error_shape(school, program, api_of, raw, status, settings):
    settings.EVENT_BODY_LIMIT = 1_000_000
    answer = api_of(program).generic("POST", "/_http/messages", raw, content_type="application/json")

    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"code", "message", "field"}
    assert not ReceivedEvent.objects.exists()


@pytest.mark.database
def test_a_commit_of_twenty_thousand_files_is_kept(school, program, api_of):
    """Somebody commits node_modules sooner or later."""
    file = {"_C": "CommitFile", "estimatedEffort": 12, "exercisePath": "/tp1", "message": ""}
    files = [{**file, "path": f"/node_modules/{'some-package/' * 6}{number}.js"} for number in range(20_000)]
    commit = {"_C": "Commit", "commitId": "a" * 40, "timeStamp": "1770000000", "modifiedFiles": files}
    body = event("OnNewCommits", repoPath="/depot", commits=[commit])
    assert len(json.dumps(body)) > 3_000_000

    assert api_of(program).post("/_http/messages", body).status_code == 200
    assert Activity.objects.get().effort == 240_000


@pytest.mark.database
@pytest.mark.parametrize(("number", "status"), [("1e308", 200), ("1e999", 400), ('{"y": [-1e999]}', 400)])
def test_a_number_too_large_for_a_json_column_is_refused(school, program, api_of, number, status):
    raw = json.dumps(BODY)[:-1] + f', "x": {number}}}'
    assert api_of(program).generic("POST", "/_http/messages", raw).status_code == status


def test_an_odd_event_id_is_refused(school, program, api_of):
    answer = api_of(program).post("/_http/messages", BODY, headers={"X-Event-Id": "first"})
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "X-Event-Id")


@pytest.mark.database
@pytest.mark.parametrize("depth", [29, 30, 40, 200, 900, 930, 960, 970, 980])
def test_a_deeply_nested_body_is_kept_or_refused(school, program, api_of, depth):
    """MariaDB stores JSON up to 32 levels deep, and Python parses deeper JSON than it writes."""
    text = json.dumps(BODY)[:-1] + ', "extra": ' + "[" * depth + "]" * depth + "}"
    answer = api_of(program).generic("POST", "/_http/messages", text, content_type="application/json")

    assert answer.status_code == (200 if depth < 30 else 400)
    assert ReceivedEvent.objects.count() == (1 if depth < 30 else 0)
