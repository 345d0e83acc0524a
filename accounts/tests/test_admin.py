"""The admin: changes of roles are recorded, the audit log is read-only, and nobody gives themselves a role."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.audit import record
from accounts.domain import address_check, one_time_codes, password_reset
from accounts.domain.invitations import invite
from accounts.models import AuditEvent, User
from mail.models import Mail

NEW_PASSWORD = {"password1": "a long and new one", "password2": "a long and new one"}


def form_data(user, **changed):
    names = ("username", "kind", "first_name", "last_name", "email", "language", "zone")
    values = {name: getattr(user, name) for name in names}
    flags = {name: "on" for name in ("is_active", "is_staff", "is_superuser") if getattr(user, name)}
    return {**values, **flags, **changed}


def test_a_changed_role_is_recorded_and_a_changed_name_is_not(client_of, staff, alice):
    client, address = client_of(staff), f"/admin/accounts/user/{alice.pk}/change/"
    assert client.post(address, form_data(alice, first_name="Alix")).status_code == 302
    assert not AuditEvent.objects.exists()
    assert client.post(address, form_data(alice, is_staff="on")).status_code == 302
    event = AuditEvent.objects.get()
    assert (event.actor, event.verb, event.after) == (staff, "accounts.role", {"is_staff": True})
    assert event.before["is_staff"] is False


def test_an_address_that_staff_correct_ends_the_links_that_went_to_the_wrong_one(client_of, staff, alice, person):
    """Whoever reads the wrong mailbox must not open the account later."""
    ama = person("ama")
    ama.email = "wrong@school.example"
    ama.set_unusable_password()
    ama.save()
    invite(staff, ama)
    password_reset.send_to(alice)
    address_check.start(alice, "other@school.example")
    paths = list(Mail.objects.values_list("path", flat=True))
    assert [Client().get(path).status_code for path in paths] == [200, 200, 200]
    for owner in (ama, alice):
        address = f"/admin/accounts/user/{owner.pk}/change/"
        assert client_of(staff).post(address, form_data(owner, first_name="Same")).status_code == 302
    assert [Client().get(path).status_code for path in paths] == [200, 200, 200]  # another name ends nothing
    for owner in (ama, alice):
        address = f"/admin/accounts/user/{owner.pk}/change/"
        assert client_of(staff).post(address, form_data(owner, email=f"right-{owner.pk}@school.example")).status_code
    assert [Client().get(path).status_code for path in paths] == [410, 410, 410]
    assert not Mail.objects.exclude(path="").exists()
    event = AuditEvent.objects.get(verb="accounts.change_address", subject=f"user:{ama.pk}")
    assert (event.actor, event.before) == (staff, {"address": "wrong@school.example"})
    assert event.after == {"address": f"right-{ama.pk}@school.example"}


def test_a_printed_code_stays_when_staff_add_an_address(client_of, staff, alice):
    [code] = one_time_codes.issue(staff, [alice])
    client_of(staff).post(f"/admin/accounts/user/{alice.pk}/change/", form_data(alice, email="new@school.example"))
    assert one_time_codes.find("alice", code.code) == code.link


def test_links_and_codes_from_before_end_when_a_person_gets_more_rights(client_of, staff, clerk, alice):
    """Whoever printed a code for a student must not sign in as staff with it."""
    [code] = one_time_codes.issue(clerk, [alice])
    client_of(staff).post(f"/admin/accounts/user/{alice.pk}/change/", form_data(alice, is_staff="on"))
    alice.refresh_from_db()
    assert alice.is_staff and one_time_codes.find("alice", code.code) is None


def test_staff_without_superuser_rights_cannot_change_their_own_role(client_of, person):
    clerk = person("clerk", is_staff=True)
    clerk.user_permissions.add(*Permission.objects.filter(content_type__app_label="accounts"))
    client_of(clerk).post(
        f"/admin/accounts/user/{clerk.pk}/change/", form_data(clerk, is_superuser="on", kind="teacher")
    )
    clerk.refresh_from_db()
    assert (clerk.is_superuser, clerk.kind) == (False, "student")


@pytest.fixture
def clerk(person):
    """Staff with every right on people, who is no superuser."""
    clerk = person("clerk", is_staff=True)
    clerk.user_permissions.add(*Permission.objects.filter(content_type__app_label="accounts"))
    return clerk


@pytest.mark.parametrize("name", ["staff", "program", "clerk2"])
def test_only_superusers_change_staff_and_programs(client_of, clerk, person, staff, program, name):
    person("clerk2", is_staff=True)
    account, client = User.objects.get(username=name), client_of(clerk)
    address, before = f"/admin/accounts/user/{account.pk}/", User.objects.filter(username=name).values()[0]
    assert client.post(f"{address}password/", NEW_PASSWORD | {"usable_password": "true"}).status_code == 403
    assert client.post(f"{address}change/", form_data(account, is_active="")).status_code == 403
    assert client.post(f"{address}delete/", {"post": "yes"}).status_code == 403
    client.post("/admin/accounts/user/", {"action": "delete_selected", "_selected_action": [account.pk], "post": "yes"})
    client.post("/admin/accounts/user/", {"action": "end_sessions", "_selected_action": [account.pk]})
    assert User.objects.filter(username=name).values()[0] == before


def test_whoever_edits_people_changes_students_teachers_and_their_own_account(client_of, clerk, alice, teacher):
    client = client_of(clerk)
    for account in (alice, teacher, clerk):
        address = f"/admin/accounts/user/{account.pk}/"
        assert client.post(f"{address}change/", form_data(account, first_name="Alix")).status_code == 302
    client.post("/admin/accounts/user/", {"action": "end_sessions", "_selected_action": [alice.pk, teacher.pk]})
    assert set(User.objects.values_list("first_name", "session_round")) == {("Alix", 1), ("Alix", 0)}


def test_a_password_set_by_staff_is_recorded(client_of, staff, alice):
    address = f"/admin/accounts/user/{alice.pk}/password/"
    client_of(staff).post(address, NEW_PASSWORD | {"usable_password": "true"})
    alice.refresh_from_db()
    assert alice.check_password("a long and new one")
    assert AuditEvent.objects.get(verb="accounts.password").actor == staff


def test_staff_end_the_sessions_of_a_person_and_are_recorded_as_the_actor(client_of, staff, alice):
    alices_browser = client_of(alice)
    action = {"action": "end_sessions", "_selected_action": [alice.pk]}
    client_of(staff).post("/admin/accounts/user/", action)
    assert alices_browser.get("/").status_code == 302
    assert AuditEvent.objects.get(verb="accounts.sign_out_everywhere").actor == staff


@pytest.mark.database
def test_the_audit_log_is_read_only(client_of, staff):
    event = AuditEvent.objects.create(actor=staff, actor_name="staff", verb="farm.book", subject="reservation:1")
    client, address = client_of(staff), f"/admin/accounts/auditevent/{event.pk}/"
    assert client.get("/admin/accounts/auditevent/").status_code == 200
    assert client.get(f"{address}change/").status_code == 200
    assert client.post(f"{address}change/", {"verb": "farm.nothing"}).status_code == 403
    assert client.post(f"{address}delete/", {"post": "yes"}).status_code == 403
    assert client.get("/admin/accounts/auditevent/add/").status_code == 403
    event.refresh_from_db()
    assert event.verb == "farm.book"


def test_the_list_of_the_audit_log_names_its_objects_like_the_page_of_the_log(client_of, staff, person, assert_flat):
    client, address = client_of(staff), "/admin/accounts/auditevent/"

    def make():
        for number in range(20):
            record(staff, "accounts.role", f"user:{person(f'ines{number}', first_name='Inès').pk}")

    record(staff, "accounts.role", f"user:{staff.pk}")
    assert_flat(lambda: client.get(address), make, limit=18)
    text = client.get(address).content.decode()
    assert "Person: Inès" in text and ">user:" not in text
    text = client.get(f"{address}{AuditEvent.objects.first().pk}/change/").content.decode()
    assert "Person: Inès" in text and ">Role changed<" in text
    record(staff, "mail.send_failed_again", "mail:failed", after={"mails": 2})
    assert ">Mail<" in client.get(address).content.decode()


def test_the_list_of_people_has_the_words_of_the_form(client_of, staff):
    text = client_of(staff).get("/admin/accounts/user/").content.decode()
    assert "more user options" not in client_of(staff).get("/admin/accounts/user/add/").content.decode()
    assert text.count("Account open") >= 2 and "Staff status" not in text and "By active" not in text


@pytest.mark.parametrize("path", ["auth/group/", "token_blacklist/outstandingtoken/"])
def test_tokens_and_groups_are_not_shown(client_of, staff, path):
    assert client_of(staff).get(f"/admin/{path}").status_code == 404


def test_a_password_is_changed_at_one_address(client_of, staff):
    word = {
        "old_password": "atelier-demo",
        "new_password1": "a long and new one",
        "new_password2": "a long and new one",
    }
    answer = client_of(staff).post("/admin/password_change/", word)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/password/")
    staff.refresh_from_db()
    assert staff.check_password("atelier-demo")


def test_the_admin_is_only_for_staff(client_of, alice, teacher):
    for user in (alice, teacher):
        assert client_of(user).get("/admin/accounts/user/").status_code in (302, 403)


def test_an_account_is_not_closed_in_the_administration_but_on_its_own_page(client_of, staff, alice):
    address = f"/admin/accounts/user/{alice.pk}/change/"
    client_of(staff).post(address, form_data(alice, first_name="Alix", is_active=""))
    alice.refresh_from_db()
    assert (alice.first_name, alice.is_active) == ("Alix", True)
    assert alice.get_absolute_url() == f"/people/{alice.pk}/"
    assert "View on site" in client_of(staff).get(address).content.decode()


def test_codes_are_printed_for_the_selected_people(client_of, staff, alice, bob):
    action = {"action": "print_codes", "_selected_action": [alice.pk, bob.pk]}
    answer = client_of(staff).post("/admin/accounts/user/", action)
    assert answer.url == "/people/codes/?names=alice%2Cbob"
    assert "alice\nbob" in client_of(staff).get(answer.url).content.decode()


def test_the_audit_log_of_the_administration_names_actions_in_words(client_of, staff):
    record(staff, "accounts.role", f"user:{staff.pk}")
    text = client_of(staff).get("/admin/accounts/auditevent/?verb=accounts.role").content.decode()
    assert text.count("Role changed") >= 2
    assert "accounts.role</" not in text
