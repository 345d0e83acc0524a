"""Random requests to /api/v1/token/: every response is documented, none is a 500, and no row is half written."""

import pytest
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from accounts.models import User
from kernel.testing import fuzz

pytestmark = pytest.mark.django_db
EXAMPLES = 12  # valid ones and invalid ones for each operation; many more in `make proof-fuzz`
ROWS = (User, OutstandingToken, BlacklistedToken)


def test_no_request_breaks_the_token_api_or_leaves_a_half_written_row(api, api_of, alice):
    clients = {"nobody": api, "alice": api_of(alice)}
    tried = fuzz.fuzz_api("^/api/v1/token/", clients=clients, models=ROWS, path_ids=lambda _: None, examples=EXAMPLES)
    assert not tried.faults, "\n".join(tried.faults)
    assert tried.operations == 4
    assert len(tried.statuses) >= tried.operations * EXAMPLES
    assert {400, 401} <= set(tried.statuses)
