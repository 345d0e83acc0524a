"""Bad input with which the original system failed, over its own wire.

Cases S8 to S18, S26 to S30 and S37.
"""

import pytest

from farm.models import Machine, Reservation
from farm.tests.conftest import at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "machine")]


def moment(hour):
    return f"{at(hour):%Y-%m-%d %H:%M:%S}"


def error_of(response):
    return response.json()["error"]


@pytest.mark.parametrize(("gpus", "memory"), [(-100, 0), (0, -1), (0, 0), ("3", 0), (None, 1), (1, None), (1.5, 0)])
def test_s8_to_s11_a_share_must_be_whole_numbers_and_not_empty(book_in_french, gpus, memory):
    response = book_in_french(9, 10, gpus, memory)
    assert response.status_code == 400
    assert error_of(response)["field"] in ("nbGPU", "nbMemoire")
    assert Reservation.objects.count() == 0


@pytest.mark.parametrize("value", [True, [1], {"a": 1}, "", 10**30])
def test_s11_other_json_types_are_no_quantities(book_in_french, value):
    assert book_in_french(9, 10, value).status_code == 400


@pytest.mark.parametrize("missing", ["date_debut", "date_fin"])
def test_s12_a_booking_needs_both_dates(api_of, alice, missing):
    body = {"date_debut": moment(9), "date_fin": moment(10), missing: None}
    response = api_of(alice).post("/Reservation", body)
    assert response.status_code == 400
    assert error_of(response)["field"] == missing


def test_s13_s14_the_end_must_be_after_the_start(book_in_french):
    assert book_in_french(12, 10, 1).status_code == 400
    assert error_of(book_in_french(10.5, 8, 11))["field"] == "date_fin"


def test_s15_an_empty_span_or_one_in_the_past_is_refused(book_in_french):
    assert book_in_french(9, 9, 1).status_code == 400
    assert book_in_french(9, 10, 1, date_debut="1999-01-01 09:00:00").status_code == 400


@pytest.mark.parametrize(
    "value",
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
def test_s16_an_invalid_date_is_refused_with_the_name_of_the_field(book_in_french, value):
    response = book_in_french(9, 10, 1, date_debut=value)
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
def test_s17_s18_each_accepted_date_format_means_the_same_time(book_in_french, form):
    response = book_in_french(9, 10, 1, date_debut=form)
    assert response.status_code == 201
    assert response.json()["date_debut"] == "Mon, 07 Jan 2030 09:00:00 GMT"


def test_s18_the_dates_of_get_can_be_posted_back(book_in_french, api_of, alice):
    first = api_of(alice).get(f"/Reservation/{book_in_french(9, 10, 1).json()['id']}").json()
    again = api_of(alice).post("/Reservation", {key: first[key] for key in ("date_debut", "date_fin")})
    assert again.status_code == 201
    assert again.json()["date_fin"] == first["date_fin"]


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
def test_s26_a_body_that_is_no_json_object_is_refused(api_of, staff, body, kind, status):
    response = api_of(staff).generic("POST", "/Ressource", body, content_type=kind)
    assert response.status_code == status
    assert Machine.objects.count() == 1


@pytest.mark.parametrize(("gpus", "memory"), [(-1, -5), (None, None), (0, 0), ("1.5", 1), (True, 1), (10**12, 1)])
def test_s27_s29_the_quantities_of_a_machine_must_be_whole_numbers(api_of, staff, gpus, memory):
    body = {"id": 16, "quantiteGPU": gpus, "quantiteMemoire": memory}
    assert api_of(staff).post("/Ressource", body).status_code == 400


@pytest.mark.parametrize("number", [0, -3, "-3", "0", "16x", "", "1.0", "١٦", 1.0, 2**63, "9" * 19])
def test_s28_an_id_must_be_one_or_more(api_of, staff, number):
    body = {"id": number, "quantiteGPU": 1, "quantiteMemoire": 1}
    response = api_of(staff).post("/Ressource", body)
    assert response.status_code == 400
    assert error_of(response)["field"] == "id"


def test_s30_an_invalid_machine_id_is_refused(book_in_french):
    response = book_in_french(9, 10, 1, lignes=[{"idRessource": "1abc", "nbGPU": 1, "nbMemoire": 1}])
    assert response.status_code == 400
    assert error_of(response)["field"] == "idRessource"


@pytest.mark.parametrize("day", ["2030-02-28", "2031-12-31", "2032-02-29"])
def test_s37_any_day_and_any_minute_can_be_booked(book_in_french, day):
    created = book_in_french(9, 10, 1, date_debut=f"{day} 09:17:00", date_fin=f"{day} 10:43:30")
    assert created.status_code == 201
    assert created.json()["date_fin"].endswith("10:43:30 GMT")
