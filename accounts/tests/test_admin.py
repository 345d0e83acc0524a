"""The admin: roles leave a trail, the trail cannot be written, and nobody lifts themselves up."""

import pytest
from django.contrib.auth.models import Permission

from accounts.models import AuditEvent, User

NEW = {"username": "Nadia.Benali", "kind": "teacher", "usable_password": "true"}
WITH_PASSWORD = {"password1": "a long and new one", "password2": "a long and new one"}


def form_of(user, **changed):
    names = ("username", "kind", "first_name", "last_name", "email", "language", "zone")
    values = {name: getattr(user, name) for name in names}
    flags = {name: "on" for name in ("is_active", "is_staff", "is_superuser") if getattr(user, name)}
    return {**values, **flags, **changed}


def test_a_teacher_is_made_with_a_user_name_in_lower_case(client_of, staff):
    assert client_of(staff).post("/admin/accounts/user/add/", NEW | WITH_PASSWORD).status_code == 302
    made = User.objects.get(username="nadia.benali")
    assert made.is_teacher
    assert AuditEvent.objects.get(verb="accounts.role", subject=f"user:{made.pk}").after["kind"] == "teacher"


def test_two_teachers_do_not_share_a_name_in_another_case(client_of, staff, person):
    person("nadia.benali", kind="teacher")
    page = client_of(staff).post("/admin/accounts/user/add/", NEW | WITH_PASSWORD)
    assert page.status_code == 200
    assert "Somebody has this user name already." in page.content.decode()


def test_a_change_of_role_is_written_down_and_another_change_is_not(client_of, staff, alice):
    client, address = client_of(staff), f"/admin/accounts/user/{alice.pk}/change/"
    assert client.post(address, form_of(alice, first_name="Alix")).status_code == 302
    assert not AuditEvent.objects.exists()
    assert client.post(address, form_of(alice, is_staff="on")).status_code == 302
    event = AuditEvent.objects.get()
    assert (event.actor, event.verb, event.after) == (staff, "accounts.role", {"is_staff": True})
    assert event.before["is_staff"] is False


def test_who_may_edit_people_cannot_make_themselves_a_superuser(client_of, person):
    clerk = person("clerk", is_staff=True)
    clerk.user_permissions.add(*Permission.objects.filter(content_type__app_label="accounts"))
    client_of(clerk).post(f"/admin/accounts/user/{clerk.pk}/change/", form_of(clerk, is_superuser="on", kind="teacher"))
    clerk.refresh_from_db()
    assert (clerk.is_superuser, clerk.kind) == (False, "student")


def test_a_password_set_by_staff_is_written_down(client_of, staff, alice):
    address = f"/admin/accounts/user/{alice.pk}/password/"
    client_of(staff).post(address, WITH_PASSWORD | {"usable_password": "true"})
    alice.refresh_from_db()
    assert alice.check_password("a long and new one")
    assert AuditEvent.objects.get(verb="accounts.password").actor == staff


def test_staff_end_somebody_s_sessions_and_their_name_is_on_it(client_of, staff, alice):
    hers = client_of(alice)
    action = {"action": "end_sessions", "_selected_action": [alice.pk]}
    client_of(staff).post("/admin/accounts/user/", action)
    assert hers.get("/").status_code == 302
    assert AuditEvent.objects.get(verb="accounts.sign_out_everywhere").actor == staff


@pytest.mark.database
def test_the_trail_is_read_and_never_written(client_of, staff):
    event = AuditEvent.objects.create(actor=staff, actor_name="staff", verb="farm.book", subject="reservation:1")
    client, address = client_of(staff), f"/admin/accounts/auditevent/{event.pk}/"
    assert client.get("/admin/accounts/auditevent/").status_code == 200
    assert client.get(f"{address}change/").status_code == 200
    assert client.post(f"{address}change/", {"verb": "farm.nothing"}).status_code == 403
    assert client.post(f"{address}delete/", {"post": "yes"}).status_code == 403
    assert client.get("/admin/accounts/auditevent/add/").status_code == 403
    event.refresh_from_db()
    assert event.verb == "farm.book"


@pytest.mark.parametrize("path", ["auth/group/", "token_blacklist/outstandingtoken/"])
def test_keys_and_unused_groups_are_not_shown(client_of, staff, path):
    assert client_of(staff).get(f"/admin/{path}").status_code == 404


def test_the_admin_is_for_staff(client_of, alice, teacher):
    for user in (alice, teacher):
        assert client_of(user).get("/admin/accounts/user/").status_code in (302, 403)
