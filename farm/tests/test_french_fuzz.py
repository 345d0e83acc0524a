"""Any input on the French wire gets JSON, never a 500, half a change or an overbooking."""

import json
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import AuditEvent
from farm.domain import booking
from farm.french import wire_format
from farm.models import Allocation, Machine, Reservation
from farm.queries import occupancy
from farm.rules.availability import least
from farm.rules.limits import RequestedAllocation
from farm.tests.conftest import at
from kernel.testing import fuzz

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "machine")]
EXAMPLES = 200  # of likely requests, and as many of odd ones; `make proof NAME=fuzz` runs more
ROWS = (Machine, Reservation, Allocation, AuditEvent)
WORDS = [
    "id", "quantiteGPU", "quantiteMemoire", "date_debut", "date_fin", "nomUtilisateur", "lignes", "idReservation",
    "idRessource", "nbGPU", "nbMemoire", "nbmemoire", "confirmer",
]  # fmt: skip
dates = st.sampled_from(
    [
        "2030-01-07 09:00:00",
        "2030-01-07 10:00:00",
        "2030-01-08T12:00:00+02:00",
        "Mon, 07 Jan 2030 11:00:00 GMT",
        "0001-01-01 00:00:00",
        "9999-12-31 23:59:59",
        "2030-02-31 00:00:00",
    ]
)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 20), st.integers(), st.floats(), st.text(max_size=20), dates,
    st.sampled_from(["alice", "staff", "1", "\x00", "\ud800"]),
)  # fmt: skip
lines = st.fixed_dictionaries(
    {"idRessource": st.sampled_from([1, 1, 1, 2]), "nbGPU": st.integers(0, 14), "nbMemoire": st.integers(0, 17)}
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner), max_leaves=6
)
odd_bodies = st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=5), values, max_size=8)
likely_bodies = st.fixed_dictionaries(
    {
        "date_debut": st.sampled_from(["2030-01-07 09:00:00", "Mon, 07 Jan 2030 08:00:00 GMT"]),
        "date_fin": st.sampled_from(["2030-01-07 10:00:00", "2030-01-08T12:00:00+02:00"]),
        "quantiteGPU": st.integers(0, 20),
        "quantiteMemoire": st.integers(0, 20),
    },
    optional={
        "id": st.integers(0, 3),
        "lignes": st.lists(lines, max_size=2),
        "idReservation": st.integers(1, 4),
        "idRessource": st.integers(1, 3),
        "nbGPU": st.integers(0, 14),
        "nbMemoire": st.integers(0, 17),
        "confirmer": st.booleans(),
        "nomUtilisateur": st.sampled_from(["alice", "staff", "nobody"]),
    },
)
bodies = st.one_of(likely_bodies, odd_bodies, values).map(lambda body: json.dumps(body).encode()) | st.binary(
    max_size=30
)
numbers = st.integers(-1, 5).map(str) | st.sampled_from(
    ["", "abc", "9" * 30, "%00", "%F0%9F%92%A9", "1.5", "%2F", "1;2"]
)
addresses = st.builds(
    lambda noun, number, slash: f"/{noun}{'/' + number if number else ''}{slash}",
    st.sampled_from(
        [
            "Ressource",
            "Reservation",
            "RessourceReserve",
            "RessourceReserve/idRessource",
            "RessourceReserve/idReservation",
        ]
    ),
    numbers,
    st.sampled_from(["", "/"]),
)
queries = st.dictionaries(
    st.sampled_from(["from", "to", "limit", "offset", "confirmer", "idRessource", "idReservation", "format"]),
    st.one_of(dates, st.integers(-1, 10**12).map(str), st.text(max_size=6)),
    max_size=3,
)
kinds = st.sampled_from(
    ["application/json", "application/json; charset=utf-8", "text/plain", "", "multipart/form-data"]
)
keys = st.none() | st.sampled_from(["k", "x" * 300])


odd_requests = st.tuples(
    st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]),
    addresses,
    queries,
    bodies,
    st.just("application/json") | kinds,
    keys,
)
likely_requests = st.tuples(
    st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]),
    st.sampled_from(["/Ressource", "/Ressource/1", "/Reservation", "/Reservation/1", "/RessourceReserve"]),
    st.just({}),
    likely_bodies.map(lambda body: json.dumps(body).encode()),
    st.just("application/json"),
    st.none() | st.just("k"),
)


def test_no_request_causes_a_500_or_a_partial_change(api_of, alice, staff):
    own = booking.book(actor=None, owner=alice, start=at(9), end=at(10), allocations=[RequestedAllocation(1, 6, 4)]).pk
    booking.book(actor=None, owner=alice, start=at(9), end=at(10))
    clients = {"alice": api_of(alice), "staff": api_of(staff)}

    def run_examples(strategy):
        @given(caller=st.sampled_from(sorted(clients)), request=strategy)
        @fuzz.example_settings(EXAMPLES)
        def send(caller, request):
            method, address, query, body, kind, key = request
            address = address.replace("/Reservation/1", f"/Reservation/{own}")
            with transaction.atomic():
                before = fuzz.stored_rows(ROWS)
                headers = {"Idempotency-Key": key} if key else {}
                path = f"{address}?{urlencode(query, errors='replace')}"
                answer = clients[caller].generic(method, path, body, content_type=kind, headers=headers)
                seen.append(answer.status_code)
                assert answer.status_code < 500
                assert not 300 <= answer.status_code < 400
                if answer.status_code >= 400 or method in ("GET", "HEAD", "OPTIONS"):
                    assert fuzz.stored_rows(ROWS) == before
                if answer.status_code >= 400 and method != "HEAD" and answer["Content-Type"] == "application/json":
                    assert set(answer.json()["error"]) >= {"code", "message", "field"}
                for machine in Machine.objects.all():
                    assert min(least(occupancy.profiles([machine], at(0), at(0, 31))[machine.pk])) >= 0
                transaction.set_rollback(True)

        send()

    with fuzz.count_statuses("/Ressource, /Reservation, /RessourceReserve") as seen:
        run_examples(likely_requests)
        run_examples(odd_requests)
    assert len(seen) >= 2 * EXAMPLES
    assert set(seen) >= {200, 201, 204, 400, 404, 405, 409}  # many requests pass the parsing


moments = st.datetimes(timezones=st.just(UTC), min_value=datetime(1000, 1, 1), max_value=datetime(9000, 1, 1))


@given(moment=moments)
@settings(deadline=None)
def test_a_written_date_is_read_as_the_same_date(moment):
    assert wire_format.read_date(wire_format.write_date(moment), "x") == moment.replace(microsecond=0)
