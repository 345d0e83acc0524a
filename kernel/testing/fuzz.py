"""Whatever is sent to /api/v1/…: schemathesis through Django's own client, in the test's transaction, without a server.

    def test_no_request_breaks_it(api_of, staff, alice):
        tried = fuzz.try_api("^/api/v1/farm/", clients={"staff": api_of(staff)}, models=(Reservation,), numbers=…)
        assert not tried.faults, "\\n".join(tried.faults)

Each request must get an answer that the OpenAPI document knows, never a 500; a refusal or a GET changes no row.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

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

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
Numbers = Callable[[Any], dict[str, Any] | None]  # of an operation: what its path's ids may be, where it has any


@dataclass
class Tried:
    """`seen`: the status of every answer. `faults`: what must not be, each with the request as a command."""

    operations: int = 0
    seen: list[int] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def quick(examples: int) -> Any:
    """Settings for that many examples, the same ones each time."""
    return settings(
        max_examples=examples,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


def rows(models: Iterable[Any]) -> list[list[dict[str, Any]]]:
    """All that is stored of these models."""
    return [list(model.objects.order_by("pk").values()) for model in models]


def try_api(
    paths: str,
    *,
    clients: dict[str, Any],
    models: Collection[Any],
    numbers: Numbers,
    examples: int,
    checks: Collection[Any] = CHECKS,
) -> Tried:
    """Send `examples` requests to each operation of the document below `paths`, and as many out of its shape."""
    document = next(iter(clients.values())).get("/api/v1/schema", headers={"Accept": "application/json"}).json()
    schema = schemathesis.openapi.from_dict(document).include(path_regex=paths)
    found: Iterable[Any] = schema.get_all_operations()
    operations = [result.ok() for result in found]
    tried = Tried(len(operations))
    for operation in operations:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            known = numbers(operation) if mode == GenerationMode.POSITIVE else None
            strategy = operation.as_strategy(generation_mode=mode, path_parameters=known)
            _try_operation(operation, strategy, clients, models, tried, examples, checks)
    return tried


def _try_operation(
    operation: Any,
    strategy: Any,
    clients: dict[str, Any],
    models: Collection[Any],
    tried: Tried,
    examples: int,
    checks: Collection[Any],
) -> None:
    @given(case=strategy, caller=st.sampled_from(sorted(clients)))
    @quick(examples)
    def send(case: Any, caller: str) -> None:
        with transaction.atomic():
            before = rows(models)
            answer = call(clients[caller], case)
            try:
                case.validate_response(answer, checks=list(checks))
            except FailureGroup as group:
                tried.faults.extend(
                    f"{fault.title}: {caller}: {case.as_curl_command()} {answer.content!r}"
                    for fault in group.exceptions
                )
            tried.seen.append(answer.status_code)
            if (answer.status_code >= 400 or operation.method.upper() == "GET") and rows(models) != before:
                tried.faults.append(f"Rows changed: {caller}: {case.as_curl_command()} {answer.status_code}")
            transaction.set_rollback(True)

    send()


def call(client: Any, case: Any) -> Response:
    """The case through Django's client, in this test's transaction; the answer as schemathesis knows answers."""
    asked = requests.Request(**case.as_transport_kwargs("http://testserver")).prepare()
    headers = {name: value for name, value in asked.headers.items() if name not in ("Content-Type", "Content-Length")}
    kind = asked.headers.get("Content-Type", "")
    client.raise_request_exception = False  # what is raised is a 500 here too
    found = client.generic(asked.method, asked.path_url, asked.body or b"", content_type=kind, headers=headers)
    named = {name: [value] for name, value in found.headers.items()}
    return Response(found.status_code, named, found.content, asked, elapsed=0.0, verify=False)
