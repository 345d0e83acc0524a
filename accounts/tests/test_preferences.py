"""Language, time zone, theme, profile, password, and signing out everywhere."""

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from accounts.models import AuditEvent

PASSWORD = "atelier-demo"


def language_of(answer) -> str:
    return answer.headers["Content-Language"]


def test_without_a_choice_the_language_of_the_browser_is_used(client, db):
    assert language_of(client.get("/sign-in/", headers={"Accept-Language": "en"})) == "en"
    assert language_of(client.get("/sign-in/", headers={"Accept-Language": "fr-CA"})) == "fr"


def test_the_chosen_language_is_stored_in_a_cookie_before_signing_in(client, db):
    answer = client.post(
        "/account/language/", {"language": "fr", "next": "/sign-in/"}, headers={"Accept-Language": "en"}
    )
    assert answer.url == "/sign-in/"
    assert language_of(client.get("/sign-in/", headers={"Accept-Language": "en"})) == "fr"


def test_the_language_of_the_person_comes_before_cookie_and_browser(client_of, alice):
    client = client_of(alice)
    client.cookies["django_language"] = "fr"
    assert language_of(client.get("/", headers={"Accept-Language": "fr"})) == "en"


def test_the_chosen_language_is_stored_on_the_person(client_of, alice):
    client_of(alice).post("/account/language/", {"language": "fr"})
    alice.refresh_from_db()
    assert alice.language == "fr"


def test_signing_in_stores_the_language_of_the_person_in_the_cookie(client, person):
    person("dora", language="fr")
    client.post("/sign-in/", {"username": "dora", "password": PASSWORD}, headers={"Accept-Language": "en"})
    client.post("/sign-out/")
    assert language_of(client.get("/sign-in/", headers={"Accept-Language": "en"})) == "fr"


def test_a_browser_with_another_language_gets_the_language_of_the_school(client, db, settings):
    settings.LANGUAGE_CODE = "fr"
    assert language_of(client.get("/sign-in/", headers={"Accept-Language": "de"})) == "fr"


@pytest.mark.parametrize("value", ["", "xx", "../en"])
def test_an_unknown_language_or_theme_is_refused(client, db, value):
    assert client.post("/account/language/", {"language": value}).status_code == 400
    assert client.post("/account/theme/", {"theme": value}).status_code == 400


@pytest.mark.parametrize("target", ["//evil.example/", "nowhere", "10:30", "farm-mine"])
def test_the_next_page_must_be_an_address_of_this_site(client, db, target):
    answer = client.post("/account/theme/", {"theme": "dark", "next": target})
    assert answer.url == "/"


def test_the_server_renders_the_theme(client, db):
    assert 'data-bs-theme="light"' in client.get("/sign-in/").content.decode()
    client.post("/account/theme/", {"theme": "dark"})
    page = client.get("/sign-in/").content.decode()
    assert 'data-bs-theme="dark"' in page
    client.cookies["theme"] = '"><script>'
    assert 'data-choice="auto"' in client.get("/sign-in/").content.decode()


def test_the_language_form_needs_a_csrf_token(alice):
    client = Client(enforce_csrf_checks=True)
    assert client.post("/account/language/", {"language": "fr"}).status_code == 403


def test_times_are_in_the_person_s_time_zone_and_the_next_request_is_not_affected(client_of, alice, bob):
    alice.zone = "Asia/Tokyo"
    alice.save()
    assert "Asia/Tokyo" in client_of(alice).get("/").content.decode()
    assert "Europe/Paris" in client_of(bob).get("/").content.decode()
    assert timezone.get_current_timezone_name() == "Europe/Paris"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "Europe", "../etc/passwd", "\N{SNOWMAN}"])
def test_with_a_zone_that_the_server_does_not_know_times_are_the_school_s_and_the_settings_say_so(
    client_of, alice, zone
):
    alice.zone = zone
    alice.save()
    client = client_of(alice)
    for path in ("/", "/farm/", "/courses/"):
        response = client.get(path)
        assert response.status_code == 200, path
    assert "Europe/Paris" in client.get("/farm/").content.decode()
    page = client.get("/account/").content.decode()
    assert f"does not know the time zone “{zone}”" in page
    values = {"first_name": "A", "last_name": "M", "email": "a@school.example", "language": "en", "zone": ""}
    client.post("/account/", values)
    assert "does not know the time zone" not in client.get("/account/").content.decode()


def test_a_zone_outside_the_list_stays_a_choice(client_of, alice):
    alice.zone = "Etc/GMT+3"
    alice.save()
    values = {"first_name": "A", "last_name": "M", "email": "", "language": "en", "zone": "Etc/GMT+3"}
    assert client_of(alice).post("/account/", values).status_code == 302
    alice.refresh_from_db()
    assert alice.zone == "Etc/GMT+3"


