"""The pages of mails for staff."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent
from mail.models import Mail
from mail.outgoing import new_mail

pytestmark = pytest.mark.django_db
SECRET = "/secret/abc123/"


@pytest.fixture
def mail_to():
    """`mail_to(alice)` saves a mail with a secret link."""

    def save(person, subject="Your invitation", **values):
        written = (subject, "Good morning,\n\nopen \ue000")
        mail = new_mail(person, "test.link", key=f"{Mail.objects.count()}", address=person.email, written=written)
        mail.path, mail.has_secret = SECRET, True
        for name, value in values.items():
            setattr(mail, name, value)
        mail.save()
        return mail

    return save


@pytest.fixture
def reader(person):
    """Staff who may change nothing."""
    return person("reader", kind="teacher", is_staff=True)


def test_only_staff_open_the_pages(client_of, alice, teacher, staff, reader, program, mail_to):
    mail = mail_to(alice)
    pages = ["/mails/", f"/mails/{mail.pk}/"]
    for page in pages:
        assert client_of(staff).get(page).status_code == client_of(reader).get(page).status_code == 200
        assert client_of(alice).get(page).status_code == client_of(teacher).get(page).status_code == 403
        assert Client().get(page).status_code == 302
    for person in (alice, teacher):
        assert client_of(person).post(f"/mails/{mail.pk}/send-again/").status_code == 403
    assert Client().post(f"/mails/{mail.pk}/send-again/").status_code == 302
    assert client_of(staff).get("/mails/999999/").status_code == 404
    assert not AuditEvent.objects.filter(verb="mail.send_again").exists()


def test_a_secret_link_is_shown_only_to_who_may_administer_the_account(
    client_of, alice, staff, clerk, reader, person, program, mail_to
):
    boss = person("boss", is_staff=True, is_superuser=True)
    expected = {
        "alice": (alice, {staff, clerk}),
        "boss": (boss, {staff}),
        "reader": (reader, {staff}),
        "clerk": (clerk, {staff, clerk}),
        "program": (program, {staff}),
    }
    for name, (owner, allowed) in expected.items():
        mail = mail_to(owner)
        for viewer in (staff, clerk, reader):
            page = client_of(viewer).get(f"/mails/{mail.pk}/").content.decode()
            assert (SECRET in page) == (viewer in allowed), f"{viewer} reads the link of {name}"
            assert ("The link is hidden" in page) != (viewer in allowed)
            assert SECRET not in client_of(viewer).get("/mails/").content.decode()


def test_the_administration_never_shows_texts_or_links(client_of, alice, staff, mail_to):
    mail = mail_to(alice)
    for page in ("/admin/mail/mail/", f"/admin/mail/mail/{mail.pk}/change/"):
        text = client_of(staff).get(page).content.decode()
        assert "Your invitation" in text and SECRET not in text and "Good morning" not in text
    assert client_of(staff).get("/admin/mail/mail/", {"path__startswith": "/secret/a"}).status_code == 400


def test_mails_are_filtered_by_state_and_searched(client_of, alice, bob, staff, mail_to):
    now = timezone.now()
    mail_to(alice, "One", sent_at=now)
    mail_to(bob, "Two", dead_at=now, last_error="550 5.1.1 No such user")
    mail_to(bob, "Three", last_error="ConnectionRefusedError: down")

    def subjects(**query):
        answer = client_of(staff).get("/mails/", query)
        return [mail.subject for mail, _kind in answer.context["rows"]]

    assert subjects() == ["Three", "Two", "One"]
    assert (subjects(state="sent"), subjects(state="failed"), subjects(state="waiting")) == (
        ["One"],
        ["Two"],
        ["Three"],
    )
    assert subjects(q="bob") == ["Three", "Two"] and subjects(q="Alice Martin") == ["One"]
    assert subjects(q="bob@school.example two") == ["Two"] and subjects(q="nobody") == []
    assert subjects(state="odd", page="odd", q="%") == []
    page = client_of(staff).get("/mails/").content.decode()
    assert "550 5.1.1 No such user" in page and "ConnectionRefusedError: down" in page


def test_the_pages_say_that_no_mail_server_is_set_up(client_of, alice, staff, mail_to, settings):
    mail, sentence = mail_to(alice), "No mail server is set up"
    for page in ("/mails/", f"/mails/{mail.pk}/"):
        assert sentence not in client_of(staff).get(page).content.decode()
        settings.EMAIL_BACKEND = "mail.file_backend.EmailBackend"
        assert sentence in client_of(staff).get(page).content.decode()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"


def test_an_empty_list_says_why(client_of, staff):
    assert "No mail yet" in client_of(staff).get("/mails/").content.decode()
    assert "No mail matches" in client_of(staff).get("/mails/", {"q": "x"}).content.decode()


def test_the_list_needs_the_same_queries_for_any_number_of_mails(client_of, alice, staff, mail_to, assert_flat):
    client = client_of(staff)
    mail_to(alice)
    assert_flat(lambda: client.get("/mails/"), lambda: [mail_to(alice) for _ in range(60)], limit=6)
    assert "Page 1 of 2" in client.get("/mails/").content.decode()


def test_a_failed_mail_is_sent_again_as_it_is(client_of, alice, staff, mail_to):
    mail = mail_to(alice, dead_at=timezone.now(), attempts=52, last_error="451 Try again later")
    answer = client_of(staff).post(f"/mails/{mail.pk}/send-again/")
    assert answer["Location"] == f"/mails/{mail.pk}/"
    again = Mail.objects.get()
    assert (again.state, again.attempts, again.message_id) == ("waiting", 0, mail.message_id)
    event = AuditEvent.objects.get(verb="mail.send_again")
    assert (event.actor, event.subject, event.after["address"]) == (staff, f"mail:{mail.pk}", alice.email)


def test_all_failed_mails_are_sent_again(client_of, alice, teacher, staff, mail_to):
    now = timezone.now()
    failed, ended = mail_to(alice, dead_at=now, attempts=9), mail_to(alice, dead_at=now, path="")
    sent = mail_to(alice, sent_at=now)
    path = "/mails/send-failed-again/"
    assert client_of(teacher).post(path).status_code == 403
    assert path in client_of(staff).get("/mails/", {"state": "failed"}).content.decode()
    page = client_of(staff).post(path, follow=True).content.decode()
    for mail in (failed, ended, sent):
        mail.refresh_from_db()
    assert (failed.state, failed.attempts, ended.state, sent.state) == ("waiting", 0, "failed", "sent")
    assert "1 mail will be sent now." in page
    assert AuditEvent.objects.get(verb="mail.send_failed_again").after == {"mails": 1}


def test_a_sent_mail_is_sent_again_as_a_new_mail_once(client_of, alice, staff, mail_to):
    mail = mail_to(alice, sent_at=timezone.now())
    locations = {client_of(staff).post(f"/mails/{mail.pk}/send-again/")["Location"] for _ in range(2)}
    copy = Mail.objects.exclude(pk=mail.pk).get()
    assert locations == {f"/mails/{copy.pk}/"} and copy.state == "waiting" and copy.message_id != mail.message_id
    assert (copy.path, copy.text, copy.has_secret) == (mail.path, mail.text, True)


def test_a_notice_goes_to_the_present_address_and_a_secret_link_does_not(client_of, alice, staff, mail_to):
    notice, link = mail_to(alice, has_secret=False), mail_to(alice)
    type(alice).objects.filter(pk=alice.pk).update(email="new@school.example")
    for mail in (notice, link):
        client_of(staff).post(f"/mails/{mail.pk}/send-again/")
        mail.refresh_from_db()
    assert (notice.address, link.address) == ("new@school.example", "alice@school.example")


def test_a_mail_without_its_link_is_not_sent_again(client_of, alice, staff, mail_to):
    mail = mail_to(alice, path="", sent_at=timezone.now())
    page = client_of(staff).post(f"/mails/{mail.pk}/send-again/", follow=True).content.decode()
    assert "The link of this mail has ended" in page and Mail.objects.count() == 1
    assert not AuditEvent.objects.filter(verb="mail.send_again").exists()
