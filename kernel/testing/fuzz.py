"""Whatever is sent to /api/v1/…: schemathesis through Django's own client, in the test's transaction, without a server.

    def test_no_request_breaks_it(api_of, staff, alice):
        tried = fuzz.try_api("^/api/v1/farm/", clients={"staff": api_of(staff)}, models=(Reservation,), numbers=…)
        assert not tried.faults, "\\n".join(tried.faults)

Each request must get an answer that the OpenAPI document knows, never a 500; one out of the documented shape is
refused, one in it is not refused for its shape, and the field at fault is one that the document names. A refusal or a
GET changes no row. `make proof-fuzz` runs the tests that use this with many times the examples.
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
# What a schema cannot say of a value in its shape: how the refusal begins.
BEYOND_SHAPE = (
    "Null characters are not allowed.",
    "This field may not be blank.",  # white space alone
    "This is not a time zone.",
    "Datetime value out of range.",
    "Ensure this value is greater than or equal to 0002-01-01",
    "Ensure this value is less than or equal to 9999-01-01",
)
# No body, or one whose values are as the document says: a form's are text, and a null among them the word.
SHAPED = (None, "application/json")
TIMES = int(os.environ.get("FUZZ_TIMES", "1"))  # bench/fuzz.py: how many times the examples of a test
TOLD = os.environ.get("FUZZ_TOLD", "")  # … and the file that it reads the statuses from
Numbers = Callable[[Any], dict[str, Any] | None]  # of an operation: what its path's ids may be, where it has any


@dataclass
class Tried:
    """`seen`: the status of every answer. `faults`: what must not be, each with the request as a command."""

    operations: int
    seen: list[int]
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class World:
    """Who calls, and the rows that no refusal may change."""

    clients: dict[str, Any]
    models: Collection[Any]
    examples: int


def quick(examples: int) -> Any:
    """Settings for that many examples, the same ones each time (`make proof-fuzz`: more, and others with each seed)."""
    return settings(
        max_examples=examples * TIMES,
        database=None,
        derandomize=not TOLD,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


@contextmanager
def counted(what: str) -> Iterator[list[int]]:
    """A list for the status of every answer; a proof that asks is told how often each came, also of what failed."""
    seen: list[int] = []
    try:
        yield seen
    finally:
        if TOLD:
            with Path(TOLD).open("a") as file:
                file.write(json.dumps([what, Counter(seen)]) + "\n")


def rows(models: Iterable[Any]) -> list[list[dict[str, Any]]]:
    """All that is stored of these models."""
    return [list(model.objects.order_by("pk").values()) for model in models]


def try_api(paths: str, *, clients: dict[str, Any], models: Collection[Any], numbers: Numbers, examples: int) -> Tried:
    """Send `examples` requests to each operation of the document below `paths`, and as many out of its shape; where the
    address has numbers, as many more to what is there.
    """
    document = next(iter(clients.values())).get("/api/v1/schema", headers={"Accept": "application/json"}).json()
    schema = schemathesis.openapi.from_dict(document).include(path_regex=paths)
    found: Iterable[Any] = schema.get_all_operations()
    operations = [result.ok() for result in found]
    world = World(clients, models, examples)
    with counted(f"{paths.strip('^')} ({len(operations)} operations)") as seen:
        tried = Tried(len(operations), seen)
        for operation in operations:
            inputs = _inputs(document, document["paths"][operation.path][operation.method.lower()])
            known = numbers(operation)
            _try_operation(operation, GenerationMode.POSITIVE, known, inputs, world, tried)
            _try_operation(operation, GenerationMode.NEGATIVE, None, inputs, world, tried)
            if known and inputs != {"", *known}:
                _try_operation(operation, GenerationMode.NEGATIVE, known, inputs, world, tried)
    return tried


def _try_operation(
    operation: Any, mode: GenerationMode, known: dict[str, Any] | None, inputs: set[str], world: World, tried: Tried
) -> None:
    strategy = operation.as_strategy(generation_mode=mode, path_parameters=known)

    @given(case=strategy, caller=st.sampled_from(sorted(world.clients)))
    @quick(world.examples)
    def send(case: Any, caller: str) -> None:
        with transaction.atomic():
            before = rows(world.models)
            answer = call(world.clients[caller], case)
            tried.seen.append(answer.status_code)
            faults = [*_unknown_to_the_document(case, answer), *_refused_amiss(case, answer, mode, inputs)]
            if (answer.status_code >= 400 or operation.method.upper() == "GET") and rows(world.models) != before:
                faults.append("Rows changed")
            told = f"{caller}: {case.as_curl_command()} {answer.status_code} {answer.content!r}"
            tried.faults.extend(f"{fault}: {told}" for fault in faults)
            transaction.set_rollback(True)

    send()


def _unknown_to_the_document(case: Any, answer: Response) -> Iterable[str]:
    checks = [*CHECKS, negative_data_rejection] if case.media_type in SHAPED and not _mended(case, answer) else CHECKS
    try:
        case.validate_response(answer, checks=checks)
    except FailureGroup as group:
        for fault in group.exceptions:
            yield fault.title  # type: ignore[attr-defined]


def _mended(case: Any, answer: Response) -> bool:
    """Whether a text was sent that is put right before it is judged: ends are trimmed, and what is empty after the `?`
    is none (kernel.shapes.Query)."""
    query = [text for _name, text in parse_qsl(urlsplit(str(answer.request.url)).query, keep_blank_values=True)]
    return "" in query or any(text != text.strip() for text in _texts([query, case.body]))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _refused_amiss(case: Any, answer: Response, mode: GenerationMode, inputs: set[str]) -> Iterable[str]:
    if answer.status_code != 400:
        return
    try:
        error = answer.json()["error"]
    except ValueError:
        yield "A refusal that is not JSON"
        return
    if error["field"].partition(".")[0] not in inputs:
        yield "The field at fault is not in the document"
    in_shape = mode == GenerationMode.POSITIVE and case.media_type in SHAPED
    if in_shape and error["code"] in ("invalid", "bad_number") and not error["message"].startswith(BEYOND_SHAPE):
        yield "In the documented shape, and refused for its shape"


def _inputs(document: dict[str, Any], operation: dict[str, Any]) -> set[str]:
    """What a refusal of this operation may name: its parameters, the properties of its body, or none of them."""
    names = {"", *(parameter["name"] for parameter in operation.get("parameters", []))}
    for content in operation.get("requestBody", {}).get("content", {}).values():
        shape = document["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
        names |= set(shape["properties"])
    return names


def call(client: Any, case: Any) -> Response:
    """The case through Django's client, in this test's transaction; the answer as schemathesis knows answers."""
    asked = requests.Request(**case.as_transport_kwargs("http://testserver")).prepare()
    headers = {name: value for name, value in asked.headers.items() if name not in ("Content-Type", "Content-Length")}
    kind = asked.headers.get("Content-Type", "")
    client.raise_request_exception = False  # what is raised is a 500 here too
    found = client.generic(asked.method, asked.path_url, asked.body or b"", content_type=kind, headers=headers)
    named = {name: [value] for name, value in found.headers.items()}
    return Response(found.status_code, named, found.content, asked, elapsed=0.0, verify=False)
