"""`/_git_api` as the outside sees it: statuses, errors, and who may what. Whatever comes in, never a 500."""

import json
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from rest_framework.test import APIClient

from gitsync.models import CourseKey, Registration, Request, StudentKey, WatchedExercise
from gitsync.tests.synced_course import URL, commit, register
from gitsync.values import CourseIds
from gitsync.wire.handlers import HANDLERS
from kernel.testing.people import make_person

GOLDEN = Path(__file__).parent / "wire"
MODELS = {"GetCommits": "CommitListModel", "GetLate": "LateStudentsModel", "GetStudent": "StudentSummariesModel"}
STUDENTS_OWN = {
    "RegisterGitRepo", "DeleteGitRepo", "GetCommitsForRepo", "GetCommitsForExercise", "GetCommitsForPath",
    "GetCommitsForPathAndTimePeriod",
}  # fmt: skip


def golden(name: str, **values) -> dict:
    return {**json.loads((GOLDEN / f"{name}.json").read_text()), **values}


def names(*without: str) -> list[str]:
    return [name for name in sorted(HANDLERS) if name not in without]


@pytest.fixture
def say(program, api_of):
    """`say(body)` by a machine; bytes and text are sent as they are."""
    client = api_of(program)

    def post(body, content_type="application/json", address="/_git_api", **headers):
        data = body if isinstance(body, bytes | str) else json.dumps(body)
        return client.post(address, data, content_type=content_type, headers=headers)

    return post


def nothing_was_kept() -> bool:
    return not any(model.objects.exists() for model in (Request, Registration, WatchedExercise, CourseKey, StudentKey))


# --- what is answered -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("address", ["/_git_api", "/_git_api/"])
def test_every_message_and_request_is_answered_with_and_without_a_slash(say, name, address):
    answer = say(golden(name), repository=address)
    assert answer.status_code == 200, answer.content
    assert answer.headers["Content-Type"] == "application/json"
    model = next((model for prefix, model in MODELS.items() if name.startswith(prefix)), None)
    if model:
        assert answer.json()["_C"] == model
    else:
        assert list(answer.json()) == ["request_id"]
        assert Request.objects.filter(pk=answer.json()["request_id"]).exists()


@pytest.mark.parametrize("name", names())
def test_every_message_may_be_said_again(say, name):
    first, second = say(golden(name)), say(golden(name))
    assert (first.status_code, second.status_code) == (200, 200)


def test_a_pending_message_said_again_has_the_same_number(say):
    body = golden("RegisterGitRepo")
    assert say(body).json() == say(body).json()
    assert Registration.objects.count() == 1


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "odd"]
)
def test_any_content_type_is_read_as_json(say, content_type):
    assert say(golden("RegisterExercise"), content_type=content_type).status_code == 200


def test_any_accept_header_is_answered_in_json(say):
    answer = say(golden("RegisterExercise"), accept="text/html, image/gif, *; q=.2")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")


def test_null_is_absent_and_unknown_keys_are_ignored(say):
    body = golden("RegisterExercise", groupId=None, studentId=None, _R="/x", completionKeywords=None)
    assert say(body).status_code == 200
    assert WatchedExercise.objects.get().group_id == ""


def test_a_teacher_is_put_in_lower_case_and_read_out_of_the_course(say):
    say(golden("RegisterExercise", teacherId="Mathieu.BERGERON"))
    say(golden("RegisterExercise", teacherId=None, courseId="Mathieu.Bergeron/StruDon"))
    say(golden("RegisterExercise", courseId="mathieu.bergeron/StruDon"))
    assert CourseKey.objects.get().teacher_id == "mathieu.bergeron"


def test_the_older_words_of_a_changed_exercise_mean_the_same(say):
    rows = []
    for name in ("ModifyExercise", "ModifyExercise.new"):
        assert say(golden(name)).status_code == 200
        row = WatchedExercise.objects.get()
        rows.append((row.course.teacher_id, row.repo_path, row.source_folder_path, row.completion_keywords))
        row.delete()
    assert rows == [("mathieu.bergeron", "/", "/TP1/exercice01", "Exercice 1")] * 2


def test_dates_and_booleans_may_come_as_text(say):
    commit(register("1234500"), "a", at=1_615_215_942)
    body = golden("GetCommitsForRepo", repoPath="/", fromDate="1615215942", toDate="-1", recursive="False")
    model = say(body).json()
    assert (model["fromDate"], model["toDate"]) == (1_615_215_942, -1)
    assert len(model["commits"]["value"]) == 1
    assert say({**body, "fromDate": 1615215943.0}).json()["commits"]["value"] == []


