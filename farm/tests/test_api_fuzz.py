"""Whatever is sent to /api/v1/farm/: an answer that the OpenAPI document knows, never a 500, no half-done row."""

import pytest
import requests
import schemathesis.openapi
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode, Response
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.models import AuditEvent
from farm import booking, machines
from farm.models import Allocation, Closure, KeptAnswer, Project, Reservation, Resource
from farm.rules import Line
from farm.tests.conftest import at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "resource")]
EXAMPLES = 7  # of each operation, in and out of its shape; by hand with 60 now and then
ROWS = (Resource, Reservation, Allocation, Closure, KeptAnswer, AuditEvent)
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def rows():
    return [list(model.objects.order_by("pk").values()) for model in ROWS]


@pytest.fixture
def world(alice, staff):
    """One of everything under the numbers that a guesser tries first."""
    span = {"start": at(9), "end": at(10)}
    booking.book(actor=None, owner=alice, lines=[Line(1, 2, 2)], **span)
    booking.book(actor=None, owner=alice, **span)
    machines.close(actor=None, resource_id=1, start=at(9, 9), end=at(10, 9))
    Project.objects.create(name="team").owners.add(alice)
    return {"staff": staff, "student": alice}


def real_numbers(operation):
    """What the ids of this address may be, where it has any: of the student's draft, of the machine, …"""
    noun = operation.path.split("/")[4]
    model = {"reservations": Reservation, "resources": Resource, "closures": Closure, "projects": Project}.get(noun)
    numbers = {"id": model.objects.latest("pk").pk if model else 0, "resource_id": 1}
    return {name: number for name, number in numbers.items() if f"{{{name}}}" in operation.path} or None


def test_no_request_breaks_the_api_or_leaves_half_a_row(world, api_of):
    document = api_of(world["staff"]).get("/api/v1/schema", headers={"Accept": "application/json"}).json()
    farm = schemathesis.openapi.from_dict(document).include(path_regex="^/api/v1/farm/")
    operations = [result.ok() for result in farm.get_all_operations()]
    seen, faults = [], []
    for operation in operations:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            try_out(operation, mode, {who: api_of(world[who]) for who in world}, seen, faults)
    assert not faults, "\n".join(faults)
    assert len(operations) >= 19
    assert len(seen) >= len(operations) * EXAMPLES * 1.5
    assert {status for status in seen if status < 300} >= {200, 201, 204}


def call(client, case):
    """The case through Django's client, in this test's transaction; the answer as schemathesis knows answers."""
    asked = requests.Request(**case.as_transport_kwargs("http://testserver")).prepare()
    headers = {name: value for name, value in asked.headers.items() if name not in ("Content-Type", "Content-Length")}
    kind = asked.headers.get("Content-Type", "")
    found = client.generic(asked.method, asked.path_url, asked.body or b"", content_type=kind, headers=headers)
    named = {name: [value] for name, value in found.headers.items()}
    return Response(found.status_code, named, found.content, asked, elapsed=0.0, verify=False)


def try_out(operation, mode, clients, seen, faults):
    numbers = real_numbers(operation) if mode == GenerationMode.POSITIVE else None
    strategy = operation.as_strategy(generation_mode=mode, path_parameters=numbers)

    @given(case=strategy, caller=st.sampled_from(sorted(clients)))
    @settings(
        max_examples=EXAMPLES,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def send(case, caller):
        with transaction.atomic():
            before = rows()
            answer = call(clients[caller], case)
            try:
                case.validate_response(answer, checks=CHECKS)
            except FailureGroup as group:
                faults.extend(f"{fault.title}: {case.as_curl_command()} {answer.content}" for fault in group.exceptions)
            seen.append(answer.status_code)
            if answer.status_code >= 400 or operation.method.upper() == "GET":
                assert rows() == before
            transaction.set_rollback(True)

    send()
