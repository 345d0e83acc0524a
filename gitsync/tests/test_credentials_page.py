"""The page of the credentials of servers: staff adds, tests, replaces and revokes them, and sees no secret."""

import pytest

from gitsync.models import CourseKey, Credential
from kernel.sealing import unseal

pytestmark = pytest.mark.django_db
PAGE = "/repositories/credentials/"
SECRET = "glpat-s3cr3t-of-the-server"


@pytest.fixture
def course():
    return CourseKey.objects.create(teacher_id="ada", semester_id="H2027", course_id="StruDon")


def fields(**values):
    return {"add": "token", "host": "gitlab.school.example", "kind": "bearer", "token": SECRET} | values


def test_staff_adds_a_token_for_some_paths_and_courses(client_of, staff, course):
    client = client_of(staff)
    response = client.post(PAGE, fields(path_prefixes="sysprog", courses=[course.pk]), follow=True)
    row = Credential.objects.get()
    assert (row.scope, row.path_prefixes, list(row.courses.all())) == ("host", ["sysprog"], [course])
    assert unseal(row.sealed, bound_to=row.bound_to) == SECRET
    text = response.content.decode()
    assert "below sysprog" in text and "ada/H2027/StruDon" in text and SECRET not in text
    assert SECRET not in client.get(f"{PAGE}{row.pk}/").content.decode()


def test_an_error_names_its_field_without_the_token(client_of, staff):
    response = client_of(staff).post(PAGE, fields(courses=["999"], token=SECRET))
    assert response.status_code == 422 and list(response.context["token_form"].errors) == ["courses"]
    assert SECRET not in response.content.decode()


def test_it_is_tested_replaced_and_revoked(client_of, staff):
    client = client_of(staff)
    client.post(PAGE, fields())
    row = Credential.objects.get()
    assert "Being tested" in client.post(f"{PAGE}{row.pk}/test/", follow=True).content.decode()
    client.post(f"{PAGE}{row.pk}/", {"token": "glpat-new"})
    row.refresh_from_db()
    assert unseal(row.sealed, bound_to=row.bound_to) == "glpat-new"
    assert "was revoked" in client.post(f"{PAGE}{row.pk}/revoke/", follow=True).content.decode()
    assert client.get(f"{PAGE}{row.pk}/").status_code == 404


def test_a_key_is_made_where_ssh_is_switched_on(client_of, staff, settings):
    client, made = client_of(staff), {"add": "key", "host": "gitlab.school.example", "ssh_port": "2222"}
    assert client.post(PAGE, made).status_code == 200
    assert not Credential.objects.exists()
    settings.GIT_SCHEMES = frozenset({"https", "ssh"})
    text = client.post(PAGE, made, follow=True).content.decode()
    assert Credential.objects.get().public_key in text and "port 2222" in text


def test_it_is_for_staff_only(client_of, teacher):
    assert client_of(teacher).get(PAGE).status_code == 403
    assert client_of(teacher).post(PAGE, fields()).status_code == 403
    assert not Credential.objects.exists()
