"""The farm's APIs in Chromium: every method is sent from the browsable page and its answer shown there."""

import json
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from farm.domain import booking
from farm.models import Machine, Reservation
from farm.rules.limits import RequestedAllocation
from kernel.testing.browser import DISPLAY_VARIANTS, assert_good_turned, visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SPAN = {"date_debut": "2030-01-07 09:00:00", "date_fin": "2030-01-07 10:00:00"}


def send(page, method, body=None):
    if body is not None:
        page.fill(f"#{method.lower()}-content", json.dumps(body))
    page.evaluate("document.getElementById('main').dataset.asked = ''")
    with page.expect_response(lambda answer: answer.request.method == method) as answered:
        page.click(f"form[data-api-method={method}] button")
    expect(page.locator("#main:not([data-asked])")).to_be_visible()  # of the answer, not of the page that sent it
    page.locator(".at-card-head h2", has_text=f"{method} /").first.wait_for()
    return answered.value.status


def test_a_student_books_changes_and_cancels_from_the_page(open_page, machine, alice):
    page = open_page("/Reservation", alice)
    body = {**SPAN, "lignes": [{"idRessource": 1, "nbGPU": 4, "nbMemoire": 2}]}
    assert send(page, "POST", body) == 201
    row = Reservation.objects.get()
    assert f'"id": {row.pk}' in page.inner_text(".at-api-body")
    assert send(page, "POST", {**body, "lignes": [{"idRessource": 1, "nbGPU": 9, "nbMemoire": 0}]}) == 409
    assert '"alternatives"' in page.inner_text(".at-api-body")
    page.goto(f"/Reservation/{row.pk}/")
    assert "10:00:00 GMT" in page.input_value("#put-content")  # filled in with the current values
    assert send(page, "PUT", {**SPAN, "date_fin": "2030-01-07 11:00:00"}) == 200
    assert send(page, "PATCH", {"date_fin": "2030-01-07 12:00:00"}) == 200
    assert send(page, "DELETE") == 200  # the browsable page; a program gets 204
    assert "204 No Content" in page.inner_text("#main")
    row.refresh_from_db()
    assert row.state == "cancelled"


def test_staff_remove_an_allocation_and_retire_a_machine_from_the_page(open_page, machine, alice, staff):
    span = {"start": datetime(2030, 1, 7, 9, tzinfo=UTC), "end": datetime(2030, 1, 7, 10, tzinfo=UTC)}
    first, second = (
        booking.book(actor=None, owner=alice, allocations=[RequestedAllocation(1, 1, 1)], **span) for _ in range(2)
    )
    page = open_page("/RessourceReserve", staff)
    assert send(page, "DELETE", {"idReservation": first.pk, "idRessource": 1}) == 200
    page.goto("/Ressource/1")
    assert send(page, "DELETE") == 409
    assert f'"reservations": [\n            {second.pk}\n        ]' in page.inner_text(".at-api-body")
    assert send(page, "DELETE", {"confirmer": True}) == 200
    assert Machine.objects.get().state == "retired"
    assert [row.state for row in Reservation.objects.order_by("pk")] == ["cancelled", "displaced"]


@pytest.mark.parametrize("look", DISPLAY_VARIANTS)
def test_the_pages_fit_and_are_accessible(browser_page, machine, staff, look):
    page = browser_page(staff, **look)
    for address in ("/Ressource/1", "/RessourceReserve", "/api/v1/farm/reservations/"):
        visit(page, address)
        assert_good_turned(page)
