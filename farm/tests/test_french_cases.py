"""The cases in which the original system failed, asked over its own wire (S1 to S37)."""

import threading

import pytest
from django.db import connection
from rest_framework.test import APIClient

from farm.domain import booking
from farm.models import Allocation, Machine, Reservation
from farm.tests.conftest import at
from farm.tests.test_races import all_at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "machine")]
DAY = "2030-01-07"


def moment(hour):
    return f"{DAY} {int(hour):02}:{round(hour % 1 * 60):02}:00"


@pytest.fixture
def ask(api_of, alice):
    """Books over the wire in one request: `ask(9, 10, 6, 0)`."""
    api = api_of(alice)

    def post(start, end, gpus, memory=0, **more):
        line = {"idRessource": 1, "nbGPU": gpus, "nbMemoire": memory}
        body = {"date_debut": moment(start), "date_fin": moment(end), "lignes": [line], **more}
        return api.post("/Reservation", body)

    return post


def error_of(response):
    return response.json()["error"]


def test_s1_all_the_gpus_can_be_booked(ask):
    assert ask(9, 10, 12, 1).status_code == 201


def test_s2_all_the_memory_can_be_booked(ask):
    assert ask(9, 10, 1, 16).status_code == 201


def test_s3_back_to_back_bookings_fit(ask):
    assert ask(9, 10, 11, 15).status_code == 201
    assert ask(10, 11, 11, 15).status_code == 201


def test_s4_the_peak_counts_not_the_sum(ask):
    ask(9, 10, 6), ask(10, 11, 6)
    assert ask(9, 11, 6).status_code == 201


def test_s5_memory_is_free_again_when_a_booking_ends(ask):
    ask(9, 10, 1, 10), ask(11, 12, 1, 10)
    assert ask(9, 12, 1, 5).status_code == 201


def test_s6_a_peak_above_the_capacity_is_refused(ask):
    ask(9, 10, 6), ask(11, 13, 6)
    assert ask(11.5, 13, 6).status_code == 201
    assert ask(9, 13, 6).status_code == 409


def test_s7_every_booking_counts_once(ask):
    ask(9, 10, 0, 1), ask(9, 10, 6), ask(11, 12, 6)
    assert ask(9, 12, 6).status_code == 201


@pytest.mark.parametrize(("gpus", "memory"), [(-100, 0), (0, -1), (0, 0), ("3", 0), (None, 1), (1, None), (1.5, 0)])
def test_s8_to_s11_a_share_is_whole_numbers_and_something(ask, gpus, memory):
    response = ask(9, 10, gpus, memory)
    assert response.status_code == 400
    assert error_of(response)["field"] in ("nbGPU", "nbMemoire")
    assert Reservation.objects.count() == 0


@pytest.mark.parametrize("odd", [True, [1], {"a": 1}, "", 10**30])
def test_s11_nothing_but_a_number_is_a_number(ask, odd):
    assert ask(9, 10, odd).status_code == 400


@pytest.mark.parametrize("missing", ["date_debut", "date_fin"])
def test_s12_a_booking_has_both_its_dates(api_of, alice, missing):
    body = {"date_debut": moment(9), "date_fin": moment(10), missing: None}
    response = api_of(alice).post("/Reservation", body)
    assert response.status_code == 400
    assert error_of(response)["field"] == missing


def test_s13_s14_the_end_is_after_the_start(ask):
    assert ask(12, 10, 1).status_code == 400
    assert error_of(ask(10.5, 8, 11))["field"] == "date_fin"


def test_s15_an_empty_span_or_one_in_the_past_is_refused(ask):
    assert ask(9, 9, 1).status_code == 400
    assert ask(9, 10, 1, date_debut="1999-01-01 09:00:00").status_code == 400


@pytest.mark.parametrize(
    "odd",
    [
        "hello",
        "2030-02-31 09:00:00",
        "2030-01-07",
        5,
        "2030-01-07T09:00:00",
        "٢٠٣٠-01-07",
        "2030-1-7T9:00:00Z",
        "2030-W54-1T09:00:00Z",
        "2030-01-07+01:00",
        "2030-01-07 09:00",
        "30-1-7 9:00:00",
        "2030-01-07x09:00:00Z",
        "Mon, 007 Jan 2030 09:00:00 GMT",
    ],
)
def test_s16_what_is_no_date_is_refused_by_name(ask, odd):
    response = ask(9, 10, 1, date_debut=odd)
    assert response.status_code == 400
    assert error_of(response)["field"] == "date_debut"