# --- what is refused --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"{'a': 1}", b"\xff\xfe", b'{"_C": NaN}', b"[" * 100_000, b'{"a":' * 50_000, "é".encode("latin-1")],
)
def test_malformed_json_is_400(say, body):
    answer = say(body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_json")


@pytest.mark.parametrize("body", [b"[]", b"1", b'"x"', b"null", b"true"])
def test_json_that_is_no_object_is_400(say, body):
    answer = say(body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "not_an_object")


def test_a_body_that_is_too_large_is_413(say, settings):
    body = golden("RegisterExercise", more="x" * settings.WIRE_BODY_LIMIT)
    assert say(body).status_code == 413
    assert nothing_was_kept()


@pytest.mark.parametrize("name", ["RegisterExercises", "registerexercise", "OnClone", "__init__", "x" * 5000])
def test_an_unknown_message_is_501(say, name):
    answer = say({"_C": name})
    assert (answer.status_code, answer.json()["error"]["field"]) == (501, "_C")


@pytest.mark.parametrize("body", [{}, {"_C": None}, {"_C": ""}, {"_C": 3}, {"_C": ["RegisterExercise"]}, {"_c": "x"}])
def test_a_message_without_a_name_is_400(say, body):
    assert say(body).status_code == 400


NEEDED = {
    "exercisePath": [name for name in names() if "Exercise" in name and not name.startswith("GetCommits")],
    "sourceFolderPath": ["RegisterExercise"],
    "studentId": sorted(STUDENTS_OWN),
    "repoUrl": ["RegisterGitRepo", "DeleteGitRepo"],
    "courseId": names(),
    "semesterId": names("DeRegisterExercise"),  # the original never says it there: see test_originals.py
}


@pytest.mark.parametrize(("field", "name"), [(field, name) for field, among in NEEDED.items() for name in among])
def test_a_missing_key_is_400_and_named(say, field, name):
    body = golden(name)
    del body[field]
    answer = say(body)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, field), answer.content
    assert nothing_was_kept()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("courseId", "a b"),
        ("courseId", ""),
        ("courseId", "x" * 256),
        ("courseId", "a/b/c"),
        ("courseId", "another/StruDon"),
        ("courseId", "*"),
        ("semesterId", ".."),
        ("semesterId", "é"),
        ("semesterId", "x\n"),
        ("semesterId", {"a": 1}),
        ("teacherId", 7),
        ("teacherId", "../x"),
        ("groupId", "a/b"),
        ("groupId", ["01"]),
        ("exercisePath", "/a/../b"),
        ("exercisePath", 5),
        ("exercisePath", "/" + "x" * 256),
        ("exercisePath", "/x" * 501),
        ("exercisePath", "/a\0b"),
        ("repoPath", "/\ud800"),
        ("repoPath", {}),
        ("sourceFolderPath", True),
        ("completionKeywords", "x" * 1001),
        ("completionKeywords", 12),
        ("completionKeywords", "\ud800"),
    ],
)
def test_a_bad_value_is_400_and_nothing_is_kept(say, field, value):
    answer = say(golden("RegisterExercise", **{field: value}))
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, field), answer.content
    assert nothing_was_kept()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("fromDate", "soon"),
        ("toDate", 1.5),
        ("toDate", True),
        ("fromDate", 2**63),
        ("fromDate", 1e300),
        ("recursive", "maybe"),
        ("recursive", 2),
        ("recursive", []),
        ("studentId", "a b"),
    ],
)
def test_a_bad_value_in_a_question_is_400(say, field, value):
    answer = say(golden("GetCommitsForRepo", **{field: value}))
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, field), answer.content


@pytest.mark.parametrize("url", ["ftp://x/y", "http://127.0.0.1/x", "x" * 1001, 5, "https://u:p@github.com/a/b"])
def test_a_bad_repository_url_is_400_and_nothing_is_kept(say, url):
    answer = say(golden("RegisterGitRepo", repoUrl=url))
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "repoUrl")
    assert nothing_was_kept()


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
@pytest.mark.parametrize("address", ["/_git_api", "/_git_api/"])
def test_another_method_is_405(api_of, program, method, address):
    answer = getattr(api_of(program), method)(address)
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")


# --- who may what -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", names())
def test_nobody_may_say_anything(db, api, name):
    answer = api.post("/_git_api", golden(name))
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "not_authenticated")
    assert nothing_was_kept()


@pytest.mark.parametrize("name", names())
def test_staff_may_say_everything(staff, api_of, name):
    assert api_of(staff).post("/_git_api", golden(name)).status_code == 200


