"""The OpenAPI document against the addresses it names: who gets in, and by which methods."""

import re

import pytest

pytestmark = pytest.mark.django_db
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


@pytest.fixture
def documented(api):
    """Each address with numbers in it, and its documented methods."""
    paths = api.get("/api/v1/schema", headers={"Accept": "application/json"}).json()["paths"]
    assert len(paths) > 40
    return {re.sub(r"\{\w+\}", "1", path): {method.upper() for method in paths[path]} & METHODS for path in paths}


def test_nobody_is_let_in_anywhere_but_to_ask_for_a_token(api, documented):
    let_in = {
        (method, path)
        for path, methods in documented.items()
        for method in methods
        if api.generic(method, path, "{}", content_type="application/json").status_code != 401
    }
    assert {path.split("/")[3] for _method, path in let_in} == {"token"}
    assert len(let_in) == 4


def test_a_method_that_the_document_does_not_name_is_405_and_allow_says_which_it_names(api_of, staff, documented):
    api = api_of(staff)
    wrong = {}
    for path, methods in documented.items():
        for method in METHODS - methods:
            answer = api.generic(method, path, "{}", content_type="application/json")
            allowed = set(answer.headers.get("Allow", "").split(", ")) - {"HEAD", "OPTIONS"}
            if (answer.status_code, allowed) != (405, methods):
                wrong[f"{method} {path}"] = (answer.status_code, allowed)
    assert not wrong