def test_the_profile_is_saved_and_confirmed(client_of, alice):
    client = client_of(alice)
    values = {"first_name": "Alix", "last_name": "M", "email": "a@school.example", "language": "en", "zone": "UTC"}
    page = client.post("/account/", values, follow=True).content.decode()
    assert "Preferences saved." in page
    alice.refresh_from_db()
    assert (alice.first_name, alice.email, alice.zone) == ("Alix", "alice@school.example", "UTC")
    assert "A mail was sent to a@school.example" in page  # test_address_check.py has the rest


def test_an_invalid_profile_keeps_the_inputs_and_changes_nothing(client_of, alice):
    page = (
        client_of(alice).post("/account/", {"first_name": "Zed", "email": "not one", "language": "xx"}).content.decode()
    )
    assert 'value="not one"' in page
    assert 'aria-invalid="true"' in page
    assert "Alice Martin" in page  # the top bar still shows the saved name
    alice.refresh_from_db()
    assert alice.first_name == "Alice"


def test_the_profile_form_changes_no_role(client_of, alice):
    client_of(alice).post("/account/", {"is_staff": "on", "kind": "teacher", "username": "root", "language": "en"})
    alice.refresh_from_db()
    assert (alice.is_staff, alice.kind, alice.username) == (False, "student", "alice")


def change_password(client, old=PASSWORD, new="a long and new one"):
    return client.post("/account/password/", {"old_password": old, "new_password1": new, "new_password2": new})


def test_a_new_password_ends_other_sessions_and_tokens_and_keeps_this_session(client_of, api, alice):
    here, elsewhere = client_of(alice), client_of(alice)
    api.post("/api/v1/token/", {"username": "alice", "password": PASSWORD})
    assert change_password(here).status_code == 302
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302
    assert not OutstandingToken.objects.filter(user=alice, blacklistedtoken=None).exists()
    assert AuditEvent.objects.get(verb="accounts.password").actor == alice


def test_a_new_password_needs_the_old_one_and_must_not_be_weak(client_of, alice):
    client = client_of(alice)
    assert change_password(client, old="wrong").status_code == 200
    assert change_password(client, new="password").status_code == 200
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)
    assert not AuditEvent.objects.exists()


def test_signing_out_everywhere_ends_every_other_session_and_every_token(client_of, api, alice, bob):
    here, elsewhere, other = client_of(alice), client_of(alice), client_of(bob)
    api.post("/api/v1/token/", {"username": "alice", "password": PASSWORD})
    assert here.post("/account/sign-out-everywhere/").url == "/account/"
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302
    assert other.get("/").status_code == 200
    assert not OutstandingToken.objects.filter(user=alice, blacklistedtoken=None).exists()
    assert AuditEvent.objects.filter(verb="accounts.sign_out_everywhere", actor=alice).count() == 1


@pytest.mark.parametrize("language", ["de", "pt-br", "zh-hans", "EN"])
def test_a_language_that_is_not_offered_is_refused_and_not_stored(client_of, alice, language):
    before = alice.language
    assert client_of(alice).post("/account/language/", {"language": language}).status_code == 400
    alice.refresh_from_db()
    assert alice.language == before


@pytest.mark.parametrize("name", ["\u200b", "Al\u202eice", "\u3164", "Al\x07ice", "Al\u2066ice"])
def test_a_name_with_a_character_that_nobody_sees_is_refused_at_its_field(client_of, staff, alice, name):
    values = {"first_name": name, "last_name": "M", "email": "a@school.example", "language": "en", "zone": "UTC"}
    page = client_of(alice).post("/account/", values).content.decode()
    assert 'id="id_first_name_error"' in page
    alice.refresh_from_db()
    assert alice.first_name == "Alice"
    address = f"/admin/accounts/user/{alice.pk}/change/"
    refused = client_of(staff).post(address, {**values, "username": "alice", "kind": "student", "is_active": "on"})
    assert refused.status_code == 200 and refused.context["adminform"].form.errors["first_name"]


@pytest.mark.database
def test_an_old_name_may_stay_and_a_new_one_with_such_a_character_may_not(client_of, alice):
    values = {"first_name": "Ali", "last_name": "M\u200b", "email": "a@school.example", "language": "en", "zone": ""}
    alice.last_name = "M"
    alice.save()
    assert client_of(alice).post("/account/", values).status_code == 200
    alice.last_name = "M\u200b"
    alice.save()
    assert client_of(alice).post("/account/", values).status_code == 302
    alice.refresh_from_db()
    assert alice.first_name == "Ali"


def test_a_name_is_kept_in_its_one_form(client_of, alice):
    values = {"first_name": " E\u0301lodie  Marie ", "last_name": "علی\u200cرضا", "language": "", "zone": ""}
    client_of(alice).post("/account/", values)
    alice.refresh_from_db()
    assert (alice.first_name, alice.last_name) == ("Élodie Marie", "علی\u200cرضا")
