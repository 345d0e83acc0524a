"""How the OpenAPI document names and summarizes operations, and describes each error once."""

import inspect
import json
from http import HTTPStatus
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import force_instance

from kernel.api.input_fields import KnownFields

ACTIONS = frozenset({"list", "retrieve", "create", "update", "partial_update", "destroy"})
SUFFIXES = {"retrieve": "get", "partial_update": "change", "update": "set", "destroy": "delete"}
VERBS = {"list": "List", "get": "Get one of", "create": "Create", "set": "Set", "change": "Change", "delete": "Delete"}


class ReadableSchema(AutoSchema):
    """Operation ids such as `farm_reservations_cancel`, and a summary in words for every operation."""

    def get_operation_id(self) -> str:
        name: str = super().get_operation_id()
        action = getattr(self.view, "action", "")
        if action and action not in ACTIONS:  # a step of its own, such as `cancel`
            for suffix in ("_create", "_retrieve", "_partial_update", "_update", "_destroy"):
                name = name.removesuffix(suffix)
            return name
        for suffix, word in SUFFIXES.items():
            if name.endswith(f"_{suffix}"):
                return f"{name.removesuffix(suffix)}{word}"
        return name

    def get_summary(self) -> str:
        """Return the first sentence of the view's own text, or `List farm closures`."""
        own = self._own_text()
        if own:
            return own.split("\n")[0].split(". ")[0].rstrip(".")
        *nouns, last = self.get_operation_id().split("_")
        return f"{VERBS.get(last, last.capitalize())} {' '.join(nouns)}"

    def _map_basic_serializer(self, serializer: Any, direction: str) -> dict[str, Any]:
        """Mark the schema of a body that refuses unknown fields (`additionalProperties: false`)."""
        schema: dict[str, Any] = super()._map_basic_serializer(  # type: ignore[no-untyped-call]
            serializer, direction
        )
        body = force_instance(serializer)  # type: ignore[no-untyped-call]
        if direction == "request" and isinstance(body, KnownFields):
            schema["additionalProperties"] = False
        return schema

    def _own_text(self) -> str:
        """Return the docstring of the view's method; "" where it is the library's or absent."""
        action = getattr(self.view, "action", None) or self.method.lower()
        method = getattr(self.view, action, None)
        if method is None or getattr(method, "__module__", "").startswith("rest_framework"):
            return ""
        return inspect.cleandoc(method.__doc__ or "")


def share_error_responses(result: dict[str, Any], **_options: Any) -> dict[str, Any]:
    """Move each error response to `components/responses`, where all operations refer to it."""
    shared: dict[str, dict[str, Any]] = {}
    names: dict[str, str] = {}
    for operations in result.get("paths", {}).values():
        for operation in operations.values():
            for status, response in operation.get("responses", {}).items():
                if status.isdigit() and int(status) >= 400 and "$ref" not in response:
                    name = _name_of(response, int(status), shared, names)
                    operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}
    if shared:
        result.setdefault("components", {})["responses"] = dict(sorted(shared.items()))
    return result


def _name_of(response: dict[str, Any], status: int, shared: dict[str, dict[str, Any]], names: dict[str, str]) -> str:
    key = json.dumps([status, response], sort_keys=True)
    if key not in names:
        phrase = HTTPStatus(status).phrase.title().replace(" ", "").replace("-", "")
        schemas = [content.get("schema", {}).get("$ref", "") for content in response.get("content", {}).values()]
        shape = next((ref.rsplit("/", 1)[1].removesuffix("Error") for ref in schemas if ref), "")
        name, count = f"{shape}{phrase}", 1
        while name in shared:
            count += 1
            name = f"{shape}{phrase}{count}"
        names[key], shared[name] = name, response
    return names[key]
