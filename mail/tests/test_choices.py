"""The page of the choices of notices, and stopping mails by the address in them."""

from datetime import time

import pytest
from django.test import Client

from mail import choices, kinds
from mail.kinds import Kind
from mail.models import Notice, NoticeChoice
from mail.notices import notify
from mail.stopping import DIGEST, stop_address

pytestmark = pytest.mark.django_db
PAGE = "/account/notices/"
HTMX = {"HX-Request": "true"}


def test_the_page_shows_the_kinds_for_this_person_with_their_choices(client_of, alice, staff):
    choices.choose(alice.pk, {"test.at_once": "never"})
    page = client_of(alice).get(PAGE).content.decode()
    assert "Something happened" in page and "For staff" not in page
    assert "For staff" in client_of(staff).get(PAGE).content.decode()
    assert "always at once" in page and 'name="test.link"' not in page
    chosen = {
        row.name: row.choice
        for section in client_of(alice).get(PAGE).context["notice_sections"]
        for row in section.rows
    }
    assert chosen == {"test.at_once": "never", "test.daily": "daily", "test.never": "never", "test.link": "at-once"}


def test_a_choice_is_saved_by_a_script_and_by_the_button(client_of, alice):
    client = client_of(alice)
    answer = client.post(PAGE, {"test.at_once": "daily", "digest_hour": "07:30"}, headers=HTMX)
    assert answer.status_code == 200 and "Saved" in answer.content.decode() and "<html" not in answer.content.decode()
    assert choices.choices_of(alice)["test.at_once"] == "daily"
    answer = client.post(PAGE, {"test.at_once": "never", "digest_hour": "18:30", "next": "/account/"})
    assert answer["Location"] == "/account/"
    assert (choices.choices_of(alice)["test.at_once"], choices.digest_hour(alice)) == ("never", time(18, 30))
    assert client.post(PAGE, {"next": "https://evil.example/"})["Location"] == PAGE


def test_only_what_differs_is_saved(client_of, alice):
    client_of(alice).post(PAGE, {"test.at_once": "at-once", "test.daily": "never"})
    assert list(NoticeChoice.objects.values_list("kind", "choice")) == [("test.daily", "never")]


def test_a_notice_about_the_next_minutes_is_not_offered_for_the_daily_mail(client_of, alice):
    kinds.register(Kind("test.soon", "It starts", "bookings", default="never", has_daily=False))
    page = client_of(alice).get(PAGE).content.decode()
    assert page.count('name="test.soon"') == 2 and page.count('name="test.daily"') == 3
    client_of(alice).post(PAGE, {"test.soon": "daily"})
    assert choices.choices_of(alice)["test.soon"] == "never"
    client_of(alice).post(PAGE, {"test.soon": "at-once"})
    assert choices.choices_of(alice)["test.soon"] == "at-once"


@pytest.mark.parametrize(
    "values", [{"test.link": "never"}, {"test.unknown": "never"}, {"test.daily": "x" * 500}, {"digest_hour": "25:99"}]
)
def test_what_nobody_can_choose_is_ignored(client_of, alice, values):
    assert client_of(alice).post(PAGE, values).status_code == 302
    assert not NoticeChoice.objects.exists() and choices.digest_hour(alice) == time(7, 30)


def test_the_page_needs_few_queries(client_of, alice, assert_flat):
    client = client_of(alice)
    everything = {"test.at_once": "never", "test.daily": "never", "test.never": "daily"}
    assert_flat(lambda: client.get(PAGE), lambda: choices.choose(alice.pk, everything), limit=5)


def test_others_cannot_read_or_change_it():
    assert Client().get(PAGE)["Location"].startswith("/sign-in/")
    assert "/account/notices/" not in Client().post(PAGE, {"test.at_once": "never"}).get("Location", "").split("?")[0]
    assert not NoticeChoice.objects.exists()


# --- the address in a mail
def path_of(person, kind="test.at_once"):
    return stop_address(person.pk, kind).removeprefix("http://127.0.0.1:8000")


def test_reading_the_address_changes_nothing_and_the_button_stops_the_mails(alice):
    browser = Client()
    page = browser.get(path_of(alice)).content.decode()
    assert "Stop mails of the kind “Something happened”?" in page and not NoticeChoice.objects.exists()
    assert "Mails stopped" in browser.post(path_of(alice)).content.decode()
    assert choices.choices_of(alice)["test.at_once"] == "never"


def test_a_mail_program_stops_them_with_one_click_and_without_a_cookie(alice):
    program = Client(enforce_csrf_checks=True)
    answer = program.post(path_of(alice), {"List-Unsubscribe": "One-Click"}, headers={"Origin": "https://mail.example"})
    assert answer.status_code == 200
    assert choices.choices_of(alice)["test.at_once"] == "never"
    assert program.post(path_of(alice)).status_code == 200, "twice is not an error"


def test_stopping_the_daily_mail_stops_all_that_comes_daily(alice, letter):
    notify(alice, "test.daily", key="1", template=letter, context={"what": "It"}, path="/")
    choices.choose(alice.pk, {"test.never": "daily"})
    assert "Every notice that you get daily" in Client().get(path_of(alice, DIGEST)).content.decode()
    Client().post(path_of(alice, DIGEST))
    chosen = choices.choices_of(alice)
    assert (chosen["test.daily"], chosen["test.never"], chosen["test.at_once"]) == ("never", "never", "at-once")
    assert not Notice.objects.exists()


def test_an_address_that_was_changed_stops_nothing(alice, bob):
    path = path_of(alice)
    forged = f"{path_of(bob).partition(':')[0]}:{path.partition(':')[2]}"
    for wrong in (path[:-3] + "/", forged, "/mail/stop/x/", f"/mail/stop/{'a' * 2000}/"):
        for answer in (Client().get(wrong), Client().post(wrong)):
            assert answer.status_code == 404 and "This address does not work" in answer.content.decode()
    assert not NoticeChoice.objects.exists()


def test_stopping_for_somebody_who_was_deleted_is_no_error(alice):
    path = path_of(alice)
    alice.delete()
    assert Client().post(path).status_code == 200
