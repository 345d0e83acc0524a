"""Whatever is sent to /api/v1/farm/: an answer that the OpenAPI document knows, never a 500, no half-done row."""

import pytest

from accounts.models import AuditEvent
from farm.domain import booking, machines
from farm.models import Allocation, Closure, KeptAnswer, Machine, Project, Reservation
from farm.rules.limits import Line
from farm.tests.conftest import at
from kernel.testing import fuzz

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "machine")]
EXAMPLES = 7  # of each operation, in and out of its shape; many more in `make proof-fuzz`
ROWS = (Machine, Reservation, Allocation, Closure, KeptAnswer, AuditEvent)


@pytest.fixture
def world(alice, staff):
    """One of everything under the numbers that a guesser tries first."""
    span = {"start": at(9), "end": at(10)}
    booking.book(actor=None, owner=alice, lines=[Line(1, 2, 2)], **span)
    booking.book(actor=None, owner=alice, **span)
    machines.close(actor=None, machine_id=1, start=at(9, 9), end=at(10, 9))
    Project.objects.create(name="team").owners.add(alice)
    return {"staff": staff, "student": alice}


def real_numbers(operation):
    """What the ids of this address may be, where it has any: of the student's draft, of the machine, …"""
    noun = operation.path.split("/")[4]
    model = {"reservations": Reservation, "resources": Machine, "closures": Closure, "projects": Project}.get(noun)
    numbers = {"id": model.objects.latest("pk").pk if model else 0, "resource_id": 1}
    return {name: number for name, number in numbers.items() if f"{{{name}}}" in operation.path} or None


def test_no_request_breaks_the_api_or_leaves_half_a_row(world, api_of):
    clients = {who: api_of(world[who]) for who in ("staff", "student")}
    tried = fuzz.fuzz_api("^/api/v1/farm/", clients=clients, models=ROWS, path_ids=real_numbers, examples=EXAMPLES)
    assert not tried.faults, "\n".join(tried.faults)
    assert tried.operations >= 19
    assert len(tried.statuses) >= tried.operations * EXAMPLES * 1.5
    assert {status for status in tried.statuses if status < 300} >= {200, 201, 204}
