"""Who may send which message to `/_git_api`."""

import json
from ipaddress import ip_network

import pytest
from rest_framework.test import APIClient

from gitsync.tests.golden import STUDENT_MESSAGES, golden, message_names, nothing_is_kept
from gitsync.tests.synced_course import commit, register
from gitsync.values import CourseIds
from kernel.testing.people import make_person


@pytest.mark.parametrize("name", message_names())
def test_an_anonymous_caller_may_send_nothing(db, api, name):
    answer = api.post("/_git_api", golden(name))
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "not_authenticated")
    assert nothing_is_kept()


@pytest.mark.parametrize("name", message_names())
def test_staff_may_send_everything(staff, api_of, name):
    assert api_of(staff).post("/_git_api", golden(name)).status_code == 200


@pytest.mark.parametrize("name", message_names())
def test_a_trusted_peer_may_send_everything(db, api, settings, name):

    settings.TRUSTED_NETWORKS = [ip_network("127.0.0.0/8")]
    assert api.post("/_git_api", golden(name)).status_code == 200
    assert (
        api.post("/_git_api", golden(name), REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="127.0.0.1").status_code == 401
    )


@pytest.mark.django_db
@pytest.mark.parametrize("name", message_names())
def test_a_teacher_acts_only_for_themselves(api_of, name):
    owner = make_person(teacher_of(golden(name)), kind="teacher")
    other = make_person("other", kind="teacher")
    assert api_of(other).post("/_git_api", golden(name)).status_code == 403
    assert nothing_is_kept()
    assert api_of(owner).post("/_git_api", golden(name)).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("name", message_names())
def test_a_student_acts_only_on_their_own_repositories(api_of, name, settings):
    settings.GITSYNC_ENROLMENT_CHECK = "gitsync.tests.enrolments.everybody"
    body = golden(name)
    own = make_person(body.get("studentId", "1234500"))
    stranger = make_person("stranger")
    assert api_of(stranger).post("/_git_api", body).status_code == 403
    assert nothing_is_kept()
    assert api_of(own).post("/_git_api", body).status_code == (200 if name in STUDENT_MESSAGES else 403)


@pytest.mark.django_db
def test_every_course_includes_other_teachers_except_for_a_teacher(api_of, program, staff, settings):
    """In the contract "*" means all of the student's commits. A teacher does not see other teachers' courses."""
    settings.GITSYNC_ENROLMENT_CHECK = "gitsync.tests.enrolments.everybody"
    commit(register(), "mine")
    other = CourseIds("nicolas.leduc", "H2021", "IntroProg")
    commit(register(course=other, repo_url="https://github.com/test/other.git"), "other", at=1_615_999_999)

    def messages(person) -> list[str]:
        body = golden("GetCommitsForRepo", courseId="*", repoPath="/", fromDate=-1, toDate=-1)
        model = api_of(person).post("/_git_api", body).json()
        assert (model["teacherId"], model["courseId"]) == ("mathieu.bergeron", "*")
        return [commit["commitMessage"] for commit in model["commits"]["value"]]

    assert messages(program) == messages(staff) == messages(make_person("1234500")) == ["mine", "other"]
    assert messages(make_person("mathieu.bergeron", kind="teacher")) == ["mine"]


@pytest.mark.django_db
def test_a_student_named_like_a_teacher_may_not_act_as_one(api_of):
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


def teacher_of(body: dict) -> str:
    return body.get("teacherId") or body["courseId"].split("/")[0]
