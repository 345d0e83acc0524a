"""The form of a new person in the administration: the account, its invitation, and who may make staff."""

import pytest
from django.contrib.auth.models import Permission

from accounts.models import AuditEvent, User
from mail.models import Mail

NEW_TEACHER = {"username": "Nadia.Benali", "kind": "teacher", "usable_password": "true"}
NEW_PASSWORD = {"password1": "a long and new one", "password2": "a long and new one"}


def test_a_new_teacher_gets_a_user_name_in_lower_case(client_of, staff):
    assert client_of(staff).post("/admin/accounts/user/add/", NEW_TEACHER | NEW_PASSWORD).status_code == 302
    nadia = User.objects.get(username="nadia.benali")
    assert nadia.is_teacher
    assert AuditEvent.objects.get(verb="accounts.add", subject=f"user:{nadia.pk}").after["kind"] == "teacher"


def test_a_new_person_is_invited_at_once_and_chooses_the_password(client_of, staff):
    form = client_of(staff).get("/admin/accounts/user/add/?kind=teacher").context["adminform"].form
    assert form["usable_password"].value() == "false" and form["invite"].value() is True
    data = NEW_TEACHER | {"usable_password": "false", "email": "nadia@school.example", "invite": "on", "is_staff": "on"}
    page = client_of(staff).post("/admin/accounts/user/add/", data, follow=True)
    nadia = User.objects.get(username="nadia.benali")
    assert page.redirect_chain[-1][0] == f"/people/{nadia.pk}/"
    assert nadia.is_staff and not nadia.has_usable_password()
    assert Mail.objects.get().address == "nadia@school.example"
    assert "The invitation to nadia@school.example will be sent now." in page.content.decode()


@pytest.mark.parametrize(
    "changed",
    [{"email": ""}, {"email": "nadia@school.example", "invite": ""}, {"email": "nadia@school.example"} | NEW_PASSWORD],
)
def test_nobody_is_invited_without_an_address_the_tick_or_need(client_of, staff, changed):
    usable = "true" if "password1" in changed else "false"
    data = NEW_TEACHER | {"invite": "on", "usable_password": usable} | changed
    page = client_of(staff).post("/admin/accounts/user/add/", data, follow=True)
    nadia = User.objects.get(username="nadia.benali")
    assert page.redirect_chain[-1][0] == f"/people/{nadia.pk}/"
    assert not Mail.objects.exists()


def test_a_service_account_is_made_but_not_invited(client_of, staff):
    data = {"username": "printer", "kind": "service", "usable_password": "false", "email": "p@school.example"}
    page = client_of(staff).post("/admin/accounts/user/add/", data | {"invite": "on"}, follow=True)
    assert "printer has no account to sign in to." in page.content.decode()
    assert User.objects.get(username="printer").is_service and not Mail.objects.exists()


def test_who_is_no_superuser_makes_nobody_staff(client_of, clerk):
    clerk.user_permissions.add(Permission.objects.get(codename="add_user"))
    data = NEW_TEACHER | {"usable_password": "false", "is_staff": "on"}
    client_of(clerk).post("/admin/accounts/user/add/", data)
    assert not User.objects.exclude(pk=clerk.pk).get().is_staff


def test_a_teacher_s_user_name_that_differs_only_in_case_is_refused(client_of, staff, person):
    person("nadia.benali", kind="teacher")
    page = client_of(staff).post("/admin/accounts/user/add/", NEW_TEACHER | NEW_PASSWORD)
    assert page.status_code == 200
    assert "Somebody has this user name already." in page.content.decode()


@pytest.mark.parametrize("has_server", [False, True])
def test_the_page_of_an_invited_person_leads_to_the_mail_when_none_leaves(client_of, staff, settings, has_server):
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if has_server else 'console'}.EmailBackend"
    data = NEW_TEACHER | {"usable_password": "false", "email": "nadia@school.example", "invite": "on"}
    page = client_of(staff).post("/admin/accounts/user/add/", data, follow=True).content.decode()
    assert ("Open the mail with the link" in page) != has_server


def test_the_page_of_a_person_without_an_address_says_what_opens_the_account(client_of, staff, person):
    sentence = "Without an e-mail address, only a printed code opens the account."
    newcomer = person("newcomer")
    newcomer.email = ""
    newcomer.set_unusable_password()
    newcomer.save()
    client, address = client_of(staff), f"/people/{newcomer.pk}/"
    assert sentence in client.get(address).content.decode()
    User.objects.filter(pk=newcomer.pk).update(email="n@school.example")
    assert sentence not in client.get(address).content.decode()
