"""`/_git_api` answers every message and request, in whatever form the original programs send it."""

import pytest

from gitsync.models import CourseKey, Registration, Request, WatchedExercise
from gitsync.tests.golden import golden, message_names
from gitsync.tests.synced_course import commit, register

MODELS = {"GetCommits": "CommitListModel", "GetLate": "LateStudentsModel", "GetStudent": "StudentSummariesModel"}


@pytest.mark.parametrize("name", message_names())
@pytest.mark.parametrize("address", ["/_git_api", "/_git_api/"])
def test_every_message_and_request_is_answered_with_and_without_a_slash(post_message, name, address):
    answer = post_message(golden(name), repository=address)
    assert answer.status_code == 200, answer.content
    assert answer.headers["Content-Type"] == "application/json"
    model = next((model for prefix, model in MODELS.items() if name.startswith(prefix)), None)
    if model:
        assert answer.json()["_C"] == model
    else:
        assert list(answer.json()) == ["request_id"]
        assert Request.objects.filter(pk=answer.json()["request_id"]).exists()


@pytest.mark.parametrize("name", message_names())
def test_every_message_may_be_sent_again(post_message, name):
    first, second = post_message(golden(name)), post_message(golden(name))
    assert (first.status_code, second.status_code) == (200, 200)


def test_a_pending_message_sent_again_gets_the_same_request_id(post_message):
    body = golden("RegisterGitRepo")
    assert post_message(body).json() == post_message(body).json()
    assert Registration.objects.count() == 1


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "odd"]
)
def test_any_content_type_is_read_as_json(post_message, content_type):
    assert post_message(golden("RegisterExercise"), content_type=content_type).status_code == 200


def test_any_accept_header_is_answered_in_json(post_message):
    answer = post_message(golden("RegisterExercise"), accept="text/html, image/gif, *; q=.2")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")


def test_null_is_absent_and_unknown_keys_are_ignored(post_message):
    body = golden("RegisterExercise", groupId=None, studentId=None, _R="/x", completionKeywords=None)
    assert post_message(body).status_code == 200
    assert WatchedExercise.objects.get().group_id == ""


def test_a_teacher_is_in_lower_case_and_may_be_part_of_the_course_id(post_message):
    post_message(golden("RegisterExercise", teacherId="Mathieu.BERGERON"))
    post_message(golden("RegisterExercise", teacherId=None, courseId="Mathieu.Bergeron/StruDon"))
    post_message(golden("RegisterExercise", courseId="mathieu.bergeron/StruDon"))
    assert CourseKey.objects.get().teacher_id == "mathieu.bergeron"


def test_the_older_keys_of_a_changed_exercise_mean_the_same(post_message):
    rows = []
    for name in ("ModifyExercise", "ModifyExercise.new"):
        assert post_message(golden(name)).status_code == 200
        row = WatchedExercise.objects.get()
        rows.append((row.course.teacher_id, row.repo_path, row.source_folder_path, row.completion_keywords))
        row.delete()
    assert rows == [("mathieu.bergeron", "/", "/TP1/exercice01", "Exercice 1")] * 2


def test_dates_and_booleans_may_come_as_text(post_message):
    commit(register("1234500"), "a", at=1_615_215_942)
    body = golden("GetCommitsForRepo", repoPath="/", fromDate="1615215942", toDate="-1", recursive="False")
    model = post_message(body).json()
    assert (model["fromDate"], model["toDate"]) == (1_615_215_942, -1)
    assert len(model["commits"]["value"]) == 1
    assert post_message({**body, "fromDate": 1615215943.0}).json()["commits"]["value"] == []
