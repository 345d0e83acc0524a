"""Mails to the owners of bookings: who gets which, and who does not."""

from datetime import timedelta

import pytest

from accounts.principals import TrustedPeer
from farm.domain import booking, drafts, machines, undo
from farm.rules.limits import RequestedAllocation
from farm.tests.conftest import NOW, at
from farm.tests.sent_mails import last_mail, notified
from mail import choices, kinds
from mail.digests import write_digests
from mail.models import Mail, Notice

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _stopped_clock(frozen):
    return frozen


# --- confirmed
def test_the_owner_is_told_about_a_booking_that_somebody_else_made(book, staff, alice):
    row = book(staff, alice, purpose="my thesis")
    assert notified() == [("farm.confirmed", "alice")]
    mail = last_mail()
    assert mail.subject == "You have a booking: Mon 7 Jan 10:00 – 13:00"
    assert mail.path == f"/farm/bookings/{row.pk}/"
    assert "Staff Martin made a booking for you: Mon 7 Jan 10:00 – 13:00." in mail.text
    assert "* ferme-1: 4 GPU · 2 GB" in mail.text and "my thesis" in mail.text


def test_nobody_is_told_about_their_own_booking_a_draft_or_a_refused_one(book, staff, alice):
    book(alice, alice)
    book(staff, alice, allocations=[])
    with pytest.raises(Exception, match="GPU"):
        book(staff, alice, allocations=[RequestedAllocation(1, 12, 0)])
    book(None, alice)
    assert notified() == []


def test_a_program_that_books_is_told_to_the_owner(book, program, alice):
    book(program, alice), book(TrustedPeer("10.0.0.1"), alice)
    assert notified() == [("farm.confirmed", "alice")] * 2
    assert "peer:10.0.0.1 made a booking for you" in last_mail().text


def test_the_owner_is_told_about_their_own_booking_over_an_api(api_of, book_in_french, alice, machine):
    values = {"start": "2030-01-07T10:00:00Z", "end": "2030-01-07T12:00:00Z"}
    lines = [{"resource": machine.pk, "gpus": 1, "memory_gb": 1}]
    answer = api_of(alice).post("/api/v1/farm/reservations/", {**values, "lines": lines})
    assert answer.status_code == 201, answer.json()
    assert book_in_french(12, 13, 1, 1).status_code == 201
    draft = api_of(alice).post("/api/v1/farm/reservations/", values).json()
    assert len(notified()) == 2
    answer = api_of(alice).post(f"/api/v1/farm/reservations/{draft['id']}/lines/", lines[0])
    assert answer.status_code == 201, answer.json()
    assert notified() == [("farm.confirmed", "alice")] * 3


# --- changed
def test_the_owner_is_told_what_somebody_else_changed(book, staff, alice):
    row = book(alice, alice)
    booking.change(actor=staff, reservation_id=row.pk, end=at(11))
    assert notified() == [("farm.changed", "alice")]
    mail = last_mail()
    assert mail.subject == "Your booking was changed: Mon 7 Jan 10:00 – 12:00"
    assert "Staff Martin changed your booking." in mail.text
    assert "It is Mon 7 Jan 10:00 – 12:00 now. It was Mon 7 Jan 10:00 – 13:00." in mail.text
    booking.change_allocation(actor=staff, reservation_id=row.pk, allocation=RequestedAllocation(1, 6, 2))
    assert "It was" not in last_mail().text and "* ferme-1: 6 GPU · 2 GB" in last_mail().text


def test_every_command_of_somebody_else_is_told_once(book, staff, alice, machine, undo_ticket):
    other = machines.add_machine(actor=None, name="other", gpu_count=4, memory_gb=0)
    row = book(alice, alice)
    booking.add_allocation(actor=staff, reservation_id=row.pk, allocation=RequestedAllocation(other.pk, 1, 0))
    booking.remove_allocation(actor=staff, reservation_id=row.pk, machine_id=other.pk)
    ticket = undo_ticket(staff, row, booking.change, end=at(11))
    undo.undo_step(actor=staff, step=undo.read_ticket(staff, ticket))
    assert notified() == [("farm.changed", "alice")] * 4
    booking.remove_allocation(actor=staff, reservation_id=row.pk, machine_id=machine.pk)
    assert notified()[4:] == [("farm.cancelled", "alice")]


def test_nobody_is_told_about_their_own_changes(book, alice, machine):
    row = book(alice, alice)
    booking.change(actor=alice, reservation_id=row.pk, end=at(11))
    booking.cancel(actor=alice, reservation_id=row.pk)
    book(alice, alice, allocations=[])
    drafts.expire_drafts(NOW + timedelta(hours=2))
    assert notified() == []


