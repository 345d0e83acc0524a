"""The addresses of the OpenAPI document: who may call them, and with which methods."""

import re

import pytest

pytestmark = pytest.mark.django_db
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


@pytest.fixture
def documented(api):
    """The documented methods of each address, with 1 for every id in its path."""
    paths = api.get("/api/v1/schema", headers={"Accept": "application/json"}).json()["paths"]
    assert len(paths) > 40
    return {re.sub(r"\{\w+\}", "1", path): {method.upper() for method in paths[path]} & METHODS for path in paths}


def test_only_the_token_api_is_open_without_signing_in(api, documented):
    open_operations = {
        (method, path)
        for path, methods in documented.items()
        for method in methods
        if api.generic(method, path, "{}", content_type="application/json").status_code != 401
    }
    assert {path.split("/")[3] for _method, path in open_operations} == {"token"}
    assert len(open_operations) == 4


def test_an_undocumented_method_is_405_and_allow_lists_the_documented_ones(api_of, staff, documented):
    api = api_of(staff)
    wrong = {}
    for path, methods in documented.items():
        for method in METHODS - methods:
            answer = api.generic(method, path, "{}", content_type="application/json")
            allowed = set(answer.headers.get("Allow", "").split(", ")) - {"HEAD", "OPTIONS"}
            if (answer.status_code, allowed) != (405, methods):
                wrong[f"{method} {path}"] = (answer.status_code, allowed)
    assert not wrong
