"""Random requests to /api/v1/farm/: every answer is in the OpenAPI document, none is a 500, no row is half done."""

import pytest

from accounts.models import AuditEvent
from farm.domain import booking, machines
from farm.models import Allocation, Closure, KeptAnswer, Machine, Project, Reservation
from farm.rules.limits import RequestedAllocation
from farm.tests.conftest import at
from kernel.testing import fuzz

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "machine")]
EXAMPLES = 7  # of each operation, valid and invalid; many more in `make proof-fuzz`
ROWS = (Machine, Reservation, Allocation, Closure, KeptAnswer, AuditEvent)


@pytest.fixture
def people(alice, staff):
    """One row of everything, with the ids that a random request tries first."""
    span = {"start": at(9), "end": at(10)}
    booking.book(actor=None, owner=alice, allocations=[RequestedAllocation(1, 2, 2)], **span)
    booking.book(actor=None, owner=alice, **span)
    machines.close(actor=None, machine_id=1, start=at(9, 9), end=at(10, 9))
    Project.objects.create(name="team").owners.add(alice)
    return {"staff": staff, "student": alice}


def existing_ids(operation):
    """Return ids that exist for the address of this operation; None where it has no id."""
    noun = operation.path.split("/")[4]
    model = {"reservations": Reservation, "resources": Machine, "closures": Closure, "projects": Project}.get(noun)
    numbers = {"id": model.objects.latest("pk").pk if model else 0, "resource_id": 1}
    return {name: number for name, number in numbers.items() if f"{{{name}}}" in operation.path} or None


def test_no_request_breaks_the_api_or_leaves_half_a_row(people, api_of):
    clients = {who: api_of(people[who]) for who in ("staff", "student")}
    result = fuzz.fuzz_api("^/api/v1/farm/", clients=clients, models=ROWS, path_ids=existing_ids, examples=EXAMPLES)
    assert not result.faults, "\n".join(result.faults)
    assert result.operations >= 19
    assert len(result.statuses) >= result.operations * EXAMPLES * 1.5
    assert {status for status in result.statuses if status < 300} >= {200, 201, 204}
