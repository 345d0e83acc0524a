"""Whatever is sent to /api/v1/token/: an answer that the OpenAPI document knows, never a 500, no half-done row."""

import pytest
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from accounts.models import User
from kernel.testing import fuzz

pytestmark = pytest.mark.django_db
EXAMPLES = 12  # of each operation, in and out of its shape; many more in `make proof-fuzz`
ROWS = (User, OutstandingToken, BlacklistedToken)


def test_no_request_breaks_the_token_api_or_leaves_half_a_row(api, api_of, alice):
    clients = {"nobody": api, "alice": api_of(alice)}
    tried = fuzz.try_api("^/api/v1/token/", clients=clients, models=ROWS, numbers=lambda _: None, examples=EXAMPLES)
    assert not tried.faults, "\n".join(tried.faults)
    assert tried.operations == 4
    assert len(tried.seen) >= tried.operations * EXAMPLES
    assert {400, 401} <= set(tried.seen)