def test_a_running_booking_that_staff_give_back_is_told(book, staff, alice, frozen):
    row = book(alice, alice)
    frozen.move_to(at(10))
    booking.give_back(actor=staff, reservation_id=row.pk, reason="power cut")
    mail = last_mail()
    assert (mail.kind, mail.subject) == ("farm.changed", "Your booking was ended: Mon 7 Jan 10:00 – 11:00")
    assert "Staff Martin gave your booking back." in mail.text and "Reason: power cut" in mail.text


def test_a_booking_that_somebody_else_cancels_is_told_with_the_reason(book, staff, alice):
    row = book(alice, alice)
    booking.cancel(actor=staff, reservation_id=row.pk, reason="“urgent” repair")
    mail = last_mail()
    assert (mail.kind, mail.subject) == ("farm.cancelled", "Your booking was cancelled: Mon 7 Jan 10:00 – 13:00")
    assert "Reason: “urgent” repair" in mail.text and "* ferme-1: 4 GPU · 2 GB" in mail.text


# --- closures
def test_a_closure_tells_the_owners_what_it_took(book, staff, alice, bob, machine):
    shortened = book(alice, alice)
    displaced = book(bob, bob, start=at(10), end=at(11))
    closure = {"start": at(10), "end": at(14), "reason": "new fans", "confirm": True}
    machines.close(actor=staff, machine_id=machine.pk, **closure)
    mails = {mail.person.username: mail for mail in Mail.objects.select_related("person")}
    assert {(name, mail.kind) for name, mail in mails.items()} == {
        ("alice", "farm.displaced"),
        ("bob", "farm.displaced"),
    }
    assert mails["alice"].subject == "Your booking is shorter: Mon 7 Jan 10:00 – 11:00"
    assert "Your booking of Mon 7 Jan 10:00 – 13:00 is Mon 7 Jan 10:00 – 11:00 now." in mails["alice"].text
    assert mails["bob"].subject == "You lost your booking: Mon 7 Jan 11:00 – 12:00"
    assert all("Reason: new fans" in mail.text for mail in mails.values())
    assert (mails["alice"].path, mails["bob"].path) == tuple(
        f"/farm/bookings/{row.pk}/" for row in (shortened, displaced)
    )


def test_a_closure_that_was_not_confirmed_tells_nobody(book, staff, alice, machine):
    book(alice, alice)
    with pytest.raises(Exception, match="displace"):
        machines.close(actor=staff, machine_id=machine.pk, start=at(8), end=at(14))
    assert notified() == []


def test_staff_who_close_a_machine_are_not_told_about_their_own_booking(book, staff, alice, machine):
    book(staff, staff), book(alice, alice)
    machines.close(actor=staff, machine_id=machine.pk, start=at(8), end=at(14), confirm=True)
    assert notified() == [("farm.displaced", "alice")]


def test_a_retired_machine_displaces_and_tells(book, alice, machine):
    book(alice, alice)
    machines.retire(actor=None, machine_id=machine.pk, confirm=True)
    assert notified() == [("farm.displaced", "alice")]


# --- choices
def test_each_kind_has_a_default_and_only_the_kinds_of_minutes_have_no_daily_mail():
    farm = [kind for kind in kinds.all_kinds() if kind.name.startswith("farm.")]
    assert {kind.name: (kind.default, kind.has_daily) for kind in farm} == {
        "farm.confirmed": ("at-once", True),
        "farm.changed": ("at-once", True),
        "farm.displaced": ("at-once", True),
        "farm.cancelled": ("at-once", True),
        "farm.starts_soon": ("never", False),
        "farm.ends_soon": ("never", False),
    }


def test_the_owner_s_choice_counts_and_people_who_left_get_nothing(book, staff, alice, bob):
    choices.choose(alice.pk, {"farm.confirmed": "daily", "farm.cancelled": "never"})
    row = book(staff, alice)
    booking.cancel(actor=staff, reservation_id=row.pk)
    bob.is_active = False
    bob.save()
    book(staff, bob)
    assert notified() == [] and Notice.objects.get().kind == "farm.confirmed"
    write_digests(NOW + timedelta(days=1))
    assert "1. You have a booking: Mon 7 Jan 10:00 – 13:00" in Mail.objects.get(kind="mail.digest").text


def test_the_times_are_those_of_the_reader(book, staff, person):
    reader = person("reader", zone="America/New_York")
    book(staff, reader)
    assert last_mail().subject == "You have a booking: Mon 7 Jan 04:00 – 07:00"


def test_a_booking_without_a_mail_needs_no_more_statements_for_it(book, alice, queries_of):
    queries = queries_of(lambda: book(alice, alice))
    assert not any("mail_" in query for query in queries)
