"""Sends random requests to /api/v1/…: schemathesis through Django's own client, in the transaction of the test.

    def test_no_request_breaks_the_api(api_of, staff, alice):
        tried = fuzz.fuzz_api("^/api/v1/farm/", clients={"staff": api_of(staff)}, models=(Reservation,), path_ids=…)
        assert not tried.faults, "\\n".join(tried.faults)

Every response must be documented in the OpenAPI document, and none is a 500. A request outside its documented shape is
refused; one inside it is not refused for its shape. The field of an error is a documented one. A refusal or a GET
changes no row. `make proof-fuzz` runs the tests that use this module with many times the examples.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

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
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# Rules that a schema cannot express: how the message of the refusal begins.
UNKNOWN_INPUT = ("There is no field", "There is no filter")  # such an error names what the document does not
BEYOND_SCHEMA = (
    "Null characters are not allowed.",
    "This field may not be blank.",  # white space alone
    "This is not a time zone.",
    "This contains a character that cannot be seen",
    "This has no visible character.",
    "At most ",  # tags
    "A tag contains no comma",
    "Datetime value out of range.",
    "Ensure this value is greater than or equal to 0002-01-01",
    "Ensure this value is less than or equal to 9999-01-01",
)
# Media types whose values have the documented types, and no body at all. In a form every value is text, null as well.
TYPED_MEDIA = (None, "application/json")
# Set by `make proof-fuzz`: how many times the examples of each test are run, and the file for the count of statuses.
TIMES = int(os.environ.get("FUZZ_TIMES", "1"))
STATUS_FILE = os.environ.get("FUZZ_TOLD", "")
PathIds = Callable[[Any], dict[str, Any] | None]  # operation -> existing values for the ids in its path, or None


@dataclass
class Tried:
    """The number of operations, the status of every response, and the faults, each with its request as a command."""

    operations: int
    statuses: list[int]
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Setup:
    """The clients that send requests, and the models whose rows no refusal may change."""

    clients: dict[str, Any]
    models: Collection[Any]
    examples: int


def example_settings(examples: int) -> Any:
    """Return Hypothesis settings for this number of examples.

    A test uses the same examples each time. `make proof-fuzz` uses more, and other ones for each seed.
    """
    return settings(
        max_examples=examples * TIMES,
        database=None,
        derandomize=not STATUS_FILE,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


@contextmanager
def count_statuses(title: str) -> Iterator[list[int]]:
    """Give a list for the status of every response; write the counts for `make proof-fuzz`, also after a failure."""
    statuses: list[int] = []
    try:
        yield statuses
    finally:
        if STATUS_FILE:
            with Path(STATUS_FILE).open("a") as file:
                file.write(json.dumps([title, Counter(statuses)]) + "\n")


def stored_rows(models: Iterable[Any]) -> list[list[dict[str, Any]]]:
    """Return every stored row of these models."""
    return [list(model.objects.order_by("pk").values()) for model in models]


def fuzz_api(
    paths: str, *, clients: dict[str, Any], models: Collection[Any], path_ids: PathIds, examples: int
) -> Tried:
    """Send requests to every operation of the OpenAPI document whose path matches `paths`.

    Each operation gets `examples` requests in its documented shape and as many outside of it. An operation with ids in
    its path gets as many again outside of its shape, for objects that exist (`path_ids`).
    """
    document = next(iter(clients.values())).get("/api/v1/schema", headers={"Accept": "application/json"}).json()
    schema = schemathesis.openapi.from_dict(document).include(path_regex=paths)
    results: Iterable[Any] = schema.get_all_operations()
    operations = [result.ok() for result in results]
    setup = Setup(clients, models, examples)
    with count_statuses(f"{paths.strip('^')} ({len(operations)} operations)") as statuses:
        tried = Tried(len(operations), statuses)
        for operation in operations:
            inputs = _inputs(document, document["paths"][operation.path][operation.method.lower()])
            ids = path_ids(operation)
            _try_operation(operation, GenerationMode.POSITIVE, ids, inputs, setup, tried)
            _try_operation(operation, GenerationMode.NEGATIVE, None, inputs, setup, tried)
            if ids and inputs != {"", *ids}:
                _try_operation(operation, GenerationMode.NEGATIVE, ids, inputs, setup, tried)
    return tried


def _try_operation(
    operation: Any, mode: GenerationMode, ids: dict[str, Any] | None, inputs: set[str], setup: Setup, tried: Tried
) -> None:
    strategy = operation.as_strategy(generation_mode=mode, path_parameters=ids)

    @given(case=strategy, caller=st.sampled_from(sorted(setup.clients)))
    @example_settings(setup.examples)  # type: ignore[untyped-decorator]
    def send(case: Any, caller: str) -> None:
        with transaction.atomic():
            before = stored_rows(setup.models)
            response = call(setup.clients[caller], case)
            tried.statuses.append(response.status_code)
            faults = [*_undocumented(case, response), *_wrong_refusal(case, response, mode, inputs)]
            only_reads = response.status_code >= 400 or operation.method.upper() == "GET"
            if only_reads and stored_rows(setup.models) != before:
                faults.append("Rows changed")
            exchange = f"{caller}: {case.as_curl_command()} {response.status_code} {response.content!r}"
            tried.faults.extend(f"{fault}: {exchange}" for fault in faults)
            transaction.set_rollback(True)

    send()


def _undocumented(case: Any, response: Response) -> Iterable[str]:
    """Yield what the OpenAPI document does not allow in this response."""
    judged = case.media_type in TYPED_MEDIA and not _is_normalized(case, response)
    checks = [*CHECKS, negative_data_rejection] if judged else CHECKS
    try:
        case.validate_response(response, checks=checks)
    except FailureGroup as group:
        for fault in group.exceptions:
            yield fault.title


def _is_normalized(case: Any, response: Response) -> bool:
    """Whether the request has a text that is changed before it is validated.

    Spaces at both ends are removed, and an empty query parameter counts as absent (kernel.api.input_fields.Query).
    """
    query = [text for _name, text in parse_qsl(urlsplit(str(response.request.url)).query, keep_blank_values=True)]
    return "" in query or any(text != text.strip() for text in _texts([query, case.body]))


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in this JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _wrong_refusal(case: Any, response: Response, mode: GenerationMode, inputs: set[str]) -> Iterable[str]:
    """Yield what is wrong with a 400: not JSON, an undocumented field, or a valid shape that was refused."""
    if response.status_code != 400:
        return
    try:
        error = response.json()["error"]
    except ValueError:
        yield "A refusal that is not JSON"
        return
    if error["field"].partition(".")[0] not in inputs and not error["message"].startswith(UNKNOWN_INPUT):
        yield "The field of the error is not in the document"
    in_shape = mode == GenerationMode.POSITIVE and case.media_type in TYPED_MEDIA
    if in_shape and error["code"] in ("invalid", "bad_number") and not error["message"].startswith(BEYOND_SCHEMA):
        yield "Refused for its shape, which is the documented one"


def _inputs(document: dict[str, Any], operation: dict[str, Any]) -> set[str]:
    """Return the fields that an error of this operation may name: parameters, properties of the body, or ""."""
    names = {"", *(parameter["name"] for parameter in operation.get("parameters", []))}
    for content in operation.get("requestBody", {}).get("content", {}).values():
        shape = document["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
        names |= set(shape["properties"])
    return names


def call(client: Any, case: Any) -> Response:
    """Send the case through Django's client, in this test's transaction. Return schemathesis's Response."""
    request = requests.Request(**case.as_transport_kwargs("http://testserver")).prepare()
    left_out = ("Content-Type", "Content-Length", "Accept-Encoding")  # the answer is read as it comes: not compressed
    headers = {name: value for name, value in request.headers.items() if name not in left_out}
    content_type = request.headers.get("Content-Type", "")
    client.raise_request_exception = False  # an exception becomes a 500, as on a server
    answer = client.generic(
        request.method, request.path_url, request.body or b"", content_type=content_type, headers=headers
    )
    response_headers = {name: [value] for name, value in answer.headers.items()}
    return Response(answer.status_code, response_headers, answer.content, request, elapsed=0.0, verify=False)
