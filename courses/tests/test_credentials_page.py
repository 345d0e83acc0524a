"""The pages of the credentials of a course: its teachers add, test, replace and revoke them, and see no secret."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEvent
from courses.git.git_module import wire_ids
from courses.tests.repository_rows import copy_of, give_and_read, store
from gitsync.domain import credentials
from gitsync.models import Credential
from kernel.sealing import unseal

pytestmark = pytest.mark.django_db
SECRET = "glpat-s3cr3t-of-the-course"


@pytest.fixture
def page(school):
    return f"/courses/{school.course.pk}/credentials/"


def token_of(school, **values):
    given = {"host": "gitlab.school.example", "token": SECRET} | values
    return credentials.save_token(school.course.teacher, wire_ids(school.course), **given)


def fields(**values):
    return {"add": "token", "host": "gitlab.school.example", "kind": "basic", "token": SECRET} | values


def test_a_teacher_adds_a_token_that_is_never_shown_again(school, page, client_of):
    client = client_of(school.course.teacher)
    response = client.post(page, fields(path_prefixes="sysprog-2026/\n/other", user_name="atelier"), follow=True)
    row = Credential.objects.get()
    assert (row.scope, row.kind, row.host, row.user_name) == ("course", "basic", "gitlab.school.example", "atelier")
    assert row.path_prefixes == ["sysprog-2026", "other"] and str(row.course) == str(wire_key(school))
    assert unseal(row.sealed, bound_to=row.bound_to) == SECRET
    text = response.content.decode()
    assert "The token is saved." in text and "below sysprog-2026" in text and SECRET not in text
    assert response["Cache-Control"] == "no-store"
    for path in (page, f"{page}{row.pk}/", f"{page}_list/"):
        assert SECRET not in client.get(path).content.decode()
    assert SECRET not in str(list(AuditEvent.objects.values()))


def wire_key(school):
    ids = wire_ids(school.course)
    return f"{ids.teacher_id}/{ids.semester_id}/{ids.course_id}"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"host": ""}, "host"),
        ({"host": "localhost"}, "host"),
        ({"host": "gitlab.school.example/team"}, "host"),
        ({"path_prefixes": "../x"}, "path_prefixes"),
        ({"token": "two words"}, "token"),
        ({"user_name": "a:b"}, "user_name"),
        ({"expires_on": "2020-01-01"}, "expires_on"),
        ({"kind": "odd"}, "kind"),
    ],
)
def test_an_error_names_its_field_and_does_not_bring_the_token_back(school, page, client_of, changes, field):
    response = client_of(school.course.teacher).post(page, fields(**changes))
    assert response.status_code == 422 and list(response.context["token_form"].errors) == [field]
    text = response.content.decode()
    assert SECRET not in text and "two words" not in text
    assert not Credential.objects.exists()


def test_all_fields_of_the_forms_are_off_for_the_memory_of_browsers(school, page, client_of, settings):
    settings.GIT_SCHEMES = frozenset({"https", "ssh"})
    response = client_of(school.course.teacher).get(page)
    for form in (response.context["token_form"], response.context["key_form"]):
        for field in form:
            assert field.field.widget.attrs.get("autocomplete") == "off" or field.name == "kind", field.name


def test_a_deploy_key_shows_its_public_half_and_can_be_made_anew(school, page, client_of, settings):
    client = client_of(school.course.teacher)
    assert "Make a deploy key" not in client.get(page).content.decode()
    settings.GIT_SCHEMES = frozenset({"https", "ssh"})
    made = {"add": "key", "host": "gitlab.school.example", "user_name": "git", "ssh_port": "22"}
    text = client.post(page, made, follow=True).content.decode()
    row = Credential.objects.get()
    assert row.public_key.startswith("ssh-ed25519 ") and row.public_key in text and "PRIVATE KEY" not in text
    client.post(f"{page}{row.pk}/", {})
    assert Credential.objects.get().public_key != row.public_key


def test_a_token_is_tested_replaced_and_revoked(school, page, client_of):
    client, row = client_of(school.course.teacher), token_of(school)
    text = client.post(f"{page}{row.pk}/test/", follow=True).content.decode()
    assert "Being tested" in text and f"{page}_list/" in text
    now = timezone.now()
    values = {"tested_at": now, "last_error": "credential_refused", "last_error_at": now}
    Credential.objects.update(**values)
    text = client.get(page).content.decode()
    assert "Failed last time" in text and "The server refuses the token" in text and f"{page}_list/" not in text

    assert client.post(f"{page}{row.pk}/", {"token": "", "expires_on": ""}).status_code == 422
    client.post(f"{page}{row.pk}/", {"token": "glpat-new", "expires_on": ""})
    row.refresh_from_db()
    assert unseal(row.sealed, bound_to=row.bound_to) == "glpat-new"

    client.post(f"{page}{row.pk}/revoke/")
    row.refresh_from_db()
    assert row.sealed == "" and row.revoked_at
    assert client.get(f"{page}{row.pk}/").status_code == 404
    assert "No credential yet" in client.get(page).content.decode()


def test_the_credential_of_another_course_is_not_found(school, page, client_of):
    other = credentials.save_token(None, None, host="gitlab.school.example", token=SECRET)
    for path in ("", "test/", "revoke/"):
        assert client_of(school.course.teacher).post(f"{page}{other.pk}/{path}").status_code == 404
    other.refresh_from_db()
    assert other.revoked_at is None


def test_the_table_of_repositories_names_the_credential(school, client_of):
    give_and_read(school.alice, school.bob)
    client, path = client_of(school.course.teacher), f"/courses/{school.course.pk}/repositories/"
    client.get(path)
    before = count_queries(client, path)
    store("bob", read_with=token_of(school))
    assert copy_of("bob").read_with
    assert "token of the course" in client.get(path).content.decode()
    assert count_queries(client, path) == before


def count_queries(client, path):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


def test_many_credentials_take_no_more_queries(school, page, client_of):
    client = client_of(school.course.teacher)
    token_of(school)
    client.get(page)
    before = count_queries(client, page)
    for number in range(5):
        token_of(school, host=f"git{number}.school.example")
    assert count_queries(client, page) == before


def test_nothing_is_kept_here_where_the_git_module_is_elsewhere(school, page, client_of, settings):
    settings.GIT_MODULE_URL = "https://git.school.example"
    assert client_of(school.course.teacher).get(page).status_code == 404


def test_an_unknown_ssh_server_shows_its_fingerprint_to_accept(school, page, client_of, settings):
    settings.GIT_SCHEMES = frozenset({"https", "ssh"})
    key = credentials.make_deploy_key(school.course.teacher, wire_ids(school.course), host="gitlab.school.example")
    now = timezone.now()
    values = {"last_error": "host_key_unknown", "last_error_detail": "SHA256:abc", "last_error_at": now}
    Credential.objects.update(**values, tested_at=now)
    client = client_of(school.course.teacher)
    text = client.get(f"{page}{key.pk}/").content.decode()
    assert f'action="{page}{key.pk}/accept/"' in text and 'value="SHA256:abc"' in text
    answer = client.post(f"{page}{key.pk}/accept/", {"fingerprint": "SHA256:abc"}, follow=True)
    assert "The SSH server did not show its key" in answer.content.decode()  # nothing answers there
