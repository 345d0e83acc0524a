"""Random posts to `/_http/messages`: the answer is a status of docs/wire.md, and a refusal changes no row."""

import json
import uuid
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from courses.git.event_parsing import KINDS
from courses.models import Activity, Enrolment, Progress, ReceivedEvent, StudentRepository
from kernel.testing import fuzz, malformed

pytestmark = pytest.mark.django_db
EXAMPLES = 250  # the proof of fuzzing runs many more
ROWS = (ReceivedEvent, Activity, Progress, StudentRepository, Enrolment)
WIRE = Path(__file__).parents[2] / "gitsync" / "tests" / "wire"
KNOWN_IDS = {"teacherId": "teacher", "courseId": "StruDon", "semesterId": "A2026", "studentId": "alice"}
GOLDEN = {name: json.loads((WIRE / f"{name}.json").read_text()) for name in sorted(KINDS)}
FIELDS = sorted({key for body in GOLDEN.values() for key in body} | {"lateTime"})
COMMIT = GOLDEN["OnNewCommits"]["commits"][0]

known_events = st.sampled_from(sorted(KINDS)).map(lambda name: {**GOLDEN[name], **KNOWN_IDS})
changed = st.builds(
    lambda body, changes: {**body, **changes},
    known_events,
    st.dictionaries(st.sampled_from(FIELDS), malformed.values, max_size=2),
)
incomplete = st.builds(
    lambda body, field: {key: value for key, value in body.items() if key != field},
    known_events,
    st.sampled_from(FIELDS),
)
odd_commits = st.dictionaries(st.sampled_from(sorted(COMMIT)), malformed.values, max_size=2).map(
    lambda changes: {**GOLDEN["OnNewCommits"], **KNOWN_IDS, "commits": [COMMIT, {**COMMIT, **changes}]}
)
odd_files = st.dictionaries(
    st.sampled_from(["path", "estimatedEffort", "exercisePath"]), malformed.values, max_size=2
).map(lambda file: {**GOLDEN["OnNewCommits"], **KNOWN_IDS, "commits": [{**COMMIT, "modifiedFiles": [file]}]})
bodies = (
    st.one_of(changed, changed, incomplete, odd_commits, odd_files, malformed.objects).map(json.dumps).map(str.encode)
)
ids = st.none() | st.uuids().map(str) | st.sampled_from([str(uuid.UUID(int=1)), "first", "", "é", "x" * 300])


def test_every_post_is_answered_or_refused(school, program, staff, api_of, api):
    clients = {"program": api_of(program), "staff": api_of(staff), "alice": api_of(school.alice.person), "nobody": api}

    @given(
        st.sampled_from(["program"] * 6 + sorted(clients)),
        malformed.methods,
        st.sampled_from(["", "/"]),
        bodies | malformed.bodies,
        malformed.content_types,
        ids,
    )
    @fuzz.example_settings(EXAMPLES)
    def send(caller, method, slash, body, kind, event_id):
        with transaction.atomic():
            before = fuzz.stored_rows(ROWS)
            client = clients[caller]
            client.raise_request_exception = False
            headers = {} if event_id is None else {"X-Event-Id": event_id}
            answer = client.generic(method, f"/_http/messages{slash}", body, content_type=kind, headers=headers)
            status = answer.status_code
            seen.append(status)
            allowed = {"program": {200, 400, 405}, "nobody": {401}}.get(caller, {403, 405})
            assert status in allowed, (status, caller, body, answer.content)
            if status != 200:
                assert fuzz.stored_rows(ROWS) == before
            else:
                assert method == "POST"
                assert len(fuzz.stored_rows([ReceivedEvent])[0]) == 1
            if status != 200 and method != "HEAD":
                assert set(answer.json()["error"]) == {"code", "message", "field"}
            assert Enrolment.objects.count() == 2  # an event enrols nobody
            transaction.set_rollback(True)

    with fuzz.count_statuses("/_http/messages") as seen:
        send()
    assert len(seen) >= EXAMPLES
    assert set(seen) >= {200, 400, 401, 403, 405}


@pytest.mark.parametrize("odd_id", ["fbb4cec9-7132-903d-0133-567ccdd9b281", "00000000-0000-0000-0000-000000000000"])
def test_an_event_id_that_is_not_of_an_rfc_identifies_one_event(school, program, api_of, odd_id):
    body = {"_C": "OnPull", "teacherId": "teacher", "courseId": "StruDon", "semesterId": "A2026", "studentId": "alice"}
    for _ in range(2):
        headers = {"X-Event-Id": odd_id}
        assert api_of(program).post("/_http/messages", body, format="json", headers=headers).status_code == 200
    assert ReceivedEvent.objects.count() == 1
