"""Idempotency-Key: sent twice, done once.

The response is saved together with the rows that it describes, or not at all.
"""

from datetime import timedelta

import pytest
from celery import current_app
from django.utils.module_loading import import_string

from accounts.models import AuditEvent
from farm import tasks
from farm.domain import booking, idempotency, machines
from farm.models import Closure, KeptAnswer, Machine, Reservation
from farm.tests.conftest import NOW, at
from kernel.testing.threads import run_at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "machine")]
MODERN = "/api/v1/farm/reservations/"
BODY = {
    "start": "2030-01-07T09:00:00Z",
    "end": "2030-01-07T10:00:00Z",
    "lines": [{"resource": 1, "gpus": 12, "memory_gb": 2}],
}
FRENCH = {
    "date_debut": "2030-01-07 09:00:00",
    "date_fin": "2030-01-07 10:00:00",
    "lignes": [{"idRessource": 1, "nbGPU": 12, "nbMemoire": 2}],
}


def send(api, address, body, key):
    return api.post(address, body, headers={"Idempotency-Key": key})


@pytest.mark.parametrize(("address", "body"), [(MODERN, BODY), ("/Reservation", FRENCH)])
def test_the_same_request_again_gets_the_same_response_and_books_once(api_of, alice, address, body):
    first = send(api_of(alice), address, body, "k-1")
    again = send(api_of(alice), address, body, "k-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again["Location"] == first["Location"]
    assert (first.headers.get("Idempotency-Replayed"), again["Idempotency-Replayed"]) == (None, "true")
    assert Reservation.objects.count() == 1
    assert AuditEvent.objects.filter(verb="farm.book").count() == 1


def test_the_response_is_the_same_after_the_booking_changed_or_began(api_of, alice, frozen):
    first = send(api_of(alice), MODERN, BODY, "k-1")
    booking.cancel(actor=alice, reservation_id=first.json()["id"])
    frozen.move_to(at(9.5))
    assert send(api_of(alice), MODERN, BODY, "k-1").content == first.content


def test_spaces_order_of_keys_and_a_final_slash_do_not_count(api_of, alice):
    send(api_of(alice), MODERN, BODY, "k-1")
    turned = dict(reversed(BODY.items()))
    assert send(api_of(alice), MODERN.rstrip("/"), turned, "k-1")["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize(("address", "body"), [(MODERN, {**BODY, "purpose": "another"}), ("/Reservation", FRENCH)])
def test_another_request_under_the_same_key_is_422(api_of, alice, address, body):
    send(api_of(alice), MODERN, BODY, "k-1")
    refused = send(api_of(alice), address, body, "k-1")
    assert refused.status_code == 422
    assert refused.json()["error"]["code"] == "key_reused"
    assert refused.json()["error"]["field"] == "Idempotency-Key"
    assert Reservation.objects.count() == 1


def test_each_caller_has_its_own_keys(api_of, alice, bob):
    half = {**BODY, "lines": [{"resource": 1, "gpus": 6, "memory_gb": 2}]}
    owners = [send(api_of(person), MODERN, half, "k-1").json()["owner"] for person in (alice, bob)]
    assert owners == ["alice", "bob"]


def test_trusted_peers_with_different_addresses_have_their_own_keys(api, bob, settings):
    import ipaddress

    settings.TRUSTED_NETWORKS = [ipaddress.ip_network("10.1.0.0/16")]
    body = {**FRENCH, "nomUtilisateur": "bob", "lignes": [{"idRessource": 1, "nbGPU": 6, "nbMemoire": 2}]}

    def post(address):
        return api.post("/Reservation", body, headers={"Idempotency-Key": "k-1"}, REMOTE_ADDR=address)

    numbers = [post(address).json()["id"] for address in ("10.1.0.1", "10.1.0.2", "10.1.0.1")]
    assert numbers[0] == numbers[2] != numbers[1]


def test_keys_are_case_sensitive(api_of, alice):
    draft = {**BODY, "lines": []}
    numbers = {send(api_of(alice), MODERN, draft, key).json()["id"] for key in ("key", "KEY", "key 1")}
    assert len(numbers) == 3


@pytest.mark.parametrize("key", ["", "é", "a\tb", "x" * 256, "\x7f"])
def test_an_invalid_key_is_refused_and_nothing_is_booked(api_of, alice, key):
    refused = send(api_of(alice), MODERN, BODY, key)
    assert refused.status_code == 400
    assert refused.json()["error"]["field"] == "Idempotency-Key"
    assert Reservation.objects.count() == 0


def test_a_key_of_255_characters_is_accepted(api_of, alice):
    assert send(api_of(alice), MODERN, BODY, "~" * 255).status_code == 201


def test_a_refusal_is_not_saved_and_the_key_can_be_used_again(api_of, alice, bob, take):
    blocking = take(bob, 9, 10, 1)
    assert send(api_of(alice), MODERN, BODY, "k-1").status_code == 409
    assert send(api_of(alice), MODERN, {**BODY, "end": "x"}, "k-1").status_code == 400
    assert KeptAnswer.objects.count() == 0
    booking.cancel(actor=None, reservation_id=blocking.pk)
    assert send(api_of(alice), MODERN, BODY, "k-1").status_code == 201


def test_without_the_saved_response_there_is_no_booking(api_of, alice, monkeypatch):
    """The process dies between the rows of the booking and the response.

    Then neither exists, and the key can be used again.
    """

    def dies(*_args):
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(idempotency, "_save_response", dies)
        with pytest.raises(MemoryError):
            send(api_of(alice), MODERN, BODY, "k-1")
    assert (Reservation.objects.count(), KeptAnswer.objects.count()) == (0, 0)
    assert send(api_of(alice), MODERN, BODY, "k-1").status_code == 201


@pytest.mark.parametrize(
    ("address", "body", "model"),
    [
        ("/api/v1/farm/resources/", {"name": "dgx", "gpu_count": 8, "memory_gb": 64}, Machine),
        ("/Ressource", {"quantiteGPU": 8, "quantiteMemoire": 64}, Machine),
        (
            "/api/v1/farm/closures/",
            {"resource": 1, "start": "2030-01-07T09:00:00Z", "end": "2030-01-07T10:00:00Z"},
            Closure,
        ),
    ],
)
def test_machines_and_closures_are_created_once_too(api_of, staff, address, body, model):
    before = model.objects.count()
    answers = [send(api_of(staff), address, body, "k-1") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201] * 3
    assert len({answer.content for answer in answers}) == 1
    assert model.objects.count() == before + 1


def test_responses_are_deleted_after_a_day(api_of, alice, frozen):
    send(api_of(alice), MODERN, BODY, "k-1")
    frozen.move_to(NOW + timedelta(hours=23, minutes=59))
    tasks.forget_answers()
    assert KeptAnswer.objects.count() == 1
    frozen.move_to(NOW + timedelta(hours=24))
    tasks.forget_answers()
    assert KeptAnswer.objects.count() == 0


def test_the_schedule_deletes_old_responses():
    import_string("config.celery.app")  # its settings are read by now
    assert "farm.tasks.forget_answers" in {entry["task"] for entry in current_app.conf.beat_schedule.values()}


@pytest.mark.django_db(transaction=True)
def test_16_requests_at_once_with_one_key_get_the_same_booking(api_of, alice, bob):
    """They book the whole machine: without the key, all but one would be refused."""
    api = api_of(alice)
    tokens = api._credentials

    def post_with_key(_number):
        from rest_framework.test import APIClient

        client = APIClient()
        client.credentials(**tokens)
        return send(client, MODERN, BODY, "k-1")

    answers = run_at_once(post_with_key, 16)
    assert [answer.status_code for answer in answers] == [201] * 16
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotency-Replayed" in answer for answer in answers) == 15
    assert Reservation.objects.count() == KeptAnswer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_of_16_different_requests_at_once_with_one_key_books(api_of, staff, person):
    """Staff book for 16 people on 16 machines: only the row of the key separates them."""
    people = [person(f"person-{number}") for number in range(16)]
    rows = [machines.add_machine(actor=None, gpu_count=2, memory_gb=2) for _ in range(16)]
    tokens = api_of(staff)._credentials

    def post_with_key(number):
        from rest_framework.test import APIClient

        client = APIClient()
        client.credentials(**tokens)
        line = {"resource": rows[number].pk, "gpus": 1, "memory_gb": 1}
        return send(client, MODERN, {**BODY, "owner": people[number].username, "lines": [line]}, "k-1").status_code

    answers = run_at_once(post_with_key, 16)
    assert sorted(answers) == [201] + [422] * 15
    assert Reservation.objects.count() == KeptAnswer.objects.count() == 1