@pytest.mark.parametrize(
    "form",
    [
        "2030-01-07T11:00:00+02:00",
        "2030-01-07T09:00:00Z",
        "2030-01-07T10:00:00+0100",
        "2030-01-07T10:00:00+01",
        "20300107T090000Z",
        "20300107T100000.5+0100",
        "2030-W02-1T09:00:00Z",
        "Mon, 07 Jan 2030 09:00:00 GMT",
        "Mon, 7 Jan 2030 09:00:00 GMT",
        "2030-01-07 09:00:00",
        "2030-1-7 9:00:00",
    ],
)
def test_s17_s18_every_form_of_nine_o_clock_is_nine_o_clock(ask, form):
    response = ask(9, 10, 1, date_debut=form)
    assert response.status_code == 201
    assert response.json()["date_debut"] == "Mon, 07 Jan 2030 09:00:00 GMT"


def test_s18_what_get_returned_can_be_posted_back(ask, api_of, alice):
    first = api_of(alice).get(f"/Reservation/{ask(9, 10, 1).json()['id']}").json()
    again = api_of(alice).post("/Reservation", {key: first[key] for key in ("date_debut", "date_fin")})
    assert again.status_code == 201
    assert again.json()["date_fin"] == first["date_fin"]


@pytest.mark.django_db(transaction=True)
def test_s19_of_eight_at_once_one_gets_eleven_of_twelve(api_of, alice):
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
        assert sorted(all_at_once(post, 8)) == [201] + [409] * 7
        booking.cancel(actor=None, reservation_id=Reservation.objects.latest("pk").pk)


def test_s20_the_owner_is_the_caller_and_the_answer_says_where_it_is(ask, api_of, alice):
    response = ask(9, 10, 1)
    made = response.json()
    assert made["nomUtilisateur"] == "alice"
    assert response["Location"].endswith(f"/Reservation/{made['id']}")
    assert api_of(alice).get(response["Location"]).status_code == 200


def test_s21_the_same_machine_twice_in_one_request_is_merged(api_of, alice):
    line = {"idRessource": 1, "nbGPU": 2, "nbMemoire": 3}
    body = {"date_debut": moment(9), "date_fin": moment(10), "lignes": [line, line]}
    made = api_of(alice).post("/Reservation", body).json()
    assert [(row["nbGPU"], row["nbMemoire"]) for row in made["lignes"]] == [(4, 6)]


def test_s21_the_same_machine_again_in_a_second_request_is_refused(ask, api_of, alice):
    line = {"idReservation": ask(9, 10, 1).json()["id"], "idRessource": 1, "nbGPU": 1, "nbMemoire": 0}
    assert api_of(alice).post("/RessourceReserve", line).status_code == 409


@pytest.mark.parametrize(("reservation", "number"), [(999, 1), (None, 999)])
def test_s22_an_unknown_booking_or_machine_is_404(ask, api_of, alice, reservation, number):
    reservation = reservation or ask(9, 10, 1).json()["id"]
    line = {"idReservation": reservation, "idRessource": number, "nbGPU": 1, "nbMemoire": 0}
    assert api_of(alice).post("/RessourceReserve", line).status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "/Reservation/999/",
        "/Ressource/999/",
        "/Ressource/abc",
        "/Ressource/99999999999999999999999999",
        "/Reservation/-1",
        "/RessourceReserve/idRessource/999",
        "/RessourceReserve/idReservation/999/",
    ],
)
def test_s23_s24_nothing_there_is_404_in_json(api_of, alice, address):
    response = api_of(alice).get(address)
    assert response.status_code == 404
    assert set(error_of(response)) >= {"code", "message", "field"}


def test_s25_a_number_that_is_taken_is_refused(api_of, staff):
    body = {"id": 1, "quantiteMemoire": 12, "quantiteGPU": 15}
    assert api_of(staff).post("/Ressource", body).status_code == 409
    assert Machine.objects.get(pk=1).gpu_count == 12


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ('{"id": 16, "quantiteGPU": 1}', "application/json", 400),
        ("{}", "application/json", 400),
        ("", "application/json", 400),
        ("[]", "application/json", 400),
        ("{", "application/json", 400),
        ('{"quantiteGPU": 1, "quantiteMemoire": NaN}', "application/json", 400),
        ('{"quantiteGPU": 1, "quantiteMemoire": 1}', "text/plain", 415),
        ("quantiteGPU=1", "application/x-www-form-urlencoded", 415),
    ],
)
def test_s26_what_is_not_an_object_in_json_is_refused(api_of, staff, body, kind, status):
    response = api_of(staff).generic("POST", "/Ressource", body, content_type=kind)
    assert response.status_code == status
    assert Machine.objects.count() == 1


@pytest.mark.parametrize(("gpus", "memory"), [(-1, -5), (None, None), (0, 0), ("1.5", 1), (True, 1), (10**12, 1)])
def test_s27_s29_a_machine_has_whole_quantities(api_of, staff, gpus, memory):
    body = {"id": 16, "quantiteGPU": gpus, "quantiteMemoire": memory}
    assert api_of(staff).post("/Ressource", body).status_code == 400


