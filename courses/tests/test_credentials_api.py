"""The API of the credentials of a course takes secrets and never gives one back."""

import pytest

from courses.git.git_module import wire_ids
from gitsync.domain import credentials
from gitsync.models import Credential
from kernel.sealing import unseal

pytestmark = pytest.mark.django_db
SECRET = "glpat-s3cr3t-of-the-api"


@pytest.fixture
def address(school):
    return f"/api/v1/courses/{school.course.pk}/credentials/"


def test_a_teacher_adds_lists_tests_replaces_and_revokes_a_token(school, address, api_of):
    api = api_of(school.course.teacher)
    sent = {"kind": "bearer", "host": "gitlab.school.example", "token": SECRET, "path_prefixes": ["sysprog"]}
    made = api.post(address, sent, format="json")
    assert made.status_code == 201 and made.json()["path_prefixes"] == ["sysprog"]
    row = Credential.objects.get()
    assert unseal(row.sealed, bound_to=row.bound_to) == SECRET
    listed = api.get(address)
    assert [one["id"] for one in listed.json()] == [row.pk]
    one = f"{address}{row.pk}/"
    assert api.post(f"{one}test/").status_code == 202
    assert Credential.objects.get().is_being_tested()
    answers = [made, listed, api.get(one), api.put(one, {"token": f"{SECRET}-2"}, format="json")]
    assert [answer.status_code for answer in answers] == [201, 200, 200, 200]
    assert not any(SECRET in answer.content.decode() or "sealed" in answer.json() for answer in answers)
    assert api.delete(one).status_code == 204
    assert api.get(one).status_code == 404 and api.get(address).json() == []


@pytest.mark.parametrize(
    ("changes", "field"), [({"token": ""}, "token"), ({"token": "a b"}, "token"), ({"host": "localhost"}, "host")]
)
def test_a_refusal_names_the_field_and_not_the_token(school, address, api_of, changes, field):
    sent = {"kind": "basic", "host": "gitlab.school.example", "token": SECRET} | changes
    answer = api_of(school.course.teacher).post(address, sent, format="json")
    assert answer.status_code == 400 and field in answer.content.decode()
    assert SECRET not in answer.content.decode() and not Credential.objects.exists()


def test_a_key_is_refused_while_ssh_is_switched_off(school, address, api_of, settings):
    api, sent = api_of(school.course.teacher), {"kind": "ssh", "host": "gitlab.school.example"}
    assert api.post(address, sent, format="json").status_code == 409
    settings.GIT_SCHEMES = frozenset({"https", "ssh"})
    made = api.post(address, sent, format="json")
    assert made.status_code == 201 and made.json()["public_key"].startswith("ssh-ed25519 ")


def test_students_and_other_teachers_get_nothing(school, address, api_of, person):
    row = credentials.save_token(None, wire_ids(school.course), host="gitlab.school.example", token=SECRET)
    for caller in (school.alice.person, person("other", kind="teacher")):
        api = api_of(caller)
        assert api.get(address).status_code in (403, 404)
        assert api.delete(f"{address}{row.pk}/").status_code in (403, 404)
    row.refresh_from_db()
    assert row.revoked_at is None
