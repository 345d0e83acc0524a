"""The exception handler of every API view, and the shape of an error response."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from kernel.database.unavailable import Fault, fault_of
from kernel.errors import Busy, Refused

# The error codes of the faults of the database; the other faults have the code "busy".
FAULT_CODES = {Fault.LOST: "database_lost", Fault.FULL: "disk_full", Fault.READ_ONLY: "read_only"}

# Messages in the caller's language for errors whose library message exists in English only.
MESSAGES = {
    "no_active_account": gettext_lazy("No active account has this user name and password."),
    "parse_error": gettext_lazy("The body cannot be read: it does not match its content type."),
    "token_not_valid": gettext_lazy("This token is not valid or has expired: sign in again."),
}


def api_exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn a refusal, a DRF error or a busy database into `{"error": {"code", "message", "field", …}}`.

    Return None for every other exception: Django then answers 500.
    """
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    headers: dict[str, str] = {}
    if isinstance(error, Refused):
        body, code = error.as_json(), error.status
    elif isinstance(error, exceptions.ValidationError):
        field, message = _first_error(error.detail)
        body, code = Refused("invalid", message, field=field, fields=error.detail).as_json(), error.status_code
    elif isinstance(error, exceptions.APIException):
        body, code = Refused(_code(error), _message(error)).as_json(), error.status_code
        if getattr(error, "auth_header", None):
            headers["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
        if getattr(error, "wait", None):
            headers["Retry-After"] = str(max(1, int(error.wait)))  # type: ignore[attr-defined]
    elif fault := fault_of(error):
        body, code = database_error(fault).as_json(), Busy.status
    else:
        return None
    if code == status.HTTP_503_SERVICE_UNAVAILABLE:
        headers.setdefault("Retry-After", "2")
    set_rollback()
    return Response(body, status=code, headers=headers)


def database_error(fault: Fault) -> Busy:
    """Return the refusal for a database that is busy, unreachable, lost or cannot write."""
    return Busy(FAULT_CODES.get(fault, "busy"), fault.sentence)


def _code(error: exceptions.APIException) -> str:
    codes = error.get_codes()
    return codes if isinstance(codes, str) else error.default_code


def _message(error: exceptions.APIException) -> str:
    """Return one sentence in the caller's language, also where the library gives a dictionary."""
    if _code(error) in MESSAGES:
        return str(MESSAGES[_code(error)])
    return str(error.detail["detail"] if isinstance(error.detail, dict) and "detail" in error.detail else error.detail)


def _first_error(detail: Any, field: str = "") -> tuple[str, str]:
    """Return the first field with an error (dotted where nested) and its message."""
    if isinstance(detail, dict) and detail:
        name, inner = next(iter(detail.items()))
        name = "" if name == "non_field_errors" else str(name)
        return _first_error(inner, f"{field}.{name}".strip("."))
    if isinstance(detail, list) and detail:
        for index, inner in enumerate(detail):
            if isinstance(inner, dict | list) and not inner:
                continue
            return _first_error(inner, f"{field}.{index}" if isinstance(inner, dict) else field)
    return field, str(detail)