@pytest.mark.parametrize("number", [0, -3, "-3", "0", "16x", "", "1.0", "١٦", 1.0, 2**63, "9" * 19])
def test_s28_a_number_is_one_or_more(api_of, staff, number):
    body = {"id": number, "quantiteGPU": 1, "quantiteMemoire": 1}
    response = api_of(staff).post("/Ressource", body)
    assert response.status_code == 400
    assert error_of(response)["field"] == "id"


def test_s30_an_odd_machine_number_is_refused(ask):
    response = ask(9, 10, 1, lignes=[{"idRessource": "1abc", "nbGPU": 1, "nbMemoire": 1}])
    assert response.status_code == 400
    assert error_of(response)["field"] == "idRessource"


def test_s31_a_refusal_says_what_is_missing_when_and_what_would_fit(ask):
    ask(9, 12, 10)
    response = ask(9, 11, 4, 2)
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
    times = [way for way in error["alternatives"] if way["start"] == "Mon, 07 Jan 2030 12:00:00 GMT"]
    assert times[0]["end"] == "Mon, 07 Jan 2030 14:00:00 GMT"
    assert {"resource": 1, "gpus": 2, "memory_gb": 2}.items() <= error["alternatives"][-1].items()


def test_s32_a_booking_can_be_changed_and_cancelled(ask, api_of, alice):
    address = f"/Reservation/{ask(9, 10, 12).json()['id']}"
    changed = api_of(alice).patch(address, {"date_fin": moment(11)})
    assert changed.status_code == 200
    assert changed.json()["date_fin"] == "Mon, 07 Jan 2030 11:00:00 GMT"
    assert api_of(alice).delete(address).status_code == 204
    assert api_of(alice).get(address).status_code == 404
    assert ask(9, 10, 12).status_code == 201


def test_s33_a_request_with_its_lines_is_all_or_nothing(ask):
    assert ask(9, 10, 13).status_code == 409
    assert Reservation.objects.count() == 0
    assert Allocation.objects.count() == 0


def test_s34_long_lists_have_pages_and_a_window(ask, api_of, alice):
    ids = [ask(hour, hour + 1, 1).json()["id"] for hour in range(8, 14)]

    def listed(query):
        return [row["id"] for row in api_of(alice).get(f"/Reservation{query}").json()["Reservations"]]

    assert listed("") == ids
    assert listed("?limit=2&offset=3") == ids[3:5]
    assert listed("?from=2030-01-07 10:00:00&to=2030-01-07 12:00:00") == ids[2:4]
    assert api_of(alice).get("/Reservation?limit=x").status_code == 400
    assert 'rel="next"' in api_of(alice).get("/Reservation?limit=2")["Link"]


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


def test_s36_only_staff_and_machines_make_machines(api, api_of, alice, teacher, program):
    body = {"quantiteMemoire": 12, "quantiteGPU": 15}
    assert api.post("/Ressource", body).status_code == 401
    assert api_of(alice).post("/Ressource", body).status_code == 403
    assert api_of(teacher).post("/Ressource", body).status_code == 403
    assert api_of(program).post("/Ressource", body).status_code == 201


def test_s36_nobody_reads_without_signing_in(api):
    for address in ("/Ressource", "/Ressource/1", "/Reservation/", "/RessourceReserve"):
        assert api.get(address).status_code == 401


def test_s36_a_token_is_not_given_for_a_name(api, alice):
    for word in ({}, {"password": ""}, {"password": "Admin"}):
        assert api.post("/api/v1/token/", {"username": "alice", **word}).status_code in (400, 401)


@pytest.mark.parametrize("day", ["2030-02-28", "2031-12-31", "2032-02-29"])
def test_s37_any_day_of_any_year_and_any_minute(ask, day):
    made = ask(9, 10, 1, date_debut=f"{day} 09:17:00", date_fin=f"{day} 10:43:30")
    assert made.status_code == 201
    assert made.json()["date_fin"].endswith("10:43:30 GMT")


def test_s37_both_spellings_of_memory_are_taken_and_given(api_of, alice):
    line = {"idRessource": 1, "nbGPU": 1, "nbmemoire": 4}
    body = {"date_debut": moment(9), "date_fin": moment(10), "lignes": [line]}
    made = api_of(alice).post("/Reservation/", body).json()
    address = f"/RessourceReserve/idReservation/{made['id']}/"
    rows = api_of(alice).get(address).json()["RessourceReserve"]
    assert rows == [{"idReservation": made["id"], "idRessource": 1, "nbGPU": 1, "nbMemoire": 4, "nbmemoire": 4}]
