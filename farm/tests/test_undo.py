"""The last step taken back: what it restores, and everything that it refuses."""

import re
from datetime import timedelta

import pytest

from accounts.models import AuditEvent
from farm.domain import booking, machines, undo
from farm.domain.no_capacity import NoCapacity
from farm.models import Machine
from farm.rules.limits import RequestedAllocation
from farm.tests.conftest import at
from kernel.errors import Conflict, Malformed, NotAllowed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


def take_back(actor, ticket):
    return undo.undo_step(actor=actor, step=undo.read_ticket(actor, ticket))


@pytest.fixture
def step():
    """`step(alice, row, booking.cancel)` does it and gives the ticket that takes it back."""

    def act(actor, row, verb, **values):
        row.refresh_from_db()
        was = undo.snapshot(row)
        after = verb(actor=actor, reservation_id=row.pk, version=row.version, **values)
        return undo.make_ticket(actor, after, was)

    return act


def shape(row):
    row.refresh_from_db()
    lines = [(line.machine_id, line.gpus, line.memory_gb, line.start, line.end, line.held) for line in row.lines.all()]
    return row.state, row.start, row.end, row.purpose, lines


def test_a_cancelled_booking_holds_its_place_again(take, alice, step):
    row = take(alice, 9, 12, 4, 2, purpose="thesis")
    before = shape(row)
    ticket = step(alice, row, booking.cancel)
    take_back(alice, ticket)
    assert shape(row) == before
    with pytest.raises(NoCapacity):
        take(alice, 9, 10, 9)


def test_a_move_a_resize_and_another_share_go_back(take, alice, step, machine):
    other = machines.add_machine(actor=None, name="other", gpu_count=4, memory_gb=8)
    row = take(alice, 9, 12, 4)
    before = shape(row)
    for change in (
        {"start": at(14), "end": at(17)},
        {"end": at(10)},
        {"allocations": [RequestedAllocation(other.pk, 2, 1)]},
    ):
        take_back(alice, step(alice, row, booking.change, **change))
        assert shape(row) == before


def test_a_booking_that_was_made_is_cancelled_or_given_back_once_it_runs(take, alice, frozen):
    row = take(alice, 9, 12, 4)
    take_back(alice, undo.make_ticket(alice, row, None))
    assert shape(row)[0] == "cancelled"
    running = take(alice, 9, 12, 4)
    frozen.move_to(at(10))
    take_back(alice, undo.make_ticket(alice, running, None))
    assert shape(running)[:3] == ("released", at(9), at(10))


def test_what_was_given_back_runs_on_to_its_old_end(take, alice, step, frozen):
    row = take(alice, 9, 12, 4)
    before = shape(row)
    frozen.move_to(at(10))
    ticket = step(alice, row, booking.give_back)
    frozen.shift(timedelta(seconds=30))
    take_back(alice, ticket)
    assert shape(row) == before


def test_an_end_that_was_moved_to_now_goes_back_although_the_booking_is_over(take, alice, step, frozen):
    row = take(alice, 9, 12, 4)
    frozen.move_to(at(10))
    ticket = step(alice, row, booking.change, end=at(10))
    frozen.shift(timedelta(seconds=5))
    take_back(alice, ticket)
    assert shape(row)[2] == at(12)


def test_it_is_on_the_trail_as_a_step_of_its_own(take, alice, step):
    row = take(alice, 9, 12, 4)
    take_back(alice, step(alice, row, booking.cancel))
    event = AuditEvent.objects.latest("pk")
    assert (event.verb, event.subject, event.actor) == ("farm.undo", f"reservation:{row.pk}", alice)
    assert (event.before["state"], event.after["state"]) == ("cancelled", "confirmed")


def test_a_place_that_somebody_took_meanwhile_is_refused_with_ways_on(take, alice, bob, step):
    row = take(alice, 9, 12, 8)
    ticket = step(alice, row, booking.cancel)
    take(bob, 10, 11, 6)
    with pytest.raises(NoCapacity) as refused:
        take_back(alice, ticket)
    assert refused.value.missing[0].shortage.missing.gpus == 2
    assert refused.value.alternatives
    assert shape(row)[0] == "cancelled"


def test_what_was_given_back_is_asked_for_from_then_on_not_from_now(take, alice, bob, step, frozen, machine):
    """Somebody had it in between: that it was held throughout would be more than the machine had."""
    row = take(alice, 9, 12, 12)
    frozen.move_to(at(10))
    ticket = step(alice, row, booking.give_back)
    frozen.shift(timedelta(seconds=10))
    short = booking.book(
        actor=bob,
        owner=bob,
        start=at(10) + timedelta(seconds=10),
        end=at(11),
        allocations=[RequestedAllocation(1, 1, 0)],
    )
    frozen.shift(timedelta(seconds=10))
    booking.give_back(actor=bob, reservation_id=short.pk)
    with pytest.raises(NoCapacity):
        take_back(alice, ticket)


def test_the_past_is_never_rewritten(take, alice, step, frozen):
    moved = take(alice, 14, 16, 1)
    frozen.move_to(at(8.95))
    began = step(alice, moved, booking.change, start=at(9), end=at(11))
    frozen.move_to(at(9) + timedelta(seconds=5))
    with pytest.raises(Conflict, match="only the end"):
        take_back(alice, began)
    frozen.move_to(at(10.98))
    extended = step(alice, moved, booking.change, end=at(12))
    frozen.move_to(at(11) + timedelta(seconds=5))
    with pytest.raises(Conflict, match="before now"):
        take_back(alice, extended)


