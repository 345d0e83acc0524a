"""Undo on the pages: the toast of each change, and its refusals."""

import re

import pytest

from farm.domain import booking
from farm.tests.builders import stored_values
from farm.tests.conftest import at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


def toast_of(page):
    form = re.search(r'<form method="post" action="(/farm/undo/)">(.*?)</form>', page.content.decode(), re.S)
    assert form, "a toast with Undo"
    return form[1], dict(re.findall(r'name="(next|ticket)" value="([^"]*)"', form[2]))


def test_the_toast_of_a_form_undoes_without_a_script_and_returns_to_the_page(take, machine, alice, client_of):
    client = client_of(alice)
    reservation = take(alice, 9, 12, 1)
    before = stored_values(reservation)
    page = client.post(f"/farm/bookings/{reservation.pk}/cancel/", {"next": "/farm/?day=2030-01-07"}, follow=True)
    address, values = toast_of(page)
    answer = client.post(address, values)
    assert (answer.status_code, answer["Location"]) == (302, "/farm/?day=2030-01-07")
    assert stored_values(reservation) == before
    assert "Undone" in client.get("/farm/").content.decode()


def test_every_change_on_the_pages_offers_undo(take, machine, alice, client_of, frozen):
    client = client_of(alice)
    form = {"gpus": 1, "memory_gb": "", "start": "2030-01-07T10:00", "end": "2030-01-07T12:00", "purpose": "a try"}
    toast_of(client.post("/farm/book/", {**form, "resource": machine.pk}, follow=True))
    reservation = take(alice, 9, 12, 1)
    toast_of(client.post(f"/farm/bookings/{reservation.pk}/end/", {"end": "2030-01-07T14:00"}, follow=True))
    frozen.move_to(at(10))
    toast_of(client.post(f"/farm/bookings/{reservation.pk}/give-back/", follow=True))


def test_a_refused_undo_shows_a_toast(take, alice, bob, client_of, undo_ticket):
    reservation = take(alice, 9, 12, 8)
    ticket = undo_ticket(alice, reservation, booking.cancel)
    take(bob, 9, 12, 8)
    client = client_of(alice)
    for words, values in (("missing", {"ticket": ticket}), ("cannot be undone", {"ticket": "forged"})):
        page = client.post("/farm/undo/", values, follow=True).content.decode()
        assert words in page
        assert client.get("/farm/undo/").url == "/farm/"


def test_a_script_gets_the_refusal_with_alternatives_to_book(take, alice, bob, client_of, undo_ticket):
    reservation = take(alice, 9, 12, 8, purpose="thesis")
    ticket = undo_ticket(alice, reservation, booking.cancel)
    take(bob, 9, 12, 8)
    answer = client_of(alice).post("/farm/undo/", {"ticket": ticket}, headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert 'role="alert"' in page and "stays cancelled" in page
    assert page.count('action="/farm/book/"') == 2  # another time, a smaller share


def test_a_stranger_cannot_undo(take, alice, bob, client_of, undo_ticket):
    reservation = take(alice, 9, 12, 8)
    ticket = undo_ticket(alice, reservation, booking.cancel)
    headers = {"HX-Request": "true"}
    assert client_of(bob).post("/farm/undo/", {"ticket": ticket}, headers=headers).status_code == 403
    assert stored_values(reservation)[0] == "cancelled"