@pytest.mark.parametrize("name", names())
def test_a_trusted_peer_may_say_everything(db, api, settings, name):

    settings.TRUSTED_NETWORKS = [ip_network("127.0.0.0/8")]
    assert api.post("/_git_api", golden(name)).status_code == 200
    assert (
        api.post("/_git_api", golden(name), REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="127.0.0.1").status_code == 401
    )


@pytest.mark.django_db
@pytest.mark.parametrize("name", names())
def test_a_teacher_speaks_for_themselves_alone(api_of, name):
    owner = make_person(read_teacher(golden(name)), kind="teacher")
    other = make_person("other", kind="teacher")
    assert api_of(other).post("/_git_api", golden(name)).status_code == 403
    assert nothing_was_kept()
    assert api_of(owner).post("/_git_api", golden(name)).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("name", names())
def test_a_student_speaks_of_their_own_repositories_alone(api_of, name):
    body = golden(name)
    own = make_person(body.get("studentId", "1234500"))
    stranger = make_person("stranger")
    assert api_of(stranger).post("/_git_api", body).status_code == 403
    assert nothing_was_kept()
    assert api_of(own).post("/_git_api", body).status_code == (200 if name in STUDENTS_OWN else 403)


@pytest.mark.django_db
def test_every_course_is_that_of_every_teacher_but_to_a_teacher(api_of, program, staff):
    """The contract: "*" is all the student's commits. What another teacher's course holds is not for a teacher."""
    commit(register(), "mine")
    other = CourseIds("nicolas.leduc", "H2021", "IntroProg")
    commit(register(course=other, repo_url="https://github.com/test/other.git"), "other", at=1_615_999_999)

    def seen(person) -> list[str]:
        body = golden("GetCommitsForRepo", courseId="*", repoPath="/", fromDate=-1, toDate=-1)
        model = api_of(person).post("/_git_api", body).json()
        assert (model["teacherId"], model["courseId"]) == ("mathieu.bergeron", "*")
        return [one["commitMessage"] for one in model["commits"]["value"]]

    assert seen(program) == seen(staff) == seen(make_person("1234500")) == ["mine", "other"]
    assert seen(make_person("mathieu.bergeron", kind="teacher")) == ["mine"]


@pytest.mark.django_db
def test_a_student_named_like_a_teacher_is_no_teacher(api_of):
    imposter = make_person("mathieu.bergeron")
    assert api_of(imposter).post("/_git_api", golden("RegisterExercise")).status_code == 403


@pytest.mark.django_db
def test_a_session_needs_the_csrf_token_and_works_with_it(teacher):
    body = golden("RegisterExercise", teacherId="teacher")
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(teacher, backend="django.contrib.auth.backends.ModelBackend")
    for content_type in ("application/json", "multipart/form-data; boundary=x"):
        refused = client.post("/_git_api", json.dumps(body), content_type=content_type)
        assert refused.status_code == 403
    client.cookies["csrftoken"] = token = "a" * 32
    accepted = client.post(
        "/_git_api", json.dumps(body), content_type="multipart/form-data; boundary=x", HTTP_X_CSRFTOKEN=token
    )
    assert accepted.status_code == 200


def read_teacher(body: dict) -> str:
    return body.get("teacherId") or body["courseId"].split("/")[0]


# --- anything at all --------------------------------------------------------------------------------------------------
odd = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["/", "/tp1", "*", "..", "a/b", URL, "1615215942", "-1", "True", "\0", "\ud800", "é" * 300]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)
FIELDS = sorted({key for name in HANDLERS for key in golden(name)} | {"newRepoPath", "oldRepoPath"})


class AnythingAtAll(TestCase):
    def setup_example(self):
        super().setup_example()
        self.client = APIClient(raise_request_exception=False)
        self.client.force_authenticate(make_person("fuzz", kind="service"))

    @given(st.sampled_from(sorted(HANDLERS)), st.dictionaries(st.sampled_from(FIELDS), odd, max_size=3))
    @settings(max_examples=300, deadline=None)
    def test_a_golden_message_with_odd_values_is_answered_or_refused(self, name, changes):
        body = {**golden(name), **changes, "_C": name}
        answer = self.client.post("/_git_api", json.dumps(body), content_type="application/json")
        assert answer.status_code in (200, 400), (answer.status_code, body)
        if answer.status_code == 400:
            assert set(answer.json()["error"]) == {"code", "message", "field"}

    @given(st.one_of(st.binary(max_size=50), st.dictionaries(st.text(max_size=8), odd, max_size=4).map(json.dumps)))
    @settings(max_examples=200, deadline=None)
    def test_any_body_is_refused(self, body):
        answer = self.client.post("/_git_api", body, content_type="application/json")
        assert answer.status_code in (400, 501), (answer.status_code, body)