def test_a_start_that_is_long_past_does_not_come_back(take, alice, step, frozen):
    row = take(alice, 9, 12, 1)
    frozen.move_to(at(8.99))
    ticket = step(alice, row, booking.change, start=at(10), end=at(13))
    frozen.shift(timedelta(minutes=4))
    take_back(alice, ticket)  # three minutes ago is still "now", as for any booking
    assert shape(row)[1] == at(9)


def test_a_machine_that_takes_nothing_new_takes_nothing_back(take, alice, step, machine):
    row = take(alice, 9, 12, 1)
    ticket = step(alice, row, booking.cancel)
    Machine.objects.update(state="draining")
    with pytest.raises(Conflict, match="no new bookings"):
        take_back(alice, ticket)


def test_whoever_changed_it_since_has_ended_the_right_to_undo(take, alice, staff, step):
    row = take(alice, 9, 12, 1)
    ticket = step(alice, row, booking.change, end=at(13))
    booking.change(actor=staff, reservation_id=row.pk, end=at(14))
    with pytest.raises(Conflict) as refused:
        take_back(alice, ticket)
    assert refused.value.code == "changed_meanwhile"
    assert shape(row)[2] == at(14)


def test_it_can_be_taken_back_once(take, alice, step):
    row = take(alice, 9, 12, 1)
    ticket = step(alice, row, booking.change, end=at(13))
    take_back(alice, ticket)
    with pytest.raises(Conflict):
        take_back(alice, ticket)


def test_a_ticket_is_its_person_s_and_lasts_minutes_and_cannot_be_made_up(take, alice, bob, staff, step, frozen):
    row = take(alice, 9, 12, 1)
    ticket = step(alice, row, booking.cancel)
    for other in (bob, staff):
        with pytest.raises(NotAllowed):
            take_back(other, ticket)
    for forged in ("", "x", ticket[:-1], ticket.replace(":", ";"), "é" * 40):
        with pytest.raises(Malformed):
            take_back(alice, forged)
    frozen.shift(undo.LIFE + timedelta(seconds=1))
    with pytest.raises(Conflict) as late:
        take_back(alice, ticket)
    assert late.value.code == "too_late"


def test_who_may_no_longer_change_the_booking_may_not_undo(take, alice, staff, step):
    row = take(alice, 9, 12, 1)
    ticket = step(staff, row, booking.cancel)
    type(staff).objects.filter(pk=staff.pk).update(is_staff=False)
    staff.refresh_from_db()
    with pytest.raises(NotAllowed):
        take_back(staff, ticket)


# --- the toasts of the pages
def toast_of(page):
    form = re.search(r'<form method="post" action="(/farm/undo/)">(.*?)</form>', page.content.decode(), re.S)
    assert form, "a toast with Undo"
    return form[1], dict(re.findall(r'name="(next|ticket)" value="([^"]*)"', form[2]))


def test_a_form_s_toast_undoes_without_a_script_and_leads_back(take, machine, alice, client_of):
    client = client_of(alice)
    row = take(alice, 9, 12, 1)
    before = shape(row)
    page = client.post(f"/farm/bookings/{row.pk}/cancel/", {"next": "/farm/?day=2030-01-07"}, follow=True)
    address, values = toast_of(page)
    answer = client.post(address, values)
    assert (answer.status_code, answer["Location"]) == (302, "/farm/?day=2030-01-07")
    assert shape(row) == before
    assert "Undone" in client.get("/farm/").content.decode()


def test_every_step_of_the_pages_offers_undo(take, machine, alice, client_of, frozen):
    client = client_of(alice)
    form = {"gpus": 1, "memory_gb": 0, "start": "2030-01-07T10:00", "end": "2030-01-07T12:00", "purpose": "a try"}
    toast_of(client.post("/farm/book/", {**form, "resource": machine.pk}, follow=True))
    row = take(alice, 9, 12, 1)
    toast_of(client.post(f"/farm/bookings/{row.pk}/end/", {"end": "2030-01-07T14:00"}, follow=True))
    frozen.move_to(at(10))
    toast_of(client.post(f"/farm/bookings/{row.pk}/give-back/", follow=True))


def test_a_refused_undo_says_so_in_a_toast(take, alice, bob, client_of, step):
    row = take(alice, 9, 12, 8)
    ticket = step(alice, row, booking.cancel)
    take(bob, 9, 12, 8)
    client = client_of(alice)
    for words, values in (("missing", {"ticket": ticket}), ("cannot be undone", {"ticket": "forged"})):
        page = client.post("/farm/undo/", values, follow=True).content.decode()
        assert words in page
        assert client.get("/farm/undo/").status_code == 405


def test_a_script_gets_the_refusal_with_ways_to_book_it_anew(take, alice, bob, client_of, step):
    row = take(alice, 9, 12, 8, purpose="thesis")
    ticket = step(alice, row, booking.cancel)
    take(bob, 9, 12, 8)
    answer = client_of(alice).post("/farm/undo/", {"ticket": ticket}, headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert 'role="alert"' in page and "stays cancelled" in page
    assert page.count('action="/farm/book/"') == 2  # another time, a smaller share


def test_a_stranger_s_undo_is_refused(take, alice, bob, client_of, step):
    row = take(alice, 9, 12, 8)
    ticket = step(alice, row, booking.cancel)
    headers = {"HX-Request": "true"}
    assert client_of(bob).post("/farm/undo/", {"ticket": ticket}, headers=headers).status_code == 403
    assert shape(row)[0] == "cancelled"
