"""`/_git_api` refuses malformed bodies, unknown messages, missing keys and bad values, and keeps nothing of them."""

import pytest

from gitsync.tests.golden import STUDENT_MESSAGES, golden, message_names, nothing_is_kept


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"{'a': 1}", b"\xff\xfe", b'{"_C": NaN}', b"[" * 100_000, b'{"a":' * 50_000, "é".encode("latin-1")],
)
def test_malformed_json_is_400(post_message, body):
    answer = post_message(body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_json")


@pytest.mark.parametrize("body", [b"[]", b"1", b'"x"', b"null", b"true"])
def test_json_that_is_not_an_object_is_400(post_message, body):
    answer = post_message(body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "not_an_object")


def test_a_body_that_is_too_large_is_413(post_message, settings):
    body = golden("RegisterExercise", more="x" * settings.WIRE_BODY_LIMIT)
    assert post_message(body).status_code == 413
    assert nothing_is_kept()


@pytest.mark.parametrize("name", ["RegisterExercises", "registerexercise", "OnClone", "__init__", "x" * 5000])
def test_an_unknown_message_is_501(post_message, name):
    answer = post_message({"_C": name})
    assert (answer.status_code, answer.json()["error"]["field"]) == (501, "_C")


@pytest.mark.parametrize("body", [{}, {"_C": None}, {"_C": ""}, {"_C": 3}, {"_C": ["RegisterExercise"]}, {"_c": "x"}])
def test_a_message_without_a_name_is_400(post_message, body):
    assert post_message(body).status_code == 400


REQUIRED = {
    "exercisePath": [name for name in message_names() if "Exercise" in name and not name.startswith("GetCommits")],
    "sourceFolderPath": ["RegisterExercise"],
    "studentId": sorted(STUDENT_MESSAGES),
    "repoUrl": ["RegisterGitRepo", "DeleteGitRepo"],
    "courseId": message_names(),
    "semesterId": message_names("DeRegisterExercise"),  # the original program leaves it out: see test_originals.py
}


@pytest.mark.parametrize(
    ("field", "name"), [(field, name) for field, messages in REQUIRED.items() for name in messages]
)
def test_a_missing_key_is_400_and_named(post_message, field, name):
    body = golden(name)
    del body[field]
    answer = post_message(body)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, field), answer.content
    assert nothing_is_kept()


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
        ("teacherId", True),
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
def test_a_bad_value_is_400_and_nothing_is_kept(post_message, field, value):
    answer = post_message(golden("RegisterExercise", **{field: value}))
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, field), answer.content
    assert nothing_is_kept()


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
def test_a_bad_value_in_a_request_is_400(post_message, field, value):
    answer = post_message(golden("GetCommitsForRepo", **{field: value}))
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, field), answer.content


@pytest.mark.parametrize("url", ["ftp://x/y", "http://127.0.0.1/x", "x" * 1001, 5, "https://u:p@github.com/a/b"])
def test_a_bad_repository_url_is_400_and_nothing_is_kept(post_message, url):
    answer = post_message(golden("RegisterGitRepo", repoUrl=url))
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "repoUrl")
    assert nothing_is_kept()


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
@pytest.mark.parametrize("address", ["/_git_api", "/_git_api/"])
def test_another_method_is_405(api_of, program, method, address):
    answer = getattr(api_of(program), method)(address)
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")
