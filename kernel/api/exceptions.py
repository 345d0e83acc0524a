"""What every API view shares: the one exception handler and the shape of an error."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from kernel.errors import Busy, Refused

# MariaDB: the connection was lost, or ended under a statement. A commit may or may not have been carried out.
LOST_CODES = {2006, 2013, 2055, 1053, 1927}
WORDS = {
    "no_active_account": gettext_lazy("No active account has this user name and password."),
    "parse_error": gettext_lazy("The body cannot be read: it is not what its type says."),
    "token_not_valid": gettext_lazy("This token is not valid, or has ended: sign in again."),
}


def answer_exception(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn a refusal, a DRF error or a busy database into `{"error": {"code", "message", "field", …}}`.

    None (a 500) is left for what nobody foresaw.
    """
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    headers: dict[str, str] = {}
    if isinstance(error, Refused):
        body, code = error.as_json(), error.status
    elif isinstance(error, exceptions.ValidationError):
        field, message = _first(error.detail)
        body, code = Refused("invalid", message, field=field, fields=error.detail).as_json(), error.status_code
    elif isinstance(error, exceptions.APIException):
        body, code = Refused(_code(error), _message(error)).as_json(), error.status_code
        if getattr(error, "auth_header", None):
            headers["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
        if getattr(error, "wait", None):
            headers["Retry-After"] = str(max(1, int(error.wait)))  # type: ignore[attr-defined]
    elif isinstance(error, OperationalError | InterfaceError):
        body, code = database_away(error).as_json(), Busy.status
    else:
        return None
    if code == status.HTTP_503_SERVICE_UNAVAILABLE:
        headers.setdefault("Retry-After", "2")
    set_rollback()
    return Response(body, status=code, headers=headers)


def database_away(error: Exception) -> Busy:
    """What to say when the database refuses, is not there, or was lost: never that nothing was done if that is open."""
    code = error.args[0] if error.args else None
    if isinstance(error, InterfaceError) or code in LOST_CODES:
        sentence = _("The database went away. It may have done what was asked: look before asking again.")
        return Busy("database_lost", sentence)
    return Busy("busy", _("The database is busy. Nothing was changed: try again in a moment."))


def _code(error: exceptions.APIException) -> str:
    codes = error.get_codes()
    return codes if isinstance(codes, str) else error.default_code


def _message(error: exceptions.APIException) -> str:
    """In the caller's language: our words where the library has English only, or a table instead of a sentence."""
    if _code(error) in WORDS:
        return str(WORDS[_code(error)])
    return str(error.detail["detail"] if isinstance(error.detail, dict) and "detail" in error.detail else error.detail)


def _first(detail: Any, field: str = "") -> tuple[str, str]:
    """The first field at fault (dotted where nested) and what is wrong with it."""
    if isinstance(detail, dict) and detail:
        name, inner = next(iter(detail.items()))
        name = "" if name == "non_field_errors" else str(name)
        return _first(inner, f"{field}.{name}".strip("."))
    if isinstance(detail, list) and detail:
        for index, inner in enumerate(detail):
            if isinstance(inner, dict | list) and not inner:
                continue
            return _first(inner, f"{field}.{index}" if isinstance(inner, dict) else field)
    return field, str(detail)
