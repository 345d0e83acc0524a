"""Who gets a notice, and how."""

import pytest
from django.db import transaction
from django.utils import timezone

from mail import choices
from mail.models import Mail, Notice
from mail.notices import not_yet_notified, notify, notify_all
from mail.outgoing import end_secret_links, last_mails, send_account_mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def tell(letter):
    """`tell(alice)` notifies alice of an event."""

    def call(person, kind="test.at_once", key="event:1"):
        notify(person, kind, key=key, template=letter, context={"what": "It"}, path="/courses/3/")

    return call


def test_a_notice_at_once_is_a_mail(alice, tell):
    tell(alice)
    mail = Mail.objects.get()
    assert (mail.person, mail.address, mail.subject) == (alice, "alice@school.example", "It happened")
    assert (mail.path, mail.has_secret, mail.state) == ("/courses/3/", False, "waiting")
    assert not Notice.objects.exists()


def test_a_daily_notice_waits_for_the_daily_mail(alice, tell):
    tell(alice, "test.daily")
    assert (Notice.objects.get().subject, Mail.objects.count()) == ("It happened", 0)


def test_a_notice_that_the_person_does_not_want_is_nothing(alice, tell):
    tell(alice, "test.never")
    assert not Mail.objects.exists() and not Notice.objects.exists()


def test_the_choice_of_the_person_comes_before_the_default(alice, bob, tell):
    choices.choose(alice.pk, {"test.at_once": "daily", "test.daily": "at-once"})
    tell(alice), tell(alice, "test.daily")
    tell(bob)
    assert set(Mail.objects.values_list("person__username", "kind")) == {
        ("alice", "test.daily"),
        ("bob", "test.at_once"),
    }
    assert Notice.objects.get().kind == "test.at_once"


@pytest.mark.parametrize(
    "values", [{"is_active": False}, {"kind": "service"}, {"email": ""}, {"email": "not an address"}]
)
def test_a_person_who_can_get_no_mail_gets_nothing(alice, tell, values):
    for name, value in values.items():
        setattr(alice, name, value)
    tell(alice), tell(alice, "test.daily")
    assert not Mail.objects.exists() and not Notice.objects.exists()


def test_the_same_event_twice_is_one_mail(alice, bob, tell):
    tell(alice), tell(alice), tell(bob), tell(alice, "test.daily"), tell(alice, "test.daily")
    assert (Mail.objects.count(), Notice.objects.count()) == (2, 1)
    tell(alice, key="event:2"), tell(alice, key="x" * 400), tell(alice, key="x" * 400), tell(alice, key="x" * 401)
    assert Mail.objects.count() == 5


def test_a_change_that_is_undone_sends_nothing(alice, tell):
    with transaction.atomic():
        tell(alice)
        transaction.set_rollback(True)
    assert not Mail.objects.exists()


def test_a_class_is_told_in_a_fixed_number_of_queries(person, letter, queries_of):
    def tell_all(count, key):
        people = [person(f"{key}{number}") for number in range(count)]
        return queries_of(
            lambda: notify_all(people, "test.at_once", key=key, template=letter, context={"what": "It"}, path="/")
        )

    assert len(tell_all(1, "a")) == len(tell_all(40, "b")) <= 3
    assert Mail.objects.count() == 41


def test_each_person_may_have_values_of_their_own(alice, bob, letter):
    notify_all(
        [alice, bob],
        "test.at_once",
        key="event:1",
        template=letter,
        context={"what": "It"},
        path="/",
        own={bob.pk: {"what": "That"}},
    )
    assert dict(Mail.objects.values_list("person__username", "subject")) == {
        "alice": "It happened",
        "bob": "That happened",
    }


@pytest.mark.parametrize("kind", ["test.at_once", "test.daily"])
def test_the_schedule_asks_who_was_not_notified_yet(alice, bob, person, tell, queries_of, kind):
    tell(alice, kind, "event:1")
    gone = person("gone", is_active=False)
    events = [(alice, "event:1"), (alice, "event:2"), (bob, "event:1"), (gone, "event:1")]
    assert not_yet_notified(kind, events) == [(alice, "event:2"), (bob, "event:1")]
    choices.choose(alice.pk, {kind: "at-once" if kind == "test.daily" else "daily"})
    after_another_choice = not_yet_notified(kind, events)
    assert after_another_choice == [(alice, "event:2"), (bob, "event:1")]
    choices.choose(bob.pk, {kind: "never"})
    assert not_yet_notified(kind, events) == [(alice, "event:2")]
    many = [(alice, f"event:{number}") for number in range(400)]
    assert (
        len(queries_of(lambda: not_yet_notified(kind, events)))
        == len(queries_of(lambda: not_yet_notified(kind, many)))
        == 3
    )
    assert not_yet_notified(kind, []) == []


def test_an_unknown_kind_is_a_fault_of_the_program(alice, tell):
    with pytest.raises(KeyError):
        tell(alice, "test.unknown")


# --- links with a secret
@pytest.fixture
def invite(letter):
    def call(person, key, address="new@school.example"):
        send_account_mail(
            person,
            "test.link",
            key=key,
            address=address,
            template=letter,
            context={"what": "A link"},
            secret_path=f"/secret/{key}/",
        )

    return call


def test_a_secret_link_is_not_in_the_text(alice, invite):
    alice.is_active = False  # such as somebody who has not come yet
    invite(alice, "1")
    mail = Mail.objects.get()
    assert (mail.address, mail.path, mail.has_secret) == ("new@school.example", "/secret/1/", True)
    assert "/secret/1/" not in mail.text and mail.text_with("LINK").endswith("LINK")


def test_a_newer_link_takes_the_place_of_one_that_is_still_waiting(alice, bob, invite):
    invite(alice, "1"), invite(bob, "1"), invite(alice, "1")
    Mail.objects.filter(person=bob).update(sent_at=timezone.now())
    invite(alice, "2"), invite(bob, "2")
    assert list(Mail.objects.order_by("pk").values_list("person__username", "path")) == [
        ("bob", ""),
        ("alice", "/secret/2/"),
        ("bob", "/secret/2/"),
    ]
    assert {pk: mail.state for pk, mail in last_mails("test.link", [alice.pk, bob.pk]).items()} == {
        alice.pk: "waiting",
        bob.pk: "waiting",
    }


def test_the_same_link_twice_is_one_mail_with_its_link(alice, invite):
    invite(alice, "1"), invite(alice, "1")
    assert Mail.objects.get().path == "/secret/1/"


def test_a_used_link_is_forgotten(alice, bob, invite):
    invite(alice, "1"), invite(bob, "1")
    Mail.objects.update(sent_at=timezone.now())
    end_secret_links(alice.pk, "test.link")
    assert dict(Mail.objects.values_list("person__username", "path")) == {"alice": "", "bob": "/secret/1/"}
