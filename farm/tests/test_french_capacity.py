"""Capacity cases in which the original system failed, over its own wire.

Cases S1 to S7, S19, S31, S33 and S35.
"""

import threading

import pytest
from django.db import connection
from rest_framework.test import APIClient

from farm.domain import booking
from farm.models import Allocation, Reservation
from farm.tests.conftest import at
from kernel.testing.threads import run_at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "machine")]


def moment(hour):
    return f"{at(hour):%Y-%m-%d %H:%M:%S}"


def error_of(response):
    return response.json()["error"]


def test_s1_all_gpus_of_a_machine_can_be_booked(book_in_french):
    assert book_in_french(9, 10, 12, 1).status_code == 201


def test_s2_all_memory_of_a_machine_can_be_booked(book_in_french):
    assert book_in_french(9, 10, 1, 16).status_code == 201


def test_s3_back_to_back_bookings_fit(book_in_french):
    assert book_in_french(9, 10, 11, 15).status_code == 201
    assert book_in_french(10, 11, 11, 15).status_code == 201


def test_s4_the_peak_counts_not_the_sum_over_the_window(book_in_french):
    book_in_french(9, 10, 6), book_in_french(10, 11, 6)
    assert book_in_french(9, 11, 6).status_code == 201


def test_s5_memory_is_free_again_when_a_booking_ends(book_in_french):
    book_in_french(9, 10, 1, 10), book_in_french(11, 12, 1, 10)
    assert book_in_french(9, 12, 1, 5).status_code == 201


def test_s6_a_peak_above_the_capacity_is_refused(book_in_french):
    book_in_french(9, 10, 6), book_in_french(11, 13, 6)
    assert book_in_french(11.5, 13, 6).status_code == 201
    assert book_in_french(9, 13, 6).status_code == 409


def test_s7_each_booking_counts_once(book_in_french):
    book_in_french(9, 10, 0, 1), book_in_french(9, 10, 6), book_in_french(11, 12, 6)
    assert book_in_french(9, 12, 6).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_s19_one_of_eight_requests_at_once_gets_eleven_of_twelve_gpus(api_of, alice):
    bearer = api_of(alice)._credentials
    body = {
        "date_debut": moment(9),
        "date_fin": moment(10),
        "lignes": [{"idRessource": 1, "nbGPU": 11, "nbMemoire": 0}],
    }

    def post(_number):
        client = APIClient()
        client.credentials(**bearer)
        return client.post("/Reservation", body).status_code

    for _ in range(3):
        assert sorted(run_at_once(post, 8)) == [201] + [409] * 7
        booking.cancel(actor=None, reservation_id=Reservation.objects.latest("pk").pk)


def test_s31_a_refusal_has_the_shortages_and_alternatives(book_in_french):
    book_in_french(9, 12, 10)
    response = book_in_french(9, 11, 4, 2)
    assert response.status_code == 409
    error = error_of(response)
    assert error["missing"] == [
        {
            "resource": 1,
            "from": "Mon, 07 Jan 2030 09:00:00 GMT",
            "to": "Mon, 07 Jan 2030 11:00:00 GMT",
            "gpus": 2,
            "memory_gb": 0,
        }
    ]
    times = [each for each in error["alternatives"] if each["start"] == "Mon, 07 Jan 2030 12:00:00 GMT"]
    assert times[0]["end"] == "Mon, 07 Jan 2030 14:00:00 GMT"
    assert {"resource": 1, "gpus": 2, "memory_gb": 2}.items() <= error["alternatives"][-1].items()


def test_s33_a_booking_with_its_machines_is_saved_whole_or_not_at_all(book_in_french):
    assert book_in_french(9, 10, 13).status_code == 409
    assert Reservation.objects.count() == 0
    assert Allocation.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_s35_a_refusal_leaves_no_transaction_open(api_of, alice, machine):
    """The thread that was refused keeps its connection; another writes at once."""
    refused, done = threading.Event(), threading.Event()
    bearer, left_open = api_of(alice)._credentials, []
    line = {"idRessource": 1, "nbGPU": 99, "nbMemoire": 0}
    bodies = [{}, {"date_debut": "x"}, {"date_debut": moment(9), "date_fin": moment(10), "lignes": [line]}]

    def ask():
        client = APIClient()
        client.credentials(**bearer)
        answers = [client.post("/Reservation", body).status_code for body in bodies]
        left_open.append((answers, connection.in_atomic_block, connection.connection is None))
        refused.set()
        done.wait(20)
        connection.close()

    thread = threading.Thread(target=ask)
    thread.start()
    assert refused.wait(20)
    booking.book(actor=None, owner=alice, start=at(9), end=at(10))
    done.set()
    thread.join()
    assert left_open == [([400, 400, 409], False, False)]
